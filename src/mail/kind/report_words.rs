//! The words of reports, by language (`report_words.toml`).

use crate::mail::folding::fold;
use crate::mail::phrases;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// The words of reports, by language; people may read and extend it without reading this file.
const WORDS: &str = include_str!("report_words.toml");

/// Words, those that may have any ending apart.
#[derive(Default, Deserialize)]
#[serde(from = "String")]
pub(super) struct Stems {
    whole: HashSet<String>,
    open: HashSet<String>,
}

impl Stems {
    pub(super) fn know(&self, word: &str) -> bool {
        let within = phrases::is_written_without_spaces(word);
        self.whole.contains(word)
            || word.char_indices().any(|(at, letter)| self.open.contains(&word[..at + letter.len_utf8()]))
            || within && self.whole.iter().any(|known| word.contains(known.as_str()))
    }
}

impl From<String> for Stems {
    fn from(list: String) -> Stems {
        let mut stems = Stems::default();
        for word in list.split_whitespace() {
            match word.strip_suffix('*') {
                Some(open) => drop(stems.open.insert(fold(open))),
                None => drop(stems.whole.insert(fold(word))),
            }
        }
        stems
    }
}

/// The lists of one language.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Words {
    pub(super) letters: Stems,
    pub(super) words: Stems,
    pub(super) answers: Stems,
    pub(super) common: Stems,
    pub(super) courtesy: Stems,
}

#[derive(Deserialize)]
pub(super) struct Reports {
    pub(super) fields: Stems,
    sentences: String,
    /// `sentences`, parted and folded.
    #[serde(skip)]
    pub(super) formulas: Vec<String>,
    #[serde(flatten)]
    by_language: HashMap<String, Words>,
}

pub(super) static REPORTS: LazyLock<Reports> = LazyLock::new(|| {
    let mut reports: Reports = toml::from_str(WORDS).expect("the embedded file is read by every test of this module");
    reports.formulas = reports.sentences.split('|').map(fold).filter(|formula| !formula.is_empty()).collect();
    reports
});

/// Servers quote each other in it, whatever language they write to people.
const OF_SERVERS: &str = "English";

impl Reports {
    pub(super) fn is_told_by(&self, language: &str, words: &[&str]) -> bool {
        let known = |language, word: &&&str| self.by_language.get(language).is_some_and(|known| known.letters.know(word));
        words.iter().filter(|word| known(language, word) && !known(OF_SERVERS, word)).count() > usize::from(words.len() > 8)
    }

    pub(super) fn spoken(&self, languages: &[&'static str]) -> impl Iterator<Item = &Words> {
        let others = languages.iter().copied().filter(|language| *language != OF_SERVERS);
        std::iter::once(OF_SERVERS).chain(others).filter_map(|language| self.by_language.get(language))
    }
}
