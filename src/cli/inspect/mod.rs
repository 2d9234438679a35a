//! `demarche inspect`: how a mail is understood, and why. Needs no workspace and changes nothing. In a workspace it also says what the mail would
//! be linked to, and by which rule.
//!
//! Mails are read in worker processes, as the daemon reads them: what is seen here is what the daemon would do, hostile mail included.

mod explanation;
mod linking;

use crate::cli::mail_files::{self, Mail};
use crate::cli::place::Place;
use crate::daemon::assembling::worker_options;
use crate::intake::{Worker, WorkerFault, WorkerOptions};
use crate::mail::Understood;
use anyhow::Context;
use clap::Args;
use linking::{Desk, WouldLink};
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Mails handed to the workers at a time, and their bytes: bounds memory, not work.
const BATCH: usize = 128;
const BATCH_BYTES: usize = 32 << 20;

/// Explain how mails are understood: kind, reasons, what was newly written, attachments; in a workspace, what they would be linked to.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  demarche inspect letter.eml\n  demarche inspect --json Maildir/cur > understood.jsonl\n  demarche inspect - < archive.mbox\n  demarche -C office inspect letter.eml\n\n\
    In a workspace, senders are verified by what the own server wrote down, not by asking the DNS: keys of old mail are gone."
)]
pub struct Arguments {
    /// Print one JSON object a mail.
    #[arg(long)]
    json: bool,
    /// Files (a mail or an mbox), folders with all below them, or `-` for standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Inspected<'a> {
    file: &'a str,
    #[serde(flatten)]
    understood: &'a Understood,
    #[serde(flatten)]
    linked: Option<&'a WouldLink>,
}

/// Prints how each mail is understood, in the order of the files.
///
/// # Errors
///
/// Where a workspace is named or is this folder and it or its register cannot be opened or read, the runtime cannot be started, this program
/// cannot find itself to start its workers, or the output cannot be written. A file that cannot be read is told, with exit code 1; a mail that cannot
/// is printed as such.
pub fn run(arguments: &Arguments, place: &Place) -> anyhow::Result<ExitCode> {
    let desk = place.load_if_any()?.map(Desk::open).transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("the runtime could not be started")?;
    let options = desk
        .as_ref()
        .map_or_else(WorkerOptions::of_this_program, |desk| worker_options(&desk.workspace))
        .context("the path of this program could not be found")?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let mut workers: Vec<Worker> = (0..cores).map(|_| Worker::start(options.clone())).collect();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let (files, mut whole) = mail_files::under(&arguments.paths);
    let mut batch = Vec::new();
    let mut bytes = 0;
    for file in &files {
        for mail in mail_files::mails_of(file) {
            let mail = match mail {
                Ok(mail) => mail,
                Err(error) => {
                    eprintln!("demarche: {} could not be read: {error}", file.display());
                    whole = false;
                    continue;
                }
            };
            bytes += mail.raw.len();
            batch.push(mail);
            if batch.len() >= BATCH || bytes >= BATCH_BYTES {
                runtime.block_on(show(&mut workers, &batch, desk.as_ref(), arguments.json, &mut out))?;
                batch.clear();
                bytes = 0;
            }
        }
    }
    runtime.block_on(show(&mut workers, &batch, desk.as_ref(), arguments.json, &mut out))?;
    out.flush()?;
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Understands a batch, the mails dealt out to the workers in turn, and prints it in order.
async fn show(workers: &mut [Worker], batch: &[Mail], desk: Option<&Desk>, json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let count = workers.len();
    let hands = workers.iter_mut().enumerate().map(|(hand, worker)| {
        let mails: Vec<&[u8]> = batch.iter().skip(hand).step_by(count).map(|mail| &mail.raw[..]).collect();
        async move {
            match desk {
                Some(desk) => desk.senders.understand_all(worker, &mails).await,
                None => worker.understand_all(&mails).await.into_iter().map(|result| result.map(|understood| (understood, None))).collect(),
            }
        }
    });
    let mut results: Vec<_> = futures::future::join_all(hands).await.into_iter().map(Vec::into_iter).collect();
    for (place, mail) in batch.iter().enumerate() {
        let result = results.get_mut(place % count).and_then(Iterator::next);
        let (mut understood, authenticity) = match result {
            Some(Ok(understood)) => understood,
            Some(Err(fault)) => (unread(&fault), None),
            None => continue,
        };
        if mail.size > mail.raw.len() as u64 {
            understood = unread(&WorkerFault::TooLarge(usize::try_from(mail.size).unwrap_or(usize::MAX)));
        }
        let linked = desk.map(|desk| desk.would_link(mail, &understood, authenticity.as_ref())).transpose()?;
        if json {
            let inspected = Inspected { file: &mail.file, understood: &understood, linked: linked.as_ref() };
            inspected.serialize(&mut Serializer::with_formatter(&mut *out, OneLine))?;
            writeln!(out)?;
        } else {
            write!(out, "{}", explanation::of(&mail.file, &understood, linked.as_ref()))?;
        }
    }
    Ok(())
}

/// JSON on one line for every reader: some end a line at what Unicode calls line ends, which JSON lets stand in strings.
struct OneLine;

impl Formatter for OneLine {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['\u{85}', '\u{2028}', '\u{2029}']) {
            let (before, from) = rest.split_at(at);
            let mut letters = from.chars();
            let escaped = letters.next().map_or(0, u32::from);
            write!(writer, "{before}\\u{escaped:04x}")?;
            rest = letters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

/// What is shown of a mail that the worker could not read: nothing but why.
fn unread(fault: &WorkerFault) -> Understood {
    let fault = fault.to_string();
    let mut letters = fault.chars();
    let sentence = letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default();
    Understood { problems: vec![format!("{sentence}.")], ..Understood::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_with_line_ends_of_unicode_stays_on_its_line_and_is_the_same_string() {
        let text = "one\u{85}two\u{2028}three\u{2029}\n\"four\"";
        let mut json = Vec::new();
        text.serialize(&mut Serializer::with_formatter(&mut json, OneLine)).unwrap();
        let json = String::from_utf8(json).unwrap();
        assert!(json.is_ascii(), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
