//! Why no letter to an authority leaves, whatever is due, until a person has said so or what was wrong is right again.

use super::Transaction;
use super::{Reader, Result, rows};
use crate::domain::clock_doubt::{Doubt, Reading};
use crate::domain::event::EventKind;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

/// The reason of a standstill for the clock.
const CLOCK: &str = "clock";

/// When mailboxes were read, or a rule did something after that: none for a register that was never at work. That a person accepted the clock (?2)
/// counts, and that the record was brought to a new form (?1), which has no time of its own, does not.
const LAST_PASS: &str = "SELECT max(read_at, coalesce(
        (SELECT at FROM event WHERE way IS NULL AND kind <> ?1 OR kind = ?2 ORDER BY id DESC LIMIT 1), 0))
     FROM (SELECT max(read_at) AS read_at FROM mailbox)";

/// Whether letters to authorities stand still.
pub(crate) fn is_set(db: &Reader) -> Result<bool> {
    Ok(db.prepare_cached("SELECT EXISTS (SELECT 1 FROM standstill)")?.query_row([], |row| row.get(0))?)
}

/// The clock is doubted. Whether it was not before.
pub(crate) fn put_for_clock(tx: &Transaction<'_>, doubt: Doubt, reading: &Reading, now: Timestamp) -> Result<bool> {
    let (clock, ahead) = match doubt {
        Doubt::Parted { ahead } => (Some(reading.shown.as_second()), Some(ahead.as_secs())),
        _ => (None, None),
    };
    let is_new = tx
        .prepare_cached("INSERT OR IGNORE INTO standstill (reason, since, why, clock, ahead) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![CLOCK, now.as_second(), doubt.to_string(), clock, ahead])?;
    Ok(is_new > 0)
}

pub(super) fn lift(tx: &Transaction<'_>, reason: &str) -> Result<bool> {
    Ok(tx.prepare_cached("DELETE FROM standstill WHERE reason = ?1")?.execute([reason])? > 0)
}

/// Whether they stood still for the clock.
pub(crate) fn lift_for_clock(tx: &Transaction<'_>) -> Result<bool> {
    lift(tx, CLOCK)
}

/// The event that was recorded last is the one by which a person accepted the clock.
pub(crate) fn note_clock_accepted(tx: &Transaction<'_>) -> Result<()> {
    tx.execute(
        "INSERT INTO setting (key, value) VALUES ('clock accepted', (SELECT max(id) FROM event))
         ON CONFLICT DO UPDATE SET value = excluded.value",
        [],
    )?;
    Ok(())
}

impl Reader {
    /// Whether no letter to an authority may leave now.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn stands_still(&self) -> Result<bool> {
        is_set(self)
    }

    /// Whether they stand still for the clock.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn stands_still_for_clock(&self) -> Result<bool> {
        Ok(self.db.prepare_cached("SELECT EXISTS (SELECT 1 FROM standstill WHERE reason = ?1)")?.query_row([CLOCK], |row| row.get(0))?)
    }

    /// Which event it was by which a person accepted the clock last.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn clock_accepted(&self) -> Result<Option<String>> {
        Ok(self.db.prepare_cached("SELECT value FROM setting WHERE key = 'clock accepted'")?.query_row([], |row| row.get(0)).optional()?)
    }

    /// What the register knows to judge a clock by that shows `shown`.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn clock_reading(&self, shown: Timestamp, ahead: SignedDuration, witness: Option<Timestamp>) -> Result<Reading> {
        let last_pass = self
            .db
            .prepare_cached(LAST_PASS)?
            .query_row([EventKind::RecordSealedAnew.name(), EventKind::ClockAccepted.name()], |row| rows::optional_timestamp(row, 0))?;
        let parted_before: Option<(i64, i64)> = self
            .db
            .prepare_cached("SELECT clock, ahead FROM standstill WHERE reason = ?1 AND clock IS NOT NULL AND ahead IS NOT NULL")?
            .query_row([CLOCK], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let parted_before =
            parted_before.and_then(|(clock, ahead)| Some((Timestamp::from_second(clock).ok()?, SignedDuration::from_secs(ahead))));
        Ok(Reading { shown, last_event: self.last_event_at()?, last_pass, ahead, parted_before, witness })
    }
}
