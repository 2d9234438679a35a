//! How many questions SQLite is asked for a list: as many for thirty of a kind as for three.

use super::{Reader, migrate};
use crate::domain::calendar::{DeadlineBasis, StartEvent, Term, Unit};
use crate::domain::sample;
use jiff::Timestamp;
use jiff::civil::date;
use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const FEW: usize = 3;
const MANY: usize = 30;

/// So many authorities, each with a further name and two mailboxes, one of which is written to no more, and a request to each. Its letter came back; its
/// reminder was accepted, and a mail that nobody has read says that it came back as well; its escalation is drafted.
fn register(of_each: usize) -> Reader {
    let db = Connection::open_in_memory().unwrap();
    migrate::fill(&db).unwrap();
    db.pragma_update(None, "foreign_keys", false).unwrap();
    let basis = DeadlineBasis {
        start: date(2041, 1, 7),
        start_event: StartEvent::Sending,
        term: Term { length: 28, unit: Unit::Days, end_on_working_day: false },
        stated: None,
        pauses: vec![],
        extensions: vec![],
    };
    let basis = serde_json::to_string(&basis).unwrap();
    let each = format!("WITH RECURSIVE each (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM each WHERE n < {of_each})");
    for insert in [
        "INSERT INTO authority (id, name) SELECT n, 'House ' || n FROM each",
        "INSERT INTO authority_name (key, authority_id, name) SELECT 'house ' || n, n, 'House ' || n FROM each
            UNION ALL SELECT 'home ' || n, n, 'Home ' || n FROM each",
        "INSERT INTO authority_domain (domain, authority_id) SELECT 'house' || n || '.example', n FROM each",
        "INSERT INTO unit (id, authority_id, name) SELECT n, n, '' FROM each",
        "INSERT INTO post (id, unit_id, level, focal_point) SELECT n, n, 'technical', 0 FROM each",
        "INSERT INTO contact (post_id, address) SELECT n, 'post@house' || n || '.example' FROM each
            UNION ALL SELECT n, 'old@house' || n || '.example' FROM each",
        "INSERT INTO address_state (address, state, since, evidence) SELECT 'old@house' || n || '.example', 'suppressed', 1, 'gone' FROM each",
        "INSERT INTO joint_request (id, matter) SELECT n, 'Visit ' || n FROM each",
        "INSERT INTO request (id, reference, joint_id, authority_id, unit, urgency, opened_at, basis, deadline, paused, sent_at)
            SELECT n, 'NPM-2041-' || n, n, n, '', 'ordinary', 2241000000, '{basis}', '2041-02-04', 0, 2241000000 FROM each",
        "INSERT INTO mail (id, sha256, size, received_at, taken_at, standing, writer, proof, understood)
            SELECT n, randomblob(32), 1, 2241000000, 2241000000, 'unlinked', '\"staff\"', '\"authentic\"', '{}' FROM each",
        "INSERT INTO letter (id, subject_kind, subject_id, role, template, level, message_id, subject, bytes, sha256, written_at, written_on)
            SELECT 3 * n, 'request', n, 'request', 'request', 'technical', 'a' || n, 'S', x'00', x'00', 2241000000, '2041-01-06' FROM each",
        "INSERT INTO letter (id, subject_kind, subject_id, role, template, step, level, message_id, subject, bytes, sha256, written_at, written_on)
            SELECT 3 * n + 1, 'request', n, 'reminder', 'reminder', 'reminder', 'technical', 'b' || n, 'S', x'00', x'00', 2243000000,
                '2041-01-29' FROM each",
        "INSERT INTO letter (id, subject_kind, subject_id, role, template, step, level, message_id, subject, bytes, sha256, written_at, written_on,
                life, release_by)
            SELECT 3 * n + 2, 'request', n, 'escalation', 'escalation', 'escalation', 'head', 'c' || n, 'S', x'00', x'00', 2244000000, '2041-02-10',
                'draft', '2041-03-10' FROM each",
        "INSERT INTO letter_recipient (letter_id, position, address, is_copy) SELECT 3 * n + 2, 1, 'head@house' || n || '.example', 0 FROM each
            UNION ALL SELECT 3 * n + 2, 0, 'post@house' || n || '.example', 1 FROM each",
        "INSERT INTO obligation (kind, number, subject_kind, subject_id, due, state)
            SELECT 'release', 3 * n + 2, 'request', n, 2247000000, 'open' FROM each
            UNION ALL SELECT 'next step', n, 'request', n, 2244000000, 'open' FROM each
            UNION ALL SELECT 'decision', n, NULL, NULL, 2247000000, 'open' FROM each",
        "INSERT INTO delivery (id, letter_id, recipient, domain, envelope_sender, is_copy, state, bounced_by, returned_because)
            SELECT 2 * n, 3 * n, 'old@house' || n || '.example', 'house' || n || '.example', '', 0, 'bounced', n, 'no such user' FROM each",
        "INSERT INTO delivery (id, letter_id, recipient, domain, envelope_sender, is_copy, state, accepted_at)
            SELECT 2 * n + 1, 3 * n + 1, 'post@house' || n || '.example', 'house' || n || '.example', '', 0, 'accepted', 2243000000 FROM each",
        "INSERT INTO delivery_report (mail_id, delivery_id, request_id, at, witness, finding, why, standing)
            SELECT n, 2 * n + 1, n, 2243000000, '{}', '{}', '', 'claimed' FROM each",
    ] {
        let (table, select) = insert.split_once(" SELECT").unwrap();
        db.execute_batch(&format!("{each} {table} SELECT{}", select.replace("{basis}", &basis))).unwrap();
    }
    Reader { db, rules: Arc::new(sample::rules()) }
}

/// How many statements are run while it is asked, and how many rows come of it.
fn asked(reader: &mut Reader, ask: fn(&Reader) -> usize) -> (usize, usize) {
    let run = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&run);
    let count = move |_: TraceEvent<'_>| {
        counted.fetch_add(1, Ordering::Relaxed);
    };
    reader.db.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(count)).unwrap();
    let rows = ask(reader);
    reader.db.trace_v2(TraceEventCodes::empty(), None::<fn(TraceEvent<'_>)>).unwrap();
    (run.load(Ordering::Relaxed), rows)
}

fn now() -> Timestamp {
    "2041-02-14T10:00:00Z".parse().unwrap()
}

#[test]
fn a_list_of_many_asks_no_more_questions_than_one_of_few() {
    let (mut few, mut many) = (register(FEW), register(MANY));
    let lists: [(&str, fn(&Reader) -> usize); 6] = [
        ("letters", |reader| reader.letter_views(false).unwrap().iter().map(|letter| letter.deliveries.len()).sum()),
        ("drafts among the letters", |reader| reader.letter_views(true).unwrap().iter().map(|letter| letter.deliveries.len()).sum()),
        ("drafts", |reader| reader.drafts().unwrap().iter().map(|draft| draft.to.len()).sum()),
        ("letters that came back", |reader| reader.came_back(now()).unwrap().len()),
        ("authorities", |reader| {
            let parts = |one: &crate::domain::authority::Authority| one.contacts.len() + one.aliases.len() + one.domains.len();
            reader.authorities().unwrap().iter().map(parts).sum()
        }),
        ("mails that wait", |reader| reader.waiting_views().unwrap().len()),
    ];
    for (list, ask) in lists {
        let ((for_few, rows_of_few), (for_many, rows_of_many)) = (asked(&mut few, ask), asked(&mut many, ask));
        assert!(rows_of_few >= FEW && rows_of_many * FEW == rows_of_few * MANY, "{list}: {rows_of_few}, {rows_of_many}");
        assert_eq!(for_many, for_few, "{list}");
    }
}
