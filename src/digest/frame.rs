//! What stands in every mail to staff, and how days and hours are written for its reader.

use super::untrusted::LONGEST_NAME;
use crate::domain::rules::OfficeRules;
use crate::domain::staff::StaffMember;
use crate::mail::compose::one_line;
use crate::render::{Day, Language};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use serde::Serialize;

/// What stands in every mail to staff.
#[derive(Debug, Serialize)]
pub(super) struct Frame {
    pub language: String,
    pub office: Office,
    pub member: Member,
    pub today: Day,
}

#[derive(Debug, Serialize)]
pub(super) struct Office {
    name: String,
    address: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Member {
    name: String,
}

impl Frame {
    /// `dated` is when the mail is written: its day is that of `dated`'s zone.
    pub fn new(member: &StaffMember, rules: &OfficeRules, dated: &ZonedDateTime, language: &Language) -> Frame {
        Frame {
            language: member.language.clone(),
            office: Office { name: one_line(&rules.name, LONGEST_NAME), address: one_line(&rules.address, LONGEST_NAME) },
            member: Member { name: one_line(&member.name, LONGEST_NAME) },
            today: Day::new(dated.date(), language),
        }
    }
}

/// A day and an hour, in the zone of the mail's own date.
#[derive(Debug, Serialize)]
pub(super) struct Moment {
    day: Day,
    /// `14:05`
    time: String,
}

/// Writes days and hours in the reader's language, and in the zone of the mail's own date.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dates<'a> {
    pub zone: &'a TimeZone,
    pub language: &'a Language,
}

impl Dates<'_> {
    /// A day that is settled already, on whatever calendar.
    pub fn day(self, day: Date) -> Day {
        Day::new(day, self.language)
    }

    pub fn moment(self, at: Timestamp) -> Moment {
        let local = at.to_zoned_datetime(self.zone.clone());
        Moment { day: self.day(local.date()), time: local.strftime("%H:%M").to_string() }
    }
}
