//! Letters leave no faster than the office's relay and the domains they go to are to be given them, and gently after a standstill (promise 8). How
//! fast that is is `domain::delivery`'s.

use crate::domain::delivery::{RetryRules, is_standstill, most_in_all, relay_is_full};
use crate::register::{Register, Result, Transaction, attempts, known, settings};
use jiff::{SignedDuration, Timestamp};

/// When the first pass after the last standstill began, in Unix seconds.
const STANDSTILL_ENDED: &str = "standstill ended";

impl Register {
    /// To be called before mailboxes are read: notes that this pass is the first after a standstill, from which on letters leave gently.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn note_standstill(&mut self, now: Timestamp) -> Result<()> {
        if !is_standstill(known::mailboxes_read_at(self)?, now) {
            return Ok(());
        }
        self.write(|tx| settings::put(tx, STANDSTILL_ENDED, &now.as_second().to_string()))
    }
}

/// Whether the office's relay has been given as many letters lately as it is to be given.
pub(super) fn is_full(tx: &Transaction<'_>, retry: &RetryRules, now: Timestamp) -> Result<bool> {
    let ended: Option<i64> = settings::get(tx, STANDSTILL_ENDED)?.map(|ended| ended.parse().unwrap_or_default());
    let at_work_for = ended.map(|ended| SignedDuration::from_secs(now.as_second() - ended));
    let last_but_so_many = attempts::last_but(tx, i64::from(most_in_all(retry, at_work_for)) - 1)?;
    Ok(relay_is_full(last_but_so_many, now))
}
