//! Letters that somebody wants to see before they leave.

use std::time::Duration;

use demarche::domain::event::EventKind;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::folders::days_on;

const DIRECTORY: &str = "name,email,domains,focal_point,focal_point_email,level\n\
    Prison Service,post@prisons.example,prisons.example,,,\n\
    Prison Service,,,Hugh Head,head@prisons.example,head\n";

/// One recommendation to the Prison Service, whose head is known; letters to heads wait for a person.
fn office() -> Desk {
    let desk = Desk::init();
    desk.change("# [drafts]", "[drafts]\nlevels = [\"head\"]");
    desk.import("authorities", DIRECTORY);
    desk.import("recommendations", "reference,addressees,text,made_on\n2041/1,Prison Service,Air.,2041-03-01\n");
    desk
}

/// As [`office`], with a request whose first letter is drafted, on Monday.
fn drafted() -> (Desk, String) {
    let desk = office();
    let said = desk.must(&["requests", "open", "--new", "--draft"]);
    assert!(said.contains("demarche letters list --drafts"), "{said}");
    desk.tick_at(days_on(0));
    let draft = one_draft(&desk)["id"].to_string();
    (desk, draft)
}

fn drafts(desk: &Desk) -> Vec<Value> {
    desk.json(&["letters", "list", "--drafts"])
}

fn one_draft(desk: &Desk) -> Value {
    let mut drafts = drafts(desk);
    assert_eq!(drafts.len(), 1, "{drafts:#?}");
    drafts.remove(0)
}

fn day(at: Timestamp) -> Date {
    at.to_zoned_datetime(jiff::tz::TimeZone::UTC).date()
}

fn bytes_of(desk: &Desk, draft: &str) -> String {
    let letter = desk.written().into_iter().find(|letter| letter.id.0.to_string() == draft).unwrap();
    String::from_utf8(desk.bytes_of(&letter)).unwrap()
}

#[test]
fn a_letter_that_somebody_wants_to_see_first_leaves_once_they_have_released_it_as_it_was_shown() {
    let (desk, draft) = drafted();
    let shown = desk.must(&["letters", "show", &draft]);
    assert!(shown.contains("To: \"Prison Service\" <post@prisons.example>"), "{shown}");
    assert!(shown.contains("drafted, and has not left: it waits to be released by 2041-03-07"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    let bytes = bytes_of(&desk, &draft);
    for hours in [1, 5, 20, 24] {
        desk.tick_at(days_on(0) + SignedDuration::from_hours(hours));
    }
    assert!(desk.letters().is_empty(), "nobody has released it");
    assert_eq!(one_draft(&desk)["id"].to_string(), draft, "and it is drafted once");

    let said = desk.must(&["letters", "release", &draft, "--by", "H. Head"]);
    assert!(said.contains("post@prisons.example is released; it leaves with the next pass"), "{said}");
    let again = desk.run(&["letters", "release", &draft]);
    assert!(again.code != Some(0) && again.err.contains("is no draft"), "{}", again.err);
    for day in [2, 3] {
        desk.tick_at(days_on(day));
    }
    let left = desk.letters();
    assert_eq!(left.len(), 1);
    assert!(left[0].raw.ends_with(&bytes), "its bytes are those that were shown");
    assert_eq!(desk.times(EventKind::LetterReleased), 1);
    assert!(drafts(&desk).is_empty());
    desk.is_sound();
}

#[test]
fn the_deadline_that_a_draft_names_counts_from_the_last_day_on_which_it_can_be_released() {
    let (desk, draft) = drafted();
    let reference = desk.reference_to("Prison Service");
    desk.must(&["letters", "release", &draft]);
    desk.tick_at(days_on(1));
    // Released on Tuesday; it could have been on Thursday, 7 March, and 56 days later is 2 May.
    assert_eq!(desk.request_to("Prison Service")["sent_on"], "2041-03-05");
    assert_eq!(desk.request_to("Prison Service")["deadline"], "2041-05-02");
    assert!(desk.must(&["requests", "show", &reference]).contains("the letter names 2041-05-02"));
}

#[test]
fn a_draft_that_nobody_releases_in_time_is_written_anew_with_a_later_deadline() {
    let (desk, draft) = drafted();
    let late = days_on(3) + SignedDuration::from_hours(14);
    desk.tick_at(days_on(3));
    assert_eq!(one_draft(&desk)["id"].to_string(), draft, "Thursday is the last day");
    desk.tick_at(late);
    let anew = one_draft(&desk);
    assert_ne!(anew["id"].to_string(), draft);
    assert_eq!((day(late).to_string(), &anew["release_by"]), ("2041-03-08".into(), &json!("2041-03-13")));
    assert_eq!(desk.request_to("Prison Service")["deadline"], "2041-05-08");
    assert_eq!(desk.times(EventKind::DraftLapsed), 1);
    let refused = desk.run(&["letters", "release", &draft]);
    assert!(refused.err.contains("was withdrawn"), "{}", refused.err);
    desk.must(&["letters", "release", &anew["id"].to_string()]);
    desk.tick_at(late + SignedDuration::from_mins(5));
    assert_eq!(desk.letters().len(), 1);
    desk.is_sound();
}

/// The request leaves by itself; the letter to the head is drafted after two reminders, and is the one that waits.
fn escalation_drafted() -> (Desk, String, Value) {
    let desk = office();
    desk.must(&["requests", "open", "--new"]);
    for day in [0, 49, 57, 70] {
        desk.tick_at(days_on(day));
    }
    let reference = desk.reference_to("Prison Service");
    assert_eq!(desk.letters().len(), 3, "the request and two reminders");
    let draft = one_draft(&desk);
    assert_eq!((&draft["step"], &draft["reference"]), (&json!("escalation to the head"), &json!(reference)));
    (desk, reference, draft)
}

#[test]
fn a_letter_to_the_head_waits_for_a_person_and_does_not_pass_for_sent() {
    let (desk, reference, draft) = escalation_drafted();
    let shown = desk.must(&["requests", "show", &reference]);
    assert!(shown.contains("head@prisons.example: draft"), "{shown}");
    assert!(shown.contains(&format!("demarche letters release {}", draft["id"])), "{shown}");
    assert_eq!(desk.request_to("Prison Service")["level"], "technical", "nobody higher was written to yet");
    let status = desk.json(&["status"]).remove(0);
    assert_eq!((&status["drafts"], &status["deliveries"]["waiting"]), (&json!(1), &json!(null)));
    let forecast = desk.json(&["forecast", "--until", "2041-12-31"]);
    assert_eq!(forecast.len(), 1, "what follows hangs on the person: {forecast:#?}");
    assert_eq!((&forecast[0]["step"], &forecast[0]["held"]), (&json!("escalation to the head"), &json!("draft_waits")));
    // What is foreseen before anything is drafted says so too.
    let elsewhere = office();
    elsewhere.must(&["requests", "open", "--new"]);
    elsewhere.tick_at(days_on(0));
    let foreseen = elsewhere.json(&["forecast", "--until", "2041-12-31"]);
    let holds: Vec<&Value> = foreseen.iter().map(|step| &step["held"]).collect();
    assert_eq!(holds, [&json!(null), &json!(null), &json!("draft_waits")], "{foreseen:#?}");
}

#[test]
fn an_answer_that_comes_while_a_draft_waits_withdraws_it() {
    let (desk, _, draft) = escalation_drafted();
    let answer = desk.letters()[0].answered_by("Post Room <post@prisons.example>", "The cells are aired twice a day.");
    let domain_signed = answer;
    desk.deliver(days_on(71), domain_signed);
    desk.tick_at(days_on(71));
    let waiting = desk.json(&["mail", "list", "--waiting"]);
    if let Some(mail) = waiting.first() {
        // Held meanwhile, and not chased, until somebody has said what it is.
        assert_eq!(drafts(&desk).len(), 1);
        desk.must(&["mail", "mark", &mail["id"].to_string(), "reply"]);
        desk.tick_at(days_on(71) + SignedDuration::from_mins(5));
    }
    assert_eq!(desk.request_to("Prison Service")["state"], "completed");
    assert!(drafts(&desk).is_empty());
    let refused = desk.run(&["letters", "release", &draft["id"].to_string()]);
    assert!(refused.code != Some(0) && refused.err.contains("was withdrawn"), "{}", refused.err);
    for day in [72, 80, 90] {
        desk.tick_at(days_on(day));
    }
    assert!(desk.letters_to("head@prisons.example").is_empty());
    desk.is_sound();
}

#[test]
fn a_letter_to_the_head_that_somebody_withdraws_is_passed_over() {
    let (desk, reference, draft) = escalation_drafted();
    desk.must(&["letters", "withdraw", &draft["id"].to_string(), "--because", "they have promised an answer by telephone"]);
    for day in [71, 75, 83] {
        desk.tick_at(days_on(day));
    }
    assert!(desk.letters_to("head@prisons.example").is_empty());
    assert!(drafts(&desk).is_empty(), "it is not written again");
    assert!(desk.must(&["requests", "show", &reference]).contains("head@prisons.example: withdrawn"));
    assert_eq!(desk.times(EventKind::DraftWithdrawn), 1);
    desk.is_sound();
}

#[test]
fn a_later_step_does_not_overtake_a_draft() {
    let (desk, reference, _) = escalation_drafted();
    desk.change("levels = [\"head\"]", "levels = [\"head\"]\ndays = 60");
    let draft = one_draft(&desk)["id"].to_string();
    desk.must(&["letters", "redraft", &draft]);
    for day in [70, 71, 84, 98, 112] {
        desk.tick_at(days_on(day) + SignedDuration::from_mins(5));
    }
    assert_eq!(drafts(&desk).len(), 1);
    assert_eq!(desk.letters().len(), 3);
    assert_eq!(desk.request_to("Prison Service")["non_cooperation_on"], json!(null));
    let held = desk.shown(&reference)["waits_for"]["held"]["why"].clone();
    assert_eq!(held, "draft_waits", "{:#}", desk.shown(&reference)["waits_for"]);
    // The time until the next step counts from the day on which it was released, not from that on which it was written.
    let draft = one_draft(&desk)["id"].to_string();
    desk.must(&["letters", "release", &draft]);
    for day in [113, 114, 120] {
        desk.tick_at(days_on(day));
    }
    assert_eq!(desk.letters_to("head@prisons.example").len(), 1);
    assert_eq!(desk.request_to("Prison Service")["non_cooperation_on"], json!(null));
    desk.is_sound();
}

#[test]
fn the_letter_by_which_a_request_is_made_is_redrafted_or_the_request_is_ended() {
    let (desk, draft) = drafted();
    let reference = desk.reference_to("Prison Service");
    let refused = desk.run(&["letters", "withdraw", &draft, "--because", "too early"]);
    assert!(refused.code != Some(0) && refused.err.contains(&format!("requests withdraw {reference}")), "{}", refused.err);
    desk.import("authorities", "name,email,domains\nPrison Service,registry@prisons.example,prisons.example\n");
    desk.must(&["letters", "redraft", &draft]);
    desk.tick_at(days_on(1));
    let anew = one_draft(&desk);
    assert_ne!(anew["id"].to_string(), draft, "with what the directory says now");
    desk.must(&["requests", "withdraw", &reference, "--reason", "sent to the wrong authority"]);
    let refused = desk.run(&["letters", "release", &anew["id"].to_string()]);
    assert!(refused.code != Some(0) && refused.err.contains("the request is ended"), "{}", refused.err);
    desk.tick_at(days_on(2));
    assert!(drafts(&desk).is_empty() && desk.letters().is_empty());
    desk.is_sound();
}

#[test]
fn a_released_letter_leaves_once_though_the_daemon_is_killed_before_and_while_it_leaves() {
    for milliseconds in [0, 3, 10, 30, 80] {
        let (desk, draft) = drafted();
        let bytes = bytes_of(&desk, &draft);
        desk.must(&["letters", "release", &draft]);
        let at = days_on(1).to_string();
        let (out, err) = (std::process::Stdio::null(), std::process::Stdio::null());
        let mut killed = desk.command(&["tick", "--at", &at]).stdout(out).stderr(err).spawn().unwrap();
        // Not a wait for something: this is the moment at which the kill comes.
        std::thread::sleep(Duration::from_millis(milliseconds));
        killed.kill().unwrap();
        killed.wait().unwrap();
        for hours in [1, 2, 30] {
            desk.run(&["tick", "--at", &(days_on(1) + SignedDuration::from_hours(hours)).to_string()]);
        }
        let left = desk.letters();
        assert!(left.len() <= 1, "killed after {milliseconds} ms, it left twice");
        assert!(left.iter().all(|letter| letter.raw.ends_with(&bytes)));
        // Or its outcome is unknown, and a person is asked.
        let unknown = desk.json(&["status"]).remove(0)["deliveries"]["unknown"].as_u64().unwrap_or(0);
        assert_eq!(left.len().max(usize::try_from(unknown).unwrap()), 1, "killed after {milliseconds} ms, it is lost");
        desk.is_sound();
    }
}
