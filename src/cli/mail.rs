//! `demarche mail`: what was received, why it was linked, and a person's word on it.

use super::output;
use super::place::Place;
use crate::domain::identity::MailId;
use crate::domain::reply::Standing;
use crate::domain::resting::RestKind;
use crate::domain::rules::day_in;
use crate::domain::staff::may_read_sources;
use crate::domain::steps::{Purpose, Step};
use crate::mail::Understood;
use crate::mail::authenticity::Verdict;
use crate::mail::understood::Attachment;
use crate::register::{ForItsSender, MailView, PassedOn, Placed, Reader, SaidOfSender};
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use serde_json::json;
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

pub fn run(arguments: &Arguments, place: &Place) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::List(list) => self::list(place, list),
        Command::Show(show) => self::show(place, show),
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
            "It is not from the authority, as far as can be told: letters of {} rest for it no longer than {hold_days} working days after it came, \
             as if it had never been linked.",
            of_others.join(", ")
        );
        output::paragraph(&told, 0);
    }
}

fn list(place: &Place, list: &List) -> anyhow::Result<ExitCode> {
    let (reader, _) = place.reader()?;
    let mut views = reader.mail_views(list.standing, list.limit)?;
    if list.waiting {
        views.retain(MailView::waits_for_a_person);
        views.reverse();
    }
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
            format!("{}\n{}", view.kind.clone().unwrap_or_default(), view.stands()),
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

fn show(place: &Place, show: &Show) -> anyhow::Result<ExitCode> {
    let (reader, _) = place.reader()?;
    let mail = MailId(show.id);
    let view = readable(&reader, mail, place)?;
    let (understood, authenticity) = reader.mail_understood(mail)?;
    let events = reader.events_of_mail(mail)?;
    let steps = reader.steps(&view, place.by())?;
    let passed_on = view.writer.map_or(Ok(None), |writer| reader.passed_on(mail, writer))?;
    if show.json {
        output::print_json(&json!({
            "mail": view, "understood": understood, "authenticity": authenticity, "passed_on": passed_on, "events": events,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let zone = &reader.rules().time_zone;
    print_head(&view, zone);
    if let Some(understood) = &understood {
        for sentence in &understood.evidence {
            output::paragraph(sentence, 2);
        }
        for recipient in understood.bounce.iter().flat_map(|bounce| &bounce.recipients) {
            output::paragraph(
                &format!("{} {} {}", recipient.address, recipient.action, recipient.diagnostic.as_deref().unwrap_or_default()),
                2,
            );
        }
    }
    println!(
        "\nStands: {}{}",
        view.stands(),
        view.placed_by.as_deref().map(|by| format!(" (by {})", output::printable(by))).unwrap_or_default()
    );
    for sentence in &view.because {
        output::paragraph(sentence, 2);
    }
    if !view.requests.is_empty() {
        println!("Linked to {}", view.requests.join(", "));
        for evidence in &view.evidence {
            output::paragraph(&format!("{}: {}", evidence.kind, evidence.detail), 2);
        }
    }
    for suggestion in &view.suggestions {
        println!("Perhaps {} ({})", suggestion.reference, output::printable(&suggestion.authority));
        for evidence in &suggestion.evidence {
            output::paragraph(&format!("{}: {}", evidence.kind, evidence.detail), 4);
        }
    }
    print_steps(&steps);
    if let Some(writer) = view.writer {
        let proof = view.proof.map(|proof| format!(", {}", proof.in_words())).unwrap_or_default();
        println!("\nWriter: {}{proof}", writer.in_words());
        if let Some(said) = reader.said_of_sender(mail)? {
            output::paragraph(&said_of_sender(&said, zone), 2);
        }
    }
    if let Some(passed_on) = &passed_on {
        print_authors(passed_on);
    }
    if let Some(authenticity) = &authenticity {
        println!("Sender: {}", in_words(authenticity.verdict));
        for sentence in &authenticity.because {
            output::paragraph(sentence, 2);
        }
    }
    if let Some(understood) = &understood {
        print_content(understood);
    }
    println!("\nEvents");
    for event in &events {
        println!("  {}  {} ({})", output::moment(event.at, zone), output::printable(&event.kind), output::printable(&event.actor));
    }
    Ok(ExitCode::SUCCESS)
}

/// What can be done, as whoever reads the mail right now may do it.
fn print_steps(steps: &[Step]) {
    for step in steps.iter().filter(|step| step.purpose != Purpose::Read) {
        output::paragraph(&format!("{}:", step.purpose.in_words()), 0);
        step.commands("REFERENCE").iter().for_each(|command| println!("    {}", output::printable(command)));
    }
}

fn print_authors(passed_on: &PassedOn) {
    if passed_on.authors.is_empty() {
        println!("  passes on what somebody wrote whom it does not name");
    }
    for author in &passed_on.authors {
        let authorities = author.authorities.join(", ");
        let known = match (authorities.is_empty(), author.by_name) {
            (true, _) => "in no directory".to_owned(),
            (false, false) => format!("in the directory: {authorities}"),
            (false, true) => format!("known by its name only, which the directory has for {authorities}"),
        };
        output::paragraph(&format!("passes on a letter of {} ({known})", author.written), 2);
    }
}

fn said_of_sender(said: &SaidOfSender, zone: &TimeZone) -> String {
    let linked = format!("{} linked it on {}", said.by, day_in(said.at, zone));
    match said.remembered_for.as_slice() {
        [] => format!("{linked}; its address is not remembered"),
        authorities => format!("{linked}, and its exact address is remembered for {}", authorities.join(", ")),
    }
}

fn in_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Authentic => "authentic, the sender's domain vouches for the mail",
        Verdict::Unproven => "unproven, nothing vouches for the mail and nothing speaks against it",
        Verdict::PolicyUnmet => {
            "policy unmet, the sender's domain asks for proof that this mail does not bear (a list, a forward or a banner takes it away too)"
        }
        Verdict::Contradicted => "contradicted, the mail is not from whom it says, or it is not clear from whom",
        Verdict::TryAgain => "not judged yet, the DNS did not answer",
    }
}

fn print_content(understood: &Understood) {
    println!("\nNewly written");
    for line in understood.reply.trim().lines() {
        println!("{}", format!("  {}", output::printable(line)).trim_end());
    }
    if !understood.answers.is_empty() {
        println!("\nAnswers");
    }
    for answer in &understood.answers {
        output::paragraph(&answer.to_string(), 2);
    }
    if !understood.attachments.is_empty() {
        println!("\nAttachments");
    }
    print_attachments(&understood.attachments, 2);
    if !understood.enclosed.is_empty() {
        println!("\nEncloses");
    }
    for enclosed in &understood.enclosed {
        output::paragraph(enclosed.subject.as_deref().unwrap_or("a mail without subject"), 2);
        print_attachments(&enclosed.attachments, 4);
    }
    if !understood.problems.is_empty() {
        println!("\nDamaged");
    }
    for problem in &understood.problems {
        output::paragraph(problem, 2);
    }
}

fn print_attachments(attachments: &[Attachment], indent: usize) {
    for attachment in attachments {
        let name = attachment.name.as_deref().unwrap_or("without a name");
        let warning = attachment.warning.as_deref().map(|warning| format!(": {warning}")).unwrap_or_default();
        output::paragraph(&format!("{name} ({} bytes){warning}", attachment.size), indent);
    }
}

fn print_head(view: &MailView, zone: &TimeZone) {
    println!("Mail {}", view.id);
    output::paragraph(&format!("from {}", view.from.as_deref().unwrap_or("nobody")), 2);
    output::paragraph(&format!("subject {}", view.subject.as_deref().unwrap_or("none")), 2);
    println!("  received {}", output::moment(view.received_at, zone));
    output::paragraph(&format!("out of {}", view.source), 2);
    println!("\nKind: {}", view.kind.as_deref().unwrap_or("not yet understood"));
}
