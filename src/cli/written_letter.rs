//! A letter of the office's own as whoever gets it will see it: its head, its text, and what it encloses.

use super::output;
use crate::domain::enclosure::{Enclosure, LARGEST_IN_ALL, fit_in_one_letter};
use crate::domain::refusal::Refusal;
use crate::mail::understood::Attachment;
use crate::mail::{parse, understand};
use crate::register::RegisterError;
use anyhow::Context;
use serde::Serialize;
use std::path::PathBuf;

/// Files that are to be sent with a letter.
///
/// # Errors
///
/// Where one cannot be read, or they are too large for one letter.
pub fn enclosures(files: &[PathBuf]) -> anyhow::Result<Vec<Enclosure>> {
    let mut enclosures = Vec::new();
    for file in files {
        let size = std::fs::metadata(file).with_context(|| format!("{} cannot be enclosed", file.display()))?.len();
        // Nobody's memory is filled for what is refused.
        if size > LARGEST_IN_ALL as u64 {
            let bytes = usize::try_from(size).unwrap_or(usize::MAX);
            return Err(RegisterError::from(Refusal::EnclosuresTooLarge { bytes }).into());
        }
        let bytes = std::fs::read(file).with_context(|| format!("{} cannot be enclosed", file.display()))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        enclosures.push(Enclosure::new(&name, bytes));
    }
    fit_in_one_letter(&enclosures).map_err(RegisterError::from)?;
    Ok(enclosures)
}

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
