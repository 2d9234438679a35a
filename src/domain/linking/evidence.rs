//! What is weighed: the evidence that a mail belongs to a request, and what is known of the mail, of its sender and of the request.

use crate::domain::identity::{JointId, RequestId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One reason to think that a mail belongs to a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Evidence {
    pub request: RequestId,
    pub clue: Clue,
    /// The header, words or address, as found; for people.
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Clue {
    #[serde(rename = "reply address")]
    ReplyAddress,
    /// In-Reply-To or References name one of our letters.
    #[serde(rename = "thread")]
    Thread,
    /// Sent to the envelope sender of one of our deliveries.
    #[serde(rename = "bounce address")]
    BounceAddress,
    /// A report names one of our letters as the one it is about.
    #[serde(rename = "returned letter")]
    ReturnedLetter,
    #[serde(rename = "reference in the subject")]
    ReferenceInSubject,
    /// In what the author newly wrote.
    #[serde(rename = "reference in the text")]
    ReferenceInText,
    #[serde(rename = "reference in an attachment")]
    ReferenceInAttachment,
    #[serde(rename = "reference in the quoted text")]
    ReferenceInQuote,
    /// An enclosed mail is one of ours, or answers one of ours.
    #[serde(rename = "enclosed letter")]
    EnclosedLetter,
    /// A reply address with a slip in it.
    #[serde(rename = "reply address after a slip")]
    ReplyAddressAfterSlip,
    /// A recommendation or report asked about is named.
    #[serde(rename = "recommendation named")]
    RecommendationNamed,
    /// Its subject is that of a letter sent by hand, before the correspondence was adopted.
    #[serde(rename = "subject of the letter")]
    SubjectOfLetter,
    /// The sender belongs to the authority, and the request is open.
    #[serde(rename = "sender of the authority")]
    SenderOfAuthority,
}

impl Clue {
    pub fn name(self) -> &'static str {
        match self {
            Clue::ReplyAddress => "reply address",
            Clue::Thread => "thread",
            Clue::BounceAddress => "bounce address",
            Clue::ReturnedLetter => "returned letter",
            Clue::ReferenceInSubject => "reference in the subject",
            Clue::ReferenceInText => "reference in the text",
            Clue::ReferenceInAttachment => "reference in an attachment",
            Clue::ReferenceInQuote => "reference in the quoted text",
            Clue::EnclosedLetter => "enclosed letter",
            Clue::ReplyAddressAfterSlip => "reply address after a slip",
            Clue::RecommendationNamed => "recommendation named",
            Clue::SubjectOfLetter => "subject of the letter",
            Clue::SenderOfAuthority => "sender of the authority",
        }
    }

    /// Carried by the mail without anybody's typing: which letter was answered.
    pub(super) fn is_carried(self) -> bool {
        matches!(self, Clue::ReplyAddress | Clue::Thread | Clue::BounceAddress | Clue::ReturnedLetter)
    }

    /// Proof only from a plausible sender: anybody can guess or copy a reference.
    pub(super) fn is_reference(self) -> bool {
        matches!(self, Clue::ReferenceInSubject | Clue::ReferenceInText | Clue::ReferenceInAttachment | Clue::ReferenceInQuote)
    }
}

/// Who the sender is to a request's authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sender {
    /// The authority itself, its supervising authority, or one it supervises.
    Plausible,
    /// Nobody the directory knows.
    Stranger,
    /// The directory knows the sender as another authority.
    OtherAuthority,
}

/// What the register knows of a request that some evidence points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestFacts {
    pub id: RequestId,
    pub joint: JointId,
    pub sender: Sender,
    pub sent_at: Option<Timestamp>,
    pub settled: bool,
    /// The same authority has further requests without an answer, so that a mail on a settled one may be meant for them.
    pub others_open: bool,
}

/// What kind of mail is judged, in the words of this room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailKind {
    Letter,
    Acknowledgement,
    /// The headers say that a machine wrote it, the text reads like an answer.
    DoubtfulLetter,
    /// Out-of-office notes, receipts, robots.
    Automatic,
    /// A filter that lets the letter through only after somebody has done what it asks.
    Challenge,
    Bounce,
}

/// What is known of whether the sender is who the mail says (DKIM, DMARC).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// Nothing speaks against it.
    Unquestioned,
    /// Why it cannot be: then only a person can place the mail.
    Contradicted(String),
    /// Nobody could be asked yet: until then, what anybody can write is no proof.
    NotYetJudged,
    /// It came in an envelope that names the author, and vouches by a signature that nobody verified: what anybody can write is no proof.
    InEnvelope,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFacts {
    pub kind: MailKind,
    pub received_at: Timestamp,
    /// It is one of the office's own letters come back, or a loop: never an authority.
    pub from_ourselves: bool,
    /// Bulk, list mail or marked as spam, by its headers.
    pub bulk: bool,
    pub author: Author,
    /// Why only a person can place it, whatever it carries.
    pub unfit: Option<String>,
}
