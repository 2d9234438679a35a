//! The authority's position on a recommendation, if the answer states it in words.
//!
//! Only the beginning of the answer is read: positions are stated first and explained after. Where the words contradict each other, or are
//! denied or made a condition, there is no position: a person reads it.

use crate::mail::folding::fold;
use crate::mail::phrases::{Found, Meaning, POSITIONS};
use crate::mail::understood::Position;

/// Characters of the answer in which a position is looked for.
const BEGINNING: usize = 400;

/// Words that turn an acceptance round or make it a condition, when they stand among the three words before it.
const DENIED: [&str; 42] = [
    "not", "never", "neither", "nor", "cannot", "if", "would", "could", "once", "whether", "unless", "nicht", "kein", "keine", "ob",
    "wenn", "falls", "ne", "pas", "non", "si", "no", "nao", "se", "nie", "nem", "ikke", "inte", "ei", "niet", "geen", "не", "ни", "δεν",
    "nu", "degil", "لا", "لم", "غير", "לא", "არ", "չի",
];

/// "It is accepted that …" concedes a fact, not the recommendation.
const CONCEDES: [&str; 14] = ["that", "dass", "que", "che", "dat", "ze", "что", "що", "att", "at", "ca", "hogy", "oti", "ότι"];

pub(super) fn of(answer: &str) -> Option<Position> {
    let beginning: String = answer.chars().take(BEGINNING).collect();
    let folded = fold(&beginning);
    let stated = statements(&folded);
    let (first, others) = stated.split_first()?;
    let sentence_end = folded[first.end..].find(['.', '!', '?', ';', '。']).map_or(folded.len(), |at| first.end + at);
    if others.iter().take_while(|other| other.start < sentence_end).any(|other| other.meaning != first.meaning) {
        return None;
    }
    match first.meaning {
        Meaning::Accepted => Some(Position::Accepted),
        Meaning::PartlyAccepted => Some(Position::PartlyAccepted),
        Meaning::Rejected => Some(Position::Rejected),
        _ => None,
    }
}

/// The positions stated, in order. Where phrases overlap, what limits or denies the other is meant: "not accepted" holds "accepted", "we agree
/// in part" holds "we agree".
fn statements(folded: &str) -> Vec<Found> {
    let weight = |meaning| match meaning {
        Meaning::PartlyAccepted => 2,
        Meaning::Rejected => 1,
        _ => 0,
    };
    let mut found: Vec<Found> = POSITIONS.find(folded).filter(|phrase| counts(folded, phrase)).collect();
    found.sort_by_key(|found| (found.start, found.end));
    let mut stated: Vec<Found> = Vec::new();
    for phrase in found {
        match stated.last_mut() {
            Some(last) if phrase.start < last.end => {
                if weight(phrase.meaning) > weight(last.meaning) {
                    last.meaning = phrase.meaning;
                }
                last.end = last.end.max(phrase.end);
            }
            _ => stated.push(phrase),
        }
    }
    stated
}

fn counts(folded: &str, phrase: &Found) -> bool {
    let next = folded[phrase.end..].trim_start_matches([',', ' ']).split([' ', ',']).next().unwrap_or_default();
    if CONCEDES.contains(&next) {
        return false;
    }
    if phrase.meaning == Meaning::Rejected {
        return true;
    }
    let sentence = folded[..phrase.start].rfind(['.', '!', '?', ';', ':', '。']).map_or(0, |at| at + 1);
    let before = folded.get(sentence..phrase.start).unwrap_or_default();
    !before.split([' ', ',']).filter(|word| !word.is_empty()).rev().take(3).any(|word| DENIED.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_in_the_words_of_authorities() {
        use Position::*;
        for (text, position) in [
            ("Accepted. Works begin in May.", Some(Accepted)),
            ("The Ministry accepts this recommendation.", Some(Accepted)),
            ("Accepted in part: only new cells.", Some(PartlyAccepted)),
            ("We partly agree.", Some(PartlyAccepted)),
            ("Not accepted.", Some(Rejected)),
            ("This recommendation cannot be accepted, because …", Some(Rejected)),
            ("Der Empfehlung wird gefolgt.", Some(Accepted)),
            ("Der Empfehlung kann nicht gefolgt werden.", Some(Rejected)),
            ("Die Empfehlung wird teilweise umgesetzt.", Some(PartlyAccepted)),
            ("La recommandation est acceptée.", Some(Accepted)),
            ("La recommandation n'est pas acceptée.", Some(Rejected)),
            ("Рекомендация принята частично.", Some(PartlyAccepted)),
            ("권고를 일부 수용합니다.", Some(PartlyAccepted)),
            ("部分接受。", Some(PartlyAccepted)),
        ] {
            assert_eq!(of(text), position, "{text}");
        }
    }

    #[test]
    fn what_is_denied_or_made_a_condition_is_no_position() {
        for text in [
            "If accepted, the recommendation would cost much.",
            "It is accepted that the cells are cold.",
            "Es wird angenommen, dass die Zellen kalt sind.",
            "We accept the first part, but we reject the second.",
            "The matter is being looked into.",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
