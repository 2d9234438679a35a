//! The agenda: what is due now, and nothing else; and the steps that are taken on it.
//!
//! `request.next_due` is the only thing the clock looks at, through an index. Every verb that changes what it depends on calls [`replan`].

use super::due::{DueStep, Examining};
use super::events::Event;
use super::known::Known;
use super::new_letter::NewLetter;
use super::planning::replan;
use super::{Reader, Register, RegisterError, Result, outbox, requests};
use crate::domain::event::{Happened, RuleName, StepWritten};
use crate::domain::hold::Hold;
use crate::domain::identity::{LetterId, RequestId};
use crate::domain::lifecycle::{self, Decision};
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::resting::StepRests;
use crate::domain::rules::day_in;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::params;

/// What the agenda finds at one moment.
#[derive(Debug, Clone, Default)]
pub struct Agenda {
    /// Oldest first.
    pub due: Vec<DueStep>,
    /// References of requests with a step that is due and must wait, and why.
    pub held: Vec<(String, Hold)>,
}

/// How it stands with one request.
#[derive(Debug, Clone)]
pub(super) enum Outlook {
    Nothing,
    /// Something is due, and must wait.
    Held(Hold),
    Due(Box<DueStep>),
}

/// What the agenda did about a [`DueStep`].
#[derive(Debug, Clone)]
pub struct StepAsTaken<'a> {
    pub due: &'a DueStep,
    /// The deadline that the letter names.
    pub stated: Option<Date>,
    pub letter: Option<NewLetter>,
}

/// Touches what is due and nothing else, by the index `request_due`.
pub(super) const REQUESTS_DUE: &str = "SELECT id FROM request WHERE next_due <= ?1 ORDER BY next_due";

impl Reader {
    /// What is due at `now`, at most `limit` steps.
    pub fn agenda(&self, now: Timestamp, limit: usize) -> Result<Agenda> {
        let mut statement = self.db.prepare_cached(REQUESTS_DUE)?;
        let mut due_requests = statement.query([now.as_second()])?;
        let mut agenda = Agenda::default();
        while let Some(row) = due_requests.next()? {
            if agenda.due.len() == limit {
                break;
            }
            let known = Known::load(self, RequestId(row.get(0)?))?;
            match self.look_at(&known, now)? {
                Outlook::Nothing => {}
                Outlook::Held(hold) => agenda.held.push((known.request.reference.clone(), hold)),
                Outlook::Due(due) => agenda.due.push(*due),
            }
        }
        Ok(agenda)
    }

    /// What is to be done about one request at `now`.
    pub(super) fn look_at(&self, known: &Known, now: Timestamp) -> Result<Outlook> {
        let due = if known.wants_first_letter() {
            known.due_step(self, None, &[], None, now)?
        } else {
            match lifecycle::next_step(&known.situation(&self.rules), now) {
                Decision::Nothing | Decision::Later(_) => return Ok(Outlook::Nothing),
                Decision::Held(hold) => return Ok(Outlook::Held(hold)),
                Decision::Take { step, passed_over, due_on, examining } => {
                    let examining = examining.map(|mail| Examining::load(self, mail)).transpose()?;
                    DueStep { examining, ..known.due_step(self, Some(step), &passed_over, Some(due_on), now)? }
                }
            }
        };
        Ok(due.unreachable.map_or_else(|| Outlook::Due(Box::new(due)), Outlook::Held))
    }

    /// When the agenda has something to look at next; `after`, besides what it had by then.
    pub fn next_due(&self, after: Option<Timestamp>) -> Result<Option<Timestamp>> {
        let after = after.map_or(i64::MIN, Timestamp::as_second);
        let next: Option<i64> =
            self.db.prepare_cached("SELECT min(next_due) FROM request WHERE next_due > ?1")?.query_row([after], |row| row.get(0))?;
        Ok(next.and_then(|second| Timestamp::from_second(second).ok()))
    }
}

impl Register {
    /// Takes a step: the letter goes into the outbox, the step is remembered, or the ladder's end recorded. `Stale` if the request changed
    /// since, or a mail came in that nobody has read: then nothing is done and the agenda will ask again.
    pub fn take_step(&mut self, taken: &StepAsTaken<'_>, addresses: &ReplyAddresses, now: Timestamp) -> Result<Option<LetterId>> {
        self.write(|tx| {
            let due = taken.due;
            let id = due.request.id;
            let stale = || RegisterError::Stale { reference: due.request.reference.clone() };
            let known = Known::load(tx, id)?;
            let rests = due.due_on.map_or(StepRests::No, |due_on| known.situation(tx.rules()).step_rests(due_on, now));
            let as_decided = due.examining.as_ref().map_or(StepRests::No, |examining| StepRests::MayTell(examining.mail));
            if known.request.revision != due.request.revision || rests != as_decided {
                return Err(stale());
            }
            if due.step.is_none() {
                let mut basis = known.request.basis.clone();
                basis.stated = taken.stated;
                requests::store_basis(tx, id, &basis)?;
            }
            let letter =
                taken.letter.as_ref().map(|letter| outbox::put(tx, Some(id), due.step.as_ref(), letter, addresses, now)).transpose()?;
            let today = day_in(now, &known.zone);
            for (name, passed_over) in
                due.passed_over.iter().map(|name| (name, true)).chain(due.step.iter().map(|step| (&step.name, false)))
            {
                tx.execute(
                    "INSERT INTO step_taken (request_id, step, taken_on, deadline, passed_over, letter_id, due_on) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    params![
                        id.0,
                        name,
                        today.to_string(),
                        known.request.deadline.to_string(),
                        passed_over,
                        letter.map(|letter| letter.0),
                        due.due_on.map(|day| day.to_string())
                    ],
                )?;
            }
            if !due.is_letter() {
                tx.execute("UPDATE request SET non_cooperation_on = ?2 WHERE id = ?1", params![id.0, today.to_string()])?;
            }
            let to = |letter: &NewLetter| letter.recipients.iter().map(|recipient| recipient.address.clone()).collect();
            let step = StepWritten {
                step: due.step.as_ref().map(|step| step.name.clone()),
                passed_over: due.passed_over.clone(),
                vacant: due.vacant.clone(),
                to: taken.letter.as_ref().map(to),
                sha256: taken.letter.as_ref().map(NewLetter::sha256),
                template: None,
            };
            let happened = match &taken.letter {
                Some(letter) => Happened::step_written(letter.role, &letter.template, step),
                None => Happened::NonCooperationRecorded(step),
            };
            let mut event = Event::new(now, happened, RuleName::Ladder).request(id);
            if let Some(letter) = letter {
                event = event.letter(letter);
            }
            event.append(tx)?;
            replan(tx, id, now)?;
            Ok(letter)
        })
    }
}
