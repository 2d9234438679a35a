//! CommuniGate Pro.
//!
//! Known from its reports: "Failed to deliver to 'a@b'" and the module that reports.

use super::super::layout::{Extent, recipients};
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::all_in;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("CommuniGate Pro", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    fn entry(line: &str) -> Option<(String, &str)> {
        let (_, value) = line.split_once("Failed to deliver to")?;
        Some((all_in(value).into_iter().next()?, ""))
    }
    (notice.says("failed to deliver to")).then(|| recipients(&notice.lines, entry, Extent::NextRecipient)).filter(|found| !found.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn communigate_tells_what_its_module_reports() {
        let text = "Failed to deliver to 'clerk@ministry.example'\nSMTP module(domain ministry.example) reports:\n host mx.ministry.example says:\n 550 5.1.1 no such user\n";
        assert_eq!(
            plain("<MAILER-DAEMON@npm.example>", "Undeliverable mail", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
