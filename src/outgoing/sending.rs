//! The last reach: the outbox's letters are given to the server, one attempt recorded before each (promise 3).

use super::attempting::LookedThrough;
use super::copying::SentFolder;
use super::last_word::sent_unless_stopped;
use crate::domain::deliverability::Command;
use crate::domain::delivery::{DeliveryOutcome, DeliveryState, RelayInPass, RelayLesson, RelayUse, RetryRules};
use crate::domain::health::HealthPart;
use crate::mail::bounce::refused_by_own_relay;
use crate::pass::{Clock, PassReport, Stop};
use crate::register::{Claim, Register, RegisterError};
use crate::transport::{Envelope, Outcome, TransactionStep, Transport};
use jiff::Timestamp;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The way out of the office.
pub(crate) struct Dispatch {
    pub(crate) transport: Transport,
    pub(crate) sent_folder: Option<SentFolder>,
    /// Ask for delivery status notifications where the server offers them.
    pub(crate) dsn: bool,
}

impl Dispatch {
    pub(crate) async fn close(self) {
        self.transport.close().await;
        if let Some(sent) = self.sent_folder {
            sent.filing.close().await;
        }
    }
}

/// Letters on their way out, one after the other. It works on a register of its own where mail is received meanwhile, and asks it before each letter
/// whether that may still leave.
pub(crate) struct Sending<'a> {
    pub(crate) register: &'a mut Register,
    pub(crate) dispatch: &'a mut Dispatch,
    pub(crate) retry: RetryRules,
    pub(crate) clock: Clock,
    pub(crate) stop: Stop,
    pub(crate) last_word: Duration,
    /// Once it is set, no further letter leaves.
    pub(crate) enough: &'a AtomicBool,
}

impl Sending<'_> {
    /// Sends what may leave now, then files copies that could not be filed before.
    pub(crate) async fn send(mut self, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        self.send_letters(now, report).await?;
        let now = self.clock.moment(self.register, now)?;
        self.make_up_for_copies(report, now).await
    }

    async fn send_letters(&mut self, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        if report.relay_is_shut {
            return Ok(());
        }
        self.look_for_sent_copies(now).await?;
        let (mut relay, mut goes, mut looked_through) = (RelayInPass::default(), RelayUse::On, LookedThrough::default());
        while goes == RelayUse::On && !self.stop.is_asked() && !self.enough.load(Ordering::Acquire) {
            let now = self.clock.moment(self.register, now)?;
            if let Some((mail, why)) = self.register.account_refused(now)? {
                let fault = format!("a delivery report (mail {mail}) says that this office's letters are refused: {why}");
                return self.tell_shut(&fault, report, now);
            }
            let Some(claim) = self.register.claim_delivery(&mut looked_through, &self.retry, now)? else { break };
            let outcome = self.attempt(&claim).await;
            let now = self.clock.moment(self.register, now)?;
            let measure = self.record(&claim, &outcome, now).await?;
            goes = relay.note(&outcome, measure);
            match &outcome {
                DeliveryOutcome::Accepted { .. } => {
                    report.letters_sent += 1;
                    self.file_copy(&claim, report, now).await?;
                }
                DeliveryOutcome::Refused { reply, finding } => {
                    report.letters_refused += 1;
                    tracing::warn!(
                        letter = claim.letter.0,
                        to = claim.recipient,
                        reply,
                        about = finding.about.name(),
                        "a letter was refused"
                    );
                    if goes == RelayUse::IsShut {
                        return self.tell_shut(&format!("the server refuses this office's letters: {reply}"), report, now);
                    }
                }
                DeliveryOutcome::NotTried => {}
                DeliveryOutcome::NotSent { reason } | DeliveryOutcome::Barred { reason } => {
                    self.register.note_health(&HealthPart::Sending, Some(reason), now)?;
                    tracing::debug!(letter = claim.letter.0, reason, "a letter could not be given to the server");
                }
                DeliveryOutcome::Unknown { reason } => {
                    report.outcomes_unknown += 1;
                    self.register.note_health(&HealthPart::Sending, Some(reason), now)?;
                    tracing::warn!(
                        letter = claim.letter.0,
                        reason,
                        "the server's last word about a letter was not heard; it is looked into"
                    );
                }
            }
        }
        self.tell_learnt(relay.learnt(), report, now)
    }

    /// No letter of this office would be taken: that is told, and the pass sends no other.
    fn tell_shut(&mut self, why: &str, report: &mut PassReport, now: Timestamp) -> Result<(), RegisterError> {
        let fault = format!("{}: {why}", self.dispatch.transport.name());
        report.tell_fault(&fault);
        report.relay_is_shut = true;
        self.register.note_health(&HealthPart::Sending, Some(&fault), now)
    }

    /// What the pass has learnt of the relay is told once, at its end.
    fn tell_learnt(&mut self, learnt: RelayLesson, report: &mut PassReport, now: Timestamp) -> Result<(), RegisterError> {
        match learnt {
            RelayLesson::Nothing => Ok(()),
            RelayLesson::Works => self.register.note_health(&HealthPart::Sending, None, now),
            RelayLesson::TakesNone { reply } => {
                let fault = format!("{}: the server takes no letter: {reply}", self.dispatch.transport.name());
                self.register.note_health(&HealthPart::Sending, Some(&fault), now)
            }
            RelayLesson::Unreached { reason } => {
                // A digest that is written in this pass would find the way as shut as the letters did.
                report.relay_is_shut = true;
                let fault = match self.register.letters_in(DeliveryState::Waiting)? {
                    0 => format!("{reason}; mail to staff waits, and is tried again"),
                    1 => format!("{reason}; 1 letter waits, and is tried again"),
                    waiting => format!("{reason}; {waiting} letters wait, and are tried again"),
                };
                report.tell_fault(&fault);
                tracing::warn!(fault, "letters could not be given to the server");
                Ok(())
            }
        }
    }

    async fn attempt(&mut self, claim: &Claim) -> DeliveryOutcome {
        let envelope = Envelope {
            envelope_sender: &claim.envelope_sender,
            recipient: &claim.recipient,
            envelope_id: &claim.message_id,
            dsn: self.dispatch.dsn,
            bytes: &claim.bytes,
        };
        let in_transmission = self.dispatch.transport.in_transmission();
        let sent = sent_unless_stopped(self.dispatch.transport.send(&envelope), &self.stop, &in_transmission, self.last_word).await;
        match sent {
            None => DeliveryOutcome::NotTried,
            Some(Outcome::Accepted { reply, queue_id }) => DeliveryOutcome::Accepted { reply, queue_id },
            Some(Outcome::RefusedForNow { at, code, reply, .. } | Outcome::RefusedForGood { at, code, reply, .. }) => {
                let command = match at {
                    TransactionStep::Sender => Command::Mail,
                    TransactionStep::Recipient => Command::Rcpt,
                    TransactionStep::Data | TransactionStep::Letter => Command::Data,
                };
                DeliveryOutcome::Refused { finding: refused_by_own_relay(command, code, &reply), reply }
            }
            Some(Outcome::NotSent { reason }) => DeliveryOutcome::NotSent { reason },
            Some(Outcome::Barred { reason }) => DeliveryOutcome::Barred { reason },
            Some(Outcome::Unknown { reason, .. }) => DeliveryOutcome::Unknown { reason },
        }
    }
}
