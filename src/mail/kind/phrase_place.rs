//! Where a phrase stands, and so whether the mail says it of itself: in a sentence with another, on a line of its own, denied, or repeated in
//! quotation marks.

use super::sentences::letters;
use crate::mail::folding::fold;
use crate::mail::phrases::{ABOUT_THE_MAIL, Found, PhraseMeaning};

/// Receipts, promises and challenges that are said in words of their own: the letter and its arrival, the answer and its coming, the link and
/// what it lets through, in one sentence.
pub(super) fn pairs(sentences: &[(usize, usize)], words: &[Found]) -> Vec<(PhraseMeaning, Found)> {
    let mut pairs = Vec::new();
    let mut from = 0;
    for &(start, end) in sentences {
        // The words come in the order of their ends.
        let within = words.get(from..).unwrap_or_default().iter().take_while(|found| found.end <= end).count();
        let here = words.get(from..from + within).unwrap_or_default();
        from += within;
        for (first, second, meaning) in [
            (PhraseMeaning::Letter, PhraseMeaning::Arrived, PhraseMeaning::Receipt),
            (PhraseMeaning::Answer, PhraseMeaning::Coming, PhraseMeaning::Interim),
            (PhraseMeaning::Act, PhraseMeaning::Release, PhraseMeaning::Challenge),
        ] {
            let pair = here
                .iter()
                .filter(|found| found.meaning == first)
                .find_map(|found| here.iter().any(|other| other.meaning == second && other.language == found.language).then_some(*found));
            pairs.extend(pair.filter(|found| found.start >= start).map(|found| (meaning, found)));
        }
    }
    pairs
}

/// The words of machines that have a line to themselves, or what stands between two marks of one: "*** Automatic reply ***". A line that goes on
/// from the one before is no line of its own.
pub(super) fn machines_alone(text: &str) -> Vec<&'static str> {
    let mark = |letter: char| {
        letter.is_ascii_punctuation() && !matches!(letter, ',' | '\'' | '-')
            || matches!(letter, '–' | '—' | '。' | '：' | '！' | '【' | '】' | '※')
    };
    let mut alone = Vec::new();
    let mut goes_on = false;
    for line in text.lines().map(str::trim) {
        for (nth, piece) in line.split(mark).enumerate().filter(|(_, piece)| !piece.trim().is_empty()) {
            let piece = fold(piece);
            let letters = letters(&piece);
            let named = ABOUT_THE_MAIL.find(&piece).filter(|found| is_of_machines(found.meaning) && !(nth == 0 && goes_on));
            alone.extend(named.filter(|found| 5 * self::letters(found.phrase) >= 3 * letters).map(|found| found.phrase));
        }
        goes_on = line.ends_with(|letter: char| letter.is_alphanumeric() || letter == ',');
    }
    alone
}

/// Farthest (bytes) that a word of machines stands behind the word by which the mail speaks of itself: "this e-mail has been …".
const NEAR: usize = 40;

/// Whether a word of machines is said of the mail itself: "this is an automatic reply", and not "families get an automatic reply".
pub(super) fn is_said_of_this(machine: Found, sentences: &[(usize, usize)], words: &[Found]) -> bool {
    let sentence = sentences.iter().find(|(start, end)| (*start..*end).contains(&machine.start));
    sentence.is_some_and(|(start, _)| {
        words.iter().any(|this| {
            this.meaning == PhraseMeaning::This
                && this.language == machine.language
                && (*start..=machine.start).contains(&this.start)
                && machine.start <= this.end + NEAR
        })
    })
}

pub(super) fn is_of_machines(meaning: PhraseMeaning) -> bool {
    matches!(meaning, PhraseMeaning::Machine | PhraseMeaning::AutomaticReply)
}

pub(super) fn is_mark(letter: char) -> bool {
    !letter.is_alphanumeric()
}

/// Whether a sentence, or what follows a greeting's comma, begins at `start`: "Dear Ms Lang, yes, since March."
pub(super) fn begins_a_clause(folded: &str, start: usize) -> bool {
    let before = folded.get(..start).unwrap_or_default().trim_end();
    before.is_empty() || before.ends_with(is_mark)
}

/// Whether what stands at `start` is another's word that a person repeats: a quotation was opened just before (the phrase need not be all of it)
/// and not closed.
pub(super) fn is_in_quotation_marks(folded: &str, start: usize) -> bool {
    let before = &folded[..start];
    let opened = before.rfind(['"', '「', '『']).is_some_and(|mark| start - mark <= NEAR);
    opened && (before.ends_with(['「', '『']) || before.matches('"').count() % 2 == 1)
}

/// Whether the words just before `start` deny what stands there.
pub(super) fn is_denied(folded: &str, start: usize) -> bool {
    let before = folded.get(..start).unwrap_or_default().trim_end();
    ["not an", "not a", "not", "kein", "keine", "keinen", "pas un", "pas une", "pas d'un", "no es un", "no es una", "nao e um", "nao e uma"]
        .iter()
        .chain(&["non e un", "non e una", "geen", "nie jest", "neni", "не", "не е", "не является", "не є"])
        .any(|denial| before.strip_suffix(denial).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric)))
}
