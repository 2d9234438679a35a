//! What every verb is kept by: one transaction, with what follows from it for what is owed.

use super::{Register, Result, Transaction, compared, decisions};

impl Register {
    /// One transaction: if the verb fails, nothing of it is kept.
    ///
    /// # Errors
    ///
    /// Those of the verb; and where the file is not in its place any more, another writer holds it for longer than this one waits, or it cannot be
    /// written.
    pub(crate) fn write<T>(&mut self, verb: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        self.place.still_holds()?;
        let tx = self.begin()?;
        let result = verb(&tx)?;
        decisions::plan_changed(&tx)?;
        compared::note_other_rules(&tx, self.works_by.as_deref())?;
        tx.commit()?;
        self.heartbeat.beat();
        Ok(result)
    }

    /// The same, of which nothing is kept where it is only tried.
    ///
    /// # Errors
    ///
    /// As [`Self::write`].
    pub(crate) fn write_or_try<T>(&mut self, dry_run: bool, verb: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        if !dry_run {
            return self.write(verb);
        }
        let tx = self.begin()?;
        let result = verb(&tx);
        drop(tx);
        result
    }
}
