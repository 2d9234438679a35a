//! Letters that are taken out of the outbox, or withdrawn before it, and what had changed by their being written.

use super::planning;
use crate::domain::event::{Happened, RuleName};
use crate::domain::identity::{LetterId, RequestId};
use crate::domain::lifecycle::Needless;
use crate::register::events::Event;
use crate::register::{Result, Transaction, deliveries, drafts, enclosures, steps_taken};
use jiff::Timestamp;

/// Takes a letter out of the outbox, to all to whom it has not left yet, or a draft from before it. If it goes to none of those
/// to whom it is addressed, its step was not taken, whoever got a copy.
pub(super) fn take_out(tx: &Transaction<'_>, letter: LetterId, why: Needless, now: Timestamp) -> Result<()> {
    let why = why.why();
    match drafts::find(tx, letter)? {
        Some(_) => drafts::put_withdrawn(tx, letter)?,
        None => deliveries::cancel_waiting(tx, letter, why)?,
    }
    let (request, goes_to_addressee) = deliveries::of_letter(tx, letter)?;
    let mut event = Event::new(now, Happened::LetterCancelled { why: why.to_owned() }, RuleName::Outbox).letter(letter);
    event.request = request;
    event.append(tx)?;
    let Some(request) = request else { return Ok(()) };
    if !goes_to_addressee {
        forget_written(tx, request, letter)?;
    }
    planning::replan(tx, request, now)
}

/// A letter that does not leave to its addressee has changed nothing: its step was not taken, its enclosures are those of the letter in its place,
/// and the date that it names binds nobody.
pub(super) fn forget_written(tx: &Transaction<'_>, request: RequestId, letter: LetterId) -> Result<()> {
    steps_taken::forget(tx, request, letter)?;
    enclosures::give_back(tx, letter)?;
    drafts::forget_stated(tx, request, letter)
}
