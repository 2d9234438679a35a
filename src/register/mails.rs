//! Received mail is taken in raw and committed (promise 1), once (promise 2), and claimed to be understood.

use super::concluding::{self, Conclusion};
use super::events::Event;
use super::unfetched::{self, LeftUnread};
use super::{Reader, Register, Result, rows};
use crate::domain::identity::MailId;
use crate::domain::reply::Standing;
use jiff::Timestamp;
use rusqlite::blob::ZeroBlob;
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::json;
use sha2::{Digest, Sha256};

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

/// A mail's bytes with what they are known by. To make one takes a tenth of the time of taking in mail, and needs no register.
#[derive(Debug, Clone)]
pub struct MailBytes {
    raw: Vec<u8>,
    sha256: [u8; 32],
    /// The same in every copy of one mail, however it travelled; another mail may have it too.
    same_mail: Option<[u8; 32]>,
}

impl From<Vec<u8>> for MailBytes {
    fn from(raw: Vec<u8>) -> MailBytes {
        MailBytes { sha256: Sha256::digest(&raw).into(), same_mail: same_mail_key(&raw), raw }
    }
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

/// Where the reason lies for which a mail could not be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    Mail,
    /// There is no worker to read it.
    Worker,
}

/// What became of a mail that was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    New(MailId),
    /// The same mail, seen before.
    Again(MailId),
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

/// Attempts to understand a mail; another one is made with its head alone, and it is quarantined.
const MOST_ATTEMPTS: u32 = 2;
/// Attempts cut off by a stop of this program (a loss of power, a kill) say nothing of the mails that were at work. But where it stops at each
/// attempt, the mail may be the cause: beyond this many, each counts as failed.
const MOST_CUT_OFF: u32 = 20;
/// Of one claim, beyond its first mail: the claimed mails are held in memory until they are understood.
const MOST_BYTES_CLAIMED: i64 = 4 << 20;

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
        self.write(|tx, _| mails.iter().map(|mail| record(tx, mail, Then::Wait, now)).collect())
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
        self.write(|tx, rules| {
            let taken = record_from(tx, mails, from, now)?;
            Ok((taken, concluding::conclude_all(tx, rules, conclusions, now)?))
        })
    }

    /// These mails are marked in their mailbox.
    pub fn marked(&mut self, mailbox: &str, marks: &[String]) -> Result<()> {
        if marks.is_empty() { Ok(()) } else { self.write(|tx, _| forget_marks(tx, mailbox, marks)) }
    }

    /// The mails not yet understood, oldest first, at most `limit` and some megabytes, each with an attempt recorded before it is made. A mail
    /// whose attempts are used up is quarantined for a person instead. `after`: only those behind this one, which are at work already.
    pub fn claim_unread(&mut self, after: Option<MailId>, limit: usize, now: Timestamp) -> Result<Vec<Unread>> {
        self.write(|tx, _| {
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
    pub fn attempt_failed(&mut self, mail: MailId, why: Blame) -> Result<()> {
        self.write(|tx, _| {
            tx.prepare_cached("UPDATE mail SET attempts = attempts + ?2, at_work = 0 WHERE id = ?1 AND standing = 'received'")?
                .execute(params![mail.0, u32::from(why == Blame::Mail)])?;
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
        let failed = attempts + cut_off.saturating_sub(MOST_CUT_OFF);
        bytes += size;
        if bytes > MOST_BYTES_CLAIMED && !claimed.is_empty() {
            break;
        }
        if failed > MOST_ATTEMPTS {
            tx.prepare_cached("UPDATE mail SET standing = 'quarantined', kind = 'unreadable' WHERE id = ?1")?.execute([id])?;
            let why = json!({ "why": "it could not be understood in two attempts" });
            Event::new(now, "mail quarantined", "rule: intake").mail(MailId(id)).detail(why).append(tx)?;
            continue;
        }
        tx.prepare_cached("UPDATE mail SET cut_off = cut_off + at_work, at_work = 1 WHERE id = ?1")?.execute([id])?;
        let head_only = failed == MOST_ATTEMPTS;
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
        Likeness::CopyOf(id) => {
            note_another_way(tx, id, mail, now)?;
            return Ok(Taken::Again(MailId(id)));
        }
        Likeness::None(key) => key,
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
    Event::new(now, "mail received", "rule: intake")
        .mail(MailId(id))
        .detail(json!({ "source": mail.source, "sha256": hex(sha256), "received_at": mail.received_at.as_second() }))
        .append(tx)?;
    Ok(Taken::New(MailId(id)))
}

/// In bytes; for less, the copies cost less than the second call.
const LARGE: usize = 256 * 1024;

/// A large mail is written into room made for it: in a parameter, SQLite would hold two more copies of it.
fn put_bytes(tx: &Transaction<'_>, id: i64, raw: &[u8]) -> Result<()> {
    let mut insert = tx.prepare_cached("INSERT INTO mail_bytes (mail_id, bytes) VALUES (?1, ?2)")?;
    if raw.len() > LARGE {
        insert.execute(params![id, ZeroBlob(raw.len() as u64)])?;
        tx.blob_open("main", "mail_bytes", "bytes", id, false)?.write_all_at(raw, 0)?;
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
        let detail = json!({ "source": mail.source });
        Event::new(now, "same mail by another way", "rule: intake").mail(MailId(id)).detail(detail).append(tx)?;
    }
    Ok(())
}

/// Has a mail read and judged again, unless a person has placed it or it could not be read. Whether it is.
pub(super) fn read_again(tx: &Transaction<'_>, id: i64) -> Result<bool> {
    let again = tx
        .prepare_cached(
            "UPDATE mail SET standing = 'received', attempts = 0, cut_off = 0, at_work = 0 WHERE id = ?1 AND NOT placed_by_person AND standing <> 'quarantined'",
        )?
        .execute([id])?;
    Ok(again > 0)
}

/// Up to and including the empty line.
fn head_of(raw: &[u8]) -> &[u8] {
    let end = raw
        .windows(2)
        .enumerate()
        .find(|(place, pair)| *pair == b"\n\n" || (*pair == b"\n\r" && raw.get(place + 2) == Some(&b'\n')))
        .map_or(raw.len(), |(place, _)| place + 2);
    raw.get(..end.min(LONGEST_HEAD)).unwrap_or(raw)
}

const LONGEST_HEAD: usize = 256 * 1024;

/// Bytes of a body that a mail is looked for by; whether the rest is the same is seen when one is found.
const LOOKED_AT: usize = 4096;

/// What is the same however a mail travelled: its Message-ID, its From, and of its body the length and the beginning, line ends aside. None without
/// a Message-ID: then only equal bytes are the same mail. With the From, so that who sends a letter's words on under another name first does not
/// make the letter itself disappear.
fn same_mail_key(raw: &[u8]) -> Option<[u8; 32]> {
    let head = head_of(raw);
    let message_id = header(head, b"message-id:").filter(|value| value.len() >= 5)?;
    let from = header(head, b"from:").unwrap_or_default();
    let body = body_of(raw).trim_ascii();
    let returns = memchr::memchr_iter(b'\r', body).count();
    let mut hasher = Sha256::new();
    for value in [message_id, from] {
        hasher.update(value);
        hasher.update([0]);
    }
    hasher.update((body.len() - returns).to_le_bytes());
    let mut left = LOOKED_AT;
    for piece in without_returns(body) {
        hasher.update(piece.get(..left).unwrap_or(piece));
        left = left.saturating_sub(piece.len());
        if left == 0 {
            break;
        }
    }
    Some(hasher.finalize().into())
}

/// The words of the first header of that name (lower case, with its colon), however its lines are folded.
fn header(head: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    headers(head, name).into_iter().next()
}

/// The words of each header of that name.
fn headers(head: &[u8], name: &[u8]) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<&[u8]>> = Vec::new();
    let mut is_within = false;
    for line in head.split(|byte| *byte == b'\n') {
        let is_folded = line.first().is_some_and(|first| matches!(first, b' ' | b'\t'));
        let value = match line.split_at_checked(name.len()) {
            _ if is_folded => is_within.then_some(line),
            Some((start, value)) if start.eq_ignore_ascii_case(name) => {
                found.push(Vec::new());
                Some(value)
            }
            _ => None,
        };
        is_within = value.is_some();
        let words = value.into_iter().flat_map(|value| value.split(u8::is_ascii_whitespace)).filter(|word| !word.is_empty());
        if let Some(header) = found.last_mut() {
            header.extend(words);
        }
    }
    found.into_iter().map(|words| words.join(&b' ')).collect()
}

/// Headers by which a person, or a program, would see another mail in the same body: what it is called, who wrote it and when, what it answers, and
/// how its body is to be read. Copies of one mail differ in the servers that they passed, and in the addresses that they were sent to.
const SEEN: [&[u8]; 10] = [
    b"subject:",
    b"from:",
    b"sender:",
    b"date:",
    b"reply-to:",
    b"in-reply-to:",
    b"references:",
    b"content-type:",
    b"content-transfer-encoding:",
    b"content-disposition:",
];

/// Whether a mail with this head is seen as the one with the other head is.
fn are_seen_the_same(one: &[u8], other: &[u8]) -> bool {
    SEEN.iter().all(|name| headers(one, name) == headers(other, name))
}

/// What stands behind the empty line.
pub fn body_of(raw: &[u8]) -> &[u8] {
    raw.get(head_of(raw).len()..).unwrap_or_default()
}

/// A mailbox may keep lines that end in LF, and another one lines that end in CR LF.
fn without_returns(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.split(|byte| *byte == b'\r')
}

fn are_same(one: &[u8], other: &[u8]) -> bool {
    one == other || without_returns(one).flatten().eq(without_returns(other).flatten())
}

/// Whether a mail is one that is known, with another head.
enum Likeness {
    CopyOf(i64),
    /// It is new, and is to be found by this key.
    None(Option<[u8; 32]>),
}

/// The first mail of a key is compared with whole. What differs from it (a server may give every notice one Message-ID, and write them all from one
/// form; somebody who has had a letter may send its words first under another subject) has a key of its own that goes over the whole body and all
/// that is seen of the head, so that one comparison is enough however many there are.
fn by_another_way(tx: &Transaction<'_>, key: Option<&[u8; 32]>, raw: &[u8]) -> Result<Likeness> {
    let Some(key) = key else { return Ok(Likeness::None(None)) };
    let (head, body) = (head_of(raw), body_of(raw).trim_ascii());
    let is_copy_of = |first: &[u8]| are_seen_the_same(head_of(first), head) && are_same(body_of(first).trim_ascii(), body);
    let first: Option<(i64, bool)> = tx
        .prepare_cached("SELECT m.id, b.bytes FROM mail m JOIN mail_bytes b ON b.mail_id = m.id WHERE m.same_mail = ?1")?
        .query_row([key], |row| Ok((row.get(0)?, is_copy_of(row.get_ref(1)?.as_blob()?))))
        .optional()?;
    match first {
        None => return Ok(Likeness::None(Some(*key))),
        Some((id, true)) => return Ok(Likeness::CopyOf(id)),
        Some((_, false)) => {}
    }
    let mut hasher = Sha256::new().chain_update(key);
    for seen in SEEN.map(|name| headers(head, name)) {
        hasher.update(seen.len().to_le_bytes());
        for words in seen {
            hasher.update(words.len().to_le_bytes());
            hasher.update(words);
        }
    }
    without_returns(body).for_each(|piece| hasher.update(piece));
    let key: [u8; 32] = hasher.finalize().into();
    let known = tx.prepare_cached("SELECT id FROM mail WHERE same_mail = ?1")?.query_row([key], |row| row.get(0)).optional()?;
    Ok(known.map_or(Likeness::None(Some(key)), Likeness::CopyOf))
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

    pub fn has_unread(&self) -> Result<bool> {
        Ok(self.db.prepare_cached("SELECT EXISTS (SELECT 1 FROM mail WHERE standing = 'received')")?.query_row([], |row| row.get(0))?)
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
