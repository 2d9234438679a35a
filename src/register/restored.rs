//! A register that is older than its own last sign of life: a back-up was put in its place, or what was written last was lost. Letters of the time
//! between have left and it does not know; until somebody has had it compared with the Sent folder and the mailbox, nothing leaves.
//!
//! The sign is a file beside the register with the number and the hash of the last event, written after each pass. It is not synced: lost, it is
//! older than the register, which says nothing. The hash, since a restored register goes on counting where its back-up ended, and another back-up
//! of the lost one may have more events than that.

use super::events::{self, Event};
use super::{Reader, Register, RegisterError, Result, outbox, ownership, standstill};
use crate::domain::identity::DeliveryId;
use jiff::Timestamp;
use rusqlite::{Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::os::unix::fs::OpenOptionsExt;

/// The part of [`super::PartHealth`] that tells of it.
pub const RESTORED: &str = "register";

/// Of one that `demarche restore` has put in its place, however young it is.
const PUT_IN_PLACE: &str = "the register was restored from a back-up, so letters may have left of which it does not know; to have it compared with \
                            the Sent folder, before the daemon is started: demarche resume";

const WHY: &str = "the register is older than its last sign of life, so letters may have left of which it does not know; to have it compared with the \
                   Sent folder, stop the daemon: demarche resume";

#[derive(Debug, Serialize, Deserialize)]
struct SignOfLife {
    register: String,
    last_event: i64,
    /// Hexadecimal digits. Signs of earlier builds have none.
    #[serde(default)]
    hash: Option<String>,
}

impl SignOfLife {
    fn of(register: &Reader) -> Result<SignOfLife> {
        let last_event = register.last_event()?.unwrap_or(0);
        Ok(SignOfLife { register: ownership::identity(&register.db)?, last_event, hash: register.hash_of_event(last_event)? })
    }

    /// Whether a register holds everything that this one held, or is another one.
    fn says_nothing_against(&self, register: &Reader) -> Result<bool> {
        if self.register != ownership::identity(&register.db)? {
            return Ok(true);
        }
        let there = register.hash_of_event(self.last_event)?;
        Ok(self.last_event == 0 || there.is_some() && (self.hash.is_none() || self.hash == there))
    }
}

impl Register {
    /// After a pass: this is how far the register is. Not while it is known to be behind.
    pub fn give_sign_of_life(&self) -> Result<()> {
        if self.is_behind()?.is_some() {
            return Ok(());
        }
        self.write_sign_of_life()
    }

    fn write_sign_of_life(&self) -> Result<()> {
        let sign = SignOfLife::of(self)?;
        let path = self.place.beside("-alive");
        let written = serde_json::to_vec(&sign).map_err(std::io::Error::from).and_then(|text| {
            use std::io::Write;
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?.write_all(&text)
        });
        written.map_err(|error| RegisterError::File { path: path.display().to_string(), error })
    }

    /// Half a sign, or none, says nothing.
    fn sign_of_life(&self) -> Option<SignOfLife> {
        let text = std::fs::read(self.place.beside("-alive")).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// At a start: whether the register is behind its last sign of life. Then letters stand still.
    pub fn look_for_sign_of_life(&mut self, now: Timestamp) -> Result<()> {
        if let Some(why) = self.is_behind()? {
            // Of one that was restored by command nobody was told yet.
            return self.note_health(RESTORED, Some(&why), now);
        }
        let Some(sign) = self.sign_of_life() else { return Ok(()) };
        if sign.says_nothing_against(self)? {
            return Ok(());
        }
        self.write(|tx, _| stand_still(tx, WHY, Some(sign.last_event), "rule: sign of life", now))?;
        self.note_health(RESTORED, Some(WHY), now)
    }

    /// It was compared; letters leave again. The sign of life is from now on this register's: that of the lost one is kept in the record.
    pub fn caught_up(&mut self, actor: &str, now: Timestamp) -> Result<()> {
        let lost = self.sign_of_life().map(|sign| json!({ "was_at_event": sign.last_event, "hash": sign.hash }));
        // First: with the sign of the lost register beside it, the next start would find it behind again.
        self.write_sign_of_life()?;
        self.write(|tx, _| {
            standstill::lift(tx, RESTORED)?;
            Event::new(now, "letters leave again", actor).detail(json!({ "lost_register": lost })).append(tx)
        })?;
        self.note_health(RESTORED, None, now)
    }

    /// A letter of which the register knows no attempt was found to have left.
    pub fn found_left(&mut self, delivery: DeliveryId, evidence: &str, now: Timestamp) -> Result<()> {
        self.write(|tx, rules| {
            tx.execute("UPDATE delivery SET state = 'unknown' WHERE id = ?1 AND state = 'waiting'", [delivery.0])?;
            outbox::resolve_unknown(tx, rules, delivery, evidence, now)
        })
    }
}

/// Nothing leaves from now on.
fn stand_still(tx: &Transaction<'_>, why: &str, was_at_event: Option<i64>, actor: &str, now: Timestamp) -> Result<()> {
    let last = events::last(tx)?;
    tx.execute("INSERT OR REPLACE INTO standstill (reason, since, why) VALUES (?1, ?2, ?3)", params![RESTORED, now.as_second(), why])?;
    let detail = json!({ "why": why, "last_event": last, "was_at_event": was_at_event });
    Event::new(now, "letters stand still", actor).detail(detail).append(tx)
}

/// Marks a copy that is about to be put in the register's place.
pub(super) fn mark(tx: &Transaction<'_>, actor: &str, now: Timestamp) -> Result<()> {
    stand_still(tx, PUT_IN_PLACE, None, actor, now)
}

impl Reader {
    /// Why the register is known to be behind, if it is.
    pub fn is_behind(&self) -> Result<Option<String>> {
        use rusqlite::OptionalExtension;
        let mut why = self.db.prepare_cached("SELECT why FROM standstill WHERE reason = ?1")?;
        Ok(why.query_row([RESTORED], |row| row.get(0)).optional()?)
    }

    /// Letters to authorities that have not left as far as is known, each with the Message-ID by which a Sent folder may know it.
    pub fn not_left(&self) -> Result<Vec<(DeliveryId, String)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT d.id, l.message_id FROM delivery d JOIN letter l ON l.id = d.letter_id
             WHERE d.state IN ('waiting', 'unknown') AND l.request_id IS NOT NULL ORDER BY d.id",
        )?;
        let found = statement.query_map([], |row| Ok((DeliveryId(row.get(0)?), row.get(1)?)))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }
}
