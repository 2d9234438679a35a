//! What a digest says, as plain data. Names, addresses and subjects are taken as they came; shortening and escaping is done when it is written.

use crate::domain::addressing::Vacancy;
use crate::domain::health::HealthPart;
use crate::domain::hold::Hold;
use crate::domain::identity::{LetterId, MailId};
use crate::domain::linking::{Evidence, EvidenceKind};
use crate::domain::reply::{Effect, Standing};
use crate::domain::silence::Silence;
use crate::domain::steps::Step;
pub use crate::domain::telling::Period;
use crate::domain::trust::{Proof as SenderProof, Writer};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// For one member of staff: only what that person is responsible for. Each list in the order in which it is to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestContent {
    pub period: Period,
    /// The first and the last day it speaks of, on the office's calendar.
    pub from: Date,
    pub to: Date,
    /// Mails linked in the period, automatically or by a person: answers first, then what came back, confirmations, and machines.
    pub arrived: Vec<Arrived>,
    /// Reports in the period that a letter was delivered or read. They are filed, and there are as many as letters: counted, not listed.
    #[serde(default)]
    pub receipts: u64,
    /// The holding queue, oldest first; not only of the period.
    pub waiting: Vec<Waiting>,
    /// How many wait beside those.
    #[serde(default)]
    pub waiting_unlisted: u64,
    pub due_soon: Vec<DueSoon>,
    pub overdue: Vec<Overdue>,
    pub undeliverable: Vec<Undeliverable>,
    /// Told each day until somebody acts, oldest first.
    #[serde(default)]
    pub came_back: Vec<CameBack>,
    /// Places of whose last letters nothing is heard. Only in a weekly digest.
    #[serde(default)]
    pub silent: Vec<Silence>,
    /// Recorded in the period.
    pub non_cooperation: Vec<NonCooperation>,
    /// How many requests are without a full answer and have the ladder behind them; `requests list` names them. Only in a weekly digest.
    pub beyond_ladder: u64,
    pub extensions: Vec<Extended>,
    pub pauses: Vec<Paused>,
    pub next_letters: Vec<NextLetter>,
    pub held: Vec<HeldStep>,
    /// Letters to a higher level that fall due soon, or have, and have nobody to go to.
    #[serde(default)]
    pub vacant: Vec<VacantLevel>,
    pub health: Health,
    /// The last event of the record and its hash, as `verify --against` takes them. Only in a weekly digest.
    #[serde(default)]
    pub record: Option<String>,
}

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
    pub links: Vec<LinkMade>,
    #[serde(default)]
    pub unopened: Vec<Unopened>,
}

/// An attachment that was not opened, or not wholly, for a reason that staff must know: the answer may stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unopened {
    /// Empty if it has none.
    pub name: String,
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkMade {
    pub reference: String,
    pub authority: String,
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
    pub clue: EvidenceKind,
    pub detail: String,
}

impl From<Evidence> for Proof {
    fn from(evidence: Evidence) -> Proof {
        Proof { clue: evidence.kind, detail: evidence.detail }
    }
}

/// A mail that only a person can place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub mail: MailId,
    pub received: Timestamp,
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    pub reference: String,
    pub authority: String,
    pub evidence: Vec<Proof>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueSoon {
    pub reference: String,
    pub authority: String,
    pub deadline: Date,
    pub days_left: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overdue {
    pub reference: String,
    pub authority: String,
    pub deadline: Date,
    pub days: i64,
    /// Some of the recommendations have an answer.
    pub partial: bool,
    /// The last step of the ladder that was taken, and when.
    pub last_step: Option<(String, Date)>,
}

/// A contact to which no letter can be delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undeliverable {
    pub authority: String,
    /// Name and address.
    pub contact: String,
    pub reason: String,
    pub since: Date,
}

/// A letter of a request that did not arrive, or of which it is not known, and that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CameBack {
    pub reference: String,
    pub authority: String,
    /// The address alone.
    pub to: String,
    pub what: CameBackHow,
    /// The words of a server.
    pub reason: String,
    pub age_days: i64,
    pub letter: LetterId,
    /// The report that says so.
    pub mail: Option<MailId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CameBackHow {
    /// Or it was refused.
    CameBack,
    /// And its address is written to no more.
    Suppressed,
    /// A report that nothing proves.
    SaidToHaveComeBack,
    /// The server's last word was never heard.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonCooperation {
    pub reference: String,
    pub authority: String,
    pub recorded_on: Date,
    /// Steps to a higher level that were not taken, since the directory has nobody there.
    pub not_written: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extended {
    pub reference: String,
    pub authority: String,
    pub until: Date,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paused {
    pub reference: String,
    pub authority: String,
    pub since: Date,
    pub reason: String,
}

/// What will leave if nothing comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextLetter {
    pub on: Date,
    /// Name of the ladder's step.
    pub step: String,
    pub reference: String,
    pub authority: String,
    /// Name or address of the addressee.
    pub to: String,
}

/// A step that is due and waits (promise 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldStep {
    pub reference: String,
    pub authority: String,
    pub step: String,
    pub due_on: Date,
    pub why: Hold,
}

/// A level at an authority, or above it, of which the directory has nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VacantLevel {
    pub authority: String,
    /// Name of the ladder's step.
    pub step: String,
    pub level: String,
    pub why: Vacancy,
    /// When the first of the letters falls due.
    pub due_on: Date,
    /// References of the requests, by when their letters fall due.
    pub requests: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    pub mailboxes: Vec<MailboxHealth>,
    pub outbox: OutboxHealth,
    /// What else fails.
    pub failing: Vec<PartFailing>,
}

/// A part that is neither a mailbox nor the outbox, and fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartFailing {
    pub part: HealthPart,
    pub since: Timestamp,
    pub problem: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxHealth {
    pub name: String,
    /// When it was last read to its end.
    pub last_read: Option<Timestamp>,
    pub failing_since: Option<Timestamp>,
    /// Of the last failure.
    pub problem: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxHealth {
    /// Letters that wait to leave.
    pub waiting: u64,
    /// Letters of which it is not known whether they left (promise 3).
    pub unknown: u64,
    pub failing_since: Option<Timestamp>,
    /// Of the last failure.
    pub problem: Option<String>,
}

impl DigestContent {
    /// Nothing to say: a daily digest is then not sent, a weekly one is a sign of life. What merely runs (extensions, pauses, the letters to
    /// come) and a healthy mailbox are told, but are no reason to write.
    pub fn is_empty(&self) -> bool {
        self.arrived.is_empty()
            && self.waiting.is_empty()
            && self.due_soon.is_empty()
            && self.overdue.is_empty()
            && self.undeliverable.is_empty()
            && self.came_back.is_empty()
            && self.silent.is_empty()
            && self.non_cooperation.is_empty()
            && self.held.is_empty()
            && self.vacant.is_empty()
            && self.health.is_well()
    }

    /// Whether this digest is to be sent at all.
    pub fn is_worth_sending(&self) -> bool {
        self.period == Period::Weekly || !self.is_empty()
    }
}

impl Health {
    /// Every mailbox can be read, letters leave, and nothing else fails.
    pub fn is_running(&self) -> bool {
        self.mailboxes.iter().all(|mailbox| mailbox.failing_since.is_none())
            && self.outbox.failing_since.is_none()
            && self.failing.is_empty()
    }

    /// It runs, and there is no letter whose fate a person has to look into.
    pub fn is_well(&self) -> bool {
        self.is_running() && self.outbox.unknown == 0
    }
}
