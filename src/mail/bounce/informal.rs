//! Reports of servers nobody has described: a machine, a sentence that a letter did not arrive, and an address.
//!
//! The last resort, and the most careful: it needs a sign that a machine wrote (see [`Signs`]) *and* a sentence of failure in that machine's
//! own words, outside quoted lines. "550 5.1.1" in a mail makes nothing a bounce. Requests to click before delivery (challenges) are none either.

use super::address::all_in;
use super::failure::{Action, Failure};
use super::layout::{Extent, alone, from_header, recipients, unique, with_colon, with_words};
use super::notice::{Notice, bounded, flowing};
use super::sign::Signs;

/// That a letter did not arrive, in the languages of servers. Lower case, blanks single.
const FAILURES: &[&str] = &[
    "could not be delivered",
    "couldn't be delivered",
    "can not be delivered",
    "cannot be delivered",
    "can't be delivered",
    "was not delivered",
    "wasn't delivered",
    "has not been delivered",
    "not be delivered to",
    "is undeliverable",
    "was undeliverable",
    "undeliverable mail",
    "undeliverable message",
    "undeliverable to",
    "unable to deliver",
    "were unable to deliver",
    "failed to deliver",
    "could not deliver",
    "couldn't deliver",
    "cannot deliver",
    "delivery failed",
    "delivery has failed",
    "delivery failure",
    "delivery of your message failed",
    "delivery to the following",
    "error delivering your mail",
    "error while delivering",
    "has encountered delivery problems",
    "had delivery problems",
    "had delivery errors",
    "permanent fatal errors",
    "not delivered to the following",
    "did not reach",
    "did not receive",
    "was rejected by",
    "was rejected for",
    "has been rejected",
    "was returned",
    "has been returned",
    "being returned",
    "message has been returned because",
    "mail has been returned",
    "could not be sent",
    "could not be posted",
    "message blocked",
    "no valid recipients",
    "invalid recipients",
    "user unknown",
    "unknown user",
    "no such user",
    "mailbox is full",
    "mailbox full",
    "over quota",
    "quota exceeded",
    "host unknown",
    "konnte nicht zugestellt werden",
    "nicht zugestellt werden",
    "konnte an einen oder mehrere empfänger nicht",
    "unzustellbar",
    "n'a pas été distribué",
    "n'a pas été remis",
    "n'a pu être",
    "è stato rifiutato",
    "non è stato consegnato",
    "mancata consegna",
    "no se pudo entregar",
    "no ha sido entregado",
    "não pôde ser entregue",
    "não foi entregue",
    "kon niet worden bezorgd",
    "kan niet worden bezorgd",
    "nemohla být doručena",
    "nebylo možné doručit",
    "nelze doručit",
    "nie mogła zostać dostarczona",
    "nie można dostarczyć",
    "nie została dostarczona",
    "nem kézbesíthető",
    "kunde inte levereras",
    "kunne ikke leveres",
    "teslim edilemedi",
    "не было доставлено",
    "не доставлено",
    "невозможно доставить",
    "不能投递",
    "无法送达",
    "被退回",
    "無法傳遞",
    "배달되지",
    "n'a pas pu être",
    "n'a pas pu etre",
    "impossible de remettre",
    "no se ha podido entregar",
    "no pudo ser entregado",
    "não foi possível entregar",
    "non è stato possibile",
    "не может быть доставлено",
    "配信できませんでした",
    "无法投递",
];

/// That it is still on its way.
const DELAYS: &[&str] = &["not yet been delivered", "has been delayed", "was delayed", "been postponed", "is delayed", "message delayed"];

/// That the server goes on trying: "has not been delivered" is then no failure, whatever else is said.
const PROMISES: &[&str] = &[
    "just a warning",
    "will be retried",
    "will retry for",
    "will continue trying",
    "will continue to try",
    "will keep trying",
    "will be attempted again",
    "still being retried",
    "delivery attempts will continue",
    "warning message only",
    "this is a warning",
    "do not need to resend",
    "don't need to resend",
    "not need to resend",
];

/// That it has stopped trying; a report of failure may tell what it did before.
const ENDS: &[&str] = &[
    "given up",
    "giving up",
    "permanent error",
    "permanent failure",
    "no longer be retried",
    "failed permanently",
    "permanent fatal errors",
];

/// What a report speaks of; a parcel is also "undelivered".
const LETTERS: &[&str] = &[
    "message",
    "mail",
    "recipient",
    "nachricht",
    "courrier",
    "mensaje",
    "correo",
    "mensagem",
    "messaggio",
    "bericht",
    "zpráv",
    "wiadomość",
    "meddelande",
    "письмо",
    "сообщение",
    "メール",
    "邮件",
    "郵件",
];

/// Openings that only a report has, whoever seems to send it.
const OPENINGS: &[&str] = &[
    "your message could not be delivered",
    "your mail could not be delivered",
    "your email could not be delivered",
    "your message was not delivered",
    "votre message n'a pas pu",
    "ihre nachricht konnte nicht zugestellt",
    "your message did not reach",
    "sorry, unable to deliver your message",
    "undeliverable to",
    "su mensaje no pudo ser entregado",
];

/// What asks the sender to do something first is a challenge, not a refusal.
const CHALLENGES: &[&str] = &[
    "confirm that you are",
    "verify that you are",
    "prove that you are",
    "click the link below to deliver",
    "to have your message delivered",
    "in order for your message to be delivered",
    "please confirm your message",
    "reply to this message to confirm",
];

/// Recipients taken from sentences: a report that tells of more lists them.
const MOST_TOLD: usize = 50;

/// Whether the text opens as only a report does.
pub(super) fn opens_as_report(notice: &Notice<'_>) -> bool {
    let first =
        notice.lines.iter().map(|line| line.trim()).find(|line| line.chars().any(char::is_alphabetic)).map(flowing).unwrap_or_default();
    OPENINGS.iter().any(|opening| first.starts_with(opening))
}

/// The words (lower case, blanks single) tell of a delay and of no failure.
pub(super) fn is_delay(words: &str) -> bool {
    let fails = |phrase: &&&str| words.contains(**phrase) && !phrase.starts_with("delivery to the");
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    says(PROMISES) && !says(ENDS) || says(DELAYS) && !FAILURES.iter().any(|phrase| fails(&phrase))
}

/// The line with which a mail client opens what it forwards.
pub(super) fn opens_forward(line: &str) -> bool {
    let lower = line.trim().to_lowercase();
    [
        "begin forwarded message",
        "forwarded message",
        "---------- forwarded",
        "-----original message",
        "-------- original",
        "weitergeleitete nachricht",
        "message transféré",
    ]
    .iter()
    .any(|mark| lower.trim_start_matches(['-', ' ']).starts_with(mark.trim_start_matches(['-', ' '])))
        || lower.starts_with('>')
}

/// What the report says, or `None` if it is none. A report may name nobody.
pub(super) fn read(notice: &Notice<'_>, signs: &Signs) -> Option<Vec<Failure>> {
    if signs.absence || CHALLENGES.iter().any(|words| notice.says(words)) {
        return None;
    }
    let words = flowing(&own_lines(notice).join("\n"));
    let fails = FAILURES.iter().any(|phrase| words.contains(phrase));
    let delays = is_delay(&words);
    let about_mail = LETTERS.iter().any(|letter| words.contains(letter));
    let by_name = signs.machine && signs.subject && !notice.subject.contains("success");
    let by_words = signs.subject_begins && about_mail && (fails || delays) && shows_its_case(notice);
    let by_daemon = signs.server && (fails || delays) && (notice.from.contains("mailer-daemon") || shows_its_case(notice));
    if !(by_name || by_words || by_daemon || opens_as_report(notice)) {
        return None;
    }
    let mut found = addresses(notice);
    if delays {
        for failure in &mut found {
            failure.action = Action::Delayed;
        }
    }
    Some(found)
}

/// What a report has besides its sentence, and a letter or an order that speaks of delivery has not: the letter it returns, or a line for a
/// recipient.
fn shows_its_case(notice: &Notice<'_>) -> bool {
    let own = own_lines(notice);
    let listed = || [with_colon as super::layout::Heading, alone].into_iter().any(|heading| own.iter().any(|line| heading(line).is_some()));
    notice.returned_text.is_some() || !notice.message.enclosed().is_empty() || notice.message.headers.has("X-Failed-Recipients") || listed()
}

/// What the machine itself wrote, without what it quotes.
fn own_lines<'a>(notice: &Notice<'a>) -> Vec<&'a str> {
    notice.lines.iter().copied().filter(|line| !line.trim_start().starts_with('>')).collect()
}

/// From the surest place to the least: the header made for it, lines that an address opens, sentences of failure.
pub(super) fn addresses(notice: &Notice<'_>) -> Vec<Failure> {
    let own = own_lines(notice);
    let own = own.as_slice();
    let words = own.join("\n");
    let words = bounded(&words, 4_000);
    let listed = notice.header("X-Failed-Recipients");
    if !listed.is_empty() {
        return from_header(listed, words);
    }
    let letter = super::returned::message_id(notice, &[]).map(|id| id.to_lowercase());
    let is_letter = |failure: &Failure| failure.address.as_ref().is_some_and(|address| letter.as_ref() == Some(&address.to_lowercase()));
    let strangers = |failures: Vec<Failure>| -> Vec<Failure> {
        failures.into_iter().filter(|failure| !is_of_the_report(notice, failure) && !is_letter(failure)).collect()
    };
    for (heading, extent) in [(with_colon as super::layout::Heading, Extent::Paragraph), (alone, Extent::NextRecipient)] {
        let mut found = strangers(recipients(own, heading, extent));
        if !found.is_empty() {
            for failure in found.iter_mut().filter(|failure| failure.diagnostic.trim().is_empty()) {
                words.clone_into(&mut failure.diagnostic);
            }
            return found;
        }
    }
    let tells = |sentence: &str| {
        let lower = sentence.to_lowercase();
        FAILURES.iter().chain(DELAYS).any(|phrase| lower.contains(phrase))
    };
    // Whom to ask for help stands in a sentence of its own.
    let told_in = |sentence: &str| strangers(with_words(all_in(sentence), words));
    let sentence = own.iter().enumerate().flat_map(|(at, line)| {
        line.split(". ")
            .filter(|sentence| tells(sentence))
            .flat_map(|sentence| {
                let here = told_in(sentence);
                // Sentences break where the line ends: the address may stand in the next one.
                let next = own.get(at + 1).and_then(|next| next.split(". ").next()).filter(|_| here.is_empty() && line.ends_with(sentence));
                next.map(told_in).unwrap_or(here)
            })
            .collect::<Vec<_>>()
    });
    let found = unique(sentence.take(MOST_TOLD));
    if !found.is_empty() {
        return found;
    }
    let found = strangers(with_words(own.iter().take(200).flat_map(|line| all_in(line)), words));
    // Several addresses with nothing to tell them apart: none is better than the wrong one.
    if found.len() == 1 { found } else { Vec::new() }
}

/// The server itself, its postmaster, and the sender whom it writes to.
fn is_of_the_report(notice: &Notice<'_>, failure: &Failure) -> bool {
    let Some(address) = failure.address.as_deref().map(str::to_lowercase) else { return true };
    let local = address.split('@').next().unwrap_or_default();
    let to = notice.header("To").to_lowercase();
    ["postmaster", "mailer-daemon", "abuse", "support", "helpdesk", "hostmaster"].contains(&local)
        || notice.from.contains(&address)
        || to.contains(&address)
}
