//! Whether anything is heard of the letters to a place: a reply, a receipt, a delivery report. Where a filter sorts the office's letters out as spam, the
//! server accepts each of them, none comes back, and nobody ever sees one.

use super::calendar::plus_days;
use super::free_mail::is_free_mail;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// So many letters in a row of which nothing is heard are told.
pub const IN_A_ROW: usize = 10;

/// A letter counts from this day on. Receipts and automatic answers come within minutes, and whoever is at work has opened it by then.
const DAYS_TO_BE_HEARD_OF: i64 = 5;

/// A letter that a server took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptedLetter {
    pub on: Date,
    /// Something came since that shows that it arrived: a reply, an acknowledgement, an automatic answer, a receipt, a report of delivery.
    pub heard_of: bool,
}

/// The last letters to a place, of none of which anything is heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// A domain, or an address at a provider where anybody can have one.
    pub to: String,
    pub letters: usize,
    /// When the first of them left, on the office's calendar.
    pub since: Date,
}

/// What letters to `address` are counted by, in lower case: its domain, whose users share a filter, or at a public provider the address itself.
pub fn place(address: &str) -> String {
    let address = address.trim().to_lowercase();
    match address.rsplit_once('@') {
        Some((_, domain)) if !is_free_mail(domain) => domain.to_owned(),
        _ => address,
    }
}

/// Whether a letter is old enough to have been heard of.
pub fn counts(left_on: Date, today: Date) -> bool {
    left_on <= plus_days(today, -DAYS_TO_BE_HEARD_OF)
}

/// Judges the letters to one place that count, oldest first.
pub fn silence(to: &str, letters: &[AcceptedLetter]) -> Option<Silence> {
    let last = letters.get(letters.len().checked_sub(IN_A_ROW)?..)?;
    let first = last.first().filter(|_| last.iter().all(|letter| !letter.heard_of))?;
    Some(Silence { to: to.to_owned(), letters: last.len(), since: first.on })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    /// One letter a day from 1 March on: `+` was heard of, `-` was not.
    fn letters(heard: &str) -> Vec<AcceptedLetter> {
        heard.bytes().zip(1i8..).map(|(sign, day)| AcceptedLetter { on: date(2026, 3, day), heard_of: sign == b'+' }).collect()
    }

    #[test]
    fn a_place_is_silent_if_nothing_is_heard_of_the_last_ten_letters_to_it() {
        let table = [
            ("", None),
            ("---------", None),
            ("----------", Some(1)),
            ("---+------", None),
            ("+---------", None),
            ("---------+", None),
            // What was heard of earlier letters says nothing of today's filter.
            ("++----------", Some(3)),
            ("+-+----------", Some(4)),
            ("--------------", Some(5)),
            ("-------------+", None),
        ];
        for (heard, since) in table {
            let expected = since.map(|day| Silence { to: "ministry.example".into(), letters: 10, since: date(2026, 3, day) });
            assert_eq!(silence("ministry.example", &letters(heard)), expected, "{heard}");
        }
    }

    #[test]
    fn a_domain_is_one_place_and_each_address_at_a_public_provider_is_one() {
        for (address, expected) in [
            ("Post@Ministry.Example", "ministry.example"),
            ("minister@ministry.example", "ministry.example"),
            ("head@sub.ministry.example", "sub.ministry.example"),
            ("Old.Prison@gmail.com", "old.prison@gmail.com"),
            ("governor@seznam.cz", "governor@seznam.cz"),
            ("no address", "no address"),
        ] {
            assert_eq!(place(address), expected);
        }
    }

    #[test]
    fn a_letter_of_this_week_may_still_be_heard_of() {
        let today = date(2026, 3, 10);
        assert!(counts(date(2026, 3, 5), today));
        assert!(!counts(date(2026, 3, 6), today) && !counts(date(2026, 3, 11), today));
    }
}
