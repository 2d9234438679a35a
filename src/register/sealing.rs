//! The record of builds before format 15, whose chain ran over the payloads themselves: how it is proven, and how it is sealed anew.
//!
//! What an event says stays as it is; its hash is another. The event that is appended names the last hash before, and what was wrong with the record,
//! if anything was: that is told by every `verify` from then on.

use super::chain::{Recorded, altered, ends_with, follows};
use super::events::{Event, Sealed, commitment};
use super::restored::SignOfLife;
use super::{RegisterError, Result, mails, ownership};
use crate::domain::event::{Actor, Entry, Happened, RuleName, SealedAnew, Way};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};
use std::path::Path;

/// An event of the earlier form.
struct Earlier {
    id: i64,
    at: i64,
    kind: String,
    actor: String,
    /// The request, the mail, the letter and the authority that it is about.
    about: [Option<i64>; 4],
    detail: String,
    hash: Vec<u8>,
}

const EARLIER: &str = "SELECT id, at, kind, actor, request_id, mail_id, letter_id, authority_id, detail, hash FROM event";

impl Earlier {
    fn read(row: &Row<'_>) -> rusqlite::Result<Earlier> {
        Ok(Earlier {
            id: row.get(0)?,
            at: row.get(1)?,
            kind: row.get(2)?,
            actor: row.get(3)?,
            about: [row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?],
            detail: row.get(8)?,
            hash: row.get(9)?,
        })
    }

    fn computed(&self, before: &[u8]) -> Vec<u8> {
        let mut fields = vec![self.at.to_string(), self.kind.clone(), self.actor.clone()];
        fields.extend(self.about.map(|id| id.map_or_else(String::new, |id| id.to_string())));
        fields.push(self.detail.clone());
        let mut hasher = Sha256::new();
        hasher.update(before);
        for field in fields {
            hasher.update((field.len() as u64).to_be_bytes());
            hasher.update(field.as_bytes());
        }
        hasher.finalize().to_vec()
    }

    /// Whether it follows the `count` events before, of which the last has the hash `before`.
    fn check(&self, before: &[u8], count: i64) -> Result<()> {
        if self.computed(before) != self.hash {
            let at = Timestamp::from_second(self.at).map_or_else(|_| self.at.to_string(), |at| at.to_string());
            return Err(altered(&format!("event {} ({} at {at})", self.id, self.kind)));
        }
        follows(self.id, count).map(|_| ())
    }
}

pub(super) fn is_of_earlier_form(db: &Connection) -> Result<bool> {
    Ok(db.prepare("SELECT 1 FROM pragma_table_info('event') WHERE name = 'detail'")?.exists([])?)
}

/// Goes through the chain of the earlier form, as a back-up of an earlier build has it.
pub(super) fn verify(db: &Connection) -> Result<Recorded> {
    let mut statement = db.prepare(&format!("{EARLIER} ORDER BY id"))?;
    let mut rows = statement.query([])?;
    let (mut before, mut count, mut recorded) = (Vec::new(), 0, Recorded::default());
    while let Some(row) = rows.next()? {
        let event = Earlier::read(row)?;
        event.check(&before, count)?;
        recorded.note(&event.kind, event.about[1], event.about[2], Some(&event.detail));
        (before, count) = (event.hash, event.id);
    }
    ends_with(db, count)?;
    recorded.events = count as u64;
    Ok(recorded)
}

/// The part of migration 0015 that SQL cannot do. `place`: where the register lies, and beside it its sign of life; none of a
/// new one.
pub(super) fn seal_anew(tx: &Connection, place: Option<&Path>) -> Result<()> {
    // Of what is moved nothing stays behind in the file, where an erasure would not find it.
    tx.pragma_update(None, "secure_delete", true)?;
    let identity: String = tx.query_row(ownership::IDENTITY, [], |row| row.get(0))?;
    let sign = place.and_then(SignOfLife::beside).filter(|sign| sign.is_of(&identity));
    let mut next = tx.prepare(&format!("{EARLIER} WHERE id > ?1 ORDER BY id LIMIT 1"))?;
    let mut payload = tx.prepare("INSERT INTO event_payload (event_id, salt, payload) VALUES (?1, randomblob(16), ?2) RETURNING salt")?;
    let mut seal = tx.prepare("UPDATE event SET way = ?2, commitment = ?3, hash = ?4 WHERE id = ?1")?;
    let (mut last, mut before): (Option<Earlier>, Vec<u8>) = (None, Vec::new());
    let (mut damage, mut sign_of_life) = (None, None);
    let mut note = |checked: Result<()>| match checked {
        // Where it was first.
        Err(RegisterError::Damaged(what)) if damage.is_none() => {
            damage = Some(what);
            Ok(())
        }
        Err(RegisterError::Damaged(_)) => Ok(()),
        other => other,
    };
    loop {
        let (count, hash_before) = last.as_ref().map_or((0, &[][..]), |last| (last.id, &last.hash));
        let Some(event) = next.query_row([count], Earlier::read).optional()? else { break };
        note(event.check(hash_before, count))?;
        let is_rule = Actor::is_rule_of_earlier_build(&event.actor);
        let salt: Vec<u8> = payload.query_row(params![event.id, event.detail], |row| row.get(0))?;
        let [request, mail, letter, authority] = event.about;
        let sealed = Sealed {
            at: event.at,
            kind: &event.kind,
            actor: &event.actor,
            on_behalf_of: None,
            way: (!is_rule).then_some(Way::CommandLine.name()),
            request,
            mail,
            letter,
            authority,
            erases: None,
            commitment: &commitment(&salt, &event.detail),
        };
        let hash = sealed.hash(&before);
        seal.execute(params![event.id, sealed.way, sealed.commitment, hash])?;
        before = hash.to_vec();
        sign_of_life = sign_of_life.or(sign.as_ref().filter(|sign| sign.is_at(event.id, &mails::hex(&event.hash))));
        last = Some(event);
    }
    note(ends_with(tx, last.as_ref().map_or(0, |last| last.id)))?;
    drop((next, payload, seal));
    tx.execute_batch(include_str!("migrations/0015_sealed.sql"))?;
    if let Some(last) = last {
        let sealed = SealedAnew {
            last: Entry { was_at_event: last.id, hash: Some(mails::hex(&last.hash)) },
            damage,
            sign_of_life: sign_of_life.map(SignOfLife::entry),
        };
        // A migration has no clock: it is dated as the last thing that happened.
        let at = Timestamp::from_second(last.at).map_err(|error| RegisterError::Damaged(error.to_string()))?;
        Event::new(at, Happened::RecordSealedAnew(sealed), RuleName::Format).append_to(tx)?;
    }
    tx.pragma_update(None, "secure_delete", false)?;
    Ok(())
}
