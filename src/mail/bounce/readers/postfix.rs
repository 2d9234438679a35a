//! Postfix, where its report has no usable fields: releases before 2.0, and reports whose MIME was lost on the way.
//!
//! Known from Postfix' source (`bounce/bounce_notify_util.c`; the texts are in `bounce(5)`): a paragraph per recipient,
//! `<address>: host … said: 550 … (in reply to RCPT TO command)`, wrapped at 79 columns with four blanks. With fields, this reader adds
//! which command was refused, which Diagnostic-Code leaves out.

use super::super::code::reply_code;
use super::super::layout::{Extent, recipients, unique, with_colon};
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::{between, cleaned};
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("Postfix SMTP server, errors from a client", session), Reader::new("Postfix", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let known = notice.says_any(&["i'm sorry to have to inform you that", "this is the mail system at host", "this is the postfix"])
        || notice.says("postfix program") && notice.says("message")
        // An operator may change every sentence (bounce(5)), not what the SMTP client writes behind a reply.
        || notice.says("(in reply to ") && notice.says(" command)");
    known.then(|| recipients(&notice.lines, with_colon, Extent::Paragraph)).filter(|found| !found.is_empty())
}

/// Postfix' server tells its postmaster of a session in which no letter of ours was refused.
pub(in crate::mail::bounce) fn tells_of_a_stranger(notice: &Notice<'_>) -> bool {
    notice.subject.starts_with("postfix smtp server: errors from") && session(notice).is_none()
}

/// The transcript that smtpd sends to the postmaster (`smtpd_chat.c`, "Transcript of session follows"): a recipient it had taken, then an
/// error of its own for the letter. Where the recipient is at home, a stranger was refused and no letter of ours.
fn session(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("transcript of session follows") || !notice.subject.contains("errors from") {
        return None;
    }
    let mut taken = Vec::new();
    let mut refusal = None;
    let mut command = "";
    for line in &notice.lines {
        let line = line.trim();
        if let Some(said) = line.strip_prefix("In:") {
            command = said.trim();
            if command.to_ascii_uppercase().starts_with("RCPT TO:") {
                taken.extend(between(command, '<', '>').and_then(cleaned).filter(|address| !notice.is_at_home(address)));
            }
        } else if let Some(answer) = line.strip_prefix("Out:").map(str::trim)
            && reply_code(answer).is_some()
            && refusal.is_none()
        {
            refusal = Some((answer.to_owned(), command));
        }
    }
    let (words, command) = refusal.filter(|_| !taken.is_empty())?;
    let found = taken.into_iter().map(|address| Failure::failed(address, &words).with_command_from(&command.to_ascii_lowercase()));
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;

    #[test]
    fn old_postfix_has_only_its_paragraphs() {
        let text = "This is the Postfix program at host npm.example.\n\nI'm sorry to have to inform you that the message returned\nbelow could not be delivered to one or \
                    more destinations.\n\n\t\t\tThe Postfix program\n\n<clerk@ministry.example>: host mx.ministry.example[192.0.2.1] said: 550\n    \
                    <clerk@ministry.example>: User unknown (in reply to RCPT TO\n    command)\n";
        assert_eq!(
            plain("MAILER-DAEMON@npm.example (Mail Delivery System)", "Undelivered Mail Returned to Sender", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }

    #[test]
    fn the_text_beside_the_fields_tells_the_command() {
        let raw = "From: MAILER-DAEMON@npm.example (Mail Delivery System)\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n\
                   Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\nContent-Type: text/plain\n\n\
                   This is the mail system at host npm.example.\n\n<clerk@ministry.example>: host mx.ministry.example[192.0.2.1] said: 550 Unknown user\n    \
                   clerk@ministry.example (in reply to end of DATA command)\n\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; npm.example\n\n\
                   Final-Recipient: rfc822; clerk@ministry.example\nOriginal-Recipient: rfc822;desk@ministry.example\nAction: failed\nStatus: 5.0.0\n\
                   Diagnostic-Code: smtp; 550 Unknown user clerk@ministry.example\n\n--x\nContent-Type: message/rfc822\n\nMessage-ID: <request.7@npm.example>\n\
                   Subject: Request\n\nDear Sir\n--x--\n";
        assert_eq!(read(raw), ["bounce request.7@npm.example", "clerk@ministry.example failed 5.0.0 no_such_user permanent"]);
    }

    #[test]
    fn an_error_in_the_middle_of_a_session_names_who_had_been_taken() {
        let text = "Transcript of session follows.\n\n Out: 220 mx.ministry.example ESMTP\n In:  EHLO npm.example\n Out: 250 ok\n In:  RCPT TO:<clerk@ministry.example>\n \
                    Out: 250 2.1.5 Ok\n In:  DATA\n Out: 354 End data\n Out: 451 4.3.0 Error: queue file write error\n In:  QUIT\n Out: 221 2.0.0 Bye\n";
        assert_eq!(
            plain(
                "MAILER-DAEMON@mx.ministry.example (Mail Delivery System)",
                "Postfix SMTP server: errors from npm.example[192.0.2.9]",
                text
            ),
            ["bounce", "clerk@ministry.example failed 4.3.0 other"]
        );
    }
}
