//! The words that turn a phrase of acceptance or rejection in each language (`turns.toml`): what denies it, makes it a condition or says that it is
//! about something else.

use crate::mail::folding::fold;
use crate::mail::understood::Position;
use aho_corasick::AhoCorasick;
use hashbrown::{HashMap, HashSet};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Language {
    negation: Vec<String>,
    condition: Vec<String>,
    proviso: Vec<String>,
    reserve: Vec<String>,
    partly: Vec<String>,
    takes: Vec<String>,
    article: Vec<String>,
    follows: Vec<String>,
    passive: Vec<String>,
    auxiliary: Vec<String>,
    subject: Vec<String>,
    other: Vec<String>,
    past: Vec<String>,
    concedes: Vec<String>,
    noted: Vec<String>,
    alone: Alone,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Alone {
    accepted: Vec<String>,
    rejected: Vec<String>,
}

/// A list of one language, folded.
pub(super) type Words = HashSet<String>;

/// Which of a language's lists is meant.
type Pick = fn(&Language) -> &Vec<String>;

/// The words of `turns.toml`, folded. What denies in one language is an everyday word in another ("se", "ne", "si"), so each phrase is only
/// turned by words of its own language.
pub(super) struct Turns {
    pub(super) negations: HashMap<String, Words>,
    pub(super) conditions: HashMap<String, Words>,
    pub(super) provisos: HashMap<String, Words>,
    pub(super) takes: HashMap<String, Words>,
    pub(super) articles: HashMap<String, Words>,
    pub(super) follows: HashMap<String, Words>,
    pub(super) passives: HashMap<String, Words>,
    pub(super) auxiliaries: HashMap<String, Words>,
    pub(super) subjects: HashMap<String, Words>,
    pub(super) others: HashMap<String, Words>,
    pub(super) past: HashMap<String, Words>,
    pub(super) concedes: Words,
    pub(super) alone: HashMap<String, Position>,
    pub(super) partly: AhoCorasick,
    pub(super) reserves: AhoCorasick,
    pub(super) noted: AhoCorasick,
}

pub(super) static TURNS: LazyLock<Turns> = LazyLock::new(|| {
    let languages: BTreeMap<String, Language> = toml::from_str(include_str!("turns.toml")).expect("the embedded file is read by a test");
    let folded = |words: &[String]| words.iter().map(|word| fold(word)).collect::<Words>();
    let by_language = |pick: Pick| {
        let lists = languages.iter().map(|(name, language)| (name.clone(), folded(pick(language))));
        lists.filter(|(_, words)| !words.is_empty()).collect::<HashMap<_, _>>()
    };
    let of_all = |pick: Pick| languages.values().flat_map(|language| folded(pick(language))).collect::<Words>();
    let searched = |words: Words| AhoCorasick::new(words).expect("some dozen short phrases are far below the automaton's limit");
    let alone = |pick: fn(&Alone) -> &Vec<String>, position| {
        languages.values().flat_map(move |language| pick(&language.alone)).map(move |word| (fold(word), position)).collect::<Vec<_>>()
    };
    Turns {
        negations: by_language(|language| &language.negation),
        conditions: by_language(|language| &language.condition),
        provisos: by_language(|language| &language.proviso),
        takes: by_language(|language| &language.takes),
        articles: by_language(|language| &language.article),
        follows: by_language(|language| &language.follows),
        passives: by_language(|language| &language.passive),
        auxiliaries: by_language(|language| &language.auxiliary),
        subjects: by_language(|language| &language.subject),
        others: by_language(|language| &language.other),
        past: by_language(|language| &language.past),
        concedes: of_all(|language| &language.concedes),
        alone: [alone(|alone| &alone.accepted, Position::Accepted), alone(|alone| &alone.rejected, Position::Rejected)]
            .concat()
            .into_iter()
            .collect(),
        partly: searched(of_all(|language| &language.partly)),
        reserves: searched(of_all(|language| &language.reserve)),
        noted: searched(of_all(|language| &language.noted)),
    }
});
