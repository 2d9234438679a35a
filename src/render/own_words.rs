//! Words that an office's own file lacks: a part of its own that was copied from an earlier build, or translated from one, knows nothing of what a
//! later build says. The built-in words fill in, so that digests go on after an upgrade, and `check` tells which they are.
//!
//! That is done for parts that write nothing themselves and only set words and macros. A word that no built-in part has and nothing uses is a slip if
//! it looks like one that is missing: then it is a fault, since the office believes that its word is in use.

use super::builtin;
use super::loader::{PARTS, SHARED, Source};
use super::template_fault::TemplateFault;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, context};
use std::collections::{BTreeMap, BTreeSet};

/// Whose words fill in for those of a language that is not built in.
const FALLBACK: &str = "en";
/// Under which an office's own part finds the built-in words.
const BUILT_IN_WORDS: &str = "built_in_words";

/// What was found out about the words of an office's own parts.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// The built-in parts from which own ones take words, by the path under which they find them.
    pub built_in: BTreeMap<String, &'static str>,
    /// Which words were filled in, and which are of no use.
    pub warnings: Vec<TemplateFault>,
    /// Words that are misspelt.
    pub faults: Vec<TemplateFault>,
}

/// Fills in, in `sources`, what own parts lack. `empty`: an environment without templates.
pub(super) fn fill_in(sources: &mut BTreeMap<String, Source>, empty: impl Fn() -> Environment<'static>) -> Filled {
    let mut filled = Filled::default();
    let own: Vec<String> = sources.iter().filter(|(path, source)| source.is_own && is_part(path)).map(|(path, _)| path.clone()).collect();
    for path in own {
        let Some((built_in_path, built_in_text)) = built_in_of(&path) else { continue };
        let Some(built_in) = words_of(empty(), built_in_text).filter(|words| words.writes_nothing) else { continue };
        let Some(source) = sources.get(&path) else { continue };
        // What is wrong with it otherwise is told when it is checked.
        let Some(words) = words_of(empty(), &source.text) else { continue };
        let found = Compared::of(&built_in.words, &words.words);
        let fault = |line, problem| TemplateFault { template: source.place.clone(), line, problem, known: vec![] };
        for surplus in found.surplus.iter().filter(|surplus| surplus.of.is_some() || !is_used(sources, &path, &surplus.word)) {
            let line = line_of(&source.text, &surplus.word);
            match found.missing.iter().find(|missing| missing.of == surplus.of && is_slip(&surplus.word, &missing.word)) {
                Some(meant) => filled.faults.push(fault(line, format!("`{surplus}` is no word of the program; did you mean `{meant}`?"))),
                None => filled.warnings.push(fault(line, format!("`{surplus}` is a word that nothing uses"))),
            }
        }
        if !found.missing.is_empty() {
            let missing: Vec<String> = found.missing.iter().map(|word| format!("`{word}`")).collect();
            filled.warnings.push(fault(None, format!("lacks {}; the words of {built_in_path} are taken", missing.join(", "))));
            let place = format!("built-in/{built_in_path}");
            let fill = found.in_template(&place);
            filled.built_in.insert(place, built_in_text);
            if let Some(source) = sources.get_mut(&path) {
                source.text.push_str(&fill);
            }
        }
    }
    filled
}

fn is_part(path: &str) -> bool {
    path.split('/').nth(1) == Some(PARTS)
}

/// The built-in part in whose place it stands; of a language that is not built in, the English one.
fn built_in_of(path: &str) -> Option<(&'static str, &'static str)> {
    let (_, part) = path.split_once('/')?;
    let built_in = |path: &str| builtin::FILES.iter().copied().find(|(known, _)| *known == path);
    built_in(path).or_else(|| built_in(&format!("{FALLBACK}/{part}")))
}

/// A word, or one of a table of words (`steps.read`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Word {
    of: Option<String>,
    word: String,
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.of {
            Some(of) => write!(f, "{of}.{}", self.word),
            None => f.write_str(&self.word),
        }
    }
}

struct Words {
    /// By name; of a table, its keys.
    words: BTreeMap<String, Option<BTreeSet<String>>>,
    writes_nothing: bool,
}

/// What a part sets. None of what does not compile or needs a letter around it.
fn words_of(mut environment: Environment<'static>, text: &str) -> Option<Words> {
    environment.add_template_owned("words", text.to_owned()).ok()?;
    let captured = environment.get_template("words").ok()?.render_captured(context! {}).ok()?;
    let state = captured.state();
    let keys = |value: &Value| value.try_iter().ok().map(|keys| keys.filter_map(|key| key.as_str().map(str::to_owned)).collect());
    let table = |word: &str| state.lookup(word).filter(|value| value.kind() == ValueKind::Map).and_then(|value| keys(&value));
    let words = state.exports().into_iter().map(|word| (word.to_owned(), table(word))).collect();
    Some(Words { words, writes_nothing: captured.output().trim().is_empty() })
}

/// An own part beside the built-in one.
struct Compared {
    missing: Vec<Word>,
    surplus: Vec<Word>,
}

impl Compared {
    fn of(built_in: &BTreeMap<String, Option<BTreeSet<String>>>, own: &BTreeMap<String, Option<BTreeSet<String>>>) -> Compared {
        let lacking = |left: &BTreeMap<String, Option<BTreeSet<String>>>, right: &BTreeMap<String, Option<BTreeSet<String>>>| {
            let mut lacking = Vec::new();
            for (word, keys) in left {
                match (keys, right.get(word)) {
                    (_, None) => lacking.push(Word { of: None, word: word.clone() }),
                    (Some(keys), Some(Some(others))) => {
                        let of_table = |key: &String| Word { of: Some(word.clone()), word: key.clone() };
                        lacking.extend(keys.difference(others).map(of_table));
                    }
                    _ => {}
                }
            }
            lacking
        };
        Compared { missing: lacking(built_in, own), surplus: lacking(own, built_in) }
    }

    /// Behind the own words, so that their lines keep their numbers.
    fn in_template(&self, built_in: &str) -> String {
        let mut text = format!("{{% import \"{built_in}\" as {BUILT_IN_WORDS} %}}");
        let names: BTreeSet<(&str, bool)> =
            self.missing.iter().map(|word| word.of.as_deref().map_or((word.word.as_str(), false), |of| (of, true))).collect();
        for (name, is_table) in names {
            let value = if is_table { format!("dict({BUILT_IN_WORDS}.{name}, **{name})") } else { format!("{BUILT_IN_WORDS}.{name}") };
            text.push_str(&format!("{{% set {name} = {value} %}}"));
        }
        text
    }
}

/// Two letters more, less, other or exchanged, of a word of six or more; one of a shorter one.
fn is_slip(written: &str, meant: &str) -> bool {
    strsim::damerau_levenshtein(written, meant) <= if meant.len() < 6 { 1 } else { 2 }
}

/// Whether an own template that may read this part names a word of it otherwise than to set it: one of its language, or of all languages. What stands
/// in a comment is not named.
fn is_used(sources: &BTreeMap<String, Source>, part: &str, word: &str) -> bool {
    let folder_of = |path: &str| path.split_once('/').map(|(folder, _)| folder.to_owned());
    let language = folder_of(part);
    let reads_it = |path: &str| folder_of(path).is_none_or(|folder| folder == SHARED || Some(folder) == language);
    sources.iter().filter(|(path, source)| source.is_own && reads_it(path)).any(|(_, source)| names_unset(&source.text, word))
}

/// Whether a template names a word more often than it sets it.
fn names_unset(text: &str, word: &str) -> bool {
    let text = without_comments(text);
    let words = || text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|found| !found.is_empty());
    let is_set = |(before, found): &(&str, &str)| *found == word && matches!(*before, "set" | "macro");
    words().filter(|found| *found == word).count() > words().zip(words().skip(1)).filter(is_set).count()
}

fn without_comments(text: &str) -> String {
    let mut parts = text.split("{#");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| kept + part.split_once("#}").map_or("", |(_, rest)| rest))
}

/// The first line that names it, from 1.
fn line_of(text: &str, word: &str) -> Option<usize> {
    text.lines().position(|line| line.contains(word)).map(|line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_a_word_of_another_build() {
        for (written, meant, slip) in [
            ("greting", "greeting", true),
            ("greetign", "greeting", true),
            ("from_sorce", "from_source", true),
            ("no", "on", true),
            ("at", "on", false),
            ("office_label", "unit_label", false),
            ("unknown_sender", "no_name", false),
        ] {
            assert_eq!(is_slip(written, meant), slip, "{written} {meant}");
        }
    }
}
