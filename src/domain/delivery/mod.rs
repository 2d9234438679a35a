//! One letter to one recipient, after it was written: when it is given to a server, what becomes of it when an attempt has ended or a report has
//! come, and when a person is asked.
//!
//! Facts in, effects out: the register brings the facts and writes the effects down, `outgoing` gives it to the server. Nobody else decides any of
//! this.
//! [`super::deliverability`] decides what a refusal means and what is done about it; here stands what follows from that for the letter. Whether a
//! letter may leave at all (promise 4) is decided in [`super::lifecycle`], by what is known of its request.

mod attempted;
mod due_delivery;
mod pace;
mod relay;
mod reported;
mod reported_deliveries;
mod retried;
mod retry;
mod state;

pub use attempted::{AfterAttempt, AttemptEnd, History, after_attempt};
pub use due_delivery::{DueDecision, DueDelivery, LetterDecision, decide_by_letter, decide_when_due, looked_again_at, looked_for_since};
pub use pace::{COUNTED_FOR, is_standstill, most_in_all, relay_is_full};
pub use relay::{RelayInPass, RelayLesson, RelayUse};
pub use reported::{
    AfterReport, Report, ReportStanding, ReportedAs, ReturnLasts, StoppedBefore, after_report, can_be_restored, is_open_claim,
    proves_hard_bounce, reached_nobody, sent_again_at,
};
pub use reported_deliveries::{DeliveryFinding, ReportFacts, ReportedLetter, findings_by_delivery, proven_to_have_left, reported_letter};
pub use retried::{Retry, RetryFacts, UndeliveredLetter, retry};
pub use retry::RetryRules;
pub use state::{DeliveryChange, DeliveryOutcome, DeliveryState};

#[cfg(test)]
mod stories;
