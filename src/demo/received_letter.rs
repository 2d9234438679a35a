//! Letters as an authority gets them: raw mails, taken out of the office's outgoing Maildir.
//!
//! Nothing is known of them but what stands in them: the stand-in reads their headers and their text as a mail program would.

use crate::mail::address;
use crate::mail::bodies::Bodies;
use crate::mail::head;
use crate::mail::message::Message;
use crate::mail::parse;
use regex::Regex;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A letter of the office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub file: OsString,
    /// Where the mail system laid it.
    pub recipient: String,
    /// Where bounces go.
    pub envelope_sender: String,
    pub message_id: String,
    pub subject: String,
    /// `COR-2026-0147-K`; a letter without one is not to an authority but to staff.
    pub reference: Option<String>,
    pub reply_to: Option<String>,
    pub from: String,
    /// The row of the report it asks about.
    pub row: Option<usize>,
}

/// The office puts its reference in brackets before the subject.
static REFERENCE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\[([A-Z]{2,10}-\d{4}-\d{4,6}-[A-Z])\]").ok());
/// The number by which the replay's office calls a recommendation: `R0017` stands in row 17.
static RECOMMENDATION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\[R(\d{4,6})\]").ok());

/// How the replay's office calls what the report of a row asks for.
pub fn recommendation(row: usize) -> String {
    format!("R{row:04}")
}

/// The office's outgoing Maildir, seen from outside.
#[derive(Debug)]
pub struct Outbound {
    root: PathBuf,
}

impl Outbound {
    pub fn new(root: PathBuf) -> Outbound {
        Outbound { root }
    }

    /// The letters that lie there, in the order of their references; each is taken out of `new`, as a mail system takes it.
    ///
    /// # Errors
    ///
    /// Where the Maildir cannot be read, or a letter cannot be read or moved. A Maildir without `new` holds no letters.
    pub fn take(&self) -> std::io::Result<Vec<Letter>> {
        let mut letters = Vec::new();
        let new = match std::fs::read_dir(self.root.join("new")) {
            Ok(new) => new,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(letters),
            Err(error) => return Err(error),
        };
        for entry in new {
            let file = entry?.file_name();
            let from = self.root.join("new").join(&file);
            let raw = std::fs::read(&from)?;
            let mut taken = file.clone();
            taken.push(":2,S");
            std::fs::rename(&from, self.root.join("cur").join(&taken))?;
            // Staff read their own mail: of a letter without a reference the head says enough.
            let head = raw.windows(4).position(|ends| ends == b"\r\n\r\n").and_then(|end| raw.get(..end + 2)).unwrap_or(&raw);
            let glanced = letter(taken.clone(), &parse::parse(head));
            letters.push(if glanced.reference.is_some() { letter(taken, &parse::parse(&raw)) } else { glanced });
        }
        letters.sort_by(|one, other| {
            (&one.reference, &one.message_id, &one.recipient).cmp(&(&other.reference, &other.message_id, &other.recipient))
        });
        Ok(letters)
    }

    /// A letter taken out earlier, as it was: for quoting and bouncing. Only its own part, without the two lines of the envelope.
    ///
    /// # Errors
    ///
    /// Where no letter of this name was taken out, or it cannot be read.
    pub fn raw(&self, file: &Path) -> std::io::Result<String> {
        let raw = std::fs::read(self.root.join("cur").join(file))?;
        let text = String::from_utf8_lossy(&raw).replace("\r\n", "\n");
        let envelope: usize = text.split_inclusive('\n').take(2).map(str::len).sum();
        Ok(text.get(envelope..).unwrap_or_default().to_owned())
    }

    /// Its plain text, as it would be quoted.
    ///
    /// # Errors
    ///
    /// Where no letter of this name was taken out, or it cannot be read.
    pub fn text(&self, file: &Path) -> std::io::Result<String> {
        let raw = std::fs::read(self.root.join("cur").join(file))?;
        Ok(Bodies::of(&parse::parse(&raw)).plain)
    }
}

fn letter(file: OsString, message: &Message) -> Letter {
    let one = |name: &str| message.headers.first(name).and_then(address::bare);
    let subject = head::subject(message).unwrap_or_default();
    let found = |pattern: &LazyLock<Option<Regex>>, text: &str| {
        pattern.as_ref().and_then(|pattern| pattern.captures(text)).and_then(|found| found.get(1)).map(|found| found.as_str().to_owned())
    };
    Letter {
        file,
        recipient: one("Delivered-To").unwrap_or_default(),
        envelope_sender: one("Return-Path").unwrap_or_default(),
        message_id: head::message_id(message).unwrap_or_default(),
        reference: found(&REFERENCE, &subject),
        reply_to: one("Reply-To"),
        from: one("From").unwrap_or_default(),
        row: found(&RECOMMENDATION, &Bodies::of(message).plain).and_then(|row| row.parse().ok()),
        subject,
    }
}
