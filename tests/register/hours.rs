//! What waits only for the hours in which letters leave, and is said to.

use crate::desk::{at, by};
use crate::outbox::{asked, days_on, focal_point_is_named, report};
use demarche::register::OutsideHours;
use jiff::SignedDuration;

#[test]
fn a_reminder_is_said_to_wait_for_the_morning_only_if_nothing_else_keeps_it_back() {
    let mut desk = asked();
    let (afternoon, night) = (at("2026-02-23T16:50:00Z"), at("2026-02-23T20:00:00Z"));
    desk.read_mailbox(afternoon);
    assert_eq!(desk.write_due(afternoon).len(), 2, "the friendly reminders; no server takes them before the evening");
    desk.read_mailbox(night);
    let until = at("2026-02-24T09:00:00Z");
    assert_eq!(desk.register.outside_hours(night).unwrap(), Some(OutsideHours { letters: 2, until }));
    assert_eq!(desk.register.outside_hours(afternoon).unwrap(), None);
    desk.register.pause(&desk.reference_to("Prison Service"), "they ask what is meant", &by("tests"), night).unwrap();
    assert_eq!(desk.register.outside_hours(night).unwrap(), Some(OutsideHours { letters: 1, until }), "the paused one waits for a person");
    let unheard = night + SignedDuration::from_hours(1);
    assert_eq!(desk.register.outside_hours(unheard).unwrap(), None, "the mailbox was not read within the last minutes");
}

#[test]
fn a_request_that_came_back_in_the_evening_is_said_to_leave_anew_in_the_morning_once_it_has_somebody_to_go_to() {
    let mut desk = asked();
    let night = days_on(1) + SignedDuration::from_hours(10);
    desk.receive(b"bounce", report(1, "post@prisons.example", "failed", true, true), night);
    assert_eq!(desk.register.outside_hours(night).unwrap(), None, "a person has to find an address");
    focal_point_is_named(&mut desk, "alice@prisons.example", night);
    let until = at("2026-01-07T09:00:00Z");
    assert_eq!(desk.register.outside_hours(night).unwrap(), Some(OutsideHours { letters: 1, until }));
    assert_eq!(desk.write_due(until), ["Prison Service request"]);
}
