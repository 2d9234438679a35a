//! Where mail comes from and goes to: IMAP, SMTP and Maildir. This room moves bytes and tells exactly what became of them; it reads no meaning in
//! them.
//!
//! It refuses to understand a mail, to remember anything (the register keeps the [`Cursor`] and the [`MailLocation`]s), to try again (the outbox and
//! the daemon decide when), and to delete: a mail that was ingested is flagged or moved where it lies.
//!
//! Two enums with one variant for each kind: [`MailboxSource`] for what comes in, [`Transport`] for what goes out. Considered
//! instead: a trait with implementations. There are two kinds of each, the caller never brings its own, and an enum keeps the futures concrete;
//! tests speak to small real servers instead of a mock.

mod connection;
pub mod dns;
mod envelope;
mod fetched;
pub mod imap;
pub mod incoming;
pub mod maildir;
mod probe;
mod receive_error;
mod secret;
mod server;
pub mod smtp;
mod submission;
mod tls;

pub use envelope::{Envelope, InTransmission, Outcome, Phase, TransactionStep};
pub use fetched::{
    Batch, Cursor, Elsewhere, FetchLimits, Fetched, FetchedBytes, Flagging, Found, MailLocation, Survey, Unfetched, Unreadable, Waited,
};
pub use incoming::MailboxSource;
pub use probe::{Capabilities, ProbeError};
pub use receive_error::ReceiveError;
pub use secret::Secret;
pub use server::{Login, Mechanism, NotLetIn, Security, Server};
pub use submission::Transport;
