//! Addresses in a report's fields and in a server's sentences.
//!
//! Not an RFC 5322 parser: servers print addresses bare, in angle brackets, quoted, with a source route or with a type in front
//! (`rfc822; …`, RFC 3464 §2.1.2), and cut them anywhere. Considered instead: one regular expression over the whole text; it takes
//! Message-IDs, host names in brackets and the sender's own address along.

/// The longest path RFC 5321 §4.5.3.1.3 allows, with room for a display name beside it.
const LONGEST: usize = 320;

/// Addresses taken from one text.
const MOST: usize = 1_000;

/// The address of a report field: type prefix, angle brackets and comments taken off.
///
/// `None` where it holds no mailbox that could be written to: an X.400 name, a pipe, a file, or a source route to an internal host
/// (RFC 5321 appendix C), which only the server that made it can use.
pub(super) fn from_field(value: &str) -> Option<String> {
    let unescaped;
    let value = match value.split_once(';') {
        Some((kind, rest)) if kind.trim().to_ascii_lowercase().starts_with("utf") => {
            unescaped = without_escapes(rest);
            unescaped.as_str()
        }
        Some((kind, rest)) if is_address_type(kind) => rest,
        Some((kind, _)) if kind.trim().eq_ignore_ascii_case("x400") || kind.trim().to_ascii_lowercase().starts_with("x-") => return None,
        _ => value,
    };
    let value = value.trim();
    if value.starts_with('@') || value.starts_with('|') || value.starts_with('/') || value.starts_with("\"|") {
        return None;
    }
    if let Some(inner) = between(value, '<', '>') {
        return cleaned(inner);
    }
    if value.starts_with('"') {
        return at_start(value).map(|(address, _)| address);
    }
    cleaned(value.split_whitespace().next()?)
}

/// `rfc822` (RFC 3464 §2.1.2), `utf-8` (RFC 6533 §3) and the misspellings servers print.
fn is_address_type(kind: &str) -> bool {
    matches!(
        kind.trim().to_ascii_lowercase().as_str(),
        "rfc822" | "rfc-822" | "rfc/822" | "utf-8" | "utf8" | "smtp" | "dns" | "unknown" | "822" | ""
    )
}

/// `\x{5B57}` of a utf-8 address that passed a server for ASCII only (RFC 6533 §3, utf-8-addr-xtext).
fn without_escapes(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("\\x{") {
        out.push_str(before);
        let Some((digits, behind)) = after.split_once('}') else {
            rest = after;
            break;
        };
        out.extend(u32::from_str_radix(digits, 16).ok().and_then(char::from_u32));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// What stands between the first `open` and the next `close`.
pub(super) fn between(text: &str, open: char, close: char) -> Option<&str> {
    let start = text.find(open)? + open.len_utf8();
    let rest = text.get(start..)?;
    rest.get(..rest.find(close)?)
}

/// An address as it will be shown and compared: trimmed of quotes, brackets and the punctuation of a sentence. `None` if it is none.
pub(super) fn cleaned(candidate: &str) -> Option<String> {
    let mut address = candidate.trim();
    for prefix in ["mailto:", "smtp:", "smtp=", "rfc822;", "rfc822:", "internet:", "to:"] {
        if address.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)) {
            address = address.get(prefix.len()..).unwrap_or_default().trim();
        }
    }
    address = address.trim_start_matches(['<', '(', '[', '{', '\'', '`', '*', ',', ';', ':', '\u{201c}', '\u{2018}', '\u{ab}']);
    address =
        address.trim_end_matches(['>', ')', ']', '}', '\'', '`', '*', ',', ';', ':', '.', '!', '?', '\u{201d}', '\u{2019}', '\u{bb}']);
    // "user@host" in plain quotes is quoted by the sentence; a quoted local part ("a b"@host) keeps its quotes (RFC 5321 §4.1.2).
    if address.starts_with('"') && address.ends_with('"') {
        address = address.trim_matches('"');
    }
    is_address(address).then(|| address.to_owned())
}

/// Punctuation of East Asian text, which stands beside an address without a blank.
const WIDE: &[char] = &[
    '\u{3000}', '\u{3001}', '\u{3002}', '\u{300c}', '\u{300d}', '\u{3010}', '\u{3011}', '\u{ff08}', '\u{ff09}', '\u{ff0c}', '\u{ff1a}',
    '\u{ff1b}', '\u{ff1c}', '\u{ff1e}',
];

/// Looks like a mailbox: one local part, one host that could be in the DNS or on a local net.
pub(super) fn is_address(text: &str) -> bool {
    if text.len() > LONGEST {
        return false;
    }
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let local_fits = !local.is_empty()
        && (quoted
            || !local.chars().any(|c| {
                c.is_whitespace()
                    || c.is_control()
                    || WIDE.contains(&c)
                    || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | ':' | '"' | '@' | '\\')
            }));
    let literal = domain.starts_with('[') && domain.ends_with(']') && domain.len() > 2;
    let domain_fits = !domain.is_empty()
        && !domain.starts_with(['.', '-'])
        && !domain.ends_with(['.', '-'])
        && !domain.contains("..")
        && domain.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    local_fits && (literal || domain_fits)
}

/// The address that opens a line, and what follows it: `<a@b>: …`, `"a@b": …`, `a@b: …`, `a@b`, `* a@b`.
pub(super) fn at_start(line: &str) -> Option<(String, &str)> {
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '\u{2022}' | '>' | '-'));
    if let Some(rest) = line.strip_prefix('<') {
        let end = rest.find('>')?;
        return Some((cleaned(rest.get(..end)?)?, rest.get(end + 1..)?));
    }
    if line.starts_with('"') {
        // A quoted address, or an address with a quoted local part.
        let end = line.get(1..)?.find('"')? + 2;
        let quoted = line.get(..end)?;
        let rest = line.get(end..)?;
        if !rest.starts_with('@') {
            return Some((cleaned(quoted)?, rest));
        }
        let stop = rest.find(|c: char| c.is_whitespace() || matches!(c, ':' | '>' | ',' | ';' | ')')).unwrap_or(rest.len());
        let address = line.get(..end + stop)?;
        return Some((is_address(address).then(|| address.to_owned())?, rest.get(stop..)?));
    }
    let stop = line.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '[' | '"')).unwrap_or(line.len());
    let word = line.get(..stop)?;
    // A colon ends the address, but is also found in front of it (smtp:user@host).
    let at = word.find('@')?;
    let stop = word.get(at..)?.find(':').map_or(stop, |colon| at + colon);
    Some((cleaned(line.get(..stop)?)?, line.get(stop..)?))
}

/// Every address in a text, in order, each once, at most [`MOST`]. Message-IDs look alike; callers give only text in which none stand.
pub(super) fn all_in(text: &str) -> Vec<String> {
    let mut known = std::collections::HashSet::new();
    text.split(|c: char| c.is_whitespace() || WIDE.contains(&c) || matches!(c, '<' | '>' | ',' | ';' | '(' | ')'))
        .filter(|word| word.contains('@'))
        .filter_map(cleaned)
        .filter(|address| known.insert(address.to_lowercase()))
        .take(MOST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_gives_its_mailbox_without_type_and_brackets() {
        assert_eq!(from_field("rfc822; clerk@ministry.example").as_deref(), Some("clerk@ministry.example"));
        assert_eq!(from_field("RFC822;<clerk@ministry.example>").as_deref(), Some("clerk@ministry.example"));
        assert_eq!(from_field("rfc822; \"old desk\"@ministry.example").as_deref(), Some("\"old desk\"@ministry.example"));
    }

    #[test]
    fn an_international_address_is_read_in_both_forms() {
        assert_eq!(from_field("utf-8; gref\u{e9}@ministry.example").as_deref(), Some("gref\u{e9}@ministry.example"));
        assert_eq!(from_field("utf-8; gref\\x{E9}@ministry.example").as_deref(), Some("gref\u{e9}@ministry.example"));
    }

    #[test]
    fn what_cannot_be_written_to_is_no_address() {
        assert_eq!(from_field("x400; /S=clerk/OU=ministry/"), None);
        assert_eq!(from_field("rfc822;@gate.ministry.example:clerk@inside"), None);
        assert_eq!(from_field("X-Unix; |/usr/local/bin/sort-mail"), None);
        assert_eq!(from_field("rfc822; clerk"), None);
    }

    #[test]
    fn an_address_that_opens_a_line_is_parted_from_the_words_behind_it() {
        assert_eq!(at_start("<clerk@ministry.example>: host said no"), Some(("clerk@ministry.example".to_owned(), ": host said no")));
        assert_eq!(at_start("   clerk@ministry.example"), Some(("clerk@ministry.example".to_owned(), "")));
        assert_eq!(at_start("\"clerk@ministry.example\":"), Some(("clerk@ministry.example".to_owned(), ":")));
        assert_eq!(at_start("Please write to clerk@ministry.example"), None);
    }

    #[test]
    fn sentences_give_their_addresses_without_punctuation() {
        assert_eq!(
            all_in("could not reach 'clerk@ministry.example', desk@ministry.example."),
            ["clerk@ministry.example", "desk@ministry.example"]
        );
        assert_eq!(all_in("\u{6536}\u{4ef6}\u{4eba}\u{ff1a}clerk@ministry.example\u{ff0c}"), ["clerk@ministry.example"]);
    }
}
