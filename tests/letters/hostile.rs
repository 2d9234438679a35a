//! What users and directories hold is data: it never becomes markup, a header, a template or another part.

use demarche::daemon::assembling::open_templates;
use demarche::letters::sample::Sample;
use demarche::letters::write_letter;
use demarche::render::Renderer;
use mail_parser::{Message, MessageParser};
use proptest::prelude::*;
use std::sync::LazyLock;

static RENDERER: LazyLock<Renderer> = LazyLock::new(|| open_templates(None).unwrap());

const LETTERS: [&str; 4] = ["request", "reminder", "escalation", "acknowledgement"];

/// Words that break out of something, among any others.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("\r\n".to_string()),
        Just("\r\nBcc: x@y.example\r\n\r\n".to_string()),
        Just("--=_".to_string()),
        Just("=?utf-8?q?=0D=0A?=".to_string()),
        Just("<script>alert(1)</script>".to_string()),
        Just("\" onload=\"x".to_string()),
        Just("{{ office.name }}{% include 'x' %}".to_string()),
        Just("&lt;&#10;".to_string()),
        Just("\n.\n".to_string()),
        Just("\u{202e}\u{0}\u{7f}".to_string()),
        any::<String>(),
        "[ -~]{0,80}",
        "[a-z]{900,1100}",
    ];
    prop::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat())
}

fn headers(message: &Message<'_>) -> Vec<String> {
    let mut names: Vec<String> = message.headers().iter().map(|header| header.name().to_ascii_lowercase()).collect();
    names.sort();
    names
}

/// Every tag of the HTML, without what stands between them.
fn tags(html: &str) -> Vec<String> {
    html.split('<').skip(1).map(|piece| piece.split(['>', ' ']).next().unwrap_or("").to_string()).filter(|tag| tag != "br").collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn hostile_words_change_no_header_and_no_tag(text in hostile(), name in hostile(), line in hostile(), which in 0usize..8) {
        let (letter, language) = (LETTERS[which % 4], ["en", "fr"][which / 4]);
        let mut sample = if letter == "acknowledgement" { Sample::acknowledgement() } else { Sample::escalation_to_the_head() };
        let tame = write_letter(&RENDERER, &sample.content(language, letter)).unwrap();
        let tame = MessageParser::default().parse(&tame.bytes).unwrap();
        // Present in both, so that the same parts of the templates are written.
        let line = format!("A {line}");
        sample.recommendations[0].text = text;
        sample.recommendations[1].reference = line.clone();
        sample.recommendations[1].report = Some(line.clone());
        sample.authority.name = format!("A {name}");
        sample.rules.name = format!("N {name}");
        sample.copies[..].iter_mut().for_each(|copy| copy.name = Some("C \r\nBcc: a@b.example"));
        if let Some(signatory) = sample.rules.signatories.get_mut("head") {
            signatory.name = line.clone();
        }

        let written = write_letter(&RENDERER, &sample.content(language, letter)).unwrap();
        prop_assert!(written.bytes.is_ascii());
        prop_assert!(written.bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 998));
        let message = MessageParser::default().parse(&written.bytes).unwrap();
        prop_assert_eq!(headers(&message), headers(&tame));
        prop_assert_eq!(message.parts.len(), 3);
        prop_assert_eq!(message.subject(), Some(written.subject.as_str()));
        prop_assert!(written.subject.starts_with("[NPM-2026-0147-K] "));
        prop_assert_eq!(message.body_text(0).unwrap().replace("\r\n", "\n"), written.text.clone());
        prop_assert!(!written.text.contains(|c: char| c.is_control() && c != '\n'));
        let html = message.body_html(0).unwrap();
        // An authority that now has another name than the addressee's is its supervising one: the sentence differs, the tags do not.
        prop_assert_eq!(tags(&html), tags(&tame.body_html(0).unwrap()));
    }
}

#[test]
fn a_recommendation_reads_back_word_for_word() {
    let mut sample = Sample::request();
    let text = "That cells be ≥ 6 m² & \"lit\" <by day>, {{ not a template }} {% nor this %}.";
    sample.recommendations[0].text = text.into();
    let written = write_letter(&RENDERER, &sample.content("en", "request")).unwrap();
    let unwrapped = written.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unwrapped.contains(&format!("1. [2026/3-1] {text}")), "{}", written.text);
}

#[test]
fn an_addressee_s_copy_of_his_own_letter_is_left_out() {
    let sample = Sample::escalation_to_the_head();
    let mut content = sample.content("en", "escalation");
    content.addressee.address = "Jana.Dvorak@prisons.example";
    let written = write_letter(&RENDERER, &content).unwrap();
    assert!(MessageParser::default().parse(&written.bytes).unwrap().cc().is_none());
}

#[test]
fn a_letter_of_a_thousand_recommendations_is_written() {
    let mut sample = Sample::request();
    let one = sample.recommendations[1].clone();
    sample.recommendations = vec![one; 1_000];
    let written = write_letter(&RENDERER, &sample.content("fr", "request")).unwrap();
    assert!(written.text.contains("\n1000. [2026/3-2]"));
}
