//! An office whose mail server is mad: what it says ends no process, hides no mail, and has nobody reminded whose answer lies there unread.

use serde_json::Value;

use crate::desk::{Desk, until};
use crate::folders::{days_on, minutes_on, monday};
use crate::post::Post;
use crate::support::odd_imap::OddImap;

/// Reads the server's INBOX in place of the folder.
pub fn reads(desk: &Desk, server: &OddImap) {
    desk.change("kind = \"maildir\"\npath = \"mail/in\"", &section(desk, server));
}

/// Reads the server's INBOX beside the folder, as the first of the two.
pub fn reads_first(desk: &Desk, server: &OddImap) {
    let folder = "kind = \"maildir\"\npath = \"mail/in\"";
    let section = section(desk, server);
    desk.change(folder, &format!("name = \"server\"\n{section}\n\n[[mailboxes]]\nname = \"folder\"\n{folder}"));
}

fn section(desk: &Desk, server: &OddImap) -> String {
    use std::os::unix::fs::OpenOptionsExt;
    let file = desk.file("imap-password");
    let mut options = std::fs::OpenOptions::new();
    std::io::Write::write_all(&mut options.write(true).create_new(true).mode(0o600).open(file).unwrap(), b"hunter2\n").unwrap();
    let port = server.port;
    format!("kind = \"imap\"\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nuser = \"desk\"\npassword_file = \"imap-password\"")
}

fn faults(pass: &Value) -> String {
    pass["faults"].to_string()
}

/// The line of the server's mailbox in `status`.
pub fn health(desk: &Desk) -> Value {
    let status = desk.json(&["status"]).remove(0);
    status["health"].as_array().unwrap().iter().find(|part| part["part"].as_str().unwrap().starts_with("imap:")).unwrap().clone()
}

fn subjects(desk: &Desk) -> Vec<String> {
    let mut subjects: Vec<String> = desk.mails().iter().map(|mail| mail["subject"].as_str().unwrap_or_default().to_owned()).collect();
    subjects.sort();
    subjects
}

pub fn letters_to_authorities(desk: &Desk) -> usize {
    desk.written_to_authorities().len()
}

const STRANGER: &str =
    "From: somebody@elsewhere.example\r\nSubject: first\r\nMessage-ID: <1@elsewhere.example>\r\n\r\nconfidential words\r\n";

/// The two authorities asked, and the reply of one of them, which nobody has delivered yet.
fn asked(server: &OddImap) -> (Desk, String) {
    let desk = Desk::with_requests();
    reads(&desk, server);
    desk.tick_at(monday());
    let letter = desk.letters_to("alice@prisons.example").remove(0);
    (desk, letter.answered_by("alice@prisons.example", "Cells are aired for two hours."))
}

#[test]
fn an_answer_that_the_parser_cannot_bear_ends_no_process_and_hides_no_mail() {
    let server = OddImap::start();
    let desk = Desk::init();
    reads_first(&desk, &server);
    server.deliver(STRANGER);
    for date in ["NIL", "\"31-Feb-2026 25:61:00 +9999\"", "(((NIL)))", "18446744073709551616"] {
        server.deliver(STRANGER.replace("first", date).replace("<1@", &format!("<{}@", date.len())));
    }
    server.answer_oddly(|command, state| {
        let dates = ["NIL", "NIL", "\"31-Feb-2026 25:61:00 +9999\"", "(((NIL)))", "18446744073709551616"];
        let size = |(at, (uid, mail)): (usize, &(u32, String))| {
            format!("* {} FETCH (UID {uid} RFC822.SIZE {} INTERNALDATE {} FLAGS (\\Odd[ NIL \u{e9}))\r\n", at + 1, mail.len(), dates[at])
        };
        command.contains("RFC822.SIZE").then(|| state.mails.iter().enumerate().map(size).collect::<String>() + "{tag} OK done\r\n")
    });
    desk.deliver(monday(), STRANGER.replace("first", "in the folder").replace("<1@", "<2041@"));
    let ran = desk.run(&["tick", "--json", "--at", &monday().to_string()]);
    assert_eq!(ran.code, Some(4), "told as a fault, and the process ends as it should: {}", ran.err);
    assert!(!ran.err.contains("panicked") && !ran.err.contains("confidential"), "{}", ran.err);
    let pass: Value = serde_json::from_str(&ran.out).unwrap();
    assert!(faults(&pass).contains("in a way that cannot be read"), "{pass:#}");
    assert_eq!(desk.mails().len(), 6, "{:?}", subjects(&desk));
    server.answer_well();
    desk.tick_at(minutes_on(5));
    assert!(health(&desk)["failing_since"].is_null());
    desk.is_sound();
}

#[test]
fn a_mail_that_the_server_refuses_for_a_while_is_read_later_and_nobody_is_reminded_meanwhile() {
    let server = OddImap::start();
    let (desk, reply) = asked(&server);
    server.deliver(STRANGER);
    let uid = server.deliver(reply);
    server.answer_oddly(move |command, _| {
        let wants_it = command.contains("BODY") && (command.contains(&format!("{uid} ")) || command.contains(':'));
        wants_it.then(|| "{tag} NO [SERVERBUG] internal error\r\n".to_owned())
    });
    // The first reminder falls due meanwhile.
    let pass = desk.troubled_tick_at(days_on(49));
    assert!(faults(&pass).contains("a mail could not be fetched since 2041-04-22T10:00:00Z"), "{pass:#}");
    assert_eq!(
        (subjects(&desk), letters_to_authorities(&desk)),
        (vec!["first".to_owned()], 2),
        "the other mail is read, and no reminder is written"
    );
    let told = health(&desk);
    assert!(told["fault"].as_str().unwrap().contains("internal error"), "{told:#}");
    desk.troubled_tick_at(days_on(50));
    assert_eq!(letters_to_authorities(&desk), 2);
    server.answer_well();
    desk.tick_at(days_on(51));
    assert_eq!(desk.request_to("Prison Service")["state"], "completed");
    assert!(health(&desk)["failing_since"].is_null());
    let register = desk.register();
    let mailboxes = register.contents().mailboxes().unwrap();
    assert!(!mailboxes.is_empty() && mailboxes.iter().all(|mailbox| register.unfetched(&mailbox.name).unwrap().is_empty()));
    desk.is_sound();
}

#[test]
fn a_mail_that_is_never_given_out_is_a_persons_after_three_days_and_reminders_go_on() {
    let server = OddImap::start();
    let (desk, reply) = asked(&server);
    let uid = server.deliver(reply);
    // Each of these was the last that was ever heard of the mail.
    for (day, odd) in [
        (49, "{tag} NO [SERVERBUG] internal error\r\n".to_owned()),
        (50, format!("* 1 FETCH (UID {uid} BODY[]<0> NIL)\r\n{{tag}} OK done\r\n")),
        (50, "* 1 FETCH (BODY[]<0> {5}\r\nwords)\r\n{tag} OK done\r\n".to_owned()),
        (51, format!("* 1 FETCH (UID {uid} BODY[]<0> {{5}}\r\nwords FLAGS ()) and more\r\n{{tag}} OK done\r\n")),
        (51, "{tag} OK done\r\n".to_owned()),
    ] {
        server.answer_oddly(move |command, _| command.contains("BODY").then(|| odd.clone()));
        desk.troubled_tick_at(days_on(day));
        assert_eq!((desk.mails().len(), letters_to_authorities(&desk)), (0, 2));
    }
    desk.tick_at(days_on(52));
    assert_eq!(subjects(&desk), ["Something in the mailbox could not be read"]);
    assert!(letters_to_authorities(&desk) > 2, "reminders leave");
    // It is asked for once a day for all that.
    server.answer_well();
    desk.tick_at(days_on(53));
    assert_eq!(desk.request_to("Prison Service")["state"], "completed");
    desk.is_sound();
}

#[test]
fn a_mail_that_left_the_mailbox_before_it_was_read_is_told_and_letters_rest_until_somebody_has_looked() {
    let server = OddImap::start();
    for _ in 0..3 {
        // What was deleted before the very first reading is no gap.
        let uid = server.deliver(STRANGER);
        server.take_away(uid);
    }
    let (desk, reply) = asked(&server);
    assert_eq!(desk.mails().len(), 0);
    desk.tick_at(minutes_on(5));
    let uid = server.deliver(reply);
    server.take_away(uid);
    let pass = desk.troubled_tick_at(days_on(49));
    assert!(faults(&pass).contains("1 mail left this mailbox before it was read"), "{pass:#}");
    assert_eq!((subjects(&desk), letters_to_authorities(&desk)), (vec!["Mail left the mailbox before it was read".to_owned()], 2));
    let digest = desk.letters_to("staff@office.example").pop().unwrap().raw;
    assert!(digest.contains("Mail left the mailbox before it was read") && !digest.contains("no directory"), "{digest}");
    let note = desk.mails().remove(0);
    assert_eq!(note["standing"], "unlinked", "{note:#}");
    // It is told once, and rests.
    desk.troubled_tick_at(days_on(50));
    assert_eq!((desk.mails().len(), letters_to_authorities(&desk)), (1, 2));
    assert!(health(&desk)["fault"].as_str().unwrap().contains("Nobody is reminded until"));
    desk.must(&["mail", "mark", &note["id"].to_string(), "ignore"]);
    desk.tick_at(days_on(51));
    assert!(letters_to_authorities(&desk) > 2, "somebody has looked, and letters leave");
    // Where it is a habit of the house it is told, and nothing rests.
    let uid = server.deliver(STRANGER);
    server.take_away(uid);
    let pass = desk.troubled_tick_at(days_on(60));
    assert!(faults(&pass).contains("1 mail left this mailbox"), "{pass:#}");
    desk.tick_at(days_on(61));
    assert!(health(&desk)["failing_since"].is_null());
    desk.is_sound();
}

#[test]
fn what_this_program_has_moved_away_itself_is_no_gap() {
    let server = OddImap::start();
    let desk = Desk::init();
    reads(&desk, &server);
    desk.tick_at(monday());
    let uid = server.deliver(STRANGER);
    desk.tick_at(minutes_on(5));
    server.take_away(uid);
    desk.tick_at(minutes_on(10));
    assert_eq!(subjects(&desk), ["first"]);
    desk.is_sound();
}

#[test]
fn a_silent_server_keeps_no_other_mailbox_from_being_read() {
    let server = OddImap::start();
    server.answer_oddly(|command, _| command.starts_with("LOGIN").then(String::new));
    let desk = Desk::init();
    reads_first(&desk, &server);
    desk.deliver(monday(), STRANGER);
    let mut pass = desk.command(&["tick"]).stderr(std::process::Stdio::null()).stdout(std::process::Stdio::null()).spawn().unwrap();
    until("the mail in the folder", || (desk.stored().len() == 1).then_some(()));
    assert!(desk.failing_parts().is_empty() && pass.try_wait().unwrap().is_none(), "meanwhile the server's answer is still waited for");
    pass.kill().unwrap();
    pass.wait().unwrap();
}

#[test]
fn a_mailbox_whose_search_names_nothing_is_not_taken_for_empty() {
    for spoilt in ["", "* SEARCH\r\n", "* SEARCH 1 2 what\r\n", "* ESEARCH (TAG \"{tag}\") UID ALL 1:2\r\n", "* SEARCH 99999999999\r\n"] {
        let server = OddImap::start();
        let (desk, reply) = asked(&server);
        server.deliver(reply);
        server.answer_oddly(move |command, _| command.starts_with("UID SEARCH").then(|| format!("{spoilt}{{tag}} OK done\r\n")));
        desk.tick_at(days_on(49));
        assert_eq!(desk.request_to("Prison Service")["state"], "completed", "{spoilt:?}: each mail was asked for by its number");
        // And where that brings nothing either, the mailbox was not read.
        server.deliver(STRANGER);
        server.answer_oddly(move |command, _| {
            (command.starts_with("UID SEARCH") || command.starts_with("UID FETCH")).then(|| "{tag} OK done\r\n".to_owned())
        });
        let pass = desk.troubled_tick_at(days_on(57));
        assert!(faults(&pass).contains("EXISTS 2) and names none"), "{pass:#}");
        assert_eq!(letters_to_authorities(&desk), 3, "the ministry was reminded on day 49 and is not now");
    }
}

#[test]
fn the_junk_folder_is_named_by_check_and_its_mail_is_read_as_perhaps_spam() {
    let post = Post::open();
    let desk = post.desk();
    post.dovecot.doveadm(&["mailbox", "create", "-u", "desk", "Junk"]);
    let findings = desk.json(&["check"]).remove(0).to_string();
    assert!(findings.contains("the Junk folder \\\"Junk\\\" is not read") && findings.contains("folders = [\\\"INBOX\\\", \\\"Junk\\\"]"));
    desk.change(
        "user = \"desk\"\npassword_file = \"imap-password\"",
        "user = \"desk\"\npassword_file = \"imap-password\"\nfolders = [\"INBOX\", \"Junk\"]",
    );
    assert!(desk.json(&["check"]).remove(0).to_string().contains("is read as perhaps spam"));
    let mail = |number: u32| STRANGER.replace("<1@", &format!("<{number}@")).replace("first", &number.to_string()).replace("\r\n", "\n");
    // One to the INBOX, one to the Junk folder, and one that came to both.
    for (number, folders) in [(1, vec!["INBOX"]), (2, vec!["Junk"]), (3, vec!["INBOX", "Junk"])] {
        for folder in folders {
            post.dovecot.save_in(folder, &mail(number));
        }
    }
    desk.tick();
    let workspace = demarche::config::load(&desk.file("demarche.toml")).unwrap();
    let reader = demarche::register::Reader::open(&desk.file("register.sqlite"), std::sync::Arc::new(workspace.rules)).unwrap();
    let mut spam: Vec<(String, bool)> = desk
        .mails()
        .iter()
        .map(|mail| {
            let id = demarche::domain::identity::MailId(mail["id"].as_i64().unwrap());
            (mail["subject"].as_str().unwrap().to_owned(), reader.perhaps_spam(id).unwrap())
        })
        .collect();
    spam.sort();
    let expected = [("1", false), ("2", true), ("3", false)];
    assert_eq!(spam, expected.map(|(subject, is_spam)| (subject.to_owned(), is_spam)));
}
