//! The shapes in which servers list recipients: a line opened by the address, then what is said of it.
//!
//! Most formats differ in their opening sentence and in how a recipient's line looks, not in more; what they share is here, once.

use super::code::reply_code;
use super::notice::bounded;
use super::recipient_failure::{Command, Failure};
use super::reported_address::{at_start, cleaned};

/// Lines of one recipient's words that are kept.
const MOST_LINES: usize = 40;

/// Bytes of words that are repeated for each of those whom they are about.
const SHARED_WORDS: usize = 2 * 1024;

/// Where a recipient's words end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// At the first empty line behind some words.
    Paragraph,
    /// At the next recipient.
    NextRecipient,
}

/// A line that opens a recipient's words: the address and what stands behind it.
pub(super) type Heading = for<'a> fn(&'a str) -> Option<(String, &'a str)>;

/// The address and nothing more, but for a colon: `  a@b`, `<a@b>:`.
pub(super) fn alone(line: &str) -> Option<(String, &str)> {
    let (address, rest) = at_start(line)?;
    matches!(rest.trim(), "" | ":" | ";" | "," | "." | ">").then_some((address, ""))
}

/// The address, a colon, words or none: `<a@b>: host said …`, `a@b: 550 …`.
pub(super) fn with_colon(line: &str) -> Option<(String, &str)> {
    let (address, rest) = at_start(line)?;
    let rest = rest.trim_start();
    // "(expanded from <alias@b>):" stands between (Postfix).
    let rest = match rest.strip_prefix("(expanded from ") {
        Some(inner) => inner.get(inner.find(')')? + 1..)?.trim_start(),
        None => rest,
    };
    Some((address, rest.strip_prefix(':')?))
}

/// The address, then anything.
pub(super) fn anything(line: &str) -> Option<(String, &str)> {
    at_start(line)
}

/// Lists the recipients of these lines, each with its words. A line indented deeper than the first recipient's is wrapped words, even if an
/// address begins it.
pub(super) fn recipients(lines: &[&str], heading: Heading, extent: Extent) -> Vec<Failure> {
    let mut found: Vec<Failure> = Vec::new();
    let mut kept = 0;
    let mut open = false;
    let mut depth = None;
    for line in lines {
        let own = indentation(line);
        if depth.is_none_or(|depth| own <= depth)
            && let Some((address, rest)) = heading(line)
        {
            depth = Some(own);
            found.push(Failure::failed(address, rest.trim()));
            open = true;
            kept = 0;
            continue;
        }
        if !open {
            continue;
        }
        let Some(failure) = found.last_mut() else { continue };
        let text = line.trim();
        if text.is_empty() {
            open = extent == Extent::NextRecipient || failure.diagnostic.is_empty();
            continue;
        }
        if kept < MOST_LINES && !is_rule(text) {
            kept += 1;
            failure.diagnostic.push('\n');
            failure.diagnostic.push_str(text);
        }
    }
    share_words(&mut found);
    unique(found.into_iter().map(with_command))
}

/// Who is listed without a word is listed with those that follow: the words behind the last of them hold for all.
fn share_words(found: &mut [Failure]) {
    let mut words = String::new();
    for failure in found.iter_mut().rev() {
        if failure.diagnostic.trim().is_empty() {
            failure.diagnostic.clone_from(&words);
        } else {
            bounded(&failure.diagnostic, SHARED_WORDS).clone_into(&mut words);
        }
    }
}

/// Marks whose words hold no reply of another server: they are the reporting server's own, about its own users.
pub(super) fn own_words(mut failures: Vec<Failure>) -> Vec<Failure> {
    for failure in &mut failures {
        failure.local |= reply_code(&failure.diagnostic).is_none();
    }
    failures
}

pub(super) fn indentation(line: &str) -> usize {
    line.chars().take_while(|c| matches!(c, ' ' | '\t')).count()
}

/// A line drawn across the page.
fn is_rule(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '-' | '=' | '*' | '_' | '+' | '#' | '~'))
}

fn with_command(failure: Failure) -> Failure {
    let text = failure.diagnostic.clone();
    failure.with_command_from(&text)
}

/// Each address once, the words of later mentions added to the first. Reports with more recipients than any server lists are cut: finding
/// repetitions must not become quadratic.
pub(super) fn unique(failures: impl IntoIterator<Item = Failure>) -> Vec<Failure> {
    const MOST: usize = 1_000;
    let mut places = std::collections::HashMap::new();
    let mut kept: Vec<Failure> = Vec::new();
    for failure in failures.into_iter().take(MOST) {
        let key = failure.address.as_deref().unwrap_or_default().to_lowercase();
        match places.get(&key).and_then(|place: &usize| kept.get_mut(*place)) {
            Some(first) => {
                if first.diagnostic.trim().is_empty() {
                    first.diagnostic = failure.diagnostic;
                    first.command = first.command.or(failure.command);
                }
            }
            None => {
                places.insert(key, kept.len());
                kept.push(failure);
            }
        }
    }
    kept
}

/// The recipients of the X-Failed-Recipients header (Exim, Google), the same words for each.
pub(super) fn from_header(value: &str, words: &str) -> Vec<Failure> {
    with_words(value.split(',').filter_map(cleaned), words)
}

/// These recipients, each with the same words: what stands in them is looked up once.
pub(super) fn with_words(addresses: impl IntoIterator<Item = String>, words: &str) -> Vec<Failure> {
    let command = Command::in_text(words);
    unique(addresses.into_iter().map(|address| Failure { command, ..Failure::failed(address, words) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_recipient_gets_its_own_words() {
        let lines = ["<a@ministry.example>:", "no mailbox here", "", "<b@ministry.example>: full", "", "-- ", "footer"];
        let found = recipients(&lines, with_colon, Extent::Paragraph);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].diagnostic.trim(), "no mailbox here");
        assert_eq!(found[1].diagnostic, "full");
    }

    #[test]
    fn words_behind_a_list_hold_for_all_of_it() {
        let lines = ["a@ministry.example", "b@ministry.example", "", "refused"];
        let found = recipients(&lines, alone, Extent::NextRecipient);
        assert_eq!(found.iter().map(|failure| failure.diagnostic.trim()).collect::<Vec<_>>(), ["refused", "refused"]);
    }

    #[test]
    fn an_alias_between_the_address_and_its_colon_is_passed_over() {
        let (address, rest) = with_colon("<clerk@ministry.example> (expanded from <desk@ministry.example>): host said").expect("a heading");
        assert_eq!((address.as_str(), rest), ("clerk@ministry.example", " host said"));
    }
}
