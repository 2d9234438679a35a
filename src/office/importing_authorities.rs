//! The directory is imported from a table: authorities, their names and domains, the people in them. What a file can set, a file can retire.

use super::{ImportReport, ImportedChange, reviving};
use crate::domain::authority::{Authority, name_key};
use crate::domain::event::{Actor, AuthorityChanged, Happened};
use crate::domain::identity::{AuthorityId, ContactId};
use crate::domain::lifecycle::Needless;
use crate::domain::refusal::{Refusal, RowRefusal};
use crate::domain::replacing::{DirectoryChange, Given, Named, Told, named_anew};
use crate::domain::rules::day_in;
use crate::outgoing::{planning, withdraw_letters_to};
use crate::register::deliveries::GoesTo;
use crate::register::events::Event;
use crate::register::senders::MOST_ABOVE;
use crate::register::{Register, RegisterError, Result, Transaction, directory, posts};
use jiff::Timestamp;
use jiff::civil::Date;

/// One authority as an import gives it, its people's rows gathered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorityRow {
    pub name: String,
    /// The authority's general address.
    pub email: Given<String>,
    pub domains: Vec<String>,
    pub aliases: Vec<String>,
    /// Name or alias of the supervising authority, in the register or in the same import.
    pub parent: Given<String>,
    pub language: Given<String>,
    pub time_zone: Given<String>,
    pub calendar: Given<String>,
    /// Names or aliases of the authorities that it writes for, as a ticket desk or a shared centre does.
    pub sends_for: Vec<String>,
    /// When somebody last made sure of the general address.
    pub confirmed_on: Option<Date>,
    pub focal_points: Vec<FocalPointRow>,
    /// Whether it says of people in which unit they are; else those whom it names stay where they are.
    pub has_units: bool,
    /// Whether it says of people until when; else it takes nobody up again whose last day has passed.
    pub has_last_days: bool,
    pub retires: Retires,
}

/// Somebody in a post, or its mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FocalPointRow {
    pub named: Named,
    /// When somebody last made sure of the address.
    pub confirmed_on: Option<Date>,
}

/// Of what an import names all that there is, so that whatever it leaves out ends or goes. Of the rest, what it leaves out stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retires {
    pub domains: bool,
    pub aliases: bool,
    pub sends_for: bool,
    /// The general address is none of them.
    pub people: bool,
}

/// How far an authority of an import has come.
struct Taken<'a> {
    row: &'a AuthorityRow,
    id: AuthorityId,
    is_new: bool,
    is_changed: bool,
    changes: Vec<DirectoryChange>,
    /// To whom no letter goes as it was written.
    written_to_no_more: Vec<(ContactId, Needless)>,
}

impl Register {
    /// Imports authorities, all or none. What a row leaves empty is left as it is; a new general address takes the place of the one before. What
    /// becomes of people and their addresses says [`named_anew`]. The order of the rows changes nothing.
    ///
    /// # Errors
    ///
    /// Refused: a name or alias that is another authority's, a parent that nobody has heard of, or one that would supervise itself.
    pub fn import_authorities(
        &mut self,
        authorities: &[AuthorityRow],
        actor: &Actor,
        now: Timestamp,
        dry_run: bool,
    ) -> Result<ImportReport> {
        self.write_or_try(dry_run, |tx| {
            let mut all = Vec::with_capacity(authorities.len());
            for row in authorities {
                let known = directory::find(tx, &row.name)?;
                let id = known.map_or_else(|| directory::add(tx, &row.name), Ok)?;
                if known.is_none() {
                    directory::add_name(tx, id, &row.name)?;
                }
                all.push(Taken {
                    row,
                    id,
                    is_new: known.is_none(),
                    is_changed: false,
                    changes: Vec::new(),
                    written_to_no_more: Vec::new(),
                });
            }
            // What one loses another may get, and any of them may be named by one that stands before it.
            for taken in &mut all {
                retire(tx, taken)?;
            }
            for taken in &mut all {
                for alias in &taken.row.aliases {
                    if put_name(tx, taken.id, alias)? {
                        taken.changes.push(DirectoryChange::AliasAdded { alias: alias.clone() });
                    }
                }
            }
            for taken in &mut all {
                put_own(tx, taken)?;
                put_people(tx, taken, actor, now)?;
            }
            for taken in &all {
                refuse_circle(tx, taken)?;
            }
            let mut report = ImportReport::default();
            for taken in all {
                record(tx, taken, &mut report, actor, now)?;
            }
            Ok(report)
        })
    }
}

/// What goes of names, domains and authorities written for, by `row.retires`.
fn retire(tx: &Transaction<'_>, taken: &mut Taken<'_>) -> Result<()> {
    let (row, id) = (taken.row, taken.id);
    let known = directory::load(tx, id)?;
    let mut still_served = Vec::with_capacity(row.sends_for.len());
    for name in &row.sends_for {
        still_served.extend(directory::find(tx, name)?);
    }
    let is_named = |alias: &str| row.aliases.iter().chain([&row.name]).any(|name| name_key(name) == name_key(alias));
    for alias in known.aliases.into_iter().filter(|alias| row.retires.aliases && !is_named(alias)) {
        directory::drop_name(tx, id, &alias)?;
        taken.changes.push(DirectoryChange::AliasGoes { alias });
    }
    let domains: Vec<String> = row.domains.iter().map(|domain| domain_of(domain)).collect();
    for domain in known.domains.into_iter().filter(|domain| row.retires.domains && !domains.contains(domain)) {
        directory::drop_domain(tx, id, &domain)?;
        taken.changes.push(DirectoryChange::DomainGoes { domain });
    }
    for served in directory::served_by(tx, id)?.into_iter().filter(|served| row.retires.sends_for && !still_served.contains(served)) {
        directory::drop_served(tx, id, served)?;
        taken.changes.push(DirectoryChange::SendsForEnds { authority: directory::load_head(tx, served)?.name });
    }
    Ok(())
}

fn domain_of(cell: &str) -> String {
    cell.trim().trim_start_matches('@').to_lowercase()
}

/// What is the authority's own: its domains, for whom it writes, and its single values.
fn put_own(tx: &Transaction<'_>, taken: &mut Taken<'_>) -> Result<()> {
    let (row, id) = (taken.row, taken.id);
    for domain in row.domains.iter().map(|domain| domain_of(domain)) {
        if directory::put_domain(tx, id, &domain)? {
            taken.changes.push(DirectoryChange::DomainAdded { domain });
        }
    }
    for name in &row.sends_for {
        let served = directory::find(tx, name)?.ok_or_else(|| refused(&row.name, RowRefusal::NoSuchServed { name: name.clone() }))?;
        if directory::put_served(tx, id, served)? {
            taken.changes.push(DirectoryChange::SendsForAdded { authority: directory::load_head(tx, served)?.name });
        }
    }
    let before = directory::load_head(tx, id)?;
    let parent = match &row.parent {
        Given::Value(name) => {
            Given::Value(directory::find(tx, name)?.ok_or_else(|| refused(&row.name, RowRefusal::NoSuchParent { name: name.clone() }))?)
        }
        Given::Cleared => Given::Cleared,
        Given::Nothing => Given::Nothing,
    };
    let after = Authority {
        parent: parent.over(before.parent),
        language: row.language.clone().over(before.language.clone()),
        time_zone: row.time_zone.clone().over(before.time_zone.clone()),
        calendar: row.calendar.clone().over(before.calendar.clone()),
        ..before.clone()
    };
    directory::put_own(tx, &after)?;
    let name_of = |parent: Option<AuthorityId>| parent.map(|parent| directory::load_head(tx, parent).map(|parent| parent.name)).transpose();
    for (column, was, is) in [
        ("parent", name_of(before.parent)?, name_of(after.parent)?),
        ("language", before.language, after.language),
        ("time_zone", before.time_zone, after.time_zone),
        ("calendar", before.calendar, after.calendar),
    ] {
        taken.changes.extend((was != is).then(|| DirectoryChange::Set { column: column.into(), was, is }));
    }
    Ok(())
}

fn put_people(tx: &Transaction<'_>, taken: &mut Taken<'_>, actor: &Actor, now: Timestamp) -> Result<()> {
    let (row, id) = (taken.row, taken.id);
    let authority = directory::load_with_contacts(tx, id)?;
    let today = day_in(now, &tx.rules().time_zone_of(&authority));
    let lowest_level = tx.rules().lowest_level().to_owned();
    let general = row.email.value().map(|email| {
        let unnamed =
            Named { unit: Given::Cleared, name: Given::Nothing, address: email.clone(), level: lowest_level.clone(), ..Named::default() };
        FocalPointRow { named: unnamed, confirmed_on: row.confirmed_on }
    });
    let people: Vec<FocalPointRow> = general.into_iter().chain(row.focal_points.iter().cloned()).map(in_lower_case).collect();
    let named: Vec<Named> = people.iter().map(|person| person.named.clone()).collect();
    let told = Told {
        authority: id,
        named: &named,
        lowest_level: &lowest_level,
        no_general_address: row.email == Given::Cleared,
        others_end: row.retires.people,
        has_units: row.has_units,
        has_last_days: row.has_last_days,
    };
    let anew = named_anew(&authority.contacts, &told, today);
    for one in &anew {
        if let Some(why) = one.refusal(today) {
            return Err(refused(&row.name, RowRefusal::DateConflict(why)));
        }
        posts::put(tx, one.before, &one.after, one.last_day_before(today))?;
        let changes = one.changes(today);
        let why = if changes.iter().any(|change| matches!(change, DirectoryChange::HolderEnds { .. })) {
            Some(Needless::HolderChanged)
        } else {
            (!one.after.is_in_date(today)).then_some(Needless::AddressEnded)
        };
        taken.written_to_no_more.extend(one.before.map(|before| before.id).zip(why));
        taken.changes.extend(changes);
    }
    let mut addresses: Vec<&str> = named.iter().map(|named| named.address.as_str()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    for address in addresses {
        let confirmed_on = people.iter().filter(|person| person.named.address == address).filter_map(|person| person.confirmed_on).max();
        let row_changed = anew.iter().any(|one| one.after.address == address && !one.after.valid.ended_before(today));
        taken.is_changed |= reviving::imported(tx, address, (row_changed, confirmed_on), actor, now)?;
    }
    Ok(())
}

fn in_lower_case(person: FocalPointRow) -> FocalPointRow {
    let address = person.named.address.trim().to_lowercase();
    FocalPointRow { named: Named { address, ..person.named }, ..person }
}

fn put_name(tx: &Transaction<'_>, id: AuthorityId, name: &str) -> Result<bool> {
    match directory::find(tx, name)? {
        Some(owner) if owner == id => Ok(false),
        Some(_) => Err(refused(name, RowRefusal::NameIsTaken)),
        None => directory::add_name(tx, id, name).map(|()| true),
    }
}

fn refuse_circle(tx: &Transaction<'_>, taken: &Taken<'_>) -> Result<()> {
    let mut above = directory::parent_of(tx, taken.id)?;
    for _ in 0..MOST_ABOVE {
        match above {
            Some(authority) if authority == taken.id => return Err(refused(&taken.row.name, RowRefusal::SupervisesItself)),
            Some(authority) => above = directory::parent_of(tx, authority)?,
            None => return Ok(()),
        }
    }
    Err(refused(&taken.row.name, RowRefusal::SupervisesItself))
}

/// The event; and what waits to leave for somebody who is not there any more is taken back.
fn record(tx: &Transaction<'_>, taken: Taken<'_>, report: &mut ImportReport, actor: &Actor, now: Timestamp) -> Result<()> {
    let Taken { row, id, is_new, is_changed, changes, written_to_no_more } = taken;
    if !is_new && !is_changed && changes.is_empty() {
        report.unchanged += 1;
        return Ok(());
    }
    let name = row.name.clone();
    let happened = if is_new {
        report.added += 1;
        Happened::AuthorityAdded { name }
    } else {
        report.changed += 1;
        Happened::AuthorityChanged(AuthorityChanged { name, changes: changes.clone() })
    };
    Event::new(now, happened, actor).authority(id).append(tx)?;
    for (contact, why) in written_to_no_more {
        withdraw_letters_to(tx, GoesTo::Contact(contact), why, now)?;
    }
    let today = day_in(now, &tx.rules().time_zone_of(&directory::load_head(tx, id)?));
    report.changes.extend(changes.into_iter().map(|change| ImportedChange { authority: row.name.clone(), change, on: today }));
    planning::replan_requests_below(tx, id, now)
}

fn refused(row: &str, why: RowRefusal) -> RegisterError {
    Refusal::Row { row: row.to_owned(), why }.into()
}
