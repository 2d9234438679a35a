//! Who may see an item, and whether it may be quoted to others: everything is confidential unless it was said to be public.

use super::letter::LetterRole;
use super::reply::Effect;
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
    /// In reports, and to others than the authority. Letters exchanged and agreed conclusions may be cited; internal notes, informal exchanges and
    /// what sources said may not.
    pub may_be_cited: bool,
}

/// Of a letter, by what it is. What staff are told is no letter exchanged, and neither is one that has reached nobody: `has_left`, whether a server
/// has accepted it for anybody.
pub fn of_letter(role: LetterRole, has_left: bool) -> Confidentiality {
    let is_exchanged = match role {
        LetterRole::Request | LetterRole::Reminder | LetterRole::Escalation | LetterRole::Examination | LetterRole::Acknowledgement => true,
        LetterRole::Digest | LetterRole::Alarm => false,
    };
    Confidentiality { class: Class::Confidential, may_be_cited: is_exchanged && has_left }
}

/// Of a mail. `is_hidden`: it is a source's, or may be one's and nobody has said that it is none. `effect`: what it does to what it is linked to;
/// only what a person wrote in answer is part of an exchange. `is_note`: it is no mail, but demarche's own note.
pub fn of_mail(is_hidden: bool, effect: Option<Effect>, is_note: bool) -> Confidentiality {
    let is_answer = matches!(effect, Some(Effect::Reply | Effect::Acknowledgement)) && !is_note;
    Confidentiality { class: if is_hidden { Class::Restricted } else { Class::Confidential }, may_be_cited: is_answer && !is_hidden }
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
            assert_eq!(of_letter(role, true), Confidentiality { class: Class::Confidential, may_be_cited: !is_to_staff }, "{role:?}");
            assert!(!of_letter(role, false).may_be_cited, "{role:?}");
        }
        for effect in Effect::ALL.into_iter().map(Some).chain([None]) {
            let is_answer = matches!(effect, Some(Effect::Reply | Effect::Acknowledgement));
            assert_eq!(
                of_mail(false, effect, false),
                Confidentiality { class: Class::Confidential, may_be_cited: is_answer },
                "{effect:?}"
            );
            assert_eq!(of_mail(true, effect, false), Confidentiality { class: Class::Restricted, may_be_cited: false });
            assert!(!of_mail(false, effect, true).may_be_cited);
        }
    }
}
