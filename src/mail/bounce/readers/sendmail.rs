//! Sendmail 5 and 8, and those who took its report over: McAfee, Biglobe, X1-like mailers, Courier's transcripts, Activehunter, Bigfoot.
//!
//! Known from sendmail's source (`sendmail/savemail.c`): "----- The following addresses had permanent fatal errors -----", one address per
//! line with `(reason: …)` and `(expanded from: …)`, then "----- Transcript of session follows -----" with `>>>` what it sent, `<<<` what
//! it got, and lines of its own, `550 5.1.1 <a@b>... User unknown`. Sendmail 5 has only the transcript.
//!
//! With fields (sendmail 8.8 and later) the transcript still knows more: the command refused, and the reason where the field says `X-Unix; 77`.

use super::super::code::{best_status, reply_code};
use super::super::layout::unique;
use super::super::notice::{Notice, bounded};
use super::super::recipient_failure::{Command, Failure};
use super::super::reported_address::{all_in, at_start, between, cleaned};
use super::Reader;
use std::collections::HashMap;

pub(super) const READERS: &[Reader] = &[Reader::new("Sendmail", read)];

const LISTS: &[&str] = &[
    "the following addresses had",
    "the following address had",
    "the following addresses have",
    "the following address has",
    "following recipients had",
    "the following recipients had",
    "addresses had delivery",
    "the following addresses could not",
];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let transcript = notice.says("transcript of session follows") || notice.says("transcript of the session follows");
    let listed = LISTS.iter().find(|opening| notice.says(opening));
    if !transcript && listed.is_none() {
        return None;
    }
    let mut found = listed.map(|_| unique(list(&notice.lines))).unwrap_or_default();
    let session = session(&notice.lines);
    if found.is_empty() {
        found = session.own;
        found.extend(session.refused);
        if found.is_empty() {
            found = to_of_the_letter(notice, &session.all);
        }
    } else {
        let own: HashMap<String, &Failure> =
            session.own.iter().rev().filter_map(|own| Some((own.address.as_deref()?.to_lowercase(), own))).collect();
        for failure in &mut found {
            let said = failure.address.as_deref().and_then(|address| own.get(&address.to_lowercase()));
            failure.command = said.and_then(|said| said.command).or(session.command);
            failure.local = said.is_some_and(|said| said.local);
            // The reply it got may have no enhanced code; sendmail's own line about it always has.
            failure.status = said.filter(|_| best_status(&failure.diagnostic).is_none()).and_then(|said| best_status(&said.diagnostic));
            if says_nothing(&failure.diagnostic) {
                bounded(&session.all, 2_000).clone_into(&mut failure.diagnostic);
            }
        }
    }
    Some(unique(found))
}

/// `(reason: 255)`: how a program ended, not why; `(unrecoverable error)`: what sendmail 8.6 has behind every address.
fn says_nothing(reason: &str) -> bool {
    let reason = reason.trim();
    matches!(reason, "unrecoverable error" | "transient failure") || reason.len() <= 3 && reason.bytes().all(|byte| byte.is_ascii_digit())
}

/// The section of addresses. Both addresses are told where one was made from the other: no field says which of them the letter was sent to.
fn list(lines: &[&str]) -> Vec<Failure> {
    let mut found: Vec<Failure> = Vec::new();
    let mut inside = false;
    for line in lines {
        let text = line.trim();
        let lower = text.to_lowercase();
        if LISTS.iter().any(|opening| lower.contains(opening)) {
            inside = true;
            continue;
        }
        if !inside {
            continue;
        }
        if text.starts_with("---") || lower.contains("transcript of") {
            inside = false;
        } else if let Some(parent) = text.strip_prefix("(expanded from:") {
            if let Some(address) = cleaned(parent) {
                let words = found.last().map(|failure| failure.diagnostic.clone()).unwrap_or_default();
                found.push(Failure::failed(address, words));
            }
        } else if let Some(reason) = text.strip_prefix("(reason:") {
            if let Some(failure) = found.last_mut() {
                reason.trim().strip_suffix(')').unwrap_or(reason).trim().clone_into(&mut failure.diagnostic);
            }
        } else if let Some((address, rest)) = at_start(text) {
            found.push(Failure::failed(address, rest.trim().trim_matches(['(', ')', '[', ']'])));
        } else if let Some(address) = text.strip_prefix(">>> ").and_then(|rest| rest.strip_suffix(" <<<")).and_then(cleaned) {
            // Activehunter.
            found.push(Failure::failed(address, ""));
        } else if let Some(failure) = found.last_mut()
            && !text.is_empty()
        {
            failure.diagnostic.push('\n');
            failure.diagnostic.push_str(text);
        }
    }
    found
}

/// What the transcript tells.
#[derive(Default)]
struct Session {
    /// Every line in it, for those of whom it says nothing by name.
    all: String,
    /// Lines of sendmail's own about an address, with what came before them.
    own: Vec<Failure>,
    /// Recipients whose RCPT was refused.
    refused: Vec<Failure>,
    /// The command of the first refusal.
    command: Option<Command>,
}

fn session(lines: &[&str]) -> Session {
    let mut session = Session::default();
    let mut inside = false;
    let mut pending = String::new();
    let mut sent = "";
    let mut refused: Option<Command> = None;
    let mut remote = false;
    for line in lines {
        let text = line.trim();
        let lower = text.to_lowercase();
        if lower.contains("transcript of session follows") || lower.contains("transcript of the session follows") {
            inside = true;
            continue;
        }
        if !inside || text.is_empty() {
            continue;
        }
        if text.starts_with("-----") || lower.starts_with("reporting-mta:") {
            break;
        }
        if let Some(command) = text.strip_prefix(">>>") {
            sent = command.trim();
            continue;
        }
        session.all.push_str(text);
        session.all.push('\n');
        if lower.starts_with("while talking to") || lower.starts_with("... while talking to") {
            pending.clear();
            refused = None;
            remote = true;
            sent = "";
            continue;
        }
        if let Some(answer) = text.strip_prefix("<<<").map(str::trim) {
            if reply_code(answer).is_some() && refused.is_none() {
                refused = command_of(sent);
                session.command = session.command.or(refused);
                // A line of its own about the address follows in most cases, and says the same.
                if let Some(address) = between(sent, '<', '>').and_then(cleaned).filter(|_| refused == Some(Command::Rcpt)) {
                    session.refused.push(Failure { command: refused, ..Failure::failed(address, answer) });
                }
            }
            pending.push_str(answer);
            pending.push('\n');
            continue;
        }
        match own_line(text) {
            Some(address) => {
                let failure = Failure { command: refused, local: !remote, ..Failure::failed(address, format!("{pending}{text}")) };
                session.own.push(failure);
                pending.clear();
                refused = None;
            }
            None => {
                pending.push_str(text);
                pending.push('\n');
            }
        }
    }
    session
}

/// `550 5.1.1 <a@b>... User unknown`, `<a@b>... Deferred: …`, `a@b... Deferred`.
fn own_line(text: &str) -> Option<String> {
    let (before, _) = text.split_once("...")?;
    between(before, '<', '>').and_then(cleaned).or_else(|| before.split_whitespace().last().and_then(cleaned))
}

fn command_of(sent: &str) -> Option<Command> {
    let upper: String = sent.chars().take(10).collect::<String>().to_ascii_uppercase();
    [
        ("RCPT", Command::Rcpt),
        ("MAIL", Command::Mail),
        ("DATA", Command::Data),
        (".", Command::Data),
        ("BDAT", Command::Data),
        ("EHLO", Command::Connection),
        ("HELO", Command::Connection),
        ("STARTTLS", Command::Connection),
    ]
    .into_iter()
    .find(|(start, _)| upper.starts_with(start))
    .map(|(_, command)| command)
}

/// A transcript that names nobody is about everybody: those the returned letter was addressed to.
fn to_of_the_letter(notice: &Notice<'_>, words: &str) -> Vec<Failure> {
    let to = notice.returned_text.and_then(|letter| letter.lines().find_map(|line| line.strip_prefix("To:")));
    to.map(all_in).unwrap_or_default().into_iter().map(|address| Failure::failed(address, words)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;

    #[test]
    fn sendmail_lists_addresses_and_gives_the_transcript() {
        let text = "The original message was received at Thu, 29 Apr 2026 10:00:00 +0200\nfrom npm.example [192.0.2.9]\n\n   ----- The following addresses had permanent fatal \
                    errors -----\n<clerk@ministry.example>\n    (reason: 550 5.1.1 <clerk@ministry.example>... User unknown)\n\n   ----- Transcript of session follows -----\n\
                    ... while talking to mx.ministry.example.:\n>>> RCPT To:<clerk@ministry.example>\n<<< 550 5.1.1 <clerk@ministry.example>... User unknown\n\
                    550 5.1.1 <clerk@ministry.example>... User unknown\n\n   ----- Original message follows -----\n\nMessage-ID: <request.7@npm.example>\n";
        assert_eq!(
            plain("Mail Delivery Subsystem <MAILER-DAEMON@npm.example>", "Returned mail: see transcript for details", text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }

    #[test]
    fn sendmail_5_has_nothing_but_the_transcript() {
        let text = "   ----- Transcript of session follows -----\n550 gone.example (smtp)... 550 Host unknown\n554 <clerk@gone.example>... 550 Host unknown (Authoritative answer from \
                    name server)\nWhile talking to mx.ministry.example:\n>>> RCPT To:<clerk@ministry.example>\n<<< 550 No such user here.\n550 <clerk@ministry.example>... User unknown\n\n   \
                    ----- Unsent message follows -----\nReceived: by npm.example\nTo: clerk@gone.example\n";
        assert_eq!(
            plain("Mail Delivery Subsystem <MAILER-DAEMON@npm.example>", "Returned mail: User unknown", text),
            [
                "bounce",
                "clerk@gone.example failed 5.1.2 no_such_host permanent dead",
                "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"
            ]
        );
    }

    #[test]
    fn a_refused_recipient_without_a_line_of_its_own_is_found_by_the_command() {
        let text = "   ----- Transcript of session follows -----\n>>> RCPT TO:<clerk@ministry.example>\n<<< 553 Invalid recipient clerk@ministry.example (Mode: normal)\n\n   \
                    ----- Message header follows -----\n\nMessage-ID: <request.7@npm.example>\n";
        assert_eq!(
            plain("Mail Delivery Subsystem <MAILER-DAEMON@npm.example>", "Returned mail: User unknown", text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }

    #[test]
    fn a_list_with_the_reason_in_brackets_is_read() {
        let text = "The original message was received at Thu, 29 Apr 2026 10:00:00 +0200\nfrom npm.example\n\n---The following addresses had delivery errors---\n\n\
                    clerk@ministry.example [Mailbox full]\n\nReceived: from npm.example\nMessage-ID: <request.7@npm.example>\n";
        assert_eq!(
            plain("\"Mail Deliver System\" <MAILER-DAEMON@npm.example>", "Returned Mail: Mailbox full", text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.2.2 mailbox_full permanent"]
        );
    }
}
