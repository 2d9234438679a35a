//! The SMTP MTA of Lotus Notes, release 4.
//!
//! Known from its reports: "------- Failure Reasons  --------", the reason, then the addresses.

use super::super::layout::unique;
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::at_start;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("Notes SMTP MTA", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("failure reasons") {
        return None;
    }
    let mut found = Vec::new();
    let mut reason = "";
    for line in notice.lines_after("failure reasons")? {
        match at_start(line) {
            Some((address, _)) => found.push(Failure { local: true, ..Failure::failed(address, reason) }),
            None if line.trim().is_empty() => {}
            None => reason = line.trim(),
        }
    }
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn the_notes_gateway_puts_the_reason_above_the_address() {
        let text = "------- Failure Reasons  --------\n\nUser  not listed in public Name & Address Book\nclerk@ministry.example\n\n\n------- Returned Message --------\n\
                    Received: from npm.example\nMessage-Id: <request.7@npm.example>\n";
        assert_eq!(
            plain("POSTMASTER@gate.ministry.example", "Undeliverable message", text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
