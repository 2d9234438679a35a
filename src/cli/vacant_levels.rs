//! The sentences about levels to which nobody can be written: what is missing, and which authorities lack it.

use super::output::counted;
use crate::register::Vacant;
use std::collections::{BTreeMap, BTreeSet};

/// More are counted and not listed: a directory just imported may lack them all.
const MOST_NAMED: usize = 20;

/// What is missing, and what to do about it.
pub struct Told {
    pub what: String,
    pub mend: String,
}

pub fn told(vacant: &[Vacant]) -> Vec<Told> {
    let mut lacking: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for vacant in vacant {
        lacking.entry((vacant.why, &vacant.step, &vacant.level)).or_default().insert(&vacant.authority);
    }
    let as_told = |((why, step, level), authorities): ((crate::domain::addressing::Vacancy, &String, &String), BTreeSet<&str>)| {
        let names: Vec<&str> = authorities.into_iter().collect();
        let open = if names.len() == 1 { "with an open request" } else { "with open requests" };
        Told {
            what: format!("{step}: {} ({} {open}: {})", why.why(level), authorities_counted(names.len()), listed(&names)),
            mend: format!("{}, or write by hand; the next level that has somebody is written to in its turn", why.mend(level)),
        }
    };
    lacking.into_iter().map(as_told).collect()
}

pub fn authorities_counted(count: usize) -> String {
    counted(count, "authority", "authorities")
}

pub fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
