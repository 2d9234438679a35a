//! The command line: what was typed, and the one file per command that does it.

use clap::{Parser, Subcommand};
use std::process::ExitCode;

// Before the commands, which print by them. The ones of the standard library panic where nobody reads any more (`| head`) or the disk is full.
macro_rules! println {
    () => { $crate::cli::output::line(format_args!("")) };
    ($($told:tt)*) => { $crate::cli::output::line(format_args!($($told)*)) };
}
macro_rules! eprintln {
    ($($told:tt)*) => { $crate::cli::output::error_line(format_args!($($told)*)) };
}

mod authorities;
mod check;
mod clock;
mod contacts;
mod demo;
mod import;
mod ingest;
mod init;
mod inspect;
mod keeping;
mod letters;
mod looking;
mod mail;
mod mail_files;
pub mod memory;
mod opened_register;
pub mod output;
mod owed;
mod parse_worker;
pub mod place;
mod preview;
mod requests;
mod resume;
mod vacant_levels;
mod working;
mod written_letter;

/// Corresponds with authorities about recommendations: sends formal requests, reads replies, reminds, escalates, keeps the register.
#[derive(Debug, Parser)]
#[command(name = "demarche", version, after_help = output::EXIT_CODES)]
struct Arguments {
    #[command(flatten)]
    place: place::Place,
    #[command(subcommand)]
    command: Command,
}

// One line per command here, one in `run`; everything else of a command is in its file.
#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Init(init::Arguments),
    Check(check::Arguments),
    Requests(requests::Arguments),
    Mail(mail::Arguments),
    Letters(letters::Arguments),
    Authorities(authorities::Arguments),
    Contacts(contacts::Arguments),
    Search(looking::Search),
    Status(looking::Status),
    Forecast(looking::Forecast),
    Tick(working::Tick),
    Run(working::Run),
    Clock(clock::Arguments),
    Ingest(ingest::Arguments),
    Verify(keeping::Verify),
    Backup(keeping::Backup),
    Restore(keeping::Restore),
    Resume(resume::Arguments),
    Import(import::Arguments),
    Inspect(inspect::Arguments),
    #[command(hide = true)]
    ParseWorker(parse_worker::Arguments),
}

/// Reads the command line, runs the command and gives the exit code ([`output::EXIT_CODES`]).
pub fn run() -> ExitCode {
    let Arguments { place, command } = Arguments::parse();
    let result = match command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Init(arguments) => init::run(&arguments, &place),
        Command::Check(arguments) => check::run(&arguments, &place),
        Command::Requests(arguments) => requests::run(&arguments, &place),
        Command::Mail(arguments) => mail::run(&arguments, &place),
        Command::Letters(arguments) => letters::run(&arguments, &place),
        Command::Contacts(arguments) => contacts::run(&arguments, &place),
        Command::Authorities(arguments) => authorities::run(&arguments, &place),
        Command::Search(arguments) => looking::search(&arguments, &place),
        Command::Status(arguments) => looking::status(&arguments, &place),
        Command::Forecast(arguments) => looking::forecast(&arguments, &place),
        Command::Tick(arguments) => working::tick(&arguments, &place),
        Command::Run(arguments) => working::run(&arguments, &place),
        Command::Clock(arguments) => clock::run(&arguments, &place),
        Command::Ingest(arguments) => ingest::run(&arguments, &place),
        Command::Verify(arguments) => keeping::verify(&arguments, &place),
        Command::Backup(arguments) => keeping::backup(&arguments, &place),
        Command::Restore(arguments) => keeping::restore(&arguments, &place),
        Command::Resume(arguments) => resume::run(&arguments, &place),
        Command::Import(arguments) => import::run(&arguments, &place),
        Command::Inspect(arguments) => inspect::run(&arguments, &place),
        Command::ParseWorker(arguments) => parse_worker::run(&arguments),
    };
    match result {
        Ok(code) => code,
        Err(error) if reader_left(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demarche: {error:#}");
            output::exit_code(&error)
        }
    }
}

/// Whoever read our output has enough (`demarche inspect … | head`): no error.
fn reader_left(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let written = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        let serialised = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        written.or(serialised) == Some(std::io::ErrorKind::BrokenPipe)
    })
}
