//! `demarche contacts`: addresses of the directory, and a person's word on them.

use super::output;
use super::place::Place;
use clap::{Args, Subcommand};
use std::process::ExitCode;

/// Take an address into use again
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche contacts revive registry@prisons.example")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Revive(Revive),
}

/// Say that an address from which a letter came back is to be used again
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche contacts revive registry@prisons.example")]
struct Revive {
    /// As `authorities show` lists it
    #[arg(value_name = "ADDRESS")]
    address: String,
}

/// Takes an address into use again, in the name of whoever gives the command.
///
/// # Errors
///
/// Refused: an address that nothing on record speaks against. Also where the workspace or its register cannot be opened, the secret is not this
/// register's, or the register cannot be written.
pub fn run(arguments: &Arguments, place: &Place) -> anyhow::Result<ExitCode> {
    let Command::Revive(revive) = &arguments.command;
    let (mut register, now) = place.register()?;
    register.revive_address(&revive.address, &place.actor(), now)?;
    println!("{} is used again; requests that came back from it leave with the next pass.", output::printable(&revive.address));
    Ok(ExitCode::SUCCESS)
}
