//! Numbered migrations on `user_version`. Considered instead: rusqlite_migration and refinery, which do not resolve with this rusqlite.

use super::{APPLICATION_ID, RegisterError, Result, sealing};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

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

const MIGRATIONS: [Migration; 14] = [
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
    Migration { sql: include_str!("migrations/0015_record.sql"), then: Some(sealing::seal_anew) },
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
    let pending = MIGRATIONS.iter().enumerate().skip(version);
    for (number, migration) in pending {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::{Reader, restore_check};
    use std::sync::Arc;

    #[test]
    fn a_command_that_only_looks_can_look_into_the_register_of_an_earlier_build_and_a_back_up_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("register.sqlite");
        let db = Connection::open(&path).unwrap();
        MIGRATIONS[..3].iter().for_each(|migration| migration.apply(&db, None).unwrap());
        db.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        db.pragma_update(None, "user_version", 3).unwrap();
        db.execute_batch("INSERT INTO mail (sha256, size, received_at, taken_at, standing) VALUES (x'00', 1, 1, 1, 'unlinked')").unwrap();
        drop(db);
        let copy = folder.path().join("copy.sqlite");
        std::fs::copy(&path, &copy).unwrap();
        let rules = Arc::new(crate::letters::sample::rules());
        assert_eq!(Reader::open(&path, Arc::clone(&rules)).unwrap().waiting_views().unwrap().len(), 1);
        // What it holds is another question; it is not written to.
        let _ = restore_check(&copy, rules);
        assert_eq!(stamp(&Connection::open(&copy).unwrap()).unwrap().1, 3);
    }

    #[test]
    fn a_register_of_an_earlier_build_is_brought_to_the_present_with_what_it_holds() {
        let db = Connection::open_in_memory().unwrap();
        MIGRATIONS[0].apply(&db, None).unwrap();
        db.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        db.pragma_update(None, "user_version", 1).unwrap();
        db.execute_batch(
            "INSERT INTO mail (sha256, size, received_at, taken_at, standing) VALUES (x'00', 1, 1, 1, 'linked');
             INSERT INTO authority (name) VALUES ('Prison Service');
             INSERT INTO contact (authority_id, address, level, focal_point, dead, dead_since)
                VALUES (1, 'post@prisons.example', 'technical', 0, '550 5.1.1 no such user', 7)",
        )
        .unwrap();
        migrate(&db, Path::new("memory")).unwrap();
        assert_eq!(stamp(&db).unwrap(), (APPLICATION_ID, MIGRATIONS.len() as i64));
        let kept: i64 = db.query_row("SELECT count(*) FROM mail", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 1);
        let suppressed: (String, i64) = db
            .query_row("SELECT evidence, since FROM address_state WHERE address = 'post@prisons.example' AND until IS NULL", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!(suppressed, ("550 5.1.1 no such user".to_owned(), 7));
        // A second time there is nothing to do.
        migrate(&db, Path::new("memory")).unwrap();
    }
}
