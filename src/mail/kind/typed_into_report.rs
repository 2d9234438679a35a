//! What a person has typed into the readable part of a report (RFC 6522 §3).
//!
//! Not "does it answer" is asked, but whether a report would say it: the text is a report's only if every sentence of it is accounted for. (What
//! people and their programs write beside formulas, in a mail that is no report, is told by `beside_formulas`: its vocabulary is that of letters, and
//! it counts clauses; this one's is that of servers.) A sentence is, if it speaks of letters and
//! deliveries in the words of reports, names an address, a host or a code, or repeats what the machine-readable part or the enclosed letter says, and
//! holds hardly a word of another kind. What is left was typed, however short it is: "Refused.", "The cells are aired."
//!
//! Considered instead: to look for words of answers. The readable part of a genuine report quotes our subject ("recommendations") beside "rejected",
//! and what people answer in three words nobody has listed. And to know the templates of all servers by heart: they are too many, and change.

use super::report_words::{REPORTS, Stems, Words};
use super::sentences::{letters, sentences, was_ended};
use crate::mail::folding::fold;
use crate::mail::phrases;
use std::cell::LazyCell;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Bytes of the readable text that are looked at: what a person types stands at its beginning.
const SEARCHED: usize = 8 * 1024;
/// Bytes of what the report repeats.
const REPEATED: usize = 32 * 1024;
/// Words in a row by which a text repeats the fields of a report, and those by which it repeats a letter: people use our words too.
const FIELD_RUN: usize = 3;
const LETTER_RUN: usize = 5;
/// Of the words of a text, the part that must be known in a language for the text to be written in it: one of so many.
const KNOWN_OF: usize = 4;
/// Words of a text that are looked up in each language: some dozen tell it, and a look costs a tenth of a microsecond.
const MOST_LOOKED_UP: usize = 48;
/// Letters up to which the whole of what nothing accounts for, in a language of which we know no word, may be typed.
const SHORT: usize = 120;

/// What a report says besides its readable text.
pub(super) struct Said<'a> {
    /// The fields of its machine-readable part, its own headers, and those of the enclosed letter.
    pub fields: &'a str,
    /// The text of the enclosed letter; asked for only if nothing else accounts for a sentence.
    pub letter: &'a dyn Fn() -> String,
}

/// The first sentence of a report's readable text that no report would hold.
pub(super) fn typed_in(text: &str, said: &Said<'_>) -> Option<String> {
    let text = bounded(text, SEARCHED);
    let folded = fold(text);
    let reading = Reading {
        languages: languages_of(&folded),
        fields: runs(bounded(said.fields, REPEATED), FIELD_RUN),
        field_pairs: runs(bounded(said.fields, REPEATED), 2),
        letter: LazyCell::new(|| runs(bounded(&(said.letter)(), REPEATED), LETTER_RUN)),
        codes: codes(&fold(bounded(said.fields, REPEATED))).collect(),
    };
    let (mut left, mut speaks_of_letters, mut names_something) = (Vec::new(), false, false);
    for unit in units(text) {
        let capitals: HashSet<String> = unit.split(is_no_letter).filter(|word| word.starts_with(char::is_uppercase)).map(fold).collect();
        let folded = fold(&unit);
        let ends = if is_without_spaces(&folded) { vec![(0, folded.len())] } else { sentences(&folded) };
        for (start, end) in ends {
            let sentence = folded.get(start..end).unwrap_or_default().trim();
            let counted = reading.count(sentence, false);
            speaks_of_letters |= counted.letters > 0;
            names_something |= counted.named + counted.repeated > 0;
            let is_accounted_for = |counted: &Counted| counted.accounts_for(sentence, &capitals);
            if !is_accounted_for(&counted) && !is_accounted_for(&reading.count(sentence, true)) {
                left.push(sentence.to_owned());
            }
        }
    }
    // In a language of which we know nothing, only its place beside what the report names tells a server's text; one short sentence may be typed.
    let is_foreign = !speaks_of_letters && reading.languages.is_empty();
    if is_foreign && names_something && left.len() > 1 && left.iter().map(|sentence| letters(sentence)).sum::<usize>() > SHORT {
        return None;
    }
    left.into_iter().next()
}

struct Reading<F> {
    languages: Vec<&'static str>,
    fields: Runs,
    /// For a sentence of two words.
    field_pairs: Runs,
    letter: LazyCell<Runs, F>,
    /// Reply codes and enhanced codes that the fields hold.
    codes: HashSet<String>,
}

/// The words of one sentence, by what they are.
#[derive(Debug, Default)]
struct Counted {
    /// What only letters and deliveries have.
    letters: usize,
    /// What stands beside those.
    words: usize,
    courtesy: usize,
    /// Of `words`, those that may answer.
    answers: usize,
    /// Addresses, hosts, codes, identifiers.
    named: usize,
    repeated: usize,
    unknown: Vec<String>,
    /// Unknown words beside a number in a sentence that names a year: months, and who knows.
    beside_numbers: usize,
    /// It opens with the name of a field: "Subject: …".
    is_field: bool,
    /// A server's reply: a code and what it said.
    is_reply: bool,
    /// All its words.
    all: usize,
}

impl Counted {
    fn accounts_for(&self, sentence: &str, capitals: &HashSet<String>) -> bool {
        let is_closed = sentence.ends_with(['.', '!', '?', '。']);
        let anchors = self.letters + self.named + self.repeated + usize::from(self.is_field);
        let unknown = self.unknown.len() + if anchors + self.words == 0 { self.beside_numbers } else { 0 };
        let are_names = || {
            let words = self.unknown.iter().flat_map(|word| word.split(is_no_letter)).filter(|word| word.chars().count() > 2);
            !is_closed && words.into_iter().all(|word| capitals.contains(word))
        };
        match unknown {
            _ if self.all == 0 || self.is_reply => true,
            0 if anchors > 0 => true,
            0 if sentence.ends_with(':') => self.answers == 0 || self.words > self.answers,
            0 if self.words == 0 => self.courtesy > 0 || !is_closed && self.all > 1,
            // "User unknown", and not "Refused".
            0 => !is_closed && self.answers == 0 && self.words > 1,
            _ if self.is_field => are_names() || unknown <= 2,
            _ if anchors == 0 => unknown > 1 && self.words == 0 && are_names(),
            _ => unknown <= (2 * anchors + self.words) / 4,
        }
    }
}

impl<F: FnOnce() -> Runs> Reading<F> {
    /// `with_letter`: what the enclosed letter says counts as repeated too.
    fn count(&self, sentence: &str, with_letter: bool) -> Counted {
        let mut counted = Counted {
            is_field: self.opens_with_field(sentence),
            is_reply: codes(sentence).any(|code| self.codes.contains(&code) || code.contains('.')),
            ..Counted::default()
        };
        let mut sentence = sentence.to_owned();
        for formula in &REPORTS.formulas {
            if sentence.contains(formula.as_str()) {
                sentence = sentence.replace(formula.as_str(), " ");
                (counted.letters, counted.all) = (counted.letters + 1, counted.all + 1);
            }
        }
        let mut words: Vec<&str> = Vec::new();
        let mut named = HashSet::new();
        for token in sentence.split_whitespace() {
            let is_name = is_named(token);
            counted.named += usize::from(is_name);
            for word in words_of(token) {
                if is_name {
                    named.insert(words.len());
                }
                words.push(word);
            }
        }
        let is_number = |place: usize| words.get(place).is_some_and(|word| word.chars().all(|letter| letter.is_ascii_digit()));
        let is_year = |word: &&str| word.len() == 4 && word.starts_with(['1', '2']) && word.chars().all(|letter| letter.is_ascii_digit());
        let is_dated = words.iter().any(is_year);
        let repeated = self.repeated(&words, with_letter);
        for (place, word) in words.iter().enumerate() {
            counted.all += 1;
            if repeated.contains(&place) {
                counted.repeated += 1;
            } else if !named.contains(&place) && !is_number(place) {
                let is_dated = is_dated && (is_number(place + 1) || place > 0 && is_number(place - 1));
                self.sort(word, is_dated, &mut counted);
            }
        }
        counted
    }

    fn sort(&self, word: &str, is_dated: bool, counted: &mut Counted) {
        let word = word.strip_suffix("'s").unwrap_or(word);
        // "l'indirizzo"
        let behind = word.split_once('\'').map(|(_, behind)| behind).filter(|behind| behind.len() > 2);
        let know = |stems: &Stems| stems.know(word) || behind.is_some_and(|behind| stems.know(behind));
        let known = |of: fn(&Words) -> &Stems| REPORTS.spoken(&self.languages).any(|words| know(of(words)));
        if known(|words| &words.letters) {
            counted.letters += 1;
        } else if known(|words| &words.words) {
            counted.words += 1;
            counted.answers += usize::from(known(|words| &words.answers));
        } else if known(|words| &words.courtesy) {
            counted.courtesy += 1;
        } else if is_dated {
            counted.beside_numbers += 1;
        } else if !known(|words| &words.common) && !phrases::is_of_formulas(behind.unwrap_or(word), &self.languages) {
            counted.unknown.push(word.to_owned());
        }
    }

    /// "Reason: …", "Sent: …": a word or two of reports and a colon.
    fn opens_with_field(&self, sentence: &str) -> bool {
        let Some((name, _)) = sentence.split_once(": ").or_else(|| sentence.split_once(':').filter(|(_, rest)| rest.is_empty())) else {
            return false;
        };
        let words: Vec<&str> = words_of(name).collect();
        if let [only] = words.as_slice()
            && REPORTS.fields.know(only)
        {
            return true;
        }
        let mut counted = Counted::default();
        words.iter().for_each(|word| self.sort(word, false, &mut counted));
        counted.unknown.is_empty() && counted.answers == 0 && (1..=2).contains(&words.len()) && counted.letters + counted.words > 0
    }

    /// The places of words that belong to a run which the report holds elsewhere too.
    fn repeated(&self, words: &[&str], with_letter: bool) -> HashSet<usize> {
        let mut places = HashSet::new();
        let mut mark = |run: usize, known: &Runs| {
            for (start, window) in words.windows(run).enumerate().filter(|(_, window)| known.contains(&run_of(window))) {
                places.extend(start..start + window.len());
            }
        };
        match words.len() {
            2 => mark(2, &self.field_pairs),
            _ => mark(FIELD_RUN, &self.fields),
        }
        if with_letter {
            mark(LETTER_RUN, &self.letter);
        }
        places
    }
}

/// Lines that belong together: a paragraph, or the part of one that was broken for want of room. What stands behind `>` is quoted.
fn units(text: &str) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut before: Option<&str> = None;
    for line in text.lines().filter(|line| !line.trim_start().starts_with('>')) {
        let bare = line.trim();
        if bare.is_empty() {
            before = None;
            continue;
        }
        let indent = |line: &str| line.chars().take_while(|letter| letter.is_whitespace()).count();
        let goes_on = before.is_some_and(|before| {
            !was_ended(before, bare) || indent(line) > indent(before) || is_without_spaces(bare) && is_without_spaces(before)
        });
        match units.last_mut().filter(|_| goes_on) {
            Some(unit) => {
                unit.push(' ');
                unit.push_str(bare);
            }
            None => units.push(bare.to_owned()),
        }
        before = Some(line.trim_end());
    }
    units
}

fn is_without_spaces(text: &str) -> bool {
    text.split(is_no_letter).any(phrases::is_written_without_spaces)
}

/// The languages of a text: those in which a part of its words is known, or that have words for letters of their own, and the text one of these.
fn languages_of(folded: &str) -> Vec<&'static str> {
    let all: Vec<&str> = folded.split(is_no_letter).filter(|word| word.chars().count() > 2 || is_without_spaces(word)).collect();
    let words: Vec<&str> = all.iter().copied().step_by(all.len() / MOST_LOOKED_UP + 1).collect();
    let known_in = |language: &'static str| words.iter().filter(|word| phrases::is_of_formulas(word, &[language])).count();
    let speaks = |language: &'static str| KNOWN_OF * known_in(language) > words.len() || REPORTS.is_told_by(language, &words);
    phrases::languages().filter(|language| speaks(language)).collect()
}

fn is_no_letter(letter: char) -> bool {
    !letter.is_alphanumeric()
}

/// Words, those with an apostrophe or a hyphen within them whole.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '\'' | '-'))
        .map(|word| word.trim_matches(['\'', '-']))
        .filter(|word| !word.is_empty())
}

/// Words in a row, each row by its hash.
type Runs = HashSet<u64>;

fn runs(text: &str, length: usize) -> Runs {
    let folded = fold(text);
    let words: Vec<&str> = words_of(&folded).collect();
    words.windows(length).map(run_of).collect()
}

fn run_of(words: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    words.hash(&mut hasher);
    hasher.finish()
}

/// Reply codes (RFC 5321 §4.2.1) and enhanced codes (RFC 3463) of failures in a folded text.
fn codes(folded: &str) -> impl Iterator<Item = String> {
    let pieces =
        folded.split(|letter: char| letter.is_whitespace() || matches!(letter, '(' | ')' | ':' | ';' | ',' | '"' | '\'' | '-' | '#' | '='));
    pieces.map(|piece| piece.trim_end_matches('.')).filter(|piece| is_code(piece)).map(str::to_owned)
}

fn is_code(piece: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = piece.split('.');
    let (first, others) = (parts.next().unwrap_or_default(), parts.collect::<Vec<_>>());
    match others.as_slice() {
        [] => first.len() == 3 && is_number(first) && first.starts_with(['4', '5']),
        [subject, detail] => matches!(first, "4" | "5") && is_number(subject) && is_number(detail),
        _ => false,
    }
}

/// An address, a host, an address in the web, a code, an identifier, a header's name.
fn is_named(token: &str) -> bool {
    let bare = token.trim_matches(|letter: char| !letter.is_alphanumeric());
    let (digits, small) =
        (bare.contains(|letter: char| letter.is_ascii_digit()), bare.contains(|letter: char| letter.is_ascii_lowercase()));
    let is_host = || {
        let labels: Vec<&str> = bare.split('.').collect();
        labels.len() > 1 && labels.iter().all(|label| !label.is_empty()) && labels.last().is_some_and(|last| last.len() > 1)
    };
    token.contains('@')
        || token.ends_with(':') && bare.contains('-')
        || token.contains("://")
        || bare.contains('_')
        || digits && small
        || is_host()
}

fn bounded(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

#[cfg(test)]
mod tests;
