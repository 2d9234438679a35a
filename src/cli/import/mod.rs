//! `demarche import`: tables of authorities, recommendations, and requests already under way. A file is checked whole, then imported in one
//! transaction; the same rows again change nothing.

mod authorities;
mod directory_change;
mod recommendations;
mod requests;
mod sheet;

use super::output;
use super::place::Place;
use super::vacant_levels::told;
use crate::domain::event::Actor;
use crate::office::ImportReport;
use crate::register::Register;
use crate::tables::read_table;
use anyhow::Context;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::json;
use sheet::CellFaults;
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Import authorities, recommendations or requests from a CSV or XLSX file.
#[derive(Debug, Args)]
#[command(after_help = COLUMNS)]
pub struct Arguments {
    what: What,
    /// CSV (UTF-8, with `,` or `;`) or XLSX, with a header row.
    file: PathBuf,
    /// Check and count, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Of the authorities that the file names: aliases, domains, sends_for and
    /// people that it leaves out, of the columns that it has, end or go;
    /// people only of a file that has the column level.
    #[arg(long)]
    retire_missing: bool,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// The directory, one row per person.
    Authorities,
    /// What authorities are asked about.
    Recommendations,
    /// Correspondence begun by hand.
    Requests,
}

/// Told once, in place of a fault in each row that names an authority.
const NO_DIRECTORY: &str = "the directory is empty: there is no authority yet that this file could name. Import it first: demarche import authorities FILE \
    (a row with name and email for each authority; each further person of it in a row of its own, under focal_point and focal_point_email)";

const COLUMNS: &str = "\
Columns (days as 2026-04-30; several values in one cell separated by |):
  authorities      name
    and, if known  email, domains, aliases, parent, language, time_zone,
                   calendar; and a row per person: focal_point,
                   focal_point_email, level, unit, title (of the post),
                   valid_from, valid_to; confirmed_on: the day on which
                   its address was confirmed;
                   sends_for: the authorities for which it writes, as a
                   ticket desk or a shared centre does; office: what
                   earlier builds called unit. A value or list that is to
                   be none any more is written as -
  recommendations  reference, addressees (names or aliases), text, made_on
    and, if known  report, place, theme, urgency, repeats,
                   visibility (confidential or public)
  requests         reference, authority, sent_on, deadline
    and, if known  recipient, subject, message_id, reply_address,
                   recommendations

Example:
  demarche import authorities authorities.xlsx --dry-run
  demarche import recommendations visit-2026-03.csv";

/// Tables without rows, for whoever begins: the name of the file, and its header.
pub fn empty_tables() -> [(&'static str, String); 2] {
    let header = |needed: &[&str], optional: &[&str]| format!("{}\n", [needed, optional].concat().join(","));
    [
        ("authorities.csv", header(authorities::NEEDED, authorities::OPTIONAL)),
        ("recommendations.csv", header(recommendations::NEEDED, recommendations::OPTIONAL)),
    ]
}

/// Imports a table whole or not at all, or only tries to (`--dry-run`), and tells what it changed.
///
/// # Errors
///
/// Where the file cannot be read or is no table, the workspace or its register cannot be opened, the secret is not this register's, the register
/// refuses the import or cannot be written, or the JSON cannot be written. Faults in cells are no error: they are told, with exit code 1.
pub fn run(arguments: &Arguments, place: &Place) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        !arguments.retire_missing || matches!(arguments.what, What::Authorities),
        "--retire-missing is for authorities: of what was asked nothing is retired by a file; `demarche requests withdraw` does that"
    );
    let name = arguments.file.display().to_string();
    let bytes = std::fs::read(&arguments.file).with_context(|| format!("{name} could not be read"))?;
    let table = read_table(&bytes, &name)?;
    for note in &table.notes {
        eprintln!("{}: {}", output::printable(&name), output::printable(note));
    }
    let (register, now) = place.register()?;
    let mut import = Import { register, actor: place.actor(), now, dry_run: arguments.dry_run };
    let taken = match arguments.what {
        What::Authorities => authorities::import(&table, &mut import, arguments.retire_missing)?,
        What::Recommendations => recommendations::import(&table, &mut import)?,
        What::Requests => requests::import(&table, &mut import)?,
    };
    match taken {
        Ok(report) => {
            show(arguments, &report)?;
            if !arguments.json && !arguments.dry_run && matches!(arguments.what, What::Authorities | What::Requests) {
                for told in told(&import.register.vacant_levels(now)?) {
                    println!();
                    output::paragraph(&format!("Nobody to write to: {}.", told.what), 0);
                    output::paragraph(&format!("To mend: {}.", told.mend), 2);
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(faults) => {
            if arguments.json {
                output::print_json(&json!({ "imported": false, "faults": faults.0 }))?;
            } else {
                let told = faults.to_string();
                let lines: Vec<String> = told.lines().map(output::printable).collect();
                eprintln!("demarche: nothing was imported:{}", lines.join("\n"));
            }
            Ok(ExitCode::FAILURE)
        }
    }
}

fn show(arguments: &Arguments, report: &ImportReport) -> anyhow::Result<()> {
    if arguments.json {
        let mut told = json!({
            "imported": !arguments.dry_run,
            "added": report.added,
            "changed": report.changed,
            "unchanged": report.unchanged,
        });
        let changes: Vec<_> = report.changes.iter().map(|one| json!({ "authority": one.authority, "change": one.change })).collect();
        if let Some(told) = told.as_object_mut().filter(|_| !changes.is_empty()) {
            told.insert("changes".into(), changes.into());
        }
        return output::print_json(&told);
    }
    let would = if arguments.dry_run { "would be " } else { "" };
    println!("{} {would}added, {} {would}changed, {} unchanged", report.added, report.changed, report.unchanged);
    let told: Vec<String> = report.changes.iter().filter_map(|change| directory_change::told(change, arguments.dry_run)).collect();
    for line in &told {
        output::paragraph(line, 2);
    }
    let rest = report.changes.len() - told.len();
    if rest > 0 && !told.is_empty() {
        output::paragraph(&format!("and {rest} further: what comes, moves or is named (--json tells each)"), 2);
    }
    if arguments.dry_run {
        println!("Nothing was changed (--dry-run).");
    } else if report.added + report.changed == 0 {
        println!("All of it was in the register already; nothing was changed.");
    }
    Ok(())
}

/// What an import did, or every fault of its file. The error is the register's own.
type Taken = anyhow::Result<Result<ImportReport, CellFaults>>;

/// Into which register, by whom, and when a table is imported.
struct Import {
    register: Register,
    actor: Actor,
    now: Timestamp,
    dry_run: bool,
}

/// Whether there is any authority that rows may name; if not, this is told once.
fn has_directory(register: &Register, sheet: &sheet::Sheet<'_>) -> anyhow::Result<bool> {
    let is_empty = register.authorities()?.is_empty();
    if is_empty && sheet.lines().next().is_some() {
        sheet.fault_as_a_whole(NO_DIRECTORY);
    }
    Ok(!is_empty)
}

/// Notes the second row of one key; the first row's number is told.
fn refuse_doubles(seen: &mut HashMap<String, usize>, line: &sheet::Line<'_>, column: &str, key: &str) {
    if let Some(first) = seen.insert(key.to_lowercase(), line.number()) {
        line.fault(column, key, format!("stands in row {first} already; each is imported once"));
    }
}
