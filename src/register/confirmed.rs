//! Addresses that write for an authority because a person has said so of one mail, as the register
//! keeps it. What follows from it is decided by `domain::trust`.

use super::{Reader, Result, Transaction, rows};
use crate::domain::identity::{AuthorityId, MailId, RequestId};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

/// What a person has said of a mail, so that its address writes for an authority.
pub(crate) struct Confirmed<'a> {
    /// In any case.
    pub(crate) address: &'a str,
    pub(crate) authority: AuthorityId,
    pub(crate) mail: MailId,
    /// By which it was said.
    pub(crate) event: i64,
}

/// What was said first stays.
pub(crate) fn put(tx: &Transaction<'_>, confirmed: &Confirmed<'_>, now: Timestamp) -> Result<()> {
    let Confirmed { address, authority, mail, event } = confirmed;
    tx.prepare_cached(
        "INSERT OR IGNORE INTO confirmed_sender (address, authority_id, since, mail_id, event_id) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![address.to_lowercase(), authority.0, now.as_second(), mail.0, event])?;
    Ok(())
}

/// The address that wrote for the authority because of this mail, and does no more; none if there was none.
pub(crate) fn take_away(tx: &Transaction<'_>, mail: MailId, authority: AuthorityId) -> Result<Option<String>> {
    let mut taken = tx.prepare_cached("DELETE FROM confirmed_sender WHERE mail_id = ?1 AND authority_id = ?2 RETURNING address")?;
    Ok(taken.query_row([mail.0, authority.0], |row| row.get(0)).optional()?)
}

/// An address that writes for an authority because a person has said so of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfirmedSender {
    pub address: String,
    pub since: Timestamp,
    pub mail: MailId,
}

impl Reader {
    /// The addresses that people have said write for an authority, in the order in which they have said so.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn confirmed_senders(&self, authority: AuthorityId) -> Result<Vec<ConfirmedSender>> {
        let mut statement = self
            .db
            .prepare_cached("SELECT address, since, mail_id FROM confirmed_sender WHERE authority_id = ?1 ORDER BY since, address")?;
        let found = statement.query_map([authority.0], |row| {
            Ok(ConfirmedSender { address: row.get(0)?, since: rows::timestamp(row, 1)?, mail: MailId(row.get(2)?) })
        })?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }
}

impl Reader {
    /// Who has linked a mail by hand, when, and the authorities for which its address is remembered.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn said_of_sender(&self, mail: MailId) -> Result<Option<SaidOfSender>> {
        let linked: Option<(String, Timestamp)> = self
            .db
            .prepare_cached("SELECT person, linked_at FROM mail_link WHERE mail_id = ?1 AND person IS NOT NULL ORDER BY linked_at LIMIT 1")?
            .query_row([mail.0], |row| Ok((row.get(0)?, rows::timestamp(row, 1)?)))
            .optional()?;
        let Some((by, at)) = linked else { return Ok(None) };
        let mut remembered = self.db.prepare_cached(
            "SELECT a.name FROM mail m JOIN confirmed_sender c ON c.address = lower(m.sender) JOIN authority a ON a.id = c.authority_id
             WHERE m.id = ?1 ORDER BY a.name",
        )?;
        let remembered_for = remembered.query_map([mail.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(Some(SaidOfSender { by, at, remembered_for }))
    }
}

/// What a person has said of the sender of a mail by linking it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidOfSender {
    pub by: String,
    pub at: Timestamp,
    /// Names of authorities, as which its exact address counts.
    pub remembered_for: Vec<String>,
}

/// Answers of an address to an authority's requests, as people have said, oldest first.
pub(crate) fn said_by_people(db: &Reader, address: &str, authority: AuthorityId) -> Result<Vec<(MailId, RequestId)>> {
    links(db, "l.person IS NOT NULL AND l.effect = 'reply'", address, authority)
}

/// What rules have let count.
pub(crate) fn counted_by_rule(db: &Reader, address: &str, authority: AuthorityId) -> Result<Vec<(MailId, RequestId)>> {
    links(db, "l.person IS NULL AND l.effect <> 'waiting'", address, authority)
}

fn links(db: &Reader, which: &str, address: &str, authority: AuthorityId) -> Result<Vec<(MailId, RequestId)>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT l.mail_id, l.request_id FROM request r JOIN mail_link l ON l.request_id = r.id JOIN mail m ON m.id = l.mail_id
         WHERE r.authority_id = ?2 AND lower(m.sender) = ?1 AND {which} ORDER BY l.mail_id, l.request_id"
    ))?;
    let found = statement.query_map(params![address, authority.0], |row| Ok((MailId(row.get(0)?), RequestId(row.get(1)?))))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Mails of an address that are linked to requests of an authority, may be, or rest them all.
pub(crate) fn placed_by_rule(db: &Reader, address: &str, authority: AuthorityId) -> Result<Vec<MailId>> {
    let mut statement = db.prepare_cached(
        "SELECT m.id FROM mail m WHERE lower(m.sender) = ?1 AND NOT m.placed_by_person AND m.standing IN ('linked', 'suggested', 'unlinked')
            AND m.id IN (SELECT l.mail_id FROM mail_link l JOIN request r ON r.id = l.request_id WHERE r.authority_id = ?2
                UNION SELECT s.mail_id FROM mail_suggestion s JOIN request r ON r.id = s.request_id WHERE r.authority_id = ?2
                UNION SELECT x.mail_id FROM rest x WHERE x.authority_id = ?2 AND x.until IS NULL)
         ORDER BY m.id",
    )?;
    let found = statement.query_map(params![address, authority.0], |row| row.get(0).map(MailId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
