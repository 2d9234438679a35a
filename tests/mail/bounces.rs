//! Reports that nobody here wrote, with what the project that collected them states about them (`corpus/bounce/ATTRIBUTION.md`).

use demarche::mail::bodies::Bodies;
use demarche::mail::bounce;
use demarche::mail::parse::parse;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

#[derive(Deserialize)]
struct Facts {
    mail: Vec<Fact>,
}

#[derive(Deserialize)]
struct Fact {
    file: String,
    /// The kind by its name; empty if the mail is no report.
    report: String,
    #[serde(default)]
    recipients: BTreeSet<String>,
    status: Option<String>,
    #[serde(default)]
    dead: bool,
    letter: Option<String>,
}

#[test]
fn reports_of_real_servers_are_understood_as_their_collectors_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/corpus/bounce");
    let facts: Facts = toml::from_str(&std::fs::read_to_string(folder.join("facts.toml")).unwrap()).unwrap();
    for fact in &facts.mail {
        let file = &fact.file;
        let message = parse(&std::fs::read(folder.join(file)).unwrap());
        let report = bounce::read(&message, &Bodies::of(&message));
        assert_eq!(report.as_ref().map_or("", |report| report.kind.name()), fact.report, "kind of {file}");
        let Some(bounced) = report.and_then(|report| report.bounce).filter(|_| fact.report == "bounce") else { continue };
        let recipients: BTreeSet<String> = bounced.recipients.iter().map(|recipient| recipient.address.to_lowercase()).collect();
        assert_eq!(recipients, fact.recipients, "recipients of {file}");
        if fact.status.is_some() {
            assert_eq!(bounced.recipients[0].status, fact.status, "status in {file}");
        }
        assert_eq!(bounced.dead_address, fact.dead, "dead in {file}");
        if fact.letter.is_some() {
            assert_eq!(bounced.original_message_id, fact.letter, "letter of {file}");
        }
    }
    let mails = std::fs::read_dir(&folder)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "eml"))
        .count();
    assert_eq!(facts.mail.len(), mails, "every mail of the folder has its facts");
}
