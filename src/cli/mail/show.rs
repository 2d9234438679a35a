//! `demarche mail show`: one mail as it was understood, what it is linked to, and why.

use super::readable;
use crate::cli::output;
use crate::cli::place::Place;
use crate::domain::identity::MailId;
use crate::domain::kind::Kind;
use crate::domain::rules::day_in;
use crate::domain::steps::{Purpose, Step};
use crate::mail::Understood;
use crate::mail::authenticity::Verdict;
use crate::mail::understood::Attachment;
use crate::register::{MailView, PassedOn, PlacedBy, SaidOfSender};
use jiff::tz::TimeZone;
use serde_json::json;
use std::process::ExitCode;

pub(super) fn show(place: &Place, mail: MailId, as_json: bool) -> anyhow::Result<ExitCode> {
    let (reader, _) = place.reader()?;
    let view = readable(&reader, mail, place)?;
    let (understood, authenticity) = reader.mail_understood(mail)?;
    let events = reader.events_of_mail(mail)?;
    let steps = reader.steps(&view, place.by())?;
    let passed_on = view.writer.map_or(Ok(None), |writer| reader.passed_on(mail, writer))?;
    if as_json {
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
    let placed_by = match &view.placed_by {
        Some(PlacedBy::Rule) => " (by rule)".to_owned(),
        Some(PlacedBy::Person { name: Some(name) }) => format!(" (by {})", output::printable(name)),
        Some(PlacedBy::Person { name: None }) => " (by a person)".to_owned(),
        None => String::new(),
    };
    println!("\nStands: {}{placed_by}", view.stands());
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
        Verdict::Authentic => "authentic, the sender's domain authenticates the mail",
        Verdict::Unproven => "unproven, nothing authenticates the mail and nothing speaks against it",
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
    println!("\nKind: {}", view.kind.map_or("not yet understood", Kind::name));
}
