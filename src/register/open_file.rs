//! How the file is opened: of which format it is brought to, and with which settings.

use super::register_file::Place;
use super::store::{Durability, Heartbeat, PATIENCE_WITH_WRITERS, Reader, Register, TURN};
use super::{RegisterError, Result, changed_mails, migrate, register_file};
use crate::domain::rules::OfficeRules;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
        register_file::refuse_missing(path)?;
        register_file::refuse_empty(path)?;
        register_file::refuse_foreign_log(path)?;
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
        changed_mails::watch(&db)?;
        db.busy_timeout(TURN)?;
        let place = Place::of(path)?;
        Ok(Register {
            reader: Reader { db, rules },
            heartbeat: Heartbeat::begin(),
            place,
            secret: None,
            in_a_hurry: Arc::default(),
            works_by: None,
        })
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
        other.works_by.clone_from(&self.works_by);
        Ok(other)
    }
}

impl Reader {
    /// A reader beside the writer; it sees what was committed. The register of an earlier build is brought to the present format first.
    ///
    /// # Errors
    ///
    /// As [`Register::open_with`].
    pub fn open(path: &Path, rules: Arc<OfficeRules>) -> Result<Reader> {
        register_file::refuse_missing(path)?;
        Reader::open_and(path, rules, migrate::migrate)
    }

    /// A reader of a file that is not to be changed, as a back-up is; of an earlier build, it may lack what questions ask for.
    pub(super) fn open_as_it_is(path: &Path, rules: Arc<OfficeRules>) -> Result<Reader> {
        Reader::open_and(path, rules, migrate::check)
    }

    fn open_and(path: &Path, rules: Arc<OfficeRules>, settle: impl FnOnce(&Connection, &Path) -> Result<()>) -> Result<Reader> {
        register_file::refuse_empty(path)?;
        register_file::refuse_foreign_log(path)?;
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        prepare(&db, path)?;
        settle(&db, path)?;
        db.pragma_update(None, "query_only", true)?;
        // Whoever only looks leaves the log as it is, though nobody else has the register open: after a crash it is the next writer's.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        Ok(Reader { db, rules })
    }
}

/// A world that is replayed draws by lot what it drew before, as it is drawn from its seed in everything else: what its digests say of the record is
/// the same again.
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
    // time of ingesting mail.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // KiB. The 2 MB of the default are flushed by every larger mail, and the indexes with them.
    db.pragma_update(None, "cache_size", -8_192)?;
    // Pages: 64 MB. What is written in each transaction, the ends of the indexes, goes into the file once for several of them.
    db.pragma_update(None, "wal_autocheckpoint", 8_000)?;
    db.set_prepared_statement_cache_capacity(256);
    Ok(())
}
