//! What lay in a mailbox and was not read: mails that could not be fetched, and mails that left before they were.
//!
//! A server that refuses one mail, or gives it out cut, mostly gives it out later. Until then the mailbox was not read to its end (promise 4), for
//! a bounded time; after that a person goes and looks. A mail that somebody or some rule moved away before it was read was never seen here at all:
//! only its number is missing.

use super::calendar::{Calendar, Term, Unit, plus_days};
use super::rules::{day_in, start_of_day};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How long a mail that cannot be fetched counts as unread: over a weekend, on which nobody restarts a server.
const LATEST: SignedDuration = SignedDuration::from_hours(3 * 24);
const SOONEST: SignedDuration = SignedDuration::from_mins(5);
/// A mail that a person was told of is asked for once a day: servers are mended late, too.
const AFTERWARDS: SignedDuration = SignedDuration::from_hours(24);

/// What follows from an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextAttempt {
    pub at: Timestamp,
    /// The mail does not count as unread any more: a person is told to go and look.
    pub is_for_a_person: bool,
}

/// Of a mail that could not be fetched at `now`, and for the first time at `since`: first after minutes, then whenever it has been missing for
/// twice as long, and once at the end of the time for which it counts as unread.
pub fn after_failure(since: Timestamp, now: Timestamp) -> NextAttempt {
    // A clock may have gone back.
    let age = now.duration_since(since).max(SignedDuration::ZERO);
    let (wait, is_for_a_person) = if age < LATEST { (age.max(SOONEST).min(LATEST - age), false) } else { (AFTERWARDS, true) };
    NextAttempt { at: now.saturating_add(wait).unwrap_or(now), is_for_a_person }
}

/// What a folder was found to hold, as numbers that the server gives to its mails in ascending order (UIDs).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    pub uid_validity: u32,
    /// Every number below this one was given to a mail by now.
    pub given_below: u32,
    /// Numbers that were given, behind all that was read before, and under which there is nothing: from, to and including.
    pub missing: Vec<(u32, u32)>,
}

impl Listing {
    /// From all numbers of `from..given_below` under which there is something, ascending.
    pub fn new(uid_validity: u32, from: u32, given_below: u32, there: impl IntoIterator<Item = u32>) -> Listing {
        let (mut next, mut missing) = (from, Vec::new());
        for uid in there {
            if next < uid {
                missing.push((next, uid - 1));
            }
            next = next.max(uid.saturating_add(1));
        }
        if next < given_below {
            missing.push((next, given_below - 1));
        }
        Listing { uid_validity, given_below: given_below.max(next), missing }
    }

    /// How many of the missing are at or behind `from`.
    pub fn missing_from(&self, from: u32) -> u64 {
        self.missing.iter().map(|&(first, last)| (u64::from(last) + 1).saturating_sub(u64::from(first.max(from)))).sum()
    }
}

/// After one rest, the next one begins at the earliest this much later, from beginning to beginning.
const BETWEEN_RESTS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// More numbers than people move in one go: the server has jumped.
const MOST_MOVED: u64 = 1_000;

/// What follows from mails that left unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VanishedOutcome {
    Nothing,
    /// Staff are told, and letters go on.
    Told,
    /// Letters rest until then, or until somebody has dealt with the notice of it.
    Rests {
        until: Timestamp,
    },
}

/// Of `how_many` mails that left a folder before they were read, found at `now`; the last rest over such mails in this folder began at
/// `last_rest`.
///
/// A missing number is no proof of a mail: servers burn numbers for drafts, for copies that failed, for meeting requests that they sort away
/// (Exchange), and whoever tidies a shared mailbox by hand makes new gaps every day. So letters rest after the first gap, which is enough for
/// somebody to go and look; where gaps come again and again they are told, and no letter rests. At worst letters rest on five working days of thirty.
pub fn what_follows_from_vanished(
    how_many: u64,
    last_rest: Option<Timestamp>,
    hold_days: u32,
    calendar: &Calendar,
    zone: &TimeZone,
    now: Timestamp,
) -> VanishedOutcome {
    let rested_lately = last_rest.is_some_and(|last| now.duration_since(last) < BETWEEN_RESTS);
    match how_many {
        0 => VanishedOutcome::Nothing,
        _ if rested_lately || how_many > MOST_MOVED => VanishedOutcome::Told,
        _ => {
            let term = Term { length: hold_days, unit: Unit::WorkingDays, end_on_working_day: true };
            let last_day = term.end(day_in(now, zone), calendar);
            VanishedOutcome::Rests { until: start_of_day(plus_days(last_day, 1), zone) }
        }
    }
}

/// Beside as many mails as left, this many are fetched from other folders: what somebody has put there meanwhile is not the one that is sought.
const BESIDE: u64 = 3;
/// Mails fetched from other folders in one search, whatever left.
const MOST_FETCHED: u64 = 50;
/// A search that breaks off is made again at each pass until this long after the mails were missed; then a person is told.
const SOUGHT_FOR: SignedDuration = SignedDuration::from_hours(1);

/// How many mails of other folders may be fetched to find as many as left a folder unread.
pub fn most_to_fetch(how_many: u64) -> usize {
    usize::try_from(how_many.saturating_add(BESIDE).min(MOST_FETCHED)).unwrap_or(0)
}

/// What follows from a search in the account's other folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchOutcome {
    /// As many were found as left: nothing is missing any more.
    Closed,
    /// Staff are told what is missing, and where it was looked for.
    Told,
    /// It could not be made to its end, and is made again.
    Again,
}

/// Of a search for `how_many` mails, first missed so long ago, that brought `found` that nobody had read.
pub fn what_follows_from_search(how_many: u64, found: u64, broke_off: bool, missed_for: SignedDuration) -> SearchOutcome {
    if found >= how_many {
        SearchOutcome::Closed
    } else if broke_off && missed_for < SOUGHT_FOR {
        SearchOutcome::Again
    } else {
        SearchOutcome::Told
    }
}

/// If a mailbox was never read to its end, mails that are missed can have come so long before that was noticed.
const AT_MOST_BEFORE: SignedDuration = SignedDuration::from_hours(24);
/// A busy shared mailbox may lose mails to its readers all day long; one note a day says so.
const BETWEEN_NOTES: SignedDuration = SignedDuration::from_hours(24);

/// After when mails can have come that left a mailbox unread: since it was last read to its end, if it ever was.
pub fn missed_since(read_at: Option<Timestamp>, noticed_at: Timestamp) -> Timestamp {
    read_at.unwrap_or_else(|| noticed_at.saturating_sub(AT_MOST_BEFORE).unwrap_or(noticed_at))
}

/// Whether mails that left unread and were not found are noted in the holding queue: where letters rest for them, until that note is dealt with; and
/// else once a day. `noted_at`: when mails last left this mailbox of which a note was made.
pub fn is_worth_a_note(letters_rest: bool, noted_at: Option<Timestamp>, now: Timestamp) -> bool {
    letters_rest || noted_at.is_none_or(|noted_at| now.duration_since(noted_at) >= BETWEEN_NOTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    #[test]
    fn a_mail_that_cannot_be_fetched_is_asked_for_less_and_less_often_and_then_shown_to_a_person() {
        let since = at("2026-11-02T09:00:00Z");
        let table = [
            ("2026-11-02T09:00:00Z", "2026-11-02T09:05:00Z", false),
            ("2026-11-02T09:05:00Z", "2026-11-02T09:10:00Z", false),
            ("2026-11-02T09:10:00Z", "2026-11-02T09:20:00Z", false),
            ("2026-11-03T09:00:00Z", "2026-11-04T09:00:00Z", false),
            ("2026-11-04T21:00:00Z", "2026-11-05T09:00:00Z", false),
            ("2026-11-05T08:59:59Z", "2026-11-05T09:00:00Z", false),
            ("2026-11-05T09:00:00Z", "2026-11-06T09:00:00Z", true),
            ("2026-12-24T09:00:00Z", "2026-12-25T09:00:00Z", true),
            ("2026-11-01T00:00:00Z", "2026-11-01T00:05:00Z", false),
        ];
        for (now, next, is_for_a_person) in table {
            assert_eq!(after_failure(since, at(now)), NextAttempt { at: at(next), is_for_a_person }, "{now}");
        }
    }

    #[test]
    fn numbers_that_are_missing_are_counted_from_where_nobody_has_looked_yet() {
        let listing = Listing::new(9, 7, 15, [9, 10, 14]);
        assert_eq!(listing.missing, [(7, 8), (11, 13)]);
        let counted: Vec<u64> = [1, 7, 8, 9, 12, 14, 99].iter().map(|from| listing.missing_from(*from)).collect();
        assert_eq!(counted, [5, 5, 4, 3, 2, 0, 0]);
        assert_eq!(Listing::new(9, 7, 7, []).missing, []);
        assert_eq!(Listing::new(9, 7, 3, [8]).missing, [(7, 7)], "a server may tell less than it lists");
        assert_eq!(Listing::new(9, u32::MAX, u32::MAX, [u32::MAX]), Listing { uid_validity: 9, given_below: u32::MAX, missing: vec![] });
    }

    #[test]
    fn a_gap_is_closed_by_as_many_as_left_and_what_is_missing_is_told() {
        let minutes = SignedDuration::from_mins;
        let table = [
            (1, 1, false, minutes(0), SearchOutcome::Closed),
            (1, 2, false, minutes(0), SearchOutcome::Closed),
            (2, 2, true, minutes(0), SearchOutcome::Closed),
            (2, 1, false, minutes(0), SearchOutcome::Told),
            (1, 0, true, minutes(59), SearchOutcome::Again),
            (1, 0, true, minutes(60), SearchOutcome::Told),
            (1, 0, true, minutes(-5), SearchOutcome::Again),
        ];
        for (how_many, found, broke_off, missed_for, expected) in table {
            assert_eq!(
                what_follows_from_search(how_many, found, broke_off, missed_for),
                expected,
                "{how_many} {found} {broke_off} {missed_for}"
            );
        }
        assert_eq!([0, 1, 40, 1_000, u64::MAX].map(most_to_fetch), [3, 4, 43, 50, 50]);
    }

    #[test]
    fn the_first_gap_rests_for_working_days_and_a_habit_is_told() {
        let (calendar, zone) = (Calendar::plain("office"), TimeZone::get("Europe/Prague").unwrap());
        // A Thursday.
        let now = at("2026-11-05T12:00:00Z");
        let rests = VanishedOutcome::Rests { until: at("2026-11-12T23:00:00Z") };
        let table = [
            (0, None, VanishedOutcome::Nothing),
            (1, None, rests),
            (1_000, None, rests),
            (1_001, None, VanishedOutcome::Told),
            (1, Some("2026-11-05T11:00:00Z"), VanishedOutcome::Told),
            (1, Some("2026-10-06T12:00:01Z"), VanishedOutcome::Told),
            (1, Some("2026-10-06T12:00:00Z"), rests),
        ];
        for (how_many, last_rest, expected) in table {
            assert_eq!(
                what_follows_from_vanished(how_many, last_rest.map(at), 5, &calendar, &zone, now),
                expected,
                "{how_many} {last_rest:?}"
            );
        }
    }

    #[test]
    fn what_left_unread_is_noted_once_a_day_and_always_where_letters_rest_for_it() {
        let now = at("2026-11-03T09:00:00Z");
        for (letters_rest, noted_at, expected) in [
            (false, None, true),
            (false, Some("2026-11-02T09:00:01Z"), false),
            (false, Some("2026-11-02T09:00:00Z"), true),
            (true, Some("2026-11-03T08:59:00Z"), true),
        ] {
            assert_eq!(is_worth_a_note(letters_rest, noted_at.map(at), now), expected, "{letters_rest} {noted_at:?}");
        }
    }

    #[test]
    fn mails_are_missed_since_the_mailbox_was_read_to_its_end_or_for_a_day() {
        let (read_at, noticed_at) = (at("2026-10-01T09:00:00Z"), at("2026-11-03T09:00:00Z"));
        assert_eq!(missed_since(Some(read_at), noticed_at), read_at);
        assert_eq!(missed_since(None, noticed_at), at("2026-11-02T09:00:00Z"));
        assert_eq!(missed_since(None, Timestamp::MIN), Timestamp::MIN);
    }
}
