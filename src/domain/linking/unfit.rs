//! What makes a mail one that only a person can place, whatever it carries.

use crate::domain::kind::KindFacts;

/// What may make a mail unfit.
#[derive(Debug, Clone, Default)]
pub struct Fitness<'a> {
    /// A header that decides stands in it more than once, and differs: its name.
    pub ambiguous: Option<&'a str>,
    /// [`is_only_a_copy`].
    pub is_only_a_copy: bool,
    pub kind: KindFacts,
    /// Why a machine may have written it, as time and repetition tell (`domain::haste`).
    pub machinelike: Option<String>,
}

/// Why only a person can place it; the first reason that there is.
pub fn unfit(fitness: Fitness<'_>) -> Option<String> {
    let Fitness { ambiguous, is_only_a_copy, kind, machinelike } = fitness;
    let ambiguous = ambiguous.map(|name| format!("its {name} stands there more than once, and differs"));
    let copy = || is_only_a_copy.then(|| "it is addressed to somebody else, and the office has a copy".to_owned());
    ambiguous.or_else(copy).or_else(|| kind.answer_in_doubt().map(str::to_owned)).or(machinelike)
}

/// Whether somebody writes to somebody else, about our letter perhaps, and lets the office know. `is_own`: an address made by this program;
/// `office`: the office's own.
pub fn is_only_a_copy<'a>(
    to: impl IntoIterator<Item = &'a str>,
    cc: impl IntoIterator<Item = &'a str>,
    office: &str,
    is_own: impl Fn(&str) -> bool,
) -> bool {
    let domain = office.rsplit_once('@').map(|(_, domain)| domain);
    let ours = |address: &str| {
        is_own(address) || address.rsplit_once('@').is_some_and(|(_, of)| domain.is_some_and(|own| own.eq_ignore_ascii_case(of)))
    };
    let mut to = to.into_iter().peekable();
    let to_others = to.peek().is_some() && !to.any(ours);
    to_others && cc.into_iter().any(ours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::kind::Kind;

    #[test]
    fn the_first_reason_is_told() {
        let all = Fitness {
            ambiguous: Some("Subject"),
            is_only_a_copy: true,
            kind: KindFacts { kind: Kind::Letter, answer_doubtful: true, ..KindFacts::default() },
            machinelike: Some("it came at once".into()),
        };
        let without_header = Fitness { ambiguous: None, ..all.clone() };
        let without_copy = Fitness { is_only_a_copy: false, ..without_header.clone() };
        let without_doubt = Fitness { kind: KindFacts::default(), ..without_copy.clone() };
        for (fitness, expected) in [
            (all, Some("its Subject stands there")),
            (without_header, Some("it is addressed to somebody else")),
            (without_copy, Some("it confirms receipt")),
            (without_doubt, Some("it came at once")),
            (Fitness::default(), None),
        ] {
            let found = unfit(fitness);
            assert_eq!(found.as_deref().map(|why| why.starts_with(expected.unwrap_or_default())), expected.map(|_| true), "{found:?}");
        }
    }

    #[test]
    fn a_copy_is_to_others_with_the_office_in_cc() {
        let is_own = |address: &str| address.starts_with("npm+");
        let copy =
            |to: &[&'static str], cc: &[&'static str]| is_only_a_copy(to.iter().copied(), cc.iter().copied(), "npm@npm.example", is_own);
        assert!(copy(&["minister@moj.example"], &["npm@NPM.example"]) && copy(&["minister@moj.example"], &["npm+r1@elsewhere.example"]));
        assert!(!copy(&["minister@moj.example", "ana@npm.example"], &["npm@npm.example"]), "it is to somebody of the office too");
        assert!(!copy(&[], &["npm@npm.example"]) && !copy(&["minister@moj.example"], &["head@moj.example"]));
    }
}
