//! The wish that the process end: heard from signals on a thread of the runtime, and looked at by a pass between letters, steps, mailboxes and
//! batches, so that none of these is interrupted.
//!
//! Considered instead: dropping the pass wherever it is. In a trial, each of forty letters was interrupted that way while a server was receiving it,
//! and all were sent a second time later, against promise 3.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

/// Clones are of one wish.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    asked: Arc<AtomicBool>,
    told: Arc<Notify>,
}

impl Stop {
    /// Asked by SIGTERM or SIGINT. Within a runtime with a thread besides the one that works, which may be busy.
    ///
    /// # Errors
    ///
    /// Where the system does not let the process listen for these signals.
    pub fn on_signals() -> io::Result<Stop> {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let stop = Stop::default();
        let asking = stop.clone();
        tokio::spawn(async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            asking.ask();
        });
        Ok(stop)
    }

    pub fn ask(&self) {
        self.asked.store(true, Ordering::Release);
        self.told.notify_waiters();
    }

    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }

    /// For rooms that know nothing of signals.
    pub fn wish(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.asked)
    }

    /// Waits until it is asked.
    pub async fn asked(&self) {
        // Before the look, so that a wish between look and wait is not missed.
        let told = self.told.notified();
        if !self.is_asked() {
            told.await;
        }
    }
}
