//! IMAP (RFC 3501): the mailbox on a server, read without changing it, its mails flagged after the commit.
//!
//! The parser is `imap-proto`; what drives it is our own, instead of async-imap, which is built on the same parser: there a refused FETCH, a cut
//! connection and an empty mailbox look alike, the wait for an answer has no end, and the memory an answer may take is what the server announces.
//! Here a command has succeeded only when the server's answer to *this* command says OK; every wait ends; every answer is bounded before it is
//! read; and after anything but OK and NO the connection is dropped.
//!
//! What it refuses: to delete, to expunge what others flagged, to trust a mailbox without UIDVALIDITY, and to go past a mail silently.

mod batch;
mod by_message_id;
mod command_failure;
mod command_strings;
mod connections;
mod elsewhere;
mod filing;
mod flagging;
mod idle;
mod junk;
mod log_in;
mod parsing;
mod response;
mod session;

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;

pub use connections::{Accounts, Connections};
pub use filing::Filing;

use super::fetched::{Batch, Cursor, Elsewhere, FetchLimits, Flagging, Found, MailLocation, Survey, Waited};
use super::receive_error::ReceiveError;
use super::server::{Login, Server};
use command_failure::Failure;
use connections::{Place, Taken};
use jiff::Timestamp;
use session::{Selected, Session};

/// One account on one server; several folders of it may be read.
#[derive(Debug, Clone)]
pub struct Account {
    pub server: Server,
    pub login: Login,
    pub patience: Patience,
    pub connections: Connections,
}

/// How long the server may be silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    pub connect: Duration,
    /// While an answer is due.
    pub answer: Duration,
    /// How long one IDLE lasts before it is renewed. RFC 2177 allows 29 minutes; some networks forget a silent connection after 5.
    pub idle: Duration,
    /// How often a server without IDLE is asked.
    pub poll: Duration,
    /// For the answer to LOGOUT. Nothing depends on it.
    pub farewell: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Patience { connect: seconds(30), answer: seconds(60), idle: seconds(280), poll: seconds(60), farewell: seconds(2) }
    }
}

/// A folder that mail is read from.
#[derive(Debug)]
pub struct Folder {
    account: Account,
    folder: String,
    name: String,
}

/// A connection, and what is known of the folder that is selected on it.
#[derive(Debug)]
struct Open {
    session: Session,
    place: Place,
    selected: Selected,
    pending: Pending,
    /// The account's folder for what a filter takes for spam.
    is_junk: bool,
}

/// UIDs that are known to wait, so that a folder of a hundred thousand mails is searched once and not for each batch.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// Ascending, all at least `next`.
    pub uids: VecDeque<u32>,
    /// The cursor that the last batch gave. If the caller comes with another one, its commit failed and the search is done anew.
    pub next: Option<u32>,
}

impl Account {
    fn name(&self) -> String {
        format!("imap:{}@{}", self.login.user, self.server.host)
    }
}

impl Folder {
    /// `folder` is the name as the server's hierarchy has it, in Unicode: `INBOX`, `Entrée/Réponses`.
    pub fn new(account: Account, folder: &str) -> Folder {
        let name = format!("{}/{folder}", account.name());
        Folder { account, folder: folder.to_owned(), name }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The mails of the folder after `after`, oldest first; from the beginning without it. Changes nothing in the folder.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the server cannot be reached or proven to be the right one, allows no log-in or does not open the folder, refuses what
    /// it is asked, or the connection breaks off. The cursor stays where it was.
    pub async fn fetch(&mut self, after: Option<&Cursor>, limits: &FetchLimits) -> Result<Batch, ReceiveError> {
        let (mut open, _) = self.ready().await?;
        let fetched = open.fetch(&self.folder, &self.name, after, limits).await;
        self.ended(open, fetched)
    }

    /// Asks once more for mails that could not be fetched, as many as the limits allow.
    ///
    /// # Errors
    ///
    /// As [`Folder::fetch`].
    pub async fn fetch_again(&mut self, unfetched: &[MailLocation], limits: &FetchLimits) -> Result<Batch, ReceiveError> {
        let (mut open, _) = self.ready().await?;
        let fetched = open.fetch_again(&self.name, unfetched, limits).await;
        self.ended(open, fetched)
    }

    /// Looks for a mail by its Message-ID (without angle brackets), and gives its first `at_most` bytes; none if it is not there yet.
    ///
    /// # Errors
    ///
    /// As [`Folder::fetch`]; and where `message_id` is empty or cannot be written in a search.
    pub async fn find(&mut self, message_id: &str, at_most: u64) -> Result<Option<Found>, ReceiveError> {
        let (mut open, _) = self.ready().await?;
        let found = open.find(&self.name, message_id, at_most).await;
        self.ended(open, found)
    }

    /// What other folders of the account have received since then, but those named `never`. Changes nothing in them.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the server cannot be reached or proven to be the right one, allows no log-in or does not open the folder, or the
    /// connection breaks off. Another folder that the server does not let us look into is only counted.
    pub async fn survey(&mut self, since: Timestamp, never: &[String]) -> Result<Survey, ReceiveError> {
        let (mut open, _) = self.ready().await?;
        let known = open.session.exists;
        let surveyed = match open.survey(&self.folder, &self.account.name(), since, never).await {
            Ok(survey) => open.go_back_to(&self.folder, known).await.map(|()| survey),
            Err(failure) => Err(failure),
        };
        self.ended(open, surveyed)
    }

    /// Reads the first of `wanted`, out of one other folder, and says how many of them are done with.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the server cannot be reached or proven to be the right one, allows no log-in or does not open the folder, refuses what
    /// it is asked, or the connection breaks off. A folder that cannot be opened or was rebuilt is passed over.
    pub async fn fetch_elsewhere(&mut self, wanted: &[Elsewhere], limits: &FetchLimits) -> Result<(Batch, usize), ReceiveError> {
        let (mut open, _) = self.ready().await?;
        let known = open.session.exists;
        let fetched = match open.fetch_elsewhere(wanted, limits).await {
            // A plain refusal leaves the connection, with another folder open.
            Err(failure @ Failure::No { .. }) => open.go_back_to(&self.folder, known).await.and(Err(failure)),
            Err(failure) => Err(failure),
            Ok(fetched) => open.go_back_to(&self.folder, known).await.map(|()| fetched),
        };
        self.ended(open, fetched)
    }

    pub fn is_open(&self) -> bool {
        self.account.connections.rests(&self.folder)
    }

    pub fn unopened(&self) -> Folder {
        Folder { account: self.account.clone(), folder: self.folder.clone(), name: self.name.clone() }
    }

    /// Flags mails as ingested, or moves them. Those of an earlier UIDVALIDITY are left alone.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the server cannot be reached or proven to be the right one, allows no log-in or does not open the folder, opens it for
    /// reading only, refuses to flag or move, or keeps no such keyword; the keyword, or the name of the folder to move to, is not a valid one; or
    /// the connection breaks off. Some of the mails may be flagged then.
    pub async fn flag(&mut self, mails: &[MailLocation], how: &Flagging) -> Result<(), ReceiveError> {
        let (mut open, _) = self.ready().await?;
        let flagged = open.flag(mails, how).await;
        self.ended(open, flagged)
    }

    /// Waits until mail arrives, at most `at_most`; ended early when `asked_back` is. At once where the folder was not open yet: what came
    /// meanwhile was not announced.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the server cannot be reached or proven to be the right one, allows no log-in or does not open the folder, refuses what
    /// it is asked, or the connection breaks off.
    pub async fn wait(&mut self, at_most: Duration, asked_back: Pin<&mut impl Future<Output = ()>>) -> Result<Waited, ReceiveError> {
        if !self.is_open() && (self.account.connections.are_scarce() || self.account.connections.are_refused()) {
            // Two folders that take the only connection from each other, just to listen, would do so without end; and trying a refused password
            // again, just to listen, locks accounts. The folder is read by each pass all the same.
            tokio::select! { () = tokio::time::sleep(at_most) => {}, () = asked_back => {} }
            return Ok(Waited::TimePassed);
        }
        let (mut open, fresh) = self.ready().await?;
        if fresh || open.session.announced {
            // What came while there was no connection was not announced.
            self.account.connections.give_back(&self.folder, open);
            return Ok(Waited::Arrived);
        }
        let connections = self.account.connections.clone();
        let asked = std::pin::pin!(async move {
            tokio::select! { () = asked_back => {}, () = connections.are_wanted() => {} }
        });
        let waited = open.wait(at_most, asked).await;
        self.ended(open, waited)
    }

    /// The name of the account's folder for what a filter takes for spam, if it has one.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the server cannot be reached or proven to be the right one, allows no log-in or does not open the folder, or the
    /// connection breaks off. A server that refuses to list its folders names none.
    pub async fn junk_folder(&mut self) -> Result<Option<String>, ReceiveError> {
        let (mut open, _) = self.ready().await?;
        let found = junk::folder(&mut open.session).await;
        self.ended(open, found)
    }

    pub async fn close(self) {
        if let Some(open) = self.account.connections.rested(&self.folder) {
            open.session.log_out().await;
        }
    }

    /// The connection, which goes with a future that is dropped half way; and whether the folder was not open on it before.
    async fn ready(&mut self) -> Result<(Box<Open>, bool), ReceiveError> {
        // Told under the account's name: it is the same for each of its folders.
        match self.account.connection(&self.folder).await.map_err(|failure| failure.told(&self.account.name()))? {
            Taken::AsItWas(open) => Ok((open, false)),
            Taken::Fresh(mut session, place) => {
                let selected = session.select(&self.folder).await.map_err(|failure| failure.told(&self.name))?;
                let is_junk = junk::is_junk(&mut session, &self.folder).await.map_err(|failure| failure.told(&self.name))?;
                Ok((Box::new(Open { session, place, selected, pending: Pending::default(), is_junk }), true))
            }
        }
    }

    /// Keeps the connection after success and after a plain refusal, drops it after anything else.
    fn ended<T>(&mut self, open: Box<Open>, result: Result<T, Failure>) -> Result<T, ReceiveError> {
        if open.session.is_usable() {
            self.account.connections.give_back(&self.folder, open);
        }
        result.map_err(|failure| failure.told(&self.name))
    }
}
