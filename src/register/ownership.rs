//! A register and the secret of its reply addresses belong together from the first request on, so that no token ever means two letters: addresses
//! are a function of secret and number, and numbers begin anew in every register. (A new register under the old secret linked an answer of last
//! year to a request of today, and completed it.)
//!
//! The register keeps the secret's fingerprint. The secret names its register in its own file, in a line below the key. Considered instead: a
//! file of its own beside the secret, which stays behind when the secret is copied to a new workspace, the very case that is to be refused.

use super::secret_file::SecretFile;
use super::{Reader, Register, Result, Transaction};
use crate::domain::refusal::{Refusal, SecretRefusal};
use rusqlite::OptionalExtension;
use std::io::Write;

/// What the line below the key begins with.
pub const NAMES_ITS_REGISTER: &str = "register ";

impl Register {
    /// To be called once after opening: refuses a secret that is not the one of this register's letters, and one that is another register's.
    ///
    /// # Errors
    ///
    /// Refused ([`Refusal::Secret`]): a secret that is another one or another register's, and one whose file must name this register and cannot be
    /// written. And where the register cannot be read or written.
    pub fn belongs_with(&mut self, secret: &SecretFile) -> Result<()> {
        compare(self, secret)?;
        let begun: bool = self.query_row("SELECT EXISTS (SELECT 1 FROM request)", [], |row| row.get(0))?;
        let known = fingerprint(self)?.is_some() && secret.register.is_some();
        self.secret = Some(secret.clone());
        if begun && !known {
            // Of an earlier build, or the secret was put back from a copy made before the first request.
            let secret = secret.clone();
            self.write(|tx| bind(tx, Some(&secret)))?;
        }
        Ok(())
    }
}

impl Reader {
    /// As [`Register::belongs_with`], changing nothing.
    ///
    /// # Errors
    ///
    /// Refused ([`Refusal::Secret`]): a secret that is another one or another register's. And where the register cannot be read.
    pub fn is_of(&self, secret: &SecretFile) -> Result<()> {
        compare(self, secret)
    }
}

/// Ties them together, where they are not yet. The file first: a secret that names a register without requests does no harm.
pub(crate) fn bind(tx: &Transaction<'_>, secret: Option<&SecretFile>) -> Result<()> {
    let Some(secret) = secret else { return Ok(()) };
    if secret.register.is_none() {
        let identity = identity(tx)?;
        let line = format!("{NAMES_ITS_REGISTER}{identity}");
        append(secret, &line).map_err(|error| {
            let why = SecretRefusal::NotWritable { line, said: error.to_string() };
            Refusal::Secret { path: secret.path.clone(), why }
        })?;
    }
    tx.execute("INSERT OR IGNORE INTO setting (key, value) VALUES ('secret', ?1)", [&secret.fingerprint])?;
    Ok(())
}

/// In place, so that the file stays its owner's whoever opens the first request.
fn append(secret: &SecretFile, line: &str) -> std::io::Result<()> {
    let text = std::fs::read_to_string(&secret.path)?;
    if text.lines().any(|known| known.trim() == line) {
        return Ok(());
    }
    let mut file = std::fs::OpenOptions::new().append(true).open(&secret.path)?;
    let line_end = if text.ends_with('\n') { "" } else { "\n" };
    file.write_all(format!("{line_end}{line}\n").as_bytes())?;
    file.sync_all()
}

fn compare(db: &Reader, secret: &SecretFile) -> Result<()> {
    let refused = |why| Err(Refusal::Secret { path: secret.path.clone(), why }.into());
    if fingerprint(db)?.is_some_and(|known| known != secret.fingerprint) {
        return refused(SecretRefusal::IsAnother);
    }
    if let Some(other) = secret.register.as_ref().filter(|other| identity(db).is_ok_and(|identity| identity != **other)) {
        return refused(SecretRefusal::IsOfAnotherRegister { register: other.clone() });
    }
    Ok(())
}

fn fingerprint(db: &Reader) -> Result<Option<String>> {
    Ok(db.query_row("SELECT value FROM setting WHERE key = 'secret'", [], |row| row.get(0)).optional()?)
}

/// For SQL: which register this is.
pub(super) const IDENTITY: &str = "SELECT value FROM setting WHERE key = 'identity'";

/// Which register this is; drawn at random when it was made.
pub(crate) fn identity(db: &Reader) -> Result<String> {
    Ok(db.query_row(IDENTITY, [], |row| row.get(0))?)
}
