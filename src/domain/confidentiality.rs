//! Who may see an item, and whether it may be quoted to others: everything is confidential unless it was said to be public.

use super::letter::LetterRole;
use super::reply::Standing;
use super::source::SourceState;
use serde::{Deserialize, Serialize};

/// Of a recommendation, a letter or a mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    Public,
    /// For the office, and for the authority that it is exchanged with.
    #[default]
    Confidential,
    /// For those in the office who may read what sources confide.
    Restricted,
}

impl Class {
    pub const ALL: [Class; 3] = [Class::Public, Class::Confidential, Class::Restricted];

    /// As the register keeps it, and as imports name it.
    pub fn name(self) -> &'static str {
        match self {
            Class::Public => "public",
            Class::Confidential => "confidential",
            Class::Restricted => "restricted",
        }
    }

    pub fn from_name(name: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|class| class.name() == name)
    }
}

/// What holds of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Confidentiality {
    pub class: Class,
    /// In reports, and to others than the authority. Letters exchanged and agreed conclusions may be cited; internal notes, informal exchanges and what
    /// sources said may not.
    pub may_be_cited: bool,
}

/// Of a letter, by what it is. What staff are told is no letter exchanged.
pub fn of_letter(role: LetterRole) -> Confidentiality {
    let is_exchanged = match role {
        LetterRole::Request | LetterRole::Reminder | LetterRole::Escalation | LetterRole::Examination | LetterRole::Acknowledgement => true,
        LetterRole::Digest | LetterRole::Alarm => false,
    };
    Confidentiality { class: Class::Confidential, may_be_cited: is_exchanged }
}

/// Of a mail. Only what is linked to something is known to be part of an exchange; until a person has said that what may be a source's is none, it counts as
/// a source's.
pub fn of_mail(standing: Standing, source: SourceState) -> Confidentiality {
    match source {
        SourceState::Source | SourceState::PerhapsASource => Confidentiality { class: Class::Restricted, may_be_cited: false },
        SourceState::NotASource | SourceState::SaidNotASource => {
            Confidentiality { class: Class::Confidential, may_be_cited: standing == Standing::Linked }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_source_said_is_never_cited_and_nothing_is_public_by_rule() {
        for class in Class::ALL {
            assert_eq!(Class::from_name(class.name()), Some(class));
        }
        for role in LetterRole::ALL {
            let is_to_staff = matches!(role, LetterRole::Digest | LetterRole::Alarm);
            assert_eq!(of_letter(role), Confidentiality { class: Class::Confidential, may_be_cited: !is_to_staff }, "{role:?}");
        }
        for standing in Standing::ALL {
            for source in SourceState::ALL {
                let is_a_sources = matches!(source, SourceState::Source | SourceState::PerhapsASource);
                let expected = Confidentiality {
                    class: if is_a_sources { Class::Restricted } else { Class::Confidential },
                    may_be_cited: standing == Standing::Linked && !is_a_sources,
                };
                assert_eq!(of_mail(standing, source), expected, "{standing:?} {source:?}");
            }
        }
    }
}
