//! Files that are sent with letters about a request: kept with it, each for one letter, and taken by that letter alone.

use super::{Reader, Result, Transaction, mails};
use crate::domain::enclosure::Enclosure;
use crate::domain::event::Enclosed;
use crate::domain::identity::{LetterId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::subject::Subject;
use rusqlite::params;
use sha2::{Digest, Sha256};

/// Which letter about a request: what was enclosed with one to a ministry is not meant for the registry that is reminded next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Which<'a> {
    pub(crate) request: RequestId,
    pub(crate) role: LetterRole,
    /// Of the ladder; none of a first letter.
    pub(crate) step: Option<&'a str>,
}

/// What that letter encloses when it is written: what no letter has taken yet, and, where the request is made again, what the letter before it had.
/// ?1 the request, ?2 the role, ?3 the step, ?4 the role of letters by which a request is made.
macro_rules! of_letter {
    () => {
        "subject_kind = 'request' AND subject_id = ?1 AND role = ?2 AND step IS ?3 AND (letter_id IS NULL OR role = ?4)"
    };
}

pub(super) const OF_LETTER: &str = concat!("SELECT name, media_type, bytes FROM enclosure WHERE ", of_letter!(), " ORDER BY id");
pub(super) const TAKE: &str = concat!("UPDATE enclosure SET letter_id = ?5 WHERE ", of_letter!(), " RETURNING name, sha256");
pub(super) const LEAVE_OUT: &str = concat!("DELETE FROM enclosure WHERE ", of_letter!(), " AND name = ?5");
pub(super) const GIVE_BACK: &str = "UPDATE enclosure SET letter_id = NULL WHERE letter_id = ?1";

pub(crate) fn put(tx: &Transaction<'_>, which: Which<'_>, enclosure: &Enclosure) -> Result<()> {
    let about = Subject::from(which.request);
    tx.prepare_cached(
        "INSERT INTO enclosure (subject_kind, subject_id, role, step, name, media_type, sha256, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        about.kind().name(),
        about.number(),
        which.role,
        which.step,
        enclosure.name,
        enclosure.media_type,
        Sha256::digest(&enclosure.bytes).to_vec(),
        enclosure.bytes
    ])?;
    Ok(())
}

/// What a letter encloses that is written now.
pub(crate) fn of_letter(db: &Reader, which: Which<'_>) -> Result<Vec<Enclosure>> {
    let mut statement = db.prepare_cached(OF_LETTER)?;
    let found = statement.query_map(params![which.request.0, which.role, which.step, LetterRole::Request], |row| {
        Ok(Enclosure { name: row.get(0)?, media_type: row.get(1)?, bytes: row.get(2)? })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Leaves the files of this name out. Whether there were any.
pub(crate) fn leave_out(tx: &Transaction<'_>, which: Which<'_>, name: &str) -> Result<bool> {
    let mut statement = tx.prepare_cached(LEAVE_OUT)?;
    Ok(statement.execute(params![which.request.0, which.role, which.step, LetterRole::Request, name])? > 0)
}

/// The letter has taken them; as the record names them.
pub(crate) fn take(tx: &Transaction<'_>, which: Which<'_>, letter: LetterId) -> Result<Vec<Enclosed>> {
    let mut statement = tx.prepare_cached(TAKE)?;
    let found = statement.query_map(params![which.request.0, which.role, which.step, LetterRole::Request, letter.0], |row| {
        Ok(Enclosed { name: row.get(0)?, sha256: mails::hex(&row.get::<_, Vec<u8>>(1)?) })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The letter does not leave: the one that is written in its place takes them, and no other.
pub(crate) fn give_back(tx: &Transaction<'_>, letter: LetterId) -> Result<()> {
    tx.prepare_cached(GIVE_BACK)?.execute([letter.0])?;
    Ok(())
}
