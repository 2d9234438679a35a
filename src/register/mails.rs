//! Received mail is taken in raw and committed (promise 1), once (promise 2).

use super::Transaction;
use super::concluding::{self, Conclusion};
use super::events::Event;
use super::unfetched::{self, LeftUnread};
use super::unread::{Unread, read_again};
use super::{Reader, Register, Result, rows};
use crate::domain::event::{Happened, RuleName};
use crate::domain::identity::MailId;
use crate::domain::reply::Standing;
use crate::mail::same_mail::{MailBytes, head_of, is_copy, key_of_its_own};
use jiff::Timestamp;
use rusqlite::blob::ZeroBlob;
use rusqlite::{OptionalExtension, params};

/// One mail as a mailbox gave it.
#[derive(Debug, Clone)]
pub struct TakenIn {
    pub bytes: MailBytes,
    /// It was larger than the limit and only this much of it was fetched.
    pub cut: bool,
    /// When it arrived by the mailbox's word; this counts for deadlines, the Date header never does.
    pub received_at: Timestamp,
    /// Folder, UIDVALIDITY and UID; or a path.
    pub source: String,
    /// What is to be marked in the mailbox once this is committed; JSON of `transport::MailLocation`.
    pub mark: Option<String>,
    /// It is no mail: demarche itself puts it into the holding queue, for this reason.
    pub note: Option<String>,
}

/// The mailbox that mails come from, and how far it was read.
#[derive(Debug, Clone, Copy)]
pub struct MailboxRead<'a> {
    pub name: &'a str,
    /// Marks that were set since; JSON as in [`TakenIn::mark`].
    pub marked: &'a [String],
    /// JSON of `transport::Cursor`; none leaves it where it was.
    pub cursor: Option<&'a str>,
    /// When nothing more was in it. It counts as read to its end if nothing else may still be unread.
    pub to_end: Option<Timestamp>,
    /// What the same look left unread.
    pub left: Option<&'a LeftUnread>,
    /// It is an account's folder for what a filter takes for spam.
    pub is_junk: bool,
}

/// What becomes of mails that are taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// They wait until they are claimed.
    Wait,
    /// They are handed to the worker at once: their first attempt is recorded with them.
    BeUnderstood,
}

/// What became of a mail that was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    New(MailId),
    /// The same mail, seen before.
    Again(MailId),
}

impl TakenIn {
    /// To be understood, under the number it was given.
    pub fn into_unread(self, mail: MailId, now: Timestamp) -> Unread {
        let (raw, received_at) = (self.bytes.raw, self.received_at);
        Unread { mail, raw, head_only: false, other_heads: vec![], received_at, taken_at: now, cut: self.cut }
    }
}

impl Register {
    /// Takes in mails that come from no mailbox; they wait until they are claimed.
    pub fn record_mails(&mut self, mails: &[TakenIn], now: Timestamp) -> Result<Vec<Taken>> {
        self.write(|tx| mails.iter().map(|mail| record(tx, mail, Then::Wait, now)).collect())
    }

    /// Takes in what a mailbox gave, to be understood at once, and moves the mailbox's cursor; and concludes what was understood of earlier mails. One
    /// commit to the disk for all of it.
    pub fn record_and_conclude(
        &mut self,
        mails: &[TakenIn],
        from: MailboxRead<'_>,
        conclusions: Vec<Conclusion>,
        now: Timestamp,
    ) -> Result<(Vec<Taken>, Vec<Standing>)> {
        self.write(|tx| {
            let taken = record_from(tx, mails, from, now)?;
            Ok((taken, concluding::conclude_all(tx, conclusions, now)?))
        })
    }

    /// These mails are marked in their mailbox.
    pub fn marked(&mut self, mailbox: &str, marks: &[String]) -> Result<()> {
        if marks.is_empty() { Ok(()) } else { self.write(|tx| forget_marks(tx, mailbox, marks)) }
    }
}

fn record_from(tx: &Transaction<'_>, mails: &[TakenIn], from: MailboxRead<'_>, now: Timestamp) -> Result<Vec<Taken>> {
    forget_marks(tx, from.name, from.marked)?;
    let mut taken = Vec::with_capacity(mails.len());
    for mail in mails {
        taken.push(record(tx, mail, Then::BeUnderstood, now)?);
        if let Some(mark) = &mail.mark {
            tx.prepare_cached("INSERT OR IGNORE INTO pending_mark (mailbox, mark) VALUES (?1, ?2)")?.execute([from.name, mark])?;
        }
    }
    if let Some(left) = from.left {
        unfetched::record(tx, from.name, left, mails.iter().filter_map(|mail| mail.mark.as_deref()), now)?;
        unfetched::note_junk(tx, from.name, from.is_junk)?;
    }
    let to_end = if unfetched::keeps_from_the_end(tx, from.name, now)? { None } else { from.to_end };
    tx.prepare_cached(
        "INSERT INTO mailbox (name, active, cursor, read_at) VALUES (?1, 1, ?2, ?3)
         ON CONFLICT DO UPDATE SET cursor = coalesce(excluded.cursor, cursor), read_at = coalesce(excluded.read_at, read_at)",
    )?
    .execute(params![from.name, from.cursor, to_end.map(|at| at.as_second())])?;
    Ok(taken)
}

fn forget_marks(tx: &Transaction<'_>, mailbox: &str, marks: &[String]) -> Result<()> {
    for mark in marks {
        tx.prepare_cached("DELETE FROM pending_mark WHERE mailbox = ?1 AND mark = ?2")?.execute([mailbox, mark])?;
    }
    Ok(())
}

fn record(tx: &Transaction<'_>, mail: &TakenIn, then: Then, now: Timestamp) -> Result<Taken> {
    let MailBytes { raw, sha256, same_mail } = &mail.bytes;
    let by_bytes: Option<i64> =
        tx.prepare_cached("SELECT id FROM mail WHERE sha256 = ?1")?.query_row([sha256], |row| row.get(0)).optional()?;
    if let Some(id) = by_bytes {
        note_arrival(tx, id, mail, None)?;
        return Ok(Taken::Again(MailId(id)));
    }
    let same_mail = match by_another_way(tx, same_mail.as_ref(), raw)? {
        ByAnotherWay::CopyOf(id) => {
            note_another_way(tx, id, mail, now)?;
            return Ok(Taken::Again(MailId(id)));
        }
        ByAnotherWay::New(key) => key,
    };
    tx.prepare_cached(
        "INSERT INTO mail (sha256, same_mail, size, cut, received_at, taken_at, standing, at_work, note)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'received', ?7, ?8)",
    )?
    .execute(params![
        sha256,
        same_mail,
        raw.len() as i64,
        mail.cut,
        mail.received_at.as_second(),
        now.as_second(),
        then == Then::BeUnderstood,
        mail.note,
    ])?;
    let id = tx.last_insert_rowid();
    put_bytes(tx, id, raw)?;
    note_arrival(tx, id, mail, None)?;
    let received = Happened::MailReceived { source: mail.source.clone(), sha256: hex(sha256), received_at: mail.received_at.as_second() };
    Event::new(now, received, RuleName::Intake).mail(MailId(id)).append(tx)?;
    Ok(Taken::New(MailId(id)))
}

/// In bytes; for less, the copies cost less than the second call.
const LARGE: usize = 256 * 1024;

/// A large mail is written into room made for it: in a parameter, SQLite would hold two more copies of it.
fn put_bytes(tx: &Transaction<'_>, id: i64, raw: &[u8]) -> Result<()> {
    let mut insert = tx.prepare_cached("INSERT INTO mail_bytes (mail_id, bytes) VALUES (?1, ?2)")?;
    if raw.len() > LARGE {
        insert.execute(params![id, ZeroBlob(raw.len() as u64)])?;
        tx.bytes_of("mail_bytes", "bytes", id)?.write_all_at(raw, 0)?;
    } else {
        insert.execute(params![id, raw])?;
    }
    Ok(())
}

fn note_arrival(tx: &Transaction<'_>, id: i64, mail: &TakenIn, head: Option<&[u8]>) -> Result<bool> {
    let inserted = tx
        .prepare_cached("INSERT OR IGNORE INTO arrival (source, mail_id, at, head) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![mail.source, id, mail.received_at.as_second(), head])?;
    Ok(inserted > 0)
}

/// The same mail by another way: the addresses it arrived at may be evidence, so a mail that no person has placed is judged again.
fn note_another_way(tx: &Transaction<'_>, id: i64, mail: &TakenIn, now: Timestamp) -> Result<()> {
    if !note_arrival(tx, id, mail, Some(head_of(&mail.bytes.raw)))? {
        return Ok(());
    }
    if read_again(tx, id)? {
        let again = Happened::SameMailByAnotherWay { source: mail.source.clone() };
        Event::new(now, again, RuleName::Intake).mail(MailId(id)).append(tx)?;
    }
    Ok(())
}

/// Whether a mail is one that is known, with another head.
enum ByAnotherWay {
    CopyOf(i64),
    /// It is new, and is to be found by this key.
    New(Option<[u8; 32]>),
}

/// The first mail of a key is compared with whole. What differs from it (a server may give every notice one Message-ID, and write them all from one
/// form; somebody who has had a letter may send its words first under another subject) has a key of its own, so that one comparison is enough however
/// many there are.
fn by_another_way(tx: &Transaction<'_>, key: Option<&[u8; 32]>, raw: &[u8]) -> Result<ByAnotherWay> {
    let Some(key) = key else { return Ok(ByAnotherWay::New(None)) };
    let first: Option<(i64, bool)> = tx
        .prepare_cached("SELECT m.id, b.bytes FROM mail m JOIN mail_bytes b ON b.mail_id = m.id WHERE m.same_mail = ?1")?
        .query_row([key], |row| Ok((row.get(0)?, is_copy(row.get_ref(1)?.as_blob()?, raw))))
        .optional()?;
    match first {
        None => return Ok(ByAnotherWay::New(Some(*key))),
        Some((id, true)) => return Ok(ByAnotherWay::CopyOf(id)),
        Some((_, false)) => {}
    }
    let key = key_of_its_own(key, raw);
    let known = tx.prepare_cached("SELECT id FROM mail WHERE same_mail = ?1")?.query_row([key], |row| row.get(0)).optional()?;
    Ok(known.map_or(ByAnotherWay::New(Some(key)), ByAnotherWay::CopyOf))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Reader {
    /// The raw bytes as received.
    pub fn mail_bytes(&self, mail: MailId) -> Result<Vec<u8>> {
        Ok(self.db.query_row("SELECT bytes FROM mail_bytes WHERE mail_id = ?1", [mail.0], |row| row.get(0))?)
    }

    /// The mail with this Message-ID (without angle brackets), if it was taken in and understood; the first of several.
    pub fn mail_with_message_id(&self, message_id: &str) -> Result<Option<MailId>> {
        let mut statement = self.db.prepare_cached("SELECT id FROM mail WHERE message_id = ?1 ORDER BY id LIMIT 1")?;
        Ok(statement.query_row([message_id], |row| row.get(0).map(MailId)).optional()?)
    }

    /// Mails stored whose mailbox does not say so yet: an earlier pass ended between the two.
    pub fn pending_marks(&self, mailbox: &str) -> Result<Vec<String>> {
        let mut statement = self.db.prepare_cached("SELECT mark FROM pending_mark WHERE mailbox = ?1 ORDER BY mark")?;
        let marks = statement.query_map([mailbox], |row| row.get(0))?;
        Ok(marks.collect::<rusqlite::Result<_>>()?)
    }

    /// The cursor a mailbox was left at, as JSON.
    pub fn cursor(&self, mailbox: &str) -> Result<Option<String>> {
        let cursor: Option<Option<String>> =
            self.db.prepare_cached("SELECT cursor FROM mailbox WHERE name = ?1")?.query_row([mailbox], |row| row.get(0)).optional()?;
        Ok(cursor.flatten())
    }

    /// When a mailbox was last read to its end.
    pub fn mailbox_read_at(&self, mailbox: &str) -> Result<Option<Timestamp>> {
        let mut statement = self.db.prepare_cached("SELECT read_at FROM mailbox WHERE name = ?1")?;
        Ok(statement.query_row([mailbox], |row| rows::optional_timestamp(row, 0)).optional()?.flatten())
    }

    /// How many mails stand where.
    pub fn standings(&self) -> Result<Vec<(Standing, u64)>> {
        let mut statement = self.db.prepare_cached("SELECT standing, count(*) FROM mail GROUP BY standing")?;
        let counted: Vec<(String, i64)> =
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
        Ok(counted.into_iter().filter_map(|(name, count)| Some((Standing::from_name(&name)?, count.unsigned_abs()))).collect())
    }
}
