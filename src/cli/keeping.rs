//! `verify`, `backup`, `restore`: keeping the register, and proving that it was kept.

use super::output;
use super::owed::{NOT_COMPARED, OwedView};
use super::place::Place;
use crate::daemon::lease;
use crate::domain::event::{Anchor, AnchorFault};
use crate::register::{Soundness, put_back, restore_check};
use anyhow::bail;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Prove that nothing was altered: the event chain, every mail and letter against its hash, SQLite's own check; and that what is due follows from it
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  demarche verify\n  demarche verify --against 1204:8f3a61c09be2d475\n  demarche verify --against weekly-digest.eml"
)]
pub struct Verify {
    /// What was kept of the record, as the weekly digest tells it, or a file in which it stands: whether the record still contains it, or was
    /// rewritten or cut short since
    #[arg(long, value_name = "NUMBER:HASH or FILE")]
    against: Vec<String>,
    /// Where what is due is not what follows from the register, plan it anew
    #[arg(long)]
    plan_anew: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What `verify --json` prints.
#[derive(Serialize)]
struct Verified {
    #[serde(flatten)]
    soundness: Soundness,
    /// None where it was not compared.
    owed: Option<OwedView>,
}

/// Proves that the register is sound, that it still contains what was kept of its record, and that what is due is what follows from it. Fails where
/// that differs, unless it is planned anew.
///
/// # Errors
///
/// Where `--against` names no file that can be read, or one in which nothing was kept of a record; where the workspace or its register cannot be
/// opened or read, the register is damaged, or its record does not contain what was kept; and where the JSON cannot be written.
pub fn verify(arguments: &Verify, place: &Place) -> anyhow::Result<ExitCode> {
    let kept = arguments.against.iter().map(|given| read_kept(given)).collect::<anyhow::Result<Vec<_>>>()?.concat();
    let fingerprint = place.load()?.fingerprint;
    let (reader, now) = place.reader()?;
    let soundness = reader.verify()?;
    kept.iter().try_for_each(|kept| reader.contains(kept))?;
    let owed = reader.compare_obligations(&fingerprint, now)?.as_ref().map(OwedView::of);
    let is_as_planned = owed.as_ref().is_none_or(OwedView::is_sound);
    let ends = if is_as_planned || arguments.plan_anew { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if !is_as_planned && arguments.plan_anew {
        let (mut register, now) = place.register()?;
        register.plan_anew(&place.actor(), now)?;
    }
    if arguments.json {
        output::print_json(&Verified { soundness, owed })?;
        return Ok(ends);
    }
    tell(&soundness, false)?;
    match &owed {
        Some(owed) => owed.tell(),
        None => output::paragraph(NOT_COMPARED, 0),
    }
    if !is_as_planned {
        let done = if arguments.plan_anew { "It was planned anew." } else { "To plan it anew: demarche verify --plan-anew" };
        println!("{done}");
    }
    for kept in &kept {
        println!("The record still contains what was kept of it: {kept}");
    }
    if let Some(head) = reader.head()? {
        output::paragraph(
            &format!("It ends with {head}: kept elsewhere, this shows later whether it was rewritten or cut short (verify --against)."),
            0,
        );
    }
    Ok(ends)
}

/// What was kept of the record, or a file in which that stands, as the mail of a weekly digest does.
fn read_kept(given: &str) -> anyhow::Result<Vec<Anchor>> {
    if let Ok(kept) = given.parse() {
        return Ok(vec![kept]);
    }
    let text = match std::fs::read(given) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => bail!("--against {given}: no such file can be read ({error}), and for what was kept of the record: {AnchorFault}"),
    };
    let kept = Anchor::all_in(&text);
    if kept.is_empty() {
        bail!("{given}: nothing in it was kept of a record; {AnchorFault}");
    }
    Ok(kept)
}

/// Copy the register into a file, while it is in use
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche backup /var/backups/demarche-$(date +%F).sqlite")]
pub struct Backup {
    file: PathBuf,
}

/// Copies the register into a file that is not there yet, and tells its size in bytes.
///
/// # Errors
///
/// Where the workspace or its register cannot be opened or read, the file exists or cannot be written, or another process holds the register.
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

/// Checks a back-up, or puts it in the place of the register, from which nothing leaves until `demarche resume`.
///
/// # Errors
///
/// Where the workspace cannot be loaded, the back-up is not a sound register or, to be put in place, not of this secret; where another process
/// works on the register or did so in the last minutes, or the files cannot be moved; and where the JSON cannot be written.
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
            "Sound: all is as it was stored; events in one chain {}, mails {}, letters {}.",
            soundness.events, soundness.mails, soundness.letters
        );
        if soundness.erased > 0 {
            println!("Events of which the details were erased, as the record says: {}.", soundness.erased);
        }
    }
    Ok(ExitCode::SUCCESS)
}
