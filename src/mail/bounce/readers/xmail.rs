//! XMail.
//!
//! Known from its source, `SMAILUtils.cpp`: `[<00>] XMail bounce: Rcpt=[a@b];Error=[550 …]`.

use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::cleaned;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("XMail", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let line = notice.lines.iter().find(|line| line.contains("XMail bounce: Rcpt=["))?;
    let address = line.split_once("Rcpt=[").and_then(|(_, rest)| cleaned(rest.split(']').next()?))?;
    let words = line.split_once("Error=[").map_or(*line, |(_, rest)| rest.trim_end_matches(']'));
    Some(vec![Failure::failed(address, words)])
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn recipient_and_error_stand_in_brackets() {
        let text = "[<00>] XMail bounce: Rcpt=[clerk@ministry.example];Error=[550 5.1.1 unknown user]\n\n[<01>] Error sending message [1780000000.1.npm] from [npm.example].\n";
        assert_eq!(
            plain("postmaster@npm.example", "Error sending message [1780000000.1.npm] from [npm.example]", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
