//! What a digest says, as plain data. Names, addresses and subjects are taken as they came; shortening and escaping is done when it is written.
//!
//! A `reference` is a request's; an `authority` is the name of one in the directory. Deadlines, and days left or overdue, are on the calendar and
//! in the zone of the authority that was asked, where the deadline runs; other ages are whole days in the office's zone.

mod mail_items;

pub use self::mail_items::{Arrived, Authorship, Candidate, LinkMade, PassedOn, PassedOnFrom, PositionTaken, Proof, Unopened, Waiting};

use crate::domain::addressing::Vacancy;
use crate::domain::health::HealthPart;
use crate::domain::hold::Hold;
use crate::domain::identity::{LetterId, MailId};
use crate::domain::silence::Silence;
pub use crate::domain::telling::Period;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// For one member of staff: only what that person is responsible for. Each list in the order in which it is to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestContent {
    pub period: Period,
    /// The first day it speaks of, in the office's zone.
    pub from: Date,
    /// The last day it speaks of: that of the digest.
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
    /// Deadlines that are near, soonest first.
    pub due_soon: Vec<DueSoon>,
    pub overdue: Vec<Overdue>,
    pub undeliverable: Vec<Undeliverable>,
    /// Told each day until somebody acts, oldest first.
    #[serde(default)]
    pub came_back: Vec<CameBack>,
    /// Letters that wait for somebody to release them, that to be released first leading.
    #[serde(default)]
    pub drafts: Vec<DraftWaiting>,
    /// In the period, without a person's word.
    #[serde(default)]
    pub drafts_withdrawn: Vec<DraftWithdrawn>,
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

/// A request whose deadline is near.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueSoon {
    pub reference: String,
    pub authority: String,
    pub deadline: Date,
    /// 0 on the last day.
    pub days_left: i64,
}

/// A request without a full answer after its deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overdue {
    pub reference: String,
    pub authority: String,
    pub deadline: Date,
    /// Since the deadline, from 1.
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
    /// The words of a server.
    pub reason: String,
    /// In the office's zone.
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
    /// Whole days since it was known.
    pub age_days: i64,
    pub letter: LetterId,
    /// The report that says so.
    pub mail: Option<MailId>,
}

/// A letter that is drafted, and leaves once somebody has released it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftWaiting {
    pub letter: LetterId,
    pub reference: String,
    pub authority: String,
    /// `request`, or the name of the ladder's step.
    pub step: String,
    /// Addresses, the copies last.
    pub to: Vec<String>,
    /// The last day, in the office's zone; then it is written anew.
    pub release_by: Date,
    /// Whole days since it was drafted.
    pub age_days: i64,
}

/// A draft that is not to be released any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftWithdrawn {
    pub letter: LetterId,
    pub reference: String,
    pub authority: String,
    /// `request`, or the name of the ladder's step.
    pub step: String,
    /// In the words of the record.
    pub why: String,
}

/// What is known of a letter that did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CameBackHow {
    /// It came back, or was refused.
    CameBack,
    /// It came back, and its address is written to no more.
    Suppressed,
    /// So says a report that nothing proves.
    SaidToHaveComeBack,
    /// The server's last word was never heard.
    Unknown,
}

/// A request of which it was recorded that the authority does not cooperate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonCooperation {
    pub reference: String,
    pub authority: String,
    pub recorded_on: Date,
    /// Steps to a higher level that were not taken, since the directory has nobody there.
    pub not_written: Vec<String>,
}

/// A request with a later deadline than first set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extended {
    pub reference: String,
    pub authority: String,
    /// The deadline that holds.
    pub until: Date,
    /// In the words of who granted it.
    pub reason: String,
}

/// A request whose term does not run, since the office owes the authority something.
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
    /// Name of the ladder's step.
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

/// How the program is: what can be read, what leaves, and what fails.
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
    /// What the last attempt said.
    pub problem: String,
}

/// A mailbox in which replies arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxHealth {
    pub name: String,
    /// When it was last read to its end.
    pub last_read: Option<Timestamp>,
    pub failing_since: Option<Timestamp>,
    /// Of the last failure.
    pub problem: Option<String>,
}

/// The letters that have not left, and whether letters can leave.
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
            && self.drafts.is_empty()
            && self.drafts_withdrawn.is_empty()
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

    /// It runs, and there is no letter of unknown outcome that a person has to look into.
    pub fn is_well(&self) -> bool {
        self.is_running() && self.outbox.unknown == 0
    }
}
