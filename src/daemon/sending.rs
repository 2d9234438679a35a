//! The outgoing river's last reach: the outbox's letters are handed over, one attempt recorded before each (promise 3).

use super::last_word::sent_unless_stopped;
use super::one_pass::{Office, SentFolder};
use crate::domain::deliverability::Command;
use crate::domain::delivery::{DeliveryOutcome, DeliveryState, Goes, Learnt, RelayInPass, RetryRules, looked_again_at, looked_for_since};
use crate::domain::health::HealthPart;
use crate::domain::identity::LetterId;
use crate::mail::bounce::refused_by_own_relay;
use crate::pass::Clock;
use crate::pass::PassReport;
use crate::pass::Stop;
use crate::register::{Claim, Register, RegisterError};
use crate::transport::{Envelope, Outcome, ReceiveError, Step, Transport};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Copies made up for in one pass: after a long failure hundreds may be owed, and letters wait behind them.
const MOST_COPIES: usize = 20;

/// Of no letter: to look for it shows whether the folder can be looked into.
const NO_LETTER: &str = "check@demarche.invalid";

/// The way out of the office.
pub(super) struct Dispatch {
    pub(super) carrier: Transport,
    pub(super) sent_folder: Option<SentFolder>,
    /// Ask for delivery status notifications where the server offers them.
    pub(super) dsn: bool,
}

impl Dispatch {
    pub(super) async fn close(self) {
        self.carrier.close().await;
        if let Some(sent) = self.sent_folder {
            sent.filing.close().await;
        }
    }
}

/// Letters on their way out, one after the other. It works on a register of its own where mail is received meanwhile, and asks it before each letter
/// whether that may still leave.
pub(super) struct Sending<'a> {
    pub(super) register: &'a mut Register,
    pub(super) dispatch: &'a mut Dispatch,
    pub(super) retry: RetryRules,
    pub(super) clock: Clock,
    pub(super) stop: Stop,
    pub(super) last_word: Duration,
    /// Once it is set, no further letter leaves.
    pub(super) enough: &'a AtomicBool,
}

impl Office {
    /// Sends what may leave now, and nothing else meanwhile.
    pub(super) async fn send(&mut self, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        let dispatch = Arc::clone(&self.dispatch);
        let sending = Sending {
            dispatch: &mut *dispatch.lock().await,
            retry: self.retry.clone(),
            clock: self.clock.clone(),
            stop: self.stop.clone(),
            last_word: self.last_word,
            enough: &AtomicBool::new(false),
            register: &mut self.register,
        };
        sending.send(now, report).await
    }
}

impl Sending<'_> {
    /// Sends what may leave now, then files copies that could not be filed before.
    pub(super) async fn send(mut self, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        self.send_letters(now, report).await?;
        let now = self.clock.moment(self.register, now)?;
        self.make_up_for_copies(report, now).await
    }

    async fn send_letters(&mut self, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        if report.relay_is_shut {
            return Ok(());
        }
        self.look_for_sent_copies(now).await?;
        let (mut relay, mut goes) = (RelayInPass::default(), Goes::On);
        while goes == Goes::On && !self.stop.is_asked() && !self.enough.load(Ordering::Acquire) {
            let now = self.clock.moment(self.register, now)?;
            if let Some((mail, why)) = self.register.account_refused(now)? {
                let fault = format!("a delivery report (mail {mail}) says that this office's letters are refused: {why}");
                return self.tell_shut(&fault, report, now);
            }
            let Some(claim) = self.register.claim_delivery(&self.retry, now)? else { break };
            let outcome = self.hand_over(&claim).await;
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
                    if goes == Goes::IsShut {
                        return self.tell_shut(&format!("the server refuses this office's letters: {reply}"), report, now);
                    }
                }
                DeliveryOutcome::NotTried => {}
                DeliveryOutcome::NotSent { reason } | DeliveryOutcome::Barred { reason } => {
                    self.register.note_health(&HealthPart::Sending, Some(reason), now)?;
                    tracing::debug!(letter = claim.letter.0, reason, "a letter could not be handed over");
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
        let fault = format!("{}: {why}", self.dispatch.carrier.name());
        report.tell_fault(&fault);
        report.relay_is_shut = true;
        self.register.note_health(&HealthPart::Sending, Some(&fault), now)
    }

    /// What the pass has learnt of the relay is told once, at its end.
    fn tell_learnt(&mut self, learnt: Learnt, report: &mut PassReport, now: Timestamp) -> Result<(), RegisterError> {
        match learnt {
            Learnt::Nothing => Ok(()),
            Learnt::Works => self.register.note_health(&HealthPart::Sending, None, now),
            Learnt::TakesNone { reply } => {
                let fault = format!("{}: the server takes no letter: {reply}", self.dispatch.carrier.name());
                self.register.note_health(&HealthPart::Sending, Some(&fault), now)
            }
            Learnt::Unreached { reason } => {
                // A digest that is written in this pass would find the way as shut as the letters did.
                report.relay_is_shut = true;
                let fault = match self.register.letters_in(DeliveryState::Waiting)? {
                    0 => format!("{reason}; mail to staff waits, and is tried again"),
                    1 => format!("{reason}; 1 letter waits, and is tried again"),
                    waiting => format!("{reason}; {waiting} letters wait, and are tried again"),
                };
                report.tell_fault(&fault);
                tracing::warn!(fault, "letters could not be handed over");
                Ok(())
            }
        }
    }

    async fn hand_over(&mut self, claim: &Claim) -> DeliveryOutcome {
        let envelope = Envelope {
            envelope_sender: &claim.envelope_sender,
            recipient: &claim.recipient,
            envelope_id: &claim.message_id,
            dsn: self.dispatch.dsn,
            bytes: &claim.bytes,
        };
        let in_transmission = self.dispatch.carrier.in_transmission();
        let sent = sent_unless_stopped(self.dispatch.carrier.send(&envelope), &self.stop, &in_transmission, self.last_word).await;
        match sent {
            None => DeliveryOutcome::NotTried,
            Some(Outcome::Accepted { reply, queue_id }) => DeliveryOutcome::Accepted { reply, queue_id },
            Some(Outcome::RefusedForNow { at, code, reply, .. } | Outcome::RefusedForGood { at, code, reply, .. }) => {
                let command = match at {
                    Step::Sender => Command::Mail,
                    Step::Recipient => Command::Rcpt,
                    Step::Data | Step::Letter => Command::Data,
                };
                DeliveryOutcome::Refused { finding: refused_by_own_relay(command, code, &reply), reply }
            }
            Some(Outcome::NotSent { reason }) => DeliveryOutcome::NotSent { reason },
            Some(Outcome::Barred { reason }) => DeliveryOutcome::Barred { reason },
            Some(Outcome::Unknown { reason, .. }) => DeliveryOutcome::Unknown { reason },
        }
    }

    /// A copy that cannot be filed is a pity, not a failure of the letter: it is told, and tried again at a later pass.
    async fn file_copy(&mut self, claim: &Claim, report: &mut PassReport, now: Timestamp) -> Result<(), RegisterError> {
        let Some(sent) = &mut self.dispatch.sent_folder else { return Ok(()) };
        if !self.register.begin_copy(claim.letter)? {
            return Ok(());
        }
        let filed = sent.filing.append(&sent.folder, &claim.bytes, &["\\Seen"]).await;
        if filed.is_ok() {
            self.register.copy_filed(claim.letter)?;
        }
        self.tell_of_copy(claim.letter, filed.err(), report, now)
    }

    /// Copies are looked for before they are filed once more: an attempt whose end was not heard may have succeeded. Where none is owed, a folder
    /// that failed is looked into, so that its health does not wait for the next letter.
    async fn make_up_for_copies(&mut self, report: &mut PassReport, now: Timestamp) -> Result<(), RegisterError> {
        let fails = self.register.health()?.into_iter().any(|part| part.part == HealthPart::SentFolder && part.fault.is_some());
        let Some(sent) = &mut self.dispatch.sent_folder else {
            return if fails { self.register.forget_health(&HealthPart::SentFolder) } else { Ok(()) };
        };
        let due = self.register.copies_due(MOST_COPIES, now)?;
        if due.is_empty() && fails && !self.register.owes_copies()? {
            let fault = sent.filing.find_message_id(&sent.folder, NO_LETTER).await.err();
            return self.note_sent_folder(fault.map(|error| error.to_string()), now);
        }
        for copy in due {
            let Some(sent) = self.dispatch.sent_folder.as_mut().filter(|_| !self.stop.is_asked()) else { break };
            let filed = match sent.filing.find_message_id(&sent.folder, &copy.message_id).await {
                Ok(true) => Ok(()),
                Ok(false) => {
                    let bytes = self.register.letter_bytes(copy.letter)?;
                    sent.filing.append(&sent.folder, &bytes, &["\\Seen"]).await
                }
                Err(error) => Err(error),
            };
            match &filed {
                Ok(()) => self.register.copy_filed(copy.letter)?,
                Err(_) => self.register.copy_not_filed(copy.letter, &self.retry, now)?,
            }
            // A plain refusal may be about this letter alone.
            let goes_on = matches!(filed, Ok(()) | Err(ReceiveError::Refused { .. }));
            self.tell_of_copy(copy.letter, filed.err(), report, now)?;
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    fn tell_of_copy(
        &mut self,
        letter: LetterId,
        fault: Option<ReceiveError>,
        report: &mut PassReport,
        now: Timestamp,
    ) -> Result<(), RegisterError> {
        let fault = fault.map(|error| error.to_string());
        if let Some(fault) = &fault
            && report.tell_fault(fault)
        {
            tracing::warn!(letter = letter.0, fault, "no copy could be put into the Sent folder; it is tried again");
        }
        self.note_sent_folder(fault, now)
    }

    /// That it works is written down only where it did not before.
    fn note_sent_folder(&mut self, fault: Option<String>, now: Timestamp) -> Result<(), RegisterError> {
        let known = self.register.health()?.into_iter().find(|part| part.part == HealthPart::SentFolder);
        if fault.is_none() && known.is_some_and(|part| part.fault.is_none()) {
            return Ok(());
        }
        self.register.note_health(&HealthPart::SentFolder, fault.as_deref(), now)
    }

    /// Some providers put a copy of what they sent into the Sent folder themselves: it proves that a letter of unknown outcome left.
    async fn look_for_sent_copies(&mut self, now: Timestamp) -> Result<(), RegisterError> {
        let Some(sent) = &mut self.dispatch.sent_folder else { return Ok(()) };
        for (delivery, message_id) in self.register.unknown_deliveries(looked_for_since(now))? {
            match sent.filing.find_message_id(&sent.folder, &message_id).await {
                Ok(true) => self.register.found_sent(delivery, "a copy stands in the Sent folder", now)?,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "the Sent folder could not be looked into");
                    self.note_sent_folder(Some(error.to_string()), now)?;
                    return self.register.put_off_unknown(looked_again_at(now));
                }
            }
        }
        Ok(())
    }
}
