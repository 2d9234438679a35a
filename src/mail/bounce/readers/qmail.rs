//! qmail, and of the many whose reports grew from it those that need no reader of their own: MessageLabs, sina, vpopmail hosts, newmail.ru.
//!
//! Known from qmail's documentation ("The qmail-send Bounce Message Format", QSBMF, by D. J. Bernstein): a first paragraph that begins with
//! "Hi. This is the", a paragraph per recipient opened by `<address>:`, and a break line that begins with a dash. The others keep the
//! paragraphs and change or translate the sentences.

use super::super::code::reply_code;
use super::super::layout::{Extent, recipients, with_colon};
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("qmail", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let known = notice.says_any(&[
        "this is the qmail-send program",
        "wasn't able to deliver your message to the following",
        "was not able to deliver your message to the following",
        "unable to deliver your message to the following",
        "this is a permanent error; i've given up",
        "this is the mail delivery agent at",
        "this is the machine generated message from mail service",
        "i'm sorry, but i wasn't able to deliver",
        "se ha producido un error al entregar",
        "su mensaje no pudo ser entregado",
        "your message could not be delivered",
        "邮件无法发送到您指定的地址中",
    ]) || notice.subject.contains("failure notice")
        || notice.header("X-Mailer").starts_with("SinaMail");
    known.then(|| paragraphs(notice)).filter(|found| !found.is_empty())
}

/// The recipients of QSBMF, and of those who keep its paragraphs under other sentences.
pub(super) fn paragraphs(notice: &Notice<'_>) -> Vec<Failure> {
    let mut found = recipients(&notice.lines, angle_and_colon, Extent::Paragraph);
    for failure in &mut found {
        // qmail-local's sentence about a mailbox of its own.
        failure.local =
            failure.diagnostic.to_lowercase().contains("no mailbox here by that name") && reply_code(&failure.diagnostic).is_none();
    }
    found
}

/// QSBMF's recipient line has the angle brackets; without them, "To: a@b" of a sentence would open a paragraph.
fn angle_and_colon(line: &str) -> Option<(String, &str)> {
    if line.trim_start().starts_with('<') { with_colon(line) } else { None }
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn qmail_opens_a_paragraph_for_each_address() {
        let text = "Hi. This is the qmail-send program at npm.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\
                    This is a permanent error; I've given up. Sorry it didn't work out.\n\n<clerk@ministry.example>:\n192.0.2.1 does not like recipient.\n\
                    Remote host said: 550 no such user here\nGiving up on 192.0.2.1.\n\n<desk@gone.example>:\nSorry, I couldn't find any host named gone.example. (#5.1.2)\n\n\
                    --- Below this line is a copy of the message.\n\nReturn-Path: <office@npm.example>\nMessage-ID: <request.7@npm.example>\n\nDear Sir\n";
        assert_eq!(
            plain("MAILER-DAEMON@npm.example", "failure notice", text),
            [
                "bounce request.7@npm.example",
                "clerk@ministry.example failed 5.1.1 no_such_user permanent dead",
                "desk@gone.example failed 5.1.2 no_such_host permanent dead"
            ]
        );
    }

    #[test]
    fn a_sender_who_was_refused_does_not_make_the_recipient_dead() {
        let text = "Hi. This is the qmail-send program at npm.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\n\
                    <clerk@ministry.example>:\nConnected to 192.0.2.1 but sender was rejected.\nRemote host said: 550 5.7.1 Access denied\n";
        assert_eq!(
            plain("MAILER-DAEMON@npm.example", "failure notice", text),
            ["bounce", "clerk@ministry.example failed 5.7.1 policy_refused permanent"]
        );
    }
}
