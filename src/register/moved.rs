//! Mails that left a mailbox before they were read, looked for in the account's other folders. Nothing is known of them but how many they are and
//! when they can have come; what is found there and was not known before is taken for one of them.

use super::Transaction;
use super::events::Event;
use super::unfetched::{BETWEEN_NOTES, LeftUnread, Note, note_junk, sentence};
use super::{Reader, Register, Result, rows};
use crate::domain::event::{self, Happened, RuleName};
use crate::domain::identity::MailId;
use crate::domain::unfetched::{OfSearch, of_search};
use jiff::{SignedDuration, Timestamp};
use rusqlite::params;

/// Mails that are missed and still to be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    pub how_many: u64,
    /// They came after this.
    pub since: Timestamp,
    noticed_at: Timestamp,
}

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
    /// It was taken in since, out of another mailbox that is read: it may be the one that is missed, and is not any more.
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

/// If a mailbox was never read to its end, mails that are missed can have come so long before that was noticed.
const AT_MOST_BEFORE: SignedDuration = SignedDuration::from_hours(24);
/// Names of folders in a sentence.
const NAMED: usize = 5;

impl Reader {
    /// What is still to be looked for, if anything.
    pub fn gap(&self, mailbox: &str) -> Result<Option<Gap>> {
        let (how_many, since, noticed_at): (Option<i64>, Option<Timestamp>, Option<Timestamp>) = self
            .db
            .prepare_cached("SELECT sum(how_many), min(since), min(noticed_at) FROM vanished WHERE mailbox = ?1 AND looked_at IS NULL")?
            .query_row([mailbox], |row| Ok((row.get(0)?, rows::optional_timestamp(row, 1)?, rows::optional_timestamp(row, 2)?)))?;
        let (Some(how_many), Some(noticed_at)) = (how_many, noticed_at) else { return Ok(None) };
        let since = since.unwrap_or_else(|| noticed_at.saturating_sub(AT_MOST_BEFORE).unwrap_or(noticed_at));
        Ok(Some(Gap { how_many: how_many.unsigned_abs(), since, noticed_at }))
    }

    /// What is known of a mail with this Message-ID (without brackets), that is missed by `mailbox`.
    pub fn whereabouts(&self, mailbox: &str, message_id: &str, gap: &Gap) -> Result<Whereabouts> {
        let is_ours = self.db.prepare_cached("SELECT 1 FROM own_message_id WHERE message_id = ?1 LIMIT 1")?.exists([message_id])?;
        if is_ours {
            return Ok(Whereabouts::Known);
        }
        let known: Vec<i64> = self
            .db
            .prepare_cached("SELECT id FROM mail WHERE message_id = ?1")?
            .query_map([message_id], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let mut whereabouts = Whereabouts::Unknown;
        for mail in known {
            if self.closes(mailbox, MailId(mail), gap)? {
                return Ok(Whereabouts::ReadElsewhere);
            }
            whereabouts = Whereabouts::Known;
        }
        Ok(whereabouts)
    }

    /// Whether a mail that was taken in from elsewhere can be one that `mailbox` misses.
    pub fn closes(&self, mailbox: &str, mail: MailId, gap: &Gap) -> Result<bool> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM mail WHERE id = ?1 AND taken_at >= ?2) AND NOT EXISTS (
                    SELECT 1 FROM arrival WHERE mail_id = ?1 AND substr(source, 1, length(?3) + 1) = ?3 || ';')",
            )?
            .query_row(params![mail.0, gap.since.as_second(), mailbox], |row| row.get(0))?)
    }

    /// What follows from a search, to be recorded like what follows from a look into the mailbox, and what staff are told of it. Nothing if it is to
    /// be made again.
    pub fn weigh_search(&self, mailbox: &str, gap: &Gap, sought: &Sought, now: Timestamp) -> Result<Option<(LeftUnread, Option<String>)>> {
        let found = sought.found_in.len() as u64;
        let follows = of_search(gap.how_many, found, sought.broke_off.is_some(), now.duration_since(gap.noticed_at));
        let (mut left, looked) = (LeftUnread::default(), looked(sought));
        if follows == OfSearch::Again {
            return Ok(None);
        }
        let closed = follows == OfSearch::Closed;
        let told = (!closed).then(|| format!("{} {looked}", sentence(gap.how_many)));
        let mut note = None;
        if let Some(told) = &told {
            let rests = self
                .db
                .prepare_cached("SELECT 1 FROM vanished WHERE mailbox = ?1 AND looked_at IS NULL AND rests_until IS NOT NULL")?
                .exists([mailbox])?;
            let noted_at = self.last_vanished(mailbox, "note IS NOT NULL")?;
            if rests || noted_at.is_none_or(|noted_at| now.duration_since(noted_at) >= BETWEEN_NOTES) {
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
    /// To be called before mails of another folder are taken in that is the account's folder for spam.
    pub fn note_junk_folder(&mut self, mailbox: &str) -> Result<()> {
        self.write(|tx| note_junk(tx, mailbox, true))
    }
}

/// Records how a search ended.
pub(super) fn record(tx: &Transaction<'_>, mailbox: &str, searched: &Searched, now: Timestamp) -> Result<()> {
    let Searched { closed, looked, found, note } = searched;
    tx.prepare_cached(
        "UPDATE vanished SET looked_at = ?2, looked = ?3, note = ?4, rests_until = CASE WHEN ?5 THEN NULL ELSE rests_until END
         WHERE mailbox = ?1 AND looked_at IS NULL",
    )?
    .execute(params![mailbox, now.as_second(), looked, note, closed])?;
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
