//! Who held a post, holds it, or holds another one now: what their mail does.

use crate::desk::Desk;
use crate::folders::{days_on, minutes_on};
use crate::returns::genuine;
use crate::trust::{asked, letter_to, received};

#[test]
fn a_former_holder_of_a_post_is_told_and_does_nothing() {
    let desk = asked();
    desk.import("authorities", "name,focal_point,focal_point_email,valid_to\nPrison Service,F. Former,former@prisons.example,2041-01-31\n");
    let letters = desk.letters();
    let mail = received(&desk, letter_to(&letters, "post@prisons.example").answered_by("former@prisons.example", "All is well."));
    assert_eq!((&mail["effect"], &mail["writer"]), (&"waiting".into(), &"former_holder".into()), "{mail:#}");
}

#[test]
fn a_registry_that_has_moved_answers_from_its_old_mailbox_for_the_authority_and_is_counted_and_told_no_more() {
    let desk = asked();
    let letters = desk.letters();
    let suppressed = || desk.json(&["status"])[0]["suppressed_contacts"].clone();
    desk.deliver(minutes_on(5), genuine(letter_to(&letters, "post@prisons.example")));
    desk.tick_at(minutes_on(6));
    assert_eq!(suppressed(), 1);
    desk.import("authorities", "name,email\nPrison Service,registry@prisons.example\n");
    assert_eq!(suppressed(), 0, "nobody writes to the old mailbox any more");
    let prisons = desk.json(&["authorities", "list"]).into_iter().find(|authority| authority["name"] == "Prison Service").unwrap();
    assert_eq!((&prisons["contacts"], &prisons["suppressed"]), (&1.into(), &0.into()), "{prisons:#}");
    desk.tick_at(minutes_on(7));
    let letters = desk.letters();
    let mail = received(&desk, letter_to(&letters, "registry@prisons.example").answered_by("post@prisons.example", "All is well."));
    assert_eq!((&mail["effect"], &mail["writer"]), (&"reply".into(), &"authority".into()), "{mail:#}");
}

#[test]
fn whether_a_holder_is_still_in_the_post_is_asked_of_the_day_where_the_authority_is() {
    // It comes on Tuesday the 5th at 10:00 by the office's time: there it is Wednesday, or Monday still.
    for (zone, last_day, writer) in [("Pacific/Kiritimati", "2041-03-05", "former_holder"), ("Pacific/Midway", "2041-03-04", "authority")] {
        let desk = asked();
        let leaving = format!("Prison Service,{zone},F. Leaving,leaving@prisons.example,{last_day}\n");
        desk.import("authorities", &format!("name,time_zone,focal_point,focal_point_email,valid_to\n{leaving}"));
        let letters = desk.letters();
        let mail = received(&desk, letter_to(&letters, "post@prisons.example").answered_by("leaving@prisons.example", "All is well."));
        assert_eq!(mail["writer"], writer, "{zone}: {mail:#}");
        desk.is_sound();
    }
}

#[test]
fn a_dead_address_is_counted_until_its_last_day_ends_where_the_authority_is() {
    let desk = Desk::init();
    desk.import(
        "authorities",
        "name,time_zone,domains,focal_point,focal_point_email,valid_to\n\
         Prison Service,Pacific/Midway,prisons.example,F. Leaving,leaving@prisons.example,2041-03-04\n",
    );
    desk.import("recommendations", "reference,addressees,text,made_on\n2041/1,Prison Service,Air.,2041-03-01\n");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(minutes_on(0));
    let letters = desk.letters();
    desk.deliver(minutes_on(5), genuine(letter_to(&letters, "leaving@prisons.example")));
    desk.tick_at(minutes_on(6));
    for (at, count) in [("2041-03-05T10:59:00Z", 1), ("2041-03-05T11:00:00Z", 0)] {
        assert_eq!(desk.register().status(at.parse().unwrap()).unwrap().suppressed_contacts, count, "{at}");
    }
}

/// Three ranks, one above the other, and a former holder of a post in the middle one.
fn asked_with_a_former_holder() -> Desk {
    let desk = asked();
    desk.import("authorities", "name,email,domains,parent\nNorth Prison,post@north.example,north.example,Prison Service\n");
    desk.import("authorities", "name,focal_point,focal_point_email,valid_to\nPrison Service,F. Former,former@prisons.example,2041-01-31\n");
    desk.import("recommendations", "reference,addressees,text,made_on,report\n2041/4,North Prison,Heat.,2041-03-01,D\n");
    desk.must(&["requests", "open", "--new"]);
    desk.tick_at(minutes_on(5));
    desk
}

#[test]
fn a_former_holder_counts_no_more_for_those_above_and_below_the_old_authority() {
    let desk = asked_with_a_former_holder();
    let letters = desk.letters();
    for (day, (from, to)) in (1..).zip([
        ("former@prisons.example", "post@moj.example"),
        ("former@prisons.example", "post@north.example"),
        ("Former+private@prisons.example", "post@prisons.example"),
        ("former+x@prisons.example", "post@moj.example"),
    ]) {
        let answer = letter_to(&letters, to).answered_by(from, "All is well.").replace("<re-", &format!("<{day}-"));
        desk.deliver(days_on(day), answer);
        desk.tick_at(days_on(day));
        let mail = desk.mails().remove(0);
        assert_eq!((&mail["effect"], &mail["writer"]), (&"waiting".into(), &"former_holder".into()), "{from} to {to}: {mail:#}");
    }
    assert_eq!(desk.answers(), []);
    desk.is_sound();
}

#[test]
fn the_holder_of_a_post_is_known_under_every_tag_of_the_address() {
    let desk = asked();
    desk.import("authorities", "name,focal_point,focal_point_email\nPrison Service,G. Guard,guard+npm@freemail.example\n");
    let letters = desk.letters();
    let ours = letter_to(&letters, "post@prisons.example");
    let mail = received(&desk, ours.answered_by("guard@freemail.example", "The cells are aired."));
    assert_eq!((&mail["effect"], &mail["writer"]), (&"reply".into(), &"authority".into()), "{mail:#}");
    let other = ours.answered_by("guard+other@freemail.example", "The cells are aired daily.").replace("<re-", "<other-");
    desk.deliver(days_on(2), other);
    desk.tick_at(days_on(2));
    assert_eq!(desk.mails()[0]["writer"], "authority");
    desk.deliver(days_on(3), ours.answered_by("guard2@freemail.example", "So they say.").replace("<re-", "<third-"));
    desk.tick_at(days_on(3));
    assert_eq!(desk.mails()[0]["writer"], "stranger");
}

#[test]
fn who_has_left_one_post_for_another_speaks_for_the_new_one() {
    let desk = asked_with_a_former_holder();
    desk.import("authorities", "name,focal_point,focal_point_email\nMinistry of Justice,F. Former,former@prisons.example\n");
    let letters = desk.letters();
    let mail = received(&desk, letter_to(&letters, "post@moj.example").answered_by("former@prisons.example", "The lamps are mended."));
    assert_eq!((&mail["effect"], &mail["writer"]), (&"reply".into(), &"authority".into()), "{mail:#}");
}
