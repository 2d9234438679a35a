//! A letter of an authority that nobody in the office has read for weeks, and what the authority is told.

use demarche::domain::letter::LetterRole;

use crate::desk::Desk;
use crate::folders::days_on;
use crate::relay::Relay;
use crate::trust::asked;

/// A letter of the authority by the reference alone, which nothing proves: linked, and waiting. It comes on a Wednesday, 20 working days before the
/// friendly reminder falls due on Monday the 22nd of April (day 49).
fn left_unread(desk: &Desk) {
    left_unread_from(desk, "post@prisons.example");
}

fn left_unread_from(desk: &Desk, sender: &str) {
    let reference = desk.reference_to("Prison Service");
    desk.deliver(
        days_on(16),
        format!("From: {sender}\r\nTo: desk@office.example\r\nSubject: {reference}\r\nMessage-ID: <a@prisons.example>\r\n\r\nThe cells are aired daily.\r\n"),
    );
    desk.tick_at(days_on(16));
    assert_eq!((&desk.mails()[0]["standing"], &desk.mails()[0]["effect"]), (&"linked".into(), &"waiting".into()));
}

#[test]
fn an_authority_whose_letter_nobody_has_read_for_weeks_is_told_so_and_not_reminded() {
    let desk = asked();
    left_unread(&desk);
    desk.tick_at(days_on(49));
    let letters = desk.letters_to("post@prisons.example");
    assert_eq!(letters.len(), 2);
    let told = &letters[1];
    assert!(told.header("Subject").unwrap().contains("Your letter of 20 March 2041 is being examined"), "{}", told.raw);
    assert!(!told.raw.contains("eminder"), "{}", told.raw);
    desk.tick_at(days_on(50));
    let digest = desk.letters_to("staff@office.example").pop().unwrap().raw.replace("=\r\n", "").replace("=\n", "");
    let digest = digest.split_whitespace().collect::<Vec<_>>().join(" ");
    // In a line, since it was told in full on the day after it came.
    assert!(digest.contains("the authority was told on 22 April 2041 that this letter"), "{digest}");
    assert!(digest.contains("Mail 1, for 34 days: post@prisons.example (the authority; sender not verified)"), "{digest}");
    assert!(!digest.contains("mail link 1"), "{digest}");
    // The reminder, the escalations and the record of non-cooperation would have fallen due.
    for day in 51..140 {
        desk.tick_at(days_on(day));
    }
    assert_eq!(desk.letters_to("post@prisons.example").len(), 2, "once, and nothing else");
    assert!(desk.letters_to("post@moj.example").iter().all(|letter| !letter.raw.contains("Prison Service")), "nobody above hears of it");
    desk.must(&["mail", "mark", "1", "ignore"]);
    // A person has looked; but no reminder ever went to the authority, and nobody above hears of its silence before one did and had its time.
    desk.tick_at(days_on(140));
    let letters = desk.letters_to("post@prisons.example");
    assert!(letters.len() == 3 && letters[2].header("Subject").unwrap().contains("Reminder"), "{}", letters[2].raw);
    for day in 141..166 {
        desk.tick_at(days_on(day));
        assert!(desk.letters_to("post@moj.example").iter().all(|letter| !letter.raw.contains("Prison Service")), "day {day}");
    }
    for day in 166..172 {
        desk.tick_at(days_on(day));
    }
    assert!(desk.letters_to("post@moj.example").iter().any(|letter| letter.raw.contains("Prison Service")), "13 and 14 days later");
    desk.is_sound();
}

#[test]
fn who_has_written_on_the_last_day_in_the_post_is_told_though_that_day_was_over_in_the_office() {
    let desk = asked();
    let leaving = "Prison Service,Pacific/Midway,F. Leaving,leaving@prisons.example,2041-03-19\n";
    desk.import("authorities", &format!("name,time_zone,focal_point,focal_point_email,valid_to\n{leaving}"));
    // It comes on Wednesday the 20th at 10:00 by the office's time: there it is Tuesday still.
    left_unread_from(&desk, "leaving@prisons.example");
    for day in 49..52 {
        desk.tick_at(days_on(day));
    }
    assert_eq!(desk.written_as(LetterRole::Examination).len(), 1);
    desk.is_sound();
}

#[test]
fn that_a_letter_is_being_examined_is_not_said_any_more_once_it_was_read() {
    let desk = asked();
    let relay = Relay::open(vec![("MAIL", "451 later")]);
    relay.serves(&desk);
    left_unread(&desk);
    desk.tick_at(days_on(49));
    assert_eq!(desk.written_as(LetterRole::Examination).len(), 1);
    relay.says(vec![]);
    desk.must(&["mail", "link", "1", &desk.reference_to("Prison Service")]);
    desk.tick_at(days_on(50));
    assert!(!relay.taken().contains(&"post@prisons.example".to_owned()), "{:?}", relay.taken());
    assert_eq!(desk.request_to("Prison Service")["state"], "completed");
    desk.is_sound();
}

#[test]
fn of_a_letter_from_an_address_that_the_directory_does_not_name_nobody_at_the_authority_is_told() {
    let desk = asked();
    let reference = desk.reference_to("Prison Service");
    desk.deliver(
        days_on(16),
        format!("From: A Guard <guard7@prisons.example>\r\nTo: desk@office.example\r\nSubject: {reference}\r\nMessage-ID: <g@prisons.example>\r\n\r\nThey are not aired at all.\r\n"),
    );
    for day in [16, 49, 57, 71, 90] {
        desk.tick_at(days_on(day));
    }
    assert_eq!(desk.letters_to("post@prisons.example").len(), 1, "it may be a guard who writes of what he sees");
    assert_eq!(desk.mails()[0]["rests"], true);
}
