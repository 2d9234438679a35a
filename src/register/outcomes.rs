//! How an attempt ended, and what follows for the letter: tried again, given up, held, unknown; and for the address.

use super::Result;
use super::addresses::{self, Because};
use super::events::Event;
use super::outbox::{Attempted, DeliveryState, RetryRules};
use super::returns::SENT_AGAIN_AFTER;
use crate::domain::deliverability::{self, AddressState, Finding, Measure, Witness};
use crate::domain::event::{Attempt, Happened, RuleName};
use crate::domain::identity::{DeliveryId, LetterId, RequestId};
use crate::domain::rules::OfficeRules;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Transaction, params};

const ASKED_TO_STOP: &str = "demarche was asked to stop before the letter was given to the server";

/// What is known of a delivery when an attempt at it has ended.
struct Tried {
    attempts: u32,
    /// When the first attempt began; the first since a person had it tried again.
    first_at: i64,
    letter: LetterId,
    request: Option<RequestId>,
    has_contact: bool,
    recipient: String,
    domain: String,
    /// Attempts of which no last word was heard.
    unheard: u32,
}

fn tried(tx: &Transaction<'_>, delivery: DeliveryId, now: Timestamp) -> Result<Tried> {
    Ok(tx
        .prepare_cached(
            "SELECT d.attempts,
                coalesce((SELECT min(a.started_at) FROM attempt a WHERE a.delivery_id = d.id
                             AND a.started_at >= coalesce((SELECT e.at FROM event e WHERE e.id = d.dealt_with), 0)), ?2),
                l.id, l.request_id, d.contact_id IS NOT NULL, d.recipient, d.domain,
                (SELECT count(*) FROM attempt a WHERE a.delivery_id = d.id AND a.outcome = 'outcome unknown')
             FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.id = ?1",
        )?
        .query_row(params![delivery.0, now.as_second()], |row| {
            Ok(Tried {
                attempts: row.get(0)?,
                first_at: row.get(1)?,
                letter: LetterId(row.get(2)?),
                request: row.get::<_, Option<i64>>(3)?.map(RequestId),
                has_contact: row.get(4)?,
                recipient: row.get(5)?,
                domain: row.get(6)?,
                unheard: row.get(7)?,
            })
        })?)
}

/// Writes down how an attempt ended, and what becomes of the letter and of the address. What is to be done, if it was refused.
pub(super) fn record_outcome(
    tx: &Transaction<'_>,
    rules: &OfficeRules,
    delivery: DeliveryId,
    attempt: i64,
    outcome: &Attempted,
    retry: &RetryRules,
    now: Timestamp,
) -> Result<Option<Measure>> {
    let tried = tried(tx, delivery, now)?;
    let after = |wait: SignedDuration| now.saturating_add(wait).ok();
    let usual_wait = retry.wait_after(tried.attempts);
    let is_late = SignedDuration::from_secs(now.as_second() - tried.first_at) >= retry.give_up_after;
    let (mut measure, mut finding) = (None, Finding::default());
    let (state, next, happened, reply, queue_id): (_, _, fn(Attempt) -> Happened, _, _) = match outcome {
        Attempted::Accepted { reply, queue_id } => (DeliveryState::Accepted, None, Happened::LetterSent, reply, queue_id.as_ref()),
        Attempted::Refused { reply, finding: found } => {
            finding = *found;
            let in_a_row = if finding.dead { domains_refused_in_a_row(tx, &tried.domain)? } else { 0 };
            let to_do = deliverability::measure(finding, Witness::OwnRelay, in_a_row);
            measure = Some(to_do);
            let wait = if to_do == Measure::TryAgainInDays { SENT_AGAIN_AFTER } else { usual_wait };
            let gives_up: Option<fn(Attempt) -> Happened> = match to_do {
                Measure::Suppress | Measure::Hold => Some(Happened::LetterRefused),
                Measure::StopSending => None,
                _ if is_late && (finding.about.frees_the_next_address() || others_were_taken(tx, delivery)?) => {
                    Some(Happened::LetterGivenUp)
                }
                _ => None,
            };
            match gives_up {
                Some(given_up) => (DeliveryState::Refused, None, given_up, reply, None),
                None => (DeliveryState::Waiting, after(wait), Happened::LetterRefusedForNow, reply, None),
            }
        }
        // It may leave at once when there is somebody again to send it.
        Attempted::NotTried => (DeliveryState::Waiting, Some(now), Happened::LetterNotTried, &ASKED_TO_STOP.to_owned(), None),
        Attempted::NotSent { reason } if is_late && others_were_taken(tx, delivery)? => {
            (DeliveryState::Refused, None, Happened::LetterGivenUp, reason, None)
        }
        Attempted::NotSent { reason } => (DeliveryState::Waiting, after(usual_wait), Happened::LetterNotSent, reason, None),
        // One more copy may leave when signs of the first were looked for; another one only by a person's word.
        Attempted::Unknown { reason } => {
            let next = (tried.unheard == 0).then(|| after(retry.look_after)).flatten();
            (DeliveryState::Unknown, next, Happened::OutcomeUnknown, reason, None)
        }
    };
    let reply: String = reply.chars().filter(|character| !character.is_control()).take(1000).collect();
    let happened = happened(Attempt {
        to: tried.recipient.clone(),
        attempt: tried.attempts,
        reply: reply.clone(),
        queue_id: queue_id.cloned(),
        about: measure.map(|_| finding.about),
    });
    tx.prepare_cached("UPDATE attempt SET finished_at = ?2, outcome = ?3, reply = ?4 WHERE id = ?1")?.execute(params![
        attempt,
        now.as_second(),
        happened.kind().name(),
        reply
    ])?;
    tx.prepare_cached(
        "UPDATE delivery SET state = ?2, next_attempt_at = ?3, reply = ?4, queue_id = coalesce(?5, queue_id), about = ?7,
            attempts = attempts - ?8,
            dealt_with = CASE WHEN ?2 = 'refused' THEN NULL ELSE dealt_with END,
            accepted_at = CASE WHEN ?2 = 'accepted' THEN ?6 ELSE accepted_at END WHERE id = ?1",
    )?
    .execute(params![
        delivery.0,
        state.name(),
        next.map(|next| next.as_second()),
        reply,
        queue_id,
        now.as_second(),
        measure.map(|_| finding.about.name()),
        matches!(outcome, Attempted::NotTried)
    ])?;
    let mut event = Event::new(now, happened, RuleName::Outbox).letter(tried.letter);
    event.request = tried.request;
    event.append(tx)?;
    if let (Some(to_do), true) = (measure, tried.has_contact) {
        let known = addresses::state_of(tx, &tried.recipient)?.map(|(state, _)| state);
        if let Some(state) = AddressState::after(known, false, to_do, finding) {
            let because = Because { actor: &RuleName::Outbox.into(), evidence: &reply, mail: None };
            addresses::put_state(tx, rules, &tried.recipient, state, &because, now)?;
        }
    }
    Ok(measure)
}

/// Whether the relay took any letter since it was first given this one: then it is this letter that it does not take.
fn others_were_taken(tx: &Transaction<'_>, delivery: DeliveryId) -> Result<bool> {
    Ok(tx
        .prepare_cached(
            "SELECT 1 FROM attempt WHERE id > (SELECT min(id) FROM attempt WHERE delivery_id = ?1) AND outcome = 'letter sent' LIMIT 1",
        )?
        .exists([delivery.0])?)
}

/// Of how many domains the relay has refused recipients since it last took a letter, this one included.
fn domains_refused_in_a_row(tx: &Transaction<'_>, domain: &str) -> Result<u32> {
    let others: u32 = tx
        .prepare_cached(
            "SELECT count(DISTINCT domain) FROM attempt WHERE domain <> ?1 AND outcome = 'letter refused'
                AND id > coalesce((SELECT id FROM attempt WHERE outcome = 'letter sent' ORDER BY id DESC LIMIT 1), 0)",
        )?
        .query_row([domain], |row| row.get(0))?;
    Ok(others + 1)
}
