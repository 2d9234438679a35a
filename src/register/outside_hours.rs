//! Letters that wait only for an hour at which letters leave.

use super::agenda::Outlook;
use super::known::Known;
use super::leave_check::{Waiting, may_leave};
use super::new_letter::Recipient;
use super::recipients::is_gone_at;
use super::{Reader, Result, directory, rows, standstill};
use crate::domain::authority::Authority;
use crate::domain::identity::{AuthorityId, ContactId, LetterId, RequestId};
use crate::domain::lifecycle::MayLeave;
use crate::domain::rules::OfficeRules;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// Letters that could leave if it were an hour at which letters leave; first letters of requests are not even written before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OutsideHours {
    pub letters: u64,
    /// When the first of them may leave.
    pub until: Timestamp,
}

impl Reader {
    /// The letters to authorities that wait at `now` for an hour at which letters leave, in the authority's time zone, and for nothing else; none
    /// while all letters stand still.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn outside_hours(&self, now: Timestamp) -> Result<Option<OutsideHours>> {
        if standstill::is_set(self)? {
            return Ok(None);
        }
        let mut leave_at = self.written_for_later(now)?;
        leave_at.extend(self.first_letters_for_later(now)?);
        let letters = u64::try_from(leave_at.len()).unwrap_or(u64::MAX);
        Ok(leave_at.into_iter().min().map(|until| OutsideHours { letters, until }))
    }

    /// When each letter leaves that lies in the outbox and waits for the hour.
    fn written_for_later(&self, now: Timestamp) -> Result<Vec<Timestamp>> {
        let mut statement = self.db.prepare_cached(
            "SELECT q.authority_id, q.urgency, l.step, o.due, l.id, l.request_id, l.role, d.is_copy, d.recipient, d.contact_id
             FROM obligation o JOIN delivery d ON d.id = o.number JOIN letter l ON l.id = d.letter_id JOIN request q ON q.id = l.request_id
             WHERE o.kind = 'attempt' AND o.due IS NOT NULL AND d.state = 'waiting'",
        )?;
        let mut found = statement.query([])?;
        let mut moments = HashMap::new();
        let mut waiting: BTreeMap<LetterId, (Waiting, Timestamp)> = BTreeMap::new();
        while let Some(row) = found.next()? {
            let kind: (i64, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let next_attempt_at = rows::timestamp(row, 3)?;
            // Asked first, since it is the same for many letters: by day none of them waits for the hour.
            let moment = match moments.entry(kind) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    let (authority, urgency, step) = new.key();
                    let authority = directory::load_head(self, AuthorityId(*authority))?;
                    let moment = moment_to_leave(self.rules(), urgency, step.as_deref(), &authority, now);
                    *new.insert(moment)
                }
            };
            if moment <= now || next_attempt_at > moment {
                continue;
            }
            let (letter, request) = (LetterId(row.get(4)?), RequestId(row.get(5)?));
            if row.get(7)? {
                let contact = row.get::<_, Option<i64>>(9)?.map(ContactId);
                let copy_to = Recipient { name: None, address: row.get(8)?, contact, is_copy: true };
                if is_gone_at(self, &copy_to, request, now)?.is_some() {
                    continue;
                }
            }
            let one = Waiting { letter, request: Some(request), role: row.get(6)?, step: row.get(2)? };
            waiting.entry(letter).or_insert((one, next_attempt_at));
        }
        let mut leave_at = Vec::new();
        for (letter, next_attempt_at) in waiting.into_values() {
            match may_leave(self, &letter, now)? {
                MayLeave::From(moment) if moment > now && next_attempt_at <= moment => leave_at.push(moment),
                MayLeave::From(_) | MayLeave::NotYet(_) | MayLeave::Never(_) => {}
            }
        }
        Ok(leave_at)
    }

    /// When each request leaves that is to be written then, for the first time or anew, and does not wait for a person once it is.
    fn first_letters_for_later(&self, now: Timestamp) -> Result<Vec<Timestamp>> {
        let mut statement = self.db.prepare_cached(
            "SELECT q.id, o.due, q.authority_id, q.unit, q.drafted, EXISTS (SELECT 1 FROM letter l WHERE l.request_id = q.id)
             FROM obligation o JOIN request q ON q.id = o.number WHERE o.kind = 'next step' AND o.due > ?1 AND q.sent_at IS NULL",
        )?;
        let mut found = statement.query([now.as_second()])?;
        // Those of which nothing was written yet are all alike within a unit: thousands may have been opened in the evening.
        let mut alike: HashMap<(i64, String, bool), bool> = HashMap::new();
        let mut leave_at = Vec::new();
        while let Some(row) = found.next()? {
            let (request, due) = (RequestId(row.get(0)?), rows::timestamp(row, 1)?);
            let leaves = if row.get(5)? {
                self.first_letter_leaves(request, now)?
            } else {
                match alike.entry((row.get(2)?, row.get(3)?, row.get(4)?)) {
                    Entry::Occupied(known) => *known.get(),
                    Entry::Vacant(new) => *new.insert(self.first_letter_leaves(request, now)?),
                }
            };
            if leaves {
                leave_at.push(due);
            }
        }
        Ok(leave_at)
    }

    /// Whether the request itself is to be written, has somebody to go to, and leaves without a person's word.
    fn first_letter_leaves(&self, request: RequestId, now: Timestamp) -> Result<bool> {
        let known = Known::load(self, request)?;
        let is_drafted = match self.outlook(&known, now)? {
            Outlook::Due(due) => due.is_drafted(&self.rules),
            Outlook::Nothing | Outlook::Held(_) => return Ok(false),
        };
        Ok(known.wants_first_letter() && !is_drafted)
    }
}

fn moment_to_leave(rules: &OfficeRules, urgency: &str, step: Option<&str>, authority: &Authority, now: Timestamp) -> Timestamp {
    let ladder = rules.ladder(urgency);
    let step = ladder.zip(step).and_then(|(ladder, name)| ladder.steps.iter().find(|step| step.name == name));
    rules.moment_of(step, now, authority)
}
