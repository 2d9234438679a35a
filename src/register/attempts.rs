//! Attempts to give letters to a server: the rows of what is due, of what was begun, and of how it ended.

use super::Transaction;
use super::new_letter::Recipient;
use super::{Reader, Result, deliveries, rows};
use crate::domain::deliverability::Finding;
use crate::domain::delivery::{COUNTED_FOR, DeliveryOutcome, DeliveryState, History};
use crate::domain::identity::{ContactId, DeliveryId, LetterId, RequestId};
use crate::domain::letter::LetterRole;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use std::ops::ControlFlow;

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
}

/// A delivery whose time has come, and its letter.
pub(crate) struct DueDelivery {
    pub(crate) delivery: DeliveryId,
    pub(crate) domain: String,
    pub(crate) state: DeliveryState,
    pub(crate) due_at: Timestamp,
    pub(crate) first_attempt_at: Option<Timestamp>,
    pub(crate) letter: LetterId,
    pub(crate) request: Option<RequestId>,
    pub(crate) role: LetterRole,
    /// Name of the ladder's step that the letter is of.
    pub(crate) step: Option<String>,
    /// Who gets it as a copy.
    pub(crate) copy_to: Option<Recipient>,
}

/// What was tried.
pub(crate) struct Tried {
    pub(crate) delivery: DeliveryId,
    pub(crate) letter: LetterId,
    pub(crate) request: Option<RequestId>,
    /// It is an address of the directory.
    pub(crate) has_contact: bool,
    pub(crate) recipient: String,
    pub(crate) domain: String,
    /// But for the domains that were refused in a row, which cost more to count.
    pub(crate) history: History,
}

/// Touches what is due and nothing else, by the index `obligation_due`.
pub(super) const DELIVERIES_DUE: &str = "SELECT d.id, d.domain, d.state, l.id, l.request_id, o.due, l.role, l.step, d.first_attempt_at,
        d.is_copy, d.recipient, d.contact_id
    FROM obligation o CROSS JOIN delivery d ON d.id = o.number CROSS JOIN letter l ON l.id = d.letter_id
    WHERE o.kind = 'attempt' AND o.due <= ?1 AND (o.due, o.number) > (?2, ?3) AND (o.due, o.number) <= (?4, ?5) ORDER BY o.due, o.number";

/// Where a delivery stands among those that are due.
pub(crate) type DuePlace = (Timestamp, DeliveryId);

/// The last attempt at which the relay took a letter, by the index `attempts_accepted`: as long as it takes none, attempts pile up behind it.
pub(super) const LAST_TAKEN: &str = "SELECT max(taken.id) FROM attempt taken WHERE taken.outcome = 'accepted'";

/// Shows the deliveries that are due, the longest due first, until `look` has seen enough: thousands may be. Those that stand behind `after`, and up
/// to `last`; from the first, and to the end, where none is given. Whether it has.
pub(crate) fn each_due(
    tx: &Transaction<'_>,
    (after, last): (Option<DuePlace>, Option<DuePlace>),
    now: Timestamp,
    mut look: impl FnMut(DueDelivery) -> Result<ControlFlow<()>>,
) -> Result<ControlFlow<()>> {
    let as_numbers = |(due, delivery): DuePlace| (due.as_second(), delivery.0);
    let (after, last) = (after.map_or((i64::MIN, 0), as_numbers), last.map_or((i64::MAX, i64::MAX), as_numbers));
    let mut due = tx.prepare_cached(DELIVERIES_DUE)?;
    let mut due = due.query([now.as_second(), after.0, after.1, last.0, last.1])?;
    while let Some(row) = due.next()? {
        let found = DueDelivery {
            delivery: DeliveryId(row.get(0)?),
            domain: row.get(1)?,
            state: deliveries::state(row, 2)?,
            due_at: rows::timestamp(row, 5)?,
            first_attempt_at: rows::optional_timestamp(row, 8)?,
            letter: LetterId(row.get(3)?),
            request: row.get::<_, Option<i64>>(4)?.map(RequestId),
            role: row.get(6)?,
            step: row.get(7)?,
            copy_to: if row.get(9)? { Some(copy_to(row)?) } else { None },
        };
        if look(found)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn copy_to(row: &Row<'_>) -> rusqlite::Result<Recipient> {
    Ok(Recipient { name: None, address: row.get(10)?, contact: row.get::<_, Option<i64>>(11)?.map(ContactId), is_copy: true })
}

/// Writes down that an attempt at a delivery begins.
pub(crate) fn begin(tx: &Transaction<'_>, delivery: DeliveryId, domain: &str, now: Timestamp) -> Result<Claim> {
    tx.prepare_cached(
        "UPDATE delivery SET state = 'attempting', attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, ?2) WHERE id = ?1",
    )?
    .execute(params![delivery.0, now.as_second()])?;
    // With that it is owed no more (`no_attempt_of_what_has_ended`).
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
            })
        })?;
    Ok(claim)
}

/// Attempts that were begun and never finished.
pub(crate) fn unfinished(db: &Reader) -> Result<Vec<i64>> {
    let mut statement = db.prepare(
        "SELECT a.id FROM delivery d JOIN attempt a ON a.delivery_id = d.id WHERE d.state = 'attempting' AND a.finished_at IS NULL",
    )?;
    let found = statement.query_map([], |row| row.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Whether this is an attempt at that delivery of the letter of that Message-ID, and its end is not recorded yet.
pub(crate) fn is_unfinished(db: &Reader, attempt: i64, delivery: DeliveryId, message_id: &str) -> Result<bool> {
    let mut statement = db.prepare(
        "SELECT 1 FROM attempt a JOIN delivery d ON d.id = a.delivery_id JOIN letter l ON l.id = d.letter_id
         WHERE a.id = ?1 AND d.id = ?2 AND l.message_id = ?3 AND a.finished_at IS NULL AND d.state = 'attempting'",
    )?;
    Ok(statement.exists(params![attempt, delivery.0, message_id])?)
}

/// What was tried at an attempt, and before.
pub(crate) fn tried(db: &Reader, attempt: i64, now: Timestamp) -> Result<Tried> {
    Ok(db
        .prepare_cached(&format!(
            "SELECT d.id, d.attempts,
                coalesce((SELECT min(a.started_at) FROM attempt a WHERE a.delivery_id = d.id
                             AND a.started_at >= coalesce((SELECT e.at FROM event e WHERE e.id = d.dealt_with), 0)), ?2),
                l.id, l.request_id, d.contact_id IS NOT NULL, d.recipient, d.domain,
                (SELECT count(*) FROM attempt a WHERE a.delivery_id = d.id AND a.outcome = 'unknown'),
                coalesce(({LAST_TAKEN}), 0)
                    > (SELECT min(a.id) FROM attempt a WHERE a.delivery_id = d.id)
             FROM attempt t JOIN delivery d ON d.id = t.delivery_id JOIN letter l ON l.id = d.letter_id WHERE t.id = ?1",
        ))?
        .query_row(params![attempt, now.as_second()], |row| {
            Ok(Tried {
                delivery: DeliveryId(row.get(0)?),
                letter: LetterId(row.get(3)?),
                request: row.get::<_, Option<i64>>(4)?.map(RequestId),
                has_contact: row.get(5)?,
                recipient: row.get(6)?,
                domain: row.get(7)?,
                history: History {
                    attempts: row.get(1)?,
                    first_at: rows::timestamp(row, 2)?,
                    unheard: row.get(8)?,
                    others_were_taken: row.get(9)?,
                    domains_refused_in_a_row: 0,
                },
            })
        })?)
}

/// Of how many domains but this one the relay has called a recipient dead since it last took a letter.
pub(crate) fn other_domains_refused_in_a_row(db: &Reader, domain: &str) -> Result<u32> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT count(DISTINCT domain) FROM attempt WHERE domain <> ?1 AND finding ->> '$.dead'
            AND id > coalesce(({LAST_TAKEN}), 0)",
    ))?;
    Ok(statement.query_row([domain], |row| row.get(0))?)
}

/// Writes down how an attempt ended. `said`: the words of the server, or why there are none.
pub(crate) fn end(
    tx: &Transaction<'_>,
    attempt: i64,
    outcome: &DeliveryOutcome,
    said: &str,
    finding: Option<&Finding>,
    now: Timestamp,
) -> Result<()> {
    tx.prepare_cached("UPDATE attempt SET finished_at = ?2, outcome = ?3, reply = ?4, finding = ?5 WHERE id = ?1")?.execute(params![
        attempt,
        now.as_second(),
        outcome.name(),
        said,
        finding.map(rows::to_json).transpose()?
    ])?;
    Ok(())
}

/// Attempts to a domain within [`COUNTED_FOR`].
pub(crate) fn recent_to(db: &Reader, domain: &str, now: Timestamp) -> Result<u32> {
    let mut recent = db.prepare_cached("SELECT count(*) FROM attempt WHERE domain = ?1 AND started_at > ?2")?;
    Ok(recent.query_row(params![domain, now.as_second() - COUNTED_FOR.as_secs()], |row| row.get(0))?)
}

/// When the last attempt but so many was begun, if there were so many. Attempts are numbered without a gap: it is found by its number, and nothing is
/// counted.
pub(crate) fn last_but(db: &Reader, so_many: i64) -> Result<Option<Timestamp>> {
    Ok(db
        .prepare_cached("SELECT started_at FROM attempt WHERE id = (SELECT max(id) FROM attempt) - ?1")?
        .query_row([so_many], |row| rows::timestamp(row, 0))
        .optional()?)
}
