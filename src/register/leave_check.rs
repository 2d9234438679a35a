//! Whether a letter that lies in the outbox may leave it now, or ever (promises 4 and 8): what the register knows of it, and the domain's answer.
//! Whoever sends, withdraws or tells of a letter that waits asks here.

use super::known::Known;
use super::recipients::is_gone;
use super::{Reader, RegisterError, Result, acknowledgements, deliveries, directory, requests, standstill, steps_taken};
use crate::domain::identity::{LetterId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::lifecycle::{self, LadderLetter, LadderLetterFacts, MayLeave, Needless};
use crate::domain::rules::day_in;
use jiff::Timestamp;
use jiff::civil::Date;

/// A letter that waits to leave.
pub(crate) struct Waiting {
    pub(crate) letter: LetterId,
    pub(crate) request: Option<RequestId>,
    pub(crate) role: LetterRole,
    pub(crate) step: Option<String>,
}

/// Whether a letter may leave: what the register knows of it, for [`lifecycle::may_leave`] to decide.
pub(crate) fn may_leave(db: &Reader, letter: &Waiting, now: Timestamp) -> Result<MayLeave> {
    let stand_still = standstill::is_set(db)?;
    let decide = |letter: lifecycle::Waiting<'_>| Ok(lifecycle::may_leave(&letter, db.rules(), stand_still, now));
    let request =
        || letter.request.ok_or_else(|| RegisterError::Damaged(format!("letter {} to an authority is about no request", letter.letter)));
    match letter.role {
        LetterRole::Digest | LetterRole::Alarm => decide(lifecycle::Waiting::ToStaff),
        LetterRole::Request => {
            let request = requests::load(db, request()?)?;
            let authority = directory::load_head(db, request.authority)?;
            let addressee_gone = addressee_gone(db, letter.letter, day_in(now, &db.rules().time_zone_of(&authority)))?;
            decide(lifecycle::Waiting::Request { request: &request, authority: &authority, addressee_gone })
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
                addressee_gone: addressee_gone(db, letter.letter, day_in(now, &known.zone))?,
            }))
        }
    }
}

/// Why somebody to whom a letter is still to go, and not as a copy, is not written to any more on that day.
fn addressee_gone(db: &Reader, letter: LetterId, day: Date) -> Result<Option<Needless>> {
    for addressee in deliveries::addressees_waiting(db, letter)? {
        if let Some(why) = is_gone(db, &addressee, day)? {
            return Ok(Some(why));
        }
    }
    Ok(None)
}
