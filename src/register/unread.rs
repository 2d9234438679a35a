//! Rows of mails that are stored and not yet understood, and of the attempts to understand them.

use super::{Reader, Result, Transaction, rows};
use crate::domain::identity::MailId;
use crate::mail::same_mail::{LONGEST_HEAD, head_of};
use jiff::Timestamp;
use rusqlite::params;

/// A mail that waits to be understood.
pub(crate) struct WaitingUnread {
    pub(crate) mail: MailId,
    /// Attempts that failed by the mail.
    pub(crate) failed: u32,
    /// Attempts that ended with the process that made them, the last one among them if it was never ended.
    pub(crate) cut_off: u32,
    pub(crate) received_at: Timestamp,
    pub(crate) taken_at: Timestamp,
    pub(crate) cut: bool,
    /// Bytes.
    pub(crate) size: u64,
}

pub(super) const MAILS_UNREAD: &str = "SELECT id, attempts, cut_off + at_work, received_at, cut, size, taken_at FROM mail
    WHERE standing = 'received' AND id > ?1 ORDER BY id LIMIT ?2";

/// The first `limit` of them behind `after`, oldest first.
pub(crate) fn waiting(db: &Reader, after: Option<MailId>, limit: usize) -> Result<Vec<WaitingUnread>> {
    let mut statement = db.prepare_cached(MAILS_UNREAD)?;
    let found = statement.query_map([after.map_or(0, |mail| mail.0), limit as i64], |row| {
        Ok(WaitingUnread {
            mail: MailId(row.get(0)?),
            failed: row.get(1)?,
            cut_off: row.get(2)?,
            received_at: rows::timestamp(row, 3)?,
            cut: row.get(4)?,
            size: row.get::<_, i64>(5)?.unsigned_abs(),
            taken_at: rows::timestamp(row, 6)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// It is not read any more.
pub(crate) fn quarantine(tx: &Transaction<'_>, mail: MailId) -> Result<()> {
    tx.prepare_cached("UPDATE mail SET standing = 'quarantined', kind = 'unreadable' WHERE id = ?1")?.execute([mail.0])?;
    Ok(())
}

/// An attempt is about to be made; one that was under way until now was cut off.
pub(crate) fn begin_attempt(tx: &Transaction<'_>, mail: MailId) -> Result<()> {
    tx.prepare_cached("UPDATE mail SET cut_off = cut_off + at_work, at_work = 1 WHERE id = ?1")?.execute([mail.0])?;
    Ok(())
}

/// An attempt has ended without result. `counts`: it was by the mail.
pub(crate) fn end_attempt(tx: &Transaction<'_>, mail: MailId, counts: bool) -> Result<()> {
    tx.prepare_cached("UPDATE mail SET attempts = attempts + ?2, at_work = 0 WHERE id = ?1 AND standing = 'received'")?
        .execute(params![mail.0, u32::from(counts)])?;
    Ok(())
}

/// What is wanted of a mail's bytes.
pub(crate) fn bytes(db: &Reader, mail: MailId, wanted: impl FnOnce(&[u8]) -> Vec<u8>) -> Result<Vec<u8>> {
    let mut statement = db.prepare_cached("SELECT bytes FROM mail_bytes WHERE mail_id = ?1")?;
    Ok(statement.query_row([mail.0], |row| Ok(wanted(row.get_ref(0)?.as_blob()?)))?)
}

/// A mail waits to be understood again, unless a person has placed it or it could not be read. Whether it does.
pub(crate) fn read_again(tx: &Transaction<'_>, mail: MailId) -> Result<bool> {
    let again = tx
        .prepare_cached(
            "UPDATE mail SET standing = 'received', attempts = 0, cut_off = 0, at_work = 0
             WHERE id = ?1 AND NOT placed_by_person AND standing <> 'quarantined'",
        )?
        .execute([mail.0])?;
    Ok(again > 0)
}

impl Reader {
    /// The heads of the mails that came last, at most so many, the last first; of each no more than 256 KiB.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn latest_heads(&self, most: usize) -> Result<Vec<Vec<u8>>> {
        let ids: Vec<i64> = self
            .db
            .prepare_cached("SELECT mail_id FROM mail_bytes ORDER BY mail_id DESC LIMIT ?1")?
            .query_map([most as i64], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let head = |id| {
            // A parameter or a column would bring the whole mail into memory.
            let blob = self.db.blob_open("main", "mail_bytes", "bytes", id, true)?;
            let mut bytes = vec![0; blob.len().min(LONGEST_HEAD)];
            let read = blob.read_at(&mut bytes, 0)?;
            Ok(head_of(bytes.get(..read).unwrap_or_default()).to_vec())
        };
        ids.into_iter().map(head).collect()
    }

    /// Whether a mail waits to be understood.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn has_unread(&self) -> Result<bool> {
        Ok(self.db.prepare_cached("SELECT EXISTS (SELECT 1 FROM mail WHERE standing = 'received')")?.query_row([], |row| row.get(0))?)
    }
}
