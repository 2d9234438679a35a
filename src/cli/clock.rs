//! `demarche clock accept`: the answer to the question that is put when this machine's clock contradicts the record.

use super::place::Place;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use std::process::ExitCode;

/// Say that this machine's clock is right, where it was doubted and letters stand still
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  date\n  demarche clock accept")]
pub struct Arguments {
    #[command(subcommand)]
    answer: Answer,
}

#[derive(Debug, Subcommand)]
enum Answer {
    /// The clock is right as it is now: letters leave again
    Accept,
}

/// Takes a person's word that this machine's clock is right as it is now, and says in the office's zone what time that is.
///
/// # Errors
///
/// Where the workspace or its register cannot be opened, the secret is not this register's, or the register cannot be written.
pub fn run(arguments: &Arguments, place: &Place) -> anyhow::Result<ExitCode> {
    let Answer::Accept = arguments.answer;
    let (mut register, _) = place.register()?;
    // Not the time to act at: that is what the record says, and the clock is to be believed over it.
    let shown = Timestamp::now();
    if register.accept_clock(&place.actor(), shown)? {
        println!("It is {}. Letters leave again with the next pass.", super::output::moment(shown, &register.rules().time_zone));
    } else {
        println!("The clock is not doubted; nothing was changed.");
    }
    Ok(ExitCode::SUCCESS)
}
