//! Maildir: delivery in one step, reading without losing or blocking, marking without deleting.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use demarche::transport::maildir::{Durability, Inbox, Outgoing, UniqueName, create, deliver};
use demarche::transport::*;
use jiff::Timestamp;
use tempfile::TempDir;

fn mailbox() -> (TempDir, MailboxSource) {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path()).unwrap();
    let inbox = Inbox::new(folder.path()).settle(Duration::ZERO);
    (folder, MailboxSource::Maildir(inbox))
}

fn put(root: &Path, second: i64, unique: &str, text: &str) {
    let name = UniqueName::new(Timestamp::from_second(second).unwrap(), unique, "mx.requests.example");
    deliver(root, &name, &[text.as_bytes()], Durability::Cached).unwrap();
}

fn texts(batch: &Batch) -> Vec<String> {
    batch.mails.iter().map(|mail| String::from_utf8_lossy(mail.raw.bytes()).into_owned()).collect()
}

fn locations(batch: &Batch) -> Vec<MailLocation> {
    batch.mails.iter().map(|mail| mail.location.clone()).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

const FIRST: i64 = 1_700_000_000;

#[tokio::test]
async fn a_mail_is_given_then_marked_as_seen_and_not_given_again() {
    let (folder, mut source) = mailbox();
    put(folder.path(), FIRST, "a", "Dear office");
    let batch = source.fetch(None, &FetchLimits::default()).await.unwrap();
    assert_eq!(texts(&batch), ["Dear office"]);
    assert_eq!(batch.mails[0].received_at.as_second(), FIRST);
    assert!(batch.mails[0].source.ends_with("/new/1700000000.a.mx.requests.example"), "{}", batch.mails[0].source);
    assert!(batch.complete && !batch.rebuilt);
    assert_eq!(names(&folder.path().join("new")).len(), 1, "fetching changes nothing in the mailbox");

    source.flag(&locations(&batch), &Flagging::Seen).await.unwrap();
    assert_eq!(names(&folder.path().join("cur")), ["1700000000.a.mx.requests.example:2,S"]);
    let again = source.fetch(batch.cursor.as_ref(), &FetchLimits::default()).await.unwrap();
    assert_eq!(texts(&again), [""; 0]);
    assert!(again.complete);
}

#[tokio::test]
async fn a_mail_taken_in_but_not_marked_before_a_crash_is_given_again_and_can_still_be_marked() {
    let (folder, mut source) = mailbox();
    put(folder.path(), FIRST, "a", "Dear office");
    let batch = source.fetch(None, &FetchLimits::default()).await.unwrap();
    let kept = serde_json::to_string(&(&batch.cursor, locations(&batch))).unwrap();
    drop(source);

    let (cursor, stored): (Option<Cursor>, Vec<MailLocation>) = serde_json::from_str(&kept).unwrap();
    let mut source = MailboxSource::Maildir(Inbox::new(folder.path()).settle(Duration::ZERO));
    assert_eq!(texts(&source.fetch(cursor.as_ref(), &FetchLimits::default()).await.unwrap()), ["Dear office"]);
    source.flag(&stored, &Flagging::MoveTo("taken in".to_owned())).await.unwrap();
    assert_eq!(names(&folder.path().join(".taken in/cur")), ["1700000000.a.mx.requests.example:2,S"]);
    source.flag(&stored, &Flagging::MoveTo("taken in".to_owned())).await.unwrap();
}

/// Returns when the file system's clock, which ticks every few milliseconds, has gone on since `file` was changed.
fn later_than(file: &Path) {
    use std::os::unix::fs::MetadataExt;
    let changed = |path: &Path| fs::metadata(path).map(|metadata| (metadata.ctime(), metadata.ctime_nsec())).unwrap();
    let probe = tempfile::NamedTempFile::new_in(file.parent().unwrap().parent().unwrap()).unwrap();
    while changed(probe.path()) <= changed(file) {
        fs::write(probe.path(), "x").unwrap();
    }
}

#[tokio::test]
async fn a_mail_that_a_persons_mail_client_opened_first_is_not_missed() {
    let (folder, mut source) = mailbox();
    put(folder.path(), FIRST, "a", "opened by a person");
    let (new, cur) = (folder.path().join("new"), folder.path().join("cur"));
    fs::rename(new.join("1700000000.a.mx.requests.example"), cur.join("1700000000.a.mx.requests.example:2,S")).unwrap();
    let batch = source.fetch(None, &FetchLimits::default()).await.unwrap();
    assert_eq!(texts(&batch), ["opened by a person"]);

    put(folder.path(), FIRST + 1, "b", "opened later");
    later_than(&cur.join("1700000000.a.mx.requests.example:2,S"));
    fs::rename(new.join("1700000001.b.mx.requests.example"), cur.join("1700000001.b.mx.requests.example:2,RS")).unwrap();
    let batch = source.fetch(batch.cursor.as_ref(), &FetchLimits::default()).await.unwrap();
    assert_eq!(texts(&batch), ["opened later"], "what was given from cur before is not given again");
}

#[tokio::test]
async fn a_mail_whose_flags_changed_between_reading_and_marking_is_still_marked() {
    let (folder, mut source) = mailbox();
    put(folder.path(), FIRST, "a", "Dear office");
    let batch = source.fetch(None, &FetchLimits::default()).await.unwrap();
    let name = "1700000000.a.mx.requests.example";
    fs::rename(folder.path().join("new").join(name), folder.path().join("cur").join(format!("{name}:2,F"))).unwrap();
    source.flag(&locations(&batch), &Flagging::Seen).await.unwrap();
    assert_eq!(names(&folder.path().join("cur")), [format!("{name}:2,FS")]);
}

#[tokio::test]
async fn batches_follow_the_order_of_arrival_and_end() {
    let (folder, mut source) = mailbox();
    for number in (0..25).rev() {
        put(folder.path(), FIRST + number, "m", &format!("mail {number}"));
    }
    let limits = FetchLimits { mails: 10, ..FetchLimits::default() };
    let (mut cursor, mut seen, mut rounds) = (None, Vec::new(), 0);
    loop {
        let batch = source.fetch(cursor.as_ref(), &limits).await.unwrap();
        source.flag(&locations(&batch), &Flagging::MoveTo("done".to_owned())).await.unwrap();
        seen.extend(texts(&batch));
        rounds += 1;
        cursor = batch.cursor;
        if batch.complete {
            break;
        }
    }
    assert_eq!(seen, (0..25).map(|number| format!("mail {number}")).collect::<Vec<_>>());
    assert_eq!(rounds, 4, "three batches, and the look that finds nothing more");
}

#[tokio::test]
async fn mails_that_cannot_be_marked_are_given_once_before_the_end_and_keep_no_other_from_being_read() {
    let (folder, mut source) = mailbox();
    for number in 0..3 {
        put(folder.path(), FIRST + number, "m", &format!("mail {number}"));
    }
    let limits = FetchLimits { mails: 1, ..FetchLimits::default() };
    let mut cursor = None;
    let mut seen = Vec::new();
    for _ in 0..4 {
        let batch = source.fetch(cursor.as_ref(), &limits).await.unwrap();
        seen.push((texts(&batch).concat(), batch.complete));
        cursor = batch.cursor;
    }
    let given = |text: &str| (text.to_owned(), false);
    assert_eq!(seen, [given("mail 0"), given("mail 1"), given("mail 2"), (String::new(), true)]);
    put(folder.path(), FIRST + 3, "m", "mail 3");
    let batch = source.fetch(cursor.as_ref(), &limits).await.unwrap();
    assert_eq!(texts(&batch), ["mail 3"], "and at the next reading what is new comes first");
    let batch = source.fetch(batch.cursor.as_ref(), &limits).await.unwrap();
    assert_eq!(texts(&batch), ["mail 0"]);
}

#[tokio::test]
async fn an_oversized_mail_is_given_with_its_beginning_and_its_size() {
    let (folder, mut source) = mailbox();
    put(folder.path(), FIRST, "dossier", &format!("Subject: dossier\r\n\r\n{}", "x".repeat(5_000)));
    put(folder.path(), FIRST + 1, "letter", "short");
    let limits = FetchLimits { bytes_per_mail: 1_000, head_bytes: 18, ..FetchLimits::default() };
    let batch = source.fetch(None, &limits).await.unwrap();
    assert_eq!(batch.mails[0].raw, FetchedBytes::TooLarge { size: 5_020, head: b"Subject: dossier\r\n".to_vec() });
    assert_eq!(batch.mails[1].raw, FetchedBytes::Whole(b"short".to_vec()));
}

#[tokio::test]
async fn the_bytes_of_a_batch_are_bounded_but_one_mail_is_always_given() {
    let (folder, mut source) = mailbox();
    for number in 0..3 {
        put(folder.path(), FIRST + number, "m", &"x".repeat(600));
    }
    let limits = FetchLimits { bytes_per_batch: 1_000, ..FetchLimits::default() };
    let batch = source.fetch(None, &limits).await.unwrap();
    assert_eq!((batch.mails.len(), batch.complete), (1, false));
    let limits = FetchLimits { bytes_per_batch: 100, ..FetchLimits::default() };
    assert_eq!(source.fetch(None, &limits).await.unwrap().mails.len(), 1);
}

#[tokio::test]
async fn links_pipes_and_folders_are_named_and_passed_over() {
    let (folder, mut source) = mailbox();
    let new = folder.path().join("new");
    fs::write(folder.path().join("secret"), "not a mail").unwrap();
    symlink(folder.path().join("secret"), new.join("1.link.x")).unwrap();
    fs::create_dir(new.join("2.folder.x")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, new.join("3.pipe.x"), rustix::fs::Mode::RUSR).unwrap();
    fs::write(new.join(OsStr::from_bytes(b"4.\xff\n;rm -rf.x")), "odd name").unwrap();
    let batch = source.fetch(None, &FetchLimits::default()).await.unwrap();
    assert_eq!(texts(&batch), ["odd name"]);
    assert!(batch.mails[0].source.ends_with("/new/4.%FF%0A;rm%20-rf.x"), "{}", batch.mails[0].source);
    let reasons: Vec<&str> = batch.unreadable.iter().map(|item| item.reason.as_str()).collect();
    assert_eq!(reasons.len(), 3);
    assert!(
        reasons[0].contains("symbolic link") && reasons[1].contains("no ordinary file") && reasons[2].contains("no ordinary file"),
        "{reasons:?}"
    );
    source.flag(&locations(&batch), &Flagging::Seen).await.unwrap();
    assert!(folder.path().join("cur").join(OsStr::from_bytes(b"4.\xff\n;rm -rf.x:2,S")).exists());
}

#[tokio::test]
async fn a_mark_from_a_forged_register_row_cannot_reach_outside_the_folder() {
    let (folder, mut source) = mailbox();
    fs::write(folder.path().join("outside"), "precious").unwrap();
    for file in ["../outside", "%2E%2E%2Foutside", "", ".", "a/../../outside"] {
        source.flag(&[MailLocation::Maildir { file: file.to_owned() }], &Flagging::Seen).await.unwrap();
    }
    assert_eq!(fs::read_to_string(folder.path().join("outside")).unwrap(), "precious");
    let refused = source.flag(&[], &Flagging::MoveTo("../elsewhere".to_owned())).await.unwrap_err();
    assert!(refused.needs_a_person());
}

#[tokio::test]
async fn marking_never_overwrites_another_mail() {
    let (folder, mut source) = mailbox();
    put(folder.path(), FIRST, "a", "the new one");
    fs::write(folder.path().join("cur/1700000000.a.mx.requests.example:2,S"), "the old one").unwrap();
    put(folder.path(), FIRST + 1, "b", "another");
    let batch = source.fetch(None, &FetchLimits::default()).await.unwrap();
    let error = source.flag(&locations(&batch)[..2], &Flagging::Seen).await.unwrap_err();
    assert!(error.to_string().contains("stands there already"), "{error}");
    assert_eq!(fs::read_to_string(folder.path().join("cur/1700000000.a.mx.requests.example:2,S")).unwrap(), "the old one");
    assert!(folder.path().join("cur/1700000001.b.mx.requests.example:2,S").exists(), "the other mail is marked all the same");
}

#[tokio::test]
async fn a_mistyped_folder_is_an_answer_and_not_an_empty_mailbox() {
    let folder = tempfile::tempdir().unwrap();
    let mut source = MailboxSource::Maildir(Inbox::new(folder.path().join("inbix")));
    let error = source.fetch(None, &FetchLimits::default()).await.unwrap_err();
    assert!(error.needs_a_person() && error.to_string().contains("is no Maildir"), "{error}");
    let error = source.flag(&[], &Flagging::Keyword("demarche".to_owned())).await.unwrap_err();
    assert!(error.to_string().contains("has no keywords"), "{error}");
}

#[tokio::test]
async fn waiting_ends_when_a_mail_arrives() {
    let (folder, mut source) = mailbox();
    let batch = source.fetch(None, &FetchLimits::default()).await.unwrap();
    assert_eq!(source.wait(Duration::ZERO).await.unwrap(), Waited::TimePassed);
    put(folder.path(), FIRST, "a", "Dear office");
    assert_eq!(source.wait(Duration::from_secs(3_600)).await.unwrap(), Waited::Arrived);
    assert_eq!(source.fetch(batch.cursor.as_ref(), &FetchLimits::default()).await.unwrap().mails.len(), 1);
}

#[tokio::test]
async fn a_folder_of_a_hundred_thousand_mails_is_read_in_bounded_batches() {
    let (folder, mut source) = mailbox();
    for number in 0..100_000 {
        fs::write(folder.path().join(format!("new/{}.m.x", FIRST + number)), "").unwrap();
    }
    let batch = source.fetch(None, &FetchLimits::default()).await.unwrap();
    assert_eq!((batch.mails.len(), batch.complete), (50, false));
    assert!(batch.mails[49].source.ends_with("/1700000049.m.x"));
}

fn envelope<'a>(envelope_id: &'a str, recipient: &'a str) -> Envelope<'a> {
    let bytes = b"Subject: Request\r\n\r\nDear authority\r\n";
    Envelope { envelope_sender: "bounce+k7@npm.example", recipient, envelope_id, dsn: true, bytes }
}

#[tokio::test]
async fn a_letter_is_put_into_the_outgoing_folder_once_with_its_envelope_above_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut transport = Transport::Maildir(Outgoing::new(folder.path().join("out"), Durability::Synced));
    let Outcome::Accepted { reply, .. } = transport.send(&envelope("NPM-2026-0147", "registry@ministry.example")).await else { panic!() };
    assert!(reply.starts_with("written to "), "{reply}");
    let Outcome::Accepted { reply, .. } = transport.send(&envelope("NPM-2026-0147", "registry@ministry.example")).await else { panic!() };
    assert!(reply.contains("already from an earlier attempt"), "{reply}");
    transport.send(&envelope("NPM-2026-0147", "minister@ministry.example")).await;

    let files = names(&folder.path().join("out/new"));
    assert_eq!(files.len(), 2, "{files:?}");
    let mode = fs::metadata(folder.path().join("out/new").join(&files[0])).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let written: Vec<String> = files.iter().map(|file| fs::read_to_string(folder.path().join("out/new").join(file)).unwrap()).collect();
    let expected =
        "Return-Path: <bounce+k7@npm.example>\r\nDelivered-To: registry@ministry.example\r\nSubject: Request\r\n\r\nDear authority\r\n";
    assert!(written.iter().any(|text| text == expected), "{written:?}");
}

#[tokio::test]
async fn an_address_that_would_write_headers_is_not_put_on_an_envelope() {
    let folder = tempfile::tempdir().unwrap();
    let mut transport = Transport::Maildir(Outgoing::new(folder.path(), Durability::Cached));
    for recipient in ["a@b.example\r\nBcc: c@d.example", "", "no-at-sign", "<a@b.example>", "a b@c.example"] {
        let outcome = transport.send(&envelope("x", recipient)).await;
        assert!(matches!(&outcome, Outcome::NotSent { reason } if reason.contains("no mail address")), "{outcome:?}");
    }
    assert!(!folder.path().join("new").exists());
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_is_told_by_the_probe_and_the_outcome() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let mut transport = Transport::Maildir(Outgoing::new(folder.path().join("file"), Durability::Cached));
    assert!(transport.probe().await.unwrap_err().to_string().contains("cannot be written to"));
    assert!(matches!(transport.send(&envelope("x", "a@b.example")).await, Outcome::NotSent { .. }));
    let mut transport = Transport::Maildir(Outgoing::new(folder.path().join("out"), Durability::Cached));
    assert!(transport.probe().await.is_ok());
}

#[tokio::test]
async fn a_file_that_came_into_cur_this_moment_is_read_once_it_has_settled() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path()).unwrap();
    let mut source = MailboxSource::Maildir(Inbox::new(folder.path()).settle(Duration::from_millis(20)));
    fs::write(folder.path().join("cur/1700000000.a.x:2,"), "just filed").unwrap();
    let batch = source.fetch(None, &FetchLimits::default()).await.unwrap();
    assert_eq!((texts(&batch), batch.complete), (vec!["just filed".to_owned()], true));
}

#[tokio::test]
async fn a_mail_that_has_just_come_is_found_by_its_message_id_and_nothing_but_mails_is_opened() {
    let (folder, mut source) = mailbox();
    let wanted = "Subject: x\r\nMessage-ID: <check.1@npm.example>\r\n\r\nDear office\r\n";
    for (unique, text) in [("a", "Message-ID: <check.12@npm.example>\r\n\r\n"), ("b", "Subject: <check.1@npm.example>\r\n\r\n"), ("c", "")]
    {
        put(folder.path(), FIRST, unique, text);
    }
    symlink("/etc/passwd", folder.path().join("new/link")).unwrap();
    fs::create_dir(folder.path().join("cur/folder")).unwrap();
    assert_eq!(source.find("check.1@npm.example", 1 << 20).await.unwrap(), None);
    put(folder.path(), FIRST + 1, "d", wanted);
    let found = source.find("check.1@npm.example", 1 << 20).await.unwrap().unwrap();
    assert_eq!((found.raw.as_slice(), found.is_junk), (wanted.as_bytes(), false));
    let batch = source.fetch(None, &FetchLimits::default()).await.unwrap();
    source.flag(&locations(&batch), &Flagging::Seen).await.unwrap();
    assert_eq!(source.find("check.1@npm.example", 45).await.unwrap().unwrap().raw, &wanted.as_bytes()[..45], "no more than was asked for");
    assert_eq!(source.fetch(batch.cursor.as_ref(), &FetchLimits::default()).await.unwrap().mails.len(), 0);
}
