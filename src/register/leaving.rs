//! Whether a letter that lies in the outbox may leave it now, or ever (promises 4 and 8); and letters taken out of it.

use super::events::Event;
use super::{Result, acknowledging, agenda, directory, requests, rows, standstill};
use crate::domain::identity::{LetterId, RequestId};
use crate::domain::resting::{EXAMINATION, StepRests};
use crate::domain::rules::OfficeRules;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Transaction, params};
use serde_json::json;

/// A letter that waits to leave.
pub(super) struct Waiting {
    pub(super) letter: LetterId,
    pub(super) request: Option<RequestId>,
    pub(super) kind: String,
    pub(super) step: Option<String>,
}

pub(super) enum MayLeave {
    From(Timestamp),
    /// Not before something happens.
    NotYet,
    Never(&'static str),
}

/// Whether a letter may leave. Letters to staff always may; those to an authority in its office hours, unless the ladder's step says otherwise.
pub(super) fn may_leave(tx: &Transaction<'_>, rules: &OfficeRules, letter: &Waiting, now: Timestamp) -> Result<MayLeave> {
    let Some(id) = letter.request else { return Ok(MayLeave::From(now)) };
    if standstill::is_set(tx)? {
        return Ok(MayLeave::NotYet);
    }
    let request = requests::load(tx, id)?;
    let authority = directory::load_head(tx, request.authority)?;
    if request.ended.is_some() && letter.kind != "acknowledgement" {
        return Ok(MayLeave::Never("the request is ended"));
    }
    if letter.kind == "acknowledgement" && !acknowledging::is_of_a_reply(tx, id, letter.letter)? {
        return Ok(MayLeave::Never("the mail whose receipt it confirms is no reply to the request any more"));
    }
    // Every letter of the ladder, whatever its template is called.
    if letter.step.is_some() {
        if request.is_settled() {
            return Ok(MayLeave::Never("the request is settled"));
        }
        let (written_on, deadline, due_on): (Date, Option<Date>, Option<Date>) = tx
            .prepare_cached(
                "SELECT l.written_on, t.deadline, t.due_on FROM letter l LEFT JOIN step_taken t ON t.request_id = l.request_id AND t.letter_id = l.id
                 WHERE l.id = ?1 LIMIT 1",
            )?
            .query_row([letter.letter.0], |row| Ok((rows::day(row, 0)?, rows::optional_day(row, 1)?, rows::optional_day(row, 2)?)))?;
        if deadline.is_some_and(|deadline| deadline != request.deadline) {
            return Ok(MayLeave::Never("the deadline has moved since it was written"));
        }
        let known = agenda::Known::load(tx, rules, id)?;
        let situation = known.situation(rules);
        let is_resting = if letter.kind == EXAMINATION {
            if !situation.is_being_examined(written_on) {
                return Ok(MayLeave::Never("the letter that it speaks of was read meanwhile"));
            }
            situation.has_unread
        } else {
            situation.step_rests(due_on.unwrap_or(written_on), now) != StepRests::No
        };
        let step = known.ladder.steps.iter().find(|step| letter.step.as_ref() == Some(&step.name));
        let is_kept_back = step.is_some_and(|step| situation.is_kept_back(step));
        if request.paused || !situation.is_heard(written_on, now) || is_kept_back || is_resting {
            return Ok(MayLeave::NotYet);
        }
    }
    let ladder = rules.ladder(&request.urgency).cloned().unwrap_or_default();
    let step = letter.step.as_ref().and_then(|name| ladder.steps.into_iter().find(|step| step.name == *name));
    Ok(MayLeave::From(rules.moment_of(step.as_ref(), now, &authority)))
}

/// Takes a letter out of the outbox, to all to whom it has not left yet. If it has left to nobody, its step was not taken.
pub(super) fn withdraw(tx: &Transaction<'_>, rules: &OfficeRules, letter: LetterId, why: &str, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "UPDATE delivery SET state = 'cancelled', next_attempt_at = NULL, reply = ?2 WHERE letter_id = ?1 AND state = 'waiting'",
    )?
    .execute(params![letter.0, why])?;
    let (request, has_left): (Option<i64>, bool) = tx
        .prepare_cached(
            "SELECT request_id, EXISTS (SELECT 1 FROM delivery d WHERE d.letter_id = l.id AND d.state <> 'cancelled') FROM letter l WHERE l.id = ?1",
        )?
        .query_row([letter.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut event = Event::new(now, "letter cancelled", "rule: outbox").letter(letter).detail(json!({ "why": why }));
    event.request = request.map(RequestId);
    event.append(tx)?;
    let Some(request) = request.map(RequestId) else { return Ok(()) };
    if !has_left {
        tx.prepare_cached("DELETE FROM step_taken WHERE request_id = ?1 AND letter_id = ?2")?.execute([request.0, letter.0])?;
    }
    agenda::replan(tx, rules, request, now)
}
