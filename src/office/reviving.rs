//! An address is taken into use again: by a person, or because the directory names it anew.

use crate::domain::deliverability::{AddressState, revives};
use crate::domain::event::Actor;
use crate::domain::refusal::{AddressRefusal, Refusal};
use crate::domain::rules::day_in;
use crate::outgoing::{Because, planning, put_state};
use crate::register::{Register, Result, Transaction, addresses, delivery_reports, events};
use jiff::Timestamp;
use jiff::civil::Date;

impl Register {
    /// A person takes an address into use again. The requests whose letters came back from it go out again by themselves.
    ///
    /// # Errors
    ///
    /// Refused: an address that nothing on record speaks against.
    pub fn revive_address(&mut self, address: &str, actor: &Actor, now: Timestamp) -> Result<()> {
        let address = address.trim().trim_start_matches('<').trim_end_matches('>').to_lowercase();
        self.write(|tx| match addresses::state_of(tx, &address)? {
            Some((AddressState::Suppressed | AddressState::Suspect, _)) => revive(tx, &address, "a person says so", actor, now),
            _ => Err(Refusal::Address { address: address.clone(), why: AddressRefusal::IsGood }.into()),
        })
    }
}

/// An import names an address again. Whether that takes it into use again.
pub(super) fn imported(
    tx: &Transaction<'_>,
    address: &str,
    (row_changed, confirmed_on): (bool, Option<Date>),
    actor: &Actor,
    now: Timestamp,
) -> Result<bool> {
    let Some((AddressState::Suppressed | AddressState::Suspect, since)) = addresses::state_of(tx, address)? else { return Ok(false) };
    if !revives(row_changed, confirmed_on, day_in(since, &tx.rules().time_zone)) {
        return Ok(false);
    }
    let evidence = match confirmed_on {
        Some(day) => format!("the directory says that it was confirmed on {day}"),
        None => "its row in the directory has changed".into(),
    };
    revive(tx, address, &evidence, actor, now)?;
    Ok(true)
}

/// What came back from the address, or is said to have, is dealt with.
fn revive(tx: &Transaction<'_>, address: &str, evidence: &str, actor: &Actor, now: Timestamp) -> Result<()> {
    put_state(tx, address, AddressState::Good, &Because { actor, evidence, mail: None }, now)?;
    let came_back = addresses::deal_with_returns_from(tx, address, events::last(tx)?)?;
    let claimed = delivery_reports::drop_claims_about(tx, address)?;
    planning::replan_all(tx, came_back.into_iter().chain(claimed), now)
}
