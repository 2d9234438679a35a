//! Waiting for mail: IDLE (RFC 2177), or asking from time to time where the server has none.

use std::time::Duration;

use tokio::time::Instant;

use super::super::incoming::Waited;
use super::Open;
use super::response::Heard;
use super::session::{Failure, SMALL};

impl Open {
    pub(super) async fn wait(&mut self, at_most: Duration) -> Result<Waited, Failure> {
        let ends = Instant::now() + at_most;
        loop {
            let left = ends.saturating_duration_since(Instant::now());
            if self.session.announced {
                return Ok(Waited::Arrived);
            }
            if left.is_zero() {
                return Ok(Waited::TimePassed);
            }
            if !self.session.can("IDLE") || !self.idle(left.min(self.session.patience.idle)).await? {
                tokio::time::sleep(left.min(self.session.patience.poll)).await;
                self.session.command("NOOP").await?;
            }
        }
    }

    /// One IDLE, at most `at_most`, ended early by news. False if the server refuses it after all.
    async fn idle(&mut self, at_most: Duration) -> Result<bool, Failure> {
        let tag = self.session.send("IDLE").await?;
        loop {
            let response = self.session.receive("IDLE", SMALL, self.session.patience.answer).await?;
            match self.session.note("IDLE", &response)? {
                Heard::Continue => break,
                Heard::Tagged { tag: theirs, said } => {
                    return match self.session.finished("IDLE", &tag, theirs, said) {
                        Err(Failure::No { .. }) => Ok(false),
                        Err(other) => Err(other),
                        Ok(_) => Err(self.session.broken("IDLE", "it was ended before it began")),
                    };
                }
                _ => {}
            }
        }
        // A clock of our own: "* OK Still here" must not make the wait longer.
        let ends = Instant::now() + at_most;
        while !self.session.announced {
            let left = ends.saturating_duration_since(Instant::now());
            let Some(response) = self.session.receive_if_any("IDLE", left).await? else { break };
            if let Heard::Tagged { .. } | Heard::Continue = self.session.note("IDLE", &response)? {
                return Err(self.session.broken("IDLE", "the server ended it of its own accord"));
            }
        }
        self.session.write("IDLE", b"DONE\r\n").await?;
        loop {
            let response = self.session.receive("IDLE", SMALL, self.session.patience.answer).await?;
            if let Heard::Tagged { tag: theirs, said } = self.session.note("IDLE", &response)? {
                return self.session.finished("IDLE", &tag, theirs, said).map(|_| true);
            }
        }
    }
}
