//! The daemon: passes, woken by mail, by the clock and by signals, until it is asked to stop.
//!
//! The next wake is computed from the register (next step due, next attempt, next digest), bounded by the polling interval, so that neither a
//! lost announcement nor a jump of the clock leaves anything lying. What a person did by command meanwhile is seen by its event. One task owns the register's write connection; watchers only notify it, and have the mailboxes while it waits.

use super::assembling::{Equipment, OpenFault};
use super::lease::Lease;
use super::office::{Office, PassReport};
use super::watching::watch;
use crate::config::{DigestSettings, Faults, Workspace, load};
use crate::register::{Durability, Pulse, RegisterError};
use jiff::{SignedDuration, Timestamp};
use sd_notify::NotifyState;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

/// A pass that is under way when the daemon is asked to stop may take this long to end. systemd waits 90 s, people less.
const GRACE: Duration = Duration::from_secs(6);
/// How long servers may take to say goodbye after that; together less than the ten seconds that are promised.
const GOODBYE: Duration = Duration::from_secs(1);
/// The watchdog is fed while the register's last sign of progress is younger than this. In between lies at most one letter to a server that takes
/// its time for each answer, or one batch of mail over a slow line.
const LONGEST_SILENCE: Duration = Duration::from_secs(60 * 60);
/// How often a daemon that has nothing to do says that it is well, and looks whether a person has changed something meanwhile.
const IDLE_BEAT: Duration = Duration::from_secs(5);

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
    ToLook,
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
    // Before anything is touched: opening the office tells the register which mailboxes there are.
    let mut lease = Lease::take(&workspace)?;
    let mut office = Office::open(&workspace, Durability::Full)?;
    office.resume(&workspace.fingerprint, Timestamp::now())?;
    let arrived = Arc::new(Notify::new());
    let watchdog = tokio::spawn(feed_watchdog(office.register.pulse()));
    notify(&[NotifyState::Ready]);
    tracing::info!(register = %workspace.register_path.display(), mailboxes = office.mailboxes.len(), "demarche runs");
    'passes: loop {
        let mut pass = Box::pin(one_pass(&mut office, &workspace.digests));
        let stopping = tokio::select! {
            passed = &mut pass => {
                passed?;
                false
            }
            () = signals.asked_to_stop() => true,
            fault = lease.lost() => return Err(fault.into()),
        };
        if stopping {
            // An attempt that is cut off at the end of the grace is found at the next start and looked into.
            if let Ok(passed) = tokio::time::timeout(GRACE, &mut pass).await {
                passed?;
            }
            break 'passes;
        }
        drop(pass);
        let wake_at = next_wake(&office, &workspace)?;
        let seen = office.register.last_event()?;
        let watchers = watch(std::mem::take(&mut office.mailboxes), &arrived);
        let woken = loop {
            let woken = tokio::select! {
                woken = wait(&mut signals, &arrived, wake_at) => woken,
                fault = lease.lost() => return Err(fault.into()),
            };
            match woken {
                Woken::ToLook => {
                    office.register.pulse().beat();
                    if office.register.last_event()? != seen {
                        break Woken::ForAPass;
                    }
                }
                woken => break woken,
            }
        };
        office.mailboxes = watchers.back().await;
        match woken {
            Woken::ForAPass | Woken::ToLook => {}
            Woken::ToStop => break 'passes,
            Woken::ToReload => {
                notify(&[NotifyState::Reloading]);
                match read_again(&workspace.config_file) {
                    Err(fault) => tracing::error!(%fault, "the new configuration is refused; the old one stays in force"),
                    Ok((new, equipment)) => {
                        workspace = new;
                        office = Office::equipped(office.close().await, equipment, &workspace)?;
                        office.resume(&workspace.fingerprint, Timestamp::now())?;
                        tracing::info!("the configuration was read again");
                    }
                }
                notify(&[NotifyState::Ready]);
            }
        }
    }
    notify(&[NotifyState::Stopping]);
    watchdog.abort();
    // Servers that do not say goodbye are left without one.
    if tokio::time::timeout(GOODBYE, office.close()).await.is_err() {
        tracing::debug!("a server was left without a goodbye");
    }
    drop(lease);
    tracing::info!("demarche stopped");
    Ok(())
}

/// A configuration with everything that it names: what cannot be opened is refused while the old one still works.
fn read_again(file: &Path) -> Result<(Workspace, Equipment), RunFault> {
    let workspace = load(file)?;
    let equipment = Equipment::of(&workspace, Durability::Full)?;
    Ok((workspace, equipment))
}

/// One pass with its digests, told in one line if anything happened.
pub async fn one_pass(office: &mut Office, settings: &DigestSettings) -> Result<PassReport, RegisterError> {
    let now = office.register.time_to_act(Timestamp::now())?;
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
        () = tokio::time::sleep(IDLE_BEAT) => Woken::ToLook,
    }
}

fn next_wake(office: &Office, workspace: &Workspace) -> Result<Timestamp, RegisterError> {
    let now = Timestamp::now();
    let poll = workspace.mailboxes.iter().map(|mailbox| mailbox.poll).min().unwrap_or(Duration::from_secs(300));
    let due = [office.register.next_due(None)?, office.register.next_attempt()?, Some(office.next_digest_hour(&workspace.digests, now))];
    Ok(wake_at(now, poll, due.into_iter().flatten()))
}

/// The earliest of: the next step, the next attempt, the next digest, the next poll. What was due already and is still there after a pass is held
/// or paced: it is looked at again after a minute, not at once, since it may wait for a person for days.
fn wake_at(now: Timestamp, poll: Duration, due: impl Iterator<Item = Timestamp>) -> Timestamp {
    let in_seconds = |seconds: i64| now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
    let at_poll = in_seconds(i64::try_from(poll.as_secs()).unwrap_or(300));
    due.map(|moment| if moment <= now { in_seconds(60) } else { moment }).fold(at_poll, Timestamp::min).max(in_seconds(5))
}

fn notify(states: &[NotifyState<'_>]) {
    // Without systemd there is nobody to tell.
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd could not be told");
    }
}

async fn feed_watchdog(pulse: Pulse) {
    let Some(interval) = sd_notify::watchdog_enabled() else { return };
    let mut ticks = tokio::time::interval(interval / 2);
    loop {
        ticks.tick().await;
        if pulse.silent_for() < LONGEST_SILENCE {
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
