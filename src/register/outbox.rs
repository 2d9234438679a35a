//! The outbox: letters go into it with their bytes and Message-ID fixed before the first attempt (promise 3).

use super::Transaction;
use super::new_letter::{NewLetter, Recipient};
use super::{Reader, Result, drafts, obligations, search};
use crate::domain::identity::{DeliveryId, LetterId};
use crate::domain::ladder::Step;
use crate::domain::obligation::Obligation;
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::subject::Subject;
use jiff::Timestamp;
use rusqlite::params;

use sha2::{Digest, Sha256};

/// Stores a letter: in the outbox with its deliveries, or as a draft, which has none yet.
pub(crate) fn put(
    tx: &Transaction<'_>,
    about: Option<Subject>,
    step: Option<&Step>,
    letter: &NewLetter,
    addresses: &ReplyAddresses,
    now: Timestamp,
) -> Result<LetterId> {
    tx.prepare_cached(
        "INSERT INTO letter (subject_kind, subject_id, role, template, step, level, message_id, subject, bytes, sha256, written_at, written_on)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        about.map(|subject| subject.kind().name()),
        about.map(Subject::number),
        letter.role,
        letter.template,
        step.map(|step| &step.name),
        letter.level,
        letter.message_id,
        letter.subject,
        letter.bytes,
        Sha256::digest(&letter.bytes).to_vec(),
        now.as_second(),
        letter.written_on.to_string()
    ])?;
    let id = LetterId(tx.last_insert_rowid());
    tx.prepare_cached("INSERT INTO own_message_id (message_id, request_id, letter_id) VALUES (?1, ?2, ?3)")?.execute(params![
        letter.message_id,
        about.and_then(Subject::request).map(|request| request.0),
        id.0
    ])?;
    match letter.release_by {
        Some(release_by) => drafts::put(tx, id, about, letter, release_by)?,
        None => {
            for recipient in &letter.recipients {
                put_delivery(tx, id, about, recipient, addresses, letter.not_before)?;
            }
        }
    }
    if about.is_some() {
        let people: Vec<&str> = letter.recipients.iter().map(|recipient| recipient.address.as_str()).collect();
        search::index_letter(tx, id, &letter.subject, &people.join(" "), &letter.text)?;
    }
    Ok(id)
}

pub(super) fn put_delivery(
    tx: &Transaction<'_>,
    letter: LetterId,
    about: Option<Subject>,
    recipient: &Recipient,
    addresses: &ReplyAddresses,
    not_before: Timestamp,
) -> Result<DeliveryId> {
    let domain = recipient.address.rsplit_once('@').map_or("", |(_, domain)| domain).to_lowercase();
    tx.prepare_cached(
        "INSERT INTO delivery (letter_id, recipient, domain, contact_id, envelope_sender, is_copy, state)
         VALUES (?1, ?2, ?3, ?4, '', ?5, 'waiting')",
    )?
    .execute(params![letter.0, recipient.address, domain, recipient.contact.map(|contact| contact.0), recipient.is_copy])?;
    let id = DeliveryId(tx.last_insert_rowid());
    tx.prepare_cached("UPDATE delivery SET envelope_sender = ?2 WHERE id = ?1")?.execute(params![id.0, addresses.for_delivery(id)])?;
    obligations::plan(tx, Obligation::Attempt(id), about, Some(not_before))?;
    Ok(id)
}

impl Reader {
    /// The bytes of a letter as they were sent.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or has no such letter.
    pub fn letter_bytes(&self, letter: LetterId) -> Result<Vec<u8>> {
        Ok(self.db.query_row("SELECT bytes FROM letter WHERE id = ?1", [letter.0], |row| row.get(0))?)
    }
}
