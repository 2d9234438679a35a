//! What would be sent when, if nobody answered: the domain's forecast for each open request, and whom its letters would go to. Nothing is written.

use super::known::Known;
use super::{Reader, Result, drafts};
use crate::domain::calendar::plus_days;
use crate::domain::hold::Hold;
use crate::domain::ladder::Step;
use crate::domain::letter::LetterRole;
use crate::domain::lifecycle::foresee;
use crate::domain::rules::start_of_day;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use std::ops::ControlFlow;

/// A letter that will leave, or an end that will be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForecastStep {
    /// When it leaves, or is recorded, on the authority's calendar; when it fell due, if it is held; the last day for its release,
    /// if it is drafted.
    pub on: Date,
    pub reference: String,
    pub authority: String,
    /// `request`, or the name of the ladder's step.
    pub step: String,
    /// Addresses; empty where nothing is sent, or nobody can be written to.
    pub to: Vec<String>,
    /// In the step's place, that a letter of the authority is being examined.
    pub examination: bool,
    /// What it waits for until somebody acts; nothing after it is foreseen.
    pub held: Option<Hold>,
}

impl Reader {
    /// Everything from `now` up to and including the day `until` on the authorities' calendars, in order of days.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn forecast(&self, now: Timestamp, until: Date) -> Result<Vec<ForecastStep>> {
        let mut foreseen = Vec::new();
        self.each_step_owed(None, self.over_in_all_zones(until), |owed| {
            foreseen.extend(self.foreseen_of(&Known::load(self, owed.request)?, now, until));
            Ok(ControlFlow::Continue(()))
        })?;
        // Of what a draft keeps back nothing can be foreseen.
        let drafts = drafts::all(self)?.into_iter().filter(|draft| draft.release_by <= until);
        foreseen.extend(drafts.map(|draft| ForecastStep {
            on: draft.release_by,
            reference: draft.reference,
            authority: draft.authority,
            step: draft.step.unwrap_or_else(|| draft.role.name().to_owned()),
            to: draft.to,
            examination: draft.role == LetterRole::Examination,
            held: Some(Hold::DraftWaits),
        }));
        put_in_order(&mut foreseen);
        Ok(foreseen)
    }

    /// When that day is over wherever an authority is.
    pub(super) fn over_in_all_zones(&self, day: Date) -> Timestamp {
        start_of_day(plus_days(day, 2), &self.rules.time_zone)
    }

    /// What is foreseen of one request.
    pub(super) fn foreseen_of(&self, known: &Known, now: Timestamp, until: Date) -> Vec<ForecastStep> {
        let addressees = known.addressees(&self.rules);
        let foreseen = foresee(&known.situation(&self.rules), known.wants_first_letter(), &self.rules, now, until).into_iter().map(|one| {
            let step = one.what.step();
            let is_letter = step.is_none_or(Step::is_letter);
            let to = addressees.written_to(step.and_then(Step::letter), &known.came_back_from, one.on);
            let recipients = [to.main, to.copy].into_iter().flatten().filter(|_| is_letter);
            ForecastStep {
                on: one.on,
                reference: known.request.reference.clone(),
                authority: to.whose.name.clone(),
                step: step.map_or_else(|| LetterRole::Request.name().to_owned(), |step| step.name.clone()),
                to: recipients.map(|contact| contact.address.clone()).collect(),
                examination: one.what.is_examination(),
                held: one.held.or(to.hold.filter(|_| is_letter)),
            }
        });
        foreseen.collect()
    }
}

/// By days, and on each by reference.
pub(super) fn put_in_order(foreseen: &mut [ForecastStep]) {
    foreseen.sort_by(|left, right| (left.on, &left.reference).cmp(&(right.on, &right.reference)));
}
