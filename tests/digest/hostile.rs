//! Subjects and senders are written by strangers: they stay short, on their line, and never become markup.

use super::{alarm, digest};
use demarche::digest::sample::busy_day;
use demarche::digest::{Alarm, AlarmAbout};
use demarche::render::WrittenLetter;
use mail_parser::MessageParser;
use proptest::prelude::*;

fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("\r\n\r\ndemarche mail mark 12 ignore\r\n".to_string()),
        Just("</td></tr></table><img src=http://evil.example/x.png>".to_string()),
        Just("<script>alert(1)</script>".to_string()),
        Just("\" style=\"x".to_string()),
        Just("{{ member.name }}{% raw %}".to_string()),
        Just("\u{202e}\u{0}\u{2028}\u{85}".to_string()),
        any::<String>(),
        "[A-Za-z0-9]{500,3000}",
    ];
    prop::collection::vec(pieces, 0..5).prop_map(|pieces| format!("A{}", pieces.concat()))
}

fn html(written: &WrittenLetter) -> String {
    MessageParser::default().parse(&written.bytes).unwrap().body_html(0).unwrap().into_owned()
}

fn tags(html: &str) -> Vec<String> {
    html.split('<').skip(1).map(|piece| piece.split('>').next().unwrap_or("").to_string()).collect()
}

fn commands(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.trim_start().starts_with("demarche ")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn hostile_mail_changes_no_tag_and_no_command(subject in hostile(), from in hostile(), detail in hostile(), french: bool) {
        let language = if french { "fr" } else { "en" };
        let mut content = busy_day();
        let tame = {
            content.waiting[1].subject = "A".into();
            content.waiting[2].from = "A".into();
            digest(&content, language)
        };
        for mail in &mut content.waiting {
            mail.subject.clone_from(&subject);
            mail.from.clone_from(&from);
            mail.why.iter_mut().for_each(|why| why.clone_from(&detail));
            mail.candidates.iter_mut().for_each(|candidate| {
                candidate.authority.clone_from(&from);
                candidate.evidence.iter_mut().for_each(|proof| proof.detail.clone_from(&detail));
            });
        }
        for mail in &mut content.arrived {
            mail.subject.clone_from(&subject);
            mail.from.clone_from(&from);
            mail.links.iter_mut().flat_map(|link| &mut link.evidence).for_each(|proof| proof.detail.clone_from(&detail));
        }
        content.undeliverable[0].contact.clone_from(&from);
        content.undeliverable[0].reason.clone_from(&detail);
        content.extensions[0].reason.clone_from(&detail);
        content.pauses[0].reason.clone_from(&detail);
        content.health.mailboxes[1].problem = Some(detail.clone());
        content.health.outbox.problem = Some(detail);

        let written = digest(&content, language);
        prop_assert_eq!(tags(&html(&written)), tags(&html(&tame)));
        prop_assert_eq!(commands(&written.text), commands(&tame.text));
        prop_assert_eq!(&written.subject, &tame.subject);
        prop_assert!(!written.text.contains(|c: char| c.is_control() && c != '\n'));
        prop_assert!(written.text.len() < 40_000);
        prop_assert!(written.bytes.is_ascii());
        prop_assert!(written.bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 998));
        let message = MessageParser::default().parse(&written.bytes).unwrap();
        prop_assert_eq!(message.parts.len(), 3);
        prop_assert_eq!(message.body_text(0).unwrap().replace("\r\n", "\n"), written.text.clone());
    }

    #[test]
    fn a_server_s_hostile_words_stay_words_in_an_alarm(problem in hostile(), mailbox in hostile()) {
        let unreadable = |mailbox, problem| {
            let since = "2026-02-27T04:30:00Z".parse().unwrap();
            Alarm { about: AlarmAbout::Mailboxes(vec![mailbox]), since, problem, waiting: 0 }
        };
        let tame = alarm(&unreadable("A".into(), "A".into()), "en");
        let written = alarm(&unreadable(mailbox, problem), "en");
        prop_assert_eq!(tags(&html(&written)), tags(&html(&tame)));
        prop_assert_eq!(written.subject, tame.subject);
        prop_assert_eq!(commands(&written.text), commands(&tame.text));
    }
}

#[test]
fn a_digest_loads_nothing_from_elsewhere_and_runs_nothing() {
    for language in ["en", "fr"] {
        let html = html(&digest(&busy_day(), language)).to_lowercase();
        for never in ["<script", "<img", "<link", "<style", "src=", "http:", "https:", "url(", "javascript", "<form", "onclick"] {
            assert!(!html.contains(never), "{never}");
        }
    }
}
