//! Days that count: weekends, holidays, terms, and how a deadline is computed (promise 9).
//!
//! A deadline is a civil date on the authority's calendar. The rules are those of Regulation (EEC, Euratom) 1182/71 art. 3 as most offices
//! apply them: the day of the start event is not counted, the last day is, and a term of months ends on the same day of the month or its last.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which days are not working days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    pub name: String,
    /// Days of the week off, by their English names in lower case.
    pub weekend: Vec<String>,
    pub holidays: BTreeMap<Date, String>,
}

/// More days off in a row than any calendar has: the bound of every search for a working day.
const LONGEST_SEARCH_DAYS: u32 = 400;

impl Calendar {
    /// Saturday and Sunday, no holidays.
    pub fn plain(name: &str) -> Calendar {
        Calendar { name: name.into(), weekend: vec!["saturday".into(), "sunday".into()], holidays: BTreeMap::new() }
    }

    pub fn is_working_day(&self, day: Date) -> bool {
        !self.holidays.contains_key(&day) && !self.weekend.iter().any(|off| off == weekday_name(day.weekday()))
    }

    /// That day if it is a working day, else the next one.
    pub fn working_day_from(&self, day: Date) -> Date {
        let mut candidate = day;
        for _ in 0..LONGEST_SEARCH_DAYS {
            if self.is_working_day(candidate) {
                return candidate;
            }
            candidate = plus_days(candidate, 1);
        }
        day
    }
}

pub fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

/// Saturates at the ends of the calendar (year 9999) instead of failing.
pub fn plus_days(day: Date, days: i64) -> Date {
    day.saturating_add(Span::new().try_days(days).unwrap_or_default())
}

/// Calendar days from `from` to `to`; negative if `to` is earlier.
pub fn days_between(from: Date, to: Date) -> i64 {
    i64::from(from.until(to).map(|span| span.get_days()).unwrap_or(0))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Calendar days.
    Days,
    WorkingDays,
    Weeks,
    Months,
}

impl Unit {
    pub fn name(self) -> &'static str {
        match self {
            Unit::Days => "days",
            Unit::WorkingDays => "working days",
            Unit::Weeks => "weeks",
            Unit::Months => "months",
        }
    }
}

/// How long an authority has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    pub length: u32,
    pub unit: Unit,
    /// A last day that is not a working day moves to the next one.
    pub end_on_working_day: bool,
}

impl std::fmt::Display for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.length, self.unit.name())
    }
}

impl Term {
    /// The last day of the term that starts with an event on `start`, before any move off holidays.
    pub fn end(&self, start: Date, calendar: &Calendar) -> Date {
        let length = i64::from(self.length);
        match self.unit {
            Unit::Days => plus_days(start, length),
            Unit::Weeks => plus_days(start, length.saturating_mul(7)),
            Unit::Months => start.saturating_add(Span::new().try_months(length).unwrap_or(1.month())),
            Unit::WorkingDays => {
                let mut day = start;
                for _ in 0..self.length {
                    day = calendar.working_day_from(plus_days(day, 1));
                }
                day
            }
        }
    }
}

/// What starts the term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartEvent {
    /// The day on which the mail system accepted the first letter.
    Sending,
    /// The day the recommendation was made.
    Report,
}

impl StartEvent {
    pub fn name(self) -> &'static str {
        match self {
            StartEvent::Sending => "sending",
            StartEvent::Report => "report",
        }
    }
}

/// The clock stopped while the office owed the authority something. `until` is the day it ran again; open while there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    pub from: Date,
    pub until: Option<Date>,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    pub until: Date,
    pub reason: String,
    pub by: String,
    pub granted_on: Date,
}

/// Everything a deadline is computed from, as it stands in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineBasis {
    pub start: Date,
    pub start_event: StartEvent,
    pub term: Term,
    /// The date that the letter itself names: the authority may rely on it, so the deadline is never earlier.
    pub stated: Option<Date>,
    pub pauses: Vec<Pause>,
    /// In the order they were granted; the last one counts.
    pub extensions: Vec<Extension>,
}

/// A deadline and how it came about, a line per step, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Computation {
    pub deadline: Date,
    /// An open pause: nothing falls due until it ends.
    pub paused: bool,
    pub lines: Vec<String>,
}

/// Computes a deadline. Pauses lengthen the term by the calendar days they lasted; an extension names a date of its own, to which only later
/// pauses add.
pub fn compute(basis: &DeadlineBasis, calendar: &Calendar) -> Computation {
    let mut lines = vec![format!("{} on {}", basis.start_event.name(), basis.start)];
    let mut deadline = basis.term.end(basis.start, calendar);
    lines.push(format!("+ {} = {deadline}", basis.term));
    lines.extend(holidays_left_out(basis, calendar, deadline));
    deadline = off_holiday(basis, calendar, deadline, &mut lines);
    if let Some(stated) = basis.stated.filter(|stated| *stated > deadline) {
        lines.push(format!("the letter names {stated}, and the later date counts"));
        deadline = stated;
    }
    if let Some(extension) = basis.extensions.last() {
        lines.push(format!("extended on {} to {} by {}: {}", extension.granted_on, extension.until, extension.by, extension.reason));
        deadline = extension.until;
    }
    let extended_on = basis.extensions.last().map(|extension| extension.granted_on);
    let mut paused = false;
    for pause in &basis.pauses {
        let Some(until) = pause.until else {
            paused = true;
            lines.push(format!("paused since {}: {}", pause.from, pause.reason));
            continue;
        };
        // Whoever grants an extension during a pause knows of the days that have passed.
        let from = extended_on.map_or(pause.from, |granted| pause.from.max(granted));
        let lasted = days_between(from, until);
        if from > pause.from {
            lines.push(format!("paused from {} on, which the extension of {from} already counts", pause.from));
        }
        if lasted > 0 {
            deadline = plus_days(deadline, lasted);
            lines.push(format!("paused {from} to {until}: + {lasted} days = {deadline} ({})", pause.reason));
            deadline = off_holiday(basis, calendar, deadline, &mut lines);
        }
    }
    lines.push(format!("deadline {deadline}; overdue from {}", plus_days(deadline, 1)));
    Computation { deadline, paused, lines }
}

/// The holidays that a term of working days left out; weekends go without saying.
fn holidays_left_out(basis: &DeadlineBasis, calendar: &Calendar, end: Date) -> Option<String> {
    if basis.term.unit != Unit::WorkingDays || end < basis.start {
        return None;
    }
    let is_weekend = |day: Date| calendar.weekend.iter().any(|off| off == weekday_name(day.weekday()));
    let left_out: Vec<String> = calendar
        .holidays
        .range(basis.start..=end)
        .filter(|(day, _)| **day != basis.start && !is_weekend(**day))
        .map(|(day, name)| format!("{day} ({name})"))
        .collect();
    (!left_out.is_empty()).then(|| format!("not counted: {}", left_out.join(", ")))
}

fn off_holiday(basis: &DeadlineBasis, calendar: &Calendar, day: Date, lines: &mut Vec<String>) -> Date {
    if !basis.term.end_on_working_day || calendar.is_working_day(day) {
        return day;
    }
    let moved = calendar.working_day_from(day);
    let why = calendar.holidays.get(&day).map_or(weekday_name(day.weekday()), String::as_str);
    lines.push(format!("{day} is not a working day ({why}), so {moved}"));
    moved
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn basis(start: Date, length: u32, unit: Unit) -> DeadlineBasis {
        DeadlineBasis {
            start,
            start_event: StartEvent::Report,
            term: Term { length, unit, end_on_working_day: false },
            stated: None,
            pauses: vec![],
            extensions: vec![],
        }
    }

    fn prague() -> Calendar {
        let mut calendar = Calendar::plain("prague");
        calendar.holidays.insert(date(2026, 5, 1), "Labour Day".into());
        calendar.holidays.insert(date(2026, 5, 8), "Victory Day".into());
        calendar
    }

    #[test]
    fn fifty_six_days_from_the_report_end_on_the_fifty_sixth() {
        let computation = compute(&basis(date(2025, 6, 5), 56, Unit::Days), &Calendar::plain("none"));
        assert_eq!(computation.deadline, date(2025, 7, 31));
    }

    #[test]
    fn a_month_from_the_last_of_january_ends_with_february() {
        assert_eq!(compute(&basis(date(2026, 1, 31), 1, Unit::Months), &prague()).deadline, date(2026, 2, 28));
    }

    #[test]
    fn working_days_leave_out_weekends_and_holidays() {
        let computation = compute(&basis(date(2026, 4, 30), 5, Unit::WorkingDays), &prague());
        assert_eq!(computation.deadline, date(2026, 5, 11));
        assert_eq!(computation.lines[2], "not counted: 2026-05-01 (Labour Day), 2026-05-08 (Victory Day)");
    }

    #[test]
    fn a_deadline_on_a_holiday_moves_where_the_office_says_so_and_shows_it() {
        let mut basis = basis(date(2026, 4, 1), 30, Unit::Days);
        basis.term.end_on_working_day = true;
        let computation = compute(&basis, &prague());
        assert_eq!(computation.deadline, date(2026, 5, 4));
        insta::assert_snapshot!(computation.lines.join("\n"), @r"
        report on 2026-04-01
        + 30 days = 2026-05-01
        2026-05-01 is not a working day (Labour Day), so 2026-05-04
        deadline 2026-05-04; overdue from 2026-05-05
        ");
    }

    #[test]
    fn a_pause_lengthens_and_an_extension_replaces() {
        let mut basis = basis(date(2026, 1, 1), 30, Unit::Days);
        basis.pauses.push(Pause { from: date(2026, 1, 10), until: Some(date(2026, 1, 15)), reason: "we owed a clarification".into() });
        assert_eq!(compute(&basis, &prague()).deadline, date(2026, 2, 5));
        basis.extensions.push(Extension {
            until: date(2026, 3, 1),
            reason: "new minister".into(),
            by: "A. Novak".into(),
            granted_on: date(2026, 1, 20),
        });
        assert_eq!(compute(&basis, &prague()).deadline, date(2026, 3, 1));
        basis.pauses.push(Pause { from: date(2026, 2, 1), until: None, reason: "we owe a copy".into() });
        assert!(compute(&basis, &prague()).paused);
        basis.pauses[1].until = Some(date(2026, 2, 6));
        assert_eq!(compute(&basis, &prague()).deadline, date(2026, 3, 6), "a pause after the extension adds to it");
        basis.extensions.push(Extension { until: date(2026, 4, 1), granted_on: date(2026, 2, 4), ..basis.extensions[0].clone() });
        assert_eq!(compute(&basis, &prague()).deadline, date(2026, 4, 3), "of a pause under way only the days after it");
    }

    #[test]
    fn a_calendar_without_working_days_does_not_hang() {
        let mut calendar = Calendar::plain("closed");
        calendar.weekend = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].map(String::from).to_vec();
        assert_eq!(calendar.working_day_from(date(2026, 1, 1)), date(2026, 1, 1));
    }

    const UNITS: [Unit; 4] = [Unit::Days, Unit::WorkingDays, Unit::Weeks, Unit::Months];

    proptest! {
        #[test]
        fn a_deadline_never_lies_before_its_start(days in 0i64..8000, length in 0u32..1000, unit in 0usize..4) {
            let start = plus_days(date(2010, 1, 1), days);
            let mut basis = basis(start, length, UNITS[unit]);
            basis.term.end_on_working_day = true;
            let deadline = compute(&basis, &prague()).deadline;
            prop_assert!(deadline >= start);
            prop_assert!(prague().is_working_day(deadline));
        }

        #[test]
        fn a_longer_term_never_ends_earlier(length in 0u32..500, unit in 0usize..4) {
            let end = |length| compute(&basis(date(2026, 3, 3), length, UNITS[unit]), &prague()).deadline;
            prop_assert!(end(length) < end(length + 1));
        }
    }
}
