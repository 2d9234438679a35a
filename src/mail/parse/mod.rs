//! Bytes → [`Message`]: the one door through which untrusted mail is read.
//!
//! The tree, the headers and their encodings are read by our own code, linear and bounded; `mail-parser` lends its table of HTML references.
//! Considered instead: its tree behind our type. Its faults (quadratic in unopened multiparts,
//! recursion without bound, the last From, cut base64 left undecoded, raw 8-bit lost) sit in the walk itself; curing them from outside would have
//! meant a second walk.

mod base64;
mod byte_lines;
pub mod charset;
pub mod date;
pub mod encoded_words;
mod files_in_text;
pub mod headers;
mod macintosh;
mod parameters;
mod part_content;
mod quoted_printable;
mod seven_bit;
mod structure;
mod transfer;

use super::compound;
use super::message::{Body, Message, Part};
use super::outlook::saved;
use encoding_rs::{Encoding, UTF_8};
use std::borrow::Cow;
pub use structure::file_name;

/// Headers of which a mail may have only one (RFC 5322 §3.6) and only one can be meant. Where there are several, verifiers and mail clients disagree
/// about which counts.
const SINGLE: [&str; 8] = ["From", "Sender", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"];

/// Reads one mail. Never fails: what is damaged is named in `problems`.
pub fn parse(raw: &[u8]) -> Message {
    if raw.starts_with(&compound::SIGNATURE) {
        return outlook_file(raw);
    }
    let raw = &*with_line_ends(in_single_bytes(raw));
    let raw = raw.get(headers::blank_lines_before(raw)..).unwrap_or(raw);
    let mut message = structure::message(raw, 0, &mut structure::Budget::new(raw.len()));
    for name in SINGLE {
        let count = message.headers.all(name).count();
        if count > 1 {
            message.problems.push(format!("Ambiguous headers: {name} stands {count} times; the first was taken, as DKIM verifiers do."));
        }
    }
    message
}

/// A mail saved by Outlook. One that cannot be opened is kept as a file, named for what it is.
fn outlook_file(raw: &[u8]) -> Message {
    if let Some(saved) = saved::open(raw) {
        let mut problems = Vec::new();
        let message = part_content::saved_message(saved, 0, &mut structure::Budget::new(raw.len()), &mut problems);
        return Message { problems, ..message };
    }
    let root = Part {
        content_type: "application/vnd.ms-outlook".to_owned(),
        disposition: Some("attachment".to_owned()),
        body: Body::Bytes(raw.to_vec()),
        ..Part::default()
    };
    let problem = "This looks like a mail saved by Outlook (.msg), but it is damaged; ask for it to be forwarded, or saved as .eml.";
    Message { root, problems: vec![problem.to_owned()], ..Message::default() }
}

/// A mail that an editor saved as UTF-16.
fn in_single_bytes(raw: &[u8]) -> Cow<'_, [u8]> {
    match Encoding::for_bom(raw) {
        Some((encoding, _)) if encoding != UTF_8 => Cow::Owned(encoding.decode(raw).0.into_owned().into_bytes()),
        _ => Cow::Borrowed(raw),
    }
}

/// A mail whose lines end in a bare CR, as Macintoshes wrote them: with no LF anywhere there is no other way to read it.
fn with_line_ends(raw: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    if raw.contains(&b'\n') || !raw.contains(&b'\r') {
        return raw;
    }
    Cow::Owned(raw.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect())
}
