//! `demarche letters`: a person's word on a letter that is stuck.

use super::place::Place;
use crate::domain::identity::LetterId;
use crate::office::Retried;
use clap::{Args, Subcommand};
use std::process::ExitCode;

/// Have a letter tried again
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche letters retry 12")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Retry(Retry),
}

/// Send a letter again that was refused, came back, or of which nobody knows whether it left
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche letters retry 12")]
struct Retry {
    /// Of the letter, as `requests show` and the digest name it
    id: i64,
}

/// Has a letter tried again with the next pass, in the name of whoever gives the command.
///
/// # Errors
///
/// Refused: an unknown letter, one that is not stuck or was written again, and one to an address that is written to no more. Also where the
/// workspace or its register cannot be opened, the secret is not this register's, or the register cannot be written.
pub fn run(arguments: &Arguments, place: &Place) -> anyhow::Result<ExitCode> {
    let Command::Retry(retry) = &arguments.command;
    let (mut register, now) = place.register()?;
    match register.retry_letter(LetterId(retry.id), &place.actor(), now)? {
        Retried::SameLetter { .. } => println!("Letter {} leaves again, as it was written, with the next pass.", retry.id),
        Retried::WrittenAnew => println!("The request reached nobody: it is written anew, with a deadline of its own, with the next pass."),
    }
    Ok(ExitCode::SUCCESS)
}
