//! The demonstration: years of correspondence replayed on a virtual clock, through the very machinery that runs an office.
//!
//! Two stand-ins play the people. The one for authorities ([`stand_in_authorities`]) knows nothing of the register: it reads letters as raw mails and
//! writes raw mails. The one for staff places what only a person can place, with the verbs that the command line uses. Nothing but the command `demo`
//! and the benches knows of this room.

pub mod chance;
pub mod demo_folder;
mod exchange;
pub mod ground_truth;
pub mod institutions;
mod machines;
mod made_up_author;
pub mod outcome;
pub mod raw_mail;
pub mod received_letter;
pub mod replay;
mod replies;
pub mod reports;
pub mod stand_in_authorities;
pub mod stand_in_staff;
pub mod texts;
mod world;
