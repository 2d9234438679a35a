//! Novell GroupWise.
//!
//! Known from its reports: "The message that you sent was undeliverable to the following:" with the local part and the reason in brackets;
//! the address itself is in "To:" of what is returned or in full.

use super::super::layout::{Extent, anything, own_words, recipients};
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("GroupWise", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("undeliverable to the following") {
        return None;
    }
    let lines = notice.lines_after("undeliverable to the following")?;
    let found = recipients(lines, anything, Extent::Paragraph);
    if found.is_empty() {
        let diagnostic = lines.iter().map(|line| line.trim()).find(|line| !line.is_empty())?.to_owned();
        return Some(vec![Failure { diagnostic, local: true, ..Failure::default() }]);
    }
    Some(own_words(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn groupwise_puts_the_reason_in_brackets_behind_the_address() {
        let text = "The message that you sent was undeliverable to the following:\n\tclerk@ministry.example (user not found)\n\nPossibly truncated original message follows:\n";
        assert_eq!(
            plain("Mail Administrator <postmaster@ministry.example>", "Message status - undeliverable", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
