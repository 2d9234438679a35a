//! What people decide, what arrives late or is too large, and what time it is: the corners of the promises.

use demarche::domain::deliverability::AddressState;
use demarche::domain::delivery::DeliveryOutcome;
use demarche::domain::event::EventKind;
use demarche::mail::understood::Position;
use demarche::register::{KeptAnswer, KeptAttempt};
use serde_json::json;

use crate::desk::Desk;
use crate::folders::{Letter, days_on, minutes_on, monday};

fn asked() -> Desk {
    let desk = Desk::init();
    desk.import(
        "authorities",
        "name,email,domains,focal_point,focal_point_email\nPrison Service,post@prisons.example,prisons.example,Ann Alder,alice@prisons.example\n",
    );
    desk.import("recommendations", "reference,addressees,text,made_on\n2041/1,Prison Service,Air.,2041-03-01\n");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(monday());
    desk
}

#[test]
fn an_answer_counts_from_the_day_it_arrived_however_late_it_is_read() {
    let desk = asked();
    let request = desk.request_to("Prison Service");
    assert_eq!(request["deadline"], "2041-04-29");
    // At the deadline's last hour; its Date header lies, and the office reads it after the reminder would have been due.
    let late = "2041-04-29T23:30:00Z".parse().unwrap();
    let answer = desk.letters()[0]
        .answered_by("alice@prisons.example", "Done.")
        .replace("Subject:", "Date: Mon, 1 Jul 2041 00:00:00 +0000\r\nSubject:");
    desk.deliver(late, &answer);
    let pass = desk.tick_at(days_on(60));
    assert_eq!(pass["letters_written"], 0, "{pass:#}");
    let request = desk.request_to("Prison Service");
    assert_eq!((request["state"].as_str(), request["answered_on"].as_str()), (Some("completed"), Some("2041-04-29")));
}

#[test]
fn in_a_rehearsal_an_answer_that_came_after_the_last_pass_counts_as_received_now() {
    let desk = asked();
    desk.tick_at(days_on(1));
    // The mailbox dates it by the real time, years before the rehearsed letter.
    desk.deliver(jiff::Timestamp::now(), desk.letters()[0].answered_by("alice@prisons.example", "Done."));
    desk.tick_at(days_on(3));
    let request = desk.request_to("Prison Service");
    let day = days_on(3).strftime("%Y-%m-%d").to_string();
    assert_eq!((request["state"].as_str(), request["answered_on"].as_str()), (Some("completed"), Some(day.as_str())));
}

#[test]
fn what_a_person_undid_is_not_linked_again_by_another_copy_and_the_clock_goes_on() {
    let desk = asked();
    let answer = desk.letters()[0].answered_by("alice@prisons.example", "We have received your letter about something else.");
    desk.deliver(days_on(1), &answer);
    desk.tick_at(days_on(1));
    let mail = desk.mails().remove(0);
    assert_eq!(mail["standing"], "linked");
    desk.must(&["mail", "unlink", &mail["id"].to_string()]);
    desk.deliver(days_on(2), format!("Received: by mx (another copy)\r\n{answer}"));
    desk.tick_at(days_on(2));
    let mails = desk.mails();
    assert_eq!((mails.len(), &mails[0]["standing"], &mails[0]["requests"]), (1, &json!("unlinked"), &json!([])));
    desk.must(&["mail", "mark", &mail["id"].to_string(), "ignore"]);
    assert_eq!(desk.tick_at(days_on(58))["letters_written"], 1, "the reminder");
    desk.is_sound();
}

#[test]
fn a_reply_larger_than_the_limit_is_linked_by_its_head_and_said_to_be_cut() {
    let desk = asked();
    desk.change("# mail_megabytes = 25", "mail_megabytes = 1");
    let dossier = "a line of a long dossier\r\n".repeat(80_000);
    desk.deliver(days_on(1), desk.letters()[0].answered_by("alice@prisons.example", &dossier));
    desk.tick_at(days_on(1));
    let mails = desk.mails();
    assert_eq!(mails.len(), 1);
    assert_ne!(mails[0]["standing"], "quarantined", "{mails:#?}");
    assert!(mails[0]["requests"] != json!([]) || mails[0]["suggestions"] != json!([]), "{mails:#?}");
    assert_eq!(desk.stored().iter().filter(|mail| mail.cut).count(), 1);
    assert_eq!(desk.tick_at(days_on(58))["letters_written"], 0, "whoever sent so much is not told that they sent nothing");
    desk.is_sound();
}

#[test]
fn a_day_ends_at_midnight_where_the_authority_is() {
    let desk = Desk::init();
    desk.import("authorities", "name,email,time_zone\nEast,a@east.example,Pacific/Auckland\nWest,a@west.example,Pacific/Honolulu\n");
    desk.import("recommendations", "reference,addressees,text,made_on\n2041/1,East|West,Air.,2041-03-01\n");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(monday());
    // At 10:00 UTC it is 23:00 of the same day in the east, and midnight in the west.
    let days = |name: &str| (desk.request_to(name)["sent_on"].clone(), desk.request_to(name)["deadline"].clone());
    assert_eq!(days("East"), (json!("2041-03-04"), json!("2041-04-29")));
    assert_eq!(days("West"), (json!("2041-03-04"), json!("2041-04-29")));
    let reminders_at = |at: &str| desk.tick_at(at.parse().unwrap())["letters_written"].clone();
    assert_eq!(reminders_at("2041-04-23T10:00:00Z"), 2, "the friendly ones");
    // Summer time in the east has ended since the letter: midnight is at 12:00 UTC, where it was at 11:00.
    assert_eq!(reminders_at("2041-04-29T11:59:59Z"), 0);
    assert_eq!(reminders_at("2041-04-29T12:00:00Z"), 1);
    assert_eq!([desk.request_to("East")["state"].clone(), desk.request_to("West")["state"].clone()], ["overdue", "pending"]);
    assert_eq!(reminders_at("2041-04-30T09:59:59Z"), 0);
    assert_eq!(reminders_at("2041-04-30T10:00:00Z"), 1);
    assert_eq!(desk.request_to("West")["state"], "overdue");
    desk.is_sound();
}

#[test]
fn a_pass_for_a_time_before_the_last_event_is_made_as_of_that_event() {
    let desk = asked();
    let ran = desk.run(&["tick", "--at", "2041-03-03T10:00:00Z"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("the pass is made as of that event, 2041-03-04T10:00:00Z"), "{}", ran.err);
    assert_eq!(desk.tick_at(monday())["letters_sent"], 0);
    desk.is_sound();
}

/// What a mail server says of a letter whose addressee it does not know.
fn no_such_user(letter: &Letter) -> String {
    returned(letter, "5.1.1", "550 5.1.1 no such user")
}

/// A letter come back, with the report of a mail server.
fn returned(letter: &Letter, status: &str, reply: &str) -> String {
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: {0}\r\nDelivered-To: {0}\r\nSubject: Undelivered Mail Returned to Sender\r\nMessage-ID: <dsn@mx.example>\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-replied\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nYour letter did not arrive.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {1}\r\nAction: failed\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {reply}\r\n\r\n--b--\r\n",
        letter.header("Return-Path").unwrap().trim_matches(['<', '>']),
        letter.to,
    )
}

#[test]
fn a_request_that_comes_back_from_a_dead_address_is_made_anew_at_the_next_one() {
    let desk = asked();
    let letter = desk.letters().remove(0);
    desk.deliver(minutes_on(10), no_such_user(&letter));
    desk.tick_at(minutes_on(11));
    let next = if letter.to.starts_with("post@") { "alice@prisons.example" } else { "post@prisons.example" };
    assert_eq!(desk.letters_to(next).len(), 1, "in the same pass");
    let again = &desk.letters_to(next)[0];
    assert_eq!(again.header("Subject"), letter.header("Subject"));
    assert_eq!(again.header("In-Reply-To"), None, "whoever reads it has seen nothing before");
    desk.tick_at(days_on(58));
    assert_eq!(desk.letters_to(next).len(), 2, "the reminder");
    assert_eq!(desk.letters_to(&letter.to).len(), 1, "a dead address is written to no more");
    let shown = desk.shown(&desk.reference_to("Prison Service"));
    assert_eq!(shown["letters"][0]["deliveries"][0]["state"], "bounced", "{shown:#}");
    desk.is_sound();
}

#[test]
fn a_full_mailbox_gets_the_letter_again_after_two_days_even_if_its_server_calls_that_permanent() {
    let desk = asked();
    let letter = desk.letters().remove(0);
    desk.deliver(minutes_on(10), returned(&letter, "5.2.2", "552 5.2.2 mailbox full"));
    let sent = || {
        let is_taken = |attempt: &&KeptAttempt| matches!(attempt.outcome, Some(DeliveryOutcome::Accepted { .. }));
        desk.attempts_at(&letter.to).iter().filter(is_taken).count()
    };
    desk.tick_at(minutes_on(11));
    assert_eq!(sent(), 1);
    desk.tick_at(days_on(3));
    let deliveries = desk.shown(&desk.reference_to("Prison Service"))["letters"][0]["deliveries"].clone();
    assert_eq!(deliveries.as_array().map(Vec::len), Some(1), "the same letter");
    assert_eq!(deliveries[0]["state"], "accepted", "{deliveries:#}");
    assert_eq!(sent(), 2);
    let states = desk.register().contents().address_states().unwrap();
    assert!(states.iter().all(|known| known.state != AddressState::Suppressed), "nor was it ever: {states:?}");
    desk.is_sound();
}

#[test]
fn a_request_that_reaches_nobody_is_named_until_another_address_is_known() {
    let desk = Desk::init();
    desk.import("authorities", "name,email,domains\nPrison Service,post@prisons.example,prisons.example\n");
    desk.import("recommendations", "reference,addressees,text,made_on\n2041/1,Prison Service,Air.,2041-03-01\n");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(monday());
    desk.deliver(minutes_on(10), no_such_user(&desk.letters()[0]));
    desk.tick_at(minutes_on(11));
    desk.tick_at(days_on(1));
    let reference = desk.reference_to("Prison Service");
    let status = desk.json(&["status"]).remove(0);
    assert_eq!(status["held"][0]["reference"], reference.as_str(), "{status:#}");
    assert_eq!((&status["due_now"], &status["next_step_at"]), (&json!(0), &json!(null)), "what is held does not come next");
    let said = desk.must(&["status"]);
    assert!(said.contains("Waits, because the directory has no address that a letter can be delivered to:"), "{said}");
    assert!(said.contains("1 address of the directory is suppressed"), "{said}");
    let digests_naming_it =
        || desk.letters_to("staff@office.example").iter().filter(|digest| digest.raw.contains("post@prisons.example")).count();
    let named = digests_naming_it();
    assert!(named > 0);

    desk.import("authorities", "name,email,domains\nPrison Service,desk@prisons.example,prisons.example\n");
    desk.tick_at(days_on(2));
    assert_eq!(desk.letters_to("desk@prisons.example").len(), 1);
    desk.tick_at(days_on(3));
    assert_eq!(digests_naming_it(), named, "another is written to in its place");
    assert_eq!(desk.json(&["status"])[0]["held"], json!([]));
    desk.is_sound();
}

#[test]
fn a_pause_holds_a_reminder_and_an_extension_moves_it() {
    let desk = asked();
    let reference = desk.reference_to("Prison Service");
    desk.must(&["requests", "pause", &reference, "--reason", "we owe them the report's annex"]);
    assert_eq!(desk.tick_at(days_on(58))["letters_written"], 0);
    desk.must(&["requests", "resume", &reference, "--reason", "sent"]);
    // 58 days of pause: the deadline is now in June.
    let deadline: jiff::civil::Date = desk.request_to("Prison Service")["deadline"].as_str().unwrap().parse().unwrap();
    assert!(deadline > "2041-06-01".parse().unwrap(), "{deadline}");
    desk.must(&["requests", "extend", &reference, "2041-09-02", "--reason", "a new director"]);
    assert_eq!(desk.tick_at(days_on(150))["letters_written"], 0, "150 days on is 1 August");
    assert_eq!(desk.tick_at(days_on(176))["letters_written"], 1, "a week before 2 September");
    assert_eq!(desk.tick_at(days_on(183))["letters_written"], 1, "the day after");
    desk.is_sound();
}

#[test]
fn a_digest_counts_receipts_and_tells_of_answers() {
    let desk = Desk::with_requests();
    desk.tick_at(monday());
    let letters = desk.letters();
    for (number, letter) in letters.iter().enumerate() {
        desk.deliver(
            minutes_on(1),
            format!(
                "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: desk@office.example\r\nSubject: Successful Mail Delivery Report\r\n\
                 Message-ID: <receipt{number}@mx.example>\r\nMIME-Version: 1.0\r\n\
                 Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
                 --b\r\n\r\nYour letter was delivered.\r\n\
                 --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
                 Final-Recipient: rfc822; {}\r\nAction: delivered\r\nStatus: 2.0.0\r\n\
                 --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {}\r\n--b--\r\n",
                letter.to,
                letter.header("Message-ID").unwrap(),
            ),
        );
    }
    let digests = || desk.letters_to("staff@office.example");
    let before = digests().len();
    assert_eq!(desk.tick_at(minutes_on(2))["linked"], letters.len());
    desk.tick_at(days_on(1));
    assert_eq!(digests().len(), before, "receipts alone are no reason to write");
    desk.deliver(days_on(1), letters[0].answered_by(&letters[0].to, "Done."));
    desk.tick_at(days_on(2));
    let told = digests().pop().unwrap().raw;
    assert!(told.contains("Re: ") && !told.contains("Successful Mail Delivery Report"), "{told}");
}

#[test]
fn the_whole_answer_is_set_against_the_one_recommendation_that_was_asked_about() {
    let desk = Desk::init();
    desk.import("authorities", "name,email,domains\nPrison Service,alice@prisons.example,prisons.example\n");
    desk.import("recommendations", "reference,addressees,text,made_on\n2041/1,Prison Service,That every cell has a window.,2041-03-01\n");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(monday());
    desk.deliver(
        minutes_on(60),
        desk.letters()[0].answered_by("alice@prisons.example", "We accept the recommendation; windows come in May."),
    );
    desk.tick_at(minutes_on(61));
    let accepts = |answer: &&KeptAnswer| {
        answer.position == Some(Position::Accepted) && answer.text.as_deref() == Some("We accept the recommendation; windows come in May.")
    };
    assert_eq!(desk.answers().iter().filter(accepts).count(), 1);
    desk.tick_at(days_on(1));
    let digest = desk.letters_to("staff@office.example").pop().unwrap().raw;
    assert!(digest.contains("2041/1: accepted"), "{digest}");
}

/// A command plans what it changes by the rules as they are just then; nobody else has heard of those.
#[test]
fn what_a_command_plans_under_rules_that_are_taken_back_is_planned_anew_with_the_next_pass() {
    let desk = asked();
    desk.deliver(days_on(1), desk.letters()[0].answered_by("alice@prisons.example", "We have received your letter."));
    desk.tick_at(days_on(1));
    let changes = desk.times(EventKind::RulesChanged);
    let (meanwhile, usual) = ("hold_days = 9 ", "# hold_days = 5");
    desk.change(usual, meanwhile);
    desk.must(&["mail", "unlink", &desk.mails()[0]["id"].to_string()]);
    desk.change(meanwhile, usual);
    assert!(desk.must(&["verify"]).contains("What is due was not compared"));
    desk.tick_at(days_on(2));
    assert!(desk.must(&["verify"]).contains("What is due follows from it"));
    assert_eq!(desk.times(EventKind::RulesChanged), changes, "they are what they were");
}

#[test]
fn of_the_mails_that_wait_the_first_are_listed_whatever_came_after_them() {
    let desk = asked();
    let from_a_stranger = |subject: &str| format!("From: somebody@elsewhere.example\r\nSubject: {subject}\r\n\r\nRead me.\r\n");
    for (day, subject) in [(1, "First"), (2, "Second"), (3, "Third")] {
        desk.deliver(days_on(day), from_a_stranger(subject));
        desk.tick_at(days_on(day));
    }
    desk.must(&["mail", "mark", "3", "ignore"]);
    let listed = desk.json(&["mail", "list", "--waiting", "--limit", "1"]);
    assert_eq!(listed.iter().map(|mail| mail["subject"].as_str()).collect::<Vec<_>>(), [Some("First")]);
}
