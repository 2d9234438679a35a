//! What rests for mails that wait: written with each judgement, ended when a person has looked. How long it rests is `domain::resting`'s.

use super::Transaction;
use super::delivery_reports::IS_CLAIM;
use super::{Reader, Result, rows, senders};
use crate::domain::identity::{AuthorityId, MailId, RequestId};
use crate::domain::request::Request;
use crate::domain::resting::{Rest, RestKind, Resting};
use crate::domain::rules::day_in;
use jiff::Timestamp;
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
     SELECT kind, since, NULL, mail_id FROM rest
     WHERE authority_id IN (SELECT id FROM above UNION SELECT id FROM below) AND authority_id IS NOT NULL AND until IS NULL AND since >= ?3
     ORDER BY id";

impl Rests {
    /// Mail that names no request rests those of its sender alone that had been made when it came: it is no answer to a later one.
    pub(super) fn load(db: &Reader, request: &Request) -> Result<Rests> {
        let made_at = request.sent_at.map_or(request.opened_at, |sent_at| sent_at.min(request.opened_at));
        let rest = |row: &rusqlite::Row<'_>, at: usize| -> rusqlite::Result<(Rest, MailId)> {
            let kind = rows::word(row, at, RestKind::from_name)?;
            let of_contact = row.get::<_, Option<i64>>(at + 2)?.map(MailId);
            let since = day_in(rows::timestamp(row, at + 1)?, &db.rules().time_zone);
            Ok((Rest { kind, since, of_contact }, MailId(row.get(at + 3)?)))
        };
        let mut own = db.prepare_cached(&format!(
            "SELECT r.kind, r.since, (SELECT l.mail_id FROM mail_link l JOIN mail m ON m.id = l.mail_id
                JOIN seated_contact c ON c.authority_id = ?2 AND c.address = lower(m.sender)
                    AND (c.valid_to IS NULL OR c.valid_to >= date(r.since, 'unixepoch'))
                WHERE l.mail_id = r.mail_id AND l.request_id = r.request_id AND l.effect = 'waiting' LIMIT 1), r.mail_id
             FROM rest r WHERE r.request_id = ?1 AND r.until IS NULL
             UNION ALL SELECT 'of reports', at, NULL, mail_id FROM delivery_report WHERE request_id = ?1 AND {IS_CLAIM}"
        ))?;
        let mut resting: Vec<(Rest, MailId)> =
            own.query_map(params![request.id.0, request.authority.0], |row| rest(row, 0))?.collect::<rusqlite::Result<_>>()?;
        let mut others = db.prepare_cached(OF_RELATED)?;
        let of_related = others.query_map(params![request.authority.0, senders::MOST_ABOVE, made_at.as_second()], |row| rest(row, 0))?;
        resting.extend(of_related.collect::<rusqlite::Result<Vec<_>>>()?);
        let has_unread =
            db.prepare_cached("SELECT EXISTS (SELECT 1 FROM mail WHERE standing = 'received')")?.query_row([], |row| row.get(0))?;
        let (mails, ids) = resting.into_iter().unzip();
        Ok(Rests { has_unread, mails, ids })
    }
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
