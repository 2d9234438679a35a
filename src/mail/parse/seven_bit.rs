//! Encodings of seven bits that shift between alphabets, brought to a form that `encoding_rs` reads. It has none of them, or (ISO-2022-JP) refuses
//! much, as browsers must, since scripts can be hidden between shifts; in a mail nothing is run as a script.

/// ISO-2022-KR (RFC 1557) → EUC-KR, ISO-2022-CN (RFC 1922) → GB 2312: between SO and SI every byte gets its eighth bit. `set` ends the escape
/// sequence that names the alphabet; the Taiwanese sets that RFC 1922 allows beside GB 2312 are not read.
pub fn iso_2022(set: u8, bytes: &[u8]) -> Vec<u8> {
    let mut high = false;
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            0x0e => high = true,
            0x0f => high = false,
            0x1b if bytes.get(at..at + 3) == Some(&[b'$', b')', set]) => at += 3,
            b'\n' => {
                high = false;
                out.push(byte);
            }
            0x21..=0x7e if high => out.push(byte | 0x80),
            _ => out.push(byte),
        }
    }
    out
}

/// HZ (RFC 1843) → GB 2312 in eight bits: `~{` begins two-byte characters, `~}` ends them, `~~` is a tilde.
pub fn hz(bytes: &[u8]) -> Vec<u8> {
    let mut high = false;
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        // A tilde may also be the second half of a character (件 is `<~`): within the two-byte text they are read in pairs.
        if high && (0x21..=0x7d).contains(&byte) {
            out.push(byte | 0x80);
            if let Some(second @ 0x21..=0x7e) = bytes.get(at) {
                out.push(second | 0x80);
                at += 1;
            }
            continue;
        }
        if byte == b'~' {
            match bytes.get(at) {
                Some(b'{') => high = true,
                Some(b'}') => high = false,
                Some(b'~') => out.push(b'~'),
                Some(b'\n') => {}
                _ => {
                    out.push(byte);
                    continue;
                }
            }
            at += 1;
            continue;
        }
        if byte == b'\n' {
            high = false;
        }
        out.push(byte);
    }
    out
}

/// UTF-7 (RFC 2152): `+`, UTF-16 in base64 without padding, `-` or whatever is no base64. `+-` is a plus.
pub fn utf_7(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(plus) = memchr::memchr(b'+', rest) {
        let (before, shifted) = (&rest[..plus], &rest[plus + 1..]);
        out.push_str(&String::from_utf8_lossy(before));
        let length = shifted.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')).count();
        let (encoded, after) = shifted.split_at(length);
        let units = super::base64::decode(encoded).0;
        let units = units.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        out.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
        if length == 0 {
            out.push('+');
        }
        rest = after.strip_prefix(b"-").unwrap_or(after);
    }
    out.push_str(&String::from_utf8_lossy(rest));
    out
}

/// ISO-2022-JP without escape sequences that have no text: words of a header joined to one run (RFC 2047) leave `ESC ( B ESC $ B` between them,
/// which the Encoding Standard reads as an error.
pub fn without_idle_escapes(bytes: &[u8]) -> Vec<u8> {
    let escape = |at: usize| matches!(bytes.get(at..at + 3), Some([0x1b, b'(' | b'$', b'B' | b'J' | b'@' | b'I']));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if escape(at) && escape(at + 3) {
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::utf_7;

    #[test]
    fn utf_7_shifts_in_and_out() {
        assert_eq!(utf_7(b"Gr+APwA3w-e"), "Gr\u{fc}\u{df}e");
        assert_eq!(utf_7(b"+AOA- la 1 +- 1, +2D3cqQ"), "\u{e0} la 1 + 1, \u{1f4a9}");
    }
}
