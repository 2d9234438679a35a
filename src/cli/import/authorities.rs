//! Authorities: one row per person, rows of one name gathered.

use super::sheet::{CellFaults, Line, Sheet};
use super::{Import, Taken};
use crate::domain::authority::name_key;
use crate::domain::free_mail::is_free_mail;
use crate::domain::rules::OfficeRules;
use crate::office::{AuthorityRow, FocalPointRow};
use crate::tables::Table;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, HashMap};

pub(super) const NEEDED: &[&str] = &["name"];
pub(super) const OPTIONAL: &[&str] = &[
    "email",
    "domains",
    "aliases",
    "parent",
    "language",
    "time_zone",
    "calendar",
    "focal_point",
    "focal_point_email",
    "level",
    "office",
    "valid_from",
    "valid_to",
    "sends_for",
    "confirmed_on",
];

pub(super) fn import(table: &Table, import: &mut Import) -> Taken {
    let register = &mut import.register;
    let sheet = Sheet::new(table, NEEDED, OPTIONAL);
    let rules = register.rules().clone();
    let mut gathered: Vec<AuthorityRow> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    // Names of other authorities, which may stand further below: the column, and what it says.
    let mut others: Vec<(Line<'_>, &str, String)> = Vec::new();
    for line in sheet.lines() {
        let Some(name) = line.needed("name", "expected the authority's name") else { continue };
        let place = *places.entry(name_key(&name)).or_insert_with(|| {
            gathered.push(AuthorityRow { name, ..AuthorityRow::default() });
            gathered.len() - 1
        });
        let Some(authority) = gathered.get_mut(place) else { continue };
        own_columns(&line, &rules, authority);
        authority.focal_points.extend(person(&line, &rules));
        authority.sends_for.extend(line.list("sends_for"));
        let named = line.text("parent").map(|parent| ("parent", parent));
        let served = line.list("sends_for").into_iter().map(|served| ("sends_for", served));
        let named: Vec<(&str, String)> = named.into_iter().chain(served).collect();
        others.extend(named.into_iter().map(|(column, name)| (line, column, name)));
    }
    let names = names_used(&sheet, &gathered, &places);
    for (line, column, name) in others {
        if !names.contains_key(&name_key(&name)) && register.authority_named(&name)?.is_none() {
            line.fault(column, &name, "expected the name or alias of an authority in this file or in the register");
        }
    }
    let faults = sheet.faults();
    if !faults.is_empty() {
        return Ok(Err(CellFaults(faults)));
    }
    Ok(Ok(register.import_authorities(&gathered, &import.actor, import.now, import.dry_run)?))
}

/// What is the authority's own; a later row may leave it empty or repeat it, and may not say otherwise.
fn own_columns(line: &Line<'_>, rules: &OfficeRules, authority: &mut AuthorityRow) {
    let one = |column: &str, value: Option<String>, kept: &mut Option<String>| match (&*kept, value) {
        (Some(before), Some(now)) if *before != now => {
            line.fault(column, &now, format!("an earlier row of this authority says {before:?}"))
        }
        (None, value @ Some(_)) => *kept = value,
        _ => {}
    };
    let email = line.address("email");
    if email.is_some() {
        authority.confirmed_on = authority.confirmed_on.max(line.day("confirmed_on"));
    }
    if let (Some(before), Some(now)) = (&authority.email, email.as_ref().filter(|now| authority.email.as_ref() != Some(*now))) {
        let expected = format!(
            "an earlier row of this authority says {before:?}; a second person of it goes into the columns focal_point and focal_point_email"
        );
        line.fault("email", now, expected);
    }
    authority.email = authority.email.take().or(email);
    one("parent", line.text("parent"), &mut authority.parent);
    let language = line.read("language", "expected a language as in en or fr", |text| {
        (text.len() <= 12 && text.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-')).then(|| text.to_owned())
    });
    one("language", language, &mut authority.language);
    let zone = line.read("time_zone", "expected a time zone as in Europe/Prague", |text| TimeZone::get(text).ok().map(|_| text.to_owned()));
    one("time_zone", zone, &mut authority.time_zone);
    let calendars: Vec<&str> = rules.calendars.keys().map(String::as_str).collect();
    let expected = format!("expected one of the configuration's calendars: {}", calendars.join(", "));
    let calendar = line.read("calendar", &expected, |text| rules.calendars.contains_key(text).then(|| text.to_owned()));
    one("calendar", calendar, &mut authority.calendar);
    for alias in line.list("aliases") {
        if !authority.aliases.contains(&alias) {
            authority.aliases.push(alias);
        }
    }
    for domain in line.list("domains") {
        let domain = domain.trim_start_matches('@').to_lowercase();
        if is_free_mail(&domain) {
            line.fault(
                "domains",
                &domain,
                "expected the authority's own domains: there anybody can have an address; put the address itself into email or focal_point_email",
            );
        } else if format!("desk@{domain}").parse::<lettre::Address>().is_err() {
            line.fault("domains", &domain, "expected mail domains as in prisons.example, separated by |");
        } else if !authority.domains.contains(&domain) {
            authority.domains.push(domain);
        }
    }
}

/// A person at the lowest level is a focal point; one above holds that level's seat.
fn person(line: &Line<'_>, rules: &OfficeRules) -> Option<FocalPointRow> {
    let name = line.text("focal_point");
    let email = line.address("focal_point_email");
    let expected = format!("expected one of the levels: {}", rules.levels.join(", "));
    let level = line.read("level", &expected, |text| rules.levels.iter().find(|level| level.eq_ignore_ascii_case(text)).cloned());
    let (valid_from, valid_to) = (line.day("valid_from"), line.day("valid_to"));
    if let (Some(from), Some(to)) = (valid_from, valid_to)
        && from > to
    {
        line.fault("valid_to", &to.to_string(), format!("expected a day not before {from}"));
    }
    let confirmed_on = line.day("confirmed_on");
    let Some(email) = email else {
        if let Some(name) = name.filter(|_| line.text("focal_point_email").is_none()) {
            line.fault("focal_point_email", "", format!("expected the address of {name}"));
        }
        return None;
    };
    let level = level.unwrap_or_else(|| rules.lowest_level().to_owned());
    let focal_point = level == rules.lowest_level();
    let office = line.text("office").unwrap_or_default();
    Some(FocalPointRow { office, name, email, level, focal_point, valid_from, valid_to, confirmed_on })
}

/// Every name and alias of the file, each of one authority only.
fn names_used(sheet: &Sheet<'_>, gathered: &[AuthorityRow], places: &HashMap<String, usize>) -> BTreeMap<String, usize> {
    let mut names: BTreeMap<String, usize> = places.iter().map(|(key, place)| (key.clone(), *place)).collect();
    for line in sheet.lines() {
        let Some(place) = line.text("name").and_then(|name| places.get(&name_key(&name)).copied()) else { continue };
        for alias in line.list("aliases") {
            let owner = *names.entry(name_key(&alias)).or_insert(place);
            if owner != place {
                let other = gathered.get(owner).map_or("another authority", |other| other.name.as_str());
                line.fault("aliases", &alias, format!("is a name of {other} in this file"));
            }
        }
    }
    names
}
