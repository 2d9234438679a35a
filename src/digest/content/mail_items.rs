//! The mails that a digest tells of: what arrived and was linked, and what waits for a person.

use crate::domain::identity::MailId;
use crate::domain::linking::{Evidence, EvidenceKind};
use crate::domain::reply::{Effect, Standing};
use crate::domain::steps::Step;
use crate::domain::trust::{Proof as SenderProof, Writer};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Who wrote a mail, and how well that is proven. What somebody in no directory writes is never quoted: it may come from a person who is held, or
/// from one who is in danger for telling (OPCAT article 21). Nor is what is not from whom it says, which may be theirs, or an attacker's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorship {
    pub writer: Writer,
    pub proof: SenderProof,
}

impl Authorship {
    /// Whether neither its sender nor its words are told.
    pub fn is_unquoted(self) -> bool {
        self.writer == Writer::Stranger || self.proof == SenderProof::Contradicted
    }
}

/// What a colleague, a list or a rule passes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedOn {
    /// Staff, or the office's own address.
    pub by: Writer,
    /// Who wrote it; empty where that is not told.
    pub authors: Vec<PassedOnFrom>,
}

/// An author of what is passed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedOnFrom {
    /// The address.
    pub from: String,
    /// As whose the directory knows it.
    pub authorities: Vec<String>,
}

/// A mail that was linked, with the reasons, so that a wrong link is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    pub mail: MailId,
    pub received: Timestamp,
    /// Name and address, as the mail gives them.
    pub from: String,
    pub subject: String,
    #[serde(default)]
    pub writer: Option<Authorship>,
    #[serde(default)]
    pub passed_on: Option<PassedOn>,
    /// It says that our letter was deleted without being read.
    #[serde(default)]
    pub deleted_unread: bool,
    /// One for each request that it belongs to.
    pub links: Vec<LinkMade>,
    #[serde(default)]
    pub unopened: Vec<Unopened>,
}

/// An attachment that was not opened, or not wholly, for a reason that staff must know: the answer may stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unopened {
    /// Empty if it has none.
    pub name: String,
    /// A sentence for staff.
    pub why: String,
}

/// That a mail belongs to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkMade {
    /// The request's.
    pub reference: String,
    /// Who was asked.
    pub authority: String,
    /// What the mail does to the request.
    pub effect: Effect,
    /// Who linked it; none: the program did.
    pub by: Option<String>,
    pub evidence: Vec<Proof>,
    /// As the mail states them in words, in the order of the request.
    #[serde(default)]
    pub positions: Vec<PositionTaken>,
}

/// The authority's position on one recommendation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionTaken {
    /// The recommendation's reference.
    pub recommendation: String,
    /// `accepted`, `partly accepted`, `rejected`
    pub position: String,
}

/// A reason to link: the rule, and the words, header or address it was found in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub evidence: EvidenceKind,
    pub detail: String,
}

impl From<Evidence> for Proof {
    fn from(evidence: Evidence) -> Proof {
        Proof { evidence: evidence.kind, detail: evidence.detail }
    }
}

/// A mail that only a person can place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub mail: MailId,
    pub received: Timestamp,
    /// Whole days since it was received, on the office's calendar.
    pub age_days: i64,
    /// It came in the period, or something was decided about it. One that was told before is told in a line.
    #[serde(default)]
    pub is_new: bool,
    /// When the authority was told that it is being examined.
    #[serde(default)]
    pub told_on: Option<Date>,
    pub from: String,
    pub subject: String,
    #[serde(default)]
    pub writer: Option<Authorship>,
    #[serde(default)]
    pub passed_on: Option<PassedOn>,
    /// What can be done about it.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What it does where it is linked; none if it is not.
    #[serde(default)]
    pub effect: Option<Effect>,
    pub standing: Standing,
    /// What spoke against linking it.
    pub why: Vec<String>,
    /// Best first.
    pub candidates: Vec<Candidate>,
    #[serde(default)]
    pub unopened: Vec<Unopened>,
}

/// A request that a mail may belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The request's.
    pub reference: String,
    pub authority: String,
    pub evidence: Vec<Proof>,
}
