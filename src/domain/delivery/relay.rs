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
    learnt: Learnt,
}

/// What the last letters showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Learnt {
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
pub enum Goes {
    On,
    /// The rest waits for the next pass.
    Ends,
    /// No letter of this office would be taken.
    IsShut,
}

impl RelayInPass {
    /// Learns how an attempt ended. `measure`: what is done about it, if it was refused.
    pub fn note(&mut self, outcome: &DeliveryOutcome, measure: Option<Measure>) -> Goes {
        match outcome {
            DeliveryOutcome::Accepted { .. } => {
                *self = RelayInPass { fruitless: 0, learnt: Learnt::Works };
                Goes::On
            }
            DeliveryOutcome::Refused { reply, finding } => {
                self.fruitless = 0;
                let speaks_of_itself = measure == Some(Measure::TryAgain) && finding.about != About::Recipient;
                match self.learnt {
                    Learnt::Works => {}
                    _ if speaks_of_itself => self.learnt = Learnt::TakesNone { reply: reply.clone() },
                    Learnt::Unreached { .. } => self.learnt = Learnt::Nothing,
                    Learnt::TakesNone { .. } | Learnt::Nothing => {}
                }
                if measure == Some(Measure::StopSending) { Goes::IsShut } else { Goes::On }
            }
            // Dropped on our own account: neither a fault of the server nor of the letter.
            DeliveryOutcome::NotTried => Goes::Ends,
            // Servers lock an account after a few wrong passwords.
            DeliveryOutcome::Barred { reason } => {
                self.learnt = Learnt::Unreached { reason: reason.clone() };
                Goes::Ends
            }
            DeliveryOutcome::NotSent { reason } => {
                self.learnt = Learnt::Unreached { reason: reason.clone() };
                self.after_a_fruitless_one()
            }
            DeliveryOutcome::Unknown { .. } => {
                self.learnt = Learnt::Nothing;
                self.after_a_fruitless_one()
            }
        }
    }

    fn after_a_fruitless_one(&mut self) -> Goes {
        self.fruitless += 1;
        if self.fruitless < MOST_FRUITLESS { Goes::On } else { Goes::Ends }
    }

    pub fn learnt(self) -> Learnt {
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
        let takes_none = |reply: &str| Learnt::TakesNone { reply: reply.into() };
        let unreached = |reason: &str| Learnt::Unreached { reason: reason.into() };
        for (outcomes, goes, learnt) in [
            (vec![accepted()], Goes::On, Learnt::Works),
            (vec![accepted(), not_tried()], Goes::Ends, Learnt::Works),
            (vec![accepted(), refused("451 later", About::Policy)], Goes::On, Learnt::Works),
            (vec![refused("451 later", About::Policy)], Goes::On, takes_none("451 later")),
            (vec![refused("451 a", About::Policy), refused("452 b", About::Storage)], Goes::On, takes_none("452 b")),
            (vec![refused("451 later", About::Policy), accepted()], Goes::On, Learnt::Works),
            // Of one recipient or one letter nothing follows for the others.
            (vec![refused("450 busy", About::Recipient)], Goes::On, Learnt::Nothing),
            (vec![refused("552 too large", About::Letter)], Goes::On, Learnt::Nothing),
            (vec![refused("550 we do not know you", About::OurAccount)], Goes::IsShut, Learnt::Nothing),
            (vec![not_sent()], Goes::On, unreached("no connection")),
            (vec![not_sent(), not_sent(), not_sent()], Goes::Ends, unreached("no connection")),
            (vec![not_sent(), not_sent(), accepted(), not_sent()], Goes::On, unreached("no connection")),
            (vec![not_sent(), not_sent(), refused("552 too large", About::Letter), not_sent()], Goes::On, unreached("no connection")),
            (vec![barred()], Goes::Ends, unreached("535")),
            (vec![refused("451 later", About::Policy), barred()], Goes::Ends, unreached("535")),
            (vec![unknown(), not_sent(), unknown()], Goes::Ends, Learnt::Nothing),
            (vec![not_sent(), refused("552 too large", About::Letter)], Goes::On, Learnt::Nothing),
            (vec![accepted(), unknown()], Goes::On, Learnt::Nothing),
        ] {
            let (mut relay, mut last) = (RelayInPass::default(), Goes::On);
            for (outcome, measure) in &outcomes {
                assert_eq!(last, Goes::On, "{outcomes:?}");
                last = relay.note(outcome, *measure);
            }
            assert_eq!((last, relay.learnt()), (goes, learnt), "{outcomes:?}");
        }
    }
}
