//! Alarms: the daemon itself cannot do its work for longer than the office set. Mailed to the operators, once.

use super::names::{Frame, Moment, name, problem};
use super::sample;
use super::write::write;
use crate::domain::health::{FailingAlike, HealthPart};
use crate::domain::rules::OfficeRules;
use crate::domain::staff::StaffMember;
use crate::letters::{Language, LetterFault, Scribe, WrittenLetter};
use jiff::{Timestamp, ZonedDateTime};
use minijinja::value::{Serde, Value};
use serde::{Deserialize, Serialize};

const ALARM: &str = "alarm";

/// What does not work, since when, and what the last attempt said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    pub about: AlarmAbout,
    pub since: Timestamp,
    pub problem: String,
    /// Letters to authorities that wait to leave.
    pub waiting: u64,
}

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
    pub fn of(alike: &FailingAlike) -> AlarmAbout {
        match alike.foremost {
            HealthPart::Mailbox(_) => AlarmAbout::Mailboxes(alike.mailboxes.clone()),
            HealthPart::Sending => AlarmAbout::Sending,
            HealthPart::Understanding => AlarmAbout::Understanding,
            HealthPart::Writing => AlarmAbout::Writing,
            HealthPart::SentFolder => AlarmAbout::SentFolder,
            HealthPart::Clock => AlarmAbout::Clock,
            HealthPart::Register => AlarmAbout::Register,
        }
    }
}

#[derive(Debug, Serialize)]
struct AlarmNames {
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

/// Writes an alarm in the member's language; times in `dated`'s zone.
pub fn write_alarm(
    scribe: &Scribe,
    alarm: &Alarm,
    member: &StaffMember,
    rules: &OfficeRules,
    message_id: &str,
    dated: &ZonedDateTime,
) -> Result<WrittenLetter, LetterFault> {
    let language = scribe.language_with(&member.language, ALARM)?;
    write(scribe, ALARM, &names(alarm, member, rules, dated, language), member, rules, message_id, dated)
}

fn names(alarm: &Alarm, member: &StaffMember, rules: &OfficeRules, dated: &ZonedDateTime, language: &Language) -> Value {
    let mailbox = match &alarm.about {
        AlarmAbout::Mailboxes(mailboxes) => Some(name(&mailboxes.join(", "))),
        _ => None,
    };
    Value::from(Serde(AlarmNames {
        frame: Frame::new(member, rules, dated, language),
        since: Moment::new(alarm.since, dated.time_zone(), language),
        problem: problem(&alarm.problem),
        mailbox,
        clock: alarm.about == AlarmAbout::Clock,
        register: alarm.about == AlarmAbout::Register,
        sent_folder: alarm.about == AlarmAbout::SentFolder,
        understanding: alarm.about == AlarmAbout::Understanding,
        writing: alarm.about == AlarmAbout::Writing,
        letters_waiting: alarm.waiting,
    }))
}

/// The names of sample alarms, for the check of templates.
pub(crate) fn sample_names(language_name: &str, language: &Language) -> Vec<Value> {
    let member = sample::member(language_name);
    sample::alarms().iter().map(|alarm| names(alarm, &member, &sample::rules(), &sample::dated(), language)).collect()
}
