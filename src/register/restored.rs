//! A register that is older than its own last sign of life: a back-up was put in its place, or what was written last was lost. Letters of the time
//! between have left and it does not know; until somebody has had it compared with the Sent folder and the mailbox, nothing leaves.
//!
//! The sign is a file beside the register with the number and the hash of the last event, written after each pass. It is not synced: lost, it is
//! older than the register, which says nothing. The hash, since a restored register goes on counting where its back-up ended, and another back-up
//! of the lost one may have more events than that.

use super::Transaction;
use super::events::{self, Event};
use super::lost::LostLetter;
use super::{Reader, Register, RegisterError, Result, numbers, ownership, register_file, requests, rows, standstill};
use crate::domain::event::{Actor, Entry, Happened, RuleName, StandstillReason};
use crate::domain::identity::{DeliveryId, RequestId};
use crate::domain::refusal::Refusal;
use crate::domain::reply_address::{Read, ReplyAddresses};
use crate::domain::subject::SubjectKind;
use crate::mail::Understood;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The reason of a standstill for a register that is behind its last sign of life.
const RESTORED: &str = "register";

/// Of one that `demarche restore` has put in its place, however young it is.
const PUT_IN_PLACE: &str = "the register was restored from a back-up, so letters may have left of which it does not know; to have it compared with \
                            the Sent folder, before the daemon is started: demarche resume";

const WHY: &str = "the register is older than its last sign of life, so letters may have left of which it does not know; to have it compared with the \
                   Sent folder, stop the daemon: demarche resume";

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SignOfLife {
    register: String,
    last_event: i64,
    /// Hexadecimal digits. Signs of earlier builds have none.
    #[serde(default)]
    hash: Option<String>,
}

impl SignOfLife {
    fn of(register: &Reader) -> Result<SignOfLife> {
        let last_event = register.last_event()?.unwrap_or(0);
        Ok(SignOfLife { register: ownership::identity(register)?, last_event, hash: register.hash_of_event(last_event)? })
    }

    /// Half a sign, or none, says nothing.
    pub(super) fn beside(place: &Path) -> Option<SignOfLife> {
        let text = std::fs::read(register_file::beside(place, "-alive")).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// `identity`: of a register ([`ownership::identity`]).
    pub(super) fn is_of(&self, identity: &str) -> bool {
        self.register == identity
    }

    /// Whether it was given at this event. `hash` in hexadecimal digits.
    pub(super) fn is_at(&self, event: i64, hash: &str) -> bool {
        self.last_event == event && self.hash.as_ref().is_none_or(|given| given == hash)
    }

    pub(super) fn entry(&self) -> Entry {
        Entry { was_at_event: self.last_event, hash: self.hash.clone() }
    }

    /// Whether a register holds everything that this one held, or is another one.
    fn says_nothing_against(&self, register: &Reader) -> Result<bool> {
        if !self.is_of(&ownership::identity(register)?) {
            return Ok(true);
        }
        let there = register.hash_of_event(self.last_event)?;
        if self.last_event == 0 || there.is_some_and(|there| self.is_at(self.last_event, &there)) {
            return Ok(true);
        }
        // It was given before the record was brought to its present form.
        let sealed = register.sealed_anew()?;
        Ok(sealed.is_some_and(|sealed| sealed.sign_of_life == Some(self.entry())))
    }
}

/// What is seen of letters that left under our secret.
#[derive(Debug, Clone, Default)]
pub struct SeenLeft {
    /// References of the requests that letters are of.
    pub references: BTreeSet<String>,
    /// The highest numbers in reply addresses, of each kind of subject, and in bounce addresses.
    pub subjects: BTreeMap<SubjectKind, i64>,
    pub delivery: i64,
    /// Message-IDs of letters, whether this register knows them or not.
    pub message_ids: BTreeSet<String>,
    /// Copies of letters.
    pub letters: Vec<LostLetter>,
    /// Whether all that has left can be seen.
    pub is_all: bool,
}

impl SeenLeft {
    /// Counts only what was made under our secret.
    pub fn message_id(&mut self, message_id: &str, addresses: &ReplyAddresses) {
        if let Some(reference) = addresses.reference_in(message_id) {
            self.references.insert(reference);
            self.message_ids.insert(message_id.to_ascii_lowercase());
        }
    }

    pub fn address(&mut self, address: &str, addresses: &ReplyAddresses) {
        match addresses.read_as_written(address) {
            Some(Read::Subject(subject)) => {
                let highest = self.subjects.entry(subject.kind()).or_default();
                *highest = subject.number().max(*highest);
            }
            Some(Read::Delivery(delivery)) => self.delivery = self.delivery.max(delivery.0),
            Some(Read::AfterSlip(_) | Read::Broken) | None => {}
        }
    }
}

impl Register {
    /// After a pass: this is how far the register is. Not while it is known to be behind.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read; and [`RegisterError::File`] where the sign, a file beside it, cannot be written.
    pub fn give_sign_of_life(&self) -> Result<()> {
        if self.is_behind()?.is_some() {
            return Ok(());
        }
        self.write_sign_of_life()
    }

    pub(crate) fn write_sign_of_life(&self) -> Result<()> {
        let sign = SignOfLife::of(self)?;
        let path = self.place.beside("-alive");
        let written = serde_json::to_vec(&sign).map_err(std::io::Error::from).and_then(|text| {
            use std::io::Write;
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?.write_all(&text)
        });
        written.map_err(|error| RegisterError::File { path: path.display().to_string(), error })
    }

    fn sign_of_life(&self) -> Option<SignOfLife> {
        SignOfLife::beside(self.place.path())
    }

    /// Events that the register in whose place this one is may have had beyond it, by its sign of life; none if there is no sign.
    pub(crate) fn events_lost(&self) -> Result<Option<i64>> {
        let last = self.last_event()?.unwrap_or(0);
        Ok(self.sign_of_life().map(|sign| (sign.last_event - last).max(0)))
    }

    /// Where the record of that register stood.
    pub(crate) fn lost_register(&self) -> Option<Entry> {
        self.sign_of_life().map(|sign| sign.entry())
    }

    /// Where it is behind its last sign of life and that is not known yet: letters stand still from now on.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub(crate) fn stand_still_if_behind(&mut self, now: Timestamp) -> Result<()> {
        if self.is_behind()?.is_some() {
            return Ok(());
        }
        let Some(sign) = self.sign_of_life() else { return Ok(()) };
        if sign.says_nothing_against(self)? {
            return Ok(());
        }
        self.write(|tx| stand_still(tx, WHY, Some(sign.last_event), &RuleName::SignOfLife.into(), now))
    }
}

/// Nothing leaves from now on. Digests and alarms still do: neither they get numbers that the lost register may have given.
fn stand_still(tx: &Transaction<'_>, why: &str, was_at_event: Option<i64>, actor: &Actor, now: Timestamp) -> Result<()> {
    let last = events::last(tx)?;
    numbers::jump_over(tx, &BTreeMap::new(), 0, was_at_event.map_or(numbers::SPARE, |event| (event - last).max(0)))?;
    tx.execute("INSERT OR REPLACE INTO standstill (reason, since, why) VALUES (?1, ?2, ?3)", params![RESTORED, now.as_second(), why])?;
    let behind = StandstillReason::Behind { why: why.to_owned(), last_event: last, was_at_event };
    Event::new(now, Happened::LettersStandStill(behind), actor).append(tx)
}

/// Letters leave again.
pub(crate) fn lift(tx: &Transaction<'_>) -> Result<()> {
    standstill::lift(tx, RESTORED)?;
    Ok(())
}

/// References of letters that were seen and are of no request that this register had before it was known to be behind.
pub(crate) fn unknown_of(tx: &Transaction<'_>, seen: &SeenLeft) -> Result<Vec<String>> {
    let named = seen.references.iter().map(|reference| (reference, None));
    let copied = seen.letters.iter().map(|letter| (&letter.reference, letter.request));
    let mut unknown = BTreeSet::new();
    for (reference, request) in named.chain(copied) {
        if request_known_before(tx, reference, request)?.is_none() {
            unknown.insert(reference.clone());
        }
    }
    Ok(unknown.into_iter().collect())
}

/// While a register is behind no request is made: the lost one may have given its number, and the letters of the one would be taken for the other's.
pub(crate) fn refuse_behind(db: &Reader) -> Result<()> {
    match is_behind(db)? {
        None => Ok(()),
        Some(why) => Err(Refusal::NoRequestYet { why }.into()),
    }
}

fn is_behind(db: &Reader) -> Result<Option<String>> {
    let mut why = db.prepare_cached("SELECT why FROM standstill WHERE reason = ?1")?;
    Ok(why.query_row([RESTORED], |row| row.get(0)).optional()?)
}

/// The request to which a letter of the lost time belongs: it was made before the register was known to be behind, and is the one that the letter's
/// own reply address names, if it has one. Under the same reference the lost register may have asked somebody else about something else.
pub(super) fn request_known_before(tx: &Transaction<'_>, reference: &str, named: Option<RequestId>) -> Result<Option<RequestId>> {
    let Some(request) = requests::find(tx, reference)?.filter(|request| named.is_none_or(|named| named == *request)) else {
        return Ok(None);
    };
    let sql = "SELECT 1 FROM request WHERE id = ?1 AND opened_at <= (SELECT since FROM standstill WHERE reason = ?2)";
    Ok(tx.prepare_cached(sql)?.exists(params![request.0, RESTORED])?.then_some(request))
}

/// Marks a copy that is about to be put in the register's place.
pub(super) fn mark(tx: &Transaction<'_>, actor: &Actor, now: Timestamp) -> Result<()> {
    stand_still(tx, PUT_IN_PLACE, None, actor, now)
}

impl Reader {
    /// Why the register is known to be behind, if it is.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn is_behind(&self) -> Result<Option<String>> {
        is_behind(self)
    }

    /// What the mails that were ingested say of letters that left: those they answer or bring back, and the addresses they came to.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn seen_left_in_mails(&self, addresses: &ReplyAddresses, seen: &mut SeenLeft) -> Result<()> {
        let mut statement = self.db.prepare("SELECT understood FROM mail WHERE understood IS NOT NULL")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let understood: Understood = rows::json(row, 0)?;
            let of_enclosed =
                understood.enclosed.iter().flat_map(|mail| mail.message_id.iter().chain(&mail.in_reply_to).chain(&mail.references));
            let returned = understood.bounce.iter().filter_map(|bounce| bounce.original_message_id.as_ref());
            let message_ids = understood.in_reply_to.iter().chain(&understood.references).chain(of_enclosed).chain(returned);
            message_ids.for_each(|message_id| seen.message_id(message_id, addresses));
            let written = understood.to.iter().chain(&understood.cc).filter_map(|mailbox| mailbox.address.as_ref());
            written.chain(&understood.arrived_at).for_each(|address| seen.address(address, addresses));
        }
        Ok(())
    }

    /// Letters to authorities that have not left as far as is known, each with the Message-ID (without angle brackets) by which a Sent folder may
    /// know it.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn not_left(&self) -> Result<Vec<(DeliveryId, String)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT d.id, l.message_id FROM delivery d JOIN letter l ON l.id = d.letter_id
             WHERE d.state IN ('waiting', 'unknown') AND l.subject_kind IS NOT NULL ORDER BY d.id",
        )?;
        let found = statement.query_map([], |row| Ok((DeliveryId(row.get(0)?), row.get(1)?)))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }
}
