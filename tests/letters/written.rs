//! Every letter in both languages, as it is read.

use demarche::daemon::assembling::open_templates;
use demarche::letters::sample::Sample;
use demarche::letters::write_letter;
use demarche::render::LetterFault;
use mail_parser::MessageParser;

fn subject_and_text(sample: &Sample, language: &str, letter: &str) -> String {
    let written = write_letter(&open_templates(None).unwrap(), &sample.content(language, letter)).unwrap();
    format!("{}\n\n{}", written.subject, written.text)
}

#[test]
fn a_request() {
    insta::assert_snapshot!("request_en", subject_and_text(&Sample::request(), "en", "request"));
    insta::assert_snapshot!("request_fr", subject_and_text(&Sample::request(), "fr", "request"));
}

#[test]
fn an_urgent_request_of_an_office_that_configured_no_words() {
    insta::assert_snapshot!("request_sparse_en", subject_and_text(&Sample::request().sparse(), "en", "request"));
    insta::assert_snapshot!("request_sparse_fr", subject_and_text(&Sample::request().sparse(), "fr", "request"));
}

#[test]
fn a_friendly_reminder_before_the_deadline() {
    insta::assert_snapshot!("friendly_reminder_en", subject_and_text(&Sample::friendly_reminder(), "en", "reminder"));
    insta::assert_snapshot!("friendly_reminder_fr", subject_and_text(&Sample::friendly_reminder(), "fr", "reminder"));
}

#[test]
fn a_reminder_after_the_deadline() {
    insta::assert_snapshot!("reminder_en", subject_and_text(&Sample::reminder(), "en", "reminder"));
    insta::assert_snapshot!("reminder_fr", subject_and_text(&Sample::reminder(), "fr", "reminder"));
}

#[test]
fn a_reminder_of_what_a_partial_answer_left_open_after_an_extension() {
    insta::assert_snapshot!("reminder_partial_en", subject_and_text(&Sample::reminder().adopted(), "en", "reminder"));
    insta::assert_snapshot!("reminder_partial_fr", subject_and_text(&Sample::reminder().adopted(), "fr", "reminder"));
}

#[test]
fn an_escalation_to_the_head_of_the_authority() {
    insta::assert_snapshot!("escalation_head_en", subject_and_text(&Sample::escalation_to_the_head(), "en", "escalation"));
    insta::assert_snapshot!("escalation_head_fr", subject_and_text(&Sample::escalation_to_the_head(), "fr", "escalation"));
}

#[test]
fn an_escalation_to_the_supervising_authority() {
    let sample = Sample::escalation_to_the_supervising_authority();
    insta::assert_snapshot!("escalation_supervising_en", subject_and_text(&sample, "en", "escalation"));
    insta::assert_snapshot!("escalation_supervising_fr", subject_and_text(&sample, "fr", "escalation"));
}

#[test]
fn an_acknowledgement_of_a_reply() {
    insta::assert_snapshot!("acknowledgement_en", subject_and_text(&Sample::acknowledgement(), "en", "acknowledgement"));
    insta::assert_snapshot!("acknowledgement_fr", subject_and_text(&Sample::acknowledgement(), "fr", "acknowledgement"));
}

#[test]
fn a_letter_that_the_authoritys_own_is_being_examined() {
    insta::assert_snapshot!("examination_en", subject_and_text(&Sample::examination(), "en", "examination"));
    insta::assert_snapshot!("examination_fr", subject_and_text(&Sample::examination(), "fr", "examination"));
}

#[test]
fn the_whole_mail_of_an_escalation() {
    let sample = Sample::escalation_to_the_head();
    let written = write_letter(&open_templates(None).unwrap(), &sample.content("en", "escalation")).unwrap();
    let message = MessageParser::default().parse(&written.bytes).unwrap();
    let mail = String::from_utf8(written.bytes.clone()).unwrap();
    let headers = mail.split("\r\n\r\n").next().unwrap().replace("\r\n", "\n");
    insta::assert_snapshot!(headers);
    insta::assert_snapshot!("escalation_html", message.body_html(0).unwrap().replace("\r\n", "\n"));
}

#[test]
fn the_same_order_is_the_same_letter() {
    let sample = Sample::reminder();
    let written = write_letter(&open_templates(None).unwrap(), &sample.content("fr", "reminder")).unwrap();
    assert_eq!(write_letter(&open_templates(None).unwrap(), &sample.content("fr", "reminder")).unwrap(), written);
}

/// RFC 3834 §5: only what no person decided on says that it was made by a machine; a formal request is signed, and wants an answer.
#[test]
fn only_an_acknowledgement_says_that_a_machine_wrote_it() {
    let renderer = open_templates(None).unwrap();
    let auto_submitted = |sample: &Sample, letter: &str| {
        let bytes = write_letter(&renderer, &sample.content("en", letter)).unwrap().bytes;
        let message = MessageParser::default().parse(&bytes).unwrap();
        message.header("Auto-Submitted").and_then(|value| value.as_text()).map(str::to_string)
    };
    assert_eq!(auto_submitted(&Sample::request(), "request"), None);
    assert_eq!(auto_submitted(&Sample::reminder(), "reminder"), None);
    assert_eq!(auto_submitted(&Sample::escalation_to_the_head(), "escalation"), None);
    assert_eq!(auto_submitted(&Sample::acknowledgement(), "acknowledgement").as_deref(), Some("auto-replied"));
}

#[test]
fn a_letter_that_does_not_exist_is_told_with_those_that_do() {
    let sample = Sample::request();
    let fault = write_letter(&open_templates(None).unwrap(), &sample.content("de", "request")).unwrap_err();
    assert!(matches!(&fault, LetterFault::NoSuchTemplate { existing, .. } if existing.contains(&"en/request".to_string())), "{fault}");
}
