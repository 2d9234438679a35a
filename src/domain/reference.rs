//! References: the registration numbers that stand in subjects, with a check character, and how people write them.
//!
//! `NPM-2026-0147-K`: prefix, year, running number, check letter. People write them in lower case, with other hyphens, with spaces; what they
//! meant is recognised, and a slip in any one digit or a swap of two neighbours makes the check letter wrong.

use super::plain_text::plain;
use regex::Regex;
use std::sync::LazyLock;

/// No I, L, O: they are taken for 1 and 0. 23 is prime, so that every single slip and every swap of neighbours shows.
const CHECK_LETTERS: &[u8; 23] = b"ABCDEFGHJKMNPQRSTUVWXYZ";

/// A reference with its check letter, in its one written form.
pub fn reference(prefix: &str, year: i16, number: u32) -> String {
    let stem = format!("{prefix}-{year}-{number:04}");
    let check = check_letter(&stem);
    format!("{stem}-{check}")
}

/// The year and the running number of one of our references in its one written form.
pub fn numbered(written: &str, prefix: &str) -> Option<(i16, u32)> {
    let (year, rest) = written.strip_prefix(prefix)?.strip_prefix('-')?.split_once('-')?;
    let (year, number) = (year.parse().ok()?, rest.split('-').next()?.parse().ok()?);
    (reference(prefix, year, number) == written).then_some((year, number))
}

/// Each character's value (base 36) times its place from the right, 1 to 22, modulo 23.
fn check_letter(stem: &str) -> char {
    let sum: u32 =
        stem.chars().filter_map(|character| character.to_digit(36)).rev().zip((1..=22).cycle()).map(|(value, weight)| value * weight).sum();
    char::from(CHECK_LETTERS[(sum % 23) as usize])
}

/// A run of characters that looks like one of our references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// In the one written form.
    pub reference: String,
    /// Whether the check letter is right. A wrong one links nothing.
    pub valid: bool,
}

/// What follows the prefix. Separators as people type them: every Unicode hyphen and dash, soft hyphen, minus sign, space, underscore, slash, dot.
static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let separator = r"[\s_/.\p{Pd}\u{00AD}\u{2212}]";
    Regex::new(&format!(r"(?i)^{separator}{{0,3}}((?:19|20|21)\d\d){separator}{{1,3}}(\d{{4,6}}){separator}{{0,3}}([a-z])(?:$|[^0-9a-z])"))
        .ok()
});

/// At most this many references are looked at in one text: a dossier may list thousands.
const MOST_FOUND: usize = 200;

/// Everything in `text` that looks like a reference with our prefix, each once, in order.
pub fn find(text: &str, prefix: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let text = plain(text);
    let Some(pattern) = PATTERN.as_ref() else { return found };
    for rest in behind(&text, prefix) {
        let Some(captures) = pattern.captures(rest) else { continue };
        let (_, [year, number, check]) = captures.extract();
        let stem = format!("{}-{year}-{number}", prefix.to_ascii_uppercase());
        let check = check.to_ascii_uppercase();
        let valid = check.starts_with(check_letter(&stem));
        let entry = Found { reference: format!("{stem}-{check}"), valid };
        if !found.contains(&entry) {
            found.push(entry);
        }
        if found.len() == MOST_FOUND {
            break;
        }
    }
    found
}

/// What stands behind each place where a word begins with the prefix. Not by the regex: one that looks for any prefix at every word took a
/// twentieth of the time in which mail is recorded.
fn behind<'a>(text: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    let first = prefix.bytes().next().unwrap_or_default();
    memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text.as_bytes()).filter_map(move |place| {
        let (before, here) = text.split_at_checked(place)?;
        let (written, rest) = here.split_at_checked(prefix.len())?;
        // Scripts without blanks between words (from U+2E80 on) write it right beside their own. Names of files join words by underscores.
        let within_a_word = before.chars().next_back().is_some_and(|letter| letter.is_alphanumeric() && letter < '\u{2e80}');
        (written.eq_ignore_ascii_case(prefix) && !within_a_word).then_some(rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn as_people_write_it() {
        let ours = reference("NPM", 2026, 147);
        let check = ours.chars().last().unwrap();
        for written in [
            ours.clone(),
            ours.to_lowercase(),
            ours.replace('-', "\u{2013}"),
            ours.replace('-', "\u{2011}"),
            ours.replace('-', " - "),
            ours.replace('-', "/"),
            format!("NPM 2026 0147 {check}"),
            format!("npm2026-0147{check}"),
            format!("Answer_NPM-2026-0147-{check}_signed.pdf"),
            format!("编号NPM-2026-0147-{check}的信"),
            format!("ＮＰＭ－２０２６－０１４７－{check}"),
            format!("NPM-٢٠٢٦-٠١٤٧-{check}"),
            format!("NPM-2026-\u{200b}0147\u{200b}-{check}"),
        ] {
            let text = format!("Re: your letter ({written}), with thanks");
            assert_eq!(find(&text, "NPM"), vec![Found { reference: ours.clone(), valid: true }], "{written}");
        }
    }

    #[test]
    fn a_wrong_check_letter_is_seen() {
        let ours = reference("NPM", 2026, 147);
        let wrong = ours.replace("0147", "0174");
        assert_eq!(find(&wrong, "NPM"), vec![Found { reference: wrong.clone(), valid: false }]);
    }

    #[test]
    fn other_bodies_numbers_are_not_ours() {
        assert!(find("PFD-2026-0147-K and NPM-2026-14", "NPM").is_empty());
    }

    fn is_valid(text: &[u8]) -> bool {
        find(std::str::from_utf8(text).unwrap(), "NPM").iter().any(|found| found.valid)
    }

    proptest! {
        #[test]
        fn no_single_slip_keeps_a_reference_valid(number in 0u32..999_999, place in 10usize..12, digit in 0u8..10) {
            let mut slipped = reference("NPM", 2026, number).into_bytes();
            prop_assume!(slipped[place] != b'0' + digit);
            slipped[place] = b'0' + digit;
            prop_assert!(!is_valid(&slipped));
        }

        #[test]
        fn no_swap_of_neighbours_keeps_a_reference_valid(number in 0u32..999_999, place in 9usize..12) {
            let mut swapped = reference("NPM", 2026, number).into_bytes();
            prop_assume!(swapped[place + 1].is_ascii_digit() && swapped[place] != swapped[place + 1]);
            swapped.swap(place, place + 1);
            prop_assert!(!is_valid(&swapped));
        }

        #[test]
        fn any_text_is_survived(text in ".{0,300}") {
            find(&text, "NPM");
        }
    }
}
