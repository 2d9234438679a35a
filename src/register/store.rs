//! The file, who reads it and who writes it. Of SQLite, nothing but this room knows.

use super::Result;
use super::error::is_locked;
use super::register_file::Place;
use super::secret_file::SecretFile;
use crate::domain::rules::OfficeRules;
use rusqlite::blob::Blob;
use rusqlite::{CachedStatement, Connection, Params, Row, Statement, TransactionBehavior};
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How much of what was committed survives a loss of power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// All of it: `synchronous=FULL`.
    Full,
    /// For worlds that can be replayed from their seed (the demo): nothing is synced to disk, and no other process can look in meanwhile.
    Replayable,
}

/// Questions to the register. A reader of its own cannot write (`query_only`).
pub struct Reader {
    pub(super) db: Connection,
    pub(super) rules: Arc<OfficeRules>,
}

/// What is written together: all of it is kept, or nothing. It answers every question that a [`Reader`] answers, of what it has written as well.
pub struct Transaction<'r> {
    reader: &'r Reader,
    inner: rusqlite::Transaction<'r>,
}

/// The one writer. Every public verb is one transaction.
pub struct Register {
    pub(super) reader: Reader,
    pub(super) heartbeat: Heartbeat,
    pub(super) place: Place,
    /// Under which its requests get their addresses; none where nothing leaves (tests, benchmarks).
    pub(super) secret: Option<SecretFile>,
    /// Set when the process is to end: then nobody waits for another writer any more.
    pub(super) in_a_hurry: Arc<AtomicBool>,
    /// The fingerprint of its rules, where it is opened for a command: nobody has adopted those for everything. None of whoever adopts them.
    pub(super) works_by: Option<String>,
}

/// How long a verb waits for other writers.
pub(super) const PATIENCE_WITH_WRITERS: Duration = Duration::from_secs(30);
/// In turns as short as this, to hear in between that the process is to end.
pub(super) const TURN: Duration = Duration::from_millis(250);

/// When a register last took something down: whoever works with it gets on.
#[derive(Clone)]
pub struct Heartbeat {
    opened: Instant,
    /// Milliseconds after that.
    last_beat: Arc<AtomicU64>,
}

impl Heartbeat {
    pub(super) fn begin() -> Heartbeat {
        Heartbeat { opened: Instant::now(), last_beat: Arc::default() }
    }

    pub fn beat(&self) {
        self.last_beat.store(self.milliseconds(), Ordering::Relaxed);
    }

    pub fn silent_for(&self) -> Duration {
        Duration::from_millis(self.milliseconds().saturating_sub(self.last_beat.load(Ordering::Relaxed)))
    }

    fn milliseconds(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Deref for Register {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Register {
    /// The office's rules have changed (configuration reloaded).
    pub fn set_rules(&mut self, rules: Arc<OfficeRules>) {
        self.reader.rules = rules;
    }

    /// It works by the rules of this fingerprint, whether or not everything is planned by them.
    pub fn work_by(&mut self, fingerprint: &str) {
        self.works_by = Some(fingerprint.to_owned());
    }

    /// Once this is set, no verb waits for another writer any more.
    pub fn hurry_when(&mut self, asked: Arc<AtomicBool>) {
        self.in_a_hurry = asked;
    }

    /// Refused if the file that was opened is not the one that lies there now.
    ///
    /// # Errors
    ///
    /// Refused ([`Refusal::File`](crate::domain::refusal::Refusal::File)): a file that was replaced, and one that is gone or cannot be looked at.
    pub fn is_in_its_place(&self) -> Result<()> {
        self.place.still_holds()
    }

    /// Waits for other writers, but not beyond the wish that the process end.
    pub(super) fn begin(&self) -> Result<Transaction<'_>> {
        let begun = Instant::now();
        loop {
            match self.reader.begin() {
                Err(error) if is_locked(&error) && begun.elapsed() < PATIENCE_WITH_WRITERS && !self.in_a_hurry.load(Ordering::Acquire) => {}
                begun => return Ok(begun?),
            }
        }
    }

    /// Under which its requests get their addresses.
    pub(crate) fn secret(&self) -> Option<SecretFile> {
        self.secret.clone()
    }

    /// Where something is kept beside it, in a file of its own with this ending.
    pub(crate) fn beside(&self, ending: &str) -> PathBuf {
        self.place.beside(ending)
    }

    pub fn heartbeat(&self) -> Heartbeat {
        self.heartbeat.clone()
    }
}

impl Reader {
    pub fn rules(&self) -> &OfficeRules {
        &self.rules
    }

    /// Asks several questions of the register as it stood at one moment, whatever is written meanwhile.
    ///
    /// # Errors
    ///
    /// Those of the questions; and where the register cannot be read.
    pub(crate) fn at_one_moment<T>(&self, ask: impl FnOnce(&Reader) -> Result<T>) -> Result<T> {
        // Within a transaction it is one moment already.
        let _moment = self.db.is_autocommit().then(|| self.db.unchecked_transaction()).transpose()?;
        ask(self)
    }

    pub(super) fn begin(&self) -> rusqlite::Result<Transaction<'_>> {
        let inner = rusqlite::Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
        Ok(Transaction { reader: self, inner })
    }

    pub(super) fn prepare(&self, sql: &str) -> rusqlite::Result<Statement<'_>> {
        self.db.prepare(sql)
    }

    pub(super) fn prepare_cached(&self, sql: &str) -> rusqlite::Result<CachedStatement<'_>> {
        self.db.prepare_cached(sql)
    }

    pub(super) fn query_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.db.query_row(sql, params, read)
    }
}

impl Deref for Transaction<'_> {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        self.reader
    }
}

impl Transaction<'_> {
    /// Without it, nothing is kept.
    pub(super) fn commit(self) -> rusqlite::Result<()> {
        self.inner.commit()
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.inner
    }

    pub(super) fn execute(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.inner.execute(sql, params)
    }

    pub(super) fn last_insert_rowid(&self) -> i64 {
        self.inner.last_insert_rowid()
    }

    /// Bytes of a row that is there, to be written into.
    pub(super) fn bytes_of(&self, table: &str, column: &str, row: i64) -> rusqlite::Result<Blob<'_>> {
        self.inner.blob_open("main", table, column, row, false)
    }
}
