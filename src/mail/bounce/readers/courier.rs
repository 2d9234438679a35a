//! The Courier mail server.
//!
//! Known from the templates in its source, `submit/rfc822.dsn`: "UNDELIVERABLE MAIL" / "DELAYED MAIL", `<a@b>:`, then the conversation with
//! `>>>` and `<<<`.

use super::super::layout::{Extent, alone, recipients};
use super::super::notice::Notice;
use super::super::recipient_failure::{Action, Failure};
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("Courier", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("running the courier mail server") {
        return None;
    }
    let delayed = notice.says("delayed mail") && !notice.says("undeliverable mail");
    let mut found = recipients(&notice.lines, alone, Extent::Paragraph);
    for failure in &mut found {
        failure.diagnostic = failure.diagnostic.replace(">>> ", "").replace("<<< ", "");
        if delayed {
            failure.action = Action::Delayed;
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn courier_shows_the_conversation() {
        let text = "This is a delivery status notification from npm.example,\nrunning the Courier mail server, version 0.65.2.\n\n\
                    ---------------------------------------------------------------------------\n\n                           UNDELIVERABLE MAIL\n\n\
                    Your message to the following recipients cannot be delivered:\n\n<clerk@ministry.example>:\n    mx.ministry.example [192.0.2.1]:\n\
                    >>> RCPT TO:<clerk@ministry.example>\n<<< 550 User Unknown\n\n---------------------------------------------------------------------------\n";
        assert_eq!(
            plain("\"Courier mail server at npm.example\" <postmaster@npm.example>", "NOTICE: mail delivery status.", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
