//! What is owed about a subject, by whom, and when the clock looks at it. The agenda asks for nothing else.
//!
//! An obligation follows from what the register holds and is planned anew by every verb that changes it, so that `verify` can compute all of them again.

use super::identity::{DeliveryId, MailId, RequestId};
use super::resting::RestTerms;
use super::rules::start_of_day;
use jiff::Timestamp;
use jiff::civil::Date;

/// One thing that is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Obligation {
    /// A request's first letter, or the next step of its ladder: taken by the clock.
    NextStep(RequestId),
    /// A letter to one recipient that waits to leave, to be tried again, or to be looked for: attempted by the outbox.
    Attempt(DeliveryId),
    /// A mail of which somebody of staff has to say what it is. It is due once it rises from who is responsible to the deputy.
    Decision(MailId),
}

/// What sort of obligation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObligationKind {
    NextStep,
    Attempt,
    Decision,
}

impl Obligation {
    pub fn kind(self) -> ObligationKind {
        match self {
            Obligation::NextStep(_) => ObligationKind::NextStep,
            Obligation::Attempt(_) => ObligationKind::Attempt,
            Obligation::Decision(_) => ObligationKind::Decision,
        }
    }

    /// Of the request, delivery or mail.
    pub fn number(self) -> i64 {
        match self {
            Obligation::NextStep(request) => request.0,
            Obligation::Attempt(delivery) => delivery.0,
            Obligation::Decision(mail) => mail.0,
        }
    }
}

impl ObligationKind {
    pub const ALL: [ObligationKind; 3] = [ObligationKind::NextStep, ObligationKind::Attempt, ObligationKind::Decision];

    /// As the register keeps it.
    pub fn name(self) -> &'static str {
        match self {
            ObligationKind::NextStep => "next step",
            ObligationKind::Attempt => "attempt",
            ObligationKind::Decision => "decision",
        }
    }

    pub fn of(self, number: i64) -> Obligation {
        match self {
            ObligationKind::NextStep => Obligation::NextStep(RequestId(number)),
            ObligationKind::Attempt => Obligation::Attempt(DeliveryId(number)),
            ObligationKind::Decision => Obligation::Decision(MailId(number)),
        }
    }
}

/// When a decision about a mail that came on this day of the office's calendar is due: at the start of the day on which it rises to the deputy.
pub fn decision_due(received_on: Date, terms: &RestTerms<'_>) -> Timestamp {
    start_of_day(terms.end(received_on, 1), terms.zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_obligation_is_read_back_from_its_kind_and_number() {
        for kind in ObligationKind::ALL {
            assert_eq!((kind.of(3).kind(), kind.of(3).number()), (kind, 3));
        }
    }
}
