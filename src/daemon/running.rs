//! The daemon: passes, woken by mail, by the clock and by signals, until it is asked to stop.
//!
//! The next wake is computed from the register (next step due, next attempt, next digest), bounded by the polling interval, so that neither a
//! lost announcement nor a jump of the clock leaves anything lying. What a person did by command meanwhile is seen by its event. There is one pass
//! at a time; between passes the watchers have the mailboxes.

use super::assembling::{OpenFault, Opened};
use super::lease::Lease;
use super::one_pass::Daemon;
use crate::config::{DigestSettings, Faults, Workspace, load};
use crate::intake::watch;
use crate::pass::PassReport;
use crate::pass::Stop;
use crate::register::{Durability, Heartbeat, RegisterError};
use jiff::{SignedDuration, Timestamp};
use sd_notify::NotifyState;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio::time::Instant;

/// A pass that is under way when the process is asked to stop may take this long to end, and as long as it takes to hear a server's last word about
/// a letter that is being given to it. The unit waits 90 s.
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

impl RunFault {
    /// Somebody else holds the register for a while.
    fn is_passing(&self) -> bool {
        match self {
            RunFault::Register(fault) | RunFault::Open(OpenFault::Register(fault)) => fault.is_passing(),
            _ => false,
        }
    }
}

/// What comes after a wait between passes.
enum Next {
    Pass,
    Reload,
    Stop,
}

/// How a pass ended.
pub enum Attended {
    Whole(Box<Daemon>, Result<PassReport, RegisterError>),
    /// It did not come to an end in the time that a stop leaves it, and goes down with the process.
    LeftBehind,
    /// Another process has taken over.
    LeaseLost(RegisterError),
}

/// Runs until SIGTERM or SIGINT. SIGHUP reads the configuration again; a faulty one is refused and the old one stays in force.
///
/// # Errors
///
/// Where signals cannot be listened to, another process works on the register or takes it over, the office cannot be opened, or the register cannot
/// be read or written. While another process holds the register for a while, the next pass waits instead.
pub async fn run(mut workspace: Workspace) -> Result<(), RunFault> {
    let stop = Stop::on_signals().map_err(RunFault::Signals)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(RunFault::Signals)?;
    // Before anything is touched: opening the office tells the register which mailboxes there are.
    let mut lease = Lease::take(&workspace, &stop)?;
    let mut daemon = at_work(&workspace, &stop)?;
    let arrived = Arc::new(Notify::new());
    let mut watchdog = tokio::spawn(feed_watchdog(daemon.register.heartbeat()));
    notify(&[NotifyState::Ready]);
    tracing::info!(register = %workspace.register_path.display(), mailboxes = daemon.mailboxes.len(), "demarche runs");
    let last = loop {
        let (mut rested, next) = match attended(daemon, &workspace.digests, None, &stop, &mut lease).await {
            Attended::LeftBehind => break None,
            Attended::LeaseLost(fault) => return Err(fault.into()),
            Attended::Whole(mut daemon, Ok(_)) => {
                let watchers = watch(std::mem::take(&mut daemon.mailboxes), &arrived);
                let next = rest(&daemon, &workspace, &mut hangup, &arrived, &stop, &mut lease).await;
                daemon.mailboxes = watchers.back().await;
                (daemon, next)
            }
            Attended::Whole(daemon, Err(fault)) if stop.is_asked() && fault.is_passing() => (daemon, Ok(Next::Stop)),
            Attended::Whole(daemon, Err(fault)) => (daemon, Err(fault.into())),
        };
        daemon = match next {
            Ok(Next::Pass) => *rested,
            Ok(Next::Stop) => break Some(rested),
            Ok(Next::Reload) => {
                notify(&[NotifyState::Reloading]);
                match read_again(&workspace.config_file, &rested) {
                    Err(fault) => tracing::error!(%fault, "the new configuration is refused; the old one stays in force"),
                    Ok((new, opened)) => {
                        workspace = new;
                        *rested = Daemon::with(rested.close().await, opened, &workspace, &stop)?;
                        resume(&mut rested, &workspace)?;
                        tracing::info!("the configuration was read again");
                    }
                }
                notify(&[NotifyState::Ready]);
                *rested
            }
            Err(fault) if fault.is_passing() => {
                tracing::warn!(%fault, "the register is held by another process; the next pass waits for it");
                // Opened anew: a pass that was broken off has lost its mailboxes.
                drop(rested);
                let Some(opened) = opened_again(&workspace, &stop, &mut lease).await? else { break None };
                watchdog.abort();
                watchdog = tokio::spawn(feed_watchdog(opened.register.heartbeat()));
                opened
            }
            Err(fault) => return Err(fault),
        };
    };
    notify(&[NotifyState::Stopping]);
    watchdog.abort();
    if let Some(daemon) = last {
        take_leave(*daemon, &stop).await;
    }
    drop(lease);
    tracing::info!("demarche stopped");
    Ok(())
}

/// An office that lives by this machine's clock, with what the last stop left behind seen to.
///
/// # Errors
///
/// As [`Daemon::open`]; and where the register cannot be read or written.
pub fn at_work(workspace: &Workspace, stop: &Stop) -> Result<Daemon, OpenFault> {
    let mut daemon = Daemon::open(workspace, Durability::Full, stop)?;
    resume(&mut daemon, workspace)?;
    Ok(daemon)
}

fn resume(daemon: &mut Daemon, workspace: &Workspace) -> Result<(), RegisterError> {
    daemon.live()?;
    let now = daemon.clock.time_to_begin(&daemon.register)?;
    daemon.register.look_for_sign_of_life(now)?;
    daemon.resume(&workspace.fingerprint, now)
}

/// As soon as whoever holds the register lets it go; nothing if the process is to end before.
async fn opened_again(workspace: &Workspace, stop: &Stop, lease: &mut Lease) -> Result<Option<Daemon>, RunFault> {
    loop {
        tokio::select! {
            () = tokio::time::sleep(IDLE_BEAT) => {}
            () = stop.asked() => return Ok(None),
            fault = lease.lost() => return Err(fault.into()),
        }
        match at_work(workspace, stop).map_err(RunFault::from) {
            Err(fault) if fault.is_passing() => {}
            opened => return opened.map(Some),
        }
    }
}

/// One pass of everything, on a thread of its own: whatever it does there, a wish to stop is heard, the watchdog fed and the mailboxes watched. At
/// the given time, or by this machine's clock.
pub async fn attended(mut daemon: Daemon, settings: &DigestSettings, at: Option<Timestamp>, stop: &Stop, lease: &mut Lease) -> Attended {
    let (in_transmission, last_word) = (daemon.in_transmission(), daemon.last_word);
    let (runtime, settings) = (tokio::runtime::Handle::current(), settings.clone());
    let mut pass = tokio::task::spawn_blocking(move || {
        let passed = runtime.block_on(async {
            match at {
                Some(now) => pass_at(&mut daemon, &settings, now).await,
                None => pass_by_the_clock(&mut daemon, &settings).await,
            }
        });
        (Box::new(daemon), passed)
    });
    let ended = tokio::select! {
        ended = &mut pass => Some(ended),
        fault = lease.lost() => {
            stop.ask();
            return Attended::LeaseLost(fault);
        }
        () = stop.asked() => None,
    };
    let ended = match ended {
        Some(ended) => Some(ended),
        None => match tokio::time::timeout(GRACE, &mut pass).await {
            Ok(ended) => Some(ended),
            Err(_) if in_transmission.is_set() => tokio::time::timeout(last_word, &mut pass).await.ok(),
            Err(_) => None,
        },
    };
    match ended {
        Some(ended) => {
            let (daemon, passed) = ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
            Attended::Whole(daemon, passed)
        }
        None => {
            tracing::warn!("the pass did not come to an end in time; what is stored is unharmed, and the next one goes on from there");
            Attended::LeftBehind
        }
    }
}

/// Leaves servers politely. Once the process is to end, those that do not say goodbye are left without one.
pub async fn take_leave(daemon: Daemon, stop: &Stop) {
    let impatient = async {
        stop.asked().await;
        tokio::time::sleep(GOODBYE).await;
    };
    tokio::select! { _ = daemon.close() => {}, () = impatient => tracing::debug!("a server was left without a goodbye") }
}

/// Waits between passes, by a clock that nobody can set.
async fn rest(
    daemon: &Daemon,
    workspace: &Workspace,
    hangup: &mut Signal,
    arrived: &Notify,
    stop: &Stop,
    lease: &mut Lease,
) -> Result<Next, RunFault> {
    let until = Instant::now() + time_to_rest(daemon, workspace)?;
    let seen = daemon.register.last_event()?;
    loop {
        tokio::select! {
            biased;
            () = stop.asked() => return Ok(Next::Stop),
            _ = hangup.recv() => return Ok(Next::Reload),
            fault = lease.lost() => return Err(fault.into()),
            () = arrived.notified() => return Ok(Next::Pass),
            () = tokio::time::sleep_until(until) => return Ok(Next::Pass),
            () = tokio::time::sleep(IDLE_BEAT) => {
                daemon.register.is_in_its_place()?;
                daemon.register.heartbeat().beat();
                // What a person did by command meanwhile.
                if daemon.register.last_event()? != seen {
                    return Ok(Next::Pass);
                }
            }
        }
    }
}

/// A configuration with everything that it names: what cannot be opened is refused while the old one still works.
fn read_again(file: &Path, daemon: &Daemon) -> Result<(Workspace, Opened), RunFault> {
    let workspace = load(file)?;
    daemon.register.is_of(&workspace.secret)?;
    let opened = Opened::of(&workspace, Durability::Full)?;
    Ok((workspace, opened))
}

/// One pass with its digests, by this machine's clock as far as it is believed.
///
/// # Errors
///
/// Where the register cannot be read or written. A mailbox or server that fails is a fault of the report, not an error.
pub async fn pass_by_the_clock(daemon: &mut Daemon, settings: &DigestSettings) -> Result<PassReport, RegisterError> {
    let mut report = PassReport::default();
    let begun = daemon.receive_and_write(&mut report).await?;
    daemon.send_and_receive(settings, begun, &mut report).await?;
    end_pass(daemon, settings, begun, &mut report).await?;
    if let Err(error) = daemon.register.give_sign_of_life() {
        tracing::warn!(%error, "no sign of life could be given: a register that is restored will not be known for one");
    }
    Ok(report)
}

/// The pass of `tick --at` and the demo, at a given time: everything that came, everything due, everything to staff.
///
/// # Errors
///
/// Where the register cannot be read or written. A mailbox or server that fails is a fault of the report, not an error.
pub async fn pass_at(daemon: &mut Daemon, settings: &DigestSettings, now: Timestamp) -> Result<PassReport, RegisterError> {
    let mut report = daemon.pass(now).await?;
    end_pass(daemon, settings, now, &mut report).await?;
    Ok(report)
}

/// With what each pass ends, by whichever clock, once the letters have left that are due: what staff are told of it leaves too.
async fn end_pass(daemon: &mut Daemon, settings: &DigestSettings, begun: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
    if !daemon.stop.is_asked() {
        let now = daemon.moment(begun)?;
        daemon.write_to_staff(settings, now, report)?;
        daemon.send_and_receive(settings, now, report).await?;
    }
    tell(report);
    Ok(())
}

/// In one line, if anything happened.
fn tell(report: &PassReport) {
    if !report.is_quiet() {
        tracing::info!(
            ingested = report.ingested,
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
}

fn time_to_rest(daemon: &Daemon, workspace: &Workspace) -> Result<Duration, RegisterError> {
    let now = daemon.moment(Timestamp::now())?;
    let poll = workspace.mailboxes.iter().map(|mailbox| mailbox.poll).min().unwrap_or(Duration::from_secs(300));
    let register = &daemon.register;
    let digest = daemon.next_digest_hour(&workspace.digests, now);
    let due = [register.next_due(None)?, register.next_attempt()?, register.next_release()?, Some(digest)];
    let wake_at = wake_at(now, poll, due.into_iter().flatten());
    Ok(Duration::try_from(wake_at.duration_since(now)).unwrap_or_default())
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

async fn feed_watchdog(heartbeat: Heartbeat) {
    let Some(interval) = sd_notify::watchdog_enabled() else { return };
    let mut ticks = tokio::time::interval(interval / 2);
    loop {
        ticks.tick().await;
        if heartbeat.silent_for() < LONGEST_SILENCE {
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
