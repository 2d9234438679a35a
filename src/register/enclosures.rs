//! Files that are sent with letters about a request: kept with it, and taken by its next letter.

use super::{Reader, Result, Transaction, mails};
use crate::domain::enclosure::Enclosure;
use crate::domain::event::Enclosed;
use crate::domain::identity::{LetterId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::subject::Subject;
use rusqlite::params;
use sha2::{Digest, Sha256};

/// Those that the next letter takes: what no letter has taken yet, and, where the request is made again, what an earlier letter by which it was made had.
/// ?1 the request, ?2 whether the letter makes it, ?3 the role of such letters.
const FOR_NEXT: &str = "subject_kind = 'request' AND subject_id = ?1
    AND (letter_id IS NULL OR ?2 AND letter_id IN (SELECT id FROM letter WHERE request_id = ?1 AND role = ?3))";

pub(crate) fn put(tx: &Transaction<'_>, about: Subject, enclosure: &Enclosure) -> Result<()> {
    tx.prepare_cached("INSERT INTO enclosure (subject_kind, subject_id, name, media_type, bytes, sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![
            about.kind().name(),
            about.number(),
            enclosure.name,
            enclosure.media_type,
            enclosure.bytes,
            Sha256::digest(&enclosure.bytes).to_vec()
        ])?;
    Ok(())
}

/// What a letter about a request takes with it; one that says that a letter is being examined takes nothing.
pub(crate) fn for_next(db: &Reader, request: RequestId, role: LetterRole) -> Result<Vec<Enclosure>> {
    if role == LetterRole::Examination {
        return Ok(vec![]);
    }
    let mut statement = db.prepare_cached(&format!("SELECT name, media_type, bytes FROM enclosure WHERE {FOR_NEXT} ORDER BY id"))?;
    let found = statement.query_map(params![request.0, role == LetterRole::Request, LetterRole::Request], |row| {
        Ok(Enclosure { name: row.get(0)?, media_type: row.get(1)?, bytes: row.get(2)? })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The letter has taken them; as the record names them.
pub(crate) fn take(tx: &Transaction<'_>, request: RequestId, role: LetterRole, letter: LetterId) -> Result<Vec<Enclosed>> {
    if role == LetterRole::Examination {
        return Ok(vec![]);
    }
    let mut statement = tx.prepare_cached(&format!("UPDATE enclosure SET letter_id = ?4 WHERE {FOR_NEXT} RETURNING name, sha256"))?;
    let found = statement.query_map(params![request.0, role == LetterRole::Request, LetterRole::Request, letter.0], |row| {
        Ok(Enclosed { name: row.get(0)?, sha256: mails::hex(&row.get::<_, Vec<u8>>(1)?) })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The letter does not leave: the next one takes them.
pub(crate) fn give_back(tx: &Transaction<'_>, letter: LetterId) -> Result<()> {
    tx.prepare_cached("UPDATE enclosure SET letter_id = NULL WHERE letter_id = ?1")?.execute([letter.0])?;
    Ok(())
}
