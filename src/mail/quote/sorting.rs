//! Which lines of a text are the author's, which are quoted, which are a signature.

use super::client_words::WORDS;
use super::header_block::{self, Labelled};
use super::quoted_lines::{self, Line};
use super::{Place, attribution, signature, wrapped};
use crate::mail::folding::fold;
use std::ops::Range;

/// Quoted mails whose authors are noted, and lines of a mail passed on in which further ones are sought.
const MOST_MARKS: usize = 10;
const PASSED_ON_LINES: usize = 1_000;

/// The lines and where each of them goes. One walk downwards finds what is marked as quoted and leaves stretches of the author's own words;
/// then, stretch by stretch from the last, signatures and trailing quotations are taken off.
pub(super) struct Sorting<'a> {
    lines: &'a [Line<'a>],
    /// The recipients of a mail that passes on another.
    passed_on_to: Option<&'a [&'a str]>,
    labels: Vec<Option<Labelled>>,
    pub(super) remainders: Vec<bool>,
    pub(super) places: Vec<Place>,
    pub(super) marks: Vec<Range<usize>>,
    pub(super) stretches: Vec<Stretch>,
    /// The mail begins with an attribution or header block and plain text below it: no mark says whose words are whose.
    unmarked: bool,
    attributed: bool,
}

/// Lines between two quoted parts, and the quotations without attribution inside them.
#[derive(Debug, Clone, Default)]
pub(super) struct Stretch {
    start: usize,
    end: usize,
    pub(super) quotations: Vec<(usize, usize)>,
}

impl<'a> Sorting<'a> {
    pub(super) fn new(lines: &'a [Line<'a>], passed_on_to: Option<&'a [&'a str]>) -> Self {
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

    pub(super) fn walk(&mut self) {
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
            .flat_map(|line| quoted_lines::read(quoted_lines::unmarked(line.raw)))
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
    pub(super) fn settle(&mut self) {
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
