//! Characters that are not seen, or look like others: taken out and put right before references and addresses are looked for.
//!
//! Mail clients and web pages put zero-width and direction marks into what people copy; keyboards of East Asia write full-width letters, and Arabic
//! and Persian ones digits of their own. Considered instead: NFKC of the whole text, which changes far more than what references are made of.

use std::borrow::Cow;

/// The text with ASCII letters, digits and signs for their full-width forms, ASCII digits for the decimal digits of other scripts, and without what
/// nobody sees. A soft hyphen stays: where one is seen, it is a hyphen.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.chars().all(|character| as_ascii(character) == Some(character)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter_map(as_ascii).collect())
}

/// None of what is not seen.
fn as_ascii(character: char) -> Option<char> {
    let code = u32::from(character);
    match code {
        0..0x600 if code != 0x34f => Some(character),
        // Default_Ignorable_Code_Point of Unicode, as far as mail holds it, and the marks of directions.
        0x34f | 0x61c | 0x180b..=0x180e | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfe00..=0xfe0f | 0xfeff => None,
        0xff01..=0xff5e => char::from_u32(code - 0xfee0),
        0x3000 => Some(' '),
        _ => Some(DIGITS.iter().find_map(|zero| char::from_digit(code.checked_sub(*zero)?, 10)).unwrap_or(character)),
    }
}

/// The zeros of scripts in which officials number: Arabic, Persian, Devanagari, Bengali, Gurmukhi, Gujarati, Tamil, Telugu, Kannada, Malayalam, Thai,
/// Lao, Tibetan, Burmese, Khmer, Mongolian.
const DIGITS: [u32; 16] =
    [0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810];

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_is_not_seen_goes_and_what_looks_alike_is_put_right() {
        assert_eq!(plain("NPM-2026-\u{200b}0001\u{feff}-B"), "NPM-2026-0001-B");
        assert_eq!(plain("ＮＰＭ－２０２６"), "NPM-2026");
        assert_eq!(plain("NPM-٢٠٢٦-۰۰۰۱-B"), "NPM-2026-0001-B");
        assert_eq!(plain("Přílet, 東京, Ünïcode"), "Přílet, 東京, Ünïcode");
    }
}
