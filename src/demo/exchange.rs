//! An exchange as the authority sees it: the letters it got under one of the office's references.

use super::received_letter::Letter;
use std::ffi::OsString;

#[derive(Debug, Clone)]
pub struct Exchange {
    /// The office's.
    pub reference: String,
    /// Of the report.
    pub row: usize,
    /// Place among the institutions.
    pub institution: usize,
    /// Where answers go by the letter's word.
    pub reply_to: String,
    /// The office's own address.
    pub office: String,
    /// Oldest first; none if the first one was returned.
    pub letters: Vec<Seen>,
    pub answered: bool,
}

/// What is remembered of a letter; the rest stays in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub file: OsString,
    pub message_id: String,
    pub subject: String,
    pub recipient: String,
    pub envelope_sender: String,
}

impl Seen {
    pub fn of(letter: &Letter) -> Seen {
        Seen {
            file: letter.file.clone(),
            message_id: letter.message_id.clone(),
            subject: letter.subject.clone(),
            recipient: letter.recipient.clone(),
            envelope_sender: letter.envelope_sender.clone(),
        }
    }
}

impl Exchange {
    pub fn latest(&self) -> Option<&Seen> {
        self.letters.last()
    }
}
