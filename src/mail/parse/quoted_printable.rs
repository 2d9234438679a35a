//! Quoted-printable (RFC 2045 §6.7), and the two hexadecimal digits that it shares with encoded words and percent encoding.

use super::byte_lines::line;

/// Undoes it: blanks at line ends go, `=` at a line end joins, an `=` that encodes nothing stays as it is.
/// Line ends are kept as they came, so that a file has its own size and hash.
pub fn decode(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        let (line, next) = line(body, at);
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

/// The value of one hexadecimal digit, in capitals or not: mailers write both.
pub fn hex(byte: &u8) -> Option<u8> {
    char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn quoted_printable_keeps_what_encodes_nothing() {
        assert_eq!(decode(b"a=3Db=\r\nc =3d  \r\n50 % = half=ZZ=\n"), b"a=bc =\r\n50 % = half=ZZ");
        assert_eq!(decode(b"==41 =4=41 a==\nb=4\n"), b"=A =4A a=b=4\n");
    }
}
