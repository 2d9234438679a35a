//! Received mail is stored raw and committed (promise 1), once (promise 2).

use super::claiming::{self, Unread};
use super::concluding::{self, Conclusion};
use super::left_unread::{self, LeftUnread};
use crate::domain::event::{Happened, RuleName};
use crate::domain::identity::MailId;
use crate::domain::reply::Standing;
use crate::mail::same_mail::{MailBytes, head_of, is_copy, key_of_its_own};
use crate::register::events::Event;
use crate::register::mails::{self, Arrival, NewMail};
use crate::register::{Register, Result, Transaction, unfetched_rows};
use jiff::Timestamp;

/// One mail as a mailbox gave it.
#[derive(Debug, Clone)]
pub struct IngestedMail {
    pub bytes: MailBytes,
    /// It was larger than the limit and only this much of it was fetched.
    pub cut: bool,
    /// When it arrived by the mailbox's word; this counts for deadlines, the Date header never does.
    pub received_at: Timestamp,
    /// Folder, UIDVALIDITY and UID; or a path.
    pub source: String,
    /// Where it lies on the server, to be flagged there once this is committed; JSON of `transport::MailLocation`. None: nothing is flagged.
    pub flag_at: Option<String>,
    /// It is no mail: demarche itself puts it into the holding queue, for this reason.
    pub note: Option<String>,
}

/// The mailbox that mails come from, and how far it was read.
#[derive(Debug, Clone, Copy)]
pub struct MailboxRead<'a> {
    pub name: &'a str,
    /// Mails that were flagged since; JSON as in [`IngestedMail::flag_at`].
    pub flagged: &'a [String],
    /// JSON of `transport::Cursor`; none leaves it where it was.
    pub cursor: Option<&'a str>,
    /// When nothing more was in it. It counts as read to its end if nothing else may still be unread.
    pub to_end: Option<Timestamp>,
    /// What the same look left unread.
    pub left: Option<&'a LeftUnread>,
    /// It is an account's folder for what a filter takes for spam.
    pub is_junk: bool,
}

/// What becomes of mails that are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// They wait until they are claimed.
    Wait,
    /// They are given to the worker at once: their first attempt is recorded with them.
    BeUnderstood,
}

/// What became of a mail that was to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ingested {
    New(MailId),
    /// The same mail, seen before.
    Again(MailId),
}

impl IngestedMail {
    /// To be understood, under the number it was given.
    pub fn into_unread(self, mail: MailId, now: Timestamp) -> Unread {
        let (raw, received_at) = (self.bytes.raw, self.received_at);
        Unread { mail, raw, head_only: false, other_heads: vec![], received_at, taken_at: now, cut: self.cut }
    }

    fn arrival<'a>(&'a self, mail: MailId, head: Option<&'a [u8]>) -> Arrival<'a> {
        Arrival { mail, source: &self.source, at: self.received_at, head }
    }
}

impl Register {
    /// Records mails that come from no mailbox; they wait until they are claimed.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written. None of the mails is recorded then.
    pub fn record_mails(&mut self, mails: &[IngestedMail], now: Timestamp) -> Result<Vec<Ingested>> {
        self.write(|tx| mails.iter().map(|mail| record(tx, mail, Then::Wait, now)).collect())
    }

    /// Records what a mailbox gave, to be understood at once, and moves the mailbox's cursor; and concludes what was understood of earlier mails. One
    /// commit to the disk for all of it.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written. Nothing is recorded or concluded then, and the cursor stays where it was.
    pub fn record_and_conclude(
        &mut self,
        mails: &[IngestedMail],
        from: MailboxRead<'_>,
        conclusions: Vec<Conclusion>,
        now: Timestamp,
    ) -> Result<(Vec<Ingested>, Vec<Standing>)> {
        self.write(|tx| {
            let taken = record_from(tx, mails, from, now)?;
            Ok((taken, concluding::conclude_all(tx, conclusions, now)?))
        })
    }

    /// These mails are flagged in their mailbox.
    ///
    /// # Errors
    ///
    /// Where the register cannot be written.
    pub fn flagged(&mut self, mailbox: &str, to_flag: &[String]) -> Result<()> {
        if to_flag.is_empty() { Ok(()) } else { self.write(|tx| mails::remove_pending_flags(tx, mailbox, to_flag)) }
    }
}

fn record_from(tx: &Transaction<'_>, mails: &[IngestedMail], from: MailboxRead<'_>, now: Timestamp) -> Result<Vec<Ingested>> {
    mails::remove_pending_flags(tx, from.name, from.flagged)?;
    let mut taken = Vec::with_capacity(mails.len());
    for mail in mails {
        taken.push(record(tx, mail, Then::BeUnderstood, now)?);
        if let Some(mark) = &mail.flag_at {
            mails::put_pending_flag(tx, from.name, mark)?;
        }
    }
    if let Some(left) = from.left {
        left_unread::record(tx, from.name, left, mails.iter().filter_map(|mail| mail.flag_at.as_deref()), now)?;
        unfetched_rows::put_junk_folder(tx, from.name, from.is_junk)?;
    }
    let to_end = if unfetched_rows::keeps_from_the_end(tx, from.name, now)? { None } else { from.to_end };
    mails::put_mailbox_read(tx, from.name, from.cursor, to_end)?;
    Ok(taken)
}

fn record(tx: &Transaction<'_>, mail: &IngestedMail, then: Then, now: Timestamp) -> Result<Ingested> {
    let MailBytes { raw, sha256, same_mail } = &mail.bytes;
    if let Some(id) = mails::with_bytes(tx, sha256)? {
        mails::put_arrival(tx, &mail.arrival(id, None))?;
        return Ok(Ingested::Again(id));
    }
    let same_mail = match by_another_way(tx, same_mail.as_ref(), raw)? {
        ByAnotherWay::CopyOf(id) => {
            note_another_way(tx, id, mail, now)?;
            return Ok(Ingested::Again(id));
        }
        ByAnotherWay::New(key) => key,
    };
    let new = NewMail {
        raw,
        sha256,
        same_mail: same_mail.as_ref(),
        cut: mail.cut,
        received_at: mail.received_at,
        taken_at: now,
        at_work: then == Then::BeUnderstood,
        note: mail.note.as_deref(),
    };
    let id = mails::put_mail(tx, &new)?;
    mails::put_arrival(tx, &mail.arrival(id, None))?;
    let received =
        Happened::MailReceived { source: mail.source.clone(), sha256: mails::hex(sha256), received_at: mail.received_at.as_second() };
    Event::new(now, received, RuleName::Intake).mail(id).append(tx)?;
    Ok(Ingested::New(id))
}

/// The same mail by another way: the addresses it arrived at may be evidence, so a mail that no person has placed is judged again.
fn note_another_way(tx: &Transaction<'_>, id: MailId, mail: &IngestedMail, now: Timestamp) -> Result<()> {
    if !mails::put_arrival(tx, &mail.arrival(id, Some(head_of(&mail.bytes.raw))))? {
        return Ok(());
    }
    let again = Happened::SameMailByAnotherWay { source: mail.source.clone() };
    claiming::read_again(tx, id, again, RuleName::Intake, now)?;
    Ok(())
}

/// Whether a mail is one that is known, with another head.
enum ByAnotherWay {
    CopyOf(MailId),
    /// It is new, and is to be found by this key.
    New(Option<[u8; 32]>),
}

/// A mail with a known key is compared, as a whole, with the first mail of that key. What differs from it (a server may give every notice one
/// Message-ID, and write them all from one form; somebody who has had a letter may send its words first under another subject) has a key of its own,
/// so that one comparison is enough however many there are.
fn by_another_way(tx: &Transaction<'_>, key: Option<&[u8; 32]>, raw: &[u8]) -> Result<ByAnotherWay> {
    let Some(key) = key else { return Ok(ByAnotherWay::New(None)) };
    match mails::compared_by_key(tx, key, |known| is_copy(known, raw))? {
        None => return Ok(ByAnotherWay::New(Some(*key))),
        Some((id, true)) => return Ok(ByAnotherWay::CopyOf(id)),
        Some((_, false)) => {}
    }
    let key = key_of_its_own(key, raw);
    Ok(mails::with_key(tx, &key)?.map_or(ByAnotherWay::New(Some(key)), ByAnotherWay::CopyOf))
}
