//! Mail that the worker cannot survive, and a disk that is full.

use std::process::Command;
use std::sync::Arc;

use demarche::intake::{Worker, WorkerFault, WorkerOptions};

use crate::desk::Desk;
use crate::folders::{minutes_on, monday};

#[test]
fn a_mail_that_the_worker_cannot_survive_is_quarantined_and_those_around_it_are_linked() {
    let desk = Desk::with_requests();
    desk.change("# worker_megabytes = 512", "worker_megabytes = 128");
    desk.change("# worker_seconds = 20", "worker_seconds = 5");
    desk.tick_at(monday());
    let letters = desk.letters();
    desk.deliver(minutes_on(1), letters[0].answered_by("alice@prisons.example", "Cells are aired."));
    let huge = "a word and another <p> > on a long line that never ends, ".repeat(400_000);
    desk.deliver(
        minutes_on(2),
        format!(
            "From: alice@prisons.example\r\nMessage-ID: <huge@prisons.example>\r\nSubject: Huge\r\nContent-Type: text/html\r\n\r\n{huge}"
        ),
    );
    desk.deliver(minutes_on(3), letters[1].answered_by("bob@justice.example", "So they are."));
    let pass = desk.troubled_tick_at(minutes_on(4));
    assert_eq!((pass["ingested"].as_u64(), pass["linked"].as_u64()), (Some(3), Some(2)), "{pass:#}");
    assert_eq!(pass["faults"].as_array().unwrap().len(), 2, "two attempts: {pass:#}");
    let quarantined = desk.json(&["mail", "list", "--waiting"]);
    assert_eq!((quarantined.len(), quarantined[0]["standing"].as_str()), (1, Some("quarantined")), "{quarantined:#?}");
    assert!(desk.must(&["status"]).contains("1 mail waits for a person"));
    let id = quarantined[0]["id"].to_string();
    assert!(desk.must(&["mail", "raw", &id]).contains("Subject: Huge"), "its bytes are there for whoever looks");
    assert_eq!(desk.marked(), (0, 3));
    // The next pass does not try it again and finds nothing wrong.
    desk.tick_at(minutes_on(5));
    desk.is_sound();
}

#[test]
fn a_full_disk_is_said_in_words_and_harms_nothing() {
    let desk = Desk::init();
    let text = "a line of a long letter\r\n".repeat(4_000);
    for number in 0..40 {
        desk.deliver(monday(), format!("From: a@b.example\r\nMessage-ID: <{number}@b.example>\r\nSubject: {number}\r\n\r\n{text}"));
    }
    // Files may grow no further than 1 MiB; without the signal that would end the program, as without space on the disk.
    let limited = format!("trap '' XFSZ; ulimit -f 1024; exec {} tick --at {}", env!("CARGO_BIN_EXE_demarche"), monday());
    let output = Command::new("bash").args(["-c", &limited]).current_dir(desk.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(1 | 4)), "{:?} {said}", output.status);
    assert!(said.contains("register") && (said.contains("disk") || said.contains("full")), "{said}");
    let (unmarked, marked) = desk.marked();
    assert_eq!(unmarked + marked, 40);
    assert_eq!(marked, desk.stored().len(), "nothing is marked that was not stored");
    desk.is_sound();
    desk.tick_at(minutes_on(1));
    assert_eq!((desk.mails().len(), desk.marked()), (40, (0, 40)));
    desk.is_sound();
}

#[tokio::test]
async fn a_worker_that_cannot_begin_is_no_mails_fault() {
    let options = WorkerOptions { program: "/bin/false".into(), ..WorkerOptions::of_this_program().unwrap() };
    let mails: Vec<Arc<[u8]>> = vec![Arc::from(&b"Subject: one\r\n\r\n1"[..]), Arc::from(&b"Subject: two\r\n\r\n2"[..])];
    for result in Worker::start(options).understand_all(&mails).await {
        assert!(matches!(result, Err(WorkerFault::NotStarted(_))), "{result:?}");
    }
}
