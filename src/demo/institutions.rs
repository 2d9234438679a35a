//! The authorities of the replay with addresses made up under `.example` (RFC 2606), for nobody real may ever be written to.
//!
//! Addresses follow from names alone, whatever the seed: unique, and the same in every replay. An addressee that was published as `REDACTED` is an
//! authority of its own each time, since nobody can know whether two of them are the same.

use super::chance::Chance;
use super::reports::Report;
use crate::domain::authority::name_key;
use std::collections::{BTreeMap, HashSet};

/// An authority, as the office's directory has it and as the stand-in plays it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Institution {
    pub name: String,
    /// Under `.example`, nobody else's.
    pub domain: String,
    /// Another one that its people write from, which the directory knows.
    pub second_domain: Option<String>,
    /// Its general address.
    pub general: String,
    pub focal_point: Option<Person>,
    pub head: Option<Person>,
    /// The body that supervises it.
    pub board: Option<Board>,
}

/// Somebody invented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub address: String,
}

/// Made-up bodies that supervise authorities, so that letters can climb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Board {
    Custody,
    Health,
    Policing,
    Services,
}

impl Board {
    pub const ALL: [Board; 4] = [Board::Custody, Board::Health, Board::Policing, Board::Services];

    pub fn name(self) -> &'static str {
        match self {
            Board::Custody => "Oversight Board for Custody (made up)",
            Board::Health => "Oversight Board for Health (made up)",
            Board::Policing => "Oversight Board for Policing and Justice (made up)",
            Board::Services => "Oversight Board for Public Services (made up)",
        }
    }

    pub fn domain(self) -> &'static str {
        match self {
            Board::Custody => "custody-oversight.example",
            Board::Health => "health-oversight.example",
            Board::Policing => "justice-oversight.example",
            Board::Services => "services-oversight.example",
        }
    }

    /// By the words in an authority's name.
    fn of(key: &str) -> Board {
        let names = |words: &[&str]| words.iter().any(|word| key.contains(word));
        if names(&["prison", "hmp", "probation", "removal", "custody"]) {
            Board::Custody
        } else if names(&["nhs", "health", "care", "medical", "hospital", "ambulance", "clinic"]) {
            Board::Health
        } else if names(&["police", "constabulary", "justice", "court", "solicitor"]) {
            Board::Policing
        } else {
            Board::Services
        }
    }
}

/// All addressees of some reports.
#[derive(Debug, Default)]
pub struct Institutions {
    pub all: Vec<Institution>,
    /// By row and position of the addressee, the place in `all`.
    places: BTreeMap<(usize, usize), usize>,
}

const FIRST_NAMES: [&str; 24] = [
    "Amara", "Bethan", "Callum", "Dilys", "Edwin", "Farida", "Gareth", "Hester", "Imran", "Jocelyn", "Kwame", "Lorna", "Mairead", "Nikhil",
    "Odette", "Piers", "Rhiannon", "Sunniva", "Tobias", "Ursula", "Vikram", "Wilma", "Yusuf", "Zofia",
];
const LAST_NAMES: [&str; 24] = [
    "Ashgrove",
    "Bellweather",
    "Corrigall",
    "Dunmoor",
    "Eastlake",
    "Farthingale",
    "Greenhythe",
    "Hollowell",
    "Inchbald",
    "Jessamine",
    "Kettlewell",
    "Larkhill",
    "Merrydew",
    "Netherby",
    "Oakshott",
    "Pennyworth",
    "Quillfeather",
    "Ravenglass",
    "Silverdale",
    "Thistlewood",
    "Underhay",
    "Vellacott",
    "Winterbourne",
    "Yarrowby",
];

impl Institutions {
    pub fn of(reports: &[Report]) -> Institutions {
        let mut institutions = Institutions::default();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let mut domains: HashSet<String> = Board::ALL.iter().map(|board| board.domain().to_owned()).collect();
        let boards: Vec<String> = Board::ALL.iter().map(|board| name_key(board.name())).collect();
        for report in reports {
            for (position, addressee) in report.addressees.iter().enumerate() {
                let name = if addressee.eq_ignore_ascii_case("redacted") {
                    format!("Authority withheld in row {}, no. {}", report.row, position + 1)
                } else {
                    addressee.clone()
                };
                let key = name_key(&name);
                let place = *known.entry(key.clone()).or_insert_with(|| {
                    let mut institution = found(name, &key, &mut domains);
                    // A user's data may name one of the made-up bodies; it does not supervise itself.
                    institution.board = institution.board.filter(|_| !boards.contains(&key));
                    institutions.all.push(institution);
                    institutions.all.len() - 1
                });
                institutions.places.insert((report.row, position), place);
            }
        }
        institutions
    }

    /// The addressee at that position of a report.
    pub fn addressee(&self, row: usize, position: usize) -> Option<&Institution> {
        self.all.get(*self.places.get(&(row, position))?)
    }
}

fn found(name: String, key: &str, domains: &mut HashSet<String>) -> Institution {
    let mut chance = Chance::new(0, &format!("institution {key}"));
    let label = label(&name);
    let domain = unused(&label, domains);
    let second_domain = chance.percent(30).then(|| unused(&format!("{label}-shared"), domains));
    let general = chance.pick(&["enquiries", "correspondence", "office", "reports", "governance"]).copied().unwrap_or("office");
    let general = format!("{general}@{domain}");
    let focal_point = chance.percent(85).then(|| invented(&mut chance, &domain));
    let head = chance.percent(80).then(|| invented(&mut chance, &domain));
    let board = chance.percent(75).then(|| Board::of(key));
    Institution { name, domain, second_domain, general, focal_point, head, board }
}

/// Somebody who has an address there.
pub(super) fn invented(chance: &mut Chance, domain: &str) -> Person {
    let first = chance.pick(&FIRST_NAMES).copied().unwrap_or("Amara");
    let last = chance.pick(&LAST_NAMES).copied().unwrap_or("Ashgrove");
    Person { name: format!("{first} {last}"), address: format!("{}.{}@{domain}", first.to_lowercase(), last.to_lowercase()) }
}

/// A label of a domain (RFC 1035 §2.3.1) out of a name, with room for an ending.
fn label(name: &str) -> String {
    let mut label = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => label.push(letter),
            '\'' | '’' | '.' => {}
            '&' => label.push_str("-and-"),
            _ if !label.ends_with('-') && !label.is_empty() => label.push('-'),
            _ => {}
        }
        if label.len() > 40 {
            break;
        }
    }
    let label = label.replace("--", "-").trim_matches('-').to_owned();
    if label.is_empty() { "authority".into() } else { label }
}

fn unused(label: &str, domains: &mut HashSet<String>) -> String {
    let candidates = std::iter::once(format!("{label}.example")).chain((2u32..).map(|number| format!("{label}-{number}.example")));
    let mut free = candidates.filter(|domain| !domains.contains(domain));
    let domain = free.next().unwrap_or_default();
    domains.insert(domain.clone());
    domain
}

#[cfg(test)]
mod tests {
    use super::super::reports::custody_reports;
    use super::*;

    #[test]
    fn nobody_shares_a_domain_and_all_are_made_up() {
        let institutions = Institutions::of(&custody_reports().unwrap());
        let mut domains: Vec<&String> =
            institutions.all.iter().flat_map(|one| std::iter::once(&one.domain).chain(&one.second_domain)).collect();
        assert!(domains.iter().all(|domain| domain.ends_with(".example") && domain.split('.').all(|label| label.len() <= 63)));
        let count = domains.len();
        domains.sort();
        domains.dedup();
        assert_eq!(domains.len(), count);
    }

    #[test]
    fn a_withheld_name_is_somebody_else_each_time() {
        let reports = custody_reports().unwrap();
        let institutions = Institutions::of(&reports);
        let report = reports.iter().find(|report| report.reference == "2024-0442").unwrap();
        let names: HashSet<&str> =
            (0..3).filter_map(|position| institutions.addressee(report.row, position)).map(|one| one.name.as_str()).collect();
        assert_eq!(names.len(), 3);
    }

    #[test]
    fn a_name_in_another_script_gets_a_domain_all_the_same() {
        assert_eq!(label("Министерство"), "authority");
        assert_eq!(label("St George’s & Co. — Trust"), "st-georges-and-co-trust");
    }
}
