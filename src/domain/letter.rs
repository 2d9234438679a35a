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

impl DialogueRole {
    /// Of a letter of the ladder; `lowest_level` is that of a first letter and of reminders.
    pub fn of_step(letter: &StepLetter, lowest_level: &str) -> DialogueRole {
        if letter.is_higher(lowest_level) { DialogueRole::Escalation } else { DialogueRole::Reminder }
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

    /// Of a letter of the ladder; `lowest_level` is that of a first letter and of reminders.
    pub fn of_step(letter: &StepLetter, lowest_level: &str) -> LetterRole {
        DialogueRole::of_step(letter, lowest_level).into()
    }

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
        let roles: Vec<LetterRole> =
            ladder.steps.iter().filter_map(Step::letter).map(|letter| LetterRole::of_step(letter, "technical")).collect();
        assert_eq!(roles, [LetterRole::Reminder, LetterRole::Reminder, LetterRole::Escalation, LetterRole::Escalation]);
        let named = |template: &str, to, level: &str| StepLetter {
            template: template.into(),
            to,
            level: level.into(),
            copy_to_first: false,
            at_any_time: false,
        };
        assert_eq!(LetterRole::of_step(&named("request", StepAddressee::Addressee, "technical"), "technical"), LetterRole::Reminder);
        assert_eq!(LetterRole::of_step(&named("reminder", StepAddressee::Authority, "head"), "technical"), LetterRole::Escalation);
    }

    #[test]
    fn each_is_kept_by_its_name() {
        for role in LetterRole::ALL {
            assert_eq!(LetterRole::from_name(role.name()), Some(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
    }
}
