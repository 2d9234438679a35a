//! One connection to the relay: opened, encrypted, logged in, and one transaction after the other.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::time::Instant;

use super::super::connection::{Connection, ConnectionError, readable};
use super::super::envelope::{Envelope, InTransmission, Outcome, Phase, TransactionStep};
use super::super::probe::Capabilities;
use super::super::server::{Login, Mechanism, NotLetIn, Security, xoauth2};
use super::dot_stuffing::in_transmission;
use super::hello::{Offer, envelope_commands};
use super::server_reply::{self, Reply};
use super::{Patience, Relay};

/// RFC 5321 §4.5.3.1.5 says 512; servers with a lot to explain go beyond it.
const LINE_LIMIT: usize = 8 * 1024;
const LINES_LIMIT: usize = 200;

/// Written at once; the time-out is per write.
const BLOCK: usize = 64 * 1024;

pub(super) struct Session {
    connection: Connection,
    patience: Patience,
    /// From the greeting.
    server_name: String,
    offer: Offer,
    logged_in: bool,
    /// A transaction has come to its end on this connection, so it may by now have been idle for too long.
    used: bool,
}

/// What became of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// Ready for the next envelope.
    Usable,
    /// To be dropped.
    Spent,
    /// The server had hung up between two letters; the envelope was not even begun, and a new connection may be tried at once.
    Stale,
}

/// Why there was no reply, or none that can be understood.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error("the server said something that is no SMTP reply: {0:?}")]
    Garbled(String),
    #[error("the server answered before it was asked: connection dropped, so that no answer is taken for another's")]
    AheadOfItsTime,
}

impl Session {
    /// The error says what is wrong and how to mend it.
    pub(super) async fn open(relay: &Relay) -> Result<Session, NotLetIn> {
        let connection = Connection::connect(&relay.server, relay.patience.connect).await?;
        let mut session = Session {
            connection,
            patience: relay.patience,
            server_name: String::new(),
            offer: Offer::default(),
            logged_in: false,
            used: false,
        };
        let greeting = session.reply(relay.patience.command).await;
        let greeting = greeting.map_err(|trouble| NotLetIn::Unreachable(format!("no greeting: {trouble}")))?;
        if greeting.code != 220 {
            return Err(NotLetIn::Unreachable(format!("the server takes no connection now: {}", greeting.text())));
        }
        session.server_name = greeting.lines.first().and_then(|line| line.split_whitespace().next()).unwrap_or_default().to_owned();
        session.hello(&relay.our_name).await?;
        if relay.server.security == Security::StartTls {
            if !session.offer.start_tls {
                let why = "the server does not offer STARTTLS; if it has a port with TLS from the first byte (465), use that";
                return Err(NotLetIn::Misconfigured(why.to_owned()));
            }
            session.expect("STARTTLS", 220).await?;
            session.connection.encrypt(&relay.server, relay.patience.command).await?;
            // What was said before the encryption is forgotten (RFC 3207 §4.2).
            session.hello(&relay.our_name).await?;
        }
        if let Some(login) = &relay.login {
            session.log_in(login).await?;
        }
        Ok(session)
    }

    pub(super) fn capabilities(&self) -> Capabilities {
        Capabilities {
            name: self.server_name.clone(),
            encrypted: self.connection.is_encrypted(),
            logged_in: self.logged_in,
            dsn: self.offer.dsn,
            eight_bit_mime: self.offer.eight_bit_mime,
            smtp_utf8: self.offer.smtp_utf8,
            size: self.offer.size,
            mechanisms: self.offer.mechanisms.clone(),
        }
    }

    async fn hello(&mut self, our_name: &str) -> Result<(), NotLetIn> {
        let reply = self.expect(&format!("EHLO {our_name}"), 250).await?;
        self.offer = Offer::read(&reply);
        Ok(())
    }

    async fn log_in(&mut self, login: &Login) -> Result<(), NotLetIn> {
        let secret = login.secret.reveal().map_err(NotLetIn::Misconfigured)?;
        let mut answers = Vec::new();
        let command = match login.mechanism {
            Mechanism::XOAuth2 => {
                // A refusal comes as a challenge that holds the reason; an empty answer brings the final reply.
                answers.push(String::new());
                format!("AUTH XOAUTH2 {}", STANDARD.encode(xoauth2(&login.user, &secret)))
            }
            Mechanism::Password if self.offer.has("PLAIN") => {
                format!("AUTH PLAIN {}", STANDARD.encode(format!("\0{}\0{secret}", login.user)))
            }
            Mechanism::Password if self.offer.has("LOGIN") => {
                answers.extend([STANDARD.encode(&secret), STANDARD.encode(&login.user)]);
                "AUTH LOGIN".to_owned()
            }
            Mechanism::Password => {
                let offered = if self.offer.mechanisms.is_empty() { "none".to_owned() } else { self.offer.mechanisms.join(", ") };
                return Err(NotLetIn::Misconfigured(format!(
                    "the server offers no log-in with a password (it offers: {offered}); take the log-in out of the configuration, or use another port"
                )));
            }
        };
        let unheard = |trouble: Trouble| NotLetIn::Unreachable(format!("log-in: {trouble}"));
        let mut reply = self.said(&command).await.map_err(unheard)?;
        while reply.code == 334 {
            let Some(answer) = answers.pop() else { break };
            reply = self.said(&answer).await.map_err(unheard)?;
        }
        if reply.code == 235 {
            self.logged_in = true;
            return Ok(());
        }
        Err(not_logged_in(login, &reply))
    }

    /// One transaction (RFC 5321 §3.3), and what became of the connection.
    pub(super) async fn transmit(&mut self, envelope: &Envelope<'_>, in_transmission: &InTransmission) -> (Outcome, Line) {
        if self.used && !matches!(self.connection.something_came().await, Ok(false)) {
            return (Outcome::NotSent { reason: "the server hung up between two letters".to_owned() }, Line::Stale);
        }
        let (outcome, line) = self.transaction(envelope, in_transmission).await;
        self.used = line == Line::Usable;
        (outcome, line)
    }

    async fn transaction(&mut self, envelope: &Envelope<'_>, in_transmission: &InTransmission) -> (Outcome, Line) {
        let (sender, recipient) = match envelope_commands(envelope, &self.offer) {
            Ok(commands) => commands,
            Err(reason) => return (Outcome::NotSent { reason }, Line::Usable),
        };
        for (step, command, patience) in [
            (TransactionStep::Sender, sender.as_str(), self.patience.command),
            (TransactionStep::Recipient, recipient.as_str(), self.patience.command),
            (TransactionStep::Data, "DATA", self.patience.data),
        ] {
            in_transmission.set(step == TransactionStep::Data);
            let expected = if step == TransactionStep::Data { 354 } else { 250 };
            let reply = match self.said_within(command, patience).await {
                Ok(reply) => reply,
                Err(trouble) => {
                    return (not_sent(step, &trouble), self.hung_up(step, matches!(trouble, Trouble::Connection(ConnectionError::Closed))));
                }
            };
            // RFC 5321 §3.3: a recipient may also be accepted with 251, to be forwarded.
            if reply.code == expected || (step == TransactionStep::Recipient && reply.code == 251) {
                continue;
            }
            if reply.code == 421 {
                return (refused(step, &reply), self.hung_up(step, true));
            }
            return (refused(step, &reply), self.reset(step).await);
        }
        self.letter(envelope.bytes).await
    }

    /// From the permission to send to the server's last word.
    async fn letter(&mut self, bytes: &[u8]) -> (Outcome, Line) {
        let written = in_transmission(bytes);
        for block in written.chunks(BLOCK) {
            if let Err(error) = self.connection.write(block, self.patience.block).await {
                return (not_sent(TransactionStep::Letter, &error.into()), Line::Spent);
            }
        }
        // A reply that is there before the dot answers something else: the server ends the session, or answers out of order. Without the dot
        // the letter is surely not delivered (RFC 5321 §4.1.1.4).
        if !matches!(self.connection.something_came().await, Ok(false)) {
            let outcome = match self.reply(self.patience.command).await {
                Ok(reply) if reply.code >= 400 => refused(TransactionStep::Letter, &reply),
                Ok(_) => not_sent(TransactionStep::Letter, &Trouble::AheadOfItsTime),
                Err(trouble) => not_sent(TransactionStep::Letter, &trouble),
            };
            return (outcome, Line::Spent);
        }
        let unheard = |trouble: &Trouble| Outcome::Unknown { phase: Phase::AfterDot, reason: trouble.to_string() };
        if let Err(error) = self.connection.write(b".\r\n", self.patience.block).await {
            return (unheard(&error.into()), Line::Spent);
        }
        match self.reply(self.patience.acceptance).await {
            Ok(reply) if reply.code == 250 => (Outcome::Accepted { reply: reply.text(), queue_id: reply.queue_id() }, Line::Usable),
            Ok(reply) if reply.code >= 400 => {
                let line = if reply.code == 421 { Line::Spent } else { Line::Usable };
                (refused(TransactionStep::Letter, &reply), line)
            }
            Ok(reply) => (Outcome::Unknown { phase: Phase::StrangeReply, reason: reply.text() }, Line::Spent),
            Err(trouble) => (unheard(&trouble), Line::Spent),
        }
    }

    /// The server refused; a transaction that was begun is taken back, or else the next MAIL would be out of order.
    async fn reset(&mut self, step: TransactionStep) -> Line {
        if step == TransactionStep::Sender {
            return Line::Usable;
        }
        match self.said("RSET").await {
            Ok(reply) if reply.code == 250 => Line::Usable,
            _ => Line::Spent,
        }
    }

    fn hung_up(&self, step: TransactionStep, closed: bool) -> Line {
        if closed && self.used && step == TransactionStep::Sender { Line::Stale } else { Line::Spent }
    }

    pub(super) async fn quit(mut self) {
        // Whatever it answers: the letters are delivered or not by now.
        let _ = self.said_within("QUIT", self.patience.farewell).await;
    }

    /// For the opening commands, whose failure is told in words.
    async fn expect(&mut self, command: &str, code: u16) -> Result<Reply, NotLetIn> {
        let name = command.split(' ').next().unwrap_or(command);
        match self.said(command).await {
            Ok(reply) if reply.code == code => Ok(reply),
            Ok(reply) => Err(NotLetIn::Unreachable(format!("{name} was refused: {}", reply.text()))),
            Err(trouble) => Err(NotLetIn::Unreachable(format!("{name}: {trouble}"))),
        }
    }

    async fn said(&mut self, command: &str) -> Result<Reply, Trouble> {
        self.said_within(command, self.patience.command).await
    }

    async fn said_within(&mut self, command: &str, patience: Duration) -> Result<Reply, Trouble> {
        if self.connection.something_came().await? {
            return Err(Trouble::AheadOfItsTime);
        }
        self.connection.write(format!("{command}\r\n").as_bytes(), patience).await?;
        self.reply(patience).await
    }

    async fn reply(&mut self, patience: Duration) -> Result<Reply, Trouble> {
        let deadline = Instant::now() + patience;
        let mut lines = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let said = self.connection.line(LINE_LIMIT, left).await.map_err(|error| match error {
                ConnectionError::Silent(_) => ConnectionError::Silent(patience),
                other => other,
            })?;
            let Some((code, more, text)) = server_reply::line(&said) else { return Err(Trouble::Garbled(readable(&said))) };
            lines.push((code, text));
            if lines.len() > LINES_LIMIT || lines.first().is_some_and(|(first, _)| *first != code) {
                return Err(Trouble::Garbled(format!("{} lines, the last one: {}", lines.len(), readable(&said))));
            }
            if !more {
                return Ok(Reply { code, lines: lines.into_iter().map(|(_, text)| text).collect() });
            }
        }
    }
}

/// What the reply to a log-in says that is not success (RFC 4954 §6, and what Gmail and Exchange make of it).
fn not_logged_in(login: &Login, reply: &Reply) -> NotLetIn {
    let (user, said) = (&login.user, reply.text());
    match reply.code {
        // A password transition is needed: no time mends it.
        432 => NotLetIn::LogInRefused(login.refused(&said)),
        400..500 => NotLetIn::Unreachable(format!("the server cannot judge the log-in as {user} now: {said}")),
        500..505 => {
            NotLetIn::Misconfigured(format!("the server does not understand this kind of log-in: {said}; see auth, or use another port"))
        }
        534 => NotLetIn::LogInRefused(format!(
            "{}; the server may ask for a password made for programs (an app password), or for auth = \"xoauth2\"",
            login.refused(&said)
        )),
        530 | 538 => NotLetIn::Misconfigured(format!("the server takes no log-in over a line that is not encrypted: {said}; see tls")),
        _ => NotLetIn::LogInRefused(login.refused(&said)),
    }
}

fn not_sent(step: TransactionStep, trouble: &Trouble) -> Outcome {
    Outcome::NotSent { reason: format!("{step}: {trouble}") }
}

/// A reply that was neither what was asked for nor 4xx or 5xx is not understood; before the dot that means: not sent.
fn refused(at: TransactionStep, reply: &Reply) -> Outcome {
    let (code, status, text) = (reply.code, reply.status(), reply.text());
    match code {
        400..500 => Outcome::RefusedForNow { at, code, status, reply: text },
        500..600 => Outcome::RefusedForGood { at, code, status, reply: text },
        _ => Outcome::NotSent { reason: format!("{at}: a reply that does not fit: {text}") },
    }
}
