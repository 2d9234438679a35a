//! EYOU.
//!
//! Known from its reports, which keep qmail's paragraphs: "This is the deliver program at mail.example"; the address opens the line, no
//! brackets.

use super::super::layout::{Extent, anything, recipients};
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("EYOU", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    notice.says("this is the deliver program at").then(|| recipients(&notice.lines, anything, Extent::Paragraph))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn the_address_opens_its_paragraph_without_brackets() {
        let text = "This is the deliver program at mail.ministry.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\nclerk@ministry.example\n550 5.1.1 user does not exist\n";
        assert_eq!(
            plain("MAILER-DAEMON@mail.ministry.example", "failure notice", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
