//! Text made comparable: what two people, two mail clients or two transfer encodings write differently becomes the same.
//!
//! Phrases in data files and texts of mails are both folded before they are compared. Considered instead: full Unicode case folding with
//! normalisation (NFKD). It would need another crate and a table of thousands of entries for scripts in which mails do not vary that way; the
//! marks below are those that keyboards, phones and lossy conversions really drop (`Estare fuera`, `retour a mon bureau`).

/// Lower case, Latin and Greek letters without their marks, Arabic and Hebrew without vowel points, typographic quotes, dashes and spaces as
/// ASCII, every run of white space one space, none at the ends.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut blank = false;
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        // Words of ASCII with one blank between them, which most texts are made of, as a whole.
        let ascii = plain_run(rest.as_bytes());
        let (word, behind) = rest.split_at(ascii.max(letter.len_utf8()));
        rest = behind;
        if letter.is_whitespace() || letter.is_ascii_control() {
            blank = true;
            continue;
        }
        if is_mark(letter) {
            continue;
        }
        if std::mem::take(&mut blank) && !folded.is_empty() {
            folded.push(' ');
        }
        if ascii > 0 {
            let start = folded.len();
            folded.push_str(word);
            folded[start..].make_ascii_lowercase();
            continue;
        }
        match plain(letter) {
            Some(plain) => folded.push_str(plain),
            None => {
                for lower in letter.to_lowercase() {
                    match plain(lower) {
                        Some(plain) => folded.push_str(plain),
                        None if is_mark(lower) => {}
                        None => folded.push(lower),
                    }
                }
            }
        }
    }
    folded
}

/// Bytes of words of ASCII with one blank between them, which only have to be made small.
fn plain_run(bytes: &[u8]) -> usize {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'`';
    let mut end = 0;
    loop {
        end += bytes.iter().skip(end).take_while(|byte| is_plain(**byte)).count();
        match bytes.get(end..) {
            Some([b' ', next, ..]) if end > 0 && is_plain(*next) => end += 1,
            _ => return end,
        }
    }
}

/// Marks that are written or left out without changing the word: combining accents, Hebrew and Arabic points, the Arabic tatweel, zero-width
/// joiners and direction marks, the soft hyphen, emoji variation selectors.
fn is_mark(letter: char) -> bool {
    matches!(letter,
        '\u{0300}'..='\u{036f}' | '\u{0591}'..='\u{05c7}' | '\u{064b}'..='\u{0652}' | '\u{0640}' | '\u{00ad}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}')
}

fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | '\u{1ea0}'..='\u{1eb7}' => "a",
        'æ' => "ae",
        'þ' => "th",
        'ç' | 'ć' | 'ĉ' | 'č' => "c",
        'ð' | 'ď' | 'đ' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' | 'ə' | '\u{1eb8}'..='\u{1ec7}' => "e",
        'ğ' | 'ģ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' | '\u{1ec8}'..='\u{1ecb}' => "i",
        'ķ' => "k",
        'ł' | 'ľ' | 'ļ' | 'ĺ' => "l",
        'ñ' | 'ń' | 'ň' | 'ņ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' | 'ơ' | '\u{1ecc}'..='\u{1ee3}' => "o",
        'œ' => "oe",
        'ř' | 'ŕ' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ų' | 'ư' | '\u{1ee4}'..='\u{1ef1}' => "u",
        'ý' | 'ÿ' | '\u{1ef2}'..='\u{1ef9}' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'ά' => "α",
        'έ' => "ε",
        'ή' => "η",
        'ί' | 'ϊ' | 'ΐ' => "ι",
        'ό' => "ο",
        'ύ' | 'ϋ' | 'ΰ' => "υ",
        'ώ' => "ω",
        'ς' => "σ",
        'ё' => "е",
        'أ' | 'إ' | 'آ' => "ا",
        'ى' => "ي",
        'ة' => "ه",
        '`' | '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{02bc}' | '\u{00b4}' | '\u{2032}' => "'",
        '\u{201c}'..='\u{201f}' | '\u{00ab}' | '\u{00bb}' => "\"",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "-",
        '\u{ff1a}' => ":",
        '\u{ff0c}' => ",",
        _ => return digit(letter),
    })
}

/// Figures of the scripts in whose languages dates and numbers are written with figures of their own.
fn digit(letter: char) -> Option<&'static str> {
    let zero = match letter {
        '٠'..='٩' => '٠',
        '۰'..='۹' => '۰',
        '०'..='९' => '०',
        '০'..='৯' => '০',
        '๐'..='๙' => '๐',
        '໐'..='໙' => '໐',
        '၀'..='၉' => '၀',
        '០'..='៩' => '០',
        '０'..='９' => '０',
        _ => return None,
    };
    let value = (letter as u32).checked_sub(zero as u32)? as usize;
    "0123456789".get(value..=value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_phone_leaves_out_does_not_matter() {
        assert_eq!(fold("  Estaré  fuera\u{a0}de la\r\n oficina "), fold("estare fuera de la oficina"));
        assert_eq!(fold("Bin dann mal weg – „Urlaub“"), "bin dann mal weg - \"urlaub\"");
        assert_eq!(fold("ÉCRIVIT L’été"), "ecrivit l'ete");
        assert_eq!(fold("Wysłano z İstanbul'dan đã viết"), "wyslano z istanbul'dan da viet");
        assert_eq!(fold("Απουσιάζω ΕΚΤΌΣ"), "απουσιαζω εκτοσ");
        assert_eq!(fold("१० ৩ ๑๕ ۲۰ ２"), "10 3 15 20 2");
        // Within and between words of ASCII.
        assert_eq!(fold("It`s\u{7f}CAFE\u{301}S, \u{200b}No\t"), "it's cafes, no");
    }
}
