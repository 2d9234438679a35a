//! `[calendars]`: the days that do not count, written here or read from an iCalendar file.

use super::fault::Fault;
use super::holidays_file;
use super::reader::{Found, Section, nearest};
use crate::domain::calendar::{Calendar, weekday_name};
use jiff::civil::{Date, Weekday};
use std::collections::BTreeMap;
use std::path::Path;

const WEEKEND: &str = "expected names of days, as in [\"saturday\", \"sunday\"]";
const HOLIDAYS: &str = "expected days as in [\"2026-12-25\"], or with their names: { 2026-12-25 = \"Christmas Day\" }";

/// A country has some tens of holidays a year; a file with more days than this is not one of holidays.
const MOST_HOLIDAYS: usize = 20_000;

pub(super) fn read(section: Section<'_>, root: &Path) -> BTreeMap<String, Calendar> {
    section.named().into_iter().map(|(name, written)| (name.clone(), one(written, name, root))).collect()
}

fn one(section: Section<'_>, name: String, root: &Path) -> Calendar {
    let mut calendar = Calendar::plain(&name);
    if let Some(days) = section.texts("weekend", WEEKEND) {
        calendar.weekend = weekend(&section, days);
    }
    if let Some(file) = section.text("holidays_file", "expected the path of an iCalendar file (.ics)") {
        let path = root.join(&file.value);
        match holidays_file::read(&path) {
            Ok(holidays) => calendar.holidays.extend(holidays),
            Err(faults) => faults.into_iter().for_each(|fault| section.document().fault_elsewhere(fault)),
        }
        if calendar.holidays.is_empty() {
            let fault = Fault::of_file(&path, "no holiday was found in this file", "expected all-day events (DTSTART;VALUE=DATE:20261225)");
            section.document().fault_elsewhere(fault);
        }
    }
    for (day, title) in holidays(&section) {
        if let Some(day) = civil_day(&section, &day) {
            calendar.holidays.insert(day, title);
        }
    }
    if calendar.holidays.len() > MOST_HOLIDAYS {
        section.document().fault(
            section.span(),
            format!("{} holidays", calendar.holidays.len()),
            format!("expected at most {MOST_HOLIDAYS}"),
        );
    }
    section.finish();
    calendar
}

fn weekend(section: &Section<'_>, written: Vec<Found<String>>) -> Vec<String> {
    let names: Vec<&str> = Weekday::Monday.cycle_forward().take(7).map(weekday_name).collect();
    let mut weekend: Vec<String> = Vec::new();
    for day in written {
        let name = day.value.to_lowercase();
        if !names.contains(&name.as_str()) {
            let meant = nearest(&name, names.iter().copied()).map_or(WEEKEND.to_owned(), |meant| format!("did you mean {meant:?}?"));
            section.document().fault(day.span, format!("{:?} is no day of the week", day.value), meant);
        } else if !weekend.contains(&name) {
            weekend.push(name);
        }
    }
    if weekend.len() == 7 {
        section.fault("weekend", "leaves no working day", WEEKEND);
    }
    weekend
}

fn holidays(section: &Section<'_>) -> Vec<(Found<String>, String)> {
    if section.is_table("holidays") {
        return section.section("holidays").pairs(HOLIDAYS).into_iter().map(|(day, title)| (day, title.value)).collect();
    }
    section.texts("holidays", HOLIDAYS).unwrap_or_default().into_iter().map(|day| (day, "holiday".to_owned())).collect()
}

fn civil_day(section: &Section<'_>, written: &Found<String>) -> Option<Date> {
    let day = written.value.parse::<Date>().ok().filter(|_| written.value.len() == "2026-12-25".len());
    if day.is_none() {
        section.document().fault(written.span.clone(), format!("{:?} is no day", written.value), HOLIDAYS);
    }
    day
}
