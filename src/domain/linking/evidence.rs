//! What is weighed: the evidence that a mail belongs to a request, and what is known of the mail, of its sender and of the request.

use crate::domain::identity::{DeliveryId, JointId, LetterId, RequestId};
use crate::domain::kind::MailKind;
use crate::domain::trust::{Proof, Writer};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One reason to think that a mail belongs to a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Evidence {
    pub request: RequestId,
    #[serde(rename = "clue")]
    pub kind: EvidenceKind,
    /// The header, words or address, as found; for people.
    pub detail: String,
    /// The letter of ours that it names, where it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter: Option<OwnLetter>,
}

/// What of ours a mail names: a letter by its Message-ID, or one delivery of it by the address to which its return goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnLetter {
    Letter(LetterId),
    Delivery(DeliveryId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EvidenceKind {
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
    /// Words in an enclosed mail, whoever wrote that.
    #[serde(rename = "reference in an enclosed mail")]
    ReferenceInEnclosed,
    /// An enclosed mail is one of ours, or answers one of ours, as what nobody can guess shows: a Message-ID or a signed reply address.
    #[serde(rename = "enclosed letter")]
    EnclosedLetter,
    /// A reply address with a slip in it.
    #[serde(rename = "reply address after a slip")]
    ReplyAddressAfterSlip,
    /// A recommendation or report asked about is named.
    #[serde(rename = "recommendation named")]
    RecommendationNamed,
    /// Another addressee of the same joint request was answered to all.
    #[serde(rename = "joint request")]
    JointRequest,
    /// Its subject is that of a letter sent by hand, before the correspondence was adopted.
    #[serde(rename = "subject of the letter")]
    SubjectOfLetter,
    /// The reference of a letter sent by hand, within a longer one: of another letter in the same file, or with a mark of whoever answers.
    #[serde(rename = "within a longer reference")]
    WithinReference,
    /// The sender belongs to the authority, and the request is open.
    #[serde(rename = "sender of the authority")]
    SenderOfAuthority,
}

impl EvidenceKind {
    pub fn name(self) -> &'static str {
        match self {
            EvidenceKind::ReplyAddress => "reply address",
            EvidenceKind::Thread => "thread",
            EvidenceKind::BounceAddress => "bounce address",
            EvidenceKind::ReturnedLetter => "returned letter",
            EvidenceKind::ReferenceInSubject => "reference in the subject",
            EvidenceKind::ReferenceInText => "reference in the text",
            EvidenceKind::ReferenceInAttachment => "reference in an attachment",
            EvidenceKind::ReferenceInQuote => "reference in the quoted text",
            EvidenceKind::ReferenceInEnclosed => "reference in an enclosed mail",
            EvidenceKind::EnclosedLetter => "enclosed letter",
            EvidenceKind::ReplyAddressAfterSlip => "reply address after a slip",
            EvidenceKind::RecommendationNamed => "recommendation named",
            EvidenceKind::JointRequest => "joint request",
            EvidenceKind::SubjectOfLetter => "subject of the letter",
            EvidenceKind::WithinReference => "within a longer reference",
            EvidenceKind::SenderOfAuthority => "sender of the authority",
        }
    }

    /// Carried by the mail without anybody's typing: which letter was answered.
    pub fn is_carried(self) -> bool {
        matches!(self, EvidenceKind::ReplyAddress | EvidenceKind::Thread | EvidenceKind::BounceAddress | EvidenceKind::ReturnedLetter)
    }

    /// A reference in what others wrote, and the mail only carries along.
    pub(super) fn is_quoted_reference(self) -> bool {
        matches!(self, EvidenceKind::ReferenceInQuote | EvidenceKind::ReferenceInEnclosed)
    }

    /// Nothing but its sender, or the matter it speaks of.
    pub fn is_weak(self) -> bool {
        matches!(
            self,
            EvidenceKind::RecommendationNamed
                | EvidenceKind::JointRequest
                | EvidenceKind::SubjectOfLetter
                | EvidenceKind::WithinReference
                | EvidenceKind::SenderOfAuthority
        )
    }
}

/// What the register knows of a request that some evidence points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestFacts {
    pub id: RequestId,
    pub joint: JointId,
    pub writer: Writer,
    /// Who stands behind the writer: whose letter a member of staff passes on, who wrote to a list. Else the writer.
    pub author: Writer,
    pub sent_at: Option<Timestamp>,
    /// By other mail than this one.
    pub settled: bool,
    /// The same authority has further requests without an answer, so that a mail on a settled one may be meant for them.
    pub others_open: bool,
}

impl MailFacts {
    /// A machine wrote it as far as can be told, and it says more than machines do: a person is told.
    pub fn is_probably_automatic(&self) -> bool {
        self.kind == MailKind::Automatic && self.says_more
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFacts {
    pub kind: MailKind,
    pub received_at: Timestamp,
    /// It is one of the office's own letters, or its digest, come back.
    pub from_ourselves: bool,
    /// What its writer is where nothing says which request is meant.
    pub writer: Writer,
    /// Who wrote it stands only in a header that a list is said to have written (X-Original-From, Reply-To), beside the office's address in From.
    pub author_claimed: bool,
    /// Whoever wrote what a colleague passes on is known by its name alone, which is in the directory.
    pub author_by_name: bool,
    /// It is the letter by which `check` tries the way of letters, or a report about that.
    pub of_check: bool,
    /// Bulk, list mail or marked as spam, by its headers.
    pub bulk: bool,
    /// It lay in the account's Junk folder.
    pub perhaps_spam: bool,
    /// It says more than the formulas of machines and receipts.
    pub says_more: bool,
    /// It counted as the authority's until a person took back what had been said of its address.
    pub counted_before: bool,
    /// Whether the sender is who the mail says.
    pub proof: Proof,
    /// What speaks against the sender, in sentences.
    pub proof_because: String,
    /// Why only a person can place it, whatever it carries.
    pub unfit: Option<String>,
}
