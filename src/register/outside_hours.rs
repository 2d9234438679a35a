//! Letters that wait only for an hour at which letters leave.

use super::{Reader, Result, directory, rows, standstill};
use crate::domain::authority::Authority;
use crate::domain::identity::AuthorityId;
use crate::domain::letter::LetterRole;
use crate::domain::letter_life::{LetterLife, begins_as};
use crate::domain::rules::OfficeRules;
use jiff::Timestamp;
use rusqlite::params;
use serde::Serialize;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Letters that could leave if it were an hour at which letters leave; first letters of requests are not even written before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OutsideHours {
    pub letters: u64,
    /// When the first of them may leave.
    pub until: Timestamp,
}

impl Reader {
    /// The letters to authorities that wait at `now` for an hour at which letters leave, in the authority's time zone, and for nothing that takes
    /// longer; none while all letters stand still.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn outside_hours(&self, now: Timestamp) -> Result<Option<OutsideHours>> {
        if standstill::is_set(self)? {
            return Ok(None);
        }
        let mut statement = self.db.prepare_cached(
            "SELECT q.authority_id, q.urgency, l.step, min(o.due)
             FROM obligation o JOIN delivery d ON d.id = o.number JOIN letter l ON l.id = d.letter_id JOIN request q ON q.id = l.request_id
             WHERE o.kind = 'attempt' AND o.due IS NOT NULL AND d.state = 'waiting' GROUP BY l.id
             UNION ALL
             SELECT q.authority_id, q.urgency, NULL, o.due FROM obligation o JOIN request q ON q.id = o.number
             WHERE o.kind = 'next step' AND o.due > ?1 AND q.sent_at IS NULL AND NOT q.drafted AND NOT ?2 AND NOT EXISTS (SELECT 1 FROM letter l WHERE l.request_id = q.id)",
        )?;
        // Those that wait for a person when they are written do not leave then.
        let are_drafted = begins_as(LetterRole::Request, self.rules.lowest_level(), false, &self.rules.drafts) == LetterLife::Draft;
        let letters = statement.query_map(params![now.as_second(), are_drafted], |row| {
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

fn moment_to_leave(rules: &OfficeRules, urgency: &str, step: Option<&str>, authority: &Authority, now: Timestamp) -> Timestamp {
    let ladder = rules.ladder(urgency);
    let step = ladder.zip(step).and_then(|(ladder, name)| ladder.steps.iter().find(|step| step.name == name));
    rules.moment_of(step, now, authority)
}
