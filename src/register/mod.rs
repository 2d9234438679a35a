//! The register: the durable record of everything sent, received and decided, in one SQLite file.
//!
//! The verbs of the field are scripts in `office`, `intake`, `outgoing` and `pass`, one transaction each ([`Register`]), made of the row functions of
//! this room; whoever wants to know something asks a [`Reader`]. Considered instead: an ORM or a generic repository, which would let any room change
//! any row. Nothing outside this room knows a table's name, and nothing but those four rooms calls a row function that writes: whoever does owes the
//! event and, where a next step may be another, `outgoing::planning`.
//!
//! Settings as measured and reasoned in each line of `open_file`: WAL, `synchronous=FULL`, STRICT tables, `BEGIN IMMEDIATE` for every write
//! (a deferred transaction that reads first fails at once with "database is locked").

pub(crate) mod acknowledgements;
pub(crate) mod addresses;
mod agenda;
pub(crate) mod attempts;
mod authors;
mod backup;
pub(crate) mod came_back;
mod chain;
mod changed_mails;
pub(crate) mod compared;
pub(crate) mod confirmed;
mod contents;
pub(crate) mod copies;
pub(crate) mod decisions;
pub(crate) mod deliveries;
pub(crate) mod delivery_reports;
pub(crate) mod digests;
pub(crate) mod directory;
pub(crate) mod drafts;
mod due;
pub(crate) mod enclosures;
mod error;
pub(crate) mod events;
mod examination_letters;
mod exchanges;
mod forecast_view;
pub(crate) mod health_rows;
mod held;
pub(crate) mod judged_again;
pub(crate) mod kept;
pub(crate) mod known;
pub(crate) mod leave_check;
mod letter_views;
pub(crate) mod links;
pub(crate) mod looked_up;
pub(crate) mod lost;
mod mail_views;
pub(crate) mod mails;
mod migrate;
mod new_letter;
pub(crate) mod numbers;
pub(crate) mod obligations;
mod one_transaction;
mod open_file;
pub(crate) mod outbox;
mod outside_hours;
pub(crate) mod ownership;
pub(crate) mod posts;
pub(crate) mod recipients;
mod register_file;

#[cfg(test)]
mod plans;
mod putting_back;
#[cfg(test)]
mod questions;
pub(crate) mod recommendations;
mod refusals;
mod request_views;
pub(crate) mod requests;
pub(crate) mod restored;
pub(crate) mod rests;
mod rows;
mod sealing;
pub(crate) mod search;
mod secret_file;
pub(crate) mod senders;
pub(crate) mod settings;
mod silent_places;
pub(crate) mod sources;
pub(crate) mod standings;
pub(crate) mod standstill;
mod status;
mod steps_offered;
pub(crate) mod steps_taken;
mod store;
pub(crate) mod unfetched_rows;
pub(crate) mod unread;
mod vacant;
pub(crate) mod vanished;

pub use acknowledgements::DueAcknowledgement;
pub use agenda::Agenda;
pub use attempts::Claim;
pub use authors::{AuthorBehind, PassedOn};
pub use backup::{Soundness, restore_check};
pub use compared::Compared;
pub use confirmed::{ConfirmedSender, SaidOfSender};
pub use contents::{
    Contents, KeptAddressState, KeptAnswer, KeptAttempt, KeptDelivery, KeptDeliveryReport, KeptLetter, KeptLoss, KeptMail, KeptMailbox,
    KeptRest, PendingMark, Rests,
};
pub use copies::OwedCopy;
pub use digests::{Digests, DueDigest, LastDigest};
pub use drafts::Draft;
pub use due::{DueStep, Earlier};
pub use error::{RegisterError, Result};
pub use events::RecordedEvent;
pub use forecast_view::ForecastStep;
pub use held::{HeldBack, LettersRest, WaitingMail, WaitsFor};
pub use letter_views::LetterView;
pub use lost::LostLetter;
pub use mail_views::{EvidenceView, LinkView, MailView, PlacedBy, SuggestionView};
pub use new_letter::{NewLetter, Recipient};
pub use outside_hours::OutsideHours;
pub use ownership::NAMES_ITS_REGISTER;
pub use putting_back::{PutBack, last_at_work, put_back};
pub use request_views::RequestView;
pub use restored::SeenLeft;
pub use search::Hit;
pub use secret_file::SecretFile;
pub use status::{AuthorityView, Status};
pub use store::{Durability, Heartbeat, Reader, Register, Transaction};
pub use unfetched_rows::Unfetched;
pub use vacant::Vacant;
pub use vanished::Gap;
