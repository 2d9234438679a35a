//! Bytes ⇄ meaning. No sockets, no SQL, no clock: the same bytes are always understood the same way.
//!
//! The narrow door is [`understand`]: raw bytes in, [`Understood`] out, for every input however broken. Everything behind the door works on
//! [`message::Message`], our own bounded tree of a mail.

pub mod address;
pub mod answers;
pub mod attached_letter;
pub mod attachments;
pub mod authenticity;
pub mod bodies;
pub mod bounce;
pub mod certified;
pub mod compose;
pub mod compound;
pub mod flowed;
pub use crate::domain::folding;
pub mod head;
pub mod html;
pub mod kind;
pub mod mbox;
pub mod message;
pub mod outlook;
pub mod parse;
pub mod passed_on;
pub mod phrases;
pub mod quote;
pub mod same_mail;
pub mod smime;
pub mod understood;

pub use understood::Understood;

/// How a mail is understood. Never fails and never panics: what cannot be read is `Kind::Unreadable` with its problems named.
///
/// `raw` is one RFC 5322 message as received, any line ends. Work and memory are bounded, but hostile input should only be given to it inside
/// the worker process.
pub fn understand(raw: &[u8]) -> Understood {
    let received = parse::parse(raw);
    let enveloped = certified::open(&received);
    let message = enveloped.as_ref().map_or(&received, |enveloped| enveloped.letter);
    let mut understood = Understood::default();
    head::fill(message, &mut understood);
    understood.problems.clone_from(&message.problems);
    if let Some(enveloped) = &enveloped {
        head::fill_from_envelope(&received, &mut understood);
        understood.problems.extend(received.problems.iter().cloned());
        understood.certified_by = Some(enveloped.provider.clone());
    }
    let bodies = bodies::Bodies::of(message);
    read_attachments(message, &mut understood);
    if nothing_of_a_mail(message, &bodies) {
        understood.problems.push("Neither headers nor text of a mail could be made out.".to_owned());
        return understood;
    }
    let report = bounce::read(message, &bodies);
    let sorted = sort(&understood, &bodies.plain);
    let split = sorted.split();
    understood.quoted_from = sorted.quoted_authors();
    let documents = || understood.attachments.iter().filter_map(|attachment| attachment.text.as_deref());
    let answers = answers::of(&sorted, documents());
    understood.position = if answers.is_empty() { answers::position_of_all(&sorted, documents()) } else { None };
    understood.answers = answers;
    let judgement = kind::judge(message, &bodies, &split, &understood.answers, report.as_ref());
    understood.kind = judgement.kind;
    understood.automatic = judgement.automatic;
    understood.automatic_doubtful = judgement.automatic_doubtful;
    understood.bulk = judgement.bulk;
    understood.challenge = judgement.challenge;
    understood.says_more = judgement.says_more;
    understood.answer_doubtful = judgement.answer_doubtful;
    understood.do_not_answer = judgement.do_not_answer;
    understood.evidence = judgement.evidence;
    understood.evidence.extend(enveloped.map(|enveloped| enveloped.evidence()));
    understood.bounce = report.and_then(|report| report.bounce);
    understood.reply = split.reply;
    understood.quoted = split.quoted;
    understood.signature = split.signature;
    understood.text = bodies.text;
    understood.html = bodies.html;
    understood
}

/// Reads what is attached to a mail, and then what is attached to those enclosed in it: bounds hold for all of them together.
fn read_attachments(message: &message::Message, understood: &mut Understood) {
    let mut parts = bodies::attached(message);
    let own = parts.len();
    let mut counts = Vec::new();
    for enclosed in head::enclosed_in(message) {
        let attached = bodies::attached(enclosed);
        counts.push(attached.len());
        parts.extend(attached);
    }
    let mut read = attachments::read_all(&parts).into_iter();
    understood.attachments = read.by_ref().take(own).collect();
    for (enclosed, count) in understood.enclosed.iter_mut().zip(counts) {
        enclosed.attachments = read.by_ref().take(count).collect();
    }
}

/// Sorts the lines of the text. A mail that its subject calls passed on may quote a letter to its own recipients.
fn sort<'a>(understood: &Understood, text: &'a str) -> quote::Sorted<'a> {
    if !understood.subject.as_deref().is_some_and(quote::passes_on) {
        return quote::sort(text);
    }
    let recipients: Vec<&str> = understood.to.iter().chain(&understood.cc).filter_map(|recipient| recipient.address.as_deref()).collect();
    quote::sort_passed_on(text, &recipients)
}

fn nothing_of_a_mail(message: &message::Message, bodies: &bodies::Bodies) -> bool {
    message.headers.0.is_empty() && bodies.plain.trim().is_empty()
}
