//! Mail that somebody, or a rule of the mail server, moved out of the folder before the daemon came to read it: it is looked for, against a real
//! Dovecot and in real time.

use std::sync::Arc;

use demarche::domain::identity::MailId;
use demarche::register::KeptLoss;
use serde_json::Value;

use crate::beside::adopt_requests_due;
use crate::desk::{AUTHORITIES, Desk};
use crate::support::dovecot::Dovecot;

/// An office that reads this account, and has read it.
fn reading(dovecot: &Dovecot, folders: &str) -> Desk {
    let desk = Desk::in_real_time();
    std::fs::copy(dovecot.ca_file(), desk.file("our-ca.pem")).unwrap();
    std::fs::write(desk.file("imap-password"), "hunter2\n").unwrap();
    std::fs::set_permissions(desk.file("imap-password"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    desk.change(
        "kind = \"maildir\"\npath = \"mail/in\"",
        &format!(
            "kind = \"imap\"\nhost = \"localhost\"\nport = {}\nuser = \"desk\"\npassword_file = \"imap-password\"\nca_file = \"our-ca.pem\"{folders}",
            dovecot.imaps
        ),
    );
    desk.import("authorities", AUTHORITIES);
    desk.tick();
    desk
}

fn answer(number: u32) -> String {
    format!(
        "From: alice@prisons.example\nTo: desk@office.example\nSubject: Re: Airing\nMessage-ID: <re-{number}@prisons.example>\n\
         In-Reply-To: <hand-1@office.example>\n\nCells are aired for two hours.\n"
    )
}

fn news(number: u32) -> String {
    format!("From: somebody@elsewhere.example\nSubject: news {number}\nMessage-ID: <{number}@elsewhere.example>\n\nNews.\n")
}

/// Somebody moves what came last.
fn moves_to(dovecot: &Dovecot, folder: &str) {
    dovecot.doveadm(&["move", "-u", "desk", folder, "mailbox", "INBOX", "1:*"]);
}

fn troubled_tick(desk: &Desk) -> Value {
    let ran = desk.run(&["tick", "--json"]);
    assert_eq!(ran.code, Some(4), "{}{}", ran.out, ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

fn subjects(desk: &Desk) -> Vec<String> {
    let mut subjects: Vec<String> = desk.mails().iter().map(|mail| mail["subject"].as_str().unwrap_or_default().to_owned()).collect();
    subjects.sort();
    subjects
}

const NOTE: &str = "Mail left the mailbox before it was read";

fn losses(desk: &Desk) -> Vec<KeptLoss> {
    desk.register().contents().losses().unwrap()
}

/// The text of the note in the holding queue.
fn note(desk: &Desk) -> String {
    let note = desk.stored().into_iter().find(|mail| mail.subject.as_deref() == Some(NOTE)).unwrap();
    String::from_utf8(desk.register().mail_bytes(note.id).unwrap()).unwrap()
}

#[test]
fn an_answer_moved_to_the_archive_before_it_was_read_is_found_and_its_request_is_not_reminded() {
    let dovecot = Dovecot::start();
    dovecot.doveadm(&["mailbox", "create", "-u", "desk", "Archive/2026", "Sent"]);
    // Long known, or long there.
    dovecot.save(&news(1));
    dovecot.save_in("Archive/2026", &news(2));
    dovecot.age("Archive/2026");
    let desk = reading(&dovecot, "");
    moves_to(&dovecot, "Archive/2026");
    dovecot.save(&answer(1));
    moves_to(&dovecot, "Archive/2026");
    adopt_requests_due(&desk);
    let pass = desk.tick();
    assert_eq!(desk.request_to("Prison Service")["state"], "completed", "{pass:#}");
    assert_eq!(
        desk.letters().iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(),
        ["bob@justice.example"],
        "the other one is reminded"
    );
    assert_eq!(subjects(&desk), ["Re: Airing", "news 1"], "no note, and nothing that is none of the gap");
    let answer = desk.mails().into_iter().find(|mail| mail["subject"].as_str().is_some_and(|subject| subject.starts_with("Re"))).unwrap();
    assert!(answer["source"].as_str().unwrap().contains("/Archive/2026;"), "{answer:#}");
    assert_eq!(
        dovecot.doveadm(&["search", "-u", "desk", "mailbox", "Archive/2026", "SEEN"]).lines().count(),
        1,
        "the one that was read before"
    );
    assert!(desk.events().contains(&"mail that left unread found".to_owned()));
    // And nothing of it is told again.
    desk.tick();
    assert_eq!(subjects(&desk).len(), 2);
    desk.is_sound();
}

#[test]
fn a_mail_that_was_deleted_outright_is_told_with_where_it_was_looked_for_and_letters_rest() {
    let dovecot = Dovecot::start();
    dovecot.doveadm(&["mailbox", "create", "-u", "desk", "Archive", "Trash", "Sent", "Drafts"]);
    let desk = reading(&dovecot, "");
    dovecot.save(&answer(1));
    dovecot.doveadm(&["expunge", "-u", "desk", "mailbox", "INBOX", "1:*"]);
    // What people of the office write is nobody's answer.
    dovecot.save_in("Sent", &news(3));
    dovecot.save_in("Drafts", &news(4));
    adopt_requests_due(&desk);
    let pass = troubled_tick(&desk);
    let faults = pass["faults"].to_string();
    assert!(faults.contains("1 mail left this mailbox before it was read"), "{faults}");
    assert!(
        faults.contains("Looked for in 2 other folders: \\\\\\\"Archive\\\\\\\", \\\\\\\"Trash\\\\\\\".")
            || faults.contains("Looked for in 2 other folders"),
        "{faults}"
    );
    assert_eq!((subjects(&desk), desk.letters().len()), (vec![NOTE.to_owned()], 0), "{pass:#}");
    let said = note(&desk);
    assert!(said.contains("Looked for in 2 other folders: \"Archive\", \"Trash\"."), "{said}");
    let health = desk.must(&["status"]);
    assert!(health.contains("Nobody is reminded until"), "{health}");
    troubled_tick(&desk);
    assert_eq!((subjects(&desk).len(), desk.letters().len()), (1, 0), "told once");
    let note = desk.mails()[0]["id"].to_string();
    desk.must(&["mail", "mark", &note, "ignore"]);
    desk.tick();
    assert_eq!(desk.letters().len(), 2, "somebody has looked");
    desk.is_sound();
}

#[test]
fn what_was_moved_to_junk_is_read_as_perhaps_spam() {
    let dovecot = Dovecot::start();
    dovecot.doveadm(&["mailbox", "create", "-u", "desk", "Junk"]);
    let desk = reading(&dovecot, "");
    dovecot.save(&answer(1));
    moves_to(&dovecot, "Junk");
    adopt_requests_due(&desk);
    desk.tick();
    let mail = desk.mails().remove(0);
    let workspace = demarche::config::load(&desk.file("demarche.toml")).unwrap();
    let reader = demarche::register::Reader::open(&desk.file("register.sqlite"), Arc::new(workspace.rules)).unwrap();
    assert!(reader.perhaps_spam(MailId(mail["id"].as_i64().unwrap())).unwrap(), "{mail:#}");
    assert_ne!(mail["standing"], "set_aside", "{mail:#}");
    assert!(desk.letters_to("alice@prisons.example").is_empty(), "it may be the answer");
    desk.is_sound();
}

#[test]
fn what_was_moved_to_a_folder_that_is_read_as_well_is_no_gap() {
    let dovecot = Dovecot::start();
    dovecot.doveadm(&["mailbox", "create", "-u", "desk", "Answers"]);
    let desk = reading(&dovecot, "\nfolders = [\"INBOX\", \"Answers\"]");
    for number in 1..=3 {
        dovecot.save(&news(number));
    }
    moves_to(&dovecot, "Answers");
    desk.tick();
    assert_eq!(subjects(&desk), ["news 1", "news 2", "news 3"]);
    assert!(losses(&desk).iter().all(|loss| loss.rests_until.is_none()));
    desk.tick();
    desk.is_sound();
}

#[test]
fn in_an_account_of_hundreds_of_folders_a_search_is_bounded_and_takes_in_no_more_than_can_be_missing() {
    let dovecot = Dovecot::start();
    let folders: Vec<String> = (0..230).map(|number| format!("Matter {number:03}")).collect();
    let mut create = vec!["mailbox", "create", "-u", "desk"];
    create.extend(folders.iter().map(String::as_str));
    dovecot.doveadm(&create);
    let desk = reading(&dovecot, "");
    // A colleague files other mail of hers meanwhile.
    for number in 0..12 {
        dovecot.save_in("Matter 007", &news(number));
    }
    for number in 1..=2 {
        dovecot.save(&answer(number));
    }
    dovecot.doveadm(&["expunge", "-u", "desk", "mailbox", "INBOX", "1:*"]);
    let begun = std::time::Instant::now();
    desk.run(&["tick"]);
    assert!(begun.elapsed() < std::time::Duration::from_secs(120), "{:?}", begun.elapsed());
    let taken = subjects(&desk).iter().filter(|subject| subject.starts_with("news")).count();
    assert_eq!(taken, 5, "two and a few beside, of the twelve");
    let looked = losses(&desk).remove(0).looked;
    assert!(looked.contains("200 other folders") && looked.contains("30 more were not looked into"), "{looked}");
    desk.is_sound();
}

#[test]
fn a_search_that_breaks_off_is_made_again_and_nobody_is_reminded_meanwhile() {
    let server = crate::support::odd_imap::OddImap::start();
    let desk = Desk::in_real_time();
    desk.import("authorities", AUTHORITIES);
    crate::odd_servers::reads(&desk, &server);
    desk.tick();
    let uid = server.deliver("From: alice@prisons.example\r\nMessage-ID: <1@prisons.example>\r\n\r\nDone.\r\n");
    server.take_away(uid);
    server.answer_oddly(|command, _| command.starts_with("LIST").then(|| "{tag} BAD what\r\n".to_owned()));
    adopt_requests_due(&desk);
    let pass = troubled_tick(&desk);
    assert!(pass["faults"].to_string().contains("still to be looked through"), "{pass:#}");
    assert_eq!((desk.mails().len(), desk.letters().len()), (0, 0));
    server.answer_well();
    let pass = troubled_tick(&desk);
    assert!(pass["faults"].to_string().contains("No other folder of the account could be looked into"), "{pass:#}");
    assert_eq!((subjects(&desk), desk.letters().len()), (vec![NOTE.to_owned()], 0));
    desk.is_sound();
}
