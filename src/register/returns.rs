//! Letters that came back, or are said to have: what each report does, and how that is taken back.
//!
//! A report is on record with what it changed. Whether it changes anything is decided by `domain::deliverability` from how it came; a person may
//! confirm one that nothing proves, and take back any.

use super::addresses::{Because, put_state, state_of};
use super::events::Event;
use super::leaving::withdraw;
use super::outbox::DeliveryState;
use super::{Register, Result, agenda, requests, rows};
use crate::domain::calendar::DeadlineBasis;
use crate::domain::deliverability::{About, AddressState, Finding, Measure, STOPPED_BY_REPORT, STOPS_AGAIN_AFTER, Witness, measure, worth};
use crate::domain::identity::{DeliveryId, LetterId, MailId, RequestId};
use crate::domain::rules::OfficeRules;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A letter that came back for a reason that passes is sent again after this long: a mailbox is emptied by people, in days.
pub(super) const SENT_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(2 * 24);
/// Then it counts as undeliverable.
const MOST_RETURNS: u32 = 3;

/// What a mail says of one delivery.
pub(super) struct Report<'a> {
    pub(super) mail: MailId,
    pub(super) delivery: DeliveryId,
    pub(super) finding: Finding,
    pub(super) witness: Witness,
    pub(super) why: &'a str,
}

/// What was made of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Noted,
    Claimed,
    Drawn,
    TakenBack,
}

impl Standing {
    fn name(self) -> &'static str {
        match self {
            Standing::Noted => "noted",
            Standing::Claimed => "claimed",
            Standing::Drawn => "drawn",
            Standing::TakenBack => "taken back",
        }
    }
}

/// A delivery and its request as they are before a report changes them.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Before {
    state: DeliveryState,
    next_attempt_at: Option<i64>,
    reply: Option<String>,
    sent_at: Option<i64>,
    basis: Option<DeadlineBasis>,
}

struct Sent {
    letter: LetterId,
    request: Option<RequestId>,
    /// It is an address of the directory.
    has_contact: bool,
    recipient: String,
    /// When the server was last given it.
    attempted_at: Option<Timestamp>,
    times: u32,
    before: Before,
}

fn sent(tx: &Transaction<'_>, delivery: DeliveryId) -> Result<Option<Sent>> {
    Ok(tx
        .prepare_cached(
            "SELECT l.id, l.request_id, d.contact_id IS NOT NULL, d.recipient,
                (SELECT count(*) FROM attempt a WHERE a.delivery_id = d.id AND a.outcome IN ('letter sent', 'outcome unknown')),
                d.state, d.next_attempt_at, d.reply, r.sent_at, r.basis, (SELECT max(a.started_at) FROM attempt a WHERE a.delivery_id = d.id)
             FROM delivery d JOIN letter l ON l.id = d.letter_id LEFT JOIN request r ON r.id = l.request_id WHERE d.id = ?1",
        )?
        .query_row([delivery.0], |row| {
            let state: String = row.get(5)?;
            Ok(Sent {
                letter: LetterId(row.get(0)?),
                request: row.get::<_, Option<i64>>(1)?.map(RequestId),
                has_contact: row.get(2)?,
                recipient: row.get(3)?,
                attempted_at: rows::optional_timestamp(row, 10)?,
                times: row.get(4)?,
                before: Before {
                    state: DeliveryState::from_name(&state).unwrap_or(DeliveryState::Accepted),
                    next_attempt_at: row.get(6)?,
                    reply: row.get(7)?,
                    sent_at: row.get(8)?,
                    basis: rows::optional_json(row, 9)?,
                },
            })
        })
        .optional()?)
}

/// Takes a report down and does what follows from it. One that is judged again, because a copy of it came, has done what it does.
pub(super) fn reported(tx: &Transaction<'_>, rules: &OfficeRules, report: &Report<'_>, now: Timestamp) -> Result<()> {
    let known = tx
        .prepare_cached("SELECT 1 FROM delivery_report WHERE mail_id = ?1 AND delivery_id = ?2")?
        .exists([report.mail.0, report.delivery.0])?;
    if known {
        return Ok(());
    }
    draw(tx, rules, report, "rule: bounce", now)
}

fn draw(tx: &Transaction<'_>, rules: &OfficeRules, report: &Report<'_>, actor: &str, now: Timestamp) -> Result<()> {
    let Some(sent) = sent(tx, report.delivery)? else { return Ok(()) };
    let stop = last_stop(tx, report, now)?;
    let witness = worth(report.finding, report.witness, stop.as_ref().map(|stop| now.duration_since(stop.at)));
    let measure = measure(report.finding, witness, 1);
    // Of a letter of which that is believed already, and which has not left again since.
    let is_repeated = witness != report.witness && stop.is_some_and(|stop| stop.is_of_same_delivery);
    let standing = match measure {
        Measure::Wait => Standing::Noted,
        Measure::Rest if is_repeated && sent.before.state != DeliveryState::Accepted => Standing::Noted,
        Measure::Rest => Standing::Claimed,
        _ => Standing::Drawn,
    };
    tx.prepare_cached(
        "INSERT OR REPLACE INTO delivery_report (mail_id, delivery_id, request_id, at, witness, finding, why, standing, before)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        report.mail.0,
        report.delivery.0,
        sent.request.map(|request| request.0),
        now.as_second(),
        rows::to_json(&witness)?,
        rows::to_json(&report.finding)?,
        report.why,
        standing.name(),
        rows::to_json(&sent.before)?
    ])?;
    let kind = match measure {
        Measure::Wait => "letter delayed",
        Measure::Rest => "letter said to have come back",
        Measure::TryAgain | Measure::TryAgainInDays | Measure::StopSending if sent.times < MOST_RETURNS => {
            let again_at = now.saturating_add(SENT_AGAIN_AFTER).unwrap_or(now);
            tx.prepare_cached(
                "UPDATE delivery SET state = 'waiting', next_attempt_at = ?4, bounced_by = ?2, reply = ?3, about = ?5,
                    dealt_with = NULL WHERE id = ?1 AND state = 'accepted'",
            )?
            .execute(params![
                report.delivery.0,
                report.mail.0,
                report.why,
                again_at.as_second(),
                report.finding.about.name()
            ])?;
            "letter returned for now"
        }
        Measure::TryAgain | Measure::TryAgainInDays | Measure::Suppress | Measure::Hold | Measure::StopSending => {
            tx.prepare_cached(
                "UPDATE delivery SET state = 'bounced', next_attempt_at = NULL, bounced_by = ?2, reply = ?3, about = ?4, dealt_with = NULL
                 WHERE id = ?1 AND state <> 'bounced'",
            )?
            .execute(params![report.delivery.0, report.mail.0, report.why, report.finding.about.name()])?;
            "letter bounced"
        }
    };
    let mut event = Event::new(now, kind, actor).letter(sent.letter).mail(report.mail).detail(json!({
        "to": sent.recipient, "why": report.why, "about": report.finding.about, "witness": witness
    }));
    event.request = sent.request;
    event.append(tx)?;
    if sent.has_contact {
        let (known, since) = state_of(tx, &sent.recipient)?.unzip();
        let came_at =
            tx.prepare_cached("SELECT received_at FROM mail WHERE id = ?1")?.query_row([report.mail.0], |row| rows::timestamp(row, 0))?;
        let came_since = |since: Timestamp| came_at > since && sent.attempted_at.is_some_and(|at| at < since);
        let before_state = report.witness != Witness::Person && since.is_some_and(came_since);
        if let Some(state) = AddressState::after(known, before_state, measure, report.finding) {
            let because = Because { actor, evidence: report.why, mail: Some(report.mail) };
            put_state(tx, rules, &sent.recipient, state, &because, now)?;
        }
    }
    match (sent.request, kind) {
        (Some(request), "letter bounced") => stop_clock_if_undelivered(tx, request, now),
        _ => Ok(()),
    }
}

/// A report that stopped the office's letters.
struct Stop {
    at: Timestamp,
    is_of_same_delivery: bool,
}

/// The last other report about a letter to the same authority that stopped the office's letters, within [`STOPS_AGAIN_AFTER`]; one that a person took
/// back has done so too.
fn last_stop(tx: &Transaction<'_>, report: &Report<'_>, now: Timestamp) -> Result<Option<Stop>> {
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
        let stop = Stop { at: rows::timestamp(row, 0)?, is_of_same_delivery: row.get::<_, i64>(3)? == report.delivery.0 };
        Ok((stop, rows::json::<Finding>(row, 1)?, rows::json::<Witness>(row, 2)?))
    })?;
    for found in reports {
        let (stop, finding, witness) = found?;
        if measure(finding, witness, 1) == Measure::StopSending {
            return Ok(Some(stop));
        }
    }
    Ok(None)
}

/// A request that came back, and of which no other letter got through, was never made.
fn stop_clock_if_undelivered(tx: &Transaction<'_>, request: RequestId, now: Timestamp) -> Result<()> {
    let stopped = tx
        .prepare_cached(
            "UPDATE request SET sent_at = NULL WHERE id = ?1 AND sent_at IS NOT NULL
                AND EXISTS (SELECT 1 FROM letter l WHERE l.request_id = ?1 AND l.kind = 'request')
                AND NOT EXISTS (SELECT 1 FROM letter l CROSS JOIN delivery d ON d.letter_id = l.id
                                WHERE l.request_id = ?1 AND NOT d.is_copy AND d.state NOT IN ('refused', 'bounced', 'cancelled'))",
        )?
        .execute([request.0])?;
    if stopped == 0 {
        return Ok(());
    }
    Event::new(now, "request not delivered", "rule: bounce").request(request).append(tx)
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
fn said_by(tx: &Transaction<'_>, mail: MailId, standings: &[Standing]) -> Result<Vec<OnRecord>> {
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

/// A person says that a report is true: it does what it would have done if anything had proven it.
pub(super) fn confirm(tx: &Transaction<'_>, rules: &OfficeRules, mail: MailId, actor: &str, now: Timestamp) -> Result<()> {
    for said in said_by(tx, mail, &[Standing::Claimed, Standing::TakenBack])? {
        let report = Report { mail, delivery: said.delivery, finding: said.finding, witness: Witness::Person, why: &said.why };
        draw(tx, rules, &report, actor, now)?;
        if let Some(request) = said.request {
            agenda::replan(tx, rules, request, now)?;
        }
    }
    Ok(())
}

/// A person says that a mail is no report about these requests (all, if none is given): what it has done to addresses, deliveries and clocks is
/// taken back.
pub(super) fn take_back(
    tx: &Transaction<'_>,
    rules: &OfficeRules,
    mail: MailId,
    requests: &[RequestId],
    actor: &str,
    now: Timestamp,
) -> Result<()> {
    for OnRecord { delivery, request, before, .. } in said_by(tx, mail, &[Standing::Noted, Standing::Claimed, Standing::Drawn])? {
        if !requests.is_empty() && request.is_none_or(|request| !requests.contains(&request)) {
            continue;
        }
        tx.prepare_cached("UPDATE delivery_report SET standing = ?3 WHERE mail_id = ?1 AND delivery_id = ?2")?.execute(params![
            mail.0,
            delivery.0,
            Standing::TakenBack.name()
        ])?;
        if let Some(before) = before {
            restore_delivery(tx, rules, (mail, delivery), request, &before, now)?;
        }
        let recipient: String = tx.query_row("SELECT recipient FROM delivery WHERE id = ?1", [delivery.0], |row| row.get(0))?;
        forget_state(tx, rules, &recipient, mail, actor, now)?;
        draw_others(tx, rules, delivery, now)?;
        let mut event = Event::new(now, "delivery report taken back", actor).mail(mail).detail(json!({ "to": recipient }));
        event.request = request;
        event.append(tx)?;
        if let Some(request) = request {
            agenda::replan(tx, rules, request, now)?;
        }
    }
    Ok(())
}

/// What other reports said of a delivery as well is true all the same.
fn draw_others(tx: &Transaction<'_>, rules: &OfficeRules, delivery: DeliveryId, now: Timestamp) -> Result<()> {
    let others: Vec<(i64, Finding, Witness, String)> = tx
        .prepare_cached(
            "SELECT mail_id, finding, witness, why FROM delivery_report WHERE delivery_id = ?1 AND standing = 'drawn' ORDER BY at, mail_id",
        )?
        .query_map([delivery.0], |row| Ok((row.get(0)?, rows::json(row, 1)?, rows::json(row, 2)?, row.get(3)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (mail, finding, witness, why) in others {
        draw(tx, rules, &Report { mail: MailId(mail), delivery, finding, witness, why: &why }, "rule: bounce", now)?;
    }
    Ok(())
}

/// A delivery is what it was, unless something else has happened to it since; and the clock of a request that nobody was thought to have got runs on
/// from when it did. A letter written in its place that has not left yet is not needed.
fn restore_delivery(
    tx: &Transaction<'_>,
    rules: &OfficeRules,
    (mail, delivery): (MailId, DeliveryId),
    request: Option<RequestId>,
    before: &Before,
    now: Timestamp,
) -> Result<()> {
    let restored = tx
        .prepare_cached(
            "UPDATE delivery SET state = ?3, next_attempt_at = ?4, reply = ?5, bounced_by = NULL, about = NULL
             WHERE id = ?1 AND bounced_by = ?2 AND state IN ('bounced', 'waiting')",
        )?
        .execute(params![delivery.0, mail.0, before.state.name(), before.next_attempt_at, before.reply])?;
    let (Some(request), Some(sent_at), true) = (request, before.sent_at, restored > 0) else { return Ok(()) };
    if requests::load(tx, request)?.sent_at.is_some() {
        return Ok(());
    }
    tx.prepare_cached("UPDATE request SET sent_at = ?2 WHERE id = ?1")?.execute([request.0, sent_at])?;
    if let Some(basis) = &before.basis {
        requests::store_basis(tx, request, basis)?;
    }
    let written_since: Vec<i64> = tx
        .prepare_cached(
            "SELECT DISTINCT l.id FROM letter l JOIN delivery d ON d.letter_id = l.id
             WHERE l.request_id = ?1 AND l.kind = 'request' AND d.state = 'waiting' AND d.id <> ?2 AND d.attempts = 0",
        )?
        .query_map([request.0, delivery.0], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    written_since.into_iter().try_for_each(|letter| withdraw(tx, rules, LetterId(letter), "the letter before it has arrived", now))
}

/// An address whose state rests on this mail is good again, unless another report says the same.
fn forget_state(tx: &Transaction<'_>, rules: &OfficeRules, address: &str, mail: MailId, actor: &str, now: Timestamp) -> Result<()> {
    let rests_on_it = tx
        .prepare_cached("SELECT 1 FROM address_state WHERE mail_id = ?2 AND address = lower(?1) AND until IS NULL AND state <> 'good'")?
        .exists(params![address, mail.0])?;
    if !rests_on_it {
        return Ok(());
    }
    put_state(tx, rules, address, AddressState::Good, &Because { actor, evidence: "the report was taken back", mail: Some(mail) }, now)?;
    let another: Option<(i64, String)> = tx
        .prepare_cached(
            "SELECT r.mail_id, r.why FROM delivery d JOIN delivery_report r ON r.delivery_id = d.id
             WHERE d.state = 'bounced' AND lower(d.recipient) = lower(?1) AND r.standing = 'drawn' AND json_extract(r.finding, '$.dead') LIMIT 1",
        )?
        .query_row([address], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match another {
        Some((other, why)) => {
            let because = Because { actor: "rule: bounce", evidence: &why, mail: Some(MailId(other)) };
            put_state(tx, rules, address, AddressState::Suppressed, &because, now)
        }
        None => Ok(()),
    }
}

/// An address is said to be good: what claims otherwise is decided. The requests that it was about.
pub(super) fn drop_claims_about(tx: &Transaction<'_>, address: &str) -> Result<Vec<RequestId>> {
    let mut statement = tx.prepare_cached(
        "UPDATE delivery_report SET standing = 'taken back'
         WHERE standing = 'claimed' AND ?1 = (SELECT lower(d.recipient) FROM delivery d WHERE d.id = delivery_id) RETURNING request_id",
    )?;
    let requests = statement.query_map([address], |row| row.get::<_, Option<i64>>(0))?;
    Ok(requests.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().map(RequestId).collect())
}

impl Register {
    /// The mail by which it was lately proven that our own account or address was refused, and what was said. Nobody has acted on it yet. One delivery
    /// counts once, however often it is reported, and one authority once a day.
    pub fn account_refused(&mut self, now: Timestamp) -> Result<Option<(MailId, String)>> {
        let since = now.saturating_sub(STOPPED_BY_REPORT).unwrap_or(now);
        let mut statement = self.reader.db.prepare_cached(
            "SELECT r.mail_id, r.why, r.finding, r.witness FROM delivery_report r JOIN delivery d ON d.id = r.delivery_id
             WHERE r.standing = 'drawn' AND r.at > ?1 AND d.bounced_by = r.mail_id AND d.dealt_with IS NULL AND d.about = ?2
             ORDER BY r.at DESC",
        )?;
        let reports = statement.query_map(params![since.as_second(), About::OurAccount.name()], |row| {
            Ok((MailId(row.get(0)?), row.get(1)?, rows::json::<Finding>(row, 2)?, rows::json::<Witness>(row, 3)?))
        })?;
        for report in reports {
            let (mail, why, finding, witness) = report?;
            if measure(finding, witness, 1) == Measure::StopSending {
                return Ok(Some((mail, why)));
            }
        }
        Ok(None)
    }
}

/// The mails that say of a letter about a request still open that it came back, where nothing proves it and nobody has decided yet; of one mail, or
/// all.
pub(super) fn open_claims(db: &Connection, mail: Option<MailId>) -> Result<Vec<MailId>> {
    let mut statement = db.prepare_cached(
        "SELECT mail_id, request_id FROM delivery_report WHERE standing = 'claimed' AND request_id IS NOT NULL AND mail_id = coalesce(?1, mail_id)
         ORDER BY mail_id",
    )?;
    let claims = statement.query_map([mail.map(|mail| mail.0)], |row| Ok((MailId(row.get(0)?), RequestId(row.get(1)?))))?;
    let mut open = Vec::new();
    for (mail, request) in claims.collect::<rusqlite::Result<Vec<_>>>()? {
        if open.last() != Some(&mail) && !requests::load(db, request)?.is_settled() {
            open.push(mail);
        }
    }
    Ok(open)
}

/// Whether somebody says that a letter about a request came back, and nobody has decided yet.
pub(super) fn has_open_claim(db: &Connection, request: RequestId) -> Result<bool> {
    let mut statement =
        db.prepare_cached("SELECT EXISTS (SELECT 1 FROM delivery_report WHERE request_id = ?1 AND standing = 'claimed')")?;
    Ok(statement.query_row([request.0], |row| row.get(0))?)
}
