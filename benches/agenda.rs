//! What a pass costs over a large register: next to nothing while nothing is due, and a little for each step that is.
//!
//! `cargo bench --bench agenda`. A register with 100,000 open requests (`-- 20000` takes another number), first letters accepted, is verified. With a
//! mail that waits for a person for each ten of them, it is then looked at by passes of an office without mailboxes: nothing to understand, nothing
//! due, nothing to send, no decision that rises. The median of [`PASSES`] must stay below 1 ms, and below 5 ms over a million
//! (`-- 1000000`).
//! Then 1,000 requests are due for a reminder and held, because no mailbox was read: what it costs to look at them is told.

#[path = "../tests/support/sqlite.rs"]
mod sqlite;
mod support;

use demarche::daemon::Daemon;
use demarche::daemon::assembling::open_templates;
use demarche::daemon::one_pass::Parts;
use demarche::domain::delivery::RetryRules;
use demarche::intake::{SenderAuthentication, Worker, WorkerOptions};
use demarche::register::Register;
use demarche::transport::{FetchLimits, Transport, maildir};
use jiff::{SignedDuration, Timestamp};
use std::path::Path;
use std::time::{Duration, Instant};
use support::asked::{Correspondence, addresses, rules, sent_at};

/// Up to [`REQUESTS`], and beyond.
const LONGEST: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(5)];
const REQUESTS: usize = 100_000;
const REQUESTS_FOR_A_MAIL: usize = 10;
const DUE: usize = 1_000;
const PASSES: usize = 51;
/// A fingerprint.
const RULES: &str = "those of the benchmark";

fn main() {
    let requests = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(REQUESTS);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("register.sqlite");
    let begun = Instant::now();
    Correspondence::begin(&path, 1_000, requests);
    let tomorrow = sent_at() + SignedDuration::from_hours(24);
    verify(&path, tomorrow);
    let waiting = requests / REQUESTS_FOR_A_MAIL;
    sqlite::let_mails_wait(&path, waiting, tomorrow.as_second() + 1);
    println!("{requests} open requests and {waiting} mails that wait, made in {:.0} s", begun.elapsed().as_secs_f64());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let idle = runtime.block_on(passes(&path, folder.path(), tomorrow));
    let longest = LONGEST[usize::from(requests > REQUESTS)];
    println!("  nothing due: {:>8.3} ms a pass (at most {} ms)", idle.as_secs_f64() * 1000.0, longest.as_millis());
    let moved = sqlite::make_due(&path, DUE, tomorrow.as_second());
    let due = runtime.block_on(passes(&path, folder.path(), tomorrow));
    println!(
        "  {moved} looked at: {:>8.3} ms a pass, {:.1} µs for each",
        due.as_secs_f64() * 1000.0,
        due.as_secs_f64() * 1e6 / moved.max(1) as f64
    );
    if idle > longest {
        println!("A LIMIT IS MISSED");
        std::process::exit(1);
    }
}

/// What proves that the register is as it was stored, and that what is owed follows from it.
fn verify(register: &Path, now: Timestamp) {
    let mut register = Register::open(register, rules()).expect("the register");
    register.adopt_rules(RULES, now).expect("the register");
    let begun = Instant::now();
    let sound = register.verify().expect("a sound register");
    let as_stored = begun.elapsed();
    let compared = register.compare_obligations(RULES, now).expect("the register").expect("planned by these rules");
    assert_eq!(compared.differences, [], "what is owed follows");
    println!(
        "{} events and {} letters verified in {:.1} s, {} next steps in {:.1} s",
        sound.events,
        sound.letters,
        as_stored.as_secs_f64(),
        compared.next_steps,
        (begun.elapsed() - as_stored).as_secs_f64()
    );
}

/// The median.
async fn passes(register: &Path, folder: &Path, now: Timestamp) -> Duration {
    let mut office = Daemon::new(Parts {
        register: Register::open(register, rules()).expect("the register"),
        rules: rules(),
        addresses: addresses(),
        renderer: open_templates(None).expect("the built-in templates"),
        mailboxes: vec![],
        transport: Transport::Maildir(maildir::Outgoing::new(folder.join("out"), maildir::Durability::Synced)),
        sent_folder: None,
        worker: Worker::start(WorkerOptions::of_this_program().expect("this program")),
        senders: SenderAuthentication::default(),
        retry: RetryRules::default(),
        limits: FetchLimits::default(),
        dsn: false,
    })
    .expect("an office");
    let mut times = Vec::new();
    for _ in 0..PASSES {
        let begun = Instant::now();
        let report = office.pass(now).await.expect("a pass");
        office.register.let_decisions_rise(now).expect("the register");
        times.push(begun.elapsed());
        assert!(report.is_quiet(), "{report:?}");
    }
    times.sort();
    times[PASSES / 2]
}
