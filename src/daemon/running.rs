//! The daemon: passes, woken by mail, by the clock and by signals, until it is asked to stop.
//!
//! The next wake is computed from the register (next step due, next attempt, next digest), bounded by the polling interval, so that neither a
//! lost announcement nor a jump of the clock leaves anything lying. One task owns the register's write connection; watchers only notify it.

use super::assembling::OpenFault;
use super::office::{Office, PassReport};
use super::watching::watch;
use crate::config::{DigestSettings, Faults, Workspace, load};
use crate::register::{Durability, RegisterError};
use crate::transport::MailboxSource;
use jiff::{SignedDuration, Timestamp};
use sd_notify::NotifyState;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

/// A lease not renewed for this long is taken to be of a daemon that is gone; longer than the longest pass.
pub const LEASE_AGE: SignedDuration = SignedDuration::from_mins(20);
const RENEW_LEASE: Duration = Duration::from_secs(60);
/// A pass that is under way when the daemon is asked to stop may take this long to end. systemd waits 90 s, people less.
const GRACE: Duration = Duration::from_secs(7);
/// How long servers may take to say goodbye after that; together less than the ten seconds that are promised.
const GOODBYE: Duration = Duration::from_secs(1);
/// The watchdog is fed while the last sign of progress is younger than this: a pass over a slow server takes minutes, not more.
const LONGEST_SILENCE_SECONDS: i64 = 900;

#[derive(Debug, thiserror::Error)]
pub enum RunFault {
    #[error(transparent)]
    Open(#[from] OpenFault),
    #[error(transparent)]
    Register(#[from] RegisterError),
    #[error(transparent)]
    Configuration(#[from] Faults),
    #[error("signals cannot be listened to: {0}")]
    Signals(std::io::Error),
}

/// Why a wait between passes ended.
enum Woken {
    /// Mail, or the time.
    ForAPass,
    ToRenewTheLease,
    ToReload,
    ToStop,
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> Result<Signals, RunFault> {
        let on = |kind| signal(kind).map_err(RunFault::Signals);
        Ok(Signals { terminate: on(SignalKind::terminate())?, interrupt: on(SignalKind::interrupt())?, hangup: on(SignalKind::hangup())? })
    }

    async fn asked_to_stop(&mut self) {
        tokio::select! { _ = self.terminate.recv() => {}, _ = self.interrupt.recv() => {} }
    }
}

/// Runs until SIGTERM or SIGINT. SIGHUP reads the configuration again; a faulty one is refused and the old one stays in force.
pub async fn run(mut workspace: Workspace) -> Result<(), RunFault> {
    let mut signals = Signals::listen()?;
    let holder = holder();
    let mut office = Office::open(&workspace, Durability::Full)?;
    office.register.take_lease(&holder, LEASE_AGE, is_gone, Timestamp::now())?;
    office.resume(&workspace.fingerprint, Timestamp::now())?;
    let arrived = Arc::new(Notify::new());
    let mut watchers = watch(sources(&workspace)?, &arrived);
    let progress = Arc::new(AtomicI64::new(Timestamp::now().as_second()));
    let watchdog = tokio::spawn(feed_watchdog(Arc::clone(&progress)));
    notify(&[NotifyState::Ready]);
    tracing::info!(register = %workspace.register_path.display(), mailboxes = watchers.len(), "demarche runs");
    'passes: loop {
        office.register.take_lease(&holder, LEASE_AGE, is_gone, Timestamp::now())?;
        let mut pass = Box::pin(one_pass(&mut office, &workspace.digests));
        let stopping = tokio::select! {
            passed = &mut pass => {
                passed?;
                false
            }
            () = signals.asked_to_stop() => true,
        };
        if stopping {
            // An attempt that is cut off at the end of the grace is found at the next start and looked into.
            if let Ok(passed) = tokio::time::timeout(GRACE, &mut pass).await {
                passed?;
            }
            break 'passes;
        }
        drop(pass);
        progress.store(Timestamp::now().as_second(), Ordering::Relaxed);
        let wake_at = next_wake(&office, &workspace)?;
        loop {
            match wait(&mut signals, &arrived, wake_at).await {
                Woken::ForAPass => continue 'passes,
                Woken::ToRenewTheLease => office.register.take_lease(&holder, LEASE_AGE, is_gone, Timestamp::now())?,
                Woken::ToStop => break 'passes,
                Woken::ToReload => {
                    notify(&[NotifyState::Reloading]);
                    match load(&workspace.config_file) {
                        Err(faults) => tracing::error!(%faults, "the new configuration is refused; the old one stays in force"),
                        Ok(new) => {
                            watchers.shutdown().await;
                            workspace = new;
                            office = Office::around(office.close().await, &workspace)?;
                            office.resume(&workspace.fingerprint, Timestamp::now())?;
                            watchers = watch(sources(&workspace)?, &arrived);
                            tracing::info!("the configuration was read again");
                        }
                    }
                    notify(&[NotifyState::Ready]);
                    continue 'passes;
                }
            }
        }
    }
    notify(&[NotifyState::Stopping]);
    watchdog.abort();
    watchers.shutdown().await;
    office.register.give_up_lease(&holder)?;
    // Servers that do not say goodbye are left without one.
    if tokio::time::timeout(GOODBYE, office.close()).await.is_err() {
        tracing::debug!("a server was left without a goodbye");
    }
    tracing::info!("demarche stopped");
    Ok(())
}

/// One pass with its digests, told in one line if anything happened.
pub async fn one_pass(office: &mut Office, settings: &DigestSettings) -> Result<PassReport, RegisterError> {
    let clock = Timestamp::now();
    // A clock that went backwards must not put events before those already recorded.
    let now = office.register.last_event_at()?.map_or(clock, |last| last.max(clock));
    whole_pass(office, settings, now).await
}

/// The pass of `tick` and `run`: everything that came, everything due, everything to staff.
pub async fn whole_pass(office: &mut Office, settings: &DigestSettings, now: Timestamp) -> Result<PassReport, RegisterError> {
    let mut report = office.pass(now).await?;
    office.write_to_staff(settings, now, &mut report)?;
    office.send(now, &mut report).await?;
    if !report.is_quiet() {
        tracing::info!(
            taken_in = report.taken_in,
            linked = report.linked,
            waiting = report.waiting_for_a_person,
            set_aside = report.set_aside,
            written = report.letters_written,
            sent = report.letters_sent,
            refused = report.letters_refused,
            unknown = report.outcomes_unknown,
            digests = report.digests,
            faults = report.faults.len(),
            "pass"
        );
    }
    Ok(report)
}

async fn wait(signals: &mut Signals, arrived: &Notify, wake_at: Timestamp) -> Woken {
    let until = u64::try_from(wake_at.as_second() - Timestamp::now().as_second()).unwrap_or(0);
    tokio::select! {
        biased;
        _ = signals.terminate.recv() => Woken::ToStop,
        _ = signals.interrupt.recv() => Woken::ToStop,
        _ = signals.hangup.recv() => Woken::ToReload,
        () = arrived.notified() => Woken::ForAPass,
        () = tokio::time::sleep(Duration::from_secs(until)) => Woken::ForAPass,
        () = tokio::time::sleep(RENEW_LEASE) => Woken::ToRenewTheLease,
    }
}

fn next_wake(office: &Office, workspace: &Workspace) -> Result<Timestamp, RegisterError> {
    let now = Timestamp::now();
    let poll = workspace.mailboxes.iter().map(|mailbox| mailbox.poll).min().unwrap_or(Duration::from_secs(300));
    let due = [office.register.next_due()?, office.register.next_attempt()?, Some(office.next_digest_hour(&workspace.digests, now))];
    Ok(wake_at(now, poll, due.into_iter().flatten()))
}

/// The earliest of: the next step, the next attempt, the next digest, the next poll. What was due already and is still there after a pass is held
/// or paced: it is looked at again after a minute, not at once, since it may wait for a person for days.
fn wake_at(now: Timestamp, poll: Duration, due: impl Iterator<Item = Timestamp>) -> Timestamp {
    let in_seconds = |seconds: i64| now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
    let at_poll = in_seconds(i64::try_from(poll.as_secs()).unwrap_or(300));
    due.map(|moment| if moment <= now { in_seconds(60) } else { moment }).fold(at_poll, Timestamp::min).max(in_seconds(5))
}

fn sources(workspace: &Workspace) -> Result<Vec<MailboxSource>, OpenFault> {
    let mut sources = Vec::new();
    for settings in &workspace.mailboxes {
        sources.extend(settings.sources()?);
    }
    Ok(sources)
}

/// Names this process in the lease.
pub fn holder() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("process {} on {host}", std::process::id())
}

/// Whether the holder of a lease is a process of this machine that no longer runs. Of other machines nothing is known.
pub fn is_gone(holder: &str) -> bool {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let Some((process, holder_host)) = holder.strip_prefix("process ").and_then(|rest| rest.split_once(" on ")) else { return false };
    let Some(process) = process.parse().ok().and_then(rustix::process::Pid::from_raw) else { return false };
    holder_host == host && rustix::process::test_kill_process(process) == Err(rustix::io::Errno::SRCH)
}

fn notify(states: &[NotifyState<'_>]) {
    // Without systemd there is nobody to tell.
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd could not be told");
    }
}

async fn feed_watchdog(progress: Arc<AtomicI64>) {
    let Some(interval) = sd_notify::watchdog_enabled() else { return };
    let mut ticks = tokio::time::interval(interval / 2);
    loop {
        ticks.tick().await;
        if Timestamp::now().as_second() - progress.load(Ordering::Relaxed) < LONGEST_SILENCE_SECONDS {
            notify(&[NotifyState::Watchdog]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::wake_at;
    use jiff::{SignedDuration, Timestamp};
    use std::time::Duration;

    #[test]
    fn what_is_held_is_looked_at_once_a_minute_and_what_comes_when_it_comes() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let after = |seconds| now + SignedDuration::from_secs(seconds);
        let wake = |due: &[i64]| wake_at(now, Duration::from_secs(300), due.iter().map(|seconds| after(*seconds)));
        assert_eq!(wake(&[]), after(300));
        assert_eq!(wake(&[-86_400, 0]), after(60));
        assert_eq!(wake(&[-86_400, 20]), after(20));
        assert_eq!(wake(&[1]), after(5));
    }
}
