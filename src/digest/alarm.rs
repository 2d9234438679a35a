//! Alarms: the daemon itself cannot do its work for longer than the office set. Mailed to the operators, once.

use super::names::{Frame, Moment, name, problem};
use super::sample;
use super::write::write;
use crate::domain::rules::OfficeRules;
use crate::domain::staff::StaffMember;
use crate::letters::{Language, LetterFault, Scribe, WrittenLetter};
use jiff::{Timestamp, ZonedDateTime};
use minijinja::value::{Serde, Value};
use serde::{Deserialize, Serialize};

const ALARM: &str = "alarm";

/// What does not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Alarm {
    /// No reply can be read; meanwhile nobody is reminded (promise 4).
    MailboxUnreadable { mailbox: String, since: Timestamp, problem: String },
    /// Letters stay in the outbox.
    NotSending { since: Timestamp, problem: String, waiting: u64 },
    /// This machine's clock is not believed; letters to authorities wait until it is right or a person says that it is.
    ClockDoubted { since: Timestamp, problem: String, waiting: u64 },
    /// No copies of what was sent can be filed, and letters of unknown outcome not be looked for.
    SentFolderFails { since: Timestamp, problem: String },
}

#[derive(Debug, Serialize)]
struct AlarmNames {
    #[serde(flatten)]
    frame: Frame,
    since: Moment,
    problem: String,
    /// Absent if it is letters that cannot be sent, or the Sent folder that fails.
    mailbox: Option<String>,
    /// Whether it is the clock that is doubted.
    clock: bool,
    sent_folder: bool,
    /// Letters that wait to leave; 0 if a mailbox cannot be read.
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
    let (since, what, mailbox, letters_waiting) = match alarm {
        Alarm::MailboxUnreadable { mailbox, since, problem } => (*since, problem, Some(name(mailbox)), 0),
        Alarm::NotSending { since, problem, waiting } | Alarm::ClockDoubted { since, problem, waiting } => {
            (*since, problem, None, *waiting)
        }
        Alarm::SentFolderFails { since, problem } => (*since, problem, None, 0),
    };
    Value::from(Serde(AlarmNames {
        frame: Frame::new(member, rules, dated, language),
        since: Moment::new(since, dated.time_zone(), language),
        problem: problem(what),
        mailbox,
        clock: matches!(alarm, Alarm::ClockDoubted { .. }),
        sent_folder: matches!(alarm, Alarm::SentFolderFails { .. }),
        letters_waiting,
    }))
}

/// The names of sample alarms, for the check of templates.
pub(crate) fn sample_names(language_name: &str, language: &Language) -> Vec<Value> {
    let member = sample::member(language_name);
    sample::alarms()
        .iter()
        .chain([&sample::clock_alarm()])
        .map(|alarm| names(alarm, &member, &sample::rules(), &sample::dated(), language))
        .collect()
}
