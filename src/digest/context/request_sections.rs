//! Requests in a digest: their deadlines, their steps, and letters that have nobody to go to.

use crate::digest::content::{DueSoon, Extended, HeldStep, NextLetter, NonCooperation, Overdue, Paused, VacantLevel};
use crate::digest::frame::Dates;
use crate::digest::untrusted::{LONGEST_REASON, name, untrusted};
use crate::domain::addressing::Vacancy;
use crate::domain::hold::Hold;
use crate::render::Day;
use serde::Serialize;

/// A request in one of the lists; what a list does not speak of is absent.
#[derive(Debug, Default, Serialize)]
pub(super) struct RequestContext {
    reference: String,
    authority: String,
    /// The deadline, or the day the list is about.
    day: Option<Day>,
    /// Days left, or days overdue.
    days: i64,
    partial: bool,
    step: Option<String>,
    step_on: Option<Day>,
    to: Option<String>,
    reason: Option<String>,
    /// `mailbox_not_read`, `reply_may_be_waiting`, `letter_on_its_way`, `draft_waits`, `said_to_have_come_back`, `nobody_to_write_to`,
    /// `address_suppressed`, `came_back`
    hold: Option<Hold>,
}

/// Letters to a level of which the directory has nobody.
#[derive(Debug, Serialize)]
pub(super) struct VacantContext {
    authority: String,
    step: String,
    level: String,
    /// `nobody_of_level`, `no_supervising_authority`, `supervising_authority_without_address`, `same_address`
    why: Vacancy,
    day: Day,
    /// Of the request whose letter falls due first.
    reference: String,
    /// Requests beside it.
    more: usize,
}

impl RequestContext {
    fn of(reference: &str, authority: &str) -> RequestContext {
        RequestContext { reference: name(reference), authority: name(authority), ..RequestContext::default() }
    }

    pub fn due_soon(due: &DueSoon, dates: Dates<'_>) -> RequestContext {
        RequestContext { day: Some(dates.day(due.deadline)), days: due.days_left, ..RequestContext::of(&due.reference, &due.authority) }
    }

    pub fn overdue(late: &Overdue, dates: Dates<'_>) -> RequestContext {
        RequestContext {
            day: Some(dates.day(late.deadline)),
            days: late.days,
            partial: late.partial,
            step: late.last_step.as_ref().map(|(step, _)| name(step)),
            step_on: late.last_step.as_ref().map(|(_, on)| dates.day(*on)),
            ..RequestContext::of(&late.reference, &late.authority)
        }
    }

    pub fn non_cooperation(recorded: &NonCooperation, dates: Dates<'_>) -> RequestContext {
        RequestContext {
            day: Some(dates.day(recorded.recorded_on)),
            step: Some(recorded.not_written.join(", ")).filter(|steps| !steps.is_empty()),
            ..RequestContext::of(&recorded.reference, &recorded.authority)
        }
    }

    pub fn extended(extended: &Extended, dates: Dates<'_>) -> RequestContext {
        RequestContext {
            day: Some(dates.day(extended.until)),
            reason: Some(untrusted(&extended.reason, LONGEST_REASON)),
            ..RequestContext::of(&extended.reference, &extended.authority)
        }
    }

    pub fn paused(paused: &Paused, dates: Dates<'_>) -> RequestContext {
        RequestContext {
            day: Some(dates.day(paused.since)),
            reason: Some(untrusted(&paused.reason, LONGEST_REASON)),
            ..RequestContext::of(&paused.reference, &paused.authority)
        }
    }

    pub fn next_letter(letter: &NextLetter, dates: Dates<'_>) -> RequestContext {
        RequestContext {
            day: Some(dates.day(letter.on)),
            step: Some(name(&letter.step)),
            to: Some(name(&letter.to)),
            ..RequestContext::of(&letter.reference, &letter.authority)
        }
    }

    pub fn held(held: &HeldStep, dates: Dates<'_>) -> RequestContext {
        RequestContext {
            day: Some(dates.day(held.due_on)),
            step: Some(name(&held.step)),
            hold: Some(held.why),
            ..RequestContext::of(&held.reference, &held.authority)
        }
    }
}

impl VacantContext {
    pub fn new(vacant: &VacantLevel, dates: Dates<'_>) -> VacantContext {
        VacantContext {
            authority: name(&vacant.authority),
            step: name(&vacant.step),
            level: name(&vacant.level),
            why: vacant.why,
            day: dates.day(vacant.due_on),
            reference: vacant.requests.first().map(|reference| name(reference)).unwrap_or_default(),
            more: vacant.requests.len().saturating_sub(1),
        }
    }
}
