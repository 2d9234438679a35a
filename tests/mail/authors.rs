//! Who wrote it, a person or a machine, in thirty-five languages, under every side sign that mail arrives with. The texts and signs stand in
//! `authors.toml`; the mails are built here.

use demarche::mail::understood::{Kind, Understood};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Set {
    signs: Signs,
    #[serde(flatten)]
    languages: BTreeMap<String, Texts>,
}

#[derive(Deserialize)]
struct Signs {
    people: Vec<String>,
    harmless: Vec<String>,
    subjects: Vec<String>,
    machines: Vec<String>,
    notes: Vec<String>,
}

#[derive(Deserialize)]
struct Texts {
    yes: String,
    fact: String,
    plain: String,
    statement: Vec<String>,
    away: String,
    receipt: String,
    unread: String,
    generated: String,
    note: Vec<String>,
    robot: Vec<String>,
    ticket: Vec<String>,
}

impl Texts {
    fn of_people(&self) -> Vec<String> {
        let Texts { yes, fact, plain, statement, away, receipt, unread, generated, note, .. } = self;
        let mut texts = vec![
            yes.clone(),
            fact.clone(),
            plain.clone(),
            away.clone(),
            format!("{yes}\n\n{unread}"),
            format!("{fact}\n\n{unread}"),
            format!("{plain}\n\n{unread}"),
            format!("{plain}\n\n-- \n{unread}"),
            format!("{unread}\n\n{fact}"),
            format!("{fact}\n\n{generated}"),
            format!("{plain}\n\n{generated} {unread}"),
            format!("{receipt} {fact}\n\nJane Doe"),
            format!("{receipt} {plain}\n\n{unread}"),
            format!("{receipt} {yes}"),
        ];
        texts.extend(statement.iter().map(|statement| format!("{receipt} {statement}")));
        texts.extend(statement.iter().map(|statement| format!("{receipt} {statement}\n\n{generated} {unread}")));
        texts.extend(
            note.iter().map(|note| format!("{plain}\n\nOn Fri, 3 May 2024 at 10:00, Ken Hall <ken@authority.example> wrote:\n> {note}")),
        );
        texts
    }

    fn of_machines(&self) -> impl Iterator<Item = &String> {
        self.note.iter().chain(&self.robot).chain(&self.ticket)
    }
}

fn set() -> Set {
    toml::from_str(include_str!("authors.toml")).expect("authors.toml is in the form of Set")
}

fn received(sign: &str, subject: &str, text: &str) -> Understood {
    let sign = if sign.is_empty() { String::new() } else { format!("{}\r\n", sign.replace('\n', "\r\n")) };
    demarche::mail::understand(
        format!(
            "{sign}From: Jane Doe <jane.doe@authority.example>\r\nTo: office@npm.example\r\nSubject: {subject}\r\n\
             Message-ID: <1@authority.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: 8bit\r\n\r\n{}\r\n",
            text.replace('\n', "\r\n")
        )
        .as_bytes(),
    )
}

#[test]
fn no_person_s_answer_is_a_machine_s_under_any_side_sign_in_any_language() {
    let Set { signs, languages } = set();
    assert!(languages.len() >= 30);
    let mut tried = 0;
    let mut wrong = Vec::new();
    for (language, texts) in &languages {
        for (nth, text) in texts.of_people().iter().enumerate() {
            for (sign_nth, sign) in signs.people.iter().chain(&signs.harmless).enumerate() {
                let subject = &signs.subjects[(nth + sign_nth) % signs.subjects.len()];
                let mail = received(sign, subject, text);
                tried += 1;
                let forbidden = mail.do_not_answer || sign_nth >= signs.people.len();
                if (mail.kind, mail.automatic, forbidden) != (Kind::Letter, false, true) {
                    wrong.push(format!("{language}, {}: {sign:?} {subject:?} {text:?} {:?}", mail.kind.name(), mail.evidence));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn notes_tickets_and_confirmations_of_every_mail_system_are_machines_in_any_language() {
    let Set { signs, languages } = set();
    let mut tried = 0;
    let mut wrong = Vec::new();
    for (language, texts) in &languages {
        for text in texts.of_machines() {
            for (nth, headers) in signs.machines.iter().enumerate() {
                let subject = &signs.notes[nth % signs.notes.len()];
                let mail = received(headers, subject, text);
                tried += 1;
                if (mail.kind, mail.automatic, mail.do_not_answer) != (Kind::Automatic, true, true) {
                    wrong.push(format!("{language}, {}: {headers:?} {subject:?} {text:?} {:?}", mail.kind.name(), mail.evidence));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_person_who_leaves_automatic_reply_in_the_subject_is_no_machine() {
    for (sign, text) in [
        ("", "Yes, since March."),
        ("Return-Path: <bounces+4711@em12.service.example>", "Two nurses now work at night."),
        ("X-Auto-Response-Suppress: All", "The lift was installed on 3 May."),
    ] {
        let mail = received(sign, "Automatic reply: Your letter", text);
        assert_eq!((mail.kind, mail.automatic, mail.do_not_answer), (Kind::Letter, false, true), "{text} {:?}", mail.evidence);
        assert!(mail.automatic_doubtful, "{text}: a person looks");
    }
    let mail = received("Return-Path: <>", "Automatic reply: Your letter", "Sailing until July, wish me wind.");
    assert_eq!((mail.kind, mail.automatic), (Kind::Automatic, true), "{:?}", mail.evidence);
}

#[test]
fn a_null_return_path_is_a_machine_s_only_with_a_machine_s_text() {
    let answer = received("Return-Path: <>", "Re: Your letter", "The ministry accepts recommendation 2: the lift was installed on 3 May.");
    assert_eq!((answer.kind, answer.automatic, answer.automatic_doubtful), (Kind::Letter, false, false), "{:?}", answer.evidence);
    let short = received("Return-Path: <>", "Re: Your letter", "Two nurses now work at night.");
    assert_eq!((short.kind, short.automatic, short.automatic_doubtful), (Kind::Letter, false, true), "{:?}", short.evidence);
    let note = received("Return-Path: <>", "Re: Your letter", "I am away until 14 June and will answer when I return.");
    assert_eq!((note.kind, note.automatic), (Kind::Automatic, true), "{:?}", note.evidence);
}

#[test]
fn a_note_in_words_nobody_knows_is_believed_where_two_signs_of_a_program_stand_together() {
    let text = "Sailing until July, wish me wind and a good crew, and greet the colleagues at the harbour.";
    let mail = received("Return-Path: <>\nAuto-Submitted: auto-replied", "Your letter", text);
    assert_eq!((mail.kind, mail.automatic, mail.automatic_doubtful), (Kind::Letter, true, true), "{:?}", mail.evidence);
    let mail = received("Auto-Submitted: auto-replied", "Your letter", text);
    assert_eq!((mail.kind, mail.automatic, mail.automatic_doubtful), (Kind::Letter, false, true), "{:?}", mail.evidence);
}

#[test]
fn a_person_who_speaks_of_automatic_reminders_has_answered() {
    for text in [
        "This is an automatic reminder for nobody: I write myself. The heating was repaired on Sunday.",
        "Your office sent me an automatic reply twice. Two nurses now work at night.",
        "The guards get an automatic notification on their telephones when a cell bell rings.",
    ] {
        let mail = received("", "Re: Your letter", text);
        assert_eq!((mail.kind, mail.automatic), (Kind::Letter, false), "{text} {:?}", mail.evidence);
    }
}

#[test]
fn a_rule_that_passes_on_says_nothing_of_the_author_and_leaves_no_doubt() {
    for sign in ["Auto-Submitted: auto-forwarded", "X-Autogenerated: Mirror", "X-Auto-Submitted: auto-forwarded"] {
        let mail = received(sign, "Re: Your letter", "The second cell block will be closed in May.");
        assert_eq!((mail.kind, mail.automatic, mail.automatic_doubtful, mail.do_not_answer), (Kind::Letter, false, false, true), "{sign}");
    }
}

#[test]
fn whether_a_note_says_more_than_its_formulas_is_told() {
    let note = received("", "Your letter", "I am out of the office until 14 June. In urgent cases please contact the registry.");
    assert_eq!((note.kind, note.says_more), (Kind::Automatic, false));
    let text = "This is an automatic reply. From now on letters about the juvenile wing go to the new directorate in the harbour street.";
    let note = received("", "Your letter", text);
    assert_eq!((note.kind, note.says_more), (Kind::Automatic, true));
    // What the register kept before the field was known.
    let kept: Understood = serde_json::from_str(r#"{"kind":"automatic","automatic":true}"#).unwrap();
    assert!(!kept.says_more);
}

#[test]
fn a_challenge_is_known_by_the_link_and_what_it_opens_and_as_a_report() {
    for text in [
        "Your letter has come in. Please follow the link below, and you are put on the list of trusted senders and the letter is let through.",
        "Merci de suivre ce lien pour rejoindre les expéditeurs autorisés.",
        "Bitte klicken Sie einmal hier, damit Ihr Schreiben zugestellt wird.",
    ] {
        let mail = received("", "Your letter", text);
        assert_eq!((mail.kind, mail.challenge, mail.automatic), (Kind::Automatic, true, true), "{text} {:?}", mail.evidence);
    }
    let report = |status: &str| {
        let text = format!(
            "From: guard@list.example\r\nSubject: Re: Your letter\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
             Your message is being held. Press the button in this link, and it is let through.\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; list.example\r\n\r\nAction: failed\r\n\
             Final-Recipient: rfc822; jane.doe@authority.example\r\nStatus: {status}\r\n\r\n\
             --b\r\nContent-Type: message/rfc822\r\n\r\nFrom: office@npm.example\r\nMessage-ID: <ours@npm.example>\r\n\r\nText\r\n--b--\r\n"
        );
        demarche::mail::understand(text.as_bytes())
    };
    let held = report("4.7.0");
    assert_eq!((held.kind, held.challenge), (Kind::Automatic, true), "{:?}", held.evidence);
    assert_eq!(held.bounce.and_then(|bounce| bounce.original_message_id).as_deref(), Some("ours@npm.example"), "its letter stays known");
    assert_eq!(report("5.1.1").kind, Kind::Bounce);
}

#[test]
fn what_asks_for_something_first_is_no_answer_until_a_person_looked() {
    for text in [
        "Before we can reply, please tell us which of the two buildings you mean.",
        "Wir bitten um Fristverlängerung, da die Kostenschätzung noch fehlt.",
        "Nous ne pouvons ouvrir votre lettre.",
        "Не удалось открыть Ваше письмо, просим направить повторно.",
        "Doe, Jane would like to recall the message, \"Your letter\".",
    ] {
        let mail = received("", "Re: Your letter", text);
        let waits = mail.kind == Kind::Acknowledgement || mail.answer_doubtful;
        assert!(waits && !mail.automatic, "{text} {} {:?}", mail.kind.name(), mail.evidence);
    }
}
