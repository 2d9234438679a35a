//! A person wants a letter tried again.

use super::DeliveryState;
use crate::domain::identity::LetterId;

/// What is known of a letter that a person wants tried again.
#[derive(Debug, Clone)]
pub struct RetryFacts<'a> {
    /// Those of its deliveries that have not left, in their order.
    pub stuck: &'a [UndeliveredLetter],
    /// It is the first letter of a request, and that has reached nobody.
    pub is_request_unmade: bool,
    /// A later letter has made the request, and has not come back as well.
    pub written_again: Option<LetterId>,
}

/// A delivery that was refused, came back, waits for another attempt, or is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndeliveredLetter {
    pub recipient: String,
    pub state: DeliveryState,
    /// The address is written to no more.
    pub is_suppressed: bool,
}

/// What becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retry<'a> {
    /// It has left, or waits to leave for the first time.
    NothingToTry,
    /// First a person has to take that address into use again.
    Suppressed { recipient: &'a str },
    /// Another letter has taken its place.
    Replaced { by: LetterId },
    /// The request has reached nobody: it is written anew, with today's date and a deadline from it.
    WrittenAnew,
    /// The same bytes leave once more.
    SameLetter,
}

/// Decides what becomes of a letter that a person wants tried again.
pub fn retry<'a>(facts: &RetryFacts<'a>) -> Retry<'a> {
    let is_back = |one: &UndeliveredLetter| one.state.has_come_back();
    if let Some(one) = facts.stuck.iter().find(|one| one.is_suppressed) {
        Retry::Suppressed { recipient: &one.recipient }
    } else if facts.stuck.is_empty() {
        Retry::NothingToTry
    } else if let Some(by) = facts.written_again {
        Retry::Replaced { by }
    } else if facts.is_request_unmade && facts.stuck.iter().all(is_back) {
        Retry::WrittenAnew
    } else {
        Retry::SameLetter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_tried_again_or_written_anew_unless_its_place_is_taken_or_its_address_is_not_in_use() {
        use DeliveryState::{Bounced, Refused, Unknown, Waiting};
        let stuck = |state| UndeliveredLetter { recipient: "post@prisons.example".into(), state, is_suppressed: false };
        let dead = UndeliveredLetter { is_suppressed: true, ..stuck(Bounced) };
        let later = Some(LetterId(7));
        for (stuck, is_request_unmade, written_again, expected) in [
            (vec![], true, None, Retry::NothingToTry),
            (vec![stuck(Refused), dead.clone()], true, later, Retry::Suppressed { recipient: "post@prisons.example" }),
            (vec![stuck(Bounced)], true, later, Retry::Replaced { by: LetterId(7) }),
            (vec![stuck(Bounced), stuck(Refused)], true, None, Retry::WrittenAnew),
            // Who of several may have got it gets no other letter.
            (vec![stuck(Bounced), stuck(Unknown)], true, None, Retry::SameLetter),
            (vec![stuck(Waiting)], true, None, Retry::SameLetter),
            (vec![stuck(Bounced)], false, None, Retry::SameLetter),
        ] {
            assert_eq!(retry(&RetryFacts { stuck: &stuck, is_request_unmade, written_again }), expected, "{stuck:?}");
        }
    }
}
