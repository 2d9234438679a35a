//! The text of an HTML body, for reading, quoting rules and search: linear in its length, no tree, no recursion.
//!
//! Quotations (`<blockquote>`) come out with `> ` before each line, as in plain text, so that the same rules hold for both. Considered instead:
//! html2text, which builds a whole document tree and cost more than all the rest of understanding a mail, and mail-parser's `html_to_text`,
//! which runs quotations into the text around them.

mod entity;
mod text_output;

use entity::entity;
use memchr::{memchr, memchr2, memmem};
use text_output::Writer;

/// The text of an HTML document or fragment. Line ends are `\n`; never more than one blank line in a row.
pub fn to_text(html: &str) -> String {
    let text = shown(Reader { html, ..Reader::default() });
    // A letter that hides all it says hides nothing.
    if text.is_empty() { shown(Reader { html, shows_all: true, ..Reader::default() }) } else { text }
}

fn shown(mut reader: Reader<'_>) -> String {
    let mut writer = Writer::with_capacity(reader.html.len() / 3);
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

/// What ends a paragraph by beginning.
const BLOCKS: [&str; 14] = ["p", "div", "table", "ul", "ol", "dl", "blockquote", "pre", "hr", "h1", "h2", "h3", "h4", "form"];

#[derive(Default)]
struct Reader<'a> {
    html: &'a str,
    at: usize,
    /// From here on there is no `>`, no `"`, no `'`: a search that failed is not made again, which keeps hostile input linear.
    ended: [bool; 3],
    /// A hidden element had no end: none is passed over any more.
    shows_all: bool,
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
            self.at += comment_length(rest.as_bytes());
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
        if !closing && matches!(name.as_str(), "script" | "style" | "title" | "head" | "template" | "xml") {
            self.skip_element(&name);
            return;
        }
        if !closing && hides(self.html.get(start..end).unwrap_or_default()) {
            self.skip_hidden(&name);
        }
        writer.tag(&name, closing, self.html.get(start..end).unwrap_or_default());
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

    /// Passes over the content of an element that is not shown: the words that newsletters and service desks put before the letter for the list of
    /// mails. Where its end is not found, nothing is passed over.
    fn skip_hidden(&mut self, name: &str) {
        const WITHOUT_CONTENT: [&str; 8] = ["img", "br", "hr", "input", "meta", "link", "col", "wbr"];
        if self.shows_all || WITHOUT_CONTENT.contains(&name) {
            return;
        }
        let rest = self.html.as_bytes().get(self.at..).unwrap_or_default();
        let mut depth = 1;
        let mut from = 0;
        while let Some(found) = memchr(b'<', rest.get(from..).unwrap_or_default()) {
            let at = from + found;
            from = at + 1;
            let tag = rest.get(at + 1..).unwrap_or_default();
            if tag.starts_with(b"!--") {
                from = at + comment_length(&rest[at..]);
                continue;
            }
            let (closing, tag) = match tag {
                [b'/', tag @ ..] => (true, tag),
                tag => (false, tag),
            };
            let length = tag.iter().take_while(|byte| byte.is_ascii_alphanumeric()).take(12).count();
            let tag = tag.get(..length).unwrap_or_default();
            let same = tag.eq_ignore_ascii_case(name.as_bytes());
            // The end of a paragraph need not be written where a block begins (HTML standard, 4.4.1).
            let ends_paragraph = name == "p" && !closing && BLOCKS.iter().any(|block| tag.eq_ignore_ascii_case(block.as_bytes()));
            match (same, closing) {
                _ if ends_paragraph => depth = 0,
                (true, true) => depth -= 1,
                (true, false) => depth += 1,
                _ => {}
            }
            if depth == 0 {
                self.at += at;
                return;
            }
        }
        self.shows_all = true;
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
        self.at = if matches!(name, "head" | "xml") { self.at } else { self.html.len() };
    }
}

/// How long the comment is that begins with `<!--`: to `-->`, or `--!>` (HTML standard, 13.2.5.43 and on); `<!-->` is one by itself. One that
/// never ends is the rest.
fn comment_length(from: &[u8]) -> usize {
    if from.starts_with(b"<!-->") {
        return 5;
    }
    if from.starts_with(b"<!--->") {
        return 6;
    }
    let mut at = 4;
    while let Some(dashes) = from.get(at..).and_then(|rest| memmem::find(rest, b"--")) {
        at += dashes + 1;
        match from.get(at + 1..) {
            Some([b'>', ..]) => return at + 2,
            Some([b'!', b'>', ..]) => return at + 3,
            _ => {}
        }
    }
    from.len()
}

/// Whether the style of a tag keeps its content from being shown: `display:none` and `visibility:hidden`, in any spelling.
fn hides(tag: &str) -> bool {
    let none = || {
        [&b"none"[..], b"NONE", b"None", b"hidden", b"HIDDEN", b"Hidden"].iter().any(|word| memmem::find(tag.as_bytes(), word).is_some())
    };
    if !none() {
        return false;
    }
    let dense: String =
        tag.chars().filter(|character| !character.is_whitespace()).map(|character| character.to_ascii_lowercase()).collect();
    let Some((_, style)) = dense.split_once("style=") else { return false };
    ["display:none", "visibility:hidden"].iter().any(|hiding| {
        style.match_indices(hiding).any(|(at, _)| {
            let before = style.get(..at).and_then(|before| before.chars().next_back());
            let after = style.get(at + hiding.len()..).and_then(|after| after.chars().next());
            matches!(before, Some('"' | '\'' | ';') | None) && matches!(after, Some('"' | '\'' | ';' | '!' | '>' | '/') | None)
        })
    })
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
    fn items_of_a_numbered_list_have_their_numbers() {
        let html = "<ol><li>Accepted<ul><li>by May</ul><li>Rejected</ol><ol start='4'><li>Noted<li value=7>Agreed</ol>";
        assert_eq!(to_text(html), "1. Accepted\n\n- by May\n\n2. Rejected\n\n4. Noted\n7. Agreed");
    }

    #[test]
    fn quotations_are_marked_as_in_plain_text() {
        let html = "<div>Yes.</div><div>On Monday the office wrote:</div><blockquote><p>Please answer.</p><blockquote>Older</blockquote><p>Thanks</p></blockquote><p>Regards</p>";
        assert_eq!(to_text(html), "Yes.\nOn Monday the office wrote:\n\n> Please answer.\n>\n>> Older\n>\n> Thanks\n\nRegards");
    }

    #[test]
    fn the_cells_of_a_row_stand_on_one_line_if_each_is_one() {
        let row = "<table><tr><th>No</th><th>Position</th></tr><tr><td><p>1</p></td><td><p>Accepted</p></td><td></td></tr></table>";
        assert_eq!(to_text(row), "No\tPosition\n1\tAccepted");
        let paragraphs = "<table><tr><td><p>One</p><p>Two</p></td><td>Three</td></tr></table><p>Four</p>";
        assert_eq!(to_text(paragraphs), "One\n\nTwo\n\nThree\n\nFour");
    }

    #[test]
    fn references_become_characters() {
        assert_eq!(
            to_text("r&eacute;ponse&nbsp;n&deg;&#160;3 &lt; 4 &amp; 5 AT&T &#8364; &#x20AC; &#150; &bogus;"),
            "réponse n° 3 < 4 & 5 AT&T € € – &bogus;"
        );
    }

    #[test]
    fn comments_end_where_browsers_end_them() {
        assert_eq!(to_text("<!--[if !mso]><!-->We<!--<![endif]--><!--> accept<!-- it --!> all."), "We accept all.");
        assert_eq!(to_text("<xml><w:View>Normal</w:View></xml>We accept."), "We accept.");
    }

    #[test]
    fn what_is_not_shown_is_not_read() {
        let before = "<div style=\"DISPLAY : none!important; max-height:0\"><div>Your answer</div><!-- </div> --> at a glance</div>";
        assert_eq!(to_text(&format!("{before}<p>We accept.</p>")), "We accept.");
        assert_eq!(to_text("<p style='visibility:hidden'>Preview<p>We accept."), "We accept.");
        assert_eq!(to_text("<img style=\"display:none\">We <b style=\"display:none-such\">accept</b>."), "We accept.");
    }

    #[test]
    fn a_hidden_element_without_an_end_hides_nothing() {
        let html = "<div style=display:none>We <span style=\"display:none\">all</span> accept.";
        assert_eq!(to_text(html), "We all accept.");
        assert_eq!(to_text("<body style='visibility:hidden'><p>We accept.</p></body>"), "We accept.");
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
