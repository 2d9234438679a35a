//! Letters that are held while others leave, in one pass over the outbox.

use crate::desk::{Desk, accepted, at, by};
use demarche::domain::delivery::RetryRules;
use demarche::domain::replacing::Given;
use demarche::office::AuthorityRow;
use demarche::outgoing::LookedThrough;
use jiff::SignedDuration;

#[test]
fn a_letter_that_was_held_when_the_outbox_was_looked_through_still_leaves_in_the_same_pass_once_it_may() {
    let now = at("2026-01-05T10:00:00Z");
    let mut desk = Desk::with_two_requests(now);
    let beside_the_ministry =
        AuthorityRow { name: "Prison Service".into(), email: Given::Value("prisons@justice.example".into()), ..AuthorityRow::default() };
    desk.register.import_authorities(&[beside_the_ministry], &by("tests"), now, false).unwrap();
    assert_eq!(desk.write_due(now), ["Ministry of Justice request", "Prison Service request"]);
    let (retry, mut pass) = (RetryRules { per_domain_per_minute: 1, ..RetryRules::default() }, LookedThrough::default());
    let mut leaves = |at| {
        let claim = desk.register.claim_delivery(&mut pass, &retry, at).unwrap()?;
        desk.register.finish_attempt(&claim, &accepted(), &retry, at).unwrap();
        Some(claim.recipient)
    };
    let first = leaves(now).unwrap();
    assert_eq!((leaves(now), leaves(now)), (None, None), "another to the same domain within the minute");
    let second = leaves(now + SignedDuration::from_secs(61)).unwrap();
    assert_ne!(first, second);
    assert_eq!(leaves(now + SignedDuration::from_secs(150)), None);
}
