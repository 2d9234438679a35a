//! au (KDDI, EZweb), a Japanese operator.
//!
//! Known from its reports: "The user(s) account is disabled." and its kin stand before the list; "Each of the following recipients was rejected
//! by a remote mail server." lists `Recipient: <a@b>`, `>>> …`, `<<< …`. The Japanese sentences around are left alone, since the English ones
//! say it all.

use super::super::layout::unique;
use super::super::notice::Notice;
use super::super::recipient_failure::{Command, Failure};
use super::super::reported_address::at_start;
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("au / EZweb", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    let known = notice.from.contains("ezweb.ne.jp")
        || notice.from.contains("au.com")
        || notice.subject.starts_with("mail system error - returned mail");
    if !known {
        return None;
    }
    let openings = [
        "the user(s) ",
        "each of the following recipients",
        "the following recipients did not receive",
        "your message was not delivered",
        "your mail attempted",
        "the message could not be delivered",
        "could not be delivered to",
        "this message was undeliverable",
    ];
    let mut lead = String::new();
    let mut found: Vec<Failure> = Vec::new();
    let mut in_lead = false;
    for line in &notice.lines {
        let text = line.trim();
        let lower = text.to_lowercase();
        if openings.iter().any(|opening| lower.contains(opening)) {
            if !in_lead {
                lead.clear();
            }
            lead.push_str(text);
            lead.push('\n');
            in_lead = true;
            continue;
        }
        let entry = text.strip_prefix("Recipient:").unwrap_or(text).trim();
        if entry.starts_with('<')
            && let Some((address, rest)) = at_start(entry)
        {
            in_lead = false;
            let own = rest.trim_start_matches([':', ' ']);
            found.push(Failure::failed(address, format!("{lead}\n{own}")));
        } else if let Some(failure) = found.last_mut() {
            if text.starts_with("<<<") || text.starts_with(">>>") || text.starts_with("Reason:") {
                let text = text.trim_start_matches(['<', '>', ' ']);
                failure.command = failure.command.or_else(|| Command::in_text(text));
                failure.diagnostic.push('\n');
                failure.diagnostic.push_str(text);
            }
        } else if in_lead && !text.is_empty() {
            lead.push(' ');
            lead.push_str(text);
        }
    }
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn au_says_the_reason_before_the_list() {
        let text = "The user(s) account is temporarily over quota.\n\n<clerk@ministry.example>\n";
        assert_eq!(
            plain("Postmaster@ezweb.ne.jp", "Mail System Error - Returned Mail", text),
            ["bounce", "clerk@ministry.example failed 5.2.2 mailbox_full permanent"]
        );
        let rejected = "Each of the following recipients was rejected by a remote\nmail server.\n\n    Recipient: <clerk@ministry.example>\n    \
                        >>> RCPT TO:<clerk@ministry.example>\n    <<< 550 <clerk@ministry.example>: User unknown\n";
        assert_eq!(
            plain("Postmaster@ezweb.ne.jp", "Mail System Error - Returned Mail", rejected),
            ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }
}
