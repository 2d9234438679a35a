//! Active!hunter, a Japanese product by TransWARE.
//!
//! Known from its reports: ">>> a@b <<<" and the reply below it. The Japanese sentences around are left alone, since the address and the reply
//! stand in a fixed place.

use super::super::layout::{Extent, recipients};
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::cleaned;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("Activehunter", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    fn marked(line: &str) -> Option<(String, &str)> {
        let inner = line.trim().strip_prefix(">>>")?.strip_suffix("<<<")?;
        Some((cleaned(inner)?, ""))
    }
    let known = notice.message.headers.has("X-AHMAILID") || notice.subject.starts_with("failure notice :");
    known.then(|| recipients(&notice.lines, marked, Extent::Paragraph)).filter(|found| !found.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::sample::with_headers;

    #[test]
    fn activehunter_marks_the_address_by_arrows() {
        let headers = "From: MAILER-DAEMON@npm.example\nSubject: FAILURE NOTICE :\nX-AHMAILID: 1";
        let text = "  ----- The following addresses had permanent fatal errors -----\n\n >>> clerk@ministry.example <<<\n 550 5.1.1 sorry, no mailbox here by that name.\n\n";
        assert_eq!(with_headers(headers, text), ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]);
    }
}
