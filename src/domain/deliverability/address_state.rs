//! What is known of an address: written to as usual, suspected on a claim, written to no more on proof; and what changes that.

use super::finding::Finding;
use super::measure::{Measure, Witness};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What is known of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressState {
    /// A person, or the directory, says that it is to be used again.
    Good,
    /// Somebody says that mail to it comes back for good, and nothing proves it. It is written to as before.
    Suspect,
    /// Written to no more.
    Suppressed,
}

impl AddressState {
    pub fn name(self) -> &'static str {
        match self {
            AddressState::Good => "good",
            AddressState::Suspect => "suspect",
            AddressState::Suppressed => "suppressed",
        }
    }

    pub fn from_name(name: &str) -> Option<AddressState> {
        [AddressState::Good, AddressState::Suspect, AddressState::Suppressed].into_iter().find(|state| state.name() == name)
    }

    /// The state after a refusal to which this is done; none if it stays as it is. `before_state`: the letter had left before the address came
    /// into its state, and the report came after that. It says nothing of the address since that was taken into use again.
    pub fn after(known: Option<AddressState>, before_state: bool, measure: Measure, finding: Finding) -> Option<AddressState> {
        if before_state && known == Some(AddressState::Good) {
            return None;
        }
        match measure {
            Measure::Suppress if known != Some(AddressState::Suppressed) => Some(AddressState::Suppressed),
            Measure::Rest if finding.hard_bounce && !matches!(known, Some(AddressState::Suppressed | AddressState::Suspect)) => {
                Some(AddressState::Suspect)
            }
            _ => None,
        }
    }
}

/// Whether the directory's owner takes an address into use again: the row of its holder has changed, or was confirmed after the day of the proof.
/// The same file every night is neither.
pub fn revives(row_changed: bool, confirmed_on: Option<Date>, proven_on: Date) -> bool {
    row_changed || confirmed_on.is_some_and(|confirmed_on| confirmed_on > proven_on)
}

/// Whether a report tells of a letter that had left before the address came into its present state (`since`), and came after that: then it says
/// nothing of the address as it is now. A person who confirms it means today.
pub fn tells_of_before(witness: Witness, since: Option<Timestamp>, came_at: Timestamp, attempted_at: Option<Timestamp>) -> bool {
    let came_since = |since| came_at > since && attempted_at.is_some_and(|attempted_at| attempted_at < since);
    witness != Witness::Person && since.is_some_and(came_since)
}
