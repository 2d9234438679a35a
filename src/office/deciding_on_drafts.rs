//! A person has seen a draft: it is released, withdrawn, or to be written anew.

use crate::domain::draft_end::DraftEnd;
use crate::domain::enclosure::{Enclosure, fit_in_one_letter};
use crate::domain::event::{Actor, Happened, Reason};
use crate::domain::hold::Hold;
use crate::domain::identity::LetterId;
use crate::domain::letter::LetterRole;
use crate::domain::letter_life::{LetterLife, WrittenAnew, written_anew};
use crate::domain::lifecycle::MayLeave;
use crate::domain::refusal::{LetterRefusal, Refusal};
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::rules::day_in;
use crate::outgoing::{draft_end, planning, put_aside, would_leave};
use crate::register::drafts::{self, Draft};
use crate::register::events::Event;
use crate::register::{Register, Result, Transaction, directory, enclosures, mails, requests, steps_taken};
use jiff::Timestamp;

/// A draft that was released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasedLetter {
    pub reference: String,
    /// Addresses, the copies last.
    pub to: Vec<String>,
    /// When it may leave at the earliest.
    pub leaves_at: Timestamp,
    /// What keeps it back until something happens.
    pub held: Option<Hold>,
}

/// A draft that was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawnLetter {
    pub reference: String,
    /// Of the ladder.
    pub step: Option<String>,
}

/// A draft that was withdrawn to be written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedraftedLetter {
    pub reference: String,
    /// With the next pass, as far as is known now.
    pub becomes: WrittenAnew,
}

impl Register {
    /// Releases a draft: from now on it waits to leave, as any letter, with the bytes that were shown.
    ///
    /// # Errors
    ///
    /// Refused: an unknown letter, one that is no draft, any while the register is behind, one whose last day for release has passed, and one that
    /// the next pass withdraws: it says what does not hold any more, or its request is paused. Also where the register cannot be read or written.
    pub fn release_letter(
        &mut self,
        letter: LetterId,
        addresses: &ReplyAddresses,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<ReleasedLetter> {
        let refused = |why| Err(Refusal::Letter { letter, why }.into());
        self.write(|tx| {
            let draft = draft_or_refuse(tx, letter)?;
            let may_leave = would_leave(tx, &draft, now)?;
            match draft_end(tx, &draft, may_leave, now)? {
                Some(DraftEnd::NotReleased) => return refused(LetterRefusal::ReleasedTooLate { by: draft.release_by }),
                Some(end) => return refused(LetterRefusal::HoldsNoMore(end)),
                None => {}
            }
            let (leaves_at, held) = match may_leave {
                MayLeave::From(moment) => (moment, None),
                // The outbox asks again with each pass.
                MayLeave::NotYet(hold) => (now, Some(hold)),
                MayLeave::Never(why) => return refused(LetterRefusal::HoldsNoMore(DraftEnd::Needless(why))),
            };
            let authority = directory::load_head(tx, requests::load(tx, draft.request)?.authority)?;
            let released_on = day_in(now, &tx.rules().time_zone_of(&authority));
            let released = drafts::release(tx, &draft, addresses, released_on, leaves_at)?;
            let to: Vec<String> = released.into_iter().map(|(_, recipient)| recipient).collect();
            let sha256 = mails::hex(&drafts::sha256(tx, letter)?);
            let released = Happened::LetterReleased { to: to.clone(), sha256 };
            Event::new(now, released, actor).letter(letter).request(draft.request).append(tx)?;
            planning::replan(tx, draft.request, now)?;
            Ok(ReleasedLetter { reference: draft.reference, to, leaves_at, held })
        })
    }

    /// Withdraws a draft for good: the step that it was written for counts as passed over.
    ///
    /// # Errors
    ///
    /// Refused: an unknown letter, one that is no draft, any while the register is behind, and one by which a request is made: without it there is
    /// none, and it is the request that is to be withdrawn or closed. Also where the register cannot be read or written.
    pub fn withdraw_letter(&mut self, letter: LetterId, because: &str, actor: &Actor, now: Timestamp) -> Result<WithdrawnLetter> {
        self.write(|tx| {
            let draft = draft_or_refuse(tx, letter)?;
            if draft.role == LetterRole::Request {
                return Err(Refusal::Letter { letter, why: LetterRefusal::MakesTheRequest { reference: draft.reference } }.into());
            }
            drafts::put_withdrawn(tx, letter)?;
            steps_taken::pass_over(tx, draft.request, letter)?;
            let withdrawn = Happened::DraftWithdrawn(Reason { reason: because.to_owned() });
            Event::new(now, withdrawn, actor).letter(letter).request(draft.request).append(tx)?;
            planning::replan(tx, draft.request, now)?;
            Ok(WithdrawnLetter { reference: draft.reference, step: draft.step })
        })
    }

    /// Withdraws a draft, and what it was written for is written anew with the next pass: with the templates, the directory and the date of
    /// then, what it enclosed but for the files named in `without`, and the files in `with`, which replace those of the same name.
    ///
    /// # Errors
    ///
    /// Refused: an unknown letter, one that is no draft, any while the register is behind, a name under which it encloses nothing, files too large
    /// for one letter or empty, and any with a letter that says that another is being examined. Also where the register cannot be read or written.
    pub fn redraft_letter(
        &mut self,
        letter: LetterId,
        with: &[Enclosure],
        without: &[String],
        actor: &Actor,
        now: Timestamp,
    ) -> Result<RedraftedLetter> {
        self.write(|tx| {
            let draft = draft_or_refuse(tx, letter)?;
            if draft.role == LetterRole::Examination && !with.is_empty() {
                return Err(Refusal::Letter { letter, why: LetterRefusal::EnclosesNothing }.into());
            }
            put_aside(tx, &draft, Happened::DraftToBeWrittenAnew, actor, now)?;
            for name in without {
                if !enclosures::leave_out(tx, draft.which(), name)? {
                    return Err(Refusal::Letter { letter, why: LetterRefusal::NotEnclosed { name: name.clone() } }.into());
                }
            }
            for enclosure in with {
                enclosures::leave_out(tx, draft.which(), &enclosure.name)?;
            }
            with.iter().try_for_each(|enclosure| enclosures::put(tx, draft.which(), enclosure))?;
            fit_in_one_letter(&enclosures::of_letter(tx, draft.which())?)?;
            let request = requests::load(tx, draft.request)?;
            let becomes = written_anew(draft.role, &draft.level, request.is_settled(), request.drafted, &tx.rules().drafts);
            Ok(RedraftedLetter { reference: draft.reference, becomes })
        })
    }
}

/// While the register is behind, nobody knows whether a draft has left: what becomes of it then would leave a second time.
fn draft_or_refuse(tx: &Transaction<'_>, letter: LetterId) -> Result<Draft> {
    if let Some(why) = tx.is_behind()? {
        return Err(Refusal::Letter { letter, why: LetterRefusal::NotYet { why } }.into());
    }
    if let Some(draft) = drafts::find(tx, letter)? {
        return Ok(draft);
    }
    let why = match drafts::life(tx, letter)? {
        None => LetterRefusal::Unknown,
        Some(LetterLife::Withdrawn) => LetterRefusal::IsWithdrawn,
        Some(LetterLife::Released | LetterLife::Draft) => LetterRefusal::IsReleased,
    };
    Err(Refusal::Letter { letter, why }.into())
}
