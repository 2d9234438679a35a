//! Gmail before 2016 and Google Groups.
//!
//! Known from their reports: plain text, "Delivery to the following recipient failed permanently:", the address alone on an indented line,
//! "Technical details of permanent failure:", then what the other server said. Group refusals come in the language of the sender's
//! account and name the group only in `X-Failed-Recipients`. Reports since 2016 have RFC 3464 fields.

use super::super::layout::{Extent, alone, anything, from_header, recipients};
use super::super::notice::{Notice, bounded};
use super::super::recipient_failure::{Action, Command, Failure};
use super::Reader;

pub(super) const READERS: &[Reader] =
    &[Reader::new("Gmail", gmail), Reader::new("Gmail since 2016", not_found), Reader::new("Google", by_header)];

fn gmail(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let known = notice.says_any(&[
        "delivery to the following recipient failed",
        "delivery to the following recipients failed",
        "delivery to the following recipient has been delayed",
        "delivery to the following recipients has been delayed",
        "delivery to the following recipients was aborted",
        "delivery to the following recipient was aborted",
    ]);
    if !known {
        return None;
    }
    let start = notice.lines.iter().position(|line| line.to_lowercase().contains("to the following recipient"))?;
    let lines = notice.lines.get(start + 1..)?;
    let mut found = recipients(lines, alone, Extent::NextRecipient);
    if found.is_empty() {
        found = from_header(notice.header("X-Failed-Recipients"), &lines.join("\n"));
    }
    let delayed = notice.says("has been delayed") || notice.subject.contains("(delay)");
    for failure in &mut found {
        failure.command = failure.command.or_else(|| state(&failure.diagnostic));
        if delayed {
            failure.action = Action::Delayed;
        }
    }
    Some(found)
}

/// The state of Google's SMTP client when it was refused, which closes its older reports: "(state 14)" is an answer to RCPT TO, 17 and 18 come
/// after DATA.
fn state(words: &str) -> Option<Command> {
    let number = words.rsplit_once("(state ")?.1.split(')').next()?;
    match number {
        "9" => Some(Command::Mail),
        "14" => Some(Command::Rcpt),
        "17" | "18" => Some(Command::Data),
        _ => None,
    }
}

/// "** Address not found **", since 2016: the fields beside it have no words of Google's own.
fn not_found(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let said = notice.flowing.split("your message wasn't delivered to ").nth(1)?;
    let (address, _) = anything(said)?;
    let words = bounded(said.split("because ").nth(1).unwrap_or(said), 1_000);
    let own = !words.contains("the response");
    Some(vec![Failure { local: own, ..Failure::failed(address, words) }])
}

/// Whatever Google says, in whatever language, the header says to whom.
fn by_header(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let header = notice.header("X-Failed-Recipients");
    if header.is_empty() || !notice.from.contains("mailer-daemon@google") {
        return None;
    }
    let words = notice.lines.join("\n");
    let mut found = from_header(header, bounded(&words, 2_000));
    if notice.subject.contains("(delay)") {
        for failure in &mut found {
            failure.action = Action::Delayed;
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;

    #[test]
    fn gmail_gives_technical_details_below_the_address() {
        let text = "Delivery to the following recipient failed permanently:\n\n     clerk@ministry.example\n\nTechnical details of permanent failure: \nGoogle tried to deliver your \
                    message, but it was rejected by the recipient domain. The error that the other server returned was: 550 550 Unknown user (state 14).\n\n   \
                    ----- Original message -----\n\nMessage-ID: <request.7@npm.example>\n";
        assert_eq!(
            plain("Mail Delivery Subsystem <mailer-daemon@googlemail.example>", "Delivery Status Notification (Failure)", text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }

    #[test]
    fn gmail_warns_of_a_delay() {
        let text = "This is an automatically generated Delivery Status Notification\n\nTHIS IS A WARNING MESSAGE ONLY.\n\nYOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\n\
                    Delivery to the following recipient has been delayed:\n\n     clerk@ministry.example\n\nMessage will be retried for 2 more day(s)\n";
        assert_eq!(
            plain("Mail Delivery Subsystem <mailer-daemon@googlemail.example>", "Delivery Status Notification (Delay)", text),
            ["bounce", "clerk@ministry.example delayed 4.0.0 other"]
        );
    }

    #[test]
    fn a_group_that_refuses_in_any_language_is_named_by_the_header() {
        let headers = "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nSubject: Delivery Status Notification (Failure)\n\
                       X-Failed-Recipients: list@ministry.example\nIn-Reply-To: <request.7@npm.example>";
        let text = "Hola, office@npm.example:\n\nQueremos informarte de que el grupo con el que has intentado ponerte en contacto quiz\u{e1}s no exista.\n";
        assert_eq!(with_headers(headers, text), ["bounce request.7@npm.example", "list@ministry.example failed 5.0.0 other permanent"]);
    }

    #[test]
    fn a_marked_list_under_technical_details_is_read() {
        let text = "============================================================================\n     This is an automatically generated Delivery Status Notification.\n\n\
                    Delivery to the following recipients failed permanently:\n\n  * clerk@ministry.example\n\n\
                    ============================================================================\n                         Technical details:\n\n\
                    SMTP:RCPT host 192.0.2.8: 553 5.3.0 <clerk@ministry.example>... No such user here\n\n\
                    ============================================================================\n                     Original message headers:\n\n\
                    Message-ID: <request.7@npm.example>\n";
        assert_eq!(
            plain("Mail Delivery System <system@npm.example>", "Delivery status notification", text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.3.0 no_such_user permanent dead"]
        );
    }
}
