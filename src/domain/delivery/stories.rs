use super::*;
use crate::domain::deliverability::{About, Finding};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

fn outcomes() -> impl Strategy<Value = DeliveryOutcome> {
    let about =
        prop::sample::select(vec![About::Recipient, About::OurAccount, About::Letter, About::Policy, About::Storage, About::Unclear]);
    let refused = (about, any::<bool>(), any::<bool>()).prop_map(|(about, passes, hard_bounce)| DeliveryOutcome::Refused {
        reply: String::new(),
        finding: Finding { about, passes, hard_bounce, delayed: false },
    });
    prop_oneof![
        1 => Just(DeliveryOutcome::Accepted { reply: String::new(), queue_id: None }),
        4 => refused,
        1 => Just(DeliveryOutcome::NotTried),
        3 => Just(DeliveryOutcome::NotSent { reason: String::new() }),
        1 => Just(DeliveryOutcome::Barred { reason: String::new() }),
        3 => Just(DeliveryOutcome::Unknown { reason: String::new() }),
    ]
}

proptest! {
    /// Promise 3, over the whole life of a delivery of which no sign is ever found and that no person touches.
    #[test]
    fn a_letter_may_have_left_twice_at_the_most_and_is_never_tried_once_it_has(
        outcomes in prop::collection::vec(outcomes(), 1..80), others_were_taken: bool, domains in 1_u32..4,
    ) {
        let retry = RetryRules::default();
        let start = Timestamp::from_second(2_000_000_000).unwrap();
        let (mut now, mut attempts, mut unheard, mut may_have_left) = (start, 0, 0, 0);
        let mut change = DeliveryChange::Waiting { next_attempt_at: start };
        for outcome in &outcomes {
            let (is_unknown, due_at) = match change {
                DeliveryChange::Waiting { next_attempt_at } => (false, next_attempt_at),
                DeliveryChange::Unknown { next_attempt_at: Some(next_attempt_at) } => (true, next_attempt_at),
                _ => break,
            };
            now = now.max(due_at);
            let due = DueDelivery { is_unknown, due_at, first_attempt_at: Some(start), recent_to_domain: 0, mailboxes_read_at: Some(now) };
            let unread = DueDelivery { mailboxes_read_at: Some(due_at - SignedDuration::from_secs(1)), ..due };
            prop_assert!(!is_unknown || decide_when_due(&unread, &retry, now) != DueDecision::Attempt, "nobody looked for a sign of it");
            if decide_when_due(&due, &retry, now) != DueDecision::Attempt {
                prop_assert_eq!(decide_when_due(&due, &retry, now), DueDecision::ForAPerson);
                break;
            }
            attempts += 1;
            now += SignedDuration::from_secs(30);
            let history = History { attempts, first_at: start, unheard, others_were_taken, domains_refused_in_a_row: domains };
            change = after_attempt(outcome, &history, &retry, now).change;
            may_have_left += u32::from(matches!(outcome, DeliveryOutcome::Accepted { .. } | DeliveryOutcome::Unknown { .. }));
            unheard += u32::from(matches!(outcome, DeliveryOutcome::Unknown { .. }));
        }
        prop_assert!(may_have_left <= 2, "{} times: {:?}", may_have_left, outcomes);
    }
}
