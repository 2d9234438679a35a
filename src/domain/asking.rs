//! Who is asked about what: which recommendations stand in one letter, from when its term is counted, and what correspondence begun by hand means to
//! the register.

use super::calendar::{Calendar, DeadlineBasis, StartEvent, Term, Unit, compute, days_between};
use super::identity::{AuthorityId, RecommendationId};
use super::recommendation::Addressee;
use super::request::Request;
use jiff::civil::Date;
use std::collections::HashMap;

/// Which recommendations are to be asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestSelection {
    Report(String),
    Recommendation(String),
    /// Every recommendation with an addressee who was not asked yet.
    AllNew,
}

/// A recommendation and one of its addressees, who was not asked about it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAsked {
    pub recommendation: RecommendationId,
    /// The report that it stands in, or its own reference where there is none.
    pub matter: String,
    pub urgency: String,
    pub addressee: Addressee,
}

/// Recommendations that go to one addressee in one letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InOneLetter {
    pub matter: String,
    pub urgency: String,
    pub addressee: Addressee,
    pub recommendations: Vec<RecommendationId>,
}

/// What is of one matter and one urgency goes to an addressee in one letter. Letters and what stands in them keep the order in which it is given.
pub fn in_letters(not_asked: impl IntoIterator<Item = NotAsked>) -> Vec<InOneLetter> {
    let mut letters: Vec<InOneLetter> = Vec::new();
    let mut places = HashMap::new();
    for NotAsked { recommendation, matter, urgency, addressee } in not_asked {
        let key = (matter.clone(), urgency.clone(), addressee.authority, addressee.unit.clone());
        let place = *places.entry(key).or_insert(letters.len());
        if place == letters.len() {
            letters.push(InOneLetter { matter, urgency, addressee, recommendations: vec![] });
        }
        if let Some(letter) = letters.get_mut(place) {
            letter.recommendations.push(recommendation);
        }
    }
    letters
}

/// Each addressee with its unit: the same authority named again is, as letters say it, `office 2`, `office 3`.
pub fn with_units(named: &[AuthorityId]) -> Vec<Addressee> {
    let mut addressees: Vec<Addressee> = Vec::with_capacity(named.len());
    for &authority in named {
        let named_before = addressees.iter().filter(|other| other.authority == authority).count();
        let unit = if named_before == 0 { String::new() } else { format!("office {}", named_before + 1) };
        addressees.push(Addressee { authority, unit });
    }
    addressees
}

/// From what the deadline of a request that is being opened is computed. `sending`: the day on which its letter leaves; `made_on`: when the
/// recommendations were made.
pub fn basis_of_new(start_event: StartEvent, term: Term, sending: Date, made_on: impl IntoIterator<Item = Date>) -> DeadlineBasis {
    let start = match start_event {
        StartEvent::Sending => sending,
        StartEvent::Report => made_on.into_iter().max().unwrap_or(sending),
    };
    DeadlineBasis { start, start_event, term, stated: None, pauses: vec![], extensions: vec![] }
}

/// The deadline that a first letter names. Where the term starts with the sending it is counted from `leaves_on`: the day on which the letter is
/// written, or of a draft the last on which it can be released.
pub fn named_deadline(basis: &DeadlineBasis, leaves_on: Date, calendar: &Calendar) -> Date {
    let start = if basis.start_event == StartEvent::Sending { leaves_on } else { basis.start };
    compute(&DeadlineBasis { start, ..basis.clone() }, calendar).deadline
}

/// From what the deadline of correspondence begun by hand is computed, whose letter names the day. None if that lies before it was sent.
pub fn basis_of_adopted(sent_on: Date, deadline: Date) -> Option<DeadlineBasis> {
    let length = u32::try_from(days_between(sent_on, deadline)).ok()?;
    Some(DeadlineBasis {
        start: sent_on,
        start_event: StartEvent::Sending,
        term: Term { length, unit: Unit::Days, end_on_working_day: false },
        stated: Some(deadline),
        pauses: vec![],
        extensions: vec![],
    })
}

/// What a row of correspondence begun by hand means to the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adoption {
    New,
    /// The register has it already, as the row says.
    Done,
    /// The register has a request of this reference to another authority or with other dates.
    Contradicted,
}

/// `known`: the request of the row's reference, if there is one.
pub fn adoption(known: Option<&Request>, authority: Option<AuthorityId>, sent_on: Date, deadline: Date) -> Adoption {
    let Some(known) = known else { return Adoption::New };
    let same = authority == Some(known.authority)
        && known.basis.start == sent_on
        && known.basis.term.end(known.basis.start, &Calendar::plain("")) == deadline;
    if same { Adoption::Done } else { Adoption::Contradicted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_letter_names_a_deadline_that_counts_from_when_it_leaves_unless_the_report_starts_the_term() {
        let term = Term { length: 7, unit: Unit::Days, end_on_working_day: false };
        let (opened, released) = (date(2026, 11, 30), date(2026, 12, 3));
        for (start_event, leaves_on, expected) in [
            (StartEvent::Sending, opened, date(2026, 12, 7)),
            (StartEvent::Sending, released, date(2026, 12, 10)),
            (StartEvent::Report, released, date(2026, 12, 7)),
        ] {
            let basis = basis_of_new(start_event, term, opened, [opened]);
            assert_eq!(named_deadline(&basis, leaves_on, &Calendar::plain("office")), expected, "{start_event:?}");
        }
    }

    #[test]
    fn an_addressee_gets_a_letter_for_each_matter_and_urgency_and_each_of_its_units_one_of_its_own() {
        let not_asked = |recommendation, matter: &str, urgency: &str, authority, unit: &str| NotAsked {
            recommendation: RecommendationId(recommendation),
            matter: matter.into(),
            urgency: urgency.into(),
            addressee: Addressee { authority: AuthorityId(authority), unit: unit.into() },
        };
        let letters = in_letters([
            not_asked(1, "Visit 1", "ordinary", 1, ""),
            not_asked(1, "Visit 1", "ordinary", 2, ""),
            not_asked(1, "Visit 1", "ordinary", 2, "office 2"),
            not_asked(2, "Visit 1", "urgent", 1, ""),
            not_asked(3, "Visit 1", "ordinary", 1, ""),
            not_asked(4, "Visit 2", "ordinary", 1, ""),
        ]);
        let told: Vec<String> = letters
            .iter()
            .map(|letter| {
                let InOneLetter { matter, urgency, addressee, recommendations } = letter;
                let numbers: Vec<i64> = recommendations.iter().map(|id| id.0).collect();
                format!("{matter}, {urgency}, to {} {:?}: {numbers:?}", addressee.authority, addressee.unit)
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        Visit 1, ordinary, to 1 "": [1, 3]
        Visit 1, ordinary, to 2 "": [1]
        Visit 1, ordinary, to 2 "office 2": [1]
        Visit 1, urgent, to 1 "": [2]
        Visit 2, ordinary, to 1 "": [4]
        "#);
    }

    #[test]
    fn an_authority_that_is_named_twice_is_two_units_of_it() {
        let units: Vec<String> = with_units(&[1, 2, 1, 1].map(AuthorityId)).into_iter().map(|addressee| addressee.unit).collect();
        assert_eq!(units, ["", "", "office 2", "office 3"]);
    }

    #[test]
    fn a_term_is_counted_from_the_sending_or_from_the_last_recommendation() {
        let term = Term { length: 1, unit: Unit::Months, end_on_working_day: false };
        let (sending, first, last) = (date(2026, 3, 10), date(2026, 2, 1), date(2026, 2, 20));
        for (event, made_on, start) in [
            (StartEvent::Sending, vec![first, last], sending),
            (StartEvent::Report, vec![first, last], last),
            (StartEvent::Report, vec![], sending),
        ] {
            assert_eq!(basis_of_new(event, term, sending, made_on).start, start, "{event:?}");
        }
    }

    #[test]
    fn correspondence_begun_by_hand_is_known_again_by_authority_and_dates() {
        let (sent_on, deadline) = (date(2026, 3, 10), date(2026, 4, 30));
        let basis = basis_of_adopted(sent_on, deadline).unwrap();
        assert_eq!((basis.term.length, basis.stated), (51, Some(deadline)));
        assert_eq!(basis_of_adopted(deadline, sent_on), None);
        let known = Request { authority: AuthorityId(1), basis, ..crate::domain::request::tests::request(deadline, 1, 0) };
        for (authority, sent_on, deadline, adoption_is) in [
            (Some(AuthorityId(1)), sent_on, deadline, Adoption::Done),
            (Some(AuthorityId(2)), sent_on, deadline, Adoption::Contradicted),
            (None, sent_on, deadline, Adoption::Contradicted),
            (Some(AuthorityId(1)), date(2026, 3, 11), deadline, Adoption::Contradicted),
            (Some(AuthorityId(1)), sent_on, date(2026, 5, 1), Adoption::Contradicted),
        ] {
            assert_eq!(adoption(Some(&known), authority, sent_on, deadline), adoption_is, "{authority:?} {sent_on} {deadline}");
        }
        assert_eq!(adoption(None, Some(AuthorityId(1)), sent_on, deadline), Adoption::New);
    }
}
