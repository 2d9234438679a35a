//! Proof that nothing was altered, copies of the register, and their check.

use super::{Reader, RegisterError, Result};
use crate::domain::rules::OfficeRules;
use rusqlite::Connection;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;

/// What `verify` went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Soundness {
    pub events: u64,
    pub mails: u64,
    pub letters: u64,
}

impl Reader {
    /// SQLite's own check, the event chain, every stored mail and letter against its hash and against the hash in its event.
    pub fn verify(&self) -> Result<Soundness> {
        let word: String = self.db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if word != "ok" {
            return Err(RegisterError::Damaged(format!("SQLite finds: {word}")));
        }
        let events = self.verify_chain()?;
        let mails = self.verify_hashes(
            "mail",
            "SELECT m.id, b.bytes, m.sha256, (SELECT detail ->> 'sha256' FROM event e WHERE e.mail_id = m.id AND e.kind = 'mail received')
             FROM mail m LEFT JOIN mail_bytes b ON b.mail_id = m.id",
        )?;
        let letters = self.verify_hashes("letter", "SELECT id, bytes, sha256, lower(hex(sha256)) FROM letter")?;
        let received: u64 =
            self.db.query_row("SELECT count(*) FROM event WHERE kind = 'mail received'", [], |row| row.get::<_, i64>(0))?.unsigned_abs();
        if received != mails {
            return Err(RegisterError::Damaged(format!("{received} mails were received by the record, {mails} are stored")));
        }
        Ok(Soundness { events, mails, letters })
    }

    fn verify_hashes(&self, what: &str, sql: &str) -> Result<u64> {
        let mut statement = self.db.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            let (id, bytes, stored): (i64, Option<Vec<u8>>, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let recorded: Option<String> = row.get(3)?;
            let bytes = bytes.ok_or_else(|| RegisterError::Damaged(format!("the bytes of {what} {id} are missing")))?;
            let hash = Sha256::digest(&bytes).to_vec();
            if hash != stored || recorded.is_none_or(|recorded| recorded != super::mails::hex(&hash)) {
                return Err(RegisterError::Damaged(format!("{what} {id} is not what was stored: its hash differs")));
            }
            count += 1;
        }
        Ok(count)
    }

    /// A sound copy of the register while it is in use, readable by its owner only. An existing file is refused.
    pub fn backup(&self, target: &Path) -> Result<()> {
        use std::os::unix::fs::OpenOptionsExt;
        let file_error = |error| RegisterError::File { path: target.display().to_string(), error };
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(target).map_err(file_error)?;
        let mut copy = Connection::open(target)?;
        rusqlite::backup::Backup::new(&self.db, &mut copy)?.run_to_completion(1000, std::time::Duration::ZERO, None)?;
        // The copy travels alone: no WAL beside it.
        copy.pragma_update(None, "journal_mode", "DELETE")?;
        copy.close().map_err(|(_, error)| RegisterError::Sqlite(error))?;
        std::fs::File::open(target).and_then(|file| file.sync_all()).map_err(file_error)
    }
}

/// Whether a backup could be restored: it is a register, of a format we know, and sound.
pub fn restore_check(file: &Path, rules: Arc<OfficeRules>) -> Result<Soundness> {
    Reader::open(file, rules)?.verify()
}
