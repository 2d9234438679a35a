//! One letter's way out, in reading order. Each verb is one transaction: it loads what the register knows, asks `domain`, writes the rows and appends
//! the event. No SQL here, and no decision that `domain` could take.
//!
//! Due or asked for, and written:
//! - `planning`: when a request is looked at next; what is due then is the register's agenda
//! - `stepping`: the steps that are due are taken, one after the other
//! - `acknowledging`: the receipt of replies is confirmed, where the office wants that
//! - `drafting`: what each of these letters says; from here on its bytes and its Message-ID are fixed
//! - `to_staff`: digests and alarms, which `daemon` has written
//!
//! Waiting for a person, if it is to be released by one:
//! - `tending`: drafts that are needless, outdated or not released in time are withdrawn
//!
//! Waiting in the outbox, and leaving:
//! - `leaving`: whether a letter may leave now, or ever; and letters taken out of the outbox
//! - `pacing`: how many may leave, after a standstill above all
//! - `attempting`: the next one is claimed, and its attempt recorded
//! - `sending`: it is given to the server
//! - `last_word`: while the process is to end
//!
//! What became of it:
//! - `recording`: how the attempt ended
//! - `heard`: what could not be recorded is kept beside the register
//! - `left`: it was accepted, or is found to have left
//! - `copying`: a copy is filed in the Sent folder
//! - `returned`: it came back, or is said to have
//! - `taking_back`: what people say of that
//! - `suppressing`: an address is written to no more, or again
//! - `recording_lost`: letters that left in the time which a restored register has lost
//!
//! Owed by a person, and not done:
//! - `rising`: decisions about mails rise to the deputy and the head, whom digests then tell

mod acknowledging;
mod attempting;
mod copying;
mod drafting;
mod heard;
mod last_word;
mod left;
mod pacing;
pub(crate) mod planning;
mod recording;
mod recording_lost;
mod returned;
mod rising;
mod sending;
mod stepping;
mod suppressing;
mod taking_back;
mod taking_out;
mod tending;
mod to_staff;

pub use attempting::LookedThrough;
pub use copying::SentFolder;
pub(crate) use drafting::Drafting;
pub use drafting::{LetterWriter, StepFault, first_letter};
pub(crate) use left::resolve_unknown;
pub(crate) use returned::{Report, reported};
pub(crate) use sending::{Dispatch, Sending};
pub use stepping::StepAsTaken;
pub(crate) use suppressing::{Because, put_state, withdraw_letters_to};
pub(crate) use taking_back::{confirm, take_back};
pub(crate) use tending::{draft_end, put_aside, would_leave};
pub use to_staff::DigestDone;
