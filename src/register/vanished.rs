//! Rows of mails that left a mailbox before they were read. Nothing is known of them but how many they are and when they can have come.

use super::standings::standings_that;
use super::{Reader, Result, Transaction, rows};
use crate::domain::identity::MailId;
use crate::domain::unfetched::missed_since;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

/// Mails that are missed and still to be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    pub how_many: u64,
    /// They came after this.
    pub since: Timestamp,
    pub noticed_at: Timestamp,
}

/// Mails that left a mailbox unread, and for which letters rest.
pub(crate) struct RestsFor {
    pub(crate) how_many: u64,
    pub(crate) until: Timestamp,
    /// Where was looked, in a sentence or two; none while they are still to be looked for.
    pub(crate) looked: Option<String>,
}

/// How the search for what left a mailbox ended.
pub(crate) struct SearchEnded<'a> {
    /// As many were found as had left: nothing rests for them any more.
    pub(crate) closed: bool,
    /// Where was looked, in a sentence or two.
    pub(crate) looked: &'a str,
    /// The source of the note that stands in the holding queue for them.
    pub(crate) note: Option<&'a str>,
}

/// Of a row `v`: its note stands in the holding queue, and nobody has dealt with it.
pub(super) fn note_waits() -> String {
    let waiting = standings_that(|standing| !standing.is_dealt_with());
    format!("EXISTS (SELECT 1 FROM arrival a JOIN mail m ON m.id = a.mail_id WHERE a.source = v.note AND m.standing IN {waiting})")
}

impl Reader {
    /// What is still to be looked for, if anything.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn gap(&self, mailbox: &str) -> Result<Option<Gap>> {
        let (how_many, since, noticed_at): (Option<i64>, Option<Timestamp>, Option<Timestamp>) = self
            .db
            .prepare_cached("SELECT sum(how_many), min(since), min(noticed_at) FROM vanished WHERE mailbox = ?1 AND looked_at IS NULL")?
            .query_row([mailbox], |row| Ok((row.get(0)?, rows::optional_timestamp(row, 1)?, rows::optional_timestamp(row, 2)?)))?;
        let (Some(how_many), Some(noticed_at)) = (how_many, noticed_at) else { return Ok(None) };
        Ok(Some(Gap { how_many: how_many.unsigned_abs(), since: missed_since(since, noticed_at), noticed_at }))
    }

    /// Whether a mail that was ingested from elsewhere can be one that `mailbox` misses.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn closes(&self, mailbox: &str, mail: MailId, gap: &Gap) -> Result<bool> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM mail WHERE id = ?1 AND taken_at >= ?2) AND NOT EXISTS (
                    SELECT 1 FROM arrival WHERE mail_id = ?1 AND substr(source, 1, length(?3) + 1) = ?3 || ';')",
            )?
            .query_row(params![mail.0, gap.since.as_second(), mailbox], |row| row.get(0))?)
    }
}

/// When mails were last found to have left a mailbox for which letters rested.
pub(crate) fn last_rest(db: &Reader, mailbox: &str) -> Result<Option<Timestamp>> {
    let mut statement = db.prepare_cached("SELECT max(noticed_at) FROM vanished WHERE mailbox = ?1 AND rests_until IS NOT NULL")?;
    Ok(statement.query_row([mailbox], |row| rows::optional_timestamp(row, 0))?)
}

/// When mails were last found to have left a mailbox of which a note was made.
pub(crate) fn last_note(db: &Reader, mailbox: &str) -> Result<Option<Timestamp>> {
    let mut statement = db.prepare_cached("SELECT max(noticed_at) FROM vanished WHERE mailbox = ?1 AND note IS NOT NULL")?;
    Ok(statement.query_row([mailbox], |row| rows::optional_timestamp(row, 0))?)
}

/// Whether letters rest for what is still to be looked for.
pub(crate) fn rests_for_sought(db: &Reader, mailbox: &str) -> Result<bool> {
    let mut statement = db.prepare_cached("SELECT 1 FROM vanished WHERE mailbox = ?1 AND looked_at IS NULL AND rests_until IS NOT NULL")?;
    Ok(statement.exists([mailbox])?)
}

/// For what letters rest, the latest of it.
pub(crate) fn rests_for(db: &Reader, mailbox: &str, now: Timestamp) -> Result<Option<RestsFor>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT how_many, rests_until, looked, looked_at IS NULL FROM vanished v
         WHERE mailbox = ?1 AND rests_until > ?2 AND (looked_at IS NULL OR {}) ORDER BY noticed_at DESC LIMIT 1",
        note_waits()
    ))?;
    let found = statement.query_row(params![mailbox, now.as_second()], |row| {
        let is_sought: bool = row.get(3)?;
        Ok(RestsFor {
            how_many: row.get::<_, i64>(0)?.unsigned_abs(),
            until: rows::timestamp(row, 1)?,
            looked: if is_sought { None } else { Some(row.get(2)?) },
        })
    });
    Ok(found.optional()?)
}

/// Mails were found to have left a mailbox.
pub(crate) fn put(tx: &Transaction<'_>, mailbox: &str, how_many: i64, rests_until: Option<Timestamp>, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO vanished (mailbox, noticed_at, how_many, rests_until, since)
         VALUES (?1, ?2, ?3, ?4, (SELECT read_at FROM mailbox WHERE name = ?1))
         ON CONFLICT DO UPDATE SET how_many = how_many + excluded.how_many, looked_at = NULL",
    )?
    .execute(params![mailbox, now.as_second(), how_many, rests_until.map(|until| until.as_second())])?;
    Ok(())
}

/// What was still to be looked for has been.
pub(crate) fn put_search(tx: &Transaction<'_>, mailbox: &str, ended: &SearchEnded<'_>, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "UPDATE vanished SET looked_at = ?2, looked = ?3, note = ?4, rests_until = CASE WHEN ?5 THEN NULL ELSE rests_until END
         WHERE mailbox = ?1 AND looked_at IS NULL",
    )?
    .execute(params![mailbox, now.as_second(), ended.looked, ended.note, ended.closed])?;
    Ok(())
}
