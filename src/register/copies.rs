//! Copies of letters in the office's Sent folder: owed from the moment a letter has left, until they stand there or are given up.

use super::{Reader, Result, Transaction, rows};
use crate::domain::identity::{DeliveryId, LetterId};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

/// A copy that is to be tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedCopy {
    pub letter: LetterId,
    /// By which it is known whether it stands there already.
    pub message_id: String,
}

/// A copy of the letter of this delivery is owed, and tried first when the letter has left, then at `next_at`; where it is owed already, nothing
/// changes.
pub(crate) fn owe(tx: &Transaction<'_>, delivery: DeliveryId, next_at: Timestamp, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "INSERT OR IGNORE INTO sent_copy (letter_id, since, attempts, next_at) SELECT letter_id, ?2, 0, ?3 FROM delivery WHERE id = ?1",
    )?
    .execute(params![delivery.0, now.as_second(), next_at.as_second()])?;
    Ok(())
}

/// The first attempt to file it begins. Whether none had, and it is still to be filed.
pub(crate) fn begin(tx: &Transaction<'_>, letter: LetterId) -> Result<bool> {
    let begun = tx
        .prepare_cached("UPDATE sent_copy SET attempts = 1 WHERE letter_id = ?1 AND attempts = 0 AND next_at IS NOT NULL")?
        .execute([letter.0])?;
    Ok(begun > 0)
}

/// Another attempt has ended. How many there were, and since when it is owed, if it is.
pub(crate) fn count_attempt(tx: &Transaction<'_>, letter: LetterId) -> Result<Option<(u32, Timestamp)>> {
    Ok(tx
        .prepare_cached("UPDATE sent_copy SET attempts = attempts + 1 WHERE letter_id = ?1 RETURNING attempts, since")?
        .query_row([letter.0], |row| Ok((row.get(0)?, rows::timestamp(row, 1)?)))
        .optional()?)
}

/// When it is tried again; with none, never: it stands in the folder, or is given up.
pub(crate) fn put_next(tx: &Transaction<'_>, letter: LetterId, next_at: Option<Timestamp>) -> Result<()> {
    tx.prepare_cached("UPDATE sent_copy SET next_at = ?2 WHERE letter_id = ?1")?
        .execute(params![letter.0, next_at.map(Timestamp::as_second)])?;
    Ok(())
}

impl Reader {
    /// Copies to be tried at `now`, those that have waited longest first, at most so many.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn copies_due(&self, at_most: usize, now: Timestamp) -> Result<Vec<OwedCopy>> {
        let mut statement = self.db.prepare_cached(
            "SELECT c.letter_id, l.message_id FROM sent_copy c JOIN letter l ON l.id = c.letter_id
             WHERE c.next_at <= ?1 ORDER BY c.next_at, c.letter_id LIMIT ?2",
        )?;
        let found = statement.query_map(params![now.as_second(), at_most as i64], |row| {
            Ok(OwedCopy { letter: LetterId(row.get(0)?), message_id: row.get(1)? })
        })?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// Whether a copy will be tried again, now or later.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn owes_copies(&self) -> Result<bool> {
        Ok(self.db.prepare_cached("SELECT 1 FROM sent_copy WHERE next_at IS NOT NULL LIMIT 1")?.exists([])?)
    }
}
