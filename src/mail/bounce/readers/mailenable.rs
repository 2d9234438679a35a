//! MailEnable.
//!
//! Known from its reports: `Recipient: [SMTP:a@b]` and "Reason:" below it.

use super::super::layout::{Extent, own_words, recipients};
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::{between, cleaned};
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("MailEnable", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    fn entry(line: &str) -> Option<(String, &str)> {
        let value = line.trim().strip_prefix("Recipient:")?;
        Some((cleaned(between(value, '[', ']').unwrap_or(value))?, ""))
    }
    (notice.says("mailenable") || notice.says("message could not be delivered to some recipients"))
        .then(|| own_words(recipients(&notice.lines, entry, Extent::Paragraph)))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn mailenable_gives_the_reason_below_the_recipient() {
        let text = "MailEnable: Message could not be delivered to some recipients.\nThe following recipient(s) could not be reached:\n\n\tRecipient: [SMTP:clerk@ministry.example]\n\t\
                    Reason: Remote SMTP Server Returned: 550 5.1.1 unknown\n\n\nMessage headers follow:\n\nMessage-ID: <request.7@npm.example>\n";
        assert_eq!(
            plain("Postmaster <postmaster@npm.example>", "Message Delivery Failure", text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
