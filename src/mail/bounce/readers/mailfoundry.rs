//! MailFoundry, a filter that stands in front of mail servers.
//!
//! Known from its reports: "Unable to deliver message to: <a@b> / Delivery failed for the following reason: / Server … failed with: 550 …".

use super::super::layout::unique;
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::all_in;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("MailFoundry", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("unable to deliver message to:") || !notice.says("delivery failed for the following reason") {
        return None;
    }
    let line = notice.lines.iter().find(|line| line.to_lowercase().contains("unable to deliver message to:"))?;
    let words = notice
        .lines_after("delivery failed for the following reason")?
        .iter()
        .take_while(|line| !line.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join("\n");
    Some(unique(all_in(line).into_iter().map(|address| Failure::failed(address, &words))))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn mailfoundry_quotes_the_server_behind_it() {
        let text = "Unable to deliver message to: <clerk@ministry.example>\nDelivery failed for the following reason:\n\
                    Server mx.ministry.example[192.0.2.2] failed with: 550 5.1.1 <clerk@ministry.example> No such user here\n\nThis has been a permanent failure.\n";
        assert_eq!(
            plain("MAILER-DAEMON@npm.example", "Message delivery has failed", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
