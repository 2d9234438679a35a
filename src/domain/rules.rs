//! The office's own rules as data. Code has no country in it: whatever differs between offices stands here and comes from the configuration.

use super::authority::Authority;
use super::calendar::{Calendar, StartEvent, Term, Unit};
use super::draft_rules::DraftRules;
use super::full_name::full_name;
use super::ladder::{Action, Ladder, Step};
use super::resting::RestTerms;
use super::staff::{Signatory, StaffMember};
use super::trust::is_same_mailbox;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The class of urgency of a recommendation that names none.
pub const ORDINARY: &str = "ordinary";

#[derive(Debug, Clone)]
pub struct OfficeRules {
    /// As it stands under letters.
    pub name: String,
    /// From address of every letter: the office's own domain.
    pub address: String,
    /// Prefix of references, capital letters: `NPM` in `NPM-2026-0147-K`.
    pub prefix: String,
    pub language: String,
    pub time_zone: TimeZone,
    /// Name of the calendar of authorities that name none.
    pub calendar: String,
    pub calendars: BTreeMap<String, Calendar>,
    /// By language.
    pub wording: BTreeMap<String, Wording>,
    /// From the lowest to the highest.
    pub levels: Vec<String>,
    /// Who signs letters to a level; the lowest level's signatory where one is missing.
    pub signatories: BTreeMap<String, Signatory>,
    pub start_event: StartEvent,
    /// By class of urgency.
    pub terms: BTreeMap<String, Term>,
    /// By class of urgency.
    pub ladders: BTreeMap<String, Ladder>,
    pub drafts: DraftRules,
    pub hours: OfficeHours,
    pub staff: Vec<StaffMember>,
    /// Letters that say "we received your reply"; off by default.
    pub acknowledge_replies: bool,
    /// For how many working days of the office's calendar a step rests for mail that is not of the authority.
    pub hold_days: u32,
    /// After how many working days an authority may be told that its letter, which nobody has read yet, is being examined.
    pub read_days: u32,
    /// Nobody is reminded unless every mailbox was read to its end within this long before: the longest poll, and the time of a pass.
    pub heard_within: SignedDuration,
}

/// The law under which the office asks, and the authority's duty to answer, in the office's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wording {
    pub legal_ground: String,
    pub duty_to_answer: String,
}

/// When letters may leave, in the authority's time zone, on its working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OfficeHours {
    pub from: Time,
    pub to: Time,
    /// Weekends and holidays too.
    pub every_day: bool,
}

impl OfficeRules {
    /// Whether all kinds of mail arrive at an address: the office's own, or that of one of its staff. One with a tag of its own is another.
    pub fn receives_all_at(&self, address: &str) -> bool {
        let own = std::iter::once(&self.address).chain(self.staff.iter().map(|member| &member.address));
        own.into_iter().any(|own| own.eq_ignore_ascii_case(address.trim()))
    }

    /// Whether an address is a colleague's.
    pub fn is_staff(&self, address: &str) -> bool {
        self.staff.iter().any(|member| is_same_mailbox(&member.address, address))
    }

    /// Whether a full name is a colleague's.
    pub fn is_name_of_staff(&self, name: &str) -> bool {
        let name = full_name(name);
        name.is_some() && self.staff.iter().any(|member| full_name(&member.name) == name)
    }

    pub fn calendar_of(&self, authority: &Authority) -> Calendar {
        let name = authority.calendar.as_deref().unwrap_or(&self.calendar);
        self.calendars.get(name).cloned().unwrap_or_else(|| Calendar::plain(name))
    }

    /// For how long letters rest for mail that waits, on the office's own calendar.
    pub fn rest_terms(&self) -> RestTerms<'_> {
        RestTerms { hold_days: self.hold_days, read_days: self.read_days, calendar: self.own_calendar(), zone: &self.time_zone }
    }

    fn own_calendar(&self) -> Cow<'_, Calendar> {
        match self.calendars.get(&self.calendar) {
            Some(calendar) => Cow::Borrowed(calendar),
            None => Cow::Owned(Calendar::plain(&self.calendar)),
        }
    }

    /// The last day on which what is drafted at `now` can be released, on the office's own calendar.
    pub fn release_by(&self, now: Timestamp) -> Date {
        let days = Term { length: self.drafts.days, unit: Unit::WorkingDays, end_on_working_day: false };
        days.end(day_in(now, &self.time_zone), &self.own_calendar())
    }

    pub fn time_zone_of(&self, authority: &Authority) -> TimeZone {
        self.time_zone_named(authority.time_zone.as_deref())
    }

    /// That of an authority for which the directory names this one.
    pub fn time_zone_named(&self, name: Option<&str>) -> TimeZone {
        name.and_then(|name| TimeZone::get(name).ok()).unwrap_or_else(|| self.time_zone.clone())
    }

    pub fn language_of<'a>(&'a self, authority: &'a Authority) -> &'a str {
        authority.language.as_deref().unwrap_or(&self.language)
    }

    /// The term of that class; of the ordinary class where it has none of its own; 56 days where nothing is configured.
    pub fn term(&self, urgency: &str) -> Term {
        let fallback = Term { length: 56, unit: Unit::Days, end_on_working_day: false };
        self.terms.get(urgency).or_else(|| self.terms.get(ORDINARY)).copied().unwrap_or(fallback)
    }

    pub fn ladder(&self, urgency: &str) -> Option<&Ladder> {
        self.ladders.get(urgency).or_else(|| self.ladders.get(ORDINARY))
    }

    pub fn signatory(&self, level: &str) -> Option<&Signatory> {
        self.signatories.get(level).or_else(|| self.levels.iter().find_map(|level| self.signatories.get(level)))
    }

    /// The level of a first letter.
    pub fn lowest_level(&self) -> &str {
        self.levels.first().map_or("technical", String::as_str)
    }

    /// The first moment at or after `now` at which what is due to an authority is done. Letters leave in its office hours, unless their step says
    /// otherwise; `None` is a letter of no step, as the request itself. What is only recorded waits for no hour.
    pub fn moment_of(&self, step: Option<&Step>, now: Timestamp, authority: &Authority) -> Timestamp {
        match step.map(|step| &step.action) {
            Some(Action::RecordNonCooperation) => now,
            Some(Action::Letter(letter)) if letter.at_any_time => now,
            Some(Action::Letter(_)) | None => self.next_office_moment(now, &self.calendar_of(authority), &self.time_zone_of(authority)),
        }
    }

    /// The first moment at or after `now` at which a letter may leave for an authority with that calendar and time zone.
    fn next_office_moment(&self, now: Timestamp, calendar: &Calendar, zone: &TimeZone) -> Timestamp {
        let local = now.to_zoned_datetime(zone.clone());
        let is_open = |day: Date| self.hours.every_day || calendar.is_working_day(day);
        if is_open(local.date()) && (self.hours.from..self.hours.to).contains(&local.time()) {
            return now;
        }
        let first = if local.time() < self.hours.from { local.date() } else { local.date().saturating_add(1.day()) };
        let day = if self.hours.every_day { first } else { calendar.working_day_from(first) };
        day.to_datetime(self.hours.from).to_zoned_datetime(zone.clone()).map_or(now, |zoned| zoned.timestamp())
    }
}

/// The civil day of an instant in a time zone.
pub fn day_in(now: Timestamp, zone: &TimeZone) -> Date {
    now.to_zoned_datetime(zone.clone()).date()
}

/// The first instant of a civil day in a time zone.
pub fn start_of_day(day: Date, zone: &TimeZone) -> Timestamp {
    day.to_zoned_datetime(zone.clone()).map_or(Timestamp::MIN, |zoned| zoned.timestamp())
}
