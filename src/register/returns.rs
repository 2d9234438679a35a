//! What people say of reports that letters came back: one that nothing proves is true, or one is none, and what it has done is taken back.

use super::Reader;
use super::Transaction;
use super::addresses::{Because, put_state};
use super::delivery_reports::{Before, Report, draw};
use super::events::Event;
use super::leaving::withdraw;
use super::{Result, deliveries, planning, requests, rows};
use crate::domain::deliverability::{AddressState, Finding, Witness};
use crate::domain::delivery::{ReportStanding, can_be_restored, is_open_claim};
use crate::domain::event::{Actor, Happened, RuleName};
use crate::domain::identity::{DeliveryId, LetterId, MailId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::lifecycle::Needless;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

/// A person says that a report is true: it does what it would have done if anything had proven it.
pub(crate) fn confirm(tx: &Transaction<'_>, mail: MailId, actor: &Actor, now: Timestamp) -> Result<()> {
    for said in said_by(tx, mail, &[ReportStanding::Claimed, ReportStanding::TakenBack])? {
        let report = Report { mail, delivery: said.delivery, finding: said.finding, witness: Witness::Person, why: &said.why };
        draw(tx, &report, actor, now)?;
        if let Some(request) = said.request {
            planning::replan(tx, request, now)?;
        }
    }
    Ok(())
}

/// A person says that a mail is no report about these requests (all, if none is given): what it has done to addresses, deliveries and clocks is
/// taken back.
pub(crate) fn take_back(tx: &Transaction<'_>, mail: MailId, requests: &[RequestId], actor: &Actor, now: Timestamp) -> Result<()> {
    let not_taken_back = [ReportStanding::Noted, ReportStanding::Claimed, ReportStanding::Drawn];
    for OnRecord { delivery, request, before, .. } in said_by(tx, mail, &not_taken_back)? {
        if !requests.is_empty() && request.is_none_or(|request| !requests.contains(&request)) {
            continue;
        }
        tx.prepare_cached("UPDATE delivery_report SET standing = ?3 WHERE mail_id = ?1 AND delivery_id = ?2")?.execute(params![
            mail.0,
            delivery.0,
            ReportStanding::TakenBack.name()
        ])?;
        let is_restored = match before {
            Some(before) => restore_delivery(tx, (mail, delivery), request, &before, now)?,
            None => false,
        };
        let recipient: String = tx.query_row("SELECT recipient FROM delivery WHERE id = ?1", [delivery.0], |row| row.get(0))?;
        forget_state(tx, &recipient, mail, actor, now)?;
        // Otherwise what they did stands.
        if is_restored {
            draw_others(tx, delivery, now)?;
        }
        let mut event = Event::new(now, Happened::DeliveryReportTakenBack { to: recipient }, actor).mail(mail);
        event.request = request;
        event.append(tx)?;
        if let Some(request) = request {
            planning::replan(tx, request, now)?;
        }
    }
    Ok(())
}

/// What other reports said of a delivery as well is true all the same.
fn draw_others(tx: &Transaction<'_>, delivery: DeliveryId, now: Timestamp) -> Result<()> {
    let others: Vec<(i64, Finding, Witness, String)> = tx
        .prepare_cached(
            "SELECT mail_id, finding, witness, why FROM delivery_report WHERE delivery_id = ?1 AND standing = 'drawn' ORDER BY at, mail_id",
        )?
        .query_map([delivery.0], |row| Ok((row.get(0)?, rows::json(row, 1)?, rows::json(row, 2)?, row.get(3)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (mail, finding, witness, why) in others {
        draw(tx, &Report { mail: MailId(mail), delivery, finding, witness, why: &why }, &RuleName::Bounce.into(), now)?;
    }
    Ok(())
}

/// A delivery is what it was, unless something else has happened to it since; and the clock of a request that nobody was thought to have got runs on
/// from when it did. A letter written in its place that has not left yet is not needed. Whether it is what it was.
fn restore_delivery(
    tx: &Transaction<'_>,
    (mail, delivery): (MailId, DeliveryId),
    request: Option<RequestId>,
    before: &Before,
    now: Timestamp,
) -> Result<bool> {
    let (state, came_back_by) = deliveries::standing(tx, delivery)?;
    if !can_be_restored(before.state, state, came_back_by == Some(mail)) {
        return Ok(false);
    }
    deliveries::restore(tx, delivery, before.state, before.next_attempt_at)?;
    let (Some(request), Some(sent_at)) = (request, before.sent_at) else { return Ok(true) };
    if requests::load(tx, request)?.sent_at.is_some() {
        return Ok(true);
    }
    tx.prepare_cached("UPDATE request SET sent_at = ?2 WHERE id = ?1")?.execute([request.0, sent_at])?;
    if let Some(basis) = &before.basis {
        requests::store_basis(tx, request, basis)?;
    }
    let written_since: Vec<i64> = tx
        .prepare_cached(
            "SELECT DISTINCT l.id FROM letter l JOIN delivery d ON d.letter_id = l.id
             WHERE l.request_id = ?1 AND l.role = ?3 AND d.state = 'waiting' AND d.id <> ?2 AND d.attempts = 0",
        )?
        .query_map(params![request.0, delivery.0, LetterRole::Request], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    written_since.into_iter().try_for_each(|letter| withdraw(tx, LetterId(letter), Needless::EarlierArrived, now))?;
    Ok(true)
}

/// An address whose state rests on this mail is good again, unless another report says the same.
fn forget_state(tx: &Transaction<'_>, address: &str, mail: MailId, actor: &Actor, now: Timestamp) -> Result<()> {
    let rests_on_it = tx
        .prepare_cached("SELECT 1 FROM address_state WHERE mail_id = ?2 AND address = lower(?1) AND until IS NULL AND state <> 'good'")?
        .exists(params![address, mail.0])?;
    if !rests_on_it {
        return Ok(());
    }
    put_state(tx, address, AddressState::Good, &Because { actor, evidence: "the report was taken back", mail: Some(mail) }, now)?;
    let another: Option<(i64, String)> = tx
        .prepare_cached(
            "SELECT r.mail_id, r.why FROM delivery d JOIN delivery_report r ON r.delivery_id = d.id
             WHERE d.state = 'bounced' AND lower(d.recipient) = lower(?1) AND r.standing = 'drawn' AND json_extract(r.finding, '$.dead') LIMIT 1",
        )?
        .query_row([address], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match another {
        Some((other, why)) => {
            let because = Because { actor: &RuleName::Bounce.into(), evidence: &why, mail: Some(MailId(other)) };
            put_state(tx, address, AddressState::Suppressed, &because, now)
        }
        None => Ok(()),
    }
}

/// An address is said to be good: what claims otherwise is decided. The requests that it was about.
pub(crate) fn drop_claims_about(tx: &Transaction<'_>, address: &str) -> Result<Vec<RequestId>> {
    let mut statement = tx.prepare_cached(
        "UPDATE delivery_report SET standing = 'taken back'
         WHERE standing = 'claimed' AND ?1 = (SELECT lower(d.recipient) FROM delivery d WHERE d.id = delivery_id) RETURNING request_id",
    )?;
    let requests = statement.query_map([address], |row| row.get::<_, Option<i64>>(0))?;
    Ok(requests.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().map(RequestId).collect())
}

/// A report as it is on record.
struct OnRecord {
    delivery: DeliveryId,
    request: Option<RequestId>,
    finding: Finding,
    why: String,
    before: Option<Before>,
}

/// What a mail said of deliveries, of which this was made.
fn said_by(tx: &Transaction<'_>, mail: MailId, standings: &[ReportStanding]) -> Result<Vec<OnRecord>> {
    let names: Vec<&str> = standings.iter().map(|standing| standing.name()).collect();
    let mut statement = tx.prepare_cached(
        "SELECT delivery_id, request_id, finding, why, before FROM delivery_report
         WHERE mail_id = ?1 AND standing IN (SELECT value FROM json_each(?2)) ORDER BY delivery_id",
    )?;
    let found = statement.query_map(params![mail.0, rows::to_json(&names)?], |row| {
        Ok(OnRecord {
            delivery: DeliveryId(row.get(0)?),
            request: row.get::<_, Option<i64>>(1)?.map(RequestId),
            finding: rows::json(row, 2)?,
            why: row.get(3)?,
            before: rows::optional_json(row, 4)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The mails that say of a letter about a request still open that it came back, where nothing proves it and nobody has decided yet; of one mail, or
/// all.
pub(super) fn open_claims(db: &Reader, mail: Option<MailId>) -> Result<Vec<MailId>> {
    let mut statement = db.prepare_cached(
        "SELECT mail_id, request_id FROM delivery_report WHERE standing = 'claimed' AND request_id IS NOT NULL AND mail_id = coalesce(?1, mail_id)
         ORDER BY mail_id",
    )?;
    let claims = statement.query_map([mail.map(|mail| mail.0)], |row| Ok((MailId(row.get(0)?), RequestId(row.get(1)?))))?;
    let mut open = Vec::new();
    for (mail, request) in claims.collect::<rusqlite::Result<Vec<_>>>()? {
        if open.last() != Some(&mail) && is_open_claim(ReportStanding::Claimed, requests::load(db, request)?.is_settled()) {
            open.push(mail);
        }
    }
    Ok(open)
}

/// Whether somebody says that a letter about a request came back, and nobody has decided yet.
pub(super) fn has_open_claim(db: &Reader, request: RequestId) -> Result<bool> {
    let mut statement =
        db.prepare_cached("SELECT EXISTS (SELECT 1 FROM delivery_report WHERE request_id = ?1 AND standing = 'claimed')")?;
    Ok(statement.query_row([request.0], |row| row.get(0))?)
}
