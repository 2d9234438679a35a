//! What is known of the addresses that letters go to: suspected on a claim, suppressed on proof, taken into use again by a person or the directory.
//!
//! A state is a row with the moment from which and until which it held, the words it rests on, and the event; one row of an address is open. An
//! address without one is good.

use super::Reader;
use super::Transaction;
use super::events::{self, Event};
use super::leaving::withdraw;
use super::{Register, Result, deliveries, planning, returns, rows};
use crate::domain::deliverability::{AddressState, revives};
use crate::domain::delivery::DeliveryChange;
use crate::domain::event::{Actor, AddressChange, Happened};
use crate::domain::identity::{DeliveryId, LetterId, MailId, RequestId};
use crate::domain::lifecycle::Needless;
use crate::domain::refusal::{AddressRefusal, Refusal};
use crate::domain::rules::day_in;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{OptionalExtension, params};

/// The state of an address that is on record now, and since when.
pub(super) fn state_of(db: &Reader, address: &str) -> Result<Option<(AddressState, Timestamp)>> {
    let found: Option<(String, Timestamp)> = db
        .prepare_cached("SELECT state, since FROM address_state WHERE address = ?1 AND until IS NULL")?
        .query_row([address.to_lowercase()], |row| Ok((row.get(0)?, rows::timestamp(row, 1)?)))
        .optional()?;
    Ok(found.and_then(|(name, since)| Some((AddressState::from_name(&name)?, since))))
}

/// Writes a state in the place of the one before. What waits in the outbox for an address that is written to no more is taken out of it.
pub(super) fn put_state(tx: &Transaction<'_>, address: &str, state: AddressState, because: &Because<'_>, now: Timestamp) -> Result<()> {
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
pub(super) struct Because<'a> {
    pub(super) actor: &'a Actor,
    /// The words of a server or a person.
    pub(super) evidence: &'a str,
    pub(super) mail: Option<MailId>,
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

impl Register {
    /// A person takes an address into use again. The requests whose letters came back from it go out again by themselves.
    pub fn revive_address(&mut self, address: &str, actor: &Actor, now: Timestamp) -> Result<()> {
        let address = address.trim().trim_start_matches('<').trim_end_matches('>').to_lowercase();
        self.write(|tx| match state_of(tx, &address)? {
            Some((AddressState::Suppressed | AddressState::Suspect, _)) => revive(tx, &address, "a person says so", actor, now),
            _ => Err(Refusal::Address { address: address.clone(), why: AddressRefusal::IsGood }.into()),
        })
    }
}

/// Takes an address into use again: what came back from it, or is said to have, is dealt with.
pub(super) fn revive(tx: &Transaction<'_>, address: &str, evidence: &str, actor: &Actor, now: Timestamp) -> Result<()> {
    put_state(tx, address, AddressState::Good, &Because { actor, evidence, mail: None }, now)?;
    let event = events::last(tx)?;
    let touched: Vec<Option<i64>> = tx
        .prepare_cached(
            "UPDATE delivery SET dealt_with = ?2 WHERE state IN ('refused', 'bounced') AND dealt_with IS NULL AND lower(recipient) = ?1
             RETURNING (SELECT request_id FROM letter l WHERE l.id = letter_id)",
        )?
        .query_map(params![address, event], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let claimed = returns::drop_claims_about(tx, address)?;
    let mut touched: Vec<RequestId> = touched.into_iter().flatten().map(RequestId).chain(claimed).collect();
    touched.sort();
    touched.dedup();
    touched.into_iter().try_for_each(|request| planning::replan(tx, request, now))
}

/// An import names an address again. Whether that takes it into use again.
pub(super) fn imported(
    tx: &Transaction<'_>,
    address: &str,
    (row_changed, confirmed_on): (bool, Option<Date>),
    actor: &Actor,
    now: Timestamp,
) -> Result<bool> {
    let Some((AddressState::Suppressed | AddressState::Suspect, since)) = state_of(tx, address)? else { return Ok(false) };
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
