//! A letter has left: a server has accepted it, or something shows that it did, though the server's last word was not heard.

use super::planning;
use crate::domain::calendar::StartEvent;
use crate::domain::delivery::{DeliveryChange, DeliveryState};
use crate::domain::event::{FoundSent, Happened, RuleName};
use crate::domain::identity::{DeliveryId, LetterId, RequestId};
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::rules::day_in;
use crate::register::events::Event;
use crate::register::{Register, Result, Transaction, deliveries, directory, drafts, requests};
use jiff::Timestamp;

impl Register {
    /// A copy of a letter of unknown outcome was found in the Sent folder, or something answers it: it left.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn found_sent(&mut self, delivery: DeliveryId, evidence: &str, now: Timestamp) -> Result<()> {
        self.write(|tx| resolve_unknown(tx, delivery, evidence, now, now))
    }

    /// A letter of which the register knows no attempt was found to have left, at that time as far as is known.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn found_left(&mut self, delivery: DeliveryId, evidence: &str, left_at: Timestamp, now: Timestamp) -> Result<()> {
        self.write(|tx| {
            if deliveries::standing(tx, delivery)?.0 == DeliveryState::Waiting {
                deliveries::change(tx, delivery, &DeliveryChange::Unknown { next_attempt_at: None })?;
            }
            resolve_unknown(tx, delivery, evidence, left_at.min(now), now)
        })
    }
}

impl Register {
    /// A draft was found to have left, at that time as far as is known: the register that was lost had it released. Whether it was one still.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn draft_found_left(
        &mut self,
        letter: LetterId,
        evidence: &str,
        addresses: &ReplyAddresses,
        left_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool> {
        let left_at = left_at.min(now);
        self.write(|tx| {
            let Some(draft) = drafts::find(tx, letter)? else { return Ok(false) };
            let authority = directory::load_head(tx, requests::load(tx, draft.request)?.authority)?;
            let released_on = day_in(left_at, &tx.rules().time_zone_of(&authority));
            for (delivery, _) in drafts::release(tx, &draft, addresses, released_on, left_at)? {
                deliveries::change(tx, delivery, &DeliveryChange::Unknown { next_attempt_at: None })?;
                resolve_unknown(tx, delivery, evidence, left_at, now)?;
            }
            Ok(true)
        })
    }
}

/// A letter whose last word was not heard is found to have left, by `evidence`; `left_at`: then, as far as is known.
pub(crate) fn resolve_unknown(
    tx: &Transaction<'_>,
    delivery: DeliveryId,
    evidence: &str,
    left_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    if !matches!(deliveries::standing(tx, delivery)?.0, DeliveryState::Unknown | DeliveryState::Attempting) {
        return Ok(());
    }
    deliveries::change(tx, delivery, &DeliveryChange::Accepted { at: left_at, found_by: Some(evidence.into()) })?;
    let (letter, request) = deliveries::letter_of(tx, delivery)?;
    let found = FoundSent::Own { evidence: evidence.to_owned() };
    let mut event = Event::new(now, Happened::LetterFoundSent(found), RuleName::Outbox).letter(letter);
    event.request = request;
    event.append(tx)?;
    match request {
        Some(request) => letter_left(tx, delivery, request, left_at, now),
        None => Ok(()),
    }
}

/// A letter about a request was accepted. From the first one on the request's clock runs; a term that starts with the sending starts on that day.
pub(super) fn letter_left(tx: &Transaction<'_>, delivery: DeliveryId, id: RequestId, left_at: Timestamp, now: Timestamp) -> Result<()> {
    let is_copy = deliveries::is_copy(tx, delivery)?;
    let mut request = requests::load(tx, id)?;
    if request.sent_at.is_none() && !is_copy {
        requests::put_sent_at(tx, id, Some(left_at))?;
        if request.basis.start_event == StartEvent::Sending {
            let authority = directory::load_head(tx, request.authority)?;
            request.basis.start = day_in(left_at, &tx.rules().time_zone_of(&authority));
            requests::store_basis(tx, id, &request.basis)?;
        }
    }
    planning::replan(tx, id, now)
}
