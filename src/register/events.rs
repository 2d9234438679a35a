//! The append-only record: when, what, by whom; chained by hash (promise 7).

use super::{Reader, RegisterError, Result};
use crate::domain::identity::{AuthorityId, LetterId, MailId, RequestId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// An event to be written, or as read back.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    pub at: Timestamp,
    /// A few words, as the field says it: `letter sent`, `mail linked`.
    pub kind: String,
    /// `rule: …` or a person.
    pub actor: String,
    pub request: Option<RequestId>,
    pub mail: Option<MailId>,
    pub letter: Option<LetterId>,
    pub authority: Option<AuthorityId>,
    pub detail: serde_json::Value,
}

/// The number of the last event: within a transaction, of what it has just recorded.
pub(super) fn last(db: &Connection) -> Result<i64> {
    Ok(db.prepare_cached("SELECT coalesce(max(id), 0) FROM event")?.query_row([], |row| row.get(0))?)
}

impl Event {
    pub(super) fn new(at: Timestamp, kind: &str, actor: &str) -> Event {
        Event {
            at,
            kind: kind.into(),
            actor: actor.into(),
            request: None,
            mail: None,
            letter: None,
            authority: None,
            detail: serde_json::Value::Null,
        }
    }

    pub(super) fn request(mut self, request: RequestId) -> Event {
        self.request = Some(request);
        self
    }

    pub(super) fn mail(mut self, mail: MailId) -> Event {
        self.mail = Some(mail);
        self
    }

    pub(super) fn letter(mut self, letter: LetterId) -> Event {
        self.letter = Some(letter);
        self
    }

    pub(super) fn authority(mut self, authority: AuthorityId) -> Event {
        self.authority = Some(authority);
        self
    }

    pub(super) fn detail(mut self, detail: serde_json::Value) -> Event {
        self.detail = detail;
        self
    }

    /// Appends it to the chain, inside the transaction of the change that it records.
    pub(super) fn append(self, db: &Connection) -> Result<()> {
        let before: Option<Vec<u8>> =
            db.prepare_cached("SELECT hash FROM event ORDER BY id DESC LIMIT 1")?.query_row([], |row| row.get(0)).optional()?;
        let detail = self.detail.to_string();
        let hash = self.hash(&before.unwrap_or_default(), &detail);
        db.prepare_cached(
            "INSERT INTO event (at, kind, actor, request_id, mail_id, letter_id, authority_id, detail, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            self.at.as_second(),
            self.kind,
            self.actor,
            self.request.map(|id| id.0),
            self.mail.map(|id| id.0),
            self.letter.map(|id| id.0),
            self.authority.map(|id| id.0),
            detail,
            hash
        ])?;
        Ok(())
    }

    /// Every field is preceded by its length, so that no two different events hash the same bytes.
    fn hash(&self, before: &[u8], detail: &str) -> Vec<u8> {
        let id = |id: Option<i64>| id.map_or_else(String::new, |id| id.to_string());
        let fields = [
            self.at.as_second().to_string(),
            self.kind.clone(),
            self.actor.clone(),
            id(self.request.map(|id| id.0)),
            id(self.mail.map(|id| id.0)),
            id(self.letter.map(|id| id.0)),
            id(self.authority.map(|id| id.0)),
            detail.to_string(),
        ];
        let mut hasher = Sha256::new();
        hasher.update(before);
        for field in fields {
            hasher.update((field.len() as u64).to_be_bytes());
            hasher.update(field.as_bytes());
        }
        hasher.finalize().to_vec()
    }
}

const COLUMNS: &str = "at, kind, actor, request_id, mail_id, letter_id, authority_id, detail";

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<(Event, String)> {
    let detail: String = row.get(7)?;
    let event = Event {
        at: super::rows::timestamp(row, 0)?,
        kind: row.get(1)?,
        actor: row.get(2)?,
        request: row.get::<_, Option<i64>>(3)?.map(RequestId),
        mail: row.get::<_, Option<i64>>(4)?.map(MailId),
        letter: row.get::<_, Option<i64>>(5)?.map(LetterId),
        authority: row.get::<_, Option<i64>>(6)?.map(AuthorityId),
        detail: serde_json::from_str(&detail).unwrap_or(serde_json::Value::String(detail.clone())),
    };
    Ok((event, detail))
}

/// What the record says was stored.
#[derive(Default)]
pub(super) struct Recorded {
    pub(super) events: u64,
    /// SHA-256 in hexadecimal digits, by number.
    pub(super) mails: HashMap<i64, String>,
    pub(super) letters: HashMap<i64, String>,
}

impl Reader {
    /// Another one than before says that something happened, whoever did it.
    pub fn last_event(&self) -> Result<Option<i64>> {
        Ok(self.db.prepare_cached("SELECT max(id) FROM event")?.query_row([], |row| row.get(0))?)
    }

    /// Hexadecimal digits, if there is an event of this number.
    pub(super) fn hash_of_event(&self, number: i64) -> Result<Option<String>> {
        let hash: Option<Vec<u8>> =
            self.db.prepare_cached("SELECT hash FROM event WHERE id = ?1")?.query_row([number], |row| row.get(0)).optional()?;
        Ok(hash.map(|hash| super::mails::hex(&hash)))
    }

    /// When the last thing happened; nothing can happen before it.
    pub fn last_event_at(&self) -> Result<Option<Timestamp>> {
        let last: Option<i64> = self.db.query_row("SELECT at FROM event ORDER BY id DESC LIMIT 1", [], |row| row.get(0)).optional()?;
        Ok(last.and_then(|second| Timestamp::from_second(second).ok()))
    }

    /// The time to act at when the clock shows `clock`: not before the last event, for a clock may go backwards and a rehearsal ahead.
    pub fn time_to_act(&self, clock: Timestamp) -> Result<Timestamp> {
        Ok(self.last_event_at()?.map_or(clock, |last| last.max(clock)))
    }

    pub fn events_of_request(&self, request: RequestId) -> Result<Vec<Event>> {
        self.events_where("request_id = ?1", request.0)
    }

    pub fn events_of_mail(&self, mail: MailId) -> Result<Vec<Event>> {
        self.events_where("mail_id = ?1", mail.0)
    }

    fn events_where(&self, condition: &str, id: i64) -> Result<Vec<Event>> {
        let mut statement = self.db.prepare_cached(&format!("SELECT {COLUMNS} FROM event WHERE {condition} ORDER BY id"))?;
        let events = statement.query_map([id], |row| read(row).map(|(event, _)| event))?;
        Ok(events.collect::<rusqlite::Result<_>>()?)
    }

    /// Goes through the whole chain; what it records if every hash is right and none is missing.
    pub(super) fn verify_chain(&self) -> Result<Recorded> {
        let mut statement = self.db.prepare(&format!("SELECT {COLUMNS}, hash, id FROM event ORDER BY id"))?;
        let mut rows = statement.query([])?;
        let (mut before, mut count, mut recorded) = (Vec::new(), 0, Recorded::default());
        while let Some(row) = rows.next()? {
            let (event, detail) = read(row)?;
            let stored: Vec<u8> = row.get(8)?;
            let id: i64 = row.get(9)?;
            if event.hash(&before, &detail) != stored {
                return Err(RegisterError::Damaged(format!(
                    "event {id} ({} at {}) was altered, or one before it is missing",
                    event.kind, event.at
                )));
            }
            if id != count as i64 + 1 {
                return Err(RegisterError::Damaged(format!("event {} is missing", count + 1)));
            }
            if let Some(sha256) = event.detail.get("sha256").and_then(serde_json::Value::as_str) {
                match (event.letter, event.mail) {
                    (Some(letter), _) => recorded.letters.insert(letter.0, sha256.to_owned()),
                    (None, Some(mail)) => recorded.mails.insert(mail.0, sha256.to_owned()),
                    (None, None) => None,
                };
            }
            before = stored;
            count += 1;
        }
        // AUTOINCREMENT remembers the last number that was given (<https://www.sqlite.org/autoinc.html>).
        let given: Option<i64> =
            self.db.query_row("SELECT seq FROM sqlite_sequence WHERE name = 'event'", [], |row| row.get(0)).optional()?;
        if given.unwrap_or(0) != count as i64 {
            return Err(RegisterError::Damaged(format!("the record ends with event {count}, but {} were written", given.unwrap_or(0))));
        }
        recorded.events = count;
        Ok(recorded)
    }
}
