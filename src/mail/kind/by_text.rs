//! What the subject and the newly written text say of the mail itself.

use super::beside_formulas::{Remainder, is_of_another};
use super::phrase_place::{
    begins_a_clause, is_denied, is_in_quotation_marks, is_mark, is_of_machines, is_said_of_this, machines_alone, pairs,
};
use super::sentences::{Weight, is_explained, says_something, sentences, weigh};
use super::subject_line::{beginning_of, is_reply};
use crate::mail::bodies::Bodies;
use crate::mail::folding::fold;
use crate::mail::phrases::{ABOUT_THE_MAIL, Found, POSITIONS, PhraseMeaning, is_recommendation_word};
use crate::mail::quote::Split;
use crate::mail::understood::Kind;

/// Longest text (characters) that can be an out-of-office note or a confirmation by its words alone.
const SHORT: usize = 1_200;

/// Longest text (characters) that calls itself automatic and confirms, and is a machine's though a clause says more: "and will be dealt with in the
/// order in which it came in". It is told with "probably automatic", so that an answer in such a clause is not set aside unseen.
const BRIEF: usize = 400;

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
    absence: Option<Found>,
    /// Somebody else is away, as the author tells: "the head of wing B is on leave".
    another_s_absence: Option<Found>,
    machine: Option<Found>,
    /// The words of machines name a reply ("automatic reply"), and not only how a mail was made or sent.
    names_a_reply: bool,
    service: Option<Found>,
    /// The text opens with what systems of offices write, and does not only add it.
    opens_as_service: bool,
    unread: Option<Found>,
    pub challenge: Option<Found>,
    receipt: Option<Found>,
    promise: Option<Found>,
    interim: Option<Found>,
    courtesy: Option<Found>,
    substance: Option<Found>,
    statement: Option<Found>,
    not_yet: Option<Found>,
    weight: Weight,
    /// Beside the formulas stands what no formula brings along, in a clause or a sentence of its own.
    adds_something: bool,
    /// A sentence says of a recommendation that it is accepted or not.
    position: bool,
    /// Characters newly written.
    written: usize,
    /// A "Re:" with the quoted letter below: typed in a mail client, whatever it says.
    answers_a_quoted_letter: bool,
}

impl Words {
    /// `subject` and `names`, those of the author, are folded.
    pub fn read(subject: &str, names: &str, split: &Split, bodies: &Bodies) -> Words {
        let mut words = Words { written: split.reply.chars().count(), ..Words::default() };
        let reply = is_reply(subject);
        // Quotations that stayed in the reply for their context are not the author's words.
        let own: String = split.reply.lines().filter(|line| !line.starts_with('>')).flat_map(|line| [line, "\n"]).collect();
        words.answers_a_quoted_letter = reply && (!split.quoted.is_empty() || own.len() < split.reply.len());
        if !reply {
            words.marker = beginning_of(subject, PhraseMeaning::Marker);
            words.notice = beginning_of(subject, PhraseMeaning::Notice);
            // Behind "Automatic reply:" stands our own subject.
            if words.marker.is_none() {
                words.take(subject, names);
                words.adds_something = false;
            }
        }
        words.weight = words.take(beginning(&own), names);
        if words.written == 0 && split.quoted.is_empty() {
            words.weight = words.take(beginning(&bodies.plain), names);
        }
        // "Reply above this line" at the top is the ticket system's own; a person who answers it has it further down. "Do not reply to this
        // message" stands below the rule as often as above it.
        let first_line = bodies.plain.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let mut top = Words::default();
        if !own.trim_start().starts_with(first_line) {
            top.take(beginning(first_line), names);
        }
        let mut below = Words::default();
        below.take(beginning(&split.signature), names);
        words.opens_as_service |= top.service.is_some();
        words.names_a_reply |= words.machine.is_none() && (top.names_a_reply || below.names_a_reply);
        words.machine = words.machine.or(top.machine).or(below.machine);
        words.service = words.service.or(top.service).or(below.service);
        words.unread = words.unread.or(top.unread).or(below.unread);
        words
    }

    /// Takes what a text says of the mail. The subject is one too.
    fn take(&mut self, text: &str, names: &str) -> Weight {
        let folded = &fold(text);
        let sentences = sentences(folded);
        let (halves, phrases): (Vec<Found>, Vec<Found>) = ABOUT_THE_MAIL.find(folded).partition(|found| {
            matches!(
                found.meaning,
                PhraseMeaning::Letter
                    | PhraseMeaning::Arrived
                    | PhraseMeaning::Answer
                    | PhraseMeaning::Coming
                    | PhraseMeaning::Act
                    | PhraseMeaning::Release
                    | PhraseMeaning::This
            )
        });
        let alone = if phrases.iter().any(|found| is_of_machines(found.meaning)) { machines_alone(text) } else { Vec::new() };
        let opening = sentences.iter().find(|(start, end)| says_something(&folded[*start..*end])).map_or(0, |(_, end)| *end);
        let mut formulas: Vec<Found> = Vec::new();
        for found in phrases {
            let place = match found.meaning {
                PhraseMeaning::Absence => &mut self.absence,
                PhraseMeaning::Machine | PhraseMeaning::AutomaticReply => &mut self.machine,
                PhraseMeaning::Service => &mut self.service,
                PhraseMeaning::Unread => &mut self.unread,
                PhraseMeaning::Challenge => &mut self.challenge,
                PhraseMeaning::Receipt => &mut self.receipt,
                PhraseMeaning::Promise => &mut self.promise,
                PhraseMeaning::Interim => &mut self.interim,
                PhraseMeaning::Substance => {
                    self.substance.get_or_insert(found);
                    continue;
                }
                PhraseMeaning::NotYet => {
                    self.not_yet.get_or_insert(found);
                    continue;
                }
                PhraseMeaning::Statement => {
                    if !found.phrase.ends_with(is_mark) || begins_a_clause(folded, found.start) {
                        self.statement.get_or_insert(found);
                    }
                    continue;
                }
                _ => {
                    self.courtesy.get_or_insert(found);
                    formulas.push(found);
                    continue;
                }
            };
            let mentioned = match found.meaning {
                PhraseMeaning::Machine | PhraseMeaning::AutomaticReply => {
                    is_denied(folded, found.start) || !alone.contains(&found.phrase) && !is_said_of_this(found, &sentences, &halves)
                }
                PhraseMeaning::Absence | PhraseMeaning::Service | PhraseMeaning::Unread | PhraseMeaning::Challenge => {
                    is_in_quotation_marks(folded, found.start)
                }
                _ => false,
            };
            if found.meaning == PhraseMeaning::Absence && !mentioned && is_of_another(folded, &sentences, found, names) {
                self.another_s_absence.get_or_insert(found);
                continue;
            }
            if !mentioned {
                formulas.push(found);
                place.get_or_insert(found);
                self.opens_as_service |= found.meaning == PhraseMeaning::Service && found.start < opening;
                self.names_a_reply |= found.meaning == PhraseMeaning::AutomaticReply;
            }
        }
        for (meaning, found) in pairs(&sentences, &halves) {
            formulas.push(found);
            let place = match meaning {
                PhraseMeaning::Receipt => &mut self.receipt,
                PhraseMeaning::Challenge => &mut self.challenge,
                _ => &mut self.interim,
            };
            place.get_or_insert(found);
        }
        let starts: Vec<usize> = formulas.iter().map(|found| found.start).collect();
        let weight = weigh(folded, &sentences, &starts);
        // Sentence by sentence only where nothing else has said that the text answers.
        if !self.answers() {
            let texts = sentences.iter().filter_map(|(start, end)| Some((*start, folded.get(*start..*end)?)));
            let (explained, others): (Vec<_>, Vec<_>) = texts.partition(|(start, sentence)| is_explained(sentence, *start, &starts));
            self.position = others.iter().any(|(_, sentence)| takes_a_position(sentence));
            // What says so much more than its formulas needs no look at each clause, unless one beside a formula may take a position.
            let surely_more = weight.unexplained > SAYS_SOMETHING.max(weight.explained);
            let may_take_one = || explained.iter().any(|(_, sentence)| takes_a_position(sentence));
            if !formulas.is_empty() && !self.position && (!surely_more || may_take_one()) {
                let left = Remainder::new(text, folded, &formulas, names).left_over(&sentences);
                self.position = left.iter().any(|piece| takes_a_position(piece));
                self.adds_something |= !left.is_empty();
            }
        }
        weight
    }

    /// Whether the text answers, so that nothing else it says can set it aside.
    pub fn answers(&self) -> bool {
        self.substance.is_some() || self.position || self.written > 4 * SHORT
    }

    /// Whether the text, by its words alone, is the note of a machine: of absence, of a ticket, that it came, that nobody reads it, that the sender
    /// must prove to be a person. `from_nobody`: its author is an address that nobody reads. `supported`: headers say that a program sent it.
    /// "Generated automatically" and "do not reply" stand below what people write as well: they are believed where nothing else is said.
    pub fn is_note(&self, from_nobody: bool, supported: bool) -> bool {
        if self.challenge.is_some() {
            return true;
        }
        if self.states_something() {
            return false;
        }
        let typed = self.answers_a_quoted_letter;
        let by_subject = self.marker.is_some() && self.written <= SHORT && (supported || self.written == 0 || self.holds_formulas());
        let by_name = self.machine.is_some() && self.names_a_reply && (self.written <= 2 * SHORT || self.marker.is_some());
        let generated = self.machine.is_some()
            && (self.written <= 2 * SHORT && self.says_no_more_than(self.confirms_or_notes(), supported)
                || self.written <= BRIEF && self.confirms_or_notes() && !self.says_more_than_formulas());
        let away = self.absence.is_some() && !typed && self.written <= SHORT && self.says_no_more_than(true, supported);
        let of_a_service = self.service.is_some()
            && !typed
            && self.written <= SHORT
            && self.says_no_more_than(true, supported)
            && (self.opens_as_service || supported || self.unread.is_some() || self.confirms_or_notes());
        let unread = self.unread.is_some() && !typed && self.written <= SHORT && self.says_nothing_else();
        let taken_in = self.receipt.is_some() && from_nobody && self.written <= SHORT && self.says_nothing_else();
        by_subject || by_name || generated || away || of_a_service || unread || taken_in
    }

    /// Whether the text is one that a program would write where the headers say that a program sent it. `own`: by headers that only programs set,
    /// on their own words. `insist`: by more than one such sign; without that a person may have typed it, and every sentence must be a formula.
    pub fn may_be_sent_by_a_program(&self, own: bool, insist: bool) -> bool {
        if self.states_something() {
            return false;
        }
        let notes = self.marker.is_some() || self.absence.is_some() || self.names_a_reply || insist && self.machine.is_some();
        // "We will answer by 30 April", or "please send it again" is what a clerk types at a service desk; a program says first what it is, or
        // thanks.
        let opens_as_robots_do = self.confirms_to_the_sender() || self.courtesy.is_some();
        let formulas = self.weight.explained > 0
            && if insist {
                !self.says_more_than_formulas()
            } else {
                self.says_nothing_else() && opens_as_robots_do && self.not_yet.is_none()
            };
        self.written == 0 || formulas || own && notes
    }

    /// Refused, extended, due, enclosed, installed, "yes": a machine's note and a receipt do not say so. A note of absence may.
    fn states_something(&self) -> bool {
        self.statement.is_some() && !(self.marker.is_some() && self.absence.is_some())
    }

    fn confirms_or_notes(&self) -> bool {
        [&self.receipt, &self.promise, &self.interim, &self.absence, &self.service, &self.notice].iter().any(|found| found.is_some())
    }

    /// What only the receiving end says of a letter or of itself: it came, nobody is there, nobody reads.
    fn confirms_to_the_sender(&self) -> bool {
        [&self.receipt, &self.absence, &self.service, &self.notice, &self.machine, &self.marker, &self.unread]
            .iter()
            .any(|found| found.is_some())
    }

    fn holds_formulas(&self) -> bool {
        self.confirms_or_notes() || self.machine.is_some() || self.unread.is_some()
    }

    /// Where headers support it, a note may add a little of its own.
    fn says_no_more_than(&self, formulas: bool, supported: bool) -> bool {
        if formulas { !self.says_more_than_formulas() && (supported || !self.adds_something) } else { self.says_nothing_else() }
    }

    fn says_more_than_formulas(&self) -> bool {
        self.weight.unexplained > SAYS_NO_MORE.max(self.weight.explained)
    }

    /// Every sentence holds a formula, and nothing beside it.
    fn says_nothing_else(&self) -> bool {
        !self.adds_something && self.weight.unexplained == 0 && self.statement.is_none()
    }

    /// Words by which the text calls itself a machine's, though it says more.
    pub fn calls_itself_automatic(&self) -> bool {
        self.machine.is_some() || self.marker.is_some()
    }

    /// What no program writes: a statement, or an answer above the letter that it quotes.
    pub fn are_a_persons(&self) -> bool {
        self.statement.is_some() || self.answers_a_quoted_letter
    }

    /// The newly written text says something beside its formulas, which a person should see before the mail is set aside.
    pub fn say_more(&self) -> bool {
        self.answers()
            || self.statement.is_some()
            || self.adds_something
            || self.another_s_absence.is_some()
            || self.weight.unexplained > SAYS_NO_MORE
    }

    /// A person confirms that the letter came or says when the answer will, and nothing more.
    pub fn confirms_only(&self) -> bool {
        self.confirms() && self.says_nothing_else()
    }

    /// Confirms, or speaks of an absence or of where not to answer, and says more, but not enough to be surely an answer; or it is none yet, since
    /// it asks for something first: which it is, only a person can tell.
    pub fn may_answer(&self) -> bool {
        let confirms = self.confirms() && self.weight.unexplained < SAYS_SOMETHING;
        let absence = (self.absence.is_some() || self.another_s_absence.is_some()) && !self.answers_a_quoted_letter;
        confirms || (absence || [&self.service, &self.unread, &self.not_yet].iter().any(|found| found.is_some())) && self.written <= SHORT
    }

    fn confirms(&self) -> bool {
        let confirms = self.receipt.is_some() || self.interim.is_some() || self.absence.is_some() && self.answers_a_quoted_letter;
        confirms && !self.answers() && self.written <= SHORT
    }

    /// The subject or the text says that a program sent it, that its author is away, or that answers are not read.
    pub fn forbid_an_answer(&self) -> bool {
        [&self.marker, &self.notice, &self.absence, &self.another_s_absence, &self.machine, &self.service, &self.unread]
            .iter()
            .any(|found| found.is_some())
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
            evidence.extend(said(&self.not_yet, "asks for something first, takes a message back, or says that it lies elsewhere"));
            evidence.extend(said(&self.statement, "no robot and no mere receipt says so").filter(|_| self.holds_formulas()));
            return evidence;
        }
        evidence.extend(said(
            &self.challenge,
            "asks the sender to prove that they are a person; staff must open it and click before the letter is let through",
        ));
        evidence.extend(said(&self.machine, "the text says that a machine wrote it"));
        evidence.extend(said(&self.service, "the text is of a system: a ticket was opened, or the address is given up"));
        evidence.extend(said(&self.unread, "nobody reads answers"));
        evidence.extend(said(&self.absence, "the text is an out-of-office note"));
        evidence.extend(said(&self.receipt, "the text confirms that the letter arrived"));
        evidence
    }
}

pub(super) fn answers(text: &str) -> bool {
    let mut words = Words::default();
    words.take(beginning(text), "");
    words.answers()
}

fn takes_a_position(sentence: &str) -> bool {
    let words = || sentence.split(|letter: char| !letter.is_alphanumeric());
    words().any(|word| is_recommendation_word(word) == Some(true)) && POSITIONS.find(sentence).next().is_some()
}

fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(SEARCHED)]
}
