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
mod dates;
mod device_line;
mod header_block;
mod lines;
mod signature;
mod words;
mod wrapped;

use crate::mail::folding::fold;
use header_block::Labelled;
use lines::Line;
use std::ops::Range;
use words::WORDS;

/// Characters that are looked at. A letter of a million characters is a dossier, and its quotations matter to nobody.
const LOOKED_AT: usize = 1_000_000;

/// Quoted mails whose authors are noted, and lines of a mail passed on in which further ones are sought.
const MOST_MARKS: usize = 10;
const PASSED_ON_LINES: usize = 1_000;

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
    let lines = lines::read(text);
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
            self.lines.get(range).unwrap_or_default().iter().flat_map(|line| lines::read(lines::unmarked(line.raw))).collect()
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
    lines::unmarked(line)
}

/// Whether a line is a closing ("Yours faithfully") and nothing else, in any language.
pub(super) fn is_closing(line: &str) -> bool {
    signature::is_closing(line)
}

/// The lines and where each of them goes. One walk downwards finds what is marked as quoted and leaves stretches of the author's own words;
/// then, stretch by stretch from the last, signatures and trailing quotations are taken off.
struct Sorting<'a> {
    lines: &'a [Line<'a>],
    /// The recipients of a mail that passes on another.
    passed_on_to: Option<&'a [&'a str]>,
    labels: Vec<Option<Labelled>>,
    remainders: Vec<bool>,
    places: Vec<Place>,
    marks: Vec<Range<usize>>,
    stretches: Vec<Stretch>,
    /// The mail begins with an attribution or header block and plain text below it: no mark says whose words are whose.
    unmarked: bool,
    attributed: bool,
}

/// Lines between two quoted parts, and the quotations without attribution inside them.
#[derive(Debug, Clone, Default)]
struct Stretch {
    start: usize,
    end: usize,
    quotations: Vec<(usize, usize)>,
}

impl<'a> Sorting<'a> {
    fn new(lines: &'a [Line<'a>], passed_on_to: Option<&'a [&'a str]>) -> Self {
        Sorting {
            lines,
            passed_on_to,
            labels: header_block::labels(lines),
            remainders: wrapped::remainders(lines),
            places: vec![Place::Reply; lines.len()],
            marks: Vec::new(),
            stretches: Vec::new(),
            unmarked: false,
            attributed: false,
        }
    }

    fn walk(&mut self) {
        let attributions = attribution::find(self.lines);
        let mut attributions = attributions.iter().peekable();
        let mut open = Stretch::default();
        let mut text_above = false;
        let mut at = 0;
        while at < self.lines.len() {
            while attributions.next_if(|attribution| attribution.start < at).is_some() {}
            if let Some(attribution) = attributions.next_if(|attribution| attribution.start == at) {
                let below = attribution.end + 1;
                if attribution.by_a_client || self.next_written(below).is_some_and(|next| self.is_quote(next, true)) {
                    at = self.put_aside(&mut open, at..below, text_above);
                    continue;
                }
            }
            if let Some(attribution) = attributions.next_if(|attribution| {
                attribution.by_a_client && self.labels.get(at..attribution.start).is_some_and(header_block::lead_to_an_attribution)
            }) {
                at = self.put_aside(&mut open, at..attribution.end + 1, text_above);
                continue;
            }
            let line = &self.lines[at];
            if line.is_quoted() {
                let end = self.quote_end(at, false);
                if self.is_attributed_within(at, end) && !self.unmarked {
                    self.attributed = true;
                    self.note_mark(at..end.min(at + 10));
                    self.close(&mut open, at);
                    self.put(at, end, Place::Quoted);
                    open.start = end;
                } else if !self.unmarked {
                    open.quotations.push((at, end));
                }
                at = end;
                continue;
            }
            if line.is_plain() {
                if let Some(block) = header_block::at(self.lines, &self.labels, at) {
                    if text_above && (block.forwarded || self.is_passed_on(block.start..block.end + 1)) {
                        // What a person passes on belongs to what they say.
                        self.attributed = true;
                        self.close(&mut open, at);
                        self.note_mark(block.start..block.end + 1);
                        self.note_marks_below(block.end + 1);
                        return;
                    }
                    at = self.put_aside(&mut open, at..block.end + 1, text_above);
                    continue;
                }
                // A line of dashes is nothing that anybody wrote.
                text_above |= line.raw.contains(char::is_alphanumeric);
            }
            at += 1;
        }
        self.close(&mut open, self.lines.len());
    }

    fn note_mark(&mut self, mark: Range<usize>) {
        if self.marks.len() < MOST_MARKS {
            self.marks.push(mark);
        }
    }

    /// What is passed on may itself have been passed on, by a colleague.
    fn note_marks_below(&mut self, from: usize) {
        let mut at = from;
        while at < self.lines.len().min(from + PASSED_ON_LINES) {
            let block = if self.lines[at].is_plain() { header_block::at(self.lines, &self.labels, at) } else { None };
            if let Some(block) = &block {
                self.note_mark(block.start..block.end + 1);
            }
            at = block.map_or(at, |block| block.end) + 1;
        }
    }

    fn is_passed_on(&self, block: Range<usize>) -> bool {
        let from_a_recipient = |recipients: &[&str]| {
            header_block::sender(&self.lines[block.clone()], &self.labels[block.clone()])
                .is_some_and(|sender| recipients.iter().any(|recipient| sender.contains(&recipient.to_lowercase())))
        };
        self.passed_on_to.is_some_and(|recipients| !from_a_recipient(recipients))
    }

    /// Puts aside the mark by which a client introduces a mail, and the mail below it as far as it is known to be quoted. Gives the line from
    /// which to walk on.
    fn put_aside(&mut self, open: &mut Stretch, mark: Range<usize>, text_above: bool) -> usize {
        self.attributed = true;
        self.note_mark(mark.clone());
        self.close(open, mark.start);
        let below = mark.end;
        let end = match self.next_written(below).filter(|&next| self.is_quote(next, true)) {
            Some(_) if text_above && self.answered_point_by_point(below) => below,
            Some(next) if !self.unmarked => self.quote_end(next, true),
            Some(_) => below,
            None if text_above && !self.answers_inside(mark.start) => self.lines.len(),
            None => {
                self.unmarked = true;
                below
            }
        };
        self.put(mark.start, end, Place::Quoted);
        open.start = end;
        end
    }

    /// Two quotations at least with the author's text below each: with a greeting above the attribution, the author goes through the letter
    /// point by point, and the quotations are what the answers hang on.
    fn answered_point_by_point(&self, from: usize) -> bool {
        let mut answered = 0;
        let mut quoted = false;
        for line in self.lines[from..].iter().take(2_000) {
            if line.is_quoted() {
                quoted = true;
            } else if line.is_plain() && quoted {
                if signature::is_rule(line.raw) {
                    return false;
                }
                answered += 1;
                quoted = false;
                if answered == 2 {
                    return true;
                }
            }
        }
        false
    }

    fn close(&mut self, open: &mut Stretch, end: usize) {
        let mut stretch = std::mem::take(open);
        stretch.end = end;
        if stretch.start < stretch.end {
            self.stretches.push(stretch);
        }
    }

    fn put(&mut self, start: usize, end: usize, place: Place) {
        if let Some(places) = self.places.get_mut(start..end) {
            places.fill(place);
        }
    }

    fn next_written(&self, from: usize) -> Option<usize> {
        (from..self.lines.len().min(from + 6)).find(|&index| !self.lines[index].is_blank())
    }

    fn is_quote(&self, at: usize, below_attribution: bool) -> bool {
        let line = &self.lines[at];
        line.is_quoted() || below_attribution && line.raw.trim_start().starts_with('|')
    }

    /// The index below the last line of a quotation that begins at `at`: quoted lines, blank lines between them, and single lines that a
    /// sending program wrapped without repeating the mark.
    fn quote_end(&self, at: usize, below_attribution: bool) -> usize {
        let mut end = at;
        let mut index = at;
        while index < self.lines.len() {
            if self.is_quote(index, below_attribution) {
                index += 1;
                end = index;
            } else if self.lines[index].is_blank() {
                index += 1;
                if index - end > 5 {
                    break;
                }
            } else if index == end && self.remainders[index] {
                index += 1;
            } else {
                break;
            }
        }
        end
    }

    /// Some clients put the quote mark before the attribution or the headers too.
    fn is_attributed_within(&self, start: usize, end: usize) -> bool {
        let inner: Vec<Line> = self.lines[start..end.min(start + 10)]
            .iter()
            .flat_map(|line| lines::read(lines::unmarked(line.raw)))
            .skip_while(Line::is_blank)
            .collect();
        attribution::find(&inner).first().is_some_and(|found| found.start == 0)
            || header_block::at(&inner, &header_block::labels(&inner), 0).is_some()
    }

    /// The author says that the answers stand inside the quoted letter, which carries no marks: nothing may be taken away.
    fn answers_inside(&self, at: usize) -> bool {
        let above: String =
            self.lines[..at].iter().rev().take(12).map(|line| line.raw).filter(|raw| raw.len() < 600).collect::<Vec<_>>().join(" ");
        WORDS.answers_inside(&fold(&above))
    }

    /// Takes signatures off the end of each stretch, and quotations that no text of the author's follows.
    fn settle(&mut self) {
        for stretch in self.stretches.clone() {
            let alone = !self.attributed && stretch.quotations.is_empty();
            let mut end = stretch.end;
            let mut quotations = stretch.quotations.clone();
            loop {
                let start = quotations.last().map_or(stretch.start, |last| last.1);
                let ending = signature::find(self.lines, start..end, alone);
                self.put(ending.signature, end, Place::Signature);
                self.put(ending.quoted, end, Place::Quoted);
                let written = self.lines[start..ending.signature].iter().any(Line::is_plain);
                match quotations.pop() {
                    Some((from, to)) if !written => {
                        self.put(from, to, Place::Quoted);
                        end = from;
                    }
                    _ => break,
                }
            }
        }
        let nothing_written = !self.lines.iter().zip(&self.places).any(|(line, place)| *place != Place::Quoted && !line.is_blank());
        if nothing_written && !self.attributed {
            // A quotation and nothing else: whoever sent it meant to say it.
            self.places.fill(Place::Reply);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Lines that mean something to the rules, to be put together at random.
    fn telling_line() -> impl Strategy<Value = String> {
        prop_oneof![
            Just("> quoted".to_owned()),
            Just(">> more".to_owned()),
            Just("".to_owned()),
            Just("--".to_owned()),
            Just("________________".to_owned()),
            Just("-----Original Message-----".to_owned()),
            Just("---------- Forwarded message ---------".to_owned()),
            Just("From: Jane <jane@authority.example>".to_owned()),
            Just("To: Office".to_owned()),
            Just("On Fri, 3 May 2024 at 10:00, Jane <jane@authority.example> wrote:".to_owned()),
            Just("Sent from my iPhone".to_owned()),
            Just("Best regards,".to_owned()),
            Just("Jane Doe".to_owned()),
            Just("Tel: +44 20 0000 0000".to_owned()),
            Just("> wrote:".to_owned()),
            "\\PC{0,60}",
        ]
    }

    fn letters(text: &str) -> Vec<char> {
        let mut letters: Vec<char> = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        letters.sort_unstable();
        letters
    }

    proptest! {
        #[test]
        fn every_line_goes_to_exactly_one_of_the_three(lines in prop::collection::vec(telling_line(), 0..40)) {
            let text = lines.join("\n");
            let split = split(&text);
            prop_assert_eq!(letters(&text), letters(&format!("{}{}{}", split.reply, split.quoted, split.signature)));
        }

        #[test]
        fn any_text_is_survived(text in "[\\s\\S]{0,500}") {
            split(&text);
        }

        #[test]
        fn plain_prose_is_never_taken_away(lines in prop::collection::vec("[A-Z][a-z ]{20,60}[a-z]\\.", 1..10)) {
            let text = lines.join("\n");
            prop_assert_eq!(split(&text).reply, text);
        }
    }

    #[test]
    fn a_text_that_is_only_marks_and_no_text_has_no_reply() {
        assert_eq!(split(""), Split::default());
        assert_eq!(split("On Fri, 3 May 2024 at 10:00, Jane <jane@authority.example> wrote:\n> We ask.").reply, "");
    }
}
