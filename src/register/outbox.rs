//! The outbox: letters fixed before the first attempt, attempts recorded before they are made (promise 3).

use super::agenda::{NewLetter, Recipient};
use super::events::Event;
use super::{Reader, Register, RegisterError, Result, agenda, requests, rows, search};
use crate::domain::identity::{ContactId, DeliveryId, LetterId, MailId, RequestId};
use crate::domain::ladder::Step;
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::rules::{OfficeRules, day_in};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Where one letter to one recipient stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    Waiting,
    /// An attempt was begun and its end is not recorded. Found so after a start, its outcome is unknown.
    Attempting,
    Accepted,
    /// For good, or given up after days.
    Refused,
    /// The server's last word was not heard: neither sent nor failed.
    Unknown,
    /// Accepted by a server and returned later.
    Bounced,
    /// No longer needed before it left.
    Cancelled,
}

impl DeliveryState {
    pub const ALL: [DeliveryState; 7] = [
        DeliveryState::Waiting,
        DeliveryState::Attempting,
        DeliveryState::Accepted,
        DeliveryState::Refused,
        DeliveryState::Unknown,
        DeliveryState::Bounced,
        DeliveryState::Cancelled,
    ];

    pub fn name(self) -> &'static str {
        match self {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Attempting => "attempting",
            DeliveryState::Accepted => "accepted",
            DeliveryState::Refused => "refused",
            DeliveryState::Unknown => "unknown",
            DeliveryState::Bounced => "bounced",
            DeliveryState::Cancelled => "cancelled",
        }
    }

    pub fn from_name(name: &str) -> Option<DeliveryState> {
        DeliveryState::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// How the outbox tries again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryRules {
    /// After the first, second, … attempt; the last one repeats.
    pub waits: Vec<SignedDuration>,
    /// After this long of transient refusals the letter is given up and staff are told.
    pub give_up_after: SignedDuration,
    /// How long a DSN, a bounce or a copy in the Sent folder is waited for before a letter of unknown outcome is sent again.
    pub look_after: SignedDuration,
    pub per_domain_per_minute: u32,
}

impl Default for RetryRules {
    fn default() -> Self {
        RetryRules {
            waits: [5, 15, 60, 240].map(SignedDuration::from_mins).to_vec(),
            give_up_after: SignedDuration::from_hours(5 * 24),
            look_after: SignedDuration::from_hours(24),
            per_domain_per_minute: 20,
        }
    }
}

/// A delivery claimed for one attempt, which is recorded already.
#[derive(Debug, Clone)]
pub struct Claim {
    pub delivery: DeliveryId,
    pub attempt: i64,
    pub letter: LetterId,
    pub request: Option<RequestId>,
    pub message_id: String,
    pub envelope_sender: String,
    pub recipient: String,
    pub bytes: Vec<u8>,
    /// An earlier attempt ended without a last word: the Sent copy may tell whether the letter left.
    pub after_unknown: bool,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempted {
    Accepted {
        reply: String,
        queue_id: Option<String>,
    },
    RefusedForNow {
        reply: String,
    },
    /// `dead_address`: the mailbox, host or domain does not exist.
    RefusedForGood {
        reply: String,
        dead_address: bool,
    },
    /// Surely not delivered: no connection, no log-in, cut before the final dot.
    NotSent {
        reason: String,
    },
    Unknown {
        reason: String,
    },
}

/// Stores a letter with its deliveries.
pub(super) fn put(
    tx: &Transaction<'_>,
    request: Option<RequestId>,
    step: Option<&Step>,
    letter: &NewLetter,
    addresses: &ReplyAddresses,
    now: Timestamp,
) -> Result<LetterId> {
    tx.prepare_cached(
        "INSERT INTO letter (request_id, kind, step, level, message_id, subject, bytes, sha256, written_at, written_on)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        request.map(|request| request.0),
        letter.kind,
        step.map(|step| &step.name),
        letter.level,
        letter.message_id,
        letter.subject,
        letter.bytes,
        Sha256::digest(&letter.bytes).to_vec(),
        now.as_second(),
        letter.written_on.to_string()
    ])?;
    let id = LetterId(tx.last_insert_rowid());
    tx.prepare_cached("INSERT INTO own_message_id (message_id, request_id, letter_id) VALUES (?1, ?2, ?3)")?.execute(params![
        letter.message_id,
        request.map(|request| request.0),
        id.0
    ])?;
    for recipient in &letter.recipients {
        put_delivery(tx, id, recipient, addresses, letter.not_before)?;
    }
    if request.is_some() {
        let people: Vec<&str> = letter.recipients.iter().map(|recipient| recipient.address.as_str()).collect();
        search::index_letter(tx, id, &letter.subject, &people.join(" "), &letter.text)?;
    }
    Ok(id)
}

fn put_delivery(
    tx: &Transaction<'_>,
    letter: LetterId,
    recipient: &Recipient,
    addresses: &ReplyAddresses,
    not_before: Timestamp,
) -> Result<()> {
    let domain = recipient.address.rsplit_once('@').map_or("", |(_, domain)| domain).to_lowercase();
    tx.prepare_cached(
        "INSERT INTO delivery (letter_id, recipient, domain, contact_id, envelope_sender, is_copy, state, next_attempt_at)
         VALUES (?1, ?2, ?3, ?4, '', ?5, 'waiting', ?6)",
    )?
    .execute(params![
        letter.0,
        recipient.address,
        domain,
        recipient.contact.map(|contact| contact.0),
        recipient.is_copy,
        not_before.as_second()
    ])?;
    let id = DeliveryId(tx.last_insert_rowid());
    tx.prepare_cached("UPDATE delivery SET envelope_sender = ?2 WHERE id = ?1")?.execute(params![id.0, addresses.for_delivery(id)])?;
    Ok(())
}

impl Register {
    /// Puts a letter to staff (digest, alarm) into the outbox.
    pub fn put_staff_letter(&mut self, letter: &NewLetter, addresses: &ReplyAddresses, now: Timestamp) -> Result<LetterId> {
        self.write(|tx, _| {
            let id = put(tx, None, None, letter, addresses, now)?;
            let kind = format!("{} written", letter.kind);
            let to: Vec<&str> = letter.recipients.iter().map(|recipient| recipient.address.as_str()).collect();
            Event::new(now, &kind, "rule: agenda").letter(id).detail(json!({ "to": to })).append(tx)?;
            Ok(id)
        })
    }

    /// At a start: attempts that were begun and never finished have an unknown outcome. How many.
    pub fn find_interrupted_attempts(&mut self, retry: &RetryRules, now: Timestamp) -> Result<usize> {
        self.write(|tx, _| {
            let open: Vec<(i64, i64)> = tx
                .prepare("SELECT d.id, a.id FROM delivery d JOIN attempt a ON a.delivery_id = d.id WHERE d.state = 'attempting' AND a.finished_at IS NULL")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            for (delivery, attempt) in &open {
                let outcome = Attempted::Unknown { reason: "the program ended during the attempt".into() };
                record_outcome(tx, DeliveryId(*delivery), *attempt, &outcome, retry, now)?;
            }
            Ok(open.len())
        })
    }

    /// Claims the next delivery that may leave now, and records that an attempt begins. Chasing letters whose request was answered meanwhile
    /// are cancelled; those that would chase somebody unheard wait (promise 4).
    pub fn claim_delivery(&mut self, retry: &RetryRules, now: Timestamp) -> Result<Option<Claim>> {
        self.write(|tx, rules| {
            let mut full_domains: Vec<String> = Vec::new();
            let (mut settled, mut chosen) = (Vec::new(), None);
            {
                // Read no further than to the first that may leave: thousands may be due.
                let mut due = tx.prepare_cached(DELIVERIES_DUE)?;
                let mut due = due.query([now.as_second()])?;
                while let Some(row) = due.next()? {
                    let (delivery, domain): (i64, String) = (row.get(0)?, row.get(1)?);
                    if full_domains.contains(&domain) {
                        continue;
                    }
                    if is_paced(tx, &domain, retry, now)? {
                        full_domains.push(domain);
                        continue;
                    }
                    let kind: String = row.get(4)?;
                    match chase(tx, rules, row.get::<_, Option<i64>>(3)?.map(RequestId), &kind)? {
                        Chase::Cancel => settled.push(delivery),
                        Chase::Wait => {}
                        Chase::Go => {
                            chosen = Some((delivery, domain, row.get::<_, String>(2)? == "unknown"));
                            break;
                        }
                    }
                }
            }
            for delivery in settled {
                cancel(tx, DeliveryId(delivery), "the request is settled", now)?;
            }
            chosen.map(|(delivery, domain, after_unknown)| begin_attempt(tx, DeliveryId(delivery), &domain, after_unknown, now)).transpose()
        })
    }

    /// Records how an attempt ended.
    pub fn finish_attempt(&mut self, claim: &Claim, outcome: &Attempted, retry: &RetryRules, now: Timestamp) -> Result<()> {
        self.write(|tx, rules| {
            record_outcome(tx, claim.delivery, claim.attempt, outcome, retry, now)?;
            let Attempted::Accepted { .. } = outcome else { return Ok(()) };
            let Some(request) = claim.request else { return Ok(()) };
            letter_left(tx, rules, claim.delivery, request, now)
        })
    }

    /// A copy of a letter of unknown outcome was found in the Sent folder, or something answers it: it left.
    pub fn found_sent(&mut self, delivery: DeliveryId, evidence: &str, now: Timestamp) -> Result<()> {
        self.write(|tx, rules| resolve_unknown(tx, rules, delivery, evidence, now))
    }
}

/// Touches what is due and nothing else, by the index `delivery_due`.
pub(super) const DELIVERIES_DUE: &str =
    "SELECT d.id, d.domain, d.state, l.request_id, l.kind FROM delivery d JOIN letter l ON l.id = d.letter_id
    WHERE d.next_attempt_at <= ?1 ORDER BY d.next_attempt_at, d.id";

enum Chase {
    Go,
    Wait,
    Cancel,
}

/// Whether a letter may leave. First letters and letters to staff always may.
fn chase(tx: &Transaction<'_>, rules: &OfficeRules, request: Option<RequestId>, kind: &str) -> Result<Chase> {
    let Some(request) = request else { return Ok(Chase::Go) };
    let known = requests::load(tx, request)?;
    if known.ended.is_some() && kind != "acknowledgement" {
        return Ok(Chase::Cancel);
    }
    if kind != "reminder" && kind != "escalation" {
        return Ok(Chase::Go);
    }
    if known.is_settled() {
        return Ok(Chase::Cancel);
    }
    if known.paused || agenda::reply_may_be_waiting(tx, request)? {
        return Ok(Chase::Wait);
    }
    // The mailbox must have been read since the day began on which the letter was written.
    let authority = super::directory::load_head(tx, known.authority)?;
    let written_on: String =
        tx.prepare_cached("SELECT max(written_on) FROM letter WHERE request_id = ?1")?.query_row([request.0], |row| row.get(0))?;
    let day = written_on.parse().map_err(|_| RegisterError::Damaged(format!("a letter's date is {written_on:?}")))?;
    let since = crate::domain::rules::start_of_day(day, &rules.time_zone_of(&authority));
    Ok(if agenda::mailboxes_read_at(tx)?.is_some_and(|read_at| read_at >= since) { Chase::Go } else { Chase::Wait })
}

fn is_paced(tx: &Transaction<'_>, domain: &str, retry: &RetryRules, now: Timestamp) -> Result<bool> {
    let recent: u32 = tx
        .prepare_cached("SELECT count(*) FROM attempt WHERE domain = ?1 AND started_at > ?2")?
        .query_row(params![domain, now.as_second() - 60], |row| row.get(0))?;
    Ok(recent >= retry.per_domain_per_minute)
}

fn begin_attempt(tx: &Transaction<'_>, delivery: DeliveryId, domain: &str, after_unknown: bool, now: Timestamp) -> Result<Claim> {
    tx.prepare_cached(
        "UPDATE delivery SET state = 'attempting', next_attempt_at = NULL, attempts = attempts + 1,
            first_attempt_at = coalesce(first_attempt_at, ?2) WHERE id = ?1",
    )?
    .execute(params![delivery.0, now.as_second()])?;
    tx.prepare_cached("INSERT INTO attempt (delivery_id, domain, started_at) VALUES (?1, ?2, ?3)")?.execute(params![
        delivery.0,
        domain,
        now.as_second()
    ])?;
    let attempt = tx.last_insert_rowid();
    let claim = tx
        .prepare_cached(
            "SELECT l.id, l.request_id, l.message_id, d.envelope_sender, d.recipient, l.bytes
             FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.id = ?1",
        )?
        .query_row([delivery.0], |row| {
            Ok(Claim {
                delivery,
                attempt,
                letter: LetterId(row.get(0)?),
                request: row.get::<_, Option<i64>>(1)?.map(RequestId),
                message_id: row.get(2)?,
                envelope_sender: row.get(3)?,
                recipient: row.get(4)?,
                bytes: row.get(5)?,
                after_unknown,
            })
        })?;
    Ok(claim)
}

fn record_outcome(
    tx: &Transaction<'_>,
    delivery: DeliveryId,
    attempt: i64,
    outcome: &Attempted,
    retry: &RetryRules,
    now: Timestamp,
) -> Result<()> {
    let (attempts, first_at, letter, request, contact, recipient): (u32, i64, i64, Option<i64>, Option<i64>, String) = tx
        .prepare_cached(
            "SELECT d.attempts, coalesce(d.first_attempt_at, ?2), l.id, l.request_id, d.contact_id, d.recipient
             FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.id = ?1",
        )?
        .query_row(params![delivery.0, now.as_second()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        })?;
    let tried_for = SignedDuration::from_secs(now.as_second() - first_at);
    let tries = usize::try_from(attempts.max(1)).unwrap_or(1);
    let wait = retry.waits.get(tries - 1).or(retry.waits.last()).copied().unwrap_or(SignedDuration::from_hours(1));
    let again_at = now.saturating_add(wait).unwrap_or(now);
    let (state, next, name, reply, queue_id) = match outcome {
        Attempted::Accepted { reply, queue_id } => (DeliveryState::Accepted, None, "letter sent", reply, queue_id.as_ref()),
        Attempted::RefusedForNow { reply } if tried_for >= retry.give_up_after => {
            (DeliveryState::Refused, None, "letter given up", reply, None)
        }
        Attempted::NotSent { reason } if tried_for >= retry.give_up_after => {
            (DeliveryState::Refused, None, "letter given up", reason, None)
        }
        Attempted::RefusedForNow { reply } => (DeliveryState::Waiting, Some(again_at), "letter refused for now", reply, None),
        Attempted::NotSent { reason } => (DeliveryState::Waiting, Some(again_at), "letter not sent", reason, None),
        Attempted::RefusedForGood { reply, .. } => (DeliveryState::Refused, None, "letter refused", reply, None),
        Attempted::Unknown { reason } => {
            (DeliveryState::Unknown, now.saturating_add(retry.look_after).ok(), "outcome unknown", reason, None)
        }
    };
    let reply: String = reply.chars().filter(|character| !character.is_control()).take(1000).collect();
    tx.prepare_cached("UPDATE attempt SET finished_at = ?2, outcome = ?3, reply = ?4 WHERE id = ?1")?.execute(params![
        attempt,
        now.as_second(),
        name,
        reply
    ])?;
    tx.prepare_cached(
        "UPDATE delivery SET state = ?2, next_attempt_at = ?3, reply = ?4, queue_id = coalesce(?5, queue_id),
            accepted_at = CASE WHEN ?2 = 'accepted' THEN ?6 ELSE accepted_at END WHERE id = ?1",
    )?
    .execute(params![delivery.0, state.name(), next.map(|next| next.as_second()), reply, queue_id, now.as_second()])?;
    if let (Attempted::RefusedForGood { dead_address: true, .. }, Some(contact)) = (outcome, contact) {
        mark_dead(tx, ContactId(contact), &reply)?;
    }
    let mut event = Event::new(now, name, "rule: outbox").letter(LetterId(letter)).detail(json!({
        "to": recipient, "attempt": attempts, "reply": reply, "queue_id": queue_id
    }));
    event.request = request.map(RequestId);
    event.append(tx)
}

pub(super) fn mark_dead(tx: &Connection, contact: ContactId, why: &str) -> Result<()> {
    tx.prepare_cached("UPDATE contact SET dead = ?2 WHERE id = ?1 AND dead IS NULL")?.execute(params![contact.0, why])?;
    Ok(())
}

/// The first letter of a request was accepted: from then on its clock runs. A term that starts with the sending starts on that day.
fn letter_left(tx: &Transaction<'_>, rules: &OfficeRules, delivery: DeliveryId, id: RequestId, now: Timestamp) -> Result<()> {
    let is_copy: bool = tx.prepare_cached("SELECT is_copy FROM delivery WHERE id = ?1")?.query_row([delivery.0], |row| row.get(0))?;
    let mut request = requests::load(tx, id)?;
    if request.sent_at.is_none() && !is_copy {
        tx.prepare_cached("UPDATE request SET sent_at = ?2 WHERE id = ?1")?.execute(params![id.0, now.as_second()])?;
        if request.basis.start_event == crate::domain::calendar::StartEvent::Sending {
            let authority = super::directory::load_head(tx, request.authority)?;
            request.basis.start = day_in(now, &rules.time_zone_of(&authority));
            requests::store_basis(tx, id, &request.basis)?;
        }
    }
    agenda::replan(tx, rules, id, now)
}

pub(super) fn resolve_unknown(
    tx: &Transaction<'_>,
    rules: &OfficeRules,
    delivery: DeliveryId,
    evidence: &str,
    now: Timestamp,
) -> Result<()> {
    let changed = tx
        .prepare_cached("UPDATE delivery SET state = 'accepted', next_attempt_at = NULL, accepted_at = ?2, reply = ?3 WHERE id = ?1 AND state IN ('unknown', 'attempting')")?
        .execute(params![delivery.0, now.as_second(), evidence])?;
    if changed == 0 {
        return Ok(());
    }
    let (letter, request): (i64, Option<i64>) = tx
        .prepare_cached("SELECT l.id, l.request_id FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.id = ?1")?
        .query_row([delivery.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut event = Event::new(now, "letter found sent", "rule: outbox").letter(LetterId(letter)).detail(json!({ "evidence": evidence }));
    event.request = request.map(RequestId);
    event.append(tx)?;
    match request {
        Some(request) => letter_left(tx, rules, delivery, RequestId(request), now),
        None => Ok(()),
    }
}

fn cancel(tx: &Transaction<'_>, delivery: DeliveryId, why: &str, now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE delivery SET state = 'cancelled', next_attempt_at = NULL, reply = ?2 WHERE id = ?1")?
        .execute(params![delivery.0, why])?;
    let (letter, request): (i64, Option<i64>) = tx
        .prepare_cached("SELECT l.id, l.request_id FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.id = ?1")?
        .query_row([delivery.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut event = Event::new(now, "letter cancelled", "rule: outbox").letter(LetterId(letter)).detail(json!({ "why": why }));
    event.request = request.map(RequestId);
    event.append(tx)
}

/// A letter came back, or is said to be delayed. A permanent failure of the only recipient is told to staff; a dead address is written to no more.
pub(super) fn bounced(
    tx: &Transaction<'_>,
    delivery: DeliveryId,
    mail: MailId,
    permanent: bool,
    dead_address: bool,
    why: &str,
    now: Timestamp,
) -> Result<()> {
    let found: Option<(i64, Option<i64>, Option<i64>, String)> = tx
        .prepare_cached(
            "SELECT l.id, l.request_id, d.contact_id, d.recipient FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.id = ?1",
        )?
        .query_row([delivery.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((letter, request, contact, recipient)) = found else { return Ok(()) };
    if permanent {
        tx.prepare_cached("UPDATE delivery SET state = 'bounced', next_attempt_at = NULL, bounced_by = ?2, reply = ?3 WHERE id = ?1")?
            .execute(params![delivery.0, mail.0, why])?;
    }
    if let (true, Some(contact)) = (dead_address, contact) {
        mark_dead(tx, ContactId(contact), why)?;
    }
    let kind = if permanent { "letter bounced" } else { "letter delayed" };
    let mut event =
        Event::new(now, kind, "rule: bounce").letter(LetterId(letter)).mail(mail).detail(json!({ "to": recipient, "why": why }));
    event.request = request.map(RequestId);
    event.append(tx)
}

impl Reader {
    /// When the outbox will next have something to send; in the past if something waits now.
    pub fn next_attempt(&self) -> Result<Option<Timestamp>> {
        let next: Option<i64> = self
            .db
            .prepare_cached("SELECT min(next_attempt_at) FROM delivery WHERE next_attempt_at IS NOT NULL")?
            .query_row([], |row| row.get(0))?;
        Ok(next.and_then(|second| Timestamp::from_second(second).ok()))
    }

    /// Deliveries of unknown outcome with the Message-ID by which a Sent folder may know them.
    pub fn unknown_deliveries(&self) -> Result<Vec<(DeliveryId, String)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT d.id, l.message_id FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.state = 'unknown' ORDER BY d.id",
        )?;
        let found = statement.query_map([], |row| Ok((DeliveryId(row.get(0)?), row.get(1)?)))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// The bytes of a letter as they were sent.
    pub fn letter_bytes(&self, letter: LetterId) -> Result<Vec<u8>> {
        Ok(self.db.query_row("SELECT bytes FROM letter WHERE id = ?1", [letter.0], |row| row.get(0))?)
    }

    /// When a delivery was accepted, if it was.
    pub fn accepted_at(&self, delivery: DeliveryId) -> Result<Option<Timestamp>> {
        Ok(self.db.query_row("SELECT accepted_at FROM delivery WHERE id = ?1", [delivery.0], |row| rows::optional_timestamp(row, 0))?)
    }
}
