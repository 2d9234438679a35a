//! `demarche demo`: the main job on real reports, with nothing else installed.

use crate::cli::output;
use crate::demo::demo_folder::{self, Laid};
use crate::demo::outcome::{Outcome, ReportState};
use crate::demo::replay::Replay;
use crate::demo::reports::{self, PUBLISHED_ON, Report};
use crate::domain::letter::LetterRole;
use crate::domain::request::ExchangeState;
use anyhow::bail;
use clap::Args;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Replay twelve years of real reports to authorities, from the first letter to the last reminder, on a virtual clock.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche demo\n  demarche demo --seed 7 --dir /tmp/office --json > outcome.json\n\n\
The authorities and the staff are played by stand-ins: how many replies a report got is in the data, which\n\
addressee replied, when and how is drawn from the seed. Nothing leaves the folder.")]
pub struct Arguments {
    /// Another file of reports, in the columns of the built-in one (ref, date_of_report, area, category, sent_to, replies_count, published_status).
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The last day of the replay; its states are compared with the published ones.
    #[arg(long, value_name = "DATE", default_value_t = PUBLISHED_ON)]
    until: Date,
    /// Who replies, when and how is drawn from it: the same seed gives the same replay.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The folder to play in; an earlier demonstration there is replaced.
    #[arg(long, value_name = "DIR", default_value = "demo-office")]
    dir: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Lays the folder out, replays the reports in it, and tells how the states on the last day compare with the published ones.
///
/// # Errors
///
/// Where the reports cannot be read, the last day lies outside of the years 1990 to 2150, the folder cannot be laid out, the replay breaks off, or
/// the output cannot be written. States that differ are no error: they give exit code 1.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let reports = match &arguments.data {
        Some(file) => reports::from_file(file)?,
        None => reports::custody_reports()?,
    };
    if !(1990..=2150).contains(&arguments.until.year()) {
        bail!("--until {}: expected a day from 1990 to 2150", arguments.until);
    }
    let laid = demo_folder::lay_out(&arguments.dir, arguments.seed)?;
    if !arguments.json {
        introduce(&reports, arguments, &laid)?;
    }
    let outcome = play(&laid, reports, arguments)?;
    let seconds = begun.elapsed().as_secs_f64();
    if arguments.json {
        let mut out = std::io::stdout().lock();
        serde_json::to_writer(&mut out, &Summary::of(&outcome, seconds))?;
        writeln!(out)?;
        for what in outcome.wrong_links.iter().chain(&outcome.faults) {
            eprintln!("{what}");
        }
    } else {
        tell(&outcome, seconds, arguments)?;
    }
    let right = outcome.agree() == outcome.states.len() && outcome.wrong_links.is_empty() && outcome.faults.is_empty();
    Ok(if right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn play(laid: &Laid, reports: Vec<Report>, arguments: &Arguments) -> anyhow::Result<Outcome> {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template("{msg} {wide_bar} {percent} %  {elapsed}")?);
    // One thread for the office and one for its files and its worker: the two cores of a small machine.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        let replay = Replay::new(laid, reports, arguments.until, arguments.seed)?;
        replay
            .play(|progress| {
                bar.set_length(progress.days);
                bar.set_position(progress.days_played);
                bar.set_message(progress.day.to_string());
            })
            .await
    });
    bar.finish_and_clear();
    outcome
}

/// The one object of `--json`.
#[derive(Serialize)]
struct Summary<'a> {
    reports: usize,
    agree: usize,
    requests: usize,
    /// Sent, reminders and escalations among them.
    letters: u64,
    reminders: u64,
    escalations: u64,
    mails: u64,
    linked: u64,
    placed: u64,
    wrong_links: usize,
    seconds: f64,
    states: &'a [ReportState],
}

impl Summary<'_> {
    fn of(outcome: &Outcome, seconds: f64) -> Summary<'_> {
        let of_role = |role: LetterRole| outcome.letters.get(&role).copied().unwrap_or(0);
        Summary {
            reports: outcome.states.len(),
            agree: outcome.agree(),
            requests: outcome.requests,
            letters: outcome.letters.values().sum(),
            reminders: of_role(LetterRole::Reminder),
            escalations: of_role(LetterRole::Escalation),
            mails: outcome.mails.values().sum(),
            linked: outcome.linked.values().sum(),
            placed: outcome.placed,
            wrong_links: outcome.wrong_links.len(),
            seconds: (seconds * 100.0).round() / 100.0,
            states: &outcome.states,
        }
    }
}

fn introduce(reports: &[Report], arguments: &Arguments, laid: &Laid) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let requests: usize = reports.iter().map(|report| report.addressees.len()).sum();
    let first = reports.iter().map(|report| report.made_on).min().unwrap_or(arguments.until);
    match &arguments.data {
        Some(file) => writeln!(out, "{} of {}", output::counted(reports.len(), "report", "reports"), file.display())?,
        None => {
            writeln!(out, "{} reports to prevent future deaths in state custody, England and Wales", reports.len())?;
            writeln!(out, "(Preventable Deaths Tracker, MIT, © 2024 Georgia C. Richards; judiciary.uk)")?;
        }
    }
    writeln!(out, "{requests} formal requests with 56 days to answer, from {first} to {}.", arguments.until)?;
    writeln!(out, "How many replies came is in the data; who replied, when and how is drawn from")?;
    writeln!(out, "seed {}. Authorities and staff are played by stand-ins, addresses are made up.", arguments.seed)?;
    writeln!(out, "The register is not synced to disk here, since this world can be replayed.")?;
    if laid.replaced {
        writeln!(out, "{} held an earlier demonstration; it is replaced.", arguments.dir.display())?;
    }
    writeln!(out)
}

fn tell(outcome: &Outcome, seconds: f64, arguments: &Arguments) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "Exchange states on {}: {} of {} as published", arguments.until, outcome.agree(), outcome.states.len())?;
    writeln!(out, "{}", states(outcome))?;
    for state in outcome.states.iter().filter(|state| state.published != state.ours) {
        let reference = if state.reference.is_empty() { "no reference" } else { &state.reference };
        writeln!(out, "  row {} ({reference}): published {}, here {}", state.row, state.published.name(), state.ours.name())?;
    }
    writeln!(out)?;
    writeln!(out, "{}", counts(outcome))?;
    for (what, sentences) in
        [("Wrong links", &outcome.wrong_links), ("Not understood by rule", &outcome.missed), ("Faults", &outcome.faults)]
    {
        if !sentences.is_empty() {
            writeln!(out, "\n{what}:")?;
        }
        for sentence in sentences {
            writeln!(out, "  {sentence}")?;
        }
    }
    let passes = output::counted(outcome.passes, "pass", "passes");
    writeln!(out, "\n{passes} of everything in {seconds:.1} seconds.")?;
    invite(&mut out, &arguments.dir)
}

/// How many reports have the published state of the row and came out of the replay with the state of the column.
fn states(outcome: &Outcome) -> Table {
    let order = [ExchangeState::Completed, ExchangeState::Partial, ExchangeState::Overdue, ExchangeState::Pending];
    let mut table = plain_table();
    table.set_header(["published \\ here"].into_iter().chain(order.map(ExchangeState::name)).chain(["reports"]));
    for published in order {
        let counts = order.map(|ours| outcome.count(published, ours));
        let shown = counts.map(|count| if count == 0 { "·".to_owned() } else { count.to_string() });
        table.add_row([published.name().to_owned()].into_iter().chain(shown).chain([counts.iter().sum::<usize>().to_string()]));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn counts(outcome: &Outcome) -> Table {
    let letters = |role: LetterRole| outcome.letters.get(&role).copied().unwrap_or(0);
    let sum = |counted: &BTreeMap<String, u64>| counted.values().sum::<u64>();
    let mut table = plain_table();
    let mut line = |what: &str, count: u64| {
        table.add_row([what.to_owned(), count.to_string()]);
    };
    line("requests sent", letters(LetterRole::Request));
    line("reminders sent", letters(LetterRole::Reminder));
    line("escalations sent", letters(LetterRole::Escalation));
    line("non-cooperation recorded", outcome.non_cooperation);
    line("digests to staff", outcome.digests);
    line("mails received", sum(&outcome.mails));
    for (kind, count) in &outcome.mails {
        line(&format!("  {kind}"), *count);
    }
    line("linked automatically", sum(&outcome.linked));
    for (evidence, count) in &outcome.linked {
        line(&format!("  {evidence}"), *count);
    }
    line("set aside automatically", outcome.set_aside);
    line("placed by a person", outcome.placed);
    line("still waiting for a person", outcome.still_waiting);
    line("wrongly linked", outcome.wrong_links.len() as u64);
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn invite(out: &mut impl Write, folder: &Path) -> std::io::Result<()> {
    let folder = folder.display();
    writeln!(out, "\nEverything lies in {folder}. Look around:")?;
    for command in ["status", "requests list", "mail list", "authorities list", "search prison", "verify"] {
        writeln!(out, "  demarche -C {folder} {command}")?;
    }
    Ok(())
}
