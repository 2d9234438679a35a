//! Mails that left a mailbox before they were read, looked for in the account's other folders. Nothing is known of them but how many they are and
//! when they can have come; what is found there and was not known before is taken for one of them.

use super::left_unread::{LeftUnread, Note, sentence};
use crate::domain::event::{self, Happened, RuleName};
use crate::domain::unfetched::{SearchOutcome, is_worth_a_note, what_follows_from_search};
use crate::register::events::Event;
use crate::register::vanished::{self, Gap, SearchEnded};
use crate::register::{Reader, Register, Result, Transaction, looked_up, unfetched_rows};
use jiff::Timestamp;

/// How a search went.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    /// The folder of each mail that was found, as people read it.
    pub found_in: Vec<String>,
    pub looked_in: Vec<String>,
    /// Folders that there was no time for, or that the server does not open.
    pub left_out: usize,
    /// Why it did not come to its end.
    pub broke_off: Option<String>,
}

/// What the register knows of a mail that lies in another folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    Unknown,
    /// It has been recorded since, out of another mailbox that is read: if it is the one that was missed, it is missed no longer.
    ReadElsewhere,
    /// It was known before, or is a letter of ours.
    Known,
}

/// A search that came to its end.
#[derive(Debug, Clone)]
pub(super) struct Searched {
    closed: bool,
    looked: String,
    found: u64,
    note: Option<String>,
}

/// Names of folders in a sentence.
const NAMED: usize = 5;

impl Reader {
    /// What is known of a mail with this Message-ID (without brackets), that is missed by `mailbox`.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn whereabouts(&self, mailbox: &str, message_id: &str, gap: &Gap) -> Result<Whereabouts> {
        if looked_up::is_own_message_id(self, message_id)? {
            return Ok(Whereabouts::Known);
        }
        let mut whereabouts = Whereabouts::Unknown;
        for mail in looked_up::mails_with_message_id(self, message_id)? {
            if self.closes(mailbox, mail, gap)? {
                return Ok(Whereabouts::ReadElsewhere);
            }
            whereabouts = Whereabouts::Known;
        }
        Ok(whereabouts)
    }

    /// What follows from a search, to be recorded like what follows from a look into the mailbox, and what staff are told of it. Nothing if it is to
    /// be made again.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn weigh_search(&self, mailbox: &str, gap: &Gap, sought: &Sought, now: Timestamp) -> Result<Option<(LeftUnread, Option<String>)>> {
        let found = sought.found_in.len() as u64;
        let follows = what_follows_from_search(gap.how_many, found, sought.broke_off.is_some(), now.duration_since(gap.noticed_at));
        let (mut left, looked) = (LeftUnread::default(), looked(sought));
        if follows == SearchOutcome::Again {
            return Ok(None);
        }
        let closed = follows == SearchOutcome::Closed;
        let told = (!closed).then(|| format!("{} {looked}", sentence(gap.how_many)));
        let mut note = None;
        if let Some(told) = &told {
            let (rests, noted_at) = (vanished::rests_for_sought(self, mailbox)?, vanished::last_note(self, mailbox)?);
            if is_worth_a_note(rests, noted_at, now) {
                let source = format!("{mailbox};left unread;{}", now.as_second());
                note = Some(source.clone());
                let why = format!("{told} Ask whoever tidies this account, or look there for an authority's answer.");
                left.notes.push(Note { subject: "Mail left the mailbox before it was read", source, why });
            }
        }
        left.searched = Some(Searched { closed, looked, found, note });
        Ok(Some((left, told)))
    }
}

impl Register {
    /// To be called before mails out of the account's folder for spam are recorded.
    ///
    /// # Errors
    ///
    /// Where the register cannot be written.
    pub fn note_junk_folder(&mut self, mailbox: &str) -> Result<()> {
        self.write(|tx| unfetched_rows::put_junk_folder(tx, mailbox, true))
    }
}

/// Records how a search ended.
pub(super) fn record(tx: &Transaction<'_>, mailbox: &str, searched: &Searched, now: Timestamp) -> Result<()> {
    let Searched { closed, looked, found, note } = searched;
    vanished::put_search(tx, mailbox, &SearchEnded { closed: *closed, looked, note: note.as_deref() }, now)?;
    let sought = event::Searched { mailbox: mailbox.to_owned(), found: *found, looked: looked.clone() };
    let happened = if *closed { Happened::MailThatLeftUnreadFound(sought) } else { Happened::MailThatLeftUnreadNotFound(sought) };
    Event::new(now, happened, RuleName::Intake).append(tx)
}

/// Where was looked and what was found, in a sentence or two.
fn looked(sought: &Sought) -> String {
    let mut found_in = sought.found_in.clone();
    found_in.sort();
    found_in.dedup();
    let found = match sought.found_in.len() {
        0 => String::new(),
        count => format!("{count} found in {}. ", named(&found_in)),
    };
    let looked = match sought.looked_in.len() {
        0 => "No other folder of the account could be looked into".to_owned(),
        1 => format!("Looked for in the folder {}", named(&sought.looked_in)),
        count => format!("Looked for in {count} other folders: {}", named(&sought.looked_in)),
    };
    let left_out = match sought.left_out {
        0 => String::new(),
        count => format!("; {count} more were not looked into"),
    };
    let broke_off = sought.broke_off.as_ref().map_or_else(String::new, |why| format!("; the search broke off: {why}"));
    format!("{found}{looked}{left_out}{broke_off}.")
}

fn named(folders: &[String]) -> String {
    let mut names: Vec<String> = folders.iter().take(NAMED).map(|folder| format!("\"{}\"", folder.escape_debug())).collect();
    if folders.len() > NAMED {
        names.push(format!("{} more", folders.len() - NAMED));
    }
    names.join(", ")
}
