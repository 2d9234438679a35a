//! The authority's position on a recommendation, if the answer states it in words.
//!
//! Only the beginning of the answer is read: positions are stated first and explained after. Where the words contradict each other, or are
//! made a condition, there is no position: a person reads it.

use crate::mail::folding::fold;
use crate::mail::phrases::{Found, Meaning, POSITIONS};
use crate::mail::understood::Position;
use aho_corasick::AhoCorasick;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

/// Characters of the answer in which a position is looked for.
const BEGINNING: usize = 400;
/// Words before a phrase among which a negation denies it.
const NEAR: usize = 3;
/// Words of a clause before a phrase that are looked at for a condition.
const CLAUSE: usize = 10;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Language {
    negation: Vec<String>,
    condition: Vec<String>,
    partly: Vec<String>,
    concedes: Vec<String>,
    noted: Vec<String>,
}

/// The words of `turns.toml`, folded. What denies in one language is an everyday word in another ("se", "ne", "si"), so each phrase is only
/// turned by words of its own language.
struct Turns {
    negations: HashMap<String, HashSet<String>>,
    conditions: HashMap<String, HashSet<String>>,
    partly: AhoCorasick,
    concedes: HashSet<String>,
    noted: AhoCorasick,
}

static TURNS: LazyLock<Turns> = LazyLock::new(|| {
    let languages: BTreeMap<String, Language> = toml::from_str(include_str!("turns.toml")).expect("the embedded file is read by a test");
    let folded = |words: &[String]| words.iter().map(|word| fold(word)).collect::<HashSet<_>>();
    let by_language = |pick: fn(&Language) -> &Vec<String>| {
        languages.iter().map(|(name, language)| (name.clone(), folded(pick(language)))).collect::<HashMap<_, _>>()
    };
    let of_all =
        |pick: fn(&Language) -> &Vec<String>| languages.values().flat_map(|language| folded(pick(language))).collect::<HashSet<_>>();
    let searched = |words: HashSet<String>| AhoCorasick::new(words).expect("some dozen short phrases are far below the automaton's limit");
    Turns {
        negations: by_language(|language| &language.negation),
        conditions: by_language(|language| &language.condition),
        partly: searched(of_all(|language| &language.partly)),
        concedes: of_all(|language| &language.concedes),
        noted: searched(of_all(|language| &language.noted)),
    }
});

pub(super) fn of(answer: &str) -> Option<Position> {
    let beginning: String = answer.chars().take(BEGINNING).collect();
    let folded = fold(&beginning);
    let stated = statements(&folded);
    let (first, others) = stated.split_first()?;
    let sentence_end = folded[first.end..].find(['.', '!', '?', ';', '。']).map_or(folded.len(), |at| first.end + at);
    if others.iter().take_while(|other| other.start < sentence_end).any(|other| other.position != first.position) {
        return None;
    }
    first.position
}

/// What a stretch of the text says: a position, or one that its own sentence takes back.
#[derive(Debug, Clone)]
struct Statement {
    start: usize,
    end: usize,
    meaning: Meaning,
    languages: Vec<&'static str>,
    position: Option<Position>,
}

/// The positions stated, in order. Where phrases overlap, what limits or denies the other is meant: "not accepted" holds "accepted", "we agree
/// in part" holds "we agree".
fn statements(folded: &str) -> Vec<Statement> {
    let weight = |meaning| match meaning {
        Meaning::PartlyAccepted => 2,
        Meaning::Rejected => 1,
        _ => 0,
    };
    let mut found: Vec<Found> = POSITIONS.find(folded).filter(|phrase| !concedes(folded, phrase)).collect();
    if !found.is_empty() {
        let noted: Vec<_> = TURNS.noted.find_overlapping_iter(folded).collect();
        found.retain(|phrase| !noted.iter().any(|noted| phrase.start < noted.end() && noted.start() < phrase.end));
    }
    found.sort_by_key(|found| (found.start, found.end));
    let mut stated: Vec<Statement> = Vec::new();
    for phrase in found {
        match stated.last_mut() {
            Some(last) if phrase.start < last.end => {
                if weight(phrase.meaning) > weight(last.meaning) {
                    last.meaning = phrase.meaning;
                }
                last.end = last.end.max(phrase.end);
                last.languages.push(phrase.language);
            }
            _ => stated.push(Statement {
                start: phrase.start,
                end: phrase.end,
                meaning: phrase.meaning,
                languages: vec![phrase.language],
                position: None,
            }),
        }
    }
    let starts: Vec<usize> = stated.iter().skip(1).map(|next| next.start).chain([folded.len()]).collect();
    for (statement, next) in stated.iter_mut().zip(starts) {
        statement.position = meant(folded, statement, next);
    }
    stated
}

/// What the statement means among the words round it, those of the next statement apart.
fn meant(folded: &str, statement: &Statement, next: usize) -> Option<Position> {
    let before = folded.get(..statement.start).unwrap_or_default();
    let clause = before.rsplit(['.', '!', '?', ';', ':', ',', '。', '，']).next().unwrap_or_default();
    let before: Vec<&str> = clause.split_whitespace().rev().take(CLAUSE).collect();
    let among = |words: &HashMap<String, HashSet<String>>, word: &str| {
        statement.languages.iter().filter_map(|language| words.get(*language)).any(|words| words.contains(word))
    };
    if before.iter().any(|word| among(&TURNS.conditions, word)) {
        return None;
    }
    let behind = folded.get(statement.end..next).unwrap_or_default();
    let behind = behind.split(['.', '!', '?', ';', ',', '。', '，']).next().unwrap_or_default();
    let negated = before.iter().take(NEAR).any(|word| among(&TURNS.negations, word));
    // German and Dutch split their verbs: "Wir lehnen die Empfehlung nicht ab."
    let negated_behind = || behind.split_whitespace().take(NEAR + 1).any(|word| matches!(word, "nicht" | "niet"));
    match (statement.meaning, negated) {
        (Meaning::Rejected, false) if !negated_behind() => Some(Position::Rejected),
        (Meaning::Accepted, true) => Some(Position::Rejected),
        (Meaning::Accepted, false) if is_partly(&before, behind) => Some(Position::PartlyAccepted),
        (Meaning::Accepted, false) => Some(Position::Accepted),
        (Meaning::PartlyAccepted, false) => Some(Position::PartlyAccepted),
        _ => None,
    }
}

/// Whether a word like "partly" stands among the words next to the acceptance. "Accepted and partly implemented" accepts.
fn is_partly(before: &[&str], behind: &str) -> bool {
    let nearest: Vec<&str> = before.iter().take(NEAR).rev().copied().collect();
    let next: Vec<&str> = behind
        .split_whitespace()
        .take(NEAR + 2)
        .take_while(|word| !matches!(*word, "and" | "et" | "und" | "y" | "e" | "i" | "и"))
        .collect();
    [nearest.join(" "), next.join(" ")].iter().any(|near| {
        TURNS.partly.find_overlapping_iter(near).any(|found| {
            let joins = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() && letter < '\u{2e80}');
            !joins(near[..found.start()].chars().next_back()) && !joins(near[found.end()..].chars().next())
        })
    })
}

fn concedes(folded: &str, phrase: &Found) -> bool {
    let next = folded[phrase.end..].trim_start_matches([',', ' ']).split([' ', ',']).next().unwrap_or_default();
    phrase.meaning != Meaning::Rejected && TURNS.concedes.contains(next)
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
            ("We accept this recommendation in part.", Some(PartlyAccepted)),
            ("Nous acceptons partiellement cette recommandation.", Some(PartlyAccepted)),
            ("Der Empfehlung kann nur zum Teil gefolgt werden.", Some(PartlyAccepted)),
            ("Accepted and partially implemented.", None),
            ("We don't accept this.", Some(Rejected)),
            ("It is not possible to accept this recommendation.", Some(Rejected)),
            ("La recomendación no puede ser aceptada.", Some(Rejected)),
            ("Не можем согласиться.", Some(Rejected)),
        ] {
            assert_eq!(of(text), position, "{text}");
        }
    }

    #[test]
    fn what_is_left_open_is_no_position() {
        for text in [
            "If accepted, the recommendation would cost much.",
            "It is accepted that the cells are cold.",
            "Es wird angenommen, dass die Zellen kalt sind.",
            "We accept the first part, but we reject the second.",
            "We will consider whether it can be accepted.",
            "It has not yet been accepted.",
            "We do not reject this recommendation.",
            "Wir lehnen die Empfehlung nicht ab.",
            "La recommandation n'est pas rejetée.",
            "Принято к сведению.",
            "Przyjęto do wiadomości.",
            "The matter is being looked into.",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn a_statement_behind_a_full_stop_of_several_bytes_is_read() {
        assert_eq!(of("人员已接受培训。我方接受第一项建议：每名新到人员由护士接见。"), Some(Position::Accepted));
        assert_eq!(of("监区已经关闭。我们接受第二项建议。工作人员已就此接受培训，全部培训将完成。"), Some(Position::Accepted));
    }
}
