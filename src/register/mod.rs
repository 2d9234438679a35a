//! The register: the durable record of everything sent, received and decided, in one SQLite file.
//!
//! It speaks in verbs of the field, one transaction each ([`Register`]), and in questions ([`Reader`]). Considered instead: an ORM or a generic
//! repository, which would let any room change any row. Nothing outside this room knows a table's name.
//!
//! Settings as measured and reasoned in each line of [`Register::connect`]: WAL, `synchronous=FULL`, STRICT tables, `BEGIN IMMEDIATE` for every write
//! (a deferred transaction that reads first fails at once with "database is locked").

mod acknowledgements;
mod addresses;
mod adopting;
mod agenda;
mod attempts;
mod authors;
mod backup;
mod by_hand;
mod came_back;
mod chain;
mod concluding;
mod confirmed;
mod copies;
mod deliveries;
mod delivery_reports;
mod digests;
mod directory;
mod due;
mod events;
mod exchanges;
mod forecast;
mod gathering;
mod health;
mod heard;
mod held;
mod judging_again;
mod kept;
mod known;
mod leaving;
mod links;
mod looked_up;
mod lost;
mod mail_views;
mod mails;
mod migrate;
mod moved;
mod new_letter;
mod opening;
mod outbox;
mod outcomes;
mod ownership;
mod pace;
mod place;
mod planning;
mod putting_back;
mod recommendations;
mod request_views;
mod requests;
mod resting;
mod restored;
mod returns;
mod rows;
mod sealing;
mod search;
mod senders;
mod silence;
mod sources;
mod standstill;
mod status;
mod steps;
mod unfetched;
mod unread;
mod vacant;
mod waiting;

pub use crate::domain::said::Placed;
pub use crate::domain::trust::Proven;
pub use crate::mail::same_mail::MailBytes;
pub use acknowledgements::DueAcknowledgement;
pub use adopting::{AdoptedRow, Adoption};
pub use agenda::{Agenda, StepAsTaken};
pub use attempts::Claim;
pub use authors::{AuthorBehind, PassedOn};
pub use backup::{Soundness, restore_check};
pub use by_hand::ForItsSender;
pub use came_back::Retried;
pub use concluding::Conclusion;
pub use confirmed::{ConfirmedSender, SaidOfSender};
pub use copies::OwedCopy;
pub use digests::{DigestDone, Digests, DueDigest, LastDigest};
pub use directory::{AuthorityRow, FocalPointRow, ImportReport};
pub use due::{DueStep, Earlier};
pub use events::RecordedEvent;
pub use forecast::ForeseenStep;
pub use gathering::Gathered;
pub use health::{PartHealth, PartsAlike, told_together};
pub use held::{HeldBack, LettersRest, WaitingMail, WaitsFor};
pub use leaving::OutsideHours;
pub use lost::LostLetter;
pub use mail_views::{EvidenceView, LinkView, MailView, SuggestionView};
pub use mails::{MailboxRead, Taken, TakenIn};
pub use moved::{Gap, Sought, Whereabouts};
pub use new_letter::{NewLetter, Recipient};
pub use opening::{Opened, OpenedRequest, RequestSelection};
pub use ownership::{NAMES_ITS_REGISTER, SecretFile};
pub use putting_back::{PutBack, last_at_work, put_back};
pub use recommendations::RecommendationRow;
pub use request_views::{LetterView, RequestView};
pub use restored::SeenLeft;
pub use search::Hit;
pub use status::{AuthorityView, Status};
pub use unfetched::{LeftUnread, LookedInto, NotGiven, Note, Unfetched};
pub use unread::{FailedBy, Unread};
pub use vacant::Vacant;

use crate::domain::rules::OfficeRules;
use place::Place;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    #[error("{}", in_words(.0))]
    Sqlite(rusqlite::Error),
    #[error("{path} is no register of demarche")]
    NotARegister { path: String },
    #[error("the register was written by a newer demarche (format {found}, this one knows {known}): use that version")]
    Newer { found: i64, known: i64 },
    #[error("{path}: {error}")]
    File { path: String, error: std::io::Error },
    /// What was asked cannot be done; the sentence says why and what to do.
    #[error("{0}")]
    Refused(String),
    /// Another process holds the lease; the sentence says which.
    #[error("{0}")]
    AtWork(String),
    /// The request changed since the decision was taken; nothing was done.
    #[error("{reference} has changed meanwhile")]
    Stale { reference: String },
    #[error("the register holds something it should not: {0}")]
    Damaged(String),
}

impl RegisterError {
    /// Another process works on the register, or holds its write lock for longer than a verb waits: the same may succeed later.
    pub fn is_temporary(&self) -> bool {
        match self {
            RegisterError::Sqlite(error) => is_locked(error),
            RegisterError::Stale { .. } | RegisterError::AtWork(_) => true,
            _ => false,
        }
    }
}

impl From<rusqlite::Error> for RegisterError {
    fn from(error: rusqlite::Error) -> RegisterError {
        RegisterError::Sqlite(error)
    }
}

/// What SQLite's codes mean for whoever keeps the register.
fn in_words(error: &rusqlite::Error) -> String {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => {
            format!("the register could not be written or read ({error}); is the disk full? What was committed before is unharmed")
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            format!("the register is damaged ({error}); have the last back-up put in its place: demarche restore FILE")
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("another process has held the register for too long ({error}); try again")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            format!("the register cannot be opened for writing ({error}); do file and folder belong to the user that runs demarche?")
        }
        _ => format!("the register: {error}"),
    }
}

impl RegisterError {
    /// Somebody else holds the register, as a copy or a tool of the database does for a while: what was asked can be asked again.
    pub fn is_passing(&self) -> bool {
        matches!(self, RegisterError::Sqlite(error) if is_locked(error))
    }
}

fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked))
}

pub type Result<T> = std::result::Result<T, RegisterError>;

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
    pub(crate) db: Connection,
    pub(crate) rules: Arc<OfficeRules>,
}

/// The one writer. Every public verb is one transaction.
pub struct Register {
    reader: Reader,
    heartbeat: Heartbeat,
    place: Place,
    /// Under which its requests get their addresses; none where nothing leaves (tests, benchmarks).
    secret: Option<SecretFile>,
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

impl std::ops::Deref for Register {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

/// `application_id` of the file: "dmrc".
const APPLICATION_ID: i64 = 0x646d_7263;

impl Register {
    /// Makes a new register, readable by its owner only. An existing file is refused.
    pub fn create(path: &Path, rules: Arc<OfficeRules>) -> Result<Register> {
        use std::os::unix::fs::OpenOptionsExt;
        let file_error = |error| RegisterError::File { path: path.display().to_string(), error };
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(file_error)?;
        Register::connect(path, rules, Durability::Full, migrate::fill)
    }

    pub fn open(path: &Path, rules: Arc<OfficeRules>) -> Result<Register> {
        Register::open_with(path, rules, Durability::Full)
    }

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
    pub fn is_in_its_place(&self) -> Result<()> {
        self.place.still_holds()
    }

    /// Waits for other writers, but not beyond the wish that the process end.
    fn begin(&self) -> Result<Transaction<'_>> {
        let begun = Instant::now();
        loop {
            match Transaction::new_unchecked(&self.reader.db, TransactionBehavior::Immediate) {
                Err(error) if is_locked(&error) && begun.elapsed() < PATIENCE_WITH_WRITERS && !self.in_a_hurry.load(Ordering::Acquire) => {}
                begun => return Ok(begun?),
            }
        }
    }

    /// One transaction, all or nothing.
    fn write<T>(&mut self, verb: impl FnOnce(&Transaction<'_>, &OfficeRules) -> Result<T>) -> Result<T> {
        let rules = Arc::clone(&self.reader.rules);
        self.place.still_holds()?;
        let tx = self.begin()?;
        let result = verb(&tx, &rules)?;
        tx.commit()?;
        self.heartbeat.beat();
        Ok(result)
    }

    pub fn heartbeat(&self) -> Heartbeat {
        self.heartbeat.clone()
    }
}

impl Reader {
    /// A reader beside the writer; it sees what was committed. The register of an earlier build is brought to the present format first.
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
        Ok(Reader { db, rules })
    }

    pub fn rules(&self) -> &OfficeRules {
        &self.rules
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

#[cfg(test)]
mod tests {
    use super::{agenda, attempts, digests, known, migrate, outcomes, resting, silence, unread};
    use rusqlite::Connection;

    /// How SQLite finds the rows, a line for each table.
    fn plan(sql: &str) -> Vec<String> {
        let db = Connection::open_in_memory().unwrap();
        migrate::fill(&db).unwrap();
        let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        statement.raw_query().mapped(|row| row.get("detail")).collect::<rusqlite::Result<_>>().unwrap()
    }

    #[test]
    fn neither_all_mail_nor_the_whole_outbox_is_looked_through_for_one_request() {
        for (sql, index) in [(unread::MAILS_UNREAD, "mail_by_standing"), (known::LETTER_ON_ITS_WAY, "letters_of_request")] {
            let plan = plan(sql);
            assert!(plan.iter().any(|line| line.contains("SEARCH") && line.contains(index)), "{plan:?}");
            assert!(!plan.iter().any(|line| line.contains("delivery_by_state") || line.contains("TEMP B-TREE")), "{plan:?}");
        }
    }

    #[test]
    fn of_all_that_rests_only_what_is_of_related_authorities_is_looked_at() {
        let plan = plan(resting::OF_RELATED);
        assert!(plan.iter().any(|line| line.contains("SEARCH rest") && line.contains("rests_of_authority")), "{plan:?}");
        assert!(!plan.iter().any(|line| line.contains("SCAN rest") || line == "SCAN a"), "{plan:?}");
    }

    #[test]
    fn a_digest_does_not_look_through_the_links_of_all_years() {
        let plan = plan(digests::LINKED_AFTER);
        assert!(plan[0].contains("SEARCH l") && plan[0].contains("links_by_event"), "{plan:?}");
        assert!(!plan.iter().any(|line| line.starts_with("SCAN")), "{plan:?}");
    }

    #[test]
    fn places_that_are_silent_are_found_without_looking_through_the_outbox() {
        for sql in [silence::DOMAINS, silence::LETTERS_TO] {
            let plan = plan(sql);
            let of_deliveries: Vec<&String> = plan.iter().filter(|line| line.contains("deliver") || line.ends_with(" d")).collect();
            assert!(of_deliveries.iter().all(|line| line.contains("SEARCH") && line.contains("deliveries_taken")), "{plan:?}");
            assert!(!of_deliveries.is_empty() && !plan.iter().any(|line| line.contains("TEMP B-TREE")), "{plan:?}");
        }
    }

    #[test]
    fn when_the_relay_last_took_a_letter_is_known_without_looking_through_its_refusals() {
        let plan = plan(outcomes::LAST_TAKEN);
        assert!(plan.iter().all(|line| line.contains("SEARCH") && line.contains("attempts_accepted")), "{plan:?}");
    }

    #[test]
    fn the_agenda_and_the_outbox_touch_only_what_is_due() {
        for (sql, index) in [(agenda::REQUESTS_DUE, "request_due"), (attempts::DELIVERIES_DUE, "delivery_due")] {
            let plan = plan(sql);
            assert!(plan[0].contains("SEARCH") && plan[0].contains(index), "{plan:?}");
            assert!(!plan.iter().any(|line| line.starts_with("SCAN") || line.contains("TEMP B-TREE")), "{plan:?}");
        }
    }
}
