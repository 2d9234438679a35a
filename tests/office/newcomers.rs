//! What an office meets in its first days: an account that lets in few, a Sent folder that fails for a while, a wrong password, weekends.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use demarche::domain::delivery::DeliveryState;
use demarche::domain::event::EventKind;
use demarche::domain::health::HealthPart;
use demarche::domain::health::PartHealth;
use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rustix::process::Signal;

use crate::daemon::Daemon;
use crate::desk::{AUTHORITIES, Desk, RECOMMENDATIONS, attempts, until};
use crate::folders::{days_on, minutes_on, monday};
use crate::odd_servers::reads;
use crate::post::Post;
use crate::support::odd_imap::OddImap;

const ONE_CONNECTION: &str = "protocol imap {\n  mail_max_userip_connections = 1\n}\n";

fn news(number: u32) -> String {
    format!("From: somebody@elsewhere.example\nMessage-ID: <{number}@elsewhere.example>\nSubject: news\n\nnews\n")
}

/// Reads two folders and files copies, all in one account.
fn desk_with_much_to_do_in(post: &Post) -> Desk {
    post.dovecot.doveadm(&["mailbox", "create", "-u", "desk", "Answers"]);
    let desk = post.desk();
    desk.change("ca_file = \"our-ca.pem\"\n# name", "ca_file = \"our-ca.pem\"\nfolders = [\"INBOX\", \"Answers\"]\n# name");
    desk.change("# sent_folder = \"Sent\" ", "sent_folder = \"Sent\" ");
    desk
}

fn letters_that_left(desk: &Desk) -> usize {
    desk.written().iter().filter(|letter| letter.deliveries.iter().any(|delivery| delivery.state == DeliveryState::Accepted)).count()
}

fn copies(post: &Post) -> usize {
    if !post.dovecot.doveadm(&["mailbox", "list", "-u", "desk"]).lines().any(|folder| folder == "Sent") {
        return 0;
    }
    post.dovecot.doveadm(&["search", "-u", "desk", "mailbox", "Sent", "ALL"]).lines().count()
}

#[test]
fn where_the_server_allows_one_connection_two_folders_are_read_and_copies_filed_in_turn() {
    let post = Post::open_with(ONE_CONNECTION);
    let desk = desk_with_much_to_do_in(&post);
    assert!(desk.must(&["check"]).contains("copies go into the folder \"Sent\""), "{}", desk.must(&["check"]));
    post.dovecot.save(&news(1));
    post.dovecot.save_in("Answers", &news(2));
    desk.open_requests();
    desk.tick();
    assert_eq!(desk.mails().len(), 2);
    assert_eq!(copies(&post), letters_that_left(&desk));
    // Its letter comes to the plain account, and so to the same connection.
    assert!(desk.must(&["check", "--letter"]).contains("the office's own letter arrived"));
}

#[test]
fn where_the_server_allows_one_connection_a_daemon_that_listens_lets_a_copy_be_filed_and_goes_on_reading() {
    let post = Post::open_with(ONE_CONNECTION);
    let desk = desk_with_much_to_do_in(&post);
    let mut daemon = Daemon::start(&desk);
    daemon.tells("READY=1");
    until("the first pass", || desk.has_read_all().then_some(()));
    desk.open_requests();
    until("the copies", || (copies(&post) >= 2).then_some(()));
    for (number, folder) in (1..).zip(["INBOX", "Answers", "INBOX"]) {
        post.dovecot.save_in(folder, &news(number));
        // Seen by the next pass, which a person's command brings about.
        let reference = desk.reference_to("Ministry of Justice");
        desk.must(&["requests", "extend", &reference, &format!("2041-12-{}", 10 + number), "--reason", "a new minister"]);
        let read = || desk.mails().iter().filter(|mail| mail["subject"] == "news").count();
        until("the mail", || (read() == number as usize).then_some(()));
    }
    assert_eq!(desk.times(EventKind::PartFailing), 0, "nobody was locked out: {}", daemon.log());
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
}

#[test]
fn copies_that_could_not_be_filed_are_made_up_for_once_and_the_sent_folder_is_well_again_without_a_new_letter() {
    let post = Post::open();
    let desk = post.desk();
    desk.change("# sent_folder = \"Sent\" ", "sent_folder = \"Sent\" ");
    desk.open_requests();
    post.dovecot.doveadm(&["mailbox", "create", "-u", "desk", "Anything"]);
    let inbox = post.dovecot.doveadm(&["mailbox", "path", "-u", "desk", "INBOX"]);
    let in_the_way = std::path::Path::new(inbox.trim()).join(".Sent");
    std::fs::write(&in_the_way, "").unwrap();
    let now = Timestamp::now();
    let fails = || desk.failing_parts().contains(&HealthPart::SentFolder);
    desk.troubled_tick_at(now);
    let left = letters_that_left(&desk);
    assert!(left >= 2, "letters do not wait for their copies");
    assert!(fails());

    std::fs::remove_file(&in_the_way).unwrap();
    // One of them stands there after all: its server had not come to say so.
    let first = desk.written().remove(0);
    post.dovecot.doveadm(&["mailbox", "create", "-u", "desk", "Sent"]);
    post.dovecot.save_in("Sent", &String::from_utf8(desk.bytes_of(&first)).unwrap());
    for minutes in [10, 20, 400] {
        desk.tick_at(now + SignedDuration::from_mins(minutes));
        assert_eq!(copies(&post), letters_that_left(&desk), "each once, after {minutes} minutes");
        assert!(!fails());
    }
    assert_eq!(letters_that_left(&desk), left, "no letter had to leave for that");
    let found = post.dovecot.doveadm(&["search", "-u", "desk", "mailbox", "Sent", "HEADER", "Message-ID", &first.message_id]);
    assert_eq!(found.lines().count(), 1, "{found}");
}

#[test]
fn that_no_alarm_can_be_written_to_the_only_operator_is_said_by_check() {
    let desk = Desk::init();
    let said = || desk.must(&["check", "--offline"]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!said().contains("nobody is told of failures"), "{}", said());
    desk.change("address = \"staff@office.example\"", "address = \"dežurný@office.example\"");
    let told = "nobody is told of failures: \"dežurný@office.example\" is not ASCII, and no alarm can be written to it";
    assert!(said().contains(told), "{}", said());
}

#[test]
fn a_wrong_password_is_told_as_that_and_tried_once_in_a_pass() {
    let post = Post::open();
    let desk = post.desk();
    desk.open_requests();
    std::fs::write(desk.file("smtp-password"), "hunter3\n").unwrap();
    let checked = desk.run(&["check"]);
    assert_eq!(checked.code, Some(1), "{}", checked.out);
    let line = checked.out.lines().find(|line| line.starts_with("wrong")).unwrap();
    let place = desk.file("smtp-password").display().to_string();
    for told in ["sending: smtp:localhost", "log-in as desk was refused: 535", &place] {
        assert!(line.contains(told), "{told}: {}", checked.out);
    }
    assert!(!checked.out.contains("unreachable"), "{}", checked.out);
    let pass = desk.troubled_tick_at(Timestamp::now());
    assert!(pass["faults"].as_array().unwrap().iter().any(|fault| fault.as_str().unwrap().contains("was refused: 535")), "{pass}");
    assert_eq!(attempts(&desk.written()).count(), 1, "servers lock an account after a few");

    std::fs::write(desk.file("imap-password"), "hunter3\n").unwrap();
    let checked = desk.run(&["check"]);
    assert!(checked.out.contains("imap-password\n") && !checked.out.contains("unreachable"), "{}", checked.out);
    // A server that cannot prove its name is not told a password either.
    std::fs::write(desk.file("imap-password"), "hunter2\n").unwrap();
    let text = std::fs::read_to_string(desk.file("demarche.toml")).unwrap().replace("ca_file = \"our-ca.pem\"", "");
    std::fs::write(desk.file("demarche.toml"), text).unwrap();
    let checked = desk.run(&["check"]);
    assert_eq!(checked.out.lines().filter(|line| line.starts_with("wrong") && line.contains("certificate")).count(), 2, "{}", checked.out);
}

/// In an office that keeps the usual hours, on the days after `monday`.
fn office_with_hours() -> Desk {
    let desk = Desk::init();
    desk.change("from = \"00:00\"", "from = \"08:00\"");
    desk.change("to = \"23:59\"", "to = \"18:00\"");
    desk.change("every_day = true", "every_day = false");
    // A Monday on which the first reminder would leave.
    desk.change(
        "# holidays = { 2026-12-25 = \"Christmas Day\", 2026-12-26 = \"Boxing Day\" }",
        "holidays = [\"2041-04-22\", \"2041-04-23\"]",
    );
    desk.import("authorities", AUTHORITIES);
    desk.import("recommendations", RECOMMENDATIONS);
    desk
}

#[test]
fn the_forecast_names_the_days_on_which_letters_really_leave() {
    let desk = office_with_hours();
    // On a Saturday, when nothing leaves.
    desk.tick_at(days_on(-2));
    desk.must(&["requests", "open", "--new"]);
    let foreseen: BTreeSet<String> = desk
        .json(&["forecast", "--until", "2041-08-01"])
        .iter()
        .filter(|step| !step["to"].as_array().unwrap().is_empty())
        .map(|step| format!("{} {} {}", step["on"].as_str().unwrap(), step["reference"].as_str().unwrap(), step["step"].as_str().unwrap()))
        .collect();
    assert!(foreseen.len() > 5, "{foreseen:?}");
    for line in &foreseen {
        let day: jiff::civil::Date = line[..10].parse().unwrap();
        assert!(!matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday), "{line}");
    }
    for day in 0..150 {
        desk.tick_at(days_on(day));
    }
    let register = desk.register();
    let mut left = BTreeSet::new();
    for request in register.requests().unwrap() {
        for letter in register.letters_of(request.id).unwrap() {
            let name = letter.step.as_deref().unwrap_or(letter.role.name());
            for delivery in letter.deliveries.iter().filter(|delivery| delivery.state == DeliveryState::Accepted.name()) {
                let day = delivery.accepted_at.unwrap().to_zoned_datetime(TimeZone::UTC).date();
                left.insert(format!("{day} {} {name}", request.reference));
            }
        }
    }
    assert_eq!(foreseen, left);
}

#[test]
fn a_time_on_the_screen_says_in_which_zone_it_is_meant() {
    let desk = Desk::init();
    desk.change("time_zone = \"Etc/UTC\"", "time_zone = \"Europe/Prague\"");
    desk.open_requests();
    desk.tick_at(monday());
    let reference = desk.reference_to("Ministry of Justice");
    // Whatever zone the machine is set to.
    let shown = |zone: &str| {
        let output = desk.command(&["requests", "show", &reference]).env("TZ", zone).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(shown("Asia/Tokyo").contains("2041-03-04 11:00 CET"), "{}", shown("Asia/Tokyo"));
    assert_eq!(shown("Asia/Tokyo"), shown("America/Lima"));
    assert!(desk.must(&["status"]).contains(" CET"), "{}", desk.must(&["status"]));
}

#[test]
fn once_a_person_has_said_what_a_mail_is_nothing_asks_for_it_any_more() {
    let desk = Desk::with_requests();
    desk.tick_at(monday());
    let letter = desk.letters_to("alice@prisons.example").remove(0);
    desk.deliver(days_on(1), letter.answered_by("clerk@elsewhere.example", "The cells are aired for two hours a day."));
    desk.tick_at(days_on(1));
    let id = desk.mails()[0]["id"].to_string();
    let reference = desk.reference_to("Prison Service");
    let asks = |shown: &str| shown.contains("until a person says so");
    let shown = || desk.must(&["mail", "show", &id]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(asks(&shown()), "{}", shown());
    desk.must(&["mail", "link", &id, &reference]);
    assert!(!asks(&shown()), "{}", shown());
    desk.must(&["mail", "unlink", &id]);
    assert!(!asks(&shown()), "{}", shown());
    desk.must(&["mail", "link", &id, &reference]);
    desk.must(&["mail", "mark", &id, "acknowledgement"]);
    assert!(!asks(&shown()), "{}", shown());
}

#[test]
fn where_the_register_is_missing_what_really_brings_one_is_said() {
    let desk = Desk::init();
    std::fs::rename(desk.file("register.sqlite"), desk.file("elsewhere")).unwrap();
    for command in [["tick"].as_slice(), &["status"], &["requests", "list"]] {
        let ran = desk.run(command);
        assert!(ran.code != Some(0) && ran.err.contains("demarche restore FILE") && ran.err.contains("demarche init DIR"), "{}", ran.err);
    }
    // By the words.
    desk.must(&["init", "anew"]);
    std::fs::copy(desk.file("demarche.toml"), desk.file("anew/demarche.toml")).unwrap();
    desk.must(&["-C", "anew", "status"]);
    desk.must(&["-C", "anew", "tick"]);
}

#[test]
fn a_refused_log_in_is_tried_once_in_a_pass_however_many_folders_the_account_has() {
    let server = OddImap::start();
    let desk = Desk::init();
    reads(&desk, &server);
    desk.change(
        "tls = \"none\"\nuser = \"desk\"",
        "tls = \"none\"\nuser = \"desk\"\nfolders = [\"INBOX\", \"Archive\", \"Junk\", \"Legal\"]",
    );
    desk.change("# sent_folder = \"Sent\" ", "sent_folder = \"Sent\" ");
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    server.answer_oddly(move |command, _| {
        command.starts_with("LOGIN").then(|| {
            counted.fetch_add(1, Ordering::SeqCst);
            "{tag} NO [AUTHENTICATIONFAILED] Authentication failed.\r\n".to_owned()
        })
    });
    desk.open_requests();
    for pass in 1..=2 {
        let told = desk.troubled_tick_at(minutes_on(pass));
        let refused = told["faults"].as_array().unwrap().iter().filter(|fault| fault.to_string().contains("was refused")).count();
        assert_eq!(refused, 1, "one fault of the account: {told:#}");
        let is_unread = |known: &PartHealth| {
            known.part.name().starts_with("imap:") && known.fault.as_ref().is_some_and(|fault| fault.contains("was refused"))
        };
        let unread = desk.register().health().unwrap().iter().filter(|known| is_unread(known)).count();
        assert_eq!(unread, 4, "and each of its folders is known to be unread");
        assert_eq!(tries.load(Ordering::SeqCst), usize::try_from(pass).unwrap(), "servers lock an account after a few");
    }
    // Mended, all of them are read.
    server.answer_well();
    desk.tick_at(minutes_on(3));
}
