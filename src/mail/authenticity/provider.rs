//! What the office's own mail server wrote about a mail: `Authentication-Results` (RFC 8601), if it can be believed.
//!
//! Anybody can write this header. It is believed if it names a configured server, and stands above the last of the `Received` headers at the top
//! that such a server wrote: what stands below came with the mail (RFC 8601 §5).

use crate::mail::parse::headers;

/// The own server's word.
pub struct Word {
    /// Its authserv-id.
    pub server: String,
    /// Method and result of each statement, for people.
    pub text: String,
    /// DMARC passed, or SPF did for the From domain (which is DMARC as well, RFC 9989 §4.4).
    pub vouches: bool,
    /// DMARC failed.
    pub refuses: bool,
    /// It says that the domain asks for such mail to be refused or set apart (`policy.dmarc`, or a comment as many servers write it).
    pub enforced: bool,
}

/// Headers looked at, from the top.
const MOST_HEADERS: usize = 200;
const MOST_STATEMENTS: usize = 50;

pub fn read(raw: &[u8], own_servers: &[String], from_domain: &str) -> Option<Word> {
    let block = headers::read(raw, |_| false);
    let mut top = Vec::new();
    let mut trusted = 0;
    for header in block.headers.0.iter().take(MOST_HEADERS) {
        if header.name.eq_ignore_ascii_case("Received") {
            if !written_by(&header.value).is_some_and(|host| is_own(&host, own_servers)) {
                break;
            }
            trusted = top.len();
        }
        if header.name.eq_ignore_ascii_case("Authentication-Results") {
            top.push(header.value.as_str());
        }
    }
    top.truncate(trusted);
    top.into_iter().find_map(|value| statement(value, own_servers, from_domain))
}

pub(super) fn is_own(host: &str, own_servers: &[String]) -> bool {
    own_servers
        .iter()
        .map(|own| own.trim().to_ascii_lowercase())
        .any(|own| !own.is_empty() && (host == own || host.strip_suffix(&own).is_some_and(|before| before.ends_with('.'))))
}

/// The host after `by` in a Received header, lower case (RFC 5321 §4.4).
pub(super) fn written_by(received: &str) -> Option<String> {
    let plain = without_comments(received);
    let mut words = plain.split_whitespace();
    words.find(|word| word.eq_ignore_ascii_case("by"))?;
    words.next().map(|host| host.trim_end_matches(';').to_ascii_lowercase())
}

fn statement(value: &str, own_servers: &[String], from_domain: &str) -> Option<Word> {
    let plain = without_comments(value);
    let mut parts = plain.split(';');
    let server = parts.next()?.split_whitespace().next()?.trim_matches('"').to_ascii_lowercase();
    if !is_own(&server, own_servers) {
        return None;
    }
    let mut word = Word { server, text: String::new(), vouches: false, refuses: false, enforced: false };
    for part in parts.take(MOST_STATEMENTS) {
        let words = assignments(part);
        let Some((method, result)) = words.first() else { continue };
        let method = method.split('/').next().unwrap_or_default();
        let property = |name: &str| words.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        match (method, result.as_str()) {
            ("dmarc", "pass") => word.vouches |= property("header.from").is_none_or(|from| within(from, from_domain)),
            ("dmarc", "fail" | "permerror") => word.refuses = true,
            ("spf", "pass") => {
                let sender = property("smtp.mailfrom").map(|sender| sender.rsplit('@').next().unwrap_or(sender));
                word.vouches |= sender.is_some_and(|domain| within(domain, from_domain) && !from_domain.is_empty());
            }
            _ => {}
        }
        if method == "dmarc" {
            let asked = ["policy.dmarc", "policy.published-domain-policy", "p"].iter().find_map(|name| property(name));
            word.enforced |= asked.is_some_and(|policy| matches!(policy, "reject" | "quarantine"));
        }
        if !word.text.is_empty() {
            word.text.push_str(", ");
        }
        word.text.extend(format!("{method}={result}").chars().filter(|character| !character.is_control()).take(80));
    }
    let comments = value.to_ascii_lowercase();
    word.enforced |=
        word.refuses && ["p=reject", "p=quarantine", "dis=reject", "dis=quarantine"].iter().any(|said| comments.contains(said));
    word.refuses &= !word.vouches;
    Some(word)
}

/// One of the two domains is the other or lies under it; a single label is nobody's domain.
fn within(one: &str, other: &str) -> bool {
    let one = one.trim_end_matches('.');
    let under = |inner: &str, outer: &str| {
        outer.contains('.') && inner.strip_suffix(outer).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    under(one, other) || under(other, one)
}

/// `key=value` pairs of one statement, lower case; quotes are taken off.
fn assignments(part: &str) -> Vec<(String, String)> {
    let spaced = part.split_whitespace().collect::<Vec<_>>().join(" ").replace(" =", "=").replace("= ", "=");
    spaced
        .split(' ')
        .filter_map(|word| word.split_once('='))
        .map(|(key, value)| (key.trim().to_ascii_lowercase(), value.trim_matches('"').to_ascii_lowercase()))
        .take(MOST_STATEMENTS)
        .collect()
}

/// RFC 5322 §3.2.2: comments nest, and quoted text holds none.
fn without_comments(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for character in value.chars() {
        let was_escaped = std::mem::take(&mut escaped);
        match character {
            '\\' if !was_escaped => escaped = true,
            '"' if !was_escaped && depth == 0 => {
                quoted = !quoted;
                plain.push(character);
                continue;
            }
            '(' if !was_escaped && !quoted => {
                depth += 1;
                continue;
            }
            ')' if !was_escaped && !quoted && depth > 0 => {
                depth -= 1;
                plain.push(' ');
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            plain.push(character);
        }
    }
    plain
}
