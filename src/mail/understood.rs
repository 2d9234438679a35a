//! What is understood of one mail: plain values, serialised as `demarche inspect --json` prints them and as the register keeps them.

use super::message::Mailbox;
use crate::domain::deliverability::Finding;
use crate::domain::kind::KindFacts;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Everything understood of one mail from its bytes alone. What it answers is not decided here but in `domain::linking`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Understood {
    /// Message-IDs are without angle brackets everywhere.
    pub message_id: Option<String>,
    /// The Date header as RFC 3339 with its own offset; only if it is a date that exists. Never counts for deadlines.
    pub date: Option<String>,
    pub subject: Option<String>,
    pub from: Vec<Mailbox>,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    pub reply_to: Vec<Mailbox>,
    /// The author that a list kept when it put another address into From (X-Original-From).
    pub original_from: Vec<Mailbox>,
    pub in_reply_to: Vec<String>,
    pub references: Vec<String>,
    /// A header (From, Subject, In-Reply-To or References) that stands in the mail more than once, with different words.
    pub ambiguous: Option<String>,
    /// Addresses at which the mail arrived by the word of the servers it passed: Delivered-To, X-Original-To, Envelope-To, Resent-To,
    /// Bcc, `Received: … for <…>`; lower case, each once. A reply address that was in Bcc shows only here.
    pub arrived_at: Vec<String>,
    /// The envelope sender from Return-Path: `Some("")` is the null return path (RFC 5321 §4.5.5), `None` says nothing.
    pub return_path: Option<String>,
    /// The provider of the certified envelope (RFC 6109) in which this letter came, as that calls itself. Everything else is the letter's own,
    /// but `arrived_at` and `return_path`.
    pub certified_by: Option<Mailbox>,
    pub kind: Kind,
    /// A machine wrote it, as its text says of itself or as headers say that only programs set on their own words.
    pub automatic: bool,
    /// No automatic answer may go to it (RFC 3834 §2 and its like: automatic, bulk, list, null return path, asks not to, spam).
    pub do_not_answer: bool,
    /// Sent to many (a list, a newsletter), or taken for spam by a filter.
    pub bulk: bool,
    /// The sender must do something, as a rule a click, before the letter is let through to the authority.
    pub challenge: bool,
    /// The newly written text or an attachment says more than the formulas of notes and receipts: worth a look before the mail is set aside,
    /// whatever its kind.
    pub says_more: bool,
    /// A service desk's robot or a person? Headers, or a line of the text, say that a program sent it, the rest of the text does not: a person
    /// must look before it is set aside.
    pub automatic_doubtful: bool,
    /// An answer, or only a confirmation, a note of absence, an invitation? A person must say before it counts as an answer.
    pub answer_doubtful: bool,
    /// Why it is of that kind: each sentence names the header or the words.
    pub evidence: Vec<String>,
    pub bounce: Option<Bounce>,
    /// The bodies, decoded, in order; enclosed messages and attachments are not among them.
    pub text: Vec<String>,
    pub html: Vec<String>,
    /// What its author newly wrote. What is unsure stays in here.
    pub reply: String,
    pub quoted: String,
    /// Those whose mails the text quotes or passes on, as the lines above these say, topmost first, a few at most: the address, or the name where
    /// these give no address.
    pub quoted_from: Vec<String>,
    pub signature: String,
    pub answers: Vec<AnswerFound>,
    /// The position it states where it names no recommendation: it counts for a request that asks about one alone.
    pub position: Option<Position>,
    pub attachments: Vec<Attachment>,
    /// Mails enclosed in this one (forwarded letters, the letter that bounced), outermost first.
    pub enclosed: Vec<Enclosed>,
    /// What was damaged, and how it was read all the same.
    pub problems: Vec<String>,
}

pub use crate::domain::kind::Kind;

impl Understood {
    /// What reading has told of its kind.
    pub fn kind_facts(&self) -> KindFacts {
        KindFacts {
            kind: self.kind,
            bulk: self.bulk,
            challenge: self.challenge,
            says_more: self.says_more,
            automatic_doubtful: self.automatic_doubtful,
            answer_doubtful: self.answer_doubtful,
        }
    }
}

/// A delivery status notification or one of its informal cousins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bounce {
    /// The letter did not arrive and will not; `false`: not yet, or not now.
    pub permanent: bool,
    /// The mailbox, host or domain does not exist or has moved: write there no more.
    #[serde(rename = "dead_address")]
    pub hard_bounce: bool,
    pub original_message_id: Option<String>,
    /// Of a read receipt: the letter was deleted and not shown to anybody (RFC 8098 §3.2.6.2).
    pub deleted_unread: bool,
    pub recipients: Vec<BouncedRecipient>,
    /// What it says of somebody whom neither it nor the letter that it returns names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unnamed: Option<BouncedRecipient>,
}

impl Bounce {
    /// Whether it says of any recipient more than that the letter was passed on to a server which reports nothing (`relayed`, RFC 3464 §2.3.3).
    pub fn says_arrived(&self) -> bool {
        self.recipients.iter().any(|recipient| recipient.action != "relayed")
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BouncedRecipient {
    pub address: String,
    /// RFC 3464 §2.3.3: `failed`, `delayed`, `delivered`, `relayed`, `expanded`.
    pub action: String,
    /// RFC 3463 code, given or derived from the text; `evidence` of the mail says which.
    pub status: Option<String>,
    pub smtp_code: Option<u16>,
    pub reason: BounceReason,
    /// Whom the refusal is about, and whether it passes.
    pub finding: Finding,
    pub diagnostic: Option<String>,
}

pub use crate::domain::deliverability::Reason as BounceReason;

/// What was newly written for one recommendation, in the author's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerFound {
    /// The recommendation's reference, or its number in our letter (`"3"`).
    pub reference: String,
    pub text: String,
    pub position: Option<Position>,
}

/// The authority's position on a recommendation, if it states it in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Position {
    #[serde(rename = "accepted")]
    Accepted,
    #[serde(rename = "partly accepted")]
    PartlyAccepted,
    #[serde(rename = "rejected")]
    Rejected,
}

impl Position {
    pub const ALL: [Position; 3] = [Position::Accepted, Position::PartlyAccepted, Position::Rejected];

    /// By the words that people read and the register keeps.
    pub fn from_name(name: &str) -> Option<Position> {
        Position::ALL.into_iter().find(|position| position.to_string() == name)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Position::Accepted => "accepted",
            Position::PartlyAccepted => "partly accepted",
            Position::Rejected => "rejected",
        })
    }
}

impl fmt::Display for AnswerFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let position = self.position.map(|position| format!(" ({position})")).unwrap_or_default();
        write!(f, "{}{position}: {}", self.reference, self.text)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attachment {
    pub name: Option<String>,
    #[serde(rename = "type")]
    pub content_type: String,
    /// Bytes after the transfer encoding is undone.
    pub size: u64,
    /// Lower-case hex, as `sha256sum` prints it.
    pub sha256: String,
    /// Text taken out for search, references and answers; none where the format has none or it was not opened.
    pub text: Option<String>,
    /// Why it was not opened or read, for staff: encrypted, macros, executable, too deeply packed, damaged.
    pub warning: Option<String>,
}

/// The head of a mail enclosed in another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Enclosed {
    pub message_id: Option<String>,
    pub subject: Option<String>,
    pub from: Vec<Mailbox>,
    pub to: Vec<Mailbox>,
    pub reply_to: Vec<Mailbox>,
    pub in_reply_to: Vec<String>,
    pub references: Vec<String>,
    /// Its own newly written and quoted text together, bounded.
    pub text: String,
    pub attachments: Vec<Attachment>,
}
