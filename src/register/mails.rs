//! Rows of received mails: their bytes, by which ways they came, and how far each mailbox was read.

use super::{Reader, Result, Transaction, rows};
use crate::domain::identity::MailId;
use crate::domain::reply::Standing;
use jiff::Timestamp;
use rusqlite::blob::ZeroBlob;
use rusqlite::{OptionalExtension, params};

/// A mail that is put down for the first time.
pub(crate) struct NewMail<'a> {
    pub(crate) raw: &'a [u8],
    pub(crate) sha256: &'a [u8; 32],
    /// By which its copies are found (`mail::same_mail`).
    pub(crate) same_mail: Option<&'a [u8; 32]>,
    /// Only its beginning was fetched.
    pub(crate) cut: bool,
    pub(crate) received_at: Timestamp,
    pub(crate) taken_at: Timestamp,
    /// It is handed to the worker as it is put down.
    pub(crate) at_work: bool,
    pub(crate) note: Option<&'a str>,
}

/// A way by which a mail came.
pub(crate) struct Arrival<'a> {
    pub(crate) mail: MailId,
    /// Folder, UIDVALIDITY and UID; or a path.
    pub(crate) source: &'a str,
    pub(crate) at: Timestamp,
    /// Of a copy: its own head.
    pub(crate) head: Option<&'a [u8]>,
}

/// The mail that has these bytes.
pub(crate) fn with_bytes(db: &Reader, sha256: &[u8; 32]) -> Result<Option<MailId>> {
    let mut statement = db.prepare_cached("SELECT id FROM mail WHERE sha256 = ?1")?;
    Ok(statement.query_row([sha256], |row| row.get(0).map(MailId)).optional()?)
}

/// The mail that has this key, and what a comparison with its bytes says.
pub(crate) fn compared_by_key(db: &Reader, key: &[u8; 32], compare: impl FnOnce(&[u8]) -> bool) -> Result<Option<(MailId, bool)>> {
    let mut statement =
        db.prepare_cached("SELECT m.id, b.bytes FROM mail m JOIN mail_bytes b ON b.mail_id = m.id WHERE m.same_mail = ?1")?;
    Ok(statement.query_row([key], |row| Ok((MailId(row.get(0)?), compare(row.get_ref(1)?.as_blob()?)))).optional()?)
}

pub(crate) fn with_key(db: &Reader, key: &[u8; 32]) -> Result<Option<MailId>> {
    let mut statement = db.prepare_cached("SELECT id FROM mail WHERE same_mail = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0).map(MailId)).optional()?)
}

pub(crate) fn put_mail(tx: &Transaction<'_>, mail: &NewMail<'_>) -> Result<MailId> {
    tx.prepare_cached(
        "INSERT INTO mail (sha256, same_mail, size, cut, received_at, taken_at, standing, at_work, note)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'received', ?7, ?8)",
    )?
    .execute(params![
        mail.sha256,
        mail.same_mail,
        mail.raw.len() as i64,
        mail.cut,
        mail.received_at.as_second(),
        mail.taken_at.as_second(),
        mail.at_work,
        mail.note,
    ])?;
    let id = tx.last_insert_rowid();
    put_bytes(tx, id, mail.raw)?;
    Ok(MailId(id))
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

/// Whether it had not come by this way before.
pub(crate) fn put_arrival(tx: &Transaction<'_>, arrival: &Arrival<'_>) -> Result<bool> {
    let inserted = tx
        .prepare_cached("INSERT OR IGNORE INTO arrival (source, mail_id, at, head) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![arrival.source, arrival.mail.0, arrival.at.as_second(), arrival.head])?;
    Ok(inserted > 0)
}

/// Heads of the copies of a mail that came by other ways.
pub(crate) fn other_heads(db: &Reader, mail: MailId) -> Result<Vec<Vec<u8>>> {
    let mut statement = db.prepare_cached("SELECT head FROM arrival WHERE mail_id = ?1 AND head IS NOT NULL ORDER BY source")?;
    let heads = statement.query_map([mail.0], |row| row.get(0))?;
    Ok(heads.collect::<rusqlite::Result<_>>()?)
}

/// What is to be marked in a mailbox; JSON of `transport::MailLocation`.
pub(crate) fn put_pending_flag(tx: &Transaction<'_>, mailbox: &str, mark: &str) -> Result<()> {
    tx.prepare_cached("INSERT OR IGNORE INTO pending_mark (mailbox, mark) VALUES (?1, ?2)")?.execute([mailbox, mark])?;
    Ok(())
}

pub(crate) fn remove_pending_flags(tx: &Transaction<'_>, mailbox: &str, marks: &[String]) -> Result<()> {
    for mark in marks {
        tx.prepare_cached("DELETE FROM pending_mark WHERE mailbox = ?1 AND mark = ?2")?.execute([mailbox, mark])?;
    }
    Ok(())
}

/// How far a mailbox was read. What is none stays as it was.
pub(crate) fn put_mailbox_read(tx: &Transaction<'_>, name: &str, cursor: Option<&str>, to_end: Option<Timestamp>) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO mailbox (name, active, cursor, read_at) VALUES (?1, 1, ?2, ?3)
         ON CONFLICT DO UPDATE SET cursor = coalesce(excluded.cursor, cursor), read_at = coalesce(excluded.read_at, read_at)",
    )?
    .execute(params![name, cursor, to_end.map(|at| at.as_second())])?;
    Ok(())
}

pub(crate) fn received_at(db: &Reader, mail: MailId) -> Result<Timestamp> {
    Ok(db.prepare_cached("SELECT received_at FROM mail WHERE id = ?1")?.query_row([mail.0], |row| rows::timestamp(row, 0))?)
}

pub(crate) fn taken_at(db: &Reader, mail: MailId) -> Result<Timestamp> {
    Ok(db.prepare_cached("SELECT taken_at FROM mail WHERE id = ?1")?.query_row([mail.0], |row| rows::timestamp(row, 0))?)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Reader {
    /// The raw bytes as received.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or has no such mail.
    pub fn mail_bytes(&self, mail: MailId) -> Result<Vec<u8>> {
        Ok(self.db.query_row("SELECT bytes FROM mail_bytes WHERE mail_id = ?1", [mail.0], |row| row.get(0))?)
    }

    /// The mail with this Message-ID (without angle brackets), if it was ingested and understood; the first of several.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn mail_with_message_id(&self, message_id: &str) -> Result<Option<MailId>> {
        let mut statement = self.db.prepare_cached("SELECT id FROM mail WHERE message_id = ?1 ORDER BY id LIMIT 1")?;
        Ok(statement.query_row([message_id], |row| row.get(0).map(MailId)).optional()?)
    }

    /// The marks of mails that are stored and whose mailbox does not say so yet: an earlier pass ended between the two.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn pending_flags(&self, mailbox: &str) -> Result<Vec<String>> {
        let mut statement = self.db.prepare_cached("SELECT mark FROM pending_mark WHERE mailbox = ?1 ORDER BY mark")?;
        let marks = statement.query_map([mailbox], |row| row.get(0))?;
        Ok(marks.collect::<rusqlite::Result<_>>()?)
    }

    /// The cursor a mailbox was left at, as JSON; none of one that was never read.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn cursor(&self, mailbox: &str) -> Result<Option<String>> {
        let cursor: Option<Option<String>> =
            self.db.prepare_cached("SELECT cursor FROM mailbox WHERE name = ?1")?.query_row([mailbox], |row| row.get(0)).optional()?;
        Ok(cursor.flatten())
    }

    /// When a mailbox was last read to its end; none if it never was.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn mailbox_read_at(&self, mailbox: &str) -> Result<Option<Timestamp>> {
        let mut statement = self.db.prepare_cached("SELECT read_at FROM mailbox WHERE name = ?1")?;
        Ok(statement.query_row([mailbox], |row| rows::optional_timestamp(row, 0)).optional()?.flatten())
    }

    /// How many mails there are of each standing; one that no mail has is left out.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn standings(&self) -> Result<Vec<(Standing, u64)>> {
        let mut statement = self.db.prepare_cached("SELECT standing, count(*) FROM mail GROUP BY standing")?;
        let counted =
            statement.query_map([], |row| Ok((rows::word(row, 0, Standing::from_name)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
        Ok(counted.collect::<rusqlite::Result<_>>()?)
    }
}
