//! The agenda: what is due now, and nothing else.
//!
//! What is owed is the only thing the clock looks at ([`super::obligations`]). Every verb that changes what a next step depends on calls
//! `outgoing::planning`.

use super::due::{DueStep, Examining};
use super::known::Known;
use super::obligations::StepOwed;
use super::{Reader, Result};
use crate::domain::hold::Hold;
use crate::domain::identity::RequestId;
use crate::domain::lifecycle::{self, Decision};
use crate::domain::obligation::ObligationKind;
use jiff::Timestamp;
use std::ops::ControlFlow;

/// What the agenda finds at one moment.
#[derive(Debug, Clone, Default)]
pub struct Agenda {
    /// Oldest first.
    pub due: Vec<DueStep>,
    /// References of requests with a step that is due and must wait, and why.
    pub held: Vec<(String, Hold)>,
    /// The last that was looked at.
    pub(crate) looked_at: Option<StepOwed>,
}

/// How it stands with one request.
#[derive(Debug, Clone)]
pub(super) enum Outlook {
    Nothing,
    /// Something is due, and must wait.
    Held(Hold),
    Due(Box<DueStep>),
}

impl Reader {
    /// What is due at `now`, by each authority's own calendar and time zone: at most `limit` steps, beside those that are held.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn agenda(&self, now: Timestamp, limit: usize) -> Result<Agenda> {
        self.agenda_after(None, now, limit)
    }

    /// The same of what comes after that which was looked at: whoever acts on an agenda in parts is not told again of what is held.
    pub(crate) fn agenda_after(&self, looked_at: Option<StepOwed>, now: Timestamp, limit: usize) -> Result<Agenda> {
        let mut agenda = Agenda { looked_at, ..Agenda::default() };
        self.each_step_owed(looked_at, now, |owed| {
            if agenda.due.len() == limit {
                return Ok(ControlFlow::Break(()));
            }
            agenda.looked_at = Some(owed);
            let known = Known::load(self, owed.request)?;
            match self.outlook(&known, now)? {
                Outlook::Nothing => {}
                Outlook::Held(hold) => agenda.held.push((known.request.reference.clone(), hold)),
                Outlook::Due(due) => agenda.due.push(*due),
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(agenda)
    }

    /// What is to be done about one request at `now`.
    pub(super) fn outlook(&self, known: &Known, now: Timestamp) -> Result<Outlook> {
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

    /// What a request's first letter is written from, if it is written at `now`.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or has no such request.
    pub fn first_letter_of(&self, request: RequestId, now: Timestamp) -> Result<DueStep> {
        Known::load(self, request)?.due_step(self, None, &[], None, now)
    }

    /// When the agenda has something to look at next; `after`, besides what it had by then.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn next_due(&self, after: Option<Timestamp>) -> Result<Option<Timestamp>> {
        self.next_due_of(ObligationKind::NextStep, after)
    }
}
