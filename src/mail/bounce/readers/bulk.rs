//! Senders of bulk mail that report in fields of their own: PowerMTA, SendGrid.
//!
//! Known from Port25's PowerMTA user guide ("Bounce categories": `X-PowerMTA-BounceCategory` in the recipient's fields) and from SendGrid's
//! reports, which list `name:id:<address> : host : reply  in RCPT TO`.

use super::super::address::{between, cleaned};
use super::super::failure::Failure;
use super::super::layout::unique;
use super::super::notice::Notice;
use super::Reader;
use crate::mail::understood::BounceReason;

pub(super) const READERS: &[Reader] = &[Reader::new("SendGrid", sendgrid)];

/// What a PowerMTA category says. Categories that name no cause are left to the words.
pub(in super::super) fn category(value: &str) -> Option<BounceReason> {
    Some(match value.trim().to_ascii_lowercase().as_str() {
        "bad-mailbox" => BounceReason::NoSuchUser,
        "bad-domain" => BounceReason::NoSuchHost,
        "inactive-mailbox" => BounceReason::MailboxDisabled,
        "quota-issues" => BounceReason::MailboxFull,
        "spam-related" => BounceReason::LooksLikeSpam,
        "virus-related" | "content-related" => BounceReason::Content,
        "policy-related" => BounceReason::PolicyRefused,
        "relaying-issues" => BounceReason::RelayDenied,
        "message-expired" => BounceReason::Expired,
        "routing-errors" | "no-answer-from-host" | "bad-connection" => BounceReason::Network,
        _ => return None,
    })
}

fn sendgrid(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("automatically generated message from sendgrid") {
        return None;
    }
    let found = notice.lines.iter().filter_map(|line| Some((between(line, '<', '>').and_then(cleaned)?, line.split_once('>')?.1))).map(
        |(address, words)| {
            Failure::failed(address, words.trim_matches([' ', ':'])).with_command_from(&words.replace("in RCPT TO", "rcpt command"))
        },
    );
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;

    #[test]
    fn the_category_of_powermta_says_what_the_words_leave_open() {
        let raw = "From: postmaster@bulk.example\nSubject: Delivery report\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n\
                   Content-Type: text/plain\n\nHello, this is the mail server on bulk.example.\n\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns;bulk.example\n\n\
                   Final-Recipient: rfc822;clerk@ministry.example\nAction: failed\nStatus: 5.2.1 (mailbox disabled, not accepting messages)\n\
                   Diagnostic-Code: smtp;550 5.2.1 <clerk@ministry.example>... User Unknown\nX-PowerMTA-BounceCategory: bad-mailbox\n\n--x--\n";
        assert_eq!(read(raw), ["bounce", "clerk@ministry.example failed 5.2.1 no_such_user permanent dead"]);
    }

    #[test]
    fn sendgrid_lists_the_reply_behind_the_address() {
        let text = "This is an automatically generated message from SendGrid.\n\nI'm sorry to have to tell you that your message was not able to be\ndelivered to one of its intended \
                    recipients.\n\nclerk:000000:<clerk@ministry.example> : 192.0.2.250 : mx.ministry.example:[192.0.2.153] : 550 5.1.1 <clerk@ministry.example>... User Unknown  in \
                    RCPT TO\n";
        assert_eq!(
            plain("MAILER-DAEMON@bulk.example", "Undelivered Mail Returned to Sender", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
