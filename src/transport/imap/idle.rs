//! Waiting for mail: IDLE (RFC 2177), or asking from time to time where the server has none.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::Instant;

use super::super::fetched::Waited;
use super::Open;
use super::command_failure::Failure;
use super::response::Heard;
use super::session::SMALL;

impl Open {
    /// Ends early when `asked_back` is, in step with the server.
    pub(super) async fn wait(&mut self, at_most: Duration, mut asked_back: Pin<&mut impl Future<Output = ()>>) -> Result<Waited, Failure> {
        let ends = Instant::now() + at_most;
        loop {
            let left = ends.saturating_duration_since(Instant::now());
            if self.session.announced {
                return Ok(Waited::Arrived);
            }
            if left.is_zero() {
                return Ok(Waited::TimePassed);
            }
            let mut idled = Idled::Refused;
            if self.session.can("IDLE") {
                idled = self.idle(left.min(self.session.patience.idle), asked_back.as_mut()).await?;
            }
            match idled {
                Idled::ToItsEnd => {}
                Idled::AskedBack => return Ok(Waited::TimePassed),
                Idled::Refused => {
                    tokio::select! {
                        () = tokio::time::sleep(left.min(self.session.patience.poll)) => {}
                        () = asked_back.as_mut() => return Ok(Waited::TimePassed),
                    }
                    self.session.command("NOOP").await?;
                }
            }
        }
    }

    /// One IDLE, at most `at_most`, ended early by news.
    async fn idle(&mut self, at_most: Duration, asked_back: Pin<&mut impl Future<Output = ()>>) -> Result<Idled, Failure> {
        let tag = self.session.send("IDLE").await?;
        // "Still here" without end must not make any of these waits longer.
        let begins_by = Instant::now() + self.session.patience.answer;
        loop {
            let response = self.session.receive("IDLE", SMALL, begins_by.saturating_duration_since(Instant::now())).await?;
            match self.session.note("IDLE", &response)? {
                Heard::Continue => break,
                Heard::Tagged { tag: theirs, said } => {
                    return match self.session.finished("IDLE", &tag, theirs, said) {
                        Err(Failure::No { .. }) => Ok(Idled::Refused),
                        Err(other) => Err(other),
                        Ok(_) => Err(self.session.broken("IDLE", "it was ended before it began")),
                    };
                }
                _ => {}
            }
        }
        let ends = Instant::now() + at_most;
        let mut idled = Idled::ToItsEnd;
        let mut asked_back = asked_back;
        while !self.session.announced {
            let left = ends.saturating_duration_since(Instant::now());
            let heard = tokio::select! {
                heard = self.session.receive_if_any("IDLE", left) => heard?,
                () = asked_back.as_mut() => {
                    idled = Idled::AskedBack;
                    None
                }
            };
            let Some(response) = heard else { break };
            if let Heard::Tagged { .. } | Heard::Continue = self.session.note("IDLE", &response)? {
                return Err(self.session.broken("IDLE", "the server ended it of its own accord"));
            }
        }
        self.session.write("IDLE", b"DONE\r\n").await?;
        let ends_by = Instant::now() + self.session.patience.answer;
        loop {
            let response = self.session.receive("IDLE", SMALL, ends_by.saturating_duration_since(Instant::now())).await?;
            if let Heard::Tagged { tag: theirs, said } = self.session.note("IDLE", &response)? {
                return self.session.finished("IDLE", &tag, theirs, said).map(|_| idled);
            }
        }
    }
}

/// How one IDLE ended.
enum Idled {
    ToItsEnd,
    AskedBack,
    /// The server has none after all.
    Refused,
}
