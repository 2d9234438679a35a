//! What becomes of the addresses of an authority when a file names some of them: which are new, which change, which end. What a file names anew takes
//! the place of what was there; what it leaves out stays, unless it is asked to retire that.

use super::authority::name_key;
use super::full_name::person_key;
use super::identity::{AuthorityId, ContactId};
use super::post::{Contact, Validity};
use jiff::civil::Date;
use std::collections::BTreeMap;

mod changes;
pub use changes::{DateConflict, DirectoryChange};

/// What a cell of a table says of a single value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Given<T> {
    /// It is empty: the value stays as it is.
    #[default]
    Nothing,
    /// There is to be none.
    Cleared,
    Value(T),
}

impl<T> Given<T> {
    /// What holds afterwards.
    pub fn over(self, before: Option<T>) -> Option<T> {
        match self {
            Given::Nothing => before,
            Given::Cleared => None,
            Given::Value(value) => Some(value),
        }
    }

    pub fn value(&self) -> Option<&T> {
        match self {
            Given::Value(value) => Some(value),
            Given::Nothing | Given::Cleared => None,
        }
    }

    /// The first of two that says anything.
    pub fn or(self, other: Given<T>) -> Given<T> {
        if matches!(self, Given::Nothing) { other } else { self }
    }

    pub fn says_anything(&self) -> bool {
        !matches!(self, Given::Nothing)
    }
}

impl<T> From<Option<T>> for Given<T> {
    fn from(value: Option<T>) -> Given<T> {
        value.map_or(Given::Nothing, Given::Value)
    }
}

/// An address in a post, as a file names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Cleared for the authority as a whole.
    pub unit: Given<String>,
    pub name: Given<String>,
    pub address: String,
    pub level: String,
    pub focal_point: bool,
    /// What the post is called.
    pub title: Given<String>,
    pub from: Given<Date>,
    pub to: Given<Date>,
}

impl Named {
    pub fn is_in_place_of(&self, other: &Named) -> bool {
        let of = |one: &Named| (name_key(one.unit_name()), one.focal_point);
        of(self) == of(other) && (&self.address, &self.level) == (&other.address, &other.level)
    }

    fn unit_name(&self) -> &str {
        self.unit.value().map_or("", String::as_str)
    }

    /// What two rows of one file say otherwise of the same address in the same post.
    pub fn contradicts(&self, other: &Named) -> Option<Contradiction> {
        fn differ<T, K: PartialEq>(one: &Given<T>, other: &Given<T>, key: impl Fn(&T) -> K) -> bool {
            one.says_anything() && other.says_anything() && one.value().map(&key) != other.value().map(&key)
        }
        match () {
            () if !self.is_in_place_of(other) => None,
            () if differ(&self.name, &other.name, |name| person_key(name)) => Some(Contradiction::Name),
            () if differ(&self.title, &other.title, |title| name_key(title)) => Some(Contradiction::Title),
            () if differ(&self.from, &other.from, |day| *day) => Some(Contradiction::From),
            () if differ(&self.to, &other.to, |day| *day) => Some(Contradiction::To),
            () => None,
        }
    }

    /// As a contact that is not in the directory yet.
    fn as_contact(&self, authority: AuthorityId) -> Contact {
        Contact {
            id: ContactId(0),
            authority,
            unit: self.unit_name().to_owned(),
            name: self.name.value().cloned(),
            address: self.address.clone(),
            level: self.level.clone(),
            focal_point: self.focal_point,
            title: self.title.value().cloned().unwrap_or_default(),
            valid: Validity { from: self.from.value().copied(), to: self.to.value().copied() },
            suppressed: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    Name,
    Title,
    From,
    To,
}

/// What a file says of the addresses of an authority.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    pub authority: AuthorityId,
    /// No two of them contradict each other.
    pub named: &'a [Named],
    /// The level of an authority's general address.
    pub lowest_level: &'a str,
    /// It is to have no general address.
    pub no_general_address: bool,
    /// Whom the file leaves out is there no more; its general address stays.
    pub others_end: bool,
    /// The file has a column for units. Without one it cannot leave out a place of somebody whom it names.
    pub has_units: bool,
    /// The file has a column for last days. Without one it takes nobody up again whom another file ended.
    pub has_last_days: bool,
}

/// A contact that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anew<'a> {
    /// None if it is new.
    pub before: Option<&'a Contact>,
    pub after: Contact,
}

/// What becomes of the contacts of an authority. The order of the rows changes nothing but that of the new ones, by which of several in one post the
/// first is written to. `today` on the authority's calendar.
///
/// - A successor at the same address has days of their own: from `today` on, unless the file says otherwise.
/// - A general address takes the place of the one before, which was in use to the day before.
/// - Whoever is named at an address that was over is there again, if the file has last days and gives none; so is a general address.
/// - An address whose post gets another title goes with its holder to the post of that title.
/// - Whoever is named in another unit, with the same address and level, is the same person.
pub fn named_anew<'a>(known: &'a [Contact], told: &Told<'_>, today: Date) -> Vec<Anew<'a>> {
    let named = merged(told.named);
    let rows: Vec<(Contact, bool)> = named.iter().map(|row| (row.as_contact(told.authority), row.unit.says_anything())).collect();
    let is_general = |one: &Contact| one.unit.is_empty() && one.name.is_none() && !one.focal_point && one.level == told.lowest_level;
    let address_of = |one: &Contact| (one.address.clone(), one.level.clone(), one.focal_point);
    let named_addresses: Vec<_> = rows.iter().map(|(row, _)| address_of(row)).collect();
    let places = take_places(known, &rows, today);
    let mut is_named = vec![false; known.len()];
    let mut anew = Vec::new();
    for ((row, (contact, _)), place) in named.into_iter().zip(rows).zip(places) {
        let place = place.or_else(|| known.iter().position(|one| one.is_in_place_of(&contact)));
        let Some(before) = place.and_then(|place| known.get(place)) else {
            anew.push(Anew { before: None, after: contact });
            continue;
        };
        if let Some(is_named) = place.and_then(|place| is_named.get_mut(place)) {
            *is_named = true;
        }
        let (unit, title) = (spelt_as_before(row.unit, &before.unit), spelt_as_before(row.title, &before.title));
        let is_there_again = before.valid.ended_before(today) && (told.has_last_days || is_general(&contact));
        let name = row.name.over(before.name.clone());
        let (from, to) = match is_another(before.name.as_deref(), name.as_deref()) {
            true => (Some(today), None),
            false => (before.valid.from, before.valid.to.filter(|_| !is_there_again)),
        };
        let valid = Validity { from: row.from.over(from), to: row.to.over(to) };
        anew.push(Anew { before: Some(before), after: Contact { unit, title, name, valid, ..before.clone() } });
    }
    let general_ends = told.no_general_address || anew.iter().any(|one| is_general(&one.after) && one.after.is_in_date(today));
    for (before, _) in known.iter().zip(is_named).filter(|(one, is_named)| !is_named && !one.valid.ended_before(today)) {
        let is_left_out = told.others_end && (told.has_units || !named_addresses.contains(&address_of(before)));
        let ends = if is_general(before) { general_ends } else { is_left_out };
        if ends {
            anew.push(Anew { before: Some(before), after: Contact { valid: before.valid.ended_by(today), ..before.clone() } });
        }
    }
    anew.retain(|one| one.before != Some(&one.after));
    anew
}

/// What holds afterwards of a value that is compared like a name; another spelling of it changes nothing.
fn spelt_as_before(given: Given<String>, before: &str) -> String {
    let is_same = given.value().is_some_and(|value| name_key(value) == name_key(before));
    if is_same { before.to_owned() } else { given.over(Some(before.to_owned())).unwrap_or_default() }
}

/// Whether somebody held the address who does not any more.
fn is_another(before: Option<&str>, after: Option<&str>) -> bool {
    before.is_some_and(|before| after.map(person_key) != Some(person_key(before)))
}

/// The rows of one address in one post made one, each name and each title spelt in one way.
fn merged(named: &[Named]) -> Vec<Named> {
    let names = Spellings::of(named.iter().map(|row| &row.name), person_key);
    let titles = Spellings::of(named.iter().map(|row| &row.title), name_key);
    let mut rows: Vec<Named> = Vec::with_capacity(named.len());
    for row in named {
        let (name, title) = (names.spelt(&row.name), titles.spelt(&row.title));
        match rows.iter_mut().find(|other| other.is_in_place_of(row)) {
            Some(other) => {
                other.name = std::mem::take(&mut other.name).or(name);
                other.title = std::mem::take(&mut other.title).or(title);
                other.unit = std::mem::take(&mut other.unit).or(row.unit.clone());
                (other.from, other.to) = (other.from.or(row.from), other.to.or(row.to));
            }
            None => rows.push(Named { name, title, ..row.clone() }),
        }
    }
    rows
}

/// One spelling for each of the values of a column, by the key with which they are compared.
struct Spellings<'a> {
    key: fn(&str) -> String,
    by_key: BTreeMap<String, &'a String>,
}

impl<'a> Spellings<'a> {
    fn of(values: impl Iterator<Item = &'a Given<String>>, key: fn(&str) -> String) -> Spellings<'a> {
        let mut by_key: BTreeMap<String, &String> = BTreeMap::new();
        for value in values.filter_map(Given::value) {
            let spelling = by_key.entry(key(value)).or_insert(value);
            *spelling = (*spelling).min(value);
        }
        Spellings { key, by_key }
    }

    fn spelt(&self, value: &Given<String>) -> Given<String> {
        let spelling = value.value().and_then(|value| self.by_key.get(&(self.key)(value)));
        spelling.map_or_else(|| value.clone(), |spelling| Given::Value((*spelling).clone()))
    }
}

/// For each person that a file names, whose place that one takes of those whom the directory has: who holds the address at that level, in a unit of
/// which the file says nothing any more, and has the same name; or, where the file says no unit, whoever holds it. Whether it says one stands beside
/// each person. None for who is there already, and for who is new.
///
/// A former holder stays: another person may have the address by now. So does an address without a name: two units may share a mailbox, and each may
/// have a file of its own.
fn take_places(known: &[Contact], named: &[(Contact, bool)], today: Date) -> Vec<Option<usize>> {
    let same_name = |one: &Contact, other: &Contact| match (&one.name, &other.name) {
        (Some(one), Some(other)) => person_key(one) == person_key(other),
        _ => false,
    };
    let is_named = |one: &Contact| named.iter().any(|(other, _)| one.is_in_place_of(other));
    let mut left: Vec<(usize, &Contact)> = known.iter().enumerate().filter(|(_, one)| !is_named(one)).collect();
    let mut place_of = |(person, says_unit): &(Contact, bool)| {
        let is_there = known.iter().any(|one| one.is_in_place_of(person));
        let place = left.iter().position(|(_, one)| {
            (&one.address, &one.level, one.focal_point) == (&person.address, &person.level, person.focal_point)
                && (!one.valid.ended_before(today) || one.valid.to == person.valid.to)
                && (!says_unit || same_name(one, person))
        });
        place.filter(|_| !is_there).map(|place| left.remove(place).0)
    };
    // Who says a unit comes first, and the order of the rows decides nothing.
    let mut in_order: Vec<(usize, &(Contact, bool))> = named.iter().enumerate().collect();
    in_order.sort_by_key(|(_, (one, says_unit))| (!says_unit, &one.unit, &one.level, &one.address, one.focal_point));
    let mut places = vec![None; named.len()];
    for (row, person) in in_order {
        if let Some(place) = places.get_mut(row) {
            *place = place_of(person);
        }
    }
    places
}

#[cfg(test)]
mod stories;
