//! Recommendations: what should be done, and by whom.

use super::confidentiality::Class;
use super::identity::{AuthorityId, RecommendationId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommendation {
    pub id: RecommendationId,
    /// The office's own number for it, or the report's.
    pub reference: String,
    pub text: String,
    pub made_on: Date,
    /// The visit report it stands in.
    pub report: Option<String>,
    pub place: Option<String>,
    pub theme: Option<String>,
    /// Class of urgency: a name of a term and a ladder in the configuration.
    pub urgency: String,
    /// Reference of the earlier recommendation that this one makes again.
    pub repeats: Option<String>,
    pub class: Class,
}

/// To whom a recommendation is directed; the same authority may be named twice for two units of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressee {
    pub authority: AuthorityId,
    pub unit: String,
}

/// A recommendation that the register has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRecommendation {
    pub recommendation: Recommendation,
    pub addressees: Vec<Addressee>,
    /// Of any of them, in a letter that has quoted it.
    pub was_asked_about: bool,
}

/// What a row of a table of recommendations means to the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    New,
    Unchanged,
    Changed,
    /// A letter has quoted it with another content, which cannot be changed any more.
    AskedAboutOtherwise,
}

/// `known`: what the register has under the reference. The number of `row` is not looked at.
pub fn imported(known: Option<&KnownRecommendation>, row: &Recommendation, addressees: &[Addressee]) -> Imported {
    let Some(known) = known else { return Imported::New };
    let row = Recommendation { id: known.recommendation.id, ..row.clone() };
    if known.recommendation == row && known.addressees == addressees {
        Imported::Unchanged
    } else if known.was_asked_about {
        Imported::AskedAboutOtherwise
    } else {
        Imported::Changed
    }
}

/// Whether a bare number in an answer ("2.", "R2:") says which recommendation is meant: not where it is the place of one in our letter and the short
/// reference of another (`1. [R2]`, `2. [R1]`). `references` in the order of the letter, `number` from 1.
pub fn is_clear_number(number: usize, references: &[&str]) -> bool {
    (1..).zip(references).all(|(place, reference)| place == number || short_number(reference) != Some(number))
}

/// Of a reference that is a number and hardly more: `R2`, `A 2`, `2`.
fn short_number(reference: &str) -> Option<usize> {
    let digits = reference.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let sign = reference.len() - digits.len();
    (sign <= 5 && digits.len() <= 3).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn what_letters_have_quoted_is_not_changed_by_an_import() {
        let recommendation = Recommendation {
            id: RecommendationId(7),
            reference: "2026/3-1".into(),
            text: "Air the cells.".into(),
            made_on: date(2026, 3, 1),
            report: None,
            place: None,
            theme: None,
            urgency: "ordinary".into(),
            repeats: None,
            class: Class::Confidential,
        };
        let to = |authority| vec![Addressee { authority: AuthorityId(authority), unit: String::new() }];
        let row = Recommendation { id: RecommendationId(0), ..recommendation.clone() };
        let other = Recommendation { text: "Air the cells daily.".into(), ..row.clone() };
        let known = |was_asked_about| KnownRecommendation { recommendation: recommendation.clone(), addressees: to(1), was_asked_about };
        for (known, row, to, meant) in [
            (None, &row, to(1), Imported::New),
            (Some(known(false)), &row, to(1), Imported::Unchanged),
            (Some(known(true)), &row, to(1), Imported::Unchanged),
            (Some(known(false)), &other, to(1), Imported::Changed),
            (Some(known(false)), &row, to(2), Imported::Changed),
            (Some(known(true)), &other, to(1), Imported::AskedAboutOtherwise),
            (Some(known(true)), &row, to(2), Imported::AskedAboutOtherwise),
        ] {
            assert_eq!(imported(known.as_ref(), row, &to), meant, "{known:?}");
        }
    }

    #[test]
    fn a_number_that_is_the_place_of_one_and_the_reference_of_another_is_not_clear() {
        assert!(!is_clear_number(1, &["R2", "R1"]) && !is_clear_number(2, &["R2", "R1"]));
        assert!(!is_clear_number(1, &["2", "Rec. 1"]));
        assert!(is_clear_number(1, &["R1", "R2"]) && is_clear_number(2, &["R1", "R2"]));
        assert!(is_clear_number(1, &["R2", "R3"]), "nothing else is called so");
        assert!(is_clear_number(2, &["2026/3-2", "2026/3-1"]), "nobody calls that one \"2\" who answers a letter that numbers them");
        assert!(is_clear_number(3, &[]) && is_clear_number(1, &["", "no number"]));
    }
}
