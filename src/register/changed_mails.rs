//! Of which mails a transaction changes something that decides whether somebody owes a decision about them. Triggers of the writing connection note
//! it, so that no function that writes a row can forget it. They are no part of the file: readers have none, nor has whoever else opens it.
//!
//! Considered instead: that each of these functions says so. One forgot it, and thousands of random histories did not show it.

use super::delivery_reports::IS_CLAIM;
use super::{Result, Transaction};
use crate::domain::identity::MailId;
use rusqlite::Connection;

/// With a column `mail_id`: what stands there says something of that mail.
const OF_MAILS: [&str; 4] = ["mail_link", "mail_suggestion", "rest", "delivery_report"];
/// By which column they name a request: a claim that a letter about it came back asks for a decision while it is open.
const OF_REQUESTS: [(&str, &str); 4] =
    [("request", "id"), ("request_recommendation", "request_id"), ("answer", "request_id"), ("mail_link", "request_id")];
/// What is done to a row, and which of its states it is about.
const DONE: [(&str, &[&str]); 3] = [("INSERT", &["NEW"]), ("UPDATE", &["OLD", "NEW"]), ("DELETE", &["OLD"])];
/// A mail that has just been received asks for nothing before it is understood.
const OF_MAIL_ITSELF: [&str; 2] = ["INSERT ON main.mail WHEN NEW.standing <> 'received'", "UPDATE OF standing, received_at ON main.mail"];

/// From now on what this connection changes is noted.
pub(super) fn watch(db: &Connection) -> rusqlite::Result<()> {
    let mut watched: Vec<(String, String)> = OF_MAIL_ITSELF.iter().map(|done| ((*done).to_owned(), "VALUES (NEW.id)".to_owned())).collect();
    for (done, states) in DONE {
        for state in states {
            let of_mails = OF_MAILS.iter().map(|table| (format!("{done} ON main.{table}"), format!("VALUES ({state}.mail_id)")));
            watched.extend(of_mails);
            let of_requests = OF_REQUESTS.iter().map(|(table, request)| {
                let claims = format!("SELECT mail_id FROM delivery_report WHERE request_id = {state}.{request} AND {IS_CLAIM}");
                (format!("{done} ON main.{table}"), claims)
            });
            watched.extend(of_requests);
        }
    }
    db.execute_batch("CREATE TEMP TABLE changed_mail (id INTEGER NOT NULL) STRICT")?;
    for (number, (done, mails)) in watched.iter().enumerate() {
        db.execute_batch(&format!("CREATE TEMP TRIGGER changes_mail_{number} AFTER {done} BEGIN INSERT INTO changed_mail {mails}; END"))?;
    }
    Ok(())
}

/// What was noted since this was last asked, each mail once, in the order of their numbers.
pub(super) fn take(tx: &Transaction<'_>) -> Result<Vec<MailId>> {
    let mut statement = tx.prepare_cached("SELECT DISTINCT id FROM temp.changed_mail ORDER BY id")?;
    let mails: Vec<MailId> = statement.query_map([], |row| row.get(0).map(MailId))?.collect::<rusqlite::Result<_>>()?;
    if !mails.is_empty() {
        tx.prepare_cached("DELETE FROM temp.changed_mail")?.execute([])?;
    }
    Ok(mails)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample::rules;
    use crate::register::{Register, decisions};
    use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};

    /// Mail 5 claims that a letter about request 8 came back, mail 6 that one about request 9 did. Each row comes, becomes another's, and goes.
    const DONE_AND_NOTED: [(&str, &[i64]); 24] = [
        ("INSERT INTO mail (id, sha256, size, received_at, taken_at, standing) VALUES (1, x'01', 1, 1, 1, 'received')", &[]),
        ("INSERT INTO mail (id, sha256, size, received_at, taken_at, standing) VALUES (2, x'02', 1, 1, 1, 'quarantined')", &[2]),
        ("UPDATE mail SET standing = 'unlinked' WHERE id = 1", &[1]),
        ("UPDATE mail SET received_at = 2", &[1, 2]),
        ("UPDATE mail SET subject = 'Answer'", &[]),
        (
            "INSERT INTO delivery_report (mail_id, delivery_id, request_id, at, witness, finding, why, standing)
             VALUES (5, 1, 8, 1, '{}', '{}', '', 'claimed'), (6, 1, 9, 1, '{}', '{}', '', 'claimed')",
            &[5, 6],
        ),
        (
            "INSERT INTO request (id, reference, joint_id, authority_id, unit, urgency, opened_at, basis, deadline, paused)
             VALUES (9, 'NPM-2041-0009-X', 1, 1, '', 'ordinary', 1, '{}', '2041-04-30', 0)",
            &[6],
        ),
        ("UPDATE request SET id = 8", &[5, 6]),
        ("DELETE FROM request", &[5]),
        (
            "INSERT INTO mail_link (mail_id, subject_kind, subject_id, effect, evidence, linked_at)
             VALUES (3, 'request', 9, 'waiting', '[]', 1)",
            &[3, 6],
        ),
        ("UPDATE mail_link SET mail_id = 7", &[3, 6, 7]),
        ("UPDATE mail_link SET subject_id = 8", &[5, 6, 7]),
        ("DELETE FROM mail_link", &[5, 7]),
        ("INSERT INTO mail_suggestion (mail_id, subject_kind, subject_id, position, evidence) VALUES (4, 'request', 9, 1, '[]')", &[4]),
        ("UPDATE mail_suggestion SET mail_id = 7", &[4, 7]),
        ("DELETE FROM mail_suggestion", &[7]),
        ("INSERT INTO rest (mail_id, request_id, kind, since) VALUES (4, 9, 'of authority', 1)", &[4]),
        ("UPDATE rest SET mail_id = 7", &[4, 7]),
        ("DELETE FROM rest", &[7]),
        ("INSERT INTO answer (request_id, recommendation_id, mail_id) VALUES (9, 1, 1)", &[6]),
        ("UPDATE answer SET request_id = 8", &[5, 6]),
        ("DELETE FROM answer", &[5]),
        ("UPDATE delivery_report SET mail_id = 7 WHERE mail_id = 6", &[6, 7]),
        ("UPDATE delivery_report SET standing = 'taken back' WHERE mail_id = 7", &[7]),
    ];
    /// While the claims of 5 and 6 stand.
    const ASKED_AND_NOTED: [(&str, &[i64]); 5] = [
        ("UPDATE delivery_report SET mail_id = 6, standing = 'claimed' WHERE mail_id = 7", &[6, 7]),
        ("INSERT INTO request_recommendation (request_id, recommendation_id, position) VALUES (9, 1, 1)", &[6]),
        ("UPDATE request_recommendation SET request_id = 8", &[5, 6]),
        ("DELETE FROM request_recommendation", &[5]),
        ("DELETE FROM delivery_report", &[5, 6]),
    ];

    fn all_done() -> impl Iterator<Item = (&'static str, &'static [i64])> {
        DONE_AND_NOTED.into_iter().chain(ASKED_AND_NOTED)
    }

    fn register(folder: &tempfile::TempDir) -> Register {
        let register = Register::create(&folder.path().join("register.sqlite"), Arc::new(rules())).unwrap();
        register.reader.db.pragma_update(None, "foreign_keys", false).unwrap();
        register
    }

    /// What is noted of each thing that is done.
    fn noted(tx: &Transaction<'_>) -> Vec<(&'static str, Vec<i64>)> {
        let noted = |done| {
            tx.execute(done, []).unwrap();
            (done, take(tx).unwrap().into_iter().map(|mail| mail.0).collect())
        };
        all_done().map(|(done, _)| noted(done)).collect()
    }

    #[test]
    fn whatever_is_done_to_what_a_decision_follows_from_is_noted() {
        let folder = tempfile::tempdir().unwrap();
        let register = register(&folder);
        let expected: Vec<_> = all_done().map(|(done, noted)| (done, noted.to_vec())).collect();
        let tx = register.begin().unwrap();
        assert_eq!(noted(&tx), expected);
        drop(tx);
        // Each trigger is needed for some of it.
        let mut names = register.reader.db.prepare("SELECT name FROM sqlite_temp_schema WHERE type = 'trigger'").unwrap();
        let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap();
        assert_eq!(names.len(), 34);
        for name in names {
            let tx = register.begin().unwrap();
            let trigger: String = tx.query_row("SELECT sql FROM sqlite_temp_schema WHERE name = ?1", [&name], |row| row.get(0)).unwrap();
            tx.execute(&format!("DROP TRIGGER temp.{name}"), []).unwrap();
            assert_ne!(noted(&tx), expected, "nothing here needs {trigger}");
        }
    }

    #[test]
    fn what_was_not_kept_has_changed_nothing_and_what_was_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let register = register(&folder);
        let insert = DONE_AND_NOTED[1].0;
        let tx = register.begin().unwrap();
        tx.execute(insert, []).unwrap();
        drop(tx);
        let tx = register.begin().unwrap();
        assert_eq!(take(&tx).unwrap(), []);
        tx.execute(insert, []).unwrap();
        assert_eq!(take(&tx).unwrap(), [MailId(2)]);
        assert_eq!(take(&tx).unwrap(), []);
    }

    /// SQLite itself says what is read: a fact that a decision comes to follow from, and that nothing watches, fails here.
    #[test]
    fn a_decision_follows_from_nothing_that_is_not_watched() {
        let folder = tempfile::tempdir().unwrap();
        let mut register = register(&folder);
        // It asks for a decision by a claim, so that whether the request is open is read as well.
        for (done, _) in [DONE_AND_NOTED[1], DONE_AND_NOTED[5], DONE_AND_NOTED[6]] {
            register.reader.db.execute(done, []).unwrap();
        }
        register.reader.db.execute("UPDATE delivery_report SET mail_id = 2 WHERE mail_id = 6", []).unwrap();
        let read = Arc::new(Mutex::new(BTreeSet::new()));
        let reads = Arc::clone(&read);
        let note = move |asked: AuthContext<'_>| {
            if let AuthAction::Read { table_name, column_name } = asked.action {
                reads.lock().unwrap().insert((table_name.to_owned(), column_name.to_owned()));
            }
            Authorization::Allow
        };
        register.reader.db.authorizer(Some(note)).unwrap();
        assert!(decisions::owed(&register.reader, MailId(2)).unwrap().is_some());
        let read = read.lock().unwrap().clone();
        let watched: BTreeSet<&str> = OF_MAILS.into_iter().chain(OF_REQUESTS.map(|(table, _)| table)).chain(["mail"]).collect();
        assert_eq!(read.iter().map(|(table, _)| table.as_str()).collect::<BTreeSet<_>>(), watched);
        let of_mail: Vec<&str> = read.iter().filter(|(table, _)| table == "mail").map(|(_, column)| column.as_str()).collect();
        assert_eq!(of_mail, ["id", "received_at", "standing"]);
    }
}
