//! How much of a text is accounted for by the phrases found in it.
//!
//! "We have received your letter" makes a confirmation only if little else is said: what no phrase of any language accounts for may be the
//! answer itself. Counted in sentences, because a phrase stands for the whole sentence around it ("we have received your letter of 3 May, which
//! the registry has passed on") and because it works for languages whose words for answering nobody has written down yet.

use crate::mail::folding::fold;

/// Letters of one sentence that its phrase accounts for; a longer sentence says more than its formula.
const FORMULA: usize = 260;
/// Letters below which a sentence says nothing: "Dear Madam", a name, a date.
const FRAGMENT: usize = 16;

/// Columns that a mail client fills before it breaks a line by itself, at least.
const WIDTH: usize = 60;

/// Letters that a phrase accounts for, and those that none does.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weight {
    pub explained: usize,
    pub unexplained: usize,
}

/// Weighs a folded text by its sentences; `phrases` are the byte offsets at which phrases begin.
pub(super) fn weigh(folded: &str, sentences: &[(usize, usize)], phrases: &[usize]) -> Weight {
    let mut weight = Weight::default();
    for &(start, end) in sentences {
        let sentence = folded.get(start..end).unwrap_or_default();
        let letters = letters(sentence);
        if is_explained(sentence, start, phrases) {
            weight.explained += letters.min(FORMULA);
            weight.unexplained += letters.saturating_sub(FORMULA);
        } else if letters > FRAGMENT {
            weight.unexplained += letters;
        }
    }
    weight
}

/// Whether a phrase, or an address, accounts for the sentence that begins at `start`.
pub(super) fn is_explained(sentence: &str, start: usize, phrases: &[usize]) -> bool {
    phrases.iter().any(|phrase| (start..start + sentence.len()).contains(phrase)) || sentence.contains('@')
}

/// Byte offsets in the folded text at which its author ended a line: the next word would still have stood on it.
pub(super) fn line_ends(text: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut length = 0;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let folded = fold(line);
        if folded.is_empty() {
            continue;
        }
        length += folded.len() + usize::from(length > 0);
        if lines.peek().is_none_or(|next| next.trim().is_empty() || was_ended(line, next)) {
            ends.push(length);
        }
    }
    ends
}

/// Whether its author ended a line, because the first word of the next one would still have stood on it.
pub(super) fn was_ended(line: &str, next: &str) -> bool {
    columns(line) + 1 + next.split_whitespace().next().map_or(0, columns) <= WIDTH
}

/// Hangul, kana and ideographs fill two.
fn columns(text: &str) -> usize {
    text.chars().map(|letter| if letter >= '\u{1100}' { 2 } else { 1 }).sum()
}

/// Whether a sentence is more than a greeting, a name or a date.
pub(super) fn says_something(sentence: &str) -> bool {
    letters(sentence) > FRAGMENT
}

/// Letters as Latin ones count: an ideograph is about three of them, a Korean or Japanese syllable two.
pub(super) fn letters(text: &str) -> usize {
    text.chars()
        .filter(|letter| letter.is_alphanumeric())
        .map(|letter| match letter {
            '\u{2e80}'..='\u{303f}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => 3,
            '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7ff}' => 2,
            _ => 1,
        })
        .sum()
}

/// Byte ranges of the sentences. A full stop ends one unless it belongs to a day ("3. mai") or an abbreviation ("nr. 12"). Scripts without small
/// letters have words of two letters and no such abbreviations.
pub(super) fn sentences(folded: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut letters = folded.char_indices().peekable();
    // The word before the mark: how many letters, whether all are digits, whether they are small ones.
    let (mut length, mut digits, mut small) = (0, true, false);
    // "Contacting us.", and not "nr. 12", "dr. hall".
    let mut opens_with_vowel = false;
    while let Some((offset, letter)) = letters.next() {
        let next = letters.peek().map_or(' ', |(_, next)| *next);
        let ends = match letter {
            '.' => {
                next == ' ' && if digits { length == 0 || length >= 4 } else { length >= if small && !opens_with_vowel { 3 } else { 2 } }
            }
            '!' | '?' | ';' | '؟' | '؛' => next == ' ',
            '।' | '։' | '。' | '！' | '？' | '；' | '·' => true,
            _ => false,
        };
        if ends {
            let end = offset + letter.len_utf8();
            found.push((start, end));
            start = end;
        }
        if letter.is_alphanumeric() {
            if length == 0 {
                opens_with_vowel = matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u');
            }
            length += 1;
            digits &= letter.is_ascii_digit();
            small = letter.is_lowercase();
        } else {
            (length, digits, small) = (0, true, false);
        }
    }
    found.push((start, folded.len()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_and_an_abbreviation_end_no_sentence() {
        let text = "ihr schreiben vom 3. mai ist unter nr. 12 erfasst. die fenster wurden im april 2024. ersetzt";
        let found: Vec<&str> = sentences(text).into_iter().map(|(start, end)| text[start..end].trim()).collect();
        assert_eq!(found, ["ihr schreiben vom 3. mai ist unter nr. 12 erfasst.", "die fenster wurden im april 2024.", "ersetzt"]);
    }

    #[test]
    fn a_phrase_accounts_for_its_sentence_only() {
        let text = "we have received your letter. all windows of the north wing were replaced";
        assert_eq!(weigh(text, &sentences(text), &[3]), Weight { explained: 24, unexplained: 36 });
        let text = "来函收悉。北楼的窗户已于四月更换。";
        assert_eq!(weigh(text, &sentences(text), &[0]).unexplained, 33);
    }
}
