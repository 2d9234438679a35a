//! Since when a request can be answered.

use jiff::Timestamp;

/// How a request reached, or may have reached, whom it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstLetter {
    pub sent_at: Option<Timestamp>,
    /// It was begun by hand, by a letter that did not leave from here.
    pub is_adopted: bool,
    /// That letter states the deadline.
    pub states_deadline: bool,
    /// When the first attempt to send any letter about it from here began.
    pub first_attempt: Option<Timestamp>,
}

impl FirstLetter {
    /// Since the first attempt began, even if the server's last word about it was never heard. What was begun by hand, by a letter that states its
    /// deadline, since that was sent.
    pub fn answerable_since(&self) -> Option<Timestamp> {
        let by_hand = self.sent_at.filter(|_| self.is_adopted && self.states_deadline);
        by_hand.or(self.first_attempt).or(self.sent_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_can_be_answered_since_its_first_letter_was_given_away_or_the_letter_by_hand_was_sent() {
        let (first, last) = (Timestamp::from_second(1_000).unwrap(), Timestamp::from_second(2_000).unwrap());
        for (sent_at, is_adopted, states_deadline, first_attempt, expected) in [
            (None, false, false, None, None),
            (None, false, false, Some(first), Some(first)),
            (Some(last), false, false, Some(first), Some(first)),
            (Some(last), false, false, None, Some(last)),
            (Some(first), true, true, Some(last), Some(first)),
            (Some(first), true, false, Some(last), Some(last)),
            (Some(first), false, true, Some(last), Some(last)),
        ] {
            let letter = FirstLetter { sent_at, is_adopted, states_deadline, first_attempt };
            assert_eq!(letter.answerable_since(), expected, "{letter:?}");
        }
    }
}
