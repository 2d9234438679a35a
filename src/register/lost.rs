//! Letters about known requests that left in the time which a restored register has lost: put down as what they were, from the copies in the Sent folder.

use super::Transaction;
use super::events::Event;
use super::known::Known;
use super::new_letter::{NewLetter, Recipient};
use super::restored::request_known_before;
use super::{Register, Result, SeenLeft, attempts, deliveries, outbox, planning};
use crate::domain::delivery::DeliveryChange;
use crate::domain::event::{Actor, FoundSent, Happened, WrittenReceipt};
use crate::domain::identity::{ContactId, DeliveryId, MailId, RequestId};
use crate::domain::ladder::Step;
use crate::domain::letter::LetterRole;
use crate::domain::lifecycle::{LeftAs, left_as};
use crate::domain::reply_address::{Read, ReplyAddresses};
use crate::domain::rules::day_in;
use crate::mail::Understood;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use std::collections::BTreeSet;

/// By what these letters are known to have left.
const COPY_FOUND: &str = "a copy stands in the Sent folder";

/// A copy of a letter of ours, as far as its head tells.
#[derive(Debug, Clone)]
pub struct LostLetter {
    message_id: String,
    /// Of its request.
    pub(super) reference: String,
    /// Which its reply address names.
    pub(super) request: Option<RequestId>,
    subject: String,
    to: Vec<String>,
    copies: Vec<String>,
    left_at: Option<Timestamp>,
    /// It acknowledges the mail that it answers, if that is told.
    acknowledges: Option<Option<String>>,
    head: Vec<u8>,
}

impl LostLetter {
    /// If it is a letter about a request, written under our secret. `auto_submitted`: the header of that name.
    pub fn read(head: Vec<u8>, understood: &Understood, auto_submitted: Option<&str>, addresses: &ReplyAddresses) -> Option<LostLetter> {
        // As it was given: ours are in lower case.
        let message_id = understood.message_id.as_ref()?.to_ascii_lowercase();
        let reference = addresses.reference_in(&message_id)?;
        let in_answer = auto_submitted.is_some_and(|value| value.trim().eq_ignore_ascii_case("auto-replied"));
        let all = |mailboxes: &[crate::mail::message::Mailbox]| mailboxes.iter().filter_map(|mailbox| mailbox.address.clone()).collect();
        let request = understood.reply_to.iter().filter_map(|mailbox| match addresses.read_as_written(mailbox.address.as_deref()?) {
            Some(Read::Subject(subject)) => subject.request(),
            _ => None,
        });
        Some(LostLetter {
            reference,
            request: request.into_iter().next(),
            subject: understood.subject.clone().unwrap_or_default(),
            to: all(&understood.to),
            copies: all(&understood.cc),
            left_at: understood.date.as_deref().and_then(|date| date.parse().ok()),
            acknowledges: in_answer.then(|| understood.in_reply_to.first().cloned()),
            message_id,
            head,
        })
    }
}

impl Register {
    /// Puts down letters that left and of which it knows nothing, the oldest first; of those that are only named in mails, that they are ours. The
    /// references of their requests, once for each letter; those of unknown requests are told by [`Register::set_numbers_aside`].
    pub fn record_lost_letters(
        &mut self,
        seen: &SeenLeft,
        addresses: &ReplyAddresses,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Vec<String>> {
        let mut letters: Vec<&LostLetter> = seen.letters.iter().collect();
        letters.sort_by_key(|letter| letter.left_at);
        self.write(|tx| {
            let mut recorded = Vec::new();
            for letter in letters {
                if let Some(request) = request_of_lost(tx, &letter.message_id, &letter.reference, letter.request)? {
                    record(tx, letter, request, addresses, actor, now)?;
                    recorded.push(letter.reference.clone());
                }
            }
            let copied: BTreeSet<&str> = seen.letters.iter().map(|letter| letter.message_id.as_str()).collect();
            for message_id in seen.message_ids.iter().filter(|message_id| !copied.contains(message_id.as_str())) {
                let Some(reference) = addresses.reference_in(message_id) else { continue };
                if let Some(request) = request_of_lost(tx, message_id, &reference, None)? {
                    tx.execute("INSERT INTO own_message_id (message_id, request_id) VALUES (?1, ?2)", params![message_id, request.0])?;
                    let named = Happened::LetterFoundNamed { message_id: message_id.clone() };
                    Event::new(now, named, actor).request(request).append(tx)?;
                    recorded.push(reference);
                }
            }
            Ok(recorded)
        })
    }
}

/// The request of a letter, if that is known and the letter is not.
fn request_of_lost(tx: &Transaction<'_>, message_id: &str, reference: &str, named: Option<RequestId>) -> Result<Option<RequestId>> {
    let known = tx.prepare_cached("SELECT 1 FROM own_message_id WHERE message_id = ?1")?.exists([message_id])?;
    if known { Ok(None) } else { request_known_before(tx, reference, named) }
}

fn record(
    tx: &Transaction<'_>,
    letter: &LostLetter,
    request: RequestId,
    addresses: &ReplyAddresses,
    actor: &Actor,
    now: Timestamp,
) -> Result<()> {
    let known = Known::load(tx, request)?;
    let left_at = letter.left_at.map_or(now, |left_at| left_at.max(known.request.opened_at).min(now));
    let day = day_in(left_at, &known.zone);
    let situation = known.situation(tx.rules());
    let left_as = if letter.acknowledges.is_some() { LeftAs::Other } else { left_as(&situation, day) };
    let step: Option<&Step> = match &left_as {
        LeftAs::Step { step, .. } => Some(step),
        LeftAs::Request | LeftAs::Other => None,
    };
    let lowest = tx.rules().lowest_level();
    let (role, template, level) = match (&left_as, step.and_then(Step::letter)) {
        (_, Some(letter)) => (LetterRole::of_step(letter, lowest), letter.template.as_str(), letter.level.as_str()),
        (LeftAs::Request, _) => (LetterRole::Request, LetterRole::Request.template(), lowest),
        _ if letter.acknowledges.is_some() => (LetterRole::Acknowledgement, LetterRole::Acknowledgement.template(), lowest),
        _ => (LetterRole::Reminder, LetterRole::Reminder.template(), lowest),
    };
    let recipient = |address: &String, is_copy| -> Result<Recipient> {
        let contact = tx
            .prepare_cached("SELECT id FROM contact WHERE address = lower(?1) ORDER BY authority_id = ?2 DESC LIMIT 1")?
            .query_row(params![address, known.request.authority.0], |row| row.get(0).map(ContactId))
            .optional()?;
        Ok(Recipient { name: None, address: address.clone(), contact, is_copy })
    };
    let to = letter.to.iter().map(|address| recipient(address, false));
    let recipients: Vec<Recipient> = to.chain(letter.copies.iter().map(|address| recipient(address, true))).collect::<Result<_>>()?;
    let written = NewLetter {
        role,
        template: template.into(),
        level: Some(level.into()),
        message_id: letter.message_id.clone(),
        subject: letter.subject.clone(),
        bytes: letter.head.clone(),
        text: String::new(),
        written_on: day,
        recipients,
        not_before: left_at,
    };
    let id = outbox::put(tx, Some(request), step, &written, addresses, left_at)?;
    // To which address the lost register had it returned is not known.
    let deliveries: Vec<DeliveryId> = tx
        .prepare_cached("UPDATE delivery SET first_attempt_at = ?2, envelope_sender = '' WHERE letter_id = ?1 RETURNING id")?
        .query_map(params![id.0, left_at.as_second()], |row| row.get(0).map(DeliveryId))?
        .collect::<rusqlite::Result<_>>()?;
    for delivery in deliveries {
        deliveries::change(tx, delivery, &DeliveryChange::Accepted { at: left_at, found_by: Some(COPY_FOUND.into()) })?;
    }
    if let LeftAs::Step { step, passed_over, due_on } = &left_as {
        for (other, is_passed_over) in passed_over.iter().map(|other| (other, true)).chain([(step, false)]) {
            tx.execute(
                "INSERT INTO step_taken (request_id, step, taken_on, deadline, passed_over, letter_id, due_on) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    request.0,
                    other.name,
                    day.to_string(),
                    known.request.deadline.to_string(),
                    is_passed_over,
                    id.0,
                    due_on.to_string()
                ],
            )?;
        }
    }
    let found = FoundSent::ByLostRegister {
        r#as: role.name().to_owned(),
        step: step.map(|step| step.name.clone()),
        left_at: left_at.as_second(),
        message_id: letter.message_id.clone(),
        sha256: written.sha256(),
    };
    Event::new(now, Happened::LetterFoundSent(found), actor).letter(id).request(request).append(tx)?;
    // So that it is not acknowledged once more.
    if let Some(mail) = acknowledged(tx, letter)? {
        let written = Happened::AcknowledgementWritten(WrittenReceipt::ByLostRegister);
        Event::new(now, written, actor).request(request).mail(mail).letter(id).append(tx)?;
    }
    if matches!(left_as, LeftAs::Request) {
        let delivery: Option<i64> = tx
            .query_row("SELECT id FROM delivery WHERE letter_id = ?1 AND NOT is_copy ORDER BY id LIMIT 1", [id.0], |row| row.get(0))
            .optional()?;
        if let Some(delivery) = delivery {
            return attempts::letter_left(tx, DeliveryId(delivery), request, left_at, now);
        }
    }
    planning::replan(tx, request, now)
}

/// The mail of which a letter says that it was received.
fn acknowledged(tx: &Transaction<'_>, letter: &LostLetter) -> Result<Option<MailId>> {
    let Some(Some(message_id)) = &letter.acknowledges else { return Ok(None) };
    let mut statement = tx.prepare_cached("SELECT id FROM mail WHERE message_id = ?1 ORDER BY id LIMIT 1")?;
    Ok(statement.query_row([message_id], |row| row.get(0).map(MailId)).optional()?)
}
