//! Numbered migrations on `user_version`. Considered instead: rusqlite_migration and refinery, which do not resolve with this rusqlite.

use super::{RegisterError, Result, sealing};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// `application_id` of the file: "dmrc".
const APPLICATION_ID: i64 = 0x646d_7263;

type Then = fn(&Connection, Option<&Path>) -> Result<()>;

/// One step from a format to the next.
struct Migration {
    sql: &'static str,
    /// What SQL cannot do, after it and in its transaction; with where the register lies, if it is not new.
    then: Option<Then>,
}

impl Migration {
    fn apply(&self, tx: &Connection, place: Option<&Path>) -> Result<()> {
        tx.execute_batch(self.sql)?;
        self.then.map_or(Ok(()), |then| then(tx, place))
    }
}

const fn sql(sql: &'static str) -> Migration {
    Migration { sql, then: None }
}

const MIGRATIONS: [Migration; 23] = [
    sql(include_str!("migrations/0001_spine.sql")),
    sql(include_str!("migrations/0002_judged_again.sql")),
    sql(include_str!("migrations/0003_subject_of_adopted.sql")),
    sql(include_str!("migrations/0004_trust.sql")),
    sql(include_str!("migrations/0005_addresses.sql")),
    sql(include_str!("migrations/0006_unfetched.sql")),
    sql(include_str!("migrations/0007_time_and_register.sql")),
    sql(include_str!("migrations/0008_looked_for.sql")),
    sql(include_str!("migrations/0009_silence.sql")),
    sql(include_str!("migrations/0010_notes.sql")),
    sql(include_str!("migrations/0011_counted.sql")),
    sql(include_str!("migrations/0012_sent_copies.sql")),
    sql(include_str!("migrations/0013_sources.sql")),
    sql(include_str!("migrations/0014_letter_roles.sql")),
    Migration { sql: include_str!("migrations/0015_record.sql"), then: Some(sealing::seal_anew) },
    sql(include_str!("migrations/0016_digests_by_event.sql")),
    sql(include_str!("migrations/0017_outcomes.sql")),
    sql(include_str!("migrations/0018_incoming.sql")),
    sql(include_str!("migrations/0019_subjects.sql")),
    sql(include_str!("migrations/0020_drafts.sql")),
    Migration { sql: include_str!("migrations/0021_directory.sql"), then: Some(contacts_split::take_over) },
    sql(include_str!("migrations/0022_decisions.sql")),
    sql(include_str!("migrations/0023_who_linked.sql")),
];

fn stamp(db: &Connection) -> Result<(i64, i64)> {
    let application = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok((application, version))
}

/// Refuses files that are not ours or newer than we are.
pub(super) fn check(db: &Connection, path: &Path) -> Result<()> {
    let not_ours = || RegisterError::NotARegister { path: path.display().to_string() };
    let (application, version) = stamp(db).map_err(|_| not_ours())?;
    let known = MIGRATIONS.len() as i64;
    if application != APPLICATION_ID {
        return Err(not_ours());
    }
    if version > known {
        return Err(RegisterError::Newer { found: version, known });
    }
    Ok(())
}

/// Brings a register to the present format.
pub(super) fn migrate(db: &Connection, path: &Path) -> Result<()> {
    check(db, path)?;
    let (_, version) = stamp(db)?;
    write_from(db, usize::try_from(version).unwrap_or(0), Some(path))
}

/// Makes a register of an empty file.
pub(super) fn fill(db: &Connection) -> Result<()> {
    write_from(db, 0, None)
}

fn write_from(db: &Connection, version: usize, place: Option<&Path>) -> Result<()> {
    // Tables that are made anew are referred to meanwhile (sqlite.org, "ALTER TABLE", 7); what refers to what is as it was when they are there again.
    let refers: bool = db.pragma_query_value(None, "foreign_keys", |row| row.get(0))?;
    db.pragma_update(None, "foreign_keys", false)?;
    let written = write_pending(db, version, place);
    db.pragma_update(None, "foreign_keys", refers)?;
    written
}

fn write_pending(db: &Connection, version: usize, place: Option<&Path>) -> Result<()> {
    for (number, migration) in MIGRATIONS.iter().enumerate().skip(version) {
        let tx = rusqlite::Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
        // Another process may have come first.
        if stamp(&tx)?.1 > number as i64 {
            continue;
        }
        migration.apply(&tx, place)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", number as i64 + 1)?;
        tx.commit()?;
    }
    Ok(())
}

mod contacts_split;
#[cfg(test)]
mod tests;
