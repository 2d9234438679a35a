//! Why mail could not be received.

/// Why mail could not be received. Each says what, where, and what to do; none holds a password or a mail's text. After any of them the mailbox
/// has *not* been read, and the cursor stays where it was.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// A folder on this machine.
    #[error("{place}: {doing} failed: {reason}")]
    Folder { place: String, doing: &'static str, reason: String },
    /// No connection, or no encryption.
    #[error("{place}: {reason}")]
    Unreachable { place: String, reason: String },
    /// The server answers and allows no log-in now, or no further connection of this account.
    #[error("{place}: {reason}")]
    TurnedAway { place: String, reason: String },
    /// The server's certificate does not prove that it is the one we mean.
    #[error("{place}: {reason}")]
    NotTrusted { place: String, reason: String },
    #[error("{place}: {reason}")]
    LogInRefused { place: String, reason: String },
    /// The server understood and said no.
    #[error("{place}: the server refused {command}: {said}")]
    Refused { place: String, command: String, said: String },
    /// The connection was lost, fell silent, or brought answers that cannot be; what the command did is not known.
    #[error("{place}: the connection broke off during {command}: {reason}")]
    Lost { place: String, command: String, reason: String },
    /// The configuration asks for something that cannot be.
    #[error("{place}: {reason}")]
    Misconfigured { place: String, reason: String },
}

impl ReceiveError {
    /// Trying again cannot help before a person has mended something.
    pub fn needs_a_person(&self) -> bool {
        match self {
            ReceiveError::Misconfigured { .. } | ReceiveError::NotTrusted { .. } | ReceiveError::LogInRefused { .. } => true,
            ReceiveError::Folder { .. }
            | ReceiveError::Unreachable { .. }
            | ReceiveError::TurnedAway { .. }
            | ReceiveError::Refused { .. }
            | ReceiveError::Lost { .. } => false,
        }
    }
}
