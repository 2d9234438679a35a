//! When a request is looked at next, computed anew by every verb that changes what it depends on.

use crate::domain::event::{Actor, Happened, RuleName};
use crate::domain::identity::{AuthorityId, RequestId};
use crate::domain::obligation::{Difference, Follows, Obligation};
use crate::register::compared::{OTHER_RULES, RULES};
use crate::register::events::Event;
use crate::register::known::Known;
use crate::register::{Register, Result, Transaction, decisions, deliveries, drafts, obligations, requests, settings};
use jiff::Timestamp;
use jiff::civil::Date;

impl Register {
    /// Plans everything anew that rules move (the requests that are not ended, with their deadlines, when decisions about mails rise, and by when
    /// drafts are to be released) unless all of it was planned by these rules, by their fingerprint. How many deadlines moved.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn adopt_rules(&mut self, fingerprint: &str, now: Timestamp) -> Result<usize> {
        self.write(|tx| {
            if tx.is_planned_by(fingerprint)? {
                return Ok(0);
            }
            let known = settings::get(tx, RULES)?;
            let mut moved = 0;
            for (request, before) in requests::deadlines_of_not_ended(tx)? {
                let after = plan(tx, request, now)?;
                if after != before {
                    moved += 1;
                    let happened = Happened::DeadlineMoved { from: before.to_string(), to: after.to_string() };
                    Event::new(now, happened, RuleName::Calendar).request(request).append(tx)?;
                }
            }
            decisions::plan_all(tx)?;
            drafts::plan_all_releases(tx)?;
            settings::put(tx, RULES, fingerprint)?;
            settings::remove(tx, OTHER_RULES)?;
            if known.is_some_and(|known| known != fingerprint) {
                Event::new(now, Happened::RulesChanged { deadlines_moved: moved as u64 }, RuleName::Configuration).append(tx)?;
            }
            Ok(moved)
        })
    }
}

impl Register {
    /// Plans anew what is owed otherwise than it follows from the rest of the register, and nothing else: of a request its next step, with its
    /// deadline; of a letter that waits, its attempt, at once and by the rules of the outbox; of a mail, the decision, risen as far as the record
    /// says; of a draft, its release. How many there were; if there were any, an event says so.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn plan_anew(&mut self, actor: &Actor, now: Timestamp) -> Result<usize> {
        self.write(|tx| {
            let differences = tx.obligations_that_differ(now)?;
            for Difference { obligation, follows, .. } in &differences {
                match *obligation {
                    _ if *follows == Follows::Nothing => obligations::plan(tx, *obligation, None, None)?,
                    Obligation::NextStep(request) => replan(tx, request, now)?,
                    Obligation::Attempt(delivery) => deliveries::put_off(tx, delivery, Some(now))?,
                    Obligation::Decision(mail) => decisions::plan(tx, mail)?,
                    Obligation::Release(letter) => drafts::plan_release(tx, letter)?,
                }
            }
            if !differences.is_empty() {
                let happened = Happened::ObligationsPlannedAnew { how_many: differences.len() as u64 };
                Event::new(now, happened, actor).append(tx)?;
            }
            Ok(differences.len())
        })
    }
}

/// Plans anew the open requests to an authority and to those it supervises, when what the directory says of it has changed.
pub(crate) fn replan_requests_below(tx: &Transaction<'_>, authority: AuthorityId, now: Timestamp) -> Result<()> {
    requests::made_to_or_below(tx, authority)?.into_iter().try_for_each(|request| replan(tx, request, now))
}

/// Computes deadline and next due moment anew and raises the revision.
pub(crate) fn replan(tx: &Transaction<'_>, id: RequestId, now: Timestamp) -> Result<()> {
    plan(tx, id, now).map(|_| ())
}

/// As [`replan`]; the deadline, as it now is.
fn plan(tx: &Transaction<'_>, id: RequestId, now: Timestamp) -> Result<Date> {
    let mut known = Known::load(tx, id)?;
    let next_due = known.plan(tx.rules(), now);
    requests::put_plan(tx, &known.request, next_due)?;
    Ok(known.request.deadline)
}

/// Each of these once.
pub(crate) fn replan_all(tx: &Transaction<'_>, requests: impl IntoIterator<Item = RequestId>, now: Timestamp) -> Result<()> {
    let mut requests: Vec<RequestId> = requests.into_iter().collect();
    requests.sort();
    requests.dedup();
    requests.into_iter().try_for_each(|request| replan(tx, request, now))
}
