//! Letters to authorities as they are drafted: what each says, to whom, and under which Message-ID, fixed before it waits to leave (promise 3).

use crate::domain::asking::named_deadline;
use crate::domain::authority::Authority;
use crate::domain::enclosure::Enclosure;
use crate::domain::identity::RequestId;
use crate::domain::letter::{DialogueLetter, LetterRole};
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::rules::{OfficeRules, day_in};
use crate::letters::{Addressee, EarlierLetter, LetterContent, Received, write_letter};
use crate::pass::Stop;
use crate::register::{DueAcknowledgement, DueStep, NewLetter, Reader, Recipient, Register, RegisterError, enclosures};
use crate::render::{LetterFault, Renderer};
use jiff::Timestamp;
use jiff::civil::Date;

/// Letters on their way into the outbox: what is due is drafted and put there.
pub(crate) struct Drafting<'a> {
    pub(crate) register: &'a mut Register,
    pub(crate) rules: &'a OfficeRules,
    pub(crate) addresses: &'a ReplyAddresses,
    pub(crate) renderer: &'a Renderer,
    /// Looked at between letters.
    pub(crate) stop: &'a Stop,
}

/// What letters are written with.
pub struct LetterWriter<'a> {
    pub rules: &'a OfficeRules,
    pub addresses: &'a ReplyAddresses,
    pub renderer: &'a Renderer,
}

impl Drafting<'_> {
    pub(super) fn writer(&self) -> LetterWriter<'_> {
        LetterWriter { rules: self.rules, addresses: self.addresses, renderer: self.renderer }
    }
}

/// Why a letter was not written.
#[derive(Debug, thiserror::Error)]
pub enum StepFault {
    #[error(transparent)]
    Register(#[from] RegisterError),
    #[error(transparent)]
    Letter(#[from] LetterFault),
}

impl LetterWriter<'_> {
    /// The deadline that a first letter names which is written at `now`.
    pub(super) fn deadline_it_names(&self, due: &DueStep, release_by: Option<Date>, now: Timestamp) -> Date {
        let leaves_on = release_by.unwrap_or_else(|| day_in(now, &self.rules.time_zone_of(&due.authority)));
        named_deadline(&due.request.basis, leaves_on, &self.rules.calendar_of(&due.authority))
    }

    /// The letter of a step; none where the step is no letter.
    pub(super) fn letter_of_step(
        &self,
        due: &DueStep,
        stated: Option<Date>,
        release_by: Option<Date>,
        enclosures: &[Enclosure],
        now: Timestamp,
    ) -> Result<Option<NewLetter>, StepFault> {
        if !due.is_letter() {
            return Ok(None);
        }
        let Some(main) = due.recipients.iter().find(|recipient| !recipient.is_copy) else {
            return Err(RegisterError::Damaged(format!("a letter about {} is due to nobody", due.request.reference)).into());
        };
        let zone = self.rules.time_zone_of(&due.authority);
        let DialogueLetter { role, template, level } = due.letter(self.rules.lowest_level());
        let role = LetterRole::from(role);
        let message_id = self.addresses.message_id(&due.request.reference, due.letter_number);
        let references: Vec<String> = due.earlier.iter().map(|earlier| earlier.message_id.clone()).collect();
        let earlier: Vec<EarlierLetter> = due
            .earlier
            .iter()
            .map(|earlier| EarlierLetter { role: earlier.role, on: earlier.on, to_higher_level: earlier.to_higher_level })
            .collect();
        let copies: Vec<Addressee<'_>> =
            due.recipients.iter().filter(|recipient| recipient.is_copy).map(|copy| addressee(copy, &due.authority)).collect();
        let content = LetterContent {
            role,
            template,
            language: self.rules.language_of(&due.addressed),
            rules: self.rules,
            request: &due.request,
            recommendations: &due.recommendations,
            authority: &due.authority,
            addressee: addressee(main, &due.addressed),
            copies: &copies,
            level,
            deadline: stated.unwrap_or(due.request.deadline),
            dated: now.to_zoned_datetime(zone.clone()),
            reply_to: &self.addresses.for_subject(due.request.id),
            message_id: &message_id,
            // Under the first letter, so that the whole matter is one thread whatever the clients do with References.
            in_reply_to: references.first().map(String::as_str),
            references: &references,
            earlier: &earlier,
            has_higher_level: due.has_higher_level,
            received: due.examining.as_ref().map(|mail| Received { subject: &mail.subject, on: day_in(mail.received_at, &zone) }),
            step: due.step.as_ref().map(|step| step.name.as_str()),
            enclosures,
        };
        let written = write_letter(self.renderer, &content)?;
        let not_before = self.rules.moment_of(due.step.as_ref(), now, &due.authority);
        Ok(Some(NewLetter {
            role,
            template: template.to_owned(),
            level: Some(level.to_string()),
            message_id,
            subject: written.subject,
            bytes: written.bytes,
            text: written.text,
            written_on: day_in(now, &zone),
            recipients: due.recipients.clone(),
            not_before,
            release_by,
        }))
    }
}

/// The bytes of a request's first letter, as it would be written at `now`.
///
/// # Errors
///
/// A template that trips over it, nobody to write to; or the register cannot be read.
pub fn first_letter(writer: &LetterWriter<'_>, reader: &Reader, request: RequestId, now: Timestamp) -> Result<Vec<u8>, StepFault> {
    let due = reader.first_letter_of(request, now)?;
    let release_by = due.is_drafted(writer.rules).then(|| writer.rules.release_by(now));
    let stated = writer.deadline_it_names(&due, release_by, now);
    let enclosures = enclosures::of_letter(reader, due.which_letter(writer.rules))?;
    let letter = writer.letter_of_step(&due, Some(stated), release_by, &enclosures, now)?;
    Ok(letter.map(|letter| letter.bytes).unwrap_or_default())
}

impl Drafting<'_> {
    /// That a reply was received.
    pub(super) fn acknowledgement(&self, due: &DueAcknowledgement, now: Timestamp) -> Result<NewLetter, StepFault> {
        let zone = self.rules.time_zone_of(&due.authority);
        let message_id = self.addresses.message_id(&due.request.reference, due.letter_number);
        let recommendations = self.register.recommendations_of(due.request.id)?;
        let level = self.rules.lowest_level();
        let content = LetterContent {
            role: LetterRole::Acknowledgement,
            template: LetterRole::Acknowledgement.template(),
            language: self.rules.language_of(&due.authority),
            rules: self.rules,
            request: &due.request,
            recommendations: &recommendations,
            authority: &due.authority,
            addressee: Addressee { name: due.name.as_deref(), authority: &due.authority.name, address: &due.to },
            copies: &[],
            level,
            deadline: due.request.deadline,
            dated: now.to_zoned_datetime(zone.clone()),
            reply_to: &self.addresses.for_subject(due.request.id),
            message_id: &message_id,
            in_reply_to: due.message_id.as_deref(),
            references: due.message_id.as_slice(),
            earlier: &[],
            has_higher_level: false,
            received: Some(Received { subject: &due.subject, on: day_in(due.received_at, &zone) }),
            step: None,
            enclosures: &[],
        };
        let written = write_letter(self.renderer, &content)?;
        Ok(NewLetter {
            role: LetterRole::Acknowledgement,
            template: LetterRole::Acknowledgement.template().into(),
            level: Some(level.into()),
            message_id,
            subject: written.subject,
            bytes: written.bytes,
            text: written.text,
            written_on: day_in(now, &zone),
            recipients: vec![Recipient { name: due.name.clone(), address: due.to.clone(), contact: None, is_copy: false }],
            not_before: now,
            release_by: None,
        })
    }
}

fn addressee<'a>(recipient: &'a Recipient, authority: &'a Authority) -> Addressee<'a> {
    Addressee { name: recipient.name.as_deref(), authority: &authority.name, address: &recipient.address }
}
