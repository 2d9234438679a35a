//! Made-up digests and alarms for trying templates: between them every list is full and is empty, and everything fails and is well.

mod sample_mails;

use self::sample_mails::{arrived, at, offer_steps, waiting};
use super::alarm::{Alarm, AlarmAbout, AlarmContext};
use super::content::{
    CameBack, CameBackHow, DigestContent, DueSoon, Extended, Health, HeldStep, MailboxHealth, NextLetter, NonCooperation, OutboxHealth,
    Overdue, PartFailing, Paused, Period, Undeliverable, VacantLevel,
};
use super::context::DigestContext;
use crate::domain::addressing::Vacancy;
use crate::domain::health::HealthPart;
use crate::domain::hold::Hold;
use crate::domain::identity::{LetterId, MailId};
use crate::domain::letter::LetterRole;
use crate::domain::sample::rules;
use crate::domain::silence::Silence;
use crate::domain::staff::{Responsibility, StaffMember, StaffRole};
use crate::render::Language;
use jiff::ZonedDateTime;
use jiff::civil::date;
use jiff::tz::TimeZone;
use minijinja::value::Value;

/// The sample contexts of a mail to staff, for the check of its template, by its folder (`digest`) and that of its language (`en`). None for
/// what is no mail to staff.
pub fn contexts(template: &str, language_name: &str, language: &Language) -> Vec<Value> {
    let (member, rules, dated) = (member(language_name), rules(), dated());
    match LetterRole::from_name(template) {
        Some(LetterRole::Digest) => {
            let contents = [busy_day(), quiet_week(), flood()];
            contents.iter().map(|content| DigestContext::new(content, &member, &rules, &dated, language).into_value()).collect()
        }
        Some(LetterRole::Alarm) => {
            alarms().iter().map(|alarm| AlarmContext::new(alarm, &member, &rules, &dated, language).into_value()).collect()
        }
        _ => vec![],
    }
}

/// A working day with everything in it.
pub fn busy_day() -> DigestContent {
    DigestContent {
        period: Period::Daily,
        from: date(2026, 2, 26),
        to: date(2026, 2, 27),
        arrived: arrived(),
        receipts: 3,
        waiting: waiting(),
        waiting_unlisted: 0,
        due_soon: vec![
            DueSoon { reference: "NPM-2026-0152-X".into(), authority: "City Police".into(), deadline: date(2026, 2, 27), days_left: 0 },
            DueSoon { reference: "NPM-2026-0153-Y".into(), authority: "Border Guard".into(), deadline: date(2026, 3, 4), days_left: 5 },
        ],
        overdue: vec![
            Overdue {
                reference: "NPM-2025-0733-B".into(),
                authority: "Ministry of Justice".into(),
                deadline: date(2026, 1, 30),
                days: 28,
                partial: true,
                last_step: Some(("escalation to the head".into(), date(2026, 2, 13))),
            },
            Overdue {
                reference: "NPM-2026-0147-K".into(),
                authority: "Prison Service".into(),
                deadline: date(2026, 2, 26),
                days: 1,
                partial: false,
                last_step: None,
            },
        ],
        undeliverable: vec![Undeliverable {
            authority: "Social Care Inspectorate".into(),
            contact: "Petr Malý <petr.maly@care.example>".into(),
            reason: "550 5.1.1 no such user".into(),
            since: date(2026, 2, 25),
        }],
        came_back: vec![
            came_back("NPM-2026-0107-M", CameBackHow::Suppressed, "550 5.1.1 no such user"),
            came_back("NPM-2026-0108-N", CameBackHow::CameBack, "554 5.7.1 rejected"),
            came_back("NPM-2026-0109-P", CameBackHow::SaidToHaveComeBack, "550 5.1.1 no such user"),
            came_back("NPM-2026-0110-Q", CameBackHow::Unknown, ""),
        ],
        drafts: vec![],
        drafts_withdrawn: vec![],
        silent: vec![Silence { to: "ministry.example".into(), letters: 10, since: date(2026, 1, 12) }],
        non_cooperation: vec![NonCooperation {
            reference: "NPM-2025-0611-C".into(),
            authority: "Regional Court".into(),
            recorded_on: date(2026, 2, 26),
            not_written: vec!["escalation to the head".into()],
        }],
        beyond_ladder: 12,
        extensions: vec![Extended {
            reference: "NPM-2026-0099-D".into(),
            authority: "Ministry of Health".into(),
            until: date(2026, 3, 31),
            reason: "the new minister takes office on 1 March".into(),
        }],
        pauses: vec![Paused {
            reference: "NPM-2026-0101-F".into(),
            authority: "City Police".into(),
            since: date(2026, 2, 16),
            reason: "we owe them a copy of the report".into(),
        }],
        next_letters: vec![NextLetter {
            on: date(2026, 2, 27),
            step: "reminder".into(),
            reference: "NPM-2026-0152-X".into(),
            authority: "City Police".into(),
            to: "Jana Dvořák".into(),
        }],
        held: vec![
            held("NPM-2026-0147-K", Hold::ReplyMayBeWaiting),
            held("NPM-2026-0104-H", Hold::MailboxNotRead),
            held("NPM-2026-0105-J", Hold::LetterOnItsWay),
            held("NPM-2026-0107-M", Hold::AddressSuppressed),
            held("NPM-2026-0109-P", Hold::SaidToHaveComeBack),
        ],
        vacant: vec![
            vacant("Prison Service", "escalation to the head", "head", Vacancy::NobodyOfLevel, 3),
            vacant("Regional Court", "escalation to the supervising authority", "minister", Vacancy::NoSupervisingAuthority, 1),
            vacant("City Police", "escalation to the supervising authority", "minister", Vacancy::SupervisingAuthorityWithoutAddress, 2),
            vacant("Coast Guard", "escalation to the head", "head", Vacancy::SameAddress, 1),
        ],
        health: Health {
            failing: vec![PartFailing {
                part: HealthPart::Writing,
                since: at(date(2026, 2, 27), 6),
                problem: "NPM-2026-0150-R: templates/en/reminder/body.txt, line 3: no such name: deadlin".into(),
            }],
            mailboxes: vec![
                MailboxHealth {
                    name: "imap:mail.office.example/INBOX".into(),
                    last_read: Some(at(date(2026, 2, 27), 7)),
                    failing_since: None,
                    problem: None,
                },
                MailboxHealth {
                    name: "imap:mail.office.example/Replies".into(),
                    last_read: None,
                    failing_since: Some(at(date(2026, 2, 26), 18)),
                    problem: Some("the server refused the log-in".into()),
                },
            ],
            outbox: OutboxHealth {
                waiting: 3,
                unknown: 1,
                failing_since: Some(at(date(2026, 2, 27), 6)),
                problem: Some("no connection to smtp.office.example:465".into()),
            },
        },
        record: None,
    }
}

/// A week in which nothing happened.
pub fn quiet_week() -> DigestContent {
    DigestContent {
        period: Period::Weekly,
        from: date(2026, 2, 21),
        to: date(2026, 2, 27),
        arrived: vec![],
        receipts: 0,
        waiting: vec![],
        waiting_unlisted: 0,
        due_soon: vec![],
        overdue: vec![],
        undeliverable: vec![],
        came_back: vec![],
        drafts: vec![],
        drafts_withdrawn: vec![],
        silent: vec![],
        non_cooperation: vec![],
        beyond_ladder: 0,
        extensions: vec![],
        pauses: vec![],
        next_letters: vec![],
        held: vec![],
        vacant: vec![],
        health: Health {
            failing: vec![],
            mailboxes: vec![MailboxHealth {
                name: "imap:mail.office.example/INBOX".into(),
                last_read: Some(at(date(2026, 2, 27), 7)),
                failing_since: None,
                problem: None,
            }],
            outbox: OutboxHealth::default(),
        },
        record: Some("1204:8f3a61c09be2d475".into()),
    }
}

/// More than can be read. Short lists only, for every start of the program renders it.
fn flood() -> DigestContent {
    let mut content = quiet_week();
    content.overdue = busy_day().overdue.iter().cycle().take(50).cloned().collect();
    content.waiting = busy_day().waiting.into_iter().take(1).collect();
    for waiting in &mut content.waiting {
        waiting.candidates = waiting.candidates.iter().cycle().take(30).cloned().collect();
        offer_steps(waiting);
    }
    content
}

/// One of each kind.
pub fn alarms() -> [Alarm; 7] {
    let alarm = |about, problem: &str| Alarm { about, since: at(date(2026, 2, 27), 4), problem: problem.into(), waiting: 14 };
    let mailboxes = AlarmAbout::Mailboxes(vec!["imap:mail.office.example/INBOX".into()]);
    [
        alarm(mailboxes, "the server refused the log-in: [AUTHENTICATIONFAILED]"),
        alarm(AlarmAbout::Sending, "no connection to smtp.office.example:465"),
        alarm(AlarmAbout::SentFolder, "the server has no folder Sent"),
        alarm(AlarmAbout::Clock, "by this machine's clock nothing has happened since 2026-01-02 10:00 UTC, and no mail confirms it"),
        alarm(AlarmAbout::Understanding, "no worker process can be started: no space left on device"),
        alarm(AlarmAbout::Writing, "NPM-2026-0147-K: templates/en/reminder/body.txt, line 3: no such name: deadlin"),
        alarm(AlarmAbout::Register, "the register is older than its last sign of life"),
    ]
}

/// A member of staff who reads `language` (`en`), answers for everything and runs the program.
pub fn member(language: &str) -> StaffMember {
    StaffMember {
        name: "Eva Marešová".into(),
        address: "eva@office.example".into(),
        role: StaffRole::Member,
        language: language.into(),
        responsible_for: Responsibility::Everything,
        operator: true,
        deputy: None,
        absent: vec![],
        sources: false,
    }
}

/// Seven in the morning of the busy day, in UTC.
pub fn dated() -> ZonedDateTime {
    at(date(2026, 2, 27), 7).to_zoned_datetime(TimeZone::UTC)
}

fn came_back(reference: &str, what: CameBackHow, reason: &str) -> CameBack {
    CameBack {
        reference: reference.into(),
        authority: "Social Care Inspectorate".into(),
        to: "petr.maly@care.example".into(),
        what,
        reason: reason.into(),
        age_days: 2,
        letter: LetterId(77),
        mail: (what == CameBackHow::SaidToHaveComeBack).then_some(MailId(43)),
    }
}

fn vacant(authority: &str, step: &str, level: &str, why: Vacancy, requests: usize) -> VacantLevel {
    let requests =
        ["NPM-2026-0104-H", "NPM-2026-0105-J", "NPM-2026-0147-K"].iter().take(requests).map(|&reference| reference.into()).collect();
    VacantLevel { authority: authority.into(), step: step.into(), level: level.into(), why, due_on: date(2026, 3, 12), requests }
}

fn held(reference: &str, why: Hold) -> HeldStep {
    HeldStep { reference: reference.into(), authority: "Prison Service".into(), step: "reminder".into(), due_on: date(2026, 2, 27), why }
}
