//! The words of mail clients by language, from `languages.toml`, folded and ready to look up.

use crate::mail::folding::fold;
use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, StartKind};
use hashbrown::{HashMap, HashSet};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Language {
    opener: Vec<String>,
    wrote: Vec<String>,
    article: Vec<String>,
    from: Vec<String>,
    date: Vec<String>,
    to: Vec<String>,
    copy: Vec<String>,
    subject: Vec<String>,
    other: Vec<String>,
    original: Vec<String>,
    forwarded: Vec<String>,
    forward: Vec<String>,
    footer: Vec<String>,
    footer_end: Vec<String>,
    brand: Vec<String>,
    device: Vec<String>,
    own: Vec<String>,
    closing: Vec<String>,
    inline: Vec<String>,
    above: Vec<String>,
    itself: Vec<String>,
    reader: Vec<String>,
    disclaimer: Vec<Vec<String>>,
    policy: Vec<Vec<String>>,
}

/// Letters of a notice within which it names the mail that it stands in: "The information contained in this e-mail …".
const BEGINNING_OF_A_NOTICE: usize = 40;

/// Which of a language's lists is meant.
type Pick = fn(&Language) -> &Vec<String>;

/// What a label in the header block of a quoted mail stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Label {
    From,
    Date,
    To,
    Copy,
    Subject,
    Other,
}

pub(super) struct Words {
    pub labels: HashMap<String, Label>,
    pub original: HashSet<String>,
    pub forwarded: HashSet<String>,
    pub closings: HashSet<String>,
    forwards: HashSet<String>,
    openers: HashSet<String>,
    wrote: AhoCorasick,
    words_of_verbs: HashSet<String>,
    articles: HashSet<String>,
    footers: AhoCorasick,
    footer_ends: Vec<String>,
    brands: AhoCorasick,
    devices: AhoCorasick,
    own: HashSet<String>,
    inline: AhoCorasick,
    above: AhoCorasick,
    itself: AhoCorasick,
    readers: AhoCorasick,
    disclaimers: Groups,
    policies: Groups,
}

/// Groups of words of which a text must hold all.
struct Groups {
    words: AhoCorasick,
    /// For each group, the patterns of `words` that it asks for.
    groups: Vec<Vec<usize>>,
}

impl Groups {
    fn new<'a>(groups: impl Iterator<Item = &'a Vec<String>>) -> Groups {
        let mut patterns: Vec<String> = Vec::new();
        let mut number = |word: &String| {
            let word = fold(word);
            patterns.iter().position(|known| *known == word).unwrap_or_else(|| {
                patterns.push(word);
                patterns.len() - 1
            })
        };
        let groups = groups.map(|group| group.iter().map(&mut number).collect()).collect();
        // Overlapping search, which the groups need, is only there for the standard kind.
        Groups { words: automaton(patterns, MatchKind::Standard), groups }
    }

    fn one_is_in(&self, folded: &str) -> bool {
        let seen: HashSet<usize> = self.words.find_overlapping_iter(folded).map(|found| found.pattern().as_usize()).collect();
        !seen.is_empty() && self.groups.iter().any(|group| group.iter().all(|pattern| seen.contains(pattern)))
    }
}

pub(super) static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let languages: BTreeMap<String, Language> =
        toml::from_str(include_str!("languages.toml")).expect("the embedded file is read by a test");
    Words::new(languages.values())
});

impl Words {
    fn new<'a>(languages: impl Iterator<Item = &'a Language> + Clone) -> Words {
        let folded = |pick: Pick| -> HashSet<String> {
            languages.clone().flat_map(|language| pick(language).iter().map(|word| fold(word))).collect()
        };
        let mut labels = HashMap::new();
        let kinds: [(Label, Pick); 6] = [
            (Label::From, |language| &language.from),
            (Label::Date, |language| &language.date),
            (Label::Subject, |language| &language.subject),
            (Label::To, |language| &language.to),
            (Label::Copy, |language| &language.copy),
            (Label::Other, |language| &language.other),
        ];
        for (label, pick) in kinds {
            for word in folded(pick) {
                labels.entry(word).or_insert(label);
            }
        }
        Words {
            labels,
            original: folded(|language| &language.original),
            forwarded: folded(|language| &language.forwarded),
            closings: folded(|language| &language.closing),
            forwards: folded(|language| &language.forward),
            openers: folded(|language| &language.opener),
            wrote: automaton(folded(|language| &language.wrote), MatchKind::LeftmostLongest),
            words_of_verbs: folded(|language| &language.wrote).iter().flat_map(|phrase| phrase.split(' ')).map(str::to_owned).collect(),
            articles: folded(|language| &language.article),
            footers: at_the_beginning(folded(|language| &language.footer)),
            footer_ends: folded(|language| &language.footer_end).into_iter().collect(),
            brands: automaton(folded(|language| &language.brand), MatchKind::Standard),
            devices: automaton(folded(|language| &language.device), MatchKind::Standard),
            own: folded(|language| &language.own),
            inline: automaton(folded(|language| &language.inline), MatchKind::LeftmostLongest),
            above: automaton(folded(|language| &language.above), MatchKind::LeftmostLongest),
            itself: automaton(folded(|language| &language.itself), MatchKind::LeftmostLongest),
            readers: automaton(folded(|language| &language.reader), MatchKind::Standard),
            disclaimers: Groups::new(languages.clone().flat_map(|language| &language.disclaimer)),
            policies: Groups::new(languages.clone().flat_map(|language| &language.policy)),
        }
    }

    /// Where the verb of an attribution ends in a folded text, if it stands there as a word of its own.
    pub fn wrote(&self, folded: &str) -> Option<usize> {
        self.wrote.find_iter(folded).filter(|found| stands_alone(folded, found.start(), found.end())).last().map(|found| found.end())
    }

    /// Whether a folded word is part of a verb: of "heeft het volgende geschreven".
    pub fn belongs_to_a_verb(&self, word: &str) -> bool {
        self.words_of_verbs.contains(word)
    }

    /// "the", in lower case as within a sentence.
    pub fn is_article(&self, word: &str) -> bool {
        self.articles.contains(word)
    }

    /// Whether a folded word before the colon of a subject says that another mail is passed on.
    pub fn passes_on(&self, prefix: &str) -> bool {
        self.forwards.contains(prefix)
    }

    pub fn opens_attribution(&self, first_word: &str) -> bool {
        self.openers.contains(first_word)
    }

    /// Where the words end with which a device begins its line, if the folded line begins with them.
    pub fn device_footer(&self, folded: &str) -> Option<usize> {
        self.footers.find(Input::new(folded).anchored(Anchored::Yes)).map(|found| found.end())
    }

    /// Whether a folded line ends as a device's does in a language that puts the verb last.
    pub fn ends_device_footer(&self, folded: &str) -> bool {
        self.footer_ends
            .iter()
            .any(|ending| folded.ends_with(ending.as_str()) && stands_alone(folded, folded.len() - ending.len(), folded.len()))
    }

    /// A maker or a program.
    pub fn names_a_brand(&self, folded: &str) -> bool {
        begins_a_word(&self.brands, folded)
    }

    /// A maker, a program, or a word for what mails are written on.
    pub fn names_a_product(&self, folded: &str) -> bool {
        self.names_a_brand(folded) || begins_a_word(&self.devices, folded)
    }

    pub fn speaks_of_its_own(&self, folded: &str) -> bool {
        folded.split(|letter: char| !letter.is_alphanumeric()).any(|word| self.own.contains(word))
            || self.own.iter().any(|word| !word.is_ascii() && word.starts_with(without_spaces) && folded.contains(word.as_str()))
    }

    pub fn answers_inside(&self, folded: &str) -> bool {
        self.inline.is_match(folded)
    }

    /// "Please reply above this line", as ticket systems put it.
    pub fn asks_to_reply_above(&self, folded: &str) -> bool {
        self.above.is_match(folded)
    }

    /// Whether a paragraph is a notice: it speaks of the mail that it stands in. A letter too may say that a file is confidential, and that it
    /// is not sent by e-mail; so a notice must also begin with the mail, or turn to whoever reads it, or stand below the letter's end.
    pub fn is_disclaimer(&self, folded: &str, below_the_end: bool) -> bool {
        let addressed = || below_the_end || self.readers.find_iter(folded).any(|found| begins_a_word_at(folded, found.start()));
        let early = folded.char_indices().nth(BEGINNING_OF_A_NOTICE).map_or(folded.len(), |(at, _)| at);
        let begins_with_itself = || self.itself.find_iter(folded).any(|found| found.start() <= early);
        self.itself.is_match(folded) && self.disclaimers.one_is_in(folded) && (begins_with_itself() || addressed())
            || below_the_end && self.policies.one_is_in(folded)
    }
}

fn automaton(words: impl IntoIterator<Item = String>, kind: MatchKind) -> AhoCorasick {
    let words: Vec<String> = words.into_iter().collect();
    AhoCorasick::builder().match_kind(kind).build(&words).expect("a few hundred words are far below the automaton's limit")
}

/// Words that are sought where a text begins, and nowhere else: the longest counts.
fn at_the_beginning(words: impl IntoIterator<Item = String>) -> AhoCorasick {
    let words: Vec<String> = words.into_iter().collect();
    let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).start_kind(StartKind::Anchored).build(&words);
    automaton.expect("a few hundred words are far below the automaton's limit")
}

/// Whether a word of the text begins with one of those sought. Short ones ("hey", "mac") must be the whole word.
fn begins_a_word(words: &AhoCorasick, folded: &str) -> bool {
    words.find_overlapping_iter(folded).any(|found| {
        let word = &folded[found.start()..found.end()];
        let joins = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() && !without_spaces(letter));
        word.starts_with(without_spaces)
            || !joins(folded[..found.start()].chars().next_back())
                && (word.chars().count() >= 4 || !joins(folded[found.end()..].chars().next()))
    })
}

fn begins_a_word_at(text: &str, start: usize) -> bool {
    text[start..].starts_with(without_spaces) || !text[..start].chars().next_back().is_some_and(char::is_alphanumeric)
}

/// Scripts in which a word may touch its neighbours: Thai, Chinese, Japanese, Korean.
fn without_spaces(letter: char) -> bool {
    letter >= '\u{0e00}' && !('\u{10a0}'..='\u{1fff}').contains(&letter)
}

/// Words of scripts that write without spaces may touch their neighbours.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    if text[start..end].starts_with(without_spaces) {
        return true;
    }
    let joins = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    !joins(text[..start].chars().next_back()) && !joins(text[end..].chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_of_the_file_is_read() {
        let languages: BTreeMap<String, Language> = toml::from_str(include_str!("languages.toml")).unwrap();
        assert!(languages.len() >= 40, "{}", languages.len());
        for (name, language) in &languages {
            assert!(!language.from.is_empty() || !language.wrote.is_empty(), "{name} says nothing");
        }
    }

    #[test]
    fn a_verb_counts_only_as_a_word_of_its_own() {
        assert!(WORDS.wrote("jane doe wrote:").is_some());
        assert!(WORDS.wrote("jane was overwroteful:").is_none());
        assert!(WORDS.wrote("在 2016年11月8日,下午2:23,test user 写道:").is_some());
    }
}
