//! How fast and in how much memory mail is ingested, beside the least that keeping it could cost.
//!
//! `cargo bench --bench ingest`. A generated mailbox (Maildir) is read as in production, by a pass of the office: raw bytes and cursor
//! committed, marked, understood in the worker process, linked, indexed for the full-text search, with `synchronous=FULL` and at most 50 mails a
//! transaction. Beside it the same raw bytes go into one SQLite table of two columns with the same settings, their reading from disk not counted.
//! Each measurement is a process of its own, the two kinds in turn. The rate must be [`LEAST`] of the bare one's in the middle one of [`ROUNDS`],
//! since a disk stops for a moment now and then; neither the ingesting process nor its worker may in any round hold more than [`MOST_MEMORY`], nor a
//! tenth more at 20,000 mails than at 2,000.
//!
//! `cargo bench --bench ingest -- 2000 5000` takes other sizes; `-- fill FOLDER 4000`, then `-- ingest FOLDER`, one run to look into.

mod support;

use demarche::cli::memory;
use demarche::daemon::Daemon;
use demarche::daemon::assembling::open_templates;
use demarche::daemon::one_pass::Parts;
use demarche::domain::delivery::RetryRules;
use demarche::intake::{IncomingMailbox, SenderAuthentication, Worker, WorkerOptions};
use demarche::register::Register;
use demarche::transport::{FetchLimits, Flagging, MailboxSource, Transport, maildir};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use support::asked::{Correspondence, addresses, answers_from, rules};
use support::mailbox::Mailbox;
use support::process::{MEBIBYTE, children, peak_memory};

/// Of the rate of bare insertion. How near the two come says as much of the disk as of the program: the same build came to 0.26 and to 0.49 on
/// different days, 0.30 of 2,000 mails that stayed in memory and 0.40 of 20,000 that had to be written. Below this no disk has put it.
const LEAST: f64 = 0.25;
const MOST_MEMORY: u64 = 64 * MEBIBYTE;
/// How much the peak may grow from the smaller mailbox to the larger.
const MOST_GROWTH: f64 = 1.10;
const ROUNDS: usize = 3;
const IN_A_TRANSACTION: usize = 50;
const SIZES: [usize; 2] = [2_000, 20_000];
const AUTHORITIES: usize = 170;
const REQUESTS: usize = 2_000;

#[derive(Serialize, Deserialize)]
struct Measured {
    seconds: f64,
    memory: u64,
    worker_memory: u64,
    mails: usize,
    linked: usize,
    waiting: usize,
    faults: Vec<String>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["ingest", folder] => tell(&ingest(Path::new(folder))),
        ["bare", folder] => tell(&bare(Path::new(folder))),
        ["fill", folder, size] => drop(fill(Path::new(folder), size.parse().expect("how many mails"))),
        sizes => {
            let sizes: Vec<usize> = sizes.iter().filter_map(|size| size.parse().ok()).collect();
            std::process::exit(i32::from(!compare(if sizes.is_empty() { &SIZES } else { &sizes })));
        }
    }
}

fn tell(measured: &Measured) {
    println!("{}", serde_json::to_string(measured).expect("plain values"));
}

/// One size of mailbox, measured several times.
struct Compared {
    bytes: usize,
    /// Mails a second of bare insertion and of ingestion, in the middle round by their ratio.
    bare: f64,
    ingest: f64,
    memory: u64,
    worker_memory: u64,
    linked: usize,
    waiting: usize,
    faults: Vec<String>,
}

impl Compared {
    fn ratio(&self) -> f64 {
        self.ingest / self.bare
    }
}

/// Whether every limit is kept.
fn compare(sizes: &[usize]) -> bool {
    let mut kept = true;
    let mut first: Option<Compared> = None;
    for size in sizes {
        let compared = rounds(*size);
        kept &= compared.faults.is_empty() && compared.ratio() >= LEAST;
        println!("{size} mails, {:.1} kB on average:", compared.bytes as f64 / *size as f64 / 1000.0);
        println!("  bare insertion  {:>8.0} mails a second", compared.bare);
        println!(
            "  ingest          {:>8.0} mails a second, {:.2} of it (at least {LEAST}); {} linked, {} wait for a person",
            compared.ingest,
            compared.ratio(),
            compared.linked,
            compared.waiting
        );
        for (what, memory, before) in [
            ("ingesting process", compared.memory, first.as_ref().map(|first| first.memory)),
            ("its worker", compared.worker_memory, first.as_ref().map(|first| first.worker_memory)),
        ] {
            let growth = before.map(|before| memory as f64 / before as f64);
            kept &= memory <= MOST_MEMORY && growth.is_none_or(|growth| growth <= MOST_GROWTH);
            let growth = growth.map_or_else(String::new, |growth| format!(", {growth:.2} of it at {} mails", sizes[0]));
            println!("  {what:<18} {:>5.1} MiB at its peak (at most {}){growth}", memory as f64 / MEBIBYTE as f64, MOST_MEMORY / MEBIBYTE);
        }
        for fault in &compared.faults {
            println!("  FAULT: {fault}");
        }
        first.get_or_insert(compared);
    }
    println!("{}", if kept { "every limit is kept" } else { "A LIMIT IS MISSED" });
    kept
}

fn rounds(size: usize) -> Compared {
    let mut rounds: Vec<Compared> = (0..ROUNDS).map(|_| round(size)).collect();
    let memory = rounds.iter().map(|round| round.memory).max().unwrap_or_default();
    let worker_memory = rounds.iter().map(|round| round.worker_memory).max().unwrap_or_default();
    let faults = rounds.iter_mut().flat_map(|round| std::mem::take(&mut round.faults)).collect();
    rounds.sort_by(|one, other| one.ratio().total_cmp(&other.ratio()));
    Compared { memory, worker_memory, faults, ..rounds.swap_remove(ROUNDS / 2) }
}

fn round(size: usize) -> Compared {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = fill(folder.path(), size);
    // Bare insertion before and behind, since a disk is not always equally fast.
    let bare_before = measure("bare", folder.path());
    let mut ingest = measure("ingest", folder.path());
    let bare_behind = measure("bare", folder.path());
    if ingest.mails != size {
        ingest.faults.push(format!("{} of {size} mails were ingested", ingest.mails));
    }
    Compared {
        bytes,
        bare: size as f64 / ((bare_before.seconds + bare_behind.seconds) / 2.0),
        ingest: size as f64 / ingest.seconds,
        memory: ingest.memory,
        worker_memory: ingest.worker_memory,
        linked: ingest.linked,
        waiting: ingest.waiting,
        faults: ingest.faults,
    }
}

/// A register with requests under way, and a Maildir of answers. How many bytes they have.
fn fill(folder: &Path, mails: usize) -> usize {
    let world = Correspondence::begin(&folder.join("register.sqlite"), AUTHORITIES, REQUESTS);
    let mailbox = Mailbox::new(&world, 1);
    for part in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(folder.join("inbox").join(part)).expect("a folder");
    }
    let mut bytes = 0;
    for number in 0..mails {
        let mail = mailbox.mail(number);
        bytes += mail.raw.len();
        let name = format!("{}.M{number:06}P1.mx", mail.received_at.as_second());
        std::fs::write(folder.join("inbox/new").join(name), mail.raw).expect("a file");
    }
    bytes
}

fn measure(kind: &str, folder: &Path) -> Measured {
    let program = std::env::current_exe().expect("this program");
    // What was written before is not to be written to the disk now.
    rustix::fs::sync();
    let command = &mut Command::new(program);
    let output = command.arg(kind).arg(folder).envs(memory::SETTINGS).stderr(std::process::Stdio::inherit()).output();
    let output = output.expect("this program again");
    assert!(output.status.success(), "{kind} failed");
    serde_json::from_slice(&output.stdout).expect("one line of JSON")
}

fn ingest(folder: &Path) -> Measured {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let register = Register::open(&folder.join("register.sqlite"), rules()).expect("the register");
        let options = WorkerOptions {
            program: env!("CARGO_BIN_EXE_demarche").into(),
            time_limit: Duration::from_secs(10),
            memory_limit: 1 << 30,
            phrases: None,
        };
        let inbox = MailboxSource::Maildir(maildir::Inbox::new(folder.join("inbox")));
        let mut office = Daemon::new(Parts {
            register,
            rules: rules(),
            addresses: addresses(),
            renderer: open_templates(None).expect("the built-in templates"),
            mailboxes: vec![IncomingMailbox::new(inbox, Flagging::Seen)],
            transport: Transport::Maildir(maildir::Outgoing::new(folder.join("out"), maildir::Durability::Synced)),
            sent_folder: None,
            worker: Worker::start(options),
            senders: SenderAuthentication::default(),
            retry: RetryRules::default(),
            limits: FetchLimits::default(),
            dsn: false,
        })
        .expect("an office");
        let begun = Instant::now();
        let report = office.pass(answers_from() + jiff::SignedDuration::from_hours(24 * 10)).await.expect("a pass");
        let seconds = begun.elapsed().as_secs_f64();
        let worker_memory = children().into_iter().map(peak_memory).max().unwrap_or(0);
        Measured {
            seconds,
            memory: peak_memory(std::process::id()),
            worker_memory,
            mails: report.ingested + report.again,
            linked: report.linked,
            waiting: report.waiting_for_a_person,
            faults: report.faults,
        }
    })
}

/// The same bytes in the same order, as many to a transaction, with the register's settings. In SQLite itself, past the register: it is the least
/// that keeping mail could cost, and so the one place besides `tests/support/sqlite.rs` that knows of it.
fn bare(folder: &Path) -> Measured {
    let file = tempfile::NamedTempFile::new_in(folder).expect("a file");
    let db = Connection::open(file.path()).expect("a database");
    db.pragma_update(None, "page_size", 8_192).expect("pages");
    db.pragma_update(None, "journal_mode", "WAL").expect("WAL");
    db.pragma_update(None, "synchronous", "FULL").expect("FULL");
    db.execute_batch("CREATE TABLE mail (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT").expect("a table");
    // In `cur` once they were ingested.
    let folders = ["new", "cur"].map(|part| std::fs::read_dir(folder.join("inbox").join(part)).expect("mails"));
    let mut files: Vec<_> = folders.into_iter().flatten().map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let mut seconds = 0.0;
    for batch in files.chunks(IN_A_TRANSACTION) {
        let mails: Vec<Vec<u8>> = batch.iter().map(|file| std::fs::read(file).expect("a mail")).collect();
        let begun = Instant::now();
        db.execute_batch("BEGIN IMMEDIATE").expect("a transaction");
        for mail in &mails {
            db.prepare_cached("INSERT INTO mail (bytes) VALUES (?1)").and_then(|mut insert| insert.execute([mail])).expect("a row");
        }
        db.execute_batch("COMMIT").expect("a commit");
        seconds += begun.elapsed().as_secs_f64();
    }
    Measured {
        seconds,
        memory: peak_memory(std::process::id()),
        worker_memory: 0,
        mails: files.len(),
        linked: 0,
        waiting: 0,
        faults: vec![],
    }
}
