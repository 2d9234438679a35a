//! What the author of a mail newly wrote, told apart from what is quoted and from the signature.
//!
//! Every line of the text goes to exactly one of the three. What is unsure stays in `reply`: a quotation without a word of whose it is and
//! with text below it, a forwarded letter (its content is what the person passes on), a mail in which nothing marks where one author ends
//! and the other begins.
//!
//! Considered instead: a list of patterns of which the first that matches cuts the text off (email_reply_parser and its descendants), and
//! machine learning (talon's signatures). The first loses answers written between the lines and below the quote; the second cannot be
//! explained to the person who asks where a sentence went.

mod attribution;
mod client_words;
mod dates;
mod device_line;
mod header_block;
mod quoted_lines;
mod signature;
mod sorting;
mod wrapped;

use crate::mail::folding::fold;
use client_words::WORDS;
use quoted_lines::Line;
use sorting::Sorting;
use std::ops::Range;

/// Characters that are looked at. A letter of a million characters is a dossier, and its quotations matter to nobody.
const LOOKED_AT: usize = 1_000_000;

/// A mail's text in three parts, each without blank lines at its ends. Their lines together are the lines of the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    pub reply: String,
    pub quoted: String,
    pub signature: String,
}

/// Whose words a line holds. A quotation that stays in `reply` for its context is `Quoted` all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Author,
    Quoted,
    Signature,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Reply,
    Quoted,
    Signature,
}

/// Splits a plain text body, any line ends. Time is linear in its length.
pub fn split(text: &str) -> Split {
    sort(text).split()
}

/// Sorts the lines of a plain text body once, for those who need more than the three parts.
pub fn sort(text: &str) -> Sorted<'_> {
    sort_with(text, None)
}

/// As [`sort`], in a mail whose subject says that it passes on another ("FW: …"): the header blocks of Outlook and others are the same in an
/// answer and in a forwarded letter. What one of the recipients wrote, told by the address in the block, is quoted all the same.
pub fn sort_passed_on<'a>(text: &'a str, recipients: &[&str]) -> Sorted<'a> {
    sort_with(text, Some(recipients))
}

/// Whether a subject begins as those of forwarded mails do, in any language: "FW: ", "WG: ", "TR : ".
pub fn passes_on(subject: &str) -> bool {
    subject.split_once([':', '：']).is_some_and(|(prefix, _)| prefix.len() <= 24 && WORDS.passes_on(&fold(prefix)))
}

fn sort_with<'a>(text: &'a str, passed_on_to: Option<&[&str]>) -> Sorted<'a> {
    // Beyond this the text is not looked at: it is quoted if the last line looked at was, and stays in the reply if not.
    let looked_at =
        text.char_indices().nth(LOOKED_AT).map_or(text.len(), |(at, _)| text[..at].rfind('\n').map_or(at, |line_end| line_end + 1));
    let (text, rest) = text.split_at(looked_at);
    let lines = quoted_lines::read(text);
    let mut sorting = Sorting::new(&lines, passed_on_to);
    sorting.walk();
    sorting.settle();
    let quotations = sorting.stretches.iter().flat_map(|stretch| stretch.quotations.iter().copied()).collect();
    let (places, remainders, marks) = (sorting.places, sorting.remainders, sorting.marks);
    Sorted { places, marks, quotations, remainders, rest, lines }
}

/// A text whose lines have found their places.
pub struct Sorted<'a> {
    lines: Vec<Line<'a>>,
    places: Vec<Place>,
    /// The lines by which mail programs introduce a mail that they quote or pass on.
    marks: Vec<Range<usize>>,
    /// Quotations without attribution; those with the author's text below them stayed in the reply.
    quotations: Vec<(usize, usize)>,
    remainders: Vec<bool>,
    rest: &'a str,
}

impl<'a> Sorted<'a> {
    pub fn split(&self) -> Split {
        Split { reply: self.joined(Place::Reply), quoted: self.joined(Place::Quoted), signature: self.joined(Place::Signature) }
    }

    /// Those whose mails are quoted or passed on, as the lines above these say, topmost first: the address, or else the name.
    pub fn quoted_authors(&self) -> Vec<String> {
        self.marks.iter().filter_map(|mark| self.author_named_by(mark)).collect()
    }

    fn author_named_by(&self, mark: &Range<usize>) -> Option<String> {
        // Below "Begin forwarded message" the headers may bear quote marks.
        const BELOW: usize = 6;
        let read = |range: Range<usize>| -> Vec<Line> {
            self.lines.get(range).unwrap_or_default().iter().flat_map(|line| quoted_lines::read(quoted_lines::unmarked(line.raw))).collect()
        };
        let named = |lines: &[Line]| header_block::sender_named(lines, &header_block::labels(lines));
        let own = read(mark.clone());
        named(&own)
            .or_else(|| own.iter().find_map(|line| header_block::address_in(line.raw)).map(Some))
            .or_else(|| named(&read(mark.start..self.lines.len().min(mark.end + BELOW))))
            .flatten()
    }

    fn joined(&self, place: Place) -> String {
        let mut text = String::new();
        for (line, _) in self.lines.iter().zip(&self.places).filter(|(_, its)| **its == place) {
            if !(text.is_empty() && line.is_blank()) {
                text.push_str(line.raw);
                text.push('\n');
            }
        }
        let place_of_the_rest = if self.places.last() == Some(&Place::Quoted) { Place::Quoted } else { Place::Reply };
        if place == place_of_the_rest {
            text.push_str(self.rest);
        }
        text.truncate(text.trim_end().len());
        text
    }

    /// The lines, each with whose words it holds, for those who set answers against what they answer.
    pub(super) fn by_author(&self) -> Vec<(Whose, &'a str)> {
        let mut places = self.places.clone();
        for (start, end) in &self.quotations {
            if let Some(places) = places.get_mut(*start..*end) {
                places.fill(Place::Quoted);
            }
        }
        self.lines
            .iter()
            .zip(places)
            .enumerate()
            .map(|(index, (line, place))| match place {
                Place::Signature => (Whose::Signature, line.raw),
                Place::Reply if !line.is_quoted() && !self.remainders[index] => (Whose::Author, line.raw),
                Place::Reply | Place::Quoted => (Whose::Quoted, line.raw),
            })
            .collect()
    }
}

/// A quoted line without its marks.
pub(super) fn unmarked(line: &str) -> &str {
    quoted_lines::unmarked(line)
}

/// Whether a line is a closing ("Yours faithfully") and nothing else, in any language.
pub(super) fn is_closing(line: &str) -> bool {
    signature::is_closing(line)
}

#[cfg(test)]
mod tests;
