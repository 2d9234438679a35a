//! A text as its lines: which are blank, which carry a quote mark, which are plain.
//!
//! A line is quoted if it begins with `>` (RFC 3676 §4.5; up to three spaces before it, as clients that wrap put them; the wide `＞` of Japanese
//! keyboards) or with the initials of the quoted author before it (`JD> `, a habit of Usenet, of Lotus Notes and of The Bat). The bar `|` is a quote
//! mark for some clients and a table for others, so it counts only directly below an attribution.

use super::client_words::WORDS;
use super::dates::{is_stamp, opens_with_a_date};
use crate::mail::folding::fold;

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
    if text.starts_with(['>', '＞']) && raw.len() - text.len() <= 3 {
        return Mark::Quoted;
    }
    if is_marked_with_initials(text) {
        return Mark::Quoted;
    }
    Mark::Plain
}

/// A small letter of a script that has capitals. Unicode counts the letters of Georgian as small ones, and nobody writes its capitals.
pub(super) fn is_small(letter: char) -> bool {
    letter.is_lowercase() && !('\u{10d0}'..='\u{10ff}').contains(&letter)
}

/// A quoted line without its marks.
pub(super) fn unmarked(raw: &str) -> &str {
    let text = raw.trim_start();
    let text = if is_marked_with_initials(text) { text.trim_start_matches(char::is_uppercase) } else { text };
    text.trim_start_matches(['>', '＞', '|', ' ', '\t'])
}

/// "JD> text", "УП>> text", or the mark alone on its line.
fn is_marked_with_initials(text: &str) -> bool {
    let Some((initials, behind)) = text.split_once('>') else { return false };
    let behind = behind.trim_start_matches('>');
    initials.len() <= 4 * 4
        && (2..=4).contains(&initials.chars().count())
        && initials.chars().all(char::is_uppercase)
        && (behind.is_empty() || behind.starts_with(' '))
}

/// Bytes in which a client's mark ends that has text behind it on its line.
const MARK: usize = 300;

/// Where a line must be broken because a client put a mark and text onto one.
fn separator_on_the_same_line(raw: &str) -> Option<usize> {
    attribution_behind_text(raw).or_else(|| text_behind_rules(raw)).or_else(|| text_behind_attribution(raw))
}

/// Yahoo's old web mail put its attribution behind the last word: `thanks--- On Wed, 4/4/12, Jane Doe wrote:`.
fn attribution_behind_text(raw: &str) -> Option<usize> {
    if !raw.trim_end().ends_with(':') {
        return None;
    }
    raw.find("--- On ").filter(|&at| at > 0 && !raw[..at].trim_matches('-').trim().is_empty())
}

/// Samsung's mail program: `-------- Original message --------From: Jane Doe <jane@…> Date: …`.
fn text_behind_rules(raw: &str) -> Option<usize> {
    let words_from = raw.strip_prefix("----")?.find(|letter| letter != '-')? + 4;
    let words = &raw[words_from..];
    let dashes = words_from + words.find("----").filter(|&at| at <= MARK)?;
    let behind = dashes + raw[dashes..].find(|letter| letter != '-')?;
    let has_words = words[..dashes - words_from].contains(char::is_alphabetic);
    (has_words && raw[behind..].trim_start().starts_with(char::is_alphabetic)).then_some(behind)
}

/// Yahoo's mobile programs: `On Fri, May 3, 2024 at 10:00, Jane Doe<jane@…> wrote:   Dear colleagues, …`.
fn text_behind_attribution(raw: &str) -> Option<usize> {
    let address = raw.find('@').filter(|&at| at <= MARK)?;
    let bracket = address + raw[address..].find('>').filter(|&at| at <= MARK)? + 1;
    let colon = bracket + raw[bracket..].find(':').filter(|&at| (2..=40).contains(&at))?;
    let end = colon + 1;
    let verb = fold(&raw[bracket..colon]);
    let mark = fold(&raw[..bracket]);
    let complete = WORDS.wrote(&verb).is_some() && opens_with_a_date(&mark) && is_stamp(&mark);
    (complete && !raw[end..].trim().is_empty()).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_and_text_on_one_line_are_two_lines() {
        for (before, after) in [
            ("reply", "--- On Wed, Apr 4, 2012 at 3:59 PM, jane@authority.example wrote:"),
            ("-------- Original message --------", "From: Jane <jane@authority.example> Date: 5/3/24 10:00"),
            ("On Fri, May 3, 2024 at 10:00, Jane<jane@authority.example> wrote:", "   Dear colleagues,"),
        ] {
            let text = format!("{before}{after}");
            assert_eq!(read(&text).iter().map(|line| line.raw).collect::<Vec<_>>(), [before, after]);
        }
        for whole in [
            "---- a ----",
            "-----|--------|-----",
            "On 3 May 2024, Jane <jane@authority.example> wrote: no",
            "We asked Jane <jane@authority.example> to send: windows",
            "--- On 3 May we wrote:",
        ] {
            assert_eq!(read(whole).len(), 1, "{whole}");
        }
    }

    #[test]
    fn quote_marks_of_several_clients_are_seen_and_arrows_in_text_are_not() {
        let marks = |text| read(text).iter().map(|line| line.mark).collect::<Vec<_>>();
        use Mark::*;
        assert_eq!(marks("> a\n>b\n > c\nJD> d\nJD>\nУП>> е\n＞勧告"), [Quoted; 7]);
        assert_eq!(marks("plain > text\n\t\n    > indented code\nA> d\nAB>c"), [Plain, Blank, Plain, Plain, Plain]);
    }
}
