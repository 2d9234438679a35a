//! The context of a letter's template: the names that it may use. Their fields' docs are the reference for whoever edits a template.

use super::content::{Addressee, LetterContent};
use crate::domain::calendar::days_between;
use crate::domain::letter::LetterRole;
use crate::domain::rules::{ORDINARY, day_in};
use crate::mail::compose::one_line;
use crate::render::{Day, Language, without_controls};
use jiff::civil::Date;
use minijinja::value::{Serde, Value};
use serde::Serialize;

/// Longest single-line value, in characters.
const LONGEST_LINE: usize = 200;

#[derive(Debug, Serialize)]
pub(super) struct LetterContext {
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
    request: RequestContext,
    recommendations: Vec<RecommendationContext>,
    /// Who was asked.
    authority: AuthorityContext,
    /// Whom this letter goes to.
    addressee: AddresseeContext,
    copies: Vec<AddresseeContext>,
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
    earlier: Vec<EarlierContext>,
    /// The reminders and escalations among them.
    unanswered_letters: Vec<EarlierContext>,
    /// A later letter can be written to a higher level: the directory has somebody there.
    higher_level: bool,
    reply_to: String,
    /// The letter that an acknowledgement confirms, or that is being examined.
    received: Option<ReceivedContext>,
    /// Names of the files that are sent with it.
    enclosures: Vec<String>,
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
struct RequestContext {
    reference: String,
    urgent: bool,
    /// When the first letter left; absent in the first letter itself.
    sent_on: Option<Day>,
    /// How many recommendations were asked about, and how many of them have an answer.
    asked: u32,
    answered: u32,
}

#[derive(Debug, Serialize)]
struct RecommendationContext {
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
struct AuthorityContext {
    name: String,
    /// The unit within it that was asked; empty for the authority as a whole.
    unit: String,
    /// The unit, as templates of earlier builds call it.
    office: String,
}

#[derive(Debug, Serialize)]
struct AddresseeContext {
    name: Option<String>,
    /// Name of the authority.
    authority: String,
    address: String,
    /// It is another authority than the one that was asked: the supervising one.
    elsewhere: bool,
}

#[derive(Debug, Clone, Serialize)]
struct EarlierContext {
    /// `request`, `reminder`, `escalation`, `examination`, whatever its template is called.
    kind: LetterRole,
    on: Day,
    /// It went to a higher level than the request, and not to the same address again.
    to_higher_level: bool,
}

#[derive(Debug, Serialize)]
struct ReceivedContext {
    subject: String,
    on: Day,
}

impl LetterContext {
    pub(super) fn new(content: &LetterContent<'_>, language: &Language) -> LetterContext {
        let day = |day: Date| Day::new(day, language);
        let today = content.dated.date();
        let request = content.request;
        let addressee = |addressee: &Addressee<'_>| AddresseeContext {
            name: addressee.name.map(line).filter(|name| !name.is_empty()),
            authority: line(addressee.authority),
            address: line(addressee.address),
            elsewhere: line(addressee.authority) != line(&content.authority.name),
        };
        let earlier: Vec<EarlierContext> = content
            .earlier
            .iter()
            .map(|letter| EarlierContext { kind: letter.role, on: day(letter.on), to_higher_level: letter.to_higher_level })
            .collect();
        let wording = content.rules.wording.get(content.language).cloned().unwrap_or_default();
        let sent_on = content.earlier.iter().find(|letter| letter.role == LetterRole::Request).map(|letter| letter.on);
        LetterContext {
            language: content.language.into(),
            letter: content.template.into(),
            office: Office { name: line(&content.rules.name), address: line(&content.rules.address) },
            signatory: content.rules.signatory(content.level).map(|who| Signatory { name: line(&who.name), title: line(&who.title) }),
            level: line(content.level),
            step: content.step.map(line),
            wording: Words {
                legal_ground: without_controls(&wording.legal_ground).trim().into(),
                duty_to_answer: without_controls(&wording.duty_to_answer).trim().into(),
            },
            request: RequestContext {
                reference: line(&request.reference),
                urgent: request.urgency != ORDINARY,
                sent_on: sent_on.or_else(|| request.sent_at.map(|at| day_in(at, content.dated.time_zone()))).map(day),
                asked: request.asked,
                answered: request.answered,
            },
            recommendations: (1..)
                .zip(content.recommendations)
                .map(|(number, recommendation)| RecommendationContext {
                    number,
                    reference: line(&recommendation.reference),
                    text: without_controls(&recommendation.text).trim().into(),
                    made_on: day(recommendation.made_on),
                    report: optional_line(recommendation.report.as_deref()),
                    place: optional_line(recommendation.place.as_deref()),
                    repeats: optional_line(recommendation.repeats.as_deref()),
                })
                .collect(),
            authority: AuthorityContext { name: line(&content.authority.name), unit: line(&request.unit), office: line(&request.unit) },
            addressee: addressee(&content.addressee),
            copies: content.copies.iter().map(addressee).collect(),
            deadline: day(content.deadline),
            today: day(today),
            overdue: today > content.deadline,
            days_overdue: days_between(content.deadline, today).max(0),
            days_left: days_between(today, content.deadline).max(0),
            extended: !request.basis.extensions.is_empty(),
            unanswered_letters: earlier.iter().filter(|letter| letter.kind.tells_of_silence()).cloned().collect(),
            earlier,
            higher_level: content.has_higher_level,
            reply_to: line(content.reply_to),
            received: content.received.map(|received| ReceivedContext { subject: line(received.subject), on: day(received.on) }),
            enclosures: content.enclosures.iter().map(|enclosure| line(&enclosure.name)).collect(),
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
