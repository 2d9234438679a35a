//! What of ours a mail names in its words, beside references of our own form: letters sent by hand, recommendations, reports, subjects.

use super::evidence::EvidenceKind;
use crate::domain::folding::fold;
use crate::domain::identity::RequestId;
use std::collections::HashSet;

/// Bytes; shorter names are found by chance.
const LEAST_TELLING: usize = 5;

/// The latest open requests to an authority whose recommendations, reports and subjects a mail is searched for. Nobody has more open in earnest; and
/// a mail that names none of so many is linked by a person.
pub const MOST_SEARCHED: u32 = 200;

/// The latest requests to an authority that are looked at for whether another one than a settled one is open: that is true of one of the last few, or
/// of none that a mail of today would be meant for.
pub const MOST_OTHERS: u32 = 50;

/// Letters of each text of a mail in which such names are looked for.
const MOST_SAID: usize = 20_000;

/// The texts of a mail, folded, as names are looked for in them: people's programs change dashes, blanks and line ends.
#[derive(Debug, Clone)]
pub struct Said {
    subject: String,
    reply: String,
    quoted: String,
    /// Names and texts of what is attached.
    attached: Vec<String>,
    /// All numbers in them.
    numbers: HashSet<String>,
}

/// How a mail names the reference of a request that was begun by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReferenceByHand {
    No,
    /// By itself, in these places.
    Named(Vec<EvidenceKind>),
    /// Within a longer one: of another letter in the same file, or with a mark of whoever answers. It counts for mail of its authority.
    Within,
}

/// A request that a sender's authority has not answered for good, and what names it.
#[derive(Debug, Clone)]
pub struct OpenRequest {
    pub id: RequestId,
    pub is_sent: bool,
    /// References of its recommendations and their reports.
    pub names: Vec<String>,
    /// Of the letter, if it was sent by hand.
    pub subject: Option<String>,
}

/// A request begun by hand whose reference a mail names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedByHand {
    pub request: RequestId,
    pub kind: EvidenceKind,
    pub reference: String,
}

impl Said {
    /// `reply`: what its author newly wrote. `attached`: names and texts of attachments.
    pub fn new<'a>(subject: &str, reply: &str, quoted: &str, attached: impl IntoIterator<Item = &'a String>) -> Said {
        let folded =
            |text: &str| fold(text.get(..text.char_indices().nth(MOST_SAID).map_or(text.len(), |(end, _)| end)).unwrap_or_default());
        let mut said = Said {
            subject: folded(subject),
            reply: folded(reply),
            quoted: folded(quoted),
            attached: attached.into_iter().map(|text| folded(text)).collect(),
            numbers: HashSet::new(),
        };
        let texts = [&said.subject, &said.reply, &said.quoted].into_iter().chain(&said.attached);
        said.numbers = texts.flat_map(|text| numbers_in(text)).map(str::to_owned).collect();
        said
    }

    /// How it names the reference of a request that was begun by hand. That has no check character, so it must at least hold a number.
    pub fn names_by_hand(&self, reference: &str) -> ReferenceByHand {
        // Of thousands of references, few are left to be looked for.
        if !numbers_in(&fold(reference)).all(|number| self.numbers.contains(number)) {
            return ReferenceByHand::No;
        }
        let named = self.places_of(reference, Apart::FromNumbers);
        if !named.is_empty() {
            return ReferenceByHand::Named(named);
        }
        if self.places_of(reference, Apart::FromWords).is_empty() { ReferenceByHand::No } else { ReferenceByHand::Within }
    }

    fn places_of(&self, reference: &str, apart: Apart) -> Vec<EvidenceKind> {
        if reference.len() < LEAST_TELLING || !reference.bytes().any(|byte| byte.is_ascii_digit()) {
            return Vec::new();
        }
        let attached = self.attached.iter().map(|text| (EvidenceKind::ReferenceInAttachment, text));
        let texts = [
            (EvidenceKind::ReferenceInSubject, &self.subject),
            (EvidenceKind::ReferenceInText, &self.reply),
            (EvidenceKind::ReferenceInQuote, &self.quoted),
        ];
        let mut kinds: Vec<EvidenceKind> =
            texts.into_iter().chain(attached).filter(|(_, text)| holds_apart(text, reference, apart)).map(|(kind, _)| kind).collect();
        kinds.dedup();
        kinds
    }

    /// By what it names an open request of its sender's authority, and the words: a recommendation or report asked about, or the subject of the
    /// letter, with whatever mail clients and registries put around it.
    pub fn names_open<'r>(&self, open: &'r OpenRequest) -> Option<(EvidenceKind, &'r str)> {
        let is_named = |name: &&String| name.len() >= LEAST_TELLING && (holds(&self.subject, name) || holds(&self.reply, name));
        let recommendation = open.names.iter().find(is_named).map(|name| (EvidenceKind::RecommendationNamed, name.as_str()));
        let is_answered = |subject: &&str| subject.len() >= LEAST_TELLING && holds(&self.subject, subject);
        recommendation.or_else(|| open.subject.as_deref().filter(is_answered).map(|subject| (EvidenceKind::SubjectOfLetter, subject)))
    }
}

/// What is a part of a longer reference that is named as well is not named itself.
pub fn without_parts(named: &[NamedByHand]) -> impl Iterator<Item = &NamedByHand> {
    named.iter().filter(|one| !named.iter().any(|other| other.reference != one.reference && holds(&fold(&other.reference), &one.reference)))
}

fn numbers_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_digit()).filter(|number| !number.is_empty())
}

/// What may stand beside a name that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Apart {
    /// Anything but letters and figures.
    FromWords,
    /// Nor a sign that joins it to another number: "2041/3" is not named by "2041/3-1".
    FromNumbers,
}

/// Whether `text` (folded) holds `name` as a whole, not as part of a longer number or word.
fn holds(text: &str, name: &str) -> bool {
    holds_apart(text, name, Apart::FromWords)
}

fn holds_apart(text: &str, name: &str, apart: Apart) -> bool {
    let name = fold(name);
    let joins = |beside: [Option<char>; 2]| match beside {
        [Some('-' | '/' | '.'), Some(figure)] if apart == Apart::FromNumbers => figure.is_ascii_digit(),
        [next, _] => next.is_some_and(char::is_alphanumeric),
    };
    text.match_indices(&name).any(|(start, found)| {
        let mut before = text.get(..start).unwrap_or_default().chars().rev();
        let mut after = text.get(start + found.len()..).unwrap_or_default().chars();
        !joins([before.next(), before.next()]) && !joins([after.next(), after.next()])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(subject: &str, reply: &str) -> Said {
        Said::new(subject, reply, "", [])
    }

    #[test]
    fn a_reference_of_a_letter_sent_by_hand_is_named_whole_or_within_a_longer_one() {
        use EvidenceKind::{ReferenceInAttachment, ReferenceInQuote, ReferenceInSubject, ReferenceInText};
        let attached = ["Reply to 2041/3.pdf".to_owned()];
        for (said, expected) in [
            (said("Re: 2041/3", ""), ReferenceByHand::Named(vec![ReferenceInSubject])),
            (said("Re: 2041/3", "Your letter 2041/3."), ReferenceByHand::Named(vec![ReferenceInSubject, ReferenceInText])),
            (Said::new("", "", "> 2041/3", &attached), ReferenceByHand::Named(vec![ReferenceInQuote, ReferenceInAttachment])),
            (said("Re: 2041/3-1", ""), ReferenceByHand::Within),
            (said("Re: 2041/3-1", "our 2041/3"), ReferenceByHand::Named(vec![ReferenceInText])),
            (said("Re: 12041/3", ""), ReferenceByHand::No),
            (said("Re: 2041", "3 recommendations"), ReferenceByHand::No),
            (said("", ""), ReferenceByHand::No),
        ] {
            assert_eq!(said.names_by_hand("2041/3"), expected, "{said:?}");
        }
        for telling_nothing in ["no number", "12/3"] {
            assert_eq!(said("no number, 12/3", "").names_by_hand(telling_nothing), ReferenceByHand::No, "{telling_nothing}");
        }
    }

    #[test]
    fn an_open_request_is_named_by_its_recommendation_before_its_subject() {
        let open = OpenRequest {
            id: RequestId(1),
            is_sent: true,
            names: vec!["R1".into(), "2025/12".into()],
            subject: Some("Visit to Northgate Prison".into()),
        };
        for (subject, reply, expected) in [
            ("RE: visit to Northgate  prison", "On 2025/12 we say", Some((EvidenceKind::RecommendationNamed, "2025/12"))),
            ("RE: [EXT] Visit to Northgate Prison (our ref 9)", "", Some((EvidenceKind::SubjectOfLetter, "Visit to Northgate Prison"))),
            ("RE: visit", "Visit to Northgate Prison, R1", None),
        ] {
            assert_eq!(said(subject, reply).names_open(&open), expected, "{subject}");
        }
    }

    #[test]
    fn a_part_of_a_longer_reference_is_not_named_beside_it() {
        let named =
            |id, reference: &str| NamedByHand { request: RequestId(id), kind: EvidenceKind::ReferenceInText, reference: reference.into() };
        let both = [named(1, "2041/3"), named(2, "2041/3-1"), named(3, "77/2026")];
        let left: Vec<i64> = without_parts(&both).map(|one| one.request.0).collect();
        assert_eq!(left, [2, 3]);
    }
}
