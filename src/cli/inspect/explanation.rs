//! A mail explained to people, at 80 columns: what it is, why, who failed and how, what was newly written, what is attached.
//!
//! Everything from the mail is shown without control characters, so that no mail can speak to the terminal.

use super::linking::WouldLink;
use crate::cli::output::counted;
use crate::mail::understood::{Attachment, Bounce, BouncedRecipient, Enclosed, Kind};
use crate::mail::{Understood, message::Mailbox};
use crate::register::SuggestionView;
use std::fmt::Write;

const WIDTH: usize = 80;
const LABEL: usize = 15;
/// Lines of a long text that are shown; the rest is counted.
const MOST_LINES: usize = 60;
/// Entries of a list that are shown.
const MOST_ENTRIES: usize = 12;

/// The explanation of one mail, with a blank line at its end. `linked`: what it would be linked to, in a workspace.
pub fn of(file: &str, understood: &Understood, linked: Option<&WouldLink>) -> String {
    let mut page = Page { out: String::new() };
    let _ = writeln!(page.out, "{}", plain(file));
    page.line("From", &mailboxes(&understood.from));
    page.line("To", &mailboxes(&understood.to));
    page.line("Subject", understood.subject.as_deref().unwrap_or_default());
    page.line("Date", understood.date.as_deref().unwrap_or_default());
    page.line("Message-ID", understood.message_id.as_deref().unwrap_or_default());
    page.line("Kind", &kind(understood));
    page.list("Because", understood.evidence.iter().map(String::as_str));
    if let Some(bounce) = &understood.bounce {
        match understood.kind {
            Kind::Bounce => page.line("Bounce", &verdict(bounce)),
            _ => page.line("About", &bounce.original_message_id.as_ref().map(|id| format!("the letter {id}")).unwrap_or_default()),
        }
        page.list("Failed", bounce.recipients.iter().map(failed));
    }
    page.text("Newly written", &understood.reply);
    page.list("Answers", understood.answers.iter().map(ToString::to_string));
    page.list("Attached", understood.attachments.iter().map(attachment));
    page.list("Encloses", understood.enclosed.iter().flat_map(enclosed));
    page.list("Damaged", understood.problems.iter().map(String::as_str));
    if let Some(linked) = linked {
        let requests = linked.requests.join(", ");
        page.line("Would link to", if requests.is_empty() { "nothing by itself" } else { &requests });
        page.list("", linked.because.iter().map(String::as_str));
        page.list("Would suggest", linked.suggestions.iter().map(suggested));
    }
    page.out.push('\n');
    page.out
}

struct Page {
    out: String,
}

impl Page {
    /// One labelled line, wrapped under its label; nothing if there is nothing to say.
    fn line(&mut self, label: &str, text: &str) {
        let text = plain(text);
        for (place, line) in wrapped(&text, WIDTH - LABEL - 2).into_iter().enumerate() {
            let label = if place == 0 { label } else { "" };
            let _ = writeln!(self.out, "  {label:<LABEL$}{line}");
        }
    }

    fn list<T: AsRef<str>>(&mut self, label: &str, entries: impl Iterator<Item = T>) {
        let entries: Vec<T> = entries.collect();
        for (place, entry) in entries.iter().take(MOST_ENTRIES).enumerate() {
            self.line(if place == 0 { label } else { "" }, entry.as_ref());
        }
        if entries.len() > MOST_ENTRIES {
            self.line("", &format!("and {} more", entries.len() - MOST_ENTRIES));
        }
    }

    fn text(&mut self, label: &str, text: &str) {
        let lines: Vec<String> = text.trim().lines().flat_map(|line| wrapped_or_blank(&plain(line))).collect();
        if lines.is_empty() {
            return;
        }
        let _ = writeln!(self.out, "  {label}");
        for line in lines.iter().take(MOST_LINES) {
            let _ = writeln!(self.out, "{}", format!("    | {line}").trim_end());
        }
        if lines.len() > MOST_LINES {
            let more = counted(lines.len() - MOST_LINES, "line", "lines");
            let _ = writeln!(self.out, "    and {more} more (--json has them all)");
        }
    }
}

fn wrapped_or_blank(line: &str) -> Vec<String> {
    let lines = wrapped(line, WIDTH - 6);
    if lines.is_empty() { vec![String::new()] } else { lines }
}

/// Words put on lines of at most `width` characters; a longer word is cut.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut filled = 0;
    for word in text.split_whitespace() {
        let mut rest: Vec<char> = word.chars().collect();
        while !rest.is_empty() {
            let room = if filled == 0 { width } else { width.saturating_sub(filled + 1) };
            if filled > 0 && rest.len() > room {
                filled = 0;
                continue;
            }
            let taken: String = rest.drain(..rest.len().min(width)).collect();
            let length = taken.chars().count();
            match lines.last_mut() {
                Some(line) if filled > 0 => {
                    line.push(' ');
                    line.push_str(&taken);
                    filled += 1 + length;
                }
                _ => {
                    lines.push(taken);
                    filled = length;
                }
            }
        }
    }
    lines
}

/// Without control characters and without the marks that turn the direction of what follows.
fn plain(text: &str) -> String {
    let turning = |character| matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).filter(|character| !turning(*character)).collect()
}

fn mailboxes(mailboxes: &[Mailbox]) -> String {
    let one = |mailbox: &Mailbox| match (&mailbox.name, &mailbox.address) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (Some(only), None) | (None, Some(only)) => only.clone(),
        (None, None) => String::new(),
    };
    let mut shown: Vec<String> = mailboxes.iter().take(MOST_ENTRIES).map(one).collect();
    if mailboxes.len() > MOST_ENTRIES {
        shown.push(format!("and {} more", mailboxes.len() - MOST_ENTRIES));
    }
    shown.join(", ")
}

fn kind(understood: &Understood) -> String {
    let mut words = vec![understood.kind.name().to_owned()];
    if understood.kind == Kind::Unreadable {
        return words.remove(0);
    }
    if understood.automatic_doubtful {
        words.push("perhaps written by a machine: a person must look".to_owned());
    } else if understood.automatic {
        words.push("written by a machine".to_owned());
    }
    if understood.answer_doubtful {
        words.push("perhaps the answer: a person must look".to_owned());
    }
    if understood.do_not_answer {
        words.push("no automatic answer may go to it".to_owned());
    }
    words.join("; ")
}

fn verdict(bounce: &Bounce) -> String {
    let mut words =
        vec![if bounce.permanent { "the letter did not arrive and will not" } else { "the letter did not arrive, or not yet" }.to_owned()];
    if bounce.hard_bounce {
        words.push("write no more to this address".to_owned());
    }
    if let Some(id) = &bounce.original_message_id {
        words.push(format!("it was {id}"));
    }
    words.join("; ")
}

fn failed(recipient: &BouncedRecipient) -> String {
    let reason = serde_json::to_value(recipient.reason)
        .ok()
        .and_then(|reason| reason.as_str().map(|reason| reason.replace('_', " ")))
        .unwrap_or_default();
    let mut line = format!("{}: {}, {reason}", recipient.address, recipient.action);
    for code in [recipient.status.clone(), recipient.smtp_code.map(|code| code.to_string())].into_iter().flatten() {
        let _ = write!(line, ", {code}");
    }
    if let Some(diagnostic) = &recipient.diagnostic {
        let _ = write!(line, ": {diagnostic}");
    }
    line
}

fn suggested(suggestion: &SuggestionView) -> String {
    let reasons: Vec<String> = suggestion.evidence.iter().map(|evidence| format!("{}: {}", evidence.kind, evidence.detail)).collect();
    format!("{} ({}): {}", suggestion.reference, suggestion.authority, reasons.join("; "))
}

/// A line for the mail, one for each of its attachments.
fn enclosed(enclosed: &Enclosed) -> impl Iterator<Item = String> {
    let subject = enclosed.subject.clone().unwrap_or_else(|| "a mail without subject".to_owned());
    std::iter::once(subject).chain(enclosed.attachments.iter().map(|attached| format!("- {}", attachment(attached))))
}

fn attachment(attachment: &Attachment) -> String {
    let mut line =
        format!("{} ({}, {})", attachment.name.as_deref().unwrap_or("without a name"), attachment.content_type, size(attachment.size));
    if let Some(warning) = &attachment.warning {
        let _ = write!(line, ": {warning}");
    }
    line
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::mail::Understood;
    use crate::mail::message::Mailbox;
    use crate::mail::understood::{Attachment, Bounce, BounceReason, BouncedRecipient, Kind};

    #[test]
    fn a_letter_is_explained_on_eighty_columns() {
        let letter = Understood {
            subject: Some("Re: \u{1b}[31mNPM-2026-0147".to_owned()),
            from: vec![Mailbox { name: Some("Ministère".to_owned()), address: Some("greffe@ministere.example".to_owned()) }],
            kind: Kind::Letter,
            reply: "Please find attached the written answer of the ministry to the recommendations which your office made.\n\nRegards\n"
                .to_owned(),
            attachments: vec![Attachment {
                name: Some("answer.pdf".to_owned()),
                content_type: "application/pdf".to_owned(),
                size: 48_250,
                ..Attachment::default()
            }],
            ..Understood::default()
        };
        insta::assert_snapshot!(of("letter.eml", &letter, None), @r"
        letter.eml
          From           Ministère <greffe@ministere.example>
          Subject        Re: [31mNPM-2026-0147
          Kind           letter
          Newly written
            | Please find attached the written answer of the ministry to the
            | recommendations which your office made.
            |
            | Regards
          Attached       answer.pdf (application/pdf, 48.2 kB)
        ");
    }

    #[test]
    fn a_bounce_says_who_failed_and_how() {
        let bounce = Understood {
            kind: Kind::Bounce,
            automatic: true,
            do_not_answer: true,
            evidence: vec!["The mail has a delivery-status part (RFC 3464).".to_owned()],
            bounce: Some(Bounce {
                permanent: true,
                hard_bounce: true,
                original_message_id: Some("1@npm.example".to_owned()),
                deleted_unread: false,
                unnamed: None,
                recipients: vec![BouncedRecipient {
                    address: "chief@prison.example".to_owned(),
                    action: "failed".to_owned(),
                    status: Some("5.1.1".to_owned()),
                    smtp_code: Some(550),
                    reason: BounceReason::NoSuchUser,
                    diagnostic: Some("user unknown".to_owned()),
                    ..BouncedRecipient::default()
                }],
            }),
            ..Understood::default()
        };
        insta::assert_snapshot!(of("bounce.eml", &bounce, None), @r"
        bounce.eml
          Kind           bounce; written by a machine; no automatic answer may go to it
          Because        The mail has a delivery-status part (RFC 3464).
          Bounce         the letter did not arrive and will not; write no more to this
                         address; it was 1@npm.example
          Failed         chief@prison.example: failed, no such user, 5.1.1, 550: user
                         unknown
        ");
    }
}
