//! Letters made up for trying templates: between them every name has a value and every state of a request occurs.

use super::content::{Addressee, EarlierLetter, LetterContent, Received};
use super::context::LetterContext;
use crate::domain::authority::Authority;
use crate::domain::calendar::{DeadlineBasis, Extension, StartEvent, Term, Unit};
use crate::domain::confidentiality::Class;
use crate::domain::identity::{AuthorityId, JointId, RecommendationId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::recommendation::Recommendation;
use crate::domain::request::Request;
use crate::domain::rules::{ORDINARY, OfficeRules};
use crate::domain::sample::rules;
use crate::render::Language;
use jiff::civil::{Date, date, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use minijinja::value::Value;

const PRISONS: &str = "Prison Service";
const MINISTRY: &str = "Ministry of Justice";

/// A made-up correspondence, from which letters are written.
#[derive(Debug, Clone)]
pub struct Sample {
    pub role: LetterRole,
    pub rules: OfficeRules,
    pub request: Request,
    pub recommendations: Vec<Recommendation>,
    pub authority: Authority,
    /// The person that the letter goes to.
    pub name: Option<&'static str>,
    /// Name of the authority that the letter goes to.
    pub to: &'static str,
    pub copies: Vec<Addressee<'static>>,
    pub level: &'static str,
    /// The letter's date, in UTC.
    pub today: Date,
    pub earlier: Vec<EarlierLetter>,
    pub has_higher_level: bool,
    pub received: Option<Received<'static>>,
    pub step: Option<&'static str>,
    references: Vec<String>,
}

impl Sample {
    /// A first letter: two recommendations, asked on 2 January 2026, due on 26 February.
    pub fn request() -> Sample {
        Sample {
            role: LetterRole::Request,
            rules: rules(),
            request: request(),
            recommendations: vec![
                recommendation(1, "2026/3-1", "That every person held be offered at least one hour a day in the open air.", None),
                recommendation(
                    2,
                    "2026/3-2",
                    "That the register of the use of force name, for each occasion, who decided, who was present, for how long, and whether \
                     a doctor saw the person within the hour.\n\nThat this register be shown to the person's lawyer on request.",
                    Some("2021/17-4"),
                ),
            ],
            authority: authority(),
            name: Some("Jana Dvořák"),
            to: PRISONS,
            copies: vec![],
            level: "technical",
            today: date(2026, 1, 2),
            earlier: vec![],
            has_higher_level: true,
            received: None,
            step: None,
            references: vec![],
        }
    }

    /// A reminder, seven days before the deadline.
    pub fn friendly_reminder() -> Sample {
        let mut sample = Sample::request();
        sample.role = LetterRole::Reminder;
        sample.today = date(2026, 2, 19);
        sample.request.sent_at = Some(noon(date(2026, 1, 2)));
        sample.earlier = vec![EarlierLetter { role: LetterRole::Request, on: date(2026, 1, 2), to_higher_level: false }];
        sample.references = vec!["npm-2026-0147-k.1.abcdefgh@office.example".into()];
        sample.step = Some("friendly reminder");
        sample
    }

    /// A reminder, the day after the deadline.
    pub fn reminder() -> Sample {
        let mut sample = Sample::friendly_reminder();
        sample.today = date(2026, 2, 27);
        sample.earlier.push(EarlierLetter { role: LetterRole::Reminder, on: date(2026, 2, 19), to_higher_level: false });
        sample.references.push("npm-2026-0147-k.2.abcdefgh@office.example".into());
        sample.step = Some("reminder");
        sample
    }

    /// To the head of the authority, 14 days after the deadline.
    pub fn escalation_to_the_head() -> Sample {
        let mut sample = Sample::reminder();
        sample.role = LetterRole::Escalation;
        sample.today = date(2026, 3, 12);
        sample.earlier.push(EarlierLetter { role: LetterRole::Reminder, on: date(2026, 2, 27), to_higher_level: false });
        sample.name = None;
        sample.level = "head";
        sample.copies = vec![Addressee { name: Some("Jana Dvořák"), authority: PRISONS, address: "jana.dvorak@prisons.example" }];
        sample.step = Some("escalation to the head");
        sample
    }

    /// To the supervising authority, 28 days after the deadline.
    pub fn escalation_to_the_supervising_authority() -> Sample {
        let mut sample = Sample::escalation_to_the_head();
        sample.today = date(2026, 3, 26);
        sample.earlier.push(EarlierLetter { role: LetterRole::Escalation, on: date(2026, 3, 12), to_higher_level: true });
        sample.to = MINISTRY;
        sample.level = "minister";
        sample.step = Some("escalation to the supervising authority");
        sample
    }

    /// "We received your reply."
    pub fn acknowledgement() -> Sample {
        let mut sample = Sample::friendly_reminder();
        sample.role = LetterRole::Acknowledgement;
        sample.received = Some(Received { subject: "Re: [NPM-2026-0147-K] Our answer", on: date(2026, 2, 19) });
        sample.request.answered = 1;
        sample.step = None;
        sample
    }

    /// "Your letter of … is being examined."
    pub fn examination() -> Sample {
        let mut sample = Sample::reminder();
        sample.role = LetterRole::Examination;
        sample.received = Some(Received { subject: "Re: [NPM-2026-0147-K] Our answer", on: date(2026, 2, 19) });
        sample
    }

    /// One recommendation, urgent, to an office within the authority, and an office whose configuration says as little as it may.
    pub fn sparse(mut self) -> Sample {
        self.recommendations.truncate(1);
        for recommendation in &mut self.recommendations {
            recommendation.report = None;
            recommendation.place = None;
        }
        self.request.urgency = "urgent".into();
        self.request.unit = "Women's wing".into();
        self.request.asked = 1;
        self.name = None;
        self.has_higher_level = false;
        self.rules.wording.clear();
        self.rules.signatories.clear();
        self
    }

    /// Answered in part, the deadline extended, and begun by hand: no earlier letter is known but that it was sent.
    pub fn adopted(mut self) -> Sample {
        self.request.answered = 1;
        self.earlier.clear();
        self.request.basis.extensions.push(Extension {
            until: self.request.deadline,
            reason: "change of government".into(),
            by: "A. Novak".into(),
            granted_on: date(2026, 1, 20),
        });
        self
    }

    /// Everything a letter of that template may be written from: one of the office's own may be any reminder or escalation.
    pub fn all_for(template: &str) -> Vec<Sample> {
        match LetterRole::from_name(template) {
            Some(LetterRole::Request) => vec![Sample::request(), Sample::request().sparse()],
            Some(LetterRole::Acknowledgement) => {
                vec![Sample::acknowledgement(), Sample::acknowledgement().sparse(), Sample::acknowledgement().adopted()]
            }
            Some(LetterRole::Examination) => vec![Sample::examination(), Sample::examination().sparse(), Sample::examination().adopted()],
            _ => [
                Sample::friendly_reminder(),
                Sample::reminder(),
                Sample::escalation_to_the_head(),
                Sample::escalation_to_the_supervising_authority(),
            ]
            .into_iter()
            .flat_map(|sample| [sample.clone(), sample.clone().sparse(), sample.adopted()])
            .collect(),
        }
    }

    /// What the letter says, written with the template `template` in the language `language`.
    pub fn content<'a>(&'a self, language: &'a str, template: &'a str) -> LetterContent<'a> {
        LetterContent {
            role: self.role,
            template,
            language,
            rules: &self.rules,
            request: &self.request,
            recommendations: &self.recommendations,
            authority: &self.authority,
            addressee: Addressee {
                name: self.name,
                authority: self.to,
                address: if self.to == PRISONS { "director@prisons.example" } else { "minister@justice.example" },
            },
            copies: &self.copies,
            level: self.level,
            deadline: self.request.deadline,
            dated: at(self.today),
            reply_to: "desk+r-bcdefghjkmnpq@office.example",
            message_id: "npm-2026-0147-k.9.abcdefgh@office.example",
            in_reply_to: self.references.last().map(String::as_str),
            references: &self.references,
            earlier: &self.earlier,
            has_higher_level: self.has_higher_level,
            received: self.received,
            step: self.step,
            enclosures: &[],
        }
    }
}

/// The sample contexts of a letter, for the check of its template, by its folder (`reminder`) and that of its language (`en`).
pub fn contexts(template: &str, language_name: &str, language: &Language) -> Vec<Value> {
    let samples = Sample::all_for(template);
    samples.iter().map(|sample| LetterContext::new(&sample.content(language_name, template), language).into_value()).collect()
}

fn noon(day: Date) -> Timestamp {
    at(day).timestamp()
}

/// Ten in the morning in UTC: what a sample says must not hang on this machine's time zone data.
fn at(day: Date) -> ZonedDateTime {
    day.to_datetime(time(10, 0, 0, 0)).to_zoned_datetime(TimeZone::UTC).expect("UTC has no gaps")
}

fn request() -> Request {
    Request {
        id: RequestId(147),
        reference: "NPM-2026-0147-K".into(),
        joint: JointId(1),
        authority: AuthorityId(1),
        unit: String::new(),
        urgency: ORDINARY.into(),
        opened_at: noon(date(2026, 1, 2)),
        basis: DeadlineBasis {
            start: date(2026, 1, 1),
            start_event: StartEvent::Sending,
            term: Term { length: 56, unit: Unit::Days, end_on_working_day: false },
            stated: None,
            pauses: vec![],
            extensions: vec![],
        },
        deadline: date(2026, 2, 26),
        paused: false,
        drafted: false,
        sent_at: None,
        ended: None,
        asked: 2,
        answered: 0,
        answered_at: None,
        revision: 1,
    }
}

fn recommendation(id: i64, reference: &str, text: &str, repeats: Option<&str>) -> Recommendation {
    Recommendation {
        id: RecommendationId(id),
        reference: reference.into(),
        text: text.into(),
        made_on: date(2025, 12, 19),
        report: Some("2026/3".into()),
        place: Some("Riverside Remand Prison".into()),
        theme: None,
        urgency: ORDINARY.into(),
        repeats: repeats.map(String::from),
        class: Class::Confidential,
    }
}

fn authority() -> Authority {
    Authority {
        id: AuthorityId(1),
        name: PRISONS.into(),
        parent: Some(AuthorityId(2)),
        language: None,
        time_zone: None,
        calendar: None,
        aliases: vec![],
        domains: vec!["prisons.example".into()],
        contacts: vec![],
    }
}
