//! Letters to authorities. What is written here is what leaves the house: the outbox stores the bytes and sends no others (promise 3).
//!
//! The door is [`write_letter`]: what a letter says, as plain data ([`LetterContent`]), becomes the context of its template, and with
//! [`crate::render`] the mail. This room refuses to decide anything: to whom, at which level, when and whether at all is settled by the ladder
//! and the rules before. The same content gives the same bytes.

mod content;
mod context;
pub mod sample;
mod write;

pub use content::{Addressee, EarlierLetter, LetterContent, Received};
pub use sample::contexts as sample_contexts;
pub use write::write_letter;
