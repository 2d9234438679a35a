//! "We received your reply": off unless the office's rules say so.

use super::one_pass::Office;
use crate::domain::letter::LetterRole;
use crate::domain::rules::day_in;
use crate::letters::{Addressee, LetterOrder, Received};
use crate::pass::PassReport;
use crate::register::{DueAcknowledgement, NewLetter, Recipient, RegisterError};
use jiff::Timestamp;

impl Office {
    pub(super) async fn acknowledge_replies(&mut self, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        if !self.rules.acknowledge_replies {
            return Ok(());
        }
        for due in self.register.acknowledgements_due(now, &self.addresses)? {
            if self.stop.is_asked() {
                break;
            }
            let Some(letter) = self.write_acknowledgement(&due, now, report) else { continue };
            self.register.put_acknowledgement(&due, &letter, &self.addresses, now)?;
            report.letters_written += 1;
            // Whoever asks the daemon to stop is heard.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    fn write_acknowledgement(&self, due: &DueAcknowledgement, now: Timestamp, report: &mut PassReport) -> Option<NewLetter> {
        let zone = self.rules.time_zone_of(&due.authority);
        let message_id = self.addresses.message_id(&due.request.reference, due.letter_number);
        let recommendations = self.register.recommendations_of(due.request.id).unwrap_or_default();
        let level = self.rules.lowest_level();
        let written = self.scribe.write(&LetterOrder {
            role: LetterRole::Acknowledgement,
            template: LetterRole::Acknowledgement.template(),
            language: self.rules.language_of(&due.authority),
            rules: &self.rules,
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
        });
        match written {
            Ok(written) => Some(NewLetter {
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
            }),
            Err(fault) => {
                tracing::error!(mail = due.mail.0, %fault, "an acknowledgement could not be written");
                report.faults.push(format!("acknowledgement of mail {}: {fault}", due.mail));
                None
            }
        }
    }
}
