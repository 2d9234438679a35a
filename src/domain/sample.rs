//! Rules of a made-up office, for trying templates and for tests.

use super::calendar::{Calendar, StartEvent};
use super::ladder::Ladder;
use super::rules::{ORDINARY, OfficeHours, OfficeRules, Wording};
use super::staff::Signatory;
use jiff::civil::time;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// With words in English and French, in UTC, with every letter of the usual ladder and without staff.
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
        drafts: super::draft_rules::DraftRules::default(),
        hours: OfficeHours { from: time(8, 0, 0, 0), to: time(18, 0, 0, 0), every_day: false },
        staff: vec![],
        acknowledge_replies: true,
        hold_days: 5,
        read_days: 20,
        heard_within: jiff::SignedDuration::from_mins(15),
    }
}
