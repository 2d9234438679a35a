//! The process is asked to stop: no letter is cut in two, and nobody waits for long.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use demarche::domain::delivery::DeliveryState;
use demarche::domain::letter::LetterRole;
use demarche::domain::reply::Standing;
use demarche::intake::MailboxRead;
use demarche::register::Register;
use jiff::{SignedDuration, Timestamp};
use rustix::process::{Pid, Signal, kill_process};

use crate::daemon::Daemon;
use crate::desk::{Desk, PATIENCE, deliveries, in_state, until};
use crate::support::rules::rules;
use crate::support::sqlite::hold_for_writing;

/// A mail server that answers what it hears only when the test says so.
pub struct Careful {
    port: u16,
    pub heard: Receiver<String>,
    pub go_on: Sender<()>,
}

/// What the server hears, so to say, when a letter is complete.
pub const DOT: &str = ".";

impl Careful {
    /// Waits for the test at each line that begins with `word`, and answers the rest at once.
    pub fn waiting_at(word: &'static str) -> Careful {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, heard) = channel();
        let (go_on, told) = channel();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                serve(client.unwrap(), word, &tell, &told);
            }
        });
        Careful { port, heard, go_on }
    }

    pub fn lay(&self, desk: &Desk) {
        desk.change(
            "kind = \"maildir\"\npath = \"mail/out\"",
            &format!("kind = \"smtp\"\nhost = \"127.0.0.1\"\ntls = \"none\"\nport = {}", self.port),
        );
    }

    /// Back to a folder.
    pub fn take_away(&self, desk: &Desk) {
        desk.change(
            &format!("kind = \"smtp\"\nhost = \"127.0.0.1\"\ntls = \"none\"\nport = {}", self.port),
            "kind = \"maildir\"\npath = \"mail/out\"",
        );
    }
}

/// Ends when the client hangs up.
fn serve(client: TcpStream, word: &str, tell: &Sender<String>, go_on: &Receiver<()>) -> Option<()> {
    let mut to = client.try_clone().ok()?;
    to.write_all(b"220 mx.example ESMTP\r\n").ok()?;
    let mut in_letter = false;
    for line in BufReader::new(client).lines() {
        let line = line.ok()?;
        if in_letter && line != DOT {
            continue;
        }
        if line.starts_with(word) {
            tell.send(line.clone()).ok()?;
            go_on.recv().ok()?;
        }
        in_letter = line == "DATA";
        let reply: &[u8] = match line.as_str() {
            "DATA" => b"354 go ahead\r\n",
            "QUIT" => b"221 Bye\r\n",
            _ => b"250 2.0.0 Ok\r\n",
        };
        to.write_all(reply).ok()?;
    }
    Some(())
}

const AUTHORITIES: usize = 12;

/// In real time, with letters to send.
fn desk_with_letters() -> Desk {
    let desk = Desk::in_real_time();
    let (mut authorities, mut names) = ("name,email\n".to_owned(), Vec::new());
    for number in 1..=AUTHORITIES {
        authorities.push_str(&format!("Authority {number},post@authority{number}.example\n"));
        names.push(format!("Authority {number}"));
    }
    desk.import("authorities", &authorities);
    desk.import("recommendations", &format!("reference,addressees,text,made_on\n1,{},Air.,2041-03-01\n", names.join("|")));
    desk.must(&["requests", "open", "--new"]);
    desk
}

fn started(desk: &Desk, command: &str) -> Child {
    desk.command(&[command]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Digests left out.
fn requests_in(desk: &Desk, state: DeliveryState) -> usize {
    in_state(&desk.written_as(LetterRole::Request), state)
}

#[test]
fn a_stop_in_the_middle_of_a_letter_waits_for_the_servers_word_and_sends_no_further_one() {
    for command in ["run", "tick"] {
        let desk = desk_with_letters();
        let server = Careful::waiting_at(DOT);
        server.lay(&desk);
        let mut child = started(&desk, command);
        server.heard.recv_timeout(PATIENCE).unwrap();
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        server.go_on.send(()).unwrap();
        let mut taken = 1;
        // The signal may be heard a letter or two later.
        let status = until("the end", || {
            match server.heard.recv_timeout(Duration::from_millis(20)) {
                Ok(_) => {
                    taken += 1;
                    server.go_on.send(()).unwrap();
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            child.try_wait().unwrap()
        });
        assert_eq!(status.code(), Some(0), "{command}: it did what it was asked");
        assert!(taken < AUTHORITIES, "{command}: it was asked to stop, and sent all {taken}");
        assert_eq!(
            (requests_in(&desk, DeliveryState::Accepted), requests_in(&desk, DeliveryState::Waiting)),
            (taken, AUTHORITIES - taken),
            "{command}: none in two"
        );
        server.take_away(&desk);
        desk.tick();
        assert_eq!(desk.letters().len(), AUTHORITIES - taken, "{command}: the rest, and none of them again");
        desk.is_sound();
    }
}

#[test]
fn a_stop_before_a_letter_is_given_to_the_server_drops_it_and_it_leaves_later() {
    for (command, word) in [("run", "MAIL"), ("tick", "RCPT")] {
        let desk = desk_with_letters();
        let server = Careful::waiting_at(word);
        server.lay(&desk);
        let mut child = started(&desk, command);
        server.heard.recv_timeout(PATIENCE).unwrap();
        let asked = Instant::now();
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        let status = until("the end", || child.try_wait().unwrap());
        assert!(asked.elapsed() < Duration::from_secs(10), "{command}: {:?}", asked.elapsed());
        assert_eq!(status.code(), Some(0), "{command}");
        assert_eq!(requests_in(&desk, DeliveryState::Waiting), AUTHORITIES, "{command}: surely not sent");
        assert_eq!(desk.failing_parts(), [], "{command}: nobody's fault");
        server.take_away(&desk);
        // All of them in the next pass: nothing was tried, so nothing waits for a second try.
        desk.tick();
        assert_eq!(desk.letters().len(), AUTHORITIES, "{command}");
    }
}

#[test]
fn the_daemon_ends_in_time_while_somebody_else_holds_the_register() {
    let desk = desk_with_letters();
    let mut daemon = Daemon::start(&desk);
    daemon.tells("READY=1");
    // Letters and digest have left, and it is asleep.
    daemon.logs("INFO pass");
    assert_eq!(requests_in(&desk, DeliveryState::Accepted), AUTHORITIES);
    let _held = hold_for_writing(&desk.register_file());
    desk.deliver(Timestamp::now(), "From: somebody@elsewhere.example\r\nSubject: A letter\r\n\r\nGood day.\r\n");
    let asked = Instant::now();
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}: {}", asked.elapsed(), daemon.log());
}

#[test]
fn a_daemon_that_finds_the_register_held_for_long_waits_and_goes_on() {
    let desk = desk_with_letters();
    let mut daemon = Daemon::start(&desk);
    daemon.tells("READY=1");
    // Letters and digest have left, and it is asleep.
    daemon.logs("INFO pass");
    assert_eq!(requests_in(&desk, DeliveryState::Accepted), AUTHORITIES);
    let held = hold_for_writing(&desk.register_file());
    desk.deliver(Timestamp::now(), "From: somebody@elsewhere.example\r\nSubject: A letter\r\n\r\nGood day.\r\n");
    // Half a minute, after which a verb gives up.
    daemon.logs("held by another process");
    drop(held);
    until("the mail", || (desk.stored().iter().filter(|mail| mail.standing == Standing::Unlinked).count() == 1).then_some(()));
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
    desk.is_sound();
}

#[test]
fn each_letter_is_dated_by_the_moment_at_which_it_leaves_and_not_by_that_of_the_pass() {
    let desk = desk_with_letters();
    let server = Careful::waiting_at(DOT);
    server.lay(&desk);
    let mut child = started(&desk, "tick");
    for _ in 0..AUTHORITIES {
        server.heard.recv_timeout(PATIENCE).unwrap();
        let second = Timestamp::now().as_second();
        // The server takes its time, as one behind a slow filter does.
        until("the next second", || (Timestamp::now().as_second() > second).then_some(()));
        server.go_on.send(()).unwrap();
    }
    until("the end", || {
        // A digest, if one is due.
        if server.heard.try_recv().is_ok() {
            server.go_on.send(()).unwrap();
        }
        child.try_wait().unwrap()
    });
    let letters = desk.written();
    let taken = deliveries(&letters).filter(|delivery| delivery.state == DeliveryState::Accepted);
    let begun: BTreeSet<Timestamp> = taken.flat_map(|delivery| &delivery.attempts).map(|attempt| attempt.started_at).collect();
    assert!(begun.len() >= AUTHORITIES - 1, "office hours are asked anew for each: {begun:?}");
}

#[test]
fn after_days_of_standstill_letters_leave_gently_by_the_machines_clock_too() {
    let desk = desk_with_letters();
    let mailbox = format!("maildir:{}", desk.file("mail/in").display());
    let three_days_ago = Timestamp::now() - SignedDuration::from_hours(72);
    let read = MailboxRead { name: &mailbox, flagged: &[], cursor: None, to_end: Some(three_days_ago), left: None, is_junk: false };
    let mut register = Register::open(&desk.register_file(), rules()).unwrap();
    register.declare_mailboxes(std::slice::from_ref(&mailbox)).unwrap();
    register.record_and_conclude(&[], read, vec![], three_days_ago).unwrap();
    drop(register);
    desk.tick();
    assert_eq!(desk.posted().len(), 7, "a quarter of thirty a minute");
}

/// Eight million bytes of addresses that are almost ours, and as many of words that nobody has used yet.
fn hostile() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let spelt = |number: usize| -> String { (0..13).map(|place| char::from(LETTERS[(number >> place) * (place + 7) % 31])).collect() };
    let mut to: Vec<String> = (0..240_000).map(|number| format!("desk+r-{}@office.example", spelt(number))).collect();
    to.dedup();
    let words: Vec<String> = (0..80_000).map(|line| (0..10).map(|word| format!("w{line}x{word} ")).collect()).collect();
    format!("From: somebody@elsewhere.example\r\nSubject: A letter\r\nTo: {}\r\n\r\n{}\r\n", to.join(",\r\n "), words.join("\r\n"))
}

#[test]
fn the_daemon_ends_in_time_while_a_hostile_mail_is_judged() {
    let desk = desk_with_letters();
    desk.deliver(Timestamp::now(), hostile());
    let mut daemon = Daemon::start(&desk);
    daemon.tells("READY=1");
    until("the mail", || (desk.stored().len() == 1).then_some(()));
    let asked = Instant::now();
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}: {}", asked.elapsed(), daemon.log());
    desk.is_sound();
}
