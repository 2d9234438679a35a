//! Which letter bounced: its Message-ID, and to whom it went.
//!
//! The Message-ID is what links a bounce to a request when the envelope address is lost. It is looked for in the order of its weight:
//! the enclosed letter, its headers as a part, its headers in the text, the fields of the report that name it, and last the threading
//! headers of the report itself. "The last Message-ID in the mail" was considered; it is wrong wherever a letter quotes another.

use super::notice::{Notice, bounded, part_text};
use super::reported_address::all_in;
use crate::mail::message::{Body, Message, Part};

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
    use super::first_in_text;

    #[test]
    fn a_folded_identifier_is_read() {
        assert_eq!(first_in_text("X: y\nMessage-ID:\n  <request.7@office.example>\n").as_deref(), Some("request.7@office.example"));
        assert_eq!(first_in_text("> Message-Id: <request.7@office.example>\n").as_deref(), Some("request.7@office.example"));
    }
}
