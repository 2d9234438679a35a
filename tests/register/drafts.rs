//! Drafts in the register, whatever happens around them.

use crate::desk::{Desk, addresses, at, by};
use crate::sqlite;
use demarche::domain::identity::LetterId;
use demarche::domain::letter_life::LetterLife;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

fn hours_on(hours: i64) -> Timestamp {
    at("2026-01-05T10:00:00Z") + SignedDuration::from_hours(hours)
}

/// What may happen next, hours later than what was before.
#[derive(Debug, Clone, Copy)]
enum Happens {
    Pass,
    Redrafted,
    Released,
    Paused,
    Resumed,
    Ended,
}

fn happens() -> impl Strategy<Value = (Happens, i64)> {
    let what = prop_oneof![
        6 => Just(Happens::Pass),
        1 => Just(Happens::Redrafted),
        1 => Just(Happens::Released),
        1 => Just(Happens::Paused),
        1 => Just(Happens::Resumed),
        1 => Just(Happens::Ended),
    ];
    (what, 1_i64..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// Passes at any time, and decisions in any order: what leaves was released, once, and nothing else leaves.
    #[test]
    fn no_sequence_of_passes_sends_a_draft(story in prop::collection::vec(happens(), 1..40)) {
        let mut desk = Desk::with_drafted_requests(hours_on(0));
        let (mut now, mut released) = (hours_on(0), Vec::new());
        let reference = desk.reference_to("Prison Service");
        for (what, hours) in story {
            now += SignedDuration::from_hours(hours);
            let drafts: Vec<LetterId> = desk.register.drafts().unwrap().iter().map(|draft| draft.letter).collect();
            match what {
                Happens::Pass => {
                    desk.read_mailbox(now);
                    desk.register.tend_drafts(now).unwrap();
                    desk.write_due(now);
                    desk.send_all(now);
                }
                Happens::Redrafted => drafts.iter().for_each(|draft| {
                    desk.register.redraft_letter(*draft, &[], &[], &by("tests"), now).unwrap();
                }),
                Happens::Released => {
                    if let Some(draft) = drafts.first() && desk.register.release_letter(*draft, &addresses(), &by("tests"), now).is_ok() {
                        released.push(*draft);
                    }
                }
                // Refused where they do not fit.
                Happens::Paused => drop(desk.register.pause(&reference, "a question", &by("tests"), now)),
                Happens::Resumed => drop(desk.register.resume(&reference, "answered", &by("tests"), now)),
                Happens::Ended => drop(desk.register.end(&reference, demarche::domain::request::EndingKind::Closed, "enough", &by("tests"), now)),
            }
            for letter in desk.register.letter_views(false).unwrap() {
                let is_released = released.contains(&LetterId(letter.id));
                prop_assert_eq!(letter.life == LetterLife::Released, is_released, "{:?}", letter);
                let attempted = letter.deliveries.iter().any(|delivery| delivery.attempts > 0 || delivery.accepted_at.is_some());
                prop_assert!(is_released || !attempted, "{:?}", letter);
                prop_assert!(letter.deliveries.iter().all(|delivery| delivery.attempts <= 1), "{:?}", letter);
            }
            prop_assert!(desk.register.next_attempt().unwrap().is_none() || !released.is_empty());
        }
    }
}

#[test]
fn a_draft_counts_nowhere_as_a_letter_that_is_on_its_way() {
    let mut desk = Desk::with_drafted_requests(hours_on(0));
    desk.write_due(hours_on(0));
    assert_eq!(desk.register.drafts().unwrap().len(), 2);
    assert_eq!(desk.send_all(hours_on(1)), 0);
    let status = desk.register.status(hours_on(1)).unwrap();
    assert!(status.deliveries.is_empty() && status.drafts == 2, "{status:?}");
    assert_eq!(desk.register.not_left().unwrap(), []);
    assert_eq!(desk.register.next_attempt().unwrap(), None);
    assert_eq!(desk.register.next_due(None).unwrap(), None, "and is not drafted twice");
    assert_eq!(desk.register.next_release().unwrap(), Some(at("2026-01-09T00:00:00Z")));
    assert!(desk.register.request_views(hours_on(1)).unwrap().iter().all(|view| view.sent_on.is_none() && view.level.is_none()));
    assert_eq!(desk.register.outside_hours(hours_on(1)).unwrap(), None);
}

#[test]
fn drafts_that_stay_are_looked_at_without_taking_a_turn_at_the_register() {
    let mut desk = Desk::with_drafted_requests(hours_on(0));
    desk.write_due(hours_on(0));
    let writing = sqlite::hold_for_writing(&desk.folder.path().join("register.sqlite"));
    assert_eq!(desk.register.tend_drafts(hours_on(1)).unwrap(), 0);
    drop(writing);
    assert_eq!(desk.register.tend_drafts(at("2026-01-09T00:00:00Z")).unwrap(), 2, "and what ends is withdrawn");
}
