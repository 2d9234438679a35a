//! Mail to staff: digests at their hours, alarms when a part of the daemon fails for too long.

use super::assembling::open_templates;
use super::one_pass::Daemon;
use crate::config::DigestSettings;
use crate::digest::{Alarm, AlarmAbout, DigestContent, Period, write_alarm, write_digest};
use crate::domain::delivery::DeliveryState;
use crate::domain::digest_hours::DigestHours;
use crate::domain::health::{PartsAlike, alarms_due};
use crate::domain::letter::LetterRole;
use crate::domain::rules::day_in;
use crate::domain::staff::StaffMember;
use crate::domain::telling::{ALARM, letter_to_staff};
use crate::outgoing::DigestDone;
use crate::pass::PassReport;
use crate::register::{DueDigest, NewLetter, Recipient, RegisterError};
use crate::render::{LetterFault, Renderer, WrittenLetter};
use jiff::Timestamp;

/// The language in which every template is built in.
const BUILT_IN: &str = "en";

impl Daemon {
    /// Puts into the outbox whatever digest has come due since the last one, and alarms. A digest missed during a standstill is written once,
    /// not once for every day (promise 8).
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written. A letter that cannot be written is a fault of the report, not an error.
    pub fn write_to_staff(&mut self, settings: &DigestSettings, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        self.register.let_decisions_rise(now)?;
        let staff = self.rules.staff.clone();
        self.write_digests(&staff, settings, now, report)?;
        for alike in alarms_due(&self.register.health()?, settings.alarm_after, now) {
            let mut letters = Vec::new();
            for member in staff.iter().filter(|member| member.operator) {
                letters.extend(self.write_alarm(&alike, member, now, report)?);
            }
            // Where none could be written the operators know nothing yet: with the next pass it is tried again.
            if !letters.is_empty() || staff.iter().all(|member| !member.operator) {
                self.register.put_alarm(&alike.parts, &letters, &self.addresses, now)?;
            }
        }
        Ok(())
    }

    /// All that are due, from one look at the register.
    fn write_digests(
        &mut self,
        staff: &[StaffMember],
        settings: &DigestSettings,
        now: Timestamp,
        report: &mut PassReport,
    ) -> Result<(), RegisterError> {
        let mut due = Vec::new();
        for member in staff {
            for period in Period::ALL {
                // Where there was none, the member's digests begin with the next pass.
                let Some(since) = self.register.last_digest(&member.address, period)? else { continue };
                if self.digest_hours(settings).is_due(period, since.at, now) {
                    due.push(DueDigest { member, period, since });
                }
            }
        }
        if due.is_empty() {
            return Ok(());
        }
        let digests = self.register.digests(&due, now)?;
        let mut done = Vec::with_capacity(due.len());
        for (due, content) in due.iter().zip(&digests.contents) {
            done.extend(self.write_one(due, content, now, report)?);
        }
        self.register.put_digests(&done, digests.last_event, &self.addresses, now)
    }

    /// None if it could not be written: then nothing of it counts as told, and it is tried again.
    fn write_one(
        &self,
        due: &DueDigest<'_>,
        content: &DigestContent,
        now: Timestamp,
        report: &mut PassReport,
    ) -> Result<Option<DigestDone>, RegisterError> {
        let done = |letter| DigestDone { member: due.member.address.clone(), period: due.period, letter };
        if !content.is_worth_sending() {
            return Ok(Some(done(None)));
        }
        let member = due.member;
        let message_id = self.staff_message_id(due.period.name(), member, now)?;
        let dated = now.to_zoned_datetime(self.rules.time_zone.clone());
        let written = write_digest(&self.renderer, content, member, &self.rules, &message_id, &dated);
        let letter = self.to_staff(written, LetterRole::Digest, message_id, member, now, report);
        report.digests += usize::from(letter.is_some());
        Ok(letter.map(|letter| done(Some(letter))))
    }

    /// Of parts that fail by one and the same fault.
    fn write_alarm(
        &self,
        alike: &PartsAlike,
        member: &StaffMember,
        now: Timestamp,
        report: &mut PassReport,
    ) -> Result<Option<NewLetter>, RegisterError> {
        let alarm = Alarm {
            about: AlarmAbout::of(alike),
            since: alike.failing_since.unwrap_or(now),
            problem: alike.fault.clone().unwrap_or_default(),
            waiting: self.register.letters_in(DeliveryState::Waiting)?,
        };
        let message_id = self.staff_message_id(&format!("{ALARM} {}", alike.foremost.name()), member, now)?;
        let dated = now.to_zoned_datetime(self.rules.time_zone.clone());
        let written = |renderer: &Renderer, member: &StaffMember| write_alarm(renderer, &alarm, member, &self.rules, &message_id, &dated);
        let letter = match written(&self.renderer, member) {
            // It is too important to wait until the office's own template is mended.
            Err(LetterFault::Template(fault)) => {
                let fault = LetterFault::Template(fault);
                tracing::error!(%fault, "the office's own template of alarms trips over this one; the built-in one is taken");
                report.tell_fault(&format!("{}: {fault}", LetterRole::Alarm.name()));
                let Ok(built_in) = open_templates(None) else { return Ok(None) };
                written(&built_in, member).or_else(|_| written(&built_in, &StaffMember { language: BUILT_IN.to_owned(), ..member.clone() }))
            }
            written => written,
        };
        Ok(self.to_staff(letter, LetterRole::Alarm, message_id.clone(), member, now, report))
    }

    /// A letter that cannot be written (a template of the office's own that breaks on this content) is told and does not stop the pass.
    fn to_staff(
        &self,
        written: Result<WrittenLetter, LetterFault>,
        role: LetterRole,
        message_id: String,
        member: &StaffMember,
        now: Timestamp,
        report: &mut PassReport,
    ) -> Option<NewLetter> {
        let written = match written {
            Ok(written) => written,
            Err(fault) => {
                tracing::error!(%fault, role = role.name(), "a letter to staff could not be written");
                report.faults.push(format!("{}: {fault}", role.name()));
                return None;
            }
        };
        let recipient = Recipient { name: Some(member.name.clone()), address: member.address.clone(), contact: None, is_copy: false };
        Some(NewLetter {
            role,
            template: role.template().into(),
            level: None,
            message_id,
            subject: written.subject,
            bytes: written.bytes,
            text: written.text,
            written_on: day_in(now, &self.rules.time_zone),
            recipients: vec![recipient],
            not_before: now,
            release_by: None,
        })
    }

    /// By the last event, since a letter of the same name to the same person may be due again within the minute; and by the time, since a register
    /// that was restored gives numbers of events again.
    fn staff_message_id(&self, what: &str, member: &StaffMember, now: Timestamp) -> Result<String, RegisterError> {
        let name = letter_to_staff(what, &member.address, self.register.last_event()?.unwrap_or(0));
        Ok(self.addresses.message_id(&name, u32::try_from(now.as_second() / 60).unwrap_or(0)))
    }

    /// When the next digest falls due.
    pub fn next_digest_hour(&self, settings: &DigestSettings, now: Timestamp) -> Timestamp {
        self.digest_hours(settings).next(now)
    }

    fn digest_hours(&self, settings: &DigestSettings) -> DigestHours<'_> {
        DigestHours {
            daily_at: settings.daily_at,
            weekly_on: settings.weekly_on,
            calendar: self.rules.calendars.get(&self.rules.calendar),
            zone: &self.rules.time_zone,
        }
    }
}
