//! The append-only record: when, what, by whom; chained by hash (promise 7).
//!
//! The chain holds of each event's payload only a commitment, SHA-256 of 16 bytes drawn by lot (the salt) and the payload: what is short enough to be
//! guessed cannot be found out from it once payload and salt are erased. Considered instead: an HMAC under the office's secret, with which whoever
//! has the secret could still try out what was erased.

use super::{Reader, Result, Transaction};
use crate::domain::event::{Actor, Happened};
use crate::domain::identity::{AuthorityId, LetterId, MailId, RequestId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// An event to be written.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    at: Timestamp,
    happened: Happened,
    actor: Actor,
    pub(crate) request: Option<RequestId>,
    pub(crate) mail: Option<MailId>,
    pub(crate) letter: Option<LetterId>,
    authority: Option<AuthorityId>,
    erases: Option<i64>,
}

/// An event as it is on record.
#[derive(Debug, Clone, Serialize)]
pub struct RecordedEvent {
    pub at: Timestamp,
    /// A few words, as the field says it: `letter sent`, `mail linked`.
    pub kind: String,
    /// `rule: …` or a person.
    pub actor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// By which way a person's word came; none of a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<String>,
    pub request: Option<RequestId>,
    pub mail: Option<MailId>,
    pub letter: Option<LetterId>,
    pub authority: Option<AuthorityId>,
    /// As it is written, whichever build has written it.
    pub detail: serde_json::Value,
    /// Its payload was erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

impl RecordedEvent {
    /// What happened; none if this build does not know the kind or its payload, or the payload was erased.
    pub fn happened(&self) -> Option<Happened> {
        if self.erased { None } else { Happened::read(&self.kind, &self.detail) }
    }
}

/// The number of the last event: within a transaction, of what it has just recorded.
pub(crate) fn last(db: &Reader) -> Result<i64> {
    Ok(db.prepare_cached("SELECT coalesce(max(id), 0) FROM event")?.query_row([], |row| row.get(0))?)
}

impl Event {
    pub(crate) fn new(at: Timestamp, happened: Happened, actor: impl Into<Actor>) -> Event {
        Event { at, happened, actor: actor.into(), request: None, mail: None, letter: None, authority: None, erases: None }
    }

    pub(crate) fn request(mut self, request: RequestId) -> Event {
        self.request = Some(request);
        self
    }

    pub(crate) fn mail(mut self, mail: MailId) -> Event {
        self.mail = Some(mail);
        self
    }

    pub(crate) fn letter(mut self, letter: LetterId) -> Event {
        self.letter = Some(letter);
        self
    }

    pub(crate) fn authority(mut self, authority: AuthorityId) -> Event {
        self.authority = Some(authority);
        self
    }

    /// It says that the payload of that event is erased.
    pub(super) fn erases(mut self, event: i64) -> Event {
        self.erases = Some(event);
        self
    }

    /// Appends it to the chain, inside the transaction of the change that it records.
    pub(crate) fn append(self, tx: &Transaction<'_>) -> Result<()> {
        self.append_to(tx.connection())
    }

    /// The same, while the register is brought to the present format.
    pub(super) fn append_to(self, db: &Connection) -> Result<()> {
        // SQLite's generator is ChaCha20, seeded by the operating system (sqlite3_randomness).
        let (before, salt): (Option<Vec<u8>>, Vec<u8>) = db
            .prepare_cached("SELECT (SELECT hash FROM event ORDER BY id DESC LIMIT 1), randomblob(16)")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let payload = super::rows::to_json(&self.happened.payload().map_err(super::rows::no_json)?)?;
        let actor = self.actor.to_string();
        let sealed = Sealed {
            at: self.at.as_second(),
            kind: self.happened.kind().name(),
            actor: &actor,
            on_behalf_of: self.actor.on_behalf_of(),
            way: self.actor.by().map(|way| way.name()),
            request: self.request.map(|id| id.0),
            mail: self.mail.map(|id| id.0),
            letter: self.letter.map(|id| id.0),
            authority: self.authority.map(|id| id.0),
            erases: self.erases,
            commitment: &commitment(&salt, &payload),
        };
        let hash = sealed.hash(&before.unwrap_or_default());
        db.prepare_cached(
            "INSERT INTO event (at, kind, actor, on_behalf_of, way, request_id, mail_id, letter_id, authority_id, erases, commitment, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            sealed.at,
            sealed.kind,
            sealed.actor,
            sealed.on_behalf_of,
            sealed.way,
            sealed.request,
            sealed.mail,
            sealed.letter,
            sealed.authority,
            sealed.erases,
            sealed.commitment,
            hash
        ])?;
        let number = db.last_insert_rowid();
        db.prepare_cached("INSERT INTO event_payload (event_id, salt, payload) VALUES (?1, ?2, ?3)")?
            .execute(params![number, salt, payload])?;
        Ok(())
    }
}

/// To a payload, by which it is known again while it and its salt are there.
pub(super) fn commitment(salt: &[u8], payload: &str) -> [u8; 32] {
    // The salt is of one length, so no other pair has the same bytes.
    Sha256::new().chain_update(salt).chain_update(payload).finalize().into()
}

/// What of an event the chain proves.
pub(super) struct Sealed<'a> {
    /// Unix seconds.
    pub(super) at: i64,
    pub(super) kind: &'a str,
    pub(super) actor: &'a str,
    pub(super) on_behalf_of: Option<&'a str>,
    pub(super) way: Option<&'a str>,
    pub(super) request: Option<i64>,
    pub(super) mail: Option<i64>,
    pub(super) letter: Option<i64>,
    pub(super) authority: Option<i64>,
    pub(super) erases: Option<i64>,
    pub(super) commitment: &'a [u8],
}

impl Sealed<'_> {
    /// Every field is preceded by its length, and what is not there has one that nothing has: no two different events hash the same bytes.
    pub(super) fn hash(&self, before: &[u8]) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(before);
        let mut field = |bytes: Option<&[u8]>| {
            hasher.update(bytes.map_or(u64::MAX, |bytes| bytes.len() as u64).to_be_bytes());
            hasher.update(bytes.unwrap_or_default());
        };
        field(Some(&self.at.to_be_bytes()));
        for text in [Some(self.kind), Some(self.actor), self.on_behalf_of, self.way] {
            field(text.map(str::as_bytes));
        }
        for number in [self.request, self.mail, self.letter, self.authority, self.erases] {
            field(number.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
        }
        field(Some(self.commitment));
        hasher.finalize().into()
    }
}

/// What [`read`] reads, and in column 9 the event's number.
pub(super) const RECORDED: &str = "SELECT at, kind, actor, on_behalf_of, request_id, mail_id, letter_id, authority_id, payload, id, way
    FROM event LEFT JOIN event_payload ON event_id = id";

pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<RecordedEvent> {
    let payload: Option<String> = row.get(8)?;
    Ok(RecordedEvent {
        at: super::rows::timestamp(row, 0)?,
        kind: row.get(1)?,
        actor: row.get(2)?,
        on_behalf_of: row.get(3)?,
        way: row.get(10)?,
        request: row.get::<_, Option<i64>>(4)?.map(RequestId),
        mail: row.get::<_, Option<i64>>(5)?.map(MailId),
        letter: row.get::<_, Option<i64>>(6)?.map(LetterId),
        authority: row.get::<_, Option<i64>>(7)?.map(AuthorityId),
        erased: payload.is_none(),
        detail: payload.map_or(serde_json::Value::Null, |text| serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text))),
    })
}

impl Reader {
    /// The number of the last event; none while nothing has happened.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn last_event(&self) -> Result<Option<i64>> {
        Ok(self.db.prepare_cached("SELECT max(id) FROM event")?.query_row([], |row| row.get(0))?)
    }

    /// When the last thing happened; nothing can happen before it.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn last_event_at(&self) -> Result<Option<Timestamp>> {
        let last: Option<i64> = self.db.query_row("SELECT at FROM event ORDER BY id DESC LIMIT 1", [], |row| row.get(0)).optional()?;
        Ok(last.and_then(|second| Timestamp::from_second(second).ok()))
    }

    /// The time to act at when the clock shows `clock`: not before the last event, for a clock may go backwards and a rehearsal ahead.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn time_to_act(&self, clock: Timestamp) -> Result<Timestamp> {
        Ok(self.last_event_at()?.map_or(clock, |last| last.max(clock)))
    }

    /// The events of a request, in the order in which they happened. Also those by which a rule has linked mails to it that are still linked: they
    /// name the mail, and in their payload all that it was linked to.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn events_of_request(&self, request: RequestId) -> Result<Vec<RecordedEvent>> {
        self.events_where(
            "id IN (SELECT id FROM event WHERE request_id = ?1
                UNION SELECT e.id FROM mail_link l JOIN event e ON e.mail_id = l.mail_id JOIN event_payload p ON p.event_id = e.id
                    WHERE l.request_id = ?1 AND e.request_id IS NULL
                        AND CASE WHEN json_valid(p.payload) THEN EXISTS (SELECT 1 FROM json_each(p.payload, '$.requests') WHERE value = ?1) END)",
            request.0,
        )
    }

    /// The events of a mail, in the order in which they happened.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn events_of_mail(&self, mail: MailId) -> Result<Vec<RecordedEvent>> {
        self.events_where("mail_id = ?1", mail.0)
    }

    fn events_where(&self, condition: &str, id: i64) -> Result<Vec<RecordedEvent>> {
        let mut statement = self.db.prepare_cached(&format!("{RECORDED} WHERE {condition} ORDER BY id"))?;
        let events = statement.query_map([id], read)?;
        Ok(events.collect::<rusqlite::Result<_>>()?)
    }
}
