//! Drafts in a digest: those that wait for somebody to release them, and those that were withdrawn without a person's word.

use super::super::{Reader, Result, drafts, rows};
use crate::digest::{DraftWaiting, DraftWithdrawn};
use crate::domain::calendar::days_between;
use crate::domain::decision::risen_to;
use crate::domain::event::{EventKind, Happened};
use crate::domain::identity::{AuthorityId, LetterId};
use crate::domain::rules::{day_in, start_of_day};
use crate::domain::staff::Rises;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::params;

/// A draft that waits, and how far that has risen inside the office.
pub(super) struct WaitingDraft {
    pub(super) authority: AuthorityId,
    pub(super) risen: Rises,
    pub(super) line: DraftWaiting,
}

/// That to be released first leading, each with the authority of its request.
pub(super) fn waiting(reader: &Reader, now: Timestamp) -> Result<Vec<WaitingDraft>> {
    let (terms, zone) = (reader.rules.rest_terms(), &reader.rules.time_zone);
    let all = drafts::all(reader)?;
    let due_since = drafts::due_since(reader, &all)?;
    let as_told = |(draft, since): (drafts::Draft, Date)| {
        let line = DraftWaiting {
            letter: draft.letter,
            reference: draft.reference,
            authority: draft.authority,
            step: draft.step.unwrap_or_else(|| draft.role.name().to_owned()),
            to: draft.to,
            release_by: draft.release_by,
            age_days: days_between(since, day_in(now, zone)).max(0),
        };
        WaitingDraft { authority: draft.authority_id, risen: risen_to(start_of_day(since, zone), now, &terms), line }
    };
    Ok(all.into_iter().zip(due_since).map(as_told).collect())
}

/// Those of which that was recorded after an event.
pub(super) fn withdrawn(reader: &Reader, after: i64) -> Result<Vec<(AuthorityId, DraftWithdrawn)>> {
    let mut statement = reader.db.prepare_cached(
        "SELECT e.letter_id, q.reference, q.authority_id, a.name, coalesce(l.step, l.role), e.kind, p.payload
         FROM event e JOIN letter l ON l.id = e.letter_id JOIN request q ON q.id = l.request_id JOIN authority a ON a.id = q.authority_id
            LEFT JOIN event_payload p ON p.event_id = e.id
         WHERE e.id > ?1 AND e.kind IN (?2, ?3) AND l.life = 'withdrawn' ORDER BY e.id",
    )?;
    let kinds = [EventKind::DraftLapsed.name(), EventKind::LetterCancelled.name()];
    let found = statement.query_map(params![after, kinds[0], kinds[1]], |row| {
        let kind: String = row.get(5)?;
        let payload: Option<serde_json::Value> = rows::optional_json(row, 6)?;
        let why = match payload.and_then(|payload| Happened::read(&kind, &payload)) {
            Some(Happened::DraftLapsed { why, .. } | Happened::LetterCancelled { why }) => why,
            _ => String::new(),
        };
        let line = DraftWithdrawn { letter: LetterId(row.get(0)?), reference: row.get(1)?, authority: row.get(3)?, step: row.get(4)?, why };
        Ok((AuthorityId(row.get(2)?), line))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
