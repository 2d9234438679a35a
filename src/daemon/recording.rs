//! What a server said of a letter comes into the register, whatever stands in the way: a letter that was taken and does not count as taken is sent
//! twice (promise 3).

use super::sending::Sending;
use crate::domain::deliverability::Measure;
use crate::domain::delivery::DeliveryOutcome;
use crate::register::{Claim, RegisterError};
use jiff::Timestamp;
use std::time::Duration;

/// Between the attempts to record.
const PAUSES: [Duration; 4] = [Duration::from_millis(100), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

impl Sending<'_> {
    /// Records how an attempt ended; what is to be done about the letter, if it was refused. What cannot be recorded is kept beside the register,
    /// tried again, and recorded at the next start.
    pub(super) async fn record(
        &mut self,
        claim: &Claim,
        outcome: &DeliveryOutcome,
        now: Timestamp,
    ) -> Result<Option<Measure>, RegisterError> {
        let mut fault = match self.register.finish_attempt(claim, outcome, &self.retry, now) {
            Ok(measure) => return Ok(measure),
            Err(fault) => fault,
        };
        tracing::warn!(letter = claim.letter.0, %fault, "what the server said could not be recorded; it is kept and tried again");
        if let Err(error) = self.register.keep_heard(claim, outcome, now) {
            tracing::error!(letter = claim.letter.0, %error, "what the server said could not be kept either");
        }
        for pause in PAUSES {
            if self.stop.is_asked() {
                break;
            }
            tokio::time::sleep(pause).await;
            match self.register.finish_attempt(claim, outcome, &self.retry, now) {
                Ok(measure) => {
                    // What stays there is found recorded at the next start.
                    if let Err(error) = self.register.forget_heard() {
                        tracing::warn!(%error, "what was kept of a server's word is not needed any more, and could not be blanked");
                    }
                    return Ok(measure);
                }
                Err(again) => fault = again,
            }
        }
        Err(fault)
    }
}
