//! Rows of a table of answers: a number or a reference, then cells, one of which states the position and nothing else.
//!
//! Columns are parted by tabs, bars, or two spaces at least, as spreadsheets, Markdown and converted HTML leave them. Our own text repeated in
//! a column is told by its place: what the row's position cell says is the answer, and the words beside it follow.

use super::heading::{self, Heading, Named};
use super::position;
use crate::mail::folding::fold;
use crate::mail::phrases::is_recommendation_word;

/// Words of a cell that states a position and nothing else.
const POSITION_WORDS: usize = 6;
/// Columns of a row that is looked at.
const COLUMNS: usize = 12;
/// Rows above the first that states a position.
const WAITING: usize = 300;

/// A table as far as it has been read.
#[derive(Debug, Default)]
pub(super) struct Table<'a> {
    /// The column of our recommendations, if the head names one.
    ours: Option<usize>,
    /// Where a row stated a position.
    position: Option<usize>,
    /// Rows above the first that did.
    waiting: Vec<(&'a str, Vec<&'a str>)>,
}

/// The cells of a line, none if it has only one.
fn cells(line: &str) -> Vec<&str> {
    let line = line.trim();
    let parted: Vec<&str> = if line.contains('|') {
        line.trim_matches('|').split('|').collect()
    } else if line.contains('\t') {
        line.split('\t').collect()
    } else {
        line.split("  ").filter(|cell| !cell.trim().is_empty()).collect()
    };
    let cells: Vec<&str> = parted.into_iter().take(COLUMNS).map(str::trim).collect();
    if cells.len() < 2 { Vec::new() } else { cells }
}

impl<'a> Table<'a> {
    /// Reads a line: the rows of answers that it completes, each with its position first, then the other cells but the one with our own text.
    /// A row that states none ("under review") is an answer beside others that do; a table in which none does may be of anything.
    pub(super) fn rows(&mut self, line: &'a str) -> Vec<Heading<'a>> {
        let cells = cells(line);
        let Some((first, others)) = cells.split_first() else {
            if !line.trim().is_empty() {
                *self = Table::default();
            }
            return Vec::new();
        };
        if name(first).is_none() {
            if let Some(ours) = others.iter().position(|cell| is_recommendation_word(&fold(cell)) == Some(true)) {
                *self = Table { ours: Some(ours), ..Table::default() };
            }
            return Vec::new();
        }
        let stated = others.iter().enumerate().position(|(at, cell)| Some(at) != self.ours && states_a_position(cell));
        self.position = stated.or(self.position);
        if self.waiting.len() < WAITING {
            self.waiting.push((line, cells));
        }
        let Some(position) = self.position else { return Vec::new() };
        std::mem::take(&mut self.waiting).into_iter().filter_map(|(line, cells)| self.answer(line, &cells, position)).collect()
    }

    fn answer(&self, line: &'a str, cells: &[&str], position: usize) -> Option<Heading<'a>> {
        let (first, others) = cells.split_first()?;
        let (mut named, references) = name(first)?;
        if self.ours.is_some() {
            named = Named::InWords;
        }
        let stated = others.get(position).filter(|cell| !cell.is_empty())?;
        let beside = others.iter().enumerate().filter(|(at, cell)| *at != position && Some(*at) != self.ours && !cell.is_empty());
        let text = std::iter::once(*stated).chain(beside.map(|(_, cell)| *cell)).collect::<Vec<_>>().join("; ");
        Some(Heading { named, references, text: text.into(), line })
    }
}

/// "1", "1.", "R1", "Rec. 1", "NPM-2026-0147-K" and nothing else.
fn name(cell: &str) -> Option<(Named, Vec<String>)> {
    let number = cell.trim_matches(['*', '.', ')', '(', ' ']);
    if (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()) {
        let number = number.trim_start_matches('0');
        return (!number.is_empty()).then(|| (Named::ByNumberAlone, vec![number.to_owned()]));
    }
    let heading = heading::at(cell)?;
    heading.text.is_empty().then_some((heading.named, heading.references))
}

fn states_a_position(cell: &str) -> bool {
    cell.split_whitespace().count() <= POSITION_WORDS && position::is_stated_at_once(cell)
}

/// "1 Accepted", "2 - rejected": a number and a position with a space or a dash between.
pub(super) fn bare_row(line: &str) -> Option<Heading<'_>> {
    let (number, text) = line.trim().split_once(' ')?;
    if !(1..=2).contains(&number.len()) || !number.bytes().all(|byte| byte.is_ascii_digit()) || number.starts_with('0') {
        return None;
    }
    let text = text.trim_start_matches(['-', '–', '—', ' ']);
    position::is_stated_at_once(text).then(|| Heading {
        named: Named::ByNumberAlone,
        references: vec![number.to_owned()],
        text: text.trim().into(),
        line,
    })
}
