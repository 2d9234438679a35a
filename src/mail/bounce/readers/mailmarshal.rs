//! MailMarshal, a filter that stands in front of mail servers.
//!
//! Known from its administrator's guide ("Delivery failure templates") and its reports: "Could not be delivered because of / 550 … / The
//! following recipients were affected:".

use super::super::layout::unique;
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::at_start;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("MailMarshal", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("could not be delivered because of") || !notice.says("recipients were affected") {
        return None;
    }
    let because = notice.lines_after("could not be delivered because of")?;
    let end = because.iter().position(|line| line.to_lowercase().contains("recipients were affected")).unwrap_or(because.len());
    let words = because.get(..end)?.join("\n");
    let affected = notice.lines_after("recipients were affected")?;
    let listed = affected.iter().take_while(|line| !line.starts_with("Additional")).filter_map(|line| at_start(line));
    Some(unique(listed.map(|(address, _)| Failure::failed(address, &words))))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn mailmarshal_gives_the_reason_before_the_recipients() {
        let text = "Your message:\n   From:    office@npm.example\n   Subject: Request\n\nCould not be delivered because of\n\n550 5.1.1 User unknown\n\n\
                    The following recipients were affected: \n    clerk@ministry.example\n\nAdditional Information\n======================\n";
        assert_eq!(
            plain("Mail Administrator <postmaster@npm.example>", "Undeliverable Mail: \"Request\"", text),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
