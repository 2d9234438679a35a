//! What a server answers: a code, lines of text, and what can be read from them.

use super::super::connection::readable;

/// One reply (RFC 5321 §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// 200 to 599.
    pub code: u16,
    /// The text behind the codes, line by line, fit for a message.
    pub lines: Vec<String>,
}

/// One line of a reply: its code, whether more lines follow, its text. `None`: no SMTP server says such a thing.
pub(super) fn line(said: &[u8]) -> Option<(u16, bool, String)> {
    let (digits, rest) = said.split_at_checked(3)?;
    let code: u16 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    // "+42" is a number to Rust.
    if !digits.iter().all(u8::is_ascii_digit) || !(200..600).contains(&code) {
        return None;
    }
    let more = match rest.first() {
        None | Some(b' ') => false,
        Some(b'-') => true,
        Some(_) => return None,
    };
    Some((code, more, readable(rest.get(1..).unwrap_or_default())))
}

impl Reply {
    /// The whole reply in one line, as evidence and for people.
    pub(super) fn text(&self) -> String {
        readable(format!("{} {}", self.code, self.lines.join(" ")).as_bytes())
    }

    /// The enhanced status code (RFC 2034 §4), if the server gives one that agrees with its reply code.
    pub(super) fn status(&self) -> Option<String> {
        let first = self.lines.first()?.split_whitespace().next()?;
        let mut numbers = first.split('.');
        let class = numbers.next()?;
        let short_number =
            |part: Option<&str>| part.is_some_and(|part| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()));
        let agrees = class == (self.code / 100).to_string();
        (agrees && short_number(numbers.next()) && short_number(numbers.next()) && numbers.next().is_none()).then(|| first.to_owned())
    }

    /// The name that the server gave the letter in its queue, by which its administrator finds it in the log.
    pub(super) fn queue_id(&self) -> Option<String> {
        let text = self.lines.join(" ");
        let behind = |marker: &str| {
            let start = text.find(marker)? + marker.len();
            let name = text.get(start..)?.split([' ', ',', ']', ';']).next()?.trim_matches(['<', '>', '.']);
            (!name.is_empty()).then(|| name.to_owned())
        };
        // Postfix: "2.0.0 Ok: queued as 4bX0"; Exim: "OK id=1uA-0-x"; Exchange: "2.6.0 <…> [InternalId=12, Hostname=…] Queued mail for delivery";
        // qmail: "ok 1700000000 qp 4711".
        let named = behind("queued as ").or_else(|| behind("id=")).or_else(|| behind("InternalId=")).or_else(|| behind(" qp "));
        // Sendmail: "2.0.0 3AB1 Message accepted for delivery".
        named.or_else(|| {
            let before = text.strip_suffix("Message accepted for delivery")?;
            before.split_whitespace().last().filter(|name| !name.contains('.')).map(str::to_owned)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, text: &str) -> Reply {
        Reply { code, lines: vec![text.to_owned()] }
    }

    #[test]
    fn the_queue_id_is_found_in_the_words_of_each_server() {
        let id = |text: &str| reply(250, text).queue_id();
        assert_eq!(id("2.0.0 Ok: queued as 4bX0yW1z"), Some("4bX0yW1z".to_owned()));
        assert_eq!(id("OK id=1uAbCd-000000001-AbCd"), Some("1uAbCd-000000001-AbCd".to_owned()));
        assert_eq!(id("2.6.0 <m@npm.example> [InternalId=4711, Hostname=x.example] Queued mail for delivery"), Some("4711".to_owned()));
        assert_eq!(id("2.0.0 5AB9cd12 Message accepted for delivery"), Some("5AB9cd12".to_owned()));
        assert_eq!(id("ok 1700000000 qp 815"), Some("815".to_owned()));
        assert_eq!(id("OK"), None);
    }

    #[test]
    fn an_enhanced_status_counts_only_if_it_agrees_with_the_code() {
        assert_eq!(reply(550, "5.1.1 no such user").status(), Some("5.1.1".to_owned()));
        assert_eq!(reply(450, "5.1.1 no such user").status(), None);
        assert_eq!(reply(550, "no such user").status(), None);
        assert_eq!(reply(550, "5.1.1.1 no").status(), None);
        assert_eq!(reply(550, "5.1.1234 no").status(), None);
    }

    #[test]
    fn what_is_no_reply_line_is_not_taken_for_one() {
        assert_eq!(line(b"250 ok"), Some((250, false, "ok".to_owned())));
        assert_eq!(line(b"250-more"), Some((250, true, "more".to_owned())));
        assert_eq!(line(b"250"), Some((250, false, String::new())));
        for strange in [&b"25"[..], b"ok", b"+25 x", b"199 x", b"600 x", b"250ok", b"\xff\xff\xff"] {
            assert_eq!(line(strange), None, "{strange:?}");
        }
        assert_eq!(line(b"550 \x1b[31mred\r").map(|line| line.2), Some("[31mred".to_owned()));
    }
}
