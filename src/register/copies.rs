//! Copies of letters in the office's Sent folder: owed from the moment a letter has left, until they stand there or are given up.

use super::Transaction;
use super::events::Event;
use super::{Reader, Register, Result, rows};
use crate::domain::delivery::RetryRules;
use crate::domain::event::{Happened, RuleName};
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

/// A copy of a letter is owed once one of its deliveries was accepted: in the transaction that records this, so that a stop between the two loses none.
pub(super) fn owe(tx: &Transaction<'_>, delivery: DeliveryId, retry: &RetryRules, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "INSERT OR IGNORE INTO sent_copy (letter_id, since, attempts, next_at) SELECT letter_id, ?2, 0, ?3 FROM delivery WHERE id = ?1",
    )?
    .execute(params![delivery.0, now.as_second(), retry.next_after(1, now).as_second()])?;
    Ok(())
}

impl Register {
    /// The copy of a letter that has just left is about to be filed. Whether it is still to be filed: a letter that left to several people has one.
    pub fn begin_copy(&mut self, letter: LetterId) -> Result<bool> {
        self.write(|tx| {
            let begun = tx
                .prepare_cached("UPDATE sent_copy SET attempts = 1 WHERE letter_id = ?1 AND attempts = 0 AND next_at IS NOT NULL")?
                .execute([letter.0])?;
            Ok(begun > 0)
        })
    }

    /// A copy stands in the Sent folder.
    pub fn copy_filed(&mut self, letter: LetterId) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached("UPDATE sent_copy SET next_at = NULL WHERE letter_id = ?1")?.execute([letter.0])?;
            Ok(())
        })
    }

    /// A copy could not be filed once more: it is tried again as a letter would be, and given up as one would be.
    pub fn copy_not_filed(&mut self, letter: LetterId, retry: &RetryRules, now: Timestamp) -> Result<()> {
        self.write(|tx| {
            let tried: Option<(u32, Timestamp)> = tx
                .prepare_cached("UPDATE sent_copy SET attempts = attempts + 1 WHERE letter_id = ?1 RETURNING attempts, since")?
                .query_row([letter.0], |row| Ok((row.get(0)?, rows::timestamp(row, 1)?)))
                .optional()?;
            let Some((attempts, since)) = tried else { return Ok(()) };
            let next_at = retry.next_copy(attempts, since, now);
            tx.prepare_cached("UPDATE sent_copy SET next_at = ?2 WHERE letter_id = ?1")?
                .execute(params![letter.0, next_at.map(Timestamp::as_second)])?;
            if next_at.is_none() {
                Event::new(now, Happened::CopyGivenUp, RuleName::Outbox).letter(letter).append(tx)?;
            }
            Ok(())
        })
    }
}

impl Reader {
    /// Copies to be tried now, the oldest first.
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
    pub fn owes_copies(&self) -> Result<bool> {
        Ok(self.db.prepare_cached("SELECT 1 FROM sent_copy WHERE next_at IS NOT NULL LIMIT 1")?.exists([])?)
    }
}
