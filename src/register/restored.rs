//! A register that is older than its own last sign of life: a back-up was put in its place, or what was written last was lost. Letters of the time
//! between have left and it does not know; until somebody has had it compared with the Sent folder and the mailbox, nothing leaves.
//!
//! The sign is a file beside the register with the number of the last event, written after each pass. It is not synced: lost, it is older than the
//! register, which says nothing.

use super::events::Event;
use super::{Reader, Register, RegisterError, Result, outbox, ownership, standstill};
use crate::domain::identity::DeliveryId;
use jiff::Timestamp;
use rusqlite::params;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::os::unix::fs::OpenOptionsExt;

/// The part of [`super::PartHealth`] that tells of it.
pub const RESTORED: &str = "register";

const WHY: &str = "the register is older than its last sign of life, so letters may have left of which it does not know; to have it compared with the \
                   Sent folder, stop the daemon: demarche resume";

#[derive(Debug, Serialize, Deserialize)]
struct SignOfLife {
    register: String,
    last_event: i64,
}

impl Register {
    /// After a pass: this is how far the register is. Not while it is known to be behind.
    pub fn give_sign_of_life(&self) -> Result<()> {
        if self.is_behind()?.is_some() {
            return Ok(());
        }
        let sign = SignOfLife { register: ownership::identity(&self.db)?, last_event: self.last_event()?.unwrap_or(0) };
        let path = self.place.beside("-alive");
        let written = serde_json::to_vec(&sign).map_err(std::io::Error::from).and_then(|text| {
            use std::io::Write;
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?.write_all(&text)
        });
        written.map_err(|error| RegisterError::File { path: path.display().to_string(), error })
    }

    /// At a start: whether the register is behind its last sign of life. Then letters stand still.
    pub fn look_for_sign_of_life(&mut self, now: Timestamp) -> Result<()> {
        // Half a sign, or none, says nothing.
        let Ok(text) = std::fs::read(self.place.beside("-alive")) else { return Ok(()) };
        let Ok(sign) = serde_json::from_slice::<SignOfLife>(&text) else { return Ok(()) };
        let last = self.last_event()?.unwrap_or(0);
        if sign.register != ownership::identity(&self.db)? || last >= sign.last_event || self.is_behind()?.is_some() {
            return Ok(());
        }
        self.write(|tx, _| {
            tx.execute("INSERT INTO standstill (reason, since, why) VALUES (?1, ?2, ?3)", params![RESTORED, now.as_second(), WHY])?;
            let detail = json!({ "why": WHY, "last_event": last, "was_at_event": sign.last_event });
            Event::new(now, "letters stand still", "rule: sign of life").detail(detail).append(tx)
        })?;
        self.note_health(RESTORED, Some(WHY), now)
    }

    /// It was compared; letters leave again.
    pub fn caught_up(&mut self, actor: &str, now: Timestamp) -> Result<()> {
        self.write(|tx, _| {
            standstill::lift(tx, RESTORED)?;
            Event::new(now, "letters leave again", actor).append(tx)
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
