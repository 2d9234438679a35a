//! What kind of mail it is, with the reasons.
//!
//! In this order: a report by its structure or format (told by `bounce`), a calendar answer, an automatic mail by its headers and its words,
//! an acknowledgement, and what is left is a letter. Only the subject and the newly written text are judged: an out-of-office note that a
//! person quotes is not theirs. What only time can tell (the answer came within seconds; the same text came before) is left to the domain.
//!
//! A mail is a machine's only if its text says so of itself, or if headers say that a program sent it and the text is one that a program would
//! write: service desks put `Auto-Submitted` on what people type, ministries send from addresses that nobody reads and say so at the end, mail
//! services and gateways have envelope senders of their own. Where the headers say a program and the text does not, the kind stays `Letter`,
//! and `automatic_doubtful` asks for a person. All of them forbid an automatic answer.

mod beside_formulas;
mod by_headers;
mod by_text;
mod phrase_place;
mod report_words;
mod sentences;
mod subject_line;
mod typed_into_report;

use super::bodies::{self, Bodies};
use super::bounce::{self, Report};
use super::folding::fold;
use super::head;
use super::message::{Body, Message, Part};
use super::quote::Split;
use super::understood::{AnswerFound, BouncedRecipient, Kind};
use by_text::Words;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    pub kind: Kind,
    pub automatic: bool,
    /// Headers, or a line of the text, say that a machine sent it, the rest does not: a person must look before it is set aside.
    pub automatic_doubtful: bool,
    /// It confirms receipt, mentions an absence or arranges a meeting, and says more, which may be the answer: a person must look before it counts as
    /// one.
    pub answer_doubtful: bool,
    pub do_not_answer: bool,
    /// Sent to many, or taken for spam.
    pub bulk: bool,
    /// The sender must do something before the letter is let through.
    pub challenge: bool,
    /// The newly written text, or what is attached, says more than the formulas of notes and receipts.
    pub says_more: bool,
    /// Sentences, each naming a header or the words.
    pub evidence: Vec<String>,
}

/// Judges a mail by its report, its headers, its words, and by what they answer.
pub fn judge(message: &Message, bodies: &Bodies, split: &Split, answers: &[AnswerFound], report: Option<&Report>) -> Judgement {
    let subject = fold(&head::subject(message).unwrap_or_default());
    let authors = head::mailboxes(message, "From");
    let names: Vec<String> = authors.iter().filter_map(|mailbox| mailbox.name.as_deref()).map(fold).collect();
    let words = Words::read(&subject, &names.join(" "), split, bodies);
    if let Some(report) = report {
        return of_a_report(report, &words, message, bodies);
    }
    let headers = by_headers::read(message);
    let documents = bodies::attached(message).iter().filter(|part| is_document(part)).count();
    let takes_a_position = answers.iter().any(|answer| answer.position.is_some());
    let substantial = documents > 0 || takes_a_position || words.answers();
    let mut evidence: Vec<String> = headers.sentences().cloned().collect();

    let by_words = words.is_note(headers.unread_sender, headers.claim());
    let by_headers = headers.claim() && words.may_be_sent_by_a_program(!headers.own.is_empty(), headers.insist());
    let machine = !substantial && (by_words || by_headers);
    // A null return path alone, or a line that calls the mail automatic, leaves no doubt of an answer; a service desk's header does.
    let claimed = headers.claim_of_the_mail() || !substantial && (headers.claim() || words.calls_itself_automatic());
    let doubtful = claimed && !machine;
    let automatic = machine || headers.insist() && !substantial && !words.are_a_persons();
    let calendar = calendar_method(message);

    let kind = if let Some(method) = &calendar {
        evidence.push(format!("A calendar part with METHOD:{method} (RFC 5546)"));
        Kind::Calendar
    } else if automatic && !doubtful {
        Kind::Automatic
    } else if words.confirms_only() && !substantial {
        Kind::Acknowledgement
    } else {
        Kind::Letter
    };
    let challenge = kind == Kind::Automatic && words.challenge.is_some();
    let answer_doubtful = match kind {
        Kind::Letter => !doubtful && !substantial && words.may_answer(),
        // Whoever proposes a day may answer in the same mail.
        Kind::Calendar => substantial,
        _ => false,
    };
    evidence.extend(words.evidence(kind));
    if doubtful && kind != Kind::Calendar {
        evidence.push("It may be sent by a machine, but the text may be an answer: a person must look.".to_owned());
    }
    if answer_doubtful && kind == Kind::Calendar {
        evidence.push("It arranges a meeting, and its text or what is attached may be the answer: a person must look.".to_owned());
    } else if answer_doubtful {
        evidence.push("It confirms receipt, speaks of an absence or of where not to answer, or asks for something first, and may be the answer: a person must look.".to_owned());
    }
    Judgement {
        kind,
        automatic,
        automatic_doubtful: doubtful && kind != Kind::Calendar,
        answer_doubtful,
        do_not_answer: automatic || headers.forbid() || words.forbid_an_answer(),
        bulk: headers.bulk,
        challenge,
        says_more: substantial || !challenge && words.say_more(),
        evidence,
    }
}

/// Characters of a typed sentence that are shown as evidence.
const EXCERPT: usize = 60;

/// Challenge systems send their question as a report, with the letter as one that did not arrive yet.
fn of_a_report(report: &Report, words: &Words, message: &Message, bodies: &Bodies) -> Judgement {
    let waits = report.bounce.as_ref().is_some_and(|bounce| !bounce.hard_bounce && bounce.recipients.iter().all(is_held));
    let challenge = report.kind == Kind::Bounce && waits && words.challenge.is_some();
    let kind = if challenge { Kind::Automatic } else { report.kind };
    // A mail client may send what a person typed as the readable part of a report (RFC 6522 §3).
    let may_be_typed = message.root.is("multipart/report") && matches!(kind, Kind::Bounce | Kind::DeliveryReceipt | Kind::ReadReceipt);
    let typed = may_be_typed
        .then(|| {
            let said = typed_into_report::Said { fields: &bounce::fields(message, report), letter: &|| bounce::enclosed_text(message) };
            typed_into_report::typed_in(bounce::readable(bodies), &said)
        })
        .flatten();
    let mut evidence = report.evidence.clone();
    if challenge {
        evidence.extend(words.evidence(kind));
    }
    if let Some(typed) = &typed {
        let typed: String = typed.chars().take(EXCERPT).collect();
        evidence.push(format!("Its readable part says more than reports do, and may be an answer: {typed:?}; a person must look."));
    }
    Judgement {
        kind,
        automatic: true,
        automatic_doubtful: false,
        answer_doubtful: false,
        do_not_answer: true,
        bulk: false,
        challenge,
        says_more: typed.is_some(),
        evidence,
    }
}

/// Whether a report may mean that the letter waits for a proof of its sender: no status, or a temporary one about policy (RFC 3463 §3.8).
fn is_held(recipient: &BouncedRecipient) -> bool {
    recipient.status.as_deref().is_none_or(|status| status.starts_with("4.7."))
}

/// Whether a newly written text says by a known phrase that it answers, or takes a position on a recommendation.
pub fn answers(reply: &str) -> bool {
    by_text::answers(reply)
}

/// Attachments in which an answer may stand: not the pictures of a signature, cards, calendar parts and cryptographic signatures.
fn is_document(part: &Part) -> bool {
    match part.content_type.as_str() {
        "text/calendar" | "application/ics" | "text/vcard" | "text/x-vcard" | "text/rfc822-headers" | "message/delivery-status" => false,
        "application/pkcs7-signature" | "application/x-pkcs7-signature" | "application/pgp-signature" => false,
        kind if kind.starts_with("image/") => part.disposition.as_deref() == Some("attachment"),
        _ => true,
    }
}

/// The method of an iCalendar object (RFC 5545 §3.7.2) in the mail, if it is one by which meetings are arranged.
fn calendar_method(message: &Message) -> Option<String> {
    message.root.walk().into_iter().filter(|part| part.is("text/calendar") || part.is("application/ics")).find_map(|part| {
        let method = part.parameter("method").map(str::to_owned).or_else(|| match &part.body {
            Body::Text(text) => method_line(text),
            Body::Bytes(bytes) => method_line(&String::from_utf8_lossy(&bytes[..bytes.len().min(4_096)])),
            _ => None,
        })?;
        let method = method.trim().to_ascii_uppercase();
        matches!(method.as_str(), "REPLY" | "REQUEST" | "CANCEL" | "COUNTER" | "DECLINECOUNTER" | "REFRESH").then_some(method)
    })
}

fn method_line(text: &str) -> Option<String> {
    text.lines().take(60).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("METHOD").then(|| value.to_owned())
    })
}
