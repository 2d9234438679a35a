//! Mail is received while letters leave: a slow relay, or a Sent folder that hangs, delays no reading of the mailboxes, and a letter that waits
//! behind a slow one is judged by what was read meanwhile (promise 4).
//!
//! Receiving and sending run beside each other in one pass, on one thread, each with its own connection to the register; a transaction of either is
//! over before the other goes on. Considered instead: a process of its own for sending, with a lease of its own and a way to be told of a stop, of a
//! new configuration and of the time; and one connection lent to and fro, which would make the record of what a server said of a letter wait for
//! another server's mailbox.

use super::one_pass::Daemon;
use crate::config::DigestSettings;
use crate::intake::watch;
use crate::outgoing::Sending;
use crate::pass::PassReport;
use crate::register::RegisterError;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// The mailboxes count as read when their reading began; after one that took longer than this, or that a doubted clock dated, they are read again.
const LONGEST_READING: SignedDuration = SignedDuration::from_hours(1);
/// Most letters have left within this, and nobody needs to watch the mailboxes meanwhile.
const AT_ONCE: Duration = Duration::from_secs(1);
/// How long after that the mailboxes are read again, if none of them announces anything.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(60);
/// How much longer a reading may take once the process is to end, so that a silent mailbox does not keep a pass whose letter is done with.
const LET_GO: Duration = Duration::from_secs(3);

impl Daemon {
    /// Reads the mailboxes, finds out what time it is, and writes the letters that are due. Gives the time by which the pass goes on.
    pub(super) async fn receive_and_write(&mut self, report: &mut PassReport) -> Result<Timestamp, RegisterError> {
        let begun = self.clock.time_to_begin(&self.register)?;
        let witness = self.begin_pass(begun, report).await?;
        let now = self.time_to_go_on(witness, report)?;
        if now.duration_since(begun) > LONGEST_READING {
            // Else an answer that has come meanwhile would be unheard (promise 4).
            self.read_mailboxes(now, report).await?;
        }
        report.faults.extend(self.register.is_behind()?);
        self.write_what_is_due(now, report).await?;
        Ok(now)
    }

    /// Sends what may leave now, and nothing else meanwhile.
    pub(super) async fn send(&mut self, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        let dispatch = Arc::clone(&self.dispatch);
        let sending = Sending {
            dispatch: &mut *dispatch.lock().await,
            retry: self.retry.clone(),
            clock: self.clock.clone(),
            stop: self.stop.clone(),
            last_word: self.last_word,
            enough: &AtomicBool::new(false),
            register: &mut self.register,
        };
        sending.send(now, report).await
    }

    /// Sends what may leave, and for as long as that takes goes on receiving; what is due meanwhile, and what staff are to be told, is written.
    pub(super) async fn send_and_receive(
        &mut self,
        settings: &DigestSettings,
        now: Timestamp,
        report: &mut PassReport,
    ) -> Result<(), RegisterError> {
        let Some(mut outbox) = self.outbox.take() else { return self.send(now, report).await };
        let dispatch = Arc::clone(&self.dispatch);
        let mut dispatch = dispatch.lock().await;
        let (over, enough) = (Notify::new(), AtomicBool::new(false));
        let mut sent = PassReport { relay_is_shut: report.relay_is_shut, ..PassReport::default() };
        let sending = Sending {
            register: &mut outbox,
            dispatch: &mut dispatch,
            retry: self.retry.clone(),
            clock: self.clock.clone(),
            stop: self.stop.clone(),
            last_word: self.last_word,
            enough: &enough,
        };
        let sending = async {
            let ended = sending.send(now, &mut sent).await;
            over.notify_one();
            ended
        };
        let receiving = async {
            let ended = self.receive_until(&over, settings, report).await;
            // Without mailboxes nobody is reminded (promise 4).
            enough.store(ended.is_err(), Ordering::Release);
            ended
        };
        let (ended, received) = tokio::join!(sending, receiving);
        self.outbox = Some(outbox);
        report.absorb(sent);
        ended.and(received)
    }

    /// Receives again and again until all letters have left that may.
    async fn receive_until(&mut self, over: &Notify, settings: &DigestSettings, report: &mut PassReport) -> Result<(), RegisterError> {
        if tokio::time::timeout(AT_ONCE, over.notified()).await.is_ok() {
            return Ok(());
        }
        let arrived = Arc::new(Notify::new());
        let stop = self.stop.clone();
        loop {
            let watchers = watch(std::mem::take(&mut self.mailboxes), &arrived);
            let is_over = tokio::select! {
                () = over.notified() => true,
                () = arrived.notified() => false,
                () = tokio::time::sleep(READ_AGAIN_AFTER) => false,
            };
            self.mailboxes = watchers.back().await;
            if is_over {
                return Ok(());
            }
            let impatient = async {
                stop.asked().await;
                tokio::time::sleep(LET_GO).await;
            };
            tokio::select! {
                received = self.receive_and_write(report) => {
                    let now = received?;
                    self.write_to_staff(settings, now, report)?;
                }
                () = impatient => return Ok(()),
            }
        }
    }
}
