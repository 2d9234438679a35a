//! When a request is looked at next, computed anew by every verb that changes what it depends on.

use super::Transaction;
use super::events::Event;
use super::known::Known;
use super::{Register, Result};
use crate::domain::calendar::reckon;
use crate::domain::event::{Happened, RuleName};
use crate::domain::identity::{AuthorityId, RequestId};
use crate::domain::lifecycle;
use crate::domain::rules::start_of_day;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

impl Register {
    /// Plans every open request anew if the office's rules for deadlines and ladders (their fingerprint) are not those it was planned by.
    /// How many deadlines moved.
    pub fn adopt_rules(&mut self, fingerprint: &str, now: Timestamp) -> Result<usize> {
        self.write(|tx| {
            let known: Option<String> = tx.query_row("SELECT value FROM setting WHERE key = 'rules'", [], |row| row.get(0)).optional()?;
            if known.as_deref() == Some(fingerprint) {
                return Ok(0);
            }
            let open: Vec<(i64, String)> = tx
                .prepare("SELECT id, deadline FROM request WHERE ended IS NULL")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let mut moved = 0;
            for (id, before) in open {
                replan(tx, RequestId(id), now)?;
                let after: String = tx.query_row("SELECT deadline FROM request WHERE id = ?1", [id], |row| row.get(0))?;
                if after != before {
                    moved += 1;
                    let happened = Happened::DeadlineMoved { from: before, to: after };
                    Event::new(now, happened, RuleName::Calendar).request(RequestId(id)).append(tx)?;
                }
            }
            tx.execute(
                "INSERT INTO setting (key, value) VALUES ('rules', ?1) ON CONFLICT DO UPDATE SET value = excluded.value",
                [fingerprint],
            )?;
            if known.is_some() {
                Event::new(now, Happened::RulesChanged { deadlines_moved: moved as u64 }, RuleName::Configuration).append(tx)?;
            }
            Ok(moved)
        })
    }
}

/// Plans anew the open requests to an authority and to those it supervises, when what the directory says of it has changed.
pub(crate) fn replan_requests_below(tx: &Transaction<'_>, authority: AuthorityId, now: Timestamp) -> Result<()> {
    let open: Vec<i64> = tx
        .prepare_cached(
            "SELECT id FROM request WHERE ended IS NULL AND sent_at IS NOT NULL
                AND authority_id IN (SELECT id FROM authority WHERE id = ?1 OR parent_id = ?1)",
        )?
        .query_map([authority.0], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    open.into_iter().try_for_each(|id| replan(tx, RequestId(id), now))
}

/// Reckons deadline and next due moment anew and raises the revision.
pub(crate) fn replan(tx: &Transaction<'_>, id: RequestId, now: Timestamp) -> Result<()> {
    let mut known = Known::load(tx, id)?;
    let calendar = tx.rules().calendar_of(&known.authority);
    let reckoning = reckon(&known.request.basis, &calendar);
    known.request.deadline = reckoning.deadline;
    known.request.paused = reckoning.paused;
    let next_due = if known.wants_first_letter() {
        Some(tx.rules().moment_of(None, now, &known.authority))
    } else {
        lifecycle::falls_due(&known.situation(tx.rules()))
            .map(|(step, day)| tx.rules().moment_of(Some(step), start_of_day(day, &known.zone), &known.authority))
    };
    tx.prepare_cached("UPDATE request SET deadline = ?2, paused = ?3, next_due = ?4, revision = revision + 1 WHERE id = ?1")?
        .execute(params![id.0, known.request.deadline.to_string(), known.request.paused, next_due.map(|moment| moment.as_second())])?;
    Ok(())
}
