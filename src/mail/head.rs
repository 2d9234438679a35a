//! What the headers of a mail state: who, to whom, when, in answer to what, and where it arrived.

use super::address;
use super::message::{Mailbox, Message};
use super::parse::{date, encoded_words};
use super::understood::{Enclosed, Understood};
use std::borrow::Cow;

/// Message-IDs taken from one header; long threads have some hundreds.
const MOST_IDS: usize = 500;
/// RFC 5322 §2.1.1 bounds a line, and so an identifier.
const LONGEST_ID: usize = 998;
/// Addresses at which one mail arrived.
const MOST_ARRIVALS: usize = 200;
/// Enclosed mails whose heads are kept, and how much of their text.
const MOST_ENCLOSED: usize = 20;
const LONGEST_ENCLOSED_TEXT: usize = 64 * 1024;

/// Headers in which servers write the address a mail was delivered to, whatever its To says.
const ARRIVALS: [&str; 9] = [
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Delivered-To",
    "X-Forwarded-To",
    "Resent-To",
    "Apparently-To",
    "Bcc",
];

/// Headers that say who wrote and what is answered: of two that differ, another program may believe the other one.
const DECISIVE: [&str; 4] = ["From", "Subject", "In-Reply-To", "References"];

pub fn fill(message: &Message, understood: &mut Understood) {
    understood.message_id = message_id(message);
    understood.date = message.headers.text("Date").as_deref().and_then(date::read);
    understood.subject = subject(message);
    understood.from = mailboxes(message, "From");
    understood.to = recipients(message, "To");
    understood.cc = recipients(message, "Cc");
    understood.reply_to = mailboxes(message, "Reply-To");
    understood.original_from = mailboxes(message, "X-Original-From");
    understood.in_reply_to = message.headers.first("In-Reply-To").map(ids).unwrap_or_default();
    understood.references = message.headers.first("References").map(ids).unwrap_or_default();
    understood.ambiguous = DECISIVE.into_iter().find(|name| differ(message, name)).map(str::to_owned);
    understood.arrived_at = arrived_at(message);
    understood.return_path = return_path(message);
    understood.enclosed = enclosed_in(message).map(enclosed).collect();
}

/// The mails enclosed in one that are looked at, in the order of [`Understood::enclosed`].
pub fn enclosed_in(message: &Message) -> impl Iterator<Item = &Message> {
    message.enclosed().into_iter().take(MOST_ENCLOSED)
}

/// What only the outer of two mails knows when one came in the other: where it arrived, and whom its servers return it to.
pub fn fill_from_envelope(envelope: &Message, understood: &mut Understood) {
    let written = ["To", "Cc"].into_iter().flat_map(|name| recipients(envelope, name)).filter_map(|mailbox| mailbox.address);
    understood.arrived_at = arrived_at(envelope).into_iter().chain(written).collect();
    understood.return_path = return_path(envelope);
}

pub fn subject(message: &Message) -> Option<String> {
    message.headers.first("Subject").map(encoded_words::decode)
}

/// A gateway that writes a header a second time as it stands does no harm.
fn differ(message: &Message, name: &str) -> bool {
    let mut values = message.headers.all(name);
    let first = values.next();
    values.any(|value| Some(value) != first)
}

pub fn mailboxes(message: &Message, name: &str) -> Vec<Mailbox> {
    message.headers.first(name).map(address::read).unwrap_or_default()
}

/// A mailer that writes one `To` for each recipient means all of them.
fn recipients(message: &Message, name: &str) -> Vec<Mailbox> {
    message.headers.all(name).flat_map(address::read).take(address::MOST).collect()
}

pub fn message_id(message: &Message) -> Option<String> {
    let value = &*decoded(message.headers.first("Message-ID")?);
    ids(value).into_iter().next().or_else(|| {
        let bare: String = value.split_whitespace().collect();
        (!bare.is_empty() && bare.len() <= LONGEST_ID).then_some(bare)
    })
}

/// Python's mailer folds a long identifier into encoded words, although none may stand there (RFC 2047 §5; bpo-35805).
fn decoded(value: &str) -> Cow<'_, str> {
    if value.contains("=?") { Cow::Owned(encoded_words::decode(value)) } else { Cow::Borrowed(value) }
}

/// The identifiers of Message-ID, In-Reply-To or References, without brackets; `Your message of "…" <id>` and ids without brackets too.
pub fn ids(value: &str) -> Vec<String> {
    let value = &*decoded(value);
    let mut found = Vec::new();
    let mut rest = value;
    while let Some(start) = rest.find('<') {
        let Some(end) = rest[start..].find('>') else { break };
        let id: String = rest[start..start + end].chars().filter(|character| !character.is_whitespace() && *character != '<').collect();
        if !id.is_empty() && id.len() <= LONGEST_ID && found.len() < MOST_IDS {
            found.push(id);
        }
        rest = &rest[start + end + 1..];
    }
    if found.is_empty() {
        let bare = value.split([' ', '\t', ',']).map(|word| word.trim_matches(['<', '>', '"']));
        found.extend(bare.filter(|word| word.contains('@') && word.len() <= LONGEST_ID).take(MOST_IDS).map(str::to_owned));
    }
    found
}

fn return_path(message: &Message) -> Option<String> {
    message.headers.first("Return-Path").map(|path| address::bare(path).unwrap_or_default())
}

fn arrived_at(message: &Message) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |address: Option<String>| {
        let address = address.map(|address| address.to_lowercase()).filter(|address| address.contains('@') && !found.contains(address));
        if found.len() < MOST_ARRIVALS {
            found.extend(address);
        }
    };
    for name in ARRIVALS {
        for value in message.headers.all(name).take(50) {
            address::read(value).into_iter().take(50).for_each(|mailbox| add(mailbox.address));
        }
    }
    for value in message.headers.all("Received").take(50) {
        let words: Vec<&str> = value.split_whitespace().take(60).collect();
        for pair in words.windows(2) {
            if let ["for", address] = pair {
                add(address::bare(address.trim_end_matches(';')));
            }
        }
    }
    found
}

fn enclosed(message: &Message) -> Enclosed {
    let bodies = super::bodies::Bodies::of(message);
    let mut text = bodies.plain;
    if text.len() > LONGEST_ENCLOSED_TEXT {
        let end = (0..=LONGEST_ENCLOSED_TEXT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
    Enclosed {
        message_id: message_id(message),
        subject: subject(message),
        from: mailboxes(message, "From"),
        to: recipients(message, "To"),
        reply_to: mailboxes(message, "Reply-To"),
        in_reply_to: message.headers.first("In-Reply-To").map(ids).unwrap_or_default(),
        references: message.headers.first("References").map(ids).unwrap_or_default(),
        text,
        attachments: Vec::new(),
    }
}
