//! Bytes → [`Message`]: the one door through which untrusted mail is read.
//!
//! The tree, the headers and their encodings are read by our own code, linear and bounded; `mail-parser` lends its table of HTML references.
//! Considered instead: its tree behind our type. Its faults (quadratic in unopened multiparts,
//! recursion without bound, the last From, cut base64 left undecoded, raw 8-bit lost) sit in the walk itself; curing them from outside would have
//! meant a second walk.

pub mod charset;
pub mod date;
mod files_in_text;
pub mod headers;
mod opening;
mod parameters;
mod seven_bit;
mod structure;
pub mod transfer;
pub mod words;

use super::message::{Body, Message, Part};
use std::borrow::Cow;
pub use structure::file_name;

/// Headers of which a mail may have only one (RFC 5322 §3.6). Where there are several, verifiers and mail clients disagree about which counts.
const SINGLE: [&str; 9] = ["From", "Sender", "Reply-To", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"];

/// The compound file ([MS-CFB] §2.2) as which Outlook saves a mail.
const COMPOUND_FILE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// Reads one mail. Never fails: what is damaged is named in `problems`.
pub fn parse(raw: &[u8]) -> Message {
    if raw.starts_with(&COMPOUND_FILE) {
        return outlook_file(raw);
    }
    let raw = &*with_line_ends(raw);
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

/// A mail saved by Outlook is no Internet message: kept as a file, named for what it is.
fn outlook_file(raw: &[u8]) -> Message {
    let root = Part {
        content_type: "application/vnd.ms-outlook".to_owned(),
        disposition: Some("attachment".to_owned()),
        body: Body::Bytes(raw.to_vec()),
        ..Part::default()
    };
    let problem = "This is a mail saved by Outlook (.msg), which cannot be read here; ask for it to be forwarded, or saved as .eml.";
    Message { root, problems: vec![problem.to_owned()], ..Message::default() }
}

/// A mail whose lines end in a bare CR, as Macintoshes wrote them: with no LF anywhere there is no other way to read it.
fn with_line_ends(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.contains(&b'\n') || !raw.contains(&b'\r') {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect())
}
