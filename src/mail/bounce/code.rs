//! The codes in a server's words: SMTP replies (RFC 5321 §4.2) and enhanced status codes (RFC 3463).
//!
//! Numbers with dots are everywhere in a report (addresses of hosts, releases of servers), so a code counts only where it stands alone;
//! a three-digit number counts as a reply only where a reply can stand.

pub(super) use crate::domain::deliverability::Status;

impl Status {
    /// The value of a Status field (RFC 3464 §2.3.4), with the comment some servers add. A server that puts an SMTP reply there gives at
    /// least the class.
    pub(super) fn from_field(value: &str) -> Option<Status> {
        let value = value.trim();
        first_status(value).or_else(|| {
            let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
            (digits.len() == 3 && digits.starts_with(['4', '5'])).then(|| Status::new(if digits.starts_with('4') { 4 } else { 5 }, 0, 0))
        })
    }
}

/// The code that says most: the first that is not X.0.0, otherwise the first. Only classes 4 and 5.
pub(super) fn best_status(text: &str) -> Option<Status> {
    let mut generic = None;
    for status in statuses(text).filter(|status| status.class != 2) {
        if !status.is_generic() {
            return Some(status);
        }
        generic = generic.or(Some(status));
    }
    generic
}

fn first_status(text: &str) -> Option<Status> {
    statuses(text).next()
}

/// Enhanced codes in order of their place.
fn statuses(text: &str) -> impl Iterator<Item = Status> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let start = at;
            at += 1;
            if !matches!(bytes.get(start), Some(b'2' | b'4' | b'5')) || bytes.get(start + 1) != Some(&b'.') || !may_begin_code(text, start)
            {
                continue;
            }
            let (subject, after_subject) = number(bytes, start + 2);
            let (Some(subject), Some(&b'.')) = (subject, bytes.get(after_subject)) else { continue };
            let (detail, end) = number(bytes, after_subject + 1);
            let Some(detail) = detail else { continue };
            // A fourth number makes it a host or a release; a letter or slash, part of a name.
            let ends = match bytes.get(end) {
                None => true,
                Some(b'.') => !bytes.get(end + 1).is_some_and(u8::is_ascii_digit),
                Some(next) => !next.is_ascii_alphanumeric() && !matches!(next, b'/' | b'_' | b'@'),
            };
            if !ends {
                continue;
            }
            at = end;
            let class = bytes.get(start).map_or(5, |digit| digit - b'0');
            return Some(Status { class, subject, detail });
        }
        None
    })
}

/// Up to three digits, and where they end.
fn number(bytes: &[u8], start: usize) -> (Option<u16>, usize) {
    let mut value = 0u16;
    let mut at = start;
    while at < start + 3 && bytes.get(at).is_some_and(u8::is_ascii_digit) {
        value = value * 10 + u16::from(bytes.get(at).copied().unwrap_or(b'0') - b'0');
        at += 1;
    }
    if at == start || bytes.get(at).is_some_and(u8::is_ascii_digit) {
        return (None, at);
    }
    (Some(value), at)
}

/// Words that stand before the number of a release, never before a code.
const RELEASES: &[&str] = &["version", "release", "exim", "postfix", "sendmail", "imail", "domino", "mta"];

fn may_begin_code(text: &str, start: usize) -> bool {
    let Some(before) = text.get(..start) else { return false };
    let Some(last) = before.chars().next_back() else { return true };
    if last.is_alphanumeric() || matches!(last, '.' | '/' | '_' | '@') {
        return false;
    }
    if last == '-' {
        // "550-5.1.1": the dash of a reply of several lines (RFC 5321 §4.2.1), not one inside a name.
        let digits = before.bytes().rev().skip(1).take(4).take_while(u8::is_ascii_digit).count();
        return digits == 3;
    }
    let mut from = before.len().saturating_sub(16);
    while !before.is_char_boundary(from) {
        from += 1;
    }
    let word = before.get(from..).unwrap_or_default().trim_end().rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    !RELEASES.iter().any(|release| word.eq_ignore_ascii_case(release))
}

/// The first SMTP reply of class 4 or 5 in the text.
pub(super) fn reply_code(text: &str) -> Option<u16> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at + 3 <= bytes.len() {
        let start = at;
        at += 1;
        let three = bytes.get(start..start + 3)?;
        let fits = matches!(three, [b'4' | b'5', b'0'..=b'7', b'0'..=b'9']);
        if !fits || bytes.get(start + 3).is_some_and(u8::is_ascii_alphanumeric) {
            continue;
        }
        if !may_begin_reply(text, start) || !may_follow_reply(text.get(start + 3..).unwrap_or_default()) {
            continue;
        }
        return text.get(start..start + 3)?.parse().ok();
    }
    None
}

/// Words after which a server quotes a reply.
const BEFORE_REPLY: &[&str] = &[
    "said",
    "error",
    "code",
    "fehlercode",
    "reply",
    "replied",
    "reason",
    "smtp",
    "response",
    "responded",
    "with",
    "was",
    "returned",
    "server",
    "deferred",
    "failed",
    "responsecode",
    "rejected",
    "by",
    "message",
    "status",
    "esmtp",
    "host",
];

fn may_begin_reply(text: &str, start: usize) -> bool {
    let Some(before) = text.get(..start) else { return false };
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.get(line_start..).unwrap_or_default();
    let trimmed = line.trim_end_matches([' ', '\t']);
    let Some(last) = trimmed.chars().next_back() else { return true };
    if trimmed.len() == line.len() && (last.is_alphanumeric() || matches!(last, '.' | '-' | '/' | '@' | '_' | '+')) {
        return false;
    }
    if matches!(last, ':' | ';' | '\'' | '"' | '(' | '<' | '>' | '[' | '=' | ',' | '#' | '|' | '-') {
        return true;
    }
    let word = trimmed.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    if BEFORE_REPLY.iter().any(|known| word.eq_ignore_ascii_case(known)) {
        return true;
    }
    // "550 550 5.1.1" and "421 text 550 5.7.1 text": an enhanced code right behind it makes it a reply anywhere.
    let after = text.get(start + 3..).unwrap_or_default();
    let after = after.strip_prefix([' ', '-']).unwrap_or(after).trim_start_matches('#');
    let mut end = after.len().min(12);
    while !after.is_char_boundary(end) {
        end -= 1;
    }
    first_status(after.get(..end).unwrap_or_default()).is_some() && matches!(after.as_bytes(), [b'4' | b'5', b'.', ..])
}

/// A number that counts something ("500 messages", "512 KB", "450 seconds") is no reply.
fn may_follow_reply(after: &str) -> bool {
    let word = after.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let counted = ["kb", "mb", "gb", "bytes", "byte", "seconds", "minutes", "hours", "days", "messages", "recipients", "percent"];
    !counted.iter().any(|unit| word.eq_ignore_ascii_case(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(text: &str) -> Option<String> {
        best_status(text).map(|status| status.to_string())
    }

    #[test]
    fn the_code_that_says_most_is_taken() {
        assert_eq!(best("554 5.0.0 Service unavailable; 550 5.1.1 unknown"), Some("5.1.1".to_owned()));
        assert_eq!(best("550-5.7.26 This mail"), Some("5.7.26".to_owned()));
        assert_eq!(best("Sorry, no mailbox here by that name. (#5.1.1)"), Some("5.1.1".to_owned()));
        assert_eq!(best("[#4.1.9]."), Some("4.1.9".to_owned()));
        assert_eq!(best("554 5.0.0 Service unavailable"), Some("5.0.0".to_owned()));
    }

    #[test]
    fn hosts_and_releases_are_no_codes() {
        assert_eq!(best("host mx.example[5.7.1.9] version 5.0.8, v4.8.5, 4.8.5.36, 8.14.3/8.14.3"), None);
    }

    #[test]
    fn a_reply_counts_only_where_one_can_stand() {
        assert_eq!(reply_code("host mx.example said: 550 no"), Some(550));
        assert_eq!(reply_code("<<< 452 later"), Some(452));
        assert_eq!(reply_code("message of 550 words was read"), None);
        assert_eq!(reply_code("more than 500 messages"), None);
        assert_eq!(reply_code("request was 550 5.1.1 unknown"), Some(550));
    }
}
