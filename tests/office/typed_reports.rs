//! Reports in whose readable part a person has typed an answer: nobody is chased over one, and none of them answers by itself.

use crate::desk::Desk;
use crate::folders::{Letter, days_on, monday};
use serde_json::Value;

fn asked() -> Desk {
    let desk = Desk::init();
    desk.import("authorities", "name,email,domains\nPrison Service,post@prisons.example,prisons.example\n");
    desk.import("recommendations", "reference,addressees,text,made_on,report\n2041/1,Prison Service,Air.,2041-03-01,A\n");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(monday());
    desk
}

const TYPED: &str = "The windows of the north wing open again since March. We accept the recommendation.";

/// A report on our letter, with this text in its readable part.
fn report(ours: &Letter, from: &str, kind: &str, text: &str) -> String {
    let fields = match kind {
        "disposition-notification" => "Disposition: manual-action/MDN-sent-manually; displayed",
        "relayed" => "Action: relayed\r\nStatus: 2.0.0",
        _ => "Action: failed\r\nStatus: 5.1.1",
    };
    let kind = if kind == "relayed" { "delivery-status" } else { kind };
    let head = if kind == "delivery-status" { "Reporting-MTA: dns; mx.prisons.example\r\n\r\n" } else { "" };
    format!(
        "From: {from}\r\nTo: {}\r\nSubject: Your letter\r\nMessage-ID: <report@prisons.example>\r\nIn-Reply-To: {}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type={kind}; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n\
         --b\r\nContent-Type: message/{kind}\r\n\r\n{head}Final-Recipient: rfc822; {}\r\n{fields}\r\n--b--\r\n",
        ours.reply_to(),
        ours.header("Message-ID").unwrap(),
        ours.to
    )
}

fn received(desk: &Desk, mail: &str) -> Value {
    desk.deliver(days_on(1), mail);
    desk.tick_at(days_on(1));
    desk.mails().remove(0)
}

#[test]
fn an_answer_typed_into_a_report_is_shown_rests_its_request_and_counts_only_by_a_persons_word() {
    for kind in ["disposition-notification", "delivery-status", "relayed"] {
        let desk = asked();
        let mail = received(&desk, &report(&desk.letters()[0], "post@prisons.example", kind, TYPED));
        assert_eq!(
            (&mail["standing"], &mail["effect"], &mail["rests"]),
            (&"linked".into(), &"waiting".into(), &true.into()),
            "{kind}: {mail:#}"
        );
        assert!(mail["because"].to_string().contains("says more than reports do"), "{mail:#}");
        assert_eq!(desk.request_to("Prison Service")["state"], "pending", "{kind}");
        desk.tick_at(days_on(2));
        let reference = desk.reference_to("Prison Service");
        let digests = desk.letters_to("staff@office.example");
        let step = format!("demarche mail link 1 {reference}");
        assert_eq!(digests.iter().filter(|digest| digest.raw.contains(&step)).count(), 1, "{kind}: told whole once: {digests:#?}");
        assert!(digests.iter().all(|digest| digest.raw.contains("demarche mail show 1")), "{kind}: {digests:#?}");
        desk.tick_at(days_on(57));
        assert!(desk.letters().iter().all(|letter| !letter.raw.contains("eminder")), "{kind}: nobody is chased while it lies unread");
        desk.must(&["mail", "link", "1", &reference]);
        assert_eq!(desk.request_to("Prison Service")["state"], "completed", "{kind}");
        desk.tick_at(days_on(58));
        let digest = desk.letters_to("staff@office.example").iter().any(|letter| letter.raw.contains("demarche mail unlink 1"));
        assert!(digest, "{kind}: what a person has said of it is told as of any answer");
        desk.is_sound();
    }
}

#[test]
fn a_typed_report_without_our_thread_rests_what_its_sender_may_answer() {
    for kind in ["disposition-notification", "delivery-status"] {
        let desk = asked();
        let ours = desk.letters().remove(0);
        let mail = report(&ours, "post@prisons.example", kind, TYPED)
            .replace(&format!("To: {}", ours.reply_to()), "To: desk@office.example")
            .replace("In-Reply-To:", "X-In-Reply-To:");
        assert_eq!(received(&desk, &mail)["standing"], "suggested", "{kind}");
        desk.tick_at(days_on(60));
        assert_eq!(desk.letters().len(), 1, "{kind}");
    }
}

#[test]
fn a_report_that_says_what_reports_say_is_no_question_to_anybody() {
    for (kind, text) in [
        ("disposition-notification", "Your message was displayed on 5 March 2041."),
        ("delivery-status", "<post@prisons.example>: 550 5.1.1 User unknown"),
        ("relayed", "<post@prisons.example>: the message was delivered to a system that sends no confirmation"),
    ] {
        let desk = asked();
        let mail = received(&desk, &report(&desk.letters()[0], "post@prisons.example", kind, text));
        assert!(!mail["because"].to_string().contains("says more than reports do"), "{kind}: {mail:#}");
        // That a letter came back is asked where nothing proves it.
        assert_eq!(mail["claims"], kind == "delivery-status", "{kind}: {mail:#}");
        assert_eq!(mail["effect"] == "waiting", kind == "delivery-status", "{kind}: {mail:#}");
    }
}

/// As mail programs and people write it: our letter enclosed, what the server said repeated, and a sentence of their own.
fn enclosing(ours: &Letter, report: &str) -> String {
    report.replace("\r\n--b--\r\n", &format!("\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n{}\r\n--b--\r\n", ours.raw))
}

#[test]
fn a_typed_report_to_the_signed_envelope_address_suppresses_nothing_and_waits_as_a_claim() {
    for text in [TYPED, "Refused.", "<post@prisons.example>: 550 5.1.1 User unknown\r\n\r\nThe cells are aired."] {
        let desk = asked();
        let ours = desk.letters().remove(0);
        let envelope = ours.header("Return-Path").unwrap();
        let envelope = envelope.trim_matches(['<', '>']);
        let mail = report(&ours, "MAILER-DAEMON@prisons.example", "delivery-status", text)
            .replace(&format!("To: {}", ours.reply_to()), &format!("To: {envelope}"));
        let mail = received(&desk, &format!("Return-Path: <>\r\n{}", enclosing(&ours, &mail)));
        assert_eq!((&mail["effect"], &mail["claims"]), (&"waiting".into(), &true.into()), "{text}: {mail:#}");
        assert_eq!(desk.request_to("Prison Service")["delivery"], "reported", "{text}");
        let suppressed = || desk.suppressed_addresses().len();
        assert_eq!(suppressed(), 0, "{text}: who can type is reading");
        // Either word of a person is one step.
        desk.must(&["mail", "mark", "1", "bounce"]);
        assert_eq!(suppressed(), 1, "{text}");
        desk.must(&["mail", "link", "1", &desk.reference_to("Prison Service")]);
        assert_eq!(desk.request_to("Prison Service")["state"], "completed", "{text}");
        assert_eq!(suppressed(), 0, "{text}: who answers is there");
        desk.is_sound();
    }
}

#[test]
fn nobody_is_chased_over_a_short_answer_in_a_report_that_encloses_our_letter_or_speaks_of_it() {
    for (kind, text) in [
        ("delivery-status", "The cells are aired."),
        (
            "delivery-status",
            "This is the mail system at host mx.prisons.example.\r\n\r\nFait.\r\n\r\n<post@prisons.example>: 550 5.1.1 User unknown",
        ),
        ("disposition-notification", "Message read. The cells are aired."),
        ("disposition-notification", "Your letter was displayed. Cell 512 has new windows, says anna@prisons.example."),
        ("relayed", "Your message was delivered. Refused."),
    ] {
        let desk = asked();
        let ours = desk.letters().remove(0);
        let mail = received(&desk, &enclosing(&ours, &report(&ours, "post@prisons.example", kind, text)));
        assert_eq!(
            (&mail["standing"], &mail["effect"], &mail["rests"]),
            (&"linked".into(), &"waiting".into(), &true.into()),
            "{text}: {mail:#}"
        );
        assert_eq!(desk.request_to("Prison Service")["state"], "pending", "{text}");
        desk.tick_at(days_on(57));
        assert!(desk.letters().iter().all(|letter| !letter.raw.contains("eminder")), "{text}: nobody is chased while it lies unread");
        desk.is_sound();
    }
}
