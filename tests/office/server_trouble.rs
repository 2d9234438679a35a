//! How a trouble with a mail server is told: as what it is, once in each place, with what waits for it.

use demarche::domain::delivery::DeliveryState;
use demarche::domain::letter::LetterRole;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::daemon::Daemon;
use crate::desk::{Desk, in_state, until};
use crate::folders::minutes_on;
use crate::odd_servers::reads;
use crate::post::Post;
use crate::support::odd_imap::OddImap;

/// No server has this port.
const NOBODY: u16 = 1;

fn of_part(checked: &[Value], part: &str) -> Vec<Value> {
    checked.iter().filter(|finding| finding["part"] == part).cloned().collect()
}

fn check(desk: &Desk) -> Vec<Value> {
    serde_json::from_str(&desk.run(&["check", "--json"]).out).unwrap()
}

/// One of its folders at a server was read.
fn was_read(desk: &Desk) -> bool {
    desk.register().health().unwrap().iter().any(|known| known.part.name().starts_with("imap:") && known.ok_at.is_some())
}

#[test]
fn where_the_server_lets_one_in_check_says_that_the_daemon_is_and_when_it_last_read() {
    let post = Post::open_with("protocol imap {\n  mail_max_userip_connections = 1\n}\n");
    let desk = post.desk();
    let mut daemon = Daemon::start(&desk);
    daemon.tells("READY=1");
    until("the first pass", || was_read(&desk).then_some(()));
    let told = of_part(&check(&desk), "mailbox").remove(0);
    assert_eq!(told["gravity"], "warning", "{told:#}");
    let what = told["what"].as_str().unwrap();
    assert!(what.starts_with("the daemon is at work in this account now, last to the end at 20"), "{what}");
    assert!(!told["mend"].as_str().unwrap().contains("host"), "{told:#}");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
    let told = of_part(&check(&desk), "mailbox").remove(0);
    assert_eq!(told["gravity"], "good", "{told:#}");
}

#[test]
fn a_log_in_that_is_refused_beside_the_daemon_may_be_of_a_password_or_of_too_many_and_check_says_both() {
    let server = OddImap::start();
    let desk = Desk::in_real_time();
    reads(&desk, &server);
    let mut daemon = Daemon::start(&desk);
    daemon.tells("READY=1");
    until("the first pass", || was_read(&desk).then_some(()));
    server.answer_oddly(|command, _| command.starts_with("LOGIN").then(|| "{tag} NO not now\r\n".to_owned()));
    let told = of_part(&check(&desk), "mailbox").remove(0);
    assert_eq!(told["gravity"], "unreachable", "{told:#}");
    assert!(told["what"].as_str().unwrap().contains("the daemon is at work in this account now"), "{told:#}");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
    let told = of_part(&check(&desk), "mailbox").remove(0);
    assert_eq!((&told["gravity"], told["mend"].as_str().unwrap().contains("mend user or password")), (&json!("fault"), true), "{told:#}");
}

#[test]
fn a_password_that_is_refused_while_the_daemon_listens_is_said_once_and_told_at_once() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let server = OddImap::start();
    let (log_ins, idles) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, idled) = (Arc::clone(&log_ins), Arc::clone(&idles));
    server.answer_oddly(move |command, _| match command {
        "CAPABILITY" => Some("* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK done\r\n".to_owned()),
        // It throws the listener out, and knows its password no more.
        "IDLE" => {
            idled.fetch_add(1, Ordering::SeqCst);
            Some("+ idling\r\n* BYE the account was changed\r\n".to_owned())
        }
        command if command.starts_with("LOGIN") && counted.fetch_add(1, Ordering::SeqCst) > 0 => {
            Some("{tag} NO [AUTHENTICATIONFAILED] no such password\r\n".to_owned())
        }
        _ => None,
    });
    let desk = Desk::in_real_time();
    reads(&desk, &server);
    let mut daemon = Daemon::start(&desk);
    daemon.tells("READY=1");
    let told = |desk: &Desk| {
        let health = desk.register().health().unwrap();
        health.iter().filter(|known| known.fault.as_ref().is_some_and(|fault| fault.contains("no such password"))).count()
    };
    // Long before the next poll.
    until("what is told", || (told(&desk) == 1).then_some(()));
    // Watched on, and what a person does brings further passes.
    for pass in 1..=2 {
        desk.must(&["authorities", "list"]);
        desk.import("authorities", &format!("name,email\nNumber {pass},post@number{pass}.example\n"));
        until("another pass", || (daemon.log().matches("no such password").count() > pass).then_some(()));
    }
    assert_eq!((log_ins.load(Ordering::SeqCst), idles.load(Ordering::SeqCst)), (2, 1), "{}", daemon.log());
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
}

#[test]
fn a_relay_that_is_down_is_told_once_in_each_place_with_the_letters_that_wait() {
    let desk = Desk::with_requests();
    desk.change(
        "kind = \"maildir\"\npath = \"mail/out\"",
        &format!("kind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {NOBODY}\ntls = \"none\""),
    );
    let waiting = |desk: &Desk| in_state(&desk.written_to_authorities(), DeliveryState::Waiting);
    for minutes in [0, 5, 121, 600] {
        let ran = desk.run(&["tick", "--at", &minutes_on(minutes).to_string()]);
        let faults: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("fault")).collect();
        assert_eq!(ran.out.to_lowercase().matches("refused (os").count(), 1, "{}", ran.out);
        assert_eq!(faults.len(), 1, "{}", ran.out);
        let words = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&format!("; {} letters wait, and are tried again", waiting(&desk))), "{}", ran.out);
        assert_eq!(ran.err.lines().filter(|line| line.to_lowercase().contains("refused (os")).count(), 1, "{}", ran.err);
    }
    assert_eq!(desk.must(&["status"]).matches("FAILS").count(), 1);
    assert_eq!(desk.written_as(LetterRole::Alarm).len(), 1);
    assert_eq!(desk.events().iter().filter(|kind| *kind == "part failing").count(), 1);
    desk.is_sound();
}

#[test]
fn an_account_that_is_down_is_told_once_for_all_its_folders_and_the_folder_for_copies() {
    let desk = Desk::with_requests();
    let server = OddImap::start();
    reads(&desk, &server);
    desk.change(&format!("port = {}", server.port), &format!("port = {NOBODY}"));
    desk.change("password_file = \"imap-password\"\n", "password_file = \"imap-password\"\nfolders = [\"INBOX\", \"Answers\", \"Junk\"]\n");
    desk.change("# sent_folder = \"Sent\" ", "sent_folder = \"Sent\" ");
    for minutes in [0, 5, 121, 600] {
        let ran = desk.run(&["tick", "--at", &minutes_on(minutes).to_string()]);
        assert_eq!(ran.out.lines().filter(|line| line.starts_with("fault")).count(), 1, "{}", ran.out);
        assert_eq!(ran.err.lines().filter(|line| line.to_lowercase().contains("refused (os")).count(), 1, "{}", ran.err);
    }
    let status = desk.must(&["status"]);
    assert_eq!((status.matches("FAIL").count(), status.matches("Answers").count()), (1, 1), "{status}");
    assert_eq!(desk.json(&["status"])[0]["health"].as_array().unwrap().iter().filter(|part| !part["fault"].is_null()).count(), 4);
    assert_eq!(desk.written_as(LetterRole::Alarm).len(), 1, "one fault, one alarm");
    desk.is_sound();
}

#[test]
fn letters_that_wait_for_the_hours_in_which_letters_leave_are_told_with_the_moment() {
    let desk = Desk::with_requests();
    desk.change("from = \"00:00\"", "from = \"08:00\"");
    desk.change("to = \"23:59\"", "to = \"18:00\"");
    let night = "2041-03-04T22:00:00Z";
    let told = desk.must(&["tick", "--at", night]);
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let wait =
        "letters wait, since it is outside of the hours in which letters leave ([hours] of the configuration), until 2041-03-05 08:00 UTC";
    assert_eq!(words.matches(wait).count(), 1, "{told}");
    assert_eq!(desk.letters().len(), 0);
    let pass = desk.tick_at("2041-03-04T23:00:00Z".parse().unwrap());
    assert_eq!((&pass["outside_hours"]["until"], &pass["faults"]), (&json!("2041-03-05T08:00:00Z"), &json!([])), "{pass:#}");
    let morning = desk.must(&["tick", "--at", "2041-03-05T08:01:00Z"]);
    assert!(!morning.contains("outside of the hours"), "{morning}");
    assert!(!desk.letters().is_empty());
}
