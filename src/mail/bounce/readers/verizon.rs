//! Verizon Wireless: vtext and vzwpix.
//!
//! Known from its reports: "Error: No valid recipients for this MM" or "Error message below:", the recipient under "Message details" or in the
//! copy of the letter's head.

use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::cleaned;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("Verizon Wireless", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says_any(&["message could not be delivered to mobile", "error message below"]) {
        return None;
    }
    let words = notice.lines.join("\n");
    let to = |prefix: &str| notice.lines.iter().find_map(|line| line.trim().strip_prefix(prefix).and_then(cleaned));
    let address = to("RCPT TO:").or_else(|| to("To:"))?;
    Some(vec![Failure { local: true, ..Failure::failed(address, words) }])
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn the_recipient_stands_in_the_details() {
        let text = "Message could not be delivered to mobile.\nError: No valid recipients for this MM\n\nMessage details:\n  Subject: Request\n  To: clerk@phones.example\n";
        assert_eq!(
            plain("post_master@phones.example", "Undeliverable Message", text),
            ["bounce", "clerk@phones.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
