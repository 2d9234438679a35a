//! How fast letters leave: per destination domain, overall, and gently after a standstill (promise 8).

use super::RetryRules;
use jiff::{SignedDuration, Timestamp};

/// Letters are counted over this time.
pub const COUNTED_FOR: SignedDuration = SignedDuration::from_mins(1);

/// No mailbox was read for so long: the office's own work has piled up.
const STANDSTILL: SignedDuration = SignedDuration::from_hours(48);

/// For so long after a standstill letters leave gently.
const GENTLE_FOR: SignedDuration = SignedDuration::from_hours(1);

/// Whether a pass at `now` is the first after a standstill. `read_at`: when all mailboxes had last been read; a register that was never at work has
/// not stood still.
pub fn is_standstill(read_at: Option<Timestamp>, now: Timestamp) -> bool {
    read_at.is_some_and(|read_at| now.duration_since(read_at) >= STANDSTILL)
}

/// How many letters may leave in a minute. `at_work_for`: since a standstill ended, if there was one; what has piled up then leaves at a quarter of
/// the pace at first, so that the office's relay does not take it for an outbreak of spam, and answers that came meanwhile can still be read.
pub fn most_in_all(retry: &RetryRules, at_work_for: Option<SignedDuration>) -> u32 {
    let gently = at_work_for.is_some_and(|for_so_long| (SignedDuration::ZERO..GENTLE_FOR).contains(&for_so_long));
    if gently { (retry.per_minute / 4).max(1) } else { retry.per_minute }
}

/// Whether the office's relay has been given as many letters as it is to be given. `last_but_so_many`: when the last attempt but [`most_in_all`] of
/// them was begun, itself counted, if there were so many.
pub fn relay_is_full(last_but_so_many: Option<Timestamp>, now: Timestamp) -> bool {
    // One from the future counts: a clock that was set back sends nothing twice as fast.
    last_but_so_many.is_some_and(|begun_at| now.duration_since(begun_at) < COUNTED_FOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_standstill_letters_leave_at_a_quarter_of_the_pace_for_an_hour() {
        let rules = |per_minute| RetryRules { per_minute, ..RetryRules::default() };
        for (per_minute, at_work_for, most) in [
            (30, None, 30),
            (30, Some(0), 7),
            (30, Some(59), 7),
            (30, Some(60), 30),
            // The clock was set back: nothing is known of when it ended.
            (30, Some(-1), 30),
            // But they do leave.
            (2, Some(0), 1),
        ] {
            let at_work_for = at_work_for.map(SignedDuration::from_mins);
            assert_eq!(most_in_all(&rules(per_minute), at_work_for), most, "{per_minute} {at_work_for:?}");
        }
    }

    #[test]
    fn a_minute_is_full_until_it_is_over() {
        let at = |second| Timestamp::from_second(second).unwrap();
        for (begun_at, is_full) in [(None, false), (Some(940), false), (Some(941), true), (Some(1000), true), (Some(2000), true)] {
            assert_eq!(relay_is_full(begun_at.map(at), at(1000)), is_full, "{begun_at:?}");
        }
    }

    #[test]
    fn two_days_without_reading_a_mailbox_are_a_standstill() {
        let hours = |hours: i64| Timestamp::from_second(hours * 3_600).unwrap();
        for (read_at, is_one) in [(None, false), (Some(100), false), (Some(53), false), (Some(52), true)] {
            assert_eq!(is_standstill(read_at.map(hours), hours(100)), is_one, "{read_at:?}");
        }
    }
}
