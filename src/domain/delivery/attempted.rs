//! An attempt has ended: what becomes of the letter.

use super::reported::sent_again_at;
use super::retry::later;
use super::{DeliveryChange, DeliveryOutcome, RetryRules};
use crate::domain::deliverability::{Finding, Measure, Witness, measure};
use jiff::Timestamp;

/// What is known of a delivery when an attempt at it has ended.
#[derive(Debug, Clone, Copy)]
pub struct History {
    /// This one included.
    pub attempts: u32,
    /// When the first attempt began; the first since a person had it tried again.
    pub first_at: Timestamp,
    /// Earlier attempts of which no last word was heard.
    pub unheard: u32,
    /// The relay has taken another letter since it was first given this one: then it is this letter that it does not take.
    pub others_were_taken: bool,
    /// Of how many domains the relay has refused a recipient for good since it last took a letter, this one included.
    pub domains_refused_in_a_row: u32,
}

/// How an attempt ended, for the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptEnd {
    Sent,
    Refused,
    RefusedForNow,
    /// Refused, or not accepted by the relay for days.
    GivenUp,
    NotTried,
    NotSent,
    Unknown,
}

/// What follows from an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AfterAttempt {
    pub end: AttemptEnd,
    pub change: DeliveryChange,
    /// What is done about a refusal, also about the address and the office's sending.
    pub measure: Option<Measure>,
}

/// Decides what becomes of a letter whose attempt ended so at `now`.
pub fn after_attempt(outcome: &DeliveryOutcome, history: &History, retry: &RetryRules, now: Timestamp) -> AfterAttempt {
    let waits_until = |next_attempt_at| DeliveryChange::Waiting { next_attempt_at };
    let usual = || waits_until(retry.next_after(history.attempts, now));
    let is_late = retry.is_late(history.first_at, now);
    let (end, change, measure) = match outcome {
        DeliveryOutcome::Accepted { .. } => (AttemptEnd::Sent, DeliveryChange::Accepted { at: now, found_by: None }, None),
        DeliveryOutcome::Refused { finding, .. } => {
            let measure = measure(*finding, Witness::OwnRelay, history.domains_refused_in_a_row);
            let gives_up = is_late && (finding.about.frees_the_next_address() || history.others_were_taken);
            let (end, change) = match measure {
                Measure::Suppress | Measure::Hold => (AttemptEnd::Refused, DeliveryChange::Refused),
                Measure::StopSending => (AttemptEnd::RefusedForNow, usual()),
                _ if gives_up => (AttemptEnd::GivenUp, DeliveryChange::Refused),
                Measure::TryAgainInDays => (AttemptEnd::RefusedForNow, waits_until(sent_again_at(now))),
                Measure::TryAgain | Measure::Wait | Measure::Rest => (AttemptEnd::RefusedForNow, usual()),
            };
            (end, change, Some(measure))
        }
        // It may leave at once when there is somebody again to send it.
        DeliveryOutcome::NotTried => (AttemptEnd::NotTried, waits_until(now), None),
        DeliveryOutcome::NotSent { .. } | DeliveryOutcome::Barred { .. } if is_late && history.others_were_taken => {
            (AttemptEnd::GivenUp, DeliveryChange::Refused, None)
        }
        DeliveryOutcome::NotSent { .. } | DeliveryOutcome::Barred { .. } => (AttemptEnd::NotSent, usual(), None),
        // One more copy may leave when signs of the first were looked for; another one only by a person's word.
        DeliveryOutcome::Unknown { .. } => {
            let next_attempt_at = (history.unheard == 0).then(|| later(now, retry.look_after));
            (AttemptEnd::Unknown, DeliveryChange::Unknown { next_attempt_at }, None)
        }
    };
    AfterAttempt { end, change, measure }
}

impl History {
    /// Whether it has to be known of how many domains recipients were refused: that is counted over all attempts.
    pub fn asks_for_domains(outcome: &DeliveryOutcome) -> bool {
        outcome.finding().is_some_and(|Finding { hard_bounce, .. }| hard_bounce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::deliverability::About;
    use proptest::prelude::*;

    const FIRST: i64 = 1_000_000;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(FIRST + hours * 3_600).unwrap()
    }

    fn refused(about: About, passes: bool, hard_bounce: bool) -> DeliveryOutcome {
        DeliveryOutcome::Refused { reply: "550 no".into(), finding: Finding { about, passes, hard_bounce, delayed: false } }
    }

    fn once() -> History {
        History { attempts: 1, first_at: at(0), unheard: 0, others_were_taken: false, domains_refused_in_a_row: 1 }
    }

    #[test]
    fn what_becomes_of_a_letter_by_how_the_attempt_ended() {
        use AttemptEnd::{GivenUp, NotSent, NotTried, Refused, RefusedForNow, Sent, Unknown};
        let waits = |next_attempt_at| DeliveryChange::Waiting { next_attempt_at };
        let in_minutes = |hours, minutes: i64| later(at(hours), jiff::SignedDuration::from_mins(minutes));
        let (taken, once) = (History { others_were_taken: true, ..once() }, once());
        let accepted = DeliveryOutcome::Accepted { reply: "250 ok".into(), queue_id: None };
        let not_sent = DeliveryOutcome::NotSent { reason: "no connection".into() };
        let barred = DeliveryOutcome::Barred { reason: "535 wrong password".into() };
        let unknown = DeliveryOutcome::Unknown { reason: "silence".into() };
        let (hard_bounce, full) = (refused(About::Recipient, false, true), refused(About::Storage, false, false));
        let (greylisted, ours) = (refused(About::Policy, true, false), refused(About::OurAccount, false, false));
        let (too_large, closed) = (refused(About::Letter, false, false), refused(About::Recipient, false, false));
        let late = 5 * 24;
        for (outcome, history, hours, end, change) in [
            (&accepted, once, 0, Sent, DeliveryChange::Accepted { at: at(0), found_by: None }),
            (&hard_bounce, once, 0, Refused, DeliveryChange::Refused),
            // Three domains in a row: it is the relay, and no letter is lost by it.
            (&hard_bounce, History { domains_refused_in_a_row: 3, ..once }, 0, RefusedForNow, waits(in_minutes(0, 5))),
            (&too_large, once, 0, Refused, DeliveryChange::Refused),
            (&full, once, 0, RefusedForNow, waits(at(48))),
            (&closed, once, 0, RefusedForNow, waits(at(48))),
            (&greylisted, once, 0, RefusedForNow, waits(in_minutes(0, 5))),
            (&greylisted, History { attempts: 3, ..once }, 2, RefusedForNow, waits(in_minutes(2, 60))),
            (&ours, taken, late, RefusedForNow, waits(in_minutes(late, 5))),
            // For days. Whether it is the letter or the relay is known by what else the relay took.
            (&greylisted, once, late, RefusedForNow, waits(in_minutes(late, 5))),
            (&greylisted, taken, late - 1, RefusedForNow, waits(in_minutes(late - 1, 5))),
            (&greylisted, taken, late, GivenUp, DeliveryChange::Refused),
            (&full, once, late, GivenUp, DeliveryChange::Refused),
            (&not_sent, once, 0, NotSent, waits(in_minutes(0, 5))),
            (&not_sent, once, late, NotSent, waits(in_minutes(late, 5))),
            (&not_sent, taken, late, GivenUp, DeliveryChange::Refused),
            (&barred, once, late, NotSent, waits(in_minutes(late, 5))),
            (&DeliveryOutcome::NotTried, taken, late, NotTried, waits(at(late))),
            (&unknown, once, 0, Unknown, DeliveryChange::Unknown { next_attempt_at: Some(at(24)) }),
            (&unknown, History { unheard: 1, ..once }, 0, Unknown, DeliveryChange::Unknown { next_attempt_at: None }),
        ] {
            let after = after_attempt(outcome, &history, &RetryRules::default(), at(hours));
            assert_eq!((after.end, after.change), (end, change), "{outcome:?} {history:?} {hours}");
            assert_eq!(after.measure.is_some(), outcome.finding().is_some());
        }
    }

    fn outcomes() -> impl Strategy<Value = DeliveryOutcome> {
        let about = prop::sample::select(vec![
            About::Recipient,
            About::OurAccount,
            About::Letter,
            About::Policy,
            About::Storage,
            About::Network,
            About::Unclear,
        ]);
        let refused = (about, any::<bool>(), any::<bool>()).prop_map(|(about, passes, hard_bounce)| refused(about, passes, hard_bounce));
        prop_oneof![
            refused,
            Just(DeliveryOutcome::NotTried),
            Just(DeliveryOutcome::NotSent { reason: String::new() }),
            Just(DeliveryOutcome::Barred { reason: String::new() }),
            Just(DeliveryOutcome::Unknown { reason: String::new() }),
        ]
    }

    proptest! {
        /// Promise 3: only the server's word makes a letter accepted, and one of which no word was heard is neither sent nor failed, nor sent again
        /// before signs of it were looked for, nor more than once without a person.
        #[test]
        fn a_letter_leaves_once(
            outcome in outcomes(), attempts in 1_u32..50, hours in 0_i64..1_000, unheard in 0_u32..3, others_were_taken: bool, domains in 1_u32..5,
        ) {
            let history = History { attempts, first_at: at(0), unheard, others_were_taken, domains_refused_in_a_row: domains };
            let retry = RetryRules::default();
            let after = after_attempt(&outcome, &history, &retry, at(hours));
            let is_accepted = matches!(after.change, DeliveryChange::Accepted { .. });
            prop_assert!(!is_accepted);
            match (&outcome, &after.change) {
                (DeliveryOutcome::Unknown { .. }, DeliveryChange::Unknown { next_attempt_at: Some(next) }) => {
                    prop_assert!(unheard == 0 && *next >= at(hours) + retry.look_after);
                }
                (DeliveryOutcome::Unknown { .. }, change) => prop_assert_eq!(change, &DeliveryChange::Unknown { next_attempt_at: None }),
                (DeliveryOutcome::NotTried, change) => prop_assert_eq!(change, &DeliveryChange::Waiting { next_attempt_at: at(hours) }),
                (_, DeliveryChange::Waiting { next_attempt_at }) => prop_assert!(*next_attempt_at > at(hours)),
                (_, change) => prop_assert_eq!(change, &DeliveryChange::Refused),
            }
        }
    }
}
