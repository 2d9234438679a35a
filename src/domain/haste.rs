//! Whether a mail is a machine's, by its time and by repetition: a machine answers at once, and in the same words. A short text in a language that no
//! list knows, without a telling header, is known as a machine's by nothing else.

use super::identity::MailId;
use super::kind::Kind;
use std::ops::RangeInclusive;

/// Characters of a text so short that a robot may have written it.
const SHORT_NOTE: usize = 400;
/// Requests whose letters and mails a short note is compared with.
pub const MOST_COMPARED: usize = 3;
/// The latest requests to the same authority among whose mails the same words are looked for: a robot answers each letter, so that one of the last
/// ones has its words already, and the mails of ten years need not be read for a short note.
pub const MOST_REQUESTS_LOOKED_THROUGH: u32 = 20;

/// Seconds in which no person has fetched, read and answered a letter. Not the same second or the next: that is a clock which stands still, as
/// in a rehearsal, where the moment after a digest is all that passes.
const SOONER_THAN_A_PERSON: RangeInclusive<i64> = 2..=30;
/// Seconds by which the clocks of two servers, or their ideas of summer time, differ.
const CLOCKS_DIFFER_BY: i64 = 3_700;

/// The seconds between our letter and a mail that answers sooner than a person does. Times are Unix seconds: of the letter's first attempt, of
/// the mail's receipt, and of its own Date header, which a machine writes at once: a mail dated hours from our letter answers it by accident,
/// or one of the clocks is wrong, and then nothing is known.
pub fn sooner_than_a_person(letter: i64, received: i64, dated: Option<i64>) -> Option<i64> {
    let after = received.checked_sub(letter).filter(|after| SOONER_THAN_A_PERSON.contains(after))?;
    dated.is_none_or(|dated| dated.abs_diff(letter) <= CLOCKS_DIFFER_BY.unsigned_abs()).then_some(after)
}

/// What its author newly wrote, without the blanks around it, if that is so short that another mail in the same words may be by the same machine.
pub fn short_text(reply: &str) -> Option<&str> {
    let reply = reply.trim();
    (!reply.is_empty() && reply.chars().count() <= SHORT_NOTE).then_some(reply)
}

/// Whether a machine may have written a mail that seems to be a letter: its short text alone does not say. `answers`: whether the words do.
pub fn is_in_question(kind: Kind, reply: &str, has_attachments: bool, answers: impl FnOnce(&str) -> bool) -> Option<&str> {
    let short = short_text(reply).filter(|_| kind == Kind::Letter && !has_attachments)?;
    (!answers(short)).then_some(short)
}

/// What a short note is compared with, of one request that it names. Times in Unix seconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Compared {
    /// The first attempt of the request's last letter before the mail.
    pub letter: Option<i64>,
    /// An earlier mail of the same sender to the same authority, in the same words.
    pub same_words: Option<MailId>,
}

/// Why a machine may have written a short note, in a sentence for people: it came sooner than a person writes, or the same words came before. Who
/// quotes our letter has at least opened it. `received` and `dated` as in [`sooner_than_a_person`].
pub fn machinelike(compared: &[Compared], received: i64, dated: Option<i64>, quotes: bool) -> Option<String> {
    compared.iter().find_map(|request| {
        let after = request.letter.filter(|_| !quotes).and_then(|letter| sooner_than_a_person(letter, received, dated));
        let at_once = after.map(|after| format!("it came {after} seconds after our letter, sooner than a person answers"));
        at_once.or_else(|| {
            let before = request.same_words?;
            Some(format!("the same words came before, in mail {before}: a machine may have written both"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_came_and_was_dated_at_once_is_a_machines() {
        let letter: i64 = 2_246_000_000;
        let day = 86_400;
        for (received, dated, expected) in [
            (0, None, None),
            (1, Some(1), None),
            (2, Some(2), Some(2)),
            (18, None, Some(18)),
            (18, Some(17), Some(18)),
            (18, Some(3_600 + 17), Some(18)),
            (18, Some(17 - 3_600), Some(18)),
            (30, Some(29), Some(30)),
            (31, Some(29), None),
            (18, Some(2 * day), None),
            (18, Some(-day), None),
            (-5, Some(-5), None),
            (18, Some(i64::MIN), None),
        ] {
            let dated = dated.map(|dated: i64| letter.saturating_add(dated));
            assert_eq!(sooner_than_a_person(letter, letter + received, dated), expected, "{received} {dated:?}");
        }
        assert_eq!(sooner_than_a_person(i64::MAX, i64::MIN, None), None);
    }

    #[test]
    fn only_a_short_letter_that_does_not_say_that_it_answers_is_in_question() {
        let long = "x".repeat(SHORT_NOTE + 1);
        for (kind, reply, attached, answers, expected) in [
            (Kind::Letter, " Received. \n", false, false, Some("Received.")),
            (Kind::Letter, "Received.", true, false, None),
            (Kind::Letter, "Received.", false, true, None),
            (Kind::Acknowledgement, "Received.", false, false, None),
            (Kind::Letter, " \n", false, false, None),
            (Kind::Letter, long.as_str(), false, false, None),
        ] {
            assert_eq!(is_in_question(kind, reply, attached, |_| answers), expected, "{kind:?} {reply:?}");
        }
    }

    #[test]
    fn a_note_is_a_machines_that_comes_at_once_or_in_the_same_words_again() {
        let at_once = Compared { letter: Some(1_000), same_words: None };
        let again = Compared { letter: None, same_words: Some(MailId(7)) };
        let both = Compared { same_words: Some(MailId(7)), ..at_once };
        let none = Compared::default();
        let word = |compared: &[Compared], quotes| {
            machinelike(compared, 1_010, None, quotes).map(|why| if why.contains("10 seconds") { "at once" } else { "again" })
        };
        assert_eq!(word(&[none, at_once], false), Some("at once"));
        assert_eq!(word(&[at_once], true), None, "it quotes our letter");
        assert_eq!(word(&[both], true), Some("again"));
        assert_eq!(word(&[again, at_once], false), Some("again"), "the first that tells");
        assert_eq!(word(&[none, none], false), None);
    }
}
