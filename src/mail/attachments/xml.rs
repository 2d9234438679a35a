//! The text of an XML document by a table that says what each element means for it. One pass, no tree: depth costs nothing.
//!
//! Entities are not expanded (quick-xml hands them over as references): character references and XML's own five are read, all others are left
//! out, so that a document cannot blow itself up.

use super::bounded_text::Output;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;

/// What an element means for the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Its character data is text.
    Text,
    /// Its character data is text, and a line ends with it.
    Paragraph,
    /// A line ends with it.
    Line,
    /// A tab stands after it, in place of any line end.
    Cell,
    /// Nothing in it is text: deleted passages, instructions, fallbacks.
    Left,
    Break,
    Tab,
    Hyphen,
    /// As many blanks as its attribute `c` says, one if it has none (OpenDocument 1.3 part 3, §6.1.3).
    Blanks,
    Nothing,
}

/// Takes the text out. `false`: the XML is damaged and was read up to there.
pub fn text(xml: &[u8], role: impl Fn(&[u8]) -> Role, output: &mut Output) -> bool {
    let mut left: usize = 0;
    let mut collecting: usize = 0;
    walk(xml, |event| {
        match event {
            Token::Opens(element) => match role(element.local_name().as_ref()) {
                Role::Left => left += 1,
                Role::Text | Role::Paragraph => collecting += 1,
                _ if left > 0 => {}
                Role::Break => output.character('\n'),
                Role::Tab => output.character('\t'),
                Role::Hyphen => output.character('-'),
                Role::Blanks => (0..blanks(element)).for_each(|_| output.character(' ')),
                Role::Line | Role::Cell | Role::Nothing => {}
            },
            Token::Closes(name) => match role(name) {
                Role::Left => left = left.saturating_sub(1),
                Role::Text => collecting = collecting.saturating_sub(1),
                Role::Paragraph => {
                    collecting = collecting.saturating_sub(1);
                    if left == 0 {
                        output.end_paragraph();
                    }
                }
                Role::Line if left == 0 => output.end_paragraph(),
                Role::Cell if left == 0 => output.character('\t'),
                _ => {}
            },
            // A line end in the file is a blank in the text; where a line ends the elements say.
            Token::Says(text) if left == 0 && collecting > 0 => output.push(&text.replace(['\n', '\r'], " ")),
            Token::Says(_) => {}
        }
        !output.is_full()
    })
}

/// What stands in an XML document, one after the other.
pub enum Token<'a> {
    Opens(&'a BytesStart<'a>),
    /// The local name.
    Closes(&'a [u8]),
    Says(Cow<'a, str>),
}

/// Goes through a document until `step` says `false`. An empty element opens and closes. `false`: damaged.
pub fn walk(xml: &[u8], mut step: impl FnMut(Token<'_>) -> bool) -> bool {
    let xml = utf8(xml);
    let mut reader = Reader::from_reader(xml.as_ref());
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    loop {
        let further = match reader.read_event() {
            Ok(Event::Start(element)) => step(Token::Opens(&element)),
            Ok(Event::Empty(element)) => step(Token::Opens(&element)) && step(Token::Closes(element.local_name().as_ref())),
            Ok(Event::End(element)) => step(Token::Closes(element.local_name().as_ref())),
            Ok(Event::Text(text)) => step(Token::Says(String::from_utf8_lossy(&text))),
            Ok(Event::CData(text)) => step(Token::Says(String::from_utf8_lossy(&text))),
            Ok(Event::GeneralRef(reference)) => match reference.resolve_char_ref() {
                Ok(Some(character)) => step(Token::Says(character.to_string().into())),
                _ => match own_entity(&reference) {
                    Some(character) => step(Token::Says(character.into())),
                    None => true,
                },
            },
            Ok(Event::Eof) => return true,
            Ok(_) => true,
            Err(_) => return false,
        };
        if !further {
            return true;
        }
    }
}

/// XML 1.0 §4.6.
fn own_entity(name: &[u8]) -> Option<&'static str> {
    match name {
        b"amp" => Some("&"),
        b"lt" => Some("<"),
        b"gt" => Some(">"),
        b"quot" => Some("\""),
        b"apos" => Some("'"),
        _ => None,
    }
}

/// An attribute by its local name, as written.
pub fn attribute(element: &BytesStart<'_>, name: &[u8]) -> Option<String> {
    element
        .attributes()
        .with_checks(false)
        .take(100)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name)
        .map(|attribute| String::from_utf8_lossy(&attribute.value).into_owned())
}

fn blanks(element: &BytesStart<'_>) -> usize {
    attribute(element, b"c").and_then(|count| count.parse().ok()).unwrap_or(1).min(100)
}

/// XML is UTF-8 or says otherwise by its byte order mark (XML 1.0 appendix F); office programs write UTF-8.
fn utf8(xml: &[u8]) -> Cow<'_, [u8]> {
    match encoding_rs::Encoding::for_bom(xml) {
        Some((encoding, length)) if encoding == encoding_rs::UTF_8 => Cow::Borrowed(xml.get(length..).unwrap_or_default()),
        Some((encoding, _)) => Cow::Owned(encoding.decode(xml).0.into_owned().into_bytes()),
        None => Cow::Borrowed(xml),
    }
}
