//! Authorities: one row per person, rows of one name gathered.

use super::sheet::{CellFaults, Line, Sheet};
use super::{Import, Taken};
use crate::domain::authority::name_key;
use crate::domain::free_mail::is_free_mail;
use crate::domain::replacing::{Contradiction, Given, Named};
use crate::domain::rules::OfficeRules;
use crate::office::{AuthorityRow, FocalPointRow, Retires};
use crate::tables::Table;
use jiff::civil::Date;
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
    "unit",
    "title",
    "valid_from",
    "valid_to",
    "sends_for",
    "confirmed_on",
];

/// What files of earlier builds call the unit.
const UNIT_FORMERLY: &str = "office";
/// A cell that says that there is to be none.
const NONE: &str = "-";

/// `retire_missing`: of the columns that the file has, what it leaves out of the authorities that it names ends or goes.
pub(super) fn import(table: &Table, import: &mut Import, retire_missing: bool) -> Taken {
    let register = &mut import.register;
    let sheet = Sheet::new(table, NEEDED, &[OPTIONAL, &[UNIT_FORMERLY]].concat());
    if sheet.has(UNIT_FORMERLY) && sheet.has("unit") {
        sheet.fault_as_a_whole("the columns unit and office are the same, the one by its former name; expected one of them");
    }
    let retires = Retires {
        domains: retire_missing && sheet.has("domains"),
        aliases: retire_missing && sheet.has("aliases"),
        sends_for: retire_missing && sheet.has("sends_for"),
        people: retire_missing && sheet.has("focal_point_email"),
    };
    if retires.people && !sheet.has("level") {
        sheet.fault_as_a_whole(
            "the column level is missing; --retire-missing needs it beside focal_point_email: without it everybody whom the file names would be at \
             the lowest level, and whoever holds a post above would end. Add it (the lowest level may be left empty)",
        );
    }
    let (has_units, has_last_days) = (sheet.has("unit") || sheet.has(UNIT_FORMERLY), sheet.has("valid_to"));
    let rules = register.rules().clone();
    let mut gathered: Vec<AuthorityRow> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    // Names of other authorities, which may stand further below: the column, and what it says.
    let mut others: Vec<(Line<'_>, &str, String)> = Vec::new();
    for line in sheet.lines() {
        let Some(name) = line.needed("name", "expected the authority's name") else { continue };
        // Under a name and an alias that the register has, it is the same one.
        let known = if places.contains_key(&name_key(&name)) { None } else { register.authority_named(&name)? };
        let registered = known.map_or_else(|| name_key(&name), |known| name_key(&known.name));
        let same = places.get(&registered).copied();
        let place = *places.entry(name_key(&name)).or_insert_with(|| {
            same.unwrap_or_else(|| {
                gathered.push(AuthorityRow { name, retires, has_units, has_last_days, ..AuthorityRow::default() });
                gathered.len() - 1
            })
        });
        places.insert(registered, place);
        let Some(authority) = gathered.get_mut(place) else { continue };
        own_columns(&line, &rules, authority);
        authority.focal_points.extend(person(&line, &rules, &authority.focal_points));
        authority.sends_for.extend(list(&line, "sends_for"));
        authority.retires.sends_for |= is_cleared(&line, "sends_for");
        let named = line.text("parent").filter(|parent| parent != NONE).map(|parent| ("parent", parent));
        let served = list(&line, "sends_for").into_iter().map(|served| ("sends_for", served));
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
    let one = |column: &str, value: Given<String>, kept: &mut Given<String>| match (&*kept, &value) {
        (Given::Nothing, _) => *kept = value,
        (before, now) if now.says_anything() && before != now => {
            line.fault(column, said(now), format!("an earlier row of this authority says {:?}", said(before)));
        }
        _ => {}
    };
    let email = given(line, "email", |line| line.address("email").map(|address| address.to_lowercase()));
    if email.value().is_some() {
        authority.confirmed_on = authority.confirmed_on.max(line.day("confirmed_on"));
    }
    if authority.email.says_anything() && email.says_anything() && authority.email != email {
        let expected = format!(
            "an earlier row of this authority says {:?}; a second person of it goes into the columns focal_point and focal_point_email",
            said(&authority.email)
        );
        line.fault("email", said(&email), expected);
    }
    authority.email = std::mem::take(&mut authority.email).or(email);
    one("parent", given(line, "parent", |line| line.text("parent")), &mut authority.parent);
    let language = given(line, "language", |line| {
        line.read("language", "expected a language as in en or fr", |text| {
            (text.len() <= 12 && text.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-')).then(|| text.to_owned())
        })
    });
    one("language", language, &mut authority.language);
    let zone = given(line, "time_zone", |line| {
        line.read("time_zone", "expected a time zone as in Europe/Prague", |text| TimeZone::get(text).ok().map(|_| text.to_owned()))
    });
    one("time_zone", zone, &mut authority.time_zone);
    let calendars: Vec<&str> = rules.calendars.keys().map(String::as_str).collect();
    let expected = format!("expected one of the configuration's calendars: {}", calendars.join(", "));
    let calendar = given(line, "calendar", |line| {
        line.read("calendar", &expected, |text| rules.calendars.contains_key(text).then(|| text.to_owned()))
    });
    one("calendar", calendar, &mut authority.calendar);
    authority.retires.aliases |= is_cleared(line, "aliases");
    authority.retires.domains |= is_cleared(line, "domains");
    for alias in list(line, "aliases") {
        if !authority.aliases.contains(&alias) {
            authority.aliases.push(alias);
        }
    }
    for domain in list(line, "domains") {
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

/// A single value that a cell may also clear.
fn given<'a, T>(line: &Line<'a>, column: &str, read: impl FnOnce(&Line<'a>) -> Option<T>) -> Given<T> {
    if is_cleared(line, column) { Given::Cleared } else { read(line).into() }
}

/// The values of a cell; none of one that says that there are to be none.
fn list(line: &Line<'_>, column: &str) -> Vec<String> {
    if is_cleared(line, column) { Vec::new() } else { line.list(column) }
}

fn is_cleared(line: &Line<'_>, column: &str) -> bool {
    line.text(column).as_deref() == Some(NONE)
}

/// As it stands in a cell.
fn said(value: &Given<String>) -> &str {
    value.value().map_or(NONE, String::as_str)
}

/// A person at the lowest level is a focal point; one above holds a post of that level. A row that says of the same address in the same post
/// otherwise than one of those before is a fault.
fn person(line: &Line<'_>, rules: &OfficeRules, before: &[FocalPointRow]) -> Option<FocalPointRow> {
    let name = given(line, "focal_point", |line| line.text("focal_point"));
    let email = line.address("focal_point_email");
    let expected = format!("expected one of the levels: {}", rules.levels.join(", "));
    let level = line.read("level", &expected, |text| rules.levels.iter().find(|level| level.eq_ignore_ascii_case(text)).cloned());
    let (from, to) = (given(line, "valid_from", |line| line.day("valid_from")), given(line, "valid_to", |line| line.day("valid_to")));
    if let (Given::Value(from), Given::Value(to)) = (from, to)
        && from > to
    {
        line.fault("valid_to", &to.to_string(), format!("expected a day not before {from}"));
    }
    let confirmed_on = line.day("confirmed_on");
    let Some(email) = email else {
        if let Some(name) = name.value().filter(|_| line.text("focal_point_email").is_none()) {
            line.fault("focal_point_email", "", format!("expected the address of {name}"));
        }
        return None;
    };
    let level = level.unwrap_or_else(|| rules.lowest_level().to_owned());
    let focal_point = level == rules.lowest_level();
    let unit = given(line, "unit", |line| line.text("unit")).or(given(line, UNIT_FORMERLY, |line| line.text(UNIT_FORMERLY)));
    let title = given(line, "title", |line| line.text("title"));
    let named = Named { unit, name, address: email.to_lowercase(), level, focal_point, title, from, to };
    if let Some((earlier, contradiction)) = before.iter().find_map(|earlier| Some((&earlier.named, earlier.named.contradicts(&named)?))) {
        let day = |day: &Given<Date>| day.value().map_or(NONE.to_owned(), Date::to_string);
        let (column, now, then) = match contradiction {
            Contradiction::Name => ("focal_point", said(&named.name).to_owned(), said(&earlier.name).to_owned()),
            Contradiction::Title => ("title", said(&named.title).to_owned(), said(&earlier.title).to_owned()),
            Contradiction::From => ("valid_from", day(&named.from), day(&earlier.from)),
            Contradiction::To => ("valid_to", day(&named.to), day(&earlier.to)),
        };
        line.fault(column, &now, format!("an earlier row says {then:?} of this address in the same post"));
    }
    Some(FocalPointRow { named, confirmed_on })
}

/// Every name and alias of the file, each of one authority only.
fn names_used(sheet: &Sheet<'_>, gathered: &[AuthorityRow], places: &HashMap<String, usize>) -> BTreeMap<String, usize> {
    let mut names: BTreeMap<String, usize> = places.iter().map(|(key, place)| (key.clone(), *place)).collect();
    for line in sheet.lines() {
        let Some(place) = line.text("name").and_then(|name| places.get(&name_key(&name)).copied()) else { continue };
        for alias in list(&line, "aliases") {
            let owner = *names.entry(name_key(&alias)).or_insert(place);
            if owner != place {
                let other = gathered.get(owner).map_or("another authority", |other| other.name.as_str());
                line.fault("aliases", &alias, format!("is a name of {other} in this file"));
            }
        }
    }
    names
}
