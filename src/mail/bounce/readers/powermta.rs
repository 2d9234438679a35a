//! PowerMTA, whose reports say all in fields and need no reader; one field of its own names the cause.
//!
//! Known from Port25's user guide ("Bounce categories": `X-PowerMTA-BounceCategory` in the recipient's fields).

use crate::mail::understood::BounceReason;

/// What a category says. Categories that name no cause are left to the words.
pub(in crate::mail::bounce) fn category(value: &str) -> Option<BounceReason> {
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

#[cfg(test)]
mod tests {
    use super::super::sample::read;

    #[test]
    fn the_category_says_what_the_words_leave_open() {
        let raw = "From: postmaster@bulk.example\nSubject: Delivery report\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n\
                   Content-Type: text/plain\n\nHello, this is the mail server on bulk.example.\n\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns;bulk.example\n\n\
                   Final-Recipient: rfc822;clerk@ministry.example\nAction: failed\nStatus: 5.2.1 (mailbox disabled, not accepting messages)\n\
                   Diagnostic-Code: smtp;550 5.2.1 <clerk@ministry.example>... User Unknown\nX-PowerMTA-BounceCategory: bad-mailbox\n\n--x--\n";
        assert_eq!(read(raw), ["bounce", "clerk@ministry.example failed 5.2.1 no_such_user permanent dead"]);
    }
}
