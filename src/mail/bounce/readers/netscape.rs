//! Netscape Messaging Server.
//!
//! Known from its reports: "This Message was undeliverable due to the following reason:", a paragraph, "The following recipients did not
//! receive your message:" with `<a@b>` under it.

use super::super::layout::unique;
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::at_start;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("Netscape Messaging Server", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("undeliverable due to the following reason")
        && !notice.says("did not receive your message")
        && !notice.says("did not receive this message")
    {
        return None;
    }
    let words = notice.lines_after("due to the following reason").map(|lines| lines.join("\n")).unwrap_or_default();
    let end = words.find("did not receive").unwrap_or(words.len());
    let reason = words.get(..end).unwrap_or_default().to_owned();
    let start = notice.lines.iter().position(|line| line.to_lowercase().contains("did not receive"))?;
    let mut found = Vec::new();
    for line in notice.lines.get(start..)? {
        if line.to_lowercase().contains("please reply to") {
            break;
        }
        if line.trim_start().starts_with('<') {
            found.extend(at_start(line).map(|(address, _)| Failure::failed(address, &reason)));
        }
    }
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn netscape_gives_the_reason_before_the_recipients() {
        let text = "This Message was undeliverable due to the following reason:\n\nYour message was not delivered within 2 days.\nHost ministry.example is not responding.\n\n\
                    The following recipients did not receive your message:\n\n     <clerk@ministry.example>\n\nPlease reply to <Postmaster@npm.example>\n";
        assert_eq!(
            plain("Mail Administrator <Postmaster@npm.example>", "Mail System Error - Returned Mail", text),
            ["bounce", "clerk@ministry.example failed 5.4.7 expired permanent"]
        );
    }
}
