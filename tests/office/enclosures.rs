//! Files that are sent with letters: each goes with the letter that it was meant for, and with no other.

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::folders::{Letter, days_on};
use crate::returns::genuine;
use crate::support::sqlite::{Tampering, tamper};

const DIRECTORY: &str = "name,email,domains,focal_point,focal_point_email,level\n\
    Prison Service,post@prisons.example,prisons.example,,,\n\
    Prison Service,,,Ann Alder,alice@prisons.example,\n\
    Prison Service,,,Hugh Head,head@prisons.example,head\n";

/// Two recommendations to the Prison Service; letters to these levels wait for a person.
fn office(levels: &str) -> Desk {
    let desk = Desk::init();
    desk.change("# [drafts]", &format!("[drafts]\nlevels = [{levels}]"));
    desk.import("authorities", DIRECTORY);
    desk.import(
        "recommendations",
        "reference,addressees,text,made_on,report\n2041/1,Prison Service,Air.,2041-03-01,A\n2041/2,Prison Service,Light.,2041-03-01,A\n",
    );
    for (name, bytes) in [("memo.txt", "For the head alone."), ("annex.txt", "What was seen.")] {
        std::fs::write(desk.file(name), bytes).unwrap();
    }
    desk
}

fn only_draft(desk: &Desk) -> Value {
    let mut drafts = desk.json(&["letters", "list", "--drafts"]);
    assert_eq!(drafts.len(), 1, "{drafts:#?}");
    drafts.remove(0)
}

fn id(draft: &Value) -> String {
    draft["id"].to_string()
}

fn with(letters: &[Letter], name: &str) -> usize {
    letters.iter().filter(|letter| letter.raw.contains(name)).count()
}

/// The draft of the letter to the head, after two reminders.
fn escalation_drafted() -> (Desk, Value) {
    let desk = office("\"head\"");
    desk.must(&["requests", "open", "--new"]);
    for day in [0, 49, 57, 70] {
        desk.tick_at(days_on(day));
    }
    let draft = only_draft(&desk);
    assert_eq!(draft["step"], "escalation to the head");
    (desk, draft)
}

#[test]
fn a_file_for_the_head_does_not_leave_with_the_next_reminder_to_the_registry() {
    let (desk, draft) = escalation_drafted();
    desk.must(&["letters", "redraft", &id(&draft), "--attach", "memo.txt"]);
    desk.tick_at(days_on(71));
    desk.must(&["requests", "extend", &desk.reference_to("Prison Service"), "2041-07-01", "--reason", "they asked for time"]);
    for day in [72, 112, 121, 134] {
        desk.tick_at(days_on(day));
    }
    assert!(desk.letters().len() > 3, "reminders of the new deadline have left");
    assert_eq!(with(&desk.letters(), "memo.txt"), 0, "nobody has released it");
    let shown = desk.json(&["letters", "show", &id(&only_draft(&desk))]).remove(0);
    assert_eq!(shown["written"]["attachments"][0]["name"], "memo.txt", "it is still enclosed with the letter to the head");
    desk.is_sound();
}

#[test]
fn an_annex_of_the_request_does_not_leave_a_second_time_with_a_reminder() {
    let desk = office("\"technical\"");
    desk.must(&["requests", "open", "--new", "--attach", "annex.txt"]);
    desk.tick_at(days_on(0));
    desk.must(&["letters", "release", &id(&only_draft(&desk))]);
    desk.tick_at(days_on(1));
    let left = desk.letters();
    assert_eq!((left.len(), with(&left, "annex.txt")), (1, 1));
    // It is said to have come back, so that it is written anew; then it turns out that it did not.
    desk.deliver(days_on(2), genuine(&left[0]));
    desk.tick_at(days_on(2));
    let anew = only_draft(&desk);
    assert_eq!((&anew["kind"], anew["id"] == 1), (&json!("request"), false));
    desk.must(&["mail", "mark", "1", "ignore"]);
    for day in [3, 9, 54] {
        desk.tick_at(days_on(day));
    }
    let reminder = only_draft(&desk);
    assert_eq!(reminder["kind"], "reminder");
    desk.must(&["letters", "release", &id(&reminder)]);
    desk.tick_at(days_on(55));
    let left = desk.letters();
    assert_eq!((left.len(), with(&left, "annex.txt")), (2, 1));
    desk.is_sound();
}

#[test]
fn nothing_is_enclosed_with_a_letter_that_says_that_another_is_being_examined() {
    let desk = office("\"technical\"");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(days_on(0));
    desk.must(&["letters", "release", &id(&only_draft(&desk))]);
    desk.tick_at(days_on(1));
    let reference = desk.reference_to("Prison Service");
    desk.deliver(
        days_on(16),
        format!("From: post@prisons.example\r\nTo: desk@office.example\r\nSubject: {reference}\r\nMessage-ID: <a@prisons.example>\r\n\r\nThe cells are aired daily.\r\n"),
    );
    for day in [16, 54] {
        desk.tick_at(days_on(day));
    }
    let examination = only_draft(&desk);
    assert_eq!(examination["kind"], "examination");
    let refused = desk.run(&["letters", "redraft", &id(&examination), "--attach", "memo.txt"]);
    assert!(refused.code != Some(0) && refused.err.contains("is being examined, and encloses nothing"), "{}", refused.err);
    assert_eq!(id(&only_draft(&desk)), id(&examination), "and nothing was changed");
    desk.is_sound();
}

#[test]
fn a_wrong_file_is_taken_out_of_a_draft_or_replaced_by_one_of_its_name() {
    let desk = office("");
    desk.must(&["requests", "open", "--new", "--draft", "--attach", "memo.txt", "--attach", "annex.txt"]);
    desk.tick_at(days_on(0));
    std::fs::write(desk.file("empty.pdf"), "").unwrap();
    let draft = id(&only_draft(&desk));
    for (said, why) in
        [(["--without", "other.txt"], "encloses no file named \"other.txt\""), (["--attach", "empty.pdf"], "empty.pdf is empty")]
    {
        let refused = desk.run(&[&["letters", "redraft", &draft][..], &said].concat());
        assert!(refused.code != Some(0) && refused.err.contains(why), "{}", refused.err);
    }
    std::fs::write(desk.file("annex.txt"), "What was seen, corrected.").unwrap();
    desk.must(&["letters", "redraft", &draft, "--without", "memo.txt", "--attach", "annex.txt"]);
    desk.tick_at(days_on(1));
    let shown = desk.json(&["letters", "show", &id(&only_draft(&desk))]).remove(0);
    let attached = shown["written"]["attachments"].as_array().unwrap().clone();
    assert_eq!((attached.len(), &attached[0]["name"], &attached[0]["size"]), (1, &json!("annex.txt"), &json!(25)), "{attached:#?}");
    desk.is_sound();
    tamper(&desk.register_file(), Tampering::EnclosureBytes);
    let verified = desk.run(&["verify"]);
    assert!(verified.code != Some(0) && (verified.out + &verified.err).contains("annex.txt"), "what is enclosed is checked too");
}

#[test]
fn a_first_letter_written_anew_does_not_keep_the_date_of_a_draft_that_nobody_got() {
    let desk = office("");
    desk.change("levels = []", "levels = []\ndays = 30");
    desk.must(&["requests", "open", "--new", "--draft"]);
    desk.tick_at(days_on(0));
    let late = desk.request_to("Prison Service")["deadline"].clone();
    desk.change("days = 30", "days = 3");
    desk.must(&["letters", "redraft", &id(&only_draft(&desk))]);
    desk.tick_at(days_on(0) + jiff::SignedDuration::from_mins(5));
    assert_eq!(desk.request_to("Prison Service")["deadline"], "2041-05-02", "it was {late}");
    assert!(late.as_str().unwrap() > "2041-06-01");
    desk.is_sound();
}

#[test]
fn a_paused_request_lets_no_draft_be_released_and_what_becomes_of_a_redraft_is_said() {
    let desk = office("\"technical\"");
    let opened = desk.must(&["requests", "open", "--new"]);
    assert!(opened.contains("drafts the letters") && !opened.contains("sends"), "{opened}");
    desk.tick_at(days_on(0));
    desk.must(&["letters", "release", &id(&only_draft(&desk))]);
    for day in [1, 54] {
        desk.tick_at(days_on(day));
    }
    let (reference, draft) = (desk.reference_to("Prison Service"), id(&only_draft(&desk)));
    desk.must(&["requests", "pause", &reference, "--reason", "a question"]);
    let refused = desk.run(&["letters", "release", &draft]);
    assert!(refused.code != Some(0) && refused.err.contains("the term is paused"), "{}", refused.err);
    desk.must(&["requests", "resume", &reference, "--reason", "answered"]);
    desk.change("levels = [\"technical\"]", "levels = []");
    let said = desk.must(&["letters", "redraft", &draft]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("leaves by itself"), "{said}");
    desk.is_sound();
}
