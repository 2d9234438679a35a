//! Letters that somebody wants to see before they leave.

// Long because the life of a draft is told from its beginning to each of its ends, on one desk.

use std::time::Duration;

use demarche::domain::draft_end::DraftEnd;
use demarche::domain::event::EventKind;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::Digest;

use crate::desk::Desk;
use crate::folders::days_on;
use crate::support::sqlite;

const DIRECTORY: &str = "name,email,domains,focal_point,focal_point_email,level\n\
    Prison Service,post@prisons.example,prisons.example,,,\n\
    Prison Service,,,Hugh Head,head@prisons.example,head\n";

/// One recommendation to the Prison Service, whose head is known; letters to heads wait for a person.
fn office() -> Desk {
    office_about("reference,addressees,text,made_on\n2041/1,Prison Service,Air.,2041-03-01\n")
}

/// As [`office`], with these recommendations.
fn office_about(recommendations: &str) -> Desk {
    let desk = Desk::init();
    desk.change("# [drafts]", "[drafts]\nlevels = [\"head\"]");
    desk.import("authorities", DIRECTORY);
    desk.import("recommendations", recommendations);
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

/// As it is shown to whoever decides about it.
fn text_of(desk: &Desk, draft: &Value) -> String {
    desk.must(&["letters", "show", &draft["id"].to_string()])
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
    assert!(said.split_whitespace().collect::<Vec<_>>().join(" ").contains("is released; it leaves with the next pass"), "{said}");
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
    let (reference, draft) = escalation_drafted_by(&desk);
    (desk, reference, draft)
}

fn escalation_drafted_by(desk: &Desk) -> (String, Value) {
    desk.must(&["requests", "open", "--new"]);
    for day in [0, 49, 57, 70] {
        desk.tick_at(days_on(day));
    }
    let reference = desk.reference_to("Prison Service");
    assert_eq!(desk.letters().len(), 3, "the request and two reminders");
    let draft = one_draft(desk);
    assert_eq!((&draft["step"], &draft["reference"]), (&json!("escalation to the head"), &json!(reference)));
    (reference, draft)
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
fn a_draft_is_written_anew_about_what_is_still_open_when_an_answer_to_a_part_comes_while_it_waits() {
    let desk = office_about(
        "reference,addressees,text,made_on,report\n2041/1,Prison Service,Air.,2041-03-01,Visit\n2041/2,Prison Service,Light.,2041-03-01,Visit\n",
    );
    let (_, draft) = escalation_drafted_by(&desk);
    let names = |draft: &Value| {
        let text = text_of(&desk, draft);
        ["2041/1", "2041/2"].map(|recommendation| text.contains(recommendation))
    };
    assert_eq!((&draft["step"], names(&draft)), (&json!("escalation to the head"), [true, true]));
    let letter = "From: somebody@elsewhere.example\r\nSubject: Airing\r\nMessage-ID: <a@elsewhere.example>\r\n\r\nAired.\r\n";
    desk.deliver(days_on(71), letter);
    desk.tick_at(days_on(71));
    assert_eq!(one_draft(&desk)["id"], draft["id"]);
    // By itself a reply is set against all that was asked; the register keeps answers to each.
    sqlite::answers_only(&desk.register_file(), 1, "2041/1");
    desk.tick_at(days_on(71) + SignedDuration::from_mins(5));
    let request = desk.request_to("Prison Service");
    assert_eq!(request["state"], "partial", "{request:#}");

    let withdrawn: Vec<Value> = desk.shown(request["reference"].as_str().unwrap())["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["kind"] == EventKind::DraftLapsed.name())
        .cloned()
        .collect();
    assert_eq!(withdrawn.len(), 1, "{withdrawn:#?}");
    assert_eq!(withdrawn[0]["detail"]["why"], DraftEnd::Outdated.why(), "{withdrawn:#?}");
    let anew = one_draft(&desk);
    assert_ne!(anew["id"], draft["id"]);
    assert_eq!((&anew["step"], names(&anew)), (&json!("escalation to the head"), [false, true]));
    let refused = desk.run(&["letters", "release", &draft["id"].to_string()]);
    assert!(refused.code != Some(0) && refused.err.contains("was withdrawn"), "{}", refused.err);
    desk.must(&["letters", "release", &anew["id"].to_string()]);
    desk.tick_at(days_on(72));
    let left = desk.letters_to("head@prisons.example");
    assert_eq!(left.len(), 1);
    assert!(left[0].raw.contains("2041/2") && !left[0].raw.contains("2041/1"), "{}", left[0].raw);
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
    desk.must(&["letters", "redraft", &draft]);
    desk.tick_at(days_on(1));
    let anew = one_draft(&desk)["id"].to_string();
    assert_ne!(anew, draft);
    desk.import("authorities", "name,email,domains\nPrison Service,registry@prisons.example,prisons.example\n");
    desk.tick_at(days_on(1));
    let moved = one_draft(&desk);
    assert_ne!(moved["id"].to_string(), anew);
    assert_eq!(moved["deliveries"][0]["recipient"], "registry@prisons.example", "nobody is at the old address: {moved}");
    let anew = moved;
    desk.must(&["requests", "withdraw", &reference, "--reason", "sent to the wrong authority"]);
    let refused = desk.run(&["letters", "release", &anew["id"].to_string()]);
    assert!(refused.code != Some(0) && refused.err.contains("the request is ended"), "{}", refused.err);
    desk.tick_at(days_on(2));
    assert!(drafts(&desk).is_empty() && desk.letters().is_empty());
    desk.is_sound();
}

#[test]
fn what_would_be_written_is_shown_exactly_and_nothing_is_opened() {
    let desk = office();
    let annex = b"%PDF-1.7 of a visit\r\n\x00\xff";
    std::fs::write(desk.file("annex.pdf"), annex).unwrap();
    let preview = desk.must(&["requests", "open", "--new", "--preview", "--attach", "annex.pdf"]);
    assert!(preview.contains("To: \"Prison Service\" <post@prisons.example>"), "{preview}");
    assert!(preview.contains("Enclosed: annex.pdf (application/pdf, 23 bytes)"), "{preview}");
    assert!(preview.contains("1 letter would be written; nothing was changed."), "{preview}");
    assert!(desk.requests().is_empty());
    desk.tick_at(days_on(0));
    assert!(desk.letters().is_empty());

    // What is opened is what was shown, but for its numbers, which are given then.
    desk.must(&["requests", "open", "--new", "--draft", "--attach", "annex.pdf"]);
    desk.tick_at(days_on(0));
    let shown = desk.must(&["letters", "show", "1"]);
    let words =
        |text: &str| text[text.find("Dear Sir").unwrap()..text.find("RECOMMENDATION").unwrap()].replace("2 May 2041", "").to_owned();
    assert_eq!(words(&shown).split("Your answer").next(), words(&preview).split("Your answer").next());
    assert!(shown.contains("\nEnclosed: annex.pdf\n"), "the text names it: {shown}");
}

#[test]
fn on_a_saturday_a_letter_is_shown_with_the_date_and_the_deadline_that_it_will_have_on_monday() {
    let desk = office();
    desk.change("every_day = true", "every_day = false");
    let saturday = days_on(5);
    desk.deliver(saturday, "From: somebody@elsewhere.example\r\nSubject: News\r\nMessage-ID: <a@elsewhere.example>\r\n\r\nNews.\r\n");
    desk.tick_at(saturday);
    for (how, expected, listed) in [(None, "6 May 2041", "2041-05-06"), (Some("--draft"), "9 May 2041", "2041-05-09")] {
        let open: Vec<&str> = ["requests", "open", "--new"].into_iter().chain(how).collect();
        let shown = desk.must(&[&open[..], &["--preview"]].concat());
        assert!(shown.contains(&format!("Request for a written answer by {expected}")), "{shown}");
        assert!(shown.contains("Date: Mon, 11 Mar 2041"), "{shown}");
        let listing = desk.must(&[&open[..], &["--dry-run"]].concat());
        assert!(listing.contains(listed), "{listing}");
    }
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(saturday + SignedDuration::from_hours(1));
    assert!(desk.letters().is_empty());
    desk.tick_at(days_on(7));
    let left = desk.letters().remove(0);
    assert!(left.header("Subject").unwrap().ends_with("Request for a written answer by 6 May 2041"), "{}", left.raw);
    assert!(left.header("Date").unwrap().starts_with("Mon, 11 Mar 2041"), "{}", left.raw);
}

#[test]
fn an_annex_arrives_whole_at_the_other_side_by_whichever_letter_makes_the_request() {
    let desk = office();
    let annex = b"%PDF-1.7 of a visit\r\n\x00\xff";
    let (first, second) = (desk.file("P\u{159}\u{ed}loha 1.pdf"), desk.file("table.csv"));
    std::fs::write(&first, annex).unwrap();
    std::fs::write(&second, "cell,aired\nA1,no\n").unwrap();
    desk.must(&["requests", "open", "--new", "--draft", "--attach", first.to_str().unwrap()]);
    desk.tick_at(days_on(0));
    let draft = one_draft(&desk)["id"].to_string();
    desk.must(&["letters", "redraft", &draft, "--attach", second.to_str().unwrap()]);
    desk.tick_at(days_on(1));
    let draft = one_draft(&desk)["id"].to_string();
    let shown = desk.json(&["letters", "show", &draft]).remove(0);
    let hash = |bytes: &[u8]| sha2::Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let named: Vec<(&str, &str)> = shown["written"]["attachments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attached| (attached["name"].as_str().unwrap(), attached["sha256"].as_str().unwrap()))
        .collect();
    let expected = [("P\u{159}\u{ed}loha 1.pdf", hash(annex)), ("table.csv", hash(b"cell,aired\nA1,no\n"))];
    assert_eq!(named, expected.iter().map(|(name, hash)| (*name, hash.as_str())).collect::<Vec<_>>());
    let written =
        desk.register().contents().events().unwrap().into_iter().map(|(_, event)| event).filter(|event| event.kind == "request written");
    let enclosed: Vec<Value> = written.map(|event| event.detail["enclosed"].clone()).collect();
    assert_eq!(enclosed[1][1]["sha256"], expected[1].1, "the record names it");

    desk.must(&["letters", "release", &draft]);
    desk.tick_at(days_on(1) + SignedDuration::from_mins(1));
    let left = desk.letters().remove(0);
    let message = mail_parser::MessageParser::default().parse(left.raw.as_bytes()).unwrap();
    let arrived: Vec<(String, Vec<u8>)> = message
        .attachments()
        .map(|part| (mail_parser::MimeHeaders::attachment_name(part).unwrap().to_owned(), part.contents().to_vec()))
        .collect();
    assert_eq!(arrived, [(expected[0].0.to_owned(), annex.to_vec()), ("table.csv".to_owned(), b"cell,aired\nA1,no\n".to_vec())]);
    // A reminder takes nothing with it.
    desk.tick_at(days_on(54));
    let reminder = desk.letters().into_iter().find(|letter| letter.raw != left.raw).unwrap();
    assert!(!reminder.raw.contains("table.csv"));
    desk.is_sound();
}

#[test]
fn a_file_that_no_server_would_take_is_refused_before_anything_is_opened() {
    let desk = office();
    let large = std::fs::File::create(desk.file("film.bin")).unwrap();
    large.set_len(16 << 20).unwrap();
    let refused = desk.run(&["requests", "open", "--new", "--attach", "film.bin"]);
    assert!(refused.code != Some(0) && refused.err.contains("16 MB"), "{}", refused.err);
    let refused = desk.run(&["requests", "open", "--new", "--attach", "nothing.pdf"]);
    assert!(refused.code != Some(0) && refused.err.contains("nothing.pdf cannot be enclosed"), "{}", refused.err);
    assert!(desk.requests().is_empty());
}

#[test]
fn whoever_answers_for_an_authority_is_told_what_waits_for_a_release_and_what_was_withdrawn() {
    let desk = office();
    desk.must(&["requests", "open", "--new", "--draft"]);
    for hours in [0, 24] {
        desk.tick_at(days_on(0) + SignedDuration::from_hours(hours));
    }
    let last =
        |desk: &Desk| desk.letters_to("staff@office.example").last().map(|letter| letter.raw.replace("=\r\n", "")).unwrap_or_default();
    let digest = last(&desk);
    assert!(digest.contains("LETTERS THAT WAIT FOR SOMEBODY TO RELEASE THEM (1)"), "{digest}");
    assert!(digest.contains("    demarche letters release 1\r\n"), "{digest}");
    desk.tick_at(days_on(4));
    desk.tick_at(days_on(5));
    let told: Vec<String> = desk.letters_to("staff@office.example").iter().map(|letter| letter.raw.replace("=\r\n", "")).collect();
    let withdrawn = told.iter().filter(|digest| digest.contains("DRAFTS THAT WERE WITHDRAWN (1)")).count();
    assert_eq!(withdrawn, 1, "once: {told:#?}");
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

#[test]
fn letters_that_will_be_drafted_are_not_said_to_wait_for_an_hour_at_which_they_leave() {
    let desk = office();
    desk.change("levels = [\"head\"]", "levels = [\"technical\"]");
    desk.change("to = \"23:59\"", "to = \"18:00\"");
    desk.must(&["requests", "open", "--new"]);
    let pass = desk.tick_at(days_on(0) + SignedDuration::from_hours(10));
    assert_eq!(pass["outside_hours"], Value::Null, "{pass:#}");
}

#[test]
fn a_preview_in_which_a_letter_cannot_be_written_fails() {
    let desk = office();
    desk.import("authorities", "name,email,domains\nNational Police,,police.example\n");
    desk.import("recommendations", "reference,addressees,text,made_on\n2041/2,National Police,Record.,2041-03-01\n");
    let preview = desk.run(&["requests", "open", "--new", "--preview"]);
    assert_eq!(preview.code, Some(1), "{}{}", preview.out, preview.err);
    assert!(preview.out.contains("1 letter would be written, 1 cannot be; nothing was changed."), "{}", preview.out);
}

/// The last digest to an address, in one line.
fn last_digest_to(desk: &Desk, address: &str) -> String {
    let raw = desk.letters_to(address).pop().map(|letter| letter.raw.replace("=\r\n", "")).unwrap_or_default();
    raw.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_draft_is_not_told_as_the_last_step_before_it_is_released() {
    let (desk, _, draft) = escalation_drafted();
    desk.tick_at(days_on(71));
    let digest = last_digest_to(&desk, "staff@office.example");
    assert!(digest.contains("last step: ") && !digest.contains("last step: escalation to the head"), "{digest}");
    desk.must(&["letters", "release", &draft["id"].to_string()]);
    desk.tick_at(days_on(72));
    let digest = last_digest_to(&desk, "staff@office.example");
    assert!(digest.contains("last step: escalation to the head"), "{digest}");
}

#[test]
fn that_a_letter_is_being_examined_is_not_drafted_again_once_withdrawn_and_the_reminder_is_still_written() {
    let desk = Desk::init();
    desk.change("# [drafts]", "[drafts]\nlevels = [\"technical\"]");
    desk.import("authorities", "name,email,domains\nPrison Service,post@prisons.example,prisons.example\n");
    desk.import("recommendations", "reference,addressees,text,made_on\n2041/1,Prison Service,Air.,2041-03-01\n");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(days_on(0));
    desk.must(&["letters", "release", &one_draft(&desk)["id"].to_string()]);
    desk.tick_at(days_on(0) + SignedDuration::from_mins(5));
    let reference = desk.reference_to("Prison Service");
    let letter = format!(
        "From: post@prisons.example\r\nTo: desk@office.example\r\nSubject: {reference}\r\nMessage-ID: <a@prisons.example>\r\n\r\nAired.\r\n"
    );
    desk.deliver(days_on(16), letter);
    desk.tick_at(days_on(16));
    // Its deadline counts from the last day on which it could be released.
    desk.tick_at(days_on(52));
    let told = one_draft(&desk);
    assert_eq!(told["kind"], "examination", "{told:#}");
    desk.must(&["letters", "withdraw", &told["id"].to_string(), "--because", "they were told by telephone"]);
    for day in 53..60 {
        desk.tick_at(days_on(day));
    }
    assert!(drafts(&desk).is_empty(), "of each letter once: {:#?}", drafts(&desk));
    desk.must(&["mail", "mark", "1", "ignore"]);
    desk.tick_at(days_on(60));
    assert_eq!(one_draft(&desk)["kind"], "reminder");
    desk.is_sound();
}
