//! What kind of mail it is, with the reasons.
//!
//! In this order: a report by its structure or format (told by `bounce`), a calendar answer, an automatic mail by its headers and its words,
//! an acknowledgement, and what is left is a letter. Only the subject and the newly written text are judged: an out-of-office note that a
//! person quotes is not theirs. What only time can tell (the answer came within seconds; the same text came before) is left to the domain.
//!
//! A header alone never sets a mail aside: service desks put `Auto-Submitted` on what people type. Where the headers say a machine and the
//! text answers in substance, the kind stays `Letter`, `automatic` says what the headers say, and `automatic_doubtful` asks for a person.

mod headers;
mod sentences;
mod words;

use super::bodies::{self, Bodies};
use super::bounce::Report;
use super::folding::fold;
use super::head;
use super::message::{Body, Message, Part};
use super::quote::Split;
use super::understood::{AnswerFound, Kind};
use words::Words;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    pub kind: Kind,
    pub automatic: bool,
    /// The headers say that a machine wrote it, the text does not: a person must look before it is set aside.
    pub automatic_doubtful: bool,
    /// It confirms receipt, or mentions an absence, and says more, which may be the answer: a person must look before it counts as one.
    pub answer_doubtful: bool,
    pub do_not_answer: bool,
    /// Sent to many, or taken for spam.
    pub bulk: bool,
    /// The sender must do something before the letter is let through.
    pub challenge: bool,
    /// Sentences, each naming a header or the words.
    pub evidence: Vec<String>,
}

/// Longest text (characters) that can be an out-of-office note or a confirmation by its words alone.
const SHORT: usize = 1_200;

/// Judges a mail by its report, its headers, its words, and by what they answer.
pub fn judge(message: &Message, bodies: &Bodies, split: &Split, answers: &[AnswerFound], report: Option<&Report>) -> Judgement {
    if let Some(report) = report {
        return Judgement {
            kind: report.kind,
            automatic: true,
            automatic_doubtful: false,
            answer_doubtful: false,
            do_not_answer: true,
            bulk: false,
            challenge: false,
            evidence: report.evidence.clone(),
        };
    }
    let headers = headers::read(message);
    let subject = fold(&head::subject(message).unwrap_or_default());
    let words = Words::read(&subject, split, bodies);
    let documents = bodies::attached(message).iter().filter(|part| is_document(part)).count();
    let takes_a_position = answers.iter().any(|answer| answer.position.is_some());
    let substantial = documents > 0 || takes_a_position || words.answers();
    let mut evidence: Vec<String> = headers.machine.iter().chain(&headers.hands_off).cloned().collect();

    let by_headers = !headers.machine.is_empty();
    let agreed = words.says_automatic() || words.receipt.is_some() || words.is_mostly_formulas();
    let by_words = words.challenge.is_some()
        || words.machine.is_some() && (words.written <= 2 * SHORT || words.marker.is_some())
        || words.marker.is_some() && words.written <= SHORT
        || (words.is_absence_note() || words.is_service_note(!headers.hands_off.is_empty())) && words.written <= SHORT
        || words.receipt.is_some() && words.written <= SHORT && headers.nobody_reads();
    let automatic = by_headers || by_words && !substantial;
    let doubtful = by_headers && (substantial || !agreed) && words.challenge.is_none();
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
    let answer_doubtful = kind == Kind::Letter
        && !doubtful
        && !substantial
        && (words.confirms_and_says_more() || (words.mentions_absence() || words.mentions_service()) && words.written <= SHORT);
    evidence.extend(words.evidence(kind));
    if doubtful && kind != Kind::Calendar {
        evidence.push("The headers say that a machine wrote it, but the text may be an answer: a person must look.".to_owned());
    }
    if answer_doubtful {
        evidence.push("It confirms receipt, or speaks of an absence or of where not to answer, and says more that may be the answer: a person must look.".to_owned());
    }
    Judgement {
        kind,
        automatic,
        automatic_doubtful: doubtful && kind != Kind::Calendar,
        answer_doubtful,
        do_not_answer: automatic || words.marker.is_some() || words.notice.is_some() || !headers.hands_off.is_empty(),
        bulk: headers.bulk,
        challenge: kind == Kind::Automatic && words.challenge.is_some(),
        evidence,
    }
}

/// Whether a newly written text says by a known phrase that it answers, or takes a position on a recommendation.
pub fn answers(reply: &str) -> bool {
    words::answers(reply)
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
