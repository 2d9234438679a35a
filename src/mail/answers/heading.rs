//! How a line names the recommendation that it answers.

use super::naming::is_of_another;
use super::written_numbers::{is_digit, numbers, without_number_sign};
use crate::mail::folding::fold;
use crate::mail::phrases::is_recommendation_word;
use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

/// How sure it is that the line names a recommendation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// `1. [REF] text`, as our letters print it.
    AsPrinted,
    /// By its reference or by a word and a number.
    InWords,
    /// "1." and nothing else.
    ByNumberAlone,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heading<'a> {
    pub named: Named,
    pub references: Vec<String>,
    /// What stands behind the name on its line.
    pub text: Cow<'a, str>,
    pub line: &'a str,
}

/// Bytes of a line in which a name must stand.
const NAME: usize = 90;
/// "of the number" behind a number, folded.
const NUMBERED: [&str; 6] = ["numarali", "no'lu", "nolu", "sayili", "szamu", "sz"];

static PRINTED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[\s*•-]*(?:([0-9]{1,3})[.)]\s*)?\[\s*([^\[\]]{2,60}?)\s*\][:.\s]*").expect("a constant pattern"));
static OURS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[\s*•(\[-]*([A-Za-z]{2,10}[-–‑ /]?(?:19|20|21)[0-9]{2}[-–‑ /][0-9]{3,6}(?:[-–‑ /]?[A-Za-z])?)\b[\])*]*\s*[:.–—-]*\s*")
        .expect("a constant pattern")
});
static BARE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\s*\(?([0-9]{1,2})[.):]\s+").expect("a constant pattern"));

/// The reference of a recommendation as our letters print it, at the beginning of a quoted line; its number if there is no reference.
pub(super) fn printed(line: &str) -> Option<String> {
    if !line.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if let Some(captures) = PRINTED.captures(line) {
        let reference = captures.get(2)?.as_str();
        if is_reference(reference) {
            return Some(written_form(reference));
        }
    }
    BARE.captures(line).and_then(|captures| captures.get(1)).map(|number| number.as_str().trim_start_matches('0').to_owned())
}

/// As [`printed`], of a line that has both: the number and the reference.
pub(super) fn printed_with_number(line: &str) -> Option<(String, String)> {
    let captures = PRINTED.captures(line)?;
    let reference = captures.get(2)?.as_str();
    is_reference(reference).then(|| (captures.get(1).map_or("", |number| number.as_str()).to_owned(), written_form(reference)))
}

/// "1. [NPM-2026-" at the end of a wrapped line.
pub(super) fn opens_without_closing(line: &str) -> bool {
    line.len() < 160 && line.rfind('[').is_some_and(|open| !line[open..].contains(']') && line[..open].trim().ends_with(['.', ')']))
}

/// What the line names, if it begins by naming a recommendation.
pub(super) fn at(line: &str) -> Option<Heading<'_>> {
    if !line.contains(is_digit) {
        return None;
    }
    let heading = |named, references, from: usize| Heading { named, references, text: line[from..].trim().into(), line };
    if let Some(captures) = PRINTED.captures(line) {
        let reference = captures.get(2)?.as_str();
        if is_reference(reference) {
            let named = if captures.get(1).is_some() { Named::AsPrinted } else { Named::InWords };
            return Some(heading(named, vec![written_form(reference)], captures.get(0)?.end()));
        }
    }
    if let Some(captures) = OURS.captures(line) {
        return Some(heading(Named::InWords, vec![written_form(captures.get(1)?.as_str())], captures.get(0)?.end()));
    }
    if let Some((references, from)) = in_words(line) {
        return Some(heading(Named::InWords, references, from));
    }
    let captures = BARE.captures(line)?;
    let number = captures.get(1)?.as_str().trim_start_matches('0').to_owned();
    (!number.is_empty()).then(|| heading(Named::ByNumberAlone, vec![number], captures.get(0).map_or(0, |all| all.end())))
}

/// A reference in our letters' form at the beginning of a text, and how many bytes of the text it takes.
pub(super) fn reference_at(text: &str) -> Option<(String, usize)> {
    let found = OURS.captures(text)?.get(1)?;
    Some((written_form(found.as_str()), found.end()))
}

/// Letters and digits, a digit at least, no sentence.
fn is_reference(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit()) && text.split_whitespace().count() <= 4 && !text.contains(['@', '<', ':'])
}

/// Dashes of every kind as hyphens, no spaces, capitals.
fn written_form(reference: &str) -> String {
    reference
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| if matches!(letter, '\u{2010}'..='\u{2015}' | '\u{2212}') { '-' } else { letter.to_ascii_uppercase() })
        .collect()
}

/// "Recommendation 3", "Zu Empfehlung Nr. 3:", "R3 –", "Ad 2.", "3. doporučení:", "Recommendations 1, 2 and 4": the numbers, and where the
/// text behind them begins.
fn in_words(line: &str) -> Option<(Vec<String>, usize)> {
    let start = line.len() - line.trim_start_matches([' ', '\t', '*', '_', '#', '•', '-', '–', '(', '„', '"', '【', '［']).len();
    let rest = &line[start..];
    let (at, _) = rest.char_indices().take_while(|(at, _)| *at < NAME).find(|(_, letter)| is_digit(*letter))?;
    let (numbers, length) = numbers(&rest[at..])?;
    let behind = start + at + length;
    if at == 0 {
        // The number first, as Czech, Hungarian and Finnish count: "3. doporučení:".
        let word_from = behind + line[behind..].len() - line[behind..].trim_start_matches(['.', 'º', 'ª', '°', ' ']).len();
        let word_to = word_from + line[word_from..].find([':', '–', '—', '-', '.', '：']).unwrap_or(line.len() - word_from);
        let word = fold(line.get(word_from..word_to)?);
        // Turkish and Hungarian: "1 numaralı tavsiye kabul edilmiştir", "1. számú ajánlás".
        let mut words = word.split(' ');
        if words.next().is_some_and(|sign| NUMBERED.contains(&sign)) {
            let named = words.next().and_then(is_recommendation_word)?;
            return named.then_some((numbers, start));
        }
        return (word_to - word_from <= 40 && is_recommendation_word(&word)?).then(|| (numbers, text_from(line, word_to)));
    }
    let word = fold(&rest[..at]);
    let word = without_number_sign(&word);
    let next = line[behind..].trim_start().chars().next();
    let separated = next.is_none_or(|letter| {
        matches!(letter, ':' | '.' | ')' | ']' | '-' | '–' | '—' | '：' | '）' | '】' | '］' | '、' | '*' | '/' | ';' | ',')
    });
    let own_word = match word {
        "r" | "rec" | "rec." => Some(false),
        _ => is_recommendation_word(word),
    };
    if own_word.is_none() && ends_with_recommendation(word) {
        // "As to recommendation 3:", "En ce qui concerne la recommandation 3 :". Without the colon it may be any sentence that mentions one.
        return next.is_some_and(|letter| matches!(letter, ':' | '：' | '–' | '—')).then(|| (numbers, text_from(line, behind)));
    }
    match own_word? {
        // A sentence may begin with it: "Recommendation 3 is accepted."
        true if !separated => (!is_of_another(&line[behind..])).then_some((numbers, start)),
        true => Some((numbers, text_from(line, behind))),
        // "ad", "point", "第" name many things: only with a mark behind the number.
        false => separated.then(|| (numbers, text_from(line, behind))),
    }
}

/// A few words, the last of which means a recommendation and nothing else.
fn ends_with_recommendation(words: &str) -> bool {
    let last = words.rsplit([' ', '\'']).next().unwrap_or_default();
    words.split(' ').count() <= 6 && is_recommendation_word(last) == Some(true)
}

fn text_from(line: &str, from: usize) -> usize {
    line.len() - line[from..].trim_start_matches([':', '.', ')', ']', '-', '–', '—', ' ', '：', '）', '】', '］', '*', '_', '、']).len()
}
