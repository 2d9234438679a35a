//! Hebrew and Arabic, which are read from right to left: a page shows its letters from left to right all the same (ISO 32000-1, §14.8.2.3.3), so
//! that each line comes out turned round. Here it is turned back, with the numbers and the words of other scripts in it left as they are.
//!
//! Considered instead: the bidirectional algorithm (UAX #9), which leads from the order of reading to that on the page; it has no way back.

use std::borrow::Cow;

/// A glyph's text as if each of its letters were shown for itself: a ligature holds them in the order of reading.
pub fn as_shown(text: &str) -> Cow<'_, str> {
    if text.len() > 2 && text.chars().any(is_right_to_left) { Cow::Owned(text.chars().rev().collect()) } else { Cow::Borrowed(text) }
}

/// The lines of a page in the order in which they are read.
pub fn as_read(text: String) -> String {
    if !text.chars().any(is_right_to_left) {
        return text;
    }
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn line(line: &str) -> String {
    let mut letters: Vec<char> = line.chars().collect();
    let against = letters.iter().filter(|letter| is_right_to_left(**letter)).count();
    let along = letters.iter().filter(|letter| letter.is_alphabetic()).count() - against;
    if against > along {
        letters.reverse();
        turn(&mut letters, is_left_to_right, is_right_to_left);
    } else {
        turn(&mut letters, is_right_to_left, is_left_to_right);
    }
    letters.into_iter().collect()
}

/// Turns round each run of letters of one direction, with what has no direction between them.
fn turn(letters: &mut [char], of_run: fn(char) -> bool, other: fn(char) -> bool) {
    let mut at = 0;
    while at < letters.len() {
        let Some(start) = letters.iter().skip(at).position(|letter| of_run(*letter)).map(|ahead| at + ahead) else { break };
        let until = letters.iter().skip(start).position(|letter| other(*letter)).map_or(letters.len(), |ahead| start + ahead);
        let end = letters.iter().take(until).rposition(|letter| of_run(*letter)).map_or(until, |last| last + 1);
        if let Some(run) = letters.get_mut(start..end) {
            run.reverse();
        }
        at = until;
    }
}

/// Letters of Hebrew, Arabic and their kin, with their presentation forms. Digits run from left to right in all of them.
fn is_right_to_left(letter: char) -> bool {
    matches!(letter, '\u{590}'..='\u{65f}' | '\u{66a}'..='\u{6ef}' | '\u{6fa}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}')
}

fn is_left_to_right(letter: char) -> bool {
    letter.is_alphanumeric() && !is_right_to_left(letter)
}

#[cfg(test)]
mod tests {
    use super::{as_read, as_shown};

    #[test]
    fn a_line_of_arabic_is_turned_back_with_the_reference_in_it() {
        assert_eq!(as_read(".NPM-2026-0147-K ةيصوتلا لدعلا ةرازو لبقت".to_owned()), "تقبل وزارة العدل التوصية NPM-2026-0147-K.");
    }

    #[test]
    fn arabic_words_in_a_line_of_latin_are_turned_back_alone() {
        assert_eq!(as_read("The ministry (لدعلا ةرازو) accepts.".to_owned()), "The ministry (وزارة العدل) accepts.");
        assert_eq!(as_read("Rien à changer.".to_owned()), "Rien à changer.");
    }

    #[test]
    fn a_ligature_is_read_as_its_letters() {
        assert_eq!(as_read(format!("م{}س", as_shown("لا"))), "سلام");
    }
}
