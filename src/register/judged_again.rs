//! Rows of mails that are to be judged again, because the DNS could not say who wrote them.

use super::{Reader, Result, Transaction};
use crate::domain::identity::MailId;
use jiff::Timestamp;
use rusqlite::params;

/// Whether the time of any has come.
pub(crate) fn has_due(db: &Reader, now: Timestamp) -> Result<bool> {
    let mut statement = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM judged_again WHERE at <= ?1)")?;
    Ok(statement.query_row([now.as_second()], |row| row.get(0))?)
}

/// Those whose time has come, which are not among them any more.
pub(crate) fn take_due(tx: &Transaction<'_>, now: Timestamp) -> Result<Vec<MailId>> {
    let mut statement = tx.prepare_cached("DELETE FROM judged_again WHERE at <= ?1 RETURNING mail_id")?;
    let due = statement.query_map([now.as_second()], |row| row.get(0).map(MailId))?;
    Ok(due.collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn put(tx: &Transaction<'_>, mail: MailId, at: Timestamp) -> Result<()> {
    tx.prepare_cached("INSERT INTO judged_again (mail_id, at) VALUES (?1, ?2)")?.execute(params![mail.0, at.as_second()])?;
    Ok(())
}

pub(crate) fn remove(tx: &Transaction<'_>, mail: MailId) -> Result<()> {
    tx.prepare_cached("DELETE FROM judged_again WHERE mail_id = ?1")?.execute([mail.0])?;
    Ok(())
}
