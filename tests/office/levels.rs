//! Whom letters climb to, and what is said where the directory has nobody there.

use demarche::domain::event::EventKind;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::folders::{Letter, days_on, monday};

const GENERAL: &str = "name,email,domains\nPrison Service,post@prisons.example,prisons.example\n";
const SUPERVISED: &str = "name,email,domains,parent\n\
    Prison Service,post@prisons.example,prisons.example,Ministry of Justice\n\
    Ministry of Justice,post@moj.example,moj.example,\n";

/// Of each event that names steps for which the directory knew nobody: what happened, and those steps.
fn vacant_on_record(desk: &Desk) -> Vec<(String, Value)> {
    let events = desk.register().contents().events().unwrap();
    events.into_iter().map(|(_, event)| (event.kind, event.detail["vacant"].clone())).filter(|(_, vacant)| !vacant.is_null()).collect()
}

fn asked_in(directory: &str) -> Desk {
    let desk = Desk::init();
    desk.import("authorities", directory);
    desk.import("recommendations", "reference,addressees,text,made_on\n2041/1,Prison Service,Air.,2041-03-01\n");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(monday());
    desk
}

/// The letter's words, whatever its lines.
fn words(letter: &Letter) -> String {
    letter.raw.replace("=\r\n", "").replace("=\n", "").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn last_digest(desk: &Desk) -> String {
    words(&desk.letters_to("staff@office.example").pop().unwrap())
}

fn steps(shown: &Value) -> Vec<&str> {
    shown["letters"].as_array().unwrap().iter().filter_map(|letter| letter["step"].as_str()).collect()
}

#[test]
fn a_level_of_which_the_directory_has_nobody_is_told_to_staff_and_the_next_is_written_to() {
    let desk = asked_in(SUPERVISED);
    let reference = desk.reference_to("Prison Service");
    for day in [49, 57, 66, 70] {
        desk.tick_at(days_on(day));
    }
    assert_eq!(desk.letters_to("post@prisons.example").len(), 3, "the request and two reminders, and none to them as their own head");
    let digest = last_digest(&desk);
    assert!(digest.contains("NOBODY TO WRITE TO AT A HIGHER LEVEL (1)"), "{digest}");
    assert!(digest.contains(&format!("due 13 May 2041, {reference}; the directory has nobody of that level")), "{digest}");
    assert!(digest.contains("demarche import authorities FILE"), "{digest}");
    let shown = desk.shown(&reference);
    assert_eq!(shown["vacant_levels"][0]["step"], "escalation to the head", "{:#}", shown["vacant_levels"]);
    assert!(desk.must(&["requests", "show", &reference]).contains("Nobody to write to\n  escalation to the head, due on 2041-05-13"));

    desk.tick_at(days_on(84));
    let letter = desk.letters_to("post@moj.example").pop().unwrap();
    assert!(words(&letter).contains("We turn to you as the authority that supervises Prison Service"), "{}", letter.raw);
    assert!(!words(&letter).contains("letter to a higher level"), "nobody got one: {}", letter.raw);
    assert_eq!(steps(&desk.shown(&reference)), ["friendly reminder", "reminder", "escalation to the supervising authority"]);
    // Whoever comes into the directory now is below those who were written to.
    desk.import("authorities", "name,focal_point,focal_point_email,level\nPrison Service,Hugh Head,head@prisons.example,head\n");
    for day in [85, 98, 112] {
        desk.tick_at(days_on(day));
    }
    assert_eq!(desk.letters_to("head@prisons.example").len(), 0);
    assert_ne!(desk.request_to("Prison Service")["non_cooperation_on"], json!(null));
    let head = json!(["escalation to the head"]);
    assert_eq!(vacant_on_record(&desk).iter().filter(|(_, vacant)| *vacant == head).count(), 1, "the record says so");
    desk.is_sound();
}

#[test]
fn where_nobody_above_is_known_nobody_is_threatened_with_a_higher_level_and_the_record_says_who_was_not_there() {
    let desk = asked_in(GENERAL);
    for day in [49, 57, 70, 84, 111] {
        desk.tick_at(days_on(day));
    }
    let letters = desk.letters_to("post@prisons.example");
    assert_eq!(letters.len(), 3);
    assert!(letters.iter().all(|letter| !words(letter).contains("higher level")), "{}", letters[2].raw);
    assert_eq!(desk.request_to("Prison Service")["non_cooperation_on"], json!(null));
    desk.tick_at(days_on(112));
    assert_eq!(desk.letters_to("post@prisons.example").len(), 3);
    assert_eq!(desk.request_to("Prison Service")["non_cooperation_on"], "2041-06-24");
    let both =
        (EventKind::NonCooperationRecorded.name().to_owned(), json!(["escalation to the head", "escalation to the supervising authority"]));
    assert_eq!(vacant_on_record(&desk).iter().filter(|recorded| **recorded == both).count(), 1);
    desk.is_sound();
}

#[test]
fn a_person_who_holds_two_seats_under_one_address_gets_no_letter_as_somebody_higher() {
    let directory = "name,email,domains,parent,focal_point,focal_point_email,level\n\
        Prison Service,post@prisons.example,prisons.example,Ministry of Justice,Hugh Head,post@prisons.example,head\n\
        Ministry of Justice,post@prisons.example,prisons.example,,,,\n";
    let desk = asked_in(directory);
    for day in [49, 57, 70, 84, 111] {
        desk.tick_at(days_on(day));
    }
    assert_eq!(desk.letters_to("post@prisons.example").len(), 3);
}

#[test]
fn check_and_import_name_the_authorities_with_open_requests_that_have_nobody_above() {
    let desk = Desk::init();
    desk.import("authorities", &format!("{GENERAL}Coast Guard,post@coast.example,coast.example\n"));
    let under_way = "reference,authority,sent_on,deadline\nABC 12/2041,Prison Service,2041-03-01,2041-04-30\n";
    std::fs::write(desk.file("under-way.csv"), under_way).unwrap();
    let told = desk.must(&["import", "requests", "under-way.csv"]);
    let checked = desk.run(&["check", "--offline"]).out;
    for (what, said) in [("import", &told), ("check", &checked)] {
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        for words in [
            "escalation to the head: the directory has nobody of the level head (1 authority with an open request: Prison Service)",
            "escalation to the supervising authority: the directory names no supervising authority (1 authority",
            "import authorities with their parent",
        ] {
            assert!(said.contains(words), "{what}, {words}: {said}");
        }
        assert!(
            !said.contains("request: Coast Guard") && !said.contains("requests: Coast Guard"),
            "{what}: nothing was asked of it: {said}"
        );
    }
    for day in [50, 60, 75, 90, 120] {
        desk.tick_at(days_on(day));
    }
    let letters = desk.letters_to("post@prisons.example");
    assert_eq!(letters.len(), 2, "two reminders");
    // What was asked in a letter by hand, of which no recommendation is on record, is not told as nothing.
    for letter in letters {
        let said = words(&letter);
        assert!(said.contains("for a written answer to our letter ABC 12/2041"), "{}", letter.raw);
        assert!(!said.contains("0 recommendations") && !said.contains("RECOMMENDATION"), "{}", letter.raw);
    }
}

#[test]
fn the_first_digests_of_an_office_leave_at_their_day_and_hour() {
    let desk = Desk::init();
    desk.import("authorities", GENERAL);
    let eight = monday().round(jiff::Unit::Hour).unwrap();
    let eight = eight - SignedDuration::from_hours(i64::from(eight.to_zoned_datetime(jiff::tz::TimeZone::UTC).hour()) - 8);
    for (at, expected) in [
        (eight - SignedDuration::from_hours(2), 0),
        (eight - SignedDuration::from_secs(1), 0),
        (eight, 1),
        (eight + SignedDuration::from_hours(24), 0),
        // The machine stood still over the next Monday: what was due leaves once.
        (eight + SignedDuration::from_hours(9 * 24), 1),
        (eight + SignedDuration::from_hours(13 * 24), 0),
        (eight + SignedDuration::from_hours(14 * 24 - 1), 0),
        (eight + SignedDuration::from_hours(14 * 24), 1),
    ] {
        assert_eq!(desk.tick_at(at)["digests"], expected, "{at}");
    }
}

#[test]
fn whom_the_directory_names_in_another_unit_is_still_one_person() {
    let desk = Desk::init();
    let directory = |unit: &str| {
        let head = "name,email,domains,focal_point,focal_point_email,office";
        desk.import(
            "authorities",
            &format!("{head}\nPrison Service,post@prisons.example,prisons.example,Ana Petrova,ana@prisons.example,{unit}\n"),
        );
        let shown = desk.json(&["authorities", "show", "Prison Service"]).remove(0);
        let people = shown["authority"]["contacts"].as_array().unwrap().clone();
        people.into_iter().map(|person| format!("{}, {}", person["address"].as_str().unwrap(), person["unit"])).collect::<Vec<_>>()
    };
    let general = "post@prisons.example, \"\"".to_owned();
    assert_eq!(directory("Legal unit"), [general.clone(), "ana@prisons.example, \"Legal unit\"".into()]);
    // The last file does not say in which.
    for unit in ["Health unit", "Health unit", ""] {
        assert_eq!(directory(unit), [general.clone(), "ana@prisons.example, \"Health unit\"".into()], "{unit}");
    }
}
