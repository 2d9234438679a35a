//! What staff are told of how a request was delivered, from all its letters together.

use crate::domain::delivery::DeliveryState;
use serde::{Deserialize, Serialize};

/// What lists say of how a request was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    Waiting,
    Attempting,
    Accepted,
    Unknown,
    Cancelled,
    /// A letter came back or was refused, and nobody has acted on it.
    CameBack,
    /// So did one, and its address is written to no more.
    Suppressed,
    /// Somebody says that a letter came back, nothing proves it, and nobody has decided.
    Reported,
}

impl Delivery {
    /// Where one delivery stands, in the words of lists. `returned`: a report says that it came back, and nobody has had it tried again.
    pub fn of(state: DeliveryState, returned: bool) -> Delivery {
        match state {
            DeliveryState::Waiting if !returned => Delivery::Waiting,
            DeliveryState::Waiting | DeliveryState::Refused | DeliveryState::Bounced => Delivery::CameBack,
            DeliveryState::Attempting => Delivery::Attempting,
            DeliveryState::Accepted => Delivery::Accepted,
            DeliveryState::Unknown => Delivery::Unknown,
            DeliveryState::Cancelled => Delivery::Cancelled,
        }
    }
}

/// One letter of a request as it stands with its main recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// [`Delivery::CameBack`] if it came back or was refused.
    pub delivery: Delivery,
    /// The address is written to no more.
    pub suppressed: bool,
    /// A person has acted on its coming back.
    pub dealt_with: bool,
    /// Authority, unit and level of the recipient.
    pub seat: (i64, String, String),
}

/// Which letter of a request, oldest first, is to be told as come back: the latest on which nobody has acted, unless a later one got through to the
/// same unit and level.
pub fn came_back(letters: &[Sent]) -> Option<usize> {
    let got_through = |from: usize, seat: &(i64, String, String)| {
        letters.iter().skip(from + 1).any(|later| later.delivery == Delivery::Accepted && later.seat == *seat)
    };
    let told = |(place, letter): &(usize, &Sent)| {
        letter.delivery == Delivery::CameBack && !letter.dealt_with && !got_through(*place, &letter.seat)
    };
    letters.iter().enumerate().rev().find(told).map(|(place, _)| place)
}

/// How a request was delivered, from its letters, oldest first. `is_open`: an answer is still expected. `claimed`: somebody says that a letter came
/// back, and nobody has decided.
pub fn delivery(letters: &[Sent], is_open: bool, claimed: bool) -> Option<Delivery> {
    match came_back(letters).and_then(|place| letters.get(place)).filter(|_| is_open) {
        Some(letter) if letter.suppressed => Some(Delivery::Suppressed),
        Some(_) => Some(Delivery::CameBack),
        None if is_open && claimed => Some(Delivery::Reported),
        None => letters.last().map(|letter| letter.delivery),
    }
}
