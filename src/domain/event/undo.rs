//! How what happened is undone.

use super::EventKind;

/// What takes an event back. Nothing in the record is: undoing is an event of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undo {
    /// By an event of this kind, which may be its own: what was said last counts.
    By(EventKind),
    /// The words say why.
    CannotBe(&'static str),
    /// It says what was found and changes nothing that would have to be taken back.
    NothingToUndo,
}

const HAS_LEFT: Undo = Undo::CannotBe("it has left");

impl EventKind {
    pub fn undone_by(self) -> Undo {
        use EventKind as Kind;
        use Undo::{By, CannotBe, NothingToUndo};
        match self {
            Kind::AuthorityAdded => CannotBe("letters and mail may point to it"),
            Kind::AuthorityChanged => By(Kind::AuthorityChanged),
            Kind::RecommendationAdded => {
                CannotBe("it stays on the list; what it says is put right by an import, until somebody was asked about it")
            }
            Kind::RecommendationChanged => By(Kind::RecommendationChanged),

            Kind::RequestOpened | Kind::RequestAdopted => By(Kind::RequestWithdrawn),
            Kind::RequestWaived | Kind::RequestWithdrawn | Kind::RequestClosed => {
                CannotBe("it has ended; what is to be asked again is recommended again")
            }
            Kind::RequestNotDelivered => By(Kind::LetterSent),
            Kind::DeadlineExtended => CannotBe("the authority counts on the day that it was granted"),
            Kind::DeadlineMoved => By(Kind::DeadlineMoved),
            Kind::ClockPaused => By(Kind::ClockResumed),
            Kind::ClockResumed => By(Kind::ClockPaused),
            Kind::RulesChanged => By(Kind::RulesChanged),
            Kind::ObligationsPlannedAnew => NothingToUndo,
            Kind::NonCooperationRecorded => CannotBe("it says how things stood on its day"),

            Kind::RequestWritten
            | Kind::ReminderWritten
            | Kind::EscalationWritten
            | Kind::ExaminationWritten
            | Kind::AcknowledgementWritten => By(Kind::LetterCancelled),
            Kind::DigestWritten | Kind::AlarmWritten => CannotBe("it leaves at once"),
            Kind::LetterCancelled | Kind::DraftLapsed | Kind::DraftToBeWrittenAnew => CannotBe("what is still due is written anew"),
            Kind::LetterReleased | Kind::LetterTriedAgain => CannotBe("it leaves as soon as letters may"),
            Kind::DraftWithdrawn => CannotBe("what it would have said is said by hand, or by the next step"),

            Kind::LetterSent | Kind::LetterFoundSent | Kind::LetterFoundNamed => HAS_LEFT,
            Kind::OutcomeUnknown => CannotBe("it may have left"),
            Kind::LetterRefused | Kind::LetterGivenUp => By(Kind::LetterTriedAgain),
            Kind::LetterRefusedForNow | Kind::LetterNotSent | Kind::LetterNotTried | Kind::LetterDelayed => NothingToUndo,
            Kind::LetterReturnedForNow | Kind::LetterBounced | Kind::LetterSaidToHaveComeBack => By(Kind::DeliveryReportTakenBack),
            Kind::DeliveryReportTakenBack => By(Kind::LetterBounced),
            Kind::CopyGivenUp => NothingToUndo,
            Kind::AddressUsedAgain => By(Kind::AddressSuppressed),
            Kind::AddressSuspected | Kind::AddressSuppressed => By(Kind::AddressUsedAgain),

            Kind::MailReceived => CannotBe("nothing that came in is thrown away"),
            Kind::MailLinked => By(Kind::MailUnlinked),
            Kind::MailSuggested | Kind::MailUnlinked | Kind::MailSetAside | Kind::MailWaitsAgain => By(Kind::MailLinked),
            Kind::MailMarked => By(Kind::MailMarked),
            Kind::MailQuarantined => By(Kind::MailMarked),
            Kind::SameMailByAnotherWay
            | Kind::MailCouldNotBeFetched
            | Kind::MailLeftUnread
            | Kind::MailThatLeftUnreadFound
            | Kind::MailThatLeftUnreadNotFound
            | Kind::SenderJudgedAgain => NothingToUndo,

            Kind::DecisionRose => CannotBe("nobody took it in time; it ends once somebody does"),

            Kind::PartFailing => By(Kind::PartWorkingAgain),
            Kind::PartWorkingAgain => By(Kind::PartFailing),
            Kind::LettersStandStill => By(Kind::LettersLeaveAgain),
            Kind::LettersLeaveAgain | Kind::ClockAccepted => By(Kind::LettersStandStill),
            Kind::NumbersSetAside => CannotBe("a number that may have been given is not given again"),
            Kind::PayloadErased => CannotBe("what was erased is gone"),
            Kind::RecordSealedAnew => CannotBe("the hashes before it are gone"),
        }
    }
}
