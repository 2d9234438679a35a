//! Reports about our own letters: bounces, delays, receipts, complaints.
//!
//! Read in the order of how much a report proves: its structure (feedback report, delivery status, disposition notification), then the known
//! formats of servers that do not follow RFC 3464 ([`readers`]), then, carefully, what only looks like one ([`informal`]). Where a report has
//! fields *and* a text, both are read: the fields say who, the text often says why.
//!
//! It refuses to call anything a bounce because of a code or phrase alone: a machine must have written it. A person who quotes "550 5.1.1"
//! has answered; an out-of-office note has a null return path too. Considered instead: one list of phrases over every mail; it finds more
//! bounces in mailing-list archives and loses replies in an office's mailbox.

mod certified_receipt;
mod code;
mod dsn;
mod feedback;
mod informal;
mod layout;
mod notice;
mod readers;
mod reason;
mod receipt;
mod recipient_failure;
mod reported_address;
mod returned_letter;
mod returned_part;
mod sign;
mod trouble;

use super::bodies::Bodies;
use super::message::{Body, Message};
use super::understood::{Bounce, Kind};
use crate::domain::deliverability::Finding;
use notice::Notice;
use recipient_failure::{Command, Failure, judge};
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
    recipient_failure::refused_by_own_relay(command, code, reply)
}

/// The readable text of a report, without a letter that it returns in the same text.
pub fn readable(bodies: &Bodies) -> &str {
    let text = notice::bounded(&bodies.plain, notice::NOTICE_LIMIT);
    returned_part::starts_at(text).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// What a report says elsewhere, and its readable text may repeat: its own headers about who wrote to whom, the fields of its machine-readable part,
/// the headers of the letter it returns, and what the servers said.
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
    if let Some(certified) = certified_receipt::read(&notice) {
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

fn by_certified_mail(notice: &Notice<'_>, certified: certified_receipt::Certified) -> Report {
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
    let (permanent, hard_bounce) = (judged.iter().any(|one| !one.finding.passes), judged.iter().any(|one| one.finding.hard_bounce));
    let (recipients, unnamed): (Vec<_>, Vec<_>) = judged.into_iter().partition(|recipient| !recipient.address.is_empty());
    let bounce = Bounce {
        permanent,
        hard_bounce,
        original_message_id: returned_letter::message_id(notice, contents)
            .or_else(|| readers::amazon_notification(notice, readers::AmazonAbout::Bounce).flatten()),
        deleted_unread: false,
        recipients,
        unnamed: unnamed.into_iter().next(),
    };
    Report { kind: Kind::Bounce, bounce: Some(bounce), evidence }
}

#[cfg(test)]
mod tests;
