//! Dates and times of day as mail clients write them into the lines above a quote.

use super::client_words::WORDS;
use regex::Regex;
use std::sync::LazyLock;

pub(super) static TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[0-9]{1,2} ?[:.h時时시] ?[0-9]{2}(?:[^0-9./]|$)|gmt|utc|[0-9] ?[ap]\.?m(?-u:\b)").expect("a constant pattern")
});

/// A year (25… is of the Buddhist calendar) or a date in figures.
pub(super) static DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^0-9])(?:19|20|25)[0-9]{2}(?:[^0-9]|$)|[0-9]{1,2}[./-] ?[0-9]{1,2}[./-] ?[0-9]{2,4}").expect("a constant pattern")
});

/// A date with its time of day.
pub(super) fn is_stamp(folded: &str) -> bool {
    DATE.is_match(folded) && TIME.is_match(folded)
}

/// A digit among the first five words, and the first of them one that clients begin with: "on", "am tue", "20 okt.", "пн, 6".
pub(super) fn opens_with_a_date(folded: &str) -> bool {
    let mut words = folded.split(' ');
    let Some(first) = words.next() else { return false };
    if first.starts_with(|letter: char| letter.is_ascii_digit()) && !first.contains('@') || starts_with_a_wide_opener(first) {
        return true;
    }
    let digit_near = |count: usize| folded.split(' ').skip(1).take(count).any(|word| word.bytes().any(|byte| byte.is_ascii_digit()));
    if WORDS.opens_attribution(first.trim_end_matches([',', '.', ':'])) {
        return digit_near(4);
    }
    // "tir. 18. apr.", "ср, 30 апр.", "понедельник, 6 октября": the weekday, closed by a mark, then the day.
    let two_words_open = folded.split(' ').take(2).collect::<Vec<_>>().join(" ");
    if WORDS.opens_attribution(&two_words_open) {
        return digit_near(5);
    }
    let short_word = first.chars().count() <= 13;
    short_word && first.ends_with([',', '.']) && digit_near(1)
        || first.chars().count() <= 3 && first.chars().all(char::is_alphabetic) && digit_near(1)
}

/// Chinese clients write "在2016年11月8日" without a space.
fn starts_with_a_wide_opener(first: &str) -> bool {
    let mut letters = first.chars();
    letters.next().is_some_and(|letter| letter >= '\u{2e80}' && WORDS.opens_attribution(&letter.to_string()))
        && first.bytes().any(|byte| byte.is_ascii_digit())
        || first.starts_with(|letter: char| letter >= '\u{2e80}') && WORDS.opens_attribution(first)
}
