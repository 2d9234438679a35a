//! `tick` and `run`: the office at work.

use super::memory;
use super::output;
use super::place::Place;
use crate::config::Workspace;
use crate::daemon::lease::Lease;
use crate::daemon::running::Attended;
use crate::daemon::{Daemon, running};
use crate::pass::PassReport;
use crate::pass::Stop;
use crate::register::{Durability, OutsideHours};
use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::prelude::*;

/// One pass of everything: receive, link, remind, send, digest; for cron and systemd timers
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  demarche tick\n  demarche tick --at 2026-12-24T09:00:00+01:00   (on a copy of the workspace, as a rehearsal)"
)]
pub struct Tick {
    /// Take this as the time, as 2026-12-24T09:00:00Z; never before the register's last event
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Makes one pass, by this machine's clock or at the given time, and tells what it did; times in the office's zone.
///
/// # Errors
///
/// Where the log or the runtime cannot be started or signals cannot be listened to; the workspace, its register or what its configuration names
/// cannot be opened; another process works on the register or takes it over; it cannot be read or written; demarche is asked to stop before the
/// pass has ended; or the JSON cannot be written. A mailbox or server that fails is no error: it is told, with exit code 4.
pub fn tick(arguments: &Tick, place: &Place) -> anyhow::Result<ExitCode> {
    memory::hold_little();
    start_log()?;
    let workspace = place.load()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let ticked = runtime.block_on(one_tick(arguments.at, &workspace));
    // Whatever still waits on a server must not keep the process.
    runtime.shutdown_background();
    let report = ticked?;
    if arguments.json {
        output::print_json(&report)?;
    } else {
        tell(&report, &workspace.rules.time_zone);
    }
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(4) })
}

async fn one_tick(at: Option<Timestamp>, workspace: &Workspace) -> anyhow::Result<PassReport> {
    let stop = Stop::on_signals().context("signals cannot be listened to")?;
    // Of processes, which live in real time, whatever time is rehearsed.
    let mut lease = Lease::take(workspace, &stop)?;
    let (daemon, at) = match at {
        Some(at) => {
            let (daemon, at) = rehearsing(at, workspace, &stop)?;
            (daemon, Some(at))
        }
        None => (running::at_work(workspace, &stop)?, None),
    };
    match running::attended(daemon, &workspace.digests, at, &stop, &mut lease).await {
        Attended::Whole(daemon, passed) => {
            let waits = || daemon.register.outside_hours(daemon.register.time_to_act(at.unwrap_or_else(Timestamp::now))?);
            let report = passed.and_then(|report| Ok(PassReport { outside_hours: waits()?, ..report }));
            running::take_leave(*daemon, &stop).await;
            Ok(report?)
        }
        Attended::LeftBehind => bail!("the pass was broken off, for demarche was asked to stop; the next one goes on from there"),
        Attended::LeaseLost(fault) => Err(fault.into()),
    }
}

/// The office, and the time of its pass: as with every command, never before the last event. Somebody who prepares a register today and
/// rehearses this morning's pass gets that pass as of now, and is told so.
fn rehearsing(at: Timestamp, workspace: &Workspace, stop: &Stop) -> anyhow::Result<(Daemon, Timestamp)> {
    let mut daemon = Daemon::open(workspace, Durability::Full, stop)?;
    let at = match daemon.register.last_event_at()?.filter(|last| at < *last) {
        Some(last) => {
            eprintln!("demarche: --at {at} lies before the register's last event; the pass is made as of that event, {last}");
            last
        }
        None => at,
    };
    daemon.rehearse();
    daemon.resume(&workspace.fingerprint, at)?;
    Ok((daemon, at))
}

fn tell(report: &PassReport, zone: &TimeZone) {
    println!(
        "{} received: {} linked, {} waiting for a person, {} set aside",
        output::counted(report.ingested, "mail", "mails"),
        report.linked,
        report.waiting_for_a_person,
        report.set_aside
    );
    println!(
        "{} written, {} sent, {} refused, {} of unknown outcome; {}",
        output::counted(report.letters_written, "letter", "letters"),
        report.letters_sent,
        report.letters_refused,
        report.outcomes_unknown,
        output::counted(report.digests, "digest", "digests")
    );
    for (reference, why) in &report.held {
        output::paragraph(&format!("{reference} is held: {why}"), 0);
    }
    if let Some(OutsideHours { letters, until }) = &report.outside_hours {
        let wait = output::counted(*letters, "letter waits", "letters wait");
        let until = output::moment(*until, zone);
        output::paragraph(
            &format!("{wait}, since it is outside of the hours in which letters leave ([hours] of the configuration), until {until}"),
            0,
        );
    }
    for fault in &report.faults {
        output::paragraph(&format!("fault: {fault}"), 0);
    }
}

/// The daemon: receive, link, remind, send, digest, until it is stopped
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  demarche -C /srv/demarche run\n\nSIGHUP reads the configuration again; SIGTERM stops within ten seconds, or, in the middle of a letter, when the server has answered."
)]
pub struct Run {}

/// Runs the daemon until it is stopped.
///
/// # Errors
///
/// Where the log or the runtime cannot be started, the workspace cannot be loaded, or as [`running::run`].
pub fn run(_: &Run, place: &Place) -> anyhow::Result<ExitCode> {
    memory::hold_little();
    start_log()?;
    let workspace = place.load()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ran = runtime.block_on(running::run(workspace));
    // Whatever still waits on a server must not keep the process.
    runtime.shutdown_background();
    Ok(ran.map(|()| ExitCode::SUCCESS)?)
}

/// To the journal when systemd runs us, else to standard error. `DEMARCHE_LOG` sets what is logged (`debug`, or `demarche=debug`).
fn start_log() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("DEMARCHE_LOG").unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    if std::env::var_os("JOURNAL_STREAM").is_some()
        && let Ok(journal) = tracing_journald::layer()
    {
        registry.with(journal).try_init()?;
    } else {
        let lines =
            tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(std::io::stderr().is_terminal());
        registry.with(lines).try_init()?;
    }
    Ok(())
}
