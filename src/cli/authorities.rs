//! `demarche authorities`: the directory.

use super::output;
use super::place::Place;
use crate::domain::deliverability::AddressState;
use crate::domain::post::{Mailbox, Unit, Validity};
use crate::domain::rules::day_in;
use crate::register::RequestView;
use clap::{Args, Subcommand};
use jiff::civil::Date;
use serde_json::json;
use std::process::ExitCode;

/// List the authorities of the directory, or show one
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche authorities list")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Show(Show),
}

/// List authorities with their requests
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche authorities list")]
struct List {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Show an authority: units, posts and people, domains, every request to it
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche authorities show 'Prison Service'")]
struct Show {
    /// Name or alias
    name: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Lists the authorities of the directory, or shows one; who holds a seat is as of today, in that authority's zone.
///
/// # Errors
///
/// Where the workspace or its register cannot be opened or read, no authority has the name, or the output cannot be written.
pub fn run(arguments: &Arguments, place: &Place) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::List(list) => self::list(place, list),
        Command::Show(show) => self::show(place, show),
    }
}

fn list(place: &Place, list: &List) -> anyhow::Result<ExitCode> {
    let (reader, now) = place.reader()?;
    let views = reader.authority_views(now)?;
    if list.json {
        return output::json_lines(views);
    }
    let rows = views.into_iter().map(|view| {
        let contacts =
            if view.suppressed == 0 { view.contacts.to_string() } else { format!("{} ({} suppressed)", view.contacts, view.suppressed) };
        vec![view.name, contacts, view.requests.to_string(), view.open.to_string(), view.overdue.to_string(), view.answered.to_string()]
    });
    output::print_table(&["authority", "contacts", "requests", "open", "overdue", "answered"], rows)?;
    Ok(ExitCode::SUCCESS)
}

fn show(place: &Place, show: &Show) -> anyhow::Result<ExitCode> {
    let (reader, now) = place.reader()?;
    let authority = reader
        .authority_named(&show.name)?
        .ok_or_else(|| anyhow::anyhow!("no authority is named {:?}; `demarche authorities list` shows them", show.name))?;
    let parent = authority.parent.map(|parent| reader.authority(parent)).transpose()?.map(|parent| parent.name);
    let is_theirs = |view: &RequestView| view.authority == authority.name;
    let requests: Vec<RequestView> = reader.request_views(now)?.into_iter().filter(is_theirs).collect();
    let senders = reader.confirmed_senders(authority.id)?;
    let units = reader.units(authority.id)?;
    if show.json {
        output::print_json(&json!({ "authority": authority, "parent": parent, "units": units, "senders": senders, "requests": requests }))?;
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}", output::printable(&authority.name));
    let today = day_in(now, &reader.rules().time_zone_of(&authority));
    let line = |label: &str, words: &[String]| {
        if !words.is_empty() {
            output::paragraph(&format!("{label}: {}", words.join(", ")), 2);
        }
    };
    line("also called", &authority.aliases);
    line("supervised by", &parent.into_iter().collect::<Vec<_>>());
    line("domains", &authority.domains);
    line("language", &authority.language.iter().cloned().collect::<Vec<_>>());
    println!("\nUnits, posts and people");
    for unit in &units {
        show_unit(unit, today, &reader.rules().levels);
    }
    if !senders.is_empty() {
        println!("\nAddresses that write for it, because a person said so of a mail");
    }
    for sender in &senders {
        let since = day_in(sender.since, &reader.rules().time_zone);
        output::paragraph(&format!("{}, since {since} (mail {})", sender.address, sender.mail), 2);
    }
    println!("\nRequests");
    let rows = requests.into_iter().map(|view| {
        vec![
            view.reference,
            view.recommendations.join(", "),
            view.state.name().to_string(),
            view.deadline.to_string(),
            view.answered_on.map(|day| day.to_string()).unwrap_or_default(),
        ]
    });
    output::print_table(&["reference", "recommendations", "state", "due", "answered"], rows)?;
    Ok(ExitCode::SUCCESS)
}

fn show_unit(unit: &Unit, today: Date, levels: &[String]) {
    let name = if unit.name.is_empty() { "The authority as a whole" } else { unit.name.as_str() };
    output::paragraph(name, 2);
    for post in &unit.posts {
        let is_lowest = levels.first() == Some(&post.level);
        let kind = match post.focal_point {
            true => format!("focal point, {}", post.level),
            false if is_lowest && unit.name.is_empty() => format!("general address, {}", post.level),
            false => post.level.clone(),
        };
        let empty = post.empty_since(today).map(|day| format!("; empty since {day}")).unwrap_or_default();
        let title = if post.title.is_empty() { kind } else { format!("{}, {kind}", post.title) };
        output::paragraph(&format!("{title}{}{empty}", span(post.valid)), 4);
        for mailbox in &post.mailboxes {
            output::paragraph(&standing(mailbox, Validity::default(), today), 6);
        }
        for holder in &post.holders {
            output::paragraph(&format!("{}{}", holder.name, days(holder.valid, today, "former holder")), 6);
            for mailbox in &holder.mailboxes {
                output::paragraph(&standing(mailbox, holder.valid, today), 8);
            }
        }
    }
}

/// An address with its days, where they are not its holder's, and what is known of it.
fn standing(mailbox: &Mailbox, of_holder: Validity, today: Date) -> String {
    let own = if mailbox.valid == of_holder { String::new() } else { days(mailbox.valid, today, "former address") };
    let known = match (mailbox.state, &mailbox.evidence) {
        (AddressState::Good, _) => String::new(),
        (AddressState::Suspect, why) => format!("; perhaps not in use: {}", why.as_deref().unwrap_or_default()),
        (AddressState::Suppressed, why) => format!("; no longer written to: {}", why.as_deref().unwrap_or_default()),
    };
    format!("{}{own}{known}", mailbox.address)
}

fn days(valid: Validity, today: Date, formerly: &str) -> String {
    let said = span(valid);
    if valid.ended_before(today) { format!("{said}; {formerly}") } else { said }
}

fn span(valid: Validity) -> String {
    let from = valid.from.map(|from| format!(" from {from}")).unwrap_or_default();
    let to = valid.to.map(|to| format!(" to {to}")).unwrap_or_default();
    let said = format!("{from}{to}");
    if said.is_empty() { said } else { format!(",{said}") }
}
