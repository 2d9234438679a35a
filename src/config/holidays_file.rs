//! Holidays from an iCalendar file (RFC 5545), as ministries and calendar programs publish them: all-day events, of several days or yearly.
//!
//! A reader of our own: what a holiday needs is DTSTART, DTEND or DURATION, yearly RRULE, EXDATE and RDATE. Considered instead: the crate
//! `icalendar`, which does not expand rules; and `rrule`, which expands every rule there is through a second library of time. Refuses rules it
//! does not know instead of leaving days out. Events with a time of day, cancelled ones, and other components are passed over.

use super::fault::Fault;
use crate::domain::calendar::plus_days;
use jiff::civil::{Date, Weekday, date};
use std::collections::BTreeMap;
use std::path::Path;

/// Yearly rules without an end are followed this far: a deadline lies within ten years, and no clock is asked here.
const FIRST_YEAR: i16 = 1990;
const LAST_YEAR: i16 = 2090;

const LARGEST_FILE: u64 = 4 << 20;
const MOST_EVENTS: usize = 10_000;
/// A summer recess may be long; an event of more days than a year is not a holiday.
const LONGEST_EVENT_DAYS: i64 = 366;

/// The days off in that file, with the events' names.
pub(super) fn read(path: &Path) -> Result<BTreeMap<Date, String>, Vec<Fault>> {
    let unreadable =
        |reason: String| vec![Fault::of_file(path, format!("the holidays cannot be read: {reason}"), "expected an iCalendar file")];
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if !metadata.is_file() || metadata.len() > LARGEST_FILE {
        return Err(unreadable(format!("it is no ordinary file of at most {} MB", LARGEST_FILE >> 20)));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    holidays(&String::from_utf8_lossy(&bytes)).map_err(|wrong| {
        wrong.into_iter().map(|wrong| Fault { line: Some(wrong.line), ..Fault::of_file(path, wrong.found, wrong.expected) }).collect()
    })
}

struct Wrong {
    line: usize,
    found: String,
    expected: &'static str,
}

/// One property of an event, unfolded.
struct Property {
    line: usize,
    name: String,
    value: String,
}

fn holidays(text: &str) -> Result<BTreeMap<Date, String>, Vec<Wrong>> {
    let mut days = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut event: Option<Vec<Property>> = None;
    let mut events = 0usize;
    // Components inside an event (alarms) have properties of the same names.
    let mut inner = 0usize;
    for property in properties(text) {
        let is_event = property.value.eq_ignore_ascii_case("VEVENT");
        match (property.name.as_str(), &mut event) {
            ("BEGIN", None) if is_event => event = Some(Vec::new()),
            ("BEGIN", Some(_)) => inner += 1,
            ("END", Some(_)) if inner > 0 => inner -= 1,
            ("END", Some(_)) => {
                events += 1;
                if events > MOST_EVENTS {
                    wrong.push(Wrong {
                        line: property.line,
                        found: format!("more than {MOST_EVENTS} events"),
                        expected: "this is no file of holidays",
                    });
                    break;
                }
                let read = event.take().map_or(Ok(Vec::new()), |properties| days_off(&properties));
                match read {
                    Ok(read) => days.extend(read),
                    Err(fault) => wrong.push(fault),
                }
            }
            (_, Some(properties)) if inner == 0 => properties.push(property),
            _ => {}
        }
    }
    if wrong.is_empty() { Ok(days) } else { Err(wrong) }
}

/// Unfolds lines (RFC 5545 §3.1) and leaves parameters out, which for dates say nothing that the value does not.
fn properties(text: &str) -> Vec<Property> {
    let mut unfolded: Vec<(usize, String)> = Vec::new();
    for (position, line) in text.lines().enumerate() {
        match (line.strip_prefix([' ', '\t']), unfolded.last_mut()) {
            (Some(rest), Some((_, before))) => before.push_str(rest),
            _ => unfolded.push((position + 1, line.trim_end().to_owned())),
        }
    }
    let property = |(line, text): (usize, String)| {
        // A colon inside a quoted parameter does not end the name (RFC 5545 §3.2).
        let mut quoted = false;
        let colon = text.char_indices().find_map(|(at, letter)| {
            quoted ^= letter == '"';
            (letter == ':' && !quoted).then_some(at)
        })?;
        let (head, value) = text.split_at(colon);
        let name = head.split(';').next().unwrap_or_default().to_ascii_uppercase();
        Some(Property { line, name, value: value.get(1..).unwrap_or_default().to_owned() })
    };
    unfolded.into_iter().filter_map(property).collect()
}

fn days_off(event: &[Property]) -> Result<Vec<(Date, String)>, Wrong> {
    let first = |name: &str| event.iter().find(|property| property.name == name);
    let all = |name: &str| -> Vec<Date> {
        let values = event.iter().filter(|property| property.name == name);
        values.flat_map(|property| property.value.split(',')).filter_map(day).collect()
    };
    let Some(start_property) = first("DTSTART") else { return Ok(Vec::new()) };
    if first("STATUS").is_some_and(|status| status.value.eq_ignore_ascii_case("CANCELLED")) || start_property.value.contains('T') {
        return Ok(Vec::new());
    }
    let expected_day = "expected a day as in 20261225";
    let not_a_day =
        |property: &Property| Wrong { line: property.line, found: format!("{:?} is no day", property.value), expected: expected_day };
    let start = day(&start_property.value).ok_or_else(|| not_a_day(start_property))?;
    // DTEND is the day after the last one (RFC 5545 §3.6.1).
    let length = match (first("DTEND"), first("DURATION")) {
        (Some(end), _) => {
            let end_day = day(&end.value).ok_or_else(|| not_a_day(end))?;
            start.until(end_day).map_or(1, |span| i64::from(span.get_days()))
        }
        (None, Some(duration)) => {
            duration.value.parse::<jiff::Span>().ok().map_or(1, |span| i64::from(span.get_weeks()) * 7 + i64::from(span.get_days()))
        }
        (None, None) => 1,
    };
    if length > LONGEST_EVENT_DAYS {
        return Err(Wrong { line: start_property.line, found: format!("an event of {length} days"), expected: "expected at most a year" });
    }
    let mut starts = match first("RRULE") {
        None => vec![start],
        Some(rule) => Rule::read(rule)?.starts(start),
    };
    starts.extend(all("RDATE"));
    let left_out = all("EXDATE");
    let title = first("SUMMARY").map_or("holiday", |summary| summary.value.as_str());
    let title = title.replace("\\,", ",").replace("\\;", ";").replace("\\n", " ").replace("\\\\", "\\");
    let title: String = title.chars().filter(|letter| !letter.is_control()).take(200).collect();
    let days = starts.into_iter().filter(|start| !left_out.contains(start));
    Ok(days.flat_map(|start| (0..length.max(1)).map(move |offset| plus_days(start, offset))).map(|day| (day, title.clone())).collect())
}

/// A DATE (RFC 5545 §3.3.4), or the date of a DATE-TIME.
fn day(value: &str) -> Option<Date> {
    let digits = value.trim().get(..8)?;
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<i16>().ok());
    let small = |part: Option<&str>| number(part).and_then(|number| i8::try_from(number).ok());
    Date::new(number(digits.get(..4))?, small(digits.get(4..6))?, small(digits.get(6..8))?).ok()
}

/// A yearly rule (RFC 5545 §3.3.10).
struct Rule {
    every_years: usize,
    count: Option<usize>,
    until: Option<Date>,
    months: Vec<i8>,
    month_days: Vec<i8>,
    /// Which of its month (1 the first, -1 the last, 0 every one), and the day of the week.
    week_days: Vec<(i8, Weekday)>,
}

impl Rule {
    fn read(property: &Property) -> Result<Rule, Wrong> {
        let unknown = |part: &str| Wrong {
            line: property.line,
            found: format!("the rule {:?} holds {part:?}", property.value),
            expected: "known are yearly rules with INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY and BYDAY; write these days out one by one",
        };
        let mut rule = Rule { every_years: 1, count: None, until: None, months: vec![], month_days: vec![], week_days: vec![] };
        for part in property.value.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| unknown(part))?;
            let numbers = || value.split(',').map(|number| number.parse::<i8>().ok()).collect::<Option<Vec<i8>>>();
            match name.to_ascii_uppercase().as_str() {
                "FREQ" if value.eq_ignore_ascii_case("YEARLY") => {}
                "INTERVAL" => {
                    rule.every_years = value.parse().ok().filter(|years| (1..=100).contains(years)).ok_or_else(|| unknown(part))?
                }
                "COUNT" => rule.count = Some(value.parse().map_err(|_| unknown(part))?),
                "UNTIL" => rule.until = Some(day(value).ok_or_else(|| unknown(part))?),
                "BYMONTH" => rule.months = numbers().ok_or_else(|| unknown(part))?,
                "BYMONTHDAY" => rule.month_days = numbers().ok_or_else(|| unknown(part))?,
                "BYDAY" => rule.week_days = value.split(',').map(week_day).collect::<Option<_>>().ok_or_else(|| unknown(part))?,
                // Where a week begins matters to weekly rules only.
                "WKST" => {}
                _ => return Err(unknown(part)),
            }
        }
        if !rule.week_days.is_empty() && rule.months.is_empty() {
            return Err(unknown("BYDAY without BYMONTH"));
        }
        Ok(rule)
    }

    fn starts(&self, start: Date) -> Vec<Date> {
        let last = self.until.unwrap_or(Date::MAX).min(date(LAST_YEAR, 12, 31));
        let years = (start.year()..=last.year()).step_by(self.every_years);
        let starts = years.flat_map(|year| self.days_of(year, start)).filter(|day| *day >= start && *day <= last);
        starts.take(self.count.unwrap_or(usize::MAX)).filter(|day| day.year() >= FIRST_YEAR).collect()
    }

    fn days_of(&self, year: i16, start: Date) -> Vec<Date> {
        let own_month = [start.month()];
        let months: &[i8] = if self.months.is_empty() { &own_month } else { &self.months };
        let firsts = months.iter().filter_map(|month| Date::new(year, *month, 1).ok());
        let days = firsts.flat_map(|first| (0..i64::from(first.days_in_month())).map(move |offset| plus_days(first, offset)));
        let mut days: Vec<Date> = days.filter(|day| self.fits(*day, start)).collect();
        days.sort();
        days
    }

    fn fits(&self, day: Date, start: Date) -> bool {
        if self.month_days.is_empty() && self.week_days.is_empty() {
            return day.day() == start.day();
        }
        let from_end = day.day() - day.days_in_month() - 1;
        let in_month = self.month_days.is_empty() || self.month_days.iter().any(|wanted| *wanted == day.day() || *wanted == from_end);
        let in_week = self.week_days.is_empty()
            || self.week_days.iter().any(|(which, wanted)| {
                *wanted == day.weekday() && (*which == 0 || *which == (day.day() - 1) / 7 + 1 || *which == (from_end + 1) / 7 - 1)
            });
        in_month && in_week
    }
}

/// `MO`, `1MO`, `-1MO`.
fn week_day(text: &str) -> Option<(i8, Weekday)> {
    let (which, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let which = if which.is_empty() { 0 } else { which.parse().ok().filter(|which| (-5..=5).contains(which) && *which != 0)? };
    let weekday = match name.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    Some((which, weekday))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(events: &str) -> Result<BTreeMap<Date, String>, String> {
        let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}\r\nEND:VCALENDAR\r\n", events.replace('\n', "\r\n"));
        holidays(&text).map_err(|wrong| wrong.iter().map(|wrong| format!("{}: {}", wrong.line, wrong.found)).collect::<Vec<_>>().join("; "))
    }

    #[test]
    fn a_recess_of_several_days_ends_before_its_end_date() {
        let days = read(
            "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nSUMMARY:Christmas\\, with\n  folded name\nEND:VEVENT",
        );
        let days = days.unwrap();
        assert_eq!(days.keys().copied().collect::<Vec<_>>(), [date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 26)]);
        assert_eq!(days[&date(2026, 12, 24)], "Christmas, with folded name");
    }

    #[test]
    fn a_yearly_holiday_comes_every_year_but_the_year_it_was_taken_back() {
        let days = read("BEGIN:VEVENT\nDTSTART;VALUE=DATE:19700501\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20260501\nEND:VEVENT").unwrap();
        assert!(days.contains_key(&date(2025, 5, 1)) && days.contains_key(&date(2090, 5, 1)));
        assert!(!days.contains_key(&date(2026, 5, 1)));
    }

    #[test]
    fn the_last_monday_of_may_is_found_each_year() {
        let days = read("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20200525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;COUNT=7\nEND:VEVENT").unwrap();
        assert_eq!(days.len(), 7);
        assert!(days.contains_key(&date(2026, 5, 25)));
        assert!(days.keys().all(|day| day.weekday() == Weekday::Monday && day.day() > 24));
    }

    #[test]
    fn a_monday_within_a_week_of_the_month_is_found() {
        let rule = "RRULE:FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=18,19,20,21,22,23,24;BYDAY=MO";
        let days = read(&format!("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20200518\n{rule}\nEND:VEVENT")).unwrap();
        assert!(days.contains_key(&date(2026, 5, 18)) && days.contains_key(&date(2027, 5, 24)));
    }

    #[test]
    fn a_leap_day_is_a_holiday_in_leap_years_only() {
        let days = read("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY;UNTIL=20321231\nEND:VEVENT").unwrap();
        assert_eq!(days.keys().copied().collect::<Vec<_>>(), [date(2024, 2, 29), date(2028, 2, 29), date(2032, 2, 29)]);
    }

    #[test]
    fn a_rule_that_is_not_known_is_refused_by_its_line_and_not_left_out() {
        let refused = read("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=MONTHLY\nEND:VEVENT").unwrap_err();
        assert_eq!(refused, r#"5: the rule "FREQ=MONTHLY" holds "FREQ=MONTHLY""#);
    }

    #[test]
    fn meetings_and_cancelled_days_are_no_holidays() {
        let days = read(
            "BEGIN:VEVENT\nDTSTART:20260501T090000Z\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260502\nSTATUS:CANCELLED\nEND:VEVENT\n\
             BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260503\nBEGIN:VALARM\nDURATION:P9D\nEND:VALARM\nEND:VEVENT",
        );
        assert_eq!(days.unwrap().keys().copied().collect::<Vec<_>>(), [date(2026, 5, 3)]);
    }

    proptest! {
        #[test]
        fn whatever_a_file_holds_is_survived(lines in proptest::collection::vec("(BEGIN:VEVENT|END:VEVENT|DTSTART:|DTEND:|RRULE:|DURATION:)?[ -~é]{0,30}", 0..40)) {
            let _ = holidays(&lines.join("\n"));
        }
    }
}
