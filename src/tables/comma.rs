//! Rows of a CSV file (RFC 4180), as spreadsheets of different countries write it.

use super::{Fault, Rows, letters};
use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, WINDOWS_1252};
use std::borrow::Cow;

/// The rows, numbered as a person counts them: the first row is 1, and empty lines count.
///
/// # Errors
///
/// At the first row that cannot be read or has more than 1 000 columns; where there are more than 500 000 rows; where a quotation mark is never
/// closed.
pub fn rows(bytes: &[u8]) -> Result<Rows, Vec<Fault>> {
    let mut rows = Rows::default();
    let text = text(bytes, &mut rows.notes);
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter(&text)).from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut number = 0;
    let mut last: Vec<String> = Vec::new();
    loop {
        let begins = reader.position().byte();
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                return Err(vec![Fault { row: Some(number + 1), column: None, message: format!("The row cannot be read: {error}.") }]);
            }
        }
        // The reader passes over empty lines; a person sees and counts them.
        number += 1 + empty_lines(&text, usize::try_from(begins).unwrap_or(usize::MAX));
        if record.len() > super::MOST_COLUMNS {
            return Err(vec![Fault {
                row: Some(number),
                column: None,
                message: format!("A table has at most {} columns.", super::MOST_COLUMNS),
            }]);
        }
        last = record.iter().map(|cell| cell.trim().to_owned()).collect();
        rows.add(number, last.clone())?;
    }
    // An odd number of quotation marks: the last one opened took in the rest of the file.
    if text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
        let column = last.len().checked_sub(1).map(letters);
        return Err(vec![Fault { row: Some(number), column, message: "A quotation mark is opened and never closed.".to_owned() }]);
    }
    Ok(rows)
}

/// Empty lines from there on. The reader stops between the CR and the LF of a line end.
fn empty_lines(text: &str, from: usize) -> usize {
    let (before, rest) = text.split_at_checked(from).unwrap_or_default();
    let rest = if before.ends_with('\r') { rest.strip_prefix('\n').unwrap_or(rest) } else { rest };
    rest.bytes().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| *byte == b'\n').count()
}

fn text<'a>(bytes: &'a [u8], notes: &mut Vec<String>) -> Cow<'a, str> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(length..).unwrap_or_default()).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            notes.push("The file is not UTF-8; it was read as windows-1252. Look at letters with accents.".to_owned());
            WINDOWS_1252.decode_without_bom_handling(bytes).0
        }
    }
}

/// The most frequent of `;`, `,` and tab outside of quotes in the header line; `,` if none is there.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let mut counts = [(b',', 0usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in header.bytes() {
        quoted ^= byte == b'"';
        for (delimiter, count) in &mut counts {
            *count += usize::from(!quoted && byte == *delimiter);
        }
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| delimiter)
}
