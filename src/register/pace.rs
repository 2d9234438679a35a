//! What is known of how fast letters left. How fast they are to leave is `domain::delivery`'s.

use super::Transaction;
use super::{Register, Result, known, rows};
use crate::domain::delivery::{COUNTED_FOR, RetryRules, is_standstill, most_in_all, relay_is_full};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

impl Register {
    /// To be called before mailboxes are read: notes that this pass is the first after a standstill, from which on letters leave gently.
    pub fn note_standstill(&mut self, now: Timestamp) -> Result<()> {
        if !is_standstill(known::mailboxes_read_at(self)?, now) {
            return Ok(());
        }
        self.write(|tx| {
            tx.execute(
                "INSERT INTO setting (key, value) VALUES ('standstill ended', ?1) ON CONFLICT DO UPDATE SET value = excluded.value",
                [now.as_second().to_string()],
            )?;
            Ok(())
        })
    }
}

/// Whether the office's relay has been given as many letters lately as it is to be given.
pub(super) fn is_full(tx: &Transaction<'_>, retry: &RetryRules, now: Timestamp) -> Result<bool> {
    let ended: Option<i64> = tx
        .prepare_cached("SELECT CAST(value AS INTEGER) FROM setting WHERE key = 'standstill ended'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let at_work_for = ended.map(|ended| SignedDuration::from_secs(now.as_second() - ended));
    // Attempts are numbered without a gap: the last one but so many is found by its number, and nothing is counted.
    let last_but_so_many = tx
        .prepare_cached("SELECT started_at FROM attempt WHERE id = (SELECT max(id) FROM attempt) - ?1")?
        .query_row([i64::from(most_in_all(retry, at_work_for)) - 1], |row| rows::timestamp(row, 0))
        .optional()?;
    Ok(relay_is_full(last_but_so_many, now))
}

/// Attempts to a domain within [`COUNTED_FOR`].
pub(super) fn recent_to(tx: &Transaction<'_>, domain: &str, now: Timestamp) -> Result<u32> {
    let mut recent = tx.prepare_cached("SELECT count(*) FROM attempt WHERE domain = ?1 AND started_at > ?2")?;
    Ok(recent.query_row(params![domain, now.as_second() - COUNTED_FOR.as_secs()], |row| row.get(0))?)
}
