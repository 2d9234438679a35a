//! InterScan Messaging Security Suite (IMSS), a filter of Trend Micro's that stands in front of mail servers.
//!
//! Known from its administrator's guide ("Notification messages") and its reports: "****** Message from InterScan …",
//! `Sent <<< RCPT TO:<a@b>`, `Received >>> 550 …`, "Unable to deliver message to <a@b>".

use super::super::layout::with_words;
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::all_in;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("InterScan Messaging Security Suite", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("message from interscan") && !notice.says("interscan messaging security suite") {
        return None;
    }
    let words = notice.lines.join("\n");
    let named = notice.lines.iter().filter(|line| {
        let lower = line.to_lowercase();
        lower.contains("unable to deliver message to") || lower.contains("rcpt to:")
    });
    let addresses = named.filter_map(|line| all_in(line).into_iter().next());
    let answer: Vec<&str> = notice.lines.iter().copied().filter(|line| line.to_lowercase().contains("received >>>")).collect();
    let mut found = with_words(addresses, &words);
    for failure in found.iter_mut().filter(|_| !answer.is_empty()) {
        failure.diagnostic = answer.join("\n");
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn interscan_shows_what_it_sent_and_got() {
        let text = "****** Message from InterScan Messaging Security Suite ******\n\n\nSent <<< RCPT TO:<clerk@ministry.example>\nReceived >>> 550 5.1.1 unknown user.\n\n\
                    Unable to deliver message to <clerk@ministry.example> (and other recipients in the same domain).\n\n************************     End of message     \
                    **********************\n";
        assert_eq!(
            plain("imss@npm.example", "Mail could not be delivered", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
