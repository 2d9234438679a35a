//! Levels above an authority of which the directory has nobody, though the office wants to write there if no answer comes.

use super::known::Known;
use super::requests::UNANSWERED;
use super::{Reader, Result};
use crate::domain::addressing::Vacancy;
use crate::domain::identity::{AuthorityId, RequestId};
use crate::domain::ladder::Step;
use crate::domain::request::Request;
use crate::domain::rules::day_in;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::HashMap;

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
    /// Of every open request, by when the letters fall due.
    pub fn vacant_levels(&self, now: Timestamp) -> Result<Vec<Vacant>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT id, authority_id, office, urgency FROM request WHERE ended IS NULL AND non_cooperation_on IS NULL AND {UNANSWERED} ORDER BY id"
        ))?;
        let mut open = statement.query([])?;
        let mut found = Vec::new();
        // Most directories are complete, or lack the same at each request: whoever has somebody at each level is looked at once.
        let mut complete: HashMap<(i64, String, String), bool> = HashMap::new();
        while let Some(row) = open.next()? {
            let (id, kind) = (RequestId(row.get(0)?), (row.get(1)?, row.get(2)?, row.get(3)?));
            if complete.get(&kind).is_some_and(|complete| *complete) {
                continue;
            }
            let known = Known::load(&self.db, &self.rules, id)?;
            let today = day_in(now, &known.zone);
            let is_complete = !known.ladder.steps.iter().any(|step| known.addressees(&self.rules).vacancy(step, today).is_some());
            found.extend(self.vacant_above(&known, now));
            complete.insert(kind, is_complete);
        }
        found.sort_by(|left, right| (left.due_on, &left.reference).cmp(&(right.due_on, &right.reference)));
        Ok(found)
    }

    /// Of one request; none of one that is settled.
    pub fn vacant_levels_of(&self, request: &Request, now: Timestamp) -> Result<Vec<Vacant>> {
        if request.is_settled() {
            return Ok(vec![]);
        }
        Ok(self.vacant_above(&Known::load(&self.db, &self.rules, request.id)?, now))
    }

    fn vacant_above(&self, known: &Known, now: Timestamp) -> Vec<Vacant> {
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
