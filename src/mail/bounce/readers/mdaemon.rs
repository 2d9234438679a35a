//! MDaemon.
//!
//! Known from its reports: "The following addresses did NOT receive a copy of your message:", `> a@b`, and "Failed address: a@b" since
//! release 6.

use super::super::layout::{Extent, recipients};
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::cleaned;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("MDaemon", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    fn entry(line: &str) -> Option<(String, &str)> {
        let line = line.trim();
        let value = line.strip_prefix('>').or_else(|| line.strip_prefix("Failed address:"))?;
        Some((cleaned(value)?, ""))
    }
    let known = notice.says_any(&[
        "did not receive a copy of your message",
        "the attached message had permanent fatal delivery",
        "failed address:",
    ]);
    let mut found = known.then(|| recipients(&notice.lines, entry, Extent::Paragraph)).filter(|found| !found.is_empty())?;
    let session = notice.lines_after("session transcript").map(|lines| lines.join("\n")).unwrap_or_default();
    for failure in found.iter_mut().filter(|failure| failure.diagnostic.trim().is_empty()) {
        failure.diagnostic.clone_from(&session);
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn mdaemon_gives_the_reason_in_the_transcript_of_its_session() {
        let text = "The following addresses did NOT receive a copy of your message:\n\n> clerk@ministry.example\n\n--- Session Transcript ---\nRCPT To:<clerk@ministry.example>\n\
                    550 5.1.1 no such user\n--- End Transcript ---\n";
        assert_eq!(
            plain("MDaemon <MDaemon@npm.example>", "Permanent Delivery Failure", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
