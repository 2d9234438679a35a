//! Reports of servers nobody has described: a machine, a sentence that a letter did not arrive, and an address.
//!
//! The last resort, and the most careful: it needs a sign that a machine wrote (see [`Signs`]) *and* a sentence of failure in that machine's
//! own words, outside quoted lines. "550 5.1.1" in a mail makes nothing a bounce. Requests to click before delivery (challenges) are none either.

use super::code::reply_code;
use super::layout::{Extent, alone, from_header, own_words, recipients, with_colon, with_words};
use super::notice::{Notice, bounded, flowing};
use super::recipient_failure::{Action, Failure};
use super::reported_address::all_in;
use super::sign::{Signs, names_a_server};
use super::trouble::{is_delay, is_failure, tells_of_trouble};

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
    "to release your message for delivery", // TMDA
];

/// Recipients taken from sentences: a report that tells of more lists them.
const MOST_TOLD: usize = 50;

/// Whether the text opens as only a report does.
pub(super) fn opens_as_report(notice: &Notice<'_>) -> bool {
    let first =
        notice.lines.iter().map(|line| line.trim()).find(|line| line.chars().any(char::is_alphabetic)).map(flowing).unwrap_or_default();
    OPENINGS.iter().any(|opening| first.starts_with(opening))
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
        // Outlook since 2013 draws no line: the heading itself names the server.
        || ["from:", "von:", "de :", "de:", "da:", "van:", "od:", "от:"].iter().any(|field| lower.starts_with(field)) && names_a_server(&lower)
}

/// What was forwarded, without quotation marks and without the heading that the mail client put over it.
pub(super) fn forwarded_text(text: &str) -> String {
    let is_mark = |line: &&str| opens_forward(line) && !line.starts_with('>');
    let below = text.lines().skip_while(|line| !opens_forward(line)).skip_while(is_mark).map(unquoted);
    let behind_heading = below.skip_while(|line| line.trim().is_empty()).skip_while(|line| !line.trim().is_empty());
    behind_heading.collect::<Vec<_>>().join("\n")
}

fn unquoted(line: &str) -> &str {
    let bare = line.trim_start_matches('>');
    bare.strip_prefix(' ').unwrap_or(bare)
}

/// What the report says, or `None` if it is none. A report may name nobody.
pub(super) fn read(notice: &Notice<'_>, signs: &Signs) -> Option<Vec<Failure>> {
    if signs.absence || CHALLENGES.iter().any(|words| notice.says(words)) {
        return None;
    }
    let words = flowing(&own_lines(notice).join("\n"));
    let fails = is_failure(&words);
    let delays = is_delay(&words);
    let about_mail = LETTERS.iter().any(|letter| words.contains(letter));
    let found = addresses(notice);
    let shows_its_case = shows_its_case(notice);
    // Gateways empty the return paths of what people write, too, and people write of undelivered letters.
    let by_name = signs.subject
        && !notice.subject.contains("success")
        && (signs.server || signs.machine && (signs.subject_begins && !found.is_empty() || shows_its_case));
    let by_words = signs.subject_begins && about_mail && (fails || delays) && shows_its_case;
    // A code of refusal beside an address says it in every language.
    let refuses = !signs.own_return_path && reply_code(&words).is_some();
    // A server that warns us of our own full mailbox names nobody else. A postmaster who writes with their own hand has a return path, and what
    // has lost it must be a report by its subject.
    let claims = signs.null_sender || signs.automatic || signs.subject;
    let names_somebody = claims && !signs.own_return_path && (shows_its_case || about_mail && !found.is_empty());
    let by_daemon =
        signs.server && (fails || delays || refuses && shows_its_case) && (notice.from.contains("mailer-daemon") || names_somebody);
    // "Your message could not be delivered to the Minister before he left" opens as well, and answers.
    let by_opening = opens_as_report(notice) && (signs.machine || signs.automatic || says_nothing_else(notice));
    if !(by_name || by_words || by_daemon || by_opening) {
        return None;
    }
    let mut found = own_words(found);
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
    // The sender's own address stands alone in a line below a signature.
    let names_another = |line: &str| {
        [with_colon as super::layout::Heading, alone]
            .into_iter()
            .filter_map(|heading| heading(line))
            .any(|(address, _)| !is_of_the_report(notice, &address))
    };
    let listed = || own.iter().any(|line| names_another(line));
    notice.returned_text.is_some() || !notice.message.enclosed().is_empty() || notice.message.headers.has("X-Failed-Recipients") || listed()
}

/// Nothing but sentences that a letter did not arrive, each left open for the address that stands alone below it.
fn says_nothing_else(notice: &Notice<'_>) -> bool {
    let is_rule = |line: &str| !line.chars().any(char::is_alphanumeric);
    let is_open = |line: &str| !line.ends_with('.') && tells_of_trouble(line);
    own_lines(notice).iter().map(|line| line.trim()).all(|line| is_rule(line) || is_open(line) || alone(line).is_some())
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
    let letter = super::returned_letter::message_id(notice, &[]).map(|id| id.to_lowercase());
    let is_stranger = |address: &String| !is_of_the_report(notice, address) && letter.as_ref() != Some(&address.to_lowercase());
    for (heading, extent) in [(with_colon as super::layout::Heading, Extent::Paragraph), (alone, Extent::NextRecipient)] {
        let listed = recipients(own, heading, extent).into_iter().filter(|failure| failure.address.as_ref().is_some_and(is_stranger));
        let mut found: Vec<Failure> = listed.collect();
        if !found.is_empty() {
            for failure in found.iter_mut().filter(|failure| failure.diagnostic.trim().is_empty()) {
                words.clone_into(&mut failure.diagnostic);
            }
            return found;
        }
    }
    let told_in = |sentence: &str| -> Vec<String> { all_in(sentence).into_iter().filter(is_stranger).collect() };
    let told: Vec<String> = own
        .iter()
        .enumerate()
        // Whom to ask for help stands in a sentence of its own.
        .flat_map(|(at, line)| line.split(". ").map(move |sentence| (at, line, sentence)))
        .filter(|(_, _, sentence)| tells_of_trouble(sentence))
        .flat_map(|(at, line, sentence)| {
            let here = told_in(sentence);
            // Sentences break where the line ends: the address may stand in the next one, behind a colon below an empty one.
            let goes_on = here.is_empty() && line.ends_with(sentence);
            let gap = usize::from(line.ends_with(':') && own.get(at + 1).is_some_and(|next| next.trim().is_empty()));
            let next = own.get(at + 1 + gap).and_then(|next| next.split(". ").next()).filter(|_| goes_on);
            next.map(told_in).unwrap_or(here)
        })
        .take(MOST_TOLD)
        .collect();
    if !told.is_empty() {
        return with_words(told, words);
    }
    let mut found = with_words(own.iter().take(200).flat_map(|line| told_in(line)), words);
    if found.is_empty() {
        found = with_words(told_in(&notice.subject), words);
    }
    // Several addresses with nothing to tell them apart: none is better than the wrong one.
    if found.len() == 1 { found } else { Vec::new() }
}

/// The server itself, its postmaster, and the sender whom it writes to.
fn is_of_the_report(notice: &Notice<'_>, address: &str) -> bool {
    let address = address.to_lowercase();
    let local = address.split('@').next().unwrap_or_default();
    ["postmaster", "mailer-daemon", "abuse", "support", "helpdesk", "hostmaster"].contains(&local)
        || notice.from.contains(&address)
        || notice.header("To").to_lowercase().contains(&address)
}
