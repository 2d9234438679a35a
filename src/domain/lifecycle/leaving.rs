//! Whether a letter that is written and lies in the outbox may leave it: asked again before each attempt, since mail comes in and people decide
//! between the writing and the leaving (promises 4 and 8).

use super::needless::Needless;
use super::situation::Situation;
use crate::domain::authority::Authority;
use crate::domain::hold::Hold;
use crate::domain::ladder::Step;
use crate::domain::request::Request;
use crate::domain::rules::OfficeRules;
use jiff::Timestamp;
use jiff::civil::Date;

/// A letter in the outbox, by what it is: each with what decides about it.
#[derive(Debug, Clone)]
pub enum Waiting<'a> {
    /// A digest or an alarm.
    ToStaff,
    /// The first letter.
    Request {
        request: &'a Request,
        authority: &'a Authority,
        /// Why somebody it is written to is not written to any more, on the authority's day.
        addressee_gone: Option<Needless>,
    },
    /// Confirms that a mail was received.
    Acknowledgement {
        authority: &'a Authority,
        /// The mail is still taken for a reply to the request under which it is confirmed.
        of_a_reply: bool,
    },
    OfLadder(LadderLetterFacts<'a>),
}

/// What a letter for a step of the ladder is; with no step where the ladder has none of that name any more.
#[derive(Debug, Clone, Copy)]
pub enum LadderLetter<'a> {
    OfStep(Option<&'a Step>),
    /// In the step's place: it says that a letter of the authority is being examined.
    Examination(Option<&'a Step>),
}

impl<'a> LadderLetter<'a> {
    fn step(self) -> Option<&'a Step> {
        match self {
            LadderLetter::OfStep(step) | LadderLetter::Examination(step) => step,
        }
    }
}

/// A letter that was written for a step of the ladder.
#[derive(Debug, Clone)]
pub struct LadderLetterFacts<'a> {
    pub situation: &'a Situation<'a>,
    pub letter: LadderLetter<'a>,
    /// On the authority's calendar, as the next two.
    pub written_on: Date,
    /// The deadline at that time.
    pub deadline: Option<Date>,
    /// When the step fell due.
    pub due_on: Option<Date>,
    /// Why somebody it is written to is not written to any more, on the authority's day.
    pub addressee_gone: Option<Needless>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayLeave {
    /// Not before this moment, which may have passed: letters to authorities leave in their office hours, unless the step says otherwise.
    From(Timestamp),
    /// Not before something happens.
    NotYet(Hold),
    /// What it says does not hold any more: it is taken out of the outbox.
    Never(Needless),
}

/// Whether a letter may leave at `now`. `stand_still`: letters to authorities wait until a person has looked; mail to staff never does.
pub fn may_leave(letter: &Waiting<'_>, rules: &OfficeRules, stand_still: bool, now: Timestamp) -> MayLeave {
    let (step, authority, kept) = match letter {
        Waiting::ToStaff => return MayLeave::From(now),
        _ if stand_still => return MayLeave::NotYet(Hold::LettersStandStill),
        Waiting::Request { request, authority, addressee_gone } => {
            let why = needless(request).or(*addressee_gone);
            (None, *authority, why.map_or(Ok(()), |why| Err(MayLeave::Never(why))))
        }
        Waiting::Acknowledgement { authority, of_a_reply } => {
            (None, *authority, if *of_a_reply { Ok(()) } else { Err(MayLeave::Never(Needless::NoReplyAnyMore)) })
        }
        Waiting::OfLadder(letter) => (letter.letter.step(), letter.situation.addressees.authority, kept_back(letter, now)),
    };
    kept.err().unwrap_or_else(|| MayLeave::From(rules.moment_of(step, now, authority)))
}

fn needless(request: &Request) -> Option<Needless> {
    match () {
        () if request.ended.is_some() => Some(Needless::RequestEnded),
        () if request.is_settled() => Some(Needless::RequestSettled),
        () => None,
    }
}

fn kept_back(letter: &LadderLetterFacts<'_>, now: Timestamp) -> Result<(), MayLeave> {
    let situation = letter.situation;
    if let Some(why) = needless(situation.request) {
        return Err(MayLeave::Never(why));
    }
    if letter.deadline.is_some_and(|deadline| deadline != situation.request.deadline) {
        return Err(MayLeave::Never(Needless::DeadlineMoved));
    }
    let is_examination = matches!(letter.letter, LadderLetter::Examination(_));
    if is_examination && !situation.is_being_examined(letter.written_on) {
        return Err(MayLeave::Never(Needless::LetterWasRead));
    }
    if let Some(why) = letter.addressee_gone {
        return Err(MayLeave::Never(why));
    }
    if situation.request.paused {
        return Err(MayLeave::NotYet(Hold::Paused));
    }
    let due_on = letter.due_on.unwrap_or(letter.written_on);
    let hold = situation.keeps_back(letter.letter.step(), is_examination, letter.written_on, due_on, now);
    hold.map_or(Ok(()), |hold| Err(MayLeave::NotYet(hold)))
}
