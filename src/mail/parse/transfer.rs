//! Content-Transfer-Encoding undone (RFC 2045 §6), as far as the bytes go: a cut or dirty encoding yields what it holds.

use super::base64::{self, Body};
use super::{files_in_text, quoted_printable};
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
        "base64" | "b" => match base64::body(body) {
            Body::Sound(bytes) => (Cow::Owned(bytes), None),
            Body::Damaged(bytes) => (Cow::Owned(bytes), Some("The base64 of a part is cut or damaged; what could be decoded was kept.")),
            Body::NoBase64 => (Cow::Borrowed(body), Some("A part says it is base64 and is not; it was taken as it stands.")),
        },
        "quotedprintable" | "q" => (Cow::Owned(quoted_printable::decode(body)), None),
        "xuuencode" | "uuencode" | "xuue" | "uue" => match files_in_text::uuencoded(body) {
            Some(bytes) => (Cow::Owned(bytes), None),
            None => (Cow::Borrowed(body), Some("A part says it is uuencoded and is not; it was taken as it stands.")),
        },
        _ => (Cow::Borrowed(body), None),
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, name};

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
}
