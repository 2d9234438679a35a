//! How fast letters leave: per destination domain, overall, and gently after a standstill (promise 8).

use super::outbox::RetryRules;
use super::{Register, Result, known};
use crate::domain::rules::letters_a_minute;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};

/// No mailbox was read for so long: the office's own work has piled up.
const STANDSTILL: SignedDuration = SignedDuration::from_hours(48);

impl Register {
    /// To be called before mailboxes are read: notes that this pass is the first after a standstill, from which on letters leave gently.
    pub fn note_standstill(&mut self, now: Timestamp) -> Result<()> {
        let read_at = known::mailboxes_read_at(&self.reader.db)?;
        if read_at.is_none_or(|read_at| now.duration_since(read_at) < STANDSTILL) {
            return Ok(());
        }
        self.write(|tx, _| {
            tx.execute(
                "INSERT INTO setting (key, value) VALUES ('standstill ended', ?1) ON CONFLICT DO UPDATE SET value = excluded.value",
                [now.as_second().to_string()],
            )?;
            Ok(())
        })
    }
}

/// Whether the office's relay has been given as many letters in the last minute as it is to be given.
pub(super) fn is_full(tx: &Transaction<'_>, retry: &RetryRules, now: Timestamp) -> Result<bool> {
    let ended: Option<i64> = tx
        .prepare_cached("SELECT CAST(value AS INTEGER) FROM setting WHERE key = 'standstill ended'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let at_work_for = ended.map(|ended| SignedDuration::from_secs(now.as_second() - ended));
    let most = letters_a_minute(retry.per_minute, at_work_for);
    // Attempts are numbered without a gap: the minute is full if the last one but so many lies within it. Nothing is counted.
    let full = tx
        .prepare_cached("SELECT 1 FROM attempt WHERE id = (SELECT max(id) FROM attempt) - ?1 AND started_at > ?2")?
        .exists(params![i64::from(most) - 1, now.as_second() - 60])?;
    Ok(full)
}

/// Whether a domain has been sent as many letters in the last minute as it is to be sent.
pub(super) fn is_domain_full(tx: &Transaction<'_>, domain: &str, retry: &RetryRules, now: Timestamp) -> Result<bool> {
    let recent: u32 = tx
        .prepare_cached("SELECT count(*) FROM attempt WHERE domain = ?1 AND started_at > ?2")?
        .query_row(params![domain, now.as_second() - 60], |row| row.get(0))?;
    Ok(recent >= retry.per_domain_per_minute)
}
