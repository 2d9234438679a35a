//! `verify`, `backup`, `restore`: keeping the register, and proving that it was kept.

use super::output;
use super::place::Place;
use crate::daemon::lease;
use crate::register::{Soundness, put_back, restore_check};
use anyhow::bail;
use clap::Args;
use jiff::Timestamp;
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

/// Put a backup in the register's place, or check that it could be put there
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  demarche restore --check /var/backups/demarche-2026-11-23.sqlite\n  systemctl stop demarche\n  demarche restore /var/backups/demarche-2026-11-23.sqlite\n  demarche resume\n  systemctl start demarche\n\nThe register that lies there is moved aside with everything that belongs to it. Nothing leaves before `demarche resume`."
)]
#[group(id = "backup", required = true, multiple = false, args = ["file", "check"])]
pub struct Restore {
    /// The backup that is put in place
    file: Option<PathBuf>,
    /// The backup that is only checked
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long, requires = "check")]
    json: bool,
}

pub fn restore(arguments: &Restore, place: &Place) -> anyhow::Result<ExitCode> {
    let workspace = place.load()?;
    if let Some(file) = &arguments.check {
        return tell(&restore_check(file, Arc::new(workspace.rules))?, arguments.json);
    }
    let Some(file) = &arguments.file else { bail!("name the backup: demarche restore FILE") };
    let _held = lease::hold_place(&workspace)?;
    let rules = Arc::new(workspace.rules);
    let put_back = put_back(file, &workspace.register_path, &workspace.secret, rules, &place.actor(), Timestamp::now())?;
    tell(&put_back.soundness, false)?;
    if let Some(aside) = put_back.moved_to {
        output::paragraph(&format!("The register that was there lies in {}.", aside.display()), 0);
    }
    output::paragraph(
        "The backup is in its place. Nothing leaves before it was compared with the mailbox and the Sent folder: demarche resume",
        0,
    );
    Ok(ExitCode::SUCCESS)
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
