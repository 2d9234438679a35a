//! The outgoing river's last reach: the outbox's letters are handed over, one attempt recorded before each (promise 3).

use super::office::{Office, PassReport, SentFolder};
use super::stopping::{Stop, sent_unless_stopped};
use super::timekeeping::Clock;
use crate::domain::deliverability::{About, Command, Measure};
use crate::domain::identity::LetterId;
use crate::mail::bounce::refused_by_own_relay;
use crate::register::{Attempted, Claim, DeliveryState, Register, RegisterError, RetryRules, SENT_FOLDER};
use crate::transport::{Envelope, Outcome, ReceiveError, Step, Transport};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// After this many letters in a row that found no server, the rest waits for the next pass.
const MOST_FRUITLESS: usize = 3;

/// A copy that is not in the Sent folder after so long will not come there any more.
const LOOKED_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A Sent folder that could not be looked into.
const LOOKED_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Copies made up for in one pass: after a long failure hundreds may be owed, and letters wait behind them.
const MOST_COPIES: usize = 20;

/// Of no letter: to look for it shows whether the folder can be looked into.
const NO_LETTER: &str = "check@demarche.invalid";

/// What a pass has learnt of the office's relay, to be told once at its end.
#[derive(Default)]
struct Relay {
    /// It took a letter, and nothing has failed since.
    works: bool,
    /// It took none, and this is what it said of the last one that it may take another time.
    takes_none: Option<String>,
    /// The last letter could not be handed over at all, and why.
    unreached: Option<String>,
}

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
        let (mut fruitless, mut relay) = (0, Relay::default());
        while fruitless < MOST_FRUITLESS && !self.stop.is_asked() && !self.enough.load(Ordering::Acquire) {
            let now = self.clock.moment(self.register, now)?;
            if let Some((mail, why)) = self.register.account_refused(now)? {
                let name = self.dispatch.carrier.name();
                let fault = format!("{name}: a delivery report (mail {mail}) says that this office's letters are refused: {why}");
                report.tell_fault(&fault);
                report.relay_is_shut = true;
                return self.register.note_health("sending", Some(&fault), now);
            }
            let Some(claim) = self.register.claim_delivery(&self.retry, now)? else { break };
            let (outcome, is_barred) = self.hand_over(&claim).await;
            let now = self.clock.moment(self.register, now)?;
            let measure = self.record(&claim, &outcome, now).await?;
            match &outcome {
                Attempted::Accepted { .. } => {
                    (fruitless, relay) = (0, Relay { works: true, ..Relay::default() });
                    report.letters_sent += 1;
                    self.file_copy(&claim, report, now).await?;
                }
                Attempted::Refused { reply, finding } => {
                    (fruitless, relay.unreached) = (0, None);
                    report.letters_refused += 1;
                    tracing::warn!(
                        letter = claim.letter.0,
                        to = claim.recipient,
                        reply,
                        about = finding.about.name(),
                        "a letter was refused"
                    );
                    match measure {
                        Some(Measure::StopSending) => {
                            let fault = format!("{}: the server refuses this office's letters: {reply}", self.dispatch.carrier.name());
                            report.tell_fault(&fault);
                            report.relay_is_shut = true;
                            return self.register.note_health("sending", Some(&fault), now);
                        }
                        Some(Measure::TryAgain) if !relay.works && finding.about != About::Recipient => {
                            relay.takes_none = Some(format!("{}: the server takes no letter: {reply}", self.dispatch.carrier.name()));
                        }
                        _ => {}
                    }
                }
                // Dropped on our own account: neither a fault of the server nor of the letter.
                Attempted::NotTried => break,
                Attempted::NotSent { reason } => {
                    (fruitless, relay.works, relay.unreached) = (fruitless + 1, false, Some(reason.clone()));
                    self.register.note_health("sending", Some(reason), now)?;
                    tracing::debug!(letter = claim.letter.0, reason, "a letter could not be handed over");
                    if is_barred {
                        // Servers lock an account after a few wrong passwords.
                        break;
                    }
                }
                Attempted::Unknown { reason } => {
                    (fruitless, relay.works, relay.unreached) = (fruitless + 1, false, None);
                    report.outcomes_unknown += 1;
                    self.register.note_health("sending", Some(reason), now)?;
                    tracing::warn!(
                        letter = claim.letter.0,
                        reason,
                        "the server's last word about a letter was not heard; it is looked into"
                    );
                }
            }
        }
        if let Some(reason) = &relay.unreached {
            // A digest that is written in this pass would find the way as shut as the letters did.
            report.relay_is_shut = true;
            let fault = match self.register.letters_in(DeliveryState::Waiting)? {
                0 => format!("{reason}; mail to staff waits, and is tried again"),
                1 => format!("{reason}; 1 letter waits, and is tried again"),
                waiting => format!("{reason}; {waiting} letters wait, and are tried again"),
            };
            report.tell_fault(&fault);
            tracing::warn!(fault, "letters could not be handed over");
        }
        match relay {
            Relay { works: true, .. } => self.register.note_health("sending", None, now),
            Relay { takes_none: Some(fault), .. } => self.register.note_health("sending", Some(&fault), now),
            Relay { .. } => Ok(()),
        }
    }

    /// How it ended, and whether no other letter leaves either before a person has mended something.
    async fn hand_over(&mut self, claim: &Claim) -> (Attempted, bool) {
        let parcel = Envelope {
            envelope_sender: &claim.envelope_sender,
            recipient: &claim.recipient,
            envelope_id: &claim.message_id,
            dsn: self.dispatch.dsn,
            bytes: &claim.bytes,
        };
        let in_transmission = self.dispatch.carrier.in_transmission();
        let sent = sent_unless_stopped(self.dispatch.carrier.send(&parcel), &self.stop, &in_transmission, self.last_word).await;
        let Some(outcome) = sent else { return (Attempted::NotTried, false) };
        let is_barred = matches!(outcome, Outcome::Barred { .. });
        let attempted = match outcome {
            Outcome::Accepted { reply, queue_id } => Attempted::Accepted { reply, queue_id },
            Outcome::RefusedForNow { at, code, reply, .. } | Outcome::RefusedForGood { at, code, reply, .. } => {
                let command = match at {
                    Step::Sender => Command::Mail,
                    Step::Recipient => Command::Rcpt,
                    Step::Data | Step::Letter => Command::Data,
                };
                Attempted::Refused { finding: refused_by_own_relay(command, code, &reply), reply }
            }
            Outcome::NotSent { reason } | Outcome::Barred { reason } => Attempted::NotSent { reason },
            Outcome::Unknown { reason, .. } => Attempted::Unknown { reason },
        };
        (attempted, is_barred)
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
        let fails = self.register.health()?.into_iter().any(|part| part.part == SENT_FOLDER && part.fault.is_some());
        let Some(sent) = &mut self.dispatch.sent_folder else {
            return if fails { self.register.forget_health(SENT_FOLDER) } else { Ok(()) };
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
        let known = self.register.health()?.into_iter().find(|part| part.part == SENT_FOLDER);
        if fault.is_none() && known.is_some_and(|part| part.fault.is_none()) {
            return Ok(());
        }
        self.register.note_health(SENT_FOLDER, fault.as_deref(), now)
    }

    /// Some providers put a copy of what they sent into the Sent folder themselves: it proves that a letter of unknown outcome left.
    async fn look_for_sent_copies(&mut self, now: Timestamp) -> Result<(), RegisterError> {
        let Some(sent) = &mut self.dispatch.sent_folder else { return Ok(()) };
        let since = now.saturating_sub(LOOKED_FOR).unwrap_or(now);
        for (delivery, message_id) in self.register.unknown_deliveries(since)? {
            match sent.filing.find_message_id(&sent.folder, &message_id).await {
                Ok(true) => self.register.found_sent(delivery, "a copy stands in the Sent folder", now)?,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "the Sent folder could not be looked into");
                    self.note_sent_folder(Some(error.to_string()), now)?;
                    return self.register.put_off_unknown(now.saturating_add(LOOKED_AGAIN_AFTER).unwrap_or(now));
                }
            }
        }
        Ok(())
    }
}
