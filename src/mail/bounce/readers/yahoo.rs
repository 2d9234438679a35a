//! Yahoo and Yahoo Japan.
//!
//! Known from their reports, which keep qmail's paragraphs and change the sentences: "Message from yahoo.example. Unable to deliver message to
//! the following address(es)." and what followed it over the years.

use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::Reader;
use super::qmail::paragraphs;

pub(super) const READERS: &[Reader] = &[Reader::new("Yahoo", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let known = notice.says_any(&[
        "unable to deliver message to the following address",
        "sorry, we were unable to deliver your message to the following address",
        "we were unable to deliver your message",
    ]);
    known.then(|| paragraphs(notice)).filter(|found| !found.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn yahoo_tells_the_reason_in_a_sentence() {
        let text = "Message from mail.example.\nUnable to deliver message to the following address(es).\n\n<clerk@ministry.example>:\n\
                    Sorry, your message to clerk@ministry.example cannot be delivered.  This account is over quota.\n\n--- Original message follows.\n\n\
                    Message-Id: <request.7@npm.example>\n";
        assert_eq!(
            plain("MAILER-DAEMON@mail.example", "Delivery failure", text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.2.2 mailbox_full permanent"]
        );
    }
}
