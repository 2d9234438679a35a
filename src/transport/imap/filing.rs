//! The Sent folder: a copy of each letter where people look for it, by which it can be told whether a letter left whose reply over SMTP was lost.

use async_imap::imap_proto::{AttributeValue, MessageSection, SectionPath};

use super::super::receive_error::ReceiveError;
use super::by_message_id::search;
use super::command_failure::Failure;
use super::connections::Taken;
use super::response::{Heard, fetched};
use super::session::Selected;
use super::session::{SMALL, Session, mailbox};
use super::{Account, Open, Pending, command_strings};

/// Puts letters into folders of an account, and looks for them there.
#[derive(Debug)]
pub struct Filing {
    account: Account,
    name: String,
}

/// The name under which the account's connections keep the one for filing, on which no folder need be selected.
const NO_FOLDER: &str = "";

impl Filing {
    pub fn new(account: Account) -> Filing {
        let name = account.name();
        Filing { account, name }
    }

    /// Puts `bytes` into `folder`, which is made if missing. `flags` as IMAP writes them: `\Seen`. After [`ReceiveError::Lost`] it may stand there
    /// or not: look with [`Filing::find_message_id`] before trying again.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the server cannot be reached or proven to be the right one, allows no log-in, or refuses the letter or to make the
    /// folder; the folder's name holds control characters; or the connection breaks off.
    pub async fn append(&mut self, folder: &str, bytes: &[u8], flags: &[&str]) -> Result<(), ReceiveError> {
        let mut open = self.ready().await?;
        let appended = append(&mut open.session, folder, bytes, flags).await;
        self.ended(open, appended)
    }

    /// Whether a mail with this Message-ID, with or without angle brackets, stands in `folder`. A folder that does not exist holds none.
    ///
    /// # Errors
    ///
    /// [`ReceiveError`]: the server cannot be reached or proven to be the right one, or allows no log-in; the folder's name holds control
    /// characters; the Message-ID is empty or cannot be written in a search; or the connection breaks off. Also where the server refuses to
    /// search, or gives no answer that can be relied on: that is not taken for "it is not there".
    pub async fn find_message_id(&mut self, folder: &str, message_id: &str) -> Result<bool, ReceiveError> {
        let mut open = self.ready().await?;
        let found = find(&mut open.session, folder, message_id).await;
        self.ended(open, found)
    }

    /// The heads of all mails in `folder` whose Message-ID holds `part`. A folder that does not exist holds none.
    ///
    /// # Errors
    ///
    /// As [`Filing::find_message_id`]; and where the server refuses to give a head.
    pub async fn heads_with_message_id(&mut self, folder: &str, part: &str) -> Result<Vec<Vec<u8>>, ReceiveError> {
        let mut open = self.ready().await?;
        let heads = heads(&mut open.session, folder, part).await;
        self.ended(open, heads)
    }

    pub async fn close(self) {
        if let Some(open) = self.account.connections.rested(NO_FOLDER) {
            open.session.log_out().await;
        }
    }

    async fn ready(&mut self) -> Result<Box<Open>, ReceiveError> {
        match self.account.connection(NO_FOLDER).await.map_err(|failure| failure.told(&self.name))? {
            Taken::AsItWas(open) => Ok(open),
            Taken::Fresh(session, place) => {
                let (selected, pending) = (Selected::default(), Pending::default());
                Ok(Box::new(Open { session, place, selected, pending, is_junk: false }))
            }
        }
    }

    fn ended<T>(&mut self, open: Box<Open>, result: Result<T, Failure>) -> Result<T, ReceiveError> {
        if open.session.is_usable() {
            self.account.connections.give_back(NO_FOLDER, open);
        }
        result.map_err(|failure| failure.told(&self.name))
    }
}

async fn append(session: &mut Session, folder: &str, bytes: &[u8], flags: &[&str]) -> Result<(), Failure> {
    let target = mailbox(folder)?;
    let command = format!("APPEND {target} ({}) {{{}}}", flags.join(" "), bytes.len());
    match session.exchange(&command, &[bytes], SMALL, |_| {}).await {
        Err(Failure::No { said, .. }) if said.to_ascii_uppercase().starts_with("[TRYCREATE]") => {
            match session.command(&format!("CREATE {target}")).await {
                // Another connection has made it meanwhile (RFC 5530 §3).
                Err(Failure::No { said, .. }) if said.to_ascii_uppercase().starts_with("[ALREADYEXISTS]") => {}
                made => drop(made?),
            }
            session.exchange(&command, &[bytes], SMALL, |_| {}).await.map(drop)
        }
        other => other.map(drop),
    }
}

async fn find(session: &mut Session, folder: &str, message_id: &str) -> Result<bool, Failure> {
    Ok(!search(session, folder, message_id).await?.is_empty())
}

/// Of a head of our own writing.
const HEAD: u64 = 16 << 10;
/// Heads asked for at once.
const MOST_AT_ONCE: usize = 100;

async fn heads(session: &mut Session, folder: &str, part: &str) -> Result<Vec<Vec<u8>>, Failure> {
    let uids = search(session, folder, part).await?;
    let mut heads = Vec::new();
    for uids in uids.chunks(MOST_AT_ONCE) {
        let command = format!("UID FETCH {} (UID BODY.PEEK[HEADER]<0.{HEAD}>)", command_strings::set(uids));
        let each = |heard: &Heard<'_>| {
            for attribute in fetched(heard).map(|(_, attributes)| attributes).unwrap_or_default() {
                if let AttributeValue::BodySection { section: Some(SectionPath::Full(MessageSection::Header)), data: Some(head), .. } =
                    attribute
                {
                    heads.push(head.to_vec());
                }
            }
        };
        session.ask_for_mails(&command, HEAD.saturating_add(SMALL), HEAD * uids.len() as u64, each).await?;
    }
    Ok(heads)
}
