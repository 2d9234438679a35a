//! Mailboxes that mail is read from: fetch a batch, commit it, flag it; in that order (promise 1).
//!
//! `fetch` changes nothing in the mailbox. The caller stores the raw bytes *and* the new cursor *and* where the mails lie in one transaction,
//! then calls `flag`. A crash in between leaves mails that are stored and not flagged; they are flagged at the next pass.

use std::pin::pin;
use std::time::Duration;

use super::fetched::{Batch, Cursor, Elsewhere, FetchLimits, Flagging, Found, MailLocation, Survey, Waited};
use super::receive_error::ReceiveError;
use super::{imap, maildir};

/// A mailbox that mail is read from.
#[derive(Debug)]
pub enum MailboxSource {
    Maildir(maildir::Inbox),
    Imap(imap::Folder),
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
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the mailbox was not read, and the cursor stays where it was.
    pub async fn fetch(&mut self, after: Option<&Cursor>, limits: &FetchLimits) -> Result<Batch, ReceiveError> {
        match self {
            MailboxSource::Maildir(inbox) => inbox.fetch(after, limits).await,
            MailboxSource::Imap(folder) => folder.fetch(after, limits).await,
        }
    }

    /// Asks once more for mails that an earlier batch left as [`Batch::unfetched`], as many as the limits allow: each of those is in one of the
    /// batch's lists. One from before the mailbox was rebuilt is not asked for: it is read anew. The cursor stays where it was.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the mailbox cannot be opened or read. What is asked for stays unfetched.
    pub async fn fetch_again(&mut self, unfetched: &[MailLocation], limits: &FetchLimits) -> Result<Batch, ReceiveError> {
        match self {
            MailboxSource::Maildir(inbox) => inbox.fetch_again(unfetched, limits).await,
            MailboxSource::Imap(folder) => folder.fetch_again(unfetched, limits).await,
        }
    }

    /// Looks for a mail that has just come by its Message-ID (without angle brackets), and gives its first `at_most` bytes. Changes nothing in the
    /// mailbox, and does not touch the cursor.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the mailbox cannot be opened or read, or `message_id` cannot be searched for. A mail that is not there yet is no error.
    pub async fn find(&mut self, message_id: &str, at_most: u64) -> Result<Option<Found>, ReceiveError> {
        match self {
            MailboxSource::Maildir(inbox) => inbox.find(message_id, at_most).await,
            MailboxSource::Imap(folder) => folder.find(message_id, at_most).await,
        }
    }

    /// What other folders of the account have received since, but those of the office's own writing and those named `never`; for mails that left this
    /// one unread. Changes nothing anywhere. A Maildir has no account.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the account cannot be reached, the mailbox cannot be opened, or the connection breaks off. Another folder that cannot be
    /// looked into is only counted.
    pub async fn survey(&mut self, since: jiff::Timestamp, never: &[String]) -> Result<Survey, ReceiveError> {
        match self {
            MailboxSource::Maildir(_) => Ok(Survey::default()),
            MailboxSource::Imap(folder) => folder.survey(since, never).await,
        }
    }

    /// The first of `wanted`, and how many of them are done with. They must be ordered by mailbox and UID. What is gone or refused is passed over.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the account cannot be reached, the mailbox cannot be opened, the server refuses what it is asked, or the connection
    /// breaks off.
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

    /// Flags mails whose raw bytes are committed. One that is gone meanwhile counts as flagged: its bytes are stored, and somebody else took it away.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]; some of the mails may be flagged then. To flag one again does no harm.
    pub async fn flag(&mut self, mails: &[MailLocation], how: &Flagging) -> Result<(), ReceiveError> {
        match self {
            MailboxSource::Maildir(inbox) => inbox.flag(mails, how).await,
            MailboxSource::Imap(folder) => folder.flag(mails, how).await,
        }
    }

    /// Waits until something arrives, at most `at_most`.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: there is no connection that could be waited on.
    pub async fn wait(&mut self, at_most: Duration) -> Result<Waited, ReceiveError> {
        self.wait_or(at_most, std::future::pending()).await
    }

    /// As [`MailboxSource::wait`], ended early and politely, with the connection kept, when `asked_back` is.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the Maildir cannot be looked into, or there is no connection that could be waited on, or it breaks off.
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
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the account cannot be reached, the mailbox cannot be opened, or the connection breaks off. A server that refuses to list
    /// its folders names none.
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
