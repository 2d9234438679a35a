//! What a text says beside its formulas.
//!
//! "We have received your letter" is a formula; "… and acted on it" is an answer in the same sentence, and so is "Done." below it. A text says no
//! more than formulas only if every word of it is accounted for. A formula accounts for the clause in which it stands: for its own words and for what
//! formulas bring along, names, dates, numbers, references, the words of other formulas. Every other clause, sentence and line must be made of such
//! words alone, and must not be one that answers in a word or two. Salutations and what stands below a closing are names and titles. Names are told
//! by their capital letter: a clause that states something has a verb, and no verb is written with one, unless it begins a sentence.
//!
//! Considered instead: a grammar of each language. The words of the formulas are known in all languages already, and a clause that holds a word of
//! another kind says something of another kind.

use super::sentences::{letters, line_ends};
use crate::mail::folding::fold;
use crate::mail::phrases::{self, Found, POSITIONS};
use crate::mail::quote;
use std::collections::HashSet;

/// Weight of unknown words (2 for each small one, 1 for each with a capital) that the clause of a formula may bring along: "your letter on the airing
/// of cells in the north wing".
const BROUGHT_ALONG: usize = 12;
/// Words of a sentence that is too short to be known as a formula by its words alone.
const CURT: usize = 2;
/// Words of a sentence in which what stands beside a number need not be its month: "Order 14 signed."
const NO_DATE: usize = 4;
/// Words of the longest salutation.
const SALUTATION: usize = 8;

/// A text's words, looked at once a formula was found in it.
pub(super) struct Remainder<'a> {
    text: &'a str,
    folded: &'a str,
    formulas: &'a [Found],
    /// The author's names, folded.
    names: &'a str,
    /// The languages of the text's formulas.
    languages: Vec<&'static str>,
    /// Folded words that begin with a capital letter; gathered when the first unknown word is met.
    capitalised: Option<HashSet<String>>,
}

/// A sentence, or a line that its author ended, as byte offsets in the folded text.
#[derive(Debug, Clone, Copy)]
struct Piece {
    start: usize,
    end: usize,
}

/// Unknown words of a clause.
#[derive(Debug, Default, Clone, Copy)]
struct Unknown {
    small: usize,
    capital: usize,
}

impl<'a> Remainder<'a> {
    /// `folded` is `text` folded, and the formulas were found in it.
    pub fn new(text: &'a str, folded: &'a str, formulas: &'a [Found], names: &'a str) -> Remainder<'a> {
        let mut languages: Vec<&'static str> = Vec::new();
        for found in formulas {
            if !languages.contains(&found.language) {
                languages.push(found.language);
            }
        }
        Remainder { text, folded, formulas, names, languages, capitalised: None }
    }

    /// The clauses, sentences and lines that say something which no formula accounts for, in their order. `sentences` are those of the folded text.
    pub fn left_over(&mut self, sentences: &[(usize, usize)]) -> Vec<&'a str> {
        let mut left = Vec::new();
        let (mut greets, mut signed) = (true, false);
        for piece in self.pieces(sentences) {
            let words = self.at(piece);
            if quote::is_closing(words) {
                signed = true;
                continue;
            }
            let closed = is_closed(words);
            if greets && self.is_salutation(words) {
                continue;
            }
            if signed && !closed && !self.answers_in_a_word(words) {
                continue;
            }
            match self.holds_a_formula(piece) {
                true => left.extend(self.beside_its_formulas(piece, greets)),
                false if self.says_something(words) => left.push(words),
                false => {}
            }
            greets &= !closed && !self.holds_a_formula(piece);
        }
        left
    }

    /// The clauses of a piece which say something of another kind than the formulas in it.
    fn beside_its_formulas(&mut self, piece: Piece, greets: bool) -> Vec<&'a str> {
        let clauses = self.clauses(piece);
        let last = clauses.len() - 1;
        let mut left = Vec::new();
        for (nth, clause) in clauses.into_iter().enumerate() {
            let words = self.at(clause);
            let says_something = if self.holds_a_formula(clause) || words.contains('@') {
                self.says_something_beside(words)
            } else if nth == 0 && greets && self.is_salutation(words) {
                false
            } else {
                let ends = nth == last && is_closed(words) && count(words) == 1;
                let unknown = self.unknown(words, ends);
                unknown.small > 0 || self.answers_in_a_word(words) || states_a_position(words)
            };
            if says_something {
                left.push(words);
            }
        }
        left
    }

    /// Whether a sentence or line without a formula says something.
    fn says_something(&mut self, words: &str) -> bool {
        let closed = is_closed(words);
        if words.contains('@') {
            return self.says_something_beside(words);
        }
        let unknown = self.unknown(words, closed);
        let count = count(words);
        count > 0
            && (unknown.small > 0
                || self.answers_in_a_word(words)
                || states_a_position(words)
                || closed && count <= CURT && !self.is_polite(words)
                || !closed && count == 1 && unknown.capital == 1)
    }

    /// Whether a clause with a formula or an address in it says more than that brings along.
    fn says_something_beside(&mut self, clause: &str) -> bool {
        let unknown = self.unknown(clause, false);
        unknown.small > 0 && 2 * unknown.small + unknown.capital >= BROUGHT_ALONG
    }

    /// "Dear Ms Lang,": names and titles, before anything is said.
    fn is_salutation(&mut self, words: &str) -> bool {
        let addresses = !is_closed(words) || words.trim_end().ends_with('!');
        if !addresses || !(1..=SALUTATION).contains(&count(words)) || self.answers_in_a_word(words) || states_a_position(words) {
            return false;
        }
        let behind_the_first = words.trim_start().split_once(' ').map_or("", |(_, behind)| behind);
        let unknown = self.unknown(words, false);
        let named = if has_capitals(self.text) {
            self.unknown(behind_the_first, false).capital > 0
        } else {
            words.trim_end().ends_with([',', '،', '，', ':', '：', '!', '！'])
        };
        unknown.small == 0 && count(words) > 1 || named
    }

    fn at(&self, piece: Piece) -> &'a str {
        self.folded.get(piece.start..piece.end).unwrap_or_default()
    }

    fn holds_a_formula(&self, piece: Piece) -> bool {
        self.formulas.iter().any(|formula| (piece.start..piece.end).contains(&formula.start))
    }

    /// The sentences, parted where their author ended a line, but not within a formula.
    fn pieces(&self, sentences: &[(usize, usize)]) -> Vec<Piece> {
        let within = |place: usize| self.formulas.iter().any(|formula| formula.start < place && place < formula.end);
        let ends: Vec<usize> = line_ends(self.text).into_iter().filter(|end| !within(*end)).collect();
        let mut pieces = Vec::new();
        for &(start, end) in sentences {
            let mut from = start;
            for cut in ends.iter().copied().filter(|cut| start < *cut && *cut < end) {
                pieces.push(Piece { start: from, end: cut });
                from = cut;
            }
            pieces.push(Piece { start: from, end });
        }
        pieces
    }

    /// The clauses of a piece: what "and", "that", a colon, a dash or a comma parts.
    fn clauses(&self, piece: Piece) -> Vec<Piece> {
        let words = self.at(piece);
        let joins = self.languages.iter().flat_map(|language| phrases::joins_in(words, language));
        let marks = words.char_indices().filter(|(offset, letter)| {
            let next = words[offset + letter.len_utf8()..].chars().next();
            match letter {
                ',' | ':' => next == Some(' '),
                '-' => next == Some(' ') && words[..*offset].ends_with(' '),
                '，' | '、' | '：' | '،' => true,
                // Thai, Lao, Khmer and Burmese part clauses and sentences by a blank, and words by nothing.
                ' ' => words[..*offset]
                    .ends_with(|before| matches!(before, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')),
                _ => false,
            }
        });
        let mut cuts: Vec<usize> = marks.map(|(offset, _)| offset).chain(joins).map(|offset| piece.start + offset).collect();
        cuts.sort_unstable();
        let mut clauses = Vec::new();
        let mut from = piece.start;
        for cut in cuts {
            if letters(&self.folded[from.min(cut)..cut]) > 0 {
                clauses.push(Piece { start: from, end: cut });
                from = cut;
            }
        }
        clauses.push(Piece { start: from, end: piece.end });
        clauses
    }

    /// `begins`: the first word begins a sentence, so that its capital is no sign of a name.
    fn unknown(&mut self, clause: &str, begins: bool) -> Unknown {
        let mut unknown = Unknown::default();
        let words: Vec<&str> = clause.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).collect();
        let is_number = |word: &&str| word.contains(|letter: char| letter.is_ascii_digit());
        for (nth, word) in words.iter().enumerate() {
            // "3 May", "3 de mayo", "mayo 3"
            let dated =
                words.iter().skip(nth.saturating_sub(2)).take(5).any(is_number) && !(begins && (nth == 0 || words.len() <= NO_DATE));
            if dated || is_number(word) || word.contains(['@', '/']) || word.starts_with("www.") {
                continue;
            }
            for word in phrases::words(word) {
                match () {
                    () if phrases::is_of_formulas(word, &self.languages) || phrases::is_an_office(word, &self.languages) => {}
                    () if self.names.split(' ').any(|name| name == word) => {}
                    () if !(begins && nth == 0) && self.is_capitalised(word) => unknown.capital += 1,
                    () if phrases::is_written_without_spaces(word) => unknown.small += 2,
                    () => unknown.small += 1,
                }
            }
        }
        unknown
    }

    /// Holds "yes", "no", "not", which answer beside a formula, though formulas hold them too.
    fn answers_in_a_word(&self, words: &str) -> bool {
        phrases::says_yes_or_no(words, &self.languages)
    }

    /// "Thank you." and nothing else.
    fn is_polite(&self, words: &str) -> bool {
        phrases::is_polite(words, &self.languages)
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

/// Words; where nothing stands between them, six letters are taken for one.
fn count(words: &str) -> usize {
    let words = words.split_whitespace().filter(|word| word.contains(char::is_alphanumeric));
    words.map(|word| if phrases::is_written_without_spaces(word) { letters(word).div_ceil(6) } else { 1 }).sum()
}

/// Whether it ends as a sentence does.
fn is_closed(words: &str) -> bool {
    words.trim_end().trim_end_matches(['"', '\'', ')']).ends_with(['.', '!', '?', ';', '؟', '؛', '।', '։', '。', '！', '？', '；'])
}

fn has_capitals(text: &str) -> bool {
    text.contains(char::is_uppercase)
}

/// Whether words of acceptance or refusal stand in a folded clause, whatever they are said of.
fn states_a_position(clause: &str) -> bool {
    POSITIONS.find(clause).next().is_some()
}

/// Whether an absence is said of somebody else than the mail's author: "the head of wing B is out of office". Words of another kind stand before it
/// in its clause, and none of the first person, nor a name of the author.
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
