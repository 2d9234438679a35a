//! Of which mails a transaction has changed something from which it follows whether somebody owes a decision about them. Triggers of the writing connection
//! note it, so that no function that writes a row can forget it. They are no part of the file: readers have none, nor has whoever else opens it.
//!
//! Considered instead: that each of these functions says it. That one of them did not was seen in none of thousands of random histories.

use super::{Result, Transaction};
use crate::domain::identity::MailId;
use rusqlite::Connection;

/// What is watched, and of which mails it may change something. A claim that a letter came back asks for a decision while its request is open.
const WATCHED: [(&str, &str); 14] = [
    ("INSERT ON main.mail WHEN NEW.standing <> 'received'", "VALUES (NEW.id)"),
    ("UPDATE OF standing, received_at ON main.mail", "VALUES (NEW.id)"),
    ("INSERT ON main.mail_link", "VALUES (NEW.mail_id)"),
    ("UPDATE ON main.mail_link", "VALUES (NEW.mail_id)"),
    ("DELETE ON main.mail_link", "VALUES (OLD.mail_id)"),
    ("INSERT ON main.mail_suggestion", "VALUES (NEW.mail_id)"),
    ("DELETE ON main.mail_suggestion", "VALUES (OLD.mail_id)"),
    ("INSERT ON main.rest", "VALUES (NEW.mail_id)"),
    ("UPDATE ON main.rest", "VALUES (NEW.mail_id)"),
    ("INSERT ON main.delivery_report", "VALUES (NEW.mail_id)"),
    ("UPDATE ON main.delivery_report", "VALUES (NEW.mail_id)"),
    ("UPDATE ON main.request", "SELECT mail_id FROM delivery_report WHERE request_id = NEW.id AND standing = 'claimed'"),
    ("INSERT ON main.answer", "SELECT mail_id FROM delivery_report WHERE request_id = NEW.request_id AND standing = 'claimed'"),
    ("DELETE ON main.answer", "SELECT mail_id FROM delivery_report WHERE request_id = OLD.request_id AND standing = 'claimed'"),
];

/// From now on what this connection changes is noted.
pub(super) fn watch(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("CREATE TEMP TABLE changed_mail (id INTEGER NOT NULL) STRICT")?;
    for (number, (watched, mails)) in WATCHED.iter().enumerate() {
        db.execute_batch(&format!(
            "CREATE TEMP TRIGGER changes_mail_{number} AFTER {watched} BEGIN INSERT INTO changed_mail {mails}; END"
        ))?;
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
            (report, vec![6]),
            ("INSERT INTO answer (request_id, recommendation_id, mail_id) VALUES (9, 1, 1)", vec![6]),
            ("DELETE FROM answer", vec![6]),
            ("UPDATE request SET ended = '{}'", vec![6]),
            ("UPDATE delivery_report SET standing = 'taken back'", vec![6]),
            ("UPDATE request SET paused = 1", vec![]),
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
