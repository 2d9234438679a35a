//! At which moments digests fall due: daily on the office's working days, weekly on a day of the week, at one hour of its clock.

use super::calendar::Calendar;
use super::rules::day_in;
use super::telling::Period;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

/// Farther back than the longest run of days off.
const DAYS_BACK: i64 = 14;

/// Until then nothing can have changed that would be told at another moment than the daemon expects.
const AT_THE_LATEST: SignedDuration = SignedDuration::from_hours(24);

/// When the office wants its digests.
#[derive(Debug, Clone, Copy)]
pub struct DigestHours<'a> {
    /// On the office's clock. Where the clocks are put forward over it, as much later; where it comes twice, the first.
    pub daily_at: Time,
    pub weekly_on: Weekday,
    /// None counts every day as a working day.
    pub calendar: Option<&'a Calendar>,
    /// The office's.
    pub zone: &'a TimeZone,
}

impl DigestHours<'_> {
    /// The latest moment up to `now` at which a digest of that period fell due.
    pub fn latest(&self, period: Period, now: Timestamp) -> Option<Timestamp> {
        let days = (0..DAYS_BACK).map(|back| day_in(now, self.zone).saturating_sub(Span::new().days(back)));
        days.filter(|day| self.is_on(period, *day)).filter_map(|day| self.hour_of(day)).find(|due| *due <= now)
    }

    /// The first moment after `now` at which any digest falls due; or a day later, for one that is farther away.
    pub fn next(&self, now: Timestamp) -> Timestamp {
        let at_the_latest = now.saturating_add(AT_THE_LATEST).unwrap_or(now);
        let days = (0..2).map(|ahead| day_in(now, self.zone).saturating_add(Span::new().days(ahead)));
        let mut hours = days.filter(|day| Period::ALL.iter().any(|period| self.is_on(*period, *day))).filter_map(|day| self.hour_of(day));
        hours.find(|due| *due > now).map_or(at_the_latest, |due| due.min(at_the_latest))
    }

    fn is_on(&self, period: Period, day: Date) -> bool {
        match period {
            Period::Daily => self.calendar.is_none_or(|calendar| calendar.is_working_day(day)),
            Period::Weekly => day.weekday() == self.weekly_on,
        }
    }

    fn hour_of(&self, day: Date) -> Option<Timestamp> {
        day.to_datetime(self.daily_at).to_zoned_datetime(self.zone.clone()).ok().map(|zoned| zoned.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    fn with_hours<T>(hour: i8, said: impl Fn(DigestHours<'_>) -> T) -> T {
        let (zone, calendar) = (TimeZone::get("Europe/Prague").unwrap(), Calendar::plain("office"));
        said(DigestHours { daily_at: time(hour, 30, 0, 0), weekly_on: Weekday::Sunday, calendar: Some(&calendar), zone: &zone })
    }

    #[test]
    fn a_digest_falls_due_at_its_hour_in_the_office_s_zone_on_the_days_that_change_the_clocks_too() {
        for (period, hour, now, expected) in [
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
            let latest = with_hours(hour, |hours| hours.latest(period, now.parse().unwrap()));
            assert_eq!(latest.unwrap().to_string(), expected, "{now}");
        }
    }

    #[test]
    fn the_next_digest_is_the_first_one_whose_latest_moment_is_still_to_come_and_no_farther_than_a_day() {
        for (hour, now, expected) in [
            (8, "2026-03-27T07:29:59Z", "2026-03-27T07:30:00Z"),
            // None on Saturday; on Sunday the weekly one.
            (8, "2026-03-27T07:30:00Z", "2026-03-28T07:30:00Z"),
            (8, "2026-03-28T07:30:00Z", "2026-03-29T06:30:00Z"),
            (8, "2026-03-29T06:30:00Z", "2026-03-30T06:30:00Z"),
            (2, "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"),
            (2, "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
        ] {
            assert_eq!(with_hours(hour, |hours| hours.next(now.parse().unwrap())).to_string(), expected, "{now}");
        }
        // Whoever rests until then misses none, hour by hour for three weeks around the change of the clocks.
        for hour in (0..24 * 21).map(|hour| "2026-03-16T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour)) {
            with_hours(2, |hours| {
                let next = hours.next(hour);
                let just_before = next - SignedDuration::from_secs(1);
                for period in Period::ALL {
                    assert_eq!(hours.latest(period, hour), hours.latest(period, just_before), "{hour} {next}");
                }
            });
        }
    }
}
