//! The text as it is written: line ends, quotations, lists and the cells of a row.

/// Quotations within quotations that are still marked.
const DEEPEST_QUOTE: usize = 20;
/// Lists within lists that are still numbered, and the highest number of an item.
const DEEPEST_LIST: usize = 1_000;
const MOST_ITEMS: u32 = 10_000;

#[derive(Default)]
pub(super) struct Writer {
    pub(super) out: String,
    quotes: usize,
    preformatted: usize,
    /// Line ends owed before the next text: 0 none, 1 a new line, 2 a blank line.
    owed: usize,
    blank: bool,
    /// Inside a row of a table: where its text begins.
    row: Option<usize>,
    /// Nothing has been written in this cell of a row yet.
    cell: bool,
    /// The next word is the first of a further cell on the same line.
    tab: bool,
    /// The quote depth of the line that stands last.
    depth: usize,
    /// The lists that are open: the number of the next item, none where items have no numbers.
    lists: Vec<Option<u32>>,
}

impl Writer {
    pub(super) fn with_capacity(bytes: usize) -> Writer {
        Writer { out: String::with_capacity(bytes), ..Writer::default() }
    }

    /// `tag`: the name with the attributes behind it.
    pub(super) fn tag(&mut self, name: &str, closing: bool, tag: &str) {
        match name {
            "br" => {
                self.owed = (self.owed + 1).min(2);
                self.blank = false;
            }
            "p" | "div" if self.cell => {}
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "hr" | "table" => {
                if name == "table" {
                    (self.row, self.cell, self.tab) = (None, false, false);
                }
                self.owe(2);
                if matches!(name, "ol" | "ul") {
                    self.list(closing, (name == "ol").then(|| number_in(tag, "start").unwrap_or(1)));
                }
            }
            "tr" => {
                self.owe(1);
                self.row = (!closing).then_some(self.out.len());
            }
            "div" | "section" | "article" | "header" | "footer" | "address" | "dt" | "dd" | "form" | "fieldset" | "center" => self.owe(1),
            "li" => {
                self.owe(1);
                if !closing {
                    self.item(number_in(tag, "value"));
                }
            }
            "td" | "th" if closing => {
                self.blank = true;
                self.cell = false;
            }
            "td" | "th" => self.begin_cell(),
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

    fn list(&mut self, closing: bool, first: Option<u32>) {
        if closing {
            self.lists.pop();
        } else if self.lists.len() < DEEPEST_LIST {
            self.lists.push(first);
        }
    }

    /// An answer says "2. Accepted", and its number stands nowhere but in the list.
    fn item(&mut self, value: Option<u32>) {
        match self.lists.last_mut() {
            Some(Some(next)) => {
                let number = value.unwrap_or(*next);
                *next = number.saturating_add(1);
                self.text(&format!("{number}. "));
            }
            _ => self.text("- "),
        }
    }

    /// The cells of a row stand on one line, parted by tabs, as long as each is one line itself: Word puts a paragraph into every cell.
    fn begin_cell(&mut self) {
        self.blank = true;
        self.cell = true;
        let row = self.row.and_then(|from| self.out.get(from..)).unwrap_or_default().trim();
        if !row.is_empty() && !row.contains('\n') {
            self.owed = 0;
            self.tab = true;
        }
    }

    fn owe(&mut self, lines: usize) {
        self.owed = self.owed.max(lines);
        self.blank = false;
    }

    pub(super) fn text(&mut self, text: &str) {
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
        } else if self.tab {
            self.out.push('\t');
        } else if self.blank && !self.out.ends_with(' ') {
            self.out.push(' ');
        }
        self.owed = 0;
        (self.blank, self.cell, self.tab) = (false, false, false);
    }
}

/// The number that an attribute of a tag holds.
fn number_in(tag: &str, attribute: &str) -> Option<u32> {
    let mut words =
        tag.split(|letter: char| letter.is_ascii_whitespace() || matches!(letter, '=' | '"' | '\'' | '/')).filter(|word| !word.is_empty());
    words.find(|word| word.eq_ignore_ascii_case(attribute))?;
    words.next()?.parse().ok().filter(|number| *number < MOST_ITEMS)
}
