//! Links of mails to requests, and what a mail answers there: put, read and taken away. Which there are is decided in `domain::linking`.

use super::{Result, kept, planning, recommendations, resting as rests, rows};
use crate::domain::identity::{MailId, RequestId};
use crate::domain::linking::{Evidence, Link};
use crate::domain::reply::Effect;
use crate::domain::rules::OfficeRules;
use crate::mail::answers;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

pub(super) fn linked_requests(tx: &Transaction<'_>, mail: MailId) -> Result<Vec<RequestId>> {
    let mut statement = tx.prepare_cached("SELECT request_id FROM mail_link WHERE mail_id = ?1 ORDER BY request_id")?;
    let found = statement.query_map([mail.0], |row| row.get(0).map(RequestId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Takes back what rules concluded of a mail, before it is judged again. What it was linked to, and since when.
pub(super) fn clear(tx: &Transaction<'_>, rules: &OfficeRules, mail: MailId, now: Timestamp) -> Result<Vec<(RequestId, Timestamp)>> {
    let linked: Vec<(RequestId, Timestamp)> = tx
        .prepare_cached("SELECT request_id, linked_at FROM mail_link WHERE mail_id = ?1")?
        .query_map([mail.0], |row| Ok((RequestId(row.get(0)?), rows::timestamp(row, 1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (request, _) in &linked {
        remove_link(tx, mail, *request)?;
    }
    let candidates = forget_suggestions(tx, mail)?;
    let rested = rests::end(tx, mail, now)?;
    if !linked.is_empty() || !candidates.is_empty() || !rested.is_empty() {
        replan_all(tx, rules, linked.iter().map(|(request, _)| *request).chain(candidates).chain(rested), now)?;
    }
    Ok(linked)
}

/// The links by which a mail has done something. A copy that comes later takes nothing away: anybody can send one, to any address.
pub(super) fn links_that_count(tx: &Transaction<'_>, mail: MailId) -> Result<Vec<Link>> {
    let mut statement =
        tx.prepare_cached("SELECT request_id, effect, evidence FROM mail_link WHERE mail_id = ?1 AND effect <> 'waiting'")?;
    let found = statement.query_map([mail.0], |row| {
        let effect = Effect::from_name(&row.get::<_, String>(1)?).unwrap_or(Effect::Waiting);
        Ok(Link { request: RequestId(row.get(0)?), effect, evidence: rows::json(row, 2)? })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn put_link(
    tx: &Transaction<'_>,
    mail: MailId,
    request: RequestId,
    effect: Effect,
    evidence: &[Evidence],
    by: &str,
    linked_at: Timestamp,
) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO mail_link (mail_id, request_id, effect, evidence, linked_by, linked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![mail.0, request.0, effect.name(), rows::to_json(&evidence)?, by, linked_at.as_second()])?;
    if effect == Effect::Reply { put_answers(tx, mail, request) } else { Ok(()) }
}

/// A link does nothing any more until a person says so.
pub(super) fn let_wait(tx: &Transaction<'_>, mail: MailId, request: RequestId) -> Result<()> {
    tx.prepare_cached("DELETE FROM answer WHERE mail_id = ?1 AND request_id = ?2")?.execute([mail.0, request.0])?;
    tx.prepare_cached("UPDATE mail_link SET effect = 'waiting' WHERE mail_id = ?1 AND request_id = ?2")?.execute([mail.0, request.0])?;
    Ok(())
}

/// What it did, if there was one.
pub(super) fn remove_link(tx: &Transaction<'_>, mail: MailId, request: RequestId) -> Result<Option<Effect>> {
    tx.prepare_cached("DELETE FROM answer WHERE mail_id = ?1 AND request_id = ?2")?.execute([mail.0, request.0])?;
    let effect: Option<String> = tx
        .prepare_cached("DELETE FROM mail_link WHERE mail_id = ?1 AND request_id = ?2 RETURNING effect")?
        .query_row([mail.0, request.0], |row| row.get(0))
        .optional()?;
    Ok(effect.and_then(|effect| Effect::from_name(&effect)))
}

pub(super) fn forget_suggestions(tx: &Transaction<'_>, mail: MailId) -> Result<Vec<RequestId>> {
    let mut statement = tx.prepare_cached("DELETE FROM mail_suggestion WHERE mail_id = ?1 RETURNING request_id")?;
    let forgotten = statement.query_map([mail.0], |row| row.get(0).map(RequestId))?;
    Ok(forgotten.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn replan_all(
    tx: &Transaction<'_>,
    rules: &OfficeRules,
    requests: impl IntoIterator<Item = RequestId>,
    now: Timestamp,
) -> Result<()> {
    let mut requests: Vec<RequestId> = requests.into_iter().collect();
    requests.sort();
    requests.dedup();
    requests.into_iter().try_for_each(|request| planning::replan(tx, rules, request, now))
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
