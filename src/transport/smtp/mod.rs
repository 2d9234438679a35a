//! SMTP (RFC 5321): letters handed to the office's own mail server, one recipient a transaction, one connection a batch.
//!
//! A client of our own, a few hundred lines, instead of lettre's (which composes the letters elsewhere): its pooled transport gives a connection
//! back after a time-out and then takes the last letter's reply for the next one's, counts 3xx after the end of a letter as success, has no
//! time-out while it waits for a reply, and does not tell whether the server offers notifications. Used by hand, its connection would still leave
//! the reply codes, the EHLO answer, the time-outs and the phases to us, which is nearly all there is.
//!
//! What it refuses: to go on after any error or time-out (the connection is dropped, so no reply can be taken for another's), to send in clear to
//! another machine, to send a second letter before the first one's reply, and to call anything but 250 after the end of a letter acceptance.

mod dot_stuffing;
mod hello;
mod server_reply;
mod session;

use std::time::Duration;

use super::envelope::{Envelope, InTransmission, Outcome, impossible_address};
use super::probe::{Capabilities, ProbeError};
use super::server::{Login, Server};
use session::{Line, Session};

/// The office's own mail server, which takes letters for the whole world.
#[derive(Debug, Clone)]
pub struct Relay {
    pub server: Server,
    /// None where the server takes mail from this machine without a log-in.
    pub login: Option<Login>,
    /// What we call ourselves in EHLO: this machine's name, or `[127.0.0.1]` (RFC 5321 §4.1.1.1).
    pub our_name: String,
    pub patience: Patience,
}

/// How long each step may take. The defaults are the least that RFC 5321 §4.5.3.2 asks a client to wait, but for connecting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    pub connect: Duration,
    /// Greeting, EHLO, STARTTLS, log-in, MAIL, RCPT, RSET.
    pub command: Duration,
    /// From DATA to the permission to send.
    pub data: Duration,
    /// One write of the letter.
    pub block: Duration,
    /// From the end of the letter to the reply: here haste makes doubles.
    pub acceptance: Duration,
    /// From QUIT to the reply. Nothing depends on it.
    pub farewell: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Patience {
            connect: Duration::from_secs(30),
            command: minutes(5),
            data: minutes(2),
            block: minutes(3),
            acceptance: minutes(10),
            farewell: Duration::from_secs(2),
        }
    }
}

/// Letters go through here, one after the other, over one connection as long as all goes well.
pub struct Smtp {
    relay: Relay,
    name: String,
    session: Option<Box<Session>>,
    in_transmission: InTransmission,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Smtp").field("relay", &self.relay).field("connected", &self.session.is_some()).finish()
    }
}

impl Smtp {
    pub fn new(relay: Relay) -> Smtp {
        Smtp { name: format!("smtp:{}", relay.server.place()), relay, session: None, in_transmission: InTransmission::default() }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn in_transmission(&self) -> InTransmission {
        self.in_transmission.clone()
    }

    pub async fn send(&mut self, envelope: &Envelope<'_>) -> Outcome {
        if let Some(reason) = impossible_address(envelope.envelope_sender, true).or_else(|| impossible_address(envelope.recipient, false)) {
            return Outcome::NotSent { reason };
        }
        // Taken out first: if this future is dropped half way, the connection goes with it.
        if let Some(mut session) = self.session.take() {
            match session.transmit(envelope, &self.in_transmission).await {
                // It hung up between two letters, as servers do; that says nothing about this one.
                (_, Line::Stale) => {}
                (outcome, line) => return self.ended(session, outcome, line),
            }
        }
        match Session::open(&self.relay).await {
            Ok(session) => {
                let mut session = Box::new(session);
                let (outcome, line) = session.transmit(envelope, &self.in_transmission).await;
                self.ended(session, outcome, line)
            }
            Err(why) => {
                let reason = format!("{}: {why}", self.name);
                if why.needs_a_person() { Outcome::Barred { reason } } else { Outcome::NotSent { reason } }
            }
        }
    }

    fn ended(&mut self, session: Box<Session>, outcome: Outcome, line: Line) -> Outcome {
        self.in_transmission.set(false);
        if line == Line::Usable {
            self.session = Some(session);
        }
        outcome
    }

    /// Connects, encrypts and logs in as the configuration says, and tells what the server offers; for `check`. No letter is sent.
    ///
    /// # Errors
    ///
    /// [`ProbeError`]: the server cannot be reached or takes no connection now, cannot be proven to be the right one, refuses the log-in, or does
    /// not offer what the configuration asks for.
    pub async fn probe(&mut self) -> Result<Capabilities, ProbeError> {
        match Session::open(&self.relay).await {
            Ok(session) => {
                let capabilities = session.capabilities();
                session.quit().await;
                Ok(capabilities)
            }
            Err(why) => Err(ProbeError { place: self.name.clone(), why }),
        }
    }

    pub async fn close(self) {
        if let Some(session) = self.session {
            session.quit().await;
        }
    }
}
