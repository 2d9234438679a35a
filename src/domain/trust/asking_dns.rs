//! When mail is judged again of which the DNS could not say who wrote it: less and less often, for a day.

use jiff::{SignedDuration, Timestamp};

const SOONEST: SignedDuration = SignedDuration::from_mins(10);
/// A domain whose DNS is silent for longer than that says nothing of its mail, which then counts as not proven.
const LATEST: SignedDuration = SignedDuration::from_hours(24);

/// Whether the DNS was asked for as long as it is asked about a mail that was recorded at that time.
pub fn asked_long_enough(taken_at: Timestamp, now: Timestamp) -> bool {
    taken_at.duration_until(now) >= LATEST
}

/// How long to wait before a mail that has been here for so long is judged again: first for some minutes, then for as long as it has been here, so
/// that the last time is after a day. None once that is over.
pub fn judged_again_after(age: SignedDuration) -> Option<SignedDuration> {
    (age < LATEST).then(|| age.max(SOONEST).min(LATEST - age))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_judged_again_less_and_less_often_for_a_day() {
        let mut age = SignedDuration::ZERO;
        let mut ages = Vec::new();
        while let Some(wait) = judged_again_after(age) {
            age += wait;
            ages.push(age.as_mins());
        }
        assert_eq!(ages, [10, 20, 40, 80, 160, 320, 640, 1_280, 1_440]);
        let taken_at = Timestamp::UNIX_EPOCH;
        assert!(asked_long_enough(taken_at, taken_at + age));
        assert!(!asked_long_enough(taken_at, taken_at + age - SignedDuration::from_secs(1)));
        // A clock that was put back.
        assert_eq!(judged_again_after(SignedDuration::from_hours(-1)), Some(SOONEST));
    }
}
