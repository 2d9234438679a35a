//! Levels above an authority of which the directory has nobody, though the office wants to write there if no answer comes.

use super::exchanges::{Exchange, Exchanges, Which};
use super::known::Known;
use super::{Reader, Result, directory};
use crate::domain::addressing::{Addressees, Vacancy};
use crate::domain::authority::Authority;
use crate::domain::calendar::plus_days;
use crate::domain::identity::{AuthorityId, RequestId};
use crate::domain::ladder::Step;
use crate::domain::request::Request;
use crate::domain::rules::day_in;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// A letter to a higher level that has nobody to go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vacant {
    pub reference: String,
    #[serde(skip)]
    pub authority_id: AuthorityId,
    pub authority: String,
    /// Name of the ladder's step.
    pub step: String,
    pub level: String,
    /// When the letter falls due, on the authority's calendar.
    pub due_on: Date,
    pub why: Vacancy,
}

impl Reader {
    /// Of every open request, by when the letters fall due. Who has left the directory is judged by the authority's own day at `now`, or the later
    /// one on which the letter falls due.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn vacant_levels(&self, now: Timestamp) -> Result<Vec<Vacant>> {
        let mut found = Vec::new();
        for request in self.perhaps_vacant(&self.exchanges(Which::All, now)?, None)? {
            found.extend(self.vacant_above(&Known::load(self, request)?, now));
        }
        put_in_order(&mut found);
        Ok(found)
    }

    /// Of these requests, those that may have a letter with nobody to go to; one that falls due later than `until` does not count.
    pub(super) fn perhaps_vacant(&self, exchanges: &Exchanges, until: Option<Date>) -> Result<Vec<RequestId>> {
        let directory = directory::load_all_with_contacts(self)?.into_iter().map(|authority| (authority.id, authority)).collect();
        let mut found = Vec::new();
        // Most directories are complete, or lack the same at each request: what an authority has is looked through once.
        let mut lacking: HashMap<(AuthorityId, &str, &str), Vec<Step>> = HashMap::new();
        for exchange in exchanges.all.iter().filter(|exchange| !exchange.progress.is_settled() && exchange.non_cooperation_on.is_none()) {
            let today = exchanges.today(exchange);
            let kind = (exchange.authority, exchange.unit.as_str(), exchange.urgency.as_str());
            let steps = match lacking.entry(kind) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(self.steps_to_nobody(&directory, exchange, today)),
            };
            let zone = exchanges.authority(exchange.authority).map(|authority| &authority.zone);
            let sent_on = exchange.sent_at.zip(zone).map_or(today, |(at, zone)| day_in(at, zone));
            // A letter before it can put a step off, never bring it forward.
            let earliest = steps.iter().map(|step| step.due_on(sent_on, exchange.progress.deadline)).min();
            if earliest.is_some_and(|earliest| until.is_none_or(|until| earliest <= until)) {
                found.push(exchange.id);
            }
        }
        Ok(found)
    }

    /// Of one request; none of one that is settled.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or has no such request.
    pub fn vacant_levels_of(&self, request: &Request, now: Timestamp) -> Result<Vec<Vacant>> {
        if request.is_settled() {
            return Ok(vec![]);
        }
        Ok(self.vacant_above(&Known::load(self, request.id)?, now))
    }

    /// The steps of a request's ladder that have nobody to go to today, or on a later day on which somebody's time in the directory begins or has
    /// ended.
    fn steps_to_nobody(&self, directory: &HashMap<AuthorityId, Authority>, exchange: &Exchange, today: Date) -> Vec<Step> {
        let Some(authority) = directory.get(&exchange.authority) else { return vec![] };
        let above = authority.parent.and_then(|parent| directory.get(&parent));
        let addressees = Addressees { authority, unit: &exchange.unit, above, lowest_level: self.rules.lowest_level() };
        let ladder = self.rules.ladder(&exchange.urgency).cloned().unwrap_or_default();
        let contacts = authority.contacts.iter().chain(above.into_iter().flat_map(|above| &above.contacts));
        let changes = contacts.flat_map(|contact| [contact.valid.from, contact.valid.to.map(|last| plus_days(last, 1))]).flatten();
        let days: Vec<Date> = changes.filter(|day| *day > today).chain([today]).collect();
        let is_vacant = |step: &&Step| days.iter().any(|day| addressees.vacancy(step, *day).is_some());
        ladder.steps.iter().filter(is_vacant).cloned().collect()
    }

    /// Of one request that is open.
    pub(super) fn vacant_above(&self, known: &Known, now: Timestamp) -> Vec<Vacant> {
        let as_vacant = |(step, due_on, why): (&Step, Date, Vacancy)| Vacant {
            reference: known.request.reference.clone(),
            authority_id: known.authority.id,
            authority: known.authority.name.clone(),
            step: step.name.clone(),
            level: step.level().unwrap_or_default().to_owned(),
            due_on,
            why,
        };
        known.situation(&self.rules).vacancies(day_in(now, &known.zone)).into_iter().map(as_vacant).collect()
    }
}

/// By when the letters fall due, and on each day by reference.
pub(super) fn put_in_order(vacant: &mut [Vacant]) {
    vacant.sort_by(|left, right| (left.due_on, &left.reference).cmp(&(right.due_on, &right.reference)));
}
