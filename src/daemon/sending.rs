//! The outgoing river's last reach: the outbox's letters are handed over, one attempt recorded before each (promise 3).

use super::office::{Office, PassReport};
use super::stopping::sent_unless_stopped;
use crate::register::{Attempted, Claim, RegisterError};
use crate::transport::{Outcome, Parcel, Step};
use jiff::{SignedDuration, Timestamp};

/// After this many letters in a row that found no server, the rest waits for the next pass.
const MOST_FRUITLESS: usize = 3;

/// A Sent folder that could not be looked into.
const LOOKED_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

impl Office {
    /// Sends what may leave now.
    pub(super) async fn send(&mut self, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        self.look_for_sent_copies(now).await?;
        let (mut fruitless, mut reached_server) = (0, false);
        while fruitless < MOST_FRUITLESS && !self.stop.is_asked() {
            let now = self.moment(now)?;
            let Some(claim) = self.register.claim_delivery(&self.retry, now)? else { break };
            let outcome = self.hand_over(&claim).await;
            let now = self.moment(now)?;
            self.record(&claim, &outcome, now).await?;
            if self.stop.is_asked() && matches!(outcome, Attempted::NotSent { .. }) {
                // Dropped on our own account: neither a fault of the server nor of the letter.
                break;
            }
            match &outcome {
                Attempted::Accepted { .. } => {
                    fruitless = 0;
                    report.letters_sent += 1;
                    reached_server = true;
                    self.file_copy(&claim, report).await;
                }
                Attempted::RefusedForNow { reply } | Attempted::RefusedForGood { reply, .. } => {
                    fruitless = 0;
                    reached_server = true;
                    report.letters_refused += 1;
                    tracing::warn!(letter = claim.letter.0, to = claim.recipient, reply, "a letter was refused");
                }
                Attempted::NotSent { reason } => {
                    (fruitless, reached_server) = (fruitless + 1, false);
                    report.faults.push(reason.clone());
                    self.register.note_health("sending", Some(reason), now)?;
                    tracing::warn!(letter = claim.letter.0, reason, "a letter could not be handed over");
                }
                Attempted::Unknown { reason } => {
                    (fruitless, reached_server) = (fruitless + 1, false);
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
        if reached_server {
            self.register.note_health("sending", None, now)?;
        }
        Ok(())
    }

    async fn hand_over(&mut self, claim: &Claim) -> Attempted {
        let parcel = Parcel {
            envelope_sender: &claim.envelope_sender,
            recipient: &claim.recipient,
            envelope_id: &claim.message_id,
            dsn: self.dsn,
            bytes: &claim.bytes,
        };
        let on_the_line = self.carrier.on_the_line();
        match sent_unless_stopped(self.carrier.send(&parcel), &self.stop, &on_the_line, self.last_word).await {
            Outcome::Accepted { reply, queue_id } => Attempted::Accepted { reply, queue_id },
            Outcome::RefusedForNow { reply, .. } => Attempted::RefusedForNow { reply },
            Outcome::RefusedForGood { at, status, reply, .. } => {
                // Only a refusal of the recipient says something of the address (RFC 3463 §3.2: X.1.x, addressing).
                let dead_address = at == Step::Recipient && status.as_deref().is_none_or(|status| status.starts_with("5.1."));
                Attempted::RefusedForGood { reply, dead_address }
            }
            Outcome::NotSent { reason } => Attempted::NotSent { reason },
            Outcome::Unknown { reason, .. } => Attempted::Unknown { reason },
        }
    }

    /// A copy that cannot be filed is a pity, not a failure of the letter: it is told and not tried again.
    async fn file_copy(&mut self, claim: &Claim, report: &mut PassReport) {
        let Some(sent) = &mut self.sent_folder else { return };
        if let Err(error) = sent.filing.append(&sent.folder, &claim.bytes, &["\\Seen"]).await {
            tracing::warn!(letter = claim.letter.0, %error, "no copy could be put into the Sent folder");
            report.faults.push(error.to_string());
        }
    }

    /// Some providers put a copy of what they sent into the Sent folder themselves: it proves that a letter of unknown outcome left.
    async fn look_for_sent_copies(&mut self, now: Timestamp) -> Result<(), RegisterError> {
        let Some(sent) = &mut self.sent_folder else { return Ok(()) };
        for (delivery, message_id) in self.register.unknown_deliveries()? {
            match sent.filing.find_message_id(&sent.folder, &message_id).await {
                Ok(true) => self.register.found_sent(delivery, "a copy stands in the Sent folder", now)?,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "the Sent folder could not be looked into");
                    return self.register.put_off_unknown(now.saturating_add(LOOKED_AGAIN_AFTER).unwrap_or(now));
                }
            }
        }
        Ok(())
    }
}
