//! m-FILTER, a Japanese product.
//!
//! Known from its reports: "-------server message" and "-------SMTP command" are sections; the address stands alone before them. The Japanese
//! sentences around are left alone, since what there is to know stands in a fixed place.

use super::super::layout::{alone, unique};
use super::super::notice::Notice;
use super::super::recipient_failure::{Command, Failure};
use super::Reader;

pub(super) const READERS: &[Reader] = &[Reader::new("m-FILTER", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
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

#[cfg(test)]
mod tests {
    use super::super::sample::with_headers;

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
}
