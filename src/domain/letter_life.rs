//! A letter's life before the outbox: it is drafted, and released by a person or as it is written; or it is withdrawn.
//!
//! A draft has its bytes, its Message-ID and its recipients from the beginning (promise 3), and no delivery: nothing of it can be attempted before it
//! is released. Approval, which will stand between draft and release, is consent to exactly these bytes.

use super::draft_end::DraftEnd;
use super::draft_rules::DraftRules;
use super::hold::Hold;
use super::letter::LetterRole;
use super::lifecycle::MayLeave;

/// How far a letter is. What becomes of one that is released, its deliveries tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LetterLife {
    /// It waits for a person to release it.
    Draft,
    Released,
    /// It was not released, and will not be.
    Withdrawn,
}

impl LetterLife {
    pub const ALL: [LetterLife; 3] = [LetterLife::Draft, LetterLife::Released, LetterLife::Withdrawn];

    /// As the register keeps it, and as commands show it.
    pub fn name(self) -> &'static str {
        match self {
            LetterLife::Draft => "draft",
            LetterLife::Released => "released",
            LetterLife::Withdrawn => "withdrawn",
        }
    }

    pub fn from_name(name: &str) -> Option<LetterLife> {
        LetterLife::ALL.into_iter().find(|life| life.name() == name)
    }
}

/// How the life of a letter to this level begins. `asked_for`: the request was opened with the wish to see its first letter before it leaves.
pub fn begins_as(role: LetterRole, level: &str, asked_for: bool, rules: &DraftRules) -> LetterLife {
    let waits = match role {
        // They are mail of the office to itself, or say no more than that a mail has arrived.
        LetterRole::Digest | LetterRole::Alarm | LetterRole::Acknowledgement => false,
        LetterRole::Request => asked_for || rules.levels.iter().any(|other| other == level),
        LetterRole::Reminder | LetterRole::Escalation | LetterRole::Examination => rules.levels.iter().any(|other| other == level),
    };
    if waits { LetterLife::Draft } else { LetterLife::Released }
}

/// What becomes of a draft that is to be written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrittenAnew {
    Draft,
    /// It leaves by itself: its level is no more among those that wait for a person.
    Leaving,
    /// Nothing more is expected of the request.
    Not,
}

/// For whatever a draft of this role, to this level, was written. `asked_for`: as [`begins_as`] has it.
pub fn written_anew(role: LetterRole, level: &str, is_settled: bool, asked_for: bool, rules: &DraftRules) -> WrittenAnew {
    if is_settled {
        return WrittenAnew::Not;
    }
    match begins_as(role, level, asked_for, rules) {
        LetterLife::Draft => WrittenAnew::Draft,
        LetterLife::Released | LetterLife::Withdrawn => WrittenAnew::Leaving,
    }
}

/// Whether a draft is withdrawn, by what would be said of it if it wanted to leave now. `is_outdated`: its request has answers to more
/// or fewer of its recommendations than when it was written. `is_late`: the last day for its release has passed.
pub fn ends(may_leave: MayLeave, is_outdated: bool, is_late: bool) -> Option<DraftEnd> {
    match may_leave {
        MayLeave::Never(why) => Some(DraftEnd::Needless(why)),
        MayLeave::NotYet(Hold::Paused) => Some(DraftEnd::Paused),
        MayLeave::From(_) | MayLeave::NotYet(_) if is_outdated => Some(DraftEnd::Outdated),
        MayLeave::From(_) | MayLeave::NotYet(_) => is_late.then_some(DraftEnd::NotReleased),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lifecycle::Needless;
    use jiff::Timestamp;

    #[test]
    fn which_letters_wait_for_a_person_and_which_leave_by_themselves() {
        use LetterLife::{Draft, Released};
        let none = DraftRules::default();
        let high = DraftRules { levels: vec!["head".into(), "minister".into()], days: 3 };
        let all = DraftRules { levels: vec!["technical".into(), "head".into(), "minister".into()], days: 3 };
        for (role, level, asked_for, rules, expected) in [
            (LetterRole::Request, "technical", false, &none, Released),
            (LetterRole::Request, "technical", true, &none, Draft),
            (LetterRole::Request, "technical", false, &high, Released),
            (LetterRole::Request, "technical", false, &all, Draft),
            (LetterRole::Reminder, "technical", false, &none, Released),
            // The wish is about the first letter.
            (LetterRole::Reminder, "technical", true, &none, Released),
            (LetterRole::Reminder, "technical", false, &high, Released),
            (LetterRole::Reminder, "head", false, &high, Draft),
            (LetterRole::Escalation, "head", false, &none, Released),
            (LetterRole::Escalation, "head", false, &high, Draft),
            (LetterRole::Escalation, "minister", false, &high, Draft),
            (LetterRole::Examination, "technical", false, &high, Released),
            (LetterRole::Examination, "technical", false, &all, Draft),
            (LetterRole::Acknowledgement, "technical", true, &all, Released),
            (LetterRole::Digest, "technical", true, &all, Released),
            (LetterRole::Alarm, "technical", true, &all, Released),
        ] {
            assert_eq!(begins_as(role, level, asked_for, rules), expected, "{role:?} {level} {asked_for} {rules:?}");
        }
    }

    #[test]
    fn when_a_draft_is_withdrawn_by_itself() {
        let now = Timestamp::UNIX_EPOCH;
        for (may_leave, is_outdated, is_late, expected) in [
            (MayLeave::From(now), false, false, None),
            (MayLeave::From(now), false, true, Some(DraftEnd::NotReleased)),
            (MayLeave::From(now), true, false, Some(DraftEnd::Outdated)),
            (MayLeave::From(now), true, true, Some(DraftEnd::Outdated)),
            (MayLeave::NotYet(Hold::ReplyMayBeWaiting), false, false, None),
            (MayLeave::NotYet(Hold::ReplyMayBeWaiting), false, true, Some(DraftEnd::NotReleased)),
            (MayLeave::NotYet(Hold::ReplyMayBeWaiting), true, false, Some(DraftEnd::Outdated)),
            (MayLeave::NotYet(Hold::LettersStandStill), false, false, None),
            (MayLeave::NotYet(Hold::Paused), false, false, Some(DraftEnd::Paused)),
            (MayLeave::NotYet(Hold::Paused), true, false, Some(DraftEnd::Paused)),
            (MayLeave::Never(Needless::RequestSettled), true, false, Some(DraftEnd::Needless(Needless::RequestSettled))),
            (MayLeave::Never(Needless::DeadlineMoved), false, true, Some(DraftEnd::Needless(Needless::DeadlineMoved))),
        ] {
            assert_eq!(ends(may_leave, is_outdated, is_late), expected, "{may_leave:?} {is_outdated} {is_late}");
        }
    }

    #[test]
    fn each_is_kept_by_its_name() {
        for life in LetterLife::ALL {
            assert_eq!(LetterLife::from_name(life.name()), Some(life));
            assert_eq!(serde_json::to_value(life).unwrap(), life.name());
        }
    }
}
