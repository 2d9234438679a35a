//! Address headers (RFC 5322 §3.4) as people and mailers write them: groups, comments, semicolons between addresses, quotes never closed.

use super::message::Mailbox;
use super::parse::encoded_words;

/// Mailboxes of one header beyond this many are left out.
pub const MOST: usize = 5_000;

/// The mailboxes of one address header, in order; members of groups among them. What is neither name nor address is left out.
pub fn read(value: &str) -> Vec<Mailbox> {
    // The header was encoded as a whole, addresses and all, which RFC 2047 §5 forbids.
    let decoded =
        (value.starts_with("=?") && !value.contains('@')).then(|| encoded_words::decode(value)).filter(|decoded| decoded.contains('@'));
    let value = decoded.as_deref().unwrap_or(value);
    let mut reader = Reader::default();
    if !reader.run(value) {
        // A quote was opened and never closed: it was no quote.
        let mut mended = value.to_owned();
        if let Some(last) = value.rfind('"') {
            mended.remove(last);
        }
        reader = Reader::default();
        reader.run(&mended);
    }
    reader.found
}

/// The bare address in what may be `<a@b>`, `a@b` or `Name <a@b>`; none if there is no `@`.
pub fn bare(value: &str) -> Option<String> {
    read(value).into_iter().find_map(|mailbox| mailbox.address)
}

/// Whether it is a name that Exchange gives a mailbox inside its own house, or the form in which it lets that out (`IMCEAEX-_O=…@house.example`):
/// nobody's address, and the domain is that of whoever wrote it down.
pub fn is_of_exchange(address: &str) -> bool {
    let begins = |with: &str| address.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
    begins("IMCEA") || begins("/O=")
}

#[derive(Default)]
struct Reader {
    found: Vec<Mailbox>,
    phrase: String,
    comment: String,
    angle: Option<String>,
    /// How much of the phrase stood before the brackets closed: what follows may be the next name, its comma missing.
    before_close: usize,
    /// The phrase holds an `@`: a colon in it begins no group.
    at_sign: bool,
    /// So do the brackets, after their first character (`<@relay:a@b>` is a route): a comma in them ends an address never closed.
    at_sign_in_angle: bool,
}

impl Reader {
    /// `false`: a quote was never closed.
    fn run(&mut self, value: &str) -> bool {
        let mut characters = value.char_indices();
        let last_semicolon = value.rfind(';').unwrap_or(0);
        let (mut quoted, mut depth, mut in_angle) = (false, 0u32, false);
        // Where the quoted text begins, in the header and in what is being written.
        let mut quote = (0, 0);
        while let Some((at, character)) = characters.next() {
            if self.found.len() >= MOST {
                return true;
            }
            if quoted {
                match character {
                    '"' => {
                        quoted = false;
                        let inner = value.get(quote.0..at).unwrap_or_default();
                        if value[at..].starts_with("\"@") && inner.contains(|one: char| one.is_whitespace() || "@,;:<>()\\".contains(one)) {
                            in_angle |= self.keep_quoted(inner, quote.1, in_angle);
                        }
                    }
                    '\\' => self.push(in_angle, characters.next().map(|(_, escaped)| escaped)),
                    _ => self.push(in_angle, Some(character)),
                }
                continue;
            }
            if depth > 0 {
                match character {
                    ')' if depth == 1 => depth = 0,
                    '\\' => self.comment.extend(characters.next().map(|(_, escaped)| escaped)),
                    _ => {
                        depth = depth + u32::from(character == '(') - u32::from(character == ')');
                        self.comment.push(character);
                    }
                }
                continue;
            }
            match character {
                '"' => {
                    quoted = true;
                    quote = (at + 1, if in_angle { self.angle.as_ref().map_or(0, String::len) } else { self.phrase.len() });
                }
                '(' => {
                    depth = 1;
                    self.comment.push(' ');
                }
                '<' if !in_angle => {
                    in_angle = true;
                    self.open_angle();
                }
                '>' => {
                    in_angle = false;
                    self.before_close = self.phrase.len();
                }
                '=' if !in_angle && value[at..].starts_with("=?") => {
                    // An encoded word may hold raw commas and brackets although it must not (RFC 2047 §5).
                    let length = encoded_words::length(&value[at..]).unwrap_or(1);
                    let word = &value[at..at + length];
                    // Python encodes the comma between two addresses where it folds there.
                    if length < 30 && encoded_words::decode(word) == "," {
                        self.finish();
                    } else {
                        self.phrase.push_str(word);
                    }
                    while characters.offset() < at + length {
                        characters.next();
                    }
                }
                ',' | ';' if !in_angle || self.at_sign_in_angle => {
                    in_angle = false;
                    self.finish();
                }
                // A group (RFC 5322 §3.4) ends with a semicolon; without one the colon is a part of the name.
                ':' if !in_angle && !self.at_sign && at < last_semicolon => self.phrase.clear(),
                // `Clerk\, Anna`: directories escape what they do not quote.
                '\\' if !in_angle && value[at..].starts_with("\\,") => self.push(false, characters.next().map(|(_, escaped)| escaped)),
                // `<Anna <a@b.example>>`: what stood in the brackets was the name.
                '<' if !self.at_sign_in_angle => {
                    let name = self.angle.replace(String::new()).unwrap_or_default();
                    self.phrase.push_str(&name);
                }
                _ => self.push(in_angle, Some(character)),
            }
        }
        self.finish();
        !quoted
    }

    fn push(&mut self, in_angle: bool, character: Option<char>) {
        match (&mut self.angle, in_angle) {
            (Some(angle), true) => {
                self.at_sign_in_angle |= character == Some('@') && !angle.is_empty();
                angle.extend(character);
            }
            _ => {
                self.at_sign |= character == Some('@');
                self.phrase.extend(character);
            }
        }
    }

    /// A local part that is one only in quotes (`"system administrator"@b.example`, RFC 5321 §4.1.2) keeps them. `true`: it begins an address
    /// without brackets, which goes on as if it had them.
    fn keep_quoted(&mut self, inner: &str, start: usize, in_angle: bool) -> bool {
        let written = if in_angle { self.angle.get_or_insert_default() } else { &mut self.phrase };
        written.truncate(start);
        if !in_angle && (self.angle.is_some() || !self.phrase.trim().is_empty()) {
            self.phrase.extend(["\"", inner, "\""]);
            return false;
        }
        self.angle.get_or_insert_default().extend(["\"", inner, "\""]);
        true
    }

    /// Brackets after brackets: an address whose comma is missing, or a name with brackets in it.
    fn open_angle(&mut self) {
        if self.at_sign_in_angle {
            let next_name = self.phrase.split_off(self.before_close.min(self.phrase.len()));
            self.finish();
            self.phrase = next_name;
        } else if let Some(angle) = self.angle.take() {
            self.phrase.extend(["<", &angle, ">"]);
        }
        self.angle = Some(String::new());
    }

    fn finish(&mut self) {
        self.at_sign = false;
        self.at_sign_in_angle = false;
        let phrase = encoded_words::decode(&std::mem::take(&mut self.phrase));
        let comment = encoded_words::decode(&std::mem::take(&mut self.comment));
        let spoken = |text: &str| {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            (!text.is_empty()).then_some(text)
        };
        let (mut phrase, comment) = (spoken(&phrase), spoken(&comment));
        if self.angle.is_none() {
            phrase = phrase.map(without_blanks_around_at);
        }
        let mailbox = match self.angle.take().map(|angle| address(&angle)) {
            Some(Some(address)) => Mailbox { name: name(self.name_before(phrase), comment), address: Some(address) },
            // `<>` or `<no address>`: what stands before may still hold one.
            _ => match phrase.as_deref().and_then(|phrase| phrase.split(' ').rev().find(|word| word.contains('@'))) {
                // `a@b.example c@d.example`: the comma is missing.
                Some(_)
                    if comment.is_none() && phrase.as_deref().is_some_and(|phrase| phrase.split(' ').all(|word| word.contains('@'))) =>
                {
                    let words = phrase.as_deref().unwrap_or_default().split(' ');
                    self.found.extend(words.map(|word| Mailbox { name: None, address: address(word) }).take(MOST));
                    return;
                }
                Some(word) => {
                    let rest = phrase.as_deref().and_then(|phrase| spoken(&phrase.replacen(word, "", 1)));
                    Mailbox { name: name(rest, comment), address: address(word) }
                }
                // `Anna (a@b.example)`: name and address the wrong way round.
                None if comment.as_deref().is_some_and(|comment| comment.contains('@') && !comment.contains(' ')) => {
                    Mailbox { name: phrase, address: comment.as_deref().and_then(address) }
                }
                // `root (Cron Daemon)`: the oldest form, of a mailbox on the same machine.
                None if comment.is_some() && phrase.as_deref().is_some_and(|phrase| !phrase.contains(' ')) => {
                    Mailbox { name: comment, address: phrase }
                }
                None => Mailbox { name: name(phrase, comment), address: None },
            },
        };
        if mailbox.name.is_some() || mailbox.address.is_some() {
            self.found.push(mailbox);
        }
    }
}

impl Reader {
    /// `Clerk, Anna <a@b.example>`: the comma of an unquoted name took it for two mailboxes, of which the first has no address.
    fn name_before(&mut self, phrase: Option<String>) -> Option<String> {
        let phrase = phrase?;
        let with_address = self.found.iter().rposition(|mailbox| mailbox.address.is_some()).map_or(0, |place| place + 1);
        let mut pieces: Vec<String> = self.found.drain(with_address..).filter_map(|mailbox| mailbox.name).collect();
        pieces.push(phrase);
        Some(pieces.join(", "))
    }
}

/// `anna @ b.example`: blanks around the sign were allowed (RFC 5322 §4.4, obs-local-part).
fn without_blanks_around_at(phrase: String) -> String {
    let stands_alone = |word: &str| word == "@" || (word.contains('@') && (word.starts_with('@') || word.ends_with('@')));
    if phrase.split(' ').any(stands_alone) { phrase.replace(" @", "@").replace("@ ", "@") } else { phrase }
}

/// `John Smith (Ministry) <…>`: Exchange and others write the office in brackets, which the grammar takes for a comment.
fn name(phrase: Option<String>, comment: Option<String>) -> Option<String> {
    match (phrase, comment) {
        (Some(phrase), Some(comment)) => Some(format!("{phrase} ({comment})")),
        (phrase, comment) => phrase.or(comment),
    }
}

/// `local@Domain` with the domain in lower case, the obsolete route (RFC 5322 §4.4) and stray brackets taken off.
fn address(raw: &str) -> Option<String> {
    let mut quoted = false;
    let kept = |character: &char| {
        quoted ^= *character == '"';
        (quoted || !character.is_whitespace()) && !character.is_control()
    };
    let raw: String = raw.chars().filter(kept).collect();
    let raw = if raw.contains("=?") { encoded_words::decode(&raw) } else { raw };
    let raw = match raw.strip_prefix('@').and_then(|_| raw.rsplit_once(':')) {
        Some((_, after)) => after,
        None => &raw,
    };
    // `[mailto:a@b.example]`, as Outlook shows addresses.
    let raw = raw.strip_prefix('[').map_or(raw, |inner| inner.trim_end_matches(']'));
    let raw = raw.strip_prefix("mailto:").or_else(|| raw.strip_prefix("MAILTO:")).unwrap_or(raw);
    let stray = |character: char| matches!(character, '<' | '>' | '\'' | ',' | ';' | '"');
    let raw = if raw.starts_with('"') && raw.contains("\"@") { raw.trim_end_matches(stray) } else { raw.trim_matches(stray) };
    if raw.is_empty() {
        return None;
    }
    match raw.rsplit_once('@') {
        // `<Undisclosed-Recipients:;>`: an empty group that a mailer put into brackets.
        None if raw.ends_with(':') => None,
        Some((local, domain)) => Some(format!("{local}@{}", domain.trim_end_matches('.').to_lowercase())),
        None => Some(raw.to_owned()),
    }
}
