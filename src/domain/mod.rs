//! The field itself: nouns, calendars, deadlines, the ladder, references, linking, lifecycle.
//!
//! Architecture invariant: nothing in here does I/O, is async, speaks SQL, reads a clock or draws a random number. Whatever the rest of the
//! house decides about a correspondence, it decides by asking here.

pub mod addressing;
pub mod answerable;
pub mod answering;
pub mod asking;
pub mod authority;
pub mod calendar;
pub mod clock_doubt;
pub mod confidentiality;
pub mod decision;
pub mod deliverability;
pub mod delivery;
pub mod digest_hours;
pub mod draft_end;
pub mod draft_rules;
pub mod enclosure;
pub mod event;
pub mod examination;
pub mod folding;
pub mod free_mail;
pub mod full_name;
pub mod haste;
pub mod health;
pub mod hold;
pub mod identity;
pub mod kind;
pub mod ladder;
pub mod letter;
pub mod letter_life;
pub mod lifecycle;
pub mod linking;
pub mod obligation;
pub mod parse_attempts;
pub mod plain_text;
pub mod post;
pub mod recommendation;
pub mod reference;
pub mod refusal;
pub mod replacing;
pub mod reply;
pub mod reply_address;
pub mod request;
pub mod resting;
pub mod rules;
pub mod said;
pub mod sample;
pub mod silence;
pub mod source;
pub mod staff;
pub mod steps;
pub mod subject;
pub mod telling;
pub mod trust;
pub mod unfetched;
