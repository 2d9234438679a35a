//! The outbox: letters fixed before the first attempt, attempts recorded before they are made (promise 3).

use super::agenda::{NewLetter, Recipient};
use super::events::Event;
use super::leaving::{MayLeave, Waiting, may_leave, withdraw};
use super::outcomes::record_outcome;
use super::{Reader, Register, Result, agenda, copies, directory, pace, requests, rows, search};
use crate::domain::deliverability::{Finding, Measure};
use crate::domain::event::{FoundSent, Happened, RuleName, Written};
use crate::domain::identity::{DeliveryId, LetterId, RequestId};
use crate::domain::ladder::Step;
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::rules::{OfficeRules, day_in};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Transaction, params};
use serde::{Deserialize, Serialize};
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
    /// After this long of refusals, while others are taken, the letter is given up and staff are told; and one of unknown outcome is left to a person.
    pub give_up_after: SignedDuration,
    /// How long a DSN, a bounce or a copy in the Sent folder is waited for before a letter of unknown outcome is sent again.
    pub look_after: SignedDuration,
    pub per_domain_per_minute: u32,
    /// In all.
    pub per_minute: u32,
    /// The office has a Sent folder, into which a copy of each letter that has left is put.
    pub files_copies: bool,
}

impl RetryRules {
    /// How long it is waited after so many attempts.
    pub(super) fn wait_after(&self, attempts: u32) -> SignedDuration {
        self.waits.get(attempts.max(1) as usize - 1).or(self.waits.last()).copied().unwrap_or(SignedDuration::from_hours(1))
    }
}

impl Default for RetryRules {
    fn default() -> Self {
        RetryRules {
            waits: [5, 15, 60, 240].map(SignedDuration::from_mins).to_vec(),
            give_up_after: SignedDuration::from_hours(5 * 24),
            look_after: SignedDuration::from_hours(24),
            per_domain_per_minute: 20,
            per_minute: 30,
            files_copies: false,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attempted {
    Accepted {
        reply: String,
        queue_id: Option<String>,
    },
    Refused {
        reply: String,
        finding: Finding,
    },
    /// The process was to end before the server was given anything of the letter.
    NotTried,
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

/// The number of the next letter about a request: they run from 1, and after a restoring on from another beginning each time (`restored`).
pub(super) fn next_number(db: &Connection, request: RequestId) -> Result<u32> {
    let mut statement = db.prepare_cached(
        "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM setting WHERE key = 'letter numbers'), 0) + count(*) + 1
         FROM letter WHERE request_id = ?1",
    )?;
    Ok(statement.query_row([request.0], |row| row.get(0))?)
}

/// Puts a letter to staff (digest, alarm) into the outbox.
pub(super) fn put_to_staff(
    tx: &Transaction<'_>,
    letter: &NewLetter,
    happened: fn(Written) -> Happened,
    addresses: &ReplyAddresses,
    now: Timestamp,
) -> Result<LetterId> {
    let id = put(tx, None, None, letter, addresses, now)?;
    let to = letter.recipients.iter().map(|recipient| recipient.address.clone()).collect();
    let written = happened(Written { to, sha256: letter.sha256() });
    Event::new(now, written, RuleName::Agenda).letter(id).append(tx)?;
    Ok(id)
}

impl Register {
    /// At a start: attempts that were begun and never finished have an unknown outcome. How many.
    pub fn find_interrupted_attempts(&mut self, retry: &RetryRules, now: Timestamp) -> Result<usize> {
        self.write(|tx, rules| {
            let open: Vec<(i64, i64)> = tx
                .prepare("SELECT d.id, a.id FROM delivery d JOIN attempt a ON a.delivery_id = d.id WHERE d.state = 'attempting' AND a.finished_at IS NULL")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            for (delivery, attempt) in &open {
                let outcome = Attempted::Unknown { reason: "the program ended during the attempt".into() };
                record_outcome(tx, rules, DeliveryId(*delivery), *attempt, &outcome, retry, now)?;
            }
            Ok(open.len())
        })
    }

    /// Claims the next delivery that may leave now, and records that an attempt begins. Letters that are no longer needed, or name a deadline
    /// that has moved, are withdrawn; those that would chase somebody unheard wait (promise 4), and so does everything to an authority outside
    /// of office hours, and what may have left already until the mailbox was read for signs of it (promise 3).
    pub fn claim_delivery(&mut self, retry: &RetryRules, now: Timestamp) -> Result<Option<Claim>> {
        self.write(|tx, rules| {
            let mut full_domains: Vec<String> = Vec::new();
            if pace::is_full(tx, retry, now)? {
                return Ok(None);
            }
            let (mut useless, mut early, mut chosen) = (Vec::new(), Vec::new(), None);
            let mut for_a_person = Vec::new();
            let read_at = agenda::mailboxes_read_at(tx)?;
            {
                // Read no further than to the first that may leave: thousands may be due.
                let mut due = tx.prepare_cached(DELIVERIES_DUE)?;
                let mut due = due.query([now.as_second()])?;
                while let Some(row) = due.next()? {
                    let (delivery, domain): (i64, String) = (row.get(0)?, row.get(1)?);
                    if full_domains.contains(&domain) {
                        continue;
                    }
                    if pace::is_domain_full(tx, &domain, retry, now)? {
                        full_domains.push(domain);
                        continue;
                    }
                    let after_unknown = row.get::<_, String>(2)? == DeliveryState::Unknown.name();
                    let due_at = rows::timestamp(row, 5)?;
                    let begun_at = rows::optional_timestamp(row, 8)?.unwrap_or(due_at);
                    if after_unknown && now.duration_since(begun_at) >= retry.give_up_after {
                        for_a_person.push(delivery);
                        continue;
                    }
                    if after_unknown && read_at.is_none_or(|read_at| read_at < due_at) {
                        continue;
                    }
                    let waiting = Waiting {
                        letter: LetterId(row.get(3)?),
                        request: row.get::<_, Option<i64>>(4)?.map(RequestId),
                        kind: row.get(6)?,
                        step: row.get(7)?,
                    };
                    match may_leave(tx, rules, &waiting, now)? {
                        MayLeave::Never(why) => useless.push((waiting.letter, why)),
                        MayLeave::From(moment) if moment > now => early.push((delivery, moment)),
                        MayLeave::From(_) => {
                            chosen = Some((delivery, domain, after_unknown));
                            break;
                        }
                        MayLeave::NotYet => {}
                    }
                }
            }
            for delivery in for_a_person {
                tx.prepare_cached("UPDATE delivery SET next_attempt_at = NULL WHERE id = ?1")?.execute([delivery])?;
            }
            for (letter, why) in useless {
                withdraw(tx, rules, letter, why, now)?;
            }
            for (delivery, moment) in early {
                tx.prepare_cached("UPDATE delivery SET next_attempt_at = ?2 WHERE id = ?1")?.execute([delivery, moment.as_second()])?;
            }
            chosen.map(|(delivery, domain, after_unknown)| begin_attempt(tx, DeliveryId(delivery), &domain, after_unknown, now)).transpose()
        })
    }

    /// Records how an attempt ended. What is to be done about the letter, if it was refused.
    pub fn finish_attempt(&mut self, claim: &Claim, outcome: &Attempted, retry: &RetryRules, now: Timestamp) -> Result<Option<Measure>> {
        self.write(|tx, rules| finish(tx, rules, claim.delivery, claim.attempt, claim.request, outcome, retry, now))
    }

    /// A copy of a letter of unknown outcome was found in the Sent folder, or something answers it: it left.
    pub fn found_sent(&mut self, delivery: DeliveryId, evidence: &str, now: Timestamp) -> Result<()> {
        self.write(|tx, rules| resolve_unknown(tx, rules, delivery, evidence, now))
    }

    /// Where signs of letters of unknown outcome could not be looked for, none of them is sent again before `until`.
    pub fn put_off_unknown(&mut self, until: Timestamp) -> Result<()> {
        self.write(|tx, _| {
            tx.prepare_cached("UPDATE delivery SET next_attempt_at = max(next_attempt_at, ?1) WHERE state = 'unknown'")?
                .execute([until.as_second()])?;
            Ok(())
        })
    }
}

#[expect(clippy::too_many_arguments, reason = "an attempt is named by three of them, and has two callers")]
pub(super) fn finish(
    tx: &Transaction<'_>,
    rules: &OfficeRules,
    delivery: DeliveryId,
    attempt: i64,
    request: Option<RequestId>,
    outcome: &Attempted,
    retry: &RetryRules,
    now: Timestamp,
) -> Result<Option<Measure>> {
    let measure = record_outcome(tx, rules, delivery, attempt, outcome, retry, now)?;
    if retry.files_copies && matches!(outcome, Attempted::Accepted { .. }) {
        copies::owe(tx, delivery, retry, now)?;
    }
    match (request, outcome) {
        (Some(request), Attempted::Accepted { .. }) => letter_left(tx, rules, delivery, request, now, now)?,
        // If it is given up, the request may go to somebody else.
        (Some(request), _) => agenda::replan(tx, rules, request, now)?,
        (None, _) => {}
    }
    Ok(measure)
}

/// Touches what is due and nothing else, by the index `delivery_due`.
pub(super) const DELIVERIES_DUE: &str =
    "SELECT d.id, d.domain, d.state, l.id, l.request_id, d.next_attempt_at, l.kind, l.step, d.first_attempt_at FROM delivery d JOIN letter l ON l.id = d.letter_id
    WHERE d.next_attempt_at <= ?1 ORDER BY d.next_attempt_at, d.id";

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

/// The first letter of a request was accepted: from then on its clock runs. A term that starts with the sending starts on that day.
pub(super) fn letter_left(
    tx: &Transaction<'_>,
    rules: &OfficeRules,
    delivery: DeliveryId,
    id: RequestId,
    left_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let is_copy: bool = tx.prepare_cached("SELECT is_copy FROM delivery WHERE id = ?1")?.query_row([delivery.0], |row| row.get(0))?;
    let mut request = requests::load(tx, id)?;
    if request.sent_at.is_none() && !is_copy {
        tx.prepare_cached("UPDATE request SET sent_at = ?2 WHERE id = ?1")?.execute(params![id.0, left_at.as_second()])?;
        if request.basis.start_event == crate::domain::calendar::StartEvent::Sending {
            let authority = directory::load_head(tx, request.authority)?;
            request.basis.start = day_in(left_at, &rules.time_zone_of(&authority));
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
    let found = FoundSent::Own { evidence: evidence.to_owned() };
    let mut event = Event::new(now, Happened::LetterFoundSent(found), RuleName::Outbox).letter(LetterId(letter));
    event.request = request.map(RequestId);
    event.append(tx)?;
    match request {
        Some(request) => letter_left(tx, rules, delivery, RequestId(request), now, now),
        None => Ok(()),
    }
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

    /// How many letters to authorities stand so. Those to staff are left out: the digest in which this is told waits as well.
    pub fn letters_in(&self, state: DeliveryState) -> Result<u64> {
        let mut statement = self.db.prepare_cached(
            "SELECT count(*) FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.state = ?1 AND l.request_id IS NOT NULL",
        )?;
        let count: i64 = statement.query_row([state.name()], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// Deliveries of unknown outcome with the Message-ID by which a Sent folder may know them, begun after `since`.
    pub fn unknown_deliveries(&self, since: Timestamp) -> Result<Vec<(DeliveryId, String)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT d.id, l.message_id FROM delivery d JOIN letter l ON l.id = d.letter_id
             WHERE d.state = 'unknown' AND d.first_attempt_at >= ?1 ORDER BY d.id",
        )?;
        let found = statement.query_map([since.as_second()], |row| Ok((DeliveryId(row.get(0)?), row.get(1)?)))?;
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
