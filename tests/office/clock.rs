//! Whether this machine's clock can be believed. What the stories cannot do is turn it; they make a register whose last pass lies far back, or ahead.

use std::sync::Arc;

use demarche::config;
use demarche::domain::confidentiality::Class;
use demarche::domain::event::Actor;
use demarche::domain::replacing::Given;
use demarche::office::{AuthorityRow, RecommendationRow, RequestSelection};
use demarche::register::Register;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::desk::Desk;

fn days_ago(days: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(24 * days)
}

/// An office that asked one authority, and has not been at work since.
fn asked_days_ago(days: i64) -> Desk {
    let desk = Desk::in_real_time();
    let workspace = config::load(&desk.file("demarche.toml")).unwrap();
    std::fs::remove_file(desk.file("register.sqlite")).unwrap();
    let mut register = Register::create(&workspace.register_path, Arc::new(workspace.rules.clone())).unwrap();
    let at = days_ago(days);
    register.adopt_rules(&workspace.fingerprint, at).unwrap();
    let authority = AuthorityRow {
        name: "Prison Service".into(),
        email: Given::Value("alice@prisons.example".into()),
        domains: vec!["prisons.example".into()],
        ..AuthorityRow::default()
    };
    register.import_authorities(&[authority], &Actor::at_the_command_line("tests"), at, false).unwrap();
    let recommendation = RecommendationRow {
        reference: "1".into(),
        addressees: vec!["Prison Service".into()],
        text: "That cells be aired.".into(),
        made_on: jiff::civil::date(2020, 3, 1),
        report: None,
        place: None,
        theme: None,
        urgency: None,
        repeats: None,
        class: Class::Confidential,
    };
    register.import_recommendations(&[recommendation], &Actor::at_the_command_line("tests"), at, false).unwrap();
    register.open_requests(&RequestSelection::AllNew, &Actor::at_the_command_line("tests"), at, false).unwrap();
    drop(register);
    desk.tick_at(at);
    assert_eq!(desk.letters_to("alice@prisons.example").len(), 1);
    desk
}

/// A pass by this machine's clock that doubts it.
fn doubting_tick(desk: &Desk) -> Value {
    let ran = desk.run(&["tick", "--json"]);
    assert_eq!(ran.code, Some(4), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("demarche clock accept"), "{}", ran.out);
    serde_json::from_str(&ran.out).unwrap()
}

fn to_authority(desk: &Desk) -> usize {
    desk.letters_to("alice@prisons.example").len()
}

#[test]
fn an_alarm_over_which_the_offices_own_template_trips_is_told_at_once_in_the_built_in_words() {
    let desk = asked_days_ago(60);
    let colleague =
        "[[staff]]\nname = \"F. Collègue\"\naddress = \"collegue@office.example\"\nlanguage = \"fr\"\noperator = true\n\n[digests]";
    desk.change("[digests]", colleague);
    std::fs::create_dir_all(desk.file("templates/en/alarm")).unwrap();
    // Whoever wrote it tried it while letters waited.
    std::fs::write(desk.file("templates/en/alarm/body.txt"), "{{ 700 // letters_waiting }} minutes: {{ problem }}\n").unwrap();
    let pass = doubting_tick(&desk);
    assert!(pass["faults"].to_string().contains("templates/en/alarm/body.txt, line 1"), "{pass:#}");
    let alarms = |to: &str| desk.letters_to(to).into_iter().filter(|letter| letter.raw.contains("clock accept")).count();
    assert_eq!((alarms("staff@office.example"), alarms("collegue@office.example")), (1, 1));
    doubting_tick(&desk);
    assert_eq!((alarms("staff@office.example"), alarms("collegue@office.example")), (1, 1), "once");
}

#[test]
fn a_clock_that_shows_months_of_which_nobody_has_heard_stops_letters_until_a_person_says_that_it_is_right() {
    let desk = asked_days_ago(60);
    let pass = doubting_tick(&desk);
    assert_eq!((&pass["letters_written"], to_authority(&desk)), (&Value::from(0), 1), "a reminder was due by that clock");
    let alarms = desk.letters_to("staff@office.example").into_iter().filter(|letter| letter.raw.contains("clock accept")).count();
    assert_eq!(alarms, 1, "the operator is asked at once");
    doubting_tick(&desk);
    let alarms = desk.letters_to("staff@office.example").into_iter().filter(|letter| letter.raw.contains("clock accept")).count();
    assert_eq!((alarms, to_authority(&desk)), (1, 1), "once, and still nothing leaves");
    assert!(desk.must(&["status"]).contains("clock FAILS"));
    let last = desk.register().contents().events().unwrap().iter().map(|(_, event)| event.at).max().unwrap();
    assert!(last < days_ago(50), "nothing is recorded at the hour of a doubted clock: {last}");

    assert!(desk.must(&["clock", "accept"]).contains("Letters leave again"));
    assert!(desk.must(&["clock", "accept"]).contains("not doubted"));
    desk.tick();
    assert_eq!(to_authority(&desk), 2);
    assert!(desk.events().contains(&"clock accepted".to_owned()));
    desk.is_sound();
}

#[test]
fn a_standstill_of_months_that_a_mail_confirms_is_only_a_late_start() {
    let desk = asked_days_ago(60);
    let yesterday = days_ago(1);
    let dated = yesterday.strftime("%a, %d %b %Y %H:%M:%S +0000");
    desk.deliver(
        yesterday,
        format!("From: somebody@elsewhere.example\r\nDate: {dated}\r\nMessage-ID: <1@elsewhere.example>\r\n\r\nGood day.\r\n"),
    );
    desk.tick();
    assert_eq!(to_authority(&desk), 2);
}

#[test]
fn a_folder_that_dates_mail_by_the_same_clock_confirms_nothing() {
    let desk = asked_days_ago(60);
    let dated = days_ago(59).strftime("%a, %d %b %Y %H:%M:%S +0000");
    desk.deliver(
        Timestamp::now(),
        format!("From: somebody@elsewhere.example\r\nDate: {dated}\r\nMessage-ID: <1@elsewhere.example>\r\n\r\nGood day.\r\n"),
    );
    doubting_tick(&desk);
    assert_eq!(to_authority(&desk), 1);
}

#[test]
fn three_weeks_of_standstill_are_no_question() {
    let desk = asked_days_ago(21);
    desk.tick();
    assert_eq!(to_authority(&desk), 1, "nothing was due");
}

#[test]
fn a_clock_that_shows_less_than_the_last_event_stops_letters_until_it_has_caught_up_or_is_accepted() {
    let desk = asked_days_ago(21);
    desk.tick_at(Timestamp::now() + SignedDuration::from_hours(50));
    doubting_tick(&desk);
    desk.must(&["clock", "accept"]);
    let pass = desk.tick();
    assert_eq!(pass["faults"], serde_json::json!([]));
    let last = desk.register().last_event_at().unwrap().unwrap();
    assert!(last <= Timestamp::now(), "time goes on by the clock that was accepted");
    desk.is_sound();
}
