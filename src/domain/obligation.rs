//! What is owed about a subject, which the clock looks at when it is due. The agenda asks for nothing else.
//!
//! An obligation follows from what else the register holds, and is planned anew by every verb that changes that.

use super::identity::{DeliveryId, LetterId, RequestId};

/// One thing that is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Obligation {
    /// A request's first letter, or the next step of its ladder: taken by the clock.
    NextStep(RequestId),
    /// A letter to one recipient that waits to leave, to be tried again, or to be looked for: attempted by the outbox.
    Attempt(DeliveryId),
    /// A draft that a person is to release: withdrawn when it is due and nobody has.
    Release(LetterId),
}

/// What sort of obligation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObligationKind {
    NextStep,
    Attempt,
    Release,
}

impl Obligation {
    pub fn kind(self) -> ObligationKind {
        match self {
            Obligation::NextStep(_) => ObligationKind::NextStep,
            Obligation::Attempt(_) => ObligationKind::Attempt,
            Obligation::Release(_) => ObligationKind::Release,
        }
    }

    /// Of the request, delivery or letter.
    pub fn number(self) -> i64 {
        match self {
            Obligation::NextStep(request) => request.0,
            Obligation::Attempt(delivery) => delivery.0,
            Obligation::Release(letter) => letter.0,
        }
    }
}

impl ObligationKind {
    /// As the register keeps it.
    pub fn name(self) -> &'static str {
        match self {
            ObligationKind::NextStep => "next step",
            ObligationKind::Attempt => "attempt",
            ObligationKind::Release => "release",
        }
    }
}
