//! `[[staff]]`, `[digests]`, `[limits]`, `[authenticity]`: who is told what, and within which bounds the daemon works.

use super::office::{address, language, time_of_day};
use super::reader::Section;
use crate::domain::calendar::weekday_name;
use crate::domain::staff::{Responsibility, StaffMember, StaffRole};
use jiff::SignedDuration;
use jiff::civil::{Date, Time, Weekday, time};
use std::net::SocketAddr;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestSettings {
    /// In the office's time zone, on working days of its calendar.
    pub daily_at: Time,
    /// The day of the weekly digest, at the same hour.
    pub weekly_on: Weekday,
    /// A mailbox that cannot be read, or letters that cannot be sent, for this long is mailed to the operators, once.
    pub alarm_after: SignedDuration,
}

/// What bounds work on mail from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes. Of a larger mail the beginning is kept, and staff are told.
    pub largest_mail: u64,
    /// CPU time for understanding one mail.
    pub cpu_per_mail: std::time::Duration,
    /// Bytes of memory of the worker that understands mail.
    pub worker_memory: u64,
}

/// What a sender's identity is judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticitySettings {
    /// Names by which the office's own mail server signs its `Authentication-Results` (RFC 8601 §2.2): only these are believed. Lower case.
    pub trusted_authserv_ids: Vec<String>,
    /// Who is asked to verify DKIM and DMARC ourselves.
    pub dns: NameServer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameServer {
    /// The DNS is not asked, and mail is neither proven nor contradicted by us.
    None,
    /// Those of `/etc/resolv.conf`.
    OfThisMachine,
    At(SocketAddr),
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { largest_mail: 25 << 20, cpu_per_mail: std::time::Duration::from_secs(20), worker_memory: 512 << 20 }
    }
}

pub(super) fn staff(sections: Vec<Section<'_>>, office_language: &str) -> Vec<StaffMember> {
    let mut staff: Vec<StaffMember> = Vec::new();
    for section in sections {
        let name = section.needed_text("name", "expected the person's name");
        let address = address(&section, "address", true);
        let role = section.choice("role", &[("head", StaffRole::Head), ("member", StaffRole::Member), ("staff", StaffRole::Staff)]);
        let language = language(&section, "language").unwrap_or_else(|| office_language.to_owned());
        let responsible_for = responsibility(&section);
        let operator = section.truth("operator").is_some_and(|found| found.value);
        let sources = section.truth("sources").is_some_and(|found| found.value);
        let deputy = section.text("deputy", "expected the name of another member of staff").map(|found| found.value);
        let absent = absences(&section);
        if let (Some(name), Some(address)) = (name, address) {
            if staff.iter().any(|other| other.address.eq_ignore_ascii_case(&address.value)) {
                section.fault(
                    "address",
                    format!("is {:?}, like another person's", address.value),
                    "expected one [[staff]] for each person",
                );
            }
            let role = role.map(|found| found.value).unwrap_or_default();
            let (name, address) = (name.value, address.value);
            staff.push(StaffMember { name, address, role, language, responsible_for, operator, deputy, absent, sources });
        }
        section.finish();
    }
    staff
}

/// `["2026-12-20..2027-01-06"]`, first and last day.
fn absences(section: &Section<'_>) -> Vec<(Date, Date)> {
    let expected = "expected first and last days, as in [\"2026-12-20..2027-01-06\"]";
    let mut absences = Vec::new();
    for written in section.texts("absent", expected).unwrap_or_default() {
        let days = written.value.split_once("..").and_then(|(first, last)| Some((first.trim().parse().ok()?, last.trim().parse().ok()?)));
        match days {
            Some((first, last)) if first <= last => absences.push((first, last)),
            _ => section.document().fault(written.span, format!("is {:?}", written.value), expected),
        }
    }
    absences
}

fn responsibility(section: &Section<'_>) -> Responsibility {
    let expected = "expected \"everything\", or names of authorities as in [\"Prison Service\", \"Ministry of Justice\"]";
    let Some(written) = section.texts("responsible_for", expected) else { return Responsibility::Nothing };
    let mut names: Vec<String> = written.into_iter().map(|found| found.value).collect();
    match names.as_slice() {
        [] => Responsibility::Nothing,
        [only] if only == "everything" => Responsibility::Everything,
        _ => {
            names.dedup();
            Responsibility::Authorities(names)
        }
    }
}

pub(super) fn digests(section: Section<'_>) -> DigestSettings {
    let days: Vec<(&str, Weekday)> = Weekday::Monday.cycle_forward().take(7).map(|day| (weekday_name(day), day)).collect();
    let daily_at = time_of_day(&section, "daily_at").map_or(time(8, 0, 0, 0), |found| found.value);
    let weekly_on = section.choice("weekly_on", &days).map_or(Weekday::Monday, |found| found.value);
    let alarm_after = section.number("alarm_after_minutes", 5..=7 * 24 * 60, "whole minutes").map_or(120, |found| found.value);
    section.finish();
    DigestSettings { daily_at, weekly_on, alarm_after: SignedDuration::from_mins(alarm_after) }
}

pub(super) fn limits(section: Section<'_>) -> Limits {
    let usual = Limits::default();
    let megabytes = |key, bounds, usual| section.number(key, bounds, "megabytes").map_or(usual, |found| found.value.unsigned_abs() << 20);
    let largest_mail = megabytes("mail_megabytes", 1..=200, usual.largest_mail);
    let worker_memory = megabytes("worker_megabytes", 128..=16_384, usual.worker_memory);
    let seconds = section.number("worker_seconds", 1..=600, "whole seconds");
    let cpu_per_mail = seconds.map_or(usual.cpu_per_mail, |found| std::time::Duration::from_secs(found.value.unsigned_abs()));
    section.finish();
    Limits { largest_mail, cpu_per_mail, worker_memory }
}

pub(super) fn authenticity(section: Section<'_>) -> AuthenticitySettings {
    let trusted = section
        .texts("trusted_authserv_ids", "expected names as they stand first in Authentication-Results, as in [\"mx.office.example\"]");
    let trusted_authserv_ids = trusted.unwrap_or_default().into_iter().map(|found| found.value.to_ascii_lowercase()).collect();
    let asks = section.truth("dns").is_none_or(|found| found.value);
    let expected = "expected the name server's IP address and port, as in \"127.0.0.1:53\"";
    let server = section.read("name_server", expected, |text| text.parse::<SocketAddr>().ok());
    let dns = match server {
        Some(_) if !asks => {
            section.fault("name_server", "stands beside dns = false", "expected one of them: without the DNS no name server is asked");
            NameServer::None
        }
        Some(server) => NameServer::At(server.value),
        None if asks => NameServer::OfThisMachine,
        None => NameServer::None,
    };
    section.finish();
    AuthenticitySettings { trusted_authserv_ids, dns }
}
