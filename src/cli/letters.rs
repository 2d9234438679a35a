//! `demarche letters`: letters to authorities looked at, and a person's word on those that are drafted or stuck.

use super::output;
use super::place::Place;
use super::written_letter::{WrittenLetter, enclosures};
use crate::domain::identity::LetterId;
use crate::domain::letter_life::{LetterLife, WrittenAnew};
use crate::office::{RedraftedLetter, ReleasedLetter, Retried};
use crate::register::LetterView;
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// List and show letters; release, withdraw or redraft one that is drafted, try one again that is stuck
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche letters list --drafts\n  demarche letters show 12\n  demarche letters release 12")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Show(Show),
    Release(Release),
    Withdraw(Withdraw),
    Redraft(Redraft),
    Retry(Retry),
}

/// List letters to authorities, oldest first
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche letters list --drafts")]
struct List {
    /// Only those that wait for somebody to release them
    #[arg(long)]
    drafts: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Show a letter as whoever gets it sees it, whether it has left or not
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche letters show 12")]
struct Show {
    /// Of the letter, as `letters list`, `requests show` and the digest name it
    id: i64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Let drafts leave, exactly as they are shown
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche letters release 12 13")]
struct Release {
    /// Of the letters, as `letters list --drafts` and the digest name them
    #[arg(required = true)]
    ids: Vec<i64>,
}

/// Withdraw a draft for good: the step that it was written for is passed over
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche letters withdraw 12 --because 'they have promised an answer by telephone'")]
struct Withdraw {
    /// Of the letter, as `letters list --drafts` and the digest name it
    id: i64,
    /// Why; kept in the record
    #[arg(long, value_name = "WORDS")]
    because: String,
}

/// Have a draft written anew, with the templates, the directory and the date of now
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  demarche letters redraft 12\n  demarche letters redraft 12 --attach annex.pdf --without wrong.pdf")]
struct Redraft {
    /// Of the letter, as `letters list --drafts` and the digest name it
    id: i64,
    /// A file to send with it, beside those that it encloses already; it replaces one of the same name
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
    /// A file that it encloses, to send no more
    #[arg(long, value_name = "NAME")]
    without: Vec<String>,
}

/// Send a letter again that was refused, came back, or of which nobody knows whether it left
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche letters retry 12")]
struct Retry {
    /// Of the letter, as `requests show` and the digest name it
    id: i64,
}

/// Shows letters; times in the office's zone. What is decided about one is decided in the name of whoever gives the command.
///
/// # Errors
///
/// Refused: an unknown letter; where a draft is meant, a letter that is none, or one that must not be released any more; where a stuck one is, one
/// that is not, was written again, or goes to an address that is written to no more. Also where the workspace or its register cannot be opened or
/// read, the output cannot be written, or, of what changes anything, the secret is not this register's or the register cannot be written.
pub fn run(arguments: &Arguments, place: &Place) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::List(list) => self::list(place, list),
        Command::Show(show) => self::show(place, show),
        Command::Release(release) => self::release(place, release),
        Command::Withdraw(withdraw) => {
            let (mut register, now) = place.register()?;
            let withdrawn = register.withdraw_letter(LetterId(withdraw.id), &withdraw.because, &place.actor(), now)?;
            let step = withdrawn.step.map_or_else(String::new, |step| format!(" ({step})"));
            println!(
                "Letter {} is withdrawn; the step of {} that it was written for{step} is passed over.",
                withdraw.id, withdrawn.reference
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::Redraft(redraft) => {
            let with = enclosures(&redraft.attach)?;
            let (mut register, now) = place.register()?;
            let RedraftedLetter { reference, becomes } =
                register.redraft_letter(LetterId(redraft.id), &with, &redraft.without, &place.actor(), now)?;
            let what_then = match becomes {
                WrittenAnew::Draft => format!("with the next pass {reference} is drafted anew"),
                WrittenAnew::Leaving => format!(
                    "what is due of {reference} is written anew and leaves by itself with the next pass, since letters to its level wait for nobody: [drafts] \
                     in demarche.toml"
                ),
                WrittenAnew::Not => format!("nothing is written in its place, since nothing more is expected of {reference}"),
            };
            output::paragraph(&format!("Letter {} is withdrawn; {what_then}.", redraft.id), 0);
            Ok(ExitCode::SUCCESS)
        }
        Command::Retry(retry) => {
            let (mut register, now) = place.register()?;
            match register.retry_letter(LetterId(retry.id), &place.actor(), now)? {
                Retried::SameLetter { .. } => println!("Letter {} leaves again, as it was written, with the next pass.", retry.id),
                Retried::WrittenAnew => {
                    println!("The request reached nobody: it is written anew, with a deadline of its own, with the next pass.");
                }
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn list(place: &Place, list: &List) -> anyhow::Result<ExitCode> {
    let (reader, _) = place.reader()?;
    let letters = reader.letter_views(list.drafts)?;
    if list.json {
        return output::json_lines(letters);
    }
    if letters.is_empty() {
        println!("{}", if list.drafts { "No letter waits to be released." } else { "No letter to an authority was written yet." });
        return Ok(ExitCode::SUCCESS);
    }
    let zone = &reader.rules().time_zone;
    let rows = letters.iter().map(|letter| {
        let to = letter.deliveries.iter().map(|delivery| delivery.recipient.clone()).collect::<Vec<_>>().join(", ");
        vec![
            letter.id.to_string(),
            letter.written_at.to_zoned_datetime(zone.clone()).date().to_string(),
            letter.reference.clone(),
            letter.authority.clone(),
            letter.step.clone().unwrap_or_else(|| letter.role.name().to_owned()),
            to,
            stands(letter),
        ]
    });
    output::print_table(&["letter", "written", "reference", "authority", "what", "to", "state"], rows)?;
    Ok(ExitCode::SUCCESS)
}

/// How far it is, in a few words.
fn stands(letter: &LetterView) -> String {
    match (letter.life, letter.release_by) {
        (LetterLife::Draft, Some(by)) => format!("draft, to be released by {by}"),
        (LetterLife::Released, _) => {
            let mut states: Vec<&str> = letter.deliveries.iter().map(|delivery| delivery.state.as_str()).collect();
            states.dedup();
            states.join(", ")
        }
        (life, _) => life.name().to_owned(),
    }
}

fn show(place: &Place, show: &Show) -> anyhow::Result<ExitCode> {
    let (reader, _) = place.reader()?;
    let id = LetterId(show.id);
    let letter = reader.letter_view(id)?;
    let written = WrittenLetter::of(&reader.letter_bytes(id)?);
    if show.json {
        output::print_json(&json!({ "letter": letter, "written": written }))?;
        return Ok(ExitCode::SUCCESS);
    }
    print_letter(&letter, &reader.rules().time_zone);
    println!();
    written.print();
    Ok(ExitCode::SUCCESS)
}

fn release(place: &Place, release: &Release) -> anyhow::Result<ExitCode> {
    let (workspace, mut register, now) = place.workspace_and_register()?;
    let zone = &workspace.rules.time_zone;
    for id in &release.ids {
        let ReleasedLetter { reference, to, leaves_at, held } =
            register.release_letter(LetterId(*id), &workspace.addresses, &place.actor(), now)?;
        let when = match held {
            Some(hold) => format!("it waits {}: {}", hold.until(), hold.why()),
            None if leaves_at <= now => "it leaves with the next pass".to_owned(),
            None => format!("it leaves on {}", output::moment(leaves_at, zone)),
        };
        output::paragraph(&format!("Letter {id} ({reference}) to {} is released; {when}.", to.join(", ")), 0);
    }
    Ok(ExitCode::SUCCESS)
}

/// A letter and what became of it, without what it says.
pub fn print_letter(letter: &LetterView, zone: &TimeZone) {
    let step = letter.step.as_deref().map(|step| format!(" ({step})")).unwrap_or_default();
    println!("  {}  letter {}: {}{step}", output::moment(letter.written_at, zone), letter.id, letter.role.name());
    for delivery in &letter.deliveries {
        let copy = if delivery.copy { ", copy" } else { "" };
        println!("    to {}{copy}: {}", output::printable(&delivery.recipient), delivery.state);
        if let Some(reply) = &delivery.reply {
            output::paragraph(reply, 6);
        }
    }
    if let (LetterLife::Draft, Some(by)) = (letter.life, letter.release_by) {
        output::paragraph(&format!("drafted, and has not left: it waits to be released by {by}, or is written anew"), 4);
        println!("      demarche letters show {}", letter.id);
        println!("      demarche letters release {}", letter.id);
    }
}
