//! Reports about our own letters: bounces, delays, receipts, complaints.
//!
//! Read in the order of how much a report proves: its structure (feedback report, delivery status, disposition notification), then the known
//! formats of servers that do not follow RFC 3464 ([`readers`]), then, carefully, what only looks like one ([`informal`]). Where a report has
//! fields *and* a text, both are read: the fields say who, the text often says why.
//!
//! It refuses to call anything a bounce because of a code or phrase alone: a machine must have written it. A person who quotes "550 5.1.1"
//! has answered; an out-of-office note has a null return path too. Considered instead: one list of phrases over every mail; it finds more
//! bounces in mailing-list archives and loses replies in an office's mailbox.

mod address;
mod certified;
mod code;
mod dsn;
mod failure;
mod feedback;
mod informal;
mod layout;
mod notice;
mod readers;
mod reason;
mod receipt;
mod returned;
mod returned_letter;
mod sign;
mod trouble;

use super::bodies::Bodies;
use super::message::{Body, Message};
use super::understood::{Bounce, Kind};
use crate::domain::deliverability::Finding;
use failure::{Command, Failure, judge};
use notice::Notice;
use sign::Signs;

/// A report about a letter that was sent. `kind` is one of `Bounce`, `DeliveryReceipt`, `ReadReceipt`, `FeedbackReport`.
///
/// `bounce` is there for every kind, since a receipt and a complaint have a letter too: for those its recipients did not fail. Only `kind`
/// says that a letter bounced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub kind: Kind,
    pub bounce: Option<Bounce>,
    pub evidence: Vec<String>,
}

/// What the office's own relay means by refusing a command: the same codes and words, heard first hand.
pub fn refused_by_own_relay(command: Command, code: u16, reply: &str) -> Finding {
    failure::refused_by_own_relay(command, code, reply)
}

/// The readable text of a report, without a letter that it returns in the same text.
pub fn readable(bodies: &Bodies) -> &str {
    let text = notice::bounded(&bodies.plain, notice::NOTICE_LIMIT);
    returned::starts_at(text).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// What a report says elsewhere, and its readable text may repeat: its own headers about who wrote to whom, the fields of its machine-readable part, the
/// headers of the letter it returns, and what the servers said.
pub fn fields(message: &Message, report: &Report) -> String {
    let mut fields = String::new();
    for part in message.root.walk() {
        let kind = part.content_type.as_str();
        if kind.starts_with("message/") && !matches!(part.body, Body::Message { .. }) || kind == "text/rfc822-headers" {
            fields.push_str(&notice::part_text(part));
            fields.push('\n');
        }
    }
    let enclosed = message.enclosed().into_iter().take(1).map(|letter| &letter.headers);
    for head in std::iter::once(&message.headers).chain(enclosed) {
        for name in ["From", "To", "Cc", "Subject", "Date", "Message-ID"] {
            fields.extend(head.text(name).map(|value| format!("{name}: {value}\n")));
        }
    }
    let recipients = report.bounce.iter().flat_map(|bounce| &bounce.recipients);
    fields.extend(recipients.filter_map(|recipient| recipient.diagnostic.as_deref()).map(|diagnostic| format!("{diagnostic}\n")));
    fields
}

/// The text of the letter that a report encloses.
pub fn enclosed_text(message: &Message) -> String {
    message.enclosed().first().map(|letter| Bodies::of(letter).plain).unwrap_or_default()
}

/// The report this mail is, if it is one.
///
/// Linear in the size of the mail; at most 256 KiB of a report's words are read.
pub fn read(message: &Message, bodies: &Bodies) -> Option<Report> {
    let notice = Notice::of(message, bodies);
    if let Some(complaint) = feedback::read(&notice) {
        let id = complaint.message_id.or_else(|| returned_letter::message_id(&notice, &[complaint.fields]));
        return Some(about_letter(Kind::FeedbackReport, id, complaint.evidence));
    }
    if let Some(certified) = certified::read(&notice) {
        return Some(by_certified_mail(&notice, certified));
    }
    let signs = Signs::of(&notice);
    let mut contents = dsn::contents(message);
    if contents.is_empty() && (signs.any() || signs.forwarded && few_words_before(&notice)) {
        // A filter that wraps what passes it (InterScan and its like), and a person who forwards, have the report as an enclosed message.
        contents = message.enclosed().into_iter().take(2).flat_map(dsn::contents).collect();
    }
    if contents.is_empty()
        && let Some(receipt) = receipt::read(&notice)
    {
        let fields = [receipt.fields];
        return Some(match receipt.refused {
            Some(refused) => {
                let told = readers::read(&notice).map(|(_, told)| told).unwrap_or_default();
                let failures = if refused.address.is_some() { vec![refused] } else { told };
                let evidence = format!("A disposition notification refuses the letter (RFC 5429): {:?}.", receipt.disposition);
                bounce(&notice, failures, &fields, vec![evidence])
            }
            None => {
                let evidence = format!("The mail is a disposition notification (RFC 8098): {:?}.", receipt.disposition);
                let mut report = about_letter(Kind::ReadReceipt, returned_letter::message_id(&notice, &fields), evidence);
                if let Some(bounce) = report.bounce.as_mut() {
                    bounce.deleted_unread = receipt.deleted_unread;
                }
                report
            }
        });
    }
    let is_report = message.root.is("multipart/report");
    // Outlook forwards a report's parts as attachments of the person's own letter.
    let of_a_person = !is_report && !signs.any() && !few_words_before(&notice);
    if !contents.is_empty() && !of_a_person {
        let fields: Vec<Failure> = contents.iter().flat_map(|content| dsn::failures(content)).collect();
        if signs.forwarded && are_about_mail_to_us(&notice, &fields) {
            return None;
        }
        return Some(by_fields(&notice, fields, &contents, "The mail has a delivery-status part (RFC 3464)."));
    }
    if signs.forwarded
        && let Some(report) = forwarded(&notice, bodies)
    {
        return Some(report);
    }
    if !signs.any() && !is_report && !informal::opens_as_report(&notice) || readers::tells_of_a_stranger(&notice) {
        return None;
    }
    if let Some(receipt) = readers::amazon_notification(&notice, readers::AmazonAbout::Delivery) {
        return Some(about_letter(Kind::DeliveryReceipt, receipt, "The text is a delivery notification of Amazon SES.".to_owned()));
    }
    if let Some(content) = dsn::contents_in_text(&bodies.plain) {
        let fields = dsn::failures(&content);
        if fields.iter().any(|failure| failure.address.is_some()) {
            return Some(by_fields(
                &notice,
                fields,
                &[content],
                "The text holds the fields of a delivery status (RFC 3464), though the mail is not built as one.",
            ));
        }
    }
    if receipt::told(&notice) {
        let id = returned_letter::message_id(&notice, &[]);
        return Some(about_letter(Kind::DeliveryReceipt, id, "A mail server says that the letter was delivered or passed on.".to_owned()));
    }
    if let Some((reader, mut failures)) = readers::read(&notice) {
        if failures.iter().all(|failure| failure.address.is_none()) {
            let named = informal::addresses(&notice);
            if !named.is_empty() {
                failures = named;
            }
        }
        // A postmaster who writes why a mail of theirs did not reach us quotes the same sentences.
        if signs.own_return_path && concern_only(&failures, |address| notice.is_to(address)) {
            return None;
        }
        return Some(bounce(&notice, failures, &[], vec![format!("The text is that of a report by {}.", reader.server)]));
    }
    let failures = informal::read(&notice, &signs)?;
    Some(bounce(&notice, failures, &[], vec!["A mail server's address, subject and words say that a letter did not arrive.".to_owned()]))
}

/// A person who forwards has hardly written a word of their own: "For your information" and a name. A sentence may be the answer.
fn few_words_before(notice: &Notice<'_>) -> bool {
    const OWN_WORDS: usize = 60;
    let own: usize = notice.lines.iter().take_while(|line| !informal::opens_forward(line)).map(|line| line.chars().count()).sum();
    own <= OWN_WORDS
}

/// An authority shows us the report about its own letter, which did not reach us: nothing of ours has bounced.
fn are_about_mail_to_us(notice: &Notice<'_>, failures: &[Failure]) -> bool {
    concern_only(failures, |address| notice.is_at_home(address))
}

/// Somebody is named, and everybody who is named is one of these.
fn concern_only(failures: &[Failure], these: impl Fn(&str) -> bool) -> bool {
    let mut named = failures.iter().filter_map(|failure| failure.address.as_deref()).peekable();
    named.peek().is_some() && named.all(these)
}

/// A report that a person forwards, with hardly a word of their own: what it says is worth as much as if it had come itself. The fields must be
/// there whole, or the text be that of a known server; that a letter mentions a report is not enough.
fn forwarded(notice: &Notice<'_>, bodies: &Bodies) -> Option<Report> {
    if !few_words_before(notice) {
        return None;
    }
    if let Some(content) = dsn::contents_in_text(&bodies.plain) {
        let fields = dsn::failures(&content);
        let counts = fields.iter().any(|failure| failure.address.is_some() && failure.action.is_trouble());
        return (counts && !are_about_mail_to_us(notice, &fields))
            .then(|| by_fields(notice, fields, &[content], "A person forwards a report; its fields (RFC 3464) are in the text."));
    }
    let inside = Bodies { plain: informal::forwarded_text(&bodies.plain), ..Bodies::default() };
    let inside = Notice::of(notice.message, &inside);
    let (reader, failures) = readers::read(&inside)?;
    let counts = failures.iter().any(|failure| failure.address.is_some()) && !are_about_mail_to_us(notice, &failures);
    counts.then(|| bounce(&inside, failures, &[], vec![format!("A person forwards a report; its text is that of {}.", reader.server)]))
}

fn by_certified_mail(notice: &Notice<'_>, certified: certified::Certified) -> Report {
    let evidence = format!("A provider of certified mail writes (RFC 6109): {:?}.", certified.kind);
    let mut report = bounce(notice, certified.failures, &[], vec![evidence]);
    if !certified.action.is_trouble() {
        report.kind = Kind::DeliveryReceipt;
    }
    if let Some(bounce) = report.bounce.as_mut()
        && certified.original_message_id.is_some()
    {
        bounce.original_message_id = certified.original_message_id;
    }
    report
}

/// A receipt or complaint: it has a letter, nobody failed.
fn about_letter(kind: Kind, original_message_id: Option<String>, evidence: String) -> Report {
    let bounce = Bounce { original_message_id, ..Bounce::default() };
    Report { kind, bounce: Some(bounce), evidence: vec![evidence] }
}

/// A report with fields. It is a bounce unless nobody is in trouble by them.
fn by_fields(notice: &Notice<'_>, fields: Vec<Failure>, contents: &[String], evidence: &str) -> Report {
    let told = readers::read(notice);
    let mut evidence = vec![evidence.to_owned()];
    if !fields.is_empty() && fields.iter().all(|failure| !failure.action.is_trouble()) {
        let mut report = bounce(notice, fields, contents, evidence);
        report.kind = Kind::DeliveryReceipt;
        return report;
    }
    let fields: Vec<Failure> = fields.into_iter().filter(|failure| failure.action.is_trouble()).collect();
    let failures = match told {
        Some((reader, told)) => {
            evidence.push(format!("Its text is that of {}.", reader.server));
            joined(fields, told, reader.wins_over_fields)
        }
        None => with_words_of(notice, fields),
    };
    bounce(notice, failures, contents, evidence)
}

/// The text is about the only recipient: it tells the command that was refused, which no field does, and is its words where the fields give
/// neither words nor an exact code.
fn with_words_of(notice: &Notice<'_>, mut fields: Vec<Failure>) -> Vec<Failure> {
    if let [only] = fields.as_mut_slice() {
        let words = notice.lines.join("\n");
        // "Your mail from Thursday" is no MAIL FROM.
        only.command = only.command.or_else(|| Command::in_text(&words).filter(|command| matches!(command, Command::Rcpt | Command::Data)));
        if only.diagnostic.is_empty() && only.status.is_none_or(code::Status::is_generic) {
            notice::bounded(&words, 1_000).clone_into(&mut only.diagnostic);
        }
    }
    fields
}

/// Fields and text together: the text adds the words and the command where the fields lack them, and the addresses where these name none.
fn joined(mut fields: Vec<Failure>, told: Vec<Failure>, text_wins: bool) -> Vec<Failure> {
    if fields.iter().all(|failure| failure.address.is_none()) {
        if let ([field], [only]) = (fields.as_mut_slice(), told.as_slice()) {
            field.address.clone_from(&only.address);
        } else {
            return told;
        }
    }
    let alone = fields.len() == 1 && told.len() == 1;
    let by_address: std::collections::HashMap<String, &Failure> =
        told.iter().filter_map(|failure| Some((failure.address.as_deref()?.to_lowercase(), failure))).collect();
    for field in &mut fields {
        let same = field.address.as_deref().and_then(|address| by_address.get(&address.to_lowercase()).copied());
        let Some(said) = same.or_else(|| told.first().filter(|_| alone)) else { continue };
        if text_wins && alone {
            field.address.clone_from(&said.address);
            field.diagnostic.clone_from(&said.diagnostic);
        }
        field.command = field.command.or(said.command);
        field.status_says_nothing |= said.status_says_nothing;
        field.local |= said.local;
        let exit_code = field.diagnostic.len() <= 3 && field.diagnostic.bytes().all(|byte| byte.is_ascii_digit());
        if exit_code {
            field.diagnostic.clone_from(&said.diagnostic);
        }
    }
    fields
}

fn bounce(notice: &Notice<'_>, failures: Vec<Failure>, contents: &[String], evidence: Vec<String>) -> Report {
    let mut failures = layout::unique(failures);
    if failures.iter().all(|failure| failure.address.is_none()) {
        // A report that names nobody is about the only one to whom the returned letter was addressed.
        let words = notice.lines.join("\n");
        let mut nameless =
            failures.pop().unwrap_or_else(|| Failure { diagnostic: notice::bounded(&words, 4_000).to_owned(), ..Failure::default() });
        nameless.address = returned_letter::only_addressee(notice);
        failures = vec![nameless];
    }
    let judged: Vec<_> = failures.iter().map(judge).collect();
    let bounce = Bounce {
        permanent: judged.iter().any(|one| !one.finding.passes),
        dead_address: judged.iter().any(|one| one.finding.dead),
        original_message_id: returned_letter::message_id(notice, contents)
            .or_else(|| readers::amazon_notification(notice, readers::AmazonAbout::Bounce).flatten()),
        deleted_unread: false,
        recipients: judged.into_iter().filter(|recipient| !recipient.address.is_empty()).collect(),
    };
    Report { kind: Kind::Bounce, bounce: Some(bounce), evidence }
}

#[cfg(test)]
mod tests {
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
        let refused = receipt(
            "Automatically rejected mail",
            "The recipient's filter refused it.",
            "automatic-action/MDN-sent-automatically; deleted",
        );
        assert_eq!(refused.kind, Kind::Bounce);
        assert!(
            refused
                .bounce
                .is_some_and(|bounce| bounce.permanent && !bounce.dead_address && bounce.recipients[0].address == "clerk@ministry.example")
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
        assert!(!bounce.permanent && !bounce.dead_address);
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
}
