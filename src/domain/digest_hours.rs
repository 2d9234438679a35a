//! When digests fall due: at an hour in the office's zone, the daily one on working days of its calendar, the weekly one on its day of the week.

use super::calendar::Calendar;
use super::rules::day_in;
use super::telling::Period;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A digest that is dated further ahead than this was written while the clock was wrong.
const OF_A_WRONG_CLOCK: SignedDuration = SignedDuration::from_hours(24);

/// Days looked through for an hour of a digest: each day of the week is among them, and a working day unless the office is closed for longer. Then no
/// daily digest falls due before the first working day.
const DAYS_LOOKED_THROUGH: i64 = 14;

/// At which hours digests fall due.
#[derive(Debug, Clone, Copy)]
pub struct DigestHours<'a> {
    /// In `zone`.
    pub daily_at: Time,
    /// The day of the weekly digest, at the same hour.
    pub weekly_on: Weekday,
    /// The office's; where there is none, every day is a working day.
    pub calendar: Option<&'a Calendar>,
    /// The office's.
    pub zone: &'a TimeZone,
}

impl DigestHours<'_> {
    /// Whether a digest falls due at `now`: one of its hours has come since the last one, which was written at `last`. The date of one that is of a
    /// wrong clock does not say when it left.
    pub fn is_due(&self, period: Period, last: Timestamp, now: Timestamp) -> bool {
        let latest = (0..DAYS_LOOKED_THROUGH).filter_map(|back| self.hour_on(period, self.day(now, -back))).find(|hour| *hour <= now);
        latest.is_some_and(|hour| last < hour || last.duration_since(now) > OF_A_WRONG_CLOCK)
    }

    /// The next moment after `now` at which a digest of any period falls due; a day later where none does within two weeks.
    pub fn next(&self, now: Timestamp) -> Timestamp {
        let of =
            |period| (0..DAYS_LOOKED_THROUGH).filter_map(move |ahead| self.hour_on(period, self.day(now, ahead))).find(|hour| *hour > now);
        let next = Period::ALL.into_iter().filter_map(of).min();
        next.unwrap_or_else(|| now.saturating_add(SignedDuration::from_hours(24)).unwrap_or(now))
    }

    fn day(&self, now: Timestamp, ahead: i64) -> Date {
        day_in(now, self.zone).saturating_add(jiff::Span::new().days(ahead))
    }

    /// The moment of that day at which a digest falls due, if it is one of its days. An hour that a change of the clocks leaves out comes as much
    /// later as they are put forward; one that comes twice counts for the first time.
    fn hour_on(&self, period: Period, day: Date) -> Option<Timestamp> {
        let is_its_day = match period {
            Period::Daily => self.calendar.is_none_or(|calendar| calendar.is_working_day(day)),
            Period::Weekly => day.weekday() == self.weekly_on,
        };
        let hour = is_its_day.then(|| day.to_datetime(self.daily_at).to_zoned_datetime(self.zone.clone()));
        hour.and_then(Result::ok).map(|hour| hour.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Weekly on Sundays, in Prague.
    fn decided<T>(hour: i8, decide: impl Fn(&DigestHours<'_>) -> T) -> T {
        let (zone, calendar) = (TimeZone::get("Europe/Prague").unwrap(), Calendar::plain("office"));
        decide(&DigestHours { daily_at: time(hour, 30, 0, 0), weekly_on: Weekday::Sunday, calendar: Some(&calendar), zone: &zone })
    }

    #[test]
    fn a_digest_is_due_once_for_each_of_its_hours_and_a_wrong_clock_does_not_put_it_off_for_a_year() {
        for (last, now, due) in [
            ("2026-11-20T07:30:00Z", "2026-11-23T07:29:59Z", false),
            ("2026-11-20T07:30:00Z", "2026-11-23T07:30:00Z", true),
            ("2026-11-23T07:30:00Z", "2026-11-23T08:00:00Z", false),
            // Set back by an hour: the digest of this day has left.
            ("2026-11-23T08:00:00Z", "2026-11-23T07:05:00Z", false),
            // Dated while the clock was a year ahead.
            ("2027-11-23T08:30:00Z", "2026-11-23T09:00:00Z", true),
        ] {
            assert_eq!(decided(8, |hours| hours.is_due(Period::Daily, at(last), at(now))), due, "{last} {now}");
        }
    }

    #[test]
    fn a_digest_falls_due_at_its_hour_in_the_office_s_zone_on_the_days_that_change_the_clocks_too() {
        for (period, hour, now, latest) in [
            // Friday; on Monday before the hour it is still Friday's.
            (Period::Daily, 8, "2026-03-27T07:30:00Z", "2026-03-27T07:30:00Z"),
            (Period::Daily, 8, "2026-03-30T06:29:59Z", "2026-03-27T07:30:00Z"),
            (Period::Daily, 8, "2026-03-30T06:30:00Z", "2026-03-30T06:30:00Z"),
            // On 29 March 02:30 does not exist; on 25 October it comes twice.
            (Period::Weekly, 2, "2026-03-29T01:29:59Z", "2026-03-22T01:30:00Z"),
            (Period::Weekly, 2, "2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z"),
            (Period::Weekly, 2, "2026-10-25T00:29:59Z", "2026-10-18T00:30:00Z"),
            (Period::Weekly, 2, "2026-10-25T01:30:00Z", "2026-10-25T00:30:00Z"),
        ] {
            let is_due = |last: Timestamp| decided(hour, |hours| hours.is_due(period, last, at(now)));
            assert!(is_due(at(latest) - SignedDuration::from_secs(1)) && !is_due(at(latest)), "{now}");
        }
    }

    #[test]
    fn the_daemon_wakes_for_the_next_hour_at_which_a_digest_is_due() {
        for (hour, now, next) in [
            (8, "2026-11-23T07:29:59Z", "2026-11-23T07:30:00Z"),
            (8, "2026-11-23T07:30:00Z", "2026-11-24T07:30:00Z"),
            // No daily one on a Saturday; Sunday is the day of the weekly one.
            (8, "2026-11-20T08:00:00Z", "2026-11-22T07:30:00Z"),
            (2, "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"),
            (2, "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"),
            // The second 02:30 of that night is no hour of a digest.
            (2, "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
        ] {
            let found = decided(hour, |hours| hours.next(at(now)));
            assert_eq!(found, at(next), "{now}");
            let becomes_due = Period::ALL.into_iter().any(|period| decided(hour, |hours| hours.is_due(period, at(now), found)));
            assert!(becomes_due, "{now}: nothing is due at {found}");
        }
    }

    #[test]
    fn where_no_day_is_a_working_day_only_the_weekly_one_falls_due() {
        let (zone, mut calendar) = (TimeZone::UTC, Calendar::plain("office"));
        calendar.weekend = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].map(String::from).to_vec();
        let hours = DigestHours { daily_at: time(8, 0, 0, 0), weekly_on: Weekday::Monday, calendar: Some(&calendar), zone: &zone };
        assert_eq!(hours.next(at("2026-11-23T09:00:00Z")), at("2026-11-30T08:00:00Z"));
        assert!(!hours.is_due(Period::Daily, at("2026-01-01T09:00:00Z"), at("2026-11-23T09:00:00Z")));
    }
}
