//! What is recorded of events, beside their kind. A field's name is the one in the record's JSON, and never changes.

use crate::domain::deliverability::{About, Witness};
use crate::domain::replacing::DirectoryChange;
use crate::domain::reply::Effect;
use crate::domain::staff::Rises;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorityChanged {
    pub name: String,
    /// What ended, went, came or is otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<DirectoryChange>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommended {
    pub reference: String,
    pub text: String,
}

/// A step of the ladder: its letter, or that nobody is left to write to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepWritten {
    /// None for the request itself.
    pub step: Option<String>,
    pub passed_over: Vec<String>,
    /// Steps for which the directory knew nobody.
    #[serde(default)]
    pub vacant: Vec<String>,
    pub to: Option<Vec<String>>,
    /// Of the letter's bytes, in hexadecimal digits.
    pub sha256: Option<String>,
    /// Of the office's own, where the kind does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Of a draft: the last day on which a person can release it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_by: Option<String>,
    /// The files sent with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enclosed: Vec<Enclosed>,
}

/// A file that is sent with a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enclosed {
    pub name: String,
    /// In hexadecimal digits.
    pub sha256: String,
}

/// Who in the office is told of a decision as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RisenTo {
    Deputy,
    Head,
}

impl From<RisenTo> for Rises {
    fn from(to: RisenTo) -> Rises {
        match to {
            RisenTo::Deputy => Rises::Deputy,
            RisenTo::Head => Rises::Head,
        }
    }
}

/// A letter to staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    pub to: Vec<String>,
    pub sha256: String,
}

/// An acknowledgement was written, or a lost register's was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum WrittenReceipt {
    Here { to: String, sha256: String },
    ByLostRegister,
}

/// An attempt to have a letter taken by a server, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub to: String,
    /// Which one it was, from 1.
    pub attempt: u32,
    /// The server's words, or why there are none.
    pub reply: String,
    pub queue_id: Option<String>,
    /// Whom a refusal is about.
    #[serde(default)]
    pub about: Option<About>,
}

/// How it is known that a letter has left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FoundSent {
    /// One of our own, whose outcome was unknown.
    Own { evidence: String },
    /// One that a lost register has written, of which a copy was found.
    ByLostRegister { r#as: String, step: Option<String>, left_at: i64, message_id: String, sha256: String },
}

/// A report says that a letter did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    pub to: String,
    pub why: String,
    #[serde(default)]
    pub about: Option<About>,
    #[serde(default)]
    pub witness: Option<Witness>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressChange {
    pub address: String,
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxLost {
    pub mailbox: String,
    pub mails: i64,
    /// Unix seconds until which reminders rest for it.
    pub rests_until: Option<i64>,
}

/// Where mail was looked for that left a mailbox unread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Searched {
    pub mailbox: String,
    pub found: u64,
    pub looked: String,
}

/// What a rule made of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examined {
    /// Of mail, as `mail show` names it.
    pub kind: String,
    pub because: Vec<String>,
    pub requests: Vec<i64>,
    pub suggested: Vec<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LinkedBy {
    Rule(Examined),
    Person { reference: String, r#as: Effect },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum UnlinkedBy {
    Rule(Examined),
    Person,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Quarantined {
    Judged(Examined),
    /// It could not be read.
    Unread {
        why: String,
    },
}

/// What a person says that a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MarkedAs {
    #[serde(rename = "ignore")]
    Ignore,
    #[serde(rename = "source")]
    Source,
    #[serde(rename = "not a source")]
    NotSource,
    #[serde(untagged)]
    As(Effect),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum StandstillReason {
    /// The register may not know of letters that have left.
    Behind {
        why: String,
        last_event: i64,
        was_at_event: Option<i64>,
    },
    Doubted {
        why: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RetriedAs {
    /// A restored register was compared with what has left.
    Compared {
        lost_register: Option<Entry>,
    },
    ClockIsRight,
}

/// A place in a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub was_at_event: i64,
    /// In hexadecimal digits.
    pub hash: Option<String>,
}

/// The record was brought to a new form: what every event says is as before, its hash is another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedAnew {
    /// The last event of the record before, and its hash there.
    pub last: Entry,
    /// What was wrong with the record before, if something was.
    pub damage: Option<String>,
    /// The last sign of life, if it named an event of the record before.
    pub sign_of_life: Option<Entry>,
}
