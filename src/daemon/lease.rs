//! The right to be the one that works on a register: taken before anything is touched, kept up while the process lives, given up at the end.
//!
//! It is a lock on a file beside the register (flock(2)), which the kernel gives up with the process, and holds between containers that share a
//! folder; and a row in the register, which names the holder and holds towards a machine with another kernel. Considered instead: process number
//! and host name in the row alone. In containers every daemon is process 1, and each of two took the other for one that had ended.
//!
//! A thread renews the row over a connection of its own. Considered instead: renewing it with each step of a pass. One letter to a slow server may
//! take half an hour (RFC 5321 §4.5.3.2), and a daemon that has not renewed its row may still be sending. Whether it gets on with its work is another
//! question, which the watchdog asks.

use crate::config::Workspace;
use crate::domain::refusal::{OtherProcess, Refusal};
use crate::pass::Stop;
use crate::register::{Register, RegisterError, last_at_work};
use jiff::{SignedDuration, Timestamp};
use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// A row not renewed for this long is of a daemon that is gone: its machine was started anew since, or is another one.
const AGE: SignedDuration = SignedDuration::from_mins(3);
const RENEWED_EVERY: Duration = Duration::from_secs(60);

/// Given up when dropped.
pub struct Lease {
    /// Dropped, it tells the keeper to end.
    until: Option<Sender<()>>,
    keeper: Option<JoinHandle<()>>,
    lost: oneshot::Receiver<RegisterError>,
    /// Given up by the kernel when it is closed.
    _lock: File,
}

impl Lease {
    /// Refused while another process works on the workspace's register.
    ///
    /// # Errors
    ///
    /// Where the register cannot be opened or written, another process works on it, the file of the lock cannot be made or locked, or no thread can
    /// be started that renews the lease.
    pub fn take(workspace: &Workspace, stop: &Stop) -> Result<Lease, RegisterError> {
        let mut register = Register::open(&workspace.register_path, Arc::new(workspace.rules.clone()))?;
        register.hurry_when(stop.wish());
        let lock = lock(workspace, || Ok(register.lease()?.map(|(holder, _)| holder)))?;
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
            .map_err(|error| Refusal::NoThreadForLease { said: error.to_string() })?;
        Ok(Lease { until: Some(until), keeper: Some(keeper), lost, _lock: lock })
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

/// Who works on the register, or did so within the last minutes and was killed.
pub fn last_holder(register: &Path) -> Option<String> {
    last_at_work(register, AGE, Timestamp::now())
}

/// Holds the place of a register that may be lost or damaged, and is not opened for writing. Refused while another process works there.
///
/// # Errors
///
/// Where another process works there, one of another start of a machine did so in the last three minutes, or the file of the lock cannot be made or
/// locked.
pub fn hold_place(workspace: &Workspace) -> Result<File, RegisterError> {
    let last_holder = || last_holder(&workspace.register_path);
    let lock = lock(workspace, || Ok(last_holder()))?;
    match last_holder().filter(|holder| !is_gone(holder)) {
        Some(holder) => Err(RegisterError::AtWork(OtherProcess::WorkedLately { holder, within_seconds: AGE.as_secs() })),
        None => Ok(lock),
    }
}

/// The lock beside the register, or why it cannot be had.
fn lock(workspace: &Workspace, holder: impl FnOnce() -> Result<Option<String>, RegisterError>) -> Result<File, RegisterError> {
    let mut path = workspace.register_path.clone().into_os_string();
    path.push("-lock");
    let path = PathBuf::from(path);
    let file_error = |error| RegisterError::File { path: path.display().to_string(), error };
    // Never taken away: whoever holds a lock on a file without a name holds nothing.
    let file = File::options().write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(file_error)?;
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(RegisterError::AtWork(OtherProcess::HoldsLock { holder: holder()? })),
        Err(error) => Err(file_error(io::Error::from(error))),
    }
}

/// Names this process in the lease: for people by number and machine, for programs by what no other process ever shares.
fn holder() -> String {
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("process {} on {machine}, boot {}, {}", std::process::id(), kernel("boot_id"), kernel("uuid"))
}

/// What the kernel draws at random: for this start of the machine, or anew (random(4)).
fn kernel(what: &str) -> String {
    std::fs::read_to_string(format!("/proc/sys/kernel/random/{what}"))
        .map_or_else(|_| "unknown".to_owned(), |drawn| drawn.trim().to_owned())
}

/// Whether the holder of a row is a process that no longer runs. Of this start of this machine it would still have the lock, which is ours by now.
fn is_gone(holder: &str) -> bool {
    let boot = kernel("boot_id");
    boot != "unknown" && holder.contains(&format!("boot {boot},"))
}
