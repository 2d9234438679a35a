//! Drafts, while they wait for a person: those that are needless, outdated or not released in time are withdrawn with each pass.

use super::planning;
use super::taking_out::{forget_written, take_out};
use crate::domain::draft_end::DraftEnd;
use crate::domain::event::{Actor, Happened, RuleName};
use crate::domain::letter_life::ends;
use crate::domain::lifecycle::MayLeave;
use crate::register::drafts::{self, Draft};
use crate::register::events::Event;
use crate::register::leave_check::{Waiting, may_leave};
use crate::register::{Reader, Register, Result, Transaction, requests};
use jiff::Timestamp;

impl Register {
    /// Withdraws the drafts that must not be released any more. The step of one that is not needless is due again, and is written anew by whoever
    /// takes the steps that are due. How many it were.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn tend_drafts(&mut self, now: Timestamp) -> Result<usize> {
        // Asked first without a turn at the register: most passes end none.
        let ends_any = self.at_one_moment(|reader| {
            let mut ends = drafts::all(reader)?.into_iter().map(|draft| end_now(reader, &draft, now)).filter_map(Result::transpose);
            Ok(ends.next().transpose()?.is_some())
        })?;
        if !ends_any {
            return Ok(0);
        }
        self.write(|tx| {
            let mut withdrawn = 0;
            for draft in drafts::all(tx)? {
                let Some(end) = end_now(tx, &draft, now)? else { continue };
                withdrawn += 1;
                match end {
                    DraftEnd::Needless(why) => take_out(tx, draft.letter, why, now)?,
                    DraftEnd::Paused | DraftEnd::Outdated | DraftEnd::NotReleased | DraftEnd::AnotherHasLeft => {
                        lapse(tx, &draft, end, &RuleName::Outbox.into(), now)?;
                    }
                }
            }
            Ok(withdrawn)
        })
    }
}

/// Why a draft is withdrawn now, if it is.
fn end_now(db: &Reader, draft: &Draft, now: Timestamp) -> Result<Option<DraftEnd>> {
    draft_end(db, draft, would_leave(db, draft, now)?, now)
}

/// What would be said of a draft if it wanted to leave now.
pub(crate) fn would_leave(db: &Reader, draft: &Draft, now: Timestamp) -> Result<MayLeave> {
    let waiting = Waiting { letter: draft.letter, request: Some(draft.request), role: draft.role, step: draft.step.clone() };
    may_leave(db, &waiting, now)
}

/// Why a draft is not to be released, if it is not. `would_leave`: as [`would_leave`] says.
pub(crate) fn draft_end(db: &Reader, draft: &Draft, would_leave: MayLeave, now: Timestamp) -> Result<Option<DraftEnd>> {
    let is_outdated = requests::load(db, draft.request)?.answered != draft.answered_before;
    Ok(ends(would_leave, is_outdated, draft.lapses_at <= now))
}

/// A draft is withdrawn without a person's word, and what it was written for is due again.
pub(super) fn lapse(tx: &Transaction<'_>, draft: &Draft, end: DraftEnd, actor: &Actor, now: Timestamp) -> Result<()> {
    let lapsed = Happened::DraftLapsed { release_by: draft.release_by.to_string(), why: end.why().to_owned() };
    put_aside(tx, draft, lapsed, actor, now)
}

/// A draft is withdrawn, and what it was written for is due again.
pub(crate) fn put_aside(tx: &Transaction<'_>, draft: &Draft, happened: Happened, actor: &Actor, now: Timestamp) -> Result<()> {
    drafts::put_withdrawn(tx, draft.letter)?;
    forget_written(tx, draft.request, draft.letter)?;
    Event::new(now, happened, actor).letter(draft.letter).request(draft.request).append(tx)?;
    planning::replan(tx, draft.request, now)
}
