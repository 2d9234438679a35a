//! Messaging Server of Sun and Oracle, and its forerunners PMDF, Netscape and iPlanet. Apple's older mail service runs it.
//!
//! Known from the template of its MTA, `return_failed.txt`: "Recipient address: a@b", "Original address:", "Reason:", "Diagnostic code:".

use super::super::layout::unique;
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::{cleaned, from_field};
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("Sun / Oracle Messaging Server", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("recipient address:") || !notice.says("reason:") {
        return None;
    }
    let mut found: Vec<Failure> = Vec::new();
    for line in &notice.lines {
        let Some((key, value)) = line.trim().split_once(':') else { continue };
        match (key.to_ascii_lowercase().as_str(), found.last_mut()) {
            ("recipient address", _) => found.push(Failure { address: from_field(value), ..Failure::default() }),
            // The recipient's address is then one of the inside (a channel, a route).
            ("original address", Some(failure)) => failure.address = cleaned(value).or(failure.address.take()),
            ("reason" | "diagnostic code", Some(failure)) => {
                failure.diagnostic.push_str(value.trim());
                failure.diagnostic.push('\n');
            }
            _ => {}
        }
    }
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn the_messaging_server_gives_the_address_as_it_was_written() {
        let text = "This report relates to a message you sent with the following header fields:\n\n  Message-id: <request.7@npm.example>\n  Subject: Request\n\n\
                    Your message cannot be delivered to the following recipients:\n\n  Recipient address: @gate.ministry.example:clerk@store\n  \
                    Original address: clerk@ministry.example\n  Reason: Over quota\n";
        assert_eq!(
            plain("Internet Mail Delivery <postmaster@ministry.example>", "Delivery Notification: Delivery has failed", text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.2.2 mailbox_full permanent"]
        );
    }
}
