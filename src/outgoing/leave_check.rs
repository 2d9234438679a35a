//! Whether a letter that lies in the outbox may leave it now, or ever (promises 4 and 8); and letters taken out of it.

use super::planning;
use crate::domain::event::{Happened, RuleName};
use crate::domain::identity::{ContactId, LetterId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::lifecycle::{self, LadderLetter, LadderLetterFacts, MayLeave, Needless};
use crate::domain::rules::day_in;
use crate::register::events::Event;
use crate::register::known::Known;
use crate::register::{
    Reader, RegisterError, Result, Transaction, acknowledgements, deliveries, directory, drafts, enclosures, posts, requests, standstill,
    steps_taken,
};
use jiff::Timestamp;
use jiff::civil::Date;

/// A letter that waits to leave.
pub(super) struct Waiting {
    pub(super) letter: LetterId,
    pub(super) request: Option<RequestId>,
    pub(super) role: LetterRole,
    pub(super) step: Option<String>,
}

/// Whether a letter may leave: what the register knows of it, for [`lifecycle::may_leave`] to decide.
pub(super) fn may_leave(db: &Reader, letter: &Waiting, now: Timestamp) -> Result<MayLeave> {
    let stand_still = standstill::is_set(db)?;
    let decide = |letter: lifecycle::Waiting<'_>| Ok(lifecycle::may_leave(&letter, db.rules(), stand_still, now));
    let request =
        || letter.request.ok_or_else(|| RegisterError::Damaged(format!("letter {} to an authority is about no request", letter.letter)));
    match letter.role {
        LetterRole::Digest | LetterRole::Alarm => decide(lifecycle::Waiting::ToStaff),
        LetterRole::Request => {
            let request = requests::load(db, request()?)?;
            let authority = directory::load_head(db, request.authority)?;
            let addressee_left = addressee_left(db, letter.letter, day_in(now, &db.rules().time_zone_of(&authority)))?;
            decide(lifecycle::Waiting::Request { request: &request, authority: &authority, addressee_left })
        }
        LetterRole::Acknowledgement => {
            let id = request()?;
            let authority = directory::load_head(db, requests::load(db, id)?.authority)?;
            let of_a_reply = acknowledgements::is_of_a_reply(db, id, letter.letter)?;
            decide(lifecycle::Waiting::Acknowledgement { authority: &authority, of_a_reply })
        }
        LetterRole::Reminder | LetterRole::Escalation | LetterRole::Examination => {
            let written = steps_taken::written_for(db, letter.letter)?;
            let known = Known::load(db, request()?)?;
            let step = known.ladder.steps.iter().find(|step| letter.step.as_ref() == Some(&step.name));
            let is_examination = letter.role == LetterRole::Examination;
            decide(lifecycle::Waiting::OfLadder(LadderLetterFacts {
                situation: &known.situation(db.rules()),
                letter: if is_examination { LadderLetter::Examination(step) } else { LadderLetter::OfStep(step) },
                written_on: written.written_on,
                deadline: written.deadline,
                due_on: written.due_on,
                addressee_left: addressee_left(db, letter.letter, day_in(now, &known.zone))?,
            }))
        }
    }
}

/// Whether somebody to whom a letter is still to go, and not as a copy, is not at that address on that day.
fn addressee_left(db: &Reader, letter: LetterId, day: Date) -> Result<bool> {
    for contact in deliveries::main_contacts_waiting(db, letter)? {
        if !posts::is_in_date(db, contact, day)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the receiver of a copy is not there any more, on the day of the request's authority: the letter leaves without it.
pub(super) fn copy_is_left_out(tx: &Transaction<'_>, copy_to: ContactId, request: RequestId, now: Timestamp) -> Result<bool> {
    let authority = directory::load_head(tx, requests::load(tx, request)?.authority)?;
    Ok(!posts::is_in_date(tx, copy_to, day_in(now, &tx.rules().time_zone_of(&authority)))?)
}

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

/// A letter that does not leave to its addressee has changed nothing: its step was not taken, its enclosures are those of the letter in its place, and the date that it
/// names binds nobody.
pub(super) fn forget_written(tx: &Transaction<'_>, request: RequestId, letter: LetterId) -> Result<()> {
    steps_taken::forget(tx, request, letter)?;
    enclosures::give_back(tx, letter)?;
    drafts::forget_stated(tx, request, letter)
}
