//! The reports that are replayed: read from a CSV file, checked whole before anything begins, every fault with row and column.
//!
//! The project's own data (`data/custody-reports.csv`, with its attribution beside it) and a user's file go the same way.

use crate::domain::request::ExchangeState;
use jiff::civil::{Date, date};
use std::fmt;
use std::io::Read;
use std::path::Path;

/// 320 real reports; see `data/ATTRIBUTION.md`.
const CUSTODY_REPORTS: &str = include_str!("data/custody-reports.csv");

/// The day on which the statuses of [`CUSTODY_REPORTS`] were published.
pub const PUBLISHED_ON: Date = date(2025, 7, 31);

/// A coroner's report to authorities, as published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Counted from 1, without the line of column names.
    pub row: usize,
    /// The published reference; may be empty, and need not be unique.
    pub reference: String,
    pub made_on: Date,
    pub area: String,
    pub categories: Vec<String>,
    /// At least one; the same one may stand twice.
    pub addressees: Vec<String>,
    pub replies: u32,
    pub published: ExchangeState,
}

/// What is wrong with a file of reports.
#[derive(Debug, PartialEq, Eq)]
pub struct Faults {
    file: String,
    faults: Vec<Fault>,
    /// Beyond those listed.
    further: usize,
}

#[derive(Debug, PartialEq, Eq)]
struct Fault {
    /// 0 is the line of column names.
    row: usize,
    column: Option<&'static str>,
    what: String,
}

impl std::error::Error for Faults {}

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} cannot be replayed:", self.file)?;
        for fault in &self.faults {
            write!(out, "\n  {}: ", self.file)?;
            match fault.row {
                0 => write!(out, "first line")?,
                row => write!(out, "row {row} (line {})", row + 1)?,
            }
            if let Some(column) = fault.column {
                write!(out, ", column {column}")?;
            }
            write!(out, ": {}", fault.what)?;
        }
        if self.further > 0 {
            write!(out, "\n  and {} more", self.further)?;
        }
        Ok(())
    }
}

const COLUMNS: [&str; 7] = ["ref", "date_of_report", "area", "category", "sent_to", "replies_count", "published_status"];

/// The whole of such a file is held in memory: the largest of the kind has some thousand rows.
const LARGEST_FILE: u64 = 64 << 20;
const MOST_ROWS: usize = 100_000;
const MOST_ADDRESSEES: usize = 50;
const MOST_REPLIES: u32 = 200;
const LONGEST_NAME: usize = 200;
const MOST_FAULTS: usize = 20;
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2100;

/// The reports that come with the program.
///
/// # Errors
///
/// Where the file that was built in is faulty, which tests rule out.
pub fn custody_reports() -> Result<Vec<Report>, Faults> {
    read(CUSTODY_REPORTS.as_bytes(), "custody-reports.csv")
}

/// The reports of a file. UTF-8, with or without a byte order mark; columns in any order, others ignored.
///
/// # Errors
///
/// Where the file cannot be opened or read, is larger than 64 MB, lacks a column, has no row or more than 100 000, or has a faulty cell; the faults
/// are told at once, at most 20 of them one by one.
pub fn from_file(path: &Path) -> Result<Vec<Report>, Faults> {
    let name = path.display().to_string();
    let unreadable = |what: String| Faults { file: name.clone(), faults: vec![Fault { row: 0, column: None, what }], further: 0 };
    let file = std::fs::File::open(path).map_err(|error| unreadable(format!("cannot be opened: {error}")))?;
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(|error| unreadable(format!("cannot be read: {error}")))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(unreadable(format!("is larger than {} MB; expected a table of reports", LARGEST_FILE >> 20)));
    }
    read(&bytes, &name)
}

fn read(bytes: &[u8], file: &str) -> Result<Vec<Report>, Faults> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut faults = Faults { file: file.to_owned(), faults: vec![], further: 0 };
    let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let places = match table.byte_headers() {
        Ok(names) => places(names, &mut faults),
        Err(error) => {
            faults.add(0, None, format!("cannot be read: {error}"));
            None
        }
    };
    let Some(places) = places else { return Err(faults) };
    let mut reports = Vec::new();
    for (row, record) in (1..).zip(table.byte_records()) {
        if row > MOST_ROWS {
            faults.add(row, None, format!("expected at most {MOST_ROWS} rows"));
            break;
        }
        match record {
            Ok(record) => reports.extend(Cells { record: &record, places: &places, row, faults: &mut faults }.report()),
            Err(error) => {
                faults.add(row, None, format!("cannot be read: {error}"));
                break;
            }
        }
    }
    if faults.faults.is_empty() && reports.is_empty() {
        faults.add(0, None, "no row follows; expected at least one report".into());
    }
    if faults.faults.is_empty() { Ok(reports) } else { Err(faults) }
}

/// Where each of [`COLUMNS`] stands.
fn places(names: &csv::ByteRecord, faults: &mut Faults) -> Option<[usize; 7]> {
    let mut places = [0; 7];
    for (column, place) in COLUMNS.into_iter().zip(&mut places) {
        match names.iter().position(|name| name.trim_ascii() == column.as_bytes()) {
            Some(found) => *place = found,
            None => faults.add(0, Some(column), format!("is missing; expected the columns {}", COLUMNS.join(", "))),
        }
    }
    faults.faults.is_empty().then_some(places)
}

impl Faults {
    fn add(&mut self, row: usize, column: Option<&'static str>, what: String) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault { row, column, what });
        } else {
            self.further += 1;
        }
    }
}

struct Cells<'a> {
    record: &'a csv::ByteRecord,
    places: &'a [usize; 7],
    row: usize,
    faults: &'a mut Faults,
}

impl Cells<'_> {
    fn report(&mut self) -> Option<Report> {
        let reference = self.text(0, 60);
        let made_on = self.parsed(1, "expected a date from 1990 to 2100 as in 2025-07-31", |text| {
            text.parse::<Date>().ok().filter(|day| YEARS.contains(&day.year()) && day.to_string() == text)
        });
        let area = self.text(2, LONGEST_NAME);
        let categories = self.text(3, 1000);
        let addressees = self.addressees();
        let replies = self.parsed(5, &format!("expected a whole number from 0 to {MOST_REPLIES}"), |text| {
            text.parse::<u32>().ok().filter(|count| *count <= MOST_REPLIES)
        });
        let published = self.parsed(6, "expected completed, pending, partial or overdue", ExchangeState::from_name);
        let categories =
            categories?.split('|').map(|category| category.trim().to_owned()).filter(|category| !category.is_empty()).collect();
        Some(Report {
            row: self.row,
            reference: reference?,
            made_on: made_on?,
            area: area?,
            categories,
            addressees: addressees?,
            replies: replies?,
            published: published?,
        })
    }

    fn addressees(&mut self) -> Option<Vec<String>> {
        let names: Vec<String> = self.text(4, MOST_ADDRESSEES * LONGEST_NAME)?.split('|').map(|name| name.trim().to_owned()).collect();
        if names.len() > MOST_ADDRESSEES {
            return self.refuse(4, format!("names {} addressees; expected at most {MOST_ADDRESSEES}", names.len()));
        }
        if names.iter().any(String::is_empty) {
            return self.refuse(4, "names nobody, or has an empty place between two |; expected names separated by |".into());
        }
        match names.iter().find(|name| name.chars().count() > LONGEST_NAME || !name.chars().any(char::is_alphanumeric)) {
            Some(name) => self.refuse(4, format!("{} is no name; expected letters, at most {LONGEST_NAME}", shown(name))),
            None => Some(names),
        }
    }

    /// A cell as one line of text, trimmed.
    fn text(&mut self, column: usize, longest: usize) -> Option<String> {
        let Some(bytes) = self.places.get(column).and_then(|place| self.record.get(*place)) else {
            return self.refuse(column, format!("is missing: the row has only {} cells", self.record.len()));
        };
        let Ok(text) = std::str::from_utf8(bytes) else {
            return self.refuse(column, format!("{} is not UTF-8; save the file as UTF-8", shown(&String::from_utf8_lossy(bytes))));
        };
        let text = text.trim();
        if let Some(control) = text.chars().find(|letter| letter.is_control()) {
            return self.refuse(
                column,
                format!("{} holds the control character U+{:04X}; expected one line of text", shown(text), u32::from(control)),
            );
        }
        if text.chars().count() > longest {
            return self.refuse(column, format!("{} is longer than {longest} characters", shown(text)));
        }
        Some(text.to_owned())
    }

    fn parsed<T>(&mut self, column: usize, expected: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.text(column, 60)?;
        match parse(&text) {
            Some(value) => Some(value),
            None => self.refuse(column, format!("{} stands there; {expected}", shown(&text))),
        }
    }

    fn refuse<T>(&mut self, column: usize, what: String) -> Option<T> {
        self.faults.add(self.row, COLUMNS.get(column).copied(), what);
        None
    }
}

/// The beginning of a value in quotes, nothing in it that could disturb a terminal.
fn shown(text: &str) -> String {
    let cut: String = text.chars().take(40).collect();
    if cut.len() < text.len() { format!("{cut:?}…") } else { format!("{cut:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &str = "ref,date_of_report,area,category,sent_to,replies_count,published_status\n";

    #[test]
    fn the_custody_reports_are_those_that_were_published() {
        let reports = custody_reports().unwrap();
        assert_eq!(reports.len(), 320);
        assert_eq!(reports.iter().map(|report| report.addressees.len()).sum::<usize>(), 614);
        let count = |state| reports.iter().filter(|report| report.published == state).count();
        assert_eq!(ExchangeState::ALL.map(count), [3, 81, 80, 156]);
    }

    #[test]
    fn every_fault_is_named_with_its_row_and_column() {
        let rows = "a,2025-02-30,X,Y,Z,1,pending\nb,2025-02-03,X,Y,Z | ,-1,done\nc,2025-02-03,X,Y\n";
        let faults = read(format!("{NAMES}{rows}").as_bytes(), "reports.csv").unwrap_err();
        insta::assert_snapshot!(faults, @r#"
        reports.csv cannot be replayed:
          reports.csv: row 1 (line 2), column date_of_report: "2025-02-30" stands there; expected a date from 1990 to 2100 as in 2025-07-31
          reports.csv: row 2 (line 3), column sent_to: names nobody, or has an empty place between two |; expected names separated by |
          reports.csv: row 2 (line 3), column replies_count: "-1" stands there; expected a whole number from 0 to 200
          reports.csv: row 2 (line 3), column published_status: "done" stands there; expected completed, pending, partial or overdue
          reports.csv: row 3 (line 4), column sent_to: is missing: the row has only 4 cells
          reports.csv: row 3 (line 4), column replies_count: is missing: the row has only 4 cells
          reports.csv: row 3 (line 4), column published_status: is missing: the row has only 4 cells
        "#);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let control = read(format!("{NAMES}a\u{1b}[2J,2025-02-03,X,Y,Z,1,pending\n").as_bytes(), "f").unwrap_err().to_string();
        assert!(control.contains(r#"column ref: "a\u{1b}[2J" holds the control character U+001B"#), "{control}");
        let mut bytes = format!("{NAMES}a,2025-02-03,").into_bytes();
        bytes.extend(b"\xff\xfe,Y,Z,1,pending\n");
        assert!(read(&bytes, "f").unwrap_err().to_string().contains("row 1 (line 2), column area"));
        assert!(read(b"", "f").unwrap_err().to_string().contains("first line, column ref: is missing"));
        assert!(read(NAMES.as_bytes(), "f").unwrap_err().to_string().contains("no row follows"));
    }

    #[test]
    fn a_byte_order_mark_and_another_order_of_columns_do_no_harm() {
        let text =
            "\u{feff}published_status,sent_to,ref,date_of_report,area,category,replies_count,note\noverdue,A | A,,2025-01-02,X,Y | Z,0,n\n";
        let reports = read(text.as_bytes(), "f").unwrap();
        assert_eq!(reports[0].addressees, ["A", "A"]);
        assert_eq!(reports[0].categories, ["Y", "Z"]);
        assert_eq!(reports[0].published, ExchangeState::Overdue);
    }
}
