//! What is owed about a subject, by whom, and when: what the clock looks at. The agenda asks for nothing else.
//!
//! An obligation follows from what else the register holds, is planned anew by everything that changes that, and is gone when nothing is owed any
//! more: that it was owed is told by the record. `verify` computes all of them again.

use super::identity::{DeliveryId, LetterId, MailId, RequestId};
use super::staff::Rises;
use super::subject::Subject;
use jiff::Timestamp;

/// One thing that is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Obligation {
    /// A request's first letter, or the next step of its ladder: taken by the clock.
    ///
    /// A date that somebody announced or granted, and on which the program is to go on with a request, is the due moment of this: so it is with an
    /// extension, and so it can be with an interim reply. For that `lifecycle::falls_due` takes no step to fall due before the announced date; then
    /// the agenda looks at the request on that day and not before, and `verify` knows it.
    NextStep(RequestId),
    /// A letter to one recipient that waits to leave, to be tried again, or to be looked for: attempted by the outbox. What a server asks for with
    /// "try again after", or days for a full mailbox to be emptied, are its due moment.
    Attempt(DeliveryId),
    /// What a mail is about and what it does, or whether a letter came back as it says: said by a person ([`super::decision`]). It is due when it
    /// rises inside the office.
    Decision(MailId),
    /// A draft that a person is to release: withdrawn when it is due and nobody has.
    Release(LetterId),
}

/// What sort of obligation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObligationKind {
    NextStep,
    Attempt,
    Decision,
    Release,
}

impl Obligation {
    pub fn kind(self) -> ObligationKind {
        match self {
            Obligation::NextStep(_) => ObligationKind::NextStep,
            Obligation::Attempt(_) => ObligationKind::Attempt,
            Obligation::Decision(_) => ObligationKind::Decision,
            Obligation::Release(_) => ObligationKind::Release,
        }
    }

    /// Of the request, delivery, mail or letter.
    pub fn number(self) -> i64 {
        match self {
            Obligation::NextStep(request) => request.0,
            Obligation::Attempt(delivery) => delivery.0,
            Obligation::Decision(mail) => mail.0,
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
            ObligationKind::Decision => "decision",
            ObligationKind::Release => "release",
        }
    }

    pub fn of(self, number: i64) -> Obligation {
        match self {
            ObligationKind::NextStep => Obligation::NextStep(RequestId(number)),
            ObligationKind::Attempt => Obligation::Attempt(DeliveryId(number)),
            ObligationKind::Decision => Obligation::Decision(MailId(number)),
            ObligationKind::Release => Obligation::Release(LetterId(number)),
        }
    }
}

/// An obligation as the register has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owed {
    pub obligation: Obligation,
    /// None of a letter to staff, and of a mail that may be about several things or none.
    pub about: Option<Subject>,
    /// None once it has risen to the head: it is owed all the same.
    pub due: Option<Timestamp>,
    /// Only a decision rises.
    pub risen: Rises,
}

/// What follows from the rest of the register for something that may be owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    Nothing,
    /// It is due, or rises, at that moment; never, for one that has risen to the head.
    At {
        about: Option<Subject>,
        due: Option<Timestamp>,
        risen: Rises,
    },
    /// It is due at the first moment that was good for it when it was planned, so no later than the first that is now.
    NotAfter {
        about: Option<Subject>,
        due: Timestamp,
    },
    /// When, was said by a server or by how fast letters may leave, and is computed from nothing else.
    Sometime {
        about: Option<Subject>,
    },
    /// As [`Follows::Sometime`], or not before a person says so.
    PerhapsSometime {
        about: Option<Subject>,
    },
}

impl Follows {
    /// Whether what the register has is what follows.
    pub fn agrees_with(&self, there: Option<&Owed>) -> bool {
        let Some(there) = there else { return matches!(self, Follows::Nothing | Follows::PerhapsSometime { .. }) };
        match *self {
            Follows::Nothing => false,
            Follows::At { about, due, risen } => (there.about, there.due, there.risen) == (about, due, risen),
            Follows::NotAfter { about, due } => {
                there.about == about && there.risen == Rises::Responsible && there.due.is_some_and(|there| there <= due)
            }
            Follows::Sometime { about } | Follows::PerhapsSometime { about } => {
                there.about == about && there.risen == Rises::Responsible && there.due.is_some()
            }
        }
    }
}

/// Where what is owed is not what follows from the rest of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub obligation: Obligation,
    /// The request's reference, the recipient's address, or nothing: a mail has no name.
    pub named: Option<String>,
    pub there: Option<Owed>,
    pub follows: Follows,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_agrees_with_what_follows_or_is_told() {
        let at = |second| Timestamp::from_second(second).ok();
        let about = Some(Subject::Request(RequestId(1)));
        let owed = Owed { obligation: Obligation::NextStep(RequestId(1)), about, due: at(50), risen: Rises::Responsible };
        let (later, elsewhere) = (Owed { due: at(51), ..owed }, Owed { about: None, ..owed });
        let risen = Owed { risen: Rises::Head, due: None, ..owed };
        let due = |due| Follows::At { about, due, risen: Rises::Responsible };
        let not_after = Follows::NotAfter { about, due: at(50).unwrap_or_default() };
        for (follows, agrees_with) in [
            (Follows::Nothing, vec![None]),
            (due(at(50)), vec![Some(owed)]),
            (Follows::At { about, due: None, risen: Rises::Head }, vec![Some(risen)]),
            (not_after, vec![Some(owed)]),
            (Follows::Sometime { about }, vec![Some(owed), Some(later)]),
            (Follows::PerhapsSometime { about }, vec![None, Some(owed), Some(later)]),
        ] {
            for there in [None, Some(owed), Some(later), Some(elsewhere), Some(risen)] {
                assert_eq!(follows.agrees_with(there.as_ref()), agrees_with.contains(&there), "{follows:?} {there:?}");
            }
        }
    }
}
