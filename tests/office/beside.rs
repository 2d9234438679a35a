//! Mail is received while letters leave, whatever a relay or a Sent folder takes its time over (promise 4).

use std::process::{Child, Stdio};

use demarche::domain::delivery::DeliveryState;
use demarche::domain::health::HealthPart;
use demarche::domain::letter::LetterRole;
use demarche::domain::reply::Standing;
use demarche::register::KeptDelivery;
use jiff::{SignedDuration, Timestamp};
use rustix::process::Signal;

use crate::daemon::Daemon;
use crate::desk::{AUTHORITIES, Desk, deliveries, in_state, until};
use crate::folders::days_on;
use crate::odd_servers::{health, letters_to_authorities, reads_first};
use crate::stops::Careful;
use crate::support::odd_imap::OddImap;

/// Two requests of two months ago, written by hand and never answered: for both a reminder is due now.
fn desk_with_reminders_due() -> Desk {
    let desk = Desk::in_real_time();
    desk.import("authorities", AUTHORITIES);
    adopt_requests_due(&desk);
    desk
}

pub fn adopt_requests_due(desk: &Desk) {
    let day = |ago: i64| (Timestamp::now() - SignedDuration::from_hours(24 * ago)).strftime("%Y-%m-%d").to_string();
    let (sent_on, deadline) = (day(60), day(4));
    desk.import(
        "requests",
        &format!(
            "reference,authority,recipient,subject,sent_on,deadline,message_id\n\
             HAND-1,Prison Service,alice@prisons.example,Airing,{sent_on},{deadline},hand-1@office.example\n\
             HAND-2,Ministry of Justice,bob@justice.example,Registers,{sent_on},{deadline},hand-2@office.example\n"
        ),
    );
}

fn started(desk: &Desk, command: &str) -> Child {
    desk.command(&[command]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Lets the relay take everything from here on.
fn let_all_leave(relay: &Careful) {
    while relay.heard.try_recv().is_ok() {
        relay.go_on.send(()).unwrap();
    }
}

/// To whom letters to authorities stand so.
fn recipients(desk: &Desk, state: DeliveryState) -> Vec<String> {
    let letters = desk.written_to_authorities();
    deliveries(&letters).filter(|delivery| delivery.state == state).map(|delivery| delivery.recipient.clone()).collect()
}

#[test]
fn an_answer_that_comes_while_a_letter_hangs_at_the_relay_is_linked_and_the_reminder_behind_it_does_not_leave() {
    for command in ["run", "tick"] {
        let desk = desk_with_reminders_due();
        let relay = Careful::waiting_at("DATA");
        relay.lay(&desk);
        let mut child = started(&desk, command);
        relay.heard.recv_timeout(crate::desk::PATIENCE).unwrap();
        let hanging = recipients(&desk, DeliveryState::Attempting);
        assert_eq!(hanging.len(), 1, "{hanging:?}");
        let (other, authority, answered) = if hanging[0].starts_with("alice") {
            ("bob@justice.example", "Ministry of Justice", "hand-2@office.example")
        } else {
            ("alice@prisons.example", "Prison Service", "hand-1@office.example")
        };
        assert_eq!(recipients(&desk, DeliveryState::Waiting), [other], "{command}: its reminder is written and waits");
        desk.deliver(
            Timestamp::now(),
            format!("From: {other}\r\nTo: desk@office.example\r\nSubject: Re: your letter\r\nMessage-ID: <re@authority.example>\r\nIn-Reply-To: <{answered}>\r\n\r\nWe have done what you asked for.\r\n"),
        );
        until("the link", || (desk.request_to(authority)["state"] == "completed").then_some(()));
        assert_eq!(recipients(&desk, DeliveryState::Attempting), hanging, "{command}: all the while the relay says nothing");
        relay.go_on.send(()).unwrap();
        until("the reminder's end", || {
            let_all_leave(&relay);
            (recipients(&desk, DeliveryState::Cancelled) == [other]).then_some(())
        });
        if command == "run" {
            rustix::process::kill_process(rustix::process::Pid::from_child(&child), Signal::TERM).unwrap();
        }
        let status = until("the end", || {
            let_all_leave(&relay);
            child.try_wait().unwrap()
        });
        assert_eq!(status.code(), Some(0), "{command}");
        assert_eq!(recipients(&desk, DeliveryState::Accepted), hanging, "{command}");
        let letters = desk.written();
        let was_tried = |delivery: &&KeptDelivery| delivery.state == DeliveryState::Cancelled && !delivery.attempts.is_empty();
        assert_eq!(deliveries(&letters).find(was_tried), None);
        desk.is_sound();
    }
}

#[test]
fn a_stop_while_mail_is_received_beside_a_letter_waits_for_the_servers_word_and_no_longer() {
    let desk = desk_with_reminders_due();
    let server = OddImap::start();
    reads_first(&desk, &server);
    let relay = Careful::waiting_at(crate::stops::DOT);
    relay.lay(&desk);
    let mut daemon = Daemon::start(&desk);
    relay.heard.recv_timeout(crate::desk::PATIENCE).unwrap();
    // From here on one of the mailboxes says nothing, and the other one has news.
    let (tell, asked) = std::sync::mpsc::channel();
    server.answer_oddly(move |command, _| {
        // Nobody listens any more once the story is over.
        let _ = tell.send(command.to_owned());
        Some(String::new())
    });
    desk.deliver(
        Timestamp::now(),
        "From: somebody@elsewhere.example\r\nSubject: news\r\nMessage-ID: <1@elsewhere.example>\r\n\r\nNews.\r\n",
    );
    asked.recv_timeout(crate::desk::PATIENCE).unwrap();
    let begun = std::time::Instant::now();
    daemon.signal(Signal::TERM);
    relay.go_on.send(()).unwrap();
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
    assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{:?}: {}", begun.elapsed(), daemon.log());
    assert_eq!(in_state(&desk.written(), DeliveryState::Accepted), 1, "{}", daemon.log());
    let open = |delivery: &KeptDelivery| matches!(delivery.state, DeliveryState::Attempting | DeliveryState::Unknown);
    assert!(!deliveries(&desk.written()).any(open), "{}", daemon.log());
    desk.is_sound();
}

#[test]
fn a_sent_folder_that_never_answers_keeps_no_mailbox_from_being_read_and_is_told_as_what_it_is() {
    let desk = desk_with_reminders_due();
    let server = OddImap::start();
    reads_first(&desk, &server);
    desk.change("# sent_folder = \"Sent\" ", "sent_folder = \"Sent\" ");
    let (tell, filing) = std::sync::mpsc::channel();
    server.answer_oddly(move |command, _| {
        command.starts_with("APPEND").then(|| {
            // Nobody listens any more once the story is over.
            let _ = tell.send(());
            String::new()
        })
    });
    let mut daemon = Daemon::start(&desk);
    filing.recv_timeout(crate::desk::PATIENCE).unwrap();
    assert_eq!(desk.letters().len(), 1, "it has left, and its copy hangs");
    desk.deliver(
        Timestamp::now(),
        "From: somebody@elsewhere.example\r\nSubject: news\r\nMessage-ID: <1@elsewhere.example>\r\n\r\nNews.\r\n",
    );
    until("the mail", || (desk.stored().iter().filter(|mail| mail.standing == Standing::Unlinked).count() == 1).then_some(()));
    assert_eq!(desk.failing_parts(), [], "it was read beside the copy");
    // As long as a server may be silent.
    until("the failure", || (!desk.failing_parts().is_empty()).then_some(()));
    assert_eq!(desk.failing_parts(), [HealthPart::SentFolder], "{}", daemon.log());
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().code(), Some(0), "{}", daemon.log());
    server.answer_oddly(|command, _| command.starts_with("APPEND").then(|| "{tag} NO over quota\r\n".to_owned()));
    desk.troubled_tick_at(Timestamp::now() + SignedDuration::from_hours(3));
    let alarms: Vec<String> = desk
        .letters_to("staff@office.example")
        .into_iter()
        .filter_map(|letter| letter.header("Subject"))
        .filter(|subject| !subject.contains("igest"))
        .collect();
    assert!(alarms.len() == 1 && alarms[0].contains("Sent"), "{alarms:?}");
    assert_eq!(desk.written_as(LetterRole::Alarm).len(), 1);
    desk.is_sound();
}

#[test]
fn while_one_mailbox_is_silent_no_reminder_leaves_and_that_is_what_is_told() {
    let server = OddImap::start();
    let desk = Desk::with_requests();
    reads_first(&desk, &server);
    desk.tick_at(days_on(0));
    assert_eq!(desk.letters().len(), 2);
    server.answer_oddly(|command, _| command.starts_with("UID SEARCH").then(String::new));
    server.deliver("From: somebody@elsewhere.example\r\nSubject: news\r\nMessage-ID: <1@elsewhere.example>\r\n\r\nNews.\r\n");
    let pass = desk.troubled_tick_at(days_on(49));
    assert_eq!((desk.letters().len(), letters_to_authorities(&desk)), (2, 2), "neither written nor sent");
    let held = pass["held"].to_string();
    assert!(held.matches("the mailbox was not read successfully since the step fell due").count() == 2, "{pass:#}");
    assert!(pass["faults"].to_string().contains("imap:desk@127.0.0.1/INBOX"), "{pass:#}");
    assert!(health(&desk)["failing_since"].is_string());
    assert_eq!(desk.failing_parts().len(), 1, "the mailbox, and nothing else");
    server.answer_well();
    desk.tick_at(days_on(50));
    assert_eq!(desk.letters().len(), 4);
    desk.is_sound();
}
