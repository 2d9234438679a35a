//! Connections that break at the worst moment, and a mailbox that was rebuilt, on real servers: nothing is lost, nothing doubled.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::desk::{Desk, until};
use crate::post::{BrokenLine, Post};
use crate::support::proxy::Cut;

fn with_requests(post: &Post) -> Desk {
    let desk = post.desk();
    desk.open_requests();
    desk
}

/// Reply, newsletter, and a mail that names nothing.
fn save_three_mails(post: &Post, reply_to: &str) {
    post.dovecot
        .save(&format!("From: alice@prisons.example\nTo: {reply_to}\nMessage-ID: <1@prisons.example>\nSubject: Re: airing\n\nWe air.\n"));
    post.dovecot.save("From: news@press.example\nTo: desk@requests.example\nMessage-ID: <2@press.example>\nList-Unsubscribe: <https://press.example>\nPrecedence: bulk\nSubject: News\n\nNews.\n");
    post.dovecot.save("From: somebody@elsewhere.example\nTo: desk@requests.example\nSubject: Hello\n\nWithout a Message-ID.\n");
}

#[test]
fn a_mailbox_rebuilt_with_another_uidvalidity_doubles_nothing() {
    let post = Post::open();
    let desk = with_requests(&post);
    desk.change("# dsn = true", "dsn = false");
    desk.tick();
    save_three_mails(&post, post.inbox_of("alice", 1)[0]["reply-to"].as_str().unwrap());
    assert_eq!(desk.tick()["ingested"], 3);
    let (mails, requests) = (desk.mails(), desk.requests());
    let events = |desk: &Desk| desk.events().iter().filter(|kind| kind.starts_with("mail ")).count();
    let before = events(&desk);
    post.dovecot.doveadm(&["mailbox", "update", "-u", "desk", "--uid-validity", "987654", "INBOX"]);
    let pass = desk.tick();
    assert_eq!((&pass["ingested"], &pass["again"]), (&Value::from(0), &Value::from(3)), "{pass:#}");
    let places = |mails: &[Value]| -> Vec<Value> { mails.iter().map(|mail| mail["standing"].clone()).collect() };
    assert_eq!((places(&desk.mails()), desk.requests()), (places(&mails), requests));
    assert_eq!(events(&desk), before, "nothing happened");
    desk.is_sound();
}

#[test]
fn a_connection_cut_in_the_middle_of_a_fetch_loses_nothing_at_the_next_pass() {
    let post = Post::open();
    let desk = post.desk();
    desk.change("# dsn = true", "dsn = false");
    for number in 1..=5 {
        let long = "a line of a long letter\n".repeat(2_000);
        post.dovecot
            .save(&format!("From: somebody@elsewhere.example\nMessage-ID: <{number}@elsewhere.example>\nSubject: {number}\n\n{long}"));
    }
    let line = BrokenLine::to(post.dovecot.imap, Cut::AfterBytesFromServer(120_000));
    line.lay(&desk, post.dovecot.imaps);
    let cut = desk.troubled_tick_at(Timestamp::now());
    assert_ne!(cut["faults"], serde_json::json!([]), "{cut:#}");
    assert!(desk.mails().len() < 5, "the line was cut before the end");
    desk.tick();
    let mut subjects: Vec<String> = desk.mails().iter().map(|mail| mail["subject"].as_str().unwrap().to_owned()).collect();
    subjects.sort();
    assert_eq!(subjects, ["1", "2", "3", "4", "5"]);
    assert_eq!(post.found("desk", &["UNSEEN"]), 0);
    let health = desk.json(&["status"]).remove(0)["health"].clone();
    assert!(health.as_array().unwrap().iter().all(|part| part["failing_since"].is_null()), "{health:#}");
    desk.is_sound();
}

/// An office whose first letter, to the Prison Service, got to its server while the server's word that it was taken got lost.
fn with_a_letter_of_unknown_outcome(dsn: bool) -> (Post, Desk, BrokenLine) {
    let post = Post::open();
    let desk = with_requests(&post);
    if !dsn {
        desk.change("# dsn = true", "dsn = false");
    }
    let line = BrokenLine::to(post.postfix.smtp, Cut::AnswerTo(b"\r\n.\r\n"));
    line.lay(&desk, post.postfix.smtps);
    let pass = desk.tick();
    assert_eq!(pass["outcomes_unknown"], 1, "{pass:#}");
    assert_eq!(desk.request_to("Prison Service")["delivery"], "unknown", "neither sent nor failed");
    assert_eq!(desk.request_to("Ministry of Justice")["delivery"], "accepted", "the next letter goes over a new connection");
    post.inbox_of("alice", 1);
    (post, desk, line)
}

#[test]
fn a_letter_of_unknown_outcome_is_known_to_have_left_when_it_is_answered() {
    let (post, desk, _line) = with_a_letter_of_unknown_outcome(false);
    post.answers("alice", "alice@prisons.example", "Cells are aired for two hours.\n");
    post.arrived("desk", 1);
    assert_eq!(desk.tick()["linked"], 1);
    let request = desk.request_to("Prison Service");
    assert_eq!((request["delivery"].as_str(), request["state"].as_str()), (Some("accepted"), Some("completed")));
    desk.tick_at(Timestamp::now() + SignedDuration::from_hours(48));
    assert_eq!(post.found("alice", &["ALL"]), 1, "it is not sent again");
    desk.is_sound();
}

#[test]
fn a_letter_of_unknown_outcome_is_known_to_have_left_by_the_notice_of_its_delivery() {
    let (post, desk, _line) = with_a_letter_of_unknown_outcome(true);
    until("the notice of delivery", || {
        desk.tick();
        (desk.request_to("Prison Service")["delivery"] == "accepted").then_some(())
    });
    assert_eq!(post.found("alice", &["ALL"]), 1);
    desk.is_sound();
}

#[test]
fn a_letter_of_unknown_outcome_is_sent_again_the_same_bytes_after_the_waiting_time() {
    let (post, desk, _line) = with_a_letter_of_unknown_outcome(false);
    assert_eq!(desk.tick()["letters_sent"], 0, "it is not sent again at once");
    let pass = desk.tick_at(Timestamp::now() + SignedDuration::from_hours(23));
    assert_eq!(desk.request_to("Prison Service")["delivery"], "unknown", "{pass:#}");
    desk.tick_at(Timestamp::now() + SignedDuration::from_hours(25));
    let letters = post.inbox_of("alice", 2);
    assert_eq!(letters[0], letters[1], "one Message-ID, one text: a receiver can tell that it is one letter");
    let shown = desk.shown(&desk.reference_to("Prison Service"));
    let delivery = &shown["letters"][0]["deliveries"][0];
    assert_eq!((delivery["state"].as_str(), &delivery["attempts"]), (Some("accepted"), &Value::from(2)), "each attempt is on record");
    assert_eq!(shown["letters"].as_array().unwrap().len(), 1, "{shown:#}");
    desk.is_sound();
}
