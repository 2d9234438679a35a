//! What linking asks of the register: which rows a mail's addresses, Message-IDs and words lead to.

use super::{Reader, Result, requests};
use crate::domain::haste::MOST_REQUESTS_LOOKED_THROUGH;
use crate::domain::identity::{AuthorityId, DeliveryId, LetterId, MailId, RequestId};
use crate::domain::linking::named::{MOST_OTHERS, MOST_SEARCHED, OpenRequest};
use crate::domain::request::Request;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

/// Of a Message-ID (without brackets) of ours, which request and letter it is of.
pub(crate) fn own_message(db: &Reader, message_id: &str) -> Result<Option<(Option<RequestId>, Option<LetterId>)>> {
    let mut statement = db.prepare_cached("SELECT request_id, letter_id FROM own_message_id WHERE message_id = ?1")?;
    let found = statement
        .query_row([message_id], |row| Ok((row.get::<_, Option<i64>>(0)?.map(RequestId), row.get::<_, Option<i64>>(1)?.map(LetterId))));
    Ok(found.optional()?)
}

pub(crate) fn is_own_message_id(db: &Reader, message_id: &str) -> Result<bool> {
    Ok(db.prepare_cached("SELECT 1 FROM own_message_id WHERE message_id = ?1 LIMIT 1")?.exists([message_id])?)
}

pub(crate) fn mails_with_message_id(db: &Reader, message_id: &str) -> Result<Vec<MailId>> {
    let mut statement = db.prepare_cached("SELECT id FROM mail WHERE message_id = ?1")?;
    let found = statement.query_map([message_id], |row| row.get(0).map(MailId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// None if there is no such delivery, or its letter is about no request.
pub(crate) fn request_of_delivery(db: &Reader, delivery: DeliveryId) -> Result<Option<RequestId>> {
    let request: Option<Option<i64>> = db
        .prepare_cached("SELECT l.request_id FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.id = ?1")?
        .query_row([delivery.0], |row| row.get(0))
        .optional()?;
    Ok(request.flatten().map(RequestId))
}

pub(crate) fn has_request(db: &Reader, request: RequestId) -> Result<bool> {
    let mut statement = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM request WHERE id = ?1)")?;
    Ok(statement.query_row([request.0], |row| row.get(0))?)
}

/// Requests begun by hand that have this address; two, if there are more.
pub(crate) fn with_adopted_address(db: &Reader, address: &str) -> Result<Vec<RequestId>> {
    let mut statement = db.prepare_cached("SELECT request_id FROM adopted_address WHERE address = ?1 LIMIT 2")?;
    let found = statement.query_map([address], |row| row.get(0).map(RequestId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Goes through the requests begun by hand, the latest first: each with its reference and authority.
pub(crate) fn for_each_begun_by_hand(db: &Reader, mut each: impl FnMut(RequestId, String, AuthorityId) -> Result<()>) -> Result<()> {
    let mut statement = db.prepare_cached("SELECT id, reference, authority_id FROM request WHERE adopted = 1 ORDER BY id DESC")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(RequestId(row.get(0)?), row.get(1)?, AuthorityId(row.get(2)?))?;
    }
    Ok(())
}

/// The latest requests to an authority that have not ended, the latest first, with what they may be called by.
pub(crate) fn open_requests_of(db: &Reader, authority: AuthorityId) -> Result<Vec<OpenRequest>> {
    let mut statement = db.prepare_cached(
        "SELECT r.id, r.sent_at IS NOT NULL, c.reference, c.report, r.subject
         FROM (SELECT id, sent_at, subject FROM request WHERE authority_id = ?1 AND ended IS NULL ORDER BY id DESC LIMIT ?2) r
         LEFT JOIN request_recommendation q ON q.request_id = r.id LEFT JOIN recommendation c ON c.id = q.recommendation_id
         ORDER BY r.id DESC, q.position",
    )?;
    let mut rows = statement.query(params![authority.0, MOST_SEARCHED])?;
    let mut open: Vec<OpenRequest> = Vec::new();
    while let Some(row) = rows.next()? {
        let id = RequestId(row.get(0)?);
        if open.last().is_none_or(|last| last.id != id) {
            open.push(OpenRequest { id, is_sent: row.get(1)?, names: Vec::new(), subject: row.get(4)? });
        }
        let names = [row.get::<_, Option<String>>(2)?, row.get(3)?].into_iter().flatten();
        if let Some(last) = open.last_mut() {
            last.names.extend(names);
        }
    }
    Ok(open)
}

/// Whether a mail counted as an answer before, and a person has taken that back.
pub(crate) fn counted_before(db: &Reader, mail: MailId) -> Result<bool> {
    let mut statement = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM mail WHERE id = ?1 AND counted_until IS NOT NULL)")?;
    Ok(statement.query_row([mail.0], |row| row.get(0))?)
}

/// When the last letter about a request that was tried by `until` (Unix seconds) was first given to a server; Unix seconds.
pub(crate) fn last_letter_tried(db: &Reader, request: RequestId, until: i64) -> Result<Option<i64>> {
    let mut statement = db.prepare_cached(
        "SELECT max(d.first_attempt_at) FROM letter l JOIN delivery d ON d.letter_id = l.id
         WHERE l.request_id = ?1 AND d.first_attempt_at <= ?2",
    )?;
    Ok(statement.query_row(params![request.0, until], |row| row.get(0))?)
}

/// When an attempt to send any letter about a request was first begun.
pub(crate) fn first_attempt_at(db: &Reader, request: RequestId) -> Result<Option<Timestamp>> {
    let first: Option<i64> = db
        .prepare_cached("SELECT min(d.first_attempt_at) FROM letter l JOIN delivery d ON d.letter_id = l.id WHERE l.request_id = ?1")?
        .query_row([request.0], |row| row.get(0))?;
    Ok(first.and_then(|second| Timestamp::from_second(second).ok()))
}

/// Another mail of the same sender, with the same few words, that is linked to a late request to the same authority.
pub(crate) fn with_same_words(
    db: &Reader,
    request: RequestId,
    sender: &str,
    message_id: Option<&str>,
    short_text: &str,
) -> Result<Option<MailId>> {
    let mut statement = db.prepare_cached(
        "SELECT m.id FROM (SELECT id FROM request WHERE authority_id = (SELECT authority_id FROM request WHERE id = ?1)
                           ORDER BY id DESC LIMIT ?5) r
         JOIN mail_link l ON l.request_id = r.id JOIN mail m ON m.id = l.mail_id
         WHERE m.sender = ?2 AND m.message_id IS NOT ?3 AND m.short_text = ?4 LIMIT 1",
    )?;
    let found =
        statement.query_row(params![request.0, sender, message_id, short_text, MOST_REQUESTS_LOOKED_THROUGH], |row| row.get(0).map(MailId));
    Ok(found.optional()?)
}

/// Whether another request to the same authority was sent and is open; of the latest that have not ended.
pub(crate) fn has_others_open(db: &Reader, request: &Request) -> Result<bool> {
    let mut others = db.prepare_cached(&format!(
        "SELECT 1 FROM (SELECT id, ended FROM request WHERE authority_id = ?1 AND id <> ?2 AND ended IS NULL AND sent_at IS NOT NULL
         ORDER BY id DESC LIMIT ?3) r WHERE {}",
        requests::IS_OPEN
    ))?;
    Ok(others.exists(params![request.authority.0, request.id.0, MOST_OTHERS])?)
}

/// It was begun by hand, by a letter that did not leave from here.
pub(crate) fn is_adopted(db: &Reader, request: RequestId) -> Result<bool> {
    Ok(db.prepare_cached("SELECT adopted FROM request WHERE id = ?1")?.query_row([request.0], |row| row.get(0))?)
}
