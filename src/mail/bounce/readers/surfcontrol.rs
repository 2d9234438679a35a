//! SurfControl, a filter that stands in front of mail servers.
//!
//! Known from its reports: "Addressed To: a@b … Failed to send to identified host, / a@b: [192.0.2.1], 554 …".

use super::super::layout::{Extent, recipients, unique, with_colon};
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::cleaned;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("SurfControl", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("a transcript of the attempts to send the message follows") {
        return None;
    }
    let lines = notice.lines_after("a transcript of the attempts")?;
    let mut found = recipients(lines, with_colon, Extent::Paragraph);
    if found.is_empty() {
        let words = lines.join("\n");
        found = lines
            .iter()
            .filter_map(|line| line.trim().strip_prefix("Addressed To:").and_then(cleaned))
            .map(|address| Failure::failed(address, &words))
            .collect();
    }
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn surfcontrol_gives_the_reply_in_a_transcript_of_its_attempts() {
        let text = "Your message could not be sent.\nA transcript of the attempts to send the message follows.\nThe number of attempts made: 1\nAddressed To: clerk@ministry.example\n\n\
                    Thu, 29 Apr 2026 10:00:00 +0200\nFailed to send to identified host,\nclerk@ministry.example: [192.0.2.1], 552 5.2.2 Mailbox full\n";
        assert_eq!(plain("<>", "Request", text), ["bounce", "clerk@ministry.example failed 5.2.2 mailbox_full permanent"]);
    }
}
