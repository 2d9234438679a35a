//! `demarche ingest`: mail that lies in files, recorded as if it had come from the mailbox.

use super::mail_files::{self, Mail};
use super::memory;
use super::output;
use super::place::Place;
use crate::config::{AuthenticitySettings, NameServer};
use crate::daemon::assembling::{sender_authentication, worker_options};
use crate::intake::{Ingested, IngestedMail, MailBytes, MailProcessing, MailReader, Worker};
use crate::pass::PassReport;
use crate::register::Register;
use clap::Args;
use jiff::Timestamp;
use std::path::PathBuf;
use std::process::ExitCode;

/// Mails committed in one transaction, and their bytes.
const BATCH: usize = 50;
const BATCH_BYTES: usize = 16 << 20;

/// Ingest existing mail: Maildir, mbox, .eml files or folders of them; a second time changes nothing
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  demarche ingest archive.mbox\n  demarche ingest ~/Maildir/.Replies exported/*.eml")]
pub struct Arguments {
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Records the mails of all files, then places them as the daemon would.
///
/// # Errors
///
/// Where the workspace or its register cannot be opened, the secret is not this register's, the register cannot be written, the runtime cannot
/// be started, this program cannot find itself to start its worker, or the JSON cannot be written. A file that cannot be read is told, with exit
/// code 1.
pub fn run(arguments: &Arguments, place: &Place) -> anyhow::Result<ExitCode> {
    memory::hold_little();
    let (workspace, register, now) = place.workspace_and_register()?;
    let (files, mut whole) = mail_files::under(&arguments.paths);
    let mut ingest = Ingest { register, now, report: PassReport::default(), batch: Vec::new(), bytes: 0 };
    let bar = output::progress(files.len() as u64, "ingesting");
    for file in &files {
        for mail in mail_files::mails_of(file) {
            match mail {
                Ok(mail) => ingest.add(mail)?,
                Err(error) => {
                    eprintln!("demarche: {} could not be read: {error}", file.display());
                    whole = false;
                }
            }
        }
        bar.inc(1);
    }
    ingest.commit()?;
    bar.finish_and_clear();
    let options = worker_options(&workspace)?;
    let Ingest { mut register, mut report, .. } = ingest;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        // Signatures of old mail have run out and their keys are gone: only what the own server wrote down at arrival counts.
        let senders = sender_authentication(&AuthenticitySettings { dns: NameServer::None, ..workspace.authenticity.clone() });
        let reading = MailReader::new(Worker::start(options), senders);
        MailProcessing::new(&mut register, &reading, &workspace.addresses).process_all(now, &mut report).await
    })?;
    if arguments.json {
        output::print_json(&report)?;
    } else {
        println!(
            "{} ingested, {} known already.",
            output::counted(report.ingested, "mail", "mails"),
            output::counted(report.again, "was", "were")
        );
        println!("{} linked, {} waiting for a person, {} set aside.", report.linked, report.waiting_for_a_person, report.set_aside);
    }
    for fault in &report.faults {
        eprintln!("demarche: {}", output::printable(fault));
    }
    Ok(if whole && report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Ingest {
    register: Register,
    now: Timestamp,
    report: PassReport,
    batch: Vec<Mail>,
    bytes: usize,
}

impl Ingest {
    fn add(&mut self, mail: Mail) -> anyhow::Result<()> {
        self.bytes += mail.raw.len();
        self.batch.push(mail);
        if self.batch.len() >= BATCH || self.bytes >= BATCH_BYTES { self.commit() } else { Ok(()) }
    }

    fn commit(&mut self) -> anyhow::Result<()> {
        let now = self.now;
        let mails: Vec<IngestedMail> = self
            .batch
            .drain(..)
            .map(|mail| IngestedMail {
                cut: mail.size > mail.raw.len() as u64,
                received_at: mail.received_at(now),
                bytes: MailBytes::from(mail.raw.to_vec()),
                source: mail.file,
                flag_at: None,
                note: None,
            })
            .collect();
        for ingested in self.register.record_mails(&mails, now)? {
            match ingested {
                Ingested::New(_) => self.report.ingested += 1,
                Ingested::Again(_) => self.report.again += 1,
            }
        }
        self.bytes = 0;
        Ok(())
    }
}
