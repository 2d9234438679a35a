//! What is known of the addresses that letters go to: suspected on a claim, suppressed on proof, taken into use again by a person or the directory.
//!
//! A state is a row with the moment from which and until which it held, the words it rests on, and the event; one row of an address is open. An
//! address without one is good.

use super::Reader;
use super::Transaction;
use super::events::{self, Event};
use super::leaving::withdraw;
use super::{Result, deliveries, rows};
use crate::domain::deliverability::AddressState;
use crate::domain::delivery::DeliveryChange;
use crate::domain::event::{Actor, AddressChange, Happened};
use crate::domain::identity::{DeliveryId, LetterId, MailId, RequestId};
use crate::domain::lifecycle::Needless;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

/// The state of an address that is on record now, and since when.
pub(crate) fn state_of(db: &Reader, address: &str) -> Result<Option<(AddressState, Timestamp)>> {
    let found: Option<(String, Timestamp)> = db
        .prepare_cached("SELECT state, since FROM address_state WHERE address = ?1 AND until IS NULL")?
        .query_row([address.to_lowercase()], |row| Ok((row.get(0)?, rows::timestamp(row, 1)?)))
        .optional()?;
    Ok(found.and_then(|(name, since)| Some((AddressState::from_name(&name)?, since))))
}

/// Writes a state in the place of the one before. What waits in the outbox for an address that is written to no more is taken out of it.
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
    let event = events::last(tx)?;
    tx.prepare_cached("UPDATE address_state SET until = ?2 WHERE address = ?1 AND until IS NULL")?
        .execute(params![address, now.as_second()])?;
    tx.prepare_cached("INSERT INTO address_state (address, state, since, evidence, mail_id, event_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![address, state.name(), now.as_second(), because.evidence, because.mail.map(|mail| mail.0), event])?;
    if state == AddressState::Suppressed { withdraw_letters_to(tx, &address, now) } else { Ok(()) }
}

/// Why an address gets a state.
pub(crate) struct Because<'a> {
    pub(crate) actor: &'a Actor,
    /// The words of a server or a person.
    pub(crate) evidence: &'a str,
    pub(crate) mail: Option<MailId>,
}

fn withdraw_letters_to(tx: &Transaction<'_>, address: &str, now: Timestamp) -> Result<()> {
    let waiting: Vec<(i64, i64, bool)> = tx
        .prepare_cached(
            "SELECT d.id, d.letter_id, d.is_copy FROM delivery d JOIN letter l ON l.id = d.letter_id
             WHERE d.state = 'waiting' AND lower(d.recipient) = ?1 AND l.request_id IS NOT NULL AND d.contact_id IS NOT NULL",
        )?
        .query_map([address], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (delivery, letter, is_copy) in waiting {
        if is_copy {
            deliveries::change(tx, DeliveryId(delivery), &DeliveryChange::Cancelled { because: Needless::AddressSuppressed.why().into() })?;
        } else {
            withdraw(tx, LetterId(letter), Needless::AddressSuppressed, now)?;
        }
    }
    Ok(())
}

/// Letters that came back from the address and were not dealt with are, by this event. Their requests, one for each.
pub(crate) fn deal_with_returns_from(tx: &Transaction<'_>, address: &str, event: i64) -> Result<Vec<RequestId>> {
    let mut statement = tx.prepare_cached(
        "UPDATE delivery SET dealt_with = ?2 WHERE state IN ('refused', 'bounced') AND dealt_with IS NULL AND lower(recipient) = ?1
         RETURNING (SELECT request_id FROM letter l WHERE l.id = letter_id)",
    )?;
    let touched = statement.query_map(params![address, event], |row| row.get::<_, Option<i64>>(0))?;
    Ok(touched.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().map(RequestId).collect())
}
