//! The grammar of `Authentication-Results` (RFC 8601 §2.2). What stands in quotes or comments may come from a stranger (a MAIL FROM, the text of a
//! policy), and begins no statement, whatever it says.

/// Of one header.
const MOST_STATEMENTS: usize = 50;
/// Of one statement.
const MOST_PAIRS: usize = 50;

/// One header, read; everything in lower case.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Results {
    /// The server that says it is the writer (authserv-id).
    pub server: String,
    pub statements: Vec<Statement>,
}

/// What one method found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Statement {
    pub method: String,
    pub result: String,
    properties: Vec<(String, String)>,
    comments: String,
}

impl Statement {
    /// A property as in `header.from`.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The domain of an address or the domain itself, as a property gives it.
    pub fn domain(&self, name: &str) -> Option<&str> {
        self.property(name).map(|value| value.rsplit('@').next().unwrap_or(value).trim_end_matches('.'))
    }

    /// A word as in `p=reject`, which many servers write into a comment.
    pub fn comment(&self, name: &str) -> Option<&str> {
        let mut words = self.comments.split(|character: char| character.is_whitespace() || ",;".contains(character));
        words.find_map(|word| word.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
    }
}

/// Reads a header's value; a statement that is not closed as it was begun is left out.
pub fn read(value: &str) -> Option<Results> {
    let mut parts = split(value).into_iter();
    let server = parts.next()?.bare.into_iter().next()?;
    let statements = parts.filter_map(|part| {
        let mut pairs = part.pairs.into_iter();
        // The method comes first; a pair behind other words is no statement.
        let (method, result) = pairs.next().filter(|_| part.bare.is_empty())?;
        let method = method.split('/').next().unwrap_or_default().to_owned();
        Some(Statement { method, result, properties: pairs.collect(), comments: part.comments })
    });
    Some(Results { server, statements: statements.take(MOST_STATEMENTS).collect() })
}

/// What stands between two semicolons.
#[derive(Default)]
struct Part {
    pairs: Vec<(String, String)>,
    /// Words without an equals sign.
    bare: Vec<String>,
    comments: String,
    key: String,
    /// Set from the equals sign on.
    value: Option<String>,
    /// Blanks have followed the key, or quotes the equals sign: the next blank or letter ends the pair.
    complete: bool,
}

impl Part {
    fn letter(&mut self, character: char) {
        match &mut self.value {
            Some(value) => value.push(character),
            None => {
                if self.complete {
                    self.end();
                }
                self.key.push(character);
            }
        }
    }

    fn equals(&mut self) {
        match &mut self.value {
            Some(value) => value.push('='),
            None => {
                self.value = Some(String::new());
                self.complete = false;
            }
        }
    }

    fn blank(&mut self) {
        match &self.value {
            Some(value) if value.is_empty() && !self.complete => {}
            Some(_) => self.end(),
            None => self.complete = !self.key.is_empty(),
        }
    }

    fn end(&mut self) {
        let key = std::mem::take(&mut self.key);
        self.complete = false;
        match self.value.take() {
            Some(value) if self.pairs.len() < MOST_PAIRS => self.pairs.push((key, value)),
            None if !key.is_empty() && self.bare.len() < MOST_PAIRS => self.bare.push(key),
            _ => {}
        }
    }
}

/// RFC 5322 §3.2: quoted strings hold no comments and no semicolons, comments nest, a backslash in either takes the next letter as it is.
fn split(value: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut part = Part::default();
    let mut letters = value.chars().map(|character| character.to_ascii_lowercase());
    let (mut depth, mut quoted) = (0usize, false);
    while let Some(character) = letters.next() {
        match character {
            '\\' if quoted || depth > 0 => {
                let next = letters.next();
                if quoted {
                    next.into_iter().for_each(|next| part.letter(next));
                }
            }
            '"' if depth == 0 => {
                quoted = !quoted;
                part.complete |= part.value.is_some();
            }
            _ if quoted => part.letter(character),
            '(' => {
                depth += 1;
                part.blank();
                part.comments.push(' ');
            }
            ')' if depth > 0 => depth -= 1,
            _ if depth > 0 => part.comments.push(character),
            ';' => {
                part.end();
                parts.push(std::mem::take(&mut part));
            }
            '=' => part.equals(),
            _ if character.is_whitespace() => part.blank(),
            _ => part.letter(character),
        }
    }
    if depth == 0 && !quoted {
        part.end();
        parts.push(part);
    }
    parts
}
