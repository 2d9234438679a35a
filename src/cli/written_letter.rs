//! A letter of the office's own as whoever gets it will see it: its head, its text, and what it encloses.

use super::output;
use crate::mail::understood::Attachment;
use crate::mail::{parse, understand};
use serde::Serialize;

/// The lines of the head that people care about, in the order in which they are shown.
const HEAD: [&str; 6] = ["From", "To", "Cc", "Reply-To", "Date", "Subject"];

#[derive(Debug, Serialize)]
pub struct WrittenLetter {
    /// Name and value of each line.
    head: Vec<(&'static str, String)>,
    text: String,
    attachments: Vec<Attachment>,
    /// Of all of it, in bytes.
    size: usize,
}

impl WrittenLetter {
    pub fn of(bytes: &[u8]) -> WrittenLetter {
        let message = parse::parse(bytes);
        let understood = understand(bytes);
        WrittenLetter {
            head: HEAD.into_iter().filter_map(|name| Some((name, message.headers.text(name)?))).collect(),
            text: understood.text.join("\n"),
            attachments: understood.attachments,
            size: bytes.len(),
        }
    }

    /// The text stands as it was written, line by line.
    pub fn print(&self) {
        for (name, value) in &self.head {
            output::paragraph(&format!("{name}: {value}"), 0);
        }
        for attachment in &self.attachments {
            let name = attachment.name.as_deref().unwrap_or("without a name");
            output::paragraph(&format!("Enclosed: {name} ({}, {} bytes)", attachment.content_type, attachment.size), 0);
        }
        println!();
        for line in self.text.lines() {
            println!("{}", output::printable(line).trim_end());
        }
    }
}
