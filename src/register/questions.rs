//! How many questions SQLite is asked for a list: as many for thirty of a kind as for three. A digest loads each
//! request once about which there is anything to say, and a pass asks as often about what is held, however much else leaves or is written.

use super::digests::{DueDigest, LastDigest};
use super::known::Known;
use super::{Agenda, Reader, Register, migrate};
use crate::digest::DigestContent;
use crate::domain::calendar::{DeadlineBasis, StartEvent, Term, Unit};
use crate::domain::delivery::RetryRules;
use crate::domain::identity::RequestId;
use crate::domain::rules::OfficeRules;
use crate::domain::sample;
use crate::domain::staff::{Responsibility, StaffMember, StaffRole};
use crate::domain::telling::Period;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const FEW: usize = 3;
const MANY: usize = 30;

/// Of each request: four weeks.
fn basis() -> String {
    let basis = DeadlineBasis {
        start: date(2041, 1, 7),
        start_event: StartEvent::Sending,
        term: Term { length: 28, unit: Unit::Days, end_on_working_day: false },
        stated: None,
        pauses: vec![],
        extensions: vec![],
    };
    serde_json::to_string(&basis).unwrap()
}

/// So many authorities, each with a further name and two mailboxes, one of which is written to no more, and a request to each. Its letter came back;
/// its reminder was accepted, and a mail that nobody has read says that it came back as well; its escalation is drafted.
fn register(of_each: usize) -> Reader {
    let db = Connection::open_in_memory().unwrap();
    migrate::fill(&db).unwrap();
    db.pragma_update(None, "foreign_keys", false).unwrap();
    let basis = basis();
    let inserts = [
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
    ];
    for insert in inserts {
        insert_each(&db, &insert.replace("{basis}", &basis), of_each);
    }
    Reader { db, rules: Arc::new(sample::rules()) }
}

/// Of an INSERT that selects from numbers `n`, so many.
fn insert_each(db: &Connection, insert: &str, how_many: usize) {
    let (table, select) = insert.split_once("SELECT").unwrap();
    let each = format!("WITH RECURSIVE each (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM each WHERE n < {how_many})");
    db.execute_batch(&format!("{each} {table} SELECT {select}")).unwrap();
}

/// Asks for something, and tells how many rows come of it.
type Ask = fn(&Reader) -> usize;

/// How many statements are run while it is asked, and how many rows come of it.
fn asked(reader: &mut Reader, ask: Ask) -> (usize, usize) {
    let run = count_statements(&mut reader.db);
    let rows = ask(reader);
    (run.load(Ordering::Relaxed), rows)
}

/// Those that are run from now on, each time anew.
fn count_statements(db: &mut Connection) -> Arc<AtomicUsize> {
    let run = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&run);
    let count = move |_: TraceEvent<'_>| {
        counted.fetch_add(1, Ordering::Relaxed);
    };
    db.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(count)).unwrap();
    run
}

fn now() -> Timestamp {
    "2041-02-14T10:00:00Z".parse().unwrap()
}

#[test]
fn a_list_of_many_asks_no_more_questions_than_one_of_few() {
    let (mut few, mut many) = (register(FEW), register(MANY));
    let lists: [(&str, Ask); 6] = [
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

/// Who is told of everything.
fn head() -> StaffMember {
    StaffMember {
        name: "I. Head".into(),
        address: "head@office.example".into(),
        role: StaffRole::Head,
        language: "en".into(),
        responsible_for: Responsibility::Everything,
        operator: false,
        deputy: None,
        absent: vec![],
        sources: true,
    }
}

/// What the head is told, on a day of no weekly digest.
fn digest(reader: &Reader) -> DigestContent {
    let member = head();
    let since = LastDigest { at: now() - SignedDuration::from_hours(24), last_event: 0 };
    let due = DueDigest { member: &member, period: Period::Daily, since };
    reader.digests(&[due], now()).unwrap().contents.remove(0)
}

#[test]
fn a_digest_loads_a_request_once_whatever_it_says_of_it() {
    let (mut few, mut many) = (register(FEW), register(MANY));
    for reader in [&mut few, &mut many] {
        reader.rules = Arc::new(OfficeRules { staff: vec![head()], ..sample::rules() });
    }
    let told: Ask = |reader| {
        let told = digest(reader);
        told.waiting.len() + told.waiting_unlisted as usize + told.came_back.len() + told.drafts.len() + told.held.len() + told.vacant.len()
    };
    let ((for_few, of_few), (for_many, of_many)) = (asked(&mut few, told), asked(&mut many, told));
    let (to_load, _) = asked(&mut few, |reader| usize::from(Known::load(reader, RequestId(1)).is_ok()));
    assert!(of_many > of_few, "{of_few}, {of_many}");
    assert_eq!(for_many - for_few, (MANY - FEW) * to_load);
}

/// An outbox with so many reminders that stay, since no mailbox was read, and behind them so many letters to staff, all due.
fn outbox(folder: &tempfile::TempDir, reminders: usize, to_staff: usize) -> Register {
    let rules = Arc::new(sample::rules());
    let register = Register::create(&folder.path().join(format!("{reminders}-{to_staff}.sqlite")), rules).unwrap();
    let db = &register.reader.db;
    db.pragma_update(None, "foreign_keys", false).unwrap();
    db.execute_batch("INSERT INTO authority (id, name) VALUES (1, 'House')").unwrap();
    for insert in [
        "INSERT INTO request (id, reference, joint_id, authority_id, unit, urgency, opened_at, basis, deadline, paused, sent_at)
            SELECT n, 'NPM-2041-' || n, n, 1, '', 'ordinary', 2241000000, '{basis}', '2041-02-04', 0, 2241000000 FROM each",
        "INSERT INTO letter (id, subject_kind, subject_id, role, template, step, level, message_id, subject, bytes, sha256, written_at, written_on)
            SELECT n, 'request', n, 'reminder', 'reminder', 'reminder', 'technical', 'a' || n, 'S', x'00', x'00', 2244000000, '2041-02-10' FROM each",
        "INSERT INTO step_taken (request_id, step, taken_on, deadline, passed_over, letter_id, due_on)
            SELECT n, 'reminder', '2041-02-10', '2041-02-04', 0, n, '2041-02-10' FROM each",
        "INSERT INTO delivery (id, letter_id, recipient, domain, envelope_sender, is_copy, state)
            SELECT n, n, 'post@house.example', 'house.example', '', 0, 'waiting' FROM each",
        "INSERT INTO obligation (kind, number, due, state) SELECT 'attempt', n, 2244000000, 'open' FROM each",
    ] {
        insert_each(db, &insert.replace("{basis}", &basis()), reminders);
    }
    for insert in [
        "INSERT INTO letter (id, role, template, message_id, subject, bytes, sha256, written_at, written_on)
            SELECT 1000 + n, 'alarm', 'alarm', 'b' || n, 'S', x'00', x'00', 2244000001, '2041-02-10' FROM each",
        "INSERT INTO delivery (id, letter_id, recipient, domain, envelope_sender, is_copy, state)
            SELECT 1000 + n, 1000 + n, 'head@office.example', 'office.example', '', 0, 'waiting' FROM each",
        "INSERT INTO obligation (kind, number, due, state) SELECT 'attempt', 1000 + n, 2244000001, 'open' FROM each",
    ] {
        insert_each(db, insert, to_staff);
    }
    register
}

/// How many statements a pass runs over it.
fn asked_in_a_pass(reminders: usize, to_staff: usize) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let mut register = outbox(&folder, reminders, to_staff);
    let retry = RetryRules { per_minute: u32::MAX, per_domain_per_minute: u32::MAX, ..RetryRules::default() };
    let run = count_statements(&mut register.reader.db);
    let (mut claimed, mut pass) = (0, Default::default());
    while let Some(claim) = register.claim_delivery(&mut pass, &retry, now()).unwrap() {
        assert!(claim.delivery.0 > 1000, "a reminder does not leave as long as nobody can know whether there is an answer");
        claimed += 1;
    }
    assert_eq!(claimed, to_staff);
    run.load(Ordering::Relaxed)
}

#[test]
fn a_letter_that_is_held_is_asked_about_no_more_often_the_more_others_leave() {
    let for_held = |to_staff| asked_in_a_pass(MANY, to_staff) - asked_in_a_pass(FEW, to_staff);
    assert_eq!(for_held(MANY), for_held(FEW));
}

#[test]
fn an_agenda_in_parts_is_the_whole_and_looks_at_each_request_once() {
    let mut reader = register(MANY);
    let to_be_written = "INSERT INTO request (id, reference, joint_id, authority_id, unit, urgency, opened_at, basis, deadline, paused)
        SELECT 1000 + n, 'NPM-2041-' || (1000 + n), n, n, '', 'ordinary', 2241000000, '{basis}', '2041-02-04', 0 FROM each";
    insert_each(&reader.db, &to_be_written.replace("{basis}", &basis()), MANY);
    let owed = "INSERT INTO obligation (kind, number, subject_kind, subject_id, due, state)
        SELECT 'next step', 1000 + n, 'request', 1000 + n, 2244000000 - n % 4, 'open' FROM each";
    insert_each(&reader.db, owed, MANY);
    let run = count_statements(&mut reader.db);
    let found = |agenda: &Agenda| {
        let due: Vec<RequestId> = agenda.due.iter().map(|due| due.request.id).collect();
        (due, agenda.held.clone())
    };
    let whole = found(&reader.agenda(now(), usize::MAX).unwrap());
    assert_eq!((whole.0.len(), whole.1.len()), (MANY, MANY));
    let for_whole = run.swap(0, Ordering::Relaxed);
    let (mut parts, mut looked_at, mut how_many) = ((vec![], vec![]), None, 0);
    loop {
        let part = reader.agenda_after(looked_at, now(), FEW).unwrap();
        let (due, held) = found(&part);
        let is_last = due.len() < FEW;
        looked_at = part.looked_at;
        how_many += 1;
        parts.0.extend(due);
        parts.1.extend(held);
        if is_last {
            break;
        }
    }
    assert_eq!(parts, whole);
    assert_eq!(run.load(Ordering::Relaxed), for_whole + how_many - 1, "but for the question for each part");
}
