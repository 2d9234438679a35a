//! What a transport says of itself when it is tried out, for `check`.

use super::server::NotLetIn;

/// What a server offers after the log-in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// What the transport calls itself: the name in the server's greeting, or the folder's path.
    pub name: String,
    /// The line is encrypted.
    pub encrypted: bool,
    /// We logged in.
    pub logged_in: bool,
    /// Delivery status notifications on request (RFC 3461).
    pub dsn: bool,
    pub eight_bit_mime: bool,
    pub smtp_utf8: bool,
    /// The largest letter it takes, in bytes, if it says so (RFC 1870).
    pub size: Option<u64>,
    /// Names of log-in mechanisms, in upper case.
    pub mechanisms: Vec<String>,
}

/// Why a transport cannot be used: what, where, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct ProbeError {
    pub place: String,
    pub why: NotLetIn,
}
