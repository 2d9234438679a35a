//! How an attempt ended, and where a delivery stands.

use crate::domain::deliverability::{About, Finding};
use crate::domain::identity::MailId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How one attempt to give a letter to a server ended, as the server's answer (or its silence) tells: from the reply over SMTP to the register's
/// table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryOutcome {
    /// The server has taken responsibility for it (RFC 5321 §4.2.5). `reply` is evidence of service.
    Accepted { reply: String, queue_id: Option<String> },
    /// Surely not delivered, by the server's word.
    Refused { reply: String, finding: Finding },
    /// The process was to end before the server was given anything of the letter.
    NotTried,
    /// Surely not delivered: no connection, or cut before the final dot.
    NotSent { reason: String },
    /// As [`DeliveryOutcome::NotSent`]; and no other letter leaves either before a person has mended something: a refused log-in, a certificate.
    Barred { reason: String },
    /// The server's last word was not heard: neither sent nor failed (promise 3).
    Unknown { reason: String },
}

impl DeliveryOutcome {
    /// The word in the register.
    pub fn name(&self) -> &'static str {
        match self {
            DeliveryOutcome::Accepted { .. } => "accepted",
            DeliveryOutcome::Refused { .. } => "refused",
            DeliveryOutcome::NotTried => "not_tried",
            DeliveryOutcome::NotSent { .. } => "not_sent",
            DeliveryOutcome::Barred { .. } => "barred",
            DeliveryOutcome::Unknown { .. } => "unknown",
        }
    }

    /// As it stands on record: its word, what was said, and what a refusal says. None of what is no outcome.
    pub fn recorded(name: &str, said: &str, finding: Option<Finding>, queue_id: Option<&str>) -> Option<DeliveryOutcome> {
        let said = said.to_owned();
        Some(match (name, finding) {
            ("accepted", _) => DeliveryOutcome::Accepted { reply: said, queue_id: queue_id.map(str::to_owned) },
            ("refused", Some(finding)) => DeliveryOutcome::Refused { reply: said, finding },
            ("not_tried", _) => DeliveryOutcome::NotTried,
            ("not_sent", _) => DeliveryOutcome::NotSent { reason: said },
            ("barred", _) => DeliveryOutcome::Barred { reason: said },
            ("unknown", _) => DeliveryOutcome::Unknown { reason: said },
            _ => return None,
        })
    }

    /// What the server said, or why nothing was heard of it.
    pub fn said(&self) -> &str {
        match self {
            DeliveryOutcome::Accepted { reply, .. } | DeliveryOutcome::Refused { reply, .. } => reply,
            DeliveryOutcome::NotTried => "demarche was asked to stop before the letter was given to the server",
            DeliveryOutcome::NotSent { reason } | DeliveryOutcome::Barred { reason } | DeliveryOutcome::Unknown { reason } => reason,
        }
    }

    /// What a refusal says.
    pub fn finding(&self) -> Option<Finding> {
        match self {
            DeliveryOutcome::Refused { finding, .. } => Some(*finding),
            _ => None,
        }
    }
}

/// Where one letter to one recipient stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    Waiting,
    /// An attempt was begun and its end is not recorded. Found so after a start, its outcome is unknown.
    Attempting,
    Accepted,
    /// For good, or given up after days.
    Refused,
    /// The server's last word was not heard: neither sent nor failed.
    Unknown,
    /// Accepted by a server and returned later.
    Bounced,
    /// No longer needed before it left.
    Cancelled,
}

impl DeliveryState {
    pub const ALL: [DeliveryState; 7] = [
        DeliveryState::Waiting,
        DeliveryState::Attempting,
        DeliveryState::Accepted,
        DeliveryState::Refused,
        DeliveryState::Unknown,
        DeliveryState::Bounced,
        DeliveryState::Cancelled,
    ];

    pub fn name(self) -> &'static str {
        match self {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Attempting => "attempting",
            DeliveryState::Accepted => "accepted",
            DeliveryState::Refused => "refused",
            DeliveryState::Unknown => "unknown",
            DeliveryState::Bounced => "bounced",
            DeliveryState::Cancelled => "cancelled",
        }
    }

    pub fn from_name(name: &str) -> Option<DeliveryState> {
        DeliveryState::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether it was tried and its recipient surely has not got it.
    pub fn has_come_back(self) -> bool {
        matches!(self, DeliveryState::Refused | DeliveryState::Bounced)
    }

    /// Whether its recipient surely has not got it and, as things stand, will not.
    pub fn is_lost(self) -> bool {
        self.has_come_back() || self == DeliveryState::Cancelled
    }
}

/// What a delivery becomes. Each state comes with what belongs to it, and no other way leads into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryChange {
    Waiting {
        next_attempt_at: Timestamp,
    },
    /// By the word of the server that took it at `at`; or, with `found_by`, by a sign that was found at that moment.
    Accepted {
        at: Timestamp,
        found_by: Option<String>,
    },
    Refused,
    /// With no next attempt a person is asked.
    Unknown {
        next_attempt_at: Option<Timestamp>,
    },
    /// A report says so. With a next attempt it waits to be sent again, without one it counts as undeliverable.
    Returned {
        by: MailId,
        /// The report's words.
        because: String,
        about: About,
        next_attempt_at: Option<Timestamp>,
    },
    Cancelled {
        because: String,
    },
}

impl DeliveryChange {
    pub fn state(&self) -> DeliveryState {
        match self {
            DeliveryChange::Waiting { .. } | DeliveryChange::Returned { next_attempt_at: Some(_), .. } => DeliveryState::Waiting,
            DeliveryChange::Accepted { .. } => DeliveryState::Accepted,
            DeliveryChange::Refused => DeliveryState::Refused,
            DeliveryChange::Unknown { .. } => DeliveryState::Unknown,
            DeliveryChange::Returned { next_attempt_at: None, .. } => DeliveryState::Bounced,
            DeliveryChange::Cancelled { .. } => DeliveryState::Cancelled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_is_read_from_the_record_as_it_was_written() {
        let finding = Finding { about: About::Storage, passes: true, hard_bounce: false, delayed: false };
        let said = || "452 4.2.2 the mailbox is full".to_owned();
        for outcome in [
            DeliveryOutcome::Accepted { reply: said(), queue_id: Some("4F".into()) },
            DeliveryOutcome::Refused { reply: said(), finding },
            DeliveryOutcome::NotTried,
            DeliveryOutcome::NotSent { reason: said() },
            DeliveryOutcome::Barred { reason: said() },
            DeliveryOutcome::Unknown { reason: said() },
        ] {
            let read = DeliveryOutcome::recorded(outcome.name(), outcome.said(), outcome.finding(), Some("4F"));
            assert_eq!(read, Some(outcome));
        }
    }
}
