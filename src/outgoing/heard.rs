//! What a server said of a letter, kept beside the register when it cannot be recorded in it: somebody holds the lock, the disk is full, or it
//! failed. Without it a letter that was taken would count as one of unknown outcome, and be sent again.
//!
//! One entry, for after one that could not be recorded nothing more is sent. The file is as large as it will ever be from the beginning: on a full
//! disk there is no room for a new one.

use super::recording::{MOST_SAID, finish};
use crate::domain::delivery::{DeliveryOutcome, RetryRules};
use crate::domain::identity::DeliveryId;
use crate::register::{Claim, Register, RegisterError, Result, attempts, ownership};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// Bytes. A reply is recorded with at most 1,000 characters; the longest entry is half of this.
const ROOM: usize = 16 << 10;

#[derive(Debug, Serialize, Deserialize)]
struct Heard {
    /// So that nothing is written into a register that was put in its place.
    register: String,
    message_id: String,
    delivery: i64,
    attempt: i64,
    outcome: serde_json::Value,
    at: Timestamp,
}

impl Register {
    fn heard_path(&self) -> PathBuf {
        self.beside("-heard")
    }

    /// Makes room for what may have to be kept. Does nothing where there is room, or something kept.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written: the disk is full, or we may not write there.
    pub fn make_room(&self) -> Result<()> {
        let path = self.heard_path();
        if std::fs::metadata(&path).is_ok_and(|file| file.len() >= ROOM as u64) {
            return Ok(());
        }
        self.overwrite(&[])
    }

    /// Keeps what was heard. The error says that it could not be.
    ///
    /// # Errors
    ///
    /// Where the identity of the register cannot be read, or the file cannot be written.
    pub fn keep_heard(&self, claim: &Claim, outcome: &DeliveryOutcome, at: Timestamp) -> Result<()> {
        let heard = Heard {
            register: ownership::identity(self)?,
            message_id: claim.message_id.clone(),
            delivery: claim.delivery.0,
            attempt: claim.attempt,
            outcome: shortened(serde_json::to_value(outcome).map_err(damaged)?),
            at,
        };
        self.overwrite(&serde_json::to_vec(&heard).map_err(damaged)?)
    }

    /// It is recorded by now.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written.
    pub fn forget_heard(&self) -> Result<()> {
        self.overwrite(&[])
    }

    /// Records what was kept, if anything was, before anybody asks for attempts that were cut off. Whether there was something.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read or emptied, or holds something that is no word of a server; and where the register cannot be read or
    /// written. What was kept stays kept then.
    pub fn record_heard(&mut self, retry: &RetryRules) -> Result<bool> {
        let path = self.heard_path();
        let mut text = String::new();
        match std::fs::File::open(&path).and_then(|file| file.take(ROOM as u64).read_to_string(&mut text)) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(RegisterError::File { path: path.display().to_string(), error }),
        }
        if text.trim().is_empty() {
            return Ok(false);
        }
        let read = || {
            let heard: Heard = serde_json::from_str(text.trim())?;
            let outcome: DeliveryOutcome = serde_json::from_value(heard.outcome.clone())?;
            Ok((heard, outcome))
        };
        let (heard, outcome) = read().map_err(|error: serde_json::Error| {
            RegisterError::Damaged(format!(
                "{} holds something that is no word of a server ({error}); look into it, then empty it",
                path.display()
            ))
        })?;
        if heard.register == ownership::identity(self)? {
            self.write(|tx| {
                if attempts::is_unfinished(tx, heard.attempt, DeliveryId(heard.delivery), &heard.message_id)? {
                    finish(tx, heard.attempt, &outcome, retry, heard.at)?;
                }
                Ok(())
            })?;
        }
        self.forget_heard()?;
        Ok(true)
    }

    /// In place and to the disk; the rest of the room is blank.
    fn overwrite(&self, entry: &[u8]) -> Result<()> {
        let path = self.heard_path();
        let mut whole = entry.to_vec();
        whole.resize(ROOM.max(entry.len()), b' ');
        let written = std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path).and_then(|mut file| {
            file.write_all(&whole)?;
            file.sync_all()
        });
        written.map_err(|error| RegisterError::File { path: path.display().to_string(), error })
    }
}

fn damaged(error: serde_json::Error) -> RegisterError {
    RegisterError::Damaged(error.to_string())
}

/// With no text longer than is recorded anyway.
fn shortened(outcome: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match outcome {
        Value::String(text) => Value::String(text.chars().take(MOST_SAID).collect()),
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(name, value)| (name, shortened(value))).collect()),
        other => other,
    }
}
