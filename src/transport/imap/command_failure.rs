//! Why an IMAP command did not succeed, and which [`ReceiveError`] that is.

use super::super::receive_error::ReceiveError;
use super::super::server::NotLetIn;

/// Why a command did not succeed. Only after [`Failure::No`] may the connection be used further.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// The server understood and refused.
    No {
        command: String,
        said: String,
    },
    /// No connection, no encryption, or no greeting of an IMAP server.
    NotOpened(String),
    /// The server answers and allows no log-in now, or no further connection of this account.
    TurnedAway(String),
    NotTrusted(String),
    LogInRefused(String),
    /// Silence, the end of the connection, BAD, BYE, or an answer that cannot be: whatever else is on the line may belong to something else.
    Broken {
        command: String,
        reason: String,
    },
    /// What the configuration asks for cannot be done here.
    Misconfigured(String),
}

impl From<NotLetIn> for Failure {
    fn from(why: NotLetIn) -> Failure {
        match why {
            NotLetIn::Unreachable(reason) => Failure::NotOpened(reason),
            NotLetIn::NotTrusted(reason) => Failure::NotTrusted(reason),
            NotLetIn::LogInRefused(reason) => Failure::LogInRefused(reason),
            NotLetIn::Misconfigured(reason) => Failure::Misconfigured(reason),
        }
    }
}

impl Failure {
    pub(super) fn told(self, place: &str) -> ReceiveError {
        let place = place.to_owned();
        match self {
            Failure::No { command, said } => ReceiveError::Refused { place, command, said },
            Failure::NotOpened(reason) => ReceiveError::Unreachable { place, reason },
            Failure::TurnedAway(reason) => ReceiveError::TurnedAway { place, reason },
            Failure::NotTrusted(reason) => ReceiveError::NotTrusted { place, reason },
            Failure::LogInRefused(reason) => ReceiveError::LogInRefused { place, reason },
            Failure::Broken { command, reason } => ReceiveError::Lost { place, command, reason },
            Failure::Misconfigured(reason) => ReceiveError::Misconfigured { place, reason },
        }
    }
}
