//! Letters that came back, or are said to have: each report is on record with what it changed, and what it changes is written down here.
//!
//! What a report is worth, and what follows from it, is decided by `domain::deliverability` and `domain::delivery` from how it came. What a person says
//! of one stands in `returns`.

use super::Transaction;
use super::addresses::{Because, put_state, state_of};
use super::events::Event;
use super::{Register, Result, deliveries, rows};
use crate::domain::calendar::DeadlineBasis;
use crate::domain::deliverability::{
    About, AddressState, Finding, STOPPED_BY_REPORT, STOPS_AGAIN_AFTER, Witness, stops_sending, tells_of_before,
};
use crate::domain::delivery::{self, DeliveryChange, DeliveryState, Lasting, ReportedAs, StoppedBefore, after_report, reached_nobody};
use crate::domain::event::{Actor, Happened, Returned, RuleName};
use crate::domain::identity::{DeliveryId, LetterId, MailId, RequestId};
use crate::domain::letter::LetterRole;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

/// What a mail says of one delivery.
pub(crate) struct Report<'a> {
    pub(crate) mail: MailId,
    pub(crate) delivery: DeliveryId,
    pub(crate) finding: Finding,
    pub(crate) witness: Witness,
    pub(crate) why: &'a str,
}

/// A delivery and its request as they are before a report changes them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Before {
    pub(super) state: DeliveryState,
    pub(super) next_attempt_at: Option<i64>,
    pub(super) sent_at: Option<i64>,
    pub(super) basis: Option<DeadlineBasis>,
}

struct Sent {
    letter: LetterId,
    request: Option<RequestId>,
    /// It is an address of the directory.
    has_contact: bool,
    recipient: String,
    /// When the server was last given it.
    attempted_at: Option<Timestamp>,
    times_given: u32,
    before: Before,
}

fn sent(tx: &Transaction<'_>, delivery: DeliveryId) -> Result<Option<Sent>> {
    Ok(tx
        .prepare_cached(
            "SELECT l.id, l.request_id, d.contact_id IS NOT NULL, d.recipient,
                (SELECT count(*) FROM attempt a WHERE a.delivery_id = d.id AND a.outcome IN ('accepted', 'unknown')),
                d.state, d.next_attempt_at, r.sent_at, r.basis, (SELECT max(a.started_at) FROM attempt a WHERE a.delivery_id = d.id)
             FROM delivery d JOIN letter l ON l.id = d.letter_id LEFT JOIN request r ON r.id = l.request_id WHERE d.id = ?1",
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

/// Takes a report down and does what follows from it. One that is judged again, because a copy of it came, has done what it does.
pub(crate) fn reported(tx: &Transaction<'_>, report: &Report<'_>, now: Timestamp) -> Result<()> {
    let known = tx
        .prepare_cached("SELECT 1 FROM delivery_report WHERE mail_id = ?1 AND delivery_id = ?2")?
        .exists([report.mail.0, report.delivery.0])?;
    if known {
        return Ok(());
    }
    draw(tx, report, &RuleName::Bounce.into(), now)
}

/// Takes a report down, in the place of what was made of it before, and does what follows from it.
pub(super) fn draw(tx: &Transaction<'_>, report: &Report<'_>, actor: &Actor, now: Timestamp) -> Result<()> {
    let Some(sent) = sent(tx, report.delivery)? else { return Ok(()) };
    let facts = delivery::Report {
        finding: report.finding,
        witness: report.witness,
        state: sent.before.state,
        times_given: sent.times_given,
        stopped: last_stop(tx, report, now)?,
    };
    let after = after_report(&facts, now);
    tx.prepare_cached(
        "INSERT OR REPLACE INTO delivery_report (mail_id, delivery_id, request_id, at, witness, finding, why, standing, before)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        report.mail.0,
        report.delivery.0,
        sent.request.map(|request| request.0),
        now.as_second(),
        rows::to_json(&after.witness)?,
        rows::to_json(&report.finding)?,
        report.why,
        after.standing.name(),
        rows::to_json(&sent.before)?
    ])?;
    if let Some(lasting) = after.returned {
        let next_attempt_at = match lasting {
            Lasting::SentAgain(at) => Some(at),
            Lasting::ForGood => None,
        };
        let change = DeliveryChange::Returned { by: report.mail, because: report.why.into(), about: report.finding.about, next_attempt_at };
        deliveries::change(tx, report.delivery, &change)?;
    }
    let returned = Returned {
        to: sent.recipient.clone(),
        why: report.why.to_owned(),
        about: Some(report.finding.about),
        witness: Some(after.witness),
    };
    let mut event = Event::new(now, in_words(after.reported_as)(returned), actor).letter(sent.letter).mail(report.mail);
    event.request = sent.request;
    event.append(tx)?;
    if sent.has_contact {
        let (known, since) = state_of(tx, &sent.recipient)?.unzip();
        let came_at =
            tx.prepare_cached("SELECT received_at FROM mail WHERE id = ?1")?.query_row([report.mail.0], |row| rows::timestamp(row, 0))?;
        let of_before = tells_of_before(report.witness, since, came_at, sent.attempted_at);
        if let Some(state) = AddressState::after(known, of_before, after.measure, report.finding) {
            let because = Because { actor, evidence: report.why, mail: Some(report.mail) };
            put_state(tx, &sent.recipient, state, &because, now)?;
        }
    }
    match sent.request {
        Some(request) if after.reported_as == ReportedAs::Bounced => stop_clock_if_undelivered(tx, request, now),
        _ => Ok(()),
    }
}

fn in_words(reported_as: ReportedAs) -> fn(Returned) -> Happened {
    match reported_as {
        ReportedAs::Delayed => Happened::LetterDelayed,
        ReportedAs::SaidToHaveComeBack => Happened::LetterSaidToHaveComeBack,
        ReportedAs::ReturnedForNow => Happened::LetterReturnedForNow,
        ReportedAs::Bounced => Happened::LetterBounced,
    }
}

/// The last other report about a letter to the same authority that stopped the office's letters, within [`STOPS_AGAIN_AFTER`]; one that a person took
/// back has done so too.
fn last_stop(tx: &Transaction<'_>, report: &Report<'_>, now: Timestamp) -> Result<Option<StoppedBefore>> {
    if report.finding.about != About::OurAccount {
        return Ok(None);
    }
    let since = now.saturating_sub(STOPS_AGAIN_AFTER).unwrap_or(now);
    let mut statement = tx.prepare_cached(
        "WITH written_to (delivery, authority) AS (
            SELECT d.id, coalesce(c.authority_id, q.authority_id)
            FROM delivery d JOIN letter l ON l.id = d.letter_id
                LEFT JOIN contact c ON c.id = d.contact_id LEFT JOIN request q ON q.id = l.request_id)
         SELECT r.at, r.finding, r.witness, r.delivery_id FROM delivery_report r JOIN written_to w ON w.delivery = r.delivery_id
         WHERE r.at > ?1 AND r.standing IN ('drawn', 'taken back') AND NOT (r.mail_id = ?2 AND r.delivery_id = ?3)
            AND w.authority IS (SELECT authority FROM written_to WHERE delivery = ?3)
         ORDER BY r.at DESC",
    )?;
    let reports = statement.query_map(params![since.as_second(), report.mail.0, report.delivery.0], |row| {
        let stop = StoppedBefore { at: rows::timestamp(row, 0)?, is_of_same_delivery: row.get::<_, i64>(3)? == report.delivery.0 };
        Ok((stop, rows::json::<Finding>(row, 1)?, rows::json::<Witness>(row, 2)?))
    })?;
    for found in reports {
        let (stop, finding, witness) = found?;
        if stops_sending(finding, witness) {
            return Ok(Some(stop));
        }
    }
    Ok(None)
}

/// A request that came back, and of which no other letter got through, was never made.
fn stop_clock_if_undelivered(tx: &Transaction<'_>, request: RequestId, now: Timestamp) -> Result<()> {
    let was_made = tx
        .prepare_cached(
            "SELECT 1 FROM request WHERE id = ?1 AND sent_at IS NOT NULL
                AND EXISTS (SELECT 1 FROM letter l WHERE l.request_id = ?1 AND l.role = ?2)",
        )?
        .exists(params![request.0, LetterRole::Request])?;
    let states: Vec<DeliveryState> = tx
        .prepare_cached(
            "SELECT d.state FROM letter l CROSS JOIN delivery d ON d.letter_id = l.id WHERE l.request_id = ?1 AND NOT d.is_copy",
        )?
        .query_map([request.0], |row| deliveries::state(row, 0))?
        .collect::<rusqlite::Result<_>>()?;
    if !was_made || !reached_nobody(states) {
        return Ok(());
    }
    tx.prepare_cached("UPDATE request SET sent_at = NULL WHERE id = ?1")?.execute([request.0])?;
    Event::new(now, Happened::RequestNotDelivered, RuleName::Bounce).request(request).append(tx)
}

impl Register {
    /// The mail by which it was lately proven that our own account or address was refused, and what was said. Nobody has acted on it yet. One delivery
    /// counts once, however often it is reported, and one authority once a day.
    pub fn account_refused(&mut self, now: Timestamp) -> Result<Option<(MailId, String)>> {
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
