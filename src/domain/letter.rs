//! What a letter is to its request. The template that it was written from is another thing: an office calls its templates as it likes.

use super::ladder::StepLetter;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterRole {
    /// The first letter: it asks.
    Request,
    /// A step of the ladder that goes to those who were asked, or beside them.
    Reminder,
    /// A step of the ladder that goes to somebody above them.
    Escalation,
    /// In place of a step's own letter: "your letter of … is being examined".
    Examination,
    /// Confirms to the sender of a reply that it was received.
    Acknowledgement,
    /// To staff: what happened and what needs them.
    Digest,
    /// To staff, at once: something is out of order.
    Alarm,
}

/// What a letter of the dialogue on what was asked is. Receipts and mail to staff are written by other verbs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialogueRole {
    Request,
    Reminder,
    Escalation,
    Examination,
}

/// A letter of the dialogue, as a step of the ladder asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DialogueLetter<'a> {
    pub role: DialogueRole,
    /// The folder that it is written from.
    pub template: &'a str,
    /// Under whose signature it leaves.
    pub level: &'a str,
}

impl<'a> DialogueLetter<'a> {
    /// What is written where this step of the ladder is taken; without one, the first letter. `examining`: in its place, that a letter of the
    /// authority is being examined. `lowest_level` is that of a first letter and of reminders.
    pub fn of(step: Option<&'a StepLetter>, examining: bool, lowest_level: &'a str) -> DialogueLetter<'a> {
        let role = match step {
            _ if examining => DialogueRole::Examination,
            None => DialogueRole::Request,
            Some(letter) if letter.is_higher(lowest_level) => DialogueRole::Escalation,
            Some(_) => DialogueRole::Reminder,
        };
        let template = step.filter(|_| !examining).map_or(LetterRole::from(role).template(), |letter| &letter.template);
        DialogueLetter { role, template, level: step.map_or(lowest_level, |letter| &letter.level) }
    }
}

impl From<DialogueRole> for LetterRole {
    fn from(role: DialogueRole) -> LetterRole {
        match role {
            DialogueRole::Request => LetterRole::Request,
            DialogueRole::Reminder => LetterRole::Reminder,
            DialogueRole::Escalation => LetterRole::Escalation,
            DialogueRole::Examination => LetterRole::Examination,
        }
    }
}

impl LetterRole {
    pub const ALL: [LetterRole; 7] = [
        LetterRole::Request,
        LetterRole::Reminder,
        LetterRole::Escalation,
        LetterRole::Examination,
        LetterRole::Acknowledgement,
        LetterRole::Digest,
        LetterRole::Alarm,
    ];

    /// As the register keeps it, and as templates and commands show it.
    pub fn name(self) -> &'static str {
        match self {
            LetterRole::Request => "request",
            LetterRole::Reminder => "reminder",
            LetterRole::Escalation => "escalation",
            LetterRole::Examination => "examination",
            LetterRole::Acknowledgement => "acknowledgement",
            LetterRole::Digest => "digest",
            LetterRole::Alarm => "alarm",
        }
    }

    pub fn from_name(name: &str) -> Option<LetterRole> {
        LetterRole::ALL.into_iter().find(|role| role.name() == name)
    }

    /// The folder of its template, where the ladder does not name another one.
    pub fn template(self) -> &'static str {
        self.name()
    }

    /// Mail to the office's own people. Whatever stands still or waits elsewhere, it leaves.
    pub fn is_to_staff(self) -> bool {
        matches!(self, LetterRole::Digest | LetterRole::Alarm)
    }

    /// Says that no answer has come.
    pub fn tells_of_silence(self) -> bool {
        matches!(self, LetterRole::Reminder | LetterRole::Escalation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ladder::{Ladder, Step, StepAddressee};

    #[test]
    fn what_a_letter_is_follows_from_whom_it_goes_to_and_not_from_the_name_of_its_template() {
        let ladder = Ladder::default();
        let of = |letter, examining| DialogueLetter::of(letter, examining, "technical");
        let roles: Vec<DialogueRole> = ladder.steps.iter().filter_map(Step::letter).map(|letter| of(Some(letter), false).role).collect();
        assert_eq!(roles, [DialogueRole::Reminder, DialogueRole::Reminder, DialogueRole::Escalation, DialogueRole::Escalation]);
        let named = |template: &str, to, level: &str| StepLetter {
            template: template.into(),
            to,
            level: level.into(),
            copy_to_first: false,
            at_any_time: false,
        };
        let beside = named("request", StepAddressee::Addressee, "technical");
        let above = named("reminder", StepAddressee::Authority, "head");
        for (step, examining, role, template, level) in [
            (None, false, DialogueRole::Request, "request", "technical"),
            (None, true, DialogueRole::Examination, "examination", "technical"),
            (Some(&beside), false, DialogueRole::Reminder, "request", "technical"),
            (Some(&above), false, DialogueRole::Escalation, "reminder", "head"),
            (Some(&above), true, DialogueRole::Examination, "examination", "head"),
        ] {
            assert_eq!(of(step, examining), DialogueLetter { role, template, level });
        }
    }

    #[test]
    fn each_is_kept_by_its_name() {
        for role in LetterRole::ALL {
            assert_eq!(LetterRole::from_name(role.name()), Some(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
    }
}
