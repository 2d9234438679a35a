//! The words by which letters name a recommendation, of each language (`naming.toml`): the word itself, ordinals, what leads to it.

use crate::mail::folding::fold;
use aho_corasick::AhoCorasick;
use hashbrown::{HashMap, HashSet};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Letters between an ordinal and the word it counts where words are written without spaces: 第一项建议.
const COUNTER: usize = 2;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Language {
    recommendation: Vec<String>,
    ordinal: Vec<Vec<String>>,
    lead: Vec<String>,
    of: Vec<String>,
    your: Vec<String>,
    verb: Vec<String>,
    all: Vec<String>,
    except: Vec<String>,
}

/// The words of one language, folded.
pub(super) struct Naming {
    recommendation: Vec<String>,
    pub(super) ordinal: HashMap<String, usize>,
    /// Ordinals that are inflected, without their endings.
    ordinal_stems: Vec<(String, usize)>,
    pub(super) lead: HashSet<String>,
    pub(super) of: HashSet<String>,
    pub(super) your: HashSet<String>,
    pub(super) verb: HashSet<String>,
    pub(super) all: HashSet<String>,
    pub(super) except: HashSet<String>,
}

pub(super) static LANGUAGES: LazyLock<Vec<Naming>> = LazyLock::new(|| {
    let languages: BTreeMap<String, Language> = toml::from_str(include_str!("naming.toml")).expect("the embedded file is read by a test");
    languages.into_values().map(Naming::new).collect()
});

pub(super) static STEMS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let stems = LANGUAGES.iter().flat_map(|language| &language.recommendation);
    whatever_case(stems)
});

/// Ordinals of all languages, and the beginnings of inflected ones.
pub(super) static ORDINALS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| LANGUAGES.iter().flat_map(|language| language.ordinal.keys().map(String::as_str)).collect());

pub(super) static ORDINAL_STEMS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let stems = LANGUAGES.iter().flat_map(|language| &language.ordinal_stems).map(|(stem, _)| stem);
    AhoCorasick::new(stems).expect("some hundred short words are far below the automaton's limit")
});

/// Both, wherever they stand: a sentence that holds none needs no look at its words.
pub(super) static COUNTING: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let stems = LANGUAGES.iter().flat_map(|language| &language.ordinal_stems).map(|(stem, _)| stem.as_str());
    whatever_case(ORDINALS.iter().copied().chain(stems))
});

/// Whether a line holds the word, so that most lines need no further look.
pub(super) fn mentions_one(line: &str) -> bool {
    holds_one_of(&STEMS, line)
}

fn whatever_case<'a>(words: impl Iterator<Item = impl AsRef<[u8]>> + 'a) -> AhoCorasick {
    let builder = AhoCorasick::builder().ascii_case_insensitive(true).build(words);
    builder.expect("some hundred short words are far below the automaton's limit")
}

/// Whether a text holds one of the folded words, none of which has a blank: so ASCII need not be folded.
pub(super) fn holds_one_of(words: &AhoCorasick, text: &str) -> bool {
    if text.is_ascii() { words.is_match(text) } else { words.is_match(&fold(text)) }
}

/// Whether what stands behind the name of a recommendation says that it is somebody else's.
pub(super) fn is_of_another(behind: &str) -> bool {
    let next: Vec<String> = behind.split_whitespace().take(2).map(fold).collect();
    let Some(first) = next.first() else { return false };
    LANGUAGES.iter().any(|language| language.of.contains(first) && !next.get(1).is_some_and(|second| language.your.contains(second)))
}

/// Chinese, Japanese, Korean.
pub(super) fn is_wide(text: &str) -> bool {
    text.starts_with(|letter: char| letter >= '\u{2e80}')
}

impl Naming {
    fn new(language: Language) -> Naming {
        let folded = |words: Vec<String>| words.iter().map(|word| fold(word)).collect::<HashSet<String>>();
        let mut ordinal = HashMap::new();
        let mut ordinal_stems = Vec::new();
        for (at, form) in language.ordinal.iter().enumerate().flat_map(|(at, forms)| forms.iter().map(move |form| (at, form))) {
            match form.strip_suffix('*') {
                Some(stem) => ordinal_stems.push((fold(stem), at + 1)),
                None => {
                    ordinal.insert(fold(form), at + 1);
                }
            }
        }
        Naming {
            recommendation: language.recommendation.iter().map(|word| fold(word)).collect(),
            ordinal,
            ordinal_stems,
            lead: folded(language.lead),
            of: folded(language.of),
            your: folded(language.your),
            verb: folded(language.verb),
            all: folded(language.all),
            except: folded(language.except),
        }
    }

    pub(super) fn is_recommendation(&self, folded: &str) -> bool {
        let bare = folded.strip_prefix("l'").or_else(|| folded.strip_prefix("d'")).unwrap_or(folded);
        // No word of ASCII holds one of these scripts.
        let within = |stem: &str| !bare.is_ascii() && is_wide(stem) && self.counted_within(bare).is_some();
        self.recommendation.iter().any(|stem| bare.starts_with(stem.as_str()) || within(stem))
    }

    pub(super) fn ordinal_of(&self, folded: &str) -> Option<usize> {
        if let Some(number) = self.ordinal.get(folded) {
            return Some(*number);
        }
        let stem = |(stem, number): &(String, usize)| {
            folded.strip_prefix(stem.as_str()).filter(|ending| ending.chars().count() <= 4).map(|_| *number)
        };
        self.ordinal_stems.iter().find_map(stem)
    }

    /// "first", "1st", "2.", "3ème", "1-я".
    pub(super) fn number_of(&self, folded: &str) -> Option<usize> {
        if let Some(number) = self.ordinal_of(folded) {
            return Some(number);
        }
        let digits = folded.bytes().take_while(u8::is_ascii_digit).count();
        let ending = &folded[digits..];
        let is_ending = !ending.is_empty() && ending.chars().count() <= 4 && !ending.contains(|letter: char| letter.is_ascii_digit());
        ((1..=2).contains(&digits) && is_ending).then(|| folded[..digits].parse().ok()).flatten()
    }

    /// 第一项建议, 第二の勧告は: ordinal, counter and word in one. The number, and how many bytes the name takes; these scripts fold to themselves.
    pub(super) fn counted_within(&self, folded: &str) -> Option<(usize, usize)> {
        let (at, word) =
            self.recommendation.iter().filter(|word| is_wide(word)).find_map(|word| folded.match_indices(word.as_str()).next())?;
        let before = folded[..at].trim_end();
        self.ordinal.iter().find_map(|(form, number)| {
            let (_, counter) = before.rsplit_once(form.as_str())?;
            (counter.chars().count() <= COUNTER).then_some((*number, at + word.len()))
        })
    }

    pub(super) fn lead_within(&self, folded: &str) -> bool {
        folded.split_inclusive('\'').all(|part| self.lead.contains(part))
    }
}
