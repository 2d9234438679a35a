//! How an attempt ended comes into the register, whatever stands in the way: a letter that was taken and does not count as taken is sent twice
//! (promise 3). What becomes of the letter is `domain::delivery`'s, and of the address `domain::deliverability`'s.

use super::left::letter_left;
use super::planning;
use super::sending::Sending;
use super::suppressing::{Because, put_state};
use crate::domain::deliverability::{AddressState, Measure};
use crate::domain::delivery::{AttemptEnd, DeliveryOutcome, History, RetryRules, after_attempt};
use crate::domain::event::{Attempt, Happened, RuleName};
use crate::register::attempts::Tried;
use crate::register::events::Event;
use crate::register::{Claim, Register, Result, Transaction, addresses, attempts, copies, deliveries};
use jiff::Timestamp;
use std::time::Duration;

/// Between the attempts to record.
const PAUSES: [Duration; 4] = [Duration::from_millis(100), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Characters of a server's reply that are kept.
pub(super) const MOST_SAID: usize = 1000;

impl Sending<'_> {
    /// Records how an attempt ended; what is to be done about the letter, if it was refused. What cannot be recorded is kept beside the register,
    /// tried again, and recorded at the next start.
    pub(super) async fn record(&mut self, claim: &Claim, outcome: &DeliveryOutcome, now: Timestamp) -> Result<Option<Measure>> {
        let mut fault = match self.register.finish_attempt(claim, outcome, &self.retry, now) {
            Ok(measure) => return Ok(measure),
            Err(fault) => fault,
        };
        tracing::warn!(letter = claim.letter.0, %fault, "what the server said could not be recorded; it is kept and tried again");
        if let Err(error) = self.register.keep_heard(claim, outcome, now) {
            tracing::error!(letter = claim.letter.0, %error, "what the server said could not be kept either");
        }
        for pause in PAUSES {
            if self.stop.is_asked() {
                break;
            }
            tokio::time::sleep(pause).await;
            match self.register.finish_attempt(claim, outcome, &self.retry, now) {
                Ok(measure) => {
                    // What stays there is found recorded at the next start.
                    if let Err(error) = self.register.forget_heard() {
                        tracing::warn!(%error, "what was kept of a server's word is not needed any more, and could not be blanked");
                    }
                    return Ok(measure);
                }
                Err(again) => fault = again,
            }
        }
        Err(fault)
    }
}

impl Register {
    /// Records how an attempt ended. What is to be done about the letter, if it was refused.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn finish_attempt(
        &mut self,
        claim: &Claim,
        outcome: &DeliveryOutcome,
        retry: &RetryRules,
        now: Timestamp,
    ) -> Result<Option<Measure>> {
        self.write(|tx| finish(tx, claim.attempt, outcome, retry, now))
    }

    /// At a start: attempts that were begun and never finished have an unknown outcome. How many.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn find_interrupted_attempts(&mut self, retry: &RetryRules, now: Timestamp) -> Result<usize> {
        self.write(|tx| {
            let open = attempts::unfinished(tx)?;
            for attempt in &open {
                let outcome = DeliveryOutcome::Unknown { reason: "the program ended during the attempt".into() };
                record_outcome(tx, *attempt, &outcome, retry, now)?;
            }
            Ok(open.len())
        })
    }
}

/// Records how an attempt ended, and what follows for the request. What is to be done about the letter, if it was refused.
pub(super) fn finish(
    tx: &Transaction<'_>,
    attempt: i64,
    outcome: &DeliveryOutcome,
    retry: &RetryRules,
    now: Timestamp,
) -> Result<Option<Measure>> {
    let (tried, measure) = record_outcome(tx, attempt, outcome, retry, now)?;
    let is_accepted = matches!(outcome, DeliveryOutcome::Accepted { .. });
    if retry.files_copies && is_accepted {
        copies::owe(tx, tried.delivery, retry.next_after(1, now), now)?;
    }
    match tried.request {
        Some(request) if is_accepted => letter_left(tx, tried.delivery, request, now, now)?,
        // If it is given up, the request may go to somebody else.
        Some(request) => planning::replan(tx, request, now)?,
        None => {}
    }
    Ok(measure)
}

/// Writes down how an attempt ended, and what becomes of the letter and of the address. What was tried, and what is to be done, if it was refused.
fn record_outcome(
    tx: &Transaction<'_>,
    attempt: i64,
    outcome: &DeliveryOutcome,
    retry: &RetryRules,
    now: Timestamp,
) -> Result<(Tried, Option<Measure>)> {
    let mut tried = attempts::tried(tx, attempt, now)?;
    if History::asks_for_domains(outcome) {
        tried.history.domains_refused_in_a_row = attempts::other_domains_refused_in_a_row(tx, &tried.domain)? + 1;
    }
    let after = after_attempt(outcome, &tried.history, retry, now);
    let finding = outcome.finding();
    let said: String = outcome.said().chars().filter(|character| !character.is_control()).take(MOST_SAID).collect();
    let queue_id = match outcome {
        DeliveryOutcome::Accepted { queue_id, .. } => queue_id.as_ref(),
        _ => None,
    };
    attempts::end(tx, attempt, outcome, &said, finding.as_ref(), now)?;
    deliveries::change(tx, tried.delivery, &after.change)?;
    let about = finding.map(|finding| finding.about);
    deliveries::put_said(tx, tried.delivery, &said, queue_id.map(String::as_str), about)?;
    if after.end == AttemptEnd::NotTried {
        deliveries::uncount_attempt(tx, tried.delivery)?;
    }
    let happened = in_words(after.end)(Attempt {
        to: tried.recipient.clone(),
        attempt: tried.history.attempts,
        reply: said.clone(),
        queue_id: queue_id.cloned(),
        about,
    });
    let mut event = Event::new(now, happened, RuleName::Outbox).letter(tried.letter);
    event.request = tried.request;
    event.append(tx)?;
    if let (Some(measure), Some(finding), true) = (after.measure, finding, tried.has_contact) {
        let known = addresses::state_of(tx, &tried.recipient)?.map(|(state, _)| state);
        if let Some(state) = AddressState::after(known, false, measure, finding) {
            let because = Because { actor: &RuleName::Outbox.into(), evidence: &said, mail: None };
            put_state(tx, &tried.recipient, state, &because, now)?;
        }
    }
    Ok((tried, after.measure))
}

fn in_words(end: AttemptEnd) -> fn(Attempt) -> Happened {
    match end {
        AttemptEnd::Sent => Happened::LetterSent,
        AttemptEnd::Refused => Happened::LetterRefused,
        AttemptEnd::RefusedForNow => Happened::LetterRefusedForNow,
        AttemptEnd::GivenUp => Happened::LetterGivenUp,
        AttemptEnd::NotTried => Happened::LetterNotTried,
        AttemptEnd::NotSent => Happened::LetterNotSent,
        AttemptEnd::Unknown => Happened::OutcomeUnknown,
    }
}
