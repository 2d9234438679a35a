//! `demarche run` as systemd, cron and people meet it: a process with signals, a socket to say how it is, and a log.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use demarche::domain::delivery::DeliveryState;
use demarche::domain::event::EventKind;
use demarche::domain::letter::LetterRole;
use jiff::{SignedDuration, Timestamp};
use rustix::process::{Pid, Signal, kill_process};

use crate::desk::{Desk, PATIENCE, in_state, until};
use crate::post::Post;

/// Ended the hard way when dropped.
pub struct Daemon {
    pub child: Child,
    log: PathBuf,
    /// What was told on a socket in place of systemd's.
    told: Receiver<String>,
}

impl Daemon {
    pub fn start(desk: &Desk) -> Daemon {
        let (path, log) = (desk.file("notify"), desk.file("log"));
        let _ = std::fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path).unwrap();
        let (hear, told) = channel();
        // Read all the time, as systemd does: a socket that nobody reads blocks whoever tells it something.
        std::thread::spawn(move || {
            let mut words = [0; 4096];
            while let Ok(length) = socket.recv(&mut words) {
                if hear.send(String::from_utf8_lossy(&words[..length]).into_owned()).is_err() {
                    return;
                }
            }
        });
        let mut command = desk.command(&["run"]);
        command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "1000000");
        let child = command.stdout(Stdio::null()).stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
        Daemon { child, log, told }
    }

    /// Waits until systemd is told that.
    pub fn tells(&self, word: &str) {
        while let Ok(told) = self.told.recv_timeout(PATIENCE) {
            if told.lines().any(|line| line == word) {
                return;
            }
        }
        panic!("{word} was not told: {}", self.log());
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until the log holds these words.
    pub fn logs(&self, words: &str) {
        until(words, || self.log().contains(words).then_some(()));
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub fn ended(&mut self) -> ExitStatus {
        until("the daemon's end", || self.child.try_wait().unwrap())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn asking_in_real_time() -> Desk {
    let desk = Desk::in_real_time();
    desk.open_requests();
    desk
}

fn state_of(desk: &Desk, authority: &str) -> String {
    desk.request_to(authority)["state"].as_str().unwrap().to_owned()
}

#[test]
fn the_daemon_is_woken_by_a_reply_and_links_it_long_before_it_would_have_polled() {
    let post = Post::open();
    let desk = post.desk();
    desk.open_requests();
    let mut daemon = Daemon::start(&desk);
    daemon.tells("READY=1");
    daemon.tells("WATCHDOG=1");
    post.inbox_of("alice", 1);
    // Passes over until it says so; only then is it asleep and can be woken.
    daemon.logs("pass");
    post.answers("alice", "alice@prisons.example", "Cells are aired for two hours.\n");
    // It polls every five minutes, which is longer than this waits.
    until("the link", || (state_of(&desk, "Prison Service") == "completed").then_some(()));
    // People work meanwhile.
    let reference = desk.reference_to("Ministry of Justice");
    desk.must(&["requests", "extend", &reference, "2041-12-31", "--reason", "a new minister"]);
    assert_eq!(desk.request_to("Ministry of Justice")["deadline"], "2041-12-31");
    daemon.signal(Signal::TERM);
    let asked = Instant::now();
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
    assert!(asked.elapsed() < Duration::from_secs(10), "systemd and people wait for it");
    daemon.tells("STOPPING=1");
    let log = daemon.log();
    assert!(!log.contains("hunter2") && !log.contains("two hours"), "neither passwords nor letters in the log: {log}");
    desk.is_sound();
}

#[test]
fn what_a_person_asks_for_by_command_leaves_long_before_the_daemon_would_have_polled() {
    let desk = Desk::in_real_time();
    let mut daemon = Daemon::start(&desk);
    daemon.tells("READY=1");
    until("the first pass", || desk.register().health().unwrap().iter().any(|known| known.ok_at.is_some()).then_some(()));
    desk.open_requests();
    until("the letters", || (desk.letters().len() == 2).then_some(()));
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
    desk.is_sound();
}

#[test]
fn one_daemon_works_on_a_register_and_after_a_kill_another_takes_over_at_once() {
    let desk = Desk::in_real_time();
    let mut first = Daemon::start(&desk);
    first.tells("READY=1");
    // Another configuration, of which a process that is refused tells the register nothing.
    desk.change("path = \"mail/in\"", "path = \"mail/elsewhere\"");
    let reads = || {
        let mailboxes = desk.register().contents().mailboxes().unwrap();
        mailboxes.iter().filter(|mailbox| mailbox.active && mailbox.name.ends_with("mail/in")).count()
    };
    for command in ["run", "tick"] {
        let second = desk.run(&[command]);
        assert_eq!(second.code, Some(4), "impossible at present: {}", second.err);
        assert!(second.err.contains("another demarche") && second.err.contains("works on this register"), "{}", second.err);
        assert_eq!(reads(), 1);
    }
    desk.change("path = \"mail/elsewhere\"", "path = \"mail/in\"");
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    // Only now: of a letter in the middle of which the first was killed the outcome would be unknown, and it would rest for a day.
    desk.open_requests();
    let mut second = Daemon::start(&desk);
    second.tells("READY=1");
    until("the letters", || (desk.letters().len() == 2).then_some(()));
    second.signal(Signal::INT);
    assert_eq!(second.ended().code(), Some(0), "{}", second.log());
    assert_eq!(desk.register().lease().unwrap(), None);
    desk.is_sound();
}

#[test]
fn a_faulty_new_configuration_is_refused_while_the_daemon_goes_on_with_the_old_one() {
    let desk = asking_in_real_time();
    let mut daemon = Daemon::start(&desk);
    daemon.tells("READY=1");
    until("the letters", || (desk.letters().len() == 2).then_some(()));
    desk.change("length = 56", "length = \"long\"");
    daemon.signal(Signal::HUP);
    daemon.logs("the old one stays in force");
    let log = daemon.log();
    assert!(log.contains("demarche.toml:") && log.contains("terms.ordinary.length"), "file, place and key: {log}");
    daemon.tells("READY=1");
    assert_eq!(desk.times(EventKind::DeadlineMoved), 0);
    desk.change("length = \"long\"", "length = 56");
    desk.change("# holidays = {", "holidays = { 2030-01-01 = \"New Year\" } # {");
    daemon.signal(Signal::HUP);
    daemon.logs("the configuration was read again");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
    assert!(desk.events().contains(&"rules changed".to_owned()));
}

#[test]
fn a_new_configuration_whose_templates_are_faulty_is_refused_as_well() {
    let desk = asking_in_real_time();
    let mut daemon = Daemon::start(&desk);
    daemon.tells("READY=1");
    until("the letters", || (desk.letters().len() == 2).then_some(()));
    let folder = desk.file("templates/en/reminder");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("body.txt"), "{{ request.refrence }}\n").unwrap();
    daemon.signal(Signal::HUP);
    daemon.logs("the old one stays in force");
    assert!(daemon.log().contains("refrence"), "{}", daemon.log());
    daemon.tells("READY=1");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
    desk.is_sound();
}

#[test]
fn a_server_that_is_down_is_told_to_the_operator_once_and_is_well_when_it_is_back() {
    let post = Post::open();
    let desk = post.desk();
    desk.change("# alarm_after_minutes = 120", "alarm_after_minutes = 30");
    post.dovecot.stop();
    // Relaying needs Dovecot's log-in; the alarm goes out by another way.
    desk.change(
        &format!("kind = \"smtp\"\nhost = \"localhost\"\nport = {}\nuser = \"desk\"\npassword_file = \"smtp-password\"\nca_file = \"our-ca.pem\"", post.postfix.smtps),
        "kind = \"maildir\"\npath = \"mail/out\"",
    );
    let mut daemon = Daemon::start(&desk);
    daemon.tells("READY=1");
    until("the failure", || (desk.failing_parts().len() == 1).then_some(()));
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());

    let minutes = |minutes| Timestamp::now() + SignedDuration::from_mins(minutes);
    let alarms = || desk.letters_to("staff@requests.example").iter().filter(|letter| letter.raw.contains("cannot be read")).count();
    for (minute, told) in [(20, 0), (40, 1), (60, 1), (600, 1)] {
        desk.troubled_tick_at(minutes(minute));
        assert_eq!(desk.written_as(LetterRole::Alarm).len(), told, "{minute} minutes on");
    }
    assert_eq!(alarms(), 1, "{:#?}", desk.posted());
    post.dovecot.start_again();
    desk.tick_at(minutes(610));
    assert_eq!(desk.failing_parts(), []);
    assert!(desk.must(&["status"]).contains("well, last at"));
    // Down again: a new failure, a new alarm.
    post.dovecot.stop();
    desk.troubled_tick_at(minutes(700));
    desk.troubled_tick_at(minutes(740));
    assert_eq!(desk.written_as(LetterRole::Alarm).len(), 2);
    post.dovecot.start_again();
}

#[test]
fn the_daemon_ends_in_time_though_its_server_accepts_and_says_nothing() {
    let desk = asking_in_real_time();
    // The kernel accepts for it; nobody ever speaks.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    std::fs::write(desk.file("imap-password"), "hunter2\n").unwrap();
    std::fs::set_permissions(desk.file("imap-password"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let account = format!(
        "kind = \"imap\"\nhost = \"127.0.0.1\"\ntls = \"none\"\nport = {}\nuser = \"desk\"\npassword_file = \"imap-password\"",
        silent.local_addr().unwrap().port()
    );
    desk.change("kind = \"maildir\"\npath = \"mail/in\"", &account);
    let mut daemon = Daemon::start(&desk);
    daemon.tells("READY=1");
    let asked = Instant::now();
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}: {}", asked.elapsed(), daemon.log());
    assert_eq!(desk.register().lease().unwrap(), None);
    desk.is_sound();
}

/// A mail server that takes a letter and never says whether it will see to it. Tells when it has the whole letter.
fn server_without_a_last_word() -> (u16, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let mut to = client.try_clone().unwrap();
        to.write_all(b"220 mx.example ESMTP\r\n").unwrap();
        for line in BufReader::new(client).lines().map_while(Result::ok) {
            let reply: &[u8] = match line.as_str() {
                "DATA" => b"354 go ahead\r\n",
                "." => {
                    tell.send(()).unwrap();
                    continue;
                }
                command if ["EHLO ", "MAIL ", "RCPT "].iter().any(|known| command.starts_with(known)) => b"250 Ok\r\n",
                _ => continue,
            };
            to.write_all(reply).unwrap();
        }
    });
    (port, told)
}

#[test]
fn the_daemon_ends_in_time_in_the_middle_of_a_letter_whose_outcome_is_then_unknown_and_looked_into() {
    let desk = asking_in_real_time();
    let (port, has_letter) = server_without_a_last_word();
    let folder = "kind = \"maildir\"\npath = \"mail/out\"";
    let silent = format!("kind = \"smtp\"\nhost = \"127.0.0.1\"\ntls = \"none\"\nport = {port}");
    desk.change(folder, &silent);
    desk.change("# last_word_seconds = 60 ", "last_word_seconds = 2 ");
    let mut daemon = Daemon::start(&desk);
    daemon.tells("READY=1");
    has_letter.recv_timeout(PATIENCE).unwrap();
    let asked = Instant::now();
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
    assert!(asked.elapsed() >= Duration::from_secs(2), "the last word was waited for: {}", daemon.log());
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}: {}", asked.elapsed(), daemon.log());
    assert_eq!(in_state(&desk.written(), DeliveryState::Unknown), 1, "neither sent nor failed");

    desk.change(&silent, folder);
    desk.tick();
    assert_eq!(desk.letters().len(), 1, "the other one; this one is not sent again at once");
    desk.tick_at(Timestamp::now() + SignedDuration::from_hours(25));
    assert_eq!(desk.letters().len(), 2, "a day later nothing was heard of it");
    desk.is_sound();
}

#[test]
fn where_the_server_allows_one_connection_the_daemon_is_woken_by_mail_and_reads_it() {
    let post = Post::open_with("protocol imap {\n  mail_max_userip_connections = 1\n}\n");
    let desk = post.desk();
    let mut daemon = Daemon::start(&desk);
    daemon.tells("READY=1");
    until("the first pass", || desk.has_read_all().then_some(()));
    for number in 1..=3 {
        post.dovecot.save(&format!("From: somebody@elsewhere.example\nMessage-ID: <{number}@elsewhere.example>\nSubject: news\n\nnews\n"));
        // Longer before the next poll than this waits.
        // Beside the digest, which is for the same account.
        let news = || desk.mails().iter().filter(|mail| mail["subject"] == "news").count();
        until("the mail", || (news() == number).then_some(()));
        until("its mark", || (post.found("desk", &["UNSEEN"]) == 0).then_some(()));
    }
    assert_eq!(desk.times(EventKind::PartFailing), 0, "nobody was locked out: {}", daemon.log());
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
}
