//! The field itself: nouns, calendars, deadlines, the ladder, references, linking, lifecycle.
//!
//! Architecture invariant: nothing in here does I/O, is async, speaks SQL, reads a clock or draws a random number. Whatever the rest of the
//! house decides about a correspondence, it decides by asking here.

pub mod addressing;
pub mod authority;
pub mod calendar;
pub mod clock;
pub mod deliverability;
pub mod free_mail;
pub mod haste;
pub mod identity;
pub mod ladder;
pub mod lifecycle;
pub mod linking;
pub mod plain_text;
pub mod recommendation;
pub mod reference;
pub mod reply;
pub mod reply_address;
pub mod request;
pub mod resting;
pub mod rules;
pub mod silence;
pub mod source;
pub mod staff;
pub mod steps;
pub mod telling;
pub mod trust;
pub mod unfetched;
