//! The text of an RTF document (Rich Text Format Specification 1.9.1): one pass, a stack of group states, no recursion.
//!
//! Considered instead: the crates for RTF on crates.io, which build a tree recursively or know only one code page. Embedded objects are the
//! way in for known attacks on word processors; they are left out and told.

use super::bounded_text::Output;
use super::{Reading, warn};
use encoding_rs::{Encoding, WINDOWS_1252};
use std::collections::HashMap;

/// Groups within groups; word processors write about twenty.
const DEEPEST: usize = 2_000;

/// Destinations whose content is no text of the document.
const LEFT: [&str; 42] = [
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "objdata",
    "fldinst",
    "themedata",
    "datastore",
    "generator",
    "listtable",
    "listoverridetable",
    "rsidtbl",
    "xmlnstbl",
    "filetbl",
    "revtbl",
    "colorschememapping",
    "latentstyles",
    "pgptbl",
    "mmathPr",
    "private",
    "nonshppict",
    "shppict",
    "template",
    "operator",
    "author",
    "title",
    "subject",
    "keywords",
    "comment",
    "company",
    "bkmkstart",
    "bkmkend",
    "listtext",
    "pntext",
    "pntxtb",
    "pntxta",
    "xe",
    "tc",
    "wgrffmtfilter",
    "passwordhash",
];

#[derive(Clone)]
struct State {
    /// In a destination that is left out.
    left: bool,
    /// In the font table: `\fcharset` belongs to the last `\f`.
    fonts: bool,
    font: i32,
    /// Characters that follow a `\u` for readers that do not know it (`\uc`).
    fallback: usize,
    hidden: bool,
}

struct Document<'a> {
    rest: &'a [u8],
    state: State,
    stack: Vec<State>,
    /// Bytes of `\'hh` and of text, waiting to be decoded together: a character may have two.
    bytes: Vec<u8>,
    page: &'static Encoding,
    charsets: HashMap<i32, &'static Encoding>,
    skip: usize,
    starred: bool,
    high_surrogate: Option<u16>,
    objects: bool,
    output: Output,
}

pub fn read(bytes: &[u8]) -> Reading {
    let state = State { left: false, fonts: false, font: -1, fallback: 1, hidden: false };
    let mut document = Document {
        rest: bytes,
        state,
        stack: Vec::new(),
        bytes: Vec::new(),
        page: WINDOWS_1252,
        charsets: HashMap::new(),
        skip: 0,
        starred: false,
        high_surrogate: None,
        objects: false,
        output: Output::default(),
    };
    let mut reading = Reading::default();
    if !document.run() {
        warn(&mut reading.warning, "It is damaged; its text was read up to there.");
    }
    if document.objects {
        warn(&mut reading.warning, "It carries an embedded object, which was not opened.");
    }
    if document.output.is_full() {
        warn(&mut reading.warning, "Its text is longer than what is kept; the end was left out.");
    }
    reading.text = document.output.finish();
    reading
}

impl Document<'_> {
    /// `false`: too deep.
    fn run(&mut self) -> bool {
        while let [first, rest @ ..] = self.rest {
            self.rest = rest;
            match first {
                b'{' => {
                    self.flush();
                    self.starred = false;
                    if self.stack.len() >= DEEPEST {
                        return false;
                    }
                    self.stack.push(self.state.clone());
                }
                b'}' => {
                    self.flush();
                    self.skip = 0;
                    match self.stack.pop() {
                        Some(state) => self.state = state,
                        None => break,
                    }
                    if self.stack.is_empty() {
                        break;
                    }
                }
                b'\\' => self.control(),
                b'\r' | b'\n' => {}
                byte => self.byte(*byte),
            }
            if self.output.is_full() {
                break;
            }
        }
        self.flush();
        true
    }

    fn control(&mut self) {
        let length = self.rest.iter().take(32).take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (word, rest) = self.rest.split_at(length);
        if word.is_empty() {
            return self.symbol();
        }
        let sign = usize::from(rest.first() == Some(&b'-'));
        let digits = rest.iter().skip(sign).take(10).take_while(|byte| byte.is_ascii_digit()).count();
        let number = (digits > 0)
            .then(|| rest.get(..sign + digits).and_then(|number| std::str::from_utf8(number).ok()?.parse::<i32>().ok()))
            .flatten();
        let rest = rest.get(if digits > 0 { sign + digits } else { 0 }..).unwrap_or_default();
        self.rest = rest.strip_prefix(b" ").unwrap_or(rest);
        let Ok(word) = std::str::from_utf8(word) else { return };
        self.word(word, number);
    }

    fn symbol(&mut self) {
        let Some((symbol, rest)) = self.rest.split_first() else { return };
        self.rest = rest;
        match symbol {
            b'\'' => {
                let value = rest.get(..2).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
                self.rest = rest.get(2..).unwrap_or_default();
                if let Some(value) = value {
                    self.byte(value);
                }
            }
            b'*' => self.starred = true,
            b'~' => self.character('\u{a0}'),
            b'_' => self.character('-'),
            b'\\' | b'{' | b'}' => self.byte(*symbol),
            b'\n' | b'\r' => self.break_line(),
            b'\t' => self.character('\t'),
            _ => {}
        }
    }

    fn word(&mut self, word: &str, number: Option<i32>) {
        let starred = std::mem::take(&mut self.starred);
        match word {
            "u" => {
                self.unicode(number.unwrap_or(0));
            }
            "bin" => {
                let length = usize::try_from(number.unwrap_or(0)).unwrap_or(0);
                self.rest = self.rest.get(length..).unwrap_or_default();
            }
            "uc" => self.state.fallback = usize::try_from(number.unwrap_or(1)).unwrap_or(1).min(10),
            "ansicpg" => self.page = code_page(number.unwrap_or(1252)).unwrap_or(self.page),
            "mac" => self.page = encoding_rs::MACINTOSH,
            "f" if self.state.fonts || !self.state.left => {
                self.flush();
                self.state.font = number.unwrap_or(-1);
            }
            "fcharset" if self.state.fonts => {
                if let Some(encoding) = number.and_then(font_charset).filter(|_| self.charsets.len() < 10_000) {
                    self.charsets.insert(self.state.font, encoding);
                }
            }
            "plain" => {
                self.flush();
                self.state.hidden = false;
            }
            "v" => {
                self.flush();
                self.state.hidden = number != Some(0);
            }
            "deleted" => {
                self.flush();
                self.state.hidden |= number != Some(0);
            }
            "par" | "line" | "sect" | "page" | "softline" | "row" | "nestrow" => self.break_line(),
            "tab" | "cell" | "nestcell" => self.character('\t'),
            "emdash" => self.character('—'),
            "endash" => self.character('–'),
            "lquote" => self.character('‘'),
            "rquote" => self.character('’'),
            "ldblquote" => self.character('“'),
            "rdblquote" => self.character('”'),
            "bullet" => self.character('•'),
            "emspace" | "enspace" | "qmspace" => self.character(' '),
            _ if LEFT.contains(&word) || (starred && word != "shptxt" && word != "footnote") => {
                self.flush();
                self.objects |= matches!(word, "objdata" | "object");
                self.state.left = true;
                self.state.fonts = word == "fonttbl";
            }
            _ => {}
        }
    }

    /// `\uN`: one UTF-16 unit, signed; then as many fallback characters as `\uc` said.
    fn unicode(&mut self, number: i32) {
        self.flush();
        // The specification writes units above 32,767 as negative numbers; the cut is meant.
        let unit = number as u16;
        self.skip = self.state.fallback;
        let units: Vec<u16> = self.high_surrogate.take().into_iter().chain([unit]).collect();
        if (0xd800..0xdc00).contains(&unit) {
            self.high_surrogate = Some(unit);
            return;
        }
        for character in char::decode_utf16(units).flatten() {
            self.put(character);
        }
    }

    fn byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if !self.state.left && !self.state.hidden {
            self.bytes.push(byte);
        }
    }

    fn character(&mut self, character: char) {
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        self.flush();
        self.put(character);
    }

    fn put(&mut self, character: char) {
        if !self.state.left && !self.state.hidden {
            self.output.character(character);
        }
    }

    fn break_line(&mut self) {
        self.flush();
        self.skip = 0;
        if !self.state.left && !self.state.hidden {
            self.output.end_paragraph();
        }
    }

    fn flush(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let encoding = self.charsets.get(&self.state.font).copied().unwrap_or(self.page);
        let (text, _) = encoding.decode_without_bom_handling(&self.bytes);
        self.output.push(&text);
        self.bytes.clear();
    }
}

/// Windows code pages as `\ansicpg` names them.
fn code_page(number: i32) -> Option<&'static Encoding> {
    match number {
        932 => Some(encoding_rs::SHIFT_JIS),
        936 => Some(encoding_rs::GBK),
        949 => Some(encoding_rs::EUC_KR),
        950 => Some(encoding_rs::BIG5),
        10000 => Some(encoding_rs::MACINTOSH),
        65001 => Some(encoding_rs::UTF_8),
        number => Encoding::for_label(format!("windows-{number}").as_bytes()),
    }
}

/// `\fcharset` (specification 1.9.1, "Font Table"). 0 and 1 are the document's own code page, 2 is symbols.
fn font_charset(number: i32) -> Option<&'static Encoding> {
    match number {
        77 => Some(encoding_rs::MACINTOSH),
        128 => Some(encoding_rs::SHIFT_JIS),
        129 => Some(encoding_rs::EUC_KR),
        134 => Some(encoding_rs::GBK),
        136 => Some(encoding_rs::BIG5),
        161 => code_page(1253),
        162 => code_page(1254),
        163 => code_page(1258),
        177 => code_page(1255),
        178 => code_page(1256),
        186 => code_page(1257),
        204 => code_page(1251),
        222 => code_page(874),
        238 => code_page(1250),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(rtf: &str) -> String {
        read(rtf.as_bytes()).text.unwrap_or_default()
    }

    #[test]
    fn a_letter_in_several_code_pages_is_read_in_all_of_them() {
        let rtf = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}{\f2\fcharset238 Arial CE;}}
{\*\generator Word;}{\info{\title Secret title}}\pard R\'e9ponse \'e0 NPM-1\par\f1\'c4\'e0\f0  and \f2\'f9\f0\par
Sm\u8217?rrebr\u248\'f8d {\v hidden}{\deleted struck}\lquote so\rquote\tab x\line end}";
        assert_eq!(text(rtf), "Réponse à NPM-1\nДа and ů\nSm’rrebrød ‘so’\tx\nend");
    }

    #[test]
    fn fields_keep_their_result_and_lose_their_instruction() {
        assert_eq!(text(r#"{\rtf1 a {\field{\*\fldinst HYPERLINK "http://x.example"}{\fldrslt link}} b}"#), "a link b");
    }

    #[test]
    fn an_embedded_object_is_told_and_not_opened() {
        let reading = read(br"{\rtf1 see {\object\objocx{\*\objdata 0105000002}} below}");
        assert_eq!(reading.text.as_deref(), Some("see  below"));
        assert!(reading.warning.unwrap().contains("embedded object"));
    }

    #[test]
    fn a_hundred_thousand_groups_are_read_up_to_a_limit() {
        let reading = read(format!("{{\\rtf1 a{}", "{".repeat(100_000)).as_bytes());
        assert_eq!(reading.text.as_deref(), Some("a"));
        assert!(reading.warning.is_some());
    }

    #[test]
    fn characters_beyond_the_basic_plane_come_in_two_halves() {
        assert_eq!(text(r"{\rtf1\uc0\u-10179\u-8694 x}"), "😊x");
    }
}
