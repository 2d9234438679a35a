//! What the stand-in for the authorities knows of the mails it wrote: the truth, kept outside the register and read only by the stand-in for staff
//! and by the closing table.

use std::collections::HashMap;

/// What a mail is meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IntendedKind {
    /// It answers.
    Reply,
    /// A person says that the letter arrived.
    Acknowledgement,
    /// A machine wrote it: out of office, ticket robot, receipt.
    Automatic,
    Bounce,
    /// Newsletters and spam.
    Nothing,
}

/// The truth about one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub meaning: IntendedKind,
    /// References of the requests it is about.
    pub about: Vec<String>,
}

/// By Message-ID, without angle brackets.
#[derive(Debug, Default)]
pub struct Notes(HashMap<String, Note>);

impl Notes {
    pub fn keep(&mut self, message_id: &str, note: Note) {
        self.0.insert(message_id.to_owned(), note);
    }

    pub fn of(&self, message_id: &str) -> Option<&Note> {
        self.0.get(message_id)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
