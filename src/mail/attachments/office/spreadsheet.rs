//! The cells of a SpreadsheetML workbook (ISO/IEC 29500-1, §18), row by row, with tabs between them.
//!
//! Numbers stand as they are stored, but for dates. Considered instead: calamine, which lays out each sheet as a full rectangle, so
//! that one cell at its far corner asks for 17 thousand million cells. It reads the tables that staff import, which nobody sends in by mail.

use super::super::bounded_text::Output;
use super::super::packed::{Archive, Refused};
use super::super::xml::{self, Token};
use super::date_cells::Styles;

/// Shared strings are kept while the sheets are read.
const MOST_SHARED: usize = 16 << 20;
const MOST_STRINGS: usize = 500_000;
const MOST_SHEETS: usize = 100;

/// Writes the cells of all sheets out as text, as far as the output has room. Whether the sheets and their shared strings were read whole.
///
/// # Errors
///
/// Where a part of the archive that is needed is damaged, encrypted, packed by a method that documents do not use, or unpacks to more than
/// documents do. What was read before it stays in the output.
pub fn read(archive: &mut Archive<'_>, output: &mut Output) -> Result<bool, Refused> {
    let mut whole = true;
    let mut strings = Strings::default();
    if let Some(entry) = archive.find("xl/sharedStrings.xml").cloned() {
        whole &= strings.read(&archive.read(&entry)?);
    }
    let styles = Styles::read(archive)?;
    let sheets = super::sorted(&archive.entries, |name| {
        let number = name.strip_prefix("xl/worksheets/sheet")?.strip_suffix(".xml")?.parse().ok()?;
        Some((0, number))
    });
    for entry in sheets.into_iter().take(MOST_SHEETS) {
        if output.is_full() {
            break;
        }
        whole &= sheet(&archive.read(&entry)?, &strings, &styles, output);
        output.end_line();
    }
    Ok(whole)
}

/// All shared strings in one piece of memory, with where each ends.
#[derive(Default)]
struct Strings {
    text: String,
    ends: Vec<usize>,
}

impl Strings {
    fn read(&mut self, xml: &[u8]) -> bool {
        let (mut in_text, mut in_reading) = (false, false);
        xml::walk(xml, |step| {
            match step {
                Token::Opens(element) => match element.local_name().as_ref() {
                    b"t" => in_text = true,
                    // How Japanese or Chinese is pronounced: not what is written.
                    b"rPh" => in_reading = true,
                    _ => {}
                },
                Token::Closes(b"t") => in_text = false,
                Token::Closes(b"rPh") => in_reading = false,
                Token::Closes(b"si") => self.ends.push(self.text.len()),
                Token::Closes(_) => {}
                Token::Says(text) if in_text && !in_reading => self.text.push_str(&text),
                Token::Says(_) => {}
            }
            self.text.len() < MOST_SHARED && self.ends.len() < MOST_STRINGS
        })
    }

    fn get(&self, index: &str) -> Option<&str> {
        let index: usize = index.trim().parse().ok()?;
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(start..*self.ends.get(index)?)
    }
}

fn sheet(xml: &[u8], strings: &Strings, styles: &Styles, output: &mut Output) -> bool {
    let (mut shared, mut collecting, mut value, mut style) = (false, false, String::new(), None);
    xml::walk(xml, |step| {
        match step {
            Token::Opens(element) => match element.local_name().as_ref() {
                b"c" => {
                    shared = xml::attribute(element, b"t").as_deref() == Some("s");
                    style = xml::attribute(element, b"s");
                    value.clear();
                }
                b"v" | b"t" => collecting = true,
                _ => {}
            },
            Token::Says(text) if collecting && value.len() < super::super::bounded_text::MOST_TEXT => {
                value.push_str(&text);
            }
            Token::Says(_) => {}
            Token::Closes(b"v" | b"t") => collecting = false,
            Token::Closes(b"c") => {
                match styles.day(style.as_deref(), &value) {
                    _ if shared => output.push(strings.get(&value).unwrap_or_default()),
                    Some(day) => output.push(&day),
                    None => output.push(&value),
                }
                output.character('\t');
                value.clear();
            }
            Token::Closes(b"row") => output.end_line(),
            Token::Closes(_) => {}
        }
        !output.is_full()
    })
}
