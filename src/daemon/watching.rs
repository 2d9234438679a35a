//! Watching mailboxes between passes: one task per mailbox with a connection of its own, which only waits and never reads.
//!
//! Considered instead: waiting on the connections that read. Each arrival in one mailbox would cut the waiting, and so the connections, of all
//! the others.

use crate::transport::{MailboxSource, Waited};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Renewed this often, because some networks forget a silent connection after five minutes.
const LONGEST_WAIT: Duration = Duration::from_secs(280);
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// Starts watching; `arrived` is notified when something may have come. The tasks end when the set is dropped.
pub fn watch(sources: Vec<MailboxSource>, arrived: &Arc<Notify>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for source in sources {
        tasks.spawn(watch_one(source, Arc::clone(arrived)));
    }
    tasks
}

/// A mailbox that cannot be watched is polled by the passes all the same; their health tells staff.
async fn watch_one(mut source: MailboxSource, arrived: Arc<Notify>) {
    let mut pause = FIRST_PAUSE;
    loop {
        match source.wait(LONGEST_WAIT).await {
            Ok(Waited::Arrived) => {
                pause = FIRST_PAUSE;
                arrived.notify_one();
                // A mailbox that says "arrived" without end must not spin.
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Ok(Waited::TimePassed) => pause = FIRST_PAUSE,
            Err(error) => {
                tracing::debug!(mailbox = source.name(), %error, "the mailbox cannot be watched; polling goes on");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}
