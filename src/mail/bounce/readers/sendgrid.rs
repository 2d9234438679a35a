//! SendGrid. Known from its reports, which list `name:id:<address> : host : reply  in RCPT TO`.

use super::super::layout::unique;
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::{between, cleaned};
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("SendGrid", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
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
    use super::super::sample::plain;

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
