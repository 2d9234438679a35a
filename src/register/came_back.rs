//! What staff are told of letters that came back, of those said to have, and of those of which nobody knows; and what of a letter is stuck.

use super::addresses::state_of;
use super::deliveries::{CAME_BACK, IS_NOT_LOST, LAST_SAID};
use super::delivery_reports::IS_CLAIM;
use super::exchanges::Which;
use super::{Reader, Result, deliveries, directory, requests, rows};
use crate::digest::{CameBack, CameBackHow};
use crate::domain::addressing::LetterReturned;
use crate::domain::calendar::days_between;
use crate::domain::deliverability::{self, AddressState, Delivery};
use crate::domain::delivery::UndeliveredLetter;
use crate::domain::identity::{AuthorityId, DeliveryId, LetterId, MailId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::request::Request;
use crate::domain::rules::day_in;
use crate::domain::telling::MOST_CLAIMS;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, ToSql, params};
use std::collections::HashMap;

/// A claim by a mail that a letter came back, and since when.
type Claimed = (DeliveryId, MailId, Timestamp);

/// A letter of a request with its main recipient.
struct MainDelivery {
    delivery: DeliveryId,
    letter: LetterId,
    recipient: String,
    reply: String,
    sent: deliverability::Sent,
}

/// By request, its letters with their main recipients, oldest first.
pub(super) fn sent_of(db: &Reader, which: Which) -> Result<HashMap<RequestId, Vec<deliverability::Sent>>> {
    let mut sent: HashMap<RequestId, Vec<deliverability::Sent>> = HashMap::new();
    for (request, one) in main_deliveries(db, &which.condition("l.request_id"), which.parameter())? {
        sent.entry(request).or_default().push(one.sent);
    }
    Ok(sent)
}

/// Each with its request. `condition`: of a letter `l`, by `parameter` as ?1.
fn main_deliveries(db: &Reader, condition: &str, parameter: impl ToSql) -> Result<Vec<(RequestId, MainDelivery)>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT d.id, l.id, d.recipient, coalesce({LAST_SAID}, ''), d.state, d.bounced_by IS NOT NULL, d.dealt_with IS NOT NULL,
            coalesce(u.authority_id, 0), coalesce(u.name, ''), coalesce(p.level, ''),
            EXISTS (SELECT 1 FROM address_state s WHERE s.address = lower(d.recipient) AND s.until IS NULL AND s.state = 'suppressed'),
            l.request_id
         FROM letter l CROSS JOIN delivery d ON d.letter_id = l.id LEFT JOIN contact c ON c.id = d.contact_id
            LEFT JOIN post p ON p.id = c.post_id LEFT JOIN unit u ON u.id = p.unit_id
         WHERE l.request_id IS NOT NULL AND {condition} AND l.role <> ?2 AND NOT d.is_copy ORDER BY l.id, d.id"
    ))?;
    let found = statement.query_map(params![parameter, LetterRole::Acknowledgement], |row| {
        let one = MainDelivery {
            delivery: DeliveryId(row.get(0)?),
            letter: LetterId(row.get(1)?),
            recipient: row.get(2)?,
            reply: row.get(3)?,
            sent: deliverability::Sent {
                delivery: Delivery::of(deliveries::state(row, 4)?, row.get(5)?),
                dealt_with: row.get(6)?,
                seat: (row.get(7)?, row.get(8)?, row.get(9)?),
                suppressed: row.get(10)?,
            },
        };
        Ok((RequestId(row.get(11)?), one))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The letter about a request that came back, where neither a later one got through to the same unit and level nor a person has acted on it; with
/// what the directory has there, since a person acts by another address too.
pub(super) fn returned(db: &Reader, request: RequestId) -> Result<Option<LetterReturned>> {
    let mut refused = db.prepare_cached(&format!(
        "SELECT EXISTS (SELECT 1 FROM letter l CROSS JOIN delivery d ON d.letter_id = l.id
            WHERE l.request_id = ?1 AND d.state IN {CAME_BACK} AND d.dealt_with IS NULL AND NOT d.is_copy)"
    ))?;
    if !refused.query_row([request.0], |row| row.get::<_, bool>(0))? {
        return Ok(None);
    }
    let letters = main_deliveries(db, "l.request_id = ?1", request.0)?;
    let sent: Vec<deliverability::Sent> = letters.iter().map(|(_, one)| one.sent.clone()).collect();
    let Some(one) = deliverability::came_back(&sent).and_then(|place| sent.get(place)) else { return Ok(None) };
    let likewise = |other: &deliverability::Sent| other.seat == one.seat && other.delivery == Delivery::CameBack && !other.dealt_with;
    let from = letters.iter().filter(|(_, other)| likewise(&other.sent)).map(|(_, other)| other.recipient.clone()).collect();
    let (authority, unit, level) = one.seat.clone();
    let of_seat = directory::contacts_of_seat(db, AuthorityId(authority), &unit, &level)?;
    Ok(Some(LetterReturned { from, unit, level, of_seat }))
}

impl Reader {
    /// Letters of open requests that came back, are said to have, or of which nobody knows, each until somebody acts: the oldest first.
    pub(super) fn came_back(&self, now: Timestamp) -> Result<Vec<(AuthorityId, CameBack)>> {
        let mut told = Vec::new();
        let mut in_trouble = requests::load_all(self, &self.requests_in_trouble()?)?;
        in_trouble.retain(|request| !request.is_settled());
        let wanted = rows::to_json(&in_trouble.iter().map(|request| request.id).collect::<Vec<_>>())?;
        let mut letters_of: HashMap<RequestId, Vec<MainDelivery>> = HashMap::new();
        for (request, one) in main_deliveries(self, "l.request_id IN (SELECT value FROM json_each(?1))", &wanted)? {
            letters_of.entry(request).or_default().push(one);
        }
        let came_back_at = self.came_back_at(letters_of.values().flatten())?;
        let (mut claimed, names) = (self.claimed(&wanted)?, self.names_of_authorities(&in_trouble)?);
        for request in in_trouble {
            let letters = letters_of.remove(&request.id).unwrap_or_default();
            let sent: Vec<deliverability::Sent> = letters.iter().map(|one| one.sent.clone()).collect();
            let authority = names.get(&request.authority).cloned().unwrap_or_default();
            let at = |one: &MainDelivery| came_back_at.get(&one.delivery).copied().unwrap_or_default();
            let mut tell = |one: &MainDelivery, what, reason: &str, since: Timestamp, mail| {
                let zone = &self.rules.time_zone;
                let line = CameBack {
                    reference: request.reference.clone(),
                    authority: authority.clone(),
                    to: one.recipient.clone(),
                    what,
                    reason: reason.into(),
                    age_days: days_between(day_in(since, zone), day_in(now, zone)),
                    letter: one.letter,
                    mail,
                };
                told.push((request.authority, line));
            };
            if let Some(one) = deliverability::came_back(&sent).and_then(|place| letters.get(place)) {
                let what = if one.sent.suppressed { CameBackHow::Suppressed } else { CameBackHow::CameBack };
                tell(one, what, &one.reply, at(one), None);
            }
            for one in letters.iter().filter(|one| one.sent.delivery == Delivery::Unknown) {
                tell(one, CameBackHow::Unknown, &one.reply, at(one), None);
            }
            // Anybody may have written such a report, and what stands in it.
            for (delivery, mail, at) in claimed.remove(&request.id).unwrap_or_default().into_iter().take(MOST_CLAIMS) {
                if let Some(one) = letters.iter().find(|one| one.delivery == delivery) {
                    tell(one, CameBackHow::SaidToHaveComeBack, "", at, Some(mail));
                }
            }
        }
        told.sort_by_key(|(_, line)| std::cmp::Reverse(line.age_days));
        Ok(told)
    }

    /// Those with a letter that did not arrive, and more: the domain decides.
    fn requests_in_trouble(&self) -> Result<Vec<RequestId>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT DISTINCT l.request_id FROM delivery d JOIN letter l ON l.id = d.letter_id JOIN request r ON r.id = l.request_id
             WHERE (d.state IN {CAME_BACK} OR d.state = 'unknown' OR d.state = 'waiting' AND d.bounced_by IS NOT NULL)
                AND d.dealt_with IS NULL AND NOT d.is_copy AND l.role <> ?1 AND r.ended IS NULL
             UNION SELECT request_id FROM delivery_report WHERE {IS_CLAIM} AND request_id IS NOT NULL ORDER BY 1"
        ))?;
        let found = statement.query_map([LetterRole::Acknowledgement], |row| row.get(0).map(RequestId))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// When each came back, or was last attempted.
    fn came_back_at<'a>(&self, letters: impl Iterator<Item = &'a MainDelivery>) -> Result<HashMap<DeliveryId, Timestamp>> {
        let wanted = rows::to_json(&letters.map(|one| one.delivery).collect::<Vec<_>>())?;
        let mut statement = self.db.prepare_cached(
            "SELECT w.value, coalesce((SELECT max(r.at) FROM delivery_report r WHERE r.delivery_id = w.value AND r.standing = 'drawn'),
                                      (SELECT max(t.finished_at) FROM attempt t WHERE t.delivery_id = w.value), 0) FROM json_each(?1) w",
        )?;
        let found = statement.query_map([wanted], |row| Ok((DeliveryId(row.get(0)?), rows::timestamp(row, 1)?)))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// By request: the claims about it, the earliest first. `wanted`: JSON of requests' numbers.
    fn claimed(&self, wanted: &str) -> Result<HashMap<RequestId, Vec<Claimed>>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT c.request_id, c.delivery_id, c.mail_id, c.at FROM json_each(?1) w
                CROSS JOIN delivery_report c ON c.request_id = w.value AND {IS_CLAIM}
             ORDER BY w.key, c.at, c.mail_id, c.delivery_id"
        ))?;
        let mut found = statement.query([wanted])?;
        let mut claimed: HashMap<RequestId, Vec<Claimed>> = HashMap::new();
        while let Some(row) = found.next()? {
            let claim = (DeliveryId(row.get(1)?), MailId(row.get(2)?), rows::timestamp(row, 3)?);
            claimed.entry(RequestId(row.get(0)?)).or_default().push(claim);
        }
        Ok(claimed)
    }

    fn names_of_authorities(&self, requests: &[Request]) -> Result<HashMap<AuthorityId, String>> {
        let wanted = rows::to_json(&requests.iter().map(|request| request.authority).collect::<Vec<_>>())?;
        let mut statement = self.db.prepare_cached("SELECT a.id, a.name FROM json_each(?1) w CROSS JOIN authority a ON a.id = w.value")?;
        let found = statement.query_map([wanted], |row| Ok((AuthorityId(row.get(0)?), row.get(1)?)))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }
}

/// Of a letter, for what it was written and about which request; none if there is none of this number.
pub(crate) fn role_and_request(db: &Reader, letter: LetterId) -> Result<Option<(LetterRole, Option<RequestId>)>> {
    let mut statement = db.prepare_cached("SELECT role, request_id FROM letter WHERE id = ?1")?;
    let found = statement.query_row([letter.0], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.map(RequestId))));
    Ok(found.optional()?)
}

/// The later letter by which a request was made again, if there is one that has not come back as well.
pub(crate) fn written_again(db: &Reader, letter: LetterId) -> Result<Option<LetterId>> {
    Ok(db
        .query_row(
            &format!(
                "SELECT l.id FROM letter before JOIN letter l ON l.request_id = before.request_id AND l.role = before.role AND l.id > before.id
                 WHERE before.id = ?1 AND before.role = ?2 AND (l.life = 'draft' OR {IS_NOT_LOST}) ORDER BY l.id DESC LIMIT 1"
            ),
            params![letter.0, LetterRole::Request],
            |row| row.get(0).map(LetterId),
        )
        .optional()?)
}

/// Those of a letter's deliveries that were refused, came back, wait for another attempt, or are unknown.
pub(crate) fn stuck_deliveries(db: &Reader, letter: LetterId) -> Result<Vec<(DeliveryId, UndeliveredLetter)>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT id, recipient, state FROM delivery WHERE letter_id = ?1
            AND (state IN {CAME_BACK} OR state = 'unknown' OR state = 'waiting' AND attempts > 0) ORDER BY id"
    ))?;
    let found =
        statement.query_map([letter.0], |row| Ok((DeliveryId(row.get(0)?), row.get::<_, String>(1)?, deliveries::state(row, 2)?)))?;
    let mut stuck = Vec::new();
    for one in found {
        let (delivery, recipient, state) = one?;
        let is_suppressed = matches!(state_of(db, &recipient)?, Some((AddressState::Suppressed, _)));
        stuck.push((delivery, UndeliveredLetter { recipient, state, is_suppressed }));
    }
    Ok(stuck)
}
