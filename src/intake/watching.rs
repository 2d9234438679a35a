//! Watching mailboxes between passes: one task per mailbox, on the connection by which the pass reads it, and which it gets back.
//!
//! Considered instead: a connection of its own for watching. Where a server allows an account one connection, the watcher would lock the reader out,
//! and only an alarm would tell that mail lies unread.

use super::incoming_mailbox::IncomingMailbox;
use crate::transport::{ReceiveError, Waited};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Renewed this often, because some networks forget a silent connection after five minutes.
const LONGEST_WAIT: Duration = Duration::from_secs(280);
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// A mailbox that says "arrived" without end must not make passes follow each other without end.
const REST: Duration = Duration::from_secs(1);
/// How long a server may take to let go of a connection that waits; after that it is dropped, and the pass opens another.
const LET_GO: Duration = Duration::from_secs(3);

/// The mailboxes of an office while no pass needs them.
pub struct Watchers {
    /// Each with the mailbox as if it had never been opened, for when its task does not give it back.
    tasks: Vec<(JoinHandle<IncomingMailbox>, IncomingMailbox)>,
    asked_back: watch::Sender<bool>,
}

/// Starts watching; `arrived` is notified when something may have come.
pub fn watch(mailboxes: Vec<IncomingMailbox>, arrived: &Arc<Notify>) -> Watchers {
    let (asked_back, back) = watch::channel(false);
    let tasks = mailboxes
        .into_iter()
        .map(|mailbox| {
            let spare = mailbox.unopened();
            (tokio::spawn(watch_one(mailbox, Arc::clone(arrived), back.clone())), spare)
        })
        .collect();
    Watchers { tasks, asked_back }
}

impl Watchers {
    /// Takes the mailboxes back, in the order in which they were given.
    pub async fn back(self) -> Vec<IncomingMailbox> {
        self.asked_back.send_replace(true);
        let by = Instant::now() + LET_GO;
        let mut mailboxes = Vec::with_capacity(self.tasks.len());
        for (mut task, spare) in self.tasks {
            mailboxes.push(match tokio::time::timeout_at(by, &mut task).await {
                Ok(Ok(mailbox)) => mailbox,
                // It panicked, or its server says nothing.
                Ok(Err(_)) => spare,
                Err(_) => {
                    task.abort();
                    spare
                }
            });
        }
        mailboxes
    }
}

/// A mailbox that cannot be watched is polled by the passes all the same; their health tells staff.
async fn watch_one(mut mailbox: IncomingMailbox, arrived: Arc<Notify>, mut back: watch::Receiver<bool>) -> IncomingMailbox {
    // To connect is news, and news calls for a pass: whoever fails in passes is connected to less and less often.
    mailbox.failures = if mailbox.source.is_open() { 0 } else { mailbox.failures.saturating_add(1) };
    loop {
        if asked_back_within(pause(mailbox.failures), &mut back).await {
            return mailbox;
        }
        match mailbox.source.wait_or(LONGEST_WAIT, asked(&mut back)).await {
            Ok(Waited::Arrived) => arrived.notify_one(),
            Ok(Waited::TimePassed) => mailbox.failures = 0,
            Err(error) => {
                tracing::debug!(mailbox = mailbox.source.name(), %error, "the mailbox cannot be watched; polling goes on");
                mailbox.failures = mailbox.failures.saturating_add(1);
                if matches!(error, ReceiveError::LogInRefused { .. }) {
                    // The pass tells it, and does not say the password again so soon; from here on nobody listens until it is let in.
                    arrived.notify_one();
                }
            }
        }
    }
}

fn pause(failures: u32) -> Duration {
    match failures {
        0 => REST,
        _ => FIRST_PAUSE.saturating_mul(1 << (failures - 1).min(16)).min(LONGEST_PAUSE),
    }
}

async fn asked_back_within(rest: Duration, back: &mut watch::Receiver<bool>) -> bool {
    tokio::time::timeout(rest, asked(back)).await.is_ok()
}

async fn asked(back: &mut watch::Receiver<bool>) {
    // An error says that nobody will ask any more.
    let _ = back.wait_for(|asked| *asked).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_that_fails_is_connected_to_less_and_less_often() {
        let pauses = [0, 1, 2, 3, 8, 100, u32::MAX].map(|failures| pause(failures).as_secs());
        assert_eq!(pauses, [1, 5, 10, 20, 600, 600, 600]);
    }
}
