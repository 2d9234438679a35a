//! The directory is taken in from a table: authorities, their names and domains, the people in them.

use super::{ImportReport, reviving};
use crate::domain::authority::{Contact, take_places};
use crate::domain::event::{Actor, Happened};
use crate::domain::identity::{AuthorityId, ContactId};
use crate::domain::refusal::{Refusal, RowRefusal};
use crate::outgoing::planning;
use crate::register::directory::{self, Settings};
use crate::register::events::Event;
use crate::register::{Register, RegisterError, Result, Transaction};
use jiff::Timestamp;
use jiff::civil::Date;

/// One authority as an import gives it, its people's rows gathered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorityRow {
    pub name: String,
    /// The authority's general address.
    pub email: Option<String>,
    pub domains: Vec<String>,
    pub aliases: Vec<String>,
    /// Name or alias of the supervising authority, in the register or in the same import.
    pub parent: Option<String>,
    pub language: Option<String>,
    pub time_zone: Option<String>,
    pub calendar: Option<String>,
    /// Names or aliases of the authorities that it writes for, as a ticket desk or a shared centre does.
    pub sends_for: Vec<String>,
    /// When somebody last made sure of the general address.
    pub confirmed_on: Option<Date>,
    pub focal_points: Vec<FocalPointRow>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FocalPointRow {
    pub office: String,
    pub name: Option<String>,
    pub email: String,
    pub level: String,
    /// A focal point, or the holder of a seat (head, minister).
    pub focal_point: bool,
    pub valid_from: Option<Date>,
    pub valid_to: Option<Date>,
    /// When somebody last made sure of the address.
    pub confirmed_on: Option<Date>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Added,
    Changed,
    Unchanged,
}

impl Register {
    /// Takes in authorities, all or none. What a row leaves empty is left as it is; nothing is deleted by an import. Whoever is named in another unit,
    /// with the same address and level, is the same person.
    ///
    /// # Errors
    ///
    /// Refused: a name or alias that is another authority's, a parent that nobody has heard of.
    pub fn import_authorities(
        &mut self,
        authorities: &[AuthorityRow],
        actor: &Actor,
        now: Timestamp,
        dry_run: bool,
    ) -> Result<ImportReport> {
        self.write_or_try(dry_run, |tx| {
            let mut report = ImportReport::default();
            let mut outcomes = Vec::new();
            for row in authorities {
                outcomes.push(put_authority(tx, row, actor, now)?);
            }
            // Any of them may be named by one that stands before it.
            for (row, (id, outcome)) in authorities.iter().zip(outcomes) {
                let changed = put_parent(tx, id, row)? | put_served(tx, id, row)?;
                match outcome {
                    Outcome::Added => report.added += 1,
                    Outcome::Unchanged if !changed => {
                        report.unchanged += 1;
                        continue;
                    }
                    Outcome::Changed | Outcome::Unchanged => report.changed += 1,
                }
                let name = row.name.clone();
                let happened =
                    if outcome == Outcome::Added { Happened::AuthorityAdded { name } } else { Happened::AuthorityChanged { name } };
                Event::new(now, happened, actor).authority(id).append(tx)?;
                planning::replan_requests_below(tx, id, now)?;
            }
            Ok(report)
        })
    }
}

fn put_authority(tx: &Transaction<'_>, row: &AuthorityRow, actor: &Actor, now: Timestamp) -> Result<(AuthorityId, Outcome)> {
    let known = directory::find(tx, &row.name)?;
    let id = known.map_or_else(|| directory::add(tx, &row.name), Ok)?;
    let settings = Settings { language: row.language.as_deref(), time_zone: row.time_zone.as_deref(), calendar: row.calendar.as_deref() };
    let mut changed = directory::put_settings(tx, id, &settings)?;
    for name in std::iter::once(&row.name).chain(&row.aliases) {
        changed |= put_name(tx, id, name)?;
    }
    for domain in &row.domains {
        changed |= directory::put_domain(tx, id, &domain.trim().trim_start_matches('@').to_lowercase())?;
    }
    let general = row.email.iter().map(|email| FocalPointRow {
        office: String::new(),
        name: None,
        email: email.clone(),
        level: tx.rules().lowest_level().into(),
        focal_point: false,
        valid_from: None,
        valid_to: None,
        confirmed_on: row.confirmed_on,
    });
    let people: Vec<FocalPointRow> = general.chain(row.focal_points.iter().cloned()).collect();
    let named: Vec<Contact> = people.iter().map(|person| contact_of(id, person)).collect();
    let there = directory::load_with_contacts(tx, id)?.contacts;
    let places = take_places(&there, &named);
    for ((mut contact, place), person) in named.into_iter().zip(places).zip(&people) {
        let mut row_changed = false;
        match place {
            Some(place) if contact.office.is_empty() => contact.office.clone_from(&place.office),
            Some(place) => {
                directory::move_contact(tx, place.id, &contact.office)?;
                row_changed = true;
            }
            None => {}
        }
        row_changed |= directory::put_contact(tx, &contact)?;
        changed |= row_changed | reviving::imported(tx, &contact.address, (row_changed, person.confirmed_on), actor, now)?;
    }
    let outcome = match (known, changed) {
        (None, _) => Outcome::Added,
        (Some(_), false) => Outcome::Unchanged,
        (Some(_), true) => Outcome::Changed,
    };
    Ok((id, outcome))
}

/// As it is to stand in the directory; it gets its number there.
fn contact_of(authority: AuthorityId, person: &FocalPointRow) -> Contact {
    Contact {
        id: ContactId(0),
        authority,
        office: person.office.clone(),
        name: person.name.clone(),
        address: person.email.trim().to_lowercase(),
        level: person.level.clone(),
        focal_point: person.focal_point,
        valid_from: person.valid_from,
        valid_to: person.valid_to,
        dead: None,
    }
}

fn put_name(tx: &Transaction<'_>, id: AuthorityId, name: &str) -> Result<bool> {
    match directory::find(tx, name)? {
        Some(owner) if owner == id => Ok(false),
        Some(_) => Err(refused(name, RowRefusal::NameIsTaken)),
        None => directory::add_name(tx, id, name).map(|()| true),
    }
}

fn put_parent(tx: &Transaction<'_>, id: AuthorityId, row: &AuthorityRow) -> Result<bool> {
    let Some(name) = &row.parent else { return Ok(false) };
    let parent = directory::find(tx, name)?.ok_or_else(|| refused(&row.name, RowRefusal::NoSuchParent { name: name.clone() }))?;
    let mut above = Some(parent);
    while let Some(authority) = above {
        if authority == id {
            return Err(refused(&row.name, RowRefusal::SupervisesItself));
        }
        above = directory::parent_of(tx, authority)?;
    }
    directory::put_parent(tx, id, parent)
}

fn put_served(tx: &Transaction<'_>, id: AuthorityId, row: &AuthorityRow) -> Result<bool> {
    let mut changed = false;
    for name in &row.sends_for {
        let served = directory::find(tx, name)?.ok_or_else(|| refused(&row.name, RowRefusal::NoSuchServed { name: name.clone() }))?;
        changed |= directory::put_served(tx, id, served)?;
    }
    Ok(changed)
}

fn refused(row: &str, why: RowRefusal) -> RegisterError {
    Refusal::Row { row: row.to_owned(), why }.into()
}
