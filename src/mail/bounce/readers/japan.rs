//! Japanese operators and products: BIGLOBE, au (KDDI, EZweb), m-FILTER, Activehunter, NTT docomo's relays, fml.
//!
//! Known from their reports; the Japanese sentences around are left alone, since every one of these prints the address and the reason in
//! English or in a fixed place. What they need beyond the general shapes is in each reader's comment.

use super::super::address::{all_in, at_start, between, cleaned};
use super::super::failure::{Command, Failure};
use super::super::layout::{Extent, alone, anything, recipients, unique};
use super::super::notice::Notice;
use super::Reader;
use crate::mail::understood::BounceReason;

pub(super) const READERS: &[Reader] = &[
    Reader::new("m-FILTER", mfilter),
    Reader::new("au / EZweb", ezweb),
    Reader::new("au one net", dion),
    Reader::new("BIGLOBE", biglobe),
    Reader::new("Activehunter", activehunter),
    Reader::new("fml", fml),
];

/// "-------server message" and "-------SMTP command" are sections; the address stands alone before them.
fn mfilter(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.header("X-Mailer").contains("m-FILTER") && !notice.says("-------server message") {
        return None;
    }
    let section = |name: &str| {
        notice
            .lines_after(name)
            .map(|lines| lines.iter().take_while(|line| !line.starts_with("---")).copied().collect::<Vec<_>>().join("\n"))
    };
    let words = section("-------server message")?;
    let sent = section("-------smtp command").unwrap_or_default().trim().to_ascii_uppercase();
    let command = match sent.as_str() {
        sent if sent.starts_with("RCPT") => Some(Command::Rcpt),
        sent if sent.starts_with("MAIL") => Some(Command::Mail),
        sent if sent.starts_with("DATA") || sent.starts_with('.') => Some(Command::Data),
        _ => None,
    };
    let before = notice.lines.iter().take_while(|line| !line.starts_with("-------"));
    let found = before.filter_map(|line| alone(line)).map(|(address, _)| Failure { command, ..Failure::failed(address, &words) });
    Some(unique(found))
}

/// "The user(s) account is disabled." and its kin stand before the list; "Each of the following recipients was rejected by a remote mail
/// server." lists `Recipient: <a@b>`, `>>> …`, `<<< …`.
fn ezweb(notice: &Notice<'_>) -> Option<Vec<Failure>> {
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

/// "Could not be delivered to: <a@b> / As their mailbox is full."
fn dion(notice: &Notice<'_>) -> Option<Vec<Failure>> {
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

/// "----- The following addresses had delivery problems -----", then "----- Non-delivered information -----" for all of them.
fn biglobe(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("non-delivered information") {
        return None;
    }
    let words = notice.lines_after("non-delivered information")?.join("\n");
    let listed = notice.lines_after("addresses had delivery problems")?;
    let found = listed
        .iter()
        .take_while(|line| !line.contains("-----"))
        .filter_map(|line| anything(line))
        .map(|(address, _)| Failure::failed(address, &words));
    Some(unique(found))
}

/// TransWARE Active!hunter: ">>> a@b <<<" and the reply below it.
fn activehunter(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    fn marked(line: &str) -> Option<(String, &str)> {
        let inner = line.trim().strip_prefix(">>>")?.strip_suffix("<<<")?;
        Some((cleaned(inner)?, ""))
    }
    let known = notice.message.headers.has("X-AHMAILID") || notice.subject.starts_with("failure notice :");
    known.then(|| recipients(&notice.lines, marked, Extent::Paragraph)).filter(|found| !found.is_empty())
}

/// fml, a list manager: "You are not a member of this mailing list <list@b>.", "Original mail as follows:".
fn fml(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.header("X-MLServer").starts_with("fml") {
        return None;
    }
    let line = notice.lines.iter().find(|line| line.contains("mailing list <") || line.trim_end().ends_with(">."))?;
    let address = between(line, '<', '>').and_then(cleaned)?;
    Some(vec![Failure { reason: Some(BounceReason::PolicyRefused), ..Failure::failed(address, line.trim()) }])
}

#[cfg(test)]
mod tests {
    use super::super::sample::*;

    #[test]
    fn m_filter_has_a_section_for_the_command() {
        let headers = "From: <>\nSubject: failure notice\nX-Mailer: m-FILTER\nReturn-Path: <>";
        let text = "clerk@ministry.example\n\n\n-------server message\n550 5.1.1 clerk@ministry.example... No such user\n\n-------SMTP command\nRCPT TO:<clerk@ministry.example>\n\n\
                    -------original mail info\nFrom: office@npm.example\nMessage-ID: <request.7@npm.example>\n";
        assert_eq!(
            with_headers(headers, text),
            ["bounce request.7@npm.example", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]
        );
    }

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

    #[test]
    fn au_one_net_says_why_below_the_address() {
        let text = "Your mail attempted to be delivered on: Thu, 29 Apr 2026 23:45:22 +0900\n     Could not be delivered to: <clerk@ministry.example>\n     As the remote domain doesnt exist.\n";
        assert_eq!(
            plain("no-reply@mail.example", "Mail error", text),
            ["bounce", "clerk@ministry.example failed 5.1.2 no_such_host permanent dead"]
        );
    }

    #[test]
    fn biglobe_gives_one_reason_for_all() {
        let text = "   ----- The following addresses had delivery problems -----\nclerk@ministry.example\n\n   ----- Non-delivered information -----\n\
                    The number of messages in recipient's mailbox exceeded the local limit.\n";
        assert_eq!(
            plain("postmaster@biglobe.example", "Returned mail: Service unavailable", text),
            ["bounce", "clerk@ministry.example failed 5.2.2 mailbox_full permanent"]
        );
    }

    #[test]
    fn a_list_that_takes_only_members_refuses_by_fml() {
        let headers = "From: list-admin@ministry.example\nSubject: Rejected mail from <office@npm.example>: (list ML)\nX-MLServer: fml [fml 2.0.3]; post only";
        let text = "\nYou are not a member of this mailing list <list@ministry.example>.\n\nOriginal mail as follows:\n\nMessage-ID: <request.7@npm.example>\n";
        assert_eq!(
            with_headers(headers, text),
            ["bounce request.7@npm.example", "list@ministry.example failed 5.7.1 policy_refused permanent"]
        );
    }

    #[test]
    fn activehunter_marks_the_address_by_arrows() {
        let headers = "From: MAILER-DAEMON@npm.example\nSubject: FAILURE NOTICE :\nX-AHMAILID: 1";
        let text = "  ----- The following addresses had permanent fatal errors -----\n\n >>> clerk@ministry.example <<<\n 550 5.1.1 sorry, no mailbox here by that name.\n\n";
        assert_eq!(with_headers(headers, text), ["bounce", "clerk@ministry.example failed 5.1.1 no_such_user permanent dead"]);
    }
}
