//! A text as its lines: which are blank, which carry a quote mark, which are plain.
//!
//! A line is quoted if it begins with `>` (RFC 3676 §4.5; up to three spaces before it, as clients that wrap put them) or with the initials of
//! the quoted author before it (`JD> `, a habit of Usenet and of Lotus Notes). The bar `|` is a quote mark for some clients and a table for
//! others, so it counts only directly below an attribution.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Blank,
    Quoted,
    Plain,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub raw: &'a str,
    pub mark: Mark,
}

impl Line<'_> {
    pub fn is_blank(&self) -> bool {
        self.mark == Mark::Blank
    }

    pub fn is_quoted(&self) -> bool {
        self.mark == Mark::Quoted
    }

    pub fn is_plain(&self) -> bool {
        self.mark == Mark::Plain
    }
}

/// The lines of a text, in order, without their line ends.
pub(super) fn read(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    for raw in text.lines() {
        match separator_on_the_same_line(raw) {
            Some(at) => {
                let (before, after) = raw.split_at(at);
                lines.push(Line { raw: before, mark: mark(before) });
                lines.push(Line { raw: after, mark: mark(after) });
            }
            None => lines.push(Line { raw, mark: mark(raw) }),
        }
    }
    lines
}

fn mark(raw: &str) -> Mark {
    let text = raw.trim_start_matches(|letter: char| letter.is_whitespace() || matches!(letter, '\u{feff}' | '\u{200b}'..='\u{200f}'));
    if text.is_empty() {
        return Mark::Blank;
    }
    if text.starts_with('>') && raw.len() - text.len() <= 3 {
        return Mark::Quoted;
    }
    let initials = text.bytes().take_while(u8::is_ascii_uppercase).count();
    if (2..=4).contains(&initials) && text.get(initials..).is_some_and(|rest| rest.starts_with("> ")) {
        return Mark::Quoted;
    }
    Mark::Plain
}

/// Yahoo's old web mail put its attribution behind the last word: `thanks--- On Wed, 4/4/12, Jane Doe wrote:`.
fn separator_on_the_same_line(raw: &str) -> Option<usize> {
    if !raw.trim_end().ends_with(':') {
        return None;
    }
    raw.find("--- On ").filter(|&at| at > 0 && !raw[..at].trim_matches('-').trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quote_marks_of_several_clients_are_seen_and_arrows_in_text_are_not() {
        let marks: Vec<Mark> = read("> a\n>b\n > c\nJD> d\nplain > text\n\t\n    > indented code").iter().map(|line| line.mark).collect();
        use Mark::*;
        assert_eq!(marks, [Quoted, Quoted, Quoted, Quoted, Plain, Blank, Plain]);
    }
}
