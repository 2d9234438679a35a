//! Answers in what is attached: most authorities put theirs into a document and write "please find attached" above it.

use super::heading::Named;
use super::{MOST_ANSWERS, Sheet, Whose, position, under_headings};
use crate::mail::understood::AnswerFound;

/// Bytes of all documents of a mail that are looked through; an answer of 300 pages has less than one million.
const MOST_TEXT: usize = 4 << 20;

/// Adds what the documents say to what the mail itself says. Where both answer a recommendation the mail's words come first; where both state
/// a position, and not the same one, a person must read them.
pub(super) fn add<'a>(mut answers: Vec<AnswerFound>, documents: impl Iterator<Item = &'a str>) -> Vec<AnswerFound> {
    let mut contradicted = Vec::new();
    let mut left = MOST_TEXT;
    let looked_through = documents.take_while(|document| {
        let fits = document.len() <= left;
        left = left.saturating_sub(document.len());
        fits
    });
    for answer in looked_through.flat_map(within) {
        if let Some(known) = answers.iter_mut().find(|known| known.reference == answer.reference) {
            if known.position.zip(answer.position).is_some_and(|(one, other)| one != other) {
                contradicted.push(answer.reference);
            }
            known.position = known.position.or(answer.position);
            known.text.push_str("\n\n");
            known.text.push_str(&answer.text);
        } else if answers.len() < MOST_ANSWERS {
            answers.push(answer);
        }
    }
    for answer in answers.iter_mut().filter(|answer| contradicted.contains(&answer.reference)) {
        answer.position = None;
    }
    answers
}

/// The answers of one document. All of it is its author's, but for recommendations as our letters print them, with nothing stated below.
fn within(document: &str) -> Vec<AnswerFound> {
    let lines: Vec<(Whose, &str)> = document.lines().map(|line| (Whose::Author, line)).collect();
    let mut sheet = Sheet::default();
    under_headings(&lines, &mut sheet, |section| section.heading.named != Named::AsPrinted || position::of(&section.text()).is_some());
    sheet.finish()
}
