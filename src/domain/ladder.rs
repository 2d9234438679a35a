//! The ladder: the steps of reminding and escalating, as data the office sets in advance.

use super::calendar::plus_days;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// In the order they are climbed.
    pub steps: Vec<Step>,
    /// Calendar days between two letters of one request, however late the steps are.
    pub minimum_gap_days: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Unique in its ladder; the register remembers a step taken by this name.
    pub name: String,
    pub anchor: Anchor,
    /// Calendar days after the anchor; negative is before.
    pub days: i32,
    pub action: Action,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    Sending,
    Deadline,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    Letter(StepLetter),
    /// The ladder's end: the outcome is recorded and staff are told; nothing is sent.
    RecordNonCooperation,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLetter {
    /// Template folder: `reminder`, `escalation`.
    pub template: String,
    pub to: StepAddressee,
    /// Level of the addressee; whose signature stands below follows from it.
    pub level: String,
    /// The first letter's addressee gets a copy.
    pub copy_to_first: bool,
    /// Leaves at any hour of any day, not only in office hours.
    pub at_any_time: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepAddressee {
    /// Whom the request was sent to.
    Addressee,
    FocalPoint,
    /// The authority itself, at the step's level.
    Authority,
    /// The supervising authority, at the step's level.
    SupervisingAuthority,
}

impl Step {
    pub fn due_on(&self, sent_on: Date, deadline: Date) -> Date {
        let anchor = match self.anchor {
            Anchor::Sending => sent_on,
            Anchor::Deadline => deadline,
        };
        plus_days(anchor, i64::from(self.days))
    }

    /// Of its addressee; none of a step that is no letter.
    pub fn level(&self) -> Option<&str> {
        self.letter().map(|letter| letter.level.as_str())
    }

    /// Both write to the same height: neither tells anybody above what the other says.
    pub fn is_beside(&self, other: &Step) -> bool {
        match (self.letter(), other.letter()) {
            (Some(one), Some(other)) => {
                one.level == other.level && one.is_to_supervising_authority() == other.is_to_supervising_authority()
            }
            _ => false,
        }
    }

    pub fn letter(&self) -> Option<&StepLetter> {
        match &self.action {
            Action::Letter(letter) => Some(letter),
            Action::RecordNonCooperation => None,
        }
    }

    pub fn is_letter(&self) -> bool {
        self.letter().is_some()
    }
}

impl StepLetter {
    pub fn is_to_focal_point(&self) -> bool {
        self.to == StepAddressee::FocalPoint
    }

    pub fn is_to_supervising_authority(&self) -> bool {
        self.to == StepAddressee::SupervisingAuthority
    }

    /// Whether it is for somebody above those to whom the request and its reminders go.
    pub fn is_higher(&self, lowest_level: &str) -> bool {
        match self.to {
            StepAddressee::Addressee | StepAddressee::FocalPoint => false,
            StepAddressee::Authority => self.level != lowest_level,
            StepAddressee::SupervisingAuthority => true,
        }
    }
}

impl Default for Ladder {
    /// A friendly reminder 7 days before, a reminder the day after, escalation to the head after 14 days, to the supervising authority after
    /// 28, recorded as non-cooperation after 56.
    fn default() -> Self {
        let letter = |name: &str, days, template: &str, to, level: &str, copy_to_first| Step {
            name: name.into(),
            anchor: Anchor::Deadline,
            days,
            action: Action::Letter(StepLetter { template: template.into(), to, level: level.into(), copy_to_first, at_any_time: false }),
        };
        Ladder {
            steps: vec![
                letter("friendly reminder", -7, "reminder", StepAddressee::FocalPoint, "technical", false),
                letter("reminder", 1, "reminder", StepAddressee::Addressee, "technical", false),
                letter("escalation to the head", 14, "escalation", StepAddressee::Authority, "head", true),
                letter("escalation to the supervising authority", 28, "escalation", StepAddressee::SupervisingAuthority, "minister", true),
                Step { name: "non-cooperation".into(), anchor: Anchor::Deadline, days: 56, action: Action::RecordNonCooperation },
            ],
            minimum_gap_days: 5,
        }
    }
}
