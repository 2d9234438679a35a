//! What one pass of sending learns of the office's relay, and when it sends nothing more until the next pass.

use super::DeliveryOutcome;
use crate::domain::deliverability::{About, Measure};

/// After this many letters in a row that found no server, the rest waits for the next pass.
const MOST_FRUITLESS: u32 = 3;

/// What a pass has learnt by now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RelayInPass {
    /// Letters in a row that found no server, or whose last word was not heard.
    fruitless: u32,
    learnt: RelayLesson,
}

/// What the last letters showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum RelayLesson {
    #[default]
    Nothing,
    /// It took a letter, and nothing has failed since.
    Works,
    /// It took none, and this is what it said of the last one that it may take another time.
    TakesNone { reply: String },
    /// The last letter could not be given to the server at all, and why.
    Unreached { reason: String },
}

/// Whether further letters are given to it in this pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayUse {
    On,
    /// The rest waits for the next pass.
    Ends,
    /// No letter of this office would be taken.
    IsShut,
}

impl RelayInPass {
    /// Learns how an attempt ended. `measure`: what is done about it, if it was refused.
    pub fn note(&mut self, outcome: &DeliveryOutcome, measure: Option<Measure>) -> RelayUse {
        match outcome {
            DeliveryOutcome::Accepted { .. } => {
                *self = RelayInPass { fruitless: 0, learnt: RelayLesson::Works };
                RelayUse::On
            }
            DeliveryOutcome::Refused { reply, finding } => {
                self.fruitless = 0;
                let speaks_of_itself = measure == Some(Measure::TryAgain) && finding.about != About::Recipient;
                match self.learnt {
                    RelayLesson::Works => {}
                    _ if speaks_of_itself => self.learnt = RelayLesson::TakesNone { reply: reply.clone() },
                    RelayLesson::Unreached { .. } => self.learnt = RelayLesson::Nothing,
                    RelayLesson::TakesNone { .. } | RelayLesson::Nothing => {}
                }
                if measure == Some(Measure::StopSending) { RelayUse::IsShut } else { RelayUse::On }
            }
            // Dropped on our own account: neither a fault of the server nor of the letter.
            DeliveryOutcome::NotTried => RelayUse::Ends,
            // Servers lock an account after a few wrong passwords.
            DeliveryOutcome::Barred { reason } => {
                self.learnt = RelayLesson::Unreached { reason: reason.clone() };
                RelayUse::Ends
            }
            DeliveryOutcome::NotSent { reason } => {
                self.learnt = RelayLesson::Unreached { reason: reason.clone() };
                self.after_a_fruitless_one()
            }
            DeliveryOutcome::Unknown { .. } => {
                self.learnt = RelayLesson::Nothing;
                self.after_a_fruitless_one()
            }
        }
    }

    fn after_a_fruitless_one(&mut self) -> RelayUse {
        self.fruitless += 1;
        if self.fruitless < MOST_FRUITLESS { RelayUse::On } else { RelayUse::Ends }
    }

    pub fn learnt(self) -> RelayLesson {
        self.learnt
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::deliverability::Finding;

    fn refused(reply: &str, about: About) -> (DeliveryOutcome, Option<Measure>) {
        let measure = match about {
            About::OurAccount => Measure::StopSending,
            About::Letter => Measure::Hold,
            _ => Measure::TryAgain,
        };
        (DeliveryOutcome::Refused { reply: reply.into(), finding: Finding { about, passes: true, ..Finding::default() } }, Some(measure))
    }

    #[test]
    fn a_pass_goes_on_as_long_as_a_server_answers_and_tells_what_the_last_letters_showed() {
        let accepted = || (DeliveryOutcome::Accepted { reply: "250 ok".into(), queue_id: None }, None);
        let not_sent = || (DeliveryOutcome::NotSent { reason: "no connection".into() }, None);
        let barred = || (DeliveryOutcome::Barred { reason: "535".into() }, None);
        let unknown = || (DeliveryOutcome::Unknown { reason: "silence".into() }, None);
        let not_tried = || (DeliveryOutcome::NotTried, None);
        let takes_none = |reply: &str| RelayLesson::TakesNone { reply: reply.into() };
        let unreached = |reason: &str| RelayLesson::Unreached { reason: reason.into() };
        for (outcomes, goes, learnt) in [
            (vec![accepted()], RelayUse::On, RelayLesson::Works),
            (vec![accepted(), not_tried()], RelayUse::Ends, RelayLesson::Works),
            (vec![accepted(), refused("451 later", About::Policy)], RelayUse::On, RelayLesson::Works),
            (vec![refused("451 later", About::Policy)], RelayUse::On, takes_none("451 later")),
            (vec![refused("451 a", About::Policy), refused("452 b", About::Storage)], RelayUse::On, takes_none("452 b")),
            (vec![refused("451 later", About::Policy), accepted()], RelayUse::On, RelayLesson::Works),
            // Of one recipient or one letter nothing follows for the others.
            (vec![refused("450 busy", About::Recipient)], RelayUse::On, RelayLesson::Nothing),
            (vec![refused("552 too large", About::Letter)], RelayUse::On, RelayLesson::Nothing),
            (vec![refused("550 we do not know you", About::OurAccount)], RelayUse::IsShut, RelayLesson::Nothing),
            (vec![not_sent()], RelayUse::On, unreached("no connection")),
            (vec![not_sent(), not_sent(), not_sent()], RelayUse::Ends, unreached("no connection")),
            (vec![not_sent(), not_sent(), accepted(), not_sent()], RelayUse::On, unreached("no connection")),
            (vec![not_sent(), not_sent(), refused("552 too large", About::Letter), not_sent()], RelayUse::On, unreached("no connection")),
            (vec![barred()], RelayUse::Ends, unreached("535")),
            (vec![refused("451 later", About::Policy), barred()], RelayUse::Ends, unreached("535")),
            (vec![unknown(), not_sent(), unknown()], RelayUse::Ends, RelayLesson::Nothing),
            (vec![not_sent(), refused("552 too large", About::Letter)], RelayUse::On, RelayLesson::Nothing),
            (vec![accepted(), unknown()], RelayUse::On, RelayLesson::Nothing),
        ] {
            let (mut relay, mut last) = (RelayInPass::default(), RelayUse::On);
            for (outcome, measure) in &outcomes {
                assert_eq!(last, RelayUse::On, "{outcomes:?}");
                last = relay.note(outcome, *measure);
            }
            assert_eq!((last, relay.learnt()), (goes, learnt), "{outcomes:?}");
        }
    }
}
