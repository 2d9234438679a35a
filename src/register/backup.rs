//! Proof that nothing was altered, copies of the register, and their check.

use super::{Reader, RegisterError, Result};
use crate::domain::refusal::Refusal;
use crate::domain::rules::OfficeRules;
use rusqlite::Connection;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// What `verify` went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Soundness {
    pub events: u64,
    /// Payloads of events that were erased by events that say so.
    pub erased: u64,
    pub mails: u64,
    pub letters: u64,
}

impl Reader {
    /// SQLite's own check, the event chain, every stored mail and letter against its hash and against the hash in its event, every
    /// enclosure against its hash.
    ///
    /// # Errors
    ///
    /// [`RegisterError::Damaged`] with what is found wrong first; and where the register cannot be read.
    pub fn verify(&self) -> Result<Soundness> {
        let word: String = self.db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if word != "ok" {
            return Err(RegisterError::Damaged(format!("SQLite finds: {word}")));
        }
        let recorded = self.verify_chain()?;
        let mails = self.verify_hashes(
            "mail",
            "SELECT m.id, b.bytes, m.sha256 FROM mail m LEFT JOIN mail_bytes b ON b.mail_id = m.id",
            &recorded.mails,
        )?;
        let letters = self.verify_hashes("letter", "SELECT id, bytes, sha256 FROM letter", &recorded.letters)?;
        self.verify_enclosures()?;
        match recorded.earlier_damage {
            Some(damage) => Err(RegisterError::Damaged(format!("{damage} (found when the record was brought to its present form)"))),
            None => Ok(Soundness { events: recorded.events, erased: recorded.erased, mails, letters }),
        }
    }

    fn verify_enclosures(&self) -> Result<()> {
        // A back-up of an earlier build has none.
        if !self.db.table_exists(None, "enclosure")? {
            return Ok(());
        }
        let mut statement = self.db.prepare("SELECT id, sha256, name, bytes FROM enclosure")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, stored, name, bytes): (i64, Vec<u8>, String, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            if Sha256::digest(&bytes).to_vec() != stored {
                return Err(RegisterError::Damaged(format!("enclosure {id} ({name}) is not what was stored: its hash differs")));
            }
        }
        Ok(())
    }

    fn verify_hashes(&self, what: &str, sql: &str, recorded: &HashMap<i64, Option<String>>) -> Result<u64> {
        let mut statement = self.db.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            let (id, bytes, stored): (i64, Option<Vec<u8>>, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let bytes = bytes.ok_or_else(|| RegisterError::Damaged(format!("the bytes of {what} {id} are missing")))?;
            let hash = Sha256::digest(&bytes).to_vec();
            if hash != stored
                || recorded.get(&id).is_none_or(|recorded| recorded.as_ref().is_some_and(|recorded| *recorded != super::mails::hex(&hash)))
            {
                return Err(RegisterError::Damaged(format!("{what} {id} is not what was stored: its hash differs")));
            }
            count += 1;
        }
        if count != recorded.len() as u64 {
            return Err(RegisterError::Damaged(format!("the record knows {} {what}s, {count} are stored", recorded.len())));
        }
        Ok(count)
    }

    /// A sound copy of the register while it is in use, readable by its owner only. An existing file is refused.
    ///
    /// # Errors
    ///
    /// [`RegisterError::File`] where `target` exists already, or cannot be made or synced to disk. Refused ([`Refusal::Locked`]) while another
    /// process holds the register. And where the register cannot be read or the copy not be written: then none is left behind.
    pub fn backup(&self, target: &Path) -> Result<()> {
        use std::os::unix::fs::OpenOptionsExt;
        let file_error = |error| RegisterError::File { path: target.display().to_string(), error };
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(target).map_err(file_error)?;
        let copied = self.copy_into(target).and_then(|()| std::fs::File::open(target).and_then(|file| file.sync_all()).map_err(file_error));
        if copied.is_err() {
            // Half a copy must not be taken for one. The error that is told is that of the copying.
            let _ = std::fs::remove_file(target);
        }
        copied
    }

    fn copy_into(&self, target: &Path) -> Result<()> {
        let mut copy = Connection::open(target)?;
        // In one step, which reads one state of the register however much is written meanwhile. In several, each write of the daemon would make
        // it begin anew (<https://www.sqlite.org/c3ref/backup_finish.html>).
        let step = rusqlite::backup::Backup::new(&self.db, &mut copy)?.step(-1)?;
        if step != rusqlite::backup::StepResult::Done {
            return Err(Refusal::Locked.into());
        }
        // The copy travels alone: no WAL beside it.
        copy.pragma_update(None, "journal_mode", "DELETE")?;
        copy.close().map_err(|(_, error)| error.into())
    }
}

/// Whether a backup could be restored: it is a register, of a format we know, and sound.
///
/// # Errors
///
/// Refused: an empty file, and one beside a log of another register ([`Refusal::File`]). [`RegisterError::NotARegister`], [`RegisterError::Newer`],
/// and [`RegisterError::Damaged`] with what is found wrong first. And where the file cannot be opened or read.
pub fn restore_check(file: &Path, rules: Arc<OfficeRules>) -> Result<Soundness> {
    Reader::open_as_it_is(file, rules)?.verify()
}
