//! The text of a PDF (ISO 32000-1), taken out page by page, within bounds.
//!
//! The file's own cross-reference table is not believed: objects are found by looking for them, as every viewer does with a damaged file
//! ([`mod@file`]). So a table that is off, missing or made to mislead changes nothing, and each object is read once. Text comes from the content
//! streams of the pages, of forms they show and of filled-in fields ([`page_text`]), by the fonts' own tables to Unicode or their encodings
//! ([`font`], [`cmap`]).
//!
//! Refused: encrypted documents (also those that open without a password: whether their text may be taken out is not ours to decide), programs in
//! them, attachments in them, pictures. A scan has no text, and that is said.

mod cmap;
mod direction;
mod file;
mod filters;
mod font;
mod glyphs;
mod object;
mod page_text;

use super::bounded_text::Output;
use super::{Reading, warn};
use file::{Document, Refused};

const MOST_PAGES: usize = 3_000;

/// Reads a document, and takes what it unpacks from the allowance.
pub fn read(bytes: &[u8], allowance: &mut usize) -> Reading {
    let document = match Document::open(bytes, *allowance) {
        Ok(document) => document,
        Err(Refused::Encrypted) => return Reading::refused("It is encrypted. Its text was not taken out; ask for it without a password."),
        Err(Refused::NoObjects) => return Reading::refused("It is damaged: nothing of a PDF could be made out. Ask for it again."),
    };
    let mut output = Output::default();
    let mut reader = page_text::Reader::new(&document);
    let pages = document.pages();
    let (read, left) = pages.split_at(pages.len().min(MOST_PAGES));
    for page in read {
        if output.is_full() {
            break;
        }
        reader.page(page, &mut output);
        output.end_line();
        output.end_paragraph();
    }
    let unknown = reader.unknown;
    *allowance = allowance.saturating_sub(document.unpacked());
    let mut reading = Reading::default();
    if output.is_full() || !left.is_empty() {
        warn(&mut reading.warning, "Its text is longer than what is kept; the end was left out.");
    }
    if document.exhausted() {
        warn(&mut reading.warning, "It is larger or more tangled inside than a document; it was read up to there.");
    }
    reading.text = output.finish().map(direction::as_read);
    let known = reading.text.as_ref().map_or(0, |text| text.chars().filter(|character| !character.is_whitespace()).count());
    if unknown > known {
        warn(
            &mut reading.warning,
            "Its fonts do not say which letters they show; the text could not be taken out. Ask for a DOCX or another PDF.",
        );
        reading.text = reading.text.filter(|_| known > 200);
    } else if pages.is_empty() {
        warn(&mut reading.warning, "It is damaged or cut off: no page of it could be made out. Ask for it again.");
    } else if known == 0 {
        warn(&mut reading.warning, "It holds no text (a scan or pictures); a person must read it.");
    }
    reading
}

#[cfg(test)]
mod stories;
