//! Letters about known requests that left in the time which a restored register has lost, as the copies in the Sent folder show them.

use super::restored::request_known_before;
use super::{Reader, Result, Transaction, rows};
use crate::domain::identity::{AuthorityId, ContactId, DeliveryId, LetterId, MailId, RequestId};
use crate::domain::reply_address::{Read, ReplyAddresses};
use crate::mail::Understood;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{OptionalExtension, params};

/// A copy of a letter of ours, as far as its head tells.
#[derive(Debug, Clone)]
pub struct LostLetter {
    pub(crate) message_id: String,
    /// Of its request.
    pub(crate) reference: String,
    /// Which its reply address names.
    pub(crate) request: Option<RequestId>,
    pub(crate) subject: String,
    pub(crate) to: Vec<String>,
    pub(crate) copies: Vec<String>,
    pub(crate) left_at: Option<Timestamp>,
    /// It acknowledges the mail that it answers, if that is told.
    pub(crate) acknowledges: Option<Option<String>>,
    pub(crate) head: Vec<u8>,
}

impl LostLetter {
    /// If it is a letter about a request, written under our secret. `auto_submitted`: the header of that name.
    pub fn read(head: Vec<u8>, understood: &Understood, auto_submitted: Option<&str>, addresses: &ReplyAddresses) -> Option<LostLetter> {
        // As it was given: ours are in lower case.
        let message_id = understood.message_id.as_ref()?.to_ascii_lowercase();
        let reference = addresses.reference_in(&message_id)?;
        let in_answer = auto_submitted.is_some_and(|value| value.trim().eq_ignore_ascii_case("auto-replied"));
        let all = |mailboxes: &[crate::mail::message::Mailbox]| mailboxes.iter().filter_map(|mailbox| mailbox.address.clone()).collect();
        let request = understood.reply_to.iter().filter_map(|mailbox| match addresses.read_as_written(mailbox.address.as_deref()?) {
            Some(Read::Subject(subject)) => subject.request(),
            _ => None,
        });
        Some(LostLetter {
            reference,
            request: request.into_iter().next(),
            subject: understood.subject.clone().unwrap_or_default(),
            to: all(&understood.to),
            copies: all(&understood.cc),
            left_at: understood.date.as_deref().and_then(|date| date.parse().ok()),
            acknowledges: in_answer.then(|| understood.in_reply_to.first().cloned()),
            message_id,
            head,
        })
    }

    /// Without angle brackets, in lower case.
    pub fn message_id(&self) -> &str {
        &self.message_id
    }

    /// By its date.
    pub fn left_at(&self) -> Option<Timestamp> {
        self.left_at
    }
}

/// The request of a letter, if that is known and the letter is not.
pub(crate) fn request_of(db: &Transaction<'_>, message_id: &str, reference: &str, named: Option<RequestId>) -> Result<Option<RequestId>> {
    let known = db.prepare_cached("SELECT 1 FROM own_message_id WHERE message_id = ?1")?.exists([message_id])?;
    if known { Ok(None) } else { request_known_before(db, reference, named) }
}

/// A letter about a request of which nothing but the Message-ID is known.
pub(crate) fn put_named(tx: &Transaction<'_>, message_id: &str, request: RequestId) -> Result<()> {
    tx.execute("INSERT INTO own_message_id (message_id, request_id) VALUES (?1, ?2)", params![message_id, request.0])?;
    Ok(())
}

/// Whose address it is in the directory: the authority's own people first, and of these whoever was in the post on that day.
pub(crate) fn contact_at(db: &Reader, address: &str, authority: AuthorityId, day: Date) -> Result<Option<ContactId>> {
    let mut statement =
        db.prepare_cached("SELECT id, authority_id = ?2, valid_from, valid_to FROM seated_contact WHERE address = lower(?1) ORDER BY id")?;
    let found = statement.query_map(params![address, authority.0], |row| {
        Ok((ContactId(row.get(0)?), row.get::<_, bool>(1)?, rows::validity(row, 2)?.covers(day)))
    })?;
    let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(found.into_iter().min_by_key(|(_, is_its_own, was_there)| (!is_its_own, !was_there)).map(|(contact, ..)| contact))
}

/// The deliveries of a letter were begun at this time, the copies last. To which address the lost register had it returned is not known.
pub(crate) fn put_begun(tx: &Transaction<'_>, letter: LetterId, at: Timestamp) -> Result<Vec<(DeliveryId, bool)>> {
    let mut deliveries: Vec<(DeliveryId, bool)> = tx
        .prepare_cached("UPDATE delivery SET first_attempt_at = ?2, envelope_sender = '' WHERE letter_id = ?1 RETURNING id, is_copy")?
        .query_map(params![letter.0, at.as_second()], |row| Ok((DeliveryId(row.get(0)?), row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    deliveries.sort_by_key(|(delivery, is_copy)| (*is_copy, *delivery));
    Ok(deliveries)
}

/// The mail of that Message-ID, in answer to which a letter was written.
pub(crate) fn mail_of(db: &Reader, message_id: &str) -> Result<Option<MailId>> {
    let mut statement = db.prepare_cached("SELECT id FROM mail WHERE message_id = ?1 ORDER BY id LIMIT 1")?;
    Ok(statement.query_row([message_id], |row| row.get(0).map(MailId)).optional()?)
}
