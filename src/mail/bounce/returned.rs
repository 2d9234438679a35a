//! The letter that bounced: where a report's text begins to return it, and which Message-ID it had.
//!
//! The Message-ID is what links a bounce to a request when the envelope address is lost. It is looked for in the order of its weight:
//! the enclosed letter, its headers as a part, its headers in the text, the fields of the report that name it, and last the threading
//! headers of the report itself. "The last Message-ID in the mail" was considered; it is wrong wherever a letter quotes another.

use super::address::all_in;
use super::notice::{Notice, bounded, part_text};
use crate::mail::message::{Body, Message, Part};
use aho_corasick::{AhoCorasick, Anchored, Input, StartKind};
use std::collections::HashSet;
use std::sync::LazyLock;

/// Lines with which servers open the returned letter, lower case, dashes and bars at both ends taken off. Matched at the line's start.
const MARKS: &[&str] = &[
    "below this line is a copy of the message",        // qmail, Yahoo
    "below this line is the original",                 // qmail derivates
    "below the next line original message",            // newmail.ru
    "enclosed is a copy of the message",               // qmail with MIME, messagelabs
    "this is a copy of the message",                   // Exim
    "this is a copy of your message",                  // Exim, mail.ru
    "the body of the message is",                      // Exim: "… 12345 characters long"
    "the header of the original message is following", // 1&1, GMX, kundenserver
    "here is a copy of the first part of the message", // Demon
    "original message follows",                        // IMail, X2
    "the original message follows",
    "the original message was",
    "original message headers", // Exchange 2007 and later
    "original message header",
    "original message",   // Gmail
    "original mail info", // m-FILTER
    "original mail",
    "old message",            // Microsoft SMTPSVC
    "message header follows", // sendmail
    "message headers follow", // DragonFly, MailEnable
    "message text follows",   // Smail
    "unsent message follows", // sendmail 5
    "unsent message below",   // phquery
    "message body suppressed",
    "returned message",          // Notes SMTP MTA
    "start of returned message", // Demon
    "returned mail follows",     // usa.net
    "returned mail",             // LERCTR
    "here is your returned mail",
    "a copy of the original message below this line",
    "a copy of the original message",
    "below is a copy of the original message", // OpenSMTPD
    "below is a copy of your message",
    "included is a copy of the message header", // MXLogic
    "your message reads (in part)",
    "your original message",
    "the header and top", // SmarterMail: "… 20 lines of the message follows"
    "forwarded message",
    "begin of returned message",
    "copy of your message",
    "content-type: message/rfc822", // a multipart whose boundary is lost
    "content-type: text/rfc822-headers",
    "content-type: message/global",
    "mensaje original adjunto", // qmail in Spanish
    "mensaje original",
    "el mensaje original",
    "message d'origine",
    "message original",
    "ursprüngliche nachricht",
    "ursprüngliche nachrichtenkopfzeilen", // Exchange in German
    "ursprünglicher nachrichtenkopf",
    "ursprüngliche kopfzeilen",
    "en-têtes de message d'origine", // Exchange in French
    "en-têtes du message d'origine",
    "intestazioni originali del messaggio", // Exchange in Italian
    "intestazioni messaggio originale",
    "encabezados de mensajes originales", // Exchange in Spanish
    "encabezados de mensaje original",
    "cabeçalhos das mensagens originais", // Exchange in Portuguese
    "oorspronkelijke berichtkoppen",      // Exchange in Dutch
    "oprindelige brevhoveder",            // Exchange in Danish
    "ursprungligt meddelandehuvud",       // Exchange in Swedish
    "исходные заголовки сообщения",       // Exchange in Russian
    "元のメッセージ ヘッダー",            // Exchange in Japanese
    "原始邮件头",                         // Exchange in Chinese
    "附件中的内容是原信件的一份拷贝",     // sina
];

/// Characters of a line that may be a mark.
const LONGEST_MARK: usize = 100;

/// The marks, for one look at the beginning of a line.
static BY_MARK: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder().start_kind(StartKind::Anchored).build(MARKS).expect("some dozen short lines are far below the automaton's limit")
});
/// The letters with which they begin: most lines of a mail begin with another.
static FIRST_OF_MARKS: LazyLock<HashSet<char>> = LazyLock::new(|| MARKS.iter().filter_map(|mark| mark.chars().next()).collect());

/// Where the words of the server end and where the returned letter starts, as byte offsets.
///
/// Without a mark of [`MARKS`], the letter starts at the first header line that only a delivered letter has.
pub(super) fn starts_at(text: &str) -> Option<(usize, usize)> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let trimmed = line.trim();
        if trimmed.is_empty() {
            continue;
        }
        let bare = trimmed.trim_matches(|c: char| matches!(c, '-' | '=' | '|' | '*' | '_' | '#' | ' ' | '\u{3000}'));
        let first = bare.chars().next().and_then(|first| first.to_lowercase().next());
        // What is longer than a heading is a sentence that happens to begin like one.
        if first.is_some_and(|first| FIRST_OF_MARKS.contains(&first)) && bare.chars().nth(LONGEST_MARK).is_none() {
            let bare = bare.to_lowercase();
            if BY_MARK.is_match(Input::new(&bare).anchored(Anchored::Yes)) && !is_sentence(&bare) {
                return Some((start, offset));
            }
        }
        let begins = |field: &&str| trimmed.get(..field.len()).is_some_and(|start| start.eq_ignore_ascii_case(field));
        if ["Received: from", "Received: by", "Received: (qmail", "Return-Path: <"].iter().any(begins) {
            return Some((start, start));
        }
    }
    None
}

/// "Original message was received at …" (sendmail) and the like tell of the letter, they do not return it; nor does Exchange Online under
/// "Original Message Details".
fn is_sentence(bare: &str) -> bool {
    ["details", "was received", "was sent", "was too", "is attached", "could not", "has been", "was not", "cannot"]
        .iter()
        .any(|verb| bare.contains(verb))
}

/// The Message-ID of the letter that bounced, without angle brackets.
pub(super) fn message_id(notice: &Notice<'_>, report_fields: &[String]) -> Option<String> {
    let own = notice.message.headers.first("Message-ID").and_then(cleaned);
    enclosed_id(notice.message)
        .or_else(|| headers_part_id(notice.message))
        .or_else(|| notice.returned_text.and_then(|text| innermost(text).and_then(first_in_text).or_else(|| first_in_text(text))))
        .or_else(|| report_fields.iter().find_map(|fields| field_id(fields)))
        .or_else(|| told_id(notice))
        .or_else(|| threading_id(notice.message, own.as_deref()))
}

/// The address of the returned letter's To, if there is exactly one.
pub(super) fn only_addressee(notice: &Notice<'_>) -> Option<String> {
    let enclosed = notice.message.enclosed().first().and_then(|letter| letter.headers.first("To").map(str::to_owned));
    let part = || notice.message.root.walk().into_iter().filter(|part| is_headers(part)).find_map(|part| to_in_text(&part_text(part)));
    let to = enclosed.or_else(part).or_else(|| notice.returned_text.and_then(to_in_text))?;
    let mut addresses = all_in(&to);
    if addresses.len() == 1 { addresses.pop() } else { None }
}

fn to_in_text(text: &str) -> Option<String> {
    text.lines().find_map(|line| field_value(line, "to")).map(str::to_owned)
}

/// From the server's own words: behind the fields of a report if these are in the text, since there the letter follows; otherwise anywhere.
fn told_id(notice: &Notice<'_>) -> Option<String> {
    let words = notice.lines.join("\n");
    innermost(&words).and_then(first_in_text).or_else(|| first_in_text(&words))
}

/// The enclosed letter's. A report that was itself returned or forwarded encloses the letter one level deeper.
fn enclosed_id(message: &Message) -> Option<String> {
    let mut best = None;
    for letter in message.enclosed() {
        let Some(id) = letter.headers.first("Message-ID").and_then(cleaned) else { continue };
        let is_report = letter.root.is("multipart/report");
        if !is_report {
            return Some(id);
        }
        best = best.or(Some(id));
    }
    best
}

/// `text/rfc822-headers` (RFC 6522 §4) and `message/global-headers` (RFC 6533 §6).
fn headers_part_id(message: &Message) -> Option<String> {
    message.root.walk().into_iter().filter(|part| is_headers(part)).find_map(|part| first_in_text(&part_text(part)))
}

fn is_headers(part: &Part) -> bool {
    let returned = [
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global-headers",
        "text/rfc822",
        "message/rfc822",
        "message/global",
        "message/partial",
    ];
    let named_so = part.name.as_deref().is_some_and(|name| name.to_ascii_lowercase().contains("header"));
    returned.contains(&part.content_type.as_str()) && !matches!(part.body, Body::Message { .. })
        || named_so && matches!(part.body, Body::Text(_))
        || is_letter_as_file(part)
}

/// A filter that knows no message/rfc822 attaches the letter as a file.
fn is_letter_as_file(part: &Part) -> bool {
    matches!(part.body, Body::Bytes(_)) && part.name.as_deref().is_some_and(|name| name.to_ascii_lowercase().ends_with(".eml"))
}

/// The first Message-ID field in a text, its value on the same line or folded onto the next; `> ` of a forwarded report is passed over.
fn first_in_text(text: &str) -> Option<String> {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim_start_matches(['>', ' ', '\t', '|']);
        let Some(value) = field_value(line, "message-id").or_else(|| field_value(line, "message id")) else { continue };
        let mut value = if value.trim().is_empty() { lines.next().unwrap_or_default() } else { value }.trim().to_owned();
        // A soft line break of quoted-printable that nobody has undone (RFC 2045 §6.7).
        if value.ends_with('=') && !value.contains('>') {
            value.pop();
            value.push_str(lines.next().unwrap_or_default());
        }
        if let Some(id) = cleaned(&value) {
            return Some(id);
        }
    }
    None
}

/// What a report in the text encloses: a report that was itself returned as text holds the letter behind its own MIME heading.
fn innermost(text: &str) -> Option<&str> {
    let lower = text.to_ascii_lowercase();
    let at = ["content-type: message/rfc822", "content-type: text/rfc822-headers", "final-recipient:"]
        .into_iter()
        .filter_map(|heading| lower.rfind(heading))
        .max()?;
    text.get(at..)
}

/// Report fields that name the letter: Google's X-Original-Message-ID, the Original-Message-ID of RFC 8098 §3.2.5.
fn field_id(fields: &str) -> Option<String> {
    fields
        .lines()
        .find_map(|line| field_value(line, "x-original-message-id").or_else(|| field_value(line, "original-message-id")).and_then(cleaned))
}

/// The report's own headers: what a server that answers its sender puts there (RFC 5322 §3.6.4).
fn threading_id(message: &Message, own: Option<&str>) -> Option<String> {
    ["X-Original-Message-ID", "Original-Message-ID", "In-Reply-To", "References"]
        .into_iter()
        .filter_map(|name| message.headers.first(name))
        .filter_map(|value| cleaned(value.rsplit('<').next().unwrap_or(value)))
        .find(|id| Some(id.as_str()) != own)
}

fn field_value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (key, value) = line.split_once(':')?;
    key.trim().eq_ignore_ascii_case(name).then_some(value)
}

/// An identifier without brackets, quotes and trailing comments.
fn cleaned(value: &str) -> Option<String> {
    let value = bounded(value.trim(), 998);
    let inner = match value.find('<') {
        Some(start) => value.get(start + 1..).and_then(|rest| rest.split('>').next()).unwrap_or_default().trim(),
        None => value.split_whitespace().next().unwrap_or_default().trim_matches(['>', '"', ',', ';']),
    };
    (!inner.is_empty() && inner.len() < 900).then(|| inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_end_where_the_letter_begins() {
        let text = "Hi.\n--- Below this line is a copy of the message.\n\nSubject: Request\n";
        let (end, start) = starts_at(text).expect("a mark");
        assert_eq!(&text[..end], "Hi.\n");
        assert!(text[start..].contains("Subject: Request"));
    }

    #[test]
    fn a_sentence_about_the_letter_does_not_end_the_words() {
        assert_eq!(starts_at("The original message was received at Thu, 1 Jan\nfrom host\n"), None);
    }

    #[test]
    fn a_folded_identifier_is_read() {
        assert_eq!(first_in_text("X: y\nMessage-ID:\n  <request.7@office.example>\n").as_deref(), Some("request.7@office.example"));
        assert_eq!(first_in_text("> Message-Id: <request.7@office.example>\n").as_deref(), Some("request.7@office.example"));
    }
}
