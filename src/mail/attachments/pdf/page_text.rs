//! The text that a page shows, in the order in which it shows it (ISO 32000-1, §9.4), with blanks and lines as the eye finds them: by where one
//! piece of text ends and the next begins.

use super::super::bounded_text::Output;
use super::direction;
use super::file::{Document, Page};
use super::font::Font;
use super::object::{Dictionary, Lexer, Object};
use std::collections::HashMap;
use std::rc::Rc;

/// Objects in the content of one page, forms included.
const MOST_OBJECTS: usize = 3_000_000;
/// Forms within forms.
const DEEPEST: usize = 8;
const MOST_STATES: usize = 200;
const MOST_FIELDS: usize = 1_000;
/// A gap of this part of the font size is a blank. Kerning stays below an eighth, narrow blanks are a fifth.
const BLANK: f64 = 0.17;
/// A step of this part of the font size across the line is another line, if less it is a raised or lowered letter.
const NEXT_LINE: f64 = 0.5;
/// A step larger than this ends a paragraph.
const PARAGRAPH: f64 = 1.8;

/// A map of the plane: x' = a·x + c·y + e, y' = b·x + d·y + f (§8.3.3).
type Matrix = [f64; 6];
const SAME: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// First `inner`, then `outer`.
fn after(inner: Matrix, outer: Matrix) -> Matrix {
    let [a, b, c, d, e, f] = inner;
    let [oa, ob, oc, od, oe, of] = outer;
    [a * oa + b * oc, a * ob + b * od, c * oa + d * oc, c * ob + d * od, e * oa + f * oc + oe, e * ob + f * od + of]
}

#[derive(Clone)]
struct State {
    page: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    leading: f64,
    character_space: f64,
    word_space: f64,
    scale: f64,
    rise: f64,
}

/// Where a piece of text ended on the page.
struct End {
    x: f64,
    y: f64,
    size: f64,
    /// Where it began, and what it was: to see a letter that is drawn twice to look bold.
    from: (f64, f64),
    text: String,
}

pub struct Reader<'a, 'b> {
    document: &'a Document<'b>,
    fonts: HashMap<u32, Rc<Font>>,
    last: Option<End>,
    /// Codes shown of which nobody knows the letter.
    pub unknown: usize,
    budget: usize,
}

impl<'a, 'b> Reader<'a, 'b> {
    pub fn new(document: &'a Document<'b>) -> Reader<'a, 'b> {
        Reader { document, fonts: HashMap::new(), last: None, unknown: 0, budget: 0 }
    }

    pub fn page(&mut self, page: &Page, output: &mut Output) {
        self.budget = MOST_OBJECTS;
        self.last = None;
        let mut content = Vec::new();
        let parts = match page.dictionary.get("Contents") {
            Some(Object::Reference(number)) => match self.document.resolve(&Object::Reference(*number)) {
                Object::Array(parts) => parts.clone(),
                _ => vec![Object::Reference(*number)],
            },
            Some(Object::Array(parts)) => parts.clone(),
            _ => Vec::new(),
        };
        for part in parts {
            if let Object::Reference(number) = part
                && let Some(bytes) = self.document.stream(number)
            {
                content.extend(bytes);
                content.push(b'\n');
            }
        }
        self.run(&content, &page.resources, SAME, 0, output);
        self.fields(page, output);
    }

    /// Filled-in form fields and typed comments show their text in a form of their own (§12.5.5).
    fn fields(&mut self, page: &Page, output: &mut Output) {
        let Object::Array(annotations) = self.document.get(&page.dictionary, "Annots") else { return };
        for annotation in annotations.iter().take(MOST_FIELDS) {
            let Object::Dictionary(annotation) = self.document.resolve(annotation) else { continue };
            if !matches!(annotation.name("Subtype"), Some(b"Widget" | b"FreeText")) {
                continue;
            }
            if let Some(Object::Reference(form)) = self.document.dictionary(annotation, "AP").and_then(|look| look.get("N")) {
                self.last = None;
                output.end_line();
                self.form(*form, &page.resources, SAME, 1, output);
            }
        }
    }

    fn form(&mut self, number: u32, outer: &Dictionary, page: Matrix, depth: usize, output: &mut Output) {
        let document = self.document;
        let reference = Object::Reference(number);
        let Object::Dictionary(form) = document.resolve(&reference) else { return };
        if depth > DEEPEST || form.name("Subtype").is_some_and(|subtype| subtype != b"Form") {
            return;
        }
        let Some(content) = document.stream(number) else { return };
        let own = match document.get(form, "Matrix") {
            Object::Array(items) => matrix(items).unwrap_or(SAME),
            _ => SAME,
        };
        let resources = document.dictionary(form, "Resources").unwrap_or(outer).clone();
        self.run(&content, &resources, after(own, page), depth, output);
    }

    fn run(&mut self, content: &[u8], resources: &Dictionary, page: Matrix, depth: usize, output: &mut Output) {
        let state = State { page, font: None, size: 0.0, leading: 0.0, character_space: 0.0, word_space: 0.0, scale: 1.0, rise: 0.0 };
        let mut run =
            Run { reader: self, resources, depth, state, saved: Vec::new(), text: SAME, line: SAME, marks: Vec::new(), spoken: None };
        let mut lexer = Lexer::new(content, 0, run.reader.budget);
        let mut operands = Vec::new();
        while let Some(object) = lexer.object() {
            let Object::Keyword(operator) = object else {
                operands.push(object);
                continue;
            };
            if operator == b"BI" {
                skip_picture(&mut lexer);
            } else {
                // A form that is shown spends from the same budget.
                run.reader.budget = lexer.budget;
                run.operator(&operator, &operands, output);
                lexer.budget = run.reader.budget;
            }
            operands.clear();
            if output.is_full() {
                break;
            }
        }
        self.budget = lexer.budget;
    }

    fn font(&mut self, resources: &Dictionary, name: &[u8]) -> Option<Rc<Font>> {
        let fonts = self.document.dictionary(resources, "Font")?;
        let font = fonts.get(std::str::from_utf8(name).ok()?)?;
        let number = if let Object::Reference(number) = font { Some(*number) } else { None };
        if let Some(known) = number.and_then(|number| self.fonts.get(&number)) {
            return Some(Rc::clone(known));
        }
        let Object::Dictionary(dictionary) = self.document.resolve(font) else { return None };
        let read = Rc::new(Font::read(self.document, dictionary));
        if let Some(number) = number {
            self.fonts.insert(number, Rc::clone(&read));
        }
        Some(read)
    }
}

/// One content stream being carried out.
struct Run<'r, 'a, 'b> {
    reader: &'r mut Reader<'a, 'b>,
    resources: &'r Dictionary,
    depth: usize,
    state: State,
    saved: Vec<State>,
    text: Matrix,
    line: Matrix,
    /// Marked content that is open (§14.6): whether it is spoken by a text of its own.
    marks: Vec<bool>,
    /// `ActualText` (§14.9.4) that is not yet put out.
    spoken: Option<String>,
}

impl Run<'_, '_, '_> {
    fn operator(&mut self, operator: &[u8], operands: &[Object], output: &mut Output) {
        let number = |at: usize| operands.get(at).and_then(Object::number).unwrap_or(0.0);
        match operator {
            b"q" if self.saved.len() < MOST_STATES => self.saved.push(self.state.clone()),
            b"Q" => self.state = self.saved.pop().unwrap_or_else(|| self.state.clone()),
            b"cm" => self.state.page = after(matrix(operands).unwrap_or(SAME), self.state.page),
            b"BT" => (self.text, self.line) = (SAME, SAME),
            b"Tf" => {
                self.state.size = number(1);
                if let Some(Object::Name(name)) = operands.first() {
                    self.state.font = self.reader.font(self.resources, name);
                }
            }
            b"Tc" => self.state.character_space = number(0),
            b"Tw" => self.state.word_space = number(0),
            b"Tz" => self.state.scale = number(0) / 100.0,
            b"TL" => self.state.leading = number(0),
            b"Ts" => self.state.rise = number(0),
            b"Td" => self.next(number(0), number(1)),
            b"TD" => {
                self.state.leading = -number(1);
                self.next(number(0), number(1));
            }
            b"Tm" => {
                self.line = matrix(operands).unwrap_or(SAME);
                self.text = self.line;
            }
            b"T*" => self.next(0.0, -self.state.leading),
            b"Tj" => self.show(operands.first(), output),
            b"'" => {
                self.next(0.0, -self.state.leading);
                self.show(operands.first(), output);
            }
            b"\"" => {
                (self.state.word_space, self.state.character_space) = (number(0), number(1));
                self.next(0.0, -self.state.leading);
                self.show(operands.get(2), output);
            }
            b"TJ" => {
                let Some(Object::Array(items)) = operands.first() else { return };
                for item in items {
                    match item {
                        Object::Number(back) => self.advance(-back / 1000.0 * self.state.size * self.state.scale),
                        item => self.show(Some(item), output),
                    }
                }
            }
            b"Do" => {
                let Some(Object::Name(name)) = operands.first() else { return };
                let Ok(name) = std::str::from_utf8(name) else { return };
                let document = self.reader.document;
                let forms = document.dictionary(self.resources, "XObject");
                if let Some(Object::Reference(form)) = forms.and_then(|forms| forms.get(name)) {
                    self.reader.form(*form, self.resources, self.state.page, self.depth + 1, output);
                }
            }
            b"BMC" => self.marks.push(false),
            b"BDC" => self.begin_mark(operands.get(1)),
            b"EMC" => {
                let spoken = self.marks.pop() == Some(true);
                self.spoken = self.spoken.take().filter(|_| !spoken);
            }
            _ => {}
        }
    }

    fn begin_mark(&mut self, properties: Option<&Object>) {
        let document = self.reader.document;
        let properties = match properties {
            Some(Object::Dictionary(properties)) => Some(properties),
            Some(Object::Name(name)) => document
                .dictionary(self.resources, "Properties")
                .and_then(|named| document.dictionary(named, std::str::from_utf8(name).unwrap_or_default())),
            _ => None,
        };
        let spoken = match properties.map(|properties| document.get(properties, "ActualText")) {
            Some(Object::Text(text)) if !self.is_spoken() => Some(text_string(text)),
            _ => None,
        };
        if self.marks.len() < MOST_STATES {
            self.marks.push(spoken.is_some());
        }
        if spoken.is_some() {
            self.spoken = spoken;
        }
    }

    fn is_spoken(&self) -> bool {
        self.marks.contains(&true)
    }

    fn next(&mut self, x: f64, y: f64) {
        self.line = after([1.0, 0.0, 0.0, 1.0, x, y], self.line);
        self.text = self.line;
    }

    fn advance(&mut self, x: f64) {
        self.text = after([1.0, 0.0, 0.0, 1.0, x, 0.0], self.text);
    }

    fn show(&mut self, text: Option<&Object>, output: &mut Output) {
        let (Some(Object::Text(bytes)), Some(font)) = (text, self.state.font.clone()) else { return };
        let State { page, size, scale, rise, character_space, word_space, .. } = self.state;
        let begin = after([size * scale, 0.0, 0.0, size, 0.0, rise], after(self.text, page));
        let mut shown = String::new();
        let mut width = 0.0;
        for code in font.show(bytes) {
            match code.text {
                Some(text) => shown.push_str(&direction::as_shown(&text)),
                None => self.reader.unknown += 1,
            }
            width += (code.width * size + character_space + if code.is_space { word_space } else { 0.0 }) * scale;
        }
        self.advance(width);
        let end = after([1.0, 0.0, 0.0, 1.0, 0.0, rise], after(self.text, page));
        if self.is_spoken() {
            shown = self.spoken.take().map(|spoken| direction::as_shown(&spoken).into_owned()).unwrap_or_default();
        }
        self.reader.put(begin, (end[4], end[5]), shown, output);
    }
}

impl Reader<'_, '_> {
    /// Puts out a piece of text, after what its place asks for: nothing, a blank, a line end, an empty line.
    fn put(&mut self, begin: Matrix, end: (f64, f64), text: String, output: &mut Output) {
        let [a, b, c, d, x, y] = begin;
        let size = c.hypot(d);
        let length = a.hypot(b);
        if let Some(last) = &self.last
            && size.is_finite()
            && length > 0.0
        {
            let (along_x, along_y) = (a / length, b / length);
            let (dx, dy) = (x - last.x, y - last.y);
            let along = dx * along_x + dy * along_y;
            let across = (dx * along_y - dy * along_x).abs();
            let larger = size.max(last.size);
            if text == last.text && (x - last.from.0).hypot(y - last.from.1) < BLANK * size {
                return;
            }
            if across > NEXT_LINE * larger {
                output.end_line();
                if across > PARAGRAPH * larger {
                    output.end_paragraph();
                }
            } else if along > BLANK * size {
                output.space();
            } else if along < -larger {
                output.end_line();
            }
        }
        output.push(&text);
        self.last = Some(End { x: end.0, y: end.1, size, from: (x, y), text });
    }
}

fn matrix(operands: &[Object]) -> Option<Matrix> {
    let mut matrix = SAME;
    for (place, operand) in matrix.iter_mut().zip(operands.get(..6)?) {
        *place = operand.number()?;
    }
    Some(matrix)
}

/// §7.9.2.2: UTF-16 with its mark, else about windows-1252.
fn text_string(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => encoding_rs::UTF_16BE.decode_without_bom_handling(rest).0.into_owned(),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        bytes => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// A picture in the content (§8.9.7): its data is no PDF syntax. It ends with `EI` between blanks.
fn skip_picture(lexer: &mut Lexer<'_>) {
    while let Some(object) = lexer.object() {
        if object == Object::Keyword(b"ID".to_vec()) {
            break;
        }
    }
    let end = memchr::memmem::find_iter(lexer.rest(), b"EI").find(|place| {
        let blank = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
        place.checked_sub(1).is_some_and(|before| blank(lexer.rest().get(before))) && blank(lexer.rest().get(place + 2))
    });
    lexer.at += end.map_or(lexer.rest().len(), |place| place + 2);
}
