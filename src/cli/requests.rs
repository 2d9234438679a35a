//! `demarche requests`: opened, listed, shown, and what a person decides about them.

use super::letters;
use super::output;
use super::place::Place;
use super::written_letter::enclosures;
use crate::domain::deliverability::Delivery;
use crate::domain::kind::Kind;
use crate::domain::letter::LetterRole;
use crate::domain::letter_life::{LetterLife, begins_as};
use crate::domain::request::{EndingKind, ExchangeState, Request};
use crate::domain::steps::Purpose;
use crate::office::{Opened, Opening, RequestSelection};
use crate::register::{HeldBack, LettersRest, MailView, RequestView, WaitingMail, WaitsFor};
use clap::{Args, Subcommand};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Open, list, show requests; extend, waive, pause, resume, withdraw, close them.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche requests list --state overdue")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Open(Open),
    List(List),
    Show(Show),
    Extend(Extend),
    /// Decide that no answer is needed
    #[command(after_help = "Example:\n  demarche requests waive NPM-2026-0147-K --reason 'the unit was closed'")]
    Waive(Decide),
    /// Pause the deadline while the office owes the authority something
    #[command(after_help = "Example:\n  demarche requests pause NPM-2026-0147-K --reason 'they asked which cells are meant'")]
    Pause(Decide),
    /// End the pause; the deadline moves by the days that it lasted
    #[command(after_help = "Example:\n  demarche requests resume NPM-2026-0147-K --reason 'the cells were named on 3 May'")]
    Resume(Decide),
    /// Take back a request that should not have been made
    #[command(after_help = "Example:\n  demarche requests withdraw NPM-2026-0147-K --reason 'sent to the wrong authority'")]
    Withdraw(Decide),
    /// Decide that nothing more will be done
    #[command(after_help = "Example:\n  demarche requests close NPM-2026-0147-K --reason 'taken up in the annual report'")]
    Close(Decide),
}

/// Open a request to each addressee not yet asked; the next pass sends the letters
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  demarche requests open --new --dry-run\n  demarche requests open --report 'Visit 2026/3' --preview\n  demarche requests open --report 'Visit 2026/3' --draft --attach annex.pdf"
)]
struct Open {
    /// All recommendations of this report
    #[arg(long, value_name = "REPORT", conflicts_with_all = ["recommendation", "new"])]
    report: Option<String>,
    /// One recommendation
    #[arg(long, value_name = "REFERENCE", conflicts_with = "new")]
    recommendation: Option<String>,
    /// Every recommendation with an addressee not yet asked
    #[arg(long)]
    new: bool,
    /// Keep the letters as drafts until somebody releases them
    #[arg(long)]
    draft: bool,
    /// A file to send with each first letter
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
    /// Show the letters exactly as they would be written, and change nothing
    #[arg(long, conflicts_with = "dry_run")]
    preview: bool,
    /// Show what would be opened, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// List requests with their state
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche requests list --state overdue")]
struct List {
    /// pending, partial, overdue or completed
    #[arg(long, value_parser = state)]
    state: Option<ExchangeState>,
    /// Only to this authority (name or alias)
    #[arg(long)]
    authority: Option<String>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Show a request: what was asked, its deadline line by line, letters, mails, events
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche requests show NPM-2026-0147-K")]
struct Show {
    /// Of the request, as `requests list` shows it
    reference: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Grant a later deadline
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche requests extend NPM-2026-0147-K 2026-11-30 --reason 'new director'")]
struct Extend {
    /// Of the request, as `requests list` shows it
    reference: String,
    /// The new last day, as 2026-11-30
    until: Date,
    /// Why; kept in the record
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Args)]
struct Decide {
    /// Of the request, as `requests list` shows it
    reference: String,
    /// Why; kept in the record
    #[arg(long)]
    reason: String,
}

fn state(word: &str) -> Result<ExchangeState, String> {
    ExchangeState::from_name(word).ok_or_else(|| "expected pending, partial, overdue or completed".into())
}

/// Opens, lists or shows requests, or records a person's decision on one; times are shown in the office's zone.
///
/// # Errors
///
/// Refused: an unknown request or authority, an opening that does not say of what, a decision that does not fit how the request stands, and new
/// requests while the register is behind the world. Also where the workspace or its register cannot be opened or read, the output cannot be
/// written, or, of what changes anything, the secret is not this register's or the register cannot be written.
pub fn run(arguments: &Arguments, place: &Place) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Open(open) => self::open(place, open),
        Command::List(list) => self::list(place, list),
        Command::Show(show) => self::show(place, show),
        Command::Extend(extend) => {
            let (mut register, now) = place.register()?;
            let request = register.extend(&extend.reference, extend.until, &extend.reason, &place.actor(), now)?;
            println!("{} is now due on {}.", request.reference, request.deadline);
            say_what_waits(place, &request)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Waive(decide) => end(place, decide, EndingKind::Waived),
        Command::Withdraw(decide) => end(place, decide, EndingKind::Withdrawn),
        Command::Close(decide) => end(place, decide, EndingKind::Closed),
        Command::Pause(decide) => {
            let (mut register, now) = place.register()?;
            let request = register.pause(&decide.reference, &decide.reason, &place.actor(), now)?;
            println!("The deadline of {} is paused.", request.reference);
            say_what_waits(place, &request)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Resume(decide) => {
            let (mut register, now) = place.register()?;
            let request = register.resume(&decide.reference, &decide.reason, &place.actor(), now)?;
            println!("The pause of {} has ended; it is due on {}.", request.reference, request.deadline);
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// A mail that asked for what was decided goes on waiting, and its letters rest, until somebody says so of it too.
fn say_what_waits(place: &Place, request: &Request) -> anyhow::Result<()> {
    let (reader, now) = place.reader()?;
    for waiting in reader.waits_for(request, now)?.mails {
        let steps = reader.steps(&reader.mail_view(waiting.mail)?, None)?;
        let says_no_more = steps.iter().filter(|step| step.purpose == Purpose::DoesNotAnswer);
        let commands = says_no_more.flat_map(|step| step.commands(&request.reference));
        for command in commands.filter(|command| command.ends_with(&format!(" {}", request.reference))) {
            output::paragraph(&format!("Mail {} waits and may be about it. If it asked for this and does not answer:", waiting.mail), 0);
            println!("    {command}");
        }
    }
    Ok(())
}

fn end(place: &Place, decide: &Decide, how: EndingKind) -> anyhow::Result<ExitCode> {
    let (mut register, now) = place.register()?;
    let request = register.end(&decide.reference, how, &decide.reason, &place.actor(), now)?;
    println!("{} is {}.", request.reference, how.name());
    Ok(ExitCode::SUCCESS)
}

fn open(place: &Place, open: &Open) -> anyhow::Result<ExitCode> {
    let selection = match (&open.report, &open.recommendation, open.new) {
        (Some(report), _, _) => RequestSelection::Report(report.clone()),
        (_, Some(reference), _) => RequestSelection::Recommendation(reference.clone()),
        (None, None, true) => RequestSelection::AllNew,
        (None, None, false) => {
            anyhow::bail!("say which: --report REPORT, --recommendation REFERENCE, or --new for all not yet asked about")
        }
    };
    let opening = Opening { drafted: open.draft, enclosures: enclosures(&open.attach)? };
    if open.preview {
        return super::preview::preview(place, open.json, &selection, &opening);
    }
    let (mut register, now) = place.register()?;
    let opened = register.open_requests_as(&selection, &opening, &place.actor(), now, open.dry_run)?;
    if open.json {
        output::print_json(&opened.requests.iter().map(as_json).collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    let rules = register.rules();
    let is_drafted = begins_as(LetterRole::Request, rules.lowest_level(), open.draft, &rules.drafts) == LetterLife::Draft;
    print_opened(&opened, open.dry_run, is_drafted)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn as_json(request: &crate::office::OpenedRequest) -> serde_json::Value {
    json!({
        "reference": request.reference, "joint": request.matter, "authority": request.authority, "unit": request.unit,
        "recommendations": request.recommendations, "recipient": request.recipient, "urgency": request.urgency, "deadline": request.deadline,
        "written_at": request.written_at,
    })
}

/// `is_drafted`: whether their letters wait for a person.
fn print_opened(opened: &Opened, dry_run: bool, is_drafted: bool) -> anyhow::Result<()> {
    if opened.requests.is_empty() {
        println!("Nothing to open: every addressee was asked already, or no recommendation fits.");
        return Ok(());
    }
    let rows = opened.requests.iter().map(|request| {
        vec![
            request.reference.clone(),
            name_with_unit(&request.authority, &request.unit),
            request.recommendations.join(", "),
            request.recipient.clone().unwrap_or_else(|| "nobody in the directory".into()),
            request.deadline.to_string(),
        ]
    });
    output::print_table(&["reference", "authority", "recommendations", "to", "due"], rows)?;
    let counted = output::counted(opened.requests.len(), "request", "requests");
    if dry_run {
        println!("{counted} would be opened; nothing was changed.");
    } else if is_drafted {
        println!("{counted} opened; the next pass (`demarche tick`, or the daemon) drafts the letters: demarche letters list --drafts");
    } else {
        println!("{counted} opened; the next pass (`demarche tick`, or the daemon) sends the letters.");
    }
    Ok(())
}

fn name_with_unit(authority: &str, unit: &str) -> String {
    if unit.is_empty() { authority.to_string() } else { format!("{authority} ({unit})") }
}

fn list(place: &Place, list: &List) -> anyhow::Result<ExitCode> {
    let (reader, now) = place.reader()?;
    let authority = match &list.authority {
        Some(name) => Some(
            reader
                .authority_named(name)?
                .ok_or_else(|| anyhow::anyhow!("no authority is named {name:?}; `demarche authorities list` shows them"))?
                .name,
        ),
        None => None,
    };
    let views = reader.request_views(now)?.into_iter().filter(|view| {
        list.state.is_none_or(|state| view.state == state) && authority.as_ref().is_none_or(|authority| view.authority == *authority)
    });
    if list.json {
        return output::json_lines(views);
    }
    let rows = views.map(|view: RequestView| {
        let state = view.ended.clone().unwrap_or_else(|| if view.paused { "paused".into() } else { view.state.name().into() });
        let state = match view.delivery {
            Some(Delivery::CameBack) => format!("{state}\ncame back"),
            Some(Delivery::Suppressed) => format!("{state}\ncame back, address not used"),
            Some(Delivery::Reported) => format!("{state}\nreported, not proven"),
            _ => state,
        };
        vec![
            view.reference,
            name_with_unit(&view.authority, &view.unit),
            state,
            view.sent_on.map(|day| day.to_string()).unwrap_or_default(),
            view.deadline.to_string(),
            view.answered_on.map(|day| day.to_string()).unwrap_or_default(),
        ]
    });
    output::print_table(&["reference", "authority", "state", "sent", "due", "answered"], rows)?;
    Ok(ExitCode::SUCCESS)
}

fn show(place: &Place, show: &Show) -> anyhow::Result<ExitCode> {
    let (reader, now) = place.reader()?;
    let request = reader.request(&show.reference)?;
    let view = reader.request_view(&request, now)?;
    let recommendations = reader.recommendations_of(request.id)?;
    let computation = reader.computation(&request)?;
    let written = reader.letters_of(request.id)?;
    let mails = reader.mails_of(request.id)?;
    let waits = reader.waits_for(&request, now)?;
    let events = reader.events_of_request(request.id)?;
    let vacant = reader.vacant_levels_of(&request, now)?;
    if show.json {
        output::print_json(&json!({
            "request": view, "recommendations": recommendations, "computation": computation, "vacant_levels": vacant, "letters": written,
            "mails": mails, "waits_for": waits, "events": events,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} to {}", view.reference, name_with_unit(&view.authority, &view.unit));
    println!("  {} (joint request {}: {})", view.ended.as_deref().unwrap_or(view.state.name()), view.joint, view.joint_state.name());
    match view.delivery {
        Some(Delivery::CameBack) => println!("  a letter came back, and nobody has acted on it"),
        Some(Delivery::Suppressed) => println!("  a letter came back, and its address is written to no more"),
        Some(Delivery::Reported) => {
            println!("  a letter is reported as not delivered, and nothing proves it: `demarche mail list --waiting` shows the report");
        }
        _ => {}
    }
    if let Some(ending) = &request.ended {
        println!("  {} by {}: {}", ending.how.name(), ending.by, ending.reason);
    }
    println!("\nAsked about");
    for (number, recommendation) in (1..).zip(&recommendations) {
        output::paragraph(&format!("{number}. [{}] {}", recommendation.reference, recommendation.text), 2);
    }
    println!("\nDeadline");
    for line in &computation.lines {
        output::paragraph(line, 2);
    }
    if !vacant.is_empty() {
        println!("\nNobody to write to");
        for vacant in &vacant {
            output::paragraph(&format!("{}, due on {}: {}", vacant.step, vacant.due_on, vacant.why.why(&vacant.level)), 2);
            output::paragraph(&format!("{}, or write by hand", vacant.why.mend(&vacant.level)), 4);
        }
    }
    println!("\nLetters");
    let zone = &reader.rules().time_zone;
    written.iter().for_each(|letter| letters::print_letter(letter, zone));
    println!("\nMails");
    mails.iter().for_each(|mail| print_mail(mail, zone));
    print_waits(&waits, zone);
    println!("\nEvents");
    for event in &events {
        println!("  {}  {} ({})", output::moment(event.at, zone), output::printable(&event.kind), output::printable(&event.actor));
        let vacant = event.detail.get("vacant").and_then(|vacant| vacant.as_array()).into_iter().flatten();
        for step in vacant.filter_map(|step| step.as_str()) {
            output::paragraph(&format!("not written, since the directory has nobody there: {}", output::printable(step)), 6);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print_waits(waits: &WaitsFor, zone: &TimeZone) {
    if !waits.mails.is_empty() {
        println!("\nWaits for a person");
    }
    for WaitingMail { mail, received_at, rests } in &waits.mails {
        let rests = match rests {
            LettersRest::No => "no letter rests for it".to_owned(),
            LettersRest::UntilSomebodyLooks => "letters rest until somebody has looked".to_owned(),
            LettersRest::Until(day) => format!("letters rest until {day}, or until somebody has looked"),
        };
        output::paragraph(&format!("mail {mail}, since {}: {rests}", output::moment(*received_at, zone)), 2);
        println!("    demarche mail show {mail}");
    }
    if let Some(HeldBack { step, due_on, why, until }) = &waits.held {
        println!("\nHeld back");
        let until = until.map_or_else(|| why.until().to_owned(), |day| format!("until {day} at the latest"));
        output::paragraph(&format!("{step}, due since {due_on}, {until}: {}", why.why()), 2);
    }
}

fn print_mail(mail: &MailView, zone: &TimeZone) {
    let from = mail.from.as_deref().unwrap_or("nobody");
    println!(
        "  {}  mail {} from {} ({})",
        output::moment(mail.received_at, zone),
        mail.id,
        output::printable(from),
        mail.kind.map_or("?", Kind::name)
    );
    for evidence in &mail.evidence {
        output::paragraph(&format!("{}: {}", evidence.kind, evidence.detail), 6);
    }
}
