//! Apache James.
//!
//! Known from the source of its DSNBounce and Bounce mailets: "Failed recipient(s):", an address per line, "Error message:".

use super::super::layout::with_words;
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::{at_start, cleaned};
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("Apache James", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let known = notice.says("this is the james mail server") || notice.says("failed recipient(s):") && notice.says("error message:");
    if !known {
        return None;
    }
    let listed = notice.lines_after("failed recipient").unwrap_or_default();
    let words = notice
        .lines_after("error message")
        .map(|lines| lines.iter().take_while(|line| !line.starts_with("Message details")).copied().collect::<Vec<_>>().join("\n"));
    let words = words.unwrap_or_default();
    let listed = listed
        .iter()
        .take_while(|line| !line.to_lowercase().starts_with("error message"))
        .filter_map(|line| at_start(line))
        .map(|(address, _)| address);
    // Where the list is empty the details name the recipient.
    let detailed = notice.lines.iter().filter_map(|line| line.trim().strip_prefix("RCPT TO:").and_then(cleaned));
    let listed: Vec<String> = listed.collect();
    let addresses = if listed.is_empty() { detailed.collect() } else { listed };
    Some(with_words(addresses, &words))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn james_names_recipients_in_a_list_or_in_the_details() {
        let listed = "Hi. This is the James mail server at npm.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\nFailed recipient(s):\n\
                      clerk@ministry.example\n\nError message:\n550 5.1.1 <clerk@ministry.example>... User Unknown\n\n\nMessage details:\n  Subject: Request\n  \
                      RCPT TO: clerk@ministry.example\n";
        let told = ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"];
        assert_eq!(plain("postmaster@npm.example", "[BOUNCE]", listed), told);
        assert_eq!(plain("postmaster@npm.example", "[BOUNCE]", &listed.replacen("clerk@ministry.example\n\nError", "\nError", 1)), told);
    }
}
