//! `verify`, `backup`, `restore`: keeping the register, and proving that it was kept.

use super::output;
use super::place::Place;
use crate::register::{Soundness, restore_check};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Prove that nothing was altered: the event chain, every mail and letter against its hash, SQLite's own check
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche verify")]
pub struct Verify {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub fn verify(arguments: &Verify, place: &Place) -> anyhow::Result<ExitCode> {
    let (reader, _) = place.reader()?;
    tell(&reader.verify()?, arguments.json)
}

/// Copy the register into a file, while it is in use
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche backup /var/backups/demarche-$(date +%F).sqlite")]
pub struct Backup {
    file: PathBuf,
}

pub fn backup(arguments: &Backup, place: &Place) -> anyhow::Result<ExitCode> {
    let (reader, _) = place.reader()?;
    reader.backup(&arguments.file)?;
    let size = std::fs::metadata(&arguments.file)?.len();
    let file = arguments.file.display();
    output::paragraph(&format!("{file} holds the register ({size} bytes). Keep the workspace's secret and demarche.toml with it."), 0);
    Ok(ExitCode::SUCCESS)
}

/// Check that a backup could be restored
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  demarche restore --check /var/backups/demarche-2026-11-23.sqlite\n\nTo restore, stop the daemon, put the file in the register's place, and run `demarche verify`."
)]
pub struct Restore {
    /// The backup
    #[arg(long, value_name = "FILE", required = true)]
    check: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub fn restore(arguments: &Restore, place: &Place) -> anyhow::Result<ExitCode> {
    let workspace = place.load()?;
    tell(&restore_check(&arguments.check, Arc::new(workspace.rules))?, arguments.json)
}

fn tell(soundness: &Soundness, json: bool) -> anyhow::Result<ExitCode> {
    if json {
        output::print_json(soundness)?;
    } else {
        println!(
            "Sound: {} events in one chain, {} mails and {} letters as they were stored.",
            soundness.events, soundness.mails, soundness.letters
        );
    }
    Ok(ExitCode::SUCCESS)
}
