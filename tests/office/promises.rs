//! What must always hold, each promise of the design by its number, each tried to be broken. (Promises 1 to 3 are tried with kills and broken
//! lines as well, in the files beside this one.)

// Long because the promises stand here in their order, one after the other.

use std::fs;

use demarche::domain::delivery::DeliveryState;
use demarche::domain::letter::LetterRole::{self, Acknowledgement, Reminder, Request};
use demarche::register::KeptLetter;
use serde_json::{Value, json};

use crate::desk::{Desk, RECOMMENDATIONS, in_state};
use crate::folders::{Letter, days_on, minutes_on, monday};
use crate::support::sqlite::{Tampering, refusal_of, tamper};

/// One authority, asked about each of so many recommendations in a request of its own; the letters have left on Monday.
fn asked_about(recommendations: usize) -> Desk {
    let desk = Desk::init();
    desk.import("authorities", "name,email,domains\nPrison Service,alice@prisons.example,prisons.example\n");
    let rows: String = (1..=recommendations).map(|number| format!("2041/{number},Prison Service,Measure {number}.,2041-03-01\n")).collect();
    desk.import("recommendations", &format!("reference,addressees,text,made_on\n{rows}"));
    for number in 1..=recommendations {
        desk.must(&["requests", "open", "--recommendation", &format!("2041/{number}")]);
    }
    desk.tick_at(monday());
    assert_eq!(desk.letters().len(), recommendations);
    desk
}

/// What left for authorities: for each delivery that a server took, what its letter is.
fn roles_sent(desk: &Desk) -> Vec<LetterRole> {
    let taken = |letter: &KeptLetter| vec![letter.role; in_state(std::slice::from_ref(letter), DeliveryState::Accepted)];
    desk.written_to_authorities().iter().flat_map(taken).collect()
}

fn states(desk: &Desk) -> Vec<String> {
    desk.requests().iter().map(|request| request["state"].as_str().unwrap().to_owned()).collect()
}

fn only_mail(desk: &Desk) -> Value {
    let mut mails = desk.mails();
    assert_eq!(mails.len(), 1, "{mails:#?}");
    mails.remove(0)
}

#[test]
fn promise_1_whatever_cannot_be_read_is_visible_with_a_state_and_an_age() {
    let desk = Desk::init();
    let strange: [&[u8]; 6] = [
        b"",
        b"\0\xff\xfe\r\n\r\n\0",
        b"no header and no line end",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x",
        b"Subject: =?utf-8?B?////?=\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        &[b'\n'; 5000],
    ];
    for mail in strange {
        desk.deliver(monday(), mail);
    }
    assert_eq!(desk.tick_at(monday())["ingested"], strange.len());
    let mails = desk.mails();
    assert_eq!(mails.len(), strange.len());
    for mail in &mails {
        assert!(["unlinked", "set aside", "quarantined"].contains(&mail["standing"].as_str().unwrap()), "{mail:#}");
        assert_eq!(mail["received_at"], json!(monday()));
    }
    assert_eq!(desk.marked(), (0, strange.len()));
    desk.is_sound();
}

#[test]
fn promise_1_an_answer_whose_attachment_was_not_opened_is_told_by_digest() {
    let desk = asked_about(2);
    let program = |name: &str| {
        format!(
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary={name}\r\n\r\n--{name}\r\n\r\nPlease find attached.\r\n\
             --{name}\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename={name}.pdf.exe\r\n\r\nMZ\r\n--{name}--\r\n"
        )
    };
    let forward = format!(
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the unit's answer.\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\nFrom: unit@prisons.example\r\nSubject: Our answer\r\n{}\r\n--b--\r\n",
        program("annex")
    );
    for (letter, body) in desk.letters().iter().zip([program("answer"), forward]) {
        let answer = letter.answered_by("alice@prisons.example", "BODY").replace("\r\nBODY\r\n", &body);
        desk.deliver(minutes_on(60), answer);
    }
    desk.tick_at(minutes_on(61));
    assert_eq!(states(&desk), ["completed"; 2]);
    desk.tick_at(days_on(1));
    let digest = desk.letters_to("staff@office.example").pop().unwrap().raw;
    assert!(digest.contains("Attachment answer.pdf.exe") && digest.contains("Attachment annex.pdf.exe"), "{digest}");
}

#[test]
fn promise_1_a_mailbox_that_cannot_be_marked_is_read_all_the_same_and_marked_when_it_can_be() {
    let desk = asked_about(1);
    desk.change("# after_reading = \"seen\" ", "after_reading = { move_to = \"Done\" } #");
    std::fs::write(desk.file("mail/in/.Done"), "in the way").unwrap();
    for number in 1..=60 {
        desk.deliver(
            minutes_on(1),
            format!("From: somebody@elsewhere.example\r\nMessage-ID: <{number}@elsewhere.example>\r\n\r\nLetter {number}.\r\n"),
        );
    }
    desk.deliver(minutes_on(2), desk.letters()[0].answered_by("alice@prisons.example", "Done."));
    let pass = desk.troubled_tick_at(minutes_on(3));
    assert_eq!((&pass["ingested"], states(&desk)), (&json!(61), vec!["completed".to_owned()]), "more than one batch: {pass:#}");
    assert_eq!(desk.failing_parts().len(), 1, "and the operator is told in time");
    std::fs::remove_file(desk.file("mail/in/.Done")).unwrap();
    let pass = desk.tick_at(minutes_on(4));
    assert_eq!(pass["ingested"], 0);
    assert_eq!(std::fs::read_dir(desk.file("mail/in/.Done/cur")).unwrap().count(), 61);
    assert_eq!(desk.pending_flags(), []);
    desk.is_sound();
}

#[test]
fn promise_2_five_copies_by_bcc_to_five_reply_addresses_are_one_mail_with_five_links() {
    let desk = asked_about(5);
    let letters = desk.letters();
    let answer = "From: alice@prisons.example\r\nMessage-ID: <all@prisons.example>\r\nSubject: All five\r\n\r\nAll five are done.\r\n";
    for (copy, letter) in letters.iter().enumerate() {
        desk.deliver(minutes_on(60), format!("Delivered-To: {}\r\nReceived: by mx (copy {copy})\r\n{answer}", letter.reply_to()));
    }
    desk.tick_at(minutes_on(61));
    let mail = only_mail(&desk);
    assert_eq!((mail["standing"].as_str(), mail["requests"].as_array().unwrap().len()), (Some("linked"), 5), "{mail:#}");
    assert_eq!(states(&desk), ["completed"; 5]);
    assert_eq!(desk.marked(), (0, 5), "every copy is marked");
    // And by another day's delivery of the same.
    desk.deliver(days_on(1), format!("Delivered-To: {}\r\nReceived: by mx (late)\r\n{answer}", letters[0].reply_to()));
    desk.tick_at(days_on(1));
    assert_eq!(only_mail(&desk)["requests"].as_array().unwrap().len(), 5);
    desk.is_sound();
}

#[test]
fn promise_3_a_letter_refused_for_now_is_tried_again_with_the_same_bytes_until_it_is_given_up() {
    let desk = Desk::with_requests();
    // No folder to write to.
    std::fs::remove_dir_all(desk.file("mail/out")).unwrap();
    std::fs::write(desk.file("mail/out"), "in the way").unwrap();
    desk.troubled_tick_at(monday());
    let bytes = |desk: &Desk| -> Vec<Vec<u8>> { desk.written_to_authorities().iter().map(|letter| desk.bytes_of(letter)).collect() };
    let written = bytes(&desk);
    assert_eq!(written.len(), 2);
    desk.troubled_tick_at(minutes_on(10));
    assert!(
        desk.requests().iter().all(|request| request["sent_on"].is_null() && request["delivery"] == "waiting"),
        "{:#?}",
        desk.requests()
    );
    std::fs::remove_file(desk.file("mail/out")).unwrap();
    desk.tick_at(minutes_on(60));
    assert_eq!(bytes(&desk), written);
    for letter in desk.letters() {
        assert!(written.iter().any(|bytes| letter.raw.as_bytes().ends_with(bytes)), "what left is what was written first");
    }
    assert_eq!(roles_sent(&desk), [Request; 2]);
    desk.is_sound();
}

#[test]
fn promise_4_nobody_is_chased_while_the_mailbox_cannot_be_read() {
    let desk = asked_about(1);
    std::fs::rename(desk.file("mail/in/new"), desk.file("mail/in/gone")).unwrap();
    let pass = desk.troubled_tick_at(days_on(58));
    assert_eq!(pass["letters_written"], 0, "{pass:#}");
    assert!(pass["held"][0][1].as_str().unwrap().contains("the mailbox was not read"), "{pass:#}");
    assert_eq!(roles_sent(&desk), [Request]);
    std::fs::rename(desk.file("mail/in/gone"), desk.file("mail/in/new")).unwrap();
    desk.tick_at(days_on(59));
    assert_eq!(roles_sent(&desk), [Request, Reminder]);
}

#[test]
fn promise_4_nobody_is_chased_while_a_possible_reply_waits_for_a_person() {
    let desk = asked_about(1);
    // Written anew, from the authority, naming nothing.
    desk.deliver(days_on(50), "From: alice@prisons.example\r\nTo: desk@office.example\r\nMessage-ID: <new@prisons.example>\r\nSubject: Your letter\r\n\r\nPlease find our answer attached.\r\n");
    desk.tick_at(days_on(50));
    let mail = only_mail(&desk);
    assert_eq!((mail["standing"].as_str(), mail["suggestions"].as_array().unwrap().len()), (Some("suggested"), 1), "{mail:#}");
    for day in [58, 72] {
        let pass = desk.tick_at(days_on(day));
        assert!(pass["held"][0][1].as_str().unwrap().contains("waits for a person"), "{pass:#}");
    }
    assert_eq!(roles_sent(&desk), [Request]);
    desk.must(&["mail", "mark", &mail["id"].to_string(), "ignore"]);
    desk.tick_at(days_on(73));
    assert_eq!(roles_sent(&desk), [Request, Reminder], "the reminders missed meanwhile are one, and nobody above hears of it before");
}

#[test]
fn promise_4_nobody_is_chased_while_what_may_be_the_reply_lies_in_quarantine() {
    let desk = asked_about(1);
    desk.change("# worker_megabytes = 512", "worker_megabytes = 128");
    desk.change("# worker_seconds = 20", "worker_seconds = 5");
    let huge = "a word and another <p> > on a long line that never ends, ".repeat(400_000);
    let killer = |from: &str| format!("From: {from}\r\nMessage-ID: <huge@{from}>\r\nContent-Type: text/html\r\n\r\n{huge}");
    desk.deliver(days_on(40), killer("somebody@elsewhere.example"));
    desk.troubled_tick_at(days_on(40));
    assert_eq!(only_mail(&desk)["standing"], "quarantined");
    desk.deliver(days_on(41), killer("alice@prisons.example"));
    desk.troubled_tick_at(days_on(41));
    let pass = desk.tick_at(days_on(58));
    assert!(pass["held"][0][1].as_str().unwrap().contains("waits for a person"), "{pass:#}");
    assert_eq!(roles_sent(&desk), [Request]);
    let waiting = desk.json(&["mail", "list", "--waiting"]);
    assert_eq!(waiting.len(), 2, "both are there for a person: {waiting:#?}");
    let hers = waiting.iter().find(|mail| mail["from"] == "alice@prisons.example").unwrap();
    assert_eq!(hers["suggestions"].as_array().unwrap().len(), 1, "{hers:#}");
    desk.must(&["mail", "mark", &hers["id"].to_string(), "ignore"]);
    desk.tick_at(days_on(59));
    assert_eq!(roles_sent(&desk), [Request, Reminder], "a stranger's mail that cannot be read stops no clock");
    desk.is_sound();
}

#[test]
fn promise_4_a_letter_already_written_does_not_leave_while_the_mailbox_is_broken() {
    let desk = asked_about(1);
    std::fs::rename(desk.file("mail/out"), desk.file("mail/kept")).unwrap();
    std::fs::write(desk.file("mail/out"), "in the way").unwrap();
    let pass = desk.troubled_tick_at(days_on(58));
    assert_eq!(pass["letters_written"], 1, "written, and waiting: {pass:#}");
    // Two hours later letters could leave again, and the mailbox, which was read this morning, cannot be read any more.
    std::fs::remove_file(desk.file("mail/out")).unwrap();
    std::fs::rename(desk.file("mail/kept"), desk.file("mail/out")).unwrap();
    std::fs::rename(desk.file("mail/in/new"), desk.file("mail/in/gone")).unwrap();
    desk.troubled_tick_at(days_on(58) + jiff::SignedDuration::from_hours(2));
    assert_eq!(roles_sent(&desk), [Request]);
    std::fs::rename(desk.file("mail/in/gone"), desk.file("mail/in/new")).unwrap();
    desk.tick_at(days_on(58) + jiff::SignedDuration::from_hours(4));
    assert_eq!(roles_sent(&desk), [Request, Reminder]);
}

#[test]
fn promise_4_a_reminder_that_was_answered_before_it_could_leave_does_not_leave() {
    let desk = asked_about(1);
    let answer = desk.letters()[0].answered_by("alice@prisons.example", "Cells are aired.");
    std::fs::rename(desk.file("mail/out"), desk.file("mail/kept")).unwrap();
    std::fs::write(desk.file("mail/out"), "in the way").unwrap();
    let pass = desk.troubled_tick_at(days_on(58));
    assert_eq!((&pass["letters_written"], roles_sent(&desk).len()), (&json!(1), 1), "written, and waiting: {pass:#}");
    desk.deliver(days_on(58), &answer);
    std::fs::remove_file(desk.file("mail/out")).unwrap();
    std::fs::rename(desk.file("mail/kept"), desk.file("mail/out")).unwrap();
    desk.tick_at(days_on(59));
    assert_eq!((roles_sent(&desk), states(&desk)), (vec![Request], vec!["completed".to_owned()]));
    assert_eq!(in_state(&desk.written(), DeliveryState::Cancelled), 1);
    assert!(desk.events().contains(&"letter cancelled".to_owned()));
}

#[test]
fn promise_5_contradicting_evidence_a_slip_and_a_guess_are_never_links() {
    let desk = asked_about(2);
    let letters = desk.letters();
    let (first, second) = (&letters[0], &letters[1]);
    let crossed = first.answered_by("alice@prisons.example", "Done.").replace(&first.reply_to(), &second.reply_to());
    let mut slipped = first.reply_to();
    let place = slipped.find('@').unwrap() - 3;
    let other = if &slipped[place..=place] == "x" { "y" } else { "x" };
    slipped.replace_range(place..=place, other);
    let reference = desk.requests()[0]["reference"].as_str().unwrap().to_owned();
    desk.deliver(minutes_on(60), &crossed);
    desk.deliver(
        minutes_on(60),
        format!("From: alice@prisons.example\r\nTo: {slipped}\r\nMessage-ID: <slip@prisons.example>\r\nSubject: Answer\r\n\r\nDone.\r\n"),
    );
    desk.deliver(minutes_on(60), format!("From: prizes@spam.example\r\nTo: desk@office.example\r\nMessage-ID: <win@spam.example>\r\nSubject: Re: {reference}\r\n\r\nYou have won.\r\n"));
    let twice = first.answered_by("alice@prisons.example", "Done.").replace("<re-", "<twice-");
    desk.deliver(minutes_on(60), format!("Subject: Another matter\r\n{twice}"));
    desk.tick_at(minutes_on(61));
    assert_eq!(desk.mails().len(), 4);
    for mail in desk.mails() {
        assert_ne!(mail["standing"], "linked", "{mail:#}");
        assert_ne!(mail["suggestions"], json!([]), "a person finds the candidates there: {mail:#}");
    }
    assert_eq!(states(&desk), ["pending"; 2]);
}

fn out_of_office(letter: &Letter, number: usize) -> String {
    format!(
        "Return-Path: <>\r\nFrom: alice@prisons.example\r\nTo: {}\r\nSubject: Automatic reply: {}\r\nMessage-ID: <away{number}@prisons.example>\r\nIn-Reply-To: {}\r\nAuto-Submitted: auto-replied\r\n\r\nI am out of the office until Monday.\r\n",
        letter.reply_to(),
        letter.header("Subject").unwrap(),
        letter.header("Message-ID").unwrap(),
    )
}

#[test]
fn promise_6_no_machine_stops_the_clock_and_none_is_answered() {
    let desk = Desk::init();
    desk.change("# acknowledge_replies = false", "acknowledge_replies = true");
    desk.import("authorities", "name,email,domains\nPrison Service,alice@prisons.example,prisons.example\n");
    desk.import("recommendations", &RECOMMENDATIONS.replace("|Ministry of Justice", ""));
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(monday());
    // A robot that answers every letter, our own letter and our own digest sent back to us, day after day.
    for day in 1..=5 {
        for (number, posted) in desk.posted().iter().enumerate() {
            if posted.header("Reply-To").is_some() {
                desk.deliver(days_on(day), out_of_office(posted, 100 * usize::try_from(day).unwrap() + number));
            }
            desk.deliver(days_on(day), &posted.raw);
        }
        desk.tick_at(days_on(day));
    }
    assert_eq!((roles_sent(&desk), states(&desk)), (vec![Request], vec!["pending".to_owned()]), "{:#?}", desk.mails());
    // The answer of a person is acknowledged, once; a robot's answer to that is not.
    let letter = desk.letters().remove(0);
    desk.deliver(days_on(6), letter.answered_by("alice@prisons.example", "Cells are aired and the register is kept by machine."));
    desk.tick_at(days_on(6));
    assert_eq!(roles_sent(&desk), [Request, Acknowledgement], "{:#?}", desk.mails());
    for day in 7..=9 {
        for (number, posted) in desk.letters().iter().enumerate() {
            desk.deliver(days_on(day), out_of_office(posted, 1000 * usize::try_from(day).unwrap() + number));
        }
        desk.tick_at(days_on(day));
    }
    assert_eq!((roles_sent(&desk).len(), states(&desk)), (2, vec!["completed".to_owned()]));
    desk.is_sound();
}

#[test]
fn promise_7_an_altered_record_and_an_altered_mail_are_found() {
    let desk = asked_about(1);
    desk.deliver(minutes_on(60), desk.letters()[0].answered_by("alice@prisons.example", "Done."));
    desk.tick_at(minutes_on(61));
    desk.is_sound();
    desk.must(&["backup", "kept.sqlite"]);
    let alter = |how: Tampering| {
        tamper(&desk.register_file(), how);
        let ran = desk.run(&["verify"]);
        assert_eq!(ran.code, Some(1), "{how:?}: {}", ran.out);
        ran.err
    };
    assert!(refusal_of(&desk.register_file(), Tampering::Actor(2)).contains("append-only"));
    let said = alter(Tampering::Actor(2));
    assert!(said.contains("event 2"), "{said}");
    for extra in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(desk.file(&format!("register.sqlite{extra}")));
    }
    std::fs::copy(desk.file("kept.sqlite"), desk.file("register.sqlite")).unwrap();
    desk.is_sound();
    let said = alter(Tampering::WordInMails("Done.", "Never"));
    assert!(said.contains("mail 1"), "{said}");
}

#[test]
fn promise_8_a_month_of_standstill_is_caught_up_with_one_letter_a_request() {
    let desk = asked_about(3);
    desk.tick_at(days_on(20));
    let pass = desk.tick_at(days_on(90));
    assert_eq!(pass["letters_written"], 3, "reminders that were missed collapse into one: {pass:#}");
    assert_eq!(roles_sent(&desk)[3..], [Reminder; 3], "and nobody above hears of silence before");
    assert_eq!(desk.tick_at(days_on(90))["letters_written"], 0);
    assert_eq!(desk.tick_at(days_on(91))["letters_written"], 0, "and no burst on the days after");
    assert_eq!(pass["digests"], 2, "one daily and one weekly digest for all the days without any");
}

#[test]
fn promise_8_letters_to_one_domain_are_paced() {
    let desk = Desk::init();
    desk.change("# per_domain_per_minute = 20", "per_domain_per_minute = 2");
    let names: Vec<String> = (1..=3).map(|number| format!("Prison {number}")).collect();
    let rows: String = names.iter().map(|name| format!("{name},{}@prisons.example\n", name.replace(' ', ""))).collect();
    desk.import("authorities", &format!("name,email\n{rows}Ministry of Justice,bob@justice.example\n"));
    desk.import(
        "recommendations",
        &format!("reference,addressees,text,made_on\n1,{}|Ministry of Justice,Air.,2041-03-01\n", names.join("|")),
    );
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(monday());
    let to = |domain: &str| desk.letters().iter().filter(|letter| letter.to.ends_with(domain)).count();
    assert_eq!((to("prisons.example"), to("justice.example")), (2, 1), "others are not held up");
    desk.tick_at(minutes_on(1));
    assert_eq!(to("prisons.example"), 3);
}

#[test]
fn promise_8_hundreds_of_authorities_without_an_address_are_told_and_cost_nothing() {
    let desk = Desk::init();
    let names: Vec<String> = (1..=250).map(|number| format!("Prison {number}")).collect();
    desk.import("authorities", &format!("name,email\n{}Ministry of Justice,bob@justice.example\n", names.join(",\n") + ",\n"));
    let rows: String = names.iter().map(|name| format!("{name},{name}|Ministry of Justice,Air.,2041-03-01\n")).collect();
    desk.import("recommendations", &format!("reference,addressees,text,made_on\n{rows}"));
    desk.must(&["requests", "open", "--recommendation", "Prison 250"]);
    desk.must(&["requests", "open", "--new"]);
    let first = desk.tick_at(monday());
    assert_eq!(first["letters_written"], 250, "the ministry's; nobody waits for those who cannot be written to");
    assert_eq!(first["held"].as_array().unwrap().len(), 250);
    let events = desk.events().len();
    let second = desk.tick_at(minutes_on(60 * 24 * 3));
    assert_eq!((&second["letters_written"], second["held"].as_array().unwrap().len()), (&json!(0), 250));
    assert!(desk.events().len() < events + 400, "nothing is recorded of what did not happen, but of letters that left");
    desk.import("authorities", "name,email\nPrison 1,one@prisons.example\n");
    assert_eq!(desk.tick_at(minutes_on(60 * 24 * 3 + 1))["letters_written"], 1, "as soon as the directory knows an address");
    desk.is_sound();
}

#[test]
fn promise_9_a_holiday_added_later_moves_open_deadlines_and_that_is_recorded() {
    let desk = Desk::init();
    desk.change("length = 56\nunit = \"days\" ", "length = 10\nunit = \"working_days\" ");
    desk.import("authorities", "name,email\nPrison Service,alice@prisons.example\n");
    desk.import("recommendations", "reference,addressees,text,made_on\n1,Prison Service,Air.,2041-03-01\n");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(monday());
    assert_eq!(desk.request_to("Prison Service")["deadline"], "2041-03-18");
    let changes = |desk: &Desk| desk.events().iter().filter(|kind| *kind == "rules changed").count();
    let before = changes(&desk);
    desk.change("# holidays = {", "holidays = { 2041-03-06 = \"Day of the Constitution\" } # {");
    desk.tick_at(days_on(1));
    assert_eq!(desk.request_to("Prison Service")["deadline"], "2041-03-19");
    let shown = desk.must(&["requests", "show", &desk.reference_to("Prison Service")]);
    assert!(shown.contains("Day of the Constitution") && shown.contains("deadline moved"), "{shown}");
    assert_eq!(changes(&desk), before + 1);
    desk.tick_at(days_on(2));
    assert_eq!(desk.events().iter().filter(|kind| *kind == "deadline moved").count(), 1, "told once");
    desk.is_sound();
}

#[test]
fn promise_10_a_wrong_row_is_named_with_all_others_and_nothing_is_imported() {
    let desk = Desk::init();
    let table = "name,email\nPrison Service,alice@prisons.example\nMinistry of Justice,no address\n,nobody@prisons.example\n";
    std::fs::write(desk.file("authorities.csv"), table).unwrap();
    let ran = desk.run(&["import", "authorities", "authorities.csv"]);
    assert_eq!(ran.code, Some(1));
    for words in ["authorities.csv", "no address", "email", "name", "3", "4", "expected"] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    assert_eq!(desk.register().authorities().unwrap(), []);
    assert_eq!(desk.events(), Vec::<String>::new());
}

#[test]
fn promise_10_a_wrong_template_stops_letters_before_anything_is_written() {
    let desk = Desk::with_requests();
    let folder = desk.file("templates/en/request");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("body.txt"), "Dear all,\n\n{{ request.refrence }}\n").unwrap();
    let checked = desk.run(&["check", "--offline"]);
    assert_eq!(checked.code, Some(1), "{}", checked.out);
    for words in ["request", "refrence", "reference"] {
        assert!(checked.out.contains(words), "{words}: {}", checked.out);
    }
    let ran = desk.run(&["tick", "--at", &monday().to_string()]);
    assert!(ran.code != Some(0), "{}{}", ran.out, ran.err);
    assert!(format!("{}{}", ran.out, ran.err).contains("refrence"), "{}{}", ran.out, ran.err);
    assert_eq!(desk.written_to_authorities(), []);
    std::fs::remove_dir_all(desk.file("templates")).unwrap();
    desk.tick_at(minutes_on(1));
    assert_eq!(roles_sent(&desk), [Request; 2], "the letters were only waiting");
}

#[test]
fn promise_10_a_wrong_key_is_named_with_line_and_column_and_no_pass_begins() {
    let desk = Desk::with_requests();
    desk.change("# per_domain_per_minute = 20", "per_domain_per_minuet = 2");
    let ran = desk.run(&["tick", "--at", &monday().to_string()]);
    assert_eq!(ran.code, Some(3));
    assert!(ran.err.contains("demarche.toml:") && ran.err.contains("did you mean \"sending.per_domain_per_minute\""), "{}", ran.err);
    assert_eq!(desk.written(), []);
}

#[test]
fn promise_7_a_weekly_digest_that_was_kept_shows_whether_the_record_was_rewritten_or_cut_short() {
    let desk = asked_about(1);
    desk.must(&["backup", "older.sqlite"]);
    let reference = desk.requests()[0]["reference"].as_str().unwrap().to_owned();
    desk.must(&["requests", "pause", &reference, "--reason", "we owe a copy"]);
    desk.tick_at(days_on(8));
    let tells = |letter: &Letter| letter.raw.contains("demarche verify --against ");
    let digests = desk.letters_to("staff@office.example");
    let weekly: Vec<&Letter> = digests.iter().filter(|letter| tells(letter)).collect();
    assert_eq!(weekly.len(), 1, "the daily ones say nothing of it");
    fs::write(desk.file("kept.eml"), &weekly[0].raw).unwrap();
    desk.tick_at(days_on(20));
    let told = desk.must(&["verify", "--against", "kept.eml"]);
    assert!(told.contains("still contains what was kept of it"), "{told}");
    // As it says itself at the end of `verify`.
    let head = told.split("It ends with ").nth(1).unwrap().split(": kept").next().unwrap().to_owned();
    desk.must(&["verify", "--against", &head, "--against", "kept.eml"]);
    for (against, code, expected) in [
        (format!("{}0", &head[..head.len() - 1]), 1, "was rewritten"),
        (format!("9{head}"), 1, "was cut short, or an older copy lies in its place"),
        ("12:ab".into(), 1, "at least 16 hexadecimal digits"),
        ("demarche.toml".into(), 1, "nothing in it was kept of a record"),
    ] {
        let ran = desk.run(&["verify", "--against", &against]);
        let said = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
        // One hash in sixteen ends with a nought.
        if against != head {
            assert!(ran.code == Some(code) && said.contains(expected), "{against}: {:?} {said}", ran.code);
        }
    }
    // An older copy is sound in itself.
    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(desk.file(&format!("register.sqlite{end}")));
    }
    fs::copy(desk.file("older.sqlite"), desk.file("register.sqlite")).unwrap();
    desk.is_sound();
    let ran = desk.run(&["verify", "--against", "kept.eml"]);
    assert!(ran.code == Some(1) && ran.err.contains("cut short"), "{:?} {}", ran.code, ran.err);
}
