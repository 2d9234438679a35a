//! Bytes ⇄ meaning. No sockets, no SQL, no clock: the same bytes are always understood the same way.
//!
//! The narrow door is [`understand`]: raw bytes in, [`Understood`] out, for every input however broken. Everything behind the door works on
//! [`message::Message`], our own bounded tree of a mail.

pub mod address;
pub mod answers;
pub mod attachments;
pub mod authenticity;
pub mod bodies;
pub mod bounce;
pub mod compose;
pub mod flowed;
pub mod folding;
pub mod head;
pub mod html;
pub mod kind;
pub mod mbox;
pub mod message;
pub mod parse;
pub mod phrases;
pub mod quote;
pub mod smime;
pub mod tnef;
pub mod understood;

pub use understood::Understood;

/// How a mail is understood. Never fails and never panics: what cannot be read is `Kind::Unreadable` with its problems named.
///
/// `raw` is one RFC 5322 message as received, any line ends. Work and memory are bounded, but hostile input should only be given to it inside
/// the worker process.
pub fn understand(raw: &[u8]) -> Understood {
    let message = parse::parse(raw);
    let mut understood = Understood::default();
    head::fill(&message, &mut understood);
    understood.problems.clone_from(&message.problems);
    let bodies = bodies::Bodies::of(&message);
    understood.attachments = attachments::read_all(&bodies::attached(&message));
    if nothing_of_a_mail(&message, &bodies) {
        understood.problems.push("Neither headers nor text of a mail could be made out.".to_owned());
        return understood;
    }
    let report = bounce::read(&message, &bodies);
    let sorted = quote::sort(&bodies.plain);
    let split = sorted.split();
    let judgement = kind::judge(&message, &bodies, &split, report.as_ref());
    understood.kind = judgement.kind;
    understood.automatic = judgement.automatic;
    understood.automatic_doubtful = judgement.automatic_doubtful;
    understood.bulk = judgement.bulk;
    understood.challenge = judgement.challenge;
    understood.answer_doubtful = judgement.answer_doubtful;
    understood.do_not_answer = judgement.do_not_answer;
    understood.evidence = judgement.evidence;
    understood.bounce = report.and_then(|report| report.bounce);
    understood.answers = answers::among(&sorted);
    understood.reply = split.reply;
    understood.quoted = split.quoted;
    understood.signature = split.signature;
    understood.text = bodies.text;
    understood.html = bodies.html;
    understood
}

fn nothing_of_a_mail(message: &message::Message, bodies: &bodies::Bodies) -> bool {
    message.headers.0.is_empty() && bodies.plain.trim().is_empty()
}
