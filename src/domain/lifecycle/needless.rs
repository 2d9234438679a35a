//! Why a letter that is written is not sent.

/// Why a letter is not sent at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needless {
    RequestEnded,
    RequestSettled,
    DeadlineMoved,
    /// The mail whose receipt it confirms is no reply to the request any more.
    NoReplyAnyMore,
    /// It says that a letter is being examined that somebody has read since.
    LetterWasRead,
    /// The same request has arrived by an earlier letter.
    EarlierArrived,
    AddressSuppressed,
    /// The directory has another in its place, or nobody there.
    AddressEnded,
    /// Somebody else holds the post now, at the same address.
    HolderChanged,
}

impl Needless {
    /// For people, and for the record.
    pub fn why(self) -> &'static str {
        match self {
            Needless::RequestEnded => "the request is ended",
            Needless::RequestSettled => "the request is settled",
            Needless::DeadlineMoved => "the deadline has moved since it was written",
            Needless::NoReplyAnyMore => "the mail whose receipt it confirms is no reply to the request any more",
            Needless::LetterWasRead => "the letter that it speaks of was read meanwhile",
            Needless::EarlierArrived => "the letter before it has arrived",
            Needless::AddressSuppressed => "its address is written to no more",
            Needless::AddressEnded => "its address is in use no more",
            Needless::HolderChanged => "somebody else holds the post to which it was written",
        }
    }
}
