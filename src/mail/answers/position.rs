//! The authority's position on a recommendation, if the answer states it in words.
//!
//! Only the beginning of the answer is read: positions are stated first and explained after. Where the words contradict each other, or are
//! made a condition, there is no position: a person reads it.

use super::naming::mentions_one;
use super::turns::{TURNS, Words};
use crate::mail::folding::fold;
use crate::mail::phrases::{Found, POSITIONS, PhraseMeaning, is_recommendation_word};
use crate::mail::understood::Position;
use aho_corasick::AhoCorasick;
use hashbrown::{HashMap, HashSet};

/// Characters of the answer in which a position is looked for.
const BEGINNING: usize = 400;
/// Words before a phrase among which a negation denies it.
const NEAR: usize = 3;
/// Words of a clause before a phrase that are looked at for a condition.
const CLAUSE: usize = 10;

/// Letters of a line that is not yet full where clients wrap.
const SHORT_LINE: usize = 50;

const SENTENCE_END: [char; 7] = ['.', '!', '?', ';', '。', '？', '！'];
/// Words of an object among which the recommendation is looked for: "accepts the second and the third recommendation".
const OBJECT: usize = 8;

pub(super) fn of(answer: &str) -> Option<Position> {
    let folded = fold(&with_sentences_ended(answer.get(..answer.floor_char_boundary(4 * BEGINNING)).unwrap_or_default()));
    let folded = folded.get(..folded.char_indices().nth(BEGINNING).map_or(folded.len(), |(at, _)| at)).unwrap_or_default();
    let sentence = folded[..folded.find(SENTENCE_END).unwrap_or(folded.len())].trim();
    if let Some(position) = TURNS.alone.get(sentence) {
        return Some(*position);
    }
    let stated = statements(folded);
    let first = stated.first()?;
    let sentence_end = folded[first.end..].find(SENTENCE_END).map_or(folded.len(), |at| first.end + at);
    if folded[sentence_end..].starts_with(['?', '？']) {
        return None;
    }
    let position = meant(folded, &stated, 0)?;
    let of_its_sentence = stated.iter().skip(1).take_while(|other| other.start < sentence_end).count();
    (1..=of_its_sentence).all(|other| meant(folded, &stated, other) == Some(position)).then_some(position)
}

/// What stands alone on a line or in a paragraph is a sentence, with its full stop or without: "Accepted", and below it "The windows …".
fn with_sentences_ended(text: &str) -> String {
    let mut ended = String::with_capacity(text.len() + 16);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim();
        ended.push_str(line);
        let starts_anew = |next: &&str| next.trim_start().starts_with(|letter: char| letter.is_uppercase() || !letter.is_alphanumeric());
        let ends = lines.peek().is_some_and(|next| next.trim().is_empty() || line.chars().count() < SHORT_LINE && starts_anew(next));
        ended.push_str(if ends && line.ends_with(char::is_alphanumeric) { ". " } else { " " });
    }
    ended
}

/// Whether a text begins by stating a position, with nothing before it but a word that turns it: "Accepted", "Not accepted".
pub(super) fn is_stated_at_once(text: &str) -> bool {
    let folded = fold(text);
    let Some(first) = statements(&folded).into_iter().next() else { return false };
    let before = folded.get(..first.start).unwrap_or_default();
    let turns = |word: &str| TURNS.negations.values().any(|words| words.contains(word)) || is_recommendation_word(word) == Some(true);
    of(text).is_some() && (TURNS.partly.is_match(before) || before.split_whitespace().all(turns))
}

/// Whether a text speaks of accepting or rejecting, though it may take no position: "Accepted in principle", "Would be accepted if …".
pub(super) fn is_spoken_of(text: &str) -> bool {
    !phrases(&fold(text.get(..text.floor_char_boundary(BEGINNING)).unwrap_or_default())).is_empty()
}

/// Whether a phrase of a position stands in a text, whatever it is said of.
pub(super) fn holds_a_phrase(text: &str) -> bool {
    POSITIONS.find(&fold(text)).next().is_some()
}

/// What stands behind the last position that a text states, folded.
pub(super) fn stated_last(text: &str) -> Option<String> {
    let folded = fold(text);
    let stated = statements(&folded);
    let last = stated.last()?;
    meant(&folded, &stated, stated.len() - 1)?;
    folded.get(last.end..).map(str::to_owned)
}

/// A stretch of the text that speaks of accepting or rejecting. Whether it states that, its sentence says ([`meant`]).
#[derive(Debug, Clone)]
struct Statement {
    start: usize,
    end: usize,
    meaning: PhraseMeaning,
    languages: Vec<&'static str>,
}

/// The phrases of positions, but for those that say something else.
fn phrases(folded: &str) -> Vec<Found> {
    let mut found: Vec<Found> =
        POSITIONS.find(folded).filter(|phrase| !concedes(folded, phrase) && !is_of_something_else(folded, phrase)).collect();
    if !found.is_empty() {
        let noted: Vec<_> = TURNS.noted.find_overlapping_iter(folded).collect();
        found.retain(|phrase| !noted.iter().any(|noted| phrase.start < noted.end() && noted.start() < phrase.end));
    }
    found
}

/// What is said of positions, in order. Where phrases overlap, what limits or denies the other is meant: "not accepted" holds "accepted", "we
/// agree in part" holds "we agree".
fn statements(folded: &str) -> Vec<Statement> {
    let weight = |meaning| match meaning {
        PhraseMeaning::PartlyAccepted => 2,
        PhraseMeaning::Rejected => 1,
        _ => 0,
    };
    let mut found = phrases(folded);
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
            _ => stated.push(Statement { start: phrase.start, end: phrase.end, meaning: phrase.meaning, languages: vec![phrase.language] }),
        }
    }
    stated
}

/// The position that a statement takes among the words round it, those of the next statement apart; none if its own sentence takes it back.
fn meant(folded: &str, stated: &[Statement], place: usize) -> Option<Position> {
    let statement = stated.get(place)?;
    let next = stated.get(place + 1).map_or(folded.len(), |next| next.start);
    let before = folded.get(..statement.start).unwrap_or_default();
    let clause = before.rsplit(['.', '!', '?', ';', ':', ',', '。', '，']).next().unwrap_or_default();
    let before: Vec<&str> = clause.split_whitespace().rev().take(CLAUSE).collect();
    let among = |words: &HashMap<String, HashSet<String>>, word: &str| {
        statement.languages.iter().filter_map(|language| words.get(*language)).any(|words| words.contains(word))
    };
    // A position with its year was taken before our letter: "In 2019 our predecessors rejected this."
    let is_year = |word: &&str| word.len() == 4 && (word.starts_with("19") || word.starts_with("20")) && word.parse::<u32>().is_ok();
    if before.iter().any(|word| among(&TURNS.conditions, word)) || before.iter().any(is_year) || is_reserved(folded, statement) {
        return None;
    }
    let behind = folded.get(statement.end..next).unwrap_or_default();
    let behind = behind.split(['.', '!', '?', ';', ',', '。', '，']).next().unwrap_or_default();
    let goes_on = folded.get(statement.end..next).unwrap_or_default().trim_start_matches([',', ' ']);
    let on_terms = goes_on.split([' ', ',']).next().is_some_and(|word| among(&TURNS.provisos, word));
    let past = behind.split_whitespace().take(NEAR).any(|word| among(&TURNS.past, word));
    // "We do not think that this can be accepted" denies, and says little more.
    let denied_from_afar = before.iter().skip(NEAR).any(|word| among(&TURNS.negations, word));
    if past || on_terms || denied_from_afar || is_said_of_another(folded, statement, &before, behind) || is_cited(folded, statement) {
        return None;
    }
    let negated = before.iter().take(NEAR).any(|word| among(&TURNS.negations, word));
    // German and Dutch split their verbs: "Wir lehnen die Empfehlung nicht ab."
    let negated_behind = || behind.split_whitespace().take(NEAR + 1).any(|word| matches!(word, "nicht" | "niet"));
    match (statement.meaning, negated) {
        (PhraseMeaning::Rejected, false) if !negated_behind() => Some(Position::Rejected),
        (PhraseMeaning::Accepted, true) => Some(Position::Rejected),
        (PhraseMeaning::Accepted, false) if is_partly(&before, behind) => Some(Position::PartlyAccepted),
        (PhraseMeaning::Accepted, false) => Some(Position::Accepted),
        (PhraseMeaning::PartlyAccepted, false) => Some(Position::PartlyAccepted),
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
    [nearest.join(" "), next.join(" ")].iter().any(|near| holds_words_of(&TURNS.partly, near))
}

/// Whether a phrase stands in a text as words of its own. In scripts that write without spaces it may touch its neighbours.
fn holds_words_of(phrases: &AhoCorasick, text: &str) -> bool {
    phrases.find_overlapping_iter(text).any(|found| {
        let joins = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() && letter < '\u{2e80}');
        !joins(text[..found.start()].chars().next_back()) && !joins(text[found.end()..].chars().next())
    })
}

fn concedes(folded: &str, phrase: &Found) -> bool {
    let next = folded[phrase.end..].trim_start_matches([',', ' ']).split([' ', ',']).next().unwrap_or_default();
    phrase.meaning != PhraseMeaning::Rejected && TURNS.concedes.contains(next)
}

/// "We reject the criticism", "the committee rejected the budget", "he accepted treatment": an object, and no recommendation in it.
fn is_of_something_else(folded: &str, phrase: &Found) -> bool {
    let of_its_language = |words: &HashMap<String, Words>, word: &str| words.get(phrase.language).map(|words| words.contains(word));
    let said = folded.get(phrase.start..phrase.end).unwrap_or_default();
    let behind = folded.get(phrase.end..).unwrap_or_default().split(SENTENCE_END).next().unwrap_or_default();
    let takes_an_object = said.rsplit(' ').next().is_some_and(|verb| of_its_language(&TURNS.takes, verb) == Some(true));
    let mut object = behind.split(' ').filter(|word| !word.is_empty()).map(|word| word.trim_matches([',', ':', '"', '(', ')']));
    let Some(first) = object.next().filter(|_| takes_an_object && behind.starts_with(' ')) else { return false };
    let article = of_its_language(&TURNS.articles, first) == Some(true);
    let goes_on =
        || !first.starts_with(char::is_alphabetic) || first.ends_with("ly") || of_its_language(&TURNS.follows, first) != Some(false);
    (article || !goes_on()) && !is_a_recommendation(first) && !object.take(OBJECT).any(is_a_recommendation)
}

fn is_a_recommendation(word: &str) -> bool {
    is_recommendation_word(word) == Some(true) || mentions_one(word)
}

/// Whether the sentence reserves something: "accepted in principle", "accepted subject to funds".
fn is_reserved(folded: &str, statement: &Statement) -> bool {
    let start = folded[..statement.start].rfind(SENTENCE_END).unwrap_or_default();
    let end = folded[statement.end..].find(SENTENCE_END).map_or(folded.len(), |at| statement.end + at);
    holds_words_of(&TURNS.reserves, folded.get(start..end).unwrap_or_default())
}

/// Whether what is accepted or rejected, or who does it, is something else than the recommendation and the authority: "new prisoners are
/// accepted", "the criticism is accepted", "rejected by the court", "see recommendation 4, which is accepted". `before` is read backwards.
/// Only in languages that have the lists.
fn is_said_of_another(folded: &str, statement: &Statement, before: &[&str], behind: &str) -> bool {
    let among = |words: &HashMap<String, Words>, word: &str| {
        statement.languages.iter().filter_map(|language| words.get(*language)).any(|words| words.contains(word))
    };
    let said = folded.get(statement.start..statement.end).unwrap_or_default();
    if before.iter().copied().chain(said.split(' ')).chain(behind.split_whitespace().take(OBJECT)).any(is_a_recommendation) {
        return false;
    }
    let said = said.split(' ').next().unwrap_or_default();
    let passive = |word: &str| among(&TURNS.passives, word);
    let turns = |word: &str| passive(word) || among(&TURNS.auxiliaries, word) || among(&TURNS.negations, word);
    let helpers = before.iter().take_while(|word| turns(word)).count();
    let is_passive = passive(said) || before.iter().take(helpers).any(|word| passive(word));
    let subject = before.get(helpers).copied();
    let of_another = |word: &str| !among(&TURNS.subjects, word) && !word.contains(|letter: char| letter.is_ascii_digit());
    is_passive && subject.is_some_and(of_another)
        || subject.is_some_and(|word| among(&TURNS.others, word))
        || behind.split_whitespace().take(OBJECT).any(|word| among(&TURNS.others, word))
}

/// `Your report says that we "rejected" this`: the word of somebody else in quotation marks.
fn is_cited(folded: &str, statement: &Statement) -> bool {
    let before = folded.get(..statement.start).unwrap_or_default();
    let clause = before.rsplit(['.', '!', '?', ';', ':']).next().unwrap_or_default();
    clause.ends_with('"') && clause.contains(char::is_alphabetic) && folded[statement.end..].starts_with('"')
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
            ("Agree.", Some(Accepted)),
            ("Disagree.", Some(Rejected)),
            ("Accepted\n\nThe works begin in May.", Some(Accepted)),
            ("The recommendation was discussed on 4 May and accepted.", Some(Accepted)),
            ("The Prison Service has accepted this recommendation.", Some(Accepted)),
            ("The prison can no longer accept this recommendation.", Some(Rejected)),
            ("Das Ministerium folgt der Empfehlung nicht.", Some(Rejected)),
            ("Le ministère n'accepte pas cette recommandation.", Some(Rejected)),
            ("Accepted without reservation.", Some(Accepted)),
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
            "Рекомендация принята судом к сведению.",
            "Zalecenie przyjęto w całości do wiadomości.",
            "Przyjęto do wiadomości.",
            "The matter is being looked into.",
            "Is it accepted? We will say so by June.",
            "In 2019 our predecessors rejected this.",
            "The parliamentary committee rejected the budget.",
            "Il n'est pas exclu que cette recommandation soit acceptée.",
            "Accepted in principle.",
            "Accepted subject to the approval of the Treasury.",
            "Acceptée sous réserve des crédits.",
            "Unter der Voraussetzung, dass Mittel da sind, wird sie angenommen.",
            "Принята к рассмотрению.",
            "We do not think that this can be accepted.",
            "It is not true that we do not accept it.",
            "We hope that it will be accepted by the government.",
            "It may be accepted next year.",
            "A similar request was rejected by the court.",
            "The union rejected it; we are in talks.",
            "The prisoner accepted treatment on 4 May.",
            "New prisoners are accepted with a certificate only.",
            "The criticism is accepted.",
            "Die Kritik wird angenommen.",
            "La demande du détenu est acceptée.",
            "The cells do not meet accepted standards.",
            "See our answer to recommendation 4, which is accepted.",
            "Your report says that we \"rejected\" this.",
            "This was rejected then.",
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
