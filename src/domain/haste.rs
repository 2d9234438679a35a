//! What time tells of a mail's author: a machine answers at once. A short text in a language that no list knows, without a telling header, is
//! known as a machine's by nothing else.

use std::ops::RangeInclusive;

/// Seconds in which no person has fetched, read and answered a letter. Not the same second or the next: that is a clock which stands still, as
/// in a rehearsal, where the moment after a digest is all that passes.
const SOONER_THAN_A_PERSON: RangeInclusive<i64> = 2..=30;
/// Seconds by which the clocks of two servers, or their ideas of summer time, differ.
const CLOCKS_DIFFER_BY: i64 = 3_700;

/// The seconds between our letter and a mail that answers sooner than a person does. Times are Unix seconds: of the letter's first attempt, of
/// the mail's receipt, and of its own Date header, which a machine writes at once: a mail dated hours from our letter answers it by accident,
/// or one of the clocks is wrong, and then nothing is known.
pub fn sooner_than_a_person(letter: i64, received: i64, dated: Option<i64>) -> Option<i64> {
    let after = received.checked_sub(letter).filter(|after| SOONER_THAN_A_PERSON.contains(after))?;
    dated.is_none_or(|dated| dated.abs_diff(letter) <= CLOCKS_DIFFER_BY.unsigned_abs()).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_came_and_was_dated_at_once_is_a_machines() {
        let letter: i64 = 2_246_000_000;
        let day = 86_400;
        for (received, dated, expected) in [
            (0, None, None),
            (1, Some(1), None),
            (2, Some(2), Some(2)),
            (18, None, Some(18)),
            (18, Some(17), Some(18)),
            (18, Some(3_600 + 17), Some(18)),
            (18, Some(17 - 3_600), Some(18)),
            (30, Some(29), Some(30)),
            (31, Some(29), None),
            (18, Some(2 * day), None),
            (18, Some(-day), None),
            (-5, Some(-5), None),
            (18, Some(i64::MIN), None),
        ] {
            let dated = dated.map(|dated: i64| letter.saturating_add(dated));
            assert_eq!(sooner_than_a_person(letter, letter + received, dated), expected, "{received} {dated:?}");
        }
        assert_eq!(sooner_than_a_person(i64::MAX, i64::MIN, None), None);
    }
}
