//! au one net (KDDI), a Japanese operator, before that DION.
//!
//! Known from its reports: "Could not be delivered to: <a@b> / As their mailbox is full." The Japanese sentences around are left alone, since
//! the English ones say it all.

use super::super::layout::unique;
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::{all_in, between, cleaned};
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("au one net", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("could not be delivered to:")
        || !notice.says_any(&["your mail sent on:", "your mail attempted to be delivered on:"]) && !notice.from.contains("dion.ne.jp")
    {
        return None;
    }
    let at = notice.lines.iter().position(|line| line.to_lowercase().contains("could not be delivered to:"))?;
    let line = notice.lines.get(at)?;
    let words = notice.lines.get(at + 1..)?.iter().take(3).copied().collect::<Vec<_>>().join(" ");
    let found =
        between(line, '<', '>').and_then(cleaned).into_iter().chain(all_in(line)).map(|address| Failure::failed(address, words.trim()));
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn au_one_net_says_why_below_the_address() {
        let text = "Your mail attempted to be delivered on: Thu, 29 Apr 2026 23:45:22 +0900\n     Could not be delivered to: <clerk@ministry.example>\n     As the remote domain doesnt exist.\n";
        assert_eq!(
            plain("no-reply@mail.example", "Mail error", text),
            ["bounce", "clerk@ministry.example failed 5.1.2 no_such_host permanent dead"]
        );
    }
}
