//! What is known of the addresses that letters go to: suspected on a claim, suppressed on proof, taken into use again by a person or the directory.
//!
//! A state is a row with the moment from which and until which it held, the words it rests on, and the event; one row of an address is open. An
//! address without one is good.

use super::Reader;
use super::Transaction;
use super::deliveries::CAME_BACK;
use super::{Result, rows};
use crate::domain::deliverability::AddressState;
use crate::domain::identity::{MailId, RequestId};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

/// The state of an address that is on record now, and since when.
pub(crate) fn state_of(db: &Reader, address: &str) -> Result<Option<(AddressState, Timestamp)>> {
    let mut statement = db.prepare_cached("SELECT state, since FROM address_state WHERE address = ?1 AND until IS NULL")?;
    let read = |row: &Row<'_>| Ok((rows::word(row, 0, AddressState::from_name)?, rows::timestamp(row, 1)?));
    Ok(statement.query_row([address.to_lowercase()], read).optional()?)
}

/// Writes a state of an address, in lower case, in the place of the one before.
pub(crate) fn put(
    tx: &Transaction<'_>,
    address: &str,
    state: AddressState,
    evidence: &str,
    mail: Option<MailId>,
    event: i64,
    now: Timestamp,
) -> Result<()> {
    tx.prepare_cached("UPDATE address_state SET until = ?2 WHERE address = ?1 AND until IS NULL")?
        .execute(params![address, now.as_second()])?;
    tx.prepare_cached("INSERT INTO address_state (address, state, since, evidence, mail_id, event_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![address, state.name(), now.as_second(), evidence, mail.map(|mail| mail.0), event])?;
    Ok(())
}

/// Whether an address is anything but good because of this mail.
pub(crate) fn rests_on(db: &Reader, address: &str, mail: MailId) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT 1 FROM address_state WHERE mail_id = ?2 AND address = lower(?1) AND until IS NULL AND state <> 'good'")?
        .exists(params![address, mail.0])?)
}

/// Letters that came back from the address and were not dealt with are, by this event. Their requests, one for each.
pub(crate) fn deal_with_returns_from(tx: &Transaction<'_>, address: &str, event: i64) -> Result<Vec<RequestId>> {
    let mut statement = tx.prepare_cached(&format!(
        "UPDATE delivery SET dealt_with = ?2 WHERE state IN {CAME_BACK} AND dealt_with IS NULL AND lower(recipient) = ?1
         RETURNING (SELECT request_id FROM letter l WHERE l.id = letter_id)"
    ))?;
    let touched = statement.query_map(params![address, event], |row| row.get::<_, Option<i64>>(0))?;
    Ok(touched.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().map(RequestId).collect())
}
