//! The agenda: what is due now, and nothing else.
//!
//! `request.next_due` is the only thing the clock looks at, through an index. Every verb that changes what it depends on calls `outgoing::planning`.

use super::due::{DueStep, Examining};
use super::known::Known;
use super::{Reader, Result};
use crate::domain::hold::Hold;
use crate::domain::identity::RequestId;
use crate::domain::lifecycle::{self, Decision};
use jiff::Timestamp;

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
            match self.outlook(&known, now)? {
                Outlook::Nothing => {}
                Outlook::Held(hold) => agenda.held.push((known.request.reference.clone(), hold)),
                Outlook::Due(due) => agenda.due.push(*due),
            }
        }
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

    /// When the agenda has something to look at next; `after`, besides what it had by then.
    pub fn next_due(&self, after: Option<Timestamp>) -> Result<Option<Timestamp>> {
        let after = after.map_or(i64::MIN, Timestamp::as_second);
        let next: Option<i64> =
            self.db.prepare_cached("SELECT min(next_due) FROM request WHERE next_due > ?1")?.query_row([after], |row| row.get(0))?;
        Ok(next.and_then(|second| Timestamp::from_second(second).ok()))
    }
}
