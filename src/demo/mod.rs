//! The demonstration: years of correspondence replayed on a virtual clock, through the very machinery that runs an office.
//!
//! Two stand-ins play the people. The one for authorities ([`authorities`]) knows nothing of the register: it reads letters as raw mails and writes
//! raw mails. The one for staff places what only a person can place, with the verbs that the command line uses. Nothing but the command `demo` and the
//! benches knows of this room.

pub mod authorities;
pub mod chance;
mod exchange;
pub mod institutions;
pub mod layout;
pub mod letters;
mod machines;
pub mod notes;
pub mod outcome;
mod pen;
pub mod post;
pub mod replay;
mod replies;
pub mod reports;
pub mod staff;
pub mod texts;
mod world;
