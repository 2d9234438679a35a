//! Sentences that name the recommendation that they answer: "With regard to the second recommendation, …", "We accept recommendations 1 to 3."
//!
//! The name must stand at the beginning of its sentence, behind words that lead to it (`naming.toml`) or behind a position. A sentence that
//! mentions a recommendation further on ("see our answer to recommendation 4"), or that of another body ("the first recommendation of the
//! committee"), names none.

use super::heading::reference_at;
use super::naming::{COUNTING, LANGUAGES, Naming, ORDINAL_STEMS, ORDINALS, STEMS, holds_one_of, is_of_another, is_wide, mentions_one};
use super::position;
use super::written_numbers::{is_digit, numbers, without_number_sign};
use crate::mail::folding::fold;

/// Bytes of a line that may break within a name.
pub(super) const NAME: usize = 90;
/// Bytes of a sentence that are looked at.
const SENTENCE: usize = 600;
/// Words of a sentence among which the name is looked for.
const WORDS: usize = 14;
/// Words between "all" and "recommendations": "all of your three".
const ALL: usize = 4;

/// What a sentence names, and where the text behind the name begins if the name is all that its line or clause says ("First
/// recommendation:").
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub references: Vec<String>,
    pub text_from: usize,
}

/// The recommendations that a sentence names at its beginning.
pub(super) fn at(sentence: &str) -> Option<Named> {
    let first = first_sentence(sentence.get(..sentence.floor_char_boundary(SENTENCE)).unwrap_or_default());
    // Most sentences end here, without a look at their words and into forty languages.
    if !mentions_one(first) {
        return None;
    }
    let words: Vec<Word> = words(first);
    if !words.iter().any(|word| STEMS.is_match(&word.folded)) {
        return None;
    }
    LANGUAGES.iter().find_map(|language| language.named(first, &words))
}

/// What a sentence names that goes on counting without the word: "The second is rejected.", "As for the third, …", "No. 4 is accepted."
pub(super) fn counting_on(sentence: &str) -> Option<Named> {
    let first = first_sentence(sentence.get(..sentence.floor_char_boundary(SENTENCE)).unwrap_or_default());
    if !first.contains(is_digit) && !holds_one_of(&COUNTING, first) {
        return None;
    }
    let words: Vec<Word> = words(first);
    let counts = |word: &Word| ORDINALS.contains(word.folded.as_str()) || ORDINAL_STEMS.is_match(&word.folded);
    if !first.contains(is_digit) && !words.iter().any(counts) {
        return None;
    }
    LANGUAGES.iter().find_map(|language| language.counted_on(first, &words))
}

/// Whether a sentence speaks of all recommendations of the letter, and of nobody else's: "We accept all your recommendations."
pub(super) fn names_all(sentence: &str) -> bool {
    let first = first_sentence(sentence.get(..sentence.floor_char_boundary(SENTENCE)).unwrap_or_default());
    let words: Vec<Word> = words(first);
    LANGUAGES.iter().any(|language| language.names_all(first, &words))
}

/// The numbers and references that a sentence about several recommendations makes exceptions of. None if it makes exceptions and says not by
/// number which: "all but those on doctors".
pub(super) fn left_out(sentence: &str) -> Option<Vec<String>> {
    let sentence = first_sentence(sentence.get(..sentence.floor_char_boundary(SENTENCE)).unwrap_or_default());
    let words: Vec<Word> = words(sentence);
    let excepts = |word: &Word| {
        let is_one = |but: &String| word.folded == *but || is_wide(but) && word.folded.contains(but.as_str());
        LANGUAGES.iter().flat_map(|language| &language.except).any(is_one)
    };
    let Some(from) = words.iter().position(excepts) else { return Some(Vec::new()) };
    let mut named: Vec<String> = Vec::new();
    for (at, word) in words.iter().enumerate().skip(from) {
        let rest = sentence.get(word.start..).unwrap_or_default();
        // "All but 2 recommendations" counts them.
        let counts = || words.get(at + 1).is_some_and(|next| LANGUAGES.iter().any(|language| language.is_recommendation(&next.folded)));
        named.extend(reference_at(rest).map(|(reference, _)| reference));
        named.extend(numbers(rest).filter(|_| !counts()).map(|(numbers, _)| numbers).unwrap_or_default());
        named.extend(LANGUAGES.iter().find_map(|language| language.ordinal_of(&word.folded)).map(|number| number.to_string()));
    }
    Some(named).filter(|named| !named.is_empty())
}

/// Whether a sentence counts what it names by an ordinal: "The first recommendation is under study."
pub(super) fn is_counted_by_words(sentence: &str) -> bool {
    let words: Vec<Word> = words(first_sentence(sentence.get(..sentence.floor_char_boundary(SENTENCE)).unwrap_or_default()));
    words.iter().any(|word| LANGUAGES.iter().any(|language| language.ordinal_of(&word.folded).is_some()))
}

/// Up to the first full stop that is none of "no. 3" or "2. Empfehlung".
fn first_sentence(text: &str) -> &str {
    let end = text.match_indices(['.', '!', '?', ';', '。']).find(|(at, mark)| {
        let behind = text[at + mark.len()..].trim_start();
        let counts = text[..*at].ends_with(is_digit) || behind.starts_with(is_digit);
        *mark == "。" || !counts && text[at + mark.len()..].starts_with(char::is_whitespace)
    });
    end.map_or(text, |(at, mark)| &text[..at + mark.len()])
}

struct Word {
    start: usize,
    end: usize,
    folded: String,
}

/// The first words of a text, without the marks round them.
fn words(text: &str) -> Vec<Word> {
    let mark = |letter: char| matches!(letter, ',' | ';' | ':' | '"' | '*' | '_' | '(' | ')' | '«' | '»' | '“' | '”' | '„' | '：' | '，');
    let parts = |letter: char| letter.is_whitespace() || matches!(letter, '：' | '，' | '。' | '、');
    let mut words = Vec::new();
    let mut at = 0;
    while words.len() < WORDS {
        let Some(rest) = text.get(at..) else { break };
        let start = at + rest.len() - rest.trim_start_matches(|letter: char| letter.is_whitespace() || mark(letter)).len();
        let Some(word) = text.get(start..).and_then(|rest| rest.split(parts).next()).filter(|word| !word.is_empty()) else {
            break;
        };
        let bare = word.trim_end_matches(mark);
        let bare = bare.strip_suffix('.').filter(|bare| !bare.ends_with(is_digit)).unwrap_or(bare);
        words.push(Word { start, end: start + bare.len(), folded: fold(bare) });
        at = start + word.len();
    }
    words
}

impl Naming {
    fn named(&self, sentence: &str, words: &[Word]) -> Option<Named> {
        let at = words.iter().position(|word| self.is_recommendation(&word.folded))?;
        let word = &words[at];
        let (first, end, references) =
            self.counted_by_words(words, at).or_else(|| numbered(sentence, word).map(|(end, list)| (at, end, list)))?;
        let behind = sentence.get(end..)?;
        if is_of_another(behind) || !self.leads(sentence, words, first) {
            return None;
        }
        let says_no_more = behind.trim_start().chars().next().is_none_or(|next| matches!(next, ':' | '：' | '–' | '—'))
            && position::stated_last(sentence.get(..end)?).is_none();
        let text_from =
            if says_no_more { sentence.len() - behind.trim_start_matches([' ', ':', '：', '–', '—', '*', '_']).len() } else { 0 };
        Some(Named { references, text_from })
    }

    fn counted_on(&self, sentence: &str, words: &[Word]) -> Option<Named> {
        let at = words.iter().position(|word| !self.lead.contains(&word.folded))?;
        let word = &words[at];
        let (end, references) = match self.ordinal_of(&word.folded) {
            Some(number) => (word.end, vec![number.to_string()]),
            // The sign and its number: "number 2", "no. 3".
            None if without_number_sign(&format!("x {}", word.folded)) == "x" => {
                let from = word.end + sentence.get(word.end..)?.find(is_digit).filter(|&gap| gap <= 2)?;
                let (list, length) = numbers(sentence.get(from..)?)?;
                (from + length, list)
            }
            None => return None,
        };
        let behind = sentence.get(end..)?.trim_start();
        let next = words.iter().find(|word| word.start >= end);
        let goes_on = behind.starts_with([',', ':']) || next.is_some_and(|next| self.verb.contains(&next.folded));
        goes_on.then_some(Named { references, text_from: 0 })
    }

    /// One of the words for "all" with the word behind it: "all your three recommendations"; not "all recommendations of the committee".
    fn names_all(&self, sentence: &str, words: &[Word]) -> bool {
        let Some(at) = words.iter().position(|word| self.is_recommendation(&word.folded)) else { return false };
        let all = words[..at].iter().rev().take(ALL).position(|word| self.all.contains(&word.folded));
        let within = || self.all.iter().any(|all| is_wide(all) && words[at].folded.contains(all.as_str()));
        let numbered = numbered(sentence, &words[at]).is_some();
        (all.is_some() || within()) && !numbered && !sentence.get(words[at].end..).is_some_and(is_of_another)
    }

    /// "the first and second recommendations", "التوصية الأولى": the index of the first word of the name, where the name ends, the numbers.
    fn counted_by_words(&self, words: &[Word], at: usize) -> Option<(usize, usize, Vec<String>)> {
        let word = &words[at];
        if let Some((number, length)) = self.counted_within(&word.folded) {
            return Some((at, word.start + length, vec![number.to_string()]));
        }
        let mut first = at;
        let mut listed = Vec::new();
        while let Some(before) = first.checked_sub(1) {
            let folded = &words[before].folded;
            match self.number_of(folded) {
                Some(number) => listed.push(number.to_string()),
                // "the first and the second recommendation"
                None if !listed.is_empty() && self.lead.contains(folded) && before > 0 && self.joins(words, before) => {}
                None => break,
            }
            first = before;
        }
        if !listed.is_empty() {
            listed.reverse();
            return Some((first, word.end, listed));
        }
        // Romanian, Arabic: the ordinal behind the word, with or without an article.
        words[at + 1..].iter().take(2).find_map(|behind| Some((at, behind.end, vec![self.ordinal_of(&behind.folded)?.to_string()])))
    }

    /// Whether a further ordinal stands before the words at `at` that join the two.
    fn joins(&self, words: &[Word], at: usize) -> bool {
        words[..at].iter().rev().take(2).any(|word| self.number_of(&word.folded).is_some())
    }

    /// Whether only words that lead to the name stand before it, or a position and such words.
    fn leads(&self, sentence: &str, words: &[Word], first: usize) -> bool {
        let leading = |words: &[Word]| words.iter().all(|word| self.lead.contains(&word.folded) || self.lead_within(&word.folded));
        let Some(before) = words.get(..first) else { return false };
        if before.is_empty() {
            return words.get(first).is_some_and(|word| !is_wide(&word.folded) || self.opens_with_its_ordinal(&word.folded));
        }
        if leading(before) {
            return true;
        }
        let up_to_name = words.get(first).and_then(|word| sentence.get(..word.start)).unwrap_or_default();
        let Some(stated) = position::stated_last(up_to_name) else { return false };
        stated.split_whitespace().all(|word| self.lead.contains(word))
    }

    /// Where words are written without spaces the leading words and the name are one.
    fn opens_with_its_ordinal(&self, folded: &str) -> bool {
        let Some(at) = self.ordinal.keys().filter_map(|form| folded.find(form.as_str())).min() else { return false };
        let before = &folded[..at];
        before.is_empty() || self.lead.contains(before) || position::stated_last(before).is_some_and(|behind| behind.is_empty())
    }
}

/// "recommendations 1 to 3", "recommandation n° 2": where the numbers end, and the numbers.
fn numbered(sentence: &str, word: &Word) -> Option<(usize, Vec<String>)> {
    let rest = sentence.get(word.end..)?;
    if let Some((reference, length)) = reference_at(rest) {
        return Some((word.end + length, vec![reference]));
    }
    let (at, _) = rest.char_indices().take(12).find(|(_, letter)| is_digit(*letter))?;
    if !without_number_sign(&format!("x {}", fold(&rest[..at]))).trim_end().eq("x") {
        return None;
    }
    let (list, length) = numbers(&rest[at..])?;
    Some((word.end + at + length, list))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_what_it_answers_at_its_beginning() {
        for (sentence, references) in [
            ("With regard to the second recommendation, we agree.", vec!["2"]),
            ("The first and second recommendations are accepted.", vec!["1", "2"]),
            ("As for recommendation 4, this cannot be done.", vec!["4"]),
            ("We do not accept recommendation no. 3.", vec!["3"]),
            ("We accept recommendations 1 to 3.", vec!["1", "2", "3"]),
            ("Zur zweiten Empfehlung: Wir lehnen sie ab.", vec!["2"]),
            ("En ce qui concerne la troisième recommandation, elle est suivie.", vec!["3"]),
            ("A doua recomandare este respinsă.", vec!["2"]),
            ("Recomandarea a doua este respinsă.", vec!["2"]),
            ("التوصية الثانية مرفوضة.", vec!["2"]),
            ("关于第二项建议，我方接受。", vec!["2"]),
            ("我方接受第一项建议。", vec!["1"]),
            ("第二の勧告は拒否します。", vec!["2"]),
            ("The 2nd recommendation is rejected.", vec!["2"]),
        ] {
            let named = at(sentence).map(|named| named.references);
            assert_eq!(named, Some(references.into_iter().map(str::to_owned).collect()), "{sentence}");
        }
    }

    #[test]
    fn a_sentence_that_only_mentions_a_recommendation_names_none() {
        for sentence in [
            "The first recommendation of the CPT was accepted in 2019.",
            "As we said of the first recommendation above, we accept.",
            "See our answer to recommendation 4.",
            "We accepted 3 prisoners under recommendation 4.",
            "The first visit was in May, and recommendation 2 came later.",
            "We accept that recommendation 3 is hard.",
            "We accept your recommendations and will write again in 3 weeks.",
            "培训已经完成，第二项建议另行答复。",
        ] {
            assert_eq!(at(sentence), None, "{sentence}");
        }
    }
}
