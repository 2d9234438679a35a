//! What is wrong with a configuration, where, and what was expected: all of it at once (promise 10).

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One fault. Line and column count from 1, columns in characters; `None` where the fault is the file's as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Fault {
    pub file: PathBuf,
    pub line: Option<usize>,
    pub column: Option<usize>,
    /// What was found.
    pub found: String,
    /// What was expected, or what to do.
    pub expected: String,
}

/// Every fault of a configuration, in the order of the file; never empty when it is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Fault {
    pub fn of_file(file: &Path, found: impl Into<String>, expected: impl Into<String>) -> Fault {
        Fault { file: file.to_owned(), line: None, column: None, found: found.into(), expected: expected.into() }
    }

    pub(super) fn at(file: &Path, text: &str, span: Range<usize>, found: impl Into<String>, expected: impl Into<String>) -> Fault {
        let (line, column) = line_and_column(text, span.start);
        Fault { file: file.to_owned(), line: Some(line), column: Some(column), found: found.into(), expected: expected.into() }
    }
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before.get(line_start..).unwrap_or_default().chars().count() + 1)
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(out, ":{line}")?;
        }
        if let Some(column) = self.column {
            write!(out, ":{column}")?;
        }
        write!(out, ": {}; {}", self.found, self.expected)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, fault) in self.0.iter().enumerate() {
            let line_end = if position + 1 < self.0.len() { "\n" } else { "" };
            write!(out, "{fault}{line_end}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}
impl std::error::Error for Faults {}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Faults {
        Faults(vec![fault])
    }
}
