//! A report as its readers look at it: the words of the server on one side, the letter it returns on the other.
//!
//! Servers put both into one text and part them by a line of their own. Everything here is bounded: a reader never sees more than
//! [`NOTICE_LIMIT`] bytes of words, since no server writes more about itself, while a returned letter may have any size.

use super::reported_address::all_in;
use super::returned_part;
use crate::mail::bodies::Bodies;
use crate::mail::message::{Body, Message, Part};

/// Bytes of the server's words that are read.
pub(super) const NOTICE_LIMIT: usize = 256 * 1024;

/// Addresses of the To header that are compared: a report goes to one.
const MOST_TO: usize = 20;

/// A report, its letter cut off.
pub(super) struct Notice<'a> {
    pub message: &'a Message,
    /// The From header, decoded, lower case.
    pub from: String,
    /// The first addresses of the To header, lower case.
    pub to: Vec<String>,
    /// The Subject, decoded, lower case.
    pub subject: String,
    /// The server's words, without what it returns.
    pub lines: Vec<&'a str>,
    /// The words again, lower case, line breaks as blanks: for phrases that are wrapped anywhere.
    pub flowing: String,
    /// What the text holds behind the server's words, if it returns the letter there.
    pub returned_text: Option<&'a str>,
}

impl<'a> Notice<'a> {
    pub(super) fn of(message: &'a Message, bodies: &'a Bodies) -> Notice<'a> {
        let text = bounded(&bodies.plain, NOTICE_LIMIT);
        let split = returned_part::starts_at(text);
        let words = split.and_then(|(end, _)| text.get(..end)).unwrap_or(text);
        let returned_text = split.and_then(|(_, start)| bodies.plain.get(start..)).map(|rest| bounded(rest, NOTICE_LIMIT));
        let lines: Vec<&str> = words.lines().map(str::trim_end).collect();
        let flowing = flowing(words);
        Notice {
            message,
            from: message.headers.text("From").unwrap_or_default().to_lowercase(),
            to: message.headers.first("To").map(|to| all_in(&to.to_lowercase())).unwrap_or_default().into_iter().take(MOST_TO).collect(),
            subject: message.headers.text("Subject").unwrap_or_default().to_lowercase(),
            lines,
            flowing,
            returned_text,
        }
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.message.headers.first(name).unwrap_or_default()
    }

    /// The words hold this phrase (given in lower case), however they are wrapped.
    pub(super) fn says(&self, phrase: &str) -> bool {
        self.flowing.contains(phrase)
    }

    pub(super) fn says_any(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.says(phrase))
    }

    /// The lines behind the first one that holds the phrase (lower case).
    pub(super) fn lines_after(&self, phrase: &str) -> Option<&[&'a str]> {
        let at = self.lines.iter().position(|line| line.to_lowercase().contains(phrase))?;
        self.lines.get(at + 1..)
    }

    /// The address is at a domain to which this mail was sent (or at one above or below it): it is ours, and no letter of ours went there.
    pub(super) fn is_at_home(&self, address: &str) -> bool {
        let Some((_, domain)) = address.rsplit_once('@') else { return false };
        let domain = domain.to_lowercase();
        let within = |inner: &str, outer: &str| inner == outer || inner.strip_suffix(outer).is_some_and(|rest| rest.ends_with('.'));
        self.to.iter().filter_map(|ours| ours.rsplit_once('@')).any(|(_, ours)| within(&domain, ours) || within(ours, &domain))
    }

    /// This mail was sent to that very address.
    pub(super) fn is_to(&self, address: &str) -> bool {
        self.to.contains(&address.to_lowercase())
    }

    /// Text of parts with this content type, those of the report itself and not of what it encloses.
    pub(super) fn parts_of_type(&self, content_type: &str) -> Vec<&'a Part> {
        self.message.root.walk().into_iter().filter(|part| part.is(content_type)).collect()
    }
}

/// At most `limit` bytes, cut where a character begins.
pub(super) fn bounded(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

/// Lower case, runs of blanks and line breaks as one blank.
pub(super) fn flowing(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if !out.is_empty() {
            out.push(' ');
        }
        let start = out.len();
        // Words of ASCII with one blank between them, which most texts are made of, as a whole.
        let run = ascii_words(rest.as_bytes());
        let end = if run > 0 { run } else { rest.find(char::is_whitespace).unwrap_or(rest.len()) };
        let (words, behind) = rest.split_at(end);
        if run > 0 {
            out.push_str(words);
            out[start..].make_ascii_lowercase();
        } else {
            out.extend(words.chars().flat_map(char::to_lowercase));
        }
        rest = behind.trim_start();
    }
    out
}

/// Bytes of whole words of ASCII with one blank between them.
fn ascii_words(bytes: &[u8]) -> usize {
    let mut end = 0;
    loop {
        let from = if end > 0 { end + 1 } else { 0 };
        let word = bytes.iter().skip(from).take_while(|byte| byte.is_ascii() && !is_blank(**byte)).count();
        let is_whole = bytes.get(from + word).is_none_or(u8::is_ascii);
        if word == 0 || !is_whole {
            return end;
        }
        end = from + word;
        if bytes.get(end) != Some(&b' ') {
            return end;
        }
    }
}

/// White space as Unicode has it among the letters of ASCII: the vertical tab too.
fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'\x0b'
}

/// A part's content as text, whatever the parser made of it: `message/delivery-status` and its kin are text by their own definition
/// (RFC 3464 §2.1), but not `text/*`.
pub(super) fn part_text(part: &Part) -> String {
    match &part.body {
        Body::Text(text) => bounded(text, NOTICE_LIMIT).to_owned(),
        Body::Bytes(bytes) => String::from_utf8_lossy(bytes.get(..bytes.len().min(NOTICE_LIMIT)).unwrap_or_default()).replace("\r\n", "\n"),
        Body::Message { raw, .. } => {
            String::from_utf8_lossy(raw.get(..raw.len().min(NOTICE_LIMIT)).unwrap_or_default()).replace("\r\n", "\n")
        }
        Body::Multipart(_) => String::new(),
    }
}
