//! The objects of a PDF and how they are written (ISO 32000-1, §7.2 and §7.3).

/// Arrays within dictionaries within arrays; documents reach about ten.
const DEEPEST: usize = 40;

#[derive(Debug, Clone, PartialEq)]
pub enum Object {
    Null,
    Number(f64),
    Text(Vec<u8>),
    Name(Vec<u8>),
    Array(Vec<Object>),
    Dictionary(Dictionary),
    Reference(u32),
    /// An operator in a content stream, `true`, `obj`, `stream`.
    Keyword(Vec<u8>),
}

/// Keys in the order they stand; dictionaries are short, and looking along them costs less than hashing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dictionary(pub Vec<(Vec<u8>, Object)>);

impl Dictionary {
    pub fn get(&self, key: &str) -> Option<&Object> {
        self.0.iter().rev().find(|(name, _)| name == key.as_bytes()).map(|(_, object)| object)
    }

    pub fn name(&self, key: &str) -> Option<&[u8]> {
        match self.get(key) {
            Some(Object::Name(name)) => Some(name),
            _ => None,
        }
    }
}

impl Object {
    pub fn number(&self) -> Option<f64> {
        match self {
            Object::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A number that counts or names something.
    pub fn index(&self) -> Option<u32> {
        // The cut is meant: what is no number of that size is none that is asked for.
        self.number().filter(|number| (0.0..=f64::from(u32::MAX)).contains(number)).map(|number| number as u32)
    }
}

/// Reads objects one after the other. Each byte is passed once; `budget` bounds how many objects come of it.
pub struct Lexer<'a> {
    bytes: &'a [u8],
    pub at: usize,
    pub budget: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(bytes: &'a [u8], at: usize, budget: usize) -> Lexer<'a> {
        Lexer { bytes, at, budget }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Blanks and comments (§7.2.3, §7.2.4).
    pub fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                0 | 9 | 10 | 12 | 13 | 32 => self.at += 1,
                b'%' => {
                    while self.peek().is_some_and(|byte| byte != b'\n' && byte != b'\r') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    /// The next object; `None` at the end, when the budget is spent, or at what closes an array or dictionary.
    pub fn object(&mut self) -> Option<Object> {
        self.nested(0)
    }

    fn nested(&mut self, depth: usize) -> Option<Object> {
        self.skip_blanks();
        self.budget = self.budget.checked_sub(1)?;
        if depth > DEEPEST {
            return None;
        }
        match (self.peek()?, self.bytes.get(self.at + 1)) {
            (b'/', _) => {
                self.at += 1;
                Some(Object::Name(self.name()))
            }
            (b'(', _) => Some(Object::Text(self.literal())),
            (b'<', Some(b'<')) => {
                self.at += 2;
                Some(Object::Dictionary(self.dictionary(depth)))
            }
            (b'<', _) => Some(Object::Text(self.hexadecimal())),
            (b'[', _) => {
                self.at += 1;
                let mut items = Vec::new();
                while let Some(item) = self.nested(depth + 1) {
                    items.push(item);
                    references(&mut items);
                }
                self.skip_blanks();
                if self.peek() == Some(b']') {
                    self.at += 1;
                }
                Some(Object::Array(items))
            }
            (b']' | b'>' | b')' | b'}' | b'{', _) if depth > 0 => None,
            (b']' | b'>' | b')' | b'}' | b'{', _) => {
                self.at += 1;
                Some(Object::Null)
            }
            (b'+' | b'-' | b'.' | b'0'..=b'9', _) => Some(self.number()),
            _ => Some(Object::Keyword(self.regular())),
        }
    }

    fn dictionary(&mut self, depth: usize) -> Dictionary {
        let mut items = Vec::new();
        while let Some(item) = self.nested(depth + 1) {
            items.push(item);
            references(&mut items);
        }
        self.skip_blanks();
        self.at += self.rest().iter().take(2).take_while(|byte| **byte == b'>').count();
        let mut pairs = Vec::new();
        let mut key = None;
        for item in items {
            match (key.take(), item) {
                (None, Object::Name(name)) => key = Some(name),
                (None, _) => {}
                (Some(key), value) => pairs.push((key, value)),
            }
        }
        Dictionary(pairs)
    }

    fn regular(&mut self) -> Vec<u8> {
        let start = self.at;
        while self.peek().is_some_and(is_regular) {
            self.at += 1;
        }
        // A byte that is neither must not hold up the reading.
        self.at = self.at.max(start + 1);
        self.bytes.get(start..self.at).unwrap_or_default().to_vec()
    }

    fn name(&mut self) -> Vec<u8> {
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|byte| is_regular(*byte)) {
            self.at += 1;
            let code = (byte == b'#').then(|| hex_pair(self.rest())).flatten();
            if code.is_some() {
                self.at += 2;
            }
            name.push(code.unwrap_or(byte));
        }
        name
    }

    fn number(&mut self) -> Object {
        let start = self.at;
        while self.peek().is_some_and(|byte| matches!(byte, b'+' | b'-' | b'.' | b'0'..=b'9')) {
            self.at += 1;
        }
        let text = std::str::from_utf8(self.bytes.get(start..self.at).unwrap_or_default()).unwrap_or_default();
        // Some programs write `--5` or `5.-3`; viewers take what can be read.
        Object::Number(text.parse().or_else(|_| text.trim_start_matches(['+', '-']).parse()).unwrap_or(0.0))
    }

    /// §7.3.4.2, with balanced parentheses and escapes.
    fn literal(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut depth = 0usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => {
                    depth += 1;
                    if depth > 1 {
                        text.push(byte);
                    }
                }
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                    text.push(byte);
                }
                b'\\' => self.escape(&mut text),
                _ => text.push(byte),
            }
        }
        text
    }

    fn escape(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'b' => text.push(8),
            b'f' => text.push(12),
            b'\r' if self.peek() == Some(b'\n') => self.at += 1,
            b'\r' | b'\n' => {}
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    if let Some(digit @ b'0'..=b'7') = self.peek() {
                        code = code * 8 + u32::from(digit - b'0');
                        self.at += 1;
                    }
                }
                text.push((code & 0xff) as u8);
            }
            _ => text.push(byte),
        }
    }

    fn hexadecimal(&mut self) -> Vec<u8> {
        self.at += 1;
        let mut text = Vec::new();
        let mut high = None;
        while let Some(byte) = self.peek() {
            self.at += 1;
            if byte == b'>' {
                break;
            }
            let Some(digit) = char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()) else { continue };
            match high.take() {
                None => high = Some(digit),
                Some(high) => text.push(high * 16 + digit),
            }
        }
        text.extend(high.map(|high| high * 16));
        text
    }
}

/// `12 0 R` at the end of what was read becomes one reference.
fn references(items: &mut Vec<Object>) {
    if let [.., Object::Number(_), Object::Number(_), Object::Keyword(keyword)] = items.as_slice()
        && keyword == b"R"
    {
        items.truncate(items.len() - 2);
        let reference = items.pop().and_then(|number| number.index()).map_or(Object::Null, Object::Reference);
        items.push(reference);
    }
}

fn is_regular(byte: u8) -> bool {
    !matches!(byte, 0 | 9 | 10 | 12 | 13 | 32 | b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

fn hex_pair(rest: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(rest.get(..2)?).ok()?, 16).ok()
}
