//! What the outbox costs: letters handed to Postfix's `smtp-sink` with every attempt on record, beside the same letters merely sent.
//!
//! `cargo bench --bench sending` (`-- 1000` takes another number of letters). Claim, attempt and outcome are committed with `synchronous=FULL`, two
//! transactions a letter, as in production; the bare sending uses the same SMTP client over the same kind of connection and keeps nothing. A third
//! round has as many reminders that are held in front of the letters, since no mailbox was read.

#[path = "../tests/support/sqlite.rs"]
mod sqlite;
mod support;

use demarche::daemon::Daemon;
use demarche::daemon::assembling::open_templates;
use demarche::daemon::one_pass::Parts;
use demarche::intake::{SenderAuthentication, Worker, WorkerOptions};
use demarche::register::Register;
use demarche::transport::smtp::{Patience, Relay, Smtp};
use demarche::transport::{Envelope, FetchLimits, Outcome, Security, Server, Transport};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::asked::{Correspondence, addresses, retry, rules, sent_at};

const LETTERS: usize = 3_000;
/// Of the rate at which letters leave, where as many that are held stand in front of them.
const LEAST_BEHIND_HELD: f64 = 0.7;
const SINK: &str = "/usr/sbin/smtp-sink";

fn main() {
    let letters = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(LETTERS);
    if !Path::new(SINK).is_file() {
        eprintln!("{SINK} is missing; it comes with Postfix: apt-get install postfix");
        std::process::exit(1);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let sink = Sink::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let bare = runtime.block_on(bare(&sink, letters));
    let plain = folder.path().join("register.sqlite");
    write_letters(&plain, letters);
    let without_held = runtime.block_on(durable(&sink, &plain, letters));
    let with_reminders = folder.path().join("with_reminders.sqlite");
    write_letters(&with_reminders, 2 * letters);
    assert_eq!(sqlite::make_reminders(&with_reminders), letters);
    let with_held = runtime.block_on(durable(&sink, &with_reminders, letters));
    let rate = |time: Duration| letters as f64 / time.as_secs_f64();
    println!("{letters} letters over one connection to smtp-sink:");
    println!("  merely sent      {:>7.0} letters a second", rate(bare));
    println!("  with the outbox  {:>7.0} letters a second, {:.2} of it", rate(without_held), rate(without_held) / rate(bare));
    let slower = rate(with_held) / rate(without_held);
    println!("  behind as many   {:>7.0} letters a second, {slower:.2} of that (at least {LEAST_BEHIND_HELD})", rate(with_held));
    if slower < LEAST_BEHIND_HELD {
        println!("A LIMIT IS MISSED");
        std::process::exit(1);
    }
}

/// That many letters wait to leave.
fn write_letters(path: &Path, letters: usize) {
    let (mut world, mut register) = Correspondence::opened(path, 200, letters);
    while world.requests.len() < letters {
        assert!(world.write(&mut register, &addresses(), letters) > 0, "the agenda has letters to write");
    }
}

/// Ended when dropped.
struct Sink {
    process: Child,
    port: u16,
}

impl Sink {
    fn start() -> Sink {
        // Free a moment ago; nobody else on this machine is given it so soon again.
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        // As root it refuses to run but for another user.
        let user: &[&str] = if rustix::process::geteuid().is_root() { &["-u", "nobody"] } else { &[] };
        let process = Command::new(SINK)
            .arg("-c")
            .args(user)
            .args([&format!("127.0.0.1:{port}"), "100"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("smtp-sink starts");
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(10), "smtp-sink does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
        Sink { process, port }
    }

    fn smtp(&self) -> Smtp {
        let server = Server { host: "127.0.0.1".into(), port: self.port, security: Security::PlainOnLoopback, ca_file: None };
        Smtp::new(Relay { server, login: None, our_name: "[127.0.0.1]".into(), patience: Patience::default() })
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn bare(sink: &Sink, letters: usize) -> Duration {
    let mut smtp = sink.smtp();
    let bytes = format!("Subject: A letter\r\n\r\n{}", "That the cells of the wing be aired and lit by daylight.\r\n".repeat(12));
    let begun = Instant::now();
    for number in 0..letters {
        let outcome = smtp
            .send(&Envelope {
                envelope_sender: "desk@requests.example",
                recipient: &format!("clerk@house{number}.example"),
                envelope_id: "a.letter@requests.example",
                dsn: false,
                bytes: bytes.as_bytes(),
            })
            .await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }
    let time = begun.elapsed();
    smtp.close().await;
    time
}

async fn durable(sink: &Sink, register: &Path, letters: usize) -> Duration {
    let mut office = Daemon::new(Parts {
        register: Register::open(register, rules()).expect("the register"),
        rules: rules(),
        addresses: addresses(),
        renderer: open_templates(None).expect("the built-in templates"),
        mailboxes: vec![],
        transport: Transport::Smtp(sink.smtp()),
        sent_folder: None,
        worker: Worker::start(WorkerOptions::of_this_program().expect("this program")),
        senders: SenderAuthentication::default(),
        retry: retry(),
        limits: FetchLimits::default(),
        dsn: true,
    })
    .expect("an office");
    let begun = Instant::now();
    let report = office.pass(sent_at()).await.expect("a pass");
    let time = begun.elapsed();
    assert_eq!(report.letters_sent, letters, "{:?}", report.faults);
    office.close().await;
    time
}
