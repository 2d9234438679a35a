//! What is done about a request, told day by day: its ladder, what keeps a letter back, what is foreseen.

mod any_ladder;
mod climbing;
mod written_and_waiting;

use super::*;
use crate::domain::addressing::tests::authority;
use crate::domain::addressing::{Addressees, LetterReturned};
use crate::domain::authority::Authority;
use crate::domain::calendar::{Calendar, days_between, plus_days};
use crate::domain::ladder::{Action, Anchor, Ladder, StepAddressee, StepLetter};
use crate::domain::request::{Ending, EndingKind, Request};
use crate::domain::resting::{Rest, RestKind, RestTerms};
use crate::domain::rules::{OfficeRules, start_of_day};
use jiff::SignedDuration;
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use std::borrow::Cow;

fn at(day: Date) -> Timestamp {
    start_of_day(day, &TimeZone::UTC) + jiff::SignedDuration::from_hours(10)
}

/// Sent on 1 January, due on 26 February.
fn open_request() -> Request {
    crate::domain::request::tests::request(date(2026, 2, 26), 1, 0)
}

static UTC: TimeZone = TimeZone::UTC;

struct Story {
    request: Request,
    ladder: Ladder,
    taken: Vec<StepTaken>,
    last_letter_on: Option<Date>,
    read: bool,
    unread_until: Option<Date>,
    rests: Vec<Rest>,
    told_on: Option<Date>,
    returned: Option<LetterReturned>,
    addressee_gone: Option<Needless>,
    authority: Authority,
    above: Option<Authority>,
}

impl Story {
    fn new() -> Story {
        Story {
            request: open_request(),
            ladder: Ladder::default(),
            taken: vec![],
            last_letter_on: Some(date(2026, 1, 1)),
            read: true,
            unread_until: None,
            rests: vec![],
            told_on: None,
            returned: None,
            addressee_gone: None,
            authority: authority(&[("post", "technical"), ("head", "head")]),
            above: Some(authority(&[("ministry", "technical")])),
        }
    }

    /// The request has come back from its general address, whose seat the directory has so.
    fn came_back(&mut self, of_seat: &Authority) {
        let (unit, level) = (String::new(), "technical".to_owned());
        self.returned = Some(LetterReturned { from: vec!["post".into()], unit, level, of_seat: of_seat.contacts.clone() });
    }

    fn situation(&self, day: Date) -> Situation<'_> {
        Situation {
            request: &self.request,
            ladder: &self.ladder,
            taken: &self.taken,
            zone: &UTC,
            last_letter_on: self.last_letter_on,
            mailboxes_read_at: self.read.then(|| at(day)),
            mailboxes_unread_until: self.unread_until.map(at),
            heard_within: SignedDuration::from_mins(15),
            has_unread: false,
            rests: &self.rests,
            rest_terms: RestTerms { hold_days: 5, read_days: 20, calendar: Cow::Owned(Calendar::plain("office")), zone: &UTC },
            told_of_examination_on: self.told_on,
            addressees: Addressees { authority: &self.authority, unit: "", above: self.above.as_ref(), lowest_level: "technical" },
            letter_on_its_way: false,
            draft_waits: false,
            said_to_have_come_back: self.rests.iter().any(|rest| rest.kind == RestKind::OfReports),
            returned: self.returned.as_ref(),
        }
    }

    fn decide(&self, day: Date) -> (String, usize) {
        match next_step(&self.situation(day), at(day)) {
            Decision::Nothing => ("nothing".into(), 0),
            Decision::Later(day) => (format!("later {day}"), 0),
            Decision::Held(hold) => (format!("{hold:?}"), 0),
            Decision::Take { examining: Some(mail), step, passed_over, .. } => {
                (format!("in place of the {}: {mail} is being examined", step.name), passed_over.len())
            }
            Decision::Take { step, passed_over, .. } => (step.name.clone(), passed_over.len()),
        }
    }

    /// What the office's daemon does at one moment: the letter written or the end recorded, if one is due then.
    fn act(&mut self, now: Timestamp) -> Option<(Step, bool)> {
        let on = day_in(now, &UTC);
        let situation = Situation { mailboxes_read_at: self.read.then_some(now), ..self.situation(on) };
        let Decision::Take { step, passed_over, examining, .. } = next_step(&situation, now) else { return None };
        let (step, deadline) = (step.clone(), self.request.deadline);
        let below: Vec<StepTaken> =
            passed_over.iter().map(|over| StepTaken { name: over.name.clone(), on, deadline, passed_over: true }).collect();
        if examining.is_some() {
            self.told_on = Some(on);
        } else {
            self.taken.extend(below);
            self.taken.push(StepTaken { name: step.name.clone(), on, deadline, passed_over: false });
        }
        if step.is_letter() {
            self.last_letter_on = Some(on);
        }
        Some((step, examining.is_some()))
    }

    /// Plays every day, taking what is decided, and lists it.
    fn play(&mut self, from: Date, to: Date) -> Vec<(Date, String)> {
        let days = (0..=days_between(from, to)).map(|days| plus_days(from, days));
        days.filter_map(|day| self.act(at(day)).map(|(step, _)| (day, step.name))).collect()
    }
}

/// The office's rules in UTC; letters leave on working days from eight to six.
fn rules() -> OfficeRules {
    OfficeRules { time_zone: UTC.clone(), ..crate::domain::sample::rules() }
}

fn settled(how: &str, request: &mut Request) {
    match how {
        "ended" => {
            let (reason, by) = ("no longer needed".into(), "A. Novak".into());
            request.ended = Some(Ending { how: EndingKind::Waived, reason, by, at: at(date(2026, 2, 1)) });
        }
        "answered" => request.answered = request.asked,
        _ => {}
    }
}
