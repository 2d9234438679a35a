//! A table's cells by the names of their columns, with every fault collected: file, row, column, value, and what was expected.

use crate::config::nearest;
use crate::tables::Table;
use jiff::civil::Date;
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

/// Faults beyond this many are counted only: such a file has one cause.
const MOST_FAULTS: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CellFault {
    pub file: String,
    /// As a person counts in a spreadsheet; the header is row 1.
    pub row: Option<usize>,
    pub column: Option<String>,
    pub value: Option<String>,
    pub expected: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellFaults(pub Vec<CellFault>);

impl fmt::Display for CellFaults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in self.0.iter().take(MOST_FAULTS) {
            write!(out, "\n  {}", fault.file)?;
            if let Some(row) = fault.row {
                write!(out, ", row {row}")?;
            }
            if let Some(column) = &fault.column {
                write!(out, ", column {column}")?;
            }
            if let Some(value) = &fault.value {
                write!(out, ": {:?}", value.chars().take(80).collect::<String>())?;
            }
            write!(out, ": {}", fault.expected)?;
        }
        match self.0.len().saturating_sub(MOST_FAULTS) {
            0 => Ok(()),
            more => write!(out, "\n  and {more} more"),
        }
    }
}

impl std::error::Error for CellFaults {}

/// A table whose headers were compared with the columns it may have.
pub struct Sheet<'a> {
    table: &'a Table,
    places: BTreeMap<&'static str, usize>,
    faults: RefCell<Vec<CellFault>>,
}

/// One row of it.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    sheet: &'a Sheet<'a>,
    number: usize,
    cells: &'a [String],
}

impl<'a> Sheet<'a> {
    /// Unknown and missing columns are faults. Headers are read without regard to case; blanks count as underscores.
    pub fn new(table: &'a Table, needed: &[&'static str], optional: &[&'static str]) -> Sheet<'a> {
        let mut sheet = Sheet { table, places: BTreeMap::new(), faults: RefCell::default() };
        let known = || needed.iter().chain(optional).copied();
        for (place, header) in table.headers.iter().enumerate() {
            let name = header.to_lowercase().replace([' ', '-'], "_");
            match known().find(|column| *column == name) {
                Some(column) => {
                    sheet.places.insert(column, place);
                }
                None => {
                    let meant = nearest(&name, known()).map_or_else(
                        || format!("columns are {}", known().collect::<Vec<_>>().join(", ")),
                        |column| format!("did you mean {column:?}?"),
                    );
                    sheet.fault(Some(1), Some(header), None, format!("is no column; {meant}"));
                }
            }
        }
        for column in needed {
            if !sheet.places.contains_key(column) {
                sheet.fault(Some(1), Some(column), None, "this column is missing".to_owned());
            }
        }
        sheet
    }

    pub fn lines(&'a self) -> impl Iterator<Item = Line<'a>> {
        self.table.rows.iter().map(|row| Line { sheet: self, number: row.number, cells: &row.cells })
    }

    pub fn has(&self, column: &str) -> bool {
        self.places.contains_key(column)
    }

    /// Tells a fault of the file as a whole.
    pub fn fault_as_a_whole(&self, expected: &str) {
        self.fault(None, None, None, expected.to_owned());
    }

    /// Every fault, in the order of the rows.
    pub fn faults(self) -> Vec<CellFault> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| fault.row);
        faults
    }

    fn fault(&self, row: Option<usize>, column: Option<&str>, value: Option<&str>, expected: String) {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        self.faults.borrow_mut().push(CellFault {
            file: self.table.file.clone(),
            row,
            column: owned(column),
            value: owned(value),
            expected,
        });
    }
}

impl Line<'_> {
    /// The row's number, as a person counts.
    pub fn number(&self) -> usize {
        self.number
    }

    pub fn fault(&self, column: &str, value: &str, expected: impl Into<String>) {
        self.sheet.fault(Some(self.number), Some(column), Some(value), expected.into());
    }

    /// The cell's text; none if it is empty or there is no such column. A text may have lines of its own, and no other control characters.
    pub fn text(&self, column: &str) -> Option<String> {
        let place = *self.sheet.places.get(column)?;
        let text = self.cells.get(place).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())?;
        if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) {
            self.fault(column, text, "expected text without control characters");
            return None;
        }
        Some(text.to_owned())
    }

    pub fn needed(&self, column: &str, expected: &str) -> Option<String> {
        let text = self.text(column);
        if text.is_none() && self.sheet.places.contains_key(column) {
            self.fault(column, "", expected);
        }
        text
    }

    /// Parts between `|`.
    pub fn list(&self, column: &str) -> Vec<String> {
        let text = self.text(column).unwrap_or_default();
        text.split('|').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    pub fn read<T>(&self, column: &str, expected: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.text(column)?;
        let value = read(&text);
        if value.is_none() {
            self.fault(column, &text, expected);
        }
        value
    }

    pub fn day(&self, column: &str) -> Option<Date> {
        self.read(column, "expected a day as in 2026-04-30", |text| (text.len() == 10).then(|| text.parse().ok()).flatten())
    }

    pub fn needed_day(&self, column: &str) -> Option<Date> {
        self.needed(column, "expected a day as in 2026-04-30")?;
        self.day(column)
    }

    pub fn address(&self, column: &str) -> Option<String> {
        self.read(column, "expected a mail address", |text| text.parse::<lettre::Address>().ok().map(|address| address.to_string()))
    }
}
