//! Letters of which nobody knows whether they have left, to those who are written to no more.

use crate::desk::{Desk, accepted, by};
use crate::outbox::{asked, days_on, report};
use demarche::domain::delivery::{DeliveryOutcome, RetryRules};
use demarche::domain::replacing::{Given, Named};
use demarche::office::{AuthorityRow, FocalPointRow};
use demarche::outgoing::LookedThrough;
use jiff::{SignedDuration, Timestamp};

#[test]
fn a_copy_whose_arrival_nobody_knows_is_not_sent_again_to_an_address_that_is_written_to_no_more() {
    let mut desk = asked();
    let head = FocalPointRow {
        named: Named {
            name: Given::Value("Hana Head".into()),
            address: "head@prisons.example".into(),
            level: "head".into(),
            ..Named::default()
        },
        confirmed_on: None,
    };
    let row = AuthorityRow { name: "Prison Service".into(), focal_points: vec![head], ..AuthorityRow::default() };
    desk.register.import_authorities(&[row], &by("tests"), days_on(1), false).unwrap();
    for day in [49, 57] {
        desk.read_mailbox(days_on(day));
        desk.write_due(days_on(day));
        desk.send_all(days_on(day));
    }
    let now = days_on(71);
    desk.read_mailbox(now);
    assert_eq!(desk.write_due(now), ["Prison Service escalation to the head"]);
    attempted(&mut desk, now, |recipient| if recipient == "head@prisons.example" { accepted() } else { unheard() });
    is_suppressed_and_a_person_is_asked(desk, now);
}

#[test]
fn a_letter_whose_arrival_nobody_knows_is_not_sent_again_to_an_address_that_is_written_to_no_more() {
    let mut desk = asked();
    let reminded = days_on(57);
    desk.read_mailbox(reminded);
    assert_eq!(desk.write_due(reminded).len(), 2);
    attempted(&mut desk, reminded, |recipient| if recipient == "post@prisons.example" { unheard() } else { accepted() });
    is_suppressed_and_a_person_is_asked(desk, reminded);
}

fn unheard() -> DeliveryOutcome {
    DeliveryOutcome::Unknown { reason: "the connection broke after the dot".into() }
}

fn attempted(desk: &mut Desk, now: Timestamp, outcome: impl Fn(&str) -> DeliveryOutcome) {
    let retry = RetryRules::default();
    while let Some(claim) = desk.register.claim_delivery(&mut LookedThrough::default(), &retry, now).unwrap() {
        desk.register.finish_attempt(&claim, &outcome(&claim.recipient), &retry, now).unwrap();
    }
}

/// An hour after `now` the address of the first letter turns out to be dead.
fn is_suppressed_and_a_person_is_asked(mut desk: Desk, now: Timestamp) {
    let later = now + SignedDuration::from_hours(1);
    desk.receive(b"bounce", report(1, "post@prisons.example", "failed", true, true), later);
    let asked_again = desk.register.next_attempt().unwrap().expect("it is looked for").max(later);
    desk.read_mailbox(asked_again);
    attempted(&mut desk, asked_again, |recipient| panic!("it left for {recipient}"));
    assert_eq!(desk.register.next_attempt().unwrap(), None, "a person is asked");
}
