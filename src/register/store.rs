//! The file, who reads it and who writes it. Of SQLite, nothing but this room knows.

use super::error::is_locked;
use super::place::Place;
use super::{RegisterError, Result, SecretFile, decisions, migrate, place};
use crate::domain::identity::{MailId, RequestId};
use crate::domain::rules::OfficeRules;
use rusqlite::blob::Blob;
use rusqlite::config::DbConfig;
use rusqlite::{CachedStatement, Connection, OpenFlags, Params, Row, Statement, TransactionBehavior};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Deref;
use std::path::{Path, PathBuf};
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
    changed: RefCell<Changed>,
}

/// What a transaction has changed, as far as decisions that are owed follow from it.
#[derive(Default)]
pub(super) struct Changed {
    pub(super) mails: BTreeSet<MailId>,
    /// Planned anew: whether it is settled may have changed.
    pub(super) requests: BTreeSet<RequestId>,
}

/// The one writer. Every public verb is one transaction.
pub struct Register {
    reader: Reader,
    heartbeat: Heartbeat,
    pub(super) place: Place,
    /// Under which its requests get their addresses; none where nothing leaves (tests, benchmarks).
    pub(super) secret: Option<SecretFile>,
    /// Set when the process is to end: then nobody waits for another writer any more.
    in_a_hurry: Arc<AtomicBool>,
}

/// How long a verb waits for other writers.
const PATIENCE_WITH_WRITERS: Duration = Duration::from_secs(30);
/// In turns as short as this, to hear in between that the process is to end.
const TURN: Duration = Duration::from_millis(250);

/// When a register last took something down: whoever works with it gets on.
#[derive(Clone)]
pub struct Heartbeat {
    opened: Instant,
    /// Milliseconds after that.
    last_beat: Arc<AtomicU64>,
}

impl Heartbeat {
    fn begin() -> Heartbeat {
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

/// `application_id` of the file: "dmrc".
pub(super) const APPLICATION_ID: i64 = 0x646d_7263;

impl Register {
    /// Makes a new register, readable by its owner only. An existing file is refused.
    ///
    /// # Errors
    ///
    /// [`RegisterError::File`] where the file exists or cannot be made; and where it cannot be written.
    pub fn create(path: &Path, rules: Arc<OfficeRules>) -> Result<Register> {
        use std::os::unix::fs::OpenOptionsExt;
        let file_error = |error| RegisterError::File { path: path.display().to_string(), error };
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(file_error)?;
        Register::connect(path, rules, Durability::Full, migrate::fill)
    }

    /// Opens a register for writing; one of an earlier build is brought to the present format.
    ///
    /// # Errors
    ///
    /// As [`Self::open_with`].
    pub fn open(path: &Path, rules: Arc<OfficeRules>) -> Result<Register> {
        Register::open_with(path, rules, Durability::Full)
    }

    /// As [`Self::open`]. `durability`: how much of what is committed survives a loss of power.
    ///
    /// # Errors
    ///
    /// [`RegisterError::File`] where there is none. Refused ([`Refusal::File`](crate::domain::refusal::Refusal::File)): an empty file, and one
    /// beside a log of another register. [`RegisterError::NotARegister`], [`RegisterError::Newer`]; and where it cannot be opened, read or written.
    pub fn open_with(path: &Path, rules: Arc<OfficeRules>, durability: Durability) -> Result<Register> {
        place::refuse_missing(path)?;
        place::refuse_empty(path)?;
        place::refuse_foreign_log(path)?;
        Register::connect(path, rules, durability, |db| migrate::migrate(db, path))
    }

    fn connect(
        path: &Path,
        rules: Arc<OfficeRules>,
        durability: Durability,
        bring_to_format: impl FnOnce(&Connection) -> Result<()>,
    ) -> Result<Register> {
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        prepare(&db, path)?;
        // Counts when the file is made. Mails of many pages each are written and read faster in larger ones (sqlite.org, "Internal Versus External
        // BLOBs").
        db.pragma_update(None, "page_size", 8_192)?;
        if durability == Durability::Replayable {
            // Nobody else looks in while a world is replayed: no file lock for every question (a tenth of the time), no page written twice.
            db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
            db.pragma_update(None, "journal_mode", "MEMORY")?;
        } else {
            db.pragma_update(None, "journal_mode", "WAL")?;
        }
        db.pragma_update(None, "synchronous", if durability == Durability::Full { "FULL" } else { "OFF" })?;
        if durability == Durability::Replayable {
            draw_the_same_again(&db)?;
        }
        db.pragma_update(None, "foreign_keys", true)?;
        bring_to_format(&db)?;
        db.busy_timeout(TURN)?;
        let place = Place::of(path)?;
        Ok(Register { reader: Reader { db, rules }, heartbeat: Heartbeat::begin(), place, secret: None, in_a_hurry: Arc::default() })
    }

    /// A second writer of this register for this process; they wait for each other like any other two. Not of one that can be replayed, which
    /// nobody else may open.
    ///
    /// # Errors
    ///
    /// As [`Self::is_in_its_place`] and [`Self::open_with`].
    pub fn once_more(&self) -> Result<Register> {
        self.place.still_holds()?;
        let mut other = Register::open_with(self.place.path(), Arc::clone(&self.reader.rules), Durability::Full)?;
        (other.heartbeat, other.secret, other.in_a_hurry) = (self.heartbeat.clone(), self.secret.clone(), Arc::clone(&self.in_a_hurry));
        Ok(other)
    }

    /// The office's rules have changed (configuration reloaded).
    pub fn set_rules(&mut self, rules: Arc<OfficeRules>) {
        self.reader.rules = rules;
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
    fn begin(&self) -> Result<Transaction<'_>> {
        let begun = Instant::now();
        loop {
            match self.reader.begin() {
                Err(error) if is_locked(&error) && begun.elapsed() < PATIENCE_WITH_WRITERS && !self.in_a_hurry.load(Ordering::Acquire) => {}
                begun => return Ok(begun?),
            }
        }
    }

    /// One transaction: if the verb fails, nothing of it is kept.
    ///
    /// # Errors
    ///
    /// Those of the verb; and where the file is not in its place any more, another writer holds it for longer than this one waits, or it cannot be written.
    pub(crate) fn write<T>(&mut self, verb: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        self.place.still_holds()?;
        let tx = self.begin()?;
        let result = verb(&tx)?;
        decisions::plan_changed(&tx)?;
        tx.commit()?;
        self.heartbeat.beat();
        Ok(result)
    }

    /// The same, of which nothing is kept where it is only tried.
    ///
    /// # Errors
    ///
    /// As [`Self::write`].
    pub(crate) fn write_or_try<T>(&mut self, dry_run: bool, verb: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        if !dry_run {
            return self.write(verb);
        }
        let tx = self.begin()?;
        let result = verb(&tx);
        drop(tx);
        result
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
    /// A reader beside the writer; it sees what was committed. The register of an earlier build is brought to the present format first.
    ///
    /// # Errors
    ///
    /// As [`Register::open_with`].
    pub fn open(path: &Path, rules: Arc<OfficeRules>) -> Result<Reader> {
        place::refuse_missing(path)?;
        Reader::open_and(path, rules, migrate::migrate)
    }

    /// A reader of a file that is not to be changed, as a back-up is; of an earlier build, it may lack what questions ask for.
    pub(super) fn open_as_it_is(path: &Path, rules: Arc<OfficeRules>) -> Result<Reader> {
        Reader::open_and(path, rules, migrate::check)
    }

    fn open_and(path: &Path, rules: Arc<OfficeRules>, settle: impl FnOnce(&Connection, &Path) -> Result<()>) -> Result<Reader> {
        place::refuse_empty(path)?;
        place::refuse_foreign_log(path)?;
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        prepare(&db, path)?;
        settle(&db, path)?;
        db.pragma_update(None, "query_only", true)?;
        // Whoever only looks leaves the log as it is, though nobody else has the register open: after a crash it is the next writer's.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        Ok(Reader { db, rules })
    }

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
        Ok(Transaction { reader: self, inner, changed: RefCell::default() })
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

    /// Something about a mail has changed from which it follows whether somebody owes a decision about it. That is planned once, before all is kept.
    pub(super) fn has_changed(&self, mail: MailId) {
        self.changed.borrow_mut().mails.insert(mail);
    }

    /// A request was planned anew.
    pub(super) fn has_planned(&self, request: RequestId) {
        self.changed.borrow_mut().requests.insert(request);
    }

    /// What has changed since this was last asked.
    pub(super) fn take_changed(&self) -> Changed {
        self.changed.take()
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

/// A world that is replayed draws by lot what it drew before, as it is drawn from its seed in everything else: what its digests say of the record is the
/// same again.
fn draw_the_same_again(db: &Connection) -> Result<()> {
    let drawn = AtomicU64::new(0);
    db.create_scalar_function("randomblob", 1, rusqlite::functions::FunctionFlags::SQLITE_UTF8, move |arguments| {
        let turn = drawn.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        Ok(turn.into_iter().cycle().take(arguments.get::<u16>(0)?.into()).collect::<Vec<u8>>())
    })?;
    Ok(())
}

/// What is no SQLite file at all is no register, rather than a damaged one.
fn prepare(db: &Connection, path: &Path) -> Result<()> {
    settle(db).map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => RegisterError::NotARegister { path: path.display().to_string() },
        _ => error.into(),
    })
}

/// Busy first, so that the rest waits for other writers; then nothing in the file is trusted to run code or to be sound.
fn settle(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(PATIENCE_WITH_WRITERS)?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.pragma_update(None, "cell_size_check", true)?;
    // Otherwise a statement is compiled anew at every use if its parameter is compared with the condition of a partial index: a tenth of the
    // time of taking in mail.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // KiB. The 2 MB of the default are flushed by every larger mail, and the indexes with them.
    db.pragma_update(None, "cache_size", -8_192)?;
    // Pages: 64 MB. What is written in each transaction, the ends of the indexes, goes into the file once for several of them.
    db.pragma_update(None, "wal_autocheckpoint", 8_000)?;
    db.set_prepared_statement_cache_capacity(256);
    Ok(())
}
