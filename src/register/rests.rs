//! What rests for mails that wait: written with each judgement, ended when a person has looked. How long it rests is `domain::resting`'s.

use super::Transaction;
use super::delivery_reports::IS_CLAIM;
use super::{Reader, Result, rows, senders};
use crate::domain::identity::{AuthorityId, MailId, RequestId};
use crate::domain::request::Request;
use crate::domain::resting::{Rest, RestKind, Resting};
use crate::domain::rules::day_in;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::params;
use std::collections::HashMap;

/// Puts down what rests for a mail. `senders`: the authorities that it may come from.
pub(crate) fn put(
    tx: &Transaction<'_>,
    mail: MailId,
    received_at: Timestamp,
    resting: &Resting,
    senders: &[AuthorityId],
    event: i64,
) -> Result<()> {
    let mut insert =
        tx.prepare_cached("INSERT INTO rest (mail_id, request_id, authority_id, kind, since, event_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    for (request, kind) in &resting.requests {
        insert.execute(params![mail.0, request.0, None::<i64>, kind.name(), received_at.as_second(), event])?;
    }
    for authority in senders.iter().filter(|_| resting.all_of_sender.is_some()) {
        let kind = resting.all_of_sender.unwrap_or(RestKind::OfOthers);
        insert.execute(params![mail.0, None::<i64>, authority.0, kind.name(), received_at.as_second(), event])?;
    }
    Ok(())
}

/// Nothing rests for this mail any more, but the requests to which it is linked and still waits: a person has looked, or it is judged anew. The
/// requests that rested for it, alone or with others.
pub(crate) fn end(tx: &Transaction<'_>, mail: MailId, now: Timestamp) -> Result<Vec<RequestId>> {
    let mut ended = tx.prepare_cached(
        "UPDATE rest SET until = ?2 WHERE mail_id = ?1 AND until IS NULL
            AND (request_id IS NULL OR request_id NOT IN (SELECT request_id FROM mail_link
                WHERE mail_id = ?1 AND effect = 'waiting' AND request_id IS NOT NULL))
         RETURNING request_id",
    )?;
    let requests = ended.query_map(params![mail.0, now.as_second()], |row| row.get::<_, Option<i64>>(0))?;
    Ok(requests.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().map(RequestId).collect())
}

/// These requests do not rest for this mail any more: a person has said that it is not about them, and what it is about.
pub(crate) fn end_of(tx: &Transaction<'_>, mail: MailId, requests: &[RequestId], now: Timestamp) -> Result<()> {
    let mut ended = tx.prepare_cached("UPDATE rest SET until = ?3 WHERE mail_id = ?1 AND request_id = ?2 AND until IS NULL")?;
    for request in requests {
        ended.execute(params![mail.0, request.0, now.as_second()])?;
    }
    Ok(())
}

/// What may keep the steps of a request waiting, as the domain decides it.
#[derive(Debug, Clone, Default)]
pub(super) struct Rests {
    /// Mail that nobody has read yet: it may be anybody's.
    pub(super) has_unread: bool,
    pub(super) mails: Vec<Rest>,
    /// Beside each of them, which mail it is.
    pub(super) ids: Vec<MailId>,
}

/// What rests for mails of an authority's own, of those above it and of those below it (as [`senders::are_related`]), by the index
/// `rests_of_authority`: of thousands of mails that wait, few are theirs.
pub(super) const OF_RELATED: &str = "WITH RECURSIVE
        above(id, height) AS (SELECT ?1, 0 UNION SELECT a.parent_id, height + 1 FROM above JOIN authority a ON a.id = above.id
            WHERE a.parent_id IS NOT NULL AND height < ?2),
        below(id, depth) AS (SELECT ?1, 0 UNION SELECT a.id, depth + 1 FROM below JOIN authority a ON a.parent_id = below.id WHERE depth < ?2)
     SELECT kind, since, mail_id, FALSE FROM rest
     WHERE authority_id IN (SELECT id FROM above UNION SELECT id FROM below) AND authority_id IS NOT NULL AND until IS NULL AND since >= ?3
     ORDER BY id";

impl Rests {
    /// Mail that names no request rests those of its sender alone that had been made when it came: it is no answer to a later one. `zone`: that of
    /// the request's authority, by which its contacts are in date.
    pub(super) fn load(db: &Reader, request: &Request, zone: &TimeZone) -> Result<Rests> {
        let made_at = request.sent_at.map_or(request.opened_at, |sent_at| sent_at.min(request.opened_at));
        let mut own = db.prepare_cached(&format!(
            "SELECT kind, since, mail_id, TRUE FROM rest WHERE request_id = ?1 AND until IS NULL
             UNION ALL SELECT 'of reports', at, mail_id, FALSE FROM delivery_report WHERE request_id = ?1 AND {IS_CLAIM}"
        ))?;
        let mut others = db.prepare_cached(OF_RELATED)?;
        let mut resting: Vec<(Rest, MailId)> = Vec::new();
        for mut found in
            [own.query(params![request.id.0])?, others.query(params![request.authority.0, senders::MOST_ABOVE, made_at.as_second()])?]
        {
            while let Some(row) = found.next()? {
                let (at, mail, is_of_request) = (rows::timestamp(row, 1)?, MailId(row.get(2)?), row.get(3)?);
                let is_of_contact = is_of_request && waits_from_contact(db, request, mail, day_in(at, zone))?;
                let kind = rows::word(row, 0, RestKind::from_name)?;
                let since = day_in(at, &db.rules().time_zone);
                resting.push((Rest { kind, since, of_contact: is_of_contact.then_some(mail) }, mail));
            }
        }
        let has_unread =
            db.prepare_cached("SELECT EXISTS (SELECT 1 FROM mail WHERE standing = 'received')")?.query_row([], |row| row.get(0))?;
        let (mails, ids) = resting.into_iter().unzip();
        Ok(Rests { has_unread, mails, ids })
    }
}

/// Whether a mail is linked to a request without counting, and by a contact of its authority whose days had not ended on `day`, the authority's own.
fn waits_from_contact(db: &Reader, request: &Request, mail: MailId, day: Date) -> Result<bool> {
    let mut contacts = db.prepare_cached(
        "SELECT c.valid_from, c.valid_to FROM mail_link l JOIN mail m ON m.id = l.mail_id
            JOIN seated_contact c ON c.authority_id = ?1 AND c.address = lower(m.sender)
         WHERE l.mail_id = ?2 AND l.request_id = ?3 AND l.effect = 'waiting'",
    )?;
    let valid = contacts.query_map(params![request.authority.0, mail.0, request.id.0], |row| rows::validity(row, 0))?;
    Ok(valid.collect::<rusqlite::Result<Vec<_>>>()?.iter().any(|valid| !valid.ended_before(day)))
}

impl Reader {
    /// By mail, the authorities about whose requests its sender may write. `wanted`: JSON of mails' numbers.
    pub(super) fn authorities_of(&self, wanted: &str) -> Result<HashMap<i64, Vec<AuthorityId>>> {
        let mut statement = self.db.prepare_cached(
            "SELECT DISTINCT r.mail_id, r.authority_id FROM json_each(?1) w CROSS JOIN rest r ON r.mail_id = w.value
                AND r.until IS NULL AND r.authority_id IS NOT NULL",
        )?;
        let mut found = statement.query([wanted])?;
        let mut authorities: HashMap<i64, Vec<AuthorityId>> = HashMap::new();
        while let Some(row) = found.next()? {
            authorities.entry(row.get(0)?).or_default().push(AuthorityId(row.get(1)?));
        }
        Ok(authorities)
    }
}
