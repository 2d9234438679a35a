//! How an attempt ended, written down with what `domain::delivery` says becomes of the letter, and `domain::deliverability` of the address.

use super::Transaction;
use super::addresses::{self, Because};
use super::events::Event;
use super::{Result, deliveries, rows};
use crate::domain::deliverability::{AddressState, Measure};
use crate::domain::delivery::{AttemptEnd, DeliveryOutcome, History, RetryRules, after_attempt};
use crate::domain::event::{Attempt, Happened, RuleName};
use crate::domain::identity::{DeliveryId, LetterId, RequestId};
use jiff::Timestamp;
use rusqlite::params;

/// Characters of a server's reply that are kept.
const MOST_SAID: usize = 1000;

/// The last attempt at which the relay took a letter, by the index `attempts_accepted`: as long as it takes none, attempts pile up behind it.
pub(super) const LAST_TAKEN: &str = "SELECT max(taken.id) FROM attempt taken WHERE taken.outcome = 'accepted'";

/// What was tried.
struct Tried {
    delivery: DeliveryId,
    letter: LetterId,
    request: Option<RequestId>,
    /// It is an address of the directory.
    has_contact: bool,
    recipient: String,
    domain: String,
    history: History,
}

/// An attempt whose end is recorded.
pub(super) struct Recorded {
    pub(super) delivery: DeliveryId,
    pub(super) request: Option<RequestId>,
    /// What is to be done, if it was refused.
    pub(super) measure: Option<Measure>,
}

fn tried(tx: &Transaction<'_>, attempt: i64, now: Timestamp) -> Result<Tried> {
    Ok(tx
        .prepare_cached(&format!(
            "SELECT d.id, d.attempts,
                coalesce((SELECT min(a.started_at) FROM attempt a WHERE a.delivery_id = d.id
                             AND a.started_at >= coalesce((SELECT e.at FROM event e WHERE e.id = d.dealt_with), 0)), ?2),
                l.id, l.request_id, d.contact_id IS NOT NULL, d.recipient, d.domain,
                (SELECT count(*) FROM attempt a WHERE a.delivery_id = d.id AND a.outcome = 'unknown'),
                coalesce(({LAST_TAKEN}), 0)
                    > (SELECT min(a.id) FROM attempt a WHERE a.delivery_id = d.id)
             FROM attempt t JOIN delivery d ON d.id = t.delivery_id JOIN letter l ON l.id = d.letter_id WHERE t.id = ?1",
        ))?
        .query_row(params![attempt, now.as_second()], |row| {
            Ok(Tried {
                delivery: DeliveryId(row.get(0)?),
                letter: LetterId(row.get(3)?),
                request: row.get::<_, Option<i64>>(4)?.map(RequestId),
                has_contact: row.get(5)?,
                recipient: row.get(6)?,
                domain: row.get(7)?,
                history: History {
                    attempts: row.get(1)?,
                    first_at: rows::timestamp(row, 2)?,
                    unheard: row.get(8)?,
                    others_were_taken: row.get(9)?,
                    domains_refused_in_a_row: 0,
                },
            })
        })?)
}

/// Writes down how an attempt ended, and what becomes of the letter and of the address.
pub(super) fn record_outcome(
    tx: &Transaction<'_>,
    attempt: i64,
    outcome: &DeliveryOutcome,
    retry: &RetryRules,
    now: Timestamp,
) -> Result<Recorded> {
    let mut tried = tried(tx, attempt, now)?;
    if History::asks_for_domains(outcome) {
        tried.history.domains_refused_in_a_row = domains_refused_in_a_row(tx, &tried.domain)?;
    }
    let after = after_attempt(outcome, &tried.history, retry, now);
    let finding = outcome.finding();
    let said: String = outcome.said().chars().filter(|character| !character.is_control()).take(MOST_SAID).collect();
    let queue_id = match outcome {
        DeliveryOutcome::Accepted { queue_id, .. } => queue_id.as_ref(),
        _ => None,
    };
    tx.prepare_cached("UPDATE attempt SET finished_at = ?2, outcome = ?3, reply = ?4, finding = ?5 WHERE id = ?1")?.execute(params![
        attempt,
        now.as_second(),
        outcome.name(),
        said,
        finding.as_ref().map(rows::to_json).transpose()?
    ])?;
    deliveries::change(tx, tried.delivery, &after.change)?;
    tx.prepare_cached(
        "UPDATE delivery SET reply = ?2, queue_id = coalesce(?3, queue_id), about = ?4, attempts = attempts - ?5 WHERE id = ?1",
    )?
    .execute(params![
        tried.delivery.0,
        said,
        queue_id,
        finding.map(|finding| finding.about.name()),
        after.end == AttemptEnd::NotTried
    ])?;
    let happened = in_words(after.end)(Attempt {
        to: tried.recipient.clone(),
        attempt: tried.history.attempts,
        reply: said.clone(),
        queue_id: queue_id.cloned(),
        about: finding.map(|finding| finding.about),
    });
    let mut event = Event::new(now, happened, RuleName::Outbox).letter(tried.letter);
    event.request = tried.request;
    event.append(tx)?;
    if let (Some(measure), Some(finding), true) = (after.measure, finding, tried.has_contact) {
        let known = addresses::state_of(tx, &tried.recipient)?.map(|(state, _)| state);
        if let Some(state) = AddressState::after(known, false, measure, finding) {
            let because = Because { actor: &RuleName::Outbox.into(), evidence: &said, mail: None };
            addresses::put_state(tx, &tried.recipient, state, &because, now)?;
        }
    }
    Ok(Recorded { delivery: tried.delivery, request: tried.request, measure: after.measure })
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

/// Of how many domains the relay has called a recipient dead since it last took a letter, this one included.
fn domains_refused_in_a_row(tx: &Transaction<'_>, domain: &str) -> Result<u32> {
    let others: u32 = tx
        .prepare_cached(&format!(
            "SELECT count(DISTINCT domain) FROM attempt WHERE domain <> ?1 AND finding ->> '$.dead'
                AND id > coalesce(({LAST_TAKEN}), 0)",
        ))?
        .query_row([domain], |row| row.get(0))?;
    Ok(others + 1)
}
