//! OpenSMTPD.
//!
//! Known from its source, `smtpd/bounce.c`: "This is the MAILER-DAEMON, please DO NOT REPLY to this email.", then `a@b: words` per line.

use super::super::layout::{Extent, recipients, with_colon};
use super::super::notice::Notice;
use super::super::recipient_failure::{Action, Failure};
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("OpenSMTPD", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("this is the mailer-daemon, please do not reply") {
        return None;
    }
    let lines = notice.lines_after("list of recipients").unwrap_or(&notice.lines);
    let mut found = recipients(lines, with_colon, Extent::Paragraph);
    let delayed = notice.says("only a temporary failure report") || notice.says("a message is delayed for more than");
    for failure in &mut found {
        // Its Status field is 4.0.0 or 5.0.0 by the kind of the report (bounce.c), whatever happened.
        failure.status_says_nothing = true;
        if delayed {
            failure.action = Action::Delayed;
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::super::sample::read;

    #[test]
    fn opensmtpd_puts_words_behind_the_address_and_nothing_into_its_status() {
        let raw = "From: Mailer Daemon <MAILER-DAEMON@npm.example>\nSubject: Delivery status notification: delayed\nMIME-Version: 1.0\n\
                   Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\nContent-Type: text/plain\n\n    Hi!\n\n    \
                   This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    A message is delayed for more than 4 hours for the following\n    list of recipients:\n\n\
                   clerk@ministry.example: No MX found for domain\n\n    Please note that this is only a temporary failure report.\n\n--x\n\
                   Content-Type: message/delivery-status\n\nReporting-MTA: dns; npm.example\n\nFinal-Recipient: rfc822; clerk@ministry.example\nAction: delayed\nStatus: 4.0.0\n\n--x--\n";
        assert_eq!(read(raw), ["bounce", "clerk@ministry.example delayed 5.1.10 no_such_host dead"]);
    }
}
