//! The parts of the daemon's work that can fail for a while, and what the operators are told of each.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What can fail, and is told as failing until it works again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HealthPart {
    /// Reading a mailbox, by the mailbox's name (`imap:desk@mail.office.example/INBOX`, `maildir:in`).
    Mailbox(String),
    /// Handing letters to the mail server.
    Sending,
    /// Understanding mail that was received.
    Understanding,
    /// Writing letters from their templates.
    Writing,
    /// The folder for copies of what was sent.
    SentFolder,
    /// This machine's clock.
    Clock,
    /// The register, where it is behind its last sign of life.
    Register,
}

impl HealthPart {
    /// All but mailboxes.
    pub const OF_ITS_OWN: [HealthPart; 6] = [
        HealthPart::Sending,
        HealthPart::Understanding,
        HealthPart::Writing,
        HealthPart::SentFolder,
        HealthPart::Clock,
        HealthPart::Register,
    ];

    /// As the register keeps it and `status` shows it. Names of mailboxes have a colon, the others none.
    pub fn name(&self) -> Cow<'_, str> {
        match self {
            HealthPart::Mailbox(name) => name.as_str().into(),
            HealthPart::Sending => "sending".into(),
            HealthPart::Understanding => "understanding".into(),
            HealthPart::Writing => "letters".into(),
            HealthPart::SentFolder => "sent folder".into(),
            HealthPart::Clock => "clock".into(),
            HealthPart::Register => "register".into(),
        }
    }

    pub fn from_name(name: &str) -> HealthPart {
        HealthPart::OF_ITS_OWN.into_iter().find(|part| part.name() == name).unwrap_or_else(|| HealthPart::Mailbox(name.to_owned()))
    }

    /// It puts a question to a person, and nothing leaves until that is answered: told at once, however short it lasts.
    fn is_a_question(&self) -> bool {
        matches!(self, HealthPart::Clock | HealthPart::Register)
    }

    /// Of several parts that fail by one fault, the one that weighs most for the office comes first.
    fn weight(&self) -> u8 {
        match self {
            HealthPart::Clock | HealthPart::Register => 0,
            HealthPart::Mailbox(_) => 1,
            HealthPart::Understanding => 2,
            HealthPart::Sending | HealthPart::Writing => 3,
            // Letters leave all the same.
            HealthPart::SentFolder => 4,
        }
    }
}

impl Serialize for HealthPart {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
    }
}

impl<'de> Deserialize<'de> for HealthPart {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<HealthPart, D::Error> {
        Ok(HealthPart::from_name(&String::deserialize(deserializer)?))
    }
}

/// A part that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    pub part: HealthPart,
    pub since: Timestamp,
    pub fault: String,
    /// The operators were told of this failure.
    pub is_told: bool,
}

/// Parts that fail by one and the same fault, as all folders of a server that is down: the operators get one mail about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailingAlike {
    /// Which the mail speaks of; of mailboxes, all.
    pub foremost: HealthPart,
    pub mailboxes: Vec<String>,
    /// All of them.
    pub parts: Vec<HealthPart>,
    /// Since the first of them failed.
    pub since: Timestamp,
    pub fault: String,
}

/// What the operators are to be told of at `now`: what has failed for longer than `after` and was not told; a question at once.
pub fn alarms_due(failing: &[Failing], after: SignedDuration, now: Timestamp) -> Vec<FailingAlike> {
    let overdue = now.saturating_sub(after).unwrap_or(now);
    let mut alike: Vec<(bool, FailingAlike)> = Vec::new();
    for one in failing.iter().filter(|one| !one.is_told) {
        let is_due = one.since <= overdue || one.part.is_a_question();
        let index = alike.iter().position(|(_, known)| known.fault == one.fault).unwrap_or_else(|| {
            let (foremost, fault) = (one.part.clone(), one.fault.clone());
            alike.push((false, FailingAlike { foremost, mailboxes: vec![], parts: vec![], since: one.since, fault }));
            alike.len() - 1
        });
        let Some((due, known)) = alike.get_mut(index) else { continue };
        *due |= is_due;
        known.since = known.since.min(one.since);
        known.parts.push(one.part.clone());
        if let HealthPart::Mailbox(name) = &one.part {
            known.mailboxes.push(name.clone());
        }
        if one.part.weight() < known.foremost.weight() {
            known.foremost = one.part.clone();
        }
    }
    alike.into_iter().filter(|(due, _)| *due).map(|(_, known)| known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn failing(part: HealthPart, minute: i64, fault: &str) -> Failing {
        Failing { part, since: at(minute), fault: fault.into(), is_told: false }
    }

    #[test]
    fn each_is_kept_by_its_name() {
        for part in HealthPart::OF_ITS_OWN {
            assert_eq!(HealthPart::from_name(&part.name()), part);
            assert!(!part.name().contains(':'), "the name of a mailbox");
        }
        let mailbox = HealthPart::Mailbox("maildir:in".into());
        assert_eq!(HealthPart::from_name("maildir:in"), mailbox);
    }

    #[test]
    fn what_fails_alike_is_told_once_and_each_other_fault_by_itself() {
        let mailbox = |name: &str| HealthPart::Mailbox(name.into());
        let parts = [
            failing(HealthPart::SentFolder, 30, "no greeting"),
            failing(mailbox("imap:desk/INBOX"), 20, "no greeting"),
            failing(mailbox("imap:desk/Answers"), 10, "no greeting"),
            failing(HealthPart::Writing, 59, "en/reminder/body.txt, line 3"),
            failing(HealthPart::Clock, 59, "the clock runs ahead"),
            Failing { is_told: true, ..failing(HealthPart::Sending, 0, "no route") },
        ];
        let told = |now| {
            let due = alarms_due(&parts, SignedDuration::from_mins(30), at(now));
            due.into_iter().map(|alike| (alike.foremost, alike.parts.len(), alike.mailboxes.len(), alike.since)).collect::<Vec<_>>()
        };
        let clock = (HealthPart::Clock, 1, 0, at(59));
        assert_eq!(told(30), vec![clock.clone()], "a question is put at once");
        let server = (mailbox("imap:desk/INBOX"), 3, 2, at(10));
        assert_eq!(told(40), [server.clone(), clock.clone()], "since the first of them failed");
        assert_eq!(told(90), [server, (HealthPart::Writing, 1, 0, at(59)), clock]);
    }
}
