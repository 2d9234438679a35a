//! What was recorded since a digest: mails that were linked, automatically or by a person, those of which anything was decided, and requests given
//! up.

use super::super::{Reader, Result, rows};
use super::mail_told::LookedUp;
use crate::digest::{Arrived, LinkMade, PositionTaken, Proof};
use crate::domain::event::{EventKind, Happened, StepWritten};
use crate::domain::identity::{AuthorityId, MailId, RequestId};
use crate::domain::linking::Evidence;
use crate::domain::reply::Effect;
use crate::domain::telling::{MOST_LINES, Scope, is_only_counted, told_first};
use crate::mail::understood::Kind;
use std::collections::{HashMap, HashSet};

/// What the record holds after one event.
pub(super) struct News {
    linked: Vec<Linked>,
    /// Mails that came, or of which anything was decided.
    pub(super) changed: HashSet<i64>,
    /// Requests of which the ladder's end was recorded, with the steps that had nobody to go to.
    pub(super) given_up: HashMap<RequestId, Vec<String>>,
}

/// A link that was made, or that does something else than before.
#[derive(Clone)]
struct Linked {
    mail: i64,
    authority: AuthorityId,
    is_receipt: bool,
    deleted_unread: bool,
    link: LinkMade,
}

/// Touches only the links made by events after ?1, by the index `links_by_event`.
pub(in super::super) const LINKED_AFTER: &str =
    "SELECT l.mail_id, r.reference, r.authority_id, a.name, l.effect, l.evidence, l.person, m.kind, r.id,
        m.kind = 'read receipt' AND m.deleted_unread
     FROM mail_link l JOIN request r ON r.id = l.request_id JOIN authority a ON a.id = r.authority_id JOIN mail m ON m.id = l.mail_id
     WHERE l.event_id > ?1 AND l.effect <> 'waiting' ORDER BY l.event_id, l.mail_id, r.id";

impl News {
    pub(super) fn load(reader: &Reader, after: i64) -> Result<News> {
        Ok(News { linked: linked(reader, after)?, changed: changed(reader, after)?, given_up: given_up(reader, after)? })
    }

    /// What was linked, without what only says that a letter was delivered or read; and how much there is of that.
    pub(super) fn arrived(&self, scope: &Scope, mails: &mut LookedUp<'_>) -> Result<(Vec<Arrived>, u64)> {
        let (mut receipts, mut places) = (HashSet::new(), HashMap::new());
        let mut linked: Vec<Vec<Linked>> = Vec::new();
        for one in self.linked.iter().filter(|one| scope.covers(one.authority)) {
            if is_only_counted(one.is_receipt, one.link.effect, one.deleted_unread) {
                receipts.insert(one.mail);
                continue;
            }
            let place = *places.entry(one.mail).or_insert(linked.len());
            match linked.get_mut(place) {
                Some(links) => links.push(one.clone()),
                None => linked.push(vec![one.clone()]),
            }
        }
        linked.sort_by_key(|links| links.iter().map(|one| told_first(one.link.effect)).min());
        linked.truncate(MOST_LINES);
        mails.look_up(linked.iter().flatten().map(|one| one.mail))?;
        let arrived = linked.into_iter().filter_map(|links| {
            let mail = links.first()?.mail;
            let told = mails.get(mail)?.clone();
            Some(Arrived {
                mail: MailId(mail),
                received: told.received,
                from: told.from,
                subject: told.subject,
                writer: told.writer,
                passed_on: told.passed_on,
                deleted_unread: links.iter().any(|one| one.deleted_unread),
                links: links.into_iter().map(|one| one.link).collect(),
                unopened: told.unopened,
            })
        });
        Ok((arrived.collect(), receipts.len() as u64))
    }
}

fn linked(reader: &Reader, after: i64) -> Result<Vec<Linked>> {
    let mut positions = positions(reader, after)?;
    let mut statement = reader.db.prepare_cached(LINKED_AFTER)?;
    let mut found = statement.query([after])?;
    let mut linked = Vec::new();
    while let Some(row) = found.next()? {
        let (mail, request) = (row.get(0)?, row.get(8)?);
        let kind = rows::optional_word(row, 7, Kind::from_name)?;
        let evidence: Vec<Evidence> = rows::json(row, 5)?;
        linked.push(Linked {
            mail,
            authority: AuthorityId(row.get(2)?),
            is_receipt: matches!(kind, Some(Kind::DeliveryReceipt | Kind::ReadReceipt)),
            deleted_unread: row.get::<_, Option<bool>>(9)?.unwrap_or(false),
            link: LinkMade {
                reference: row.get(1)?,
                authority: row.get(3)?,
                effect: rows::word(row, 4, Effect::from_name)?,
                by: row.get(6)?,
                evidence: evidence.into_iter().map(Proof::from).collect(),
                positions: positions.remove(&(mail, request)).unwrap_or_default(),
            },
        });
    }
    Ok(linked)
}

/// By mail and request: the positions that a mail which was linked states on its recommendations.
fn positions(reader: &Reader, after: i64) -> Result<HashMap<(i64, i64), Vec<PositionTaken>>> {
    let mut statement = reader.db.prepare_cached(
        "SELECT x.mail_id, x.request_id, c.reference, x.position
         FROM mail_link l JOIN answer x ON x.mail_id = l.mail_id AND x.request_id = l.request_id
            JOIN recommendation c ON c.id = x.recommendation_id
            LEFT JOIN request_recommendation q ON q.request_id = x.request_id AND q.recommendation_id = x.recommendation_id
         WHERE l.event_id > ?1 AND x.position IS NOT NULL ORDER BY x.mail_id, x.request_id, q.position",
    )?;
    let mut found = statement.query([after])?;
    let mut positions: HashMap<(i64, i64), Vec<PositionTaken>> = HashMap::new();
    while let Some(row) = found.next()? {
        let taken = PositionTaken { recommendation: row.get(2)?, position: row.get(3)? };
        positions.entry((row.get(0)?, row.get(1)?)).or_default().push(taken);
    }
    Ok(positions)
}

fn changed(reader: &Reader, after: i64) -> Result<HashSet<i64>> {
    let mut statement = reader.db.prepare_cached("SELECT DISTINCT mail_id FROM event WHERE id > ?1 AND mail_id IS NOT NULL")?;
    let found = statement.query_map([after], |row| row.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn given_up(reader: &Reader, after: i64) -> Result<HashMap<RequestId, Vec<String>>> {
    let kind = EventKind::NonCooperationRecorded.name();
    let mut statement = reader.db.prepare_cached(
        "SELECT e.request_id, p.payload FROM event e LEFT JOIN event_payload p ON p.event_id = e.id
         WHERE e.id > ?1 AND e.kind = ?2 AND e.request_id IS NOT NULL ORDER BY e.id",
    )?;
    let found = statement.query_map(rusqlite::params![after, kind], |row| {
        let payload: Option<serde_json::Value> = rows::optional_json(row, 1)?;
        let vacant = match payload.and_then(|payload| Happened::read(kind, &payload)) {
            Some(Happened::NonCooperationRecorded(StepWritten { vacant, .. })) => vacant,
            _ => vec![],
        };
        Ok((RequestId(row.get(0)?), vacant))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
