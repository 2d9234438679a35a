//! What kind of mail it is, as far as the domain needs it (read by `mail::kind`), and what a mail of that kind may do.

use super::reply::Effect;
use serde::{Deserialize, Serialize};

/// What kind of mail this is. `Unreadable`: nothing of a mail could be made out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    #[serde(rename = "letter")]
    Letter,
    #[serde(rename = "acknowledgement")]
    Acknowledgement,
    #[serde(rename = "automatic")]
    Automatic,
    #[serde(rename = "bounce")]
    Bounce,
    #[serde(rename = "delivery receipt")]
    DeliveryReceipt,
    #[serde(rename = "read receipt")]
    ReadReceipt,
    #[serde(rename = "feedback report")]
    FeedbackReport,
    #[serde(rename = "calendar")]
    Calendar,
    #[default]
    #[serde(rename = "unreadable")]
    Unreadable,
}

impl Kind {
    pub const ALL: [Kind; 9] = [
        Kind::Letter,
        Kind::Acknowledgement,
        Kind::Automatic,
        Kind::Bounce,
        Kind::DeliveryReceipt,
        Kind::ReadReceipt,
        Kind::FeedbackReport,
        Kind::Calendar,
        Kind::Unreadable,
    ];

    /// The word the register, tables and JSON use.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Letter => "letter",
            Kind::Acknowledgement => "acknowledgement",
            Kind::Automatic => "automatic",
            Kind::Bounce => "bounce",
            Kind::DeliveryReceipt => "delivery receipt",
            Kind::ReadReceipt => "read receipt",
            Kind::FeedbackReport => "feedback report",
            Kind::Calendar => "calendar",
            Kind::Unreadable => "unreadable",
        }
    }

    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What reading a mail has told of its kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KindFacts {
    pub kind: Kind,
    /// Sent to many, or taken for spam by a filter.
    pub bulk: bool,
    /// A filter asks for something before it lets our letter through.
    pub challenge: bool,
    /// It says more than the formulas of machines and receipts.
    pub says_more: bool,
    /// Its headers say that a machine wrote it, its text reads like a person's.
    pub automatic_doubtful: bool,
    /// An answer, or only a confirmation, a note of absence, an invitation?
    pub answer_doubtful: bool,
}

/// As what a mail is judged. Less than [`Kind`]: what does the same is the same here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailKind {
    Letter,
    Acknowledgement,
    /// The headers say that a machine wrote it, the text reads like an answer.
    DoubtfulLetter,
    /// Out-of-office notes, receipts, robots.
    Automatic,
    /// A filter that lets the letter through only after somebody has done what it asks.
    Challenge,
    Bounce,
    /// A report in whose readable part a person may have typed an answer (RFC 6522 §3).
    TypedReport,
}

impl KindFacts {
    pub fn judged_as(self) -> MailKind {
        match self.kind {
            _ if self.automatic_doubtful => MailKind::DoubtfulLetter,
            // What cannot be read may be the answer: a person looks at it.
            Kind::Unreadable => MailKind::DoubtfulLetter,
            Kind::Letter => MailKind::Letter,
            Kind::Calendar if self.answer_doubtful => MailKind::Letter,
            // An invitation or its reply is from a person, and answers nothing asked.
            Kind::Acknowledgement | Kind::Calendar => MailKind::Acknowledgement,
            Kind::Bounce | Kind::DeliveryReceipt | Kind::ReadReceipt if self.says_more => MailKind::TypedReport,
            Kind::Bounce => MailKind::Bounce,
            Kind::Automatic if self.challenge => MailKind::Challenge,
            Kind::Automatic | Kind::DeliveryReceipt | Kind::ReadReceipt | Kind::FeedbackReport => MailKind::Automatic,
        }
    }

    /// What it does to a request that a person links it to. What waited because its headers say that a machine wrote it, or because it is a report
    /// in which somebody may have typed an answer, is what its author wrote.
    pub fn linked_by_a_person(self) -> Effect {
        match self.kind {
            Kind::Bounce | Kind::DeliveryReceipt | Kind::ReadReceipt if self.says_more => Effect::Reply,
            Kind::Automatic | Kind::DeliveryReceipt | Kind::ReadReceipt | Kind::FeedbackReport if !self.automatic_doubtful => {
                Effect::Automatic
            }
            Kind::Bounce => Effect::Bounce,
            Kind::Acknowledgement => Effect::Acknowledgement,
            _ => Effect::Reply,
        }
    }

    /// Whether what it names is looked for. A machine's mail repeats what it got.
    pub fn may_name_requests(self) -> bool {
        match self.kind {
            Kind::Bounce => self.says_more,
            kind => kind != Kind::Automatic,
        }
    }

    /// Whether it is a newsletter or a list's mail. Reports and receipts often bear the headers of one.
    pub fn is_to_many(self) -> bool {
        self.bulk && matches!(self.kind, Kind::Letter | Kind::Acknowledgement)
    }

    /// Why a person must say whether it answers, if one must.
    pub fn answer_in_doubt(self) -> Option<&'static str> {
        self.answer_doubtful.then_some(match self.kind {
            Kind::Calendar => "it arranges a meeting, and its text or what is attached may be the answer",
            _ => "it confirms receipt, speaks of an absence or asks for something first, and says more that may be the answer",
        })
    }
}

impl MailKind {
    /// What it does to a request, if nothing keeps it from that.
    pub fn effect(self) -> Effect {
        match self {
            MailKind::Letter | MailKind::DoubtfulLetter => Effect::Reply,
            MailKind::Acknowledgement => Effect::Acknowledgement,
            MailKind::Automatic | MailKind::Challenge => Effect::Automatic,
            MailKind::Bounce => Effect::Bounce,
            MailKind::TypedReport => Effect::Waiting,
        }
    }

    /// What a machine says about our letter.
    pub fn is_report(self) -> bool {
        matches!(self, MailKind::Bounce | MailKind::Automatic | MailKind::Challenge | MailKind::TypedReport)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line a kind: as it is, with more than formulas in it, where headers and text differ, where it may be an answer.
    #[test]
    fn what_a_mail_is_judged_as_and_what_it_does_once_a_person_links_it() {
        let mut lines = Vec::new();
        for kind in Kind::ALL {
            let plain = KindFacts { kind, ..KindFacts::default() };
            let cells = [
                plain,
                KindFacts { says_more: true, ..plain },
                KindFacts { automatic_doubtful: true, ..plain },
                KindFacts { answer_doubtful: true, ..plain },
            ];
            let cells = cells.map(|facts| format!("{:?}/{}", facts.judged_as(), facts.linked_by_a_person().name()));
            lines.push(format!("{}: {}", kind.name(), cells.join(", ")));
        }
        insta::assert_snapshot!(lines.join("\n"), @r"
        letter: Letter/reply, Letter/reply, DoubtfulLetter/reply, Letter/reply
        acknowledgement: Acknowledgement/acknowledgement, Acknowledgement/acknowledgement, DoubtfulLetter/acknowledgement, Acknowledgement/acknowledgement
        automatic: Automatic/automatic, Automatic/automatic, DoubtfulLetter/reply, Automatic/automatic
        bounce: Bounce/bounce, TypedReport/reply, DoubtfulLetter/bounce, Bounce/bounce
        delivery receipt: Automatic/automatic, TypedReport/reply, DoubtfulLetter/reply, Automatic/automatic
        read receipt: Automatic/automatic, TypedReport/reply, DoubtfulLetter/reply, Automatic/automatic
        feedback report: Automatic/automatic, Automatic/automatic, DoubtfulLetter/reply, Automatic/automatic
        calendar: Acknowledgement/reply, Acknowledgement/reply, DoubtfulLetter/reply, Letter/reply
        unreadable: DoubtfulLetter/reply, DoubtfulLetter/reply, DoubtfulLetter/reply, DoubtfulLetter/reply
        ");
        let challenge = KindFacts { kind: Kind::Automatic, challenge: true, ..KindFacts::default() };
        assert_eq!((challenge.judged_as(), challenge.linked_by_a_person()), (MailKind::Challenge, Effect::Automatic));
    }

    #[test]
    fn names_are_looked_for_in_what_a_person_may_have_written_and_only_letters_are_newsletters() {
        for kind in Kind::ALL {
            let facts = KindFacts { kind, bulk: true, ..KindFacts::default() };
            assert_eq!(facts.may_name_requests(), !matches!(kind, Kind::Automatic | Kind::Bounce), "{kind:?}");
            assert_eq!(KindFacts { says_more: true, ..facts }.may_name_requests(), kind != Kind::Automatic, "{kind:?}");
            assert_eq!(facts.is_to_many(), matches!(kind, Kind::Letter | Kind::Acknowledgement), "{kind:?}");
            assert!(!KindFacts { bulk: false, ..facts }.is_to_many());
            assert_eq!(facts.answer_in_doubt(), None);
            let doubtful = KindFacts { answer_doubtful: true, ..facts }.answer_in_doubt().unwrap();
            assert_eq!(doubtful.contains("meeting"), kind == Kind::Calendar, "{kind:?}");
        }
    }
}
