//! An address comes into another state, or out of use: what waits in the outbox for one that is written to no more is taken out of it, and so are
//! drafts.

use super::taking_out::take_out;
use crate::domain::deliverability::AddressState;
use crate::domain::delivery::DeliveryChange;
use crate::domain::event::{Actor, AddressChange, Happened};
use crate::domain::identity::MailId;
use crate::domain::lifecycle::Needless;
use crate::register::deliveries::GoesTo;
use crate::register::events::{self, Event};
use crate::register::{Result, Transaction, addresses, deliveries, drafts};
use jiff::Timestamp;

/// Why an address gets a state.
pub(crate) struct Because<'a> {
    pub(crate) actor: &'a Actor,
    /// The words of a server or a person.
    pub(crate) evidence: &'a str,
    pub(crate) mail: Option<MailId>,
}

/// Writes a state in the place of the one before.
pub(crate) fn put_state(tx: &Transaction<'_>, address: &str, state: AddressState, because: &Because<'_>, now: Timestamp) -> Result<()> {
    let address = address.to_lowercase();
    let happened = match state {
        AddressState::Good => Happened::AddressUsedAgain,
        AddressState::Suspect => Happened::AddressSuspected,
        AddressState::Suppressed => Happened::AddressSuppressed,
    };
    let change = AddressChange { address: address.clone(), why: because.evidence.to_owned() };
    let mut event = Event::new(now, happened(change), because.actor);
    event.mail = because.mail;
    event.append(tx)?;
    addresses::put(tx, &address, state, because.evidence, because.mail, events::last(tx)?, now)?;
    match state {
        AddressState::Suppressed => withdraw_letters_to(tx, GoesTo::Address(&address), Needless::AddressSuppressed, now),
        AddressState::Good | AddressState::Suspect => Ok(()),
    }
}

/// Takes out of the outbox, and from among the drafts, what waits to go there; who is to be written to gets the letter anew, at another address or by
/// another name. A copy to the successor of whom it was written to leaves: the letter is not about the person.
pub(crate) fn withdraw_letters_to(tx: &Transaction<'_>, to: GoesTo<'_>, why: Needless, now: Timestamp) -> Result<()> {
    for (delivery, letter, is_copy) in deliveries::waiting_to(tx, to)? {
        match (is_copy, why) {
            (false, _) => take_out(tx, letter, why, now)?,
            (true, Needless::HolderChanged) => {}
            (true, _) => deliveries::change(tx, delivery, &DeliveryChange::Cancelled { because: why.why().into() })?,
        }
    }
    let drafts = drafts::going_to(tx, to)?;
    drafts.into_iter().try_for_each(|letter| take_out(tx, letter, why, now))
}
