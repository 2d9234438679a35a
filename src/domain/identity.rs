//! The numbers of rows, each as a type of its own, so that a mail's number cannot be used as a request's.

use serde::{Deserialize, Serialize};

macro_rules! identities {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

identities! {
    AuthorityId,
    /// A person or office inside an authority with an address of its own.
    ContactId,
    RecommendationId,
    RequestId,
    JointId,
    /// A report that is not adopted yet.
    DraftReportId,
    MeetingId,
    CommitmentId,
    PersonId,
    LetterId,
    /// One letter to one recipient: what is attempted, refused or accepted.
    DeliveryId,
    MailId,
}
