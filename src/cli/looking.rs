//! `search`, `status`, `forecast`: looking, without changing anything.

use super::output;
use super::place::Place;
use crate::domain::health::told_together;
use crate::domain::letter::LetterRole;
use crate::domain::rules::day_in;
use clap::Args;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// Search everything sent and received, attachments too, without regard to accents
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche search ventilation cells")]
pub struct Search {
    #[arg(required = true, value_name = "WORD")]
    words: Vec<String>,
    /// At most this many
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Lists what holds all the words, best first; days in the office's zone.
///
/// # Errors
///
/// Where the workspace or its register cannot be opened or read, or the output cannot be written.
pub fn search(search: &Search, place: &Place) -> anyhow::Result<ExitCode> {
    let (reader, _) = place.reader()?;
    let hits = reader.search(&search.words, search.limit)?;
    if search.json {
        return output::json_lines(hits);
    }
    let zone = &reader.rules().time_zone;
    let rows = hits.into_iter().map(|hit| {
        let what = hit.mail.map_or_else(
            || {
                let life = hit.life.map_or_else(String::new, |life| format!(" ({})", life.name()));
                format!("letter {}{life}", hit.letter.unwrap_or_default())
            },
            |mail| format!("mail {mail}"),
        );
        vec![what, day_in(hit.at, zone).to_string(), hit.people, hit.subject, hit.requests.join(" ")]
    });
    output::print_table(&["what", "on", "from or to", "subject", "requests"], rows)?;
    Ok(ExitCode::SUCCESS)
}

/// References named of what is held for one reason; it is one screen.
const MOST_HELD: usize = 6;

/// One screen: how many of each state, what is due this week, what waits for a person, health
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche status")]
pub struct Status {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Shows how the office stands now; days and times in the office's zone.
///
/// # Errors
///
/// Where the workspace or its register cannot be opened or read, or the JSON cannot be written.
pub fn status(arguments: &Status, place: &Place) -> anyhow::Result<ExitCode> {
    let (reader, now) = place.reader()?;
    let status = reader.status(now)?;
    let zone = &reader.rules().time_zone;
    if arguments.json {
        output::print_json(&status)?;
        return Ok(ExitCode::SUCCESS);
    }
    let counted = |counts: &BTreeMap<&str, u64>| {
        let words: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
        if words.is_empty() { "none".to_string() } else { words.join(", ") }
    };
    output::paragraph(&format!("Requests   {}", counted(&status.requests)), 0);
    output::paragraph(&format!("Letters    {}", counted(&status.deliveries)), 0);
    output::paragraph(&format!("Mail       {}", counted(&status.mails)), 0);
    println!();
    if !status.due_this_week.is_empty() {
        output::paragraph(&format!("Due within a week: {}", status.due_this_week.join(", ")), 0);
    }
    match (status.waiting_for_a_person, status.oldest_waiting) {
        (0, _) | (_, None) => println!("Nothing waits for a person."),
        (1, Some(since)) => println!("1 mail waits for a person since {}: demarche mail list --waiting", day_in(since, zone)),
        (count, Some(oldest)) => {
            println!("{count} mails wait for a person, the oldest since {}: demarche mail list --waiting", day_in(oldest, zone));
        }
    }
    match (status.drafts, status.next_release_by) {
        (0, _) | (_, None) => {}
        (1, Some(by)) => println!("1 letter is drafted and waits to be released by {by}: demarche letters list --drafts"),
        (drafts, Some(by)) => {
            println!("{drafts} letters are drafted and wait to be released, the first by {by}: demarche letters list --drafts");
        }
    }
    match status.suppressed_contacts {
        0 => {}
        count => {
            let are = output::counted(count, "address of the directory is", "addresses of the directory are");
            println!("{are} suppressed: demarche authorities list");
        }
    }
    for silence in &status.silent {
        let line = format!(
            "No reply, receipt or delivery report has come from {} for the last {} letters (since {}): they may be arriving in spam; write or call by another way",
            silence.to, silence.letters, silence.since
        );
        output::paragraph(&line, 0);
    }
    let mut held: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for request in &status.held {
        held.entry(request.why).or_default().push(&request.reference);
    }
    for (why, references) in held {
        let shown = references.iter().take(MOST_HELD).copied().collect::<Vec<_>>().join(", ");
        let more = references.len().saturating_sub(MOST_HELD);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        output::paragraph(&format!("Waits, because {why}: {shown}{more}"), 0);
    }
    match status.due_now {
        0 => {}
        1 => println!("1 step is due; the next pass takes it."),
        due => println!("{due} steps are due; the next pass takes them."),
    }
    if let Some(next) = status.next_step_at {
        println!("Next step: {}", output::moment(next, zone));
    }
    println!();
    for part in told_together(&status.health) {
        let names = part.names();
        let line = match (part.failing_since, &part.fault) {
            (Some(since), fault) => {
                format!("{names} FAILS since {}: {}", output::moment(since, zone), fault.as_deref().unwrap_or_default())
            }
            (None, _) => format!("{names} well, last at {}", part.ok_at.map(|at| output::moment(at, zone)).unwrap_or_default()),
        };
        output::paragraph(&line, 0);
    }
    match status.daemon_seen {
        Some(seen) => println!("The daemon was last seen at {}.", output::moment(seen, zone)),
        None => println!("No daemon runs."),
    }
    Ok(ExitCode::SUCCESS)
}

/// Show what would be sent when, if nobody answered
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche forecast --until 2026-12-31")]
pub struct Forecast {
    /// The last day looked at; 30 days from now if not given
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Lists what would be sent until a day, that day included; without one, until 30 days from today in the office's zone.
///
/// # Errors
///
/// Where the workspace or its register cannot be opened or read, or the output cannot be written.
pub fn forecast(arguments: &Forecast, place: &Place) -> anyhow::Result<ExitCode> {
    let (reader, now) = place.reader()?;
    let today = day_in(now, &reader.rules().time_zone);
    let until = arguments.until.unwrap_or_else(|| crate::domain::calendar::plus_days(today, 30));
    let foreseen = reader.forecast(now, until)?;
    if arguments.json {
        return output::json_lines(foreseen);
    }
    if foreseen.is_empty() {
        println!("Nothing would be sent until {until}.");
        return Ok(ExitCode::SUCCESS);
    }
    let rows = foreseen.into_iter().map(|step| {
        let what = if step.examination { LetterRole::Examination.name().to_owned() } else { step.step };
        let to = match step.held {
            Some(hold) => format!("waits: {}", hold.why()),
            None if step.to.is_empty() => step.authority,
            None => step.to.join(", "),
        };
        vec![step.on.to_string(), step.reference, what, to]
    });
    output::print_table(&["on", "reference", "step", "to"], rows)?;
    Ok(ExitCode::SUCCESS)
}
