//! The grammar of `Authentication-Results` (RFC 8601 §2.2). What stands in quotes or comments may come from a stranger (a MAIL FROM, the text of a
//! policy), and begins no statement, whatever it says.
//!
//! Not every server quotes what a stranger calls itself (`smtp.helo=x;dmarc=pass`), and then its words stand there like the server's own. So a pass
//! counts only in a header that is well-formed as a whole, and not behind such a value that ends in a semicolon with no blank after it; what is said
//! against a mail always counts. `provider` decides what follows from several statements that contradict one another.

/// Of one header; one with more is not believed.
const MOST_STATEMENTS: usize = 50;
/// Of one statement; one with more is not believed.
const MOST_PAIRS: usize = 50;
/// Properties that the server words by itself: none of them can hold a semicolon (RFC 6376 §3.2 for those of a signature).
const OF_THE_SERVER: [&str; 6] = ["header.d", "header.s", "header.b", "header.a", "action", "p"];

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
    /// Whether it can be the server's own word; if not, a pass is none.
    pub is_sound: bool,
    properties: Vec<(String, String)>,
    comments: String,
}

impl Statement {
    /// A property as in `header.from`; none if it stands there twice with different values.
    pub fn property(&self, name: &str) -> Option<&str> {
        let mut found = self.properties.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
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
    let (parts, is_closed) = split(value);
    let mut parts = parts.into_iter();
    let server = parts.next()?.bare.into_iter().next()?;
    let parts: Vec<Part> = parts.filter(|part| !part.is_empty()).collect();
    let is_well_formed = is_closed && parts.len() <= MOST_STATEMENTS && parts.iter().all(Part::is_well_formed);
    let statements = parts.into_iter().take(MOST_STATEMENTS).filter_map(|part| {
        let is_sound = is_well_formed && !part.is_behind_a_stranger;
        let mut pairs = part.pairs.into_iter();
        // The method comes first; a pair behind other words is no statement.
        let (method, result) = pairs.next().filter(|_| part.bare.is_empty())?;
        let method = method.split('/').next().unwrap_or_default().to_owned();
        Some(Statement { method, result, is_sound, properties: pairs.collect(), comments: part.comments })
    });
    Some(Results { server, statements: statements.collect() })
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
    /// The last letter was one of a value, outside of quotes.
    in_bare_value: bool,
    /// It follows, without a blank, what a stranger may have written without quotes, or a part that does.
    is_behind_a_stranger: bool,
}

impl Part {
    fn is_empty(&self) -> bool {
        self.pairs.is_empty() && self.bare.is_empty()
    }

    /// `method=result` and its properties, or `none` (RFC 8601 §2.2).
    fn is_well_formed(&self) -> bool {
        let is_word = |text: &str| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter));
        match self.pairs.first() {
            Some((method, result)) => {
                self.bare.is_empty()
                    && self.pairs.len() < MOST_PAIRS
                    && is_word(method.split('/').next().unwrap_or_default())
                    && is_word(result)
            }
            None => self.bare == ["none"],
        }
    }

    /// Whether it ends in a value that a stranger may have written as he liked.
    fn ends_in_a_stranger_s(&self) -> bool {
        let is_property = self.value.is_some() && !self.pairs.is_empty();
        is_property && self.in_bare_value && !self.key.starts_with("policy.") && !OF_THE_SERVER.contains(&self.key.as_str())
    }

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

/// RFC 5322 §3.2: quoted strings hold no comments and no semicolons, comments nest, a backslash in either takes the next letter as it is. And
/// whether all of them are closed.
fn split(value: &str) -> (Vec<Part>, bool) {
    let mut parts = Vec::new();
    let mut part = Part::default();
    let mut letters = value.chars().map(|character| character.to_ascii_lowercase()).peekable();
    let (mut depth, mut quoted) = (0usize, false);
    while let Some(character) = letters.next() {
        let in_bare_value = std::mem::take(&mut part.in_bare_value);
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
                part.in_bare_value = in_bare_value;
                let goes_on = letters.peek().is_some_and(|next| !next.is_whitespace());
                let is_behind_a_stranger = part.is_behind_a_stranger || goes_on && part.ends_in_a_stranger_s();
                part.end();
                parts.push(std::mem::replace(&mut part, Part { is_behind_a_stranger, ..Part::default() }));
            }
            '=' => part.equals(),
            _ if character.is_whitespace() => part.blank(),
            _ => {
                part.letter(character);
                part.in_bare_value = part.value.is_some();
            }
        }
    }
    let is_closed = depth == 0 && !quoted;
    if is_closed {
        part.end();
        parts.push(part);
    }
    (parts, is_closed)
}
