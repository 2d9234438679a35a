//! The names that templates may use. Their fields' docs are the reference for whoever edits a template.

use super::language::Language;
use super::lines::without_controls;
use super::order::{Addressee, LetterOrder};
use crate::domain::calendar::days_between;
use crate::domain::letter::LetterRole;
use crate::domain::rules::{ORDINARY, day_in};
use crate::mail::compose::one_line;
use jiff::civil::Date;
use minijinja::value::{Serde, Value};
use serde::Serialize;

/// Longest single-line value, in characters.
const LONGEST_LINE: usize = 200;

/// A date in the letter's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    /// `Thursday 26 February 2026`
    pub full: String,
    /// `26 February 2026`
    pub plain: String,
    /// `2026-02-26`
    pub iso: String,
}

impl Day {
    pub fn new(day: Date, language: &Language) -> Day {
        Day { full: language.date_with_weekday(day), plain: language.date(day), iso: day.to_string() }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct LetterNames {
    language: String,
    /// The letter's own folder: `reminder`.
    letter: String,
    office: Office,
    /// Absent where the configuration names nobody.
    signatory: Option<Signatory>,
    /// Level of the addressee.
    level: String,
    /// Name of the ladder's step, if it is one.
    step: Option<String>,
    /// The office's own words; empty where it gives none.
    wording: Words,
    request: RequestNames,
    recommendations: Vec<RecommendationNames>,
    /// Who was asked.
    authority: AuthorityNames,
    /// Whom this letter goes to.
    addressee: AddresseeNames,
    copies: Vec<AddresseeNames>,
    deadline: Day,
    today: Day,
    /// The deadline has passed.
    overdue: bool,
    /// 0 unless overdue.
    days_overdue: i64,
    /// 0 on the last day and after it.
    days_left: i64,
    /// The deadline is a later one than first set.
    extended: bool,
    /// Letters before this one, oldest first.
    earlier: Vec<EarlierNames>,
    /// The reminders and escalations among them.
    unanswered_letters: Vec<EarlierNames>,
    /// A later letter can be written to a higher level: the directory has somebody there.
    higher_level: bool,
    reply_to: String,
    /// The letter that an acknowledgement confirms, or that is being examined.
    received: Option<ReceivedNames>,
}

#[derive(Debug, Serialize)]
struct Office {
    name: String,
    address: String,
}

#[derive(Debug, Serialize)]
struct Signatory {
    name: String,
    title: String,
}

#[derive(Debug, Serialize)]
struct Words {
    legal_ground: String,
    duty_to_answer: String,
}

#[derive(Debug, Serialize)]
struct RequestNames {
    reference: String,
    urgent: bool,
    /// When the first letter left; absent in the first letter itself.
    sent_on: Option<Day>,
    /// How many recommendations were asked about, and how many of them have an answer.
    asked: u32,
    answered: u32,
}

#[derive(Debug, Serialize)]
struct RecommendationNames {
    /// From 1.
    number: usize,
    reference: String,
    text: String,
    made_on: Day,
    report: Option<String>,
    place: Option<String>,
    repeats: Option<String>,
}

#[derive(Debug, Serialize)]
struct AuthorityNames {
    name: String,
    /// The office within it that was asked; empty for the authority as a whole.
    office: String,
}

#[derive(Debug, Serialize)]
struct AddresseeNames {
    name: Option<String>,
    /// Name of the authority.
    authority: String,
    address: String,
    /// It is another authority than the one that was asked: the supervising one.
    elsewhere: bool,
}

#[derive(Debug, Clone, Serialize)]
struct EarlierNames {
    /// `request`, `reminder`, `escalation`, `examination`, whatever its template is called.
    kind: LetterRole,
    on: Day,
    /// It went to a higher level than the request, and not to the same address again.
    to_higher_level: bool,
}

#[derive(Debug, Serialize)]
struct ReceivedNames {
    subject: String,
    on: Day,
}

impl LetterNames {
    pub(super) fn new(order: &LetterOrder<'_>, language: &Language) -> LetterNames {
        let day = |day: Date| Day::new(day, language);
        let today = order.dated.date();
        let request = order.request;
        let addressee = |addressee: &Addressee<'_>| AddresseeNames {
            name: addressee.name.map(line).filter(|name| !name.is_empty()),
            authority: line(addressee.authority),
            address: line(addressee.address),
            elsewhere: line(addressee.authority) != line(&order.authority.name),
        };
        let earlier: Vec<EarlierNames> = order
            .earlier
            .iter()
            .map(|letter| EarlierNames { kind: letter.role, on: day(letter.on), to_higher_level: letter.to_higher_level })
            .collect();
        let wording = order.rules.wording.get(order.language).cloned().unwrap_or_default();
        let sent_on = order.earlier.iter().find(|letter| letter.role == LetterRole::Request).map(|letter| letter.on);
        LetterNames {
            language: order.language.into(),
            letter: order.template.into(),
            office: Office { name: line(&order.rules.name), address: line(&order.rules.address) },
            signatory: order.rules.signatory(order.level).map(|who| Signatory { name: line(&who.name), title: line(&who.title) }),
            level: line(order.level),
            step: order.step.map(line),
            wording: Words {
                legal_ground: without_controls(&wording.legal_ground).trim().into(),
                duty_to_answer: without_controls(&wording.duty_to_answer).trim().into(),
            },
            request: RequestNames {
                reference: line(&request.reference),
                urgent: request.urgency != ORDINARY,
                sent_on: sent_on.or_else(|| request.sent_at.map(|at| day_in(at, order.dated.time_zone()))).map(day),
                asked: request.asked,
                answered: request.answered,
            },
            recommendations: (1..)
                .zip(order.recommendations)
                .map(|(number, recommendation)| RecommendationNames {
                    number,
                    reference: line(&recommendation.reference),
                    text: without_controls(&recommendation.text).trim().into(),
                    made_on: day(recommendation.made_on),
                    report: optional_line(recommendation.report.as_deref()),
                    place: optional_line(recommendation.place.as_deref()),
                    repeats: optional_line(recommendation.repeats.as_deref()),
                })
                .collect(),
            authority: AuthorityNames { name: line(&order.authority.name), office: line(&request.office) },
            addressee: addressee(&order.addressee),
            copies: order.copies.iter().map(addressee).collect(),
            deadline: day(order.deadline),
            today: day(today),
            overdue: today > order.deadline,
            days_overdue: days_between(order.deadline, today).max(0),
            days_left: days_between(today, order.deadline).max(0),
            extended: !request.basis.extensions.is_empty(),
            unanswered_letters: earlier.iter().filter(|letter| letter.kind.tells_of_silence()).cloned().collect(),
            earlier,
            higher_level: order.has_higher_level,
            reply_to: line(order.reply_to),
            received: order.received.map(|received| ReceivedNames { subject: line(received.subject), on: day(received.on) }),
        }
    }

    pub(super) fn into_value(self) -> Value {
        Value::from(Serde(self))
    }
}

fn line(text: &str) -> String {
    one_line(text, LONGEST_LINE)
}

fn optional_line(text: Option<&str>) -> Option<String> {
    text.map(line).filter(|text| !text.is_empty())
}
