//! Numbers as letters write them: "1, 2 and 4", "2–4", "No. 3", in the digits of several scripts.

use crate::mail::folding::fold;
use regex::Regex;
use std::sync::LazyLock;

/// What stands between the ends of a range. "a" is "to" in Spanish and "and" in Czech, and is taken for neither.
const RANGES: [&str; 15] = ["-", "to", "through", "bis", "à", "al", "až", "do", "tot", "t/m", "до", "по", "至", "到", "から"];

/// A range of recommendations ("2–7") names at most this many.
const RANGE: u32 = 60;

/// "1, 2 and 4", "2–4", "1 & 3".
static NUMBERS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[0-9]{1,3}(?:\([a-z]\)|[a-z]\b)?(?:\s*(?:,|;|-|&|/|to|through|and|und|et|y|e|en|og|och|i|a|à|al|až|do|tot|t/m|ja|si|și|ve|и|та|і|до|по|bis|và|至|到|から)\s*[Rr]?[0-9]{1,3})*")
        .expect("a constant pattern")
});

/// The numbers at the beginning of a text and how many bytes of it they take.
pub(super) fn numbers(text: &str) -> Option<(Vec<String>, usize)> {
    let end = text.char_indices().take(60).last().map_or(0, |(at, letter)| at + letter.len_utf8());
    let window = &text[..end];
    let plain: String = window
        .chars()
        .map(|letter| if is_digit(letter) { fold(&letter.to_string()).chars().next().unwrap_or(letter) } else { letter })
        .map(|letter| if matches!(letter, '–' | '—' | '‑') { '-' } else { letter })
        .collect();
    let found = NUMBERS.find(&plain)?;
    let letters = plain[..found.end()].chars().count();
    let length = window.char_indices().nth(letters).map_or(window.len(), |(at, _)| at);
    let mut listed: Vec<String> = Vec::new();
    let mut range = false;
    for piece in pieces(found.as_str()) {
        let digits = piece.trim_end_matches(|letter: char| !letter.is_ascii_digit());
        if let Ok(number) = digits.parse::<u32>() {
            if range
                && let Some(first) = listed.last().and_then(|last| last.parse::<u32>().ok())
                && number > first
                && number - first <= RANGE
            {
                listed.extend((first + 1..number).map(|between| between.to_string()));
            }
            listed.push(number.to_string());
            range = false;
        }
        range |= RANGES.contains(&piece[digits.len()..].trim().trim_end_matches(['R', 'r']).trim());
    }
    (!listed.is_empty()).then_some((listed, length))
}

/// Each number with what joins it to the next.
fn pieces(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let next = rest[digits..].find(|letter: char| letter.is_ascii_digit()).map_or(rest.len(), |at| digits + at);
        let (piece, behind) = rest.split_at(next);
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    })
}

/// "no.", "Nr.", "n°", "№", "č.", "бр." and their kin between the word and its number.
pub(super) fn without_number_sign(word: &str) -> &str {
    let mut bare = word.trim_end_matches([' ', '.', '°', 'º', '#', '№', ':', '(', '[']);
    for sign in [
        "number",
        "numero",
        "nummer",
        "numer",
        "num",
        "no",
        "nr",
        "n",
        "c",
        "br",
        "бр",
        "номер",
        "رقم",
        "св",
        "αριθ",
        "αρ",
        "מספר",
        "מס'",
        "sz",
    ] {
        if let Some(shorter) = bare.strip_suffix(sign)
            && shorter.ends_with(' ')
        {
            bare = shorter.trim_end_matches([' ', '.']);
            break;
        }
    }
    bare
}

pub(super) fn is_digit(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, '０'..='９' | '٠'..='٩' | '۰'..='۹')
}
