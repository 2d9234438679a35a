//! What a mailbox holds or held and did not give: mails to be asked for again, and mails that left before they were read, which are looked for
//! elsewhere ([`super::moved`]). As long as either may still be an answer, the mailbox was not read to its end (promise 4).

use super::Transaction;
use super::events::Event;
use super::moved::{self, Searched};
use super::waiting::standings;
use super::{Reader, Result, rows};
use crate::domain::calendar::Calendar;
use crate::domain::event::{Happened, MailboxLost, RuleName};
use crate::domain::identity::MailId;
use crate::domain::unfetched::{Listing, NextAttempt, OfVanished, after_failure, of_vanished};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

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

/// A mail that could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfetched {
    pub item: String,
    pub since: Timestamp,
    pub next_at: Timestamp,
    pub why: String,
    /// A note of it stands in the holding queue.
    pub noted: bool,
}

/// A busy shared mailbox may lose mails to its readers all day long; one note a day says so.
pub(super) const BETWEEN_NOTES: SignedDuration = SignedDuration::from_hours(24);

/// A note that nobody has dealt with.
fn note_waits() -> String {
    let waiting = standings(|standing| !standing.is_dealt_with());
    format!("EXISTS (SELECT 1 FROM arrival a JOIN mail m ON m.id = a.mail_id WHERE a.source = v.note AND m.standing IN {waiting})")
}

impl Reader {
    /// The mails of a mailbox that could not be fetched, oldest first.
    pub fn unfetched(&self, mailbox: &str) -> Result<Vec<Unfetched>> {
        let mut statement =
            self.db.prepare_cached("SELECT item, since, next_at, why, noted FROM unfetched WHERE mailbox = ?1 ORDER BY since, item")?;
        let found = statement.query_map([mailbox], |row| {
            Ok(Unfetched {
                item: row.get(0)?,
                since: rows::timestamp(row, 1)?,
                next_at: rows::timestamp(row, 2)?,
                why: row.get(3)?,
                noted: row.get(4)?,
            })
        })?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// What follows from a look into a mailbox; changes nothing.
    pub fn weigh(&self, mailbox: &str, looked_into: LookedInto, now: Timestamp) -> Result<LeftUnread> {
        let mut left = LeftUnread { looked_into, ..LeftUnread::default() };
        let known = if left.looked_into.unfetched.is_empty() { Vec::new() } else { self.unfetched(mailbox)? };
        for item in &left.looked_into.unfetched {
            let before = known.iter().find(|before| before.item == item.item);
            let since = before.map(|before| before.since);
            let next = after_failure(since.unwrap_or(now), now);
            if next.is_for_a_person && before.is_none_or(|before| !before.noted) {
                let subject = "Something in the mailbox could not be read";
                left.notes.push(Note { subject, source: item.source.clone(), why: item.why.clone() });
            }
            left.next.push((since, next));
        }
        let how_many = self.left_unread(mailbox, &left.looked_into)?;
        let rules = &self.rules;
        let calendar = rules.calendars.get(&rules.calendar).cloned().unwrap_or_else(|| Calendar::plain(&rules.calendar));
        let follows = of_vanished(
            how_many,
            self.last_vanished(mailbox, "rests_until IS NOT NULL")?,
            rules.hold_days,
            &calendar,
            &rules.time_zone,
            now,
        );
        let rests_until = match follows {
            OfVanished::Nothing => return Ok(left),
            OfVanished::Told => None,
            OfVanished::Rests { until } => Some(until),
        };
        left.vanished = Some(Vanished { how_many, rests_until });
        Ok(left)
    }

    /// How many mails left a mailbox unread since it was last looked into. Nothing is known of the time before the first look, and of a rebuilt one.
    fn left_unread(&self, mailbox: &str, looked_into: &LookedInto) -> Result<u64> {
        let gone = looked_into.gone.len() as u64;
        let Some(listing) = &looked_into.listing else { return Ok(gone) };
        let accounted: Option<u32> = self
            .db
            .prepare_cached("SELECT given_below FROM listing WHERE mailbox = ?1 AND uid_validity = ?2")?
            .query_row(params![mailbox, listing.uid_validity], |row| row.get(0))
            .optional()?;
        Ok(accounted.filter(|_| !looked_into.rebuilt).map_or(0, |accounted| gone + listing.missing_from(accounted)))
    }

    /// When mails were last found to have left a mailbox unread, of those times `which` (a condition in SQL).
    pub(super) fn last_vanished(&self, mailbox: &str, which: &'static str) -> Result<Option<Timestamp>> {
        let sql = format!("SELECT max(noticed_at) FROM vanished WHERE mailbox = ?1 AND {which}");
        Ok(self.db.prepare_cached(&sql)?.query_row([mailbox], |row| rows::optional_timestamp(row, 0))?)
    }

    /// Why a mailbox counts as not read to its end though the server answered; for staff.
    pub fn unread_in(&self, mailbox: &str, now: Timestamp) -> Result<Option<String>> {
        let unfetched: Vec<Unfetched> = self.unfetched(mailbox)?.into_iter().filter(|mail| !mail.noted).collect();
        if let Some(first) = unfetched.first() {
            let (count, since, why) = (unfetched.len(), first.since, &first.why);
            let mails = if count == 1 { "a mail".to_owned() } else { format!("{count} mails") };
            return Ok(Some(format!(
                "{mailbox}: {mails} could not be fetched since {since} ({why}); asked for again, and nobody is reminded meanwhile"
            )));
        }
        let resting: Option<(i64, i64, String, bool)> = self
            .db
            .prepare_cached(&format!(
                "SELECT how_many, rests_until, looked, looked_at IS NULL FROM vanished v
                 WHERE mailbox = ?1 AND rests_until > ?2 AND (looked_at IS NULL OR {}) ORDER BY noticed_at DESC LIMIT 1",
                note_waits()
            ))?
            .query_row(params![mailbox, now.as_second()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        Ok(resting.map(|(how_many, until, looked, is_sought)| {
            let until = Timestamp::from_second(until).unwrap_or(now);
            let sentence = sentence(how_many.unsigned_abs());
            if is_sought {
                format!("{mailbox}: {sentence} The account's other folders are still to be looked through, and nobody is reminded meanwhile.")
            } else {
                format!(
                    "{mailbox}: {sentence} {looked} Nobody is reminded until {until}, or until the note of it in the holding queue is dealt with."
                )
            }
        }))
    }

    /// Whether a mail came by an account's Junk folder only: a filter took it for spam, and nobody has taken it out.
    pub fn perhaps_spam(&self, mail: MailId) -> Result<bool> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM junk_folder) AND NOT EXISTS (
                    SELECT 1 FROM arrival a WHERE a.mail_id = ?1 AND NOT EXISTS (
                        SELECT 1 FROM junk_folder j WHERE substr(a.source, 1, length(j.mailbox) + 1) = j.mailbox || ';'))",
            )?
            .query_row([mail.0], |row| row.get(0))?)
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
    let LookedInto { rebuilt, unfetched, gone, listing } = &left.looked_into;
    if let Some(searched) = &left.searched {
        moved::record(tx, mailbox, searched, now)?;
    }
    if *rebuilt {
        tx.prepare_cached("DELETE FROM unfetched WHERE mailbox = ?1")?.execute([mailbox])?;
    }
    let has_any: bool =
        tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM unfetched WHERE mailbox = ?1)")?.query_row([mailbox], |row| row.get(0))?;
    if has_any {
        for item in came.chain(gone.iter().map(String::as_str)) {
            tx.prepare_cached("DELETE FROM unfetched WHERE mailbox = ?1 AND item = ?2")?.execute([mailbox, item])?;
        }
    }
    for (NotGiven { item, source, why }, (since, next)) in unfetched.iter().zip(&left.next) {
        if since.is_none() {
            let happened = Happened::MailCouldNotBeFetched { source: source.clone(), why: why.clone() };
            Event::new(now, happened, RuleName::Intake).append(tx)?;
        }
        tx.prepare_cached(
            "INSERT INTO unfetched (mailbox, item, source, since, attempts, next_at, why, noted) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET attempts = attempts + 1, next_at = excluded.next_at, why = excluded.why, noted = max(noted, excluded.noted)",
        )?
        .execute(params![mailbox, item, source, since.unwrap_or(now).as_second(), next.at.as_second(), why, next.is_for_a_person])?;
    }
    if let Some(Vanished { how_many, rests_until }) = &left.vanished {
        let (how_many, rests_until) = (i64::try_from(*how_many).unwrap_or(i64::MAX), rests_until.map(|until| until.as_second()));
        tx.prepare_cached(
            "INSERT INTO vanished (mailbox, noticed_at, how_many, rests_until, since)
             VALUES (?1, ?2, ?3, ?4, (SELECT read_at FROM mailbox WHERE name = ?1))
             ON CONFLICT DO UPDATE SET how_many = how_many + excluded.how_many, looked_at = NULL",
        )?
        .execute(params![mailbox, now.as_second(), how_many, rests_until])?;
        let lost = MailboxLost { mailbox: mailbox.to_owned(), mails: how_many, rests_until };
        Event::new(now, Happened::MailLeftUnread(lost), RuleName::Intake).append(tx)?;
    }
    if let Some(listing) = listing {
        tx.prepare_cached(
            "INSERT INTO listing (mailbox, uid_validity, given_below) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET uid_validity = excluded.uid_validity, given_below = CASE
                WHEN uid_validity = excluded.uid_validity AND NOT ?4 THEN max(given_below, excluded.given_below) ELSE excluded.given_below END",
        )?
        .execute(params![mailbox, listing.uid_validity, listing.given_below, rebuilt])?;
    }
    Ok(())
}

/// Whether something that was in this mailbox may still be an answer that nobody has read.
pub(super) fn keeps_from_the_end(db: &Reader, mailbox: &str, now: Timestamp) -> Result<bool> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM unfetched WHERE mailbox = ?1 AND NOT noted)
             OR EXISTS (SELECT 1 FROM vanished v WHERE mailbox = ?1 AND rests_until > ?2 AND (looked_at IS NULL OR {}))",
        note_waits()
    );
    Ok(db.prepare_cached(&sql)?.query_row(params![mailbox, now.as_second()], |row| row.get(0))?)
}

/// Until when something counts as unread in one of the mailboxes of the configuration.
pub(super) fn unread_until(db: &Reader) -> Result<Option<Timestamp>> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM unfetched u JOIN mailbox b ON b.name = u.mailbox WHERE b.active AND NOT u.noted),
            (SELECT max(rests_until) FROM vanished v JOIN mailbox b ON b.name = v.mailbox
             WHERE b.active AND rests_until IS NOT NULL AND (looked_at IS NULL OR {}))",
        note_waits()
    );
    Ok(db.prepare_cached(&sql)?.query_row([], |row| {
        let without_end: bool = row.get(0)?;
        Ok(if without_end { Some(Timestamp::MAX) } else { rows::optional_timestamp(row, 1)? })
    })?)
}

/// Notes whether a mailbox is an account's Junk folder, as its server says today.
pub(super) fn note_junk(tx: &Transaction<'_>, mailbox: &str, is_junk: bool) -> Result<()> {
    let sql =
        if is_junk { "INSERT OR IGNORE INTO junk_folder (mailbox) VALUES (?1)" } else { "DELETE FROM junk_folder WHERE mailbox = ?1" };
    tx.prepare_cached(sql)?.execute([mailbox])?;
    Ok(())
}
