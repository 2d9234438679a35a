//! Orders made up for trying templates: between them every name has a value and every state of a request occurs.

use super::order::{Addressee, EarlierLetter, LetterOrder, Received};
use crate::domain::authority::Authority;
use crate::domain::calendar::{Calendar, DeadlineBasis, Extension, StartEvent, Term, Unit};
use crate::domain::identity::{AuthorityId, JointId, RecommendationId, RequestId};
use crate::domain::ladder::Ladder;
use crate::domain::letter::LetterRole;
use crate::domain::recommendation::{Recommendation, Visibility};
use crate::domain::request::Request;
use crate::domain::rules::{ORDINARY, OfficeHours, OfficeRules, Wording};
use crate::domain::staff::Signatory;
use jiff::civil::{Date, date, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use std::collections::BTreeMap;

const PRISONS: &str = "Prison Service";
const MINISTRY: &str = "Ministry of Justice";

/// A made-up correspondence, from which orders are given.
#[derive(Debug, Clone)]
pub struct Sample {
    pub role: LetterRole,
    pub rules: OfficeRules,
    pub request: Request,
    pub recommendations: Vec<Recommendation>,
    pub authority: Authority,
    pub name: Option<&'static str>,
    /// Name of the authority that the letter goes to.
    pub to: &'static str,
    pub copies: Vec<Addressee<'static>>,
    pub level: &'static str,
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
        self.request.office = "Women's wing".into();
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

    /// Everything a letter of that name may be ordered with.
    pub fn all_for(letter: &str) -> Vec<Sample> {
        match LetterRole::from_name(letter) {
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

    pub fn order<'a>(&'a self, language: &'a str, template: &'a str) -> LetterOrder<'a> {
        LetterOrder {
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
        }
    }
}

fn noon(day: Date) -> Timestamp {
    at(day).timestamp()
}

/// Ten in the morning in UTC: what a sample says must not hang on this machine's time zone data.
fn at(day: Date) -> ZonedDateTime {
    day.to_datetime(time(10, 0, 0, 0)).to_zoned_datetime(TimeZone::UTC).expect("UTC has no gaps")
}

/// Rules of a made-up office, with words in English and French.
pub fn rules() -> OfficeRules {
    let signatory = |name: &str, title: &str| Signatory { name: name.into(), title: title.into() };
    OfficeRules {
        name: "National Preventive Mechanism".into(),
        address: "desk@office.example".into(),
        prefix: "NPM".into(),
        language: "en".into(),
        time_zone: TimeZone::UTC,
        calendar: "national".into(),
        calendars: BTreeMap::from([("national".into(), Calendar::plain("national"))]),
        wording: BTreeMap::from([
            (
                "en".into(),
                Wording {
                    legal_ground: "We write to you under section 19 of the Visits Act and article 22 of the Optional Protocol to the \
                                   Convention against Torture."
                        .into(),
                    duty_to_answer: "Under section 21 of the Visits Act, the authority to which a recommendation is addressed must \
                                     examine it and answer in writing within the time set."
                        .into(),
                },
            ),
            (
                "fr".into(),
                Wording {
                    legal_ground: "Nous vous écrivons en application de l’article 19 de la loi sur les visites et de l’article 22 du \
                                   Protocole facultatif se rapportant à la Convention contre la torture."
                        .into(),
                    duty_to_answer: "En vertu de l’article 21 de la loi sur les visites, l’autorité destinataire d’une recommandation \
                                     est tenue de l’examiner et d’y répondre par écrit dans le délai imparti."
                        .into(),
                },
            ),
        ]),
        levels: ["technical", "head", "minister"].map(String::from).to_vec(),
        signatories: BTreeMap::from([
            ("technical".into(), signatory("Adam Novak", "Head of the Secretariat")),
            ("head".into(), signatory("Eva Marešová", "Deputy Chair")),
            ("minister".into(), signatory("Marie Horáková", "Chair")),
        ]),
        start_event: StartEvent::Sending,
        terms: BTreeMap::new(),
        ladders: BTreeMap::from([(ORDINARY.into(), Ladder::default())]),
        hours: OfficeHours { from: time(8, 0, 0, 0), to: time(18, 0, 0, 0), every_day: false },
        staff: vec![],
        acknowledge_replies: true,
        hold_days: 5,
        read_days: 20,
        heard_within: jiff::SignedDuration::from_mins(15),
    }
}

fn request() -> Request {
    Request {
        id: RequestId(147),
        reference: "NPM-2026-0147-K".into(),
        joint: JointId(1),
        authority: AuthorityId(1),
        office: String::new(),
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
        visibility: Visibility::Confidential,
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
