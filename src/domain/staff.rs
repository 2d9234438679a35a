//! The people of the office: who signs, who is responsible, who reads digests.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Whose name stands under a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signatory {
    pub name: String,
    pub title: String,
}

/// A member of staff who gets digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMember {
    pub name: String,
    pub address: String,
    pub role: StaffRole,
    pub language: String,
    pub responsible_for: Responsibility,
    /// Gets mails about failures of the daemon itself.
    pub operator: bool,
    /// Another member's name: who sees what has waited here for too long, or at once while this one is away.
    pub deputy: Option<String>,
    /// First and last days away, in the office's time zone.
    pub absent: Vec<(Date, Date)>,
    /// May read what detainees, relatives and others confide (OPCAT article 21).
    pub sources: bool,
}

/// What somebody is in the office (glossary).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StaffRole {
    /// Of the mechanism: is told of what has waited for too long.
    Head,
    Member,
    #[default]
    Staff,
}

impl StaffMember {
    pub fn is_away(&self, day: Date) -> bool {
        self.absent.iter().any(|(first, last)| (*first..=*last).contains(&day))
    }
}

/// Who in the office must see by now that a decision is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rises {
    /// Who is responsible.
    Responsible,
    /// Their deputy as well.
    Deputy,
    /// The head of the office as well.
    Head,
}

impl Rises {
    pub const ALL: [Rises; 3] = [Rises::Responsible, Rises::Deputy, Rises::Head];
}

/// Whether a member of staff is told of something that waits: who is responsible, and with its age the deputy and the head. Where the office names
/// no head, the operator; and where nobody is responsible, they are told at once.
pub fn is_told(
    member: &StaffMember,
    staff: &[StaffMember],
    is_responsible: impl Fn(&StaffMember) -> bool,
    risen: Rises,
    today: Date,
) -> bool {
    let mut responsible = staff.iter().filter(|other| is_responsible(other)).peekable();
    let nobody_is = responsible.peek().is_none();
    let is_deputy =
        responsible.any(|other| other.deputy.as_deref() == Some(member.name.as_str()) && (risen >= Rises::Deputy || other.is_away(today)));
    let has_head = staff.iter().any(|other| other.role == StaffRole::Head);
    let is_head = if has_head { member.role == StaffRole::Head } else { member.operator };
    is_responsible(member) || is_deputy || is_head && (risen == Rises::Head || nobody_is)
}

/// What a member of staff answers for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Responsibility {
    Everything,
    /// Names or aliases of authorities.
    Authorities(Vec<String>),
    Nothing,
}

/// Whether somebody, by name or address, may read what sources confide.
pub fn may_read_sources(staff: &[StaffMember], by: &str) -> bool {
    staff.iter().any(|member| member.sources && (member.name == by || member.address == by))
}

/// Whether somebody is told of a mail that may be a source's: those who may read it, at once. Others could do nothing about it; they hear of it only
/// where nobody may read it, or as it rises.
pub fn is_told_of_source(
    member: &StaffMember,
    staff: &[StaffMember],
    is_responsible: impl Fn(&StaffMember) -> bool,
    risen: Rises,
    today: Date,
) -> bool {
    let somebody_may_read = staff.iter().any(|member| member.sources);
    member.sources || (!somebody_may_read || risen > Rises::Responsible) && is_told(member, staff, is_responsible, risen, today)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn member(name: &str, role: StaffRole, deputy: Option<&str>) -> StaffMember {
        StaffMember {
            name: name.into(),
            address: format!("{name}@office.example"),
            role,
            language: "en".into(),
            responsible_for: Responsibility::Nothing,
            operator: role == StaffRole::Staff,
            deputy: deputy.map(String::from),
            absent: vec![(date(2026, 12, 20), date(2027, 1, 6))],
            sources: false,
        }
    }

    #[test]
    fn what_waits_is_told_to_the_responsible_then_to_the_deputy_then_to_the_head() {
        let staff = [
            member("ana", StaffRole::Member, Some("ben")),
            member("ben", StaffRole::Member, None),
            member("eva", StaffRole::Head, None),
            member("ota", StaffRole::Staff, None),
        ];
        let told = |risen, day| -> Vec<&str> {
            let told = staff.iter().filter(|member| is_told(member, &staff, |other| other.name == "ana", risen, day));
            told.map(|member| member.name.as_str()).collect()
        };
        let (working, away) = (date(2026, 12, 1), date(2026, 12, 20));
        assert_eq!(told(Rises::Responsible, working), ["ana"]);
        assert_eq!(told(Rises::Responsible, away), ["ana", "ben"]);
        assert_eq!(told(Rises::Deputy, working), ["ana", "ben"]);
        assert_eq!(told(Rises::Head, working), ["ana", "ben", "eva"]);
    }

    #[test]
    fn what_may_be_a_sources_is_told_at_once_to_whoever_may_read_it() {
        let reader = StaffMember { sources: true, ..member("eva", StaffRole::Head, None) };
        let staff = [member("ana", StaffRole::Member, Some("ben")), member("ben", StaffRole::Member, None), reader];
        let told = |staff: &[StaffMember], risen| -> Vec<String> {
            let is_responsible = |other: &StaffMember| other.name == "ana";
            let told = staff.iter().filter(|member| is_told_of_source(member, staff, is_responsible, risen, date(2026, 12, 1)));
            told.map(|member| member.name.clone()).collect()
        };
        assert_eq!(told(&staff, Rises::Responsible), ["eva"]);
        assert_eq!(told(&staff, Rises::Deputy), ["ana", "ben", "eva"]);
        assert_eq!(told(&staff[..2], Rises::Responsible), ["ana"], "somebody must know that it is there");
        assert!(may_read_sources(&staff, "eva") && may_read_sources(&staff, "eva@office.example"));
        assert!(!may_read_sources(&staff, "ana") && !may_read_sources(&staff, ""));
    }

    #[test]
    fn what_is_nobodys_is_the_heads_and_without_a_head_the_operators() {
        let all = [member("ana", StaffRole::Member, None), member("eva", StaffRole::Head, None), member("ota", StaffRole::Staff, None)];
        let told = |staff: &[StaffMember]| -> Vec<String> {
            let told = staff.iter().filter(|member| is_told(member, staff, |_| false, Rises::Responsible, date(2026, 12, 1)));
            told.map(|member| member.name.clone()).collect()
        };
        assert_eq!(told(&all), ["eva"]);
        assert_eq!(told(&[all[0].clone(), all[2].clone()]), ["ota"]);
    }
}
