//! `demarche check`: whether the daemon could run, and what is wrong if not: configuration, permissions, templates, register and directory,
//! log-ins. Changes nothing, and sends nothing unless it is asked to by `--letter`: then one letter, to the office itself.

pub(super) mod directory;
mod letter;
mod senders;
mod servers;
mod workspace;

use super::output;
use super::place::Place;
use crate::config;
use crate::transport::imap;
use clap::Args;
use serde::Serialize;
use std::process::ExitCode;
use std::time::Duration;

/// Check configuration, templates, directory, log-ins and permissions; say what is wrong and how to mend it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  demarche check\n  demarche check --offline --json\n  demarche check --letter\n\n\
    Without --letter nothing is sent. With it, one letter goes to the office itself, to an address like those that replies go to, and nothing to \
    any authority. The daemon sets it aside.")]
pub struct Arguments {
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
    /// Leave out the log-ins to mail servers.
    #[arg(long)]
    offline: bool,
    /// Send the office a letter, and tell whether it arrives and what SPF, DKIM and DMARC say of it.
    #[arg(long, conflicts_with = "offline")]
    letter: bool,
    /// How long that letter is waited for, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600), requires = "letter")]
    wait: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Gravity {
    /// Looked at and found good.
    Good,
    /// Nothing stops for it.
    Warning,
    /// A server that does not answer, or refuses for now.
    Unreachable,
    /// The daemon would stop, or letters would not leave.
    Fault,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub gravity: Gravity,
    /// `configuration`, `permissions`, `templates`, `register`, `directory`, `senders`, `mailbox`, `sending`, `letter`.
    pub part: &'static str,
    pub what: String,
    /// How to mend it; empty where nothing is wrong.
    pub mend: String,
}

impl Finding {
    fn good(part: &'static str, what: impl Into<String>) -> Finding {
        Finding { gravity: Gravity::Good, part, what: what.into(), mend: String::new() }
    }

    fn warning(part: &'static str, what: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { gravity: Gravity::Warning, part, what: what.into(), mend: mend.into() }
    }

    fn fault(part: &'static str, what: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { gravity: Gravity::Fault, part, what: what.into(), mend: mend.into() }
    }

    fn of_config(gravity: Gravity, fault: &config::Fault) -> Finding {
        let found = config::Fault { expected: String::new(), ..fault.clone() }.to_string();
        Finding { gravity, part: "configuration", what: found.trim_end_matches("; ").to_owned(), mend: fault.expected.clone() }
    }
}

/// Looks at everything in turn and prints the findings; the exit code is that of the gravest.
///
/// # Errors
///
/// Where the runtime for the log-ins cannot be started, or the JSON cannot be written. What is wrong with the workspace is a finding, not an error.
pub fn run(arguments: &Arguments, place: &Place) -> anyhow::Result<ExitCode> {
    let workspace = match place.load() {
        Ok(workspace) => workspace,
        Err(faults) => {
            let findings: Vec<Finding> = faults.0.iter().map(|fault| Finding::of_config(Gravity::Fault, fault)).collect();
            show(&findings, arguments.json)?;
            return Ok(ExitCode::from(3));
        }
    };
    let mut findings = vec![Finding::good("configuration", format!("{} is understood", workspace.config_file.display()))];
    findings.extend(workspace.warnings.iter().map(|warning| Finding::of_config(Gravity::Warning, warning)));
    workspace::permissions(&workspace, &mut findings);
    let languages = directory::look(&workspace, jiff::Timestamp::now(), &mut findings);
    senders::look(&workspace, &mut findings);
    workspace::templates(&workspace, &languages, &mut findings);
    if !arguments.offline {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let accounts = imap::Accounts::default();
            servers::look(&workspace, &accounts, &mut findings).await;
            if arguments.letter {
                letter::look(&workspace, &accounts, Duration::from_secs(arguments.wait), jiff::Timestamp::now(), &mut findings).await;
            }
        });
    }
    show(&findings, arguments.json)?;
    Ok(match findings.iter().map(|finding| finding.gravity).max() {
        Some(Gravity::Fault) => ExitCode::FAILURE,
        Some(Gravity::Unreachable) => ExitCode::from(4),
        Some(Gravity::Good | Gravity::Warning) | None => ExitCode::SUCCESS,
    })
}

fn show(findings: &[Finding], json: bool) -> anyhow::Result<()> {
    if json {
        return output::print_json(&findings);
    }
    for finding in findings {
        let sign = match finding.gravity {
            Gravity::Good => "good       ",
            Gravity::Warning => "warning    ",
            Gravity::Unreachable => "unreachable",
            Gravity::Fault => "wrong      ",
        };
        println!("{sign}  {}: {}", finding.part, output::printable(&finding.what));
        if !finding.mend.is_empty() {
            println!("             -> {}", output::printable(&finding.mend));
        }
    }
    let count = |gravity| findings.iter().filter(|finding| finding.gravity == gravity).count();
    let warnings = output::counted(count(Gravity::Warning), "warning", "warnings");
    match count(Gravity::Fault) + count(Gravity::Unreachable) {
        0 => println!("\nNothing stops the daemon ({warnings})."),
        wrong => println!("\n{wrong} to mend before the daemon can do its work ({warnings})."),
    }
    Ok(())
}
