//! Mails that nobody here wrote, with the facts that are plain to a reader (`corpus/ATTRIBUTION.md`).

use demarche::mail::message::Mailbox;
use demarche::mail::{Understood, understand};
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct Facts {
    mail: Vec<Fact>,
}

#[derive(Deserialize)]
struct Fact {
    file: String,
    subject: Option<String>,
    message_id: Option<String>,
    from: Option<Vec<String>>,
    to: Option<Vec<String>>,
    text: Option<Vec<String>>,
    html: Option<Vec<String>>,
    #[serde(default)]
    attached: Vec<String>,
    sizes: Option<Vec<u64>>,
}

fn addresses(mailboxes: &[Mailbox]) -> Vec<String> {
    mailboxes.iter().filter_map(|mailbox| mailbox.address.clone()).collect()
}

fn joined(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn compare(fact: &Fact, seen: &Understood) {
    let file = &fact.file;
    let known = |stated: &Option<Vec<String>>, seen: Vec<String>, what: &str| {
        if let Some(stated) = stated {
            assert_eq!(&seen, stated, "{what} of {file}");
        }
    };
    if let Some(subject) = &fact.subject {
        assert_eq!(seen.subject.as_ref(), Some(subject), "subject of {file}");
    }
    if let Some(id) = &fact.message_id {
        assert_eq!(seen.message_id.as_ref(), Some(id), "Message-ID of {file}");
    }
    known(&fact.from, addresses(&seen.from), "From");
    known(&fact.to, addresses(&seen.to), "To");
    known(&fact.text, joined(&seen.text), "text");
    known(&fact.html, joined(&seen.html), "HTML");
    let names: Vec<String> = seen.attachments.iter().map(|attachment| attachment.name.clone().unwrap_or_default()).collect();
    assert_eq!(names, fact.attached, "attachments of {file}");
    if let Some(sizes) = &fact.sizes {
        assert_eq!(&seen.attachments.iter().map(|attachment| attachment.size).collect::<Vec<_>>(), sizes, "sizes in {file}");
    }
}

#[test]
fn mails_collected_by_others_are_read_as_a_reader_would() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/corpus");
    let facts: Facts = toml::from_str(&std::fs::read_to_string(folder.join("facts.toml")).unwrap()).unwrap();
    for fact in &facts.mail {
        compare(fact, &understand(&std::fs::read(folder.join(&fact.file)).unwrap()));
    }
    let mails = std::fs::read_dir(&folder)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "eml"))
        .count();
    assert_eq!(facts.mail.len(), mails, "every mail of the folder has its facts");
}
