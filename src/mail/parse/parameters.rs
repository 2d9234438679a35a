//! `value; name=value; …` of Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2183), with RFC 2231 continuations and charsets, and with
//! what mailers write instead: names unquoted with blanks, encoded words, percent encoding without the star, no semicolon, no value.

use super::quoted_printable::hex;
use super::{charset, encoded_words};

/// Parameters of one header beyond this many are left out.
const MOST: usize = 200;

#[derive(Debug, Default)]
pub struct Field {
    /// Lower case, without comments.
    pub value: String,
    pub parameters: Vec<(String, String)>,
}

pub fn named<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

pub fn read(header: &str) -> Field {
    let mut pieces = split(header);
    let first = if pieces.is_empty() { String::new() } else { pieces.remove(0) };
    // `multipart/mixed boundary="x"`: the semicolon is missing. `filename="x"` alone: the value is.
    let (value, rest) = match first.trim().split_once(|character: char| character.is_whitespace()) {
        _ if first.split_whitespace().next().is_some_and(|word| word.contains('=')) => ("", first.trim()),
        Some((value, rest)) => (value, rest.trim()),
        None => (first.trim(), ""),
    };
    if rest.contains('=') {
        pieces.insert(0, rest.to_owned());
    }
    let mut raw = Vec::new();
    for piece in &pieces {
        assignments(piece, &mut raw);
    }
    Field { value: value.trim_matches('"').to_ascii_lowercase(), parameters: join(raw) }
}

/// `name=value`, and those after it whose semicolon is missing: `charset="utf-8" name="a.pdf"`.
fn assignments(piece: &str, raw: &mut Vec<(String, String)>) {
    let mut rest = piece;
    while let Some((name, value)) = rest.split_once('=')
        && raw.len() < MOST
    {
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        let end = match value.strip_prefix('"') {
            Some(quoted) => closing_quote(quoted).map_or(value.len(), |end| end + 2),
            // File names are written unquoted with blanks in them, and `=` may be one of their letters.
            None if name.contains("name") => value.len(),
            None => value.find(char::is_whitespace).unwrap_or(value.len()),
        };
        let (value, after) = value.split_at_checked(end).unwrap_or((value, ""));
        if !name.is_empty() {
            raw.push((name, value.to_owned()));
        }
        rest = after;
    }
}

/// Where the quoted text that is given without its opening quote ends.
fn closing_quote(quoted: &str) -> Option<usize> {
    let mut escaped = false;
    quoted.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

/// Cuts at semicolons outside of quotes and encoded words; comments in round brackets go, but not from file names.
fn split(header: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let (mut quoted, mut comment) = (false, 0u32);
    let mut characters = header.char_indices();
    while let Some((at, character)) = characters.next() {
        let Some(piece) = pieces.last_mut() else { break };
        match character {
            '\\' if quoted => {
                piece.push('\\');
                piece.extend(characters.next().map(|(_, escaped)| escaped));
            }
            '"' if comment == 0 => {
                quoted = !quoted;
                piece.push('"');
            }
            '(' if !quoted && (comment > 0 || !piece.contains('=')) => comment += 1,
            ')' if !quoted && comment > 0 => comment -= 1,
            ';' if !quoted && comment == 0 => pieces.push(String::new()),
            _ if comment > 0 => {}
            '=' if !quoted && piece.contains('=') && header[at..].starts_with("=?") => {
                let length = encoded_words::length(&header[at..]).unwrap_or(1);
                piece.push_str(&header[at..at + length]);
                while characters.offset() < at + length {
                    characters.next();
                }
            }
            _ => piece.push(character),
        }
    }
    pieces
}

/// The value without its quotes. Only quotes and backslashes are escaped in practice: `C:\TEMP\x.doc` is a path.
fn unquote(name: &str, value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else {
        let quoted_once = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
        return quoted_once.filter(|inner| !name.contains('*') && !inner.is_empty()).unwrap_or(value).to_owned();
    };
    let mut out = String::with_capacity(inner.len());
    let mut characters = inner.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some('"' | '\\')) => out.extend(characters.next()),
            ('"', _) => break,
            _ => out.push(character),
        }
    }
    out
}

/// Puts `name*0*`, `name*1` … together (RFC 2231 §3 and §4) and decodes encoded words that should not be there but are.
fn join(raw: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut pieces: Vec<(String, u32, bool, String)> = Vec::new();
    for (name, value) in raw {
        let value = unquote(&name, &value);
        match name.split_once('*') {
            None if named(&found, &name).is_some() => {}
            None => {
                let value = percent_without_star(&value)
                    .or_else(|| name.contains("name").then(|| percent_of_the_web(&value)).flatten())
                    .unwrap_or_else(|| encoded_words::decode(&value));
                found.push((name, value));
            }
            Some((base, rest)) => {
                let extended = rest.is_empty() || rest.ends_with('*');
                let number = rest.trim_end_matches('*').parse().unwrap_or(0);
                pieces.push((base.to_owned(), number, extended, value));
            }
        }
    }
    pieces.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
    for same in pieces.chunk_by(|one, other| one.0 == other.0) {
        let Some((base, first, ..)) = same.first() else { continue };
        // Without its beginning (RFC 2231 §3: sections are numbered from 0) it is no name where a plain one is whole.
        if *first > 0 && named(&found, base).is_some() {
            continue;
        }
        // The extended form wins over a plain one beside it, as mail clients have it.
        found.retain(|(known, _)| known != base);
        found.push((base.clone(), continued(same)));
    }
    found
}

fn continued(pieces: &[(String, u32, bool, String)]) -> String {
    let mut label = None;
    let mut bytes = Vec::new();
    for (place, (_, _, extended, value)) in pieces.iter().enumerate() {
        let mut value = value.as_str();
        if place == 0
            && *extended
            && let Some((charset, text)) = labelled(value)
        {
            label = Some(charset);
            value = text;
        }
        if *extended { percent(value, &mut bytes) } else { bytes.extend_from_slice(value.as_bytes()) }
    }
    encoded_words::decode(&charset::text(label, &bytes).0)
}

/// `charset'language'text` (RFC 2231 §4).
fn labelled(value: &str) -> Option<(&str, &str)> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, text) = rest.split_once('\'')?;
    Some((charset, text))
}

/// `filename="utf-8''R%C3%A9ponse.pdf"`: the form of RFC 2231 under a name without the star, as several web mailers write it.
fn percent_without_star(value: &str) -> Option<String> {
    let (label, text) = labelled(value)?;
    let sound = !label.is_empty()
        && label.len() < 20
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && text.contains('%');
    let mut bytes = Vec::new();
    percent(text, &mut bytes);
    (sound && label.contains(['-', '8'])).then(|| charset::text(Some(label), &bytes).0.into_owned())
}

/// `filename="R%C3%A9ponse%20finale.pdf"`: a name out of a web address. A percent sign of the name itself encodes neither blank nor UTF-8.
fn percent_of_the_web(value: &str) -> Option<String> {
    if !value.contains('%') {
        return None;
    }
    let mut bytes = Vec::new();
    percent(value, &mut bytes);
    let text = String::from_utf8(bytes).ok()?;
    let encoded = value.contains("%20")
        || text.chars().filter(|character| !character.is_ascii()).count() > value.chars().filter(|character| !character.is_ascii()).count();
    encoded.then_some(text)
}

fn percent(value: &str, out: &mut Vec<u8>) {
    let value = value.as_bytes();
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        match (byte, value.get(at + 1).and_then(hex), value.get(at + 2).and_then(hex)) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{named, read};

    fn name(header: &str) -> Option<String> {
        named(&read(header).parameters, "filename").map(str::to_owned)
    }

    #[test]
    fn a_name_is_read_in_every_form_mailers_write_it() {
        for header in [
            "attachment; filename*=UTF-8''R%C3%A9ponse%20n%C2%B0%203.pdf",
            "attachment; filename*0*=utf-8''R%C3%A9ponse; filename*1*=%20n%C2%B0; filename*2=\" 3.pdf\"",
            "attachment; filename=\"=?utf-8?Q?R=C3=A9ponse_n=C2=B0_3.pdf?=\"",
            "attachment; filename==?iso-8859-1?Q?R=E9ponse_n=B0_3.pdf?=",
            "attachment; filename=\"utf-8''R%C3%A9ponse%20n%C2%B0%203.pdf\"",
            "attachment; filename=Réponse n° 3.pdf",
            "attachment; filename=\"Reponse.pdf\"; filename*=iso-8859-1'fr'R%E9ponse%20n%B0%203.pdf",
            "filename=\"Réponse n° 3.pdf\"",
            "attachment; filename*1=\"?utf-8?Q?ponse_n=C2=B0_3.pdf?=\"; filename*0=\"=?utf-8?Q?R=C3=A9?= =\"",
        ] {
            assert_eq!(name(header).as_deref(), Some("Réponse n° 3.pdf"), "{header}");
        }
    }

    #[test]
    fn a_continuation_without_its_beginning_gives_way_to_the_plain_name() {
        assert_eq!(name("attachment; filename=\"Reply.pdf\"; filename*1=\"ply.pdf\"").as_deref(), Some("Reply.pdf"));
        assert_eq!(name("attachment; filename*1=\"ply.pdf\"").as_deref(), Some("ply.pdf"));
    }

    #[test]
    fn a_missing_semicolon_does_not_lose_the_boundary() {
        let field = read("multipart/mixed\tboundary=\"b; c\"");
        assert_eq!((field.value.as_str(), named(&field.parameters, "boundary")), ("multipart/mixed", Some("b; c")));
    }

    #[test]
    fn comments_go_and_brackets_in_names_stay() {
        let field = read("text/plain (a comment; of sorts); name=report (final).pdf");
        assert_eq!((field.value.as_str(), named(&field.parameters, "name")), ("text/plain", Some("report (final).pdf")));
    }
}
