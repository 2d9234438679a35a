//! Numbered migrations on `user_version`. Considered instead: rusqlite_migration and refinery, which do not resolve with this rusqlite.

use super::{APPLICATION_ID, RegisterError, Result};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

const MIGRATIONS: [&str; 14] = [
    include_str!("migrations/0001_spine.sql"),
    include_str!("migrations/0002_judged_again.sql"),
    include_str!("migrations/0003_subject_of_adopted.sql"),
    include_str!("migrations/0004_trust.sql"),
    include_str!("migrations/0005_addresses.sql"),
    include_str!("migrations/0006_unfetched.sql"),
    include_str!("migrations/0007_time_and_register.sql"),
    include_str!("migrations/0008_looked_for.sql"),
    include_str!("migrations/0009_silence.sql"),
    include_str!("migrations/0010_notes.sql"),
    include_str!("migrations/0011_counted.sql"),
    include_str!("migrations/0012_sent_copies.sql"),
    include_str!("migrations/0013_sources.sql"),
    include_str!("migrations/0016_digests_by_event.sql"),
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
    write_from(db, usize::try_from(version).unwrap_or(0))
}

/// Makes a register of an empty file.
pub(super) fn fill(db: &Connection) -> Result<()> {
    write_from(db, 0)
}

fn write_from(db: &Connection, version: usize) -> Result<()> {
    let pending = MIGRATIONS.iter().enumerate().skip(version);
    for (number, sql) in pending {
        let tx = rusqlite::Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
        // Another process may have come first.
        if stamp(&tx)?.1 > number as i64 {
            continue;
        }
        tx.execute_batch(sql)?;
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
        MIGRATIONS[..3].iter().for_each(|sql| db.execute_batch(sql).unwrap());
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
        db.execute_batch(MIGRATIONS[0]).unwrap();
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

    #[test]
    fn digests_go_on_where_the_last_one_by_the_clock_had_ended() {
        let before = MIGRATIONS.iter().position(|sql| sql.contains("digest_by_event")).unwrap();
        let db = Connection::open_in_memory().unwrap();
        MIGRATIONS[..before].iter().for_each(|sql| db.execute_batch(sql).unwrap());
        db.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        db.pragma_update(None, "user_version", before as i64).unwrap();
        db.execute_batch(
            "INSERT INTO mail (sha256, size, received_at, taken_at, standing) VALUES (x'00', 1, 1, 1, 'linked'), (x'01', 1, 1, 1, 'linked');
             INSERT INTO authority (name) VALUES ('Prison Service');
             INSERT INTO joint_request (matter) VALUES ('Visit 2026/1');
             INSERT INTO request (reference, joint_id, authority_id, office, urgency, opened_at, basis, deadline, paused)
                VALUES ('NPM-2026-0001-X', 1, 1, '', 'ordinary', 1, '{}', '2026-03-02', 0);
             INSERT INTO event (at, kind, actor, mail_id, detail, hash) VALUES (5, 'mail received', '', 1, '', x''),
                (10, 'mail linked', '', 1, '', x''), (10, 'mail received', '', 2, '', x''), (11, 'mail linked', '', 2, '', x'');
             INSERT INTO mail_link (mail_id, request_id, effect, evidence, linked_by, linked_at)
                VALUES (1, 1, 'reply', '[]', 'rule', 10), (2, 1, 'reply', '[]', 'rule', 11);
             INSERT INTO digest (member, period, at) VALUES ('a@x.example', 'daily', 4), ('a@x.example', 'daily', 10), ('b@x.example', 'daily', 12),
                ('b@x.example', 'daily', 13)",
        )
        .unwrap();
        migrate(&db, Path::new("memory")).unwrap();
        let rows = |sql: &str| -> Vec<(i64, i64)> {
            let mut statement = db.prepare(sql).unwrap();
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<rusqlite::Result<_>>().unwrap()
        };
        assert_eq!(rows("SELECT last_event, at FROM digest ORDER BY member, last_event"), [(0, 4), (3, 10), (4, 13)]);
        assert_eq!(rows("SELECT mail_id, event_id FROM mail_link ORDER BY mail_id"), [(1, 2), (2, 4)], "the second is still to be told");
    }
}
