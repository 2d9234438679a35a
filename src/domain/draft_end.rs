//! Why a draft is withdrawn without a person's word.

use super::lifecycle::Needless;

/// Why a draft is withdrawn without a person's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftEnd {
    /// What it says does not hold any more, and nothing takes its place.
    Needless(Needless),
    /// The term does not run. What is due when it runs again is written then.
    Paused,
    /// A recommendation was answered since, or its answer taken back: it says what is not so any more. It is written anew.
    Outdated,
    /// Nobody has released it in time: it bears an old date, and a deadline that counts from one. It is written anew.
    NotReleased,
    /// Another letter about the request has left, of which the register did not know when it was drafted.
    AnotherHasLeft,
}

impl DraftEnd {
    /// For people, and for the record.
    pub fn why(self) -> &'static str {
        match self {
            DraftEnd::Needless(why) => why.why(),
            DraftEnd::Paused => "the term is paused; what is due when it runs again is written then",
            DraftEnd::Outdated => "what was answered has changed since it was written; it is written anew",
            DraftEnd::NotReleased => "nobody has released it in time; it is written anew",
            DraftEnd::AnotherHasLeft => "another letter about the request had left already; what is still due is written anew",
        }
    }
}
