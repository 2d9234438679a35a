//! Proof of the record: that no event was altered or taken out, that each payload is the one that was recorded or was erased by an event that says
//! so, and that the record still contains what was kept of it elsewhere.

use super::events::{Event, Sealed, commitment};
use super::{Reader, Register, RegisterError, Result, mails, sealing};
use crate::domain::event::{Actor, Anchor, EventKind, Happened, SealedAnew};
use crate::domain::refusal::{EventRefusal, Refusal};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};

/// What the record says was stored.
#[derive(Default)]
pub(super) struct Recorded {
    pub(super) events: u64,
    /// Payloads that were erased.
    pub(super) erased: u64,
    /// SHA-256 in hexadecimal digits, by number; none where the payload that named it was erased.
    pub(super) mails: HashMap<i64, Option<String>>,
    pub(super) letters: HashMap<i64, Option<String>>,
    /// What was wrong with the record before it was sealed anew.
    pub(super) earlier_damage: Option<String>,
}

impl Recorded {
    /// Notes what an event says was stored. `payload`: none if it was erased.
    pub(super) fn note(&mut self, kind: &str, mail: Option<i64>, letter: Option<i64>, payload: Option<&str>) {
        #[derive(Deserialize)]
        struct Stored {
            sha256: Option<String>,
        }
        let sha256 = match payload {
            Some(payload) => match serde_json::from_str(payload) {
                Ok(Stored { sha256: Some(sha256) }) => Some(sha256),
                _ => return,
            },
            None if EventKind::from_name(kind).is_some_and(EventKind::may_have_stored) => None,
            // Earlier builds named the event of a step's letter after its template, whatever the office called that.
            None if letter.is_some() && kind.ends_with(" written") => None,
            None => return,
        };
        let of = match (letter, mail) {
            (Some(letter), _) => self.letters.entry(letter),
            (None, Some(mail)) => self.mails.entry(mail),
            (None, None) => return,
        };
        // A letter of a lost register has two such events, of which one names no hash.
        let known = of.or_insert(None);
        *known = sha256.or(known.take());
    }
}

/// An event's row, with its payload beside it.
struct Link {
    id: i64,
    kind: String,
    at: i64,
    mail: Option<i64>,
    letter: Option<i64>,
    commitment: Vec<u8>,
    hash: Vec<u8>,
    /// Over the hash before it and what the row holds.
    computed: [u8; 32],
    /// The salt and the payload.
    payload: Option<(Vec<u8>, String)>,
}

const LINKS: &str =
    "SELECT id, at, kind, actor, on_behalf_of, way, request_id, mail_id, letter_id, authority_id, erases, commitment, hash, salt, payload
     FROM event LEFT JOIN event_payload ON event_id = id ORDER BY id";

impl Link {
    fn read(row: &Row<'_>, before: &[u8]) -> rusqlite::Result<Link> {
        let (kind, actor): (String, String) = (row.get(2)?, row.get(3)?);
        let (on_behalf_of, way): (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
        let (at, mail, letter, commitment): (i64, Option<i64>, Option<i64>, Vec<u8>) =
            (row.get(1)?, row.get(7)?, row.get(8)?, row.get(11)?);
        let sealed = Sealed {
            at,
            kind: &kind,
            actor: &actor,
            on_behalf_of: on_behalf_of.as_deref(),
            way: way.as_deref(),
            request: row.get(6)?,
            mail,
            letter,
            authority: row.get(9)?,
            erases: row.get(10)?,
            commitment: &commitment,
        };
        let computed = sealed.hash(before);
        let salt: Option<Vec<u8>> = row.get(13)?;
        let payload = salt.map(|salt| Ok::<_, rusqlite::Error>((salt, row.get(14)?))).transpose()?;
        Ok(Link { id: row.get(0)?, kind, at, mail, letter, commitment, hash: row.get(12)?, computed, payload })
    }

    fn named(&self) -> String {
        let at = Timestamp::from_second(self.at).map_or_else(|_| self.at.to_string(), |at| at.to_string());
        format!("event {} ({} at {at})", self.id, self.kind)
    }
}

impl EventKind {
    /// Whether its payload may name the hash of a mail or a letter that was stored.
    fn may_have_stored(self) -> bool {
        matches!(
            self,
            EventKind::MailReceived
                | EventKind::RequestWritten
                | EventKind::ReminderWritten
                | EventKind::EscalationWritten
                | EventKind::ExaminationWritten
                | EventKind::AcknowledgementWritten
                | EventKind::DigestWritten
                | EventKind::AlarmWritten
                | EventKind::LetterFoundSent
                | EventKind::LetterReleased
        )
    }
}

impl Reader {
    /// Hexadecimal digits, if there is an event of this number.
    pub(super) fn hash_of_event(&self, number: i64) -> Result<Option<String>> {
        let hash: Option<Vec<u8>> =
            self.db.prepare_cached("SELECT hash FROM event WHERE id = ?1")?.query_row([number], |row| row.get(0)).optional()?;
        Ok(hash.map(|hash| mails::hex(&hash)))
    }

    /// The last event, to be kept elsewhere. None while nothing has happened.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn head(&self) -> Result<Option<Anchor>> {
        let Some(last) = self.last_event()? else { return Ok(None) };
        Ok(self.hash_of_event(last)?.map(|hash| Anchor::new(last, &hash)))
    }

    /// How the record was brought to its present form, if it was.
    pub(super) fn sealed_anew(&self) -> Result<Option<SealedAnew>> {
        let payload: Option<String> = self
            .db
            .prepare_cached("SELECT payload FROM event JOIN event_payload ON event_id = id WHERE kind = ?1 ORDER BY id DESC LIMIT 1")?
            .query_row([EventKind::RecordSealedAnew.name()], |row| row.get(0))
            .optional()?;
        Ok(payload.and_then(|payload| serde_json::from_str(&payload).ok()))
    }

    /// Whether the record contains what was kept of it.
    ///
    /// # Errors
    ///
    /// [`RegisterError::Damaged`] says why it does not; and where the register cannot be read.
    pub fn contains(&self, kept: &Anchor) -> Result<()> {
        let there = self.hash_of_event(kept.event)?;
        let before = self.sealed_anew()?.map(|sealed| sealed.last).filter(|last| last.was_at_event == kept.event);
        let hashes = [there.as_ref(), before.as_ref().and_then(|last| last.hash.as_ref())];
        if hashes.into_iter().flatten().any(|hash| kept.begins(hash)) {
            return Ok(());
        }
        Err(RegisterError::Damaged(match there {
            Some(_) => format!("event {} is another one than the one of which {kept} was kept: the record was rewritten", kept.event),
            None => format!(
                "the record ends with event {}, and {kept} was kept of a later one: it was cut short, or an older copy lies in its place",
                self.last_event()?.unwrap_or(0)
            ),
        }))
    }

    /// Goes through the whole chain; what it records if every hash is right and none is missing.
    pub(super) fn verify_chain(&self) -> Result<Recorded> {
        if sealing::is_of_earlier_form(&self.db)? {
            return sealing::verify(&self.db);
        }
        let erased: HashSet<i64> = self
            .db
            .prepare("SELECT erases FROM event WHERE erases IS NOT NULL")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let mut statement = self.db.prepare(LINKS)?;
        let mut rows = statement.query([])?;
        let (mut before, mut count, mut recorded) = (Vec::new(), 0, Recorded::default());
        while let Some(row) = rows.next()? {
            let link = Link::read(row, &before)?;
            if link.computed[..] != link.hash[..] {
                return Err(altered(&link.named()));
            }
            count = follows(link.id, count)?;
            match (&link.payload, erased.contains(&link.id)) {
                (Some((salt, payload)), false) if commitment(salt, payload)[..] == link.commitment[..] => {}
                (Some(_), false) => return Err(RegisterError::Damaged(format!("the payload of {} was altered", link.named()))),
                (None, true) => recorded.erased += 1,
                (None, false) => {
                    return Err(RegisterError::Damaged(format!(
                        "the payload of {} is missing, and no event says that it was erased",
                        link.named()
                    )));
                }
                (Some(_), true) => {
                    return Err(RegisterError::Damaged(format!(
                        "the payload of {} was erased, and something lies in its place",
                        link.named()
                    )));
                }
            }
            let payload = link.payload.as_ref().map(|(_, payload)| payload.as_str());
            recorded.note(&link.kind, link.mail, link.letter, payload);
            if let (Some(EventKind::RecordSealedAnew), Some(payload)) = (EventKind::from_name(&link.kind), payload) {
                let sealed: Option<SealedAnew> = serde_json::from_str(payload).ok();
                recorded.earlier_damage = sealed.and_then(|sealed| sealed.damage).or(recorded.earlier_damage);
            }
            before = link.hash;
        }
        ends_with(&self.db, count)?;
        let payloads: i64 = self.db.query_row("SELECT count(*) FROM event_payload", [], |row| row.get(0))?;
        if payloads + recorded.erased as i64 != count {
            return Err(RegisterError::Damaged("there is a payload of no event".into()));
        }
        recorded.events = count as u64;
        Ok(recorded)
    }
}

pub(super) fn altered(event: &str) -> RegisterError {
    RegisterError::Damaged(format!("{event} was altered, or one before it is missing"))
}

/// The number of this event, if it is the next after `count`.
pub(super) fn follows(id: i64, count: i64) -> Result<i64> {
    if id == count + 1 { Ok(id) } else { Err(RegisterError::Damaged(format!("event {} is missing", count + 1))) }
}

/// AUTOINCREMENT remembers the last number that was given (<https://www.sqlite.org/autoinc.html>).
pub(super) fn ends_with(db: &rusqlite::Connection, count: i64) -> Result<()> {
    let given: Option<i64> = db.query_row("SELECT seq FROM sqlite_sequence WHERE name = 'event'", [], |row| row.get(0)).optional()?;
    match given.unwrap_or(0) {
        given if given == count => Ok(()),
        given => Err(RegisterError::Damaged(format!("the record ends with event {count}, but {given} were written"))),
    }
}

impl Register {
    /// Erases what is recorded of an event beside its kind, time, actor and what it is about. The chain goes on holding its commitment.
    ///
    /// # Errors
    ///
    /// [`RegisterError::Refused`] for what is no event, was erased before, or says what became of the record itself; and where the register cannot be
    /// read or written.
    pub fn erase_payload(&mut self, event: i64, why: &str, by: &Actor, now: Timestamp) -> Result<()> {
        // What is deleted is overwritten, and the log that still has it is emptied.
        self.db.pragma_update(None, "secure_delete", true)?;
        let erased = self.write(|tx| {
            let known: Option<(String, bool)> = tx
                .query_row(
                    "SELECT kind, payload IS NULL FROM event LEFT JOIN event_payload ON event_id = id WHERE id = ?1",
                    [event],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            let refused = |why| Err(Refusal::Event { event, why }.into());
            match known.map(|(kind, is_erased)| (EventKind::from_name(&kind), is_erased)) {
                None => return refused(EventRefusal::Unknown),
                Some((_, true)) => return refused(EventRefusal::IsErased),
                Some((Some(EventKind::PayloadErased | EventKind::RecordSealedAnew), _)) => {
                    return refused(EventRefusal::IsOfTheRecord);
                }
                Some(_) => {}
            }
            Event::new(now, Happened::PayloadErased { why: why.to_owned() }, by).erases(event).append(tx)?;
            tx.execute("DELETE FROM event_payload WHERE event_id = ?1", [event])?;
            Ok(())
        });
        self.db.pragma_update(None, "secure_delete", false)?;
        erased?;
        // Readers may hold it back: then the next one empties it.
        self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}
