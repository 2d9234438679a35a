//! fml, a Japanese list manager.
//!
//! Known from its reports: "You are not a member of this mailing list <list@b>.", "Original mail as follows:".

use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::{between, cleaned};
use super::Reader;
use crate::mail::understood::BounceReason;

pub(super) const READERS: &[Reader] = &[Reader::new("fml", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.header("X-MLServer").starts_with("fml") {
        return None;
    }
    let line = notice.lines.iter().find(|line| line.contains("mailing list <") || line.trim_end().ends_with(">."))?;
    let address = between(line, '<', '>').and_then(cleaned)?;
    Some(vec![Failure { reason: Some(BounceReason::PolicyRefused), ..Failure::failed(address, line.trim()) }])
}

#[cfg(test)]
mod tests {
    use super::super::sample::with_headers;

    #[test]
    fn a_list_that_takes_only_members_refuses_by_fml() {
        let headers = "From: list-admin@ministry.example\nSubject: Rejected mail from <office@npm.example>: (list ML)\nX-MLServer: fml [fml 2.0.3]; post only";
        let text = "\nYou are not a member of this mailing list <list@ministry.example>.\n\nOriginal mail as follows:\n\nMessage-ID: <request.7@npm.example>\n";
        assert_eq!(
            with_headers(headers, text),
            ["bounce request.7@npm.example", "list@ministry.example failed 5.7.1 policy_refused permanent"]
        );
    }
}
