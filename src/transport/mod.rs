//! Where mail comes from and goes to. Sockets and folders, no meaning: this room moves bytes and tells exactly what became of them.
//!
//! It refuses to understand a mail, to remember anything (the register keeps the [`Cursor`] and the [`Mark`]s), to try again (the outbox and the
//! daemon decide when), and to delete: a mail that was taken in is flagged or moved where it lies.
//!
//! Two doors, each an enum with one variant per kind of carrier: [`MailboxSource`] for what comes in, [`Carrier`] for what goes out. Considered
//! instead: a trait with implementations. There are two kinds of each, the caller never brings its own, and an enum keeps the futures concrete;
//! tests speak to small real servers instead of a mock.

pub mod dns;
pub mod imap;
pub mod incoming;
pub mod maildir;
pub mod outgoing;
mod secret;
mod server;
pub mod smtp;
mod tls;
mod wire;

pub use incoming::{
    Batch, Cursor, Elsewhere, FetchLimits, Fetched, FetchedBytes, Found, MailboxSource, Mark, Marking, ReceiveError, Survey, Unfetched,
    Unreadable, Waited,
};
pub use outgoing::{Capabilities, Carrier, OnTheLine, Outcome, Parcel, Phase, ProbeError, Step};
pub use secret::Secret;
pub use server::{Login, Mechanism, NotLetIn, Security, Server};
