//! Fonts as far as reading needs them: which text a code stands for, and how wide it is (ISO 32000-1, §9.6 to §9.10).
//!
//! `ToUnicode` comes first, as the standard asks (§9.10.2); then the encoding with its differences; then, for East Asian fonts, the charset that
//! the name of a predefined table implies.

use super::cmap::{self, CMap};
use super::file::Document;
use super::glyphs;
use super::object::{Dictionary, Object};
use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1252};
use std::collections::HashMap;

const MOST_WIDTHS: usize = 70_000;

pub struct Font {
    to_unicode: Option<CMap>,
    codes: Codes,
    widths: HashMap<u32, f64>,
    /// For codes without a width of their own, in text space units.
    otherwise: Option<f64>,
}

enum Codes {
    /// One byte a code, by an encoding.
    Simple(Vec<Option<String>>),
    /// Two bytes a code that say only which glyph.
    Glyphs,
    /// UTF-16, big-endian.
    Unicode,
    /// A charset of East Asia.
    Charset(&'static Encoding),
}

/// One code as it is shown.
pub struct Shown {
    /// None: nobody knows which letter it is.
    pub text: Option<String>,
    /// In text space units: 1 is the font size.
    pub width: f64,
    /// Word spacing is for the one-byte code 32 (§9.3.3).
    pub is_space: bool,
}

impl Font {
    pub fn read(document: &Document<'_>, font: &Dictionary) -> Font {
        let to_unicode = document.stream_of(font, "ToUnicode").map(|bytes| CMap::read(&bytes));
        if font.name("Subtype") == Some(b"Type0") {
            return Font::composite(document, font, to_unicode);
        }
        let unit = match (font.name("Subtype"), document.get(font, "FontMatrix")) {
            (Some(b"Type3"), Object::Array(matrix)) => matrix.first().and_then(Object::number).unwrap_or(0.001),
            _ => 0.001,
        };
        let first = document.get(font, "FirstChar").index().unwrap_or(0);
        let widths: HashMap<u32, f64> = match document.get(font, "Widths") {
            Object::Array(widths) => (first..)
                .zip(widths.iter().take(256))
                .filter_map(|(code, width)| Some((code, document.resolve(width).number()? * unit)))
                .collect(),
            _ => HashMap::new(),
        };
        let otherwise = (!widths.is_empty()).then(|| {
            let described =
                document.dictionary(font, "FontDescriptor").and_then(|described| document.get(described, "MissingWidth").number());
            described.unwrap_or(0.0) * unit
        });
        Font { to_unicode, codes: Codes::Simple(encoding(document, font)), widths, otherwise }
    }

    fn composite(document: &Document<'_>, font: &Dictionary, to_unicode: Option<CMap>) -> Font {
        let name = match document.get(font, "Encoding") {
            Object::Name(name) => String::from_utf8_lossy(name).into_owned(),
            _ => String::new(),
        };
        let descendant = match document.get(font, "DescendantFonts") {
            Object::Array(fonts) => fonts.first().map(|font| document.resolve(font)),
            _ => None,
        };
        let (mut widths, mut otherwise) = (HashMap::new(), 1.0);
        if let Some(Object::Dictionary(descendant)) = descendant {
            otherwise = document.get(descendant, "DW").number().unwrap_or(1000.0) / 1000.0;
            if let Object::Array(array) = document.get(descendant, "W") {
                widths = glyph_widths(document, array);
            }
        }
        Font { to_unicode, codes: predefined(&name), widths, otherwise: Some(otherwise) }
    }

    pub fn show(&self, bytes: &[u8]) -> Vec<Shown> {
        match &self.codes {
            Codes::Simple(encoding) => bytes
                .iter()
                .map(|byte| {
                    let text = self.unicode(u32::from(*byte)).or_else(|| encoding.get(usize::from(*byte)).cloned().flatten());
                    let width = self.width(u32::from(*byte)).unwrap_or_else(|| estimated(text.as_deref()));
                    Shown { text, width, is_space: *byte == b' ' }
                })
                .collect(),
            Codes::Glyphs => self.pairs(bytes, |_| None),
            Codes::Unicode => self.pairs(bytes, |units| char::decode_utf16(units.iter().copied()).collect::<Result<String, _>>().ok()),
            Codes::Charset(charset) => {
                let (text, _) = charset.decode_without_bom_handling(bytes);
                let width = |character: char| if character.is_ascii() { 0.5 } else { 1.0 };
                text.chars()
                    .map(|character| Shown { text: Some(character.to_string()), width: width(character), is_space: false })
                    .collect()
            }
        }
    }

    /// Codes of two bytes, or as long as the font's own table says where that says one byte.
    fn pairs(&self, bytes: &[u8], otherwise: impl Fn(&[u16]) -> Option<String>) -> Vec<Shown> {
        let mut shown = Vec::new();
        let mut rest = bytes;
        let mut high: Option<u16> = None;
        while !rest.is_empty() {
            let length = self.code_length(rest);
            let (code, after) = rest.split_at(length.min(rest.len()));
            rest = after;
            let number = cmap::code(code);
            let unit = (number & 0xffff) as u16;
            let text = self.unicode(number).or_else(|| match high.take() {
                Some(high) => otherwise(&[high, unit]),
                None if (0xd800..0xdc00).contains(&unit) => {
                    high = Some(unit);
                    Some(String::new())
                }
                None => otherwise(&[unit]),
            });
            shown.push(Shown { text, width: self.width(number).unwrap_or(1.0), is_space: length == 1 && number == 32 });
        }
        shown
    }

    fn code_length(&self, rest: &[u8]) -> usize {
        let spaces = self.to_unicode.iter().flat_map(|map| &map.spaces);
        let one_byte = spaces
            .clone()
            .any(|(length, first, last)| *length == 1 && rest.first().is_some_and(|byte| (*first..=*last).contains(&u32::from(*byte))));
        // A table for one-byte codes on a two-byte font is a known fault of some programs: it counts only beside two-byte ranges.
        if one_byte && spaces.clone().any(|(length, _, _)| *length == 2) { 1 } else { 2 }
    }

    /// A table's own words; control characters and nothing at all are no letter.
    fn unicode(&self, code: u32) -> Option<String> {
        self.to_unicode.as_ref()?.get(code).filter(|text| !text.is_empty() && !text.starts_with(['\0', '\u{fffd}']))
    }

    fn width(&self, code: u32) -> Option<f64> {
        self.widths.get(&code).copied().or(self.otherwise)
    }
}

/// §9.7.4.3: `first [w w w]` and `first last w`.
fn glyph_widths(document: &Document<'_>, array: &[Object]) -> HashMap<u32, f64> {
    let mut widths = HashMap::new();
    let mut rest = array;
    // Counted, not measured: ranges may name the same codes again and again.
    let mut named = 0;
    while let [first, second, after @ ..] = rest {
        let Some(first) = document.resolve(first).index() else { break };
        match document.resolve(second) {
            Object::Array(list) => {
                named += list.len();
                widths.extend((first..).zip(list).filter_map(|(code, width)| Some((code, document.resolve(width).number()? / 1000.0))));
                rest = after;
            }
            last => {
                let (Some(last), Some(width)) = (last.index(), after.first().and_then(|width| document.resolve(width).number())) else {
                    break;
                };
                let last = last.min(first.saturating_add(65_535));
                named += last.saturating_sub(first) as usize + 1;
                widths.extend((first..=last).map(|code| (code, width / 1000.0)));
                rest = after.get(1..).unwrap_or_default();
            }
        }
        if named > MOST_WIDTHS {
            break;
        }
    }
    widths
}

/// §9.7.5.2, table 118: what the codes of a predefined table are.
fn predefined(name: &str) -> Codes {
    if name.contains("UCS2") || name.contains("UTF16") {
        return Codes::Unicode;
    }
    let charset = if name.contains("RKSJ") {
        encoding_rs::SHIFT_JIS
    } else if name.starts_with("GB") {
        encoding_rs::GBK
    } else if name.starts_with("B5") || name.starts_with("ETen") || name.starts_with("HKscs") {
        encoding_rs::BIG5
    } else if name.starts_with("KSC") {
        encoding_rs::EUC_KR
    } else if name.starts_with("EUC-") {
        encoding_rs::EUC_JP
    } else {
        return Codes::Glyphs;
    };
    Codes::Charset(charset)
}

/// The 256 texts of a simple font.
fn encoding(document: &Document<'_>, font: &Dictionary) -> Vec<Option<String>> {
    let own = document.get(font, "Encoding");
    let base = match own {
        Object::Name(name) => Some(name.as_slice()),
        Object::Dictionary(encoding) => encoding.name("BaseEncoding"),
        _ => None,
    };
    let true_type = font.name("Subtype") == Some(b"TrueType");
    let mut texts: Vec<Option<String>> = (0..=255u8)
        .map(|byte| match base {
            Some(b"WinAnsiEncoding") => in_charset(WINDOWS_1252, byte),
            Some(b"MacRomanEncoding") => in_charset(MACINTOSH, byte),
            None if true_type => in_charset(WINDOWS_1252, byte),
            _ => standard(byte),
        })
        .collect();
    if let Object::Dictionary(encoding) = own
        && let Object::Array(differences) = document.get(encoding, "Differences")
    {
        let mut code = 0usize;
        for item in differences.iter().take(2_000) {
            match document.resolve(item) {
                Object::Number(_) => code = item.index().map_or(code, |code| code as usize),
                Object::Name(name) => {
                    if let Some(place) = texts.get_mut(code) {
                        *place = glyphs::text(name);
                    }
                    code += 1;
                }
                _ => {}
            }
        }
    }
    texts
}

fn in_charset(charset: &'static Encoding, byte: u8) -> Option<String> {
    let (text, _) = charset.decode_without_bom_handling(std::slice::from_ref(&byte));
    (!text.contains(char::is_control)).then(|| text.into_owned())
}

/// Adobe's standard encoding (annex D.2): ASCII but for two quotes, and from 161 on these.
fn standard(byte: u8) -> Option<String> {
    const UPPER: &str = "¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ –†‡· ¶•‚„”»…‰ ¿ `´ˆ˜¯˘˙¨ ˚¸ ˝˛ˇ—";
    const LETTERS: [(u8, char); 12] = [
        (225, 'Æ'),
        (227, 'ª'),
        (232, 'Ł'),
        (233, 'Ø'),
        (234, 'Œ'),
        (235, 'º'),
        (241, 'æ'),
        (245, 'ı'),
        (248, 'ł'),
        (249, 'ø'),
        (250, 'œ'),
        (251, 'ß'),
    ];
    let character = match byte {
        b'\'' => Some('’'),
        b'`' => Some('‘'),
        0x20..0x7f => Some(char::from(byte)),
        161..=208 => UPPER.chars().nth(usize::from(byte - 161)).filter(|character| *character != ' '),
        _ => LETTERS.iter().find(|(code, _)| *code == byte).map(|(_, character)| *character),
    };
    character.map(String::from)
}

/// Widths of the fonts that need not say them (§9.6.2.2), about those of Helvetica.
fn estimated(text: Option<&str>) -> f64 {
    match text.and_then(|text| text.chars().next()) {
        Some('i' | 'j' | 'l' | '\'' | '|' | '’' | '‘') => 0.222,
        Some(' ' | ',' | '.' | ':' | ';' | '!' | 'I' | 'f' | 't' | '/') => 0.278,
        Some('r' | '(' | ')' | '-' | '“' | '”') => 0.333,
        Some('m' | 'M' | 'w' | '%' | '—') => 0.833,
        Some('W' | '@') => 0.944,
        Some('c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'J') => 0.5,
        Some(letter) if letter.is_uppercase() => 0.7,
        _ => 0.556,
    }
}
