//! Why what was asked of the register is not done: the thing it is about, and the reason with what it rests on. Nothing was changed.
//!
//! No sentence stands here: the register, whose verbs refuse, says it in words for whoever asked (`register::refusals`).

use super::draft_end::DraftEnd;
use super::identity::{LetterId, MailId};
use super::replacing::DateConflict;
use super::request::EndingKind;
use super::said::NotSaid;
use jiff::civil::Date;
use std::path::PathBuf;

/// What was asked cannot be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A request, by its reference as it was typed.
    Request {
        reference: String,
        why: RequestRefusal,
    },
    /// The register is behind the world. `why`: as the record has it.
    NoRequestYet {
        why: String,
    },
    Letter {
        letter: LetterId,
        why: LetterRefusal,
    },
    Address {
        address: String,
        why: AddressRefusal,
    },
    Mail {
        mail: MailId,
        why: MailRefusal,
    },
    /// A row of a table, by the reference or name that it gives.
    Row {
        row: String,
        why: RowRefusal,
    },
    Event {
        event: i64,
        why: EventRefusal,
    },
    /// The file of a register, or of a back-up.
    File {
        path: PathBuf,
        why: FileRefusal,
    },
    /// The file of the secret under which letters leave.
    Secret {
        path: PathBuf,
        why: SecretRefusal,
    },
    /// The files that one letter is to take with it, `bytes` in all.
    EnclosureEmpty {
        name: String,
    },
    EnclosuresTooLarge {
        bytes: usize,
    },
    /// Another process holds the register while it is to be copied.
    Locked,
    /// `said`: by the operating system.
    NoThreadForLease {
        said: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestRefusal {
    Unknown,
    /// An extension that is none.
    NotLater {
        deadline: Date,
        until: Date,
    },
    IsPaused,
    IsNotPaused,
    /// It cannot end twice.
    HasEnded {
        how: EndingKind,
        by: String,
    },
    /// Nothing runs that could be extended or paused.
    RunsNoMore {
        how: EndingKind,
        by: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LetterRefusal {
    Unknown,
    /// It has left, or waits to leave for the first time.
    NothingToTry,
    /// It is a draft: it was not tried yet.
    IsDraft,
    /// It is no draft any more, or never was one.
    IsReleased,
    /// It was a draft, and will not be released.
    IsWithdrawn,
    /// The last day for it has passed.
    ReleasedTooLate {
        by: Date,
    },
    /// The next pass withdraws the draft, for this reason.
    HoldsNoMore(DraftEnd),
    /// It says no more than that a letter is being examined.
    EnclosesNothing,
    /// Nothing of this name.
    NotEnclosed {
        name: String,
    },
    /// Without it there is no request.
    MakesTheRequest {
        reference: String,
    },
    /// The register is behind the world, in which it may have left. `why`: as the record has it.
    NotYet {
        why: String,
    },
    /// A later letter has taken its place.
    Replaced {
        by: LetterId,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressRefusal {
    /// Nothing leaves to it before it is revived.
    Suppressed,
    /// There is nothing to revive.
    IsGood,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailRefusal {
    Unknown,
    NotLinkedThere,
    NotSaid(NotSaid),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowRefusal {
    /// Correspondence begun by hand that the register has otherwise.
    KnownOtherwise,
    /// A recommendation of which letters have quoted another text.
    AskedAboutOtherwise,
    NoSuchAuthority {
        name: String,
    },
    /// An authority is said to be supervised by one that nobody knows.
    NoSuchParent {
        name: String,
    },
    /// Of a person or an address of an authority.
    DateConflict(DateConflict),
    /// An authority is said to write for one that nobody knows.
    NoSuchServed {
        name: String,
    },
    NoSuchRecommendation {
        reference: String,
    },
    NoAddressee,
    DeadlineBeforeSending {
        deadline: Date,
        sent_on: Date,
    },
    /// Its reply address tells no letter from another.
    SharedReplyAddress {
        address: String,
    },
    /// The name or alias is another authority's.
    NameIsTaken,
    SupervisesItself,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventRefusal {
    Unknown,
    IsErased,
    /// What became of the record itself is never erased from it.
    IsOfTheRecord,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileRefusal {
    /// Another file lies there by now.
    Replaced,
    /// `said`: by the operating system.
    Gone {
        said: String,
    },
    /// A back-up beside a log of another register.
    ForeignLog {
        log: PathBuf,
    },
    Empty,
    /// A back-up that is to be restored lies where the register belongs.
    InPlaceAlready,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRefusal {
    /// It cannot be written down whose it is. `line`: what is to be added to the file.
    NotWritable { line: String, said: String },
    /// The register's letters left under another one.
    IsAnother,
    /// Letters of another register left under it.
    IsOfAnotherRegister { register: String },
}

/// Who else works on a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtherProcess {
    /// It holds the lock on it. By name, if that can be read.
    HoldsLock { holder: Option<String> },
    /// It has renewed its lease, and has the right to it for some seconds more.
    HoldsLease { holder: String, seen_seconds_ago: i64, wait_seconds: i64 },
    /// It has renewed its lease less than so many seconds ago.
    WorkedLately { holder: String, within_seconds: i64 },
}
