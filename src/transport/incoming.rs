//! The door through which mail comes in: fetch a batch, commit it, mark it; in that order (promise 1).
//!
//! `fetch` changes nothing in the mailbox. The caller stores the raw bytes *and* the new cursor *and* the marks still to be set in one
//! transaction, then calls `mark`. A crash in between leaves mails that are stored but unmarked; the stored marks are then set at the next pass.

use std::pin::pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{imap, maildir};
use crate::domain::unfetched::Listing;

/// A mailbox that mail is read from.
#[derive(Debug)]
pub enum MailboxSource {
    Maildir(maildir::Inbox),
    Imap(imap::Folder),
}

/// How much one [`MailboxSource::fetch`] may bring. At least one mail is always given, however large, so that nothing can block the mailbox.
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
    /// be remembered in the same transaction, and asked for again with [`MailboxSource::fetch_again`].
    pub unfetched: Vec<Unfetched>,
    /// Mails that were listed and were gone before they could be fetched.
    pub gone: Vec<Mark>,
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
    /// As [`MailboxSource::name`] would have it.
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
    pub mark: Mark,
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
    /// The bytes that were taken in, whole or not.
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
    pub mark: Mark,
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

/// Which mail to mark once its bytes are committed. Serialisable, so that it outlives a crash between the commit and the marking.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mark {
    Imap {
        uid_validity: u32,
        uid: u32,
    },
    /// The file's name, bytes outside printable ASCII written as `%XX`.
    Maildir {
        file: String,
    },
}

/// What a person who looks into the mailbox sees of a mail that was taken in. It is never deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marking {
    /// `\Seen`; in a Maildir the file goes from `new/` to `cur/` with the flag S.
    Seen,
    /// A keyword (RFC 3501 §2.3.2) and nothing else, for people who want to see for themselves what is unread. IMAP only.
    Keyword(String),
    /// Moved to this folder of the same account, which is created if missing, and marked as seen.
    MoveTo(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// Something came or changed: fetch now.
    Arrived,
    /// The time passed. Fetch all the same from time to time: some servers never announce anything.
    TimePassed,
}

/// Why mail could not be received. Each says what, where, and what to do; none holds a password or a mail's text. After any of them the mailbox
/// has *not* been read, and the cursor stays where it was.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// A folder on this machine.
    #[error("{place}: {doing} failed: {reason}")]
    Folder { place: String, doing: &'static str, reason: String },
    /// No connection, or no encryption.
    #[error("{place}: {reason}")]
    Unreachable { place: String, reason: String },
    /// The server is there and takes nobody in now, or no more than are in.
    #[error("{place}: {reason}")]
    TurnedAway { place: String, reason: String },
    /// The server's certificate does not prove that it is the one we mean.
    #[error("{place}: {reason}")]
    NotTrusted { place: String, reason: String },
    #[error("{place}: {reason}")]
    LogInRefused { place: String, reason: String },
    /// The server understood and said no.
    #[error("{place}: the server refused {command}: {said}")]
    Refused { place: String, command: String, said: String },
    /// The connection was lost, fell silent, or brought answers that cannot be; what the command did is not known.
    #[error("{place}: the connection broke off during {command}: {reason}")]
    Lost { place: String, command: String, reason: String },
    /// The configuration asks for something that cannot be.
    #[error("{place}: {reason}")]
    Misconfigured { place: String, reason: String },
}

impl ReceiveError {
    /// Trying again cannot help before a person has mended something.
    pub fn needs_a_person(&self) -> bool {
        match self {
            ReceiveError::Misconfigured { .. } | ReceiveError::NotTrusted { .. } | ReceiveError::LogInRefused { .. } => true,
            ReceiveError::Folder { .. }
            | ReceiveError::Unreachable { .. }
            | ReceiveError::TurnedAway { .. }
            | ReceiveError::Refused { .. }
            | ReceiveError::Lost { .. } => false,
        }
    }
}

impl MailboxSource {
    /// Stable over restarts; the key under which the register keeps the cursor: `maildir:/path` or `imap:user@host/INBOX`.
    pub fn name(&self) -> &str {
        match self {
            MailboxSource::Maildir(inbox) => inbox.name(),
            MailboxSource::Imap(folder) => folder.name(),
        }
    }

    /// The mails after `after`, oldest first. Changes nothing in the mailbox.
    pub async fn fetch(&mut self, after: Option<&Cursor>, limits: &FetchLimits) -> Result<Batch, ReceiveError> {
        match self {
            MailboxSource::Maildir(inbox) => inbox.fetch(after, limits).await,
            MailboxSource::Imap(folder) => folder.fetch(after, limits).await,
        }
    }

    /// Asks once more for mails that an earlier batch left as [`Batch::unfetched`], as many as the limits allow: each of those is in one of the
    /// batch's lists. One from before the mailbox was rebuilt is not asked for: it is read anew. The cursor stays where it was.
    pub async fn fetch_again(&mut self, unfetched: &[Mark], limits: &FetchLimits) -> Result<Batch, ReceiveError> {
        match self {
            MailboxSource::Maildir(inbox) => inbox.fetch_again(unfetched, limits).await,
            MailboxSource::Imap(folder) => folder.fetch_again(unfetched, limits).await,
        }
    }

    /// Looks for a mail that has just come by its Message-ID (without angle brackets), and gives its first `at_most` bytes. Changes nothing in the
    /// mailbox, and does not touch the cursor.
    pub async fn find(&mut self, message_id: &str, at_most: u64) -> Result<Option<Found>, ReceiveError> {
        match self {
            MailboxSource::Maildir(inbox) => inbox.find(message_id, at_most).await,
            MailboxSource::Imap(folder) => folder.find(message_id, at_most).await,
        }
    }

    /// What other folders of the account have received since, but those of the office's own writing and those named `never`; for mails that left this
    /// one unread. Changes nothing anywhere. A Maildir has no account.
    pub async fn survey(&mut self, since: jiff::Timestamp, never: &[String]) -> Result<Survey, ReceiveError> {
        match self {
            MailboxSource::Maildir(_) => Ok(Survey::default()),
            MailboxSource::Imap(folder) => folder.survey(since, never).await,
        }
    }

    /// The first of `wanted`, and how many of them are done with. They must be ordered by mailbox and UID. What is gone or refused is passed over.
    pub async fn fetch_elsewhere(&mut self, wanted: &[Elsewhere], limits: &FetchLimits) -> Result<(Batch, usize), ReceiveError> {
        match self {
            MailboxSource::Maildir(_) => Ok((Batch::default(), wanted.len())),
            MailboxSource::Imap(folder) => folder.fetch_elsewhere(wanted, limits).await,
        }
    }

    /// Whether there is a connection that can be waited on; a folder of this machine needs none.
    pub fn is_open(&self) -> bool {
        match self {
            MailboxSource::Maildir(_) => true,
            MailboxSource::Imap(folder) => folder.is_open(),
        }
    }

    /// The same mailbox, as if it had never been opened.
    pub fn unopened(&self) -> MailboxSource {
        match self {
            MailboxSource::Maildir(inbox) => MailboxSource::Maildir(inbox.unopened()),
            MailboxSource::Imap(folder) => MailboxSource::Imap(folder.unopened()),
        }
    }

    /// Marks mails whose raw bytes are committed. A mail that is gone meanwhile counts as marked: we hold it, and somebody else took it away.
    pub async fn mark(&mut self, marks: &[Mark], how: &Marking) -> Result<(), ReceiveError> {
        match self {
            MailboxSource::Maildir(inbox) => inbox.mark(marks, how).await,
            MailboxSource::Imap(folder) => folder.mark(marks, how).await,
        }
    }

    /// Waits until something arrives, at most `at_most`.
    pub async fn wait(&mut self, at_most: Duration) -> Result<Waited, ReceiveError> {
        self.wait_or(at_most, std::future::pending()).await
    }

    /// As [`MailboxSource::wait`], ended early and politely, with the connection kept, when `asked_back` is.
    pub async fn wait_or(&mut self, at_most: Duration, asked_back: impl Future<Output = ()>) -> Result<Waited, ReceiveError> {
        let mut asked_back = pin!(asked_back);
        match self {
            MailboxSource::Maildir(inbox) => tokio::select! {
                waited = inbox.wait(at_most) => waited,
                () = asked_back => Ok(Waited::TimePassed),
            },
            MailboxSource::Imap(folder) => folder.wait(at_most, asked_back.as_mut()).await,
        }
    }

    /// The name of the account's Junk folder, which `folders` of the configuration may include. A Maildir has no way to say so.
    pub async fn junk_folder(&mut self) -> Result<Option<String>, ReceiveError> {
        match self {
            MailboxSource::Maildir(_) => Ok(None),
            MailboxSource::Imap(folder) => folder.junk_folder().await,
        }
    }

    /// Takes leave of the server politely. Dropping the source is safe as well.
    pub async fn close(self) {
        match self {
            MailboxSource::Maildir(_) => {}
            MailboxSource::Imap(folder) => folder.close().await,
        }
    }
}
