//! "We received your reply": off unless the office's rules say so.

use super::drafting::Drafting;
use crate::domain::event::{Happened, RuleName, WrittenReceipt};
use crate::domain::identity::LetterId;
use crate::domain::reply_address::ReplyAddresses;
use crate::pass::PassReport;
use crate::register::events::Event;
use crate::register::{DueAcknowledgement, NewLetter, Register, Result, deliveries, outbox};
use jiff::Timestamp;

impl Drafting<'_> {
    /// Writes each that is due. One that cannot be written is told, and keeps none of the others.
    pub(crate) async fn acknowledge_replies(&mut self, now: Timestamp, report: &mut PassReport) -> Result<()> {
        if !self.rules.acknowledge_replies {
            return Ok(());
        }
        for due in self.register.acknowledgements_due(now, self.addresses)? {
            if self.stop.is_asked() {
                break;
            }
            match self.acknowledgement(&due, now) {
                Ok(letter) => {
                    self.register.put_acknowledgement(&due, &letter, self.addresses, now)?;
                    report.letters_written += 1;
                }
                Err(fault) => {
                    tracing::error!(mail = due.mail.0, %fault, "an acknowledgement could not be written");
                    report.faults.push(format!("acknowledgement of mail {}: {fault}", due.mail));
                }
            }
            // Whoever asks the daemon to stop is heard.
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

impl Register {
    /// Puts an acknowledgement into the outbox, under the null return path: nothing answers it (RFC 3834 §3.3).
    ///
    /// # Errors
    ///
    /// Where the register cannot be written.
    pub fn put_acknowledgement(
        &mut self,
        due: &DueAcknowledgement,
        letter: &NewLetter,
        addresses: &ReplyAddresses,
        now: Timestamp,
    ) -> Result<LetterId> {
        self.write(|tx| {
            let id = outbox::put(tx, Some(due.request.id.into()), None, letter, addresses, now)?;
            deliveries::under_null_return_path(tx, id)?;
            let written = WrittenReceipt::Here { to: due.to.clone(), sha256: letter.sha256() };
            Event::new(now, Happened::AcknowledgementWritten(written), RuleName::Acknowledge)
                .request(due.request.id)
                .mail(due.mail)
                .letter(id)
                .append(tx)?;
            Ok(id)
        })
    }
}
