//! Of which mails a transaction changes something that decides whether somebody owes a decision about them. Triggers of the writing connection note it, so
//! that no function that writes a row can forget it. They are no part of the file: readers have none, nor has whoever else opens it.
//!
//! Considered instead: that each of these functions says so. One forgot it, and thousands of random histories did not show it.

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
                let claims = format!("SELECT mail_id FROM delivery_report WHERE request_id = {state}.{request} AND standing = 'claimed'");
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
    use crate::register::Register;
    use std::sync::Arc;

    #[test]
    fn whatever_is_done_to_what_a_decision_follows_from_is_noted() {
        let folder = tempfile::tempdir().unwrap();
        let register = Register::create(&folder.path().join("register.sqlite"), Arc::new(rules())).unwrap();
        register.reader.db.pragma_update(None, "foreign_keys", false).unwrap();
        let mail = |id, standing| {
            format!("INSERT INTO mail (id, sha256, size, received_at, taken_at, standing) VALUES ({id}, x'0{id}', 1, 1, 1, '{standing}')")
        };
        let request = "INSERT INTO request (id, reference, joint_id, authority_id, unit, urgency, opened_at, basis, deadline, paused)
            VALUES (9, 'NPM-2041-0009-X', 1, 1, '', 'ordinary', 1, '{}', '2041-04-30', 0)";
        let link = "INSERT INTO mail_link (mail_id, subject_kind, subject_id, effect, evidence, linked_by, linked_at)
            VALUES (3, 'request', 9, 'waiting', '[]', 'rule', 1)";
        let report = "INSERT INTO delivery_report (mail_id, delivery_id, request_id, at, witness, finding, why, standing)
            VALUES (6, 1, 9, 1, '{}', '{}', '', 'claimed')";
        for (done, noted) in [
            (mail(1, "received").as_str(), vec![]),
            (mail(2, "quarantined").as_str(), vec![2]),
            ("UPDATE mail SET standing = 'unlinked' WHERE id = 1", vec![1]),
            ("UPDATE mail SET received_at = 2", vec![1, 2]),
            ("UPDATE mail SET subject = 'Answer'", vec![]),
            (request, vec![]),
            (link, vec![3]),
            ("UPDATE mail_link SET effect = 'reply'", vec![3]),
            ("DELETE FROM mail_link", vec![3]),
            (
                "INSERT INTO mail_suggestion (mail_id, subject_kind, subject_id, position, evidence) VALUES (4, 'request', 9, 1, '[]')",
                vec![4],
            ),
            ("DELETE FROM mail_suggestion", vec![4]),
            ("INSERT INTO rest (mail_id, request_id, kind, since) VALUES (5, 9, 'of authority', 1)", vec![5]),
            ("UPDATE rest SET until = 2", vec![5]),
            ("UPDATE rest SET mail_id = 7", vec![5, 7]),
            ("DELETE FROM rest", vec![7]),
            (report, vec![6]),
            (link, vec![3, 6]),
            ("DELETE FROM mail_link", vec![3, 6]),
            ("INSERT INTO answer (request_id, recommendation_id, mail_id) VALUES (9, 1, 1)", vec![6]),
            ("DELETE FROM answer", vec![6]),
            ("INSERT INTO request_recommendation (request_id, recommendation_id, position) VALUES (9, 1, 1)", vec![6]),
            ("UPDATE request SET ended = '{}'", vec![6]),
            ("UPDATE delivery_report SET standing = 'taken back'", vec![6]),
            ("UPDATE request SET paused = 1", vec![]),
            ("DELETE FROM delivery_report", vec![6]),
        ] {
            let noted_by_id: Vec<MailId> = noted.into_iter().map(MailId).collect();
            let tx = register.begin().unwrap();
            tx.execute(done, []).unwrap();
            assert_eq!(take(&tx).unwrap(), noted_by_id, "{done}");
            assert_eq!(take(&tx).unwrap(), [], "it is told once: {done}");
            tx.commit().unwrap();
        }
        let tx = register.begin().unwrap();
        tx.execute("UPDATE mail SET standing = 'set aside' WHERE id = 1", []).unwrap();
        drop(tx);
        let tx = register.begin().unwrap();
        assert_eq!(take(&tx).unwrap(), [], "what was not kept has changed nothing");
    }
}
