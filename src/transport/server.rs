//! Which server, how the line to it is protected, and who we are there: what the configuration says of an account, for IMAP and SMTP alike.

use std::path::PathBuf;

use super::Secret;

/// A server to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// A host name, which the server's certificate must carry, or an IP address.
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// Certificates (PEM) of authorities to trust besides the system's: for servers with a private authority.
    pub ca_file: Option<PathBuf>,
}

/// How the connection is encrypted. There is no "TLS if offered": an attacker on the line would answer that it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    /// TLS from the first byte (RFC 8314): ports 993 and 465.
    #[default]
    Tls,
    /// TLS after STARTTLS, without which nothing is said: ports 143 and 587.
    StartTls,
    /// No encryption: only to a server on this machine, and only if the configuration says so.
    PlainOnLoopback,
}

/// Who logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    pub user: String,
    pub secret: Secret,
    pub mechanism: Mechanism,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mechanism {
    /// The secret is a password: whatever the server offers of PLAIN and LOGIN.
    #[default]
    Password,
    /// The secret is an OAuth access token (<https://developers.google.com/workspace/gmail/imap/xoauth2-protocol>); renewing it is another
    /// program's work.
    XOAuth2,
}

/// Why a server and we did not get together, in words that say how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotLetIn {
    /// No connection, or the server allows no log-in now; it may later.
    #[error("{0}")]
    Unreachable(String),
    /// The server's certificate does not prove that it is the one we mean.
    #[error("{0}")]
    NotTrusted(String),
    #[error("{0}")]
    LogInRefused(String),
    /// The configuration asks for something that cannot be.
    #[error("{0}")]
    Misconfigured(String),
}

impl NotLetIn {
    /// Trying again cannot help before a person has mended something.
    pub fn needs_a_person(&self) -> bool {
        !matches!(self, NotLetIn::Unreachable(_))
    }
}

impl Login {
    /// What is told of a refused log-in: who tried, what the server said, and what to look at.
    pub(super) fn refused(&self, said: &str) -> String {
        format!("log-in as {} was refused: {said}; check the user, and the password in {}", self.user, self.secret.place())
    }
}

impl Server {
    /// `host:port`, for messages.
    pub fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// What the client says first under XOAUTH2, before base64.
pub(super) fn xoauth2(user: &str, token: &str) -> String {
    format!("user={user}\x01auth=Bearer {token}\x01\x01")
}
