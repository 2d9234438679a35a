//! A date as templates show it.

use super::language::Language;
use jiff::civil::Date;
use serde::Serialize;

/// A date in the language of the letter. It is of no zone: whoever makes it has settled whose day it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    /// `Thursday 26 February 2026`
    pub full: String,
    /// `26 February 2026`
    pub plain: String,
    /// `2026-02-26`
    pub iso: String,
}

impl Day {
    /// As `language` writes dates.
    pub fn new(day: Date, language: &Language) -> Day {
        Day { full: language.date_with_weekday(day), plain: language.date(day), iso: day.to_string() }
    }
}
