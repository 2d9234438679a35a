//! The clock: what the agenda finds due is written and put into the outbox, each step in one transaction.

use super::one_pass::Office;
use crate::domain::authority::Authority;
use crate::domain::calendar::{StartEvent, reckon};
use crate::domain::health::HealthPart;
use crate::domain::identity::RequestId;
use crate::domain::ladder::Action;
use crate::domain::letter::LetterRole;
use crate::domain::rules::day_in;
use crate::letters::{Addressee, EarlierLetter, LetterFault, LetterOrder, Received};
use crate::pass::PassReport;
use crate::register::{DueStep, NewLetter, Recipient, RegisterError, StepAsTaken};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Steps looked at in one go; the rest follows in the same pass.
const BATCH: usize = 200;

#[derive(Debug, thiserror::Error)]
enum StepFault {
    #[error(transparent)]
    Register(#[from] RegisterError),
    #[error(transparent)]
    Letter(#[from] LetterFault),
}

impl Office {
    /// Takes every step that is due. What is held stays due and is told; so does a letter that cannot be written, which keeps none of the others.
    pub(super) async fn take_steps(&mut self, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        let mut unwritable: BTreeMap<RequestId, String> = BTreeMap::new();
        while !self.stop.is_asked() {
            let at_most = BATCH + unwritable.len();
            let agenda = self.register.agenda(now, at_most)?;
            report.held = agenda.held.iter().map(|(reference, hold)| (reference.clone(), hold.why().to_string())).collect();
            let mut taken_any = false;
            let writable: Vec<&DueStep> = agenda.due.iter().filter(|due| !unwritable.contains_key(&due.request.id)).collect();
            for due in writable {
                if self.stop.is_asked() {
                    break;
                }
                match self.take_step(due, now) {
                    Ok(wrote) => {
                        taken_any = true;
                        report.letters_written += usize::from(wrote);
                    }
                    Err(StepFault::Register(RegisterError::Stale { reference })) => {
                        tracing::debug!(request = reference, "the request changed while its letter was written; it is looked at again");
                    }
                    Err(StepFault::Register(error)) => return Err(error),
                    Err(StepFault::Letter(fault)) => {
                        tracing::error!(request = due.request.reference, %fault, "a letter could not be written");
                        unwritable.insert(due.request.id, format!("{}: {fault}", due.request.reference));
                    }
                }
                // Thousands of steps may be due, and whoever asks the daemon to stop is heard in between.
                tokio::task::yield_now().await;
            }
            if !taken_any || agenda.due.len() < at_most {
                break;
            }
        }
        let was_failing = self.register.health()?.iter().any(|part| part.part == HealthPart::Writing && part.fault.is_some());
        if was_failing || !unwritable.is_empty() {
            self.register.note_health(&HealthPart::Writing, unwritable.values().next().map(String::as_str), now)?;
        }
        report.faults.extend(unwritable.into_values());
        Ok(())
    }

    fn take_step(&mut self, due: &DueStep, now: Timestamp) -> Result<bool, StepFault> {
        let stated = due.step.is_none().then(|| self.deadline_if_sent_now(due, now));
        let letter = self.write_letter(due, stated, now)?;
        let wrote = letter.is_some();
        self.register.take_step(&StepAsTaken { due, stated, letter }, &self.addresses, now)?;
        Ok(wrote)
    }

    /// The deadline a first letter names: reckoned from the day it is written if the term starts with the sending.
    fn deadline_if_sent_now(&self, due: &DueStep, now: Timestamp) -> Date {
        let mut basis = due.request.basis.clone();
        if basis.start_event == StartEvent::Sending {
            basis.start = day_in(now, &self.rules.time_zone_of(&due.authority));
        }
        reckon(&basis, &self.rules.calendar_of(&due.authority)).deadline
    }

    /// None where the step is no letter.
    fn write_letter(&self, due: &DueStep, stated: Option<Date>, now: Timestamp) -> Result<Option<NewLetter>, StepFault> {
        let step_letter = match due.step.as_ref().map(|step| &step.action) {
            Some(Action::RecordNonCooperation) => return Ok(None),
            Some(Action::Letter(letter)) => Some(letter),
            None => None,
        };
        let Some(main) = due.recipients.iter().find(|recipient| !recipient.is_copy) else {
            return Err(RegisterError::Damaged(format!("a letter about {} is due to nobody", due.request.reference)).into());
        };
        let zone = self.rules.time_zone_of(&due.authority);
        let (role, template) = match (&due.examining, step_letter) {
            (Some(_), _) => (LetterRole::Examination, LetterRole::Examination.template()),
            (None, Some(letter)) => (LetterRole::of_step(letter, self.rules.lowest_level()), letter.template.as_str()),
            (None, None) => (LetterRole::Request, LetterRole::Request.template()),
        };
        let level = step_letter.map_or_else(|| self.rules.lowest_level(), |letter| letter.level.as_str());
        let message_id = self.addresses.message_id(&due.request.reference, due.letter_number);
        let references: Vec<String> = due.earlier.iter().map(|earlier| earlier.message_id.clone()).collect();
        let earlier: Vec<EarlierLetter> = due
            .earlier
            .iter()
            .map(|earlier| EarlierLetter { role: earlier.role, on: earlier.on, to_higher_level: earlier.to_higher_level })
            .collect();
        let copies: Vec<Addressee<'_>> =
            due.recipients.iter().filter(|recipient| recipient.is_copy).map(|copy| addressee(copy, &due.authority)).collect();
        let written = self.scribe.write(&LetterOrder {
            role,
            template,
            language: self.rules.language_of(&due.addressed),
            rules: &self.rules,
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
        })?;
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
        }))
    }
}

fn addressee<'a>(recipient: &'a Recipient, authority: &'a Authority) -> Addressee<'a> {
    Addressee { name: recipient.name.as_deref(), authority: &authority.name, address: &recipient.address }
}
