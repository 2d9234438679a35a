//! One connection to one server: lines in, bytes out, every wait bounded in time and every answer in size.
//!
//! Refuses to know IMAP or SMTP. Nothing here is safe to go on with after an error: whoever gets one drops the connection.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::client::TlsStream;

use super::server::{NotLetIn, Security, Server};
use super::tls;

/// What a server that only just stays alive must deliver while it sends a long answer; slower is taken for silence.
const SLOWEST_BYTES_PER_SECOND: u64 = 1024;

const READ_AT_ONCE: usize = 16 * 1024;

pub(super) struct Connection {
    stream: Stream,
    /// Received and not asked for yet, from `start`.
    received: Vec<u8>,
    start: usize,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// Only while TLS is being agreed on, or after that failed.
    Gone,
}

/// Why a connection cannot be used any further.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectionError {
    #[error("the server said nothing for {} s", .0.as_secs_f32())]
    Silent(Duration),
    #[error("the server stopped in the middle of an answer for {} s", .0.as_secs_f32())]
    UndeliveredLetter(Duration),
    #[error("the server closed the connection")]
    Closed,
    #[error("the connection was lost: {0}")]
    Lost(io::Error),
    #[error("the server's answer is longer than {0} bytes")]
    TooLong(u64),
}

impl Connection {
    /// Connects and, for [`Security::Tls`], agrees on encryption. The error says what is wrong and how to mend it.
    pub(super) async fn connect(server: &Server, patience: Duration) -> Result<Connection, NotLetIn> {
        let connecting = TcpStream::connect((server.host.as_str(), server.port));
        let stream = match timeout(patience, connecting).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(NotLetIn::Unreachable(format!("cannot connect: {error}"))),
            Err(_) => {
                return Err(NotLetIn::Unreachable(format!("cannot connect: no answer within {} s", patience.as_secs_f32())));
            }
        };
        // Commands are short and each waits for its answer: Nagle's algorithm would only delay them. Failing to say so harms nothing.
        let _ = stream.set_nodelay(true);
        if server.security == Security::PlainOnLoopback && !stream.peer_addr().is_ok_and(|peer| is_this_machine(peer.ip())) {
            let why = "an unencrypted connection is allowed to this machine only; use TLS or STARTTLS";
            return Err(NotLetIn::Misconfigured(why.to_owned()));
        }
        let mut connection = Connection { stream: Stream::Plain(stream), received: Vec::new(), start: 0 };
        if server.security == Security::Tls {
            connection.encrypt(server, patience).await?;
        }
        Ok(connection)
    }

    /// Agrees on TLS, at once or after STARTTLS.
    pub(super) async fn encrypt(&mut self, server: &Server, patience: Duration) -> Result<(), NotLetIn> {
        if self.has_unread() {
            // An attacker on the line could have put answers behind the last unencrypted one, to be believed as encrypted (CVE-2011-0411).
            let why = "the server sent something between STARTTLS and the encryption; somebody may be on the line";
            return Err(NotLetIn::NotTrusted(why.to_owned()));
        }
        match std::mem::replace(&mut self.stream, Stream::Gone) {
            Stream::Plain(stream) => {
                self.stream = Stream::Tls(Box::new(tls::agree(stream, server, patience).await?));
                Ok(())
            }
            Stream::Tls(_) | Stream::Gone => Err(NotLetIn::Unreachable("the connection is encrypted already or lost".to_owned())),
        }
    }

    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// Bytes were received and not read yet.
    pub(super) fn has_unread(&self) -> bool {
        self.start < self.received.len()
    }

    /// Whether something has arrived by now, without waiting.
    pub(super) async fn something_came(&mut self) -> Result<bool, ConnectionError> {
        match self.receive(Instant::now(), Duration::ZERO).await {
            Ok(()) => Ok(true),
            Err(ConnectionError::Silent(_)) => Ok(self.has_unread()),
            Err(error) => Err(error),
        }
    }

    /// One line without its line end (LF, or CR LF), within `patience` altogether.
    pub(super) async fn line(&mut self, limit: usize, patience: Duration) -> Result<Vec<u8>, ConnectionError> {
        let deadline = Instant::now() + patience;
        let mut searched = self.start;
        loop {
            let unread = self.received.get(searched..).unwrap_or_default();
            if let Some(found) = unread.iter().position(|&byte| byte == b'\n') {
                let end = searched + found;
                let line = self.received.get(self.start..end).unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
                self.start = end + 1;
                return Ok(line);
            }
            if self.received.len() - self.start > limit {
                return Err(ConnectionError::TooLong(limit as u64));
            }
            let unread_from = self.received.len() - self.start;
            self.receive(deadline, patience).await?;
            searched = self.start + unread_from;
        }
    }

    /// Appends exactly `count` bytes to `target`, which the caller has found to be bounded.
    pub(super) async fn bytes(&mut self, count: u64, target: &mut Vec<u8>, patience: Duration) -> Result<(), ConnectionError> {
        let deadline = Instant::now() + patience + Duration::from_secs(count / SLOWEST_BYTES_PER_SECOND);
        let mut missing = usize::try_from(count).map_err(|_| ConnectionError::TooLong(count))?;
        while missing > 0 {
            if !self.has_unread() {
                let silent_from = Instant::now() + patience;
                self.receive(silent_from.min(deadline), patience).await?;
            }
            let unread = self.received.get(self.start..).unwrap_or_default();
            let taken = unread.get(..missing).unwrap_or(unread);
            target.extend_from_slice(taken);
            missing -= taken.len();
            self.start += taken.len();
        }
        Ok(())
    }

    pub(super) async fn write(&mut self, bytes: &[u8], patience: Duration) -> Result<(), ConnectionError> {
        let writing = async {
            match &mut self.stream {
                Stream::Plain(stream) => {
                    stream.write_all(bytes).await?;
                    stream.flush().await
                }
                Stream::Tls(stream) => {
                    stream.write_all(bytes).await?;
                    stream.flush().await
                }
                Stream::Gone => Err(io::ErrorKind::NotConnected.into()),
            }
        };
        match timeout(patience, writing).await {
            Ok(written) => written.map_err(lost),
            Err(_) => Err(ConnectionError::Silent(patience)),
        }
    }

    async fn receive(&mut self, deadline: Instant, patience: Duration) -> Result<(), ConnectionError> {
        self.received.drain(..self.start);
        self.start = 0;
        self.received.reserve(READ_AT_ONCE);
        let reading = async {
            match &mut self.stream {
                Stream::Plain(stream) => stream.read_buf(&mut self.received).await,
                Stream::Tls(stream) => stream.read_buf(&mut self.received).await,
                Stream::Gone => Ok(0),
            }
        };
        match timeout_at(deadline, reading).await {
            Ok(Ok(0)) => Err(ConnectionError::Closed),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(lost(error)),
            Err(_) => Err(ConnectionError::Silent(patience)),
        }
    }
}

/// The address that was really reached counts, not the name in the configuration, which somebody else's name server could resolve.
fn is_this_machine(peer: IpAddr) -> bool {
    peer.to_canonical().is_loopback()
}

fn lost(error: io::Error) -> ConnectionError {
    match error.kind() {
        // rustls calls it an unexpected end when the server closes without saying good-bye; most do.
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => ConnectionError::Closed,
        _ => ConnectionError::Lost(error),
    }
}

/// What a server said, fit for a message and a log: control characters out, no longer than anybody reads. Servers' replies name addresses and
/// policies; letters never come this way.
pub(super) fn readable(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let clean: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(1_000).collect();
    clean.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unencrypted_line_may_only_lead_to_this_machine() {
        for (address, allowed) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("192.0.2.1", false),
            ("::ffff:192.0.2.1", false),
            ("::", false),
        ] {
            assert_eq!(is_this_machine(address.parse().unwrap()), allowed, "{address}");
        }
    }

    #[test]
    fn what_a_server_says_is_fit_for_a_terminal() {
        assert_eq!(readable(b" 550 \x1b]0;evil\x07 no\xff\r\n"), "550  ]0;evil  no\u{fffd}");
        assert_eq!(readable("é".repeat(5_000).as_bytes()).chars().count(), 1_000);
    }
}
