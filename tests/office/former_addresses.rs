//! Letters that wait while the directory changes, or its days pass: none goes to who is not there any more.

use demarche::domain::event::EventKind;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::folders::{days_on, monday};

fn import(desk: &Desk, table: &str) {
    desk.import("authorities", table);
}

fn ask(desk: &Desk, more: &[&str]) {
    desk.import("recommendations", "reference,addressees,text,made_on\n2041/1,Prison Service,Air.,2041-03-01\n");
    desk.must(&[&["requests", "open", "--new"], more].concat());
}

/// Ana's last day in her post is Monday; Bo stays.
fn whose_last_day_is_monday() -> Desk {
    let desk = Desk::init();
    import(
        &desk,
        "name,domains,focal_point,focal_point_email,level,valid_to\n\
         Prison Service,prisons.example,Ana Petrova,ana@prisons.example,technical,2041-03-04\n\
         Prison Service,,Bo Berg,bo@prisons.example,technical,\n",
    );
    desk
}

/// No letter leaves before [`open_again`].
fn shut(desk: &Desk) {
    std::fs::remove_dir_all(desk.file("mail/out")).unwrap();
    std::fs::write(desk.file("mail/out"), "no folder").unwrap();
}

fn open_again(desk: &Desk) {
    std::fs::remove_file(desk.file("mail/out")).unwrap();
}

fn drafts(desk: &Desk) -> Vec<Value> {
    desk.json(&["letters", "list", "--drafts"])
}

fn recipients(letter: &Value) -> Vec<&str> {
    letter["deliveries"].as_array().unwrap().iter().map(|one| one["recipient"].as_str().unwrap()).collect()
}

fn reasons_of_withdrawal(desk: &Desk) -> Vec<String> {
    let events = desk.register().contents().events().unwrap();
    let cancelled = events.into_iter().map(|(_, event)| event).filter(|event| event.kind == EventKind::LetterCancelled.name());
    cancelled.map(|event| event.detail["why"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_letter_that_waits_beyond_the_last_day_of_its_receiver_goes_to_who_is_there_now() {
    let desk = whose_last_day_is_monday();
    ask(&desk, &[]);
    shut(&desk);
    desk.run(&["tick", "--at", &monday().to_string()]);
    assert_eq!(desk.written_to_authorities().len(), 1, "written on Ana's last day");
    open_again(&desk);
    for day in [1, 2] {
        desk.tick_at(days_on(day));
    }
    assert_eq!((desk.letters_to("ana@prisons.example").len(), desk.letters_to("bo@prisons.example").len()), (0, 1));
    assert_eq!(reasons_of_withdrawal(&desk), ["its address is in use no more"]);
    desk.is_sound();
}

#[test]
fn a_letter_to_somebody_on_the_last_day_leaves() {
    let desk = whose_last_day_is_monday();
    ask(&desk, &[]);
    desk.tick_at(monday());
    assert_eq!(desk.letters_to("ana@prisons.example").len(), 1);
}

#[test]
fn a_draft_is_not_released_to_who_has_left_and_is_drafted_anew_to_who_is_there() {
    let desk = whose_last_day_is_monday();
    ask(&desk, &["--draft"]);
    desk.tick_at(monday());
    let draft = drafts(&desk)[0]["id"].to_string();
    assert_eq!(recipients(&drafts(&desk)[0]), ["ana@prisons.example"]);
    desk.tick_at(days_on(1));
    desk.tick_at(days_on(1) + jiff::SignedDuration::from_mins(5));
    assert_eq!(recipients(&drafts(&desk)[0]), ["bo@prisons.example"]);
    let refused = desk.run(&["letters", "release", &draft]);
    assert!(refused.code != Some(0) && refused.err.contains("was withdrawn"), "{}", refused.err);
    desk.is_sound();
}

#[test]
fn a_draft_to_who_has_left_by_the_authoritys_own_day_is_refused_with_what_to_do() {
    let desk = whose_last_day_is_monday();
    ask(&desk, &["--draft"]);
    desk.tick_at(monday());
    let draft = drafts(&desk)[0]["id"].to_string();
    // There it is Tuesday.
    import(&desk, "name,time_zone\nPrison Service,Pacific/Kiritimati\n");
    let refused = desk.run(&["letters", "release", &draft]);
    let said = refused.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(refused.code != Some(0) && said.contains("its address is in use no more"), "{said}");
    assert!(said.contains(&format!("letters redraft {draft}")), "{said}");
    desk.must(&["letters", "redraft", &draft]);
    desk.tick_at(monday() + jiff::SignedDuration::from_mins(5));
    assert_eq!(recipients(&drafts(&desk)[0]), ["bo@prisons.example"]);
    desk.is_sound();
}

#[test]
fn a_released_letter_leaves_out_the_copy_to_an_address_that_has_ended() {
    let desk = Desk::init();
    desk.change("# [drafts]", "[drafts]\nlevels = [\"head\"]");
    import(
        &desk,
        "name,email,domains,focal_point,focal_point_email,level\n\
         Prison Service,post@prisons.example,prisons.example,,,\nPrison Service,,,Hugh Head,head@prisons.example,head\n",
    );
    ask(&desk, &[]);
    for day in [0, 49, 57, 70] {
        desk.tick_at(days_on(day));
    }
    let draft = drafts(&desk).remove(0);
    assert_eq!(recipients(&draft), ["head@prisons.example", "post@prisons.example"]);
    let before = desk.letters_to("post@prisons.example").len();
    import(&desk, "name,email\nPrison Service,registry@prisons.example\n");
    desk.must(&["letters", "release", &draft["id"].to_string()]);
    desk.tick_at(days_on(71));
    assert_eq!(desk.letters_to("head@prisons.example").len(), 1);
    assert_eq!(desk.letters_to("post@prisons.example").len(), before, "nobody reads it any more");
    let events = desk.register().contents().events().unwrap();
    let released = events.into_iter().find(|(_, event)| event.kind == EventKind::LetterReleased.name()).unwrap().1;
    assert_eq!(released.detail["to"], json!(["head@prisons.example"]), "the record names whom it goes to");
    desk.is_sound();
}

#[test]
fn a_letter_to_one_authority_at_a_shared_address_goes_to_its_own_new_one() {
    let desk = Desk::init();
    import(
        &desk,
        "name,email,domains\nPrison Service,post@justice.example,justice.example\nMinistry of Justice,post@justice.example,justice.example\n",
    );
    ask(&desk, &[]);
    shut(&desk);
    desk.run(&["tick", "--at", &monday().to_string()]);
    import(&desk, "name,email,domains\nPrison Service,registry@prisons.example,prisons.example\n");
    open_again(&desk);
    for day in [1, 2] {
        desk.tick_at(days_on(day));
    }
    assert_eq!((desk.letters_to("post@justice.example").len(), desk.letters_to("registry@prisons.example").len()), (0, 1));
    desk.is_sound();
}

#[test]
fn a_letter_that_waits_for_somebody_whose_post_another_has_taken_at_the_same_address_names_the_successor() {
    let head = |name: &str| {
        format!("name,domains,focal_point,focal_point_email,level\nPrison Service,prisons.example,{name},head@prisons.example,technical\n")
    };
    let desk = Desk::init();
    import(&desk, &head("Hugh Head"));
    ask(&desk, &[]);
    shut(&desk);
    desk.run(&["tick", "--at", &monday().to_string()]);
    import(&desk, &head("Ida Iron"));
    open_again(&desk);
    for day in [1, 2] {
        desk.tick_at(days_on(day));
    }
    let letters = desk.letters_to("head@prisons.example");
    assert_eq!(letters.len(), 1, "{letters:#?}");
    assert!(letters[0].raw.contains("Ida Iron") && !letters[0].raw.contains("Hugh Head"), "{}", letters[0].raw);
    assert_eq!(reasons_of_withdrawal(&desk), ["somebody else holds the post to which it was written"]);
    desk.is_sound();
}
