//! Rows of what a mailbox holds or held and did not give: mails to be asked for again, how far its numbers are accounted for, and whether it is a
//! folder for spam. What left it unread stands in [`super::vanished`].

use super::vanished::note_waits;
use super::{Reader, Result, Transaction, rows};
use crate::domain::identity::MailId;
use crate::domain::unfetched::Listing;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

/// A mail that could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfetched {
    pub item: String,
    pub since: Timestamp,
    pub next_at: Timestamp,
    pub why: String,
    /// A note of it stands in the holding queue.
    pub noted: bool,
}

/// An attempt to fetch a mail that failed.
pub(crate) struct FailedFetch<'a> {
    pub(crate) item: &'a str,
    pub(crate) source: &'a str,
    pub(crate) since: Timestamp,
    pub(crate) next_at: Timestamp,
    pub(crate) why: &'a str,
    /// A note of it is put into the holding queue, or stands there.
    pub(crate) noted: bool,
}

impl Reader {
    /// The mails of a mailbox that could not be fetched, those missed longest first.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn unfetched(&self, mailbox: &str) -> Result<Vec<Unfetched>> {
        let mut statement =
            self.db.prepare_cached("SELECT item, since, next_at, why, noted FROM unfetched WHERE mailbox = ?1 ORDER BY since, item")?;
        let found = statement.query_map([mailbox], |row| {
            Ok(Unfetched {
                item: row.get(0)?,
                since: rows::timestamp(row, 1)?,
                next_at: rows::timestamp(row, 2)?,
                why: row.get(3)?,
                noted: row.get(4)?,
            })
        })?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// Whether a mail came by an account's Junk folder only: a filter took it for spam, and nobody has taken it out.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn perhaps_spam(&self, mail: MailId) -> Result<bool> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM junk_folder) AND NOT EXISTS (
                    SELECT 1 FROM arrival a WHERE a.mail_id = ?1 AND NOT EXISTS (
                        SELECT 1 FROM junk_folder j WHERE substr(a.source, 1, length(j.mailbox) + 1) = j.mailbox || ';'))",
            )?
            .query_row([mail.0], |row| row.get(0))?)
    }
}

/// Whether anything of a mailbox could not be fetched.
pub(crate) fn has_any(db: &Reader, mailbox: &str) -> Result<bool> {
    let mut statement = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM unfetched WHERE mailbox = ?1)")?;
    Ok(statement.query_row([mailbox], |row| row.get(0))?)
}

/// It was fetched, or is there no more.
pub(crate) fn remove(tx: &Transaction<'_>, mailbox: &str, item: &str) -> Result<()> {
    tx.prepare_cached("DELETE FROM unfetched WHERE mailbox = ?1 AND item = ?2")?.execute([mailbox, item])?;
    Ok(())
}

pub(crate) fn remove_all(tx: &Transaction<'_>, mailbox: &str) -> Result<()> {
    tx.prepare_cached("DELETE FROM unfetched WHERE mailbox = ?1")?.execute([mailbox])?;
    Ok(())
}

pub(crate) fn put(tx: &Transaction<'_>, mailbox: &str, failed: &FailedFetch<'_>) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO unfetched (mailbox, item, source, since, attempts, next_at, why, noted) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET attempts = attempts + 1, next_at = excluded.next_at, why = excluded.why, noted = max(noted, excluded.noted)",
    )?
    .execute(params![
        mailbox,
        failed.item,
        failed.source,
        failed.since.as_second(),
        failed.next_at.as_second(),
        failed.why,
        failed.noted
    ])?;
    Ok(())
}

/// Below which of a mailbox's numbers all are accounted for; none of a mailbox that was not looked into before.
pub(crate) fn given_below(db: &Reader, mailbox: &str, uid_validity: u32) -> Result<Option<u32>> {
    let mut statement = db.prepare_cached("SELECT given_below FROM listing WHERE mailbox = ?1 AND uid_validity = ?2")?;
    Ok(statement.query_row(params![mailbox, uid_validity], |row| row.get(0)).optional()?)
}

/// `rebuilt`: the mailbox counts anew.
pub(crate) fn put_listing(tx: &Transaction<'_>, mailbox: &str, listing: &Listing, rebuilt: bool) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO listing (mailbox, uid_validity, given_below) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET uid_validity = excluded.uid_validity, given_below = CASE
            WHEN uid_validity = excluded.uid_validity AND NOT ?4 THEN max(given_below, excluded.given_below) ELSE excluded.given_below END",
    )?
    .execute(params![mailbox, listing.uid_validity, listing.given_below, rebuilt])?;
    Ok(())
}

/// Whether something that was in this mailbox may still be an answer that nobody has read.
pub(crate) fn keeps_from_the_end(db: &Reader, mailbox: &str, now: Timestamp) -> Result<bool> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM unfetched WHERE mailbox = ?1 AND NOT noted)
             OR EXISTS (SELECT 1 FROM vanished v WHERE mailbox = ?1 AND rests_until > ?2 AND (looked_at IS NULL OR {}))",
        note_waits()
    );
    Ok(db.prepare_cached(&sql)?.query_row(params![mailbox, now.as_second()], |row| row.get(0))?)
}

/// Until when something counts as unread in one of the mailboxes of the configuration.
pub(crate) fn unread_until(db: &Reader) -> Result<Option<Timestamp>> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM unfetched u JOIN mailbox b ON b.name = u.mailbox WHERE b.active AND NOT u.noted),
            (SELECT max(rests_until) FROM vanished v JOIN mailbox b ON b.name = v.mailbox
             WHERE b.active AND rests_until IS NOT NULL AND (looked_at IS NULL OR {}))",
        note_waits()
    );
    Ok(db.prepare_cached(&sql)?.query_row([], |row| {
        let without_end: bool = row.get(0)?;
        Ok(if without_end { Some(Timestamp::MAX) } else { rows::optional_timestamp(row, 1)? })
    })?)
}

/// Whether a mailbox is an account's Junk folder, as its server says today.
pub(crate) fn put_junk_folder(tx: &Transaction<'_>, mailbox: &str, is_junk: bool) -> Result<()> {
    let sql =
        if is_junk { "INSERT OR IGNORE INTO junk_folder (mailbox) VALUES (?1)" } else { "DELETE FROM junk_folder WHERE mailbox = ?1" };
    tx.prepare_cached(sql)?.execute([mailbox])?;
    Ok(())
}
