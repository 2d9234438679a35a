//! What members of staff get to read: the digest of what happened and what needs them, and alarms about the daemon itself.
//!
//! [`DigestContent`] is plain data, filled by the register's queries; here it becomes the context of a template, and with [`crate::render`] the
//! mail. This room refuses to decide who gets what and when, and shows nothing unescaped or at length that came from outside. Every line that
//! needs a person carries the exact command, because a digest that has to be looked up elsewhere is not acted on.
//!
//! Considered instead: one mail per event. Offices that get dozens a day stop reading them; lists in one mail are read.

mod alarm;
mod content;
mod context;
mod digest_mail;
mod frame;
pub mod sample;
mod untrusted;

pub use alarm::{Alarm, AlarmAbout, write_alarm};
pub use content::{
    Arrived, Authorship, CameBack, CameBackHow, Candidate, DigestContent, DraftWaiting, DraftWithdrawn, DueSoon, Extended, Health,
    HeldStep, LinkMade, MailboxHealth, NextLetter, NonCooperation, OutboxHealth, Overdue, PartFailing, PassedOn, PassedOnFrom, Paused,
    Period, PositionTaken, Proof, Undeliverable, Unopened, VacantLevel, Waiting,
};
pub use digest_mail::write_digest;
pub use sample::contexts as sample_contexts;
