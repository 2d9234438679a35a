use super::*;
use crate::mail::parse::parse;
use proptest::prelude::*;

fn report(raw: &str) -> Option<Report> {
    let message = parse(raw.as_bytes());
    read(&message, &Bodies::of(&message))
}

fn letter_from(from: &str, subject: &str, text: &str) -> Option<Report> {
    report(&format!("From: {from}\nTo: office@npm.example\nSubject: {subject}\n\n{text}"))
}

#[test]
fn a_person_who_quotes_a_refusal_has_not_bounced() {
    let text = "Dear office,\n\nyour first mail came back to you:\n> <clerk@ministry.example>: host said: 550 5.1.1 User unknown\n> Final-Recipient: rfc822; \
                clerk@ministry.example\n> Action: failed\n> Status: 5.1.1\n\nWe accept recommendation 3.\n";
    assert_eq!(letter_from("Clerk <clerk@ministry.example>", "Re: Undelivered Mail Returned to Sender", text), None);
    assert_eq!(
        letter_from(
            "Clerk <clerk@ministry.example>",
            "Re: your request",
            "The server says 550 5.1.1 user unknown for bob@ministry.example."
        ),
        None
    );
}

#[test]
fn absences_challenges_and_parcels_are_no_bounces() {
    let absence = "From: clerk@ministry.example\nSubject: Out of Office: Request\nReturn-Path: <>\nAuto-Submitted: auto-replied\n\nYour message could not be delivered to my team.\n";
    assert_eq!(report(absence), None);
    let challenge = "From: clerk@ministry.example\nSubject: Undelivered: please confirm\nReturn-Path: <>\n\nIn order for your message to be delivered please click below.\n";
    assert_eq!(report(challenge), None);
    assert_eq!(
        letter_from(
            "no-reply@parcel.example",
            "Delivery failed: your parcel",
            "We were unable to deliver your parcel. Contact a@parcel.example."
        ),
        None
    );
}

#[test]
fn a_report_that_a_person_forwards_without_a_word_counts() {
    let text = "FYI\n\nBegin forwarded message:\n\n> From: MAILER-DAEMON@npm.example\n> Message-Id: <report@npm.example>\n>\n> Final-Recipient: rfc822; clerk@ministry.example\n\
                > Action: failed\n> Status: 5.1.1\n>\n> Message-ID: <request.7@npm.example>\n";
    let forwarded =
        letter_from("Colleague <colleague@npm.example>", "Fwd: Returned mail: see transcript for details", text).expect("a report");
    let bounce = forwarded.bounce.expect("a bounce");
    assert_eq!(bounce.recipients[0].address, "clerk@ministry.example");
    assert_eq!(bounce.original_message_id.as_deref(), Some("request.7@npm.example"));
}

#[test]
fn receipts_are_told_apart_from_refusals() {
    let receipt = |subject: &str, words: &str, disposition: &str| {
        report(&format!(
            "From: clerk@ministry.example\nSubject: {subject}\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=disposition-notification; boundary=x\n\n--x\n\
             Content-Type: text/plain\n\n{words}\n--x\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; clerk@ministry.example\n\
             Original-Message-ID: <request.7@npm.example>\nDisposition: {disposition}\n\n--x--\n"
        ))
        .expect("a report")
    };
    let read = receipt("Read: Request", "See below.", "manual-action/MDN-sent-manually; displayed");
    assert_eq!(read.kind, Kind::ReadReceipt);
    assert!(read.bounce.as_ref().is_some_and(|bounce| !bounce.deleted_unread));
    assert_eq!(read.bounce.and_then(|bounce| bounce.original_message_id).as_deref(), Some("request.7@npm.example"));
    let unread = receipt("Not read: Request", "It was deleted without being read.", "automatic-action/MDN-sent-automatically; deleted");
    assert_eq!(unread.kind, Kind::ReadReceipt);
    assert!(unread.bounce.is_some_and(|bounce| bounce.deleted_unread));
    let refused =
        receipt("Automatically rejected mail", "The recipient's filter refused it.", "automatic-action/MDN-sent-automatically; deleted");
    assert_eq!(refused.kind, Kind::Bounce);
    assert!(
        refused
            .bounce
            .is_some_and(|bounce| bounce.permanent && !bounce.hard_bounce && bounce.recipients[0].address == "clerk@ministry.example")
    );
}

#[test]
fn delivered_relayed_and_expanded_are_receipts() {
    let raw = "From: MAILER-DAEMON@npm.example\nSubject: Successful Mail Delivery Report\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n\
               --x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; npm.example\n\nFinal-Recipient: rfc822; clerk@ministry.example\nAction: delivered\nStatus: 2.0.0\n\n\
               --x\nContent-Type: text/rfc822-headers\n\nMessage-ID: <request.7@npm.example>\n\n--x--\n";
    let report = report(raw).expect("a report");
    assert_eq!(report.kind, Kind::DeliveryReceipt);
    let bounce = report.bounce.expect("its letter");
    assert!(!bounce.permanent && !bounce.hard_bounce);
    assert_eq!(bounce.original_message_id.as_deref(), Some("request.7@npm.example"));
}

#[test]
fn a_complaint_is_no_bounce() {
    let raw = "From: fbl@provider.example\nSubject: FW: Request\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=x\n\n--x\n\
               Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n\n--x\nContent-Type: message/rfc822\n\nMessage-ID: <request.7@npm.example>\n\nDear Sir\n--x--\n";
    let report = report(raw).expect("a report");
    assert_eq!(report.kind, Kind::FeedbackReport);
    assert_eq!(report.bounce.and_then(|bounce| bounce.original_message_id).as_deref(), Some("request.7@npm.example"));
}

#[test]
fn a_report_wrapped_by_a_filter_is_read_inside() {
    let raw = "From: postmaster@npm.example\nSubject: Delivery Status Notification (Failure)\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: message/rfc822\n\n\
               From: postmaster@ministry.example\nSubject: Delivery Status Notification (Failure)\nMIME-Version: 1.0\n\
               Content-Type: multipart/report; report-type=delivery-status; boundary=x\nMessage-ID: <report@ministry.example>\n\n--x\nContent-Type: message/delivery-status\n\n\
               Reporting-MTA: dns; mx.ministry.example\n\nFinal-Recipient: rfc822; clerk@ministry.example\nAction: failed\nStatus: 5.1.1\n\n--x\nContent-Type: message/rfc822\n\n\
               Message-ID: <request.7@npm.example>\nSubject: Request\n\nDear Sir\n--x--\n--o--\n";
    let bounce = report(raw).expect("a report").bounce.expect("a bounce");
    assert_eq!(bounce.recipients[0].address, "clerk@ministry.example");
    assert_eq!(bounce.original_message_id.as_deref(), Some("request.7@npm.example"));
}

/// Pieces of which reports are made, put together in every order.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("<clerk@ministry.example>: ".to_owned()),
        Just("Final-Recipient: rfc822; ".to_owned()),
        Just("Action: failed\nStatus: 5.\n".to_owned()),
        Just("----- Transcript of session follows -----\n>>> RCPT TO:<".to_owned()),
        Just("550 5.1.1 <a@b>... ".to_owned()),
        Just("This message was created automatically by mail delivery software. The following address(es) failed:\n".to_owned()),
        Just("{\"notificationType\":\"Bounce\",\"bounce\":{".to_owned()),
        Just("--- Below this line is a copy of the message.\n".to_owned()),
        Just("Message-ID:\n".to_owned()),
        Just("\"@\u{e9}\u{6f22}\\x{".to_owned()),
        Just("Your message\nwas not delivered to:\nbecause:\n".to_owned()),
        Just("Recipient address: @a:b@c\n".to_owned()),
        "\\PC{0,20}",
        "[ -~\n]{0,40}",
    ]
}

proptest! {
    #[test]
    fn no_text_however_strange_stops_the_readers(pieces in prop::collection::vec(piece(), 0..40), from in "(MAILER-DAEMON|postmaster|clerk)@x\\.example") {
        let text = pieces.concat();
        let _ = letter_from(&from, "Undelivered Mail Returned to Sender", &text);
        let raw = format!("From: {from}\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n\n{text}\n--x\n\
                           Content-Type: message/delivery-status\n\n{text}\n--x--\n");
        let read = report(&raw);
        prop_assert!(read.is_none_or(|report| report.bounce.is_some_and(|bounce| bounce.recipients.iter().all(|recipient| recipient.address.contains('@')))));
    }
}
