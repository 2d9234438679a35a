//! Letters about known requests that left in the time which a restored register has lost: put down as what they were, from the copies in the Sent
//! folder.

use super::copying::COPY_FOUND;
use super::left::letter_left;
use super::planning;
use super::stepping::put_steps;
use super::tending::lapse;
use crate::domain::delivery::DeliveryChange;
use crate::domain::draft_end::DraftEnd;
use crate::domain::event::{Actor, FoundSent, Happened, WrittenReceipt};
use crate::domain::identity::RequestId;
use crate::domain::ladder::Step;
use crate::domain::letter::{DialogueLetter, LetterRole};
use crate::domain::lifecycle::{SentAs, left_as};
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::rules::day_in;
use crate::register::events::Event;
use crate::register::known::Known;
use crate::register::{LostLetter, NewLetter, Recipient, Register, Result, SeenLeft, Transaction, deliveries, drafts, lost, outbox};
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Register {
    /// Puts down letters that left and of which it knows nothing, the oldest first, after those were told that it knows ([`Register::found_left`],
    /// [`Register::draft_found_left`]); of those that are only named in mails, that they are ours. The
    /// references of their requests, once for each letter; those of unknown requests are told by [`Register::set_numbers_aside`].
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
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
                if let Some(request) = lost::request_of(tx, &letter.message_id, &letter.reference, letter.request)? {
                    if letter.acknowledges.is_none() {
                        put_drafts_aside(tx, request, seen, actor, now)?;
                    }
                    record(tx, letter, request, addresses, actor, now)?;
                    recorded.push(letter.reference.clone());
                }
            }
            let copied: BTreeSet<&str> = seen.letters.iter().map(|letter| letter.message_id.as_str()).collect();
            for message_id in seen.message_ids.iter().filter(|message_id| !copied.contains(message_id.as_str())) {
                let Some(reference) = addresses.reference_in(message_id) else { continue };
                if let Some(request) = lost::request_of(tx, message_id, &reference, None)? {
                    lost::put_named(tx, message_id, request)?;
                    let named = Happened::LetterFoundNamed { message_id: message_id.clone() };
                    Event::new(now, named, actor).request(request).append(tx)?;
                    recorded.push(reference);
                }
            }
            Ok(recorded)
        })
    }
}

/// The drafts about a request of which another letter has left: that may be the same one as it was written anew in the lost time.
fn put_drafts_aside(tx: &Transaction<'_>, request: RequestId, seen: &SeenLeft, actor: &Actor, now: Timestamp) -> Result<()> {
    for draft in drafts::about(tx, request)? {
        if !seen.message_ids.contains(&draft.message_id) {
            lapse(tx, &draft, DraftEnd::AnotherHasLeft, actor, now)?;
        }
    }
    Ok(())
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
    let left_as = if letter.acknowledges.is_some() { SentAs::Other } else { left_as(&situation, day) };
    let step: Option<&Step> = match &left_as {
        SentAs::Step { step, .. } => Some(step),
        SentAs::Request | SentAs::Other => None,
    };
    let lowest = tx.rules().lowest_level();
    let beside_the_ladder = |role: LetterRole| (role, role.template(), lowest);
    let (role, template, level) = match (&left_as, step.and_then(Step::letter)) {
        (SentAs::Request, step) | (_, step @ Some(_)) => {
            let DialogueLetter { role, template, level } = DialogueLetter::of(step, false, lowest);
            (LetterRole::from(role), template, level)
        }
        _ if letter.acknowledges.is_some() => beside_the_ladder(LetterRole::Acknowledgement),
        _ => beside_the_ladder(LetterRole::Reminder),
    };
    let recipient = |address: &String, is_copy| -> Result<Recipient> {
        let contact = lost::contact_at(tx, address, known.request.authority, day)?;
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
        release_by: None,
    };
    let id = outbox::put(tx, Some(request.into()), step, &written, addresses, left_at)?;
    let begun = lost::put_begun(tx, id, left_at)?;
    for (delivery, _) in &begun {
        deliveries::change(tx, *delivery, &DeliveryChange::Accepted { at: left_at, found_by: Some(COPY_FOUND.into()) })?;
    }
    if let SentAs::Step { step, passed_over, due_on } = &left_as {
        let passed_over = passed_over.iter().map(|step| step.name.as_str());
        put_steps(tx, &known.request, passed_over, Some(&step.name), (day, Some(*due_on)), Some(id))?;
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
    let acknowledged = match &letter.acknowledges {
        Some(Some(message_id)) => lost::mail_of(tx, message_id)?,
        _ => None,
    };
    if let Some(mail) = acknowledged {
        let written = Happened::AcknowledgementWritten(WrittenReceipt::ByLostRegister);
        Event::new(now, written, actor).request(request).mail(mail).letter(id).append(tx)?;
    }
    let main = begun.iter().find(|(_, is_copy)| !is_copy);
    match (&left_as, main) {
        (SentAs::Request, Some((delivery, _))) => letter_left(tx, *delivery, request, left_at, now),
        _ => planning::replan(tx, request, now),
    }
}
