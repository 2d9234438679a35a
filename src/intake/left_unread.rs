//! What a mailbox holds or held and did not give: mails to be asked for again, and mails that left before they were read, which are looked for
//! elsewhere ([`super::sought`]). As long as either may still be an answer, the mailbox was not read to its end (promise 4).

use super::sought::{self, Searched};
use super::storing::IngestedMail;
use crate::domain::calendar::Calendar;
use crate::domain::event::{Happened, MailboxLost, RuleName};
use crate::domain::unfetched::{Listing, NextAttempt, VanishedOutcome, after_failure, what_follows_from_vanished};
use crate::mail::same_mail::MailBytes;
use crate::register::events::Event;
use crate::register::unfetched_rows::{self, FailedFetch};
use crate::register::{Reader, Result, Transaction, Unfetched, vanished};
use jiff::Timestamp;
use std::collections::HashMap;

/// What one look into a mailbox left unread, as the mailbox told it. Items are JSON of `transport::MailLocation`.
#[derive(Debug, Clone, Default)]
pub struct LookedInto {
    /// It was rebuilt and is read anew, with whatever was missing.
    pub rebuilt: bool,
    pub unfetched: Vec<NotGiven>,
    /// Listed, and gone before it could be fetched.
    pub gone: Vec<String>,
    pub listing: Option<Listing>,
}

#[derive(Debug, Clone)]
pub struct NotGiven {
    pub item: String,
    /// For people.
    pub source: String,
    pub why: String,
}

/// What follows from [`LookedInto`]; to be recorded with the mails of the same look.
#[derive(Debug, Clone, Default)]
pub struct LeftUnread {
    looked_into: LookedInto,
    /// Beside each of `looked_into.unfetched`: since when it was known to be missing, if it was, and what follows.
    next: Vec<(Option<Timestamp>, NextAttempt)>,
    vanished: Option<Vanished>,
    /// A search for mails that had left came to an end.
    pub(super) searched: Option<Searched>,
    /// To be put into the holding queue.
    pub notes: Vec<Note>,
}

/// Mails that left unread.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Vanished {
    how_many: u64,
    rests_until: Option<Timestamp>,
}

/// Something that a person has to go and look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub subject: &'static str,
    pub source: String,
    pub why: String,
}

impl Reader {
    /// What follows from a look into a mailbox; changes nothing.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn weigh(&self, mailbox: &str, looked_into: LookedInto, now: Timestamp) -> Result<LeftUnread> {
        let mut left = LeftUnread { looked_into, ..LeftUnread::default() };
        let known = if left.looked_into.unfetched.is_empty() { Vec::new() } else { self.unfetched(mailbox)? };
        let known: HashMap<&str, &Unfetched> = known.iter().map(|before| (before.item.as_str(), before)).collect();
        for item in &left.looked_into.unfetched {
            let before = known.get(item.item.as_str());
            let since = before.map(|before| before.since);
            let next = after_failure(since.unwrap_or(now), now);
            if next.is_for_a_person && before.is_none_or(|before| !before.noted) {
                let subject = "Something in the mailbox could not be read";
                left.notes.push(Note { subject, source: item.source.clone(), why: item.why.clone() });
            }
            left.next.push((since, next));
        }
        let how_many = self.left_unread(mailbox, &left.looked_into)?;
        let rules = self.rules();
        let calendar = rules.calendars.get(&rules.calendar).cloned().unwrap_or_else(|| Calendar::plain(&rules.calendar));
        let follows =
            what_follows_from_vanished(how_many, vanished::last_rest(self, mailbox)?, rules.hold_days, &calendar, &rules.time_zone, now);
        let rests_until = match follows {
            VanishedOutcome::Nothing => return Ok(left),
            VanishedOutcome::Told => None,
            VanishedOutcome::Rests { until } => Some(until),
        };
        left.vanished = Some(Vanished { how_many, rests_until });
        Ok(left)
    }

    /// How many mails left a mailbox unread since it was last looked into. Nothing is known of the time before the first look, and of a rebuilt one.
    fn left_unread(&self, mailbox: &str, looked_into: &LookedInto) -> Result<u64> {
        let gone = looked_into.gone.len() as u64;
        let Some(listing) = &looked_into.listing else { return Ok(gone) };
        let accounted = unfetched_rows::given_below(self, mailbox, listing.uid_validity)?;
        Ok(accounted.filter(|_| !looked_into.rebuilt).map_or(0, |accounted| gone + listing.missing_from(accounted)))
    }

    /// Why a mailbox counts as not read to its end though the server answered; for staff.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn unread_in(&self, mailbox: &str, now: Timestamp) -> Result<Option<String>> {
        let unfetched: Vec<Unfetched> = self.unfetched(mailbox)?.into_iter().filter(|mail| !mail.noted).collect();
        if let Some(first) = unfetched.first() {
            let (count, since, why) = (unfetched.len(), first.since, &first.why);
            let mails = if count == 1 { "a mail".to_owned() } else { format!("{count} mails") };
            return Ok(Some(format!(
                "{mailbox}: {mails} could not be fetched since {since} ({why}); asked for again, and nobody is reminded meanwhile"
            )));
        }
        Ok(vanished::rests_for(self, mailbox, now)?.map(|rests| {
            let (sentence, until) = (sentence(rests.how_many), rests.until);
            match rests.looked {
                None => format!(
                    "{mailbox}: {sentence} The account's other folders are still to be looked through, and nobody is reminded meanwhile."
                ),
                Some(looked) => format!(
                    "{mailbox}: {sentence} {looked} Nobody is reminded until {until}, or until the note of it in the holding queue is dealt with."
                ),
            }
        }))
    }
}

pub(super) fn sentence(how_many: u64) -> String {
    let (mails, were) = if how_many == 1 { ("1 mail".to_owned(), "it was") } else { (format!("{how_many} mails"), "they were") };
    format!("{mails} left this mailbox before {were} read: moved or deleted by somebody, or by a rule of the mail server.")
}

/// Records what a look into a mailbox left unread, and that these items came after all.
pub(super) fn record<'a>(
    tx: &Transaction<'_>,
    mailbox: &str,
    left: &'a LeftUnread,
    came: impl Iterator<Item = &'a str>,
    now: Timestamp,
) -> Result<()> {
    let LookedInto { rebuilt, unfetched: not_given, gone, listing } = &left.looked_into;
    if let Some(searched) = &left.searched {
        sought::record(tx, mailbox, searched, now)?;
    }
    if *rebuilt {
        unfetched_rows::remove_all(tx, mailbox)?;
    }
    if unfetched_rows::has_any(tx, mailbox)? {
        for item in came.chain(gone.iter().map(String::as_str)) {
            unfetched_rows::remove(tx, mailbox, item)?;
        }
    }
    for (NotGiven { item, source, why }, (since, next)) in not_given.iter().zip(&left.next) {
        if since.is_none() {
            let happened = Happened::MailCouldNotBeFetched { source: source.clone(), why: why.clone() };
            Event::new(now, happened, RuleName::Intake).append(tx)?;
        }
        let since = since.unwrap_or(now);
        unfetched_rows::put(tx, mailbox, &FailedFetch { item, source, since, next_at: next.at, why, noted: next.is_for_a_person })?;
    }
    if let Some(Vanished { how_many, rests_until }) = &left.vanished {
        let how_many = i64::try_from(*how_many).unwrap_or(i64::MAX);
        vanished::put(tx, mailbox, how_many, *rests_until, now)?;
        let lost = MailboxLost { mailbox: mailbox.to_owned(), mails: how_many, rests_until: rests_until.map(Timestamp::as_second) };
        Event::new(now, Happened::MailLeftUnread(lost), RuleName::Intake).append(tx)?;
    }
    match listing {
        Some(listing) => unfetched_rows::put_listing(tx, mailbox, listing, *rebuilt),
        None => Ok(()),
    }
}

/// Stands in the holding queue for something in the mailbox that could not be read as a mail, so that a person goes and looks.
pub(super) fn noted(note: &Note, now: Timestamp) -> IngestedMail {
    let clean = |text: &str| text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect::<String>();
    let (subject, source, why) = (note.subject, clean(&note.source), clean(&note.why));
    let bytes = format!("Subject: {subject}\r\nX-Demarche-Source: {source}\r\n\r\n{source}\r\n{why}\r\n").into_bytes();
    IngestedMail {
        bytes: MailBytes::from(bytes),
        cut: false,
        received_at: now,
        source: note.source.clone(),
        flag_at: None,
        note: Some(why),
    }
}
