//! Alarms: the daemon itself cannot do its work for longer than the office set. Mailed to the operators, once.

use super::digest_mail::write;
use super::frame::{Dates, Frame, Moment};
use super::untrusted::{name, problem};
use crate::domain::health::{HealthPart, PartsAlike};
use crate::domain::letter::LetterRole;
use crate::domain::rules::OfficeRules;
use crate::domain::staff::StaffMember;
use crate::render::{Language, LetterFault, Renderer, WrittenLetter};
use jiff::{Timestamp, ZonedDateTime};
use minijinja::value::{Serde, Value};
use serde::{Deserialize, Serialize};

/// What does not work, since when, and what the last attempt said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    pub about: AlarmAbout,
    pub since: Timestamp,
    /// What the last attempt said.
    pub problem: String,
    /// Letters to authorities that wait to leave.
    pub waiting: u64,
}

/// What does not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlarmAbout {
    /// No reply can be read; meanwhile nobody is reminded (promise 4).
    Mailboxes(Vec<String>),
    /// Letters stay in the outbox.
    Sending,
    /// Mail that was received cannot be understood, and waits unread.
    Understanding,
    /// Letters that are due cannot be written from their templates.
    Writing,
    /// No copies of what was sent can be filed, and letters of unknown outcome not be looked for.
    SentFolder,
    /// This machine's clock is not believed; letters to authorities wait until it is right or a person says that it is.
    Clock,
    /// The register is older than its last sign of life; letters to authorities wait until a person has looked.
    Register,
}

impl AlarmAbout {
    /// Parts that fail by one and the same fault are one alarm, about the foremost of them.
    pub fn of(alike: &PartsAlike) -> AlarmAbout {
        match alike.foremost {
            HealthPart::Mailbox(_) => AlarmAbout::Mailboxes(alike.mailboxes()),
            HealthPart::Sending => AlarmAbout::Sending,
            HealthPart::Understanding => AlarmAbout::Understanding,
            HealthPart::Writing => AlarmAbout::Writing,
            HealthPart::SentFolder => AlarmAbout::SentFolder,
            HealthPart::Clock => AlarmAbout::Clock,
            HealthPart::Register => AlarmAbout::Register,
        }
    }
}

/// The context of an alarm's template: the names that it may use.
#[derive(Debug, Serialize)]
pub(super) struct AlarmContext {
    #[serde(flatten)]
    frame: Frame,
    since: Moment,
    problem: String,
    /// The mailboxes that cannot be read; absent if it is something else that fails.
    mailbox: Option<String>,
    /// Whether it is the clock that is doubted, and so on; none of them if letters cannot be sent.
    clock: bool,
    register: bool,
    sent_folder: bool,
    understanding: bool,
    writing: bool,
    letters_waiting: u64,
}

/// Writes an alarm in the member's language; hours are told in `dated`'s zone.
///
/// # Errors
///
/// No template `alarm` in that language, or one that trips over this very alarm; a Message-ID, or an address of the office or the member, that
/// is none.
pub fn write_alarm(
    renderer: &Renderer,
    alarm: &Alarm,
    member: &StaffMember,
    rules: &OfficeRules,
    message_id: &str,
    dated: &ZonedDateTime,
) -> Result<WrittenLetter, LetterFault> {
    let template = LetterRole::Alarm.template();
    let language = renderer.language_of(&member.language, template)?;
    let context = AlarmContext::new(alarm, member, rules, dated, language).into_value();
    write(renderer, template, &context, member, rules, message_id, dated)
}

impl AlarmContext {
    /// `dated` is when the alarm is written: hours are told in its zone.
    pub fn new(alarm: &Alarm, member: &StaffMember, rules: &OfficeRules, dated: &ZonedDateTime, language: &Language) -> AlarmContext {
        let mailbox = match &alarm.about {
            AlarmAbout::Mailboxes(mailboxes) => Some(name(&mailboxes.join(", "))),
            _ => None,
        };
        AlarmContext {
            frame: Frame::new(member, rules, dated, language),
            since: Dates { zone: dated.time_zone(), language }.moment(alarm.since),
            problem: problem(&alarm.problem),
            mailbox,
            clock: alarm.about == AlarmAbout::Clock,
            register: alarm.about == AlarmAbout::Register,
            sent_folder: alarm.about == AlarmAbout::SentFolder,
            understanding: alarm.about == AlarmAbout::Understanding,
            writing: alarm.about == AlarmAbout::Writing,
            letters_waiting: alarm.waiting,
        }
    }

    pub fn into_value(self) -> Value {
        Value::from(Serde(self))
    }
}
