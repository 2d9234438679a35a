//! The words of which a language's formulas are made, and what single words say.

use super::phrase_file::{FILE, PhraseMeaning};
use super::script::{attaches, is_written_without_spaces, stands_alone, without_spaces};
use crate::mail::folding::fold;
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The meanings of formulas: what mails say of themselves, of their author's absence and of the letter that they confirm.
const FORMULAS: [PhraseMeaning; 17] = {
    use PhraseMeaning::*;
    [
        Absence,
        Machine,
        AutomaticReply,
        This,
        Unread,
        Receipt,
        Promise,
        Interim,
        Courtesy,
        Letter,
        Arrived,
        Answer,
        Coming,
        Join,
        Author,
        Usual,
        Polite,
    ]
};

/// Letters by which a longer word is known in another form of it.
const STEM: usize = 6;

/// The languages of which phrases are known.
pub fn languages() -> impl Iterator<Item = &'static str> {
    FILE.keys().map(String::as_str)
}

/// The words of a language's formulas, folded.
#[derive(Default)]
struct Vocabulary {
    words: HashSet<String>,
    offices: HashSet<String>,
    /// Short words, sought in single sentences only: over whole texts they would be most of what is found.
    joins: Vec<(String, bool)>,
    authors: Vec<(String, bool)>,
    yes_or_no: HashSet<String>,
    /// Those of scripts that write without spaces, to be found within what stands together.
    yes_or_no_within: Vec<String>,
    polite: HashSet<String>,
    /// Beginnings of longer words, [`STEM`] letters each.
    stems: HashSet<String>,
    /// Letters in a row, of scripts that write without spaces.
    runs: HashSet<Run>,
}

static VOCABULARIES: LazyLock<HashMap<&'static str, Vocabulary>> = LazyLock::new(|| {
    let phrases = |lists: &'static BTreeMap<PhraseMeaning, Vec<String>>| {
        let mut known = Vocabulary::default();
        for phrase in FORMULAS.iter().filter_map(|meaning| lists.get(meaning)).flatten() {
            for word in words(&fold(phrase)) {
                known.runs.extend(runs(word).filter(|run| without_spaces(run[0])));
                known.stems.extend(stem(word).map(str::to_owned));
                known.words.insert(word.to_owned());
            }
        }
        let short = |meaning| {
            let phrases = lists.get(&meaning).into_iter().flatten();
            phrases.map(|phrase| (fold(phrase.trim_end_matches('*')), phrase.ends_with('*'))).collect()
        };
        (known.joins, known.authors) = (short(PhraseMeaning::Join), short(PhraseMeaning::Author));
        let (within, whole): (Vec<_>, Vec<_>) = short(PhraseMeaning::YesOrNo).into_iter().partition(|(_, open)| *open);
        known.yes_or_no = whole.into_iter().map(|(word, _)| word).collect();
        known.yes_or_no_within = within.into_iter().map(|(word, _)| word).collect();
        let polite = lists.get(&PhraseMeaning::Polite).into_iter().flatten().map(|polite| fold(polite));
        known.polite = polite.flat_map(|polite| polite.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect();
        known.offices.extend(lists.get(&PhraseMeaning::Office).into_iter().flatten().map(|office| fold(office)));
        known
    };
    FILE.iter().map(|(language, lists)| (language.as_str(), phrases(lists))).collect()
});

fn stem(word: &str) -> Option<&str> {
    let (end, _) = word.char_indices().nth(STEM)?;
    Some(&word[..end])
}

/// The words of a folded text. Signs over and under the letters of Indian and Thai scripts belong to their word, though they are no letters.
pub fn words(folded: &str) -> impl Iterator<Item = &str> {
    let is_sign =
        |letter| matches!(letter, '\u{093c}' | '\u{094d}' | '\u{09bc}' | '\u{09cd}' | '\u{0e31}'..='\u{0e4e}' | '\u{0eb1}'..='\u{0ece}');
    folded.split(move |letter: char| !letter.is_alphanumeric() && !is_sign(letter)).filter(|word| !word.is_empty())
}

/// Three letters of Thai and Lao; two of the scripts whose letters are syllables or words, and none for the third.
type Run = [char; 3];

fn runs(word: &str) -> impl Iterator<Item = Run> + '_ {
    let spells = word.starts_with(|letter| matches!(letter, '\u{0e00}'..='\u{0eff}'));
    let third = move |letter: char| if spells { letter } else { '\0' };
    let behind = usize::from(spells) + 1;
    word.chars().zip(word.chars().skip(1)).zip(word.chars().skip(behind)).map(move |((first, second), last)| [first, second, third(last)])
}

/// Whether a folded word, in this form or another, is one of which the formulas of these languages are made, or too short to say anything.
pub fn is_of_formulas(word: &str, languages: &[&str]) -> bool {
    let known = || languages.iter().filter_map(|language| VOCABULARIES.get(language));
    if is_written_without_spaces(word) {
        let unknown = runs(word).filter(|run| !known().any(|known| known.runs.contains(run))).count();
        return unknown < 3.min(word.chars().count().max(2) - 1);
    }
    let is_known = |word: &str| {
        let stem = stem(word);
        known().any(|known| known.words.contains(word) || stem.is_some_and(|stem| known.stems.contains(stem)))
    };
    let mut rest = word.chars();
    let attached = rest.next().is_some_and(attaches);
    word.chars().count() <= 2 || is_known(word) || attached && is_known(rest.as_str())
}

/// Where, in a folded sentence, words of one language join another clause to it. Not within a word, but at the beginning of one that they are written
/// onto.
pub fn joins_in(sentence: &str, language: &str) -> Vec<usize> {
    let joins = VOCABULARIES.get(language).map(|known| known.joins.as_slice()).unwrap_or_default();
    let begins = |start: usize, join: &str| !sentence[..start].ends_with(char::is_alphanumeric) || is_written_without_spaces(join);
    joins.iter().flat_map(|join| places(sentence, join).filter(|start| begins(*start, &join.0))).collect()
}

/// Whether a folded text says "I", "we" or "our" in this language.
pub fn speaks_of_its_author(text: &str, language: &str) -> bool {
    let authors = VOCABULARIES.get(language).map(|known| known.authors.as_slice()).unwrap_or_default();
    authors.iter().any(|author| places(text, author).next().is_some())
}

/// Whether a folded clause says "yes", "no" or "not" in one of these languages. "No. 5" and "no. 12/24" number something.
pub fn says_yes_or_no(clause: &str, languages: &[&str]) -> bool {
    let known = || languages.iter().filter_map(|language| VOCABULARIES.get(language));
    let numbers =
        |end: usize| clause[end..].trim_start_matches(['.', ':', ' ', '#', '/']).starts_with(|letter: char| letter.is_ascii_digit());
    let says = |word: &str| {
        known().any(|known| known.yes_or_no.contains(word)) && !clause.match_indices(word).all(|(start, word)| numbers(start + word.len()))
    };
    // "Can't" is one word.
    clause.split(|letter: char| !letter.is_alphanumeric() && letter != '\'').any(says)
        || known().any(|known| known.yes_or_no_within.iter().any(|word| clause.contains(word)))
}

/// Whether a short folded sentence thanks or greets in one of these languages.
pub fn is_polite(sentence: &str, languages: &[&str]) -> bool {
    let known = || languages.iter().filter_map(|language| VOCABULARIES.get(language));
    let thanks = |word: &str| match is_written_without_spaces(word) {
        true => known().any(|known| known.polite.iter().any(|polite| word.contains(polite))),
        false => known().any(|known| known.polite.contains(word)),
    };
    words(sentence).any(thanks)
}

fn places<'a>(text: &'a str, (word, open): &'a (String, bool)) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word.as_str()).map(|(start, _)| start).filter(|start| stands_alone(text, *start, start + word.len(), *open))
}

/// Whether a folded word names one to whom letters are passed on.
pub fn is_an_office(word: &str, languages: &[&str]) -> bool {
    languages.iter().filter_map(|language| VOCABULARIES.get(language)).any(|known| known.offices.contains(word))
}
