//! What is done to the register's file itself, past the program: by somebody who tampers with it, by a disk that is full, by another program that
//! holds it. All of it is about the SQLite file, and a second back end needs a file of its own in the place of this one. Nothing else outside
//! `src/register` names rusqlite or holds SQL (`tests/register/seam.rs`), but a benchmark that measures against plain SQLite.
//!
//! A module included by path, not a library: each binary uses its part of it, and the rest would be reported as dead code.
#![allow(dead_code, clippy::unwrap_used)]

use rusqlite::{Connection, params};
use std::path::Path;
use std::time::Duration;

/// A machine under load takes its time.
const PATIENCE: Duration = Duration::from_secs(180);

fn open(path: &Path) -> Connection {
    let db = Connection::open(path).unwrap();
    db.busy_timeout(PATIENCE).unwrap();
    db
}

/// What somebody with the file and any tool can do to the record and to what it proves. Numbers are those of events.
#[derive(Debug, Clone, Copy)]
pub enum Tampering {
    /// Another actor.
    Actor(i64),
    /// Another kind, of no list of ours.
    Kind(i64),
    /// What is recorded of it; where the record still holds that itself (up to format 14).
    Detail(i64, &'static str),
    /// It came by no way.
    Way(i64),
    /// Somebody decided in the name of somebody else.
    OnBehalf(i64),
    Commitment(i64),
    Payload(i64),
    Salt(i64),
    /// With the payload of another event, and the commitment to it.
    PayloadAndCommitmentOf(i64, i64),
    EventGone(i64),
    LastEventGone,
    /// The last event with its payload, and the number that SQLite remembers.
    CutShort,
    PayloadGone(i64),
    /// Where there is none.
    PayloadPutIn(i64),
    /// Of every mail.
    MailBytes,
    MailBytesGone,
    /// In every mail, a word for another one.
    WordInMails(&'static str, &'static str),
    /// Of the first letter.
    LetterBytes,
    /// Of the first letter, with its own hash beside it.
    LetterBytesAndHash,
    /// Of every file that is sent with a letter.
    EnclosureBytes,
}

impl Tampering {
    fn sql(self) -> String {
        match self {
            Tampering::Actor(event) => format!("UPDATE event SET actor = 'nobody' WHERE id = {event}"),
            Tampering::Kind(event) => format!("UPDATE event SET kind = 'nudge written' WHERE id = {event}"),
            Tampering::Detail(event, detail) => format!("UPDATE event SET detail = '{detail}' WHERE id = {event}"),
            Tampering::Way(event) => format!("UPDATE event SET way = NULL WHERE id = {event}"),
            Tampering::OnBehalf(event) => format!("UPDATE event SET on_behalf_of = 'E. Mare' WHERE id = {event}"),
            Tampering::Commitment(event) => format!("UPDATE event SET commitment = zeroblob(32) WHERE id = {event}"),
            Tampering::Payload(event) => format!("UPDATE event_payload SET payload = '{{\"name\":\"Nobody\"}}' WHERE event_id = {event}"),
            Tampering::Salt(event) => format!("UPDATE event_payload SET salt = zeroblob(16) WHERE event_id = {event}"),
            Tampering::PayloadAndCommitmentOf(event, other) => format!(
                "UPDATE event SET commitment = (SELECT commitment FROM event WHERE id = {other}) WHERE id = {event};
                 DELETE FROM event_payload WHERE event_id = {event};
                 INSERT INTO event_payload SELECT {event}, salt, payload FROM event_payload WHERE event_id = {other}"
            ),
            Tampering::EventGone(event) => format!("DELETE FROM event WHERE id = {event}"),
            Tampering::LastEventGone => "DELETE FROM event WHERE id = (SELECT max(id) FROM event)".into(),
            Tampering::CutShort => "DELETE FROM event_payload WHERE event_id = (SELECT max(id) FROM event);
                 DELETE FROM event WHERE id = (SELECT max(id) FROM event);
                 UPDATE sqlite_sequence SET seq = seq - 1 WHERE name = 'event'"
                .into(),
            Tampering::PayloadGone(event) => format!("DELETE FROM event_payload WHERE event_id = {event}"),
            Tampering::PayloadPutIn(event) => format!("INSERT INTO event_payload VALUES ({event}, zeroblob(16), 'null')"),
            Tampering::MailBytes => "UPDATE mail_bytes SET bytes = x'00'".into(),
            Tampering::MailBytesGone => "DELETE FROM mail_bytes".into(),
            Tampering::WordInMails(word, other) => {
                format!("UPDATE mail_bytes SET bytes = CAST(replace(CAST(bytes AS TEXT), '{word}', '{other}') AS BLOB)")
            }
            Tampering::LetterBytes => "UPDATE letter SET bytes = x'00' WHERE id = 1".into(),
            Tampering::EnclosureBytes => "UPDATE enclosure SET bytes = x'00'".into(),
            Tampering::LetterBytesAndHash => "UPDATE letter SET bytes = x'00',
                 sha256 = x'6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d' WHERE id = 1"
                .into(),
        }
    }
}

/// Takes away first what keeps the record from being changed, and what keeps rows together.
pub fn tamper(path: &Path, how: Tampering) {
    let db = open(path);
    db.pragma_update(None, "foreign_keys", false).unwrap();
    for guard in ["event_is_never_changed", "event_is_never_deleted", "payload_is_never_changed", "payload_is_erased_by_an_event"] {
        db.execute_batch(&format!("DROP TRIGGER IF EXISTS {guard}")).unwrap();
    }
    db.execute_batch(&how.sql()).unwrap();
}

/// The same with those guards in place: what SQLite says to it.
pub fn refusal_of(path: &Path, how: Tampering) -> String {
    open(path).execute_batch(&how.sql()).unwrap_err().to_string()
}

/// What was drawn by lot for an event's payload.
pub fn salt_of(path: &Path, event: i64) -> Vec<u8> {
    open(path).query_row("SELECT salt FROM event_payload WHERE event_id = ?1", [event], |row| row.get(0)).unwrap()
}

/// The hash of an event, as the format of the file has it.
pub fn hash_of(path: &Path, event: i64) -> Vec<u8> {
    open(path).query_row("SELECT hash FROM event WHERE id = ?1", [event], |row| row.get(0)).unwrap()
}

/// Another program that has begun to write and does not end, as long as this is kept.
pub struct HeldForWriting {
    _db: Connection,
}

pub fn hold_for_writing(path: &Path) -> HeldForWriting {
    let db = open(path);
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    HeldForWriting { _db: db }
}

/// From now on how an attempt ended cannot be written down, as on a full disk.
pub fn fail_to_record_attempts(path: &Path) {
    let full = "CREATE TRIGGER full BEFORE UPDATE OF finished_at ON attempt BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
    open(path).execute_batch(full).unwrap();
}

pub fn record_attempts_again(path: &Path) {
    open(path).execute_batch("DROP TRIGGER full").unwrap();
}

/// Somebody gets round the refusal of a register that is behind: it does not know that it stands still.
pub fn forget_standstill(path: &Path) {
    open(path).execute_batch("CREATE TABLE kept_aside AS SELECT * FROM standstill; DELETE FROM standstill").unwrap();
}

/// It knows again, as if it had stood still from an hour later on.
pub fn remember_standstill(path: &Path) {
    let put_back = "INSERT INTO standstill SELECT * FROM kept_aside; DROP TABLE kept_aside; UPDATE standstill SET since = since + 3600";
    open(path).execute_batch(put_back).unwrap();
}

/// An empty database, in a file that is empty.
pub fn make_empty_database(path: &Path) {
    open(path).execute_batch("VACUUM").unwrap();
}

/// A database of some other program.
pub fn make_foreign_database(path: &Path) {
    open(path).execute_batch("CREATE TABLE mail (id INTEGER)").unwrap();
}

/// What somebody who thinks to know better than the program makes of what is owed.
#[derive(Debug, Clone, Copy)]
pub enum Meddling {
    /// A day later.
    PutOff,
    Gone,
    AboutAnother,
    WithHead,
}

impl Meddling {
    pub const ALL: [Meddling; 4] = [Meddling::PutOff, Meddling::Gone, Meddling::AboutAnother, Meddling::WithHead];
}

/// Of one obligation, by its kind and number.
pub fn meddle(path: &Path, kind: &str, number: i64, how: Meddling) {
    let change = match how {
        Meddling::PutOff => "UPDATE obligation SET due = due + 86400",
        Meddling::Gone => "DELETE FROM obligation",
        Meddling::AboutAnother => "UPDATE obligation SET subject_kind = 'request', subject_id = 77",
        Meddling::WithHead => "UPDATE obligation SET state = 'with head', due = NULL",
    };
    let changed = open(path).execute(&format!("{change} WHERE kind = ?1 AND number = ?2"), params![kind, number]).unwrap();
    assert_eq!(changed, 1);
}

/// Something is owed about what does not exist, of each kind.
pub fn owe_about_nothing(path: &Path) {
    let owed = "INSERT INTO obligation (kind, number, due, state)
        VALUES ('next step', 99, 1, 'open'), ('attempt', 98, 1, 'open'), ('decision', 97, 1, 'open')";
    open(path).execute_batch(owed).unwrap();
}

/// A mail answers this recommendation, wherever it was asked about, and none other.
pub fn answers_only(path: &Path, mail: i64, recommendation: &str) {
    let answer = "INSERT INTO answer (request_id, recommendation_id, mail_id)
        SELECT a.request_id, r.id, ?1 FROM recommendation r JOIN request_recommendation a ON a.recommendation_id = r.id WHERE r.reference = ?2";
    assert_eq!(open(path).execute(answer, params![mail, recommendation]).unwrap(), 1);
}

/// When an obligation is due (Unix seconds), and how far it has risen.
pub fn owed(path: &Path, kind: &str, number: i64) -> (Option<i64>, String) {
    let owed = "SELECT due, state FROM obligation WHERE kind = ?1 AND number = ?2";
    open(path).query_row(owed, params![kind, number], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

/// All that is owed: of which kind, about which number, when it is due (Unix seconds), and how far it has risen.
pub fn all_owed(path: &Path) -> Vec<(String, i64, Option<i64>, String)> {
    let db = open(path);
    let mut statement = db.prepare("SELECT kind, number, due, state FROM obligation ORDER BY kind, number").unwrap();
    let owed = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    owed.map(Result::unwrap).collect()
}

/// Of a delivery, to whom its letter goes and under which Message-ID; none if there is none of this number.
pub fn sent_as(path: &Path, delivery: i64) -> Option<(String, String)> {
    let sent = "SELECT d.recipient, l.message_id FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.id = ?1";
    open(path).query_row(sent, [delivery], |row| Ok((row.get(0)?, row.get(1)?))).ok()
}

/// For benchmarks: of the first requests, one in a hundred is due at that time (Unix seconds). How many.
pub fn make_due(path: &Path, how_many: usize, at: i64) -> usize {
    let last = 100 * i64::try_from(how_many).unwrap();
    let due = "UPDATE obligation SET due = ?1 WHERE kind = 'next step' AND due IS NOT NULL AND number % 100 = 0 AND number <= ?2";
    open(path).execute(due, params![at, last]).unwrap()
}

/// For benchmarks: so many mails that wait for a person, of which each rises inside the office at that time (Unix seconds).
pub fn let_mails_wait(path: &Path, how_many: usize, rises_at: i64) {
    let waiting = "WITH RECURSIVE mails (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM mails WHERE n < ?1)
        INSERT INTO mail (sha256, size, received_at, taken_at, standing) SELECT randomblob(32), 1, ?2 - 604800, ?2 - 604800, 'unlinked' FROM mails";
    let db = open(path);
    db.execute(waiting, params![i64::try_from(how_many).unwrap(), rises_at]).unwrap();
    let owed = "INSERT INTO obligation (kind, number, due, state) SELECT 'decision', id, ?1, 'open' FROM mail WHERE standing = 'unlinked'";
    assert_eq!(db.execute(owed, [rises_at]).unwrap(), how_many);
}

/// For benchmarks: deadlines from thirty days before 17 March 2026 to 150 days after it, one request in 200 with a letter that leaves within the
/// week, one in 500 with a step that is due; and a head of nine authorities in ten. By verbs it would take a transaction for each of 100,000
/// requests.
pub fn spread_over_months(path: &Path) {
    open(path)
        .execute_batch(
            "UPDATE request SET deadline = date('2026-03-17', (id * 37 % 180 - 30) || ' days');
             UPDATE request SET deadline = '2026-03-27' WHERE id % 200 = 0;
             UPDATE request SET deadline = '2026-03-23' WHERE id % 500 = 1;
             UPDATE obligation SET due = CASE WHEN number % 500 = 1 THEN unixepoch('2026-03-16') WHEN number % 200 = 0
                THEN unixepoch('2026-03-20') ELSE unixepoch('2026-12-01') END WHERE kind = 'next step';
             INSERT INTO post (unit_id, level, focal_point) SELECT id, 'head', 0 FROM unit WHERE name = '' AND authority_id % 10 > 0;
             INSERT INTO contact (post_id, address) SELECT p.id, 'head' || u.authority_id || '@elsewhere.example'
                FROM post p JOIN unit u ON u.id = p.unit_id WHERE p.level = 'head'",
        )
        .unwrap();
}

/// For benchmarks, of a register as [`spread_over_months`] leaves it: of one request in 200 the letter came back, of another a mail that nobody has
/// read says so, and of a third a reminder is drafted. How many each.
pub fn let_letters_come_back(path: &Path) -> usize {
    let db = open(path);
    let bounced = "INSERT INTO mail (id, sha256, size, received_at, taken_at, standing) SELECT 1000000 + id, randomblob(32), 1,
            unixepoch('2026-03-16'), unixepoch('2026-03-16'), 'linked' FROM request WHERE id % 200 IN (3, 5);
        UPDATE delivery SET state = 'bounced', bounced_by = 1000000 + l.request_id, returned_because = '550 no such user'
            FROM letter l WHERE l.id = delivery.letter_id AND l.request_id % 200 = 3";
    let claimed = "INSERT INTO delivery_report (mail_id, delivery_id, request_id, at, witness, finding, why, standing)
            SELECT 1000000 + l.request_id, d.id, l.request_id, unixepoch('2026-03-16'), '{}', '{}', '', 'claimed'
            FROM letter l JOIN delivery d ON d.letter_id = l.id WHERE l.request_id % 200 = 5;
        INSERT INTO obligation (kind, number, due, state) SELECT 'decision', mail_id, unixepoch('2026-12-01'), 'open' FROM delivery_report";
    let drafted =
        "INSERT INTO letter (id, subject_kind, subject_id, role, template, step, level, message_id, subject, bytes, sha256, written_at,
                written_on, life, release_by)
            SELECT 1000000 + id, 'request', id, 'reminder', 'reminder', 'reminder', 'technical', 'draft.' || id, 'S', x'00', x'00',
                unixepoch('2026-03-12'), '2026-03-12', 'draft', '2026-03-30' FROM request WHERE id % 200 = 7;
        INSERT INTO letter_recipient (letter_id, position, address, is_copy)
            SELECT id, 0, 'clerk@elsewhere.example', 0 FROM letter WHERE life = 'draft';
        INSERT INTO obligation (kind, number, subject_kind, subject_id, due, state)
            SELECT 'release', id, 'request', request_id, unixepoch('2026-03-31'), 'open' FROM letter WHERE life = 'draft'";
    for change in [bounced, claimed, drafted] {
        db.execute_batch(change).unwrap();
    }
    db.query_row("SELECT count(*) FROM letter WHERE life = 'draft'", [], |row| row.get::<_, i64>(0)).unwrap().try_into().unwrap()
}

/// For benchmarks: of letters that wait to leave, every second one is a reminder, and due a second earlier than all others. How many.
pub fn make_reminders(path: &Path) -> usize {
    let made = "UPDATE letter SET role = 'reminder', step = 'reminder' WHERE id % 2 = 0;
        UPDATE request SET sent_at = opened_at WHERE id IN (SELECT request_id FROM letter WHERE role = 'reminder');
        INSERT INTO step_taken (request_id, step, taken_on, deadline, passed_over, letter_id, due_on)
            SELECT r.id, 'reminder', l.written_on, r.deadline, 0, l.id, l.written_on FROM letter l JOIN request r ON r.id = l.request_id
            WHERE l.role = 'reminder';
        UPDATE obligation SET due = due - 1
            WHERE kind = 'attempt' AND number IN (SELECT d.id FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE l.role = 'reminder')";
    let db = open(path);
    db.execute_batch(made).unwrap();
    db.query_row("SELECT count(*) FROM letter WHERE role = 'reminder'", [], |row| row.get::<_, i64>(0)).unwrap().try_into().unwrap()
}

/// As of letters that a restored register has put down from their copies.
pub fn forget_envelope_senders(register: &Path) {
    open(register).execute("UPDATE delivery SET envelope_sender = ''", []).unwrap();
}
