//! The worker process: it answers in order, dies alone, and is limited.

use crate::hostile;
use demarche::intake::{Worker, WorkerFault, WorkerOptions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

fn real() -> WorkerOptions {
    WorkerOptions {
        program: env!("CARGO_BIN_EXE_demarche").into(),
        time_limit: Duration::from_secs(60),
        memory_limit: 1 << 30,
        phrases: None,
    }
}

/// A program that stands in for a worker gone wrong.
fn false_worker(folder: &tempfile::TempDir, script: &str) -> PathBuf {
    let path = folder.path().join("worker");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script can be written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it can be made executable");
    path
}

fn letter(subject: &str) -> Arc<[u8]> {
    format!("From: a@authority.example\r\nSubject: {subject}\r\n\r\nYes.\r\n").into_bytes().into()
}

#[tokio::test]
async fn mails_come_back_understood_in_their_order() {
    let mut worker = Worker::start(real());
    let mails: Vec<_> = (0..200).map(|number| letter(&number.to_string())).collect();
    let subjects: Vec<_> = worker.understand_all(&mails).await.into_iter().map(|result| result.unwrap().subject.unwrap()).collect();
    assert_eq!(subjects, (0..200).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_mail_that_exhausts_the_memory_costs_only_itself() {
    let mut worker = Worker::start(WorkerOptions { memory_limit: 400 << 20, ..real() });
    let large: Arc<[u8]> = [b"Subject: large\r\n\r\n".as_slice(), &b"x ".repeat(30_000_000)].concat().into();
    let results = worker.understand_all(&[letter("before"), large, letter("after")]).await;
    assert_eq!(results[0].as_ref().unwrap().subject.as_deref(), Some("before"));
    assert!(matches!(results[1], Err(WorkerFault::Killed(_) | WorkerFault::Ended(_))), "{:?}", results[1]);
    assert_eq!(results[2].as_ref().unwrap().subject.as_deref(), Some("after"));
}

/// What a worker says when it can begin: a frame of seven bytes of JSON and no mail.
const READY: &str = r#"printf '\007\000\000\000\000\000\000\000"Ready"'"#;

#[tokio::test]
async fn a_worker_that_does_not_answer_in_time_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let limit = Duration::from_millis(500);
    let program = false_worker(&folder, &format!("{READY}; cat > /dev/null"));
    let mut worker = Worker::start(WorkerOptions { program, time_limit: limit, ..real() });
    assert_eq!(worker.understand(&letter("x")).await, Err(WorkerFault::TimedOut(limit)));
}

#[tokio::test]
async fn how_a_worker_died_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut worker = Worker::start(WorkerOptions { program: false_worker(&folder, &format!("{READY}; kill -SEGV $$")), ..real() });
    assert_eq!(worker.understand(&letter("x")).await, Err(WorkerFault::Killed(11)));
    let mut worker = Worker::start(WorkerOptions { program: false_worker(&folder, &format!("{READY}; exit 3")), ..real() });
    assert_eq!(worker.understand(&letter("x")).await, Err(WorkerFault::Ended(Some(3))));
    let mut worker = Worker::start(WorkerOptions { program: folder.path().join("none"), ..real() });
    assert!(matches!(worker.understand(&letter("x")).await, Err(WorkerFault::NotStarted(_))));
    let mut worker = Worker::start(WorkerOptions {
        program: false_worker(&folder, &format!("{READY}; echo 'no frame at all'; cat > /dev/null")),
        ..real()
    });
    assert!(matches!(worker.understand(&letter("x")).await, Err(WorkerFault::Garbled(_))));
}

#[tokio::test]
async fn a_mail_too_large_is_refused_unsent_and_the_others_are_read() {
    let mut worker = Worker::start(real());
    let large: Arc<[u8]> = vec![b'x'; (64 << 20) + 1].into();
    let results = worker.understand_all(&[large, letter("after")]).await;
    assert_eq!(results[0], Err(WorkerFault::TooLarge((64 << 20) + 1)));
    assert!(results[1].is_ok());
}

#[tokio::test]
async fn no_hostile_mail_kills_the_worker() {
    let mut worker = Worker::start(real());
    let (names, mails): (Vec<_>, Vec<Arc<[u8]>>) = hostile::all(400_000).into_iter().map(|(name, mail)| (name, Arc::from(mail))).unzip();
    for (name, result) in names.iter().zip(worker.understand_all(&mails).await) {
        assert!(result.is_ok(), "{name}: {result:?}");
    }
}
