//! The text of an HTML body, for reading, quoting rules and search: linear in its length, no tree, no recursion.
//!
//! Quotations (`<blockquote>`) come out with `> ` before each line, as in plain text, so that the same rules hold for both. Considered instead:
//! html2text, which builds a whole document tree and cost more than all the rest of understanding a mail, and mail-parser's `html_to_text`,
//! which runs quotations into the text around them.

use memchr::{memchr, memchr2, memmem};

/// Quotations within quotations that are still marked.
const DEEPEST_QUOTE: usize = 20;
/// `&CounterClockwiseContourIntegral;` is the longest name there is.
const LONGEST_ENTITY: usize = 33;

/// The text of an HTML document or fragment. Line ends are `\n`; never more than one blank line in a row.
pub fn to_text(html: &str) -> String {
    let mut writer = Writer { out: String::with_capacity(html.len() / 3), ..Writer::default() };
    let mut reader = Reader { html, at: 0, ..Reader::default() };
    while let Some(rest) = reader.rest() {
        match memchr2(b'<', b'&', rest.as_bytes()) {
            Some(0) if rest.starts_with('<') => reader.markup(&mut writer),
            Some(0) => {
                let (text, length) = entity(rest);
                writer.text(&text);
                reader.at += length;
            }
            Some(length) => {
                writer.text(&rest[..length]);
                reader.at += length;
            }
            None => {
                writer.text(rest);
                break;
            }
        }
    }
    writer.out.truncate(writer.out.trim_end().len());
    writer.out
}

#[derive(Default)]
struct Reader<'a> {
    html: &'a str,
    at: usize,
    /// From here on there is no `>`, no `"`, no `'`: a search that failed is not made again, which keeps hostile input linear.
    ended: [bool; 3],
}

impl<'a> Reader<'a> {
    fn rest(&self) -> Option<&'a str> {
        self.html.get(self.at..).filter(|rest| !rest.is_empty())
    }

    fn find(&mut self, mark: u8, from: usize) -> Option<usize> {
        let place = match mark {
            b'>' => 0,
            b'"' => 1,
            _ => 2,
        };
        if self.ended[place] {
            return None;
        }
        let found = memchr(mark, self.html.as_bytes().get(from..)?).map(|at| from + at);
        self.ended[place] = found.is_none();
        found
    }

    /// What begins with `<`: a tag, a comment, or only the sign itself.
    fn markup(&mut self, writer: &mut Writer) {
        let rest = self.html.get(self.at..).unwrap_or_default();
        let after = rest.as_bytes().get(1).copied().unwrap_or(b' ');
        if rest.starts_with("<!--") {
            self.at = memmem::find(&rest.as_bytes()[4..], b"-->").map_or(self.html.len(), |end| self.at + 4 + end + 3);
            return;
        }
        if !(after.is_ascii_alphabetic() || matches!(after, b'/' | b'!' | b'?')) {
            writer.text("<");
            self.at += 1;
            return;
        }
        let Some(end) = self.tag_end() else {
            writer.text("<");
            self.at += 1;
            return;
        };
        let closing = after == b'/';
        let start = self.at + 1 + usize::from(closing);
        let name = self.html.as_bytes().get(start..end).unwrap_or_default();
        let name = name
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .take(12)
            .map(|byte| char::from(byte.to_ascii_lowercase()))
            .collect::<String>();
        self.at = end + 1;
        if !closing && matches!(name.as_str(), "script" | "style" | "title" | "head" | "template") {
            self.skip_element(&name);
            return;
        }
        writer.tag(&name, closing);
    }

    /// Where the tag that begins here ends: at the first `>` outside of quoted attribute values.
    fn tag_end(&mut self) -> Option<usize> {
        let bytes = self.html.as_bytes();
        let mut from = self.at + 1;
        let first = self.find(b'>', from)?;
        let mut end = first;
        loop {
            if from > end {
                end = self.find(b'>', from).unwrap_or(first);
            }
            let Some(quote) = bytes.get(from..end).and_then(|inside| memchr2(b'"', b'\'', inside)) else { return Some(end) };
            let quote = from + quote;
            // An attribute value begins behind `=`; a quote elsewhere is a slip.
            if !bytes.get(..quote).is_some_and(|before| before.trim_ascii_end().ends_with(b"=")) {
                from = quote + 1;
                continue;
            }
            // A value never closed, or with whole elements inside, means that the first `>` was the end: better odd markup than lost words.
            let Some(close) = self.find(bytes[quote], quote + 1) else { return Some(first) };
            if bytes.get(quote..close).is_some_and(|value| memmem::find(value, b"</").is_some()) {
                return Some(first);
            }
            from = close + 1;
        }
    }

    /// Passes over an element whose content is no text. A head that is never closed ends where the body begins.
    fn skip_element(&mut self, name: &str) {
        let rest = self.html.as_bytes().get(self.at..).unwrap_or_default();
        let mut from = 0;
        while let Some(found) = memchr(b'<', rest.get(from..).unwrap_or_default()) {
            let at = from + found;
            let tag = rest.get(at + 1..).unwrap_or_default();
            let is = |word: &str| tag.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()));
            if (tag.first() == Some(&b'/') && tag.get(1..=name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes())))
                || (name == "head" && is("body"))
            {
                self.at += at;
                return;
            }
            from = at + 1;
        }
        self.at = if name == "head" { self.at } else { self.html.len() };
    }
}

#[derive(Default)]
struct Writer {
    out: String,
    quotes: usize,
    preformatted: usize,
    /// Line ends owed before the next text: 0 none, 1 a new line, 2 a blank line.
    owed: usize,
    blank: bool,
    /// The quote depth of the line that stands last.
    depth: usize,
}

impl Writer {
    fn tag(&mut self, name: &str, closing: bool) {
        match name {
            "br" => {
                self.owed = (self.owed + 1).min(2);
                self.blank = false;
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "hr" | "table" => self.owe(2),
            "div" | "tr" | "section" | "article" | "header" | "footer" | "address" | "dt" | "dd" | "form" | "fieldset" | "center" => {
                self.owe(1)
            }
            "li" => {
                self.owe(1);
                if !closing {
                    self.text("- ");
                }
            }
            "td" | "th" => self.blank = true,
            "pre" => {
                self.owe(1);
                self.preformatted = if closing { self.preformatted.saturating_sub(1) } else { self.preformatted + 1 };
            }
            "blockquote" => {
                self.owe(1);
                self.quotes = if closing { self.quotes.saturating_sub(1) } else { (self.quotes + 1).min(DEEPEST_QUOTE) };
            }
            _ => {}
        }
    }

    fn owe(&mut self, lines: usize) {
        self.owed = self.owed.max(lines);
        self.blank = false;
    }

    fn text(&mut self, text: &str) {
        if self.preformatted > 0 {
            for (place, line) in text.split('\n').enumerate() {
                if place > 0 {
                    self.owed = (self.owed + 1).min(2);
                }
                if !line.is_empty() {
                    self.begin();
                    self.out.push_str(line);
                }
            }
            return;
        }
        for (place, word) in text.split(|character: char| character.is_ascii_whitespace() || character == '\u{a0}').enumerate() {
            self.blank |= place > 0;
            if !word.is_empty() {
                self.begin();
                self.out.push_str(word);
            }
        }
    }

    /// Puts what is owed before a word: line ends, quote marks, or a blank.
    fn begin(&mut self) {
        let fresh = self.out.is_empty();
        if self.owed > 0 || fresh {
            if !fresh {
                self.out.truncate(self.out.trim_end_matches(' ').len());
                self.out.push('\n');
                if self.owed > 1 {
                    self.out.extend(std::iter::repeat_n('>', self.depth.min(self.quotes)));
                    self.out.push('\n');
                }
            }
            self.depth = self.quotes;
            if self.quotes > 0 {
                self.out.extend(std::iter::repeat_n('>', self.quotes));
                self.out.push(' ');
            }
        } else if self.blank && !self.out.ends_with(' ') {
            self.out.push(' ');
        }
        self.owed = 0;
        self.blank = false;
    }
}

/// The character a reference stands for, and the length of the reference; `&` where it is none.
fn entity(rest: &str) -> (String, usize) {
    let none = || ("&".to_owned(), 1);
    let window = rest.as_bytes().get(1..LONGEST_ENTITY.min(rest.len())).unwrap_or_default();
    let length = window.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#').count();
    let Some(name) = rest.get(1..1 + length).filter(|name| !name.is_empty()) else { return none() };
    let closed = usize::from(rest.as_bytes().get(1 + length) == Some(&b';'));
    if let Some(number) = name.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']);
        let code = hex.map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
        // 128 to 159 are windows-1252 in practice (HTML standard, numeric character reference end state).
        let character = match code {
            Some(code @ 0x80..=0x9f) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[code.to_le_bytes()[0]]).0.chars().next(),
            Some(code) => char::from_u32(code).filter(|character| !character.is_control() || character.is_whitespace()),
            None => None,
        };
        return character.map_or_else(none, |character| (character.to_string(), 1 + length + closed));
    }
    let common = match name {
        "nbsp" => "\u{a0}",
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ if closed == 0 => return none(),
        _ => "",
    };
    if !common.is_empty() {
        return (common.to_owned(), 1 + length + closed);
    }
    let reference = rest.get(..1 + length + closed).unwrap_or_default();
    let decoded = mail_parser::decoders::html::html_to_text(reference);
    if decoded.is_empty() || decoded == reference { none() } else { (decoded, reference.len()) }
}

#[cfg(test)]
mod tests {
    use super::to_text;

    #[test]
    fn paragraphs_lines_and_lists_read_as_people_wrote_them() {
        let html = "<html><head><title>x</title><style>p {color: red}</style></head><body><p>Dear\n colleagues,</p><p>we  accept:</p>\
            <ul><li>the first<li>the <b>second</b></ul>Yours<br>The Ministry<br/><br/><br/>PS</body></html>";
        assert_eq!(to_text(html), "Dear colleagues,\n\nwe accept:\n\n- the first\n- the second\n\nYours\nThe Ministry\n\nPS");
    }

    #[test]
    fn quotations_are_marked_as_in_plain_text() {
        let html = "<div>Yes.</div><div>On Monday the office wrote:</div><blockquote><p>Please answer.</p><blockquote>Older</blockquote><p>Thanks</p></blockquote><p>Regards</p>";
        assert_eq!(to_text(html), "Yes.\nOn Monday the office wrote:\n\n> Please answer.\n>\n>> Older\n>\n> Thanks\n\nRegards");
    }

    #[test]
    fn references_become_characters() {
        assert_eq!(
            to_text("r&eacute;ponse&nbsp;n&deg;&#160;3 &lt; 4 &amp; 5 AT&T &#8364; &#x20AC; &#150; &bogus;"),
            "réponse n° 3 < 4 & 5 AT&T € € – &bogus;"
        );
    }

    #[test]
    fn broken_markup_loses_no_text() {
        assert_eq!(to_text("a < b and <b c"), "a < b and <b c");
        assert_eq!(to_text("<a title='x > y' href=\"z\">link</a> <p don't>text"), "link\n\ntext");
        assert_eq!(to_text("one <a href=\"never closed>two</a> three"), "one two three");
        assert_eq!(to_text("one <a href=\"never closed>two</a> three <b class=\"x\">four</b>"), "one two three four");
        assert_eq!(to_text("<head><meta>text without a body"), "text without a body");
    }

    #[test]
    fn preformatted_text_keeps_its_lines() {
        assert_eq!(to_text("<pre>Yes\n  indeed\n</pre>and"), "Yes\n  indeed\nand");
    }
}
