//! Registers of earlier builds, brought to the format of this one.

// Long because each migration that carries rows over has its story here.

use super::*;
use crate::domain::identity::{DeliveryId, LetterId};
use crate::domain::linking::{Evidence, OwnLetter};
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
    let rules = Arc::new(crate::domain::sample::rules());
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

#[test]
fn what_a_letter_is_no_longer_hangs_on_the_name_of_its_template() {
    let db = Connection::open_in_memory().unwrap();
    MIGRATIONS[..13].iter().for_each(|migration| migration.apply(&db, None).unwrap());
    db.execute_batch(
        "PRAGMA foreign_keys = OFF;
         INSERT INTO letter (request_id, kind, step, level, message_id, subject, bytes, sha256, written_at, written_on) VALUES
            (1, 'request', NULL, 'technical', '1', '', x'', x'', 1, '2026-01-05'),
            (1, 'reminder', 'friendly', 'technical', '2', '', x'', x'', 1, '2026-01-05'),
            (1, 'nudge', 'first', 'technical', '3', '', x'', x'', 1, '2026-01-05'),
            (1, 'nudge', 'second', 'head', '4', '', x'', x'', 1, '2026-01-05'),
            (1, 'alarm', 'third', 'technical', '5', '', x'', x'', 1, '2026-01-05'),
            (1, 'acknowledgement', 'fourth', 'minister', '6', '', x'', x'', 1, '2026-01-05'),
            (1, 'examination', 'friendly', 'technical', '7', '', x'', x'', 1, '2026-01-05'),
            (1, 'acknowledgement', NULL, 'technical', '8', '', x'', x'', 1, '2026-01-05'),
            (NULL, 'digest', NULL, NULL, '9', '', x'', x'', 1, '2026-01-05'),
            (NULL, 'alarm', NULL, NULL, '10', '', x'', x'', 1, '2026-01-05')",
    )
    .unwrap();
    MIGRATIONS[13].apply(&db, None).unwrap();
    let mut letters = db.prepare("SELECT role || ' by ' || template FROM letter ORDER BY id").unwrap();
    let roles: Vec<String> = letters.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap();
    assert_eq!(
        roles,
        [
            "request by request",
            "reminder by reminder",
            "reminder by nudge",
            "escalation by nudge",
            "reminder by alarm",
            "escalation by acknowledgement",
            "examination by examination",
            "acknowledgement by acknowledgement",
            "digest by digest",
            "alarm by alarm"
        ]
    );
}

/// A register as it was before deliveries had a column for each thing that is said of them.
fn with_replies_of_four_kinds() -> Connection {
    let db = Connection::open_in_memory().unwrap();
    MIGRATIONS[..13].iter().for_each(|migration| migration.apply(&db, None).unwrap());
    db.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    db.pragma_update(None, "user_version", 13).unwrap();
    db.execute_batch(
        "INSERT INTO mail (id, sha256, size, received_at, taken_at, standing) VALUES (1, x'00', 1, 1, 1, 'linked');
         INSERT INTO letter (id, kind, message_id, subject, bytes, sha256, written_at, written_on)
            VALUES (1, 'request', 'a@npm.example', 'A letter', x'', x'', 5, '2026-01-05');",
    )
    .unwrap();
    let copy = "a copy stands in the Sent folder";
    // State, reply, accepted, returned by a mail, about; the last attempt and what was said; the reply before the report.
    for (id, (state, reply, accepted_at, returned, about, attempt, before)) in (1i64..).zip([
        ("accepted", "250 ok", Some(10), false, None, Some(("letter sent", "250 ok")), None),
        ("cancelled", "the request is settled", None, false, Some("policy"), Some(("letter refused for now", "451 later")), None),
        ("accepted", copy, Some(10), false, None, Some(("outcome unknown", "silence")), None),
        ("bounced", "550 gone", Some(10), true, Some("recipient"), Some(("letter sent", "250 ok")), Some("250 ok")),
        ("waiting", "552 full", Some(10), true, Some("storage"), Some(("letter sent", "250 ok")), Some("250 ok")),
        ("waiting", "451 busy", Some(10), true, Some("recipient"), Some(("letter refused for now", "451 busy")), Some("250 ok")),
        ("refused", "no connection", None, false, None, Some(("letter given up", "no connection")), None),
        ("refused", "550 gone", None, false, Some("recipient"), Some(("letter refused", "550 gone")), None),
        ("bounced", "550 gone", Some(10), true, Some("recipient"), Some(("outcome unknown", "silence")), Some(copy)),
        ("cancelled", "the deadline has moved since it was written", None, false, None, None, None),
        // What was never written so opens all the same.
        ("accepted", "250 ok", None, false, None, Some(("letter sent", "250 ok")), None),
        ("bounced", "550 gone", Some(10), false, None, Some(("letter sent", "250 ok")), None),
    ]) {
        let next_attempt_at = (state == "waiting" || id == 11).then_some(99);
        db.execute(
            "INSERT INTO delivery (id, letter_id, recipient, domain, envelope_sender, is_copy, state, next_attempt_at, first_attempt_at,
                attempts, accepted_at, reply, bounced_by, about)
             VALUES (?1, 1, 'post@prisons.example', 'prisons.example', '', 0, ?2, ?3, 7, 1, ?4, ?5, ?6, ?7)",
            rusqlite::params![id, state, next_attempt_at, accepted_at, reply, returned.then_some(1), about],
        )
        .unwrap();
        if let Some((outcome, said)) = attempt {
            db.execute(
                "INSERT INTO attempt (delivery_id, domain, started_at, finished_at, outcome, reply) VALUES (?1, 'prisons.example', 7, 8, ?2, ?3)",
                rusqlite::params![id, outcome, said],
            )
            .unwrap();
        }
        if let Some(before) = before {
            let before = serde_json::json!({ "state": "accepted", "next_attempt_at": null, "reply": before }).to_string();
            let why = if state == "waiting" { "552 full" } else { "550 gone" };
            db.execute(
                "INSERT INTO delivery_report (mail_id, delivery_id, at, witness, finding, why, standing, before)
                 VALUES (1, ?1, 9, '\"own_server\"', '{}', ?2, 'drawn', ?3)",
                rusqlite::params![id, why, before],
            )
            .unwrap();
        }
    }
    db
}

#[test]
fn each_thing_that_was_said_of_a_delivery_finds_its_column() {
    let db = with_replies_of_four_kinds();
    migrate(&db, Path::new("memory")).unwrap();
    let mut statement =
        db.prepare("SELECT state, reply, cancelled_because, returned_because, found_sent_by FROM delivery ORDER BY id").unwrap();
    type Row = (String, Option<String>, Option<String>, Option<String>, Option<String>);
    let found: Vec<Row> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    let row = |state: &str, reply: Option<&str>, cancelled: Option<&str>, returned: Option<&str>, found: Option<&str>| -> Row {
        (state.into(), reply.map(Into::into), cancelled.map(Into::into), returned.map(Into::into), found.map(Into::into))
    };
    let copy = Some("a copy stands in the Sent folder");
    assert_eq!(
        found,
        [
            row("accepted", Some("250 ok"), None, None, None),
            row("cancelled", Some("451 later"), Some("the request is settled"), None, None),
            row("accepted", Some("silence"), None, None, copy),
            row("bounced", Some("250 ok"), None, Some("550 gone"), None),
            row("waiting", Some("250 ok"), None, Some("552 full"), None),
            row("waiting", Some("451 busy"), None, None, None),
            row("refused", Some("no connection"), None, None, None),
            row("refused", Some("550 gone"), None, None, None),
            row("bounced", Some("silence"), None, Some("550 gone"), copy),
            row("cancelled", None, Some("the deadline has moved since it was written"), None, None),
            row("accepted", Some("250 ok"), None, None, None),
            row("refused", Some("550 gone"), None, None, None),
        ]
    );
    let mut statement = db.prepare("SELECT outcome, finding ->> '$.about', finding ->> '$.dead' FROM attempt ORDER BY id").unwrap();
    let attempts: Vec<(String, Option<String>, Option<bool>)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap().collect::<rusqlite::Result<_>>().unwrap();
    let refused = |about: &str, dead| ("refused".to_owned(), Some(about.to_owned()), Some(dead));
    let plain = |outcome: &str| (outcome.to_owned(), None, None);
    assert_eq!(attempts[..4], [plain("accepted"), refused("policy", false), plain("unknown"), plain("accepted")]);
    assert_eq!(attempts[4..8], [plain("accepted"), refused("recipient", false), plain("not_sent"), refused("recipient", true)]);
}

#[test]
fn no_delivery_is_in_a_state_without_what_belongs_to_it() {
    let db = with_replies_of_four_kinds();
    migrate(&db, Path::new("memory")).unwrap();
    for (id, impossible) in [
        (1, "accepted_at = NULL"),
        (5, "state = 'cancelled'"),
        (5, "state = 'accepted'"),
        (6, "state = 'bounced'"),
        (7, "cancelled_because = 'nobody needs it'"),
        (7, "found_sent_by = 'a copy stands in the Sent folder'"),
    ] {
        let changed = db.execute(&format!("UPDATE delivery SET {impossible} WHERE id = {id}"), []);
        assert!(changed.is_err_and(|error| error.to_string().contains("CHECK")), "{impossible}");
    }
    // An accepted letter that is due would leave twice.
    let due = |id| {
        format!("INSERT INTO obligation (kind, number, due, state) VALUES ('attempt', {id}, 99, 'open') ON CONFLICT DO UPDATE SET due = 99")
    };
    assert!(db.execute(&due(1), []).is_err_and(|error| error.to_string().contains("not attempted")));
    db.execute(&due(5), []).unwrap();
    db.execute("UPDATE delivery SET state = 'accepted', returned_because = NULL WHERE id = 5", []).unwrap();
    let is_owed: bool =
        db.query_row("SELECT EXISTS (SELECT 1 FROM obligation WHERE kind = 'attempt' AND number = 5)", [], |row| row.get(0)).unwrap();
    assert!(!is_owed);
}

/// A register whose migrations ended before the columns that SQL asks for; each mail in a state of its own.
#[test]
fn what_earlier_builds_understood_of_mail_stands_in_columns_afterwards() {
    let db = Connection::open_in_memory().unwrap();
    let before = MIGRATIONS.iter().position(|migration| migration.sql.contains("source_state")).unwrap();
    MIGRATIONS[..before].iter().for_each(|migration| migration.apply(&db, None).unwrap());
    db.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    db.pragma_update(None, "user_version", before as i64).unwrap();
    db.execute_batch(
        r#"INSERT INTO authority (name) VALUES ('Prison Service');
         INSERT INTO joint_request (matter) VALUES ('M');
         INSERT INTO request (reference, joint_id, authority_id, office, urgency, opened_at, basis, deadline, paused)
            VALUES ('NPM-2026-0001-X', 1, 1, '', 'ordinary', 1, '{}', '2026-03-01', 0);
         INSERT INTO letter (request_id, role, template, message_id, subject, bytes, sha256, written_at, written_on)
            VALUES (1, 'request', 'request', 'ours@npm.example', 'S', x'00', x'00', 1, '2026-01-01');
         INSERT INTO own_message_id (message_id, request_id, letter_id) VALUES ('ours@npm.example', 1, 1), ('by-hand@npm.example', 1, NULL);
         INSERT INTO delivery (letter_id, recipient, domain, envelope_sender, is_copy, state, accepted_at)
            VALUES (1, 'post@prisons.example', 'prisons.example', 'npm+b1@npm.example', 0, 'accepted', 1);
         INSERT INTO mail (sha256, size, received_at, taken_at, standing, is_source, placed_by_person, said_no_source, understood, authenticity) VALUES
            (x'01', 1, 1, 1, 'linked', 0, 0, 0, '{"reply": " Received.\n", "bulk": true, "bounce": null}',
                '{"from_domain": "prisons.example", "has_own_signature": false}'),
            (x'02', 1, 1, 1, 'unlinked', 1, 0, 0, '{"reply": "", "bounce": {"deleted_unread": true, "recipients": [{"action": "relayed"}]}}',
                '{"from_domain": "prisons.example", "has_own_signature": true}'),
            (x'03', 1, 1, 1, 'set aside', 1, 1, 0, '{"bounce": {"recipients": [{"action": "relayed"}, {"action": "delivered"}]}}', NULL),
            (x'04', 1, 1, 1, 'set aside', 0, 0, 1, NULL, NULL);
         INSERT INTO mail_link (mail_id, request_id, effect, evidence, linked_by, linked_at) VALUES (1, 1, 'reply',
            '[{"request": 1, "clue": "thread", "detail": "ours@npm.example"}, {"request": 1, "clue": "thread", "detail": "by-hand@npm.example"},
              {"request": 1, "clue": "reference in the text", "detail": "ours@npm.example"}]', 'rule', 1);
         INSERT INTO mail_suggestion (mail_id, request_id, position, evidence) VALUES (2, 1, 0,
            '[{"request": 1, "clue": "bounce address", "detail": "npm+b1@npm.example"}]')"#,
    )
    .unwrap();
    migrate(&db, Path::new("memory")).unwrap();
    let mut mails =
        db.prepare("SELECT source_state, short_text, bulk, deleted_unread, says_arrived, unsigned_from FROM mail ORDER BY id").unwrap();
    let mails = mails.query_map([], |row| {
        let flags: [bool; 3] = [row.get(2)?, row.get(3)?, row.get(4)?];
        Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?, flags, row.get::<_, Option<String>>(5)?))
    });
    let mails: Vec<_> = mails.unwrap().collect::<rusqlite::Result<_>>().unwrap();
    let some = |text: &str| Some(text.to_owned());
    let expected = [
        ("not a source", some("Received."), [true, false, false], some("prisons.example")),
        ("perhaps a source", None, [false, true, false], None),
        ("source", None, [false, false, true], None),
        ("said not a source", None, [false, false, false], None),
    ];
    assert_eq!(mails, expected.map(|(state, text, flags, domain)| (state.to_owned(), text, flags, domain)));
    let named = |sql| -> Vec<Option<OwnLetter>> {
        let evidence: String = db.query_row(sql, [], |row| row.get(0)).unwrap();
        serde_json::from_str::<Vec<Evidence>>(&evidence).unwrap().into_iter().map(|evidence| evidence.letter).collect()
    };
    assert_eq!(named("SELECT evidence FROM mail_link"), [Some(OwnLetter::Letter(LetterId(1))), None, None]);
    assert_eq!(named("SELECT evidence FROM mail_suggestion"), [Some(OwnLetter::Delivery(DeliveryId(1)))]);
}

#[test]
fn digests_go_on_where_the_last_one_by_the_clock_had_ended() {
    let before = MIGRATIONS.iter().position(|migration| migration.sql.contains("digest_by_event")).unwrap();
    let db = Connection::open_in_memory().unwrap();
    MIGRATIONS[..before].iter().for_each(|migration| migration.apply(&db, None).unwrap());
    db.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    db.pragma_update(None, "user_version", before as i64).unwrap();
    db.execute_batch(
        "INSERT INTO mail (sha256, size, received_at, taken_at, standing) VALUES (x'00', 1, 1, 1, 'linked'), (x'01', 1, 1, 1, 'linked');
         INSERT INTO authority (name) VALUES ('Prison Service');
         INSERT INTO joint_request (matter) VALUES ('Visit 2026/1');
         INSERT INTO request (reference, joint_id, authority_id, office, urgency, opened_at, basis, deadline, paused)
            VALUES ('NPM-2026-0001-X', 1, 1, '', 'ordinary', 1, '{}', '2026-03-02', 0);
         INSERT INTO event (at, kind, actor, mail_id, hash) VALUES (5, 'mail received', '', 1, x''),
            (10, 'mail linked', '', 1, x''), (10, 'mail received', '', 2, x''), (11, 'mail linked', '', 2, x'');
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

#[test]
fn what_an_earlier_build_had_due_is_owed_afterwards_and_no_number_is_given_twice() {
    let before = MIGRATIONS.iter().position(|migration| migration.sql.contains("CREATE TABLE obligation")).unwrap();
    let db = Connection::open_in_memory().unwrap();
    db.pragma_update(None, "foreign_keys", true).unwrap();
    MIGRATIONS[..before].iter().for_each(|migration| migration.apply(&db, None).unwrap());
    db.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    db.pragma_update(None, "user_version", before as i64).unwrap();
    db.execute_batch(
        "INSERT INTO authority (name) VALUES ('Prison Service');
         INSERT INTO joint_request (matter) VALUES ('M');
         INSERT INTO request (reference, joint_id, authority_id, office, urgency, opened_at, basis, deadline, paused, next_due)
            VALUES ('NPM-2026-0001-X', 1, 1, '', 'ordinary', 1, '{}', '2026-03-01', 0, 77), ('NPM-2026-0002-X', 1, 1, '', 'ordinary', 1, '{}',
                '2026-03-01', 0, NULL);
         INSERT INTO letter (request_id, role, template, message_id, subject, bytes, sha256, written_at, written_on)
            VALUES (1, 'request', 'request', 'a@npm.example', 'S', x'00', x'00', 1, '2026-01-01'),
                (NULL, 'digest', 'digest', 'b@npm.example', 'S', x'01', x'01', 1, '2026-01-01');
         INSERT INTO delivery (letter_id, recipient, domain, envelope_sender, is_copy, state, next_attempt_at, accepted_at)
            VALUES (1, 'post@prisons.example', 'prisons.example', '', 0, 'waiting', 88, NULL), (2, 'a@x.example', 'x.example', '', 0, 'unknown', 99, NULL),
                (1, 'copy@prisons.example', 'prisons.example', '', 1, 'accepted', NULL, 5);
         INSERT INTO attempt (delivery_id, domain, started_at) VALUES (3, 'prisons.example', 4);
         INSERT INTO mail (sha256, size, received_at, taken_at, standing) VALUES (x'00', 1, 1, 1, 'linked'), (x'01', 1, 20, 20, 'unlinked'),
            (x'02', 1, 30, 30, 'linked'), (x'03', 1, 40, 40, 'set aside'), (x'04', 1, 50, 50, 'linked'), (x'05', 1, 60, 60, 'linked');
         INSERT INTO mail_link (mail_id, request_id, effect, evidence, linked_by, linked_at) VALUES (1, 1, 'reply', '[]', 'rule', 10),
            (3, 2, 'waiting', '[]', 'rule', 30);
         INSERT INTO rest (mail_id, request_id, kind, since) VALUES (4, 2, 'of authority', 40);
         INSERT INTO delivery_report (mail_id, delivery_id, request_id, at, witness, finding, why, standing)
            VALUES (5, 1, 1, 50, '', '', '', 'claimed'), (6, 1, 2, 60, '', '', '', 'claimed');
         INSERT INTO mail_suggestion (mail_id, request_id, position, evidence) VALUES (1, 2, 0, '[]');
         UPDATE sqlite_sequence SET seq = 500 WHERE name = 'delivery'",
    )
    .unwrap();
    migrate(&db, Path::new("memory")).unwrap();
    type Owed = (String, i64, Option<String>, Option<i64>, Option<i64>);
    let mut statement =
        db.prepare("SELECT kind, number, subject_kind, subject_id, due FROM obligation ORDER BY kind DESC, number").unwrap();
    let owed: Vec<Owed> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    let of_request = Some("request".to_owned());
    let expected = [
        ("next step".to_owned(), 1, of_request.clone(), Some(1), Some(77)),
        // Each of them rises with the next pass; a claim about a request that is answered asks nothing.
        ("decision".to_owned(), 2, None, None, Some(20)),
        ("decision".to_owned(), 3, None, None, Some(30)),
        ("decision".to_owned(), 4, None, None, Some(40)),
        ("decision".to_owned(), 6, None, None, Some(60)),
        ("attempt".to_owned(), 1, of_request, Some(1), Some(88)),
        ("attempt".to_owned(), 2, None, None, Some(99)),
    ];
    assert_eq!(owed, expected);
    let number = |sql: &str| -> i64 { db.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_eq!(number("SELECT request_id FROM letter WHERE id = 1"), 1);
    assert_eq!(number("SELECT request_id FROM mail_link"), 1);
    assert_eq!(number("SELECT request_id FROM mail_suggestion"), 2);
    let insert = "INSERT INTO delivery (letter_id, recipient, domain, envelope_sender, is_copy, state) VALUES (1, 'x', 'x', '', 0, 'waiting') RETURNING id";
    assert_eq!(number(insert), 501, "a restored register has put these numbers aside");
    let unknown = "INSERT INTO mail_link (mail_id, subject_kind, subject_id, effect, evidence, linked_at)
        VALUES (1, 'request', 9, 'reply', '[]', 10)";
    assert!(db.execute(unknown, []).is_err_and(|error| error.to_string().contains("FOREIGN KEY")));
}

#[test]
fn every_letter_of_an_earlier_build_is_released_and_what_it_had_due_is_due() {
    let db = with_replies_of_four_kinds();
    db.pragma_update(None, "foreign_keys", false).unwrap();
    MIGRATIONS[13..19].iter().for_each(|migration| migration.apply(&db, None).unwrap());
    let due = "SELECT group_concat(kind || number || due || state) FROM obligation";
    let before: Option<String> = db.query_row(due, [], |row| row.get(0)).unwrap();
    MIGRATIONS[19].apply(&db, None).unwrap();
    let drafted: i64 =
        db.query_row("SELECT count(*) FROM letter WHERE life <> 'released' OR release_by IS NOT NULL", [], |row| row.get(0)).unwrap();
    assert_eq!(drafted, 0);
    assert_eq!(db.query_row(due, [], |row| row.get::<_, Option<String>>(0)).unwrap(), before);
    assert!(before.is_some());
}

#[test]
fn what_a_person_called_rule_had_linked_is_a_persons_afterwards() {
    let db = Connection::open_in_memory().unwrap();
    MIGRATIONS[..22].iter().for_each(|migration| migration.apply(&db, None).unwrap());
    db.pragma_update(None, "foreign_keys", false).unwrap();
    db.execute_batch(
        "INSERT INTO event (id, at, kind, actor, way, commitment, hash) VALUES (1, 1, 'mail linked', 'rule: linking', NULL, x'', x''),
            (2, 2, 'mail linked', 'A. Novak', 'command line', x'', x''), (3, 3, 'mail linked', 'rule', 'command line', x'', x'');
         INSERT INTO mail_link (mail_id, subject_kind, subject_id, effect, evidence, linked_by, linked_at, event_id)
            VALUES (1, 'request', 1, 'reply', '[]', 'rule', 1, 1), (2, 'request', 1, 'reply', '[]', 'A. Novak', 2, 2),
                (3, 'request', 1, 'reply', '[]', 'rule', 3, 3), (4, 'request', 1, 'reply', '[]', 'rule', 4, NULL)",
    )
    .unwrap();
    MIGRATIONS[22].apply(&db, None).unwrap();
    let mut statement = db.prepare("SELECT mail_id, person, request_id FROM mail_link ORDER BY mail_id").unwrap();
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    let links: Vec<(i64, Option<String>, i64)> = found.unwrap().collect::<rusqlite::Result<_>>().unwrap();
    let person = |name: &str| Some(name.to_owned());
    assert_eq!(links, [(1, None, 1), (2, person("A. Novak"), 1), (3, person("rule"), 1), (4, None, 1)]);
}
