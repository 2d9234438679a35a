//! What must be known of a request to decide about its letters, and what follows from it for one step.

use crate::domain::addressing::{Addressees, LetterReturned, Vacancy};
use crate::domain::calendar::{days_between, plus_days};
use crate::domain::hold::Hold;
use crate::domain::identity::MailId;
use crate::domain::ladder::{Anchor, Ladder, Step};
use crate::domain::request::Request;
use crate::domain::resting::{Rest, RestKind, RestTerms, StepRests, is_being_examined, rests_until, step_rests};
use crate::domain::rules::{day_in, start_of_day};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A step already taken, or passed over when missed steps collapsed into a later one. One in whose place the authority was told that its letter is
/// being examined is not: it was reminded of nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTaken {
    pub name: String,
    pub on: Date,
    /// The deadline at that time. A step computed from a deadline that has moved since is climbed anew.
    pub deadline: Date,
    pub passed_over: bool,
}

/// What must be known to decide, as the register tells it.
#[derive(Debug, Clone)]
pub struct Situation<'a> {
    pub request: &'a Request,
    pub ladder: &'a Ladder,
    pub taken: &'a [StepTaken],
    /// The authority's time zone.
    pub zone: &'a TimeZone,
    /// The last day on which a letter about this request left or was put into the outbox; a draft is not in it before its release.
    pub last_letter_on: Option<Date>,
    /// The oldest among the last successful and complete readings of all mailboxes.
    pub mailboxes_read_at: Option<Timestamp>,
    /// Something in a mailbox is known to be unread since, and counts as that until then.
    pub mailboxes_unread_until: Option<Timestamp>,
    /// How long ago that may be.
    pub heard_within: SignedDuration,
    /// Mail that nobody has read yet: it may be the answer.
    pub has_unread: bool,
    /// Mails that wait for a person, as far as they may be about this request.
    pub rests: &'a [Rest],
    pub rest_terms: RestTerms<'a>,
    /// When the authority was last told that a letter of its is being examined.
    pub told_of_examination_on: Option<Date>,
    pub addressees: Addressees<'a>,
    /// A letter about this request is still in the outbox.
    pub letter_on_its_way: bool,
    /// A letter about this request waits for a person to release it.
    pub draft_waits: bool,
    /// Somebody says that a letter came back, nothing proves it, and nobody has decided.
    pub said_to_have_come_back: bool,
    /// A letter about this request that came back.
    pub returned: Option<&'a LetterReturned>,
}

impl Situation<'_> {
    /// Whether a step was climbed, or passed over, for the present deadline.
    pub fn is_taken(&self, step: &Step) -> bool {
        self.taken.iter().any(|taken| self.is_taking(taken, step))
    }

    fn is_taking(&self, taken: &StepTaken, step: &Step) -> bool {
        taken.name == step.name && (step.anchor == Anchor::Sending || taken.deadline == self.request.deadline)
    }

    /// Whether every mailbox was read to its end since a step fell due, and shortly before `now`: a mailbox that has been out of order since this
    /// morning may hold the answer; so may a mail that came a minute ago and is known to be unread.
    pub fn is_heard(&self, due_on: Date, now: Timestamp) -> bool {
        if self.mailboxes_unread_until.is_some_and(|until| now < until) {
            return false;
        }
        let read_at = self.mailboxes_read_at.filter(|read_at| *read_at >= start_of_day(due_on, self.zone));
        read_at.is_some_and(|read_at| now.duration_since(read_at) <= self.heard_within)
    }

    /// Whether a step that fell due on that day rests at `now` for a mail that may be the reply.
    pub fn step_rests(&self, due_on: Date, now: Timestamp) -> StepRests {
        if self.has_unread {
            return StepRests::Yes(RestKind::OfAuthority);
        }
        step_rests(self.rests, self.told_of_examination_on, due_on, now, &self.rest_terms)
    }

    /// What keeps a letter of the ladder back, or its end, be it that it is still to be written or that it lies in the outbox already: the one list
    /// for both. `step`: none where the ladder has it no more. `is_examination`: it says itself that a letter waits, and only mail that nobody has
    /// looked into keeps it back. `heard_since`: the day since which the mailboxes must have been read, on which it fell due or was written.
    pub(super) fn keeps_back(
        &self,
        step: Option<&Step>,
        is_examination: bool,
        heard_since: Date,
        due_on: Date,
        now: Timestamp,
    ) -> Option<Hold> {
        let hold = if is_examination { self.hold_unheard(heard_since, now) } else { self.hold(heard_since, due_on, now) };
        let came_back = || step.filter(|step| self.is_kept_back(step, day_in(now, self.zone))).map(|_| Hold::CameBack);
        hold.or_else(came_back)
    }

    /// What keeps a step back beside that, before anything is written for it. A letter in the outbox is itself the one that is on its way, or was the
    /// draft; and the ladder's end has no letter that could be taken out while a claim is looked into, so it waits for as long as that takes.
    pub(super) fn keeps_writing_back(&self, step: &Step) -> Option<Hold> {
        match () {
            () if self.draft_waits => Some(Hold::DraftWaits),
            () if self.letter_on_its_way => Some(Hold::LetterOnItsWay),
            () if self.said_to_have_come_back && !step.is_letter() => Some(Hold::SaidToHaveComeBack),
            () => None,
        }
    }

    /// What keeps every letter of the ladder back that fell due on that day, but for what came back.
    fn hold(&self, heard_since: Date, due_on: Date, now: Timestamp) -> Option<Hold> {
        self.hold_unheard(heard_since, now).or_else(|| match self.step_rests(due_on, now) {
            StepRests::No => None,
            StepRests::Yes(RestKind::OfReports) => Some(Hold::SaidToHaveComeBack),
            StepRests::Yes(RestKind::OfAuthority | RestKind::OfOthers) | StepRests::MayTell(_) => Some(Hold::ReplyMayBeWaiting),
        })
    }

    /// What keeps a letter back that may leave over a letter of the authority that is known to wait: mail that nobody and nothing has read.
    fn hold_unheard(&self, heard_since: Date, now: Timestamp) -> Option<Hold> {
        match () {
            () if !self.is_heard(heard_since, now) => Some(Hold::MailboxNotRead),
            () if self.has_unread => Some(Hold::ReplyMayBeWaiting),
            () => None,
        }
    }

    /// A letter of the authority that has been waiting for so long that its sender may be told that it is being examined.
    pub(super) fn letter_long_unread(&self, due_on: Date, now: Timestamp) -> Option<MailId> {
        match self.step_rests(due_on, now) {
            StepRests::MayTell(mail) => Some(mail),
            StepRests::No | StepRests::Yes(_) => None,
        }
    }

    /// Whether a step would tell somebody above of silence, or record it, though a letter is known not to have arrived.
    pub fn is_kept_back(&self, step: &Step, today: Date) -> bool {
        self.returned.is_some_and(|returned| !returned.is_replaced(today)) && step.level() != Some(self.addressees.lowest_level)
    }

    fn is_written(&self, step: &Step) -> bool {
        self.taken.iter().any(|taken| self.is_taking(taken, step) && !taken.passed_over)
    }

    /// The steps to a higher level that were not climbed and have nobody to go to, when each would fall due, and why.
    pub fn vacancies(&self, today: Date) -> Vec<(&Step, Date, Vacancy)> {
        let sent_on = self.request.sent_at.map_or(today, |sent_at| day_in(sent_at, self.zone));
        let open = self.higher_steps().filter(|step| !self.is_taken(step));
        open.filter_map(|step| {
            let due = due_on(self, step, sent_on, today);
            Some((step, due, self.addressees.vacancy(step, due.max(today))?))
        })
        .collect()
    }

    /// Whether a later letter can be written to a higher level.
    pub fn has_higher_level(&self, today: Date) -> bool {
        self.higher_steps().any(|step| !self.is_taken(step) && self.addressees.vacancy(step, today).is_none())
    }

    fn higher_steps(&self) -> impl Iterator<Item = &Step> {
        let is_higher = |step: &&Step| step.letter().is_some_and(|letter| letter.is_higher(self.addressees.lowest_level));
        self.ladder.steps.iter().filter(is_higher)
    }

    /// Whether what a neutral letter of that day says still holds.
    pub fn is_being_examined(&self, written_on: Date) -> bool {
        is_being_examined(self.rests, written_on)
    }
}

/// When a step falls due: by its anchor, but never within the minimum gap after the last letter. A step to a higher level, and the ladder's end, keep
/// the distance to the last letter that the ladder gives them, however late that letter was: whoever got one letter after a standstill is given the
/// time to answer it before somebody above hears of it. A step in between that has nobody to go to gives no distance.
pub(super) fn due_on(situation: &Situation<'_>, step: &Step, sent_on: Date, today: Date) -> Date {
    let by_anchor = step.due_on(sent_on, situation.request.deadline);
    let Some(last_letter_on) = situation.last_letter_on else { return by_anchor };
    let position = situation.ladder.steps.iter().position(|other| other.name == step.name).unwrap_or(0);
    let is_vacant = |other: &Step| !situation.is_written(other) && situation.addressees.vacancy(other, by_anchor.max(today)).is_some();
    let before = situation.ladder.steps.iter().take(position).rev().find(|other| other.is_letter() && !is_vacant(other));
    let given = before.filter(|before| !before.is_beside(step));
    let given = given.map_or(0, |before| days_between(before.due_on(sent_on, situation.request.deadline), by_anchor).max(0));
    let least = if step.is_letter() { i64::from(situation.ladder.minimum_gap_days) } else { 0 };
    let distance = given.max(least);
    by_anchor.max(plus_days(last_letter_on, distance))
}

/// The day by which a step that is held and fell due on `due_on` goes on, where one is known: else it waits for what [`Hold::until`] says.
pub fn held_until(situation: &Situation<'_>, hold: Hold, due_on: Date, now: Timestamp) -> Option<Date> {
    let until = match hold {
        Hold::MailboxNotRead => {
            situation.mailboxes_unread_until.filter(|until| *until < Timestamp::MAX).map(|until| day_in(until, situation.zone))
        }
        Hold::ReplyMayBeWaiting | Hold::SaidToHaveComeBack if !situation.has_unread => {
            let ends: Option<Vec<Date>> = situation.rests.iter().map(|rest| rests_until(rest, due_on, &situation.rest_terms)).collect();
            ends.and_then(|ends| ends.into_iter().max())
        }
        _ => None,
    };
    until.filter(|until| *until > day_in(now, situation.zone))
}
