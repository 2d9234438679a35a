//! What the record holds: each kind of event with what is recorded of it, who did it, and how it is undone.
//!
//! A kind's name is what the register stores and what people read. The words and the fields of a payload are those of the first build, so that what
//! earlier builds have recorded can still be read; what cannot is shown as it is written.

mod actor;
mod anchor;
mod payload;
mod undo;

pub use actor::{Actor, RuleName, Way};
pub use anchor::{Anchor, AnchorFault};
pub use payload::{
    AddressChange, Attempt, AuthorityChanged, Enclosed, Entry, Examined, FoundSent, LinkedBy, MailboxLost, MarkedAs, Quarantined, Reason,
    Recommended, RetriedAs, Returned, RisenTo, SealedAnew, Searched, StandstillReason, StepWritten, UnlinkedBy, Written, WrittenReceipt,
};
pub use undo::Undo;

use super::letter::{DialogueRole, LetterRole};
use super::reply::Standing;
use super::request::EndingKind;
use serde::{Deserialize, Serialize};

/// Declares every kind once: its place in [`EventKind`], its stored name, and its payload in [`Happened`].
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal $(($payload:ty))? $({ $($field:ident : $type:ty),+ $(,)? })?,)+) => {
        /// What can happen to a correspondence and to the register that keeps it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum EventKind {
            $($(#[$doc])* $kind,)+
        }

        impl EventKind {
            pub const ALL: &[EventKind] = &[$(EventKind::$kind,)+];

            /// A few words, as the field says it. They are stored and never change.
            pub const fn name(self) -> &'static str {
                match self {
                    $(EventKind::$kind => $name,)+
                }
            }

            pub fn from_name(name: &str) -> Option<EventKind> {
                match name {
                    $($name => Some(EventKind::$kind),)+
                    _ => None,
                }
            }
        }

        /// What happened, with what is recorded of it.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "detail")]
        pub enum Happened {
            $($(#[$doc])* #[serde(rename = $name)] $kind $(($payload))? $({ $($field: $type),+ })?,)+
        }

        impl Happened {
            pub fn kind(&self) -> EventKind {
                match self {
                    $(Happened::$kind { .. } => EventKind::$kind,)+
                }
            }
        }
    };
}

kinds! {
    AuthorityAdded = "authority added" { name: String },
    AuthorityChanged = "authority changed" (AuthorityChanged),
    RecommendationAdded = "recommendation added" (Recommended),
    RecommendationChanged = "recommendation changed" (Recommended),

    RequestOpened = "request opened" { reference: String, recommendations: Vec<String> },
    /// Its correspondence was begun by hand.
    RequestAdopted = "request adopted" { reference: String, sent_on: String, recipient: Option<String>, subject: Option<String> },
    RequestWaived = "request waived" (Reason),
    RequestWithdrawn = "request withdrawn" (Reason),
    RequestClosed = "request closed" (Reason),
    /// Its first letter came back, and no other got through: its term does not run.
    RequestNotDelivered = "request not delivered",
    DeadlineExtended = "deadline extended" { until: String, reason: String },
    /// The calendar or the terms were changed.
    DeadlineMoved = "deadline moved" { from: String, to: String },
    ClockPaused = "clock paused" (Reason),
    ClockResumed = "clock resumed" (Reason),
    RulesChanged = "rules changed" { deadlines_moved: u64 },
    /// What was due otherwise than it follows from the register, as `verify` finds it.
    ObligationsPlannedAnew = "obligations planned anew" { how_many: u64 },
    NonCooperationRecorded = "non-cooperation recorded" (StepWritten),

    RequestWritten = "request written" (StepWritten),
    ReminderWritten = "reminder written" (StepWritten),
    EscalationWritten = "escalation written" (StepWritten),
    /// A letter that says that an answer is being examined.
    ExaminationWritten = "examination written" (StepWritten),
    AcknowledgementWritten = "acknowledgement written" (WrittenReceipt),
    DigestWritten = "digest written" (Written),
    AlarmWritten = "alarm written" (Written),

    LetterSent = "letter sent" (Attempt),
    LetterRefused = "letter refused" (Attempt),
    LetterRefusedForNow = "letter refused for now" (Attempt),
    LetterGivenUp = "letter given up" (Attempt),
    LetterNotSent = "letter not sent" (Attempt),
    /// The daemon was asked to stop before anything was said to a server.
    LetterNotTried = "letter not tried" (Attempt),
    /// The server's last word was not heard.
    OutcomeUnknown = "outcome unknown" (Attempt),
    LetterFoundSent = "letter found sent" (FoundSent),
    /// A mail names a letter that a lost register has written.
    LetterFoundNamed = "letter found named" { message_id: String },
    /// A person lets a draft leave, with these bytes.
    LetterReleased = "letter released" { to: Vec<String>, sha256: String },
    /// By a person, for good.
    DraftWithdrawn = "draft withdrawn" (Reason),
    /// A person wants it otherwise.
    DraftToBeWrittenAnew = "draft to be written anew",
    /// It waited too long, or its term stopped. What is still due is written anew.
    DraftLapsed = "draft lapsed" { release_by: String, why: String },
    LetterCancelled = "letter cancelled" { why: String },
    LetterTriedAgain = "letter tried again" { to: Vec<String>, written_anew: bool },
    LetterReturnedForNow = "letter returned for now" (Returned),
    LetterBounced = "letter bounced" (Returned),
    LetterDelayed = "letter delayed" (Returned),
    /// A report that nothing proves.
    LetterSaidToHaveComeBack = "letter said to have come back" (Returned),
    DeliveryReportTakenBack = "delivery report taken back" { to: String },
    CopyGivenUp = "copy given up",
    AddressUsedAgain = "address used again" (AddressChange),
    AddressSuspected = "address suspected" (AddressChange),
    AddressSuppressed = "address suppressed" (AddressChange),

    MailReceived = "mail received" { source: String, sha256: String, received_at: i64 },
    SameMailByAnotherWay = "same mail by another way" { source: String },
    MailCouldNotBeFetched = "mail could not be fetched" { source: String, why: String },
    /// Mail left the mailbox before it was read.
    MailLeftUnread = "mail left unread" (MailboxLost),
    MailThatLeftUnreadFound = "mail that left unread found" (Searched),
    MailThatLeftUnreadNotFound = "mail that left unread not found" (Searched),
    MailQuarantined = "mail quarantined" (Quarantined),
    MailLinked = "mail linked" (LinkedBy),
    MailSuggested = "mail suggested" (Examined),
    MailUnlinked = "mail unlinked" (UnlinkedBy),
    MailSetAside = "mail set aside" (Examined),
    /// A person says what a mail is.
    MailMarked = "mail marked" { r#as: MarkedAs },
    /// It counted by what a person has since taken back.
    MailWaitsAgain = "mail waits again" { because: String, mail: i64 },
    SenderJudgedAgain = "sender judged again",
    /// Nobody has taken the decision about a mail, which is owed since then (Unix seconds): the deputy, or the head, is told as well.
    DecisionRose = "decision rose" { to: RisenTo, since: i64 },

    PartFailing = "part failing" { part: String, fault: String },
    PartWorkingAgain = "part working again" { part: String },
    LettersStandStill = "letters stand still" (StandstillReason),
    LettersLeaveAgain = "letters leave again" (RetriedAs),
    ClockAccepted = "clock accepted",
    /// Numbers that a lost register may have given are not given again.
    NumbersSetAside = "numbers set aside" { unknown: Vec<String>, requests_up_to: i64, deliveries_up_to: i64 },
    /// The payload of another event was erased; which, the record says beside this one's payload.
    PayloadErased = "payload erased" { why: String },
    RecordSealedAnew = "record sealed anew" (SealedAnew),
}

impl Happened {
    /// As it was recorded under this kind; none if this build does not know the kind, or an earlier one recorded something else of it.
    pub fn read(kind: &str, payload: &serde_json::Value) -> Option<Happened> {
        let kind = EventKind::from_name(kind)?;
        Happened::deserialize(serde_json::json!({ "kind": kind.name(), "detail": payload })).ok()
    }

    /// What is recorded beside the kind; null where there is nothing to say.
    ///
    /// # Errors
    /// None for the payloads there are: serde_json refuses only maps with odd keys, and numbers that are none.
    pub fn payload(&self) -> serde_json::Result<serde_json::Value> {
        let mut whole = serde_json::to_value(self)?;
        Ok(whole.get_mut("detail").map_or(serde_json::Value::Null, serde_json::Value::take))
    }

    pub fn ended(how: EndingKind, reason: &str) -> Happened {
        let reason = Reason { reason: reason.to_owned() };
        match how {
            EndingKind::Waived => Happened::RequestWaived(reason),
            EndingKind::Withdrawn => Happened::RequestWithdrawn(reason),
            EndingKind::Closed => Happened::RequestClosed(reason),
        }
    }

    /// A mail was read and judged by rule.
    pub fn judged(standing: Standing, found: Examined) -> Happened {
        match standing {
            Standing::Linked => Happened::MailLinked(LinkedBy::Rule(found)),
            Standing::Suggested => Happened::MailSuggested(found),
            Standing::Received | Standing::Unlinked => Happened::MailUnlinked(UnlinkedBy::Rule(found)),
            Standing::SetAside => Happened::MailSetAside(found),
            Standing::Quarantined => Happened::MailQuarantined(Quarantined::Judged(found)),
        }
    }

    /// The first letter of a request, or one of a step of its ladder, was written.
    pub fn step_written(role: DialogueRole, template: &str, written: StepWritten) -> Happened {
        let template = (template != LetterRole::from(role).template()).then(|| template.to_owned());
        let written = StepWritten { template, ..written };
        match role {
            DialogueRole::Request => Happened::RequestWritten(written),
            DialogueRole::Reminder => Happened::ReminderWritten(written),
            DialogueRole::Escalation => Happened::EscalationWritten(written),
            DialogueRole::Examination => Happened::ExaminationWritten(written),
        }
    }
}

#[cfg(test)]
mod stories;
