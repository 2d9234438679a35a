//! A delivery that is due: whether it is attempted now.

use super::RetryRules;
use super::retry::later;
use crate::domain::lifecycle::{MayLeave, Needless};
use jiff::{SignedDuration, Timestamp};

/// A copy that is not in the Sent folder after so long will not come there any more.
const LOOKED_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A Sent folder that could not be looked into.
const LOOKED_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// What is known of a delivery that is due.
#[derive(Debug, Clone, Copy)]
pub struct DueDelivery {
    /// The last attempt at it ended without a last word: it may have left (promise 3).
    pub is_unknown: bool,
    /// From when on it may be tried.
    pub due_at: Timestamp,
    /// When the first attempt at it was begun.
    pub first_attempt_at: Option<Timestamp>,
    /// Attempts to its domain within [`super::COUNTED_FOR`].
    pub recent_to_domain: u32,
    /// When every mailbox had last been read to its end.
    pub mailboxes_read_at: Option<Timestamp>,
}

/// What is done about it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueDecision {
    /// If its letter may leave.
    Attempt,
    /// The minute is full.
    NextMinute,
    /// A sign that it left, or came back, may lie in a mailbox that nobody has read since.
    OnceMailboxesAreRead,
    /// Whether it left is not known, and could not be found out for as long as letters are tried.
    ForAPerson,
}

/// Decides whether a delivery that is due is attempted, by what is known of the delivery and of its domain. Whether its letter may leave at all is
/// asked after that ([`decide_by_letter`]).
pub fn decide_when_due(due: &DueDelivery, retry: &RetryRules, now: Timestamp) -> DueDecision {
    let is_read = due.mailboxes_read_at.is_some_and(|read_at| read_at >= due.due_at);
    if due.is_unknown && retry.is_late(due.first_attempt_at.unwrap_or(due.due_at), now) {
        DueDecision::ForAPerson
    } else if due.is_unknown && !is_read {
        DueDecision::OnceMailboxesAreRead
    } else if due.recent_to_domain >= retry.per_domain_per_minute {
        DueDecision::NextMinute
    } else {
        DueDecision::Attempt
    }
}

/// What is done about a delivery that would be attempted, by whether its letter may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterDecision {
    Attempt,
    /// Not before this moment.
    PutOff(Timestamp),
    /// A person says whether it is tried again.
    LeftToAPerson,
    /// The letter is taken out of the outbox.
    Withdrawn(Needless),
    /// It stays as it is, and is looked at again with the next pass.
    Stays,
}

/// Decides that at `now`. What may have left already and is needed no more is not called cancelled.
pub fn decide_by_letter(is_unknown: bool, may_leave: MayLeave, now: Timestamp) -> LetterDecision {
    match may_leave {
        MayLeave::Never(_) if is_unknown => LetterDecision::LeftToAPerson,
        MayLeave::Never(why) => LetterDecision::Withdrawn(why),
        MayLeave::From(moment) if moment > now => LetterDecision::PutOff(moment),
        MayLeave::From(_) => LetterDecision::Attempt,
        MayLeave::NotYet(_) => LetterDecision::Stays,
    }
}

/// Letters of unknown outcome whose first attempt was begun before this are looked for in the Sent folder no more.
pub fn looked_for_since(now: Timestamp) -> Timestamp {
    now.saturating_sub(LOOKED_FOR).unwrap_or(now)
}

/// Where the Sent folder could not be looked into at `now`, no letter of unknown outcome is sent again before this.
pub fn looked_again_at(now: Timestamp) -> Timestamp {
    later(now, LOOKED_AGAIN_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::hold::Hold;
    use DueDecision::{Attempt, ForAPerson, NextMinute, OnceMailboxesAreRead};

    #[test]
    fn a_letter_that_may_have_left_is_sent_again_only_after_the_mailboxes_were_read_and_not_for_ever() {
        let hours = |hours: i64| Timestamp::from_second(hours * 3_600).unwrap();
        let rules = RetryRules::default();
        let usual =
            DueDelivery { is_unknown: false, due_at: hours(10), first_attempt_at: None, recent_to_domain: 0, mailboxes_read_at: None };
        let unknown = DueDelivery { is_unknown: true, first_attempt_at: Some(hours(0)), ..usual };
        for (due, now, then) in [
            (usual, 10, Attempt),
            // What was refused may be tried for ever here; what follows from a further refusal is decided after it.
            (DueDelivery { first_attempt_at: Some(hours(0)), ..usual }, 1_000, Attempt),
            (DueDelivery { recent_to_domain: 19, ..usual }, 10, Attempt),
            (DueDelivery { recent_to_domain: 20, ..usual }, 10, NextMinute),
            (unknown, 10, OnceMailboxesAreRead),
            (DueDelivery { mailboxes_read_at: Some(hours(9)), ..unknown }, 11, OnceMailboxesAreRead),
            (DueDelivery { mailboxes_read_at: Some(hours(10)), ..unknown }, 11, Attempt),
            (DueDelivery { mailboxes_read_at: Some(hours(10)), recent_to_domain: 20, ..unknown }, 11, NextMinute),
            (DueDelivery { mailboxes_read_at: Some(hours(119)), ..unknown }, 119, Attempt),
            (DueDelivery { mailboxes_read_at: Some(hours(120)), ..unknown }, 120, ForAPerson),
            // No attempt on record: a letter that was found to have left in another register.
            (DueDelivery { first_attempt_at: None, mailboxes_read_at: Some(hours(129)), ..unknown }, 129, Attempt),
            (DueDelivery { first_attempt_at: None, ..unknown }, 130, ForAPerson),
        ] {
            assert_eq!(decide_when_due(&due, &rules, hours(now)), then, "{due:?} {now}");
        }
    }

    #[test]
    fn a_letter_that_may_have_left_and_is_needed_no_more_is_left_to_a_person() {
        let [now, later] = [10, 20].map(|second| Timestamp::from_second(second).unwrap());
        let ended = MayLeave::Never(Needless::RequestEnded);
        for (is_unknown, may_leave, then) in [
            (false, ended, LetterDecision::Withdrawn(Needless::RequestEnded)),
            (true, ended, LetterDecision::LeftToAPerson),
            (true, MayLeave::Never(Needless::LetterWasRead), LetterDecision::LeftToAPerson),
            (false, MayLeave::From(now), LetterDecision::Attempt),
            (true, MayLeave::From(now), LetterDecision::Attempt),
            (true, MayLeave::From(later), LetterDecision::PutOff(later)),
            (false, MayLeave::From(later), LetterDecision::PutOff(later)),
            (true, MayLeave::NotYet(Hold::Paused), LetterDecision::Stays),
            (false, MayLeave::NotYet(Hold::Paused), LetterDecision::Stays),
        ] {
            assert_eq!(decide_by_letter(is_unknown, may_leave, now), then, "{is_unknown} {may_leave:?}");
        }
    }
}
