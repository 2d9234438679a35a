//! The header block of a mail or part (RFC 5322 §2.2), read one line at a time and as leniently as mail clients do.
//!
//! It refuses to lose text: a line that can be no header, and is not followed by one, begins the body even where the blank line is missing.

use super::super::message::{Header, Headers};
use super::byte_lines::line;
use super::charset::{self, Neighbours};
use super::parameters;
use memchr::memchr;

/// Headers of one block, of mail or part; real mail has at most a few hundred.
pub const MOST_HEADERS: usize = 2_000;
/// What one block is reported for; the rest of its faults are of the same kinds.
const MOST_PROBLEMS: usize = 20;
/// Bytes of one header's value that are kept; To headers with thousands of addresses stay below.
const LONGEST_VALUE: usize = 512 * 1024;

pub struct Block {
    pub headers: Headers,
    /// Where the body begins, counted from the start of what was given.
    pub body: usize,
    pub problems: Vec<String>,
}

/// A field name (RFC 5322 §3.6.8) up to the colon; blanks before the colon are obsolete but allowed (§4.5).
fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr(b':', line)?;
    let name = line[..colon].trim_ascii_end();
    let sound = !name.is_empty() && name.len() <= 200 && name.iter().all(|byte| (33..127).contains(byte));
    sound.then(|| (name, &line[colon + 1..]))
}

/// Headers one of which stands at or near the top of every mail.
const AT_THE_TOP: [&[u8]; 12] = [
    b"From",
    b"Received",
    b"Return-Path",
    b"Delivered-To",
    b"X-Original-To",
    b"Envelope-To",
    b"Date",
    b"Subject",
    b"To",
    b"Message-ID",
    b"MIME-Version",
    b"Content-Type",
];

/// How many bytes of blank lines stand before the headers, put there by gateways and by hand. None where what follows is no head of a mail:
/// then the blank line is the end of an empty one.
pub fn blank_lines_before(raw: &[u8]) -> usize {
    let start = raw.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let (first, _) = line(raw, start);
    let head = field(first).is_some_and(|(name, _)| AT_THE_TOP.iter().any(|known| known.eq_ignore_ascii_case(name)));
    if head { start } else { 0 }
}

/// Reads a header block that stands for itself, of at most [`MOST_HEADERS`].
pub fn read(bytes: &[u8], ends: impl Fn(&[u8]) -> bool) -> Block {
    read_at_most(MOST_HEADERS, bytes, ends)
}

/// Reads headers until the blank line. `ends` tells of lines that end the block even so: the boundary of an enclosing multipart.
/// At most `most` headers are kept.
pub fn read_at_most(most: usize, bytes: &[u8], ends: impl Fn(&[u8]) -> bool) -> Block {
    let mut found: Vec<(&[u8], Vec<u8>)> = Vec::new();
    let mut problems = Vec::new();
    // An editor that saved the mail as UTF-8 put its mark before the first header.
    let mut at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut too_many = false;
    while at < bytes.len() {
        let (text, next) = line(bytes, at);
        if text.is_empty() {
            at = next;
            break;
        }
        if ends(text) {
            break;
        }
        let folded = matches!(text.first(), Some(b' ' | b'\t'));
        if folded && text.trim_ascii().is_empty() {
            // A line of blanks only: some mailers mean the end of the headers by it, others an empty fold. What follows tells.
            let (after, _) = line(bytes, next);
            if !found.is_empty() && !matches!(after.first(), Some(b' ' | b'\t')) && field(after).is_none() {
                at = next;
                break;
            }
            at = next;
            continue;
        }
        if folded {
            match found.last_mut() {
                Some((_, value)) => extend(value, text),
                None if problems.len() >= MOST_PROBLEMS => {}
                None => problems.push("The first line is a continuation of nothing and was left out.".to_owned()),
            }
        } else if let Some((name, value)) = field(text) {
            if found.len() < most {
                found.push((name, value.trim_ascii_start().to_vec()));
            } else {
                too_many = true;
            }
        } else if found.is_empty() && (text.starts_with(b"From ") || text.starts_with(b">From ")) {
            // The separator of an mbox (RFC 4155) left in front of the mail.
        } else {
            let (after, _) = line(bytes, next);
            let goes_on =
                !text.starts_with(b"--") && !after.is_empty() && (field(after).is_some() || matches!(after.first(), Some(b' ' | b'\t')));
            if !goes_on {
                problems.push(
                    "The blank line between headers and body is missing; the body begins at the first line that is no header.".to_owned(),
                );
                break;
            }
            if problems.len() < MOST_PROBLEMS {
                problems.push(format!("A line among the headers is none and was joined to the one above: {}", shown(text)));
            }
            if let Some((_, value)) = found.last_mut() {
                extend(value, text);
            }
        }
        at = next;
    }
    if too_many {
        problems.push("There are more headers than any mail has; the rest was left out.".to_owned());
    }
    Block { headers: Headers(decoded(&found)), body: at, problems }
}

/// Headers with raw bytes in them (against RFC 5322 §2.2) are read as UTF-8, or as what all of them together look like.
fn decoded(found: &[(&[u8], Vec<u8>)]) -> Vec<Header> {
    let raw: Vec<u8> = found.iter().filter(|(_, value)| std::str::from_utf8(value).is_err()).flat_map(|(_, value)| value.clone()).collect();
    let typed = found.iter().find(|(name, _)| name.eq_ignore_ascii_case(b"content-type") && !raw.is_empty());
    let typed = typed.map(|(_, value)| parameters::read(&String::from_utf8_lossy(value))).unwrap_or_default();
    let neighbours = Neighbours::of(parameters::named(&typed.parameters, "charset"), &raw);
    let header = |(name, value): &(&[u8], Vec<u8>)| {
        let value = if std::str::from_utf8(value).is_ok() { charset::undeclared(value).into_owned() } else { neighbours.text(value) };
        Header { name: String::from_utf8_lossy(name).into_owned(), value }
    };
    found.iter().map(header).collect()
}

/// Unfolds (RFC 5322 §2.2.3): the line end goes, the blanks stay.
fn extend(value: &mut Vec<u8>, text: &[u8]) {
    if value.len() < LONGEST_VALUE {
        if !matches!(text.first(), Some(b' ' | b'\t')) {
            value.push(b' ');
        }
        value.extend_from_slice(text);
    }
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().filter(|character| !character.is_control()).take(60).collect()
}
