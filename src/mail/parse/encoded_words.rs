//! Encoded words in headers (RFC 2047), as mailers in use write them.

use super::quoted_printable::hex;
use super::{base64, charset};
use std::borrow::Cow;

const LONGEST_LABEL: usize = 60;
/// RFC 2047 §2 allows 75 characters; whole subjects in one word are common.
const LONGEST_WORD: usize = 2 * 1024;

/// A header's text with its encoded words decoded, without control characters. What is no sound encoded word stays as it is.
///
/// Words of one charset that stand side by side are decoded as one run of bytes: many mailers cut a character in two, against RFC 2047 §5.
pub fn decode(value: &str) -> String {
    let decoded = decode_once(value);
    // Service desks and gateways encode what was encoded: what comes out is again a word, whole, with nothing left of the first.
    if decoded.len() < value.len() && decoded.contains("?=") && length(&decoded).is_some() { decode_once(&decoded) } else { decoded }
}

fn decode_once(value: &str) -> String {
    let value = if value.is_ascii() && value.contains('\u{1b}') { charset::undeclared(value.as_bytes()) } else { Cow::Borrowed(value) };
    let mut out = String::with_capacity(value.len());
    let mut run = Run::default();
    let mut rest: &str = &value;
    while let Some(start) = rest.find("=?") {
        let (before, from) = rest.split_at(start);
        match word(from) {
            Some(word) => {
                let joined = run.open && before.trim_ascii().is_empty();
                if !joined {
                    run.end(&mut out);
                    out.push_str(before);
                }
                run.take(&word, &mut out);
                rest = from.get(word.length..).unwrap_or_default();
            }
            None => {
                run.end(&mut out);
                out.push_str(before);
                out.push_str("=?");
                rest = from.get(2..).unwrap_or_default();
            }
        }
    }
    run.end(&mut out);
    out.push_str(rest);
    clean(&out)
}

/// The length in bytes of the encoded word at the start of what is given.
pub fn length(from: &str) -> Option<usize> {
    word(from).map(|word| word.length)
}

/// Neighbouring words of one charset. Base64 of several words is joined before it is decoded only if the first was cut within a group.
#[derive(Default)]
struct Run {
    open: bool,
    label: String,
    bytes: Vec<u8>,
    base64: String,
    /// Symbols of the base64 held, counted as they come.
    symbols: usize,
}

impl Run {
    fn take(&mut self, word: &Word, out: &mut String) {
        if self.open && !self.label.eq_ignore_ascii_case(word.label) {
            self.end(out);
        }
        self.open = true;
        word.label.clone_into(&mut self.label);
        if word.base64 {
            self.base64.push_str(word.text);
            self.symbols += word.text.bytes().filter(|byte| !byte.is_ascii_whitespace()).count();
            if self.symbols.is_multiple_of(4) || word.text.ends_with('=') {
                self.settle();
            }
            return;
        }
        self.settle();
        // Characters beyond ASCII must not stand in a word but do; they were read by their own bytes and stay what they are.
        for piece in word.text.split_inclusive(|character: char| !character.is_ascii()) {
            let ascii = piece.trim_end_matches(|character: char| !character.is_ascii());
            self.bytes.extend_from_slice(&q(ascii));
            if ascii.len() < piece.len() {
                self.spill(out);
                out.push_str(&piece[ascii.len()..]);
            }
        }
    }

    fn settle(&mut self) {
        if !self.base64.is_empty() {
            // The alphabet for web addresses (RFC 4648 §5), whose signs mean nothing else here.
            // Padding ends a piece, not the word: some mailers encode piece by piece.
            let usual = self.base64.replace('-', "+").replace('_', "/").replace('=', "=\n");
            self.bytes.extend_from_slice(&base64::decode(usual.as_bytes()).0);
            self.base64.clear();
            self.symbols = 0;
        }
    }

    fn spill(&mut self, out: &mut String) {
        if !self.bytes.is_empty() {
            out.push_str(&charset::text(Some(&self.label), &self.bytes).0);
            self.bytes.clear();
        }
    }

    fn end(&mut self, out: &mut String) {
        self.settle();
        self.spill(out);
        self.open = false;
    }
}

struct Word<'a> {
    label: &'a str,
    base64: bool,
    text: &'a str,
    length: usize,
}

/// `=?charset?encoding?text?=` at the start of what is given. The closing `?=` may be missing at the very end: long subjects are cut.
fn word(from: &str) -> Option<Word<'_>> {
    let inner = from.strip_prefix("=?")?;
    let label = inner.get(..memchr::memchr(b'?', within(inner, LONGEST_LABEL))?)?;
    if label.is_empty() || !label.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let after = inner.get(label.len() + 1..)?;
    let encoding = after.get(..memchr::memchr(b'?', within(after, 2))?)?;
    let base64 = match encoding {
        "q" | "Q" => false,
        "b" | "B" => true,
        _ => return None,
    };
    let text = after.get(2..)?;
    let before = 2 + label.len() + 3;
    let (text, length) = match end(text, base64) {
        // No base64 holds a `?`: then the word was never closed, and what closes is another one.
        Some(end) if base64 && memchr::memchr(b'?', within(text, end)).is_some() => return None,
        Some(end) => (text.get(..end)?, before + end + 2),
        None => {
            let text = text.trim_ascii_end();
            let cut = text.strip_suffix('?').unwrap_or(text);
            if cut.len() >= LONGEST_LABEL || cut.contains([' ', '?']) {
                return None;
            }
            (cut, from.len())
        }
    };
    Some(Word { label, base64, text, length })
}

/// Where the word's text ends. Q-encoded text that begins with an encoded byte after a `?` of its own (`?=C3`) is not the end.
fn end(text: &str, base64: bool) -> Option<usize> {
    let bytes = within(text, LONGEST_WORD);
    memchr::memmem::find_iter(bytes, b"?=").find(|at| {
        let after = bytes.get(at + 2..).unwrap_or_default();
        let encoded = matches!(after, [high, low, ..] if hex(high).is_some() && hex(low).is_some());
        base64 || !encoded || memchr::memmem::find(after.get(..80).unwrap_or(after), b"?=").is_none()
    })
}

/// The first bytes of a text: every search for the end of a word is bounded, so that a header full of beginnings stays linear.
fn within(text: &str, most: usize) -> &[u8] {
    text.as_bytes().get(..most).unwrap_or(text.as_bytes())
}

fn q(text: &str) -> Vec<u8> {
    let text = text.as_bytes();
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match (byte, text.get(at + 1).and_then(hex), text.get(at + 2).and_then(hex)) {
            (b'=', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
            }
            // A soft line break of quoted-printable, then unfolded: PHP's `quoted_printable_encode` used for headers writes it.
            (b'=', ..) if matches!(text.get(at + 1), Some(b' ' | b'\t') | None) => at += 2,
            _ => {
                out.push(if byte == b'_' { b' ' } else { byte });
                at += 1;
            }
        }
    }
    out
}

/// Control characters become blanks: a decoded CR LF must not come back as a second header or a second line of a table.
fn clean(text: &str) -> String {
    let text = text.trim();
    let breaks = |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
    if !text.chars().any(breaks) {
        return text.to_owned();
    }
    // NUL stands for nothing (RFC 5322 §4): it was put between the letters, not between the words.
    text.replace('\0', "").replace("\r\n", " ").replace(breaks, " ")
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn a_character_cut_between_two_words_is_whole_again() {
        assert_eq!(decode("=?utf-8?Q?Gr=C3?= =?UTF-8?Q?=BC=C3=9Fe?="), "Grüße");
        assert_eq!(decode("=?utf-8?B?R3LD?=\r\n =?utf-8?B?vMOfZQ==?="), "Grüße");
        assert_eq!(decode("=?iso-2022-jp?B?GyRCJUYlOSVIGyhC?= =?ISO-2022-JP?B?GyRCJUYlOSVIGyhC?="), "テストテスト");
        assert_eq!(decode("=?utf-8?Q?Gr=C3=BC= =C3=9Fe?="), "Grüße");
        assert_eq!(decode("=?utf-8?Q?Gr=C3=BC=C3=9Fe=?="), "Grüße");
        assert_eq!(decode("=?utf-8?B?R3LDvA==w59l?="), "Grüße");
    }

    #[test]
    fn words_stand_beside_plain_text_with_or_without_blanks() {
        assert_eq!(decode("Re: =?iso-8859-1?Q?r=E9ponse_du?= minist=?iso-8859-1?Q?=E8re?="), "Re: réponse du ministère");
        assert_eq!(decode("=?utf-8?Q?a?= =?iso-8859-1?Q?=E9?= b"), "aé b");
    }

    #[test]
    fn raw_letters_inside_a_word_stay_what_they_are() {
        assert_eq!(decode("=?iso-8859-1?Q?J\u{fc}rgen_M=FCller?="), "Jürgen Müller");
    }

    #[test]
    fn a_question_mark_before_an_encoded_byte_does_not_end_the_word() {
        assert_eq!(decode("=?utf-8?Q?o=C3=B9?=C3=A9t=C3=A9?="), "où?été");
    }

    #[test]
    fn a_word_cut_off_at_the_end_is_read() {
        for cut in ["=?utf-8?Q?Gr=C3=BC=C3=9Fe", "=?utf-8?Q?Gr=C3=BC=C3=9Fe?", "=?utf-8?B?R3LDvMOfZQ", "=?utf-8?B?R3LDvMOfZQ==?"] {
            assert_eq!(decode(cut), "Grüße", "{cut}");
        }
    }

    #[test]
    fn what_is_no_word_stays() {
        assert_eq!(decode("=? =?x?y?z?= a=?b"), "=? =?x?y?z?= a=?b");
        assert_eq!(decode("=?unknown-charset?Q?plain_words?="), "plain words");
    }

    #[test]
    fn a_word_encoded_twice_is_read() {
        assert_eq!(decode("=?utf-8?Q?=3D=3Futf-8=3FQ=3FGr=3DC3=3DBC=3DC3=3D9Fe=3F=3D?="), "Grüße");
    }

    #[test]
    fn base64_for_web_addresses_is_read() {
        assert_eq!(decode("=?utf-8?B?Pj4_w7_Dvz8-Pg?="), ">>?ÿÿ?>>");
    }

    #[test]
    fn a_zero_byte_parts_no_words() {
        assert_eq!(decode("Gr\0uesse"), "Gruesse");
    }

    #[test]
    fn a_decoded_line_end_is_a_blank() {
        assert_eq!(decode("=?utf-8?Q?one=0D=0ABcc=3A_two?="), "one Bcc: two");
    }
}
