//! `demarche resume`: after a back-up was put in the register's place. Letters that left since that back-up are looked for before any letter leaves.

use super::output;
use super::place::Place;
use crate::daemon::lease::Lease;
use crate::daemon::running;
use crate::pass::Stop;
use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;
use std::process::ExitCode;

/// Compare a restored register with the Sent folder and the mailbox, and let letters leave again
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  systemctl stop demarche\n  demarche resume\n  systemctl start demarche")]
pub struct Arguments {
    /// Let letters leave although there is no Sent folder to compare with
    #[arg(long)]
    anyway: bool,
}

/// Looks for what left after the back-up, and lets letters leave again.
///
/// # Errors
///
/// Where the runtime cannot be started or signals cannot be listened to; the workspace, its register or what its configuration names cannot be
/// opened; another process works on the register; the mailboxes or the Sent folder cannot be read; the register cannot be written; demarche is asked
/// to stop before all was compared; or letters wait, there is no Sent folder, and `--anyway` was not given.
pub fn run(arguments: &Arguments, place: &Place) -> anyhow::Result<ExitCode> {
    let workspace = place.load()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let told = runtime.block_on(async {
        let stop = Stop::on_signals().context("signals cannot be listened to")?;
        let _lease = Lease::take(&workspace, &stop)?;
        let mut office = running::at_work(&workspace, &stop)?;
        if office.register.is_behind()?.is_none() {
            return Ok(vec!["The register is not behind; nothing was changed.".to_owned()]);
        }
        let actor = place.actor();
        let compared = tokio::select! {
            compared = office.compare(&actor) => compared?,
            () = stop.asked() => bail!("demarche was asked to stop before all was compared; nothing leaves yet"),
        };
        let mut told: Vec<String> =
            [told_of_unknown(&compared.unknown), told_of_recorded(&compared.recorded)].into_iter().flatten().collect();
        let not_seen = compared.not_left + compared.drafts;
        if !compared.looked && not_seen > 0 && !arguments.anyway {
            bail!(
                "{}{}, and without a Sent folder ([sending] sent_folder) nobody can tell which of them have left already. Look \
                 through requests list and the authorities' receipts; then demarche resume --anyway lets all of them leave, \
                 drafts once they are released",
                told.iter().map(|told| format!("{told} ")).collect::<String>(),
                output::counted(not_seen, "letter waits", "letters wait")
            );
        }
        office.register.caught_up(&actor, office.register.time_to_act(Timestamp::now())?)?;
        running::take_leave(office, &stop).await;
        told.push(format!(
            "{} had left already; {} with the next pass.",
            output::counted(compared.had_left, "letter", "letters"),
            output::counted(compared.not_left, "leaves", "leave")
        ));
        Ok(told)
    });
    runtime.shutdown_background();
    told?.iter().for_each(|told| output::paragraph(told, 0));
    Ok(ExitCode::SUCCESS)
}

fn told_of_recorded(references: &[String]) -> Option<String> {
    if references.is_empty() {
        return None;
    }
    let mut named = references.to_vec();
    named.dedup();
    Some(format!(
        "Letters about requests of this register left after the back-up, and are recorded now as far as can be told: {}.",
        named.join(", ")
    ))
}

fn told_of_unknown(references: &[String]) -> Option<String> {
    if references.is_empty() {
        return None;
    }
    Some(format!(
        "Letters of {} left of which this register knows nothing: {}. Those numbers are not used again; what was opened after the back-up \
         must be opened anew, and the authorities have these letters.",
        output::counted(references.len(), "request", "requests"),
        references.join(", ")
    ))
}
