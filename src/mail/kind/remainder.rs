//! What a sentence says beside the formula in it.
//!
//! "We have received your letter" is a formula; "… and acted on it" is an answer in the same sentence. A formula accounts for the clause in which it
//! stands: for its own words and for what formulas bring along, names, dates, numbers, references, the words of other formulas. A clause beside it,
//! after "and", "that", a colon, a dash or a comma, must hold a formula of its own or nothing but such words. Names are told by their capital letter:
//! a clause that states something has a verb, and no verb is written with one.
//!
//! Considered instead: a grammar of each language. The words of the formulas are known in all languages already, and a clause that holds a word of
//! another kind says something of another kind.

use super::sentences::letters;
use crate::mail::folding::fold;
use crate::mail::phrases::{self, Found, POSITIONS};
use std::collections::HashSet;

/// Letters below which a word before a full stop is an abbreviation.
const SHORTEST_WORD_ALONE: usize = 5;

/// What parts a clause from the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parted {
    /// It is the first, or holds the formula.
    Not,
    /// A comma, a colon, a dash: what follows may be a list or a name.
    ByMark,
    /// "And", "but", "that".
    ByWord,
}

/// A text's words, looked at once a formula was found in it.
pub(super) struct Remainder<'a> {
    text: &'a str,
    folded: &'a str,
    /// The languages of the text's formulas.
    languages: Vec<&'static str>,
    /// Folded words that begin with a capital letter; gathered when the first unknown word is met.
    capitalised: Option<HashSet<String>>,
}

/// Unknown words of a clause.
#[derive(Debug, Default, Clone, Copy)]
struct Unknown {
    small: usize,
    capital: usize,
}

impl Unknown {
    fn weight(self) -> usize {
        2 * self.small + self.capital
    }

    fn says_something(self, parted: Parted) -> bool {
        self.small > 0
            && match parted {
                Parted::ByWord => true,
                Parted::ByMark => self.weight() >= 3,
                // A formula's clause brings along what it is about: "your letter on the airing of cells in the north wing".
                Parted::Not => self.weight() >= 12,
            }
    }
}

impl<'a> Remainder<'a> {
    /// `folded` is `text` folded.
    pub fn new(text: &'a str, folded: &'a str, formulas: &[Found]) -> Remainder<'a> {
        let mut languages: Vec<&'static str> = Vec::new();
        for found in formulas {
            if !languages.contains(&found.language) {
                languages.push(found.language);
            }
        }
        Remainder { text, folded, languages, capitalised: None }
    }

    /// The clauses of a sentence that hold none of its formulas and say something, be it "which we reject" alone. `formulas` are the byte offsets at
    /// which they begin.
    pub fn beside(&mut self, (start, end): (usize, usize), formulas: &[usize]) -> Vec<&'a str> {
        let folded = self.folded;
        let mut beside = Vec::new();
        for (parted, from, to) in self.clauses(start, end) {
            let clause = folded.get(from..to).unwrap_or_default();
            let explained = formulas.iter().any(|formula| (from..to).contains(formula));
            let parted = if explained { Parted::Not } else { parted };
            if self.unknown(clause).says_something(parted) || !explained && states_a_position(clause) {
                beside.push(clause);
            }
        }
        beside
    }

    /// Whether a sentence without a formula holds words of another kind.
    pub fn is_of_its_own(&mut self, sentence: &str) -> bool {
        self.unknown(sentence).says_something(Parted::ByMark) || self.is_a_word_alone(sentence) || states_a_position(sentence)
    }

    /// "Done.", "Implemented.": one word, closed as a sentence is, that no formula holds. At the beginning of a sentence a capital is no sign of a name.
    fn is_a_word_alone(&self, sentence: &str) -> bool {
        let word = sentence.trim().strip_suffix('.').unwrap_or_default();
        word.chars().count() >= SHORTEST_WORD_ALONE
            && word.chars().all(char::is_alphabetic)
            && !phrases::is_of_formulas(word, &self.languages)
            && !phrases::is_an_office(word, &self.languages)
    }

    /// Where the clauses of a sentence begin and end, and by what each is parted from the one before.
    fn clauses(&self, start: usize, end: usize) -> Vec<(Parted, usize, usize)> {
        let sentence = self.folded.get(start..end).unwrap_or_default();
        let joins = self.languages.iter().flat_map(|language| phrases::joins_in(sentence, language));
        let mut cuts: Vec<(usize, Parted)> = joins.map(|offset| (start + offset, Parted::ByWord)).collect();
        let marks = sentence.char_indices().filter(|(offset, letter)| {
            let next = sentence[offset + letter.len_utf8()..].chars().next();
            match letter {
                ',' | ':' => next == Some(' '),
                '-' => next == Some(' ') && sentence[..*offset].ends_with(' '),
                '，' | '、' | '：' | '،' => true,
                // Thai, Lao, Khmer and Burmese part clauses and sentences by a blank, and words by nothing.
                ' ' => sentence[..*offset]
                    .ends_with(|before| matches!(before, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')),
                _ => false,
            }
        });
        cuts.extend(marks.map(|(offset, _)| (start + offset, Parted::ByMark)));
        cuts.sort_by_key(|(offset, _)| *offset);
        let mut clauses = Vec::new();
        let mut last = (start, Parted::Not);
        for (cut, parted) in cuts {
            // "…, and …": the word that follows the mark tells more.
            let empty = letters(&self.folded[last.0.min(cut)..cut]) == 0;
            if !empty {
                clauses.push((last.1, last.0, cut));
                last = (cut, parted);
            } else if last.0 == start {
                last = (cut, last.1);
            } else {
                last = (cut, parted);
            }
        }
        clauses.push((last.1, last.0, end));
        clauses
    }

    fn unknown(&mut self, clause: &str) -> Unknown {
        let mut unknown = Unknown::default();
        let words: Vec<&str> = clause.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).collect();
        let is_number = |word: &&str| word.contains(|letter: char| letter.is_ascii_digit());
        for (nth, word) in words.iter().enumerate() {
            // "3 May", "3 de mayo", "mayo 3"
            let dated = words.iter().skip(nth.saturating_sub(2)).take(5).any(is_number);
            if dated || word.contains(['@', '/']) || word.starts_with("www.") {
                continue;
            }
            for word in word.split(|letter: char| !letter.is_alphanumeric()) {
                match () {
                    () if phrases::is_of_formulas(word, &self.languages) || phrases::is_an_office(word, &self.languages) => {}
                    () if self.is_capitalised(word) => unknown.capital += 1,
                    () if phrases::is_written_without_spaces(word) => unknown.small += 2,
                    () => unknown.small += 1,
                }
            }
        }
        unknown
    }

    fn is_capitalised(&mut self, word: &str) -> bool {
        let text = self.text;
        let capitalised = self.capitalised.get_or_insert_with(|| {
            // A text in capitals only tells no names.
            if !text.contains(char::is_lowercase) {
                return HashSet::new();
            }
            let words = text.split(|letter: char| letter.is_whitespace() || letter.is_ascii_punctuation());
            words.filter(|word| word.starts_with(char::is_uppercase)).map(fold).collect()
        });
        capitalised.contains(word)
    }
}

/// Whether words of acceptance or refusal stand in a folded clause, whatever they are said of.
fn states_a_position(clause: &str) -> bool {
    POSITIONS.find(clause).next().is_some()
}

/// Whether an absence is said of somebody else than the mail's author: "the head of wing B is out of office". Words of another kind stand before it in
/// its clause, and none of the first person, nor a name of the author.
pub(super) fn is_of_another(folded: &str, sentences: &[(usize, usize)], absence: Found, names: &str) -> bool {
    let Some(&(start, _)) = sentences.iter().find(|(start, end)| (*start..*end).contains(&absence.start)) else { return false };
    // What follows a greeting's comma; a name between two commas belongs to what is said.
    let before = folded.get(start..absence.start).unwrap_or_default();
    let from = match before.matches(", ").count() {
        1 => before.rfind(", ").map_or(start, |comma| start + comma),
        _ => start,
    };
    if phrases::speaks_of_its_author(folded.get(from..absence.end).unwrap_or_default(), absence.language) {
        return false;
    }
    let before = folded.get(from..absence.start).unwrap_or_default();
    let words: Vec<&str> = before.split_whitespace().collect();
    let is_number = |word: &&str| word.contains(|letter: char| letter.is_ascii_digit());
    let named = words.iter().flat_map(|word| word.split(|letter: char| !letter.is_alphanumeric()));
    let mut by_name = named.filter(|word| word.chars().count() > 2);
    if by_name.any(|word| names.split(' ').any(|name| name == word)) {
        return false;
    }
    words.iter().enumerate().any(|(nth, word)| {
        let dated = words.iter().skip(nth.saturating_sub(2)).take(5).any(is_number);
        !dated && word.split(|letter: char| !letter.is_alphanumeric()).any(|word| !phrases::is_of_formulas(word, &[absence.language]))
    })
}
