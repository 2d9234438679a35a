//! The text that is taken out, as it grows: bounded, tidy, and never a reason to stop with an error.

/// Text kept of one attachment, in bytes. A letter of 300 pages has about 900 KiB.
pub const MOST_TEXT: usize = 1 << 20;

/// Collects text up to [`MOST_TEXT`] bytes; what comes after is left out and remembered as such.
#[derive(Debug, Default)]
pub struct Output {
    text: String,
    full: bool,
}

impl Output {
    pub fn push(&mut self, text: &str) {
        for character in text.chars() {
            self.character(character);
        }
    }

    /// One character; line ends become `\n`, other control characters but the tab are left out.
    pub fn character(&mut self, character: char) {
        match character {
            _ if self.full => {}
            '\n' => self.text.push('\n'),
            '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' => self.text.push('\n'),
            '\u{ad}' | '\u{feff}' => {}
            '\t' => self.text.push('\t'),
            character if character.is_control() => {}
            character => self.text.push(character),
        }
        self.full |= self.text.len() >= MOST_TEXT;
    }

    /// Ends the line, unless it has only just begun.
    pub fn end_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.character('\n');
        }
    }

    /// Ends a paragraph: one line end for each, so that empty paragraphs part the text as they do on paper.
    pub fn end_paragraph(&mut self) {
        if !self.text.is_empty() {
            self.character('\n');
        }
    }

    /// A blank between two words, unless there is one.
    pub fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with([' ', '\n', '\t']) {
            self.character(' ');
        }
    }

    pub fn is_full(&self) -> bool {
        self.full
    }

    /// The text: no blanks at line ends, never more than one empty line in a row. None if nothing was found.
    pub fn finish(self) -> Option<String> {
        let mut tidy = String::with_capacity(self.text.len());
        let mut empty = 0;
        for line in self.text.lines().map(str::trim_end) {
            empty = if line.is_empty() { empty + 1 } else { 0 };
            if empty < 2 && !(line.is_empty() && tidy.is_empty()) {
                tidy.push_str(line);
                tidy.push('\n');
            }
        }
        tidy.truncate(tidy.trim_end().len());
        (!tidy.is_empty()).then_some(tidy)
    }
}
