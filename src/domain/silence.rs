//! Whether anything is heard of the letters to a place: a reply, a receipt, a delivery report. Where a filter sorts the office's letters out as spam,
//! the server accepts each of them, none comes back, and nobody ever sees one.

use super::calendar::plus_days;
use super::free_mail::is_free_mail;
use super::kind::Kind;
use super::reply::Effect;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// So many letters in a row of which nothing is heard are told.
pub const IN_A_ROW: usize = 10;

/// A letter counts from this day on. Receipts and automatic answers come within minutes, and whoever is at work has opened it by then.
const DAYS_TO_BE_HEARD_OF: i64 = 5;

/// A mailbox's clock, by which a mail was received, may be behind ours by so much.
const CLOCKS_APART: SignedDuration = SignedDuration::from_hours(1);

/// A letter that a server took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptedLetter {
    pub on: Date,
    /// Something came since that shows that it arrived: a reply, an acknowledgement, an automatic answer, a receipt, a report of delivery.
    pub heard_of: bool,
}

/// A letter that a server took, as far as it decides which mails tell of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LetterTaken<'a> {
    pub at: Timestamp,
    /// As [`place`] counts it.
    pub place: &'a str,
    /// It went to the authority that was asked; not to one above it.
    pub to_the_asked: bool,
}

/// A mail that is linked to a letter's request, or suggested for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Came {
    /// None of a mail that nobody has understood yet.
    pub kind: Option<Kind>,
    /// None if it is only suggested.
    pub effect: Option<Effect>,
    pub received_at: Timestamp,
    pub sender: String,
    /// A report of delivery says that it reached its recipient; not that it was given to a server that reports nothing.
    pub says_arrived: bool,
    /// Its evidence is that very letter.
    pub names_letter: bool,
}

impl LetterTaken<'_> {
    /// Whether a mail shows that this letter arrived: one that names it, comes from there, or is by whoever was asked. A server that has passed a
    /// letter on to one that reports nothing (`relayed`, RFC 3464 §2.3.3) does not know whether it arrived.
    pub fn is_told_of_by(&self, came: &Came) -> bool {
        let Some(kind) = came.kind else { return false };
        let is_receipt = matches!(kind, Kind::DeliveryReceipt | Kind::ReadReceipt);
        let is_late_enough = came.received_at.duration_since(self.at) >= -CLOCKS_APART;
        let is_bounce = kind == Kind::Bounce || came.effect == Some(Effect::Bounce);
        let is_relayed = kind == Kind::DeliveryReceipt && !came.says_arrived;
        is_late_enough
            && !is_bounce
            && !is_relayed
            && (came.names_letter || is_from(self.place, &came.sender) || !is_receipt && self.to_the_asked)
    }
}

/// Whether mail from a place shows that somebody or something reads there, linked or not: an automatic answer that names nothing of ours does;
/// newsletters and reports of mail servers do not. `kind`: none of a mail that nobody has understood yet.
pub fn shows_reading(kind: Option<Kind>, is_contradicted: bool, is_bulk: bool) -> bool {
    let is_of_servers = matches!(kind, None | Some(Kind::Bounce | Kind::DeliveryReceipt | Kind::FeedbackReport));
    !is_of_servers && !is_contradicted && !is_bulk
}

/// Whether an address is of a place: of the domain, or of one below it; or that address itself.
pub fn is_from(place: &str, sender: &str) -> bool {
    let sender = sender.trim().to_lowercase();
    let below = |place: &str, domain: &str| domain.strip_suffix(place).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    match sender.rsplit_once('@') {
        Some((_, domain)) if !place.contains('@') => below(place, domain),
        _ => sender == place,
    }
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
    fn a_letter_is_heard_of_by_what_names_it_comes_from_there_or_is_by_whoever_was_asked() {
        let at: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        let asked = LetterTaken { at, place: "ministry.example", to_the_asked: true };
        let above = LetterTaken { to_the_asked: false, ..asked };
        let came = |kind, effect, sender: &str, minutes: i64| Came {
            kind: Some(kind),
            effect,
            received_at: at + SignedDuration::from_mins(minutes),
            sender: sender.to_owned(),
            says_arrived: false,
            names_letter: false,
        };
        let (there, below, elsewhere) = ("Post@Ministry.Example", "head@east.ministry.example", "clerk@other.example");
        let reply = |sender| came(Kind::Letter, Some(Effect::Reply), sender, 60);
        let receipt = |kind, sender| came(kind, Some(Effect::Automatic), sender, 60);
        for (name, letter, mail, heard) in [
            ("a reply from there", above, reply(there), true),
            ("a reply from a domain below", above, reply(below), true),
            ("one whose domain only ends alike", above, reply("x@sham-ministry.example"), false),
            ("the asked answers from elsewhere", asked, reply(elsewhere), true),
            ("the asked answers what went to another", above, reply(elsewhere), false),
            ("it names the letter", above, Came { names_letter: true, ..reply(elsewhere) }, true),
            ("it is only suggested", asked, came(Kind::Letter, None, elsewhere, 60), true),
            ("within the hour that clocks may differ", asked, came(Kind::Letter, None, there, -60), true),
            ("before the letter left", asked, came(Kind::Letter, None, there, -61), false),
            ("read there", above, receipt(Kind::ReadReceipt, there), true),
            ("read somewhere", asked, receipt(Kind::ReadReceipt, elsewhere), false),
            ("passed on to a server that reports nothing", asked, receipt(Kind::DeliveryReceipt, there), false),
            ("delivered", asked, Came { says_arrived: true, ..receipt(Kind::DeliveryReceipt, there) }, true),
            ("delivered somewhere", asked, Came { says_arrived: true, ..receipt(Kind::DeliveryReceipt, elsewhere) }, false),
            ("it came back", asked, Came { names_letter: true, ..came(Kind::Bounce, None, there, 60) }, false),
            ("linked as one that came back", asked, came(Kind::Letter, Some(Effect::Bounce), there, 60), false),
            ("not understood yet", asked, Came { kind: None, ..reply(there) }, false),
        ] {
            assert_eq!(letter.is_told_of_by(&mail), heard, "{name}");
        }
    }

    #[test]
    fn what_people_and_their_robots_write_shows_that_a_place_reads_and_what_servers_report_does_not() {
        for kind in Kind::ALL {
            let is_of_servers = matches!(kind, Kind::Bounce | Kind::DeliveryReceipt | Kind::FeedbackReport);
            assert_eq!(shows_reading(Some(kind), false, false), !is_of_servers, "{kind:?}");
            assert!(!shows_reading(Some(kind), true, false) && !shows_reading(Some(kind), false, true), "{kind:?}");
        }
        assert!(!shows_reading(None, false, false));
    }

    #[test]
    fn an_address_at_a_public_provider_is_no_other_one_that_ends_alike() {
        for (place, sender, expected) in [
            ("ministry.example", "post@ministry.example", true),
            ("ministry.example", "post@east.ministry.example", true),
            ("ministry.example", "post@eastministry.example", false),
            ("ministry.example", "no address", false),
            ("prison@gmail.com", "Prison@gmail.com", true),
            ("prison@gmail.com", "old.prison@gmail.com", false),
            ("prison@gmail.com", "", false),
        ] {
            assert_eq!(is_from(place, sender), expected, "{place} {sender}");
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
