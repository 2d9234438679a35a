//! A letter as it was written, before it is in the register.

use super::mails;
use crate::domain::identity::ContactId;
use crate::domain::letter::LetterRole;
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub name: Option<String>,
    pub address: String,
    pub contact: Option<ContactId>,
    pub is_copy: bool,
}

/// A letter as it was written, to be put into the outbox.
#[derive(Debug, Clone)]
pub struct NewLetter {
    pub role: LetterRole,
    /// Folder of the template it was written from.
    pub template: String,
    pub level: Option<String>,
    pub message_id: String,
    pub subject: String,
    pub bytes: Vec<u8>,
    /// For the full-text search.
    pub text: String,
    /// The date it bears, on the authority's calendar.
    pub written_on: Date,
    pub recipients: Vec<Recipient>,
    pub not_before: Timestamp,
    /// It is a draft, which a person can release up to this day on the office's calendar; none: it leaves as it is.
    pub release_by: Option<Date>,
}

impl NewLetter {
    /// As the record names it, in hexadecimal digits.
    pub(crate) fn sha256(&self) -> String {
        mails::hex(&Sha256::digest(&self.bytes))
    }
}
