//! The register's file and everything that belongs to it: emptied, replaced, held, with the wrong secret, or full.

// Long because each thing that can befall the file is one story of some lines.

use std::fs;
use std::process::Stdio;

use demarche::domain::delivery::DeliveryState;
use demarche::domain::letter::LetterRole;
use demarche::register::{Reader, Register};
use jiff::{SignedDuration, Timestamp};
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process};

use crate::daemon::Daemon;
use crate::desk::{Desk, PATIENCE, attempts, in_state, until};
use crate::post::Post;
use crate::stops::{Careful, DOT};
use crate::support::rules::rules;
use crate::support::sqlite;

/// With one letter to send, in real time.
fn one_letter() -> Desk {
    let desk = Desk::in_real_time();
    open_one(&desk);
    desk
}

fn open_one(desk: &Desk) {
    desk.import("authorities", "name,email\nPrison Service,alice@prisons.example\n");
    desk.import("recommendations", "reference,addressees,text,made_on\n1,Prison Service,Air.,2041-03-01\n");
    desk.must(&["requests", "open", "--new"]);
}

fn refused(desk: &Desk, arguments: &[&str], words: &str) {
    let ran = desk.run(arguments);
    assert_eq!(ran.code, Some(1), "{arguments:?}: {}{}", ran.out, ran.err);
    assert!(ran.err.contains(words), "{arguments:?}: {}", ran.err);
}

#[test]
fn an_emptied_register_is_refused_and_not_filled() {
    let desk = Desk::with_requests();
    fs::write(desk.file("register.sqlite"), "").unwrap();
    for arguments in
        [&["run"][..], &["tick"], &["status"], &["requests", "open", "--new"], &["import", "authorities", "table.csv"], &["verify"]]
    {
        refused(&desk, arguments, "is empty");
    }
    assert_eq!(fs::metadata(desk.file("register.sqlite")).unwrap().len(), 0);
    // An empty database of SQLite is no register either.
    sqlite::make_empty_database(&desk.register_file());
    if fs::metadata(desk.file("register.sqlite")).unwrap().len() > 0 {
        refused(&desk, &["tick"], "no register of demarche");
    }
}

#[test]
fn a_register_deleted_or_replaced_under_the_daemon_ends_it_with_what_to_do() {
    for (replaced, words) in [(true, "was replaced by another file"), (false, "is gone")] {
        let desk = one_letter();
        desk.must(&["backup", "kept.sqlite"]);
        let mut daemon = Daemon::start(&desk);
        daemon.tells("READY=1");
        until("the letter", || (desk.letters().len() == 1).then_some(()));
        if replaced {
            fs::rename(desk.file("kept.sqlite"), desk.file("register.sqlite")).unwrap();
        } else {
            fs::remove_file(desk.file("register.sqlite")).unwrap();
        }
        assert_eq!(daemon.ended().code(), Some(1), "{}", daemon.log());
        assert!(daemon.log().contains(words) && daemon.log().contains("nothing more is done"), "{}", daemon.log());
    }
}

#[test]
fn from_the_first_request_on_another_secret_is_refused() {
    let desk = Desk::in_real_time();
    let other = Desk::init();
    // Nothing has left under it yet.
    fs::copy(other.file("secret"), desk.file("secret")).unwrap();
    open_one(&desk);
    let ours = fs::read_to_string(desk.file("secret")).unwrap();
    fs::write(desk.file("secret"), fs::read_to_string(Desk::init().file("secret")).unwrap()).unwrap();
    for arguments in [&["run"][..], &["tick"], &["requests", "open", "--new"]] {
        refused(&desk, arguments, "left under another secret");
    }
    assert!(desk.run(&["check"]).out.contains("left under another secret"));
    fs::write(desk.file("secret"), &ours).unwrap();
    desk.tick();
    assert_eq!(desk.letters().len(), 1);
    // Put back from a copy made before the first request: it is told again whose it is.
    fs::write(desk.file("secret"), ours.lines().next().unwrap()).unwrap();
    desk.tick();
    assert_eq!(fs::read_to_string(desk.file("secret")).unwrap(), ours);
}

#[test]
fn a_second_register_under_the_secret_of_another_is_refused() {
    let desk = one_letter();
    let anew = Desk::init();
    fs::copy(desk.file("secret"), anew.file("secret")).unwrap();
    for arguments in [&["tick"][..], &["requests", "open", "--new"], &["run"]] {
        refused(&anew, arguments, "the letters of another register");
    }
    // The same in the folder of the first, whose register was lost.
    fs::copy(Desk::init().file("register.sqlite"), desk.file("register.sqlite")).unwrap();
    refused(&desk, &["tick"], "demarche init DIR");
    let twice = format!("{}register {}\n", fs::read_to_string(anew.file("secret")).unwrap(), "0".repeat(32));
    fs::write(anew.file("secret"), twice).unwrap();
    let ran = anew.run(&["tick"]);
    assert!(ran.code == Some(3) && ran.err.contains("names two registers"), "{:?} {}", ran.code, ran.err);
}

#[test]
fn a_daemon_in_another_container_holds_the_lease_by_the_lock_and_one_of_another_start_for_minutes_by_its_name() {
    let desk = one_letter();
    let lock = fs::File::options().write(true).create(true).truncate(false).open(desk.file("register.sqlite-lock")).unwrap();
    flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
    let at_work = |words: &str| {
        let ran = desk.run(&["tick"]);
        assert_eq!(ran.code, Some(4), "{}", ran.err);
        assert!(ran.err.contains("another demarche") && ran.err.contains(words), "{}", ran.err);
    };
    at_work("works on this register");
    drop(lock);
    let last_seen = |seconds: i64| {
        let mut register = Register::open(&desk.register_file(), rules()).unwrap();
        let at = Timestamp::now() - SignedDuration::from_secs(seconds);
        register.take_lease("process 1 on npm, boot 0, 0", SignedDuration::ZERO, |_| true, at).unwrap();
    };
    last_seen(10);
    at_work("process 1 on npm");
    last_seen(200);
    desk.tick();
    assert_eq!(desk.letters().len(), 1);
}

#[test]
fn what_a_server_said_and_could_not_be_recorded_is_tried_again_and_at_the_latest_recorded_at_the_next_start() {
    for mended_in_time in [true, false] {
        let desk = one_letter();
        let server = Careful::waiting_at(DOT);
        server.lay(&desk);
        let mut child = desk.command(&["tick"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        server.heard.recv_timeout(PATIENCE).unwrap();
        sqlite::fail_to_record_attempts(&desk.register_file());
        server.go_on.send(()).unwrap();
        if mended_in_time {
            until("it is kept", || {
                fs::read_to_string(desk.file("register.sqlite-heard")).is_ok_and(|kept| kept.contains("Accepted")).then_some(())
            });
            sqlite::record_attempts_again(&desk.register_file());
        }
        let status = until("the end", || {
            // A digest, if one is due.
            if server.heard.try_recv().is_ok() {
                server.go_on.send(()).unwrap();
            }
            child.try_wait().unwrap()
        });
        assert_eq!(status.code(), Some(if mended_in_time { 0 } else { 1 }));
        if !mended_in_time {
            sqlite::record_attempts_again(&desk.register_file());
        }
        server.take_away(&desk);
        desk.tick();
        assert_eq!(in_state(&desk.written_as(LetterRole::Request), DeliveryState::Accepted), 1);
        assert_eq!(desk.letters().len(), 0, "it is not sent again");
        assert_eq!(fs::read_to_string(desk.file("register.sqlite-heard")).unwrap().trim(), "");
        desk.is_sound();
    }
}

#[test]
fn a_stop_while_somebody_holds_the_register_loses_no_word_of_a_server() {
    let desk = one_letter();
    let server = Careful::waiting_at(DOT);
    server.lay(&desk);
    let mut daemon = Daemon::start(&desk);
    server.heard.recv_timeout(PATIENCE).unwrap();
    {
        let _held = sqlite::hold_for_writing(&desk.register_file());
        kill_process(Pid::from_child(&daemon.child), Signal::TERM).unwrap();
        server.go_on.send(()).unwrap();
        assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
    }
    assert_eq!(in_state(&desk.written(), DeliveryState::Attempting), 1);
    server.take_away(&desk);
    desk.tick();
    assert_eq!(in_state(&desk.written_as(LetterRole::Request), DeliveryState::Accepted), 1, "its word was kept");
    assert_eq!(desk.letters().len(), 0);
    desk.is_sound();
}

#[test]
fn a_restored_register_sends_nothing_again_before_it_was_compared() {
    let post = Post::open();
    let desk = post.desk();
    desk.change("# sent_folder = \"Sent\" ", "sent_folder = \"Sent\" ");
    desk.open_requests();
    desk.must(&["backup", "kept.sqlite"]);
    desk.tick();
    post.arrived("alice", 1);
    post.arrived("bob", 1);
    // The disk fails, and last night's copy is put in its place.
    fs::rename(desk.file("kept.sqlite"), desk.file("register.sqlite")).unwrap();
    let ran = desk.run(&["tick"]);
    assert!(ran.code == Some(4) && ran.out.contains("demarche resume"), "{}{}", ran.out, ran.err);
    assert_eq!(attempts(&desk.written_to_authorities()).count(), 0);
    assert!(desk.must(&["resume"]).contains("2 letters had left already; 0 leave"));
    assert!(desk.must(&["resume"]).contains("not behind"));
    desk.tick();
    assert_eq!((post.found("alice", &["ALL"]), post.found("bob", &["ALL"])), (1, 1), "nothing left twice");
    assert!(desk.requests().iter().all(|request| request["delivery"] == "accepted"));
    desk.is_sound();
}

#[test]
fn where_there_is_no_sent_folder_a_person_decides_what_a_restored_register_sends() {
    let desk = one_letter();
    desk.must(&["backup", "kept.sqlite"]);
    desk.tick();
    for file in fs::read_dir(desk.file("mail/out/new")).unwrap() {
        // The mail system has taken it.
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    fs::rename(desk.file("kept.sqlite"), desk.file("register.sqlite")).unwrap();
    assert_eq!(desk.run(&["tick"]).code, Some(4));
    refused(&desk, &["resume"], "--anyway");
    assert_eq!(desk.letters().len(), 0);
    desk.must(&["resume", "--anyway"]);
    desk.tick();
    assert_eq!(desk.letters().len(), 1);
}

#[test]
fn while_a_mailbox_cannot_be_read_resume_lets_nothing_leave_and_says_what_somebody_has_to_mend() {
    let desk = one_letter();
    desk.must(&["backup", "kept.sqlite"]);
    desk.must(&["restore", "kept.sqlite"]);
    fs::rename(desk.file("mail/in"), desk.file("mail/elsewhere")).unwrap();
    let ran = desk.run(&["resume", "--anyway"]);
    assert!(ran.code == Some(1) && ran.err.contains("the mailboxes must be read first"), "{:?} {}", ran.code, ran.err);
    assert!(ran.err.contains("check the path"), "{}", ran.err);
    assert_eq!(desk.run(&["tick"]).code, Some(4));
    assert_eq!(desk.letters().len(), 0);
    fs::rename(desk.file("mail/elsewhere"), desk.file("mail/in")).unwrap();
    desk.must(&["resume", "--anyway"]);
    desk.tick();
    assert_eq!(desk.letters().len(), 1);
}

#[test]
fn a_reminder_that_left_after_the_back_up_is_recorded_and_its_message_id_is_never_given_again() {
    let post = Post::open();
    let desk = post.desk();
    desk.change("# sent_folder = \"Sent\" ", "sent_folder = \"Sent\" ");
    desk.open_requests();
    desk.tick();
    post.arrived("alice", 1);
    desk.must(&["backup", "kept.sqlite"]);
    // In the lost time the office begins to remind at once, and to acknowledge.
    let config = fs::read_to_string(desk.file("demarche.toml")).unwrap();
    let step = |name: &str, days: i32| {
        format!(
            "[[ladders.ordinary.steps]]\nname = \"{name}\"\nfrom = \"sending\"\ndays = {days}\ntemplate = \"reminder\"\nat_any_time = true\n"
        )
    };
    let ladder = format!("{config}\n[ladders.ordinary]\nminimum_gap_days = 0\n\n{}\n{}", step("first", 0), step("second", 30));
    fs::write(desk.file("demarche.toml"), ladder).unwrap();
    desk.tick();
    post.arrived("alice", 2);
    post.arrived("bob", 2);
    let lost: Vec<String> = post.inbox_of("alice", 2).iter().map(|letter| letter["message-id"].as_str().unwrap().to_owned()).collect();
    desk.must(&["restore", "kept.sqlite"]);
    let told = desk.must(&["resume"]).split_whitespace().collect::<Vec<_>>().join(" ");
    let reference = desk.reference_to("Prison Service");
    assert!(
        told.contains("are recorded now") && told.contains(&reference) && told.contains("2 letters had left already; 0 leave"),
        "{told}"
    );
    desk.tick();
    assert_eq!((post.found("alice", &["ALL"]), post.found("bob", &["ALL"])), (2, 2), "nobody is reminded twice");
    let letters = desk.shown(&reference)["letters"].clone();
    assert_eq!(
        (&letters[1]["kind"], &letters[1]["step"], &letters[1]["deliveries"][0]["state"]),
        (&"reminder".into(), &"first".into(), &"accepted".into()),
        "{letters:#}"
    );
    assert_eq!(letters[1]["deliveries"][0]["recipient"], letters[0]["deliveries"][0]["recipient"]);
    // The next one is no copy of any that the lost register has written, whether it can be seen or not.
    let config = fs::read_to_string(desk.file("demarche.toml")).unwrap();
    fs::write(desk.file("demarche.toml"), format!("{config}\n{}", step("third", 0))).unwrap();
    desk.tick();
    post.arrived("alice", 3);
    let next = post.inbox_of("alice", 3).pop().unwrap()["message-id"].as_str().unwrap().to_owned();
    assert!(!lost.contains(&next) && next != lost[1].replacen(".2.", ".3.", 1), "{next} {lost:?}");
    let number: u32 = next.split('.').nth(1).unwrap().parse().unwrap();
    assert!(number > 100_000, "{next}");
    desk.is_sound();
}

/// What a register with this file leaves behind when it is lost: the names of everything that lies there now.
fn parts_of_register(desk: &Desk) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(desk.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.starts_with("register.sqlite"));
    names.sort();
    names
}

/// The daemon at its work, killed with a log that was not written into the register.
fn killed_with_its_log(desk: &Desk) {
    let mut daemon = Daemon::start(desk);
    daemon.tells("READY=1");
    until("the letter", || (!desk.letters().is_empty()).then_some(()));
    daemon.signal(Signal::KILL);
    daemon.ended();
    assert!(fs::metadata(desk.file("register.sqlite-wal")).unwrap().len() > 0);
}

#[test]
fn the_log_of_a_lost_register_gets_into_no_back_up() {
    let desk = one_letter();
    desk.must(&["backup", "kept.sqlite"]);
    killed_with_its_log(&desk);
    let log = fs::read(desk.file("register.sqlite-wal")).unwrap();
    // As people do who copy it by hand.
    fs::copy(desk.file("kept.sqlite"), desk.file("register.sqlite")).unwrap();
    for arguments in [&["status"][..], &["tick"], &["run"], &["verify"], &["resume", "--anyway"], &["backup", "again.sqlite"]] {
        refused(&desk, arguments, "demarche restore FILE");
    }
    assert_eq!(fs::read(desk.file("register.sqlite")).unwrap(), fs::read(desk.file("kept.sqlite")).unwrap(), "it is unharmed");
    assert_eq!(fs::read(desk.file("register.sqlite-wal")).unwrap(), log);
    refused(&desk, &["restore", "register.sqlite"], "move it elsewhere");
    desk.must(&["restore", "kept.sqlite"]);
    assert!(!parts_of_register(&desk).contains(&"register.sqlite-wal".to_owned()));
    assert!(parts_of_register(&desk).iter().any(|name| name.contains("-replaced-") && name.ends_with("-wal")), "nothing is thrown away");
    desk.is_sound();
}

#[test]
fn a_back_up_is_put_in_place_by_one_command_and_sends_nothing_before_it_was_compared() {
    let desk = one_letter();
    desk.must(&["backup", "kept.sqlite"]);
    let kept = fs::read(desk.file("kept.sqlite")).unwrap();
    let mut daemon = Daemon::start(&desk);
    daemon.tells("READY=1");
    let ran = desk.run(&["restore", "kept.sqlite"]);
    assert!(ran.code == Some(4) && ran.err.contains("works on this register"), "{:?} {}", ran.code, ran.err);
    daemon.signal(Signal::KILL);
    daemon.ended();
    let told = desk.must(&["restore", "kept.sqlite"]);
    assert!(told.contains("-replaced-") && told.contains("demarche resume"), "{told}");
    assert_eq!(fs::read(desk.file("kept.sqlite")).unwrap(), kept);
    let aside = parts_of_register(&desk).into_iter().find(|name| name.contains("-replaced-") && name.ends_with('Z')).unwrap();
    // What was lost can still be looked into there.
    assert!(Reader::open(&desk.file(&aside), rules()).unwrap().last_event().unwrap().is_some());
    let before = desk.letters().len();
    let checked = desk.run(&["check", "--offline"]);
    assert!(checked.code == Some(1) && checked.out.contains("stop the daemon, then: demarche resume"), "{}", checked.out);
    assert_eq!(desk.run(&["tick"]).code, Some(4));
    assert_eq!(desk.letters().len(), before);
    desk.must(&["resume", "--anyway"]);
    desk.tick();
    desk.is_sound();
    // Of another office, or not sound: what is there stays.
    let there = fs::read(desk.file("register.sqlite")).unwrap();
    let other = one_letter();
    other.must(&["backup", "kept.sqlite"]);
    fs::copy(other.file("kept.sqlite"), desk.file("other.sqlite")).unwrap();
    refused(&desk, &["restore", "other.sqlite"], "another secret");
    fs::write(desk.file("other.sqlite"), &kept[..kept.len() / 2]).unwrap();
    assert_ne!(desk.run(&["restore", "other.sqlite"]).code, Some(0));
    assert_eq!(fs::read(desk.file("register.sqlite")).unwrap(), there);
    assert!(!parts_of_register(&desk).iter().any(|name| name.contains("-restoring")));
}

#[test]
fn a_register_that_was_compared_is_settled_however_old_it_is_and_another_back_up_of_the_lost_one_is_known() {
    let desk = one_letter();
    desk.must(&["backup", "kept.sqlite"]);
    desk.tick();
    for reason in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        let reference = desk.requests()[0]["reference"].as_str().unwrap().to_owned();
        desk.must(&["requests", "pause", &reference, "--reason", reason]);
        desk.must(&["requests", "resume", &reference, "--reason", reason]);
    }
    desk.must(&["backup", "later.sqlite"]);
    desk.tick();
    fs::rename(desk.file("kept.sqlite"), desk.file("register.sqlite")).unwrap();
    assert_eq!(desk.run(&["tick"]).code, Some(4));
    desk.must(&["resume", "--anyway"]);
    desk.tick();
    desk.tick();
    desk.is_sound();
    // It has more events than the one in use, and they are others.
    fs::copy(desk.file("later.sqlite"), desk.file("register.sqlite")).unwrap();
    assert_eq!(desk.run(&["tick"]).code, Some(4));
}

#[test]
fn what_is_wrong_twice_within_a_minute_is_told_twice() {
    let desk = one_letter();
    desk.tick();
    let sign = fs::read_to_string(desk.file("register.sqlite-alive")).unwrap();
    let mut sign: serde_json::Value = serde_json::from_str(&sign).unwrap();
    sign["last_event"] = 9_999.into();
    for told in 1..=2 {
        fs::write(desk.file("register.sqlite-alive"), sign.to_string()).unwrap();
        let ran = desk.run(&["tick"]);
        assert_eq!(ran.code, Some(4), "{}{}", ran.out, ran.err);
        assert_eq!(desk.written_as(LetterRole::Alarm).len(), told);
        desk.must(&["resume"]);
    }
    desk.is_sound();
}

#[test]
fn what_was_opened_after_the_back_up_is_told_and_its_numbers_are_never_given_again() {
    let post = Post::open();
    let desk = post.desk();
    desk.change("# sent_folder = \"Sent\" ", "sent_folder = \"Sent\" ");
    desk.open_requests();
    desk.tick();
    post.arrived("alice", 1);
    desk.must(&["backup", "kept.sqlite"]);
    let open_later = || {
        desk.import("recommendations", "reference,addressees,text,made_on,report\n2041/9,Prison Service,Soap.,2041-03-01,Visit 2041/9\n");
        desk.must(&["requests", "open", "--new"]);
        desk.tick();
        desk.requests().iter().map(|request| request["reference"].as_str().unwrap().to_owned()).max().unwrap()
    };
    let lost = open_later();
    post.arrived("alice", 2);
    desk.must(&["restore", "kept.sqlite"]);
    assert!(!desk.requests().iter().any(|request| request["reference"] == lost.as_str()));
    let told = desk.must(&["resume"]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("knows nothing") && told.contains(&lost) && told.contains("opened anew"), "{told}");
    let anew = open_later();
    assert_ne!(anew, lost);
    let letters = post.inbox_of("alice", 3);
    let of = |name: &str| letters.iter().map(|letter| letter[name].as_str().unwrap().to_owned()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(of("message-id").len(), 3, "{letters:#?}");
    assert_eq!(of("reply-to").len(), 3, "an answer to the lost letter must not find the new request: {letters:#?}");
    desk.is_sound();
}

const LATER: &str = "reference,addressees,text,made_on,report\n2041/9,Prison Service,Soap.,2041-03-01,Visit 2041/9\n";
const BY_HAND: &str = "reference,authority,sent_on,deadline,recommendations\nHAND-1,Prison Service,2041-03-01,2041-05-01,2041/9\n";

#[test]
fn no_request_is_opened_or_adopted_before_an_older_register_was_compared() {
    for by_command in [true, false] {
        let post = Post::open();
        let desk = post.desk();
        desk.change("# sent_folder = \"Sent\" ", "sent_folder = \"Sent\" ");
        desk.open_requests();
        desk.tick();
        desk.must(&["backup", "kept.sqlite"]);
        desk.import("recommendations", LATER);
        desk.must(&["requests", "open", "--new"]);
        desk.tick();
        post.arrived("alice", 2);
        if by_command {
            desk.must(&["restore", "kept.sqlite"]);
        } else {
            fs::copy(desk.file("kept.sqlite"), desk.file("register.sqlite")).unwrap();
        }
        // Before any daemon has looked.
        desk.import("recommendations", LATER);
        fs::write(desk.file("table.csv"), BY_HAND).unwrap();
        for arguments in
            [&["requests", "open", "--new"][..], &["requests", "open", "--new", "--dry-run"], &["import", "requests", "table.csv"]]
        {
            refused(&desk, arguments, "demarche resume");
        }
        assert_eq!(desk.requests().len(), 2);
        let told = desk.must(&["resume"]).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("Letters of 1 request left of which this register knows nothing") && told.contains("0 leave"), "{told}");
        desk.must(&["requests", "open", "--new"]);
        desk.tick();
        post.arrived("alice", 3);
        let letters = post.inbox_of("alice", 3);
        for name in ["reply-to", "message-id"] {
            let given: std::collections::BTreeSet<&str> = letters.iter().map(|letter| letter[name].as_str().unwrap()).collect();
            assert_eq!(given.len(), 3, "{letters:#?}");
        }
        desk.is_sound();
    }
}

#[test]
fn a_letter_about_a_lost_request_is_not_taken_for_one_about_a_new_request_that_got_its_number() {
    let post = Post::open();
    let desk = post.desk();
    desk.change("# sent_folder = \"Sent\" ", "sent_folder = \"Sent\" ");
    desk.open_requests();
    desk.tick();
    desk.must(&["backup", "kept.sqlite"]);
    desk.import("recommendations", LATER);
    desk.must(&["requests", "open", "--new"]);
    desk.tick();
    post.arrived("alice", 2);
    let lost = desk.requests().iter().map(|request| request["reference"].as_str().unwrap().to_owned()).max().unwrap();
    desk.must(&["restore", "kept.sqlite"]);
    // Somebody who gets round the refusal.
    sqlite::forget_standstill(&desk.register_file());
    fs::remove_file(desk.file("register.sqlite-alive")).unwrap();
    desk.import("recommendations", &LATER.replace("2041/9", "2041/10").replace("Soap", "Light"));
    desk.must(&["requests", "open", "--new"]);
    let anew = desk.requests().iter().map(|request| request["reference"].as_str().unwrap().to_owned()).max().unwrap();
    assert_eq!(anew, lost);
    sqlite::remember_standstill(&desk.register_file());
    let told = desk.must(&["resume"]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("knows nothing") && told.contains(&lost) && told.contains("0 letters had left already; 1 leave"), "{told}");
    assert_eq!(desk.shown(&anew)["letters"].as_array().unwrap().len(), 0);
    desk.tick();
    post.arrived("alice", 3);
    desk.is_sound();
}

#[test]
fn an_answer_to_an_alarm_is_no_letter_about_a_request_that_a_restored_register_has_lost() {
    let desk = one_letter();
    desk.tick();
    let sign = fs::read_to_string(desk.file("register.sqlite-alive")).unwrap();
    let mut sign: serde_json::Value = serde_json::from_str(&sign).unwrap();
    sign["last_event"] = 9_999.into();
    fs::write(desk.file("register.sqlite-alive"), sign.to_string()).unwrap();
    assert_eq!(desk.run(&["tick"]).code, Some(4));
    let alarm = desk.letters_to("staff@office.example").pop().expect("an alarm");
    let id = alarm.header("Message-ID").unwrap();
    let answer = format!(
        "From: staff@office.example\r\nTo: desk@office.example\r\nSubject: Re: alarm\r\nMessage-ID: <1@office.example>\r\nIn-Reply-To: {id}\r\n\r\nI see to it.\r\n"
    );
    desk.deliver(Timestamp::now(), answer);
    let told = desk.must(&["resume"]);
    assert!(!told.contains("knows nothing"), "{told}");
    assert_eq!(desk.mails().len(), 1);
    desk.is_sound();
}

/// A workspace with one request, opened by these arguments, whose first letter is drafted.
fn drafted(desk: &Desk) {
    desk.import("authorities", "name,email\nPrison Service,alice@prisons.example\n");
    desk.import("recommendations", "reference,addressees,text,made_on\n1,Prison Service,Air.,2041-03-01\n");
    desk.must(&["requests", "open", "--new", "--draft"]);
    desk.tick();
}

fn told(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_request_that_was_written_anew_and_left_after_the_back_up_does_not_leave_again_by_its_first_draft() {
    let post = Post::open();
    let desk = post.desk();
    desk.change("# sent_folder = \"Sent\" ", "sent_folder = \"Sent\" ");
    drafted(&desk);
    desk.must(&["backup", "kept.sqlite"]);
    desk.must(&["letters", "redraft", "1"]);
    desk.tick();
    desk.must(&["letters", "release", "2"]);
    desk.tick();
    post.arrived("alice", 1);
    desk.must(&["restore", "kept.sqlite"]);
    for arguments in [&["letters", "redraft", "1"][..], &["letters", "withdraw", "1", "--because", "no"], &["letters", "release", "1"]] {
        refused(&desk, arguments, "demarche resume");
    }
    let said = told(&desk.must(&["resume"]));
    assert!(said.contains("1 letter had left already; 0 leave"), "{said}");
    refused(&desk, &["letters", "release", "1"], "was withdrawn");
    desk.tick();
    assert_eq!(desk.json(&["letters", "list", "--drafts"]), Vec::<serde_json::Value>::new());
    assert_eq!(post.found("alice", &["ALL"]), 1);
    desk.is_sound();
}

#[test]
fn a_draft_and_the_reminder_after_it_that_left_after_the_back_up_are_recorded_as_what_they_were() {
    let post = Post::open();
    let desk = post.desk();
    desk.change("# sent_folder = \"Sent\" ", "sent_folder = \"Sent\" ");
    drafted(&desk);
    desk.must(&["backup", "kept.sqlite"]);
    let step = "[[ladders.ordinary.steps]]\nname = \"first\"\nfrom = \"sending\"\ndays = 0\ntemplate = \"reminder\"\nat_any_time = true\n";
    let config = fs::read_to_string(desk.file("demarche.toml")).unwrap();
    fs::write(desk.file("demarche.toml"), format!("{config}\n[ladders.ordinary]\nminimum_gap_days = 0\n\n{step}")).unwrap();
    desk.must(&["letters", "release", "1"]);
    desk.tick();
    desk.tick();
    post.arrived("alice", 2);
    desk.must(&["restore", "kept.sqlite"]);
    let said = told(&desk.must(&["resume"]));
    assert!(said.contains("2 letters had left already; 0 leave"), "{said}");
    let letters = desk.shown(&desk.reference_to("Prison Service"))["letters"].clone();
    let kinds: Vec<&serde_json::Value> = letters.as_array().unwrap().iter().map(|letter| &letter["kind"]).collect();
    assert_eq!(kinds, ["request", "reminder"], "{letters:#}");
    desk.tick();
    assert_eq!(post.found("alice", &["ALL"]), 2);
    desk.is_sound();
}

#[test]
fn without_a_sent_folder_an_answer_shows_that_a_draft_has_left_and_without_one_a_person_decides() {
    let desk = Desk::in_real_time();
    drafted(&desk);
    desk.must(&["backup", "kept.sqlite"]);
    desk.must(&["letters", "release", "1"]);
    desk.tick();
    let left = desk.letters().remove(0);
    desk.must(&["restore", "kept.sqlite"]);
    refused(&desk, &["resume"], "1 letter waits");
    let now = jiff::Timestamp::now();
    desk.deliver(now, left.answered_by("alice@prisons.example", "The cells are aired."));
    let said = told(&desk.must(&["resume"]));
    assert!(said.contains("1 letter had left already"), "{said}");
    assert_eq!(desk.json(&["letters", "list", "--drafts"]), Vec::<serde_json::Value>::new());
    desk.is_sound();
}
