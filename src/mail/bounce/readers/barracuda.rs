//! Barracuda Spam Firewall, a filter that stands in front of mail servers.
//!
//! Known from its administrator's guide ("Bounce messages") and its reports: "Your message to: a@b / was blocked by our Spam Firewall."

use super::super::layout::unique;
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::all_in;
use super::Reader;
use crate::mail::understood::BounceReason;

pub(super) const READERS: &[Reader] = &[Reader::new("Barracuda", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("your message to") || !notice.says("was blocked by our") {
        return None;
    }
    let words = notice.lines.join("\n");
    let line = notice.lines.iter().find(|line| line.to_lowercase().contains("your message to"))?;
    let found =
        all_in(line).into_iter().map(|address| Failure { reason: Some(BounceReason::LooksLikeSpam), ..Failure::failed(address, &words) });
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn barracuda_blocks_and_nothing_is_dead() {
        let text = "Your message to: clerk@ministry.example\nwas blocked by our Spam Firewall. The email you sent with the following subject has NOT BEEN DELIVERED:\n\nSubject: Request\n";
        assert_eq!(
            plain("\"Spam Firewall\" <postmaster@ministry.example>", "**Message you sent blocked by our bulk email filter**", text),
            ["bounce", "clerk@ministry.example failed 5.7.1 looks_like_spam permanent"]
        );
    }
}
