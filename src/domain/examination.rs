//! That a letter of the authority is being examined: on which day that counts as said, and on which day it was said.

use jiff::Timestamp;
use jiff::civil::Date;

/// A letter that says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExaminationLetter {
    pub written_on: Date,
    pub written_at: Timestamp,
    /// It goes, or was tried, for somebody to whom it is addressed. Not one that was taken out of the outbox, nor a draft.
    pub is_on_its_way: bool,
    /// A person withdrew it, and the step in whose place it was written stands as taken.
    pub is_declined: bool,
}

/// On which day it counts as said, for the steps to come. What a person did not want to be said counts as well: the step for which it was written
/// goes on naming it.
pub fn counts_as_said_on(letters: &[ExaminationLetter]) -> Option<Date> {
    letters.iter().filter(|letter| letter.is_on_its_way || letter.is_declined).map(|letter| letter.written_on).max()
}

/// On which day the authority was told it of a mail that was received then.
pub fn told_on(letters: &[ExaminationLetter], received_at: Timestamp) -> Option<Date> {
    letters.iter().filter(|letter| letter.is_on_its_way && letter.written_at > received_at).map(|letter| letter.written_on).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn what_a_person_did_not_let_leave_counts_as_said_and_nobody_was_told_it() {
        let letter = |day: i8, is_on_its_way, is_declined| {
            let written_at = format!("2041-03-{day:02}T10:00:00Z").parse().unwrap();
            ExaminationLetter { written_on: date(2041, 3, day), written_at, is_on_its_way, is_declined }
        };
        let (left, taken_out, declined) = (letter(5, true, false), letter(6, false, false), letter(7, false, true));
        let received = |text: &str| text.parse::<Timestamp>().unwrap();
        for (letters, at, counts, told) in [
            (vec![], "2041-03-01T10:00:00Z", None, None),
            (vec![left], "2041-03-01T10:00:00Z", Some(5), Some(5)),
            (vec![left], "2041-03-05T10:00:00Z", Some(5), None),
            (vec![taken_out], "2041-03-01T10:00:00Z", None, None),
            (vec![declined], "2041-03-01T10:00:00Z", Some(7), None),
            (vec![declined, left, taken_out], "2041-03-01T10:00:00Z", Some(7), Some(5)),
            (vec![left, letter(9, true, false)], "2041-03-05T10:00:00Z", Some(9), Some(9)),
        ] {
            let day = |day: Option<i8>| day.map(|day| date(2041, 3, day));
            assert_eq!((counts_as_said_on(&letters), told_on(&letters, received(at))), (day(counts), day(told)), "{letters:?}");
        }
    }
}
