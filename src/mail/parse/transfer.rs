//! Content-Transfer-Encoding undone (RFC 2045 §6), as far as the bytes go: a cut or dirty encoding yields what it holds.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::borrow::Cow;

/// The name of a transfer encoding (RFC 2045 §6.1) by its letters and digits in lower case: mailers leave the dash out or write another sign, put
/// the name in quotes or a comment behind it.
pub fn name(header: &str) -> String {
    let name = header.split([';', '(']).next().unwrap_or_default();
    name.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_lowercase()).collect()
}

/// The body with its transfer encoding, as [`name`] gives it, undone, and what was wrong with it.
pub fn decode<'a>(encoding: &str, body: &'a [u8]) -> (Cow<'a, [u8]>, Option<&'static str>) {
    match encoding {
        "base64" | "b" => match base64_lines(body) {
            Lines::Base64(bytes) => (Cow::Owned(bytes), None),
            Lines::Damaged(bytes) => (Cow::Owned(bytes), Some("The base64 of a part is cut or damaged; what could be decoded was kept.")),
            Lines::Foreign => (Cow::Borrowed(body), Some("A part says it is base64 and is not; it was taken as it stands.")),
        },
        "quotedprintable" | "q" => (Cow::Owned(quoted_printable(body)), None),
        "xuuencode" | "uuencode" | "xuue" | "uue" => match super::files_in_text::uuencoded(body) {
            Some(bytes) => (Cow::Owned(bytes), None),
            None => (Cow::Borrowed(body), Some("A part says it is uuencoded and is not; it was taken as it stands.")),
        },
        _ => (Cow::Borrowed(body), None),
    }
}

enum Lines {
    Base64(Vec<u8>),
    Damaged(Vec<u8>),
    Foreign,
}

/// A base64 body line by line: a gateway may have undone it without saying so, and mailing lists put a footer in clear below it.
fn base64_lines(body: &[u8]) -> Lines {
    if let Some(bytes) = sound_base64(body) {
        return Lines::Base64(bytes);
    }
    if let Some(bytes) = spaced_base64(body).or_else(|| base64_of_the_web(body)) {
        return Lines::Base64(bytes);
    }
    let mut at = 0;
    let mut end = body.len();
    let mut padded = false;
    while at < body.len() {
        let (line, next) = super::headers::line(body, at);
        let line = line.trim_ascii();
        let foreign = line.iter().filter(|byte| VALUES[usize::from(**byte)] == NOT_BASE64 && **byte != b'=').count();
        if foreign > 0 && (padded || foreign * 10 > line.len()) {
            end = at;
            break;
        }
        padded |= line.ends_with(b"=");
        at = next;
    }
    let (mut bytes, clean) = base64(body.get(..end).unwrap_or(body));
    if end == body.len() {
        return if clean { Lines::Base64(bytes) } else { Lines::Damaged(bytes) };
    }
    if bytes.is_empty() {
        return Lines::Foreign;
    }
    bytes.push(b'\n');
    bytes.extend_from_slice(body.get(end..).unwrap_or_default());
    Lines::Damaged(bytes)
}

/// What nearly every base64 body is, at three times the speed: lines of whole quads, and none after the padding.
fn sound_base64(body: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = vec![0; body.len() / 4 * 3 + 3];
    let (mut at, mut filled) = (0, 0);
    while at < body.len() {
        let (line, next) = super::headers::line(body, at);
        filled += BASE64_STANDARD.decode_slice(line, bytes.get_mut(filled..)?).ok()?;
        if line.ends_with(b"=") && !body.get(next..)?.trim_ascii().is_empty() {
            return None;
        }
        at = next;
    }
    bytes.truncate(filled);
    Some(bytes)
}

/// Base64 broken at places of its own, with blanks in the lines or lines of no whole quads: without the blanks it is nothing but whole quads.
fn spaced_base64(body: &[u8]) -> Option<Vec<u8>> {
    let dense: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64_STANDARD.decode(dense).ok()
}

/// Base64 in the alphabet for web addresses (RFC 4648 §5), with or without its padding, which programs that read mail over the web write by mistake.
/// A line of dashes is a list's or a signature's, not a group of sixty-threes.
fn base64_of_the_web(body: &[u8]) -> Option<Vec<u8>> {
    let of_the_web = |byte: &u8| byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || matches!(byte, b'-' | b'_' | b'=');
    let ruled = || body.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"--") || line.starts_with(b"__"));
    if memchr::memchr2(b'-', b'_', body).is_none() || !body.iter().all(of_the_web) || ruled() {
        return None;
    }
    let usual = body.iter().map(|byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        _ => *byte,
    });
    Some(base64(&usual.collect::<Vec<u8>>()).0)
}

const NOT_BASE64: u8 = 0xff;
const VALUES: [u8; 256] = {
    let mut values = [NOT_BASE64; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut at = 0;
    while at < 64 {
        values[alphabet[at] as usize] = at as u8;
        at += 1;
    }
    values
};

/// Base64 with everything outside the alphabet skipped (RFC 2045 §6.8). Padding ends a piece and the line it stands on; pieces encoded apart and
/// written one below the other are read one after the other. `false`: something was odd, the bytes are what could be had.
pub fn base64(body: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(body.len() / 4 * 3 + 3);
    let (mut bits, mut held, mut clean, mut ended) = (0u32, 0u8, true, false);
    for &byte in body {
        let value = VALUES[usize::from(byte)];
        if value == NOT_BASE64 || ended {
            match byte {
                b'=' if !ended => {
                    if held > 1 {
                        flush(&mut out, bits, held);
                    }
                    ended = held > 0;
                    (bits, held) = (0, 0);
                }
                b'\n' => ended = false,
                b'=' | b'\r' | b' ' | b'\t' => {}
                _ => clean = false,
            }
            continue;
        }
        bits = bits << 6 | u32::from(value);
        held += 1;
        if held == 4 {
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, held) = (0, 0);
        }
    }
    if held > 1 {
        flush(&mut out, bits, held);
    }
    (out, clean && held == 0)
}

/// Two or three characters left over hold one or two bytes.
fn flush(out: &mut Vec<u8>, bits: u32, held: u8) {
    let filled = (bits << (6 * (4 - u32::from(held)))).to_be_bytes();
    out.extend_from_slice(&filled[1..usize::from(held)]);
}

/// Quoted-printable (RFC 2045 §6.7): blanks at line ends go, `=` at a line end joins, an `=` that encodes nothing stays as it is.
/// Line ends are kept as they came, so that a file has its own size and hash.
pub fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        let (line, next) = super::headers::line(body, at);
        let line_end = body.get(at + line.len()..next).unwrap_or_default();
        at = next;
        let line = line.trim_ascii_end();
        let mut pieces = line.split(|byte| *byte == b'=');
        out.extend_from_slice(pieces.next().unwrap_or_default());
        for piece in pieces {
            match piece {
                [high, low, rest @ ..] if let (Some(high), Some(low)) = (hex(high), hex(low)) => {
                    out.push(high << 4 | low);
                    out.extend_from_slice(rest);
                }
                _ => {
                    out.push(b'=');
                    out.extend_from_slice(piece);
                }
            }
        }
        // A soft line break: the line is joined to the next.
        if line.ends_with(b"=") {
            out.pop();
        } else {
            out.extend_from_slice(line_end);
        }
    }
    out
}

pub fn hex(byte: &u8) -> Option<u8> {
    char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::{base64, decode, name, quoted_printable};

    #[test]
    fn cut_base64_yields_what_it_holds() {
        assert_eq!(base64(b"R3LDvMOf"), ("Grüß".as_bytes().to_vec(), true));
        assert_eq!(
            base64(b"R3LDvMO"),
            ("Grü\u{c3}".chars().take(3).collect::<String>().into_bytes().into_iter().chain([0xc3]).collect(), false)
        );
    }

    #[test]
    fn pieces_encoded_apart_are_read_one_after_the_other() {
        assert_eq!(base64(b"YQ==\nYg==\n").0, b"ab");
        assert_eq!(base64(b"YQ== Yg==").0, b"a");
    }

    #[test]
    fn base64_with_blanks_in_its_lines_is_base64() {
        let (bytes, problem) = decode("base64", b"R3 LDvM\tOfIG F1cyB0\nZW0gTWl uaXN0ZXJpdW0=\n");
        assert_eq!((bytes.as_ref(), problem), ("Grüß aus tem Ministerium".as_bytes(), None));
    }

    #[test]
    fn base64_for_web_addresses_is_base64() {
        let (bytes, problem) = decode("base64", b"Pj4_w7_Dvz8-Pg");
        assert_eq!((bytes.as_ref(), problem), (">>?ÿÿ?>>".as_bytes(), None));
    }

    #[test]
    fn an_encoding_is_known_by_its_letters() {
        for written in ["Base64", "\"base64\"", "base-64", "base64; x", "BASE64 (MIME)"] {
            assert_eq!(name(written), "base64", "{written}");
        }
        assert_eq!(name("quoted/printable"), "quotedprintable");
    }

    #[test]
    fn a_body_that_is_no_base64_is_taken_as_it_stands() {
        let text = b"Dear colleagues,\nthe report is attached.\n";
        assert_eq!(decode("base64", text).0, text.as_slice());
    }

    #[test]
    fn the_footer_of_a_list_below_base64_stays_readable() {
        let (bytes, problem) = decode("base64", b"SGVsbG8gd29ybGQh\nSGVsbG8gd29ybGQ=\n____________\nThe list: https://lists.example/\n");
        assert_eq!(bytes, b"Hello world!Hello world\n____________\nThe list: https://lists.example/\n".as_slice());
        assert!(problem.is_some());
    }

    #[test]
    fn quoted_printable_keeps_what_encodes_nothing() {
        assert_eq!(quoted_printable(b"a=3Db=\r\nc =3d  \r\n50 % = half=ZZ=\n"), b"a=bc =\r\n50 % = half=ZZ");
        assert_eq!(quoted_printable(b"==41 =4=41 a==\nb=4\n"), b"=A =4A a=b=4\n");
    }
}
