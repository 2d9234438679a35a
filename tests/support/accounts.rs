//! Accounts and letters as the tests use them.

use std::path::Path;
use std::time::Duration;

use demarche::transport::imap::{Account, Connections, Folder};
use demarche::transport::smtp::{Relay, Smtp};
use demarche::transport::{Envelope, Login, MailboxSource, Mechanism, Secret, Security, Server, Transport, imap, smtp};

/// Long enough that no slow machine reaches it, short enough that a test that hangs ends.
const PATIENT: Duration = Duration::from_secs(30);

/// For the one step whose silence a test is about.
pub const IMPATIENT: Duration = Duration::from_millis(150);

pub fn plain(port: u16) -> Server {
    Server { host: "127.0.0.1".to_owned(), port, security: Security::PlainOnLoopback, ca_file: None }
}

/// A server with a certificate for `localhost` by the test's own authority.
pub fn secured(port: u16, security: Security, ca_file: &Path) -> Server {
    Server { host: "localhost".to_owned(), port, security, ca_file: Some(ca_file.to_owned()) }
}

pub fn login(user: &str, password: &str) -> Login {
    Login { user: user.to_owned(), secret: Secret::new(password, "the test"), mechanism: Mechanism::Password }
}

pub fn smtp_patience() -> smtp::Patience {
    smtp::Patience { connect: PATIENT, command: PATIENT, data: PATIENT, block: PATIENT, acceptance: PATIENT, farewell: IMPATIENT }
}

pub fn relay(server: Server) -> Relay {
    Relay { server, login: None, our_name: "npm.example".to_owned(), patience: smtp_patience() }
}

pub fn transport(relay: Relay) -> Transport {
    Transport::Smtp(Smtp::new(relay))
}

pub fn imap_patience() -> imap::Patience {
    imap::Patience { connect: PATIENT, answer: PATIENT, idle: PATIENT, poll: IMPATIENT, farewell: IMPATIENT }
}

pub fn account(server: Server) -> Account {
    Account { server, login: login("desk", "hunter2"), patience: imap_patience(), connections: Connections::default() }
}

pub fn inbox(account: Account) -> MailboxSource {
    MailboxSource::Imap(Folder::new(account, "INBOX"))
}

pub const LETTER: &[u8] = b"Message-ID: <k7@npm.example>\r\nSubject: Request\r\n\r\nDear authority\r\n";

pub fn envelope(recipient: &str) -> Envelope<'_> {
    Envelope { envelope_sender: "bounce+k7@requests.example", recipient, envelope_id: "NPM-2026-0147-K", dsn: true, bytes: LETTER }
}
