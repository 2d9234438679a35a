//! What a letter, a link, a reply address or an obligation is about.

use super::identity::{AuthorityId, CommitmentId, DraftReportId, JointId, MeetingId, PersonId, RequestId};
use serde::{Deserialize, Serialize};

macro_rules! subjects {
    ($($(#[$doc:meta])* $kind:ident($id:ident) = $name:literal, $purpose:literal);+ $(;)?) => {
        /// One thing that is corresponded about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "id", rename_all = "lowercase")]
        pub enum Subject {
            $($(#[$doc])* $kind($id),)+
        }

        /// What sort of thing a [`Subject`] is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum SubjectKind {
            $($kind,)+
        }

        impl Subject {
            pub fn kind(self) -> SubjectKind {
                match self {
                    $(Subject::$kind(_) => SubjectKind::$kind,)+
                }
            }

            /// Its number among things of its kind.
            pub fn number(self) -> i64 {
                match self {
                    $(Subject::$kind(id) => id.0,)+
                }
            }
        }

        impl SubjectKind {
            pub const ALL: &[SubjectKind] = &[$(SubjectKind::$kind),+];

            pub fn of(self, number: i64) -> Subject {
                match self {
                    $(SubjectKind::$kind => Subject::$kind($id(number)),)+
                }
            }

            /// As the register keeps it.
            pub fn name(self) -> &'static str {
                match self {
                    $(SubjectKind::$kind => $name,)+
                }
            }

            /// The letter before the hyphen of a signed address: what it is for stands in what is signed. Never one that an address already sent had
            /// for another purpose.
            pub fn purpose(self) -> char {
                match self {
                    $(SubjectKind::$kind => $purpose,)+
                }
            }
        }

        $(impl From<$id> for Subject {
            fn from(id: $id) -> Subject {
                Subject::$kind(id)
            }
        })+
    };
}

subjects! {
    /// One request to one authority.
    Request(RequestId) = "request", 'r';
    /// What several authorities were asked about at once: a report, or a recommendation without one.
    Matter(JointId) = "matter", 'm';
    /// A draft report on which an authority comments.
    Draft(DraftReportId) = "draft", 'd';
    Meeting(MeetingId) = "meeting", 't';
    /// What an authority has undertaken.
    Commitment(CommitmentId) = "commitment", 'c';
    Person(PersonId) = "person", 'p';
    /// An authority as such, about nothing in particular.
    Authority(AuthorityId) = "authority", 'a';
}

impl Subject {
    /// The request, if it is one.
    pub fn request(self) -> Option<RequestId> {
        match self {
            Subject::Request(request) => Some(request),
            _ => None,
        }
    }
}

impl SubjectKind {
    pub fn from_name(name: &str) -> Option<SubjectKind> {
        SubjectKind::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    pub fn from_purpose(purpose: char) -> Option<SubjectKind> {
        SubjectKind::ALL.iter().copied().find(|kind| kind.purpose() == purpose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_kind_of_subject_has_a_name_and_a_purpose_of_its_own() {
        for kind in SubjectKind::ALL.iter().copied() {
            assert_eq!(SubjectKind::from_name(kind.name()), Some(kind));
            assert_eq!(SubjectKind::from_purpose(kind.purpose()), Some(kind));
            assert_eq!((kind.of(7).kind(), kind.of(7).number()), (kind, 7));
            assert_eq!(kind.of(7).request(), (kind == SubjectKind::Request).then_some(RequestId(7)));
        }
        let purposes: HashSet<char> = SubjectKind::ALL.iter().map(|kind| kind.purpose()).collect();
        assert_eq!(purposes.len(), SubjectKind::ALL.len());
        assert!(!purposes.contains(&'b'), "an envelope address, which is of no subject");
    }
}
