//! Rows of links of mails to requests, of what a mail answers there, and of what it may be about. Which there are is decided in `domain::linking`.

use super::Transaction;
use super::{Reader, Result, events, kept, recommendations, rows};
use crate::domain::event::Actor;
use crate::domain::identity::{MailId, RequestId};
use crate::domain::linking::{Evidence, Link};
use crate::domain::reply::Effect;
use crate::domain::subject::Subject;
use crate::mail::answers;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

pub(crate) fn linked_requests(db: &Reader, mail: MailId) -> Result<Vec<RequestId>> {
    let mut statement =
        db.prepare_cached("SELECT request_id FROM mail_link WHERE mail_id = ?1 AND request_id IS NOT NULL ORDER BY request_id")?;
    let found = statement.query_map([mail.0], |row| row.get(0).map(RequestId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// When a link was made, and by which event it does what it does: digests tell it by that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made {
    pub(crate) event: i64,
    pub(crate) at: Timestamp,
}

impl Made {
    /// By the event that was recorded last in this transaction.
    pub(crate) fn by_last_event(tx: &Transaction<'_>, at: Timestamp) -> Result<Made> {
        Ok(Made { event: events::last(tx)?, at })
    }
}

/// A link as it was made, to be taken back and judged again.
pub(crate) struct LinkMade {
    pub(crate) request: RequestId,
    pub(crate) effect: Effect,
    /// The event is none where the record before had none.
    pub(crate) event: Option<i64>,
    pub(crate) linked_at: Timestamp,
}

/// What a mail is linked to.
pub(crate) fn of_mail(db: &Reader, mail: MailId) -> Result<Vec<LinkMade>> {
    let mut statement =
        db.prepare_cached("SELECT request_id, effect, event_id, linked_at FROM mail_link WHERE mail_id = ?1 AND request_id IS NOT NULL")?;
    let found = statement.query_map([mail.0], |row| {
        Ok(LinkMade {
            request: RequestId(row.get(0)?),
            effect: rows::word(row, 1, Effect::from_name)?,
            event: row.get(2)?,
            linked_at: rows::timestamp(row, 3)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The links by which a mail has done something. A copy that comes later takes nothing away: anybody can send one, to any address.
pub(crate) fn links_that_count(db: &Reader, mail: MailId) -> Result<Vec<Link>> {
    let mut statement = db.prepare_cached(
        "SELECT request_id, effect, evidence FROM mail_link WHERE mail_id = ?1 AND effect <> 'waiting' AND request_id IS NOT NULL",
    )?;
    let found = statement.query_map([mail.0], |row| {
        let effect = rows::word(row, 1, Effect::from_name)?;
        Ok(Link { request: RequestId(row.get(0)?), effect, evidence: rows::json(row, 2)? })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn put_link(
    tx: &Transaction<'_>,
    mail: MailId,
    subject: impl Into<Subject>,
    effect: Effect,
    evidence: &[Evidence],
    by: &Actor,
    made: Made,
) -> Result<()> {
    let subject = subject.into();
    tx.prepare_cached(
        "INSERT INTO mail_link (mail_id, subject_kind, subject_id, effect, evidence, person, linked_at, event_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        mail.0,
        subject.kind().name(),
        subject.number(),
        effect.name(),
        rows::to_json(&evidence)?,
        by.person(),
        made.at.as_second(),
        made.event
    ])?;
    match subject.request().filter(|_| effect == Effect::Reply) {
        Some(request) => put_answers(tx, mail, request),
        None => Ok(()),
    }
}

/// A link does nothing any more until a person says so.
pub(crate) fn let_wait(tx: &Transaction<'_>, mail: MailId, request: RequestId) -> Result<()> {
    tx.prepare_cached("DELETE FROM answer WHERE mail_id = ?1 AND request_id = ?2")?.execute([mail.0, request.0])?;
    tx.prepare_cached("UPDATE mail_link SET effect = 'waiting' WHERE mail_id = ?1 AND request_id = ?2")?.execute([mail.0, request.0])?;
    Ok(())
}

/// What it did, if there was one.
pub(crate) fn remove_link(tx: &Transaction<'_>, mail: MailId, request: RequestId) -> Result<Option<Effect>> {
    tx.prepare_cached("DELETE FROM answer WHERE mail_id = ?1 AND request_id = ?2")?.execute([mail.0, request.0])?;
    let mut delete = tx.prepare_cached("DELETE FROM mail_link WHERE mail_id = ?1 AND request_id = ?2 RETURNING effect")?;
    Ok(delete.query_row([mail.0, request.0], |row| rows::word(row, 0, Effect::from_name)).optional()?)
}

pub(crate) fn put_suggestion(
    tx: &Transaction<'_>,
    mail: MailId,
    position: i64,
    subject: impl Into<Subject>,
    evidence: &[Evidence],
) -> Result<()> {
    let subject = subject.into();
    tx.prepare_cached("INSERT INTO mail_suggestion (mail_id, subject_kind, subject_id, position, evidence) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![mail.0, subject.kind().name(), subject.number(), position, rows::to_json(&evidence)?])?;
    Ok(())
}

pub(crate) fn forget_suggestions(tx: &Transaction<'_>, mail: MailId) -> Result<Vec<RequestId>> {
    let mut statement = tx.prepare_cached("DELETE FROM mail_suggestion WHERE mail_id = ?1 RETURNING request_id")?;
    let forgotten = statement.query_map([mail.0], |row| row.get::<_, Option<i64>>(0))?;
    Ok(forgotten.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().map(RequestId).collect())
}

/// What the mail says on each recommendation of a request.
fn put_answers(tx: &Transaction<'_>, mail: MailId, request: RequestId) -> Result<()> {
    let understood = kept::understood(tx, mail)?.unwrap_or_default();
    let asked = recommendations::of_request(tx, request)?;
    for (recommendation, answer) in asked.iter().zip(answers::to_each(&asked, &understood)) {
        let position = answer.as_ref().and_then(|answer| answer.position).map(|position| position.to_string());
        tx.prepare_cached("INSERT INTO answer (request_id, recommendation_id, mail_id, text, position) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![request.0, recommendation.id.0, mail.0, answer.map(|answer| answer.text), position])?;
    }
    Ok(())
}
