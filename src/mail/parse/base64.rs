//! Base64 (RFC 2045 §6.8) as mail has it: cut, broken at odd places, in the alphabet for web addresses, with a list's footer in clear below it.

use super::byte_lines::line;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// What a body that is said to be base64 turned out to be.
pub enum Body {
    Sound(Vec<u8>),
    /// Cut, with signs in it that are none of base64's, or with text in clear below: what could be decoded, then that text.
    Damaged(Vec<u8>),
    NoBase64,
}

/// Reads a body line by line: a gateway may have undone its base64 without saying so, and mailing lists put a footer in clear below it.
pub fn body(body: &[u8]) -> Body {
    if let Some(bytes) = sound_base64(body) {
        return Body::Sound(bytes);
    }
    if let Some(bytes) = spaced_base64(body).or_else(|| base64_of_the_web(body)) {
        return Body::Sound(bytes);
    }
    let mut at = 0;
    let mut end = body.len();
    let mut padded = false;
    while at < body.len() {
        let (line, next) = line(body, at);
        let line = line.trim_ascii();
        let foreign = line.iter().filter(|byte| VALUES[usize::from(**byte)] == NOT_BASE64 && **byte != b'=').count();
        if foreign > 0 && (padded || foreign * 10 > line.len()) {
            end = at;
            break;
        }
        padded |= line.ends_with(b"=");
        at = next;
    }
    let (mut bytes, clean) = decode(body.get(..end).unwrap_or(body));
    if end == body.len() {
        return if clean { Body::Sound(bytes) } else { Body::Damaged(bytes) };
    }
    if bytes.is_empty() {
        return Body::NoBase64;
    }
    bytes.push(b'\n');
    bytes.extend_from_slice(body.get(end..).unwrap_or_default());
    Body::Damaged(bytes)
}

/// What nearly every base64 body is, at three times the speed: lines of whole quads, and none after the padding.
fn sound_base64(body: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = vec![0; body.len() / 4 * 3 + 3];
    let (mut at, mut filled) = (0, 0);
    while at < body.len() {
        let (line, next) = line(body, at);
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
    Some(decode(&usual.collect::<Vec<u8>>()).0)
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
pub fn decode(body: &[u8]) -> (Vec<u8>, bool) {
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

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn cut_base64_yields_what_it_holds() {
        assert_eq!(decode(b"R3LDvMOf"), ("Grüß".as_bytes().to_vec(), true));
        assert_eq!(
            decode(b"R3LDvMO"),
            ("Grü\u{c3}".chars().take(3).collect::<String>().into_bytes().into_iter().chain([0xc3]).collect(), false)
        );
    }

    #[test]
    fn pieces_encoded_apart_are_read_one_after_the_other() {
        assert_eq!(decode(b"YQ==\nYg==\n").0, b"ab");
        assert_eq!(decode(b"YQ== Yg==").0, b"a");
    }
}
