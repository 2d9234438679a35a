//! What the command line shows: tables for people, JSON for programs, progress for those who watch, and the exit code.
//!
//! Nothing that came from outside reaches the terminal raw: a subject may hold escape sequences that clear the screen or rename the window, or
//! marks that turn the reading direction round.

use crate::config::{Fault, Faults};
use crate::daemon::assembling::OpenFault;
use crate::daemon::restoring::CompareFault;
use crate::daemon::running::RunFault;
use crate::register::RegisterError;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::fmt::{Arguments, Display};
use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

/// For `--help`.
pub const EXIT_CODES: &str = "Exit codes:\n  0  done\n  1  something is wrong with what was asked, or it was not done\n  2  the command line was not understood\n  3  the configuration is wrong or missing\n  4  impossible at present: a server, or somebody else at work; try again later";

/// Prints a line: what `println!` does in this room. Commands print when all is done, so that a reader who has enough (`| head`) ends them in
/// silence; where the output cannot be written for another reason, they end with an error.
pub fn line(told: Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_fmt(told).and_then(|()| out.write_all(b"\n")) {
        if error.kind() == ErrorKind::BrokenPipe {
            std::process::exit(0);
        }
        error_line(format_args!("demarche: what was done cannot be told on standard output: {error}"));
        std::process::exit(1);
    }
}

/// Prints a line on standard error; where that cannot be written either, there is nobody to tell.
pub fn error_line(told: Arguments<'_>) {
    let mut out = std::io::stderr().lock();
    let _ = out.write_fmt(told).and_then(|()| out.write_all(b"\n"));
}

/// Text from outside as it may stand on a terminal, in one line: control characters and marks of reading direction are shown as `�`.
pub fn printable(text: &str) -> String {
    let steers = |letter: char| {
        letter.is_control() || matches!(letter, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
    };
    text.chars()
        .map(|letter| match letter {
            '\n' | '\t' | '\r' => ' ',
            letter if steers(letter) => '\u{FFFD}',
            letter => letter,
        })
        .collect()
}

/// A number with its word: `1 letter`, `2 letters`, `0 letters`.
pub fn counted<N: Display + PartialEq + From<u8>>(count: N, one: &str, many: &str) -> String {
    let word = if count == N::from(1) { one } else { many };
    format!("{count} {word}")
}

/// References, days and states, single words of at most this many characters, are never broken on a terminal: they are to be copied.
const LONGEST_WHOLE: u16 = 24;

/// Prints a table: as wide as the terminal, or plain, a line per row, where it is read by a program. A line feed in a cell is kept on a terminal.
///
/// # Errors
///
/// Where standard output cannot be written.
pub fn print_table(headers: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> std::io::Result<()> {
    let on_terminal = std::io::stdout().is_terminal();
    let mut table = Table::new();
    let between_lines = if on_terminal {
        table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
        "\n"
    } else {
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        "  "
    };
    table.set_header(headers.iter().map(|header| (*header).to_owned()));
    let mut in_words = vec![false; headers.len()];
    for row in rows {
        for (in_words, cell) in in_words.iter_mut().zip(&row) {
            *in_words |= cell.contains(' ');
        }
        table.add_row(row.iter().map(|cell| cell.lines().map(printable).collect::<Vec<_>>().join(between_lines)));
    }
    if on_terminal {
        let widths = table.column_max_content_widths();
        for ((column, width), in_words) in table.column_iter_mut().zip(widths).zip(in_words) {
            column.set_padding((0, 1));
            if width <= LONGEST_WHOLE && !in_words {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
    }
    let mut out = std::io::stdout().lock();
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// The width of the terminal, 80 where there is none.
fn width() -> usize {
    comfy_table::Table::new().width().map_or(80, usize::from).clamp(40, 120)
}

/// Prints text from outside as a paragraph, indented by so many columns, broken at the terminal's width.
pub fn paragraph(text: &str, indent: usize) {
    let text = printable(text);
    let room = width().saturating_sub(indent).max(20);
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            println!("{:indent$}{line}", "");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    println!("{:indent$}{line}", "");
}

/// To the minute, with the zone: the office's, which is not always that of the machine.
pub fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// Prints a JSON object a line.
///
/// # Errors
///
/// Where a value cannot be told in JSON, or standard output cannot be written.
pub fn json_lines(values: impl IntoIterator<Item = impl Serialize>) -> anyhow::Result<ExitCode> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for value in values {
        serde_json::to_writer(&mut out, &value)?;
        writeln!(out)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Prints one JSON value, on as many lines as reads well.
///
/// # Errors
///
/// Where the value cannot be told in JSON, or standard output cannot be written.
pub fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(())
}

/// A bar on standard error while that is a terminal; nothing otherwise.
pub fn progress(length: u64, what: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
    }
    let bar = ProgressBar::new(length).with_message(what.to_owned());
    match ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} {eta}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// The exit code that an error stands for.
pub fn exit_code(error: &anyhow::Error) -> ExitCode {
    if error.chain().any(is_configuration) {
        return ExitCode::from(3);
    }
    if error.chain().any(may_succeed_later) { ExitCode::from(4) } else { ExitCode::FAILURE }
}

type Cause = dyn std::error::Error + 'static;

// What is shown as its cause alone (`transparent`) does not stand in the chain with it, so that is looked into here.
fn open_fault(cause: &Cause) -> Option<&OpenFault> {
    match cause.downcast_ref::<RunFault>() {
        Some(RunFault::Open(fault)) => Some(fault),
        _ => cause.downcast_ref::<OpenFault>(),
    }
}

fn is_configuration(cause: &Cause) -> bool {
    cause.is::<Faults>()
        || cause.is::<Fault>()
        || matches!(cause.downcast_ref::<RunFault>(), Some(RunFault::Configuration(_)))
        || matches!(open_fault(cause), Some(OpenFault::Configuration(_) | OpenFault::Templates(_)))
}

fn may_succeed_later(cause: &Cause) -> bool {
    match cause.downcast_ref::<CompareFault>() {
        Some(CompareFault::Unread { needs_a_person, .. }) => !needs_a_person,
        Some(CompareFault::SentFolder(fault)) => !fault.needs_a_person(),
        Some(CompareFault::Register(_)) | None => register_error(cause).is_some_and(RegisterError::is_temporary),
    }
}

fn register_error(cause: &Cause) -> Option<&RegisterError> {
    match (cause.downcast_ref::<RunFault>(), open_fault(cause), cause.downcast_ref::<CompareFault>()) {
        (Some(RunFault::Register(error)), ..) | (_, Some(OpenFault::Register(error)), _) | (.., Some(CompareFault::Register(error))) => {
            Some(error)
        }
        _ => cause.downcast_ref::<RegisterError>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_cannot_steer_the_terminal() {
        assert_eq!(printable("Re:\u{1b}[2J\u{7}\nyour \u{202E}letter"), "Re:\u{FFFD}[2J\u{FFFD} your \u{FFFD}letter");
        assert_eq!(printable("Odpověď č. 7"), "Odpověď č. 7");
    }

    #[test]
    fn what_may_succeed_later_ends_with_four_however_it_is_wrapped() {
        use crate::domain::refusal::{OtherProcess, Refusal};
        use crate::transport::ReceiveError;
        let at_work = || RegisterError::AtWork(OtherProcess::HoldsLock { holder: None });
        let empty = || RegisterError::from(Refusal::NoRequestYet { why: "it is behind".into() });
        let place = || "imap:desk@mail.office.example".to_owned();
        let unreachable = ReceiveError::Unreachable { place: place(), reason: "no route".into() };
        let log_in = ReceiveError::LogInRefused { place: place(), reason: "wrong password".into() };
        let unread = |needs_a_person| CompareFault::Unread { fault: "the mailbox cannot be read".into(), needs_a_person };
        let no_file = || Fault::of_file(std::path::Path::new("x"), "is not there", "make it");
        for (error, code) in [
            (anyhow::Error::from(at_work()), 4),
            (at_work().into(), 4),
            (RunFault::from(at_work()).into(), 4),
            (RunFault::from(OpenFault::from(at_work())).into(), 4),
            (CompareFault::from(at_work()).into(), 4),
            (anyhow::Error::from(at_work()).context("while a letter was tried again"), 4),
            (RegisterError::from(Refusal::Locked).into(), 4),
            (RegisterError::from(Refusal::NoThreadForLease { said: "no memory".into() }).into(), 4),
            (unread(false).into(), 4),
            (unread(true).into(), 1),
            (CompareFault::from(unreachable).into(), 4),
            (CompareFault::from(log_in).into(), 1),
            (CompareFault::from(empty()).into(), 1),
            (empty().into(), 1),
            (anyhow::anyhow!("nobody has that name"), 1),
            (no_file().into(), 3),
            (RunFault::from(OpenFault::from(no_file())).into(), 3),
            (RunFault::from(Faults::from(no_file())).into(), 3),
        ] {
            assert_eq!(exit_code(&error), ExitCode::from(code), "{error:#}");
        }
    }

    #[test]
    fn a_time_says_in_which_zone_it_is_meant() {
        let at: Timestamp = "2026-07-01T23:30:00Z".parse().unwrap();
        let told = |zone: &str| moment(at, &TimeZone::get(zone).unwrap());
        assert_eq!(told("Etc/UTC"), "2026-07-01 23:30 UTC");
        assert_eq!(told("Europe/Prague"), "2026-07-02 01:30 CEST");
        assert_eq!(told("Asia/Tbilisi"), "2026-07-02 03:30 +04");
    }
}
