//! What is read, in both languages.

use super::{alarm, digest};
use demarche::digest::sample::{alarms, busy_day, quiet_week};
use demarche::digest::{DigestContent, DraftWaiting, DraftWithdrawn, Health, OutboxHealth, Period, Proof};
use demarche::domain::draft_end::DraftEnd;
use demarche::domain::identity::LetterId;
use demarche::domain::linking::EvidenceKind;
use demarche::render::WrittenLetter;
use jiff::civil::date;
use mail_parser::MessageParser;

fn as_read(written: &WrittenLetter) -> String {
    format!("{}\n\n{}", written.subject, written.text)
}

fn html(written: &WrittenLetter) -> String {
    MessageParser::default().parse(&written.bytes).unwrap().body_html(0).unwrap().replace("\r\n", "\n")
}

#[test]
fn a_busy_day() {
    insta::assert_snapshot!("busy_day_en", as_read(&digest(&busy_day(), "en")));
    insta::assert_snapshot!("busy_day_fr", as_read(&digest(&busy_day(), "fr")));
    insta::assert_snapshot!("busy_day_html", html(&digest(&busy_day(), "en")));
}

#[test]
fn a_quiet_week_is_a_sign_of_life() {
    insta::assert_snapshot!("quiet_week_en", as_read(&digest(&quiet_week(), "en")));
    insta::assert_snapshot!("quiet_week_fr", as_read(&digest(&quiet_week(), "fr")));
}

#[test]
fn an_alarm_says_what_does_not_work_and_what_that_means() {
    let [mailbox, outbox, sent_folder, clock, understanding, writing, register] = alarms();
    insta::assert_snapshot!("alarm_mailbox_en", as_read(&alarm(&mailbox, "en")));
    insta::assert_snapshot!("alarm_mailbox_fr", as_read(&alarm(&mailbox, "fr")));
    insta::assert_snapshot!("alarm_outbox_en", as_read(&alarm(&outbox, "en")));
    insta::assert_snapshot!("alarm_outbox_fr", as_read(&alarm(&outbox, "fr")));
    insta::assert_snapshot!("alarm_sent_folder_en", as_read(&alarm(&sent_folder, "en")));
    insta::assert_snapshot!("alarm_sent_folder_fr", as_read(&alarm(&sent_folder, "fr")));
    for (name, about) in [("clock", clock), ("understanding", understanding), ("writing", writing), ("register", register)] {
        for language in ["en", "fr"] {
            insta::assert_snapshot!(format!("alarm_{name}_{language}"), as_read(&alarm(&about, language)));
        }
    }
}

#[test]
fn letters_that_wait_for_a_release_are_told_with_the_command_that_lets_them_leave() {
    let content = DigestContent {
        period: Period::Daily,
        drafts: vec![DraftWaiting {
            letter: LetterId(12),
            reference: "NPM-2026-0147-K".into(),
            authority: "Prison Service".into(),
            step: "escalation to the head".into(),
            to: vec!["head@prisons.example".into(), "post@prisons.example".into()],
            release_by: date(2026, 3, 4),
            age_days: 1,
        }],
        drafts_withdrawn: vec![DraftWithdrawn {
            letter: LetterId(9),
            reference: "NPM-2026-0152-X".into(),
            authority: "City Police".into(),
            step: "request".into(),
            why: DraftEnd::NotReleased.why().into(),
        }],
        ..quiet_week()
    };
    assert!(content.is_worth_sending());
    insta::assert_snapshot!("drafts_en", as_read(&digest(&content, "en")));
    insta::assert_snapshot!("drafts_fr", as_read(&digest(&content, "fr")));
    let written = html(&digest(&content, "en"));
    assert!(written.contains("demarche letters release 12") && written.contains(DraftEnd::NotReleased.why()), "{written}");
}

#[test]
fn the_commands_of_a_digest_are_whole_lines_to_copy() {
    let text = digest(&busy_day(), "fr").text;
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for command in [
        "demarche mail unlink 41",
        "demarche mail link 12 NPM-2026-0147-K",
        "demarche mail link 12 NPM-2026-0148-M",
        "demarche mail mark 12 ignore",
        "demarche mail show 39",
        "demarche mail mark 43 bounce",
        "demarche contacts revive petr.maly@care.example",
        "demarche letters retry 77",
    ] {
        assert!(lines.contains(&command), "{command}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 78));
}

#[test]
fn staff_s_robots_stay_silent() {
    for written in [digest(&busy_day(), "en"), alarm(&alarms()[0], "en")] {
        let message = MessageParser::default().parse(&written.bytes).unwrap();
        assert_eq!(message.header("Auto-Submitted").and_then(|value| value.as_text()), Some("auto-generated"));
    }
}

#[test]
fn nothing_to_say_is_not_sent_but_once_a_week() {
    let mut quiet = quiet_week();
    assert!(quiet.is_empty() && quiet.is_worth_sending());
    quiet.period = Period::Daily;
    assert!(!quiet.is_worth_sending());
    // What merely runs is no reason to write; what needs a person is.
    let running = DigestContent { extensions: busy_day().extensions, next_letters: busy_day().next_letters, ..quiet.clone() };
    assert!(!running.is_worth_sending());
    let waiting = DigestContent { waiting: busy_day().waiting, ..quiet.clone() };
    assert!(waiting.is_worth_sending());
    let unsure =
        DigestContent { health: Health { outbox: OutboxHealth { unknown: 1, ..OutboxHealth::default() }, ..Health::default() }, ..quiet };
    assert!(unsure.is_worth_sending());
}

/// A letter of unknown outcome needs a person, but does not mean that mail has stopped.
#[test]
fn a_letter_of_unknown_fate_is_told_without_alarm() {
    let mut content = quiet_week();
    content.health.outbox.unknown = 2;
    let written = digest(&content, "en");
    assert!(!written.subject.contains("NOT RUNNING"), "{}", written.subject);
    assert!(written.text.contains("of 2 letters it is not"), "{}", written.text);
    assert!(digest(&busy_day(), "en").subject.contains("NOT RUNNING"));
}

#[test]
fn every_rule_of_linking_has_words_in_every_language() {
    let kinds = [
        EvidenceKind::ReplyAddress,
        EvidenceKind::Thread,
        EvidenceKind::BounceAddress,
        EvidenceKind::ReturnedLetter,
        EvidenceKind::ReferenceInSubject,
        EvidenceKind::ReferenceInText,
        EvidenceKind::ReferenceInAttachment,
        EvidenceKind::ReferenceInQuote,
        EvidenceKind::ReferenceInEnclosed,
        EvidenceKind::EnclosedLetter,
        EvidenceKind::ReplyAddressAfterSlip,
        EvidenceKind::RecommendationNamed,
        EvidenceKind::SubjectOfLetter,
        EvidenceKind::SenderOfAuthority,
    ];
    for evidence in kinds {
        let mut content = busy_day();
        content.waiting.truncate(1);
        content.waiting[0].candidates.truncate(1);
        content.waiting[0].candidates[0].evidence = vec![Proof { evidence, detail: "here".into() }];
        let text = digest(&content, "fr").text;
        assert!(!text.contains(&format!("{} (here)", evidence.name())), "{}", evidence.name());
        assert!(text.contains("(here)"), "{}", evidence.name());
    }
}

#[test]
fn a_flood_is_cut_and_counted() {
    let mut content = busy_day();
    let one = content.waiting[0].clone();
    content.waiting = vec![one; 5_000];
    let written = digest(&content, "en");
    assert!(written.subject.contains("5000 waiting"));
    assert!(written.text.contains("and 4900 more: demarche mail list --waiting"));
    // Gmail hides what comes after 102 kB.
    assert!(html(&written).len() < 102_000, "{}", html(&written).len());
}

#[test]
fn the_same_content_is_the_same_mail() {
    assert_eq!(digest(&busy_day(), "en"), digest(&busy_day(), "en"));
}
