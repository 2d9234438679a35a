//! What mails say in words, in the languages of `phrases.toml`: that their author is away, that a machine wrote them, that a letter arrived,
//! what the authority's position is.
//!
//! An office adds its own in `phrases.toml` beside its `demarche.toml`, in the form of the built-in file.
//!
//! Considered instead: a classifier trained on mails. It cannot name the words it went by, and an office cannot add its own language to it.

use super::folding::fold;
use aho_corasick::{AhoCorasick, MatchKind};
use hashbrown::{HashMap, HashSet};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

/// What a phrase means. The names are the keys of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Meaning {
    Marker,
    Notice,
    Absence,
    Machine,
    #[serde(rename = "automatic reply")]
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
    Letter,
    Arrived,
    Answer,
    Coming,
    Join,
    Author,
    Usual,
    Office,
    #[serde(rename = "yes or no")]
    YesOrNo,
    Polite,
    Substance,
    Statement,
    #[serde(rename = "not yet")]
    NotYet,
    Accepted,
    #[serde(rename = "partly accepted")]
    PartlyAccepted,
    Rejected,
    Recommendation,
}

/// A phrase found in a folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub meaning: Meaning,
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
    means: Vec<(Meaning, String)>,
}

type File = BTreeMap<String, BTreeMap<Meaning, Vec<String>>>;

/// The office's own phrases, given before the first mail is read.
static OFFICE: OnceLock<File> = OnceLock::new();

static FILE: LazyLock<File> = LazyLock::new(|| {
    let built_in = toml::from_str(include_str!("phrases.toml")).expect("the embedded file is read by a test");
    merged(built_in, OFFICE.get())
});

/// What is wrong with a file of phrases, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub span: Range<usize>,
    pub found: String,
}

/// Adds an office's phrases to the built-in ones, for this process. Once, and before the first mail is read: later ones are not seen.
pub fn add(text: &str) -> Result<(), Fault> {
    let _ = OFFICE.set(read(text)?);
    Ok(())
}

/// Whether a text is a file of phrases.
pub fn check(text: &str) -> Result<(), Fault> {
    read(text).map(|_| ())
}

fn read(text: &str) -> Result<File, Fault> {
    let file: File = toml::from_str(text)
        .map_err(|error| Fault { span: error.span().unwrap_or_default(), found: error.message().replace('\n', " ") })?;
    let too_short = |phrase: &&String| fold(phrase.trim_end_matches('*')).chars().filter(|letter| letter.is_alphanumeric()).count() < 2;
    match file.values().flat_map(BTreeMap::values).flatten().find(too_short) {
        Some(phrase) => {
            let start = text.find(&format!("\"{phrase}\"")).unwrap_or_default();
            Err(Fault { span: start..start, found: format!("the phrase {phrase:?} would be found in every text") })
        }
        None => Ok(file),
    }
}

fn merged(mut file: File, more: Option<&File>) -> File {
    for (language, lists) in more.into_iter().flatten() {
        let known = file.entry(language.clone()).or_default();
        for (meaning, phrases) in lists {
            known.entry(*meaning).or_default().extend(phrases.iter().cloned());
        }
    }
    file
}

/// What a mail's text says about the mail; and the words of which two in one sentence say what a phrase would: that the letter arrived, that the
/// answer is to come.
pub static ABOUT_THE_MAIL: LazyLock<Phrases> = LazyLock::new(|| {
    use Meaning::*;
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
pub static MARKERS: LazyLock<Phrases> = LazyLock::new(|| Phrases::of(&[Meaning::Marker, Meaning::Notice]));
/// What an answer says of a recommendation.
pub static POSITIONS: LazyLock<Phrases> = LazyLock::new(|| Phrases::of(&[Meaning::Accepted, Meaning::PartlyAccepted, Meaning::Rejected]));
/// The words before a recommendation's number, folded, with whether they mean nothing else. The first word of each language's list is its
/// "recommendation"; short words and those that number other things too ("ad", "point", "zu") are told by their length and place.
static RECOMMENDATIONS: LazyLock<HashMap<String, bool>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for list in FILE.values().filter_map(|lists| lists.get(&Meaning::Recommendation)) {
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

/// The meanings of formulas: what mails say of themselves, of their author's absence and of the letter that they confirm.
const FORMULAS: [Meaning; 17] = {
    use Meaning::*;
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
    let phrases = |lists: &'static BTreeMap<Meaning, Vec<String>>| {
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
        (known.joins, known.authors) = (short(Meaning::Join), short(Meaning::Author));
        let (within, whole): (Vec<_>, Vec<_>) = short(Meaning::YesOrNo).into_iter().partition(|(_, open)| *open);
        known.yes_or_no = whole.into_iter().map(|(word, _)| word).collect();
        known.yes_or_no_within = within.into_iter().map(|(word, _)| word).collect();
        let polite = lists.get(&Meaning::Polite).into_iter().flatten().map(|polite| fold(polite));
        known.polite = polite.flat_map(|polite| polite.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect();
        known.offices.extend(lists.get(&Meaning::Office).into_iter().flatten().map(|office| fold(office)));
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

/// Where, in a folded sentence, words of one language join another clause to it. Not within a word, but at the beginning of one that they are written onto.
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

/// Whether a word is of a script that puts no spaces between words.
pub fn is_written_without_spaces(word: &str) -> bool {
    word.starts_with(without_spaces)
}

impl Phrases {
    fn of(meanings: &[Meaning]) -> Phrases {
        let mut by_text: HashMap<(String, bool), Vec<(Meaning, String)>> = HashMap::new();
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

/// Whether a match is not a piece of a longer word. Scripts that write without spaces, and Korean endings, may touch their neighbours; so may
/// the one-letter words that Hebrew and Arabic write onto the next.
pub fn stands_alone(text: &str, start: usize, end: usize, open: bool) -> bool {
    let joins = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() && !without_spaces(letter));
    let before = text[..start].chars().next_back();
    let free_before = !joins(before) || text[start..end].starts_with(attaches) && one_letter_before(text, start);
    free_before && (open || !joins(text[end..].chars().next()) || text[start..end].chars().next_back().is_some_and(without_spaces))
}

/// Hebrew and Arabic, which write some words of one letter onto the next.
fn attaches(letter: char) -> bool {
    matches!(letter, '\u{0590}'..='\u{06ff}')
}

fn one_letter_before(text: &str, start: usize) -> bool {
    let mut before = text[..start].chars().rev();
    before.next();
    before.next().is_none_or(|letter| !letter.is_alphanumeric())
}

/// Thai, Chinese, Japanese, Korean.
fn without_spaces(letter: char) -> bool {
    matches!(letter, '\u{0e00}'..='\u{0eff}' | '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meanings(text: &str) -> Vec<(Meaning, &'static str)> {
        let folded = fold(text);
        ABOUT_THE_MAIL.find(&folded).map(|found| (found.meaning, found.language)).collect()
    }

    #[test]
    fn every_language_of_the_file_can_name_a_machine_and_state_something() {
        assert!(FILE.len() >= 40, "{}", FILE.len());
        for (language, lists) in FILE.iter() {
            for meaning in [Meaning::Machine, Meaning::Unread, Meaning::Substance, Meaning::Statement, Meaning::Recommendation] {
                assert!(lists.contains_key(&meaning), "{language} has no word for {meaning:?}");
            }
        }
    }

    #[test]
    fn an_office_adds_a_language_and_words_to_a_known_one() {
        let office = read("[Basque]\nabsence = [\"bulegotik kanpo\"]\n[German]\nreceipt = [\"ist hier eingelangt\"]\n").unwrap();
        let built_in = FILE.clone();
        let file = merged(built_in.clone(), Some(&office));
        assert_eq!(file["Basque"][&Meaning::Absence], ["bulegotik kanpo"]);
        assert_eq!(file["German"][&Meaning::Receipt].len(), built_in["German"][&Meaning::Receipt].len() + 1);
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
        assert!(meanings("Ich bin  bis 3. Mai NICHT im Büro.").contains(&(Meaning::Absence, "German")));
        assert!(meanings("これは自動返信です。").contains(&(Meaning::AutomaticReply, "Japanese")));
        assert!(meanings("ვადასტურებთ მიღებას").contains(&(Meaning::Receipt, "Georgian")));
        assert!(meanings("ich bin nicht im bürokratischen Sinn").is_empty());
    }
}
