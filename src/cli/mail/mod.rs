//! `demarche mail`: what was received, why it was linked, and a person's word on it.

mod show;

use super::output;
use super::place::Place;
use crate::domain::identity::MailId;
use crate::domain::kind::Kind;
use crate::domain::reply::Standing;
use crate::domain::resting::RestKind;
use crate::domain::rules::day_in;
use crate::domain::staff::may_read_sources;
use crate::office::{ForItsSender, Placed};
use crate::register::{MailView, Reader};
use clap::{Args, Subcommand};
use std::io::Write;
use std::process::ExitCode;

/// List and show received mail; link, unlink and mark it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche mail list --waiting")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Show(Show),
    Link(Link),
    Unlink(Unlink),
    Mark(Mark),
    Raw(Raw),
}

/// List received mail, newest first
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  demarche mail list --waiting\n  demarche mail list --json")]
struct List {
    /// received, linked, suggested, unlinked, 'set aside' or quarantined
    #[arg(long, value_parser = standing)]
    standing: Option<Standing>,
    /// Only what waits for a person, oldest first
    #[arg(long, conflicts_with = "standing")]
    waiting: bool,
    /// At most this many
    #[arg(long, default_value_t = usize::MAX, hide_default_value = true)]
    limit: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Show how a mail was understood, what it is linked to, and why
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche mail show 12")]
struct Show {
    /// Of the mail, as `mail list` shows it
    id: i64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Say which requests a mail answers, or belongs to without answering
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  demarche mail link 12 NPM-2026-0147-K NPM-2026-0148-N\n  demarche mail link --no-answer 13 NPM-2026-0147-K"
)]
struct Link {
    /// Of the mail, as `mail list` shows it
    id: i64,
    /// It belongs to them and does not answer: asks for time, puts a question, promises an answer, confirms receipt; they stay open
    #[arg(long)]
    no_answer: bool,
    /// Of the requests
    #[arg(required = true, value_name = "REFERENCE")]
    references: Vec<String>,
}

/// Undo links: all of a mail, or those to the given requests
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche mail unlink 12")]
struct Unlink {
    /// Of the mail, as `mail list` shows it
    id: i64,
    /// Of the requests to unlink it from; all if none is given
    #[arg(value_name = "REFERENCE")]
    references: Vec<String>,
}

/// Say what a mail is: reply, acknowledgement, automatic, bounce, ignore, source or not-source
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche mail mark 12 acknowledgement")]
struct Mark {
    /// Of the mail, as `mail list` shows it
    id: i64,
    /// reply, acknowledgement, automatic, bounce or ignore; source: a detainee, a relative, a guard or somebody in danger wrote it
    #[arg(value_name = "WHAT", value_parser = placed)]
    what: Placed,
}

/// Print a mail's bytes as they were received
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  demarche mail raw 12 > letter.eml")]
struct Raw {
    /// Of the mail, as `mail list` shows it
    id: i64,
}

fn standing(word: &str) -> Result<Standing, String> {
    Standing::from_name(word).ok_or_else(|| "expected received, linked, suggested, unlinked, 'set aside' or quarantined".into())
}

fn placed(word: &str) -> Result<Placed, String> {
    Placed::from_name(word).ok_or_else(|| "expected reply, acknowledgement, automatic, bounce, ignore, source or not-source".into())
}

/// Lists or shows mails, prints one as it was received, or records what a person says of one.
///
/// # Errors
///
/// Refused: an unknown mail or request, what a person cannot say of this mail, and information from a source to whoever is not named for it. Also
/// where the workspace or its register cannot be opened or read, the output cannot be written, or, of what a person says, the secret is not this
/// register's or the register cannot be written.
pub fn run(arguments: &Arguments, place: &Place) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::List(list) => self::list(place, list),
        Command::Show(show) => show::show(place, MailId(show.id), show.json),
        Command::Link(link) => {
            let (mut register, now) = place.register()?;
            let references = link.references.join(", ");
            let follows = if link.no_answer {
                let follows = register.link_without_answer(MailId(link.id), &link.references, &place.actor(), now)?;
                output::paragraph(&format!("Mail {} is linked to {references}, and answers nothing there: deadlines go on.", link.id), 0);
                follows
            } else {
                let follows = register.link_mail(MailId(link.id), &link.references, &place.actor(), now)?;
                println!("Mail {} is linked to {references}.", link.id);
                follows
            };
            say_what_follows(&follows, link.id);
            Ok(ExitCode::SUCCESS)
        }
        Command::Unlink(unlink) => {
            let (mut register, now) = place.register()?;
            let follows = register.unlink_mail(MailId(unlink.id), &unlink.references, &place.actor(), now)?;
            println!("Done; `demarche mail show {}` shows what is left.", unlink.id);
            say_what_follows(&follows, unlink.id);
            say_what_rests(&follows, register.rules().rest_terms().hold_days);
            Ok(ExitCode::SUCCESS)
        }
        Command::Mark(mark) => {
            let (mut register, now) = place.register()?;
            let follows = register.mark_mail(MailId(mark.id), mark.what, &place.actor(), now)?;
            println!("Mail {} is marked.", mark.id);
            say_what_follows(&follows, mark.id);
            Ok(ExitCode::SUCCESS)
        }
        Command::Raw(raw) => {
            let (reader, _) = place.reader()?;
            readable(&reader, MailId(raw.id), place)?;
            std::io::stdout().write_all(&reader.mail_bytes(MailId(raw.id))?)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn say_what_follows(follows: &ForItsSender, mail: i64) {
    for (address, authority) in &follows.remembered {
        let told = format!(
            "{} is remembered: what it writes counts as from {} from now on, until that is taken back: demarche mail unlink {mail}",
            output::printable(address),
            output::printable(authority)
        );
        output::paragraph(&told, 0);
    }
    if let Some(why) = follows.not_remembered {
        println!("Its address is not remembered, because {}: the next mail from there waits again.", why.in_words());
    }
    if !follows.wait_again.is_empty() {
        let mails: Vec<String> = follows.wait_again.iter().map(|mail| format!("mail {mail}")).collect();
        output::paragraph(
            &format!(
                "Its address is remembered no longer. These counted only because it was, and wait for a person again, with what they answered open \
                 again: {}. demarche mail list --waiting shows them",
                mails.join(", ")
            ),
            0,
        );
    }
}

fn say_what_rests(follows: &ForItsSender, hold_days: u32) {
    let of =
        |kind| -> Vec<&str> { follows.rests.iter().filter(|(_, other)| *other == kind).map(|(reference, _)| reference.as_str()).collect() };
    let of_authority = of(RestKind::OfAuthority);
    if !of_authority.is_empty() {
        let told = format!("It may be the authority's answer: letters of {} rest until a person says what it is.", of_authority.join(", "));
        output::paragraph(&told, 0);
    }
    let of_others = of(RestKind::OfOthers);
    if !of_others.is_empty() {
        let told = format!(
            "It is not from the authority, as far as can be told: letters of {} rest for it no longer than {} after it came, \
             as if it had never been linked.",
            of_others.join(", "),
            output::counted(hold_days, "working day", "working days")
        );
        output::paragraph(&told, 0);
    }
}

fn list(place: &Place, list: &List) -> anyhow::Result<ExitCode> {
    let (reader, _) = place.reader()?;
    let views = if list.waiting { reader.first_waiting_views(list.limit)? } else { reader.mail_views(list.standing, list.limit)? };
    if list.json {
        return output::json_lines(views);
    }
    let zone = &reader.rules().time_zone;
    let rows = views.into_iter().map(|view| {
        let where_to = if view.requests.is_empty() {
            view.suggestions.iter().map(|suggestion| format!("{}?", suggestion.reference)).collect::<Vec<_>>().join("\n")
        } else {
            view.requests.join("\n")
        };
        vec![
            view.id.to_string(),
            day_in(view.received_at, zone).to_string(),
            format!("{}\n{}", view.from.clone().unwrap_or_default(), view.subject.clone().unwrap_or_default()),
            format!("{}\n{}", view.kind.map_or("", Kind::name), view.stands()),
            where_to,
        ]
    });
    output::print_table(&["id", "received", "from, subject", "kind, standing", "requests"], rows)?;
    Ok(ExitCode::SUCCESS)
}

/// A mail as whoever asks may see it: information from a source is for those alone who are named for it.
fn readable(reader: &Reader, mail: MailId, place: &Place) -> anyhow::Result<MailView> {
    let view = reader.whole_mail_view(mail)?;
    let may_read = |by: &str| may_read_sources(&reader.rules().staff, by);
    if view.is_source && !place.by().is_some_and(may_read) {
        anyhow::bail!(
            "mail {mail} is information from a source: shown only with --by NAME to a member of staff for whom demarche.toml says sources = true"
        );
    }
    Ok(view)
}
