//! What mails say in words, in the languages of `phrases.toml`: that their author is away, that a machine wrote them, that a letter arrived,
//! what the authority's position is.
//!
//! An office adds its own in `phrases.toml` beside its `demarche.toml`, in the form of the built-in file.
//!
//! Considered instead: a classifier trained on mails. It cannot name the words it went by, and an office cannot add its own language to it.

mod phrase_file;
mod script;
mod vocabulary;

use super::folding::fold;
use aho_corasick::{AhoCorasick, MatchKind};
use hashbrown::HashMap;
use phrase_file::FILE;
use std::sync::LazyLock;

pub use phrase_file::{Fault, PhraseMeaning, add, check};
pub use script::{is_written_without_spaces, stands_alone};
pub use vocabulary::{is_an_office, is_of_formulas, is_polite, joins_in, languages, says_yes_or_no, speaks_of_its_author, words};

/// A phrase found in a folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub meaning: PhraseMeaning,
    pub language: &'static str,
    /// As it is compared: folded.
    pub phrase: &'static str,
    /// Byte offsets in the folded text.
    pub start: usize,
    pub end: usize,
}

/// The phrases of some meanings, searched for at once.
pub struct Phrases {
    automaton: AhoCorasick,
    patterns: Vec<Pattern>,
}

/// One text to search for, with everything it can mean.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Pattern {
    text: String,
    /// Any ending may follow.
    open: bool,
    means: Vec<(PhraseMeaning, String)>,
}

/// What a mail's text says about the mail; and the words of which two in one sentence say what a phrase would: that the letter arrived, that the
/// answer is to come.
pub static ABOUT_THE_MAIL: LazyLock<Phrases> = LazyLock::new(|| {
    use PhraseMeaning::*;
    Phrases::of(&[
        Absence,
        Machine,
        AutomaticReply,
        This,
        Service,
        Unread,
        Challenge,
        Act,
        Release,
        Receipt,
        Promise,
        Interim,
        Courtesy,
        Substance,
        Statement,
        NotYet,
        Letter,
        Arrived,
        Answer,
        Coming,
    ])
});
/// How the subjects of automatic replies and delivery reports begin.
pub static MARKERS: LazyLock<Phrases> = LazyLock::new(|| Phrases::of(&[PhraseMeaning::Marker, PhraseMeaning::Notice]));
/// What an answer says of a recommendation.
pub static POSITIONS: LazyLock<Phrases> =
    LazyLock::new(|| Phrases::of(&[PhraseMeaning::Accepted, PhraseMeaning::PartlyAccepted, PhraseMeaning::Rejected]));
/// The words before a recommendation's number, folded, with whether they mean nothing else. The first word of each language's list is its
/// "recommendation"; short words and those that number other things too ("ad", "point", "zu") are told by their length and place.
static RECOMMENDATIONS: LazyLock<HashMap<String, bool>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for list in FILE.values().filter_map(|lists| lists.get(&PhraseMeaning::Recommendation)) {
        let stem: String = list.first().map(|first| fold(first).chars().take(4).collect()).unwrap_or_default();
        for word in list {
            let word = fold(word);
            let own = word.contains(&stem);
            words.entry(word).and_modify(|known| *known |= own).or_insert(own);
        }
    }
    words
});

/// Whether a folded word is one by which recommendations are numbered: `Some(true)` if it means nothing else.
pub fn is_recommendation_word(folded: &str) -> Option<bool> {
    RECOMMENDATIONS.get(folded).copied()
}

impl Phrases {
    fn of(meanings: &[PhraseMeaning]) -> Phrases {
        let mut by_text: HashMap<(String, bool), Vec<(PhraseMeaning, String)>> = HashMap::new();
        for (language, lists) in FILE.iter() {
            for meaning in meanings {
                for phrase in lists.get(meaning).into_iter().flatten() {
                    let open = phrase.ends_with('*');
                    by_text.entry((fold(phrase.trim_end_matches('*')), open)).or_default().push((*meaning, language.clone()));
                }
            }
        }
        let mut patterns: Vec<Pattern> = by_text.into_iter().map(|((text, open), means)| Pattern { text, open, means }).collect();
        patterns.sort();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(patterns.iter().map(|pattern| &pattern.text))
            .expect("some thousand short phrases are far below the automaton's limit");
        Phrases { automaton, patterns }
    }

    /// Every phrase in a folded text, overlapping ones too, as whole words.
    pub fn find<'a>(&'static self, folded: &'a str) -> impl Iterator<Item = Found> + 'a {
        self.automaton.find_overlapping_iter(folded).flat_map(move |found| {
            let pattern = &self.patterns[found.pattern().as_usize()];
            let whole = stands_alone(folded, found.start(), found.end(), pattern.open);
            pattern.means.iter().filter(move |_| whole).map(move |(meaning, language)| Found {
                meaning: *meaning,
                language,
                phrase: &pattern.text,
                start: found.start(),
                end: found.end(),
            })
        })
    }
}
#[cfg(test)]
mod tests {
    use super::phrase_file::{merged, read};
    use super::*;

    fn meanings(text: &str) -> Vec<(PhraseMeaning, &'static str)> {
        let folded = fold(text);
        ABOUT_THE_MAIL.find(&folded).map(|found| (found.meaning, found.language)).collect()
    }

    #[test]
    fn every_language_of_the_file_can_name_a_machine_and_state_something() {
        assert!(FILE.len() >= 40, "{}", FILE.len());
        for (language, lists) in FILE.iter() {
            for meaning in [
                PhraseMeaning::Machine,
                PhraseMeaning::Unread,
                PhraseMeaning::Substance,
                PhraseMeaning::Statement,
                PhraseMeaning::Recommendation,
            ] {
                assert!(lists.contains_key(&meaning), "{language} has no word for {meaning:?}");
            }
        }
    }

    #[test]
    fn an_office_adds_a_language_and_words_to_a_known_one() {
        let office = read("[Basque]\nabsence = [\"bulegotik kanpo\"]\n[German]\nreceipt = [\"ist hier eingelangt\"]\n").unwrap();
        let built_in = FILE.clone();
        let file = merged(built_in.clone(), Some(&office));
        assert_eq!(file["Basque"][&PhraseMeaning::Absence], ["bulegotik kanpo"]);
        assert_eq!(file["German"][&PhraseMeaning::Receipt].len(), built_in["German"][&PhraseMeaning::Receipt].len() + 1);
    }

    #[test]
    fn a_meaning_that_does_not_exist_and_an_empty_phrase_are_told_with_their_place() {
        let fault = read("[Basque]\nabsent = [\"bulegotik kanpo\"]\n").unwrap_err();
        assert!(fault.found.contains("absent") && fault.span.start > 0, "{fault:?}");
        let fault = read("[Basque]\nabsence = [\"*\"]\n").unwrap_err();
        assert!(fault.found.contains("every text") && fault.span.start > 0, "{fault:?}");
    }

    #[test]
    fn phrases_are_found_as_whole_words_whatever_the_script() {
        assert!(meanings("Ich bin  bis 3. Mai NICHT im Büro.").contains(&(PhraseMeaning::Absence, "German")));
        assert!(meanings("これは自動返信です。").contains(&(PhraseMeaning::AutomaticReply, "Japanese")));
        assert!(meanings("ვადასტურებთ მიღებას").contains(&(PhraseMeaning::Receipt, "Georgian")));
        assert!(meanings("ich bin nicht im bürokratischen Sinn").is_empty());
    }
}
