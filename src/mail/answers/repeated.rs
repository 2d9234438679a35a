//! The recommendation's own words, which authorities print above their answer to it.

use super::position;
use crate::mail::folding::fold;
use crate::mail::understood::AnswerFound;

/// An answer without the words of the recommendation that its author repeated at its beginning; none if there are no others.
pub fn beyond(recommendation: &str, answer: &AnswerFound) -> Option<AnswerFound> {
    let mut said = words(&answer.text);
    let mut own = words(recommendation).peekable();
    if own.peek().is_none() {
        return Some(answer.clone());
    }
    let mut end = 0;
    for (_, word) in own {
        match said.next() {
            Some((ends, same)) if same == word => end = ends,
            _ => return Some(answer.clone()),
        }
    }
    let rest = answer.text.get(end..)?.trim_start_matches(|letter: char| !letter.is_alphanumeric() && letter != '\n').trim();
    (!rest.is_empty()).then(|| AnswerFound { reference: answer.reference.clone(), text: rest.to_owned(), position: position::of(rest) })
}

/// The words of a text, folded, each with where it ends.
fn words(text: &str) -> impl Iterator<Item = (usize, String)> + '_ {
    let mut end = 0;
    text.split_inclusive(|letter: char| !letter.is_alphanumeric()).filter_map(move |piece| {
        end += piece.len();
        let word = piece.trim_end_matches(|letter: char| !letter.is_alphanumeric());
        (!word.is_empty()).then(|| (end - (piece.len() - word.len()), fold(word)))
    })
}

#[cfg(test)]
mod tests {
    use crate::mail::understood::{AnswerFound, Position};

    #[test]
    fn the_recommendation_s_own_words_are_no_answer_to_it() {
        let ours = "That every cell has a window which can be opened.";
        let beyond = |text: &str| {
            let answer = AnswerFound { reference: "1".into(), text: text.into(), position: Some(Position::Rejected) };
            super::beyond(ours, &answer).map(|answer| (answer.text, answer.position))
        };
        assert_eq!(beyond("that every cell has a window\nwhich can be opened.  "), None);
        assert_eq!(
            beyond("That every cell has a window which can be opened.\nAnswer: accepted, by May."),
            Some(("Answer: accepted, by May.".into(), Some(Position::Accepted)))
        );
        assert_eq!(beyond("That every cell has a door."), Some(("That every cell has a door.".into(), Some(Position::Rejected))));
    }
}
