//! Whether a letter that lies in the outbox may leave it now, or ever (promises 4 and 8); and letters taken out of it.

use super::Transaction;
use super::events::Event;
use super::known::Known;
use super::{Reader, Result, acknowledgements, deliveries, directory, planning, requests, rows, standstill};
use crate::domain::authority::Authority;
use crate::domain::event::{Happened, RuleName};
use crate::domain::identity::{AuthorityId, LetterId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::lifecycle::{self, MayLeave, Needless, OfLadder};
use crate::domain::rules::OfficeRules;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// A letter that waits to leave.
pub(super) struct Waiting {
    pub(super) letter: LetterId,
    pub(super) request: Option<RequestId>,
    pub(super) role: LetterRole,
    pub(super) step: Option<String>,
}

/// Whether a letter may leave: what the register knows of it, for [`lifecycle::may_leave`] to decide.
pub(super) fn may_leave(tx: &Transaction<'_>, letter: &Waiting, now: Timestamp) -> Result<MayLeave> {
    let stand_still = standstill::is_set(tx)?;
    let decide = |letter: lifecycle::Waiting<'_>| Ok(lifecycle::may_leave(&letter, tx.rules(), stand_still, now));
    let Some(id) = letter.request else { return decide(lifecycle::Waiting::ToStaff) };
    match letter.role {
        LetterRole::Digest | LetterRole::Alarm => decide(lifecycle::Waiting::ToStaff),
        LetterRole::Request => {
            let request = requests::load(tx, id)?;
            let authority = directory::load_head(tx, request.authority)?;
            decide(lifecycle::Waiting::Request { request: &request, authority: &authority })
        }
        LetterRole::Acknowledgement => {
            let authority = directory::load_head(tx, requests::load(tx, id)?.authority)?;
            let of_a_reply = acknowledgements::is_of_a_reply(tx, id, letter.letter)?;
            decide(lifecycle::Waiting::Acknowledgement { authority: &authority, of_a_reply })
        }
        LetterRole::Reminder | LetterRole::Escalation | LetterRole::Examination => {
            let (written_on, deadline, due_on) = tx
                .prepare_cached(
                    "SELECT l.written_on, t.deadline, t.due_on FROM letter l
                     LEFT JOIN step_taken t ON t.request_id = l.request_id AND t.letter_id = l.id WHERE l.id = ?1 LIMIT 1",
                )?
                .query_row([letter.letter.0], |row| Ok((rows::day(row, 0)?, rows::optional_day(row, 1)?, rows::optional_day(row, 2)?)))?;
            let known = Known::load(tx, id)?;
            decide(lifecycle::Waiting::OfLadder(OfLadder {
                situation: &known.situation(tx.rules()),
                step: known.ladder.steps.iter().find(|step| letter.step.as_ref() == Some(&step.name)),
                is_examination: letter.role == LetterRole::Examination,
                written_on,
                deadline,
                due_on,
            }))
        }
    }
}

fn moment_to_leave(rules: &OfficeRules, urgency: &str, step: Option<&str>, authority: &Authority, now: Timestamp) -> Timestamp {
    let ladder = rules.ladder(urgency);
    let step = ladder.zip(step).and_then(|(ladder, name)| ladder.steps.iter().find(|step| step.name == name));
    rules.moment_of(step, now, authority)
}

/// Letters that could leave if it were an hour at which letters leave; first letters of requests are not even written before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OutsideHours {
    pub letters: u64,
    /// When the first of them may leave.
    pub until: Timestamp,
}

impl Reader {
    /// The letters to authorities that wait for an hour at which letters leave, and for nothing that takes longer; none while all letters stand still.
    pub fn outside_hours(&self, now: Timestamp) -> Result<Option<OutsideHours>> {
        if standstill::is_set(self)? {
            return Ok(None);
        }
        let mut statement = self.db.prepare_cached(
            "SELECT q.authority_id, q.urgency, l.step, min(d.next_attempt_at)
             FROM delivery d JOIN letter l ON l.id = d.letter_id JOIN request q ON q.id = l.request_id
             WHERE d.state = 'waiting' AND d.next_attempt_at IS NOT NULL GROUP BY l.id
             UNION ALL
             SELECT q.authority_id, q.urgency, NULL, q.next_due FROM request q
             WHERE q.next_due > ?1 AND q.sent_at IS NULL AND NOT EXISTS (SELECT 1 FROM letter l WHERE l.request_id = q.id)",
        )?;
        let letters = statement.query_map([now.as_second()], |row| {
            let kind: (i64, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((kind, rows::timestamp(row, 3)?))
        })?;
        let mut moments = HashMap::new();
        let mut outside: Option<OutsideHours> = None;
        for letter in letters {
            let (kind, next_attempt_at) = letter?;
            let moment = match moments.entry(kind) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    let (authority, urgency, step) = new.key();
                    let authority = directory::load_head(self, AuthorityId(*authority))?;
                    let moment = moment_to_leave(self.rules(), urgency, step.as_deref(), &authority, now);
                    *new.insert(moment)
                }
            };
            if moment > now && next_attempt_at <= moment {
                let (letters, until) = outside.map_or((0, moment), |known| (known.letters, known.until));
                outside = Some(OutsideHours { letters: letters + 1, until: until.min(moment) });
            }
        }
        Ok(outside)
    }
}

/// Takes a letter out of the outbox, to all to whom it has not left yet. If it has left to nobody, its step was not taken.
pub(super) fn withdraw(tx: &Transaction<'_>, letter: LetterId, why: Needless, now: Timestamp) -> Result<()> {
    let why = why.why();
    deliveries::cancel_waiting(tx, letter, why)?;
    let (request, has_left): (Option<i64>, bool) = tx
        .prepare_cached(
            "SELECT request_id, EXISTS (SELECT 1 FROM delivery d WHERE d.letter_id = l.id AND d.state <> 'cancelled') FROM letter l WHERE l.id = ?1",
        )?
        .query_row([letter.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut event = Event::new(now, Happened::LetterCancelled { why: why.to_owned() }, RuleName::Outbox).letter(letter);
    event.request = request.map(RequestId);
    event.append(tx)?;
    let Some(request) = request.map(RequestId) else { return Ok(()) };
    if !has_left {
        tx.prepare_cached("DELETE FROM step_taken WHERE request_id = ?1 AND letter_id = ?2")?.execute([request.0, letter.0])?;
    }
    planning::replan(tx, request, now)
}
