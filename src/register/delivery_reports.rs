//! Reports that letters came back: what each said of a delivery, what was made of it, and how the delivery stood before.

use super::requests::IS_OPEN;
use super::{Reader, Result, Transaction, deliveries, rows};
use crate::domain::calendar::DeadlineBasis;
use crate::domain::deliverability::{About, Finding, STOPPED_BY_REPORT, Witness, stops_sending};
use crate::domain::delivery::{DeliveryState, ReportStanding, StoppedBefore, is_open_claim};
use crate::domain::identity::{DeliveryId, LetterId, MailId, RequestId};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

/// Of a row of reports: nothing proves what it says, and nobody has decided. That its request is still open is asked beside ([`is_open_claim`]).
pub(super) const IS_CLAIM: &str = "standing = 'claimed'";

/// A delivery and its request as they are before a report changes them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Before {
    pub(crate) state: DeliveryState,
    next_attempt_at: Option<i64>,
    sent_at: Option<i64>,
    pub(crate) basis: Option<DeadlineBasis>,
}

impl Before {
    /// When it was to be attempted, or looked for.
    pub(crate) fn next_attempt_at(&self) -> Option<Timestamp> {
        self.next_attempt_at.and_then(|second| Timestamp::from_second(second).ok())
    }

    /// When the first letter about the request had left.
    pub(crate) fn sent_at(&self) -> Option<Timestamp> {
        self.sent_at.and_then(|second| Timestamp::from_second(second).ok())
    }
}

/// The letter of which a report speaks.
pub(crate) struct Sent {
    pub(crate) letter: LetterId,
    pub(crate) request: Option<RequestId>,
    /// It is an address of the directory.
    pub(crate) has_contact: bool,
    pub(crate) recipient: String,
    /// When the server was last given it.
    pub(crate) attempted_at: Option<Timestamp>,
    pub(crate) times_given: u32,
    pub(crate) before: Before,
}

pub(crate) fn sent(db: &Reader, delivery: DeliveryId) -> Result<Option<Sent>> {
    Ok(db
        .prepare_cached(
            "SELECT l.id, l.request_id, d.contact_id IS NOT NULL, d.recipient,
                (SELECT count(*) FROM attempt a WHERE a.delivery_id = d.id AND a.outcome IN ('accepted', 'unknown')),
                d.state, o.due, r.sent_at, r.basis, (SELECT max(a.started_at) FROM attempt a WHERE a.delivery_id = d.id)
             FROM delivery d JOIN letter l ON l.id = d.letter_id LEFT JOIN request r ON r.id = l.request_id
                LEFT JOIN obligation o ON o.kind = 'attempt' AND o.number = d.id WHERE d.id = ?1",
        )?
        .query_row([delivery.0], |row| {
            Ok(Sent {
                letter: LetterId(row.get(0)?),
                request: row.get::<_, Option<i64>>(1)?.map(RequestId),
                has_contact: row.get(2)?,
                recipient: row.get(3)?,
                attempted_at: rows::optional_timestamp(row, 9)?,
                times_given: row.get(4)?,
                before: Before {
                    state: deliveries::state(row, 5)?,
                    next_attempt_at: row.get(6)?,
                    sent_at: row.get(7)?,
                    basis: rows::optional_json(row, 8)?,
                },
            })
        })
        .optional()?)
}

/// A report as it goes on record.
pub(crate) struct NewReport<'a> {
    pub(crate) mail: MailId,
    pub(crate) delivery: DeliveryId,
    pub(crate) request: Option<RequestId>,
    pub(crate) at: Timestamp,
    pub(crate) finding: Finding,
    pub(crate) witness: Witness,
    pub(crate) why: &'a str,
    pub(crate) standing: ReportStanding,
    pub(crate) before: &'a Before,
}

/// In the place of what was made of it before.
pub(crate) fn put(tx: &Transaction<'_>, report: &NewReport<'_>) -> Result<()> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO delivery_report (mail_id, delivery_id, request_id, at, witness, finding, why, standing, before)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        report.mail.0,
        report.delivery.0,
        report.request.map(|request| request.0),
        report.at.as_second(),
        rows::to_json(&report.witness)?,
        rows::to_json(&report.finding)?,
        report.why,
        report.standing.name(),
        rows::to_json(report.before)?
    ])?;
    Ok(())
}

pub(crate) fn put_standing(tx: &Transaction<'_>, mail: MailId, delivery: DeliveryId, standing: ReportStanding) -> Result<()> {
    tx.prepare_cached("UPDATE delivery_report SET standing = ?3 WHERE mail_id = ?1 AND delivery_id = ?2")?.execute(params![
        mail.0,
        delivery.0,
        standing.name()
    ])?;
    Ok(())
}

/// What is claimed of letters to an address, in lower case, is decided. The requests that it was about.
pub(crate) fn drop_claims_about(tx: &Transaction<'_>, address: &str) -> Result<Vec<RequestId>> {
    let mut statement = tx.prepare_cached(&format!(
        "UPDATE delivery_report SET standing = ?2
         WHERE {IS_CLAIM} AND ?1 = (SELECT lower(d.recipient) FROM delivery d WHERE d.id = delivery_id) RETURNING request_id"
    ))?;
    let dropped =
        statement.query_map([address, ReportStanding::TakenBack.name()], |row| Ok(row.get::<_, Option<i64>>(0)?.map(RequestId)))?;
    Ok(dropped.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

pub(crate) fn is_known(db: &Reader, mail: MailId, delivery: DeliveryId) -> Result<bool> {
    Ok(db.prepare_cached("SELECT 1 FROM delivery_report WHERE mail_id = ?1 AND delivery_id = ?2")?.exists([mail.0, delivery.0])?)
}

/// When the mail of a report came.
pub(crate) fn came_at(db: &Reader, mail: MailId) -> Result<Timestamp> {
    Ok(db.prepare_cached("SELECT received_at FROM mail WHERE id = ?1")?.query_row([mail.0], |row| rows::timestamp(row, 0))?)
}

/// A report as it is on record.
pub(crate) struct OnRecord {
    pub(crate) mail: MailId,
    pub(crate) delivery: DeliveryId,
    pub(crate) request: Option<RequestId>,
    pub(crate) finding: Finding,
    pub(crate) witness: Witness,
    pub(crate) why: String,
    pub(crate) before: Option<Before>,
}

const ON_RECORD: &str = "SELECT mail_id, delivery_id, request_id, finding, witness, why, before FROM delivery_report";

fn on_record(row: &rusqlite::Row<'_>) -> rusqlite::Result<OnRecord> {
    Ok(OnRecord {
        mail: MailId(row.get(0)?),
        delivery: DeliveryId(row.get(1)?),
        request: row.get::<_, Option<i64>>(2)?.map(RequestId),
        finding: rows::json(row, 3)?,
        witness: rows::json(row, 4)?,
        why: row.get(5)?,
        before: rows::optional_json(row, 6)?,
    })
}

/// What a mail said of deliveries, of which this was made.
pub(crate) fn said_by(db: &Reader, mail: MailId, standings: &[ReportStanding]) -> Result<Vec<OnRecord>> {
    let names: Vec<&str> = standings.iter().map(|standing| standing.name()).collect();
    let mut statement = db.prepare_cached(&format!(
        "{ON_RECORD} WHERE mail_id = ?1 AND standing IN (SELECT value FROM json_each(?2)) ORDER BY delivery_id"
    ))?;
    let found = statement.query_map(params![mail.0, rows::to_json(&names)?], on_record)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// What was said of a delivery and believed, the oldest first.
pub(crate) fn drawn_about(db: &Reader, delivery: DeliveryId) -> Result<Vec<OnRecord>> {
    let mut statement = db.prepare_cached(&format!("{ON_RECORD} WHERE delivery_id = ?1 AND standing = 'drawn' ORDER BY at, mail_id"))?;
    let found = statement.query_map([delivery.0], on_record)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// A report about a letter to an address.
pub(crate) struct AboutAddress {
    pub(crate) mail: MailId,
    pub(crate) why: String,
    pub(crate) finding: Finding,
    pub(crate) standing: ReportStanding,
    /// Of the letter now.
    pub(crate) state: DeliveryState,
}

/// What was said of letters to an address, in the order in which they were written.
pub(crate) fn about_address(db: &Reader, address: &str) -> Result<Vec<AboutAddress>> {
    let mut statement = db.prepare_cached(
        "SELECT r.mail_id, r.why, r.finding, r.standing, d.state FROM delivery_report r CROSS JOIN delivery d ON d.id = r.delivery_id
         WHERE lower(d.recipient) = lower(?1) ORDER BY d.id, r.mail_id",
    )?;
    let found = statement.query_map([address], |row| {
        Ok(AboutAddress {
            mail: MailId(row.get(0)?),
            why: row.get(1)?,
            finding: rows::json(row, 2)?,
            standing: rows::word(row, 3, ReportStanding::from_name)?,
            state: deliveries::state(row, 4)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The other reports since `since` about letters to the same authority as this delivery that did something, the latest first; one that a person took
/// back has done so too.
pub(crate) fn drawn_of_authority(
    db: &Reader,
    mail: MailId,
    delivery: DeliveryId,
    since: Timestamp,
) -> Result<Vec<(StoppedBefore, Finding, Witness)>> {
    let mut statement = db.prepare_cached(
        "WITH written_to (delivery, authority) AS (
            SELECT d.id, coalesce(u.authority_id, q.authority_id)
            FROM delivery d JOIN letter l ON l.id = d.letter_id
                LEFT JOIN contact c ON c.id = d.contact_id
                LEFT JOIN post p ON p.id = c.post_id LEFT JOIN unit u ON u.id = p.unit_id LEFT JOIN request q ON q.id = l.request_id)
         SELECT r.at, r.finding, r.witness, r.delivery_id FROM delivery_report r JOIN written_to w ON w.delivery = r.delivery_id
         WHERE r.at > ?1 AND r.standing IN ('drawn', 'taken back') AND NOT (r.mail_id = ?2 AND r.delivery_id = ?3)
            AND w.authority IS (SELECT authority FROM written_to WHERE delivery = ?3)
         ORDER BY r.at DESC",
    )?;
    let found = statement.query_map(params![since.as_second(), mail.0, delivery.0], |row| {
        let stop = StoppedBefore { at: rows::timestamp(row, 0)?, is_of_same_delivery: row.get::<_, i64>(3)? == delivery.0 };
        Ok((stop, rows::json(row, 1)?, rows::json(row, 2)?))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Which mails say of a letter about which requests, still open, that it came back, where nothing proves it and nobody has decided yet; of one mail,
/// or all.
pub(super) fn open_claims(db: &Reader, mail: Option<MailId>) -> Result<Vec<(MailId, RequestId)>> {
    let of_it = if mail.is_some() { "c.mail_id = ?1" } else { "?1 IS NULL" };
    let mut statement = db.prepare_cached(&format!(
        "SELECT DISTINCT c.mail_id, r.id, {IS_OPEN} FROM delivery_report c CROSS JOIN request r ON r.id = c.request_id
         WHERE {of_it} AND {IS_CLAIM} ORDER BY 1, 2"
    ))?;
    let claims =
        statement.query_map([mail.map(|mail| mail.0)], |row| Ok((MailId(row.get(0)?), RequestId(row.get(1)?), row.get::<_, bool>(2)?)))?;
    let mut open = Vec::new();
    for claim in claims {
        let (mail, request, is_open) = claim?;
        if is_open_claim(ReportStanding::Claimed, !is_open) {
            open.push((mail, request));
        }
    }
    Ok(open)
}

/// Whether somebody says that a letter about a request came back, and nobody has decided yet.
pub(super) fn has_claim(db: &Reader, request: RequestId) -> Result<bool> {
    let mut statement =
        db.prepare_cached(&format!("SELECT EXISTS (SELECT 1 FROM delivery_report WHERE request_id = ?1 AND {IS_CLAIM})"))?;
    Ok(statement.query_row([request.0], |row| row.get(0))?)
}

impl Reader {
    /// The mail by which it was proven in the four hours before `now` ([`STOPPED_BY_REPORT`]) that our own account or address was refused, and what
    /// was said. Nobody has acted on it yet. One delivery counts once, however often it is reported, and one authority once in 24 hours.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn account_refused(&self, now: Timestamp) -> Result<Option<(MailId, String)>> {
        let since = now.saturating_sub(STOPPED_BY_REPORT).unwrap_or(now);
        let mut statement = self.prepare_cached(
            "SELECT r.mail_id, r.why, r.finding, r.witness FROM delivery_report r JOIN delivery d ON d.id = r.delivery_id
             WHERE r.standing = 'drawn' AND r.at > ?1 AND d.bounced_by = r.mail_id AND d.dealt_with IS NULL AND d.about = ?2
             ORDER BY r.at DESC",
        )?;
        let reports = statement.query_map(params![since.as_second(), About::OurAccount.name()], |row| {
            Ok((MailId(row.get(0)?), row.get(1)?, rows::json::<Finding>(row, 2)?, rows::json::<Witness>(row, 3)?))
        })?;
        for report in reports {
            let (mail, why, finding, witness) = report?;
            if stops_sending(finding, witness) {
                return Ok(Some((mail, why)));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_in_sql_is_one_of_the_domain() {
        for standing in ReportStanding::ALL {
            assert_eq!(IS_CLAIM.contains(&format!("'{}'", standing.name())), is_open_claim(standing, false), "{standing:?}");
        }
    }
}
