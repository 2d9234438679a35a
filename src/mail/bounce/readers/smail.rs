//! Smail.
//!
//! Known from its source (`smail3`): "|--- Failed addresses follow: ---|", `a@b ... unknown host`.

use super::super::layout::{Extent, anything, own_words, recipients};
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("Smail", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    notice.lines_after("failed addresses follow:").map(|lines| own_words(recipients(lines, anything, Extent::NextRecipient)))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn smail_heads_its_sections_with_bars() {
        let text = "|------------------------- Message log follows: -------------------------|\n no valid recipients were found for this message\n\
                    |------------------------- Failed addresses follow: ---------------------|\n clerk@gone.example ... unknown host\n\
                    |------------------------- Message text follows: ------------------------|\nMessage-Id: <request.7@npm.example>\n";
        assert_eq!(
            plain("<MAILER-DAEMON@npm.example>", "mail failed, returning to sender", text),
            ["bounce request.7@npm.example", "clerk@gone.example failed 5.1.2 no_such_host permanent dead"]
        );
    }
}
