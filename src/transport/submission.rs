//! How letters go out: one envelope, one recipient, one outcome that says no more than is known (promise 3).
//!
//! Refuses to try again and to decide what an outcome means for a request. The caller records the attempt before [`Transport::send`] and the
//! outcome after it; if it dies or drops the future in between, the outcome is unknown.

use super::envelope::{Envelope, InTransmission, Outcome};
use super::probe::{Capabilities, ProbeError};
use super::{maildir, smtp};

/// The way by which letters leave.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a program has one or two of them, as long as it runs")]
pub enum Transport {
    Maildir(maildir::Outgoing),
    Smtp(smtp::Smtp),
}

impl Transport {
    /// For people and logs: `smtp:host:port` or `maildir:/path`.
    pub fn name(&self) -> &str {
        match self {
            Transport::Maildir(outgoing) => outgoing.name(),
            Transport::Smtp(smtp) => smtp.name(),
        }
    }

    /// Gives one letter to the server or the folder. Not cancel-safe in meaning: whoever drops the future must record [`Outcome::Unknown`]. The
    /// connection is used for the next letter only if this one ended cleanly.
    pub async fn send(&mut self, envelope: &Envelope<'_>) -> Outcome {
        match self {
            Transport::Maildir(outgoing) => outgoing.send(envelope).await,
            Transport::Smtp(smtp) => smtp.send(envelope).await,
        }
    }

    /// Whether a letter of this transport is being transmitted, from now on.
    pub fn in_transmission(&self) -> InTransmission {
        match self {
            Transport::Maildir(outgoing) => outgoing.in_transmission(),
            Transport::Smtp(smtp) => smtp.in_transmission(),
        }
    }

    /// Connects, encrypts, logs in, and says what is offered; for `check`.
    ///
    /// # Errors
    ///
    /// [`ProbeError`]: where it failed, why, and how to mend it.
    pub async fn probe(&mut self) -> Result<Capabilities, ProbeError> {
        match self {
            Transport::Maildir(outgoing) => outgoing.probe().await,
            Transport::Smtp(smtp) => smtp.probe().await,
        }
    }

    /// Takes leave politely at the end of a batch. Dropping the transport is safe as well.
    pub async fn close(self) {
        match self {
            Transport::Maildir(_) => {}
            Transport::Smtp(smtp) => smtp.close().await,
        }
    }
}
