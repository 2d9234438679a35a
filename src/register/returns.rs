//! Letters that came back, for good or for now, and what that means for a request.

use super::events::Event;
use super::{Result, outbox};
use crate::domain::identity::{ContactId, DeliveryId, LetterId, MailId, RequestId};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::json;

/// What a bounce says of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It did not arrive and never will.
    ReturnedForGood { dead_address: bool },
    /// It did not arrive for a reason that passes, as that a mailbox is full.
    ReturnedForNow,
    /// It may still arrive.
    Delayed,
}

/// A letter that came back for a reason that passes is sent again after this long: a mailbox is emptied by people, in days.
const SENT_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(2 * 24);
/// Then it counts as undeliverable.
const MOST_RETURNS: u32 = 3;

/// A letter came back, or is said to be delayed. A dead address is written to no more; if nobody got the request, its clock stands still.
pub(super) fn bounced(tx: &Transaction<'_>, delivery: DeliveryId, mail: MailId, fate: Fate, why: &str, now: Timestamp) -> Result<()> {
    struct Sent {
        letter: LetterId,
        request: Option<RequestId>,
        contact: Option<ContactId>,
        recipient: String,
        returned_by: Option<i64>,
        times: u32,
    }
    let sent = tx
        .prepare_cached(
            "SELECT l.id, l.request_id, d.contact_id, d.recipient, d.bounced_by,
                (SELECT count(*) FROM attempt a WHERE a.delivery_id = d.id AND a.outcome IN ('letter sent', 'outcome unknown'))
             FROM delivery d JOIN letter l ON l.id = d.letter_id WHERE d.id = ?1",
        )?
        .query_row([delivery.0], |row| {
            Ok(Sent {
                letter: LetterId(row.get(0)?),
                request: row.get::<_, Option<i64>>(1)?.map(RequestId),
                contact: row.get::<_, Option<i64>>(2)?.map(ContactId),
                recipient: row.get(3)?,
                returned_by: row.get(4)?,
                times: row.get(5)?,
            })
        })
        .optional()?;
    let Some(sent) = sent else { return Ok(()) };
    // Judged again, because a copy of it came: it has done what it does.
    if sent.returned_by == Some(mail.0) {
        return Ok(());
    }
    let fate =
        if fate == Fate::ReturnedForNow && sent.times >= MOST_RETURNS { Fate::ReturnedForGood { dead_address: false } } else { fate };
    let kind = match fate {
        Fate::ReturnedForGood { dead_address } => {
            tx.prepare_cached("UPDATE delivery SET state = 'bounced', next_attempt_at = NULL, bounced_by = ?2, reply = ?3 WHERE id = ?1")?
                .execute(params![delivery.0, mail.0, why])?;
            if let (true, Some(contact)) = (dead_address, sent.contact) {
                outbox::mark_dead(tx, contact, why, now)?;
            }
            "letter bounced"
        }
        Fate::ReturnedForNow => {
            let again_at = now.saturating_add(SENT_AGAIN_AFTER).unwrap_or(now);
            tx.prepare_cached(
                "UPDATE delivery SET state = 'waiting', next_attempt_at = ?4, bounced_by = ?2, reply = ?3 WHERE id = ?1 AND state = 'accepted'",
            )?
            .execute(params![delivery.0, mail.0, why, again_at.as_second()])?;
            "letter returned for now"
        }
        Fate::Delayed => "letter delayed",
    };
    let mut event =
        Event::new(now, kind, "rule: bounce").letter(sent.letter).mail(mail).detail(json!({ "to": sent.recipient, "why": why }));
    event.request = sent.request;
    event.append(tx)?;
    match (sent.request, fate) {
        (Some(request), Fate::ReturnedForGood { .. }) => stop_clock_if_undelivered(tx, request, now),
        _ => Ok(()),
    }
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
