//! The door through which letters go out: one envelope, one recipient, one outcome that says no more than is known (promise 3).
//!
//! Refuses to try again and to decide what an outcome means for a request. The caller records the attempt before [`Transport::send`] and the
//! outcome after it; if it dies or drops the future in between, the outcome is unknown.

use super::envelope::{Envelope, OnTheLine, Outcome};
use super::probe::{Capabilities, ProbeError};
use super::{maildir, smtp};

/// What letters are handed to.
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

    /// Hands over one envelope. Not cancel-safe in meaning: whoever drops the future must record [`Outcome::Unknown`]. The connection is used for
    /// the next envelope only if this one ended cleanly.
    pub async fn send(&mut self, envelope: &Envelope<'_>) -> Outcome {
        match self {
            Transport::Maildir(outgoing) => outgoing.send(envelope).await,
            Transport::Smtp(smtp) => smtp.send(envelope).await,
        }
    }

    /// Tells of every envelope from now on.
    pub fn on_the_line(&self) -> OnTheLine {
        match self {
            Transport::Maildir(outgoing) => outgoing.on_the_line(),
            Transport::Smtp(smtp) => smtp.on_the_line(),
        }
    }

    /// Connects, encrypts, logs in, and says what is offered; for `check`.
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
