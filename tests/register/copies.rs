//! Copies of letters, which never hold up the letter itself.

use crate::desk::{accepted, by};
use crate::outbox::{asked, days_on, report};
use demarche::domain::delivery::{DeliveryOutcome, RetryRules};
use demarche::domain::replacing::{Given, Named};
use demarche::office::{AuthorityRow, FocalPointRow};
use demarche::outgoing::LookedThrough;
use jiff::SignedDuration;

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
    let (now, retry) = (days_on(71), RetryRules::default());
    desk.read_mailbox(now);
    assert_eq!(desk.write_due(now), ["Prison Service escalation to the head"]);
    while let Some(claim) = desk.register.claim_delivery(&mut LookedThrough::default(), &retry, now).unwrap() {
        let unheard = DeliveryOutcome::Unknown { reason: "the connection broke after the dot".into() };
        let outcome = if claim.recipient == "head@prisons.example" { accepted() } else { unheard };
        desk.register.finish_attempt(&claim, &outcome, &retry, now).unwrap();
    }
    let later = now + SignedDuration::from_hours(1);
    desk.receive(b"bounce", report(1, "post@prisons.example", "failed", true, true), later);
    let asked_again = desk.register.next_attempt().unwrap().expect("it is looked for").max(later);
    desk.read_mailbox(asked_again);
    assert!(desk.register.claim_delivery(&mut LookedThrough::default(), &retry, asked_again).unwrap().is_none());
    assert_eq!(desk.register.next_attempt().unwrap(), None, "a person is asked");
}
