//! The rules of an office as stories at its register have them.

use demarche::domain::calendar::{Calendar, StartEvent, Term, Unit};
use demarche::domain::ladder::Ladder;
use demarche::domain::rules::{OfficeHours, OfficeRules};
use jiff::civil::time;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// In UTC, open from nine to five on working days; 56 days for an answer.
pub fn rules() -> Arc<OfficeRules> {
    Arc::new(OfficeRules {
        name: "National Preventive Mechanism".into(),
        address: "desk@requests.example".into(),
        prefix: "NPM".into(),
        language: "en".into(),
        time_zone: TimeZone::UTC,
        calendar: "office".into(),
        calendars: [("office".to_string(), Calendar::plain("office"))].into(),
        wording: Default::default(),
        levels: ["technical", "head", "minister"].map(String::from).to_vec(),
        signatories: Default::default(),
        start_event: StartEvent::Sending,
        terms: [("ordinary".to_string(), Term { length: 56, unit: Unit::Days, end_on_working_day: false })].into(),
        ladders: [("ordinary".to_string(), Ladder::default())].into(),
        drafts: Default::default(),
        hours: OfficeHours { from: time(9, 0, 0, 0), to: time(17, 0, 0, 0), every_day: false },
        staff: vec![],
        acknowledge_replies: false,
        hold_days: 5,
        read_days: 20,
        heard_within: jiff::SignedDuration::from_mins(15),
    })
}
