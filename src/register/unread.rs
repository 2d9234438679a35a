//! Mail that is stored and not yet understood: claimed with its attempt recorded, given back, and read again.

use super::Transaction;
use super::events::Event;
use super::{Reader, Register, Result};
use crate::domain::event::{Happened, Quarantined, RuleName};
use crate::domain::identity::MailId;
use crate::domain::reading::{Attempt, next_attempt};
use crate::mail::same_mail::{LONGEST_HEAD, head_of};
use jiff::Timestamp;
use rusqlite::params;

/// By what an attempt to understand a mail failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedBy {
    Mail,
    /// There is no worker to read it.
    Worker,
}

/// A mail to be understood. The attempt is recorded already.
#[derive(Debug, Clone)]
pub struct Unread {
    pub mail: MailId,
    pub raw: Vec<u8>,
    /// Headers of the copies that came by other ways.
    pub other_heads: Vec<Vec<u8>>,
    pub received_at: Timestamp,
    pub taken_at: Timestamp,
    /// Only the beginning of it was taken in.
    pub cut: bool,
    /// It could not be understood whole, and this is its head alone: enough to see whose reply it may be, so that nobody is chased meanwhile.
    pub head_only: bool,
}

pub(super) const MAILS_UNREAD: &str = "SELECT id, attempts, cut_off + at_work, received_at, cut, size, taken_at FROM mail WHERE standing = 'received' AND id > ?1 ORDER BY id LIMIT ?2";

/// Of one claim, beyond its first mail: the claimed mails are held in memory until they are understood.
const MOST_BYTES_CLAIMED: i64 = 4 << 20;

impl Register {
    /// The mails not yet understood, oldest first, at most `limit` and some megabytes, each with an attempt recorded before it is made. A mail
    /// whose attempts are used up is quarantined for a person instead. `after`: only those behind this one, which are at work already.
    pub fn claim_unread(&mut self, after: Option<MailId>, limit: usize, now: Timestamp) -> Result<Vec<Unread>> {
        self.write(|tx| {
            let mut after = after.map_or(0, |mail| mail.0);
            loop {
                let (claimed, last) = claim_behind(tx, after, limit, now)?;
                // Where all that was looked at is quarantined, what stands behind it is still to be read.
                match last {
                    Some(last) if claimed.is_empty() => after = last,
                    _ => return Ok(claimed),
                }
            }
        })
    }

    /// An attempt to understand a mail has failed.
    pub fn attempt_failed(&mut self, mail: MailId, by: FailedBy) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached("UPDATE mail SET attempts = attempts + ?2, at_work = 0 WHERE id = ?1 AND standing = 'received'")?
                .execute(params![mail.0, u32::from(by == FailedBy::Mail)])?;
            Ok(())
        })
    }
}

impl Reader {
    /// The heads of the mails that came last, at most so many.
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
}

impl Reader {
    pub fn has_unread(&self) -> Result<bool> {
        Ok(self.db.prepare_cached("SELECT EXISTS (SELECT 1 FROM mail WHERE standing = 'received')")?.query_row([], |row| row.get(0))?)
    }
}

/// What [`Register::claim_unread`] claims of the first unread mails behind the one with this number, and the last of those that were looked at.
fn claim_behind(tx: &Transaction<'_>, after: i64, limit: usize, now: Timestamp) -> Result<(Vec<Unread>, Option<i64>)> {
    let waiting: Vec<(i64, u32, u32, i64, bool, i64, i64)> = tx
        .prepare_cached(MAILS_UNREAD)?
        .query_map([after, limit as i64], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let last = waiting.last().map(|mail| mail.0);
    let mut claimed: Vec<Unread> = Vec::new();
    let mut bytes = 0;
    for (id, attempts, cut_off, received_at, cut, size, taken_at) in waiting {
        let attempt = next_attempt(attempts, cut_off);
        bytes += size;
        if bytes > MOST_BYTES_CLAIMED && !claimed.is_empty() {
            break;
        }
        if attempt == Attempt::None {
            tx.prepare_cached("UPDATE mail SET standing = 'quarantined', kind = 'unreadable' WHERE id = ?1")?.execute([id])?;
            let unread = Quarantined::Unread { why: "it could not be understood in two attempts".into() };
            Event::new(now, Happened::MailQuarantined(unread), RuleName::Intake).mail(MailId(id)).append(tx)?;
            continue;
        }
        tx.prepare_cached("UPDATE mail SET cut_off = cut_off + at_work, at_work = 1 WHERE id = ?1")?.execute([id])?;
        let head_only = attempt == Attempt::HeadOnly;
        claimed.push(Unread {
            mail: MailId(id),
            raw: tx.prepare_cached("SELECT bytes FROM mail_bytes WHERE mail_id = ?1")?.query_row([id], |row| {
                let bytes = row.get_ref(0)?.as_blob()?;
                Ok(if head_only { head_of(bytes) } else { bytes }.to_vec())
            })?,
            head_only,
            other_heads: tx
                .prepare_cached("SELECT head FROM arrival WHERE mail_id = ?1 AND head IS NOT NULL ORDER BY source")?
                .query_map([id], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?,
            received_at: Timestamp::from_second(received_at).unwrap_or(now),
            taken_at: Timestamp::from_second(taken_at).unwrap_or(now),
            cut,
        });
    }
    Ok((claimed, last))
}

/// Has a mail read and judged again, unless a person has placed it or it could not be read. Whether it is.
pub(crate) fn read_again(tx: &Transaction<'_>, id: i64) -> Result<bool> {
    let again = tx
        .prepare_cached(
            "UPDATE mail SET standing = 'received', attempts = 0, cut_off = 0, at_work = 0 WHERE id = ?1 AND NOT placed_by_person AND standing <> 'quarantined'",
        )?
        .execute([id])?;
    Ok(again > 0)
}
