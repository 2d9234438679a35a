//! What the subject and the newly written text say of the mail itself.

use super::sentences::{Weight, letters, says_something, sentences, weigh};
use crate::mail::bodies::Bodies;
use crate::mail::folding::fold;
use crate::mail::phrases::{ABOUT_THE_MAIL, Found, MARKERS, Meaning, POSITIONS, is_recommendation_word};
use crate::mail::quote::Split;
use crate::mail::understood::Kind;

/// Bytes of the text that are searched: notes say what they are at once, and so do confirmations.
const SEARCHED: usize = 8_192;
/// Letters beside the formulas that a confirmation may hold: a name, a telephone number, a wish for a good day.
const SAYS_NO_MORE: usize = 40;
/// Letters beside the formulas from which on a letter that confirms receipt surely says something.
const SAYS_SOMETHING: usize = 300;

#[derive(Debug, Default)]
pub(super) struct Words {
    /// How the subject begins, if it begins as automatic replies do.
    pub marker: Option<Found>,
    /// How the subject begins, if it begins as delivery reports do.
    pub notice: Option<Found>,
    pub absence: Option<Found>,
    pub machine: Option<Found>,
    service: Option<Found>,
    /// The text opens with what systems of offices write, and does not only add it.
    opens_as_service: bool,
    pub challenge: Option<Found>,
    pub receipt: Option<Found>,
    promise: Option<Found>,
    interim: Option<Found>,
    substance: Option<Found>,
    weight: Weight,
    /// A sentence says of a recommendation that it is accepted or not.
    position: bool,
    /// Characters newly written.
    pub written: usize,
    /// A "Re:" with the quoted letter below: typed in a mail client, whatever it says.
    pub answers_a_quoted_letter: bool,
}

impl Words {
    /// `subject` is folded.
    pub fn read(subject: &str, split: &Split, bodies: &Bodies) -> Words {
        let mut words = Words { written: split.reply.chars().count(), ..Words::default() };
        let reply = is_reply(subject);
        // Quotations that stayed in the reply for their context are not the author's words.
        let own: String = split.reply.lines().filter(|line| !line.starts_with('>')).flat_map(|line| [line, "\n"]).collect();
        words.answers_a_quoted_letter = reply && (!split.quoted.is_empty() || own.len() < split.reply.len());
        if !reply {
            words.marker = beginning_of(subject, Meaning::Marker);
            words.notice = beginning_of(subject, Meaning::Notice);
            // Behind "Automatic reply:" stands our own subject.
            if words.marker.is_none() {
                words.take(subject);
            }
        }
        words.weight = words.take(beginning(&own));
        if words.written == 0 && split.quoted.is_empty() {
            words.weight = words.take(beginning(&bodies.plain));
        }
        // "Reply above this line" at the top is the ticket system's own; a person who answers it has it further down. "Do not reply to this
        // message" stands below the rule as often as above it.
        let first_line = bodies.plain.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let mut top = Words::default();
        if !own.trim_start().starts_with(first_line) {
            top.take(beginning(first_line));
        }
        let mut below = Words::default();
        below.take(beginning(&split.signature));
        words.opens_as_service |= top.service.is_some();
        words.machine = words.machine.or(top.machine).or(below.machine);
        words.service = words.service.or(top.service).or(below.service);
        words
    }

    /// Takes what a text says of the mail. The subject is one too.
    fn take(&mut self, text: &str) -> Weight {
        let folded = &fold(text);
        let sentences = sentences(folded);
        let (halves, phrases): (Vec<Found>, Vec<Found>) = ABOUT_THE_MAIL.find(folded).partition(|found| {
            matches!(found.meaning, Meaning::Letter | Meaning::Arrived | Meaning::Answer | Meaning::Coming | Meaning::This)
        });
        let alone = if phrases.iter().any(|found| found.meaning == Meaning::Machine) { machines_alone(text) } else { Vec::new() };
        let opening = sentences.iter().find(|(start, end)| says_something(&folded[*start..*end])).map_or(0, |(_, end)| *end);
        let mut formulas = Vec::new();
        for found in phrases {
            let place = match found.meaning {
                Meaning::Absence => &mut self.absence,
                Meaning::Machine => &mut self.machine,
                Meaning::Service => &mut self.service,
                Meaning::Challenge => &mut self.challenge,
                Meaning::Receipt => &mut self.receipt,
                Meaning::Promise => &mut self.promise,
                Meaning::Interim => &mut self.interim,
                Meaning::Substance => {
                    self.substance.get_or_insert(found);
                    continue;
                }
                _ => {
                    formulas.push(found.start);
                    continue;
                }
            };
            let mentioned = match found.meaning {
                Meaning::Machine => {
                    is_denied(folded, found.start) || !alone.contains(&found.phrase) && !is_said_of_this(found, &sentences, &halves)
                }
                Meaning::Absence | Meaning::Service | Meaning::Challenge => is_in_quotation_marks(folded, found.start),
                _ => false,
            };
            if !mentioned {
                formulas.push(found.start);
                place.get_or_insert(found);
                self.opens_as_service |= found.meaning == Meaning::Service && found.start < opening;
            }
        }
        for (meaning, found) in pairs(&sentences, &halves) {
            formulas.push(found.start);
            let place = if meaning == Meaning::Receipt { &mut self.receipt } else { &mut self.interim };
            place.get_or_insert(found);
        }
        let mut position = false;
        let weight = weigh(folded, &sentences, &formulas, |sentence| position |= takes_a_position(sentence));
        self.position |= position;
        weight
    }

    pub fn says_automatic(&self) -> bool {
        self.marker.is_some() || self.absence.is_some() || self.machine.is_some() || self.challenge.is_some()
    }

    /// The words of a system of an office, and not of a person who adds that answers should go elsewhere. `supported`: the headers say that no
    /// answer is wanted.
    pub fn is_service_note(&self, supported: bool) -> bool {
        let known = || [&self.receipt, &self.promise, &self.interim, &self.absence, &self.notice].iter().any(|found| found.is_some());
        self.service.is_some()
            && !self.answers_a_quoted_letter
            && !self.says_more_than_formulas()
            && (self.opens_as_service || supported || known())
    }

    /// Nothing in the text contradicts headers that call it automatic.
    pub fn is_mostly_formulas(&self) -> bool {
        self.weight.unexplained <= self.weight.explained || self.weight.explained > 0 && !self.says_more_than_formulas()
    }

    /// A word of the systems of offices, with more that a person may have written.
    pub fn mentions_service(&self) -> bool {
        self.service.is_some() && self.says_more_than_formulas()
    }

    /// Whether the text answers, so that nothing else it says can set it aside.
    pub fn answers(&self) -> bool {
        self.substance.is_some() || self.position || self.written > 4 * super::SHORT
    }

    /// The text is a note of absence, and not a letter in which somebody's leave is mentioned.
    pub fn is_absence_note(&self) -> bool {
        self.absence.is_some() && !self.answers_a_quoted_letter && !self.says_more_than_formulas()
    }

    /// Somebody's absence is mentioned, by the one who is away or by another: which, only a person can tell.
    pub fn mentions_absence(&self) -> bool {
        self.absence.is_some() && !self.answers_a_quoted_letter && self.says_more_than_formulas()
    }

    fn says_more_than_formulas(&self) -> bool {
        self.weight.unexplained > SAYS_NO_MORE.max(self.weight.explained)
    }

    /// A person confirms that the letter came or says when the answer will, and nothing more.
    pub fn confirms_only(&self) -> bool {
        self.confirms() && self.weight.unexplained <= SAYS_NO_MORE
    }

    /// A person confirms and says more, but not enough to be surely an answer.
    pub fn confirms_and_says_more(&self) -> bool {
        self.confirms() && (SAYS_NO_MORE + 1..SAYS_SOMETHING).contains(&self.weight.unexplained)
    }

    fn confirms(&self) -> bool {
        let confirms = self.receipt.is_some() || self.interim.is_some() || self.absence.is_some() && self.answers_a_quoted_letter;
        confirms && !self.answers() && self.written <= super::SHORT
    }

    fn interim_or_promise(&self) -> &Option<Found> {
        if self.interim.is_some() { &self.interim } else { &self.promise }
    }

    pub fn evidence(&self, kind: Kind) -> Vec<String> {
        let said = |found: &Option<Found>, what: &str| found.map(|found| format!("\"{}\" ({}): {what}", found.phrase, found.language));
        let mut evidence = Vec::new();
        if kind == Kind::Acknowledgement {
            evidence.extend(said(&self.receipt, "confirms that the letter arrived, and does not answer it"));
            evidence.extend(said(self.interim_or_promise(), "says that an answer will follow"));
            if self.receipt.is_none() && self.interim.is_none() {
                evidence.extend(said(&self.absence, "the author is away and does not answer yet"));
            }
            return evidence;
        }
        evidence.extend(said(&self.marker, "the subject begins as automatic replies do"));
        evidence.extend(said(&self.notice, "the subject begins as delivery reports do"));
        if kind == Kind::Letter {
            return evidence;
        }
        evidence.extend(said(
            &self.challenge,
            "asks the sender to prove that they are a person; staff must open it and click before the letter is let through",
        ));
        evidence.extend(said(&self.machine, "the text says that a machine wrote it"));
        evidence
            .extend(said(&self.service, "the text is of a system: nobody reads answers, a ticket was opened, or the address is given up"));
        evidence.extend(said(&self.absence, "the text is an out-of-office note"));
        evidence.extend(said(&self.receipt, "the text confirms that the letter arrived"));
        evidence
    }
}

/// Receipts and promises that are said in words of their own: the letter and its arrival, the answer and its coming, in one sentence.
fn pairs(sentences: &[(usize, usize)], words: &[Found]) -> Vec<(Meaning, Found)> {
    let mut pairs = Vec::new();
    let mut from = 0;
    for &(start, end) in sentences {
        // The words come in the order of their ends.
        let within = words.get(from..).unwrap_or_default().iter().take_while(|found| found.end <= end).count();
        let here = words.get(from..from + within).unwrap_or_default();
        from += within;
        for (first, second, meaning) in
            [(Meaning::Letter, Meaning::Arrived, Meaning::Receipt), (Meaning::Answer, Meaning::Coming, Meaning::Interim)]
        {
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
fn machines_alone(text: &str) -> Vec<&'static str> {
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
            let named = ABOUT_THE_MAIL.find(&piece).filter(|found| found.meaning == Meaning::Machine && !(nth == 0 && goes_on));
            alone.extend(named.filter(|found| 5 * self::letters(found.phrase) >= 3 * letters).map(|found| found.phrase));
        }
        goes_on = line.ends_with(|letter: char| letter.is_alphanumeric() || letter == ',');
    }
    alone
}

/// Farthest (bytes) that a word of machines stands behind the word by which the mail speaks of itself: "this e-mail has been …".
const NEAR: usize = 40;

/// Whether a word of machines is said of the mail itself: "this is an automatic reply", and not "families get an automatic reply".
fn is_said_of_this(machine: Found, sentences: &[(usize, usize)], words: &[Found]) -> bool {
    let sentence = sentences.iter().find(|(start, end)| (*start..*end).contains(&machine.start));
    sentence.is_some_and(|(start, _)| {
        words.iter().any(|this| {
            this.meaning == Meaning::This
                && this.language == machine.language
                && (*start..=machine.start).contains(&this.start)
                && machine.start <= this.end + NEAR
        })
    })
}

/// Whether what stands at `start` is another's word that a person repeats: a quotation was opened just before (the phrase need not be all of it)
/// and not closed.
fn is_in_quotation_marks(folded: &str, start: usize) -> bool {
    let before = &folded[..start];
    let opened = before.rfind(['"', '「', '『']).is_some_and(|mark| start - mark <= NEAR);
    opened && (before.ends_with(['「', '『']) || before.matches('"').count() % 2 == 1)
}

/// Whether the words just before `start` deny what stands there.
fn is_denied(folded: &str, start: usize) -> bool {
    let before = folded.get(..start).unwrap_or_default().trim_end();
    ["not an", "not a", "not", "kein", "keine", "keinen", "pas un", "pas une", "pas d'un", "no es un", "no es una", "nao e um", "nao e uma"]
        .iter()
        .chain(&["non e un", "non e una", "geen", "nie jest", "neni", "не", "не е", "не является", "не є"])
        .any(|denial| before.strip_suffix(denial).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric)))
}

pub(super) fn answers(text: &str) -> bool {
    let mut words = Words::default();
    words.take(beginning(text));
    words.answers()
}

fn takes_a_position(sentence: &str) -> bool {
    let words = || sentence.split(|letter: char| !letter.is_alphanumeric());
    words().any(|word| is_recommendation_word(word) == Some(true)) && POSITIONS.find(sentence).next().is_some()
}

fn beginning(text: &str) -> &str {
    let mut end = text.len().min(SEARCHED);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// "Re:", "AW:", `RE[2]:`, "Fwd:" and their kin in the languages of mail clients: the subject is another's.
fn is_reply(folded: &str) -> bool {
    let Some(colon) = folded.find(':') else { return false };
    let prefix = folded[..colon].trim_end_matches(|letter: char| letter.is_ascii_digit() || matches!(letter, '[' | ']' | '(' | ')' | ' '));
    matches!(
        prefix,
        "re" | "aw"
            | "antw"
            | "antwort"
            | "sv"
            | "vs"
            | "ref"
            | "rif"
            | "r"
            | "i"
            | "odp"
            | "res"
            | "resp"
            | "ynt"
            | "bls"
            | "atb"
            | "vb"
            | "vl"
            | "ynl"
            | "rv"
            | "tr"
            | "fw"
            | "fwd"
            | "wg"
            | "doorst"
            | "enc"
            | "pd"
            | "απ"
            | "σχετ"
            | "πρθ"
            | "отв"
            | "на"
            | "пер"
            | "відп"
            | "回复"
            | "回覆"
            | "答复"
            | "转发"
            | "轉寄"
            | "返信"
            | "답장"
            | "회신"
            | "전달"
            | "رد"
            | "تו"
            | "תשובה"
    )
}

/// The longest marker with which a folded subject begins. One word must be set off by a mark ("Auto: …"), several may run on ("Out of office until
/// 3 May"); a marker in brackets at the end counts as well ("Sorry (Out of Office)").
fn beginning_of(folded: &str, meaning: Meaning) -> Option<Found> {
    let subject = folded.trim_start_matches(['[', '*', '"', '\'', '<', '(', '-', '【', '「']);
    let offset = folded.len() - subject.len();
    MARKERS
        .find(folded)
        .filter(|found| found.meaning == meaning)
        .filter(|found| {
            let rest = folded[found.end..].trim_start();
            let set_off = rest.is_empty() || !rest.starts_with(char::is_alphanumeric);
            let several = found.phrase.contains(' ') || found.phrase.contains('-');
            found.start == offset && (set_off || several)
                || found.start > 0 && folded[..found.start].trim_end().ends_with(['(', '[']) && several
        })
        .max_by_key(|found| found.end - found.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_of_robots_begin_with_what_they_are() {
        for subject in [
            "Automatic reply: Request NPM-2026-0147-K",
            "Auto: Re: your letter",
            "Abwesenheitsnotiz",
            "Out of office until 3 May",
            "Réponse automatique : votre courrier",
            "Sorry, I'm on vacation (Out of Office - US Open)",
            "Автоответ: Письмо",
            "自動返信: 件名",
        ] {
            assert!(beginning_of(&fold(subject), Meaning::Marker).is_some(), "{subject}");
        }
        for subject in ["Auto theft in the north", "Absence of medical staff", "Report on the vacation of the premises"] {
            assert!(beginning_of(&fold(subject), Meaning::Marker).is_none(), "{subject}");
        }
        assert!(is_reply(&fold("RE: Automatic reply: Request")) && is_reply("aw[2]: x") && !is_reply("automatic reply: re: x"));
    }
}
