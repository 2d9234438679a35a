//! The right to be the one that works on a register: taken before anything is touched, kept up while the process lives, given up at the end.
//!
//! A thread renews it over a connection of its own. Considered instead: renewing it with each step of a pass. One letter to a slow server may take
//! half an hour (RFC 5321 §4.5.3.2), and a daemon that only looks dead still sends. Whether it gets on with its work is another question, and the
//! watchdog's.

use crate::config::Workspace;
use crate::register::{Register, RegisterError};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// A lease not renewed for this long is of a daemon that is gone, or of a machine that sleeps.
const AGE: SignedDuration = SignedDuration::from_mins(20);
const RENEWED_EVERY: Duration = Duration::from_secs(60);

/// Given up when dropped.
pub struct Lease {
    /// Dropped, it tells the keeper to end.
    until: Option<Sender<()>>,
    keeper: Option<JoinHandle<()>>,
    lost: oneshot::Receiver<RegisterError>,
}

impl Lease {
    /// Refused while another process works on the workspace's register.
    pub fn take(workspace: &Workspace) -> Result<Lease, RegisterError> {
        let mut register = Register::open(&workspace.register_path, Arc::new(workspace.rules.clone()))?;
        let holder = holder();
        register.take_lease(&holder, AGE, is_gone, Timestamp::now())?;
        let (until, given_up) = channel();
        let (losing, lost) = oneshot::channel();
        let keeper = std::thread::Builder::new()
            .name("lease".into())
            .spawn(move || {
                if let Err(fault) = keep(&mut register, &holder, &given_up) {
                    // Nobody may be listening any more.
                    let _ = losing.send(fault);
                } else if let Err(error) = register.give_up_lease(&holder) {
                    tracing::warn!(%error, "the lease could not be given up; it ends by itself, for this process is gone");
                }
            })
            .map_err(|error| RegisterError::Refused(format!("no thread can be started to keep up the lease: {error}")))?;
        Ok(Lease { until: Some(until), keeper: Some(keeper), lost })
    }

    /// Waits until another process has taken over: this one slept for too long, and must stop at once.
    pub async fn lost(&mut self) -> RegisterError {
        match (&mut self.lost).await {
            Ok(fault) => fault,
            Err(_) => std::future::pending().await,
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.until.take());
        if let Some(keeper) = self.keeper.take() {
            // A keeper that panicked has nothing left to give up.
            let _ = keeper.join();
        }
    }
}

fn keep(register: &mut Register, holder: &str, given_up: &Receiver<()>) -> Result<(), RegisterError> {
    while given_up.recv_timeout(RENEWED_EVERY) == Err(RecvTimeoutError::Timeout) {
        match register.take_lease(holder, AGE, is_gone, Timestamp::now()) {
            Ok(()) => {}
            Err(fault @ RegisterError::AtWork(_)) => return Err(fault),
            Err(error) => tracing::warn!(%error, "the lease could not be renewed; it is tried again in a minute"),
        }
    }
    Ok(())
}

/// Names this process in the lease.
fn holder() -> String {
    format!("process {} on {}", std::process::id(), this_machine())
}

fn this_machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Whether the holder of a lease is a process of this machine that no longer runs. Of other machines nothing is known.
fn is_gone(holder: &str) -> bool {
    let Some((process, machine)) = holder.strip_prefix("process ").and_then(|rest| rest.split_once(" on ")) else { return false };
    let Some(process) = process.parse().ok().and_then(rustix::process::Pid::from_raw) else { return false };
    machine == this_machine() && rustix::process::test_kill_process(process) == Err(rustix::io::Errno::SRCH)
}
