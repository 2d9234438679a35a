//! What the office decides of a request: a later deadline, a pause and its end, that no reply is required.

use crate::domain::calendar::Extension;
use crate::domain::event::{Actor, Happened, Reason};
use crate::domain::refusal::{Refusal, RequestRefusal};
use crate::domain::request::{Ending, EndingKind, Request};
use crate::domain::rules::day_in;
use crate::outgoing::planning;
use crate::register::events::Event;
use crate::register::{Register, Result, directory, requests};
use jiff::Timestamp;
use jiff::civil::Date;

impl Register {
    /// Grants a later deadline.
    ///
    /// # Errors
    ///
    /// Refused: an unknown request, one that has ended, and a day that is not later than the deadline is now.
    pub fn extend(&mut self, reference: &str, until: Date, reason: &str, actor: &Actor, now: Timestamp) -> Result<Request> {
        self.change_basis(reference, actor, now, |request, today| {
            request.extend(Extension { until, reason: reason.into(), by: actor.to_string(), granted_on: today })?;
            Ok(Happened::DeadlineExtended { until: until.to_string(), reason: reason.into() })
        })
    }

    /// Stops the clock while the office owes the authority something.
    ///
    /// # Errors
    ///
    /// Refused: an unknown request, one that has ended or is paused.
    pub fn pause(&mut self, reference: &str, reason: &str, actor: &Actor, now: Timestamp) -> Result<Request> {
        self.change_basis(reference, actor, now, |request, today| {
            request.pause(today, reason)?;
            Ok(Happened::ClockPaused(Reason { reason: reason.into() }))
        })
    }

    /// Lets it run again.
    ///
    /// # Errors
    ///
    /// Refused: an unknown request, one that has ended or is not paused.
    pub fn resume(&mut self, reference: &str, reason: &str, actor: &Actor, now: Timestamp) -> Result<Request> {
        self.change_basis(reference, actor, now, |request, today| {
            request.resume(today)?;
            Ok(Happened::ClockResumed(Reason { reason: reason.into() }))
        })
    }

    /// Waives, withdraws or closes: no answer is expected any more.
    ///
    /// # Errors
    ///
    /// Refused: an unknown request, and one that has ended.
    pub fn end(&mut self, reference: &str, how: EndingKind, reason: &str, actor: &Actor, now: Timestamp) -> Result<Request> {
        self.write(|tx| {
            let mut request = requests::by_reference_or_refuse(tx, reference)?;
            let ending = Ending { how, reason: reason.into(), by: actor.to_string(), at: now };
            let id = request.id;
            requests::store_ending(tx, id, request.end(ending).map_err(refused(reference))?)?;
            Event::new(now, Happened::ended(how, reason), actor).request(id).append(tx)?;
            planning::replan(tx, id, now)?;
            requests::load(tx, id)
        })
    }

    /// `change`: what is decided, given today's date on the authority's calendar.
    fn change_basis(
        &mut self,
        reference: &str,
        actor: &Actor,
        now: Timestamp,
        change: impl FnOnce(&mut Request, Date) -> std::result::Result<Happened, RequestRefusal>,
    ) -> Result<Request> {
        self.write(|tx| {
            let mut request = requests::by_reference_or_refuse(tx, reference)?;
            let authority = directory::load_head(tx, request.authority)?;
            let today = day_in(now, &tx.rules().time_zone_of(&authority));
            let changed = change(&mut request, today).map_err(refused(reference))?;
            requests::store_basis(tx, request.id, &request.basis)?;
            Event::new(now, changed, actor).request(request.id).append(tx)?;
            planning::replan(tx, request.id, now)?;
            requests::load(tx, request.id)
        })
    }
}

/// `reference` as it was typed.
fn refused(reference: &str) -> impl FnOnce(RequestRefusal) -> Refusal {
    move |why| Refusal::Request { reference: reference.to_owned(), why }
}
