//! How long is waited after an attempt that failed, and when it is given up.

use jiff::{SignedDuration, Timestamp};

/// How the outbox tries again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryRules {
    /// After the first, second, … attempt; the last one repeats.
    pub waits: Vec<SignedDuration>,
    /// After this long of refusals, while others are taken, the letter is given up and staff are told; and one of unknown outcome is left to a
    /// person.
    pub give_up_after: SignedDuration,
    /// How long a DSN, a bounce or a copy in the Sent folder is waited for before a letter of unknown outcome is sent again.
    pub look_after: SignedDuration,
    pub per_domain_per_minute: u32,
    /// In all.
    pub per_minute: u32,
    /// The office has a Sent folder, into which a copy of each letter that has left is put.
    pub files_copies: bool,
}

impl RetryRules {
    /// How long it is waited after so many attempts.
    fn wait_after(&self, attempts: u32) -> SignedDuration {
        self.waits.get(attempts.max(1) as usize - 1).or(self.waits.last()).copied().unwrap_or(SignedDuration::from_hours(1))
    }

    /// When the next attempt is made, after so many that failed, the last of them at `now`.
    pub fn next_after(&self, attempts: u32, now: Timestamp) -> Timestamp {
        later(now, self.wait_after(attempts))
    }

    /// Whether it has been tried for as long as it is to be.
    pub fn is_late(&self, first_attempt_at: Timestamp, now: Timestamp) -> bool {
        now.duration_since(first_attempt_at) >= self.give_up_after
    }

    /// When a copy of a letter is put into the Sent folder once more, after so many attempts that failed. None: it is given up, as a letter would be.
    pub fn next_copy(&self, attempts: u32, since: Timestamp, now: Timestamp) -> Option<Timestamp> {
        (!self.is_late(since, now)).then(|| self.next_after(attempts, now))
    }
}

impl Default for RetryRules {
    fn default() -> Self {
        RetryRules {
            waits: [5, 15, 60, 240].map(SignedDuration::from_mins).to_vec(),
            give_up_after: SignedDuration::from_hours(5 * 24),
            look_after: SignedDuration::from_hours(24),
            per_domain_per_minute: 20,
            per_minute: 30,
            files_copies: false,
        }
    }
}

/// Where time ends, it is now: rather once too early than never.
pub(super) fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_wait_is_used_once_and_the_last_one_again_and_again() {
        let rules = RetryRules::default();
        for (attempts, minutes) in [(0, 5), (1, 5), (2, 15), (3, 60), (4, 240), (5, 240), (u32::MAX, 240)] {
            let next = rules.next_after(attempts, Timestamp::UNIX_EPOCH);
            assert_eq!(next.as_second(), minutes * 60, "{attempts}");
        }
        let none = RetryRules { waits: vec![], ..RetryRules::default() };
        assert_eq!(none.next_after(3, Timestamp::UNIX_EPOCH).as_second(), 3_600);
    }

    proptest! {
        #[test]
        fn what_fails_again_and_again_is_tried_later_each_time_and_given_up_on_the_day(
            minutes in prop::collection::vec(1_i64..10_000, 0..6), days in 1_i64..30, started in 0_i64..4_000_000_000,
        ) {
            let rules = RetryRules {
                waits: minutes.into_iter().map(SignedDuration::from_mins).collect(),
                give_up_after: SignedDuration::from_hours(24 * days),
                ..RetryRules::default()
            };
            let since = Timestamp::from_second(started).unwrap();
            let (mut now, mut attempts) = (since, 0);
            loop {
                attempts += 1;
                let Some(next) = rules.next_copy(attempts, since, now) else { break };
                prop_assert!(next > now);
                now = next;
            }
            let tried_for = now.duration_since(since);
            prop_assert!(tried_for >= rules.give_up_after);
            prop_assert!(tried_for < rules.give_up_after + SignedDuration::from_mins(10_000));
        }
    }
}
