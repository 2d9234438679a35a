//! Attempts to give letters to a server: each is recorded before it is made, and its end after it (promise 3). Which letters are attempted is decided by
//! `domain::delivery` and `leaving`.

use super::Transaction;
use super::events::Event;
use super::leaving::{Waiting, may_leave, withdraw};
use super::outcomes::record_outcome;
use super::{Register, Result, copies, deliveries, directory, known, pace, planning, requests, rows};
use crate::domain::deliverability::Measure;
use crate::domain::delivery::{DeliveryChange, DeliveryOutcome, DeliveryState, Due, DueNow, RetryRules, look_at};
use crate::domain::event::{FoundSent, Happened, RuleName};
use crate::domain::identity::{DeliveryId, LetterId, RequestId};
use crate::domain::lifecycle::{MayLeave, Needless};
use crate::domain::rules::day_in;
use jiff::Timestamp;
use rusqlite::{Row, params};
use std::collections::HashMap;

/// A delivery claimed for one attempt, which is recorded already.
#[derive(Debug, Clone)]
pub struct Claim {
    pub delivery: DeliveryId,
    pub attempt: i64,
    pub letter: LetterId,
    pub request: Option<RequestId>,
    pub message_id: String,
    pub envelope_sender: String,
    pub recipient: String,
    pub bytes: Vec<u8>,
}

/// Touches what is due and nothing else, by the index `delivery_due`.
pub(super) const DELIVERIES_DUE: &str =
    "SELECT d.id, d.domain, d.state, l.id, l.request_id, d.next_attempt_at, l.role, l.step, d.first_attempt_at FROM delivery d JOIN letter l ON l.id = d.letter_id
    WHERE d.next_attempt_at <= ?1 ORDER BY d.next_attempt_at, d.id";

/// What is done about the deliveries that are due, up to the first that is attempted.
#[derive(Default)]
struct Looked {
    withdrawn: Vec<(LetterId, Needless)>,
    put_off: Vec<(DeliveryId, Option<Timestamp>)>,
    chosen: Option<(DeliveryId, String)>,
}

impl Register {
    /// At a start: attempts that were begun and never finished have an unknown outcome. How many.
    pub fn find_interrupted_attempts(&mut self, retry: &RetryRules, now: Timestamp) -> Result<usize> {
        self.write(|tx| {
            let open: Vec<i64> = tx
                .prepare("SELECT a.id FROM delivery d JOIN attempt a ON a.delivery_id = d.id WHERE d.state = 'attempting' AND a.finished_at IS NULL")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            for attempt in &open {
                let outcome = DeliveryOutcome::Unknown { reason: "the program ended during the attempt".into() };
                record_outcome(tx, *attempt, &outcome, retry, now)?;
            }
            Ok(open.len())
        })
    }

    /// Claims the next delivery that may leave now, and records that an attempt begins. Letters that are no longer needed, or name a deadline
    /// that has moved, are withdrawn; those that would chase somebody unheard wait (promise 4), and so does everything to an authority outside
    /// of office hours, and what may have left already until the mailbox was read for signs of it (promise 3).
    pub fn claim_delivery(&mut self, retry: &RetryRules, now: Timestamp) -> Result<Option<Claim>> {
        self.write(|tx| {
            if pace::is_full(tx, retry, now)? {
                return Ok(None);
            }
            let looked = look_through(tx, retry, now)?;
            for (delivery, until) in looked.put_off {
                deliveries::put_off(tx, delivery, until)?;
            }
            for (letter, why) in looked.withdrawn {
                withdraw(tx, letter, why, now)?;
            }
            looked.chosen.map(|(delivery, domain)| begin_attempt(tx, delivery, &domain, now)).transpose()
        })
    }

    /// Records how an attempt ended. What is to be done about the letter, if it was refused.
    pub fn finish_attempt(
        &mut self,
        claim: &Claim,
        outcome: &DeliveryOutcome,
        retry: &RetryRules,
        now: Timestamp,
    ) -> Result<Option<Measure>> {
        self.write(|tx| finish(tx, claim.attempt, outcome, retry, now))
    }

    /// A copy of a letter of unknown outcome was found in the Sent folder, or something answers it: it left.
    pub fn found_sent(&mut self, delivery: DeliveryId, evidence: &str, now: Timestamp) -> Result<()> {
        self.write(|tx| resolve_unknown(tx, delivery, evidence, now))
    }

    /// Where signs of letters of unknown outcome could not be looked for, none of them is sent again before `until`.
    pub fn put_off_unknown(&mut self, until: Timestamp) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached("UPDATE delivery SET next_attempt_at = max(next_attempt_at, ?1) WHERE state = 'unknown'")?
                .execute([until.as_second()])?;
            Ok(())
        })
    }
}

/// Looks no further than to the first that may leave: thousands may be due.
fn look_through(tx: &Transaction<'_>, retry: &RetryRules, now: Timestamp) -> Result<Looked> {
    let mut looked = Looked::default();
    let mut recent: HashMap<String, u32> = HashMap::new();
    let mailboxes_read_at = known::mailboxes_read_at(tx)?;
    let mut due = tx.prepare_cached(DELIVERIES_DUE)?;
    let mut due = due.query([now.as_second()])?;
    while let Some(row) = due.next()? {
        let (delivery, domain): (DeliveryId, String) = (DeliveryId(row.get(0)?), row.get(1)?);
        let recent_to_domain = match recent.get(&domain) {
            Some(recent) => *recent,
            None => *recent.entry(domain.clone()).or_insert(pace::recent_to(tx, &domain, now)?),
        };
        let facts = Due {
            is_unknown: deliveries::state(row, 2)? == DeliveryState::Unknown,
            due_at: rows::timestamp(row, 5)?,
            first_attempt_at: rows::optional_timestamp(row, 8)?,
            recent_to_domain,
            mailboxes_read_at,
        };
        match look_at(&facts, retry, now) {
            DueNow::NextMinute | DueNow::OnceMailboxesAreRead => continue,
            DueNow::ForAPerson => {
                looked.put_off.push((delivery, None));
                continue;
            }
            DueNow::Attempt => {}
        }
        let waiting = waiting(row)?;
        match may_leave(tx, &waiting, now)? {
            // It may have left: not needed any more, it is left to a person and not called cancelled.
            MayLeave::Never(_) if facts.is_unknown => looked.put_off.push((delivery, None)),
            MayLeave::Never(_) if looked.withdrawn.iter().any(|(letter, _)| *letter == waiting.letter) => {}
            MayLeave::Never(why) => looked.withdrawn.push((waiting.letter, why)),
            MayLeave::From(moment) if moment > now => looked.put_off.push((delivery, Some(moment))),
            MayLeave::From(_) => {
                looked.chosen = Some((delivery, domain));
                break;
            }
            MayLeave::NotYet(_) => {}
        }
    }
    Ok(looked)
}

/// The letter of a row of [`DELIVERIES_DUE`].
fn waiting(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting {
        letter: LetterId(row.get(3)?),
        request: row.get::<_, Option<i64>>(4)?.map(RequestId),
        role: row.get(6)?,
        step: row.get(7)?,
    })
}

fn begin_attempt(tx: &Transaction<'_>, delivery: DeliveryId, domain: &str, now: Timestamp) -> Result<Claim> {
    tx.prepare_cached(
        "UPDATE delivery SET state = 'attempting', next_attempt_at = NULL, attempts = attempts + 1,
            first_attempt_at = coalesce(first_attempt_at, ?2) WHERE id = ?1",
    )?
    .execute(params![delivery.0, now.as_second()])?;
    tx.prepare_cached("INSERT INTO attempt (delivery_id, domain, started_at) VALUES (?1, ?2, ?3)")?.execute(params![
        delivery.0,
        domain,
        now.as_second()
    ])?;
    let attempt = tx.last_insert_rowid();
    let claim = tx
        .prepare_cached(
            "SELECT l.id, l.request_id, l.message_id, d.envelope_sender, d.recipient, l.bytes
             FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.id = ?1",
        )?
        .query_row([delivery.0], |row| {
            Ok(Claim {
                delivery,
                attempt,
                letter: LetterId(row.get(0)?),
                request: row.get::<_, Option<i64>>(1)?.map(RequestId),
                message_id: row.get(2)?,
                envelope_sender: row.get(3)?,
                recipient: row.get(4)?,
                bytes: row.get(5)?,
            })
        })?;
    Ok(claim)
}

/// Records how an attempt ended, and what follows for the request. What is to be done about the letter, if it was refused.
pub(super) fn finish(
    tx: &Transaction<'_>,
    attempt: i64,
    outcome: &DeliveryOutcome,
    retry: &RetryRules,
    now: Timestamp,
) -> Result<Option<Measure>> {
    let recorded = record_outcome(tx, attempt, outcome, retry, now)?;
    let is_accepted = matches!(outcome, DeliveryOutcome::Accepted { .. });
    if retry.files_copies && is_accepted {
        copies::owe(tx, recorded.delivery, retry, now)?;
    }
    match recorded.request {
        Some(request) if is_accepted => letter_left(tx, recorded.delivery, request, now, now)?,
        // If it is given up, the request may go to somebody else.
        Some(request) => planning::replan(tx, request, now)?,
        None => {}
    }
    Ok(recorded.measure)
}

/// The first letter of a request was accepted: from then on its clock runs. A term that starts with the sending starts on that day.
pub(super) fn letter_left(tx: &Transaction<'_>, delivery: DeliveryId, id: RequestId, left_at: Timestamp, now: Timestamp) -> Result<()> {
    let is_copy: bool = tx.prepare_cached("SELECT is_copy FROM delivery WHERE id = ?1")?.query_row([delivery.0], |row| row.get(0))?;
    let mut request = requests::load(tx, id)?;
    if request.sent_at.is_none() && !is_copy {
        tx.prepare_cached("UPDATE request SET sent_at = ?2 WHERE id = ?1")?.execute(params![id.0, left_at.as_second()])?;
        if request.basis.start_event == crate::domain::calendar::StartEvent::Sending {
            let authority = directory::load_head(tx, request.authority)?;
            request.basis.start = day_in(left_at, &tx.rules().time_zone_of(&authority));
            requests::store_basis(tx, id, &request.basis)?;
        }
    }
    planning::replan(tx, id, now)
}

/// A letter whose last word was not heard is found to have left, by `evidence`.
pub(crate) fn resolve_unknown(tx: &Transaction<'_>, delivery: DeliveryId, evidence: &str, now: Timestamp) -> Result<()> {
    if !matches!(deliveries::standing(tx, delivery)?.0, DeliveryState::Unknown | DeliveryState::Attempting) {
        return Ok(());
    }
    deliveries::change(tx, delivery, &DeliveryChange::Accepted { at: now, found_by: Some(evidence.into()) })?;
    let (letter, request): (i64, Option<i64>) = tx
        .prepare_cached("SELECT l.id, l.request_id FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.id = ?1")?
        .query_row([delivery.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let found = FoundSent::Own { evidence: evidence.to_owned() };
    let mut event = Event::new(now, Happened::LetterFoundSent(found), RuleName::Outbox).letter(LetterId(letter));
    event.request = request.map(RequestId);
    event.append(tx)?;
    match request {
        Some(request) => letter_left(tx, delivery, RequestId(request), now, now),
        None => Ok(()),
    }
}
