//! The parts of the daemon's work that can fail for a while, and what the operators are told of each.

use super::event::Happened;
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

    /// None of what is neither one of the names nor, by its colon, a mailbox's.
    pub fn from_name(name: &str) -> Option<HealthPart> {
        let of_its_own = HealthPart::OF_ITS_OWN.into_iter().find(|part| part.name() == name);
        of_its_own.or_else(|| name.contains(':').then(|| HealthPart::Mailbox(name.to_owned())))
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
        let name = String::deserialize(deserializer)?;
        HealthPart::from_name(&name).ok_or_else(|| serde::de::Error::custom(format!("{name:?} is no part of the program and no mailbox")))
    }
}

/// How a part is, as the register keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartHealth {
    pub part: HealthPart,
    pub ok_at: Option<Timestamp>,
    pub failing_since: Option<Timestamp>,
    pub fault: Option<String>,
    /// The operators were told of this failure.
    pub alarmed: bool,
}

/// What follows from a part's having worked at `now`, or failed with this fault: how it is from then on, and what is recorded. `before`: how all
/// parts were.
pub fn noted(part: &HealthPart, fault: Option<&str>, before: &[PartHealth], now: Timestamp) -> (PartHealth, Option<Happened>) {
    let own = before.iter().find(|known| known.part == *part);
    let failing_since = own.and_then(|own| own.failing_since);
    let named = || part.name().into_owned();
    let Some(fault) = fault else {
        let works = PartHealth { part: part.clone(), ok_at: Some(now), failing_since: None, fault: None, alarmed: false };
        return (works, failing_since.map(|_| Happened::PartWorkingAgain { part: named() }));
    };
    // Of a fault that the operators were told of for another part they are not told once more.
    let is_told = |known: &PartHealth| known.alarmed && (known.part == *part || known.fault.as_deref() == Some(fault));
    let fails = PartHealth {
        part: part.clone(),
        ok_at: own.and_then(|own| own.ok_at),
        failing_since: failing_since.or(Some(now)),
        fault: Some(fault.to_owned()),
        alarmed: before.iter().any(is_told),
    };
    (fails, failing_since.is_none().then(|| Happened::PartFailing { part: named(), fault: fault.to_owned() }))
}

/// What people are told of in one line or one mail: a part that works, or all that fail by one and the same fault, as all folders of a server that is
/// down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartsAlike {
    /// Which weighs most for the office.
    pub foremost: HealthPart,
    /// All of them, the foremost too.
    pub parts: Vec<HealthPart>,
    /// When each of them had worked; none if one never did.
    pub ok_at: Option<Timestamp>,
    /// Since the first of them failed.
    pub failing_since: Option<Timestamp>,
    pub fault: Option<String>,
}

impl PartsAlike {
    /// Of all of them.
    pub fn names(&self) -> String {
        self.parts.iter().map(HealthPart::name).collect::<Vec<_>>().join(", ")
    }

    pub fn mailboxes(&self) -> Vec<String> {
        let mailboxes = self.parts.iter().filter(|part| matches!(part, HealthPart::Mailbox(_)));
        mailboxes.map(|mailbox| mailbox.name().into_owned()).collect()
    }
}

/// Parts that fail by one and the same fault are told together, each other by itself; in the order in which they are given.
pub fn told_together<'p>(parts: impl IntoIterator<Item = &'p PartHealth>) -> Vec<PartsAlike> {
    let mut told: Vec<PartsAlike> = Vec::new();
    for PartHealth { part, ok_at, failing_since, fault, .. } in parts {
        let (ok_at, failing_since) = (*ok_at, *failing_since);
        match told.iter_mut().find(|known| fault.is_some() && known.fault == *fault) {
            Some(known) => {
                known.parts.push(part.clone());
                known.failing_since = known.failing_since.min(failing_since);
                known.ok_at = known.ok_at.min(ok_at);
                if part.weight() < known.foremost.weight() {
                    known.foremost = part.clone();
                }
            }
            None => {
                let (foremost, parts) = (part.clone(), vec![part.clone()]);
                told.push(PartsAlike { foremost, parts, ok_at, failing_since, fault: fault.clone() });
            }
        }
    }
    told
}

/// What the operators are to be told of at `now`: what has failed for longer than `after` and was not told; a question at
/// once, though parts that fail by the same fault put none.
pub fn alarms_due(parts: &[PartHealth], after: SignedDuration, now: Timestamp) -> Vec<PartsAlike> {
    let overdue = now.saturating_sub(after).unwrap_or(now);
    let untold = parts.iter().filter(|part| part.failing_since.is_some() && !part.alarmed);
    let mut told = told_together(untold);
    told.retain(|alike| alike.parts.iter().any(HealthPart::is_a_question) || alike.failing_since.is_some_and(|since| since <= overdue));
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn well(part: HealthPart, minute: i64) -> PartHealth {
        PartHealth { part, ok_at: Some(at(minute)), failing_since: None, fault: None, alarmed: false }
    }

    fn failing(part: HealthPart, minute: i64, fault: &str) -> PartHealth {
        PartHealth { part, ok_at: Some(at(minute - 1)), failing_since: Some(at(minute)), fault: Some(fault.into()), alarmed: false }
    }

    fn mailbox(name: &str) -> HealthPart {
        HealthPart::Mailbox(name.into())
    }

    #[test]
    fn each_is_kept_by_its_name() {
        for part in HealthPart::OF_ITS_OWN {
            assert_eq!(HealthPart::from_name(&part.name()), Some(part.clone()));
            assert!(!part.name().contains(':'), "the name of a mailbox");
        }
        assert_eq!(HealthPart::from_name("maildir:in"), Some(mailbox("maildir:in")));
        assert_eq!(HealthPart::from_name("sendings"), None, "a word that no list knows is no mailbox");
        assert!(serde_json::from_str::<HealthPart>("\"sendings\"").is_err());
    }

    #[test]
    fn what_fails_alike_is_told_together_and_each_other_part_by_itself() {
        let (inbox, answers) = (mailbox("imap:desk/INBOX"), mailbox("imap:desk/Answers"));
        let parts = [
            well(HealthPart::Understanding, 59),
            failing(HealthPart::SentFolder, 30, "no greeting"),
            failing(inbox.clone(), 20, "no greeting"),
            well(mailbox("maildir:in"), 59),
            PartHealth { ok_at: None, ..failing(answers.clone(), 10, "no greeting") },
            failing(HealthPart::Sending, 40, "no route"),
        ];
        let told: Vec<_> = told_together(&parts).into_iter().map(|alike| (alike.names(), alike.ok_at, alike.failing_since)).collect();
        let expected = [
            ("understanding", Some(at(59)), None),
            ("sent folder, imap:desk/INBOX, imap:desk/Answers", None, Some(at(10))),
            ("maildir:in", Some(at(59)), None),
            ("sending", Some(at(39)), Some(at(40))),
        ];
        assert_eq!(told, expected.map(|(names, ok_at, since)| (names.to_owned(), ok_at, since)));
        let alike = &told_together(&parts)[1];
        assert_eq!((&alike.foremost, alike.mailboxes()), (&inbox, vec!["imap:desk/INBOX".to_owned(), "imap:desk/Answers".to_owned()]));
    }

    #[test]
    fn the_operators_are_told_once_of_what_fails_for_long_and_at_once_of_a_question() {
        let parts = [
            failing(HealthPart::SentFolder, 30, "no greeting"),
            failing(mailbox("imap:desk/INBOX"), 20, "no greeting"),
            failing(mailbox("imap:desk/Answers"), 10, "no greeting"),
            failing(HealthPart::Writing, 59, "en/reminder/body.txt, line 3"),
            failing(HealthPart::Clock, 59, "the clock runs ahead"),
            well(HealthPart::Understanding, 0),
            PartHealth { alarmed: true, ..failing(HealthPart::Sending, 0, "no route") },
        ];
        let told = |now| {
            let due = alarms_due(&parts, SignedDuration::from_mins(30), at(now));
            due.into_iter().map(|alike| (alike.foremost, alike.parts.len(), alike.failing_since)).collect::<Vec<_>>()
        };
        let clock = (HealthPart::Clock, 1, Some(at(59)));
        assert_eq!(told(30), vec![clock.clone()], "a question is put at once");
        let server = (mailbox("imap:desk/INBOX"), 3, Some(at(10)));
        assert_eq!(told(40), [server.clone(), clock.clone()], "since the first of them failed");
        assert_eq!(told(90), [server, (HealthPart::Writing, 1, Some(at(59))), clock]);
    }

    #[test]
    fn a_failure_is_recorded_when_it_begins_and_when_it_ends_and_told_once_for_each_fault() {
        let inbox = || mailbox("imap:desk/INBOX");
        let told = |part: PartHealth| PartHealth { alarmed: true, ..part };
        let begins = |fault: &str| Some(Happened::PartFailing { part: inbox().name().into(), fault: fault.into() });
        let other = || told(failing(HealthPart::SentFolder, 5, "no greeting"));
        for (before, fault, expected, recorded) in [
            (vec![], None, well(inbox(), 9), None),
            (vec![well(inbox(), 1)], None, well(inbox(), 9), None),
            (vec![well(inbox(), 8)], Some("no route"), failing(inbox(), 9, "no route"), begins("no route")),
            // It goes on, by the same fault or another.
            (vec![failing(inbox(), 3, "no route")], Some("no route"), failing(inbox(), 3, "no route"), None),
            (vec![told(failing(inbox(), 3, "no route"))], Some("log-in"), told(failing(inbox(), 3, "log-in")), None),
            // The operators know of that fault.
            (vec![other(), well(inbox(), 8)], Some("no greeting"), told(failing(inbox(), 9, "no greeting")), begins("no greeting")),
            (vec![other(), well(inbox(), 8)], Some("no route"), failing(inbox(), 9, "no route"), begins("no route")),
            (
                vec![other(), told(failing(inbox(), 3, "no route"))],
                None,
                well(inbox(), 9),
                Some(Happened::PartWorkingAgain { part: inbox().name().into() }),
            ),
        ] {
            assert_eq!(noted(&inbox(), fault, &before, at(9)), (expected, recorded), "{before:?} {fault:?}");
        }
    }
}
