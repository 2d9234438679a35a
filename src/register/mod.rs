//! The register: the durable record of everything sent, received and decided, in one SQLite file.
//!
//! It speaks in verbs of the field, one transaction each ([`Register`]), and in questions ([`Reader`]). Considered instead: an ORM or a generic
//! repository, which would let any room change any row. Nothing outside this room knows a table's name.
//!
//! Settings as measured and reasoned in each line of `Register::connect`: WAL, `synchronous=FULL`, STRICT tables, `BEGIN IMMEDIATE` for every write
//! (a deferred transaction that reads first fails at once with "database is locked").

mod acknowledgements;
mod addresses;
mod adopting;
mod agenda;
mod attempts;
mod authors;
mod backup;
mod by_hand;
mod came_back;
mod chain;
mod concluding;
mod confirmed;
mod contents;
mod copies;
mod deliveries;
mod delivery_reports;
mod digests;
mod directory;
mod due;
mod error;
mod events;
mod exchanges;
mod forecast;
mod gathering;
mod health;
mod heard;
mod held;
mod judging_again;
mod kept;
mod known;
mod leaving;
mod links;
mod looked_up;
mod lost;
mod mail_views;
mod mails;
mod migrate;
mod moved;
mod new_letter;
mod opening;
mod outbox;
mod outcomes;
mod ownership;
mod pace;
mod place;
mod planning;
#[cfg(test)]
mod plans;
mod putting_back;
mod recommendations;
mod request_views;
mod requests;
mod resting;
mod restored;
mod returns;
mod rows;
mod sealing;
mod search;
mod senders;
mod silence;
mod sources;
mod standstill;
mod status;
mod steps;
mod store;
mod unfetched;
mod unread;
mod vacant;
mod waiting;

pub use crate::domain::said::Placed;
pub use crate::domain::trust::Proven;
pub use crate::mail::same_mail::MailBytes;
pub use acknowledgements::DueAcknowledgement;
pub use adopting::{AdoptedRow, Adoption};
pub use agenda::{Agenda, StepAsTaken};
pub use attempts::Claim;
pub use authors::{AuthorBehind, PassedOn};
pub use backup::{Soundness, restore_check};
pub use by_hand::ForItsSender;
pub use came_back::Retried;
pub use concluding::Conclusion;
pub use confirmed::{ConfirmedSender, SaidOfSender};
pub use contents::{
    Contents, KeptAddressState, KeptAnswer, KeptAttempt, KeptDelivery, KeptDeliveryReport, KeptLetter, KeptLoss, KeptMail, KeptMailbox,
    KeptRest, PendingMark, Rests,
};
pub use copies::OwedCopy;
pub use digests::{DigestDone, Digests, DueDigest, LastDigest};
pub use directory::{AuthorityRow, FocalPointRow, ImportReport};
pub use due::{DueStep, Earlier};
pub use error::{RegisterError, Result};
pub use events::RecordedEvent;
pub use forecast::ForeseenStep;
pub use gathering::Gathered;
pub use health::{PartHealth, PartsAlike, told_together};
pub use held::{HeldBack, LettersRest, WaitingMail, WaitsFor};
pub use leaving::OutsideHours;
pub use lost::LostLetter;
pub use mail_views::{EvidenceView, LinkView, MailView, SuggestionView};
pub use mails::{MailboxRead, Taken, TakenIn};
pub use moved::{Gap, Sought, Whereabouts};
pub use new_letter::{NewLetter, Recipient};
pub use opening::{Opened, OpenedRequest, RequestSelection};
pub use ownership::{NAMES_ITS_REGISTER, SecretFile};
pub use putting_back::{PutBack, last_at_work, put_back};
pub use recommendations::RecommendationRow;
pub use request_views::{LetterView, RequestView};
pub use restored::SeenLeft;
pub use search::Hit;
pub use status::{AuthorityView, Status};
pub use store::{Durability, Heartbeat, Reader, Register, Transaction};
pub use unfetched::{LeftUnread, LookedInto, NotGiven, Note, Unfetched};
pub use unread::{FailedBy, Unread};
pub use vacant::Vacant;
