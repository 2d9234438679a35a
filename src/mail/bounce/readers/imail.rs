//! Ipswitch IMail (SMTP32).
//!
//! Known from its reports: one short line, "Unknown user: a@b", "undeliverable to a@b", "Invalid final delivery userid: a@b", "User mailbox
//! exceeds allowed size: a@b", "Delivery failed 20 attempts: a@b"; what another server said stands under "RCPT TO generated following
//! response:".

use super::super::layout::unique;
use super::super::notice::Notice;
use super::super::recipient_failure::{Command, Failure};
use super::super::reported_address::all_in;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("IMail", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let by_name = notice.header("X-Mailer").to_lowercase().contains("smtp32") || notice.subject.trim() == "undeliverable mail";
    let sentences = [
        "unknown user:",
        "unknown host:",
        "undeliverable to",
        "undeliverable  to",
        "invalid final delivery userid:",
        "user mailbox exceeds allowed size:",
        "delivery failed",
        "user mailbox is full:",
        "message size exceeds",
    ];
    if !by_name {
        return None;
    }
    let words = notice.lines.iter().filter(|line| !line.is_empty()).copied().collect::<Vec<_>>().join("\n");
    let command =
        words.replace("RCPT TO generated", "rcpt to").replace("MAIL FROM generated", "mail from").replace("DATA generated", "data command");
    let found = notice
        .lines
        .iter()
        .filter(|line| {
            let lower = line.to_lowercase();
            sentences.iter().any(|sentence| lower.starts_with(sentence))
        })
        .flat_map(|line| all_in(line));
    let command = Command::in_text(&command);
    let found = found.map(|address| Failure { local: true, command, ..Failure::failed(address, &words) });
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::with_headers;

    #[test]
    fn imail_needs_one_line() {
        let headers = "From: \"Postmaster\" <postmaster@npm.example>\nSubject: Undeliverable Mail\nX-Mailer: <SMTP32 v8.15>";
        let text = "Unknown user: clerk@ministry.example\n\nRCPT TO generated following response:\n553 5.3.0 <clerk@ministry.example>... Addressee unknown\n\n\
                    Original message follows.\n\nMessage-Id: <request.7@npm.example>\n";
        assert_eq!(
            with_headers(headers, text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.3.0 no_such_user permanent dead"]
        );
    }
}
