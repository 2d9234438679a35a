//! What a mailbox gives, whatever its kind: mails with the place where they lie, what could not be given, and how far it has been read.

use serde::{Deserialize, Serialize};

use super::maildir;
use crate::domain::unfetched::Listing;

/// How much one [`MailboxSource::fetch`](super::MailboxSource::fetch) may bring. At least one mail is always given, however large, so that nothing
/// can block the mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchLimits {
    pub mails: usize,
    /// A larger mail is given as [`FetchedBytes::TooLarge`].
    pub bytes_per_mail: u64,
    /// No further mail is added once this many bytes are reached: it bounds the memory of one batch.
    pub bytes_per_batch: u64,
    /// How much of the beginning of a too large mail is kept: enough for its header and the start of the text.
    pub head_bytes: u64,
}

impl Default for FetchLimits {
    fn default() -> Self {
        FetchLimits { mails: 50, bytes_per_mail: 25 << 20, bytes_per_batch: 4 << 20, head_bytes: 64 << 10 }
    }
}

#[derive(Debug, Default)]
pub struct Batch {
    pub mails: Vec<Fetched>,
    /// What to give as `after` next time; to be stored in the same transaction as the mails. `None`: nothing changed, keep the old one.
    pub cursor: Option<Cursor>,
    /// Everything that the mailbox held at the time of the call has now been given.
    pub complete: bool,
    /// The mailbox was rebuilt (its UIDVALIDITY changed, RFC 3501 §2.3.1.1): reading started over, and mails given before are given again. The
    /// register recognises them by SHA-256.
    pub rebuilt: bool,
    /// What lies in the mailbox and is no mail. It is passed over, so that one bad item cannot stop the next mail, and must be shown to a person,
    /// so that it is not silent.
    pub unreadable: Vec<Unreadable>,
    /// Mails that lie in the mailbox and were not given out whole. The cursor goes past them, so that they cannot stop the next mail; they are to
    /// be remembered in the same transaction, and asked for again with [`MailboxSource::fetch_again`](super::MailboxSource::fetch_again).
    pub unfetched: Vec<Unfetched>,
    /// Mails that were listed and were gone before they could be fetched.
    pub gone: Vec<MailLocation>,
    /// What the folder was found to hold, where this call looked into it and the server numbers its mails.
    pub listing: Option<Listing>,
    /// The account's folder for what a filter takes for spam.
    pub is_junk: bool,
    /// What the server did wrong though everything could be read; to be told as the mailbox's fault.
    pub trouble: Option<String>,
}

/// What other folders of the account have received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    pub candidates: Vec<Elsewhere>,
    /// Names of folders, as people read them.
    pub looked_in: Vec<String>,
    /// How many there are beside those, for which there was no time, or which the server does not open.
    pub left_out: usize,
}

/// A mail in another folder of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// As [`MailboxSource::name`](super::MailboxSource::name) would have it.
    pub mailbox: String,
    /// As people read it.
    pub folder: String,
    /// The account's folder for what a filter takes for spam.
    pub is_junk: bool,
    pub uid_validity: u32,
    pub uid: u32,
    pub received_at: jiff::Timestamp,
    /// The beginning of its header; empty where the server did not give it.
    pub head: Vec<u8>,
}

/// One mail as the mailbox held it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub raw: FetchedBytes,
    /// When the mailbox received it: IMAP's INTERNALDATE; in a Maildir the time in the file name, or else the file's modification time. This, not
    /// the Date header, counts for deadlines.
    pub received_at: jiff::Timestamp,
    pub location: MailLocation,
    /// Where it came from, for people: the file's path, or `name;uidvalidity;uid`.
    pub source: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchedBytes {
    Whole(Vec<u8>),
    /// Larger than [`FetchLimits::bytes_per_mail`]: its size in bytes, and its beginning.
    TooLarge {
        size: u64,
        head: Vec<u8>,
    },
}

impl FetchedBytes {
    /// The bytes that were ingested, whole or not.
    pub fn bytes(&self) -> &[u8] {
        match self {
            FetchedBytes::Whole(bytes) | FetchedBytes::TooLarge { head: bytes, .. } => bytes,
        }
    }

    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            FetchedBytes::Whole(bytes) | FetchedBytes::TooLarge { head: bytes, .. } => bytes,
        }
    }
}

/// A mail that was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub raw: Vec<u8>,
    /// It lies in the account's folder for what a filter takes for spam.
    pub is_junk: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// As [`Fetched::source`].
    pub source: String,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfetched {
    pub location: MailLocation,
    /// As [`Fetched::source`].
    pub source: String,
    pub reason: String,
}

/// How far a mailbox has been read. Opaque to the register, which stores it beside the mails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cursor {
    Imap {
        uid_validity: u32,
        /// The smallest UID that has not been given yet.
        next_uid: u32,
    },
    Maildir(maildir::Position),
}

/// Where a mail lies in its mailbox, by which it is flagged once its bytes are committed, or asked for again. Serialisable, so that it outlives a
/// crash between the commit and the flagging; the register keeps it as JSON (table `pending_mark`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailLocation {
    Imap {
        uid_validity: u32,
        uid: u32,
    },
    /// The file's name, bytes outside printable ASCII written as `%XX`.
    Maildir {
        file: String,
    },
}

/// How a mail that was ingested is flagged, for whoever looks into the mailbox. It is never deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flagging {
    /// `\Seen`; in a Maildir the file goes from `new/` to `cur/` with the flag S.
    Seen,
    /// A keyword (RFC 3501 §2.3.2) and nothing else, for people who want to see for themselves what is unread. IMAP only.
    Keyword(String),
    /// Moved to this folder of the same account, which is created if missing, and flagged as seen.
    MoveTo(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// Something came or changed: fetch now.
    Arrived,
    /// The time passed. Fetch all the same from time to time: some servers never announce anything.
    TimePassed,
}
