//! The directory: authorities, their names and domains, the people in them.

use super::Transaction;
use super::events::Event;
use super::{Reader, Register, RegisterError, Result, addresses, planning, rows};
use crate::domain::authority::{Authority, Contact, name_key};
use crate::domain::event::{Actor, Happened};
use crate::domain::identity::{AuthorityId, ContactId};
use crate::domain::refusal::{Refusal, RowRefusal};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{OptionalExtension, Row, params};

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

/// What an import did, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct ImportReport {
    pub added: usize,
    pub changed: usize,
    pub unchanged: usize,
}

impl Register {
    /// Takes in authorities, all or none. What a row leaves empty is left as it is; nothing is deleted by an import. Refused: a name or alias
    /// that is another authority's, a parent that nobody has heard of.
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Added,
    Changed,
    Unchanged,
}

fn put_authority(tx: &Transaction<'_>, row: &AuthorityRow, actor: &Actor, now: Timestamp) -> Result<(AuthorityId, Outcome)> {
    let known = find(tx, &row.name)?;
    let id = match known {
        Some(id) => id,
        None => {
            tx.execute("INSERT INTO authority (name) VALUES (?1)", [&row.name])?;
            AuthorityId(tx.last_insert_rowid())
        }
    };
    let mut changes = tx.execute(
        "UPDATE authority SET language = coalesce(?2, language), time_zone = coalesce(?3, time_zone), calendar = coalesce(?4, calendar)
         WHERE id = ?1 AND (language, time_zone, calendar) IS NOT (coalesce(?2, language), coalesce(?3, time_zone), coalesce(?4, calendar))",
        params![id.0, row.language, row.time_zone, row.calendar],
    )?;
    for name in std::iter::once(&row.name).chain(&row.aliases) {
        changes += put_name(tx, id, name)?;
    }
    for domain in &row.domains {
        changes += tx.execute(
            "INSERT OR IGNORE INTO authority_domain (domain, authority_id) VALUES (?1, ?2)",
            params![domain.trim().trim_start_matches('@').to_lowercase(), id.0],
        )?;
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
    for contact in general.chain(row.focal_points.iter().cloned()) {
        let changed = put_contact(tx, id, &contact)?;
        let address = contact.email.trim().to_lowercase();
        let again = addresses::imported(tx, &address, (changed > 0, contact.confirmed_on), actor, now)?;
        changes += changed.max(usize::from(again));
    }
    let outcome = match (known, changes) {
        (None, _) => Outcome::Added,
        (Some(_), 0) => Outcome::Unchanged,
        (Some(_), _) => Outcome::Changed,
    };
    Ok((id, outcome))
}

fn put_name(tx: &Transaction<'_>, id: AuthorityId, name: &str) -> Result<usize> {
    match find(tx, name)? {
        Some(owner) if owner == id => Ok(0),
        Some(_) => Err(refused(name, RowRefusal::NameIsTaken)),
        None => {
            tx.execute("INSERT INTO authority_name (key, authority_id, name) VALUES (?1, ?2, ?3)", params![name_key(name), id.0, name])?;
            Ok(1)
        }
    }
}

/// A contact seen again with the same seat is brought up to date.
fn put_contact(tx: &Transaction<'_>, id: AuthorityId, contact: &FocalPointRow) -> Result<usize> {
    Ok(tx.execute(
        "INSERT INTO contact (authority_id, office, name, address, level, focal_point, valid_from, valid_to) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT DO UPDATE SET name = coalesce(excluded.name, name), valid_from = coalesce(excluded.valid_from, valid_from),
            valid_to = coalesce(excluded.valid_to, valid_to)
         WHERE (name, valid_from, valid_to) IS NOT
            (coalesce(excluded.name, name), coalesce(excluded.valid_from, valid_from), coalesce(excluded.valid_to, valid_to))",
        params![
            id.0,
            contact.office,
            contact.name,
            contact.email.trim().to_lowercase(),
            contact.level,
            contact.focal_point,
            contact.valid_from.map(|day| day.to_string()),
            contact.valid_to.map(|day| day.to_string())
        ],
    )?)
}

fn put_parent(tx: &Transaction<'_>, id: AuthorityId, row: &AuthorityRow) -> Result<bool> {
    let Some(parent_name) = &row.parent else { return Ok(false) };
    let parent = find(tx, parent_name)?.ok_or_else(|| refused(&row.name, RowRefusal::NoSuchParent { name: parent_name.clone() }))?;
    let mut above = Some(parent);
    while let Some(authority) = above {
        if authority == id {
            return Err(refused(&row.name, RowRefusal::SupervisesItself));
        }
        above = tx
            .query_row("SELECT parent_id FROM authority WHERE id = ?1", [authority.0], |row| row.get::<_, Option<i64>>(0))?
            .map(AuthorityId);
    }
    Ok(tx.execute("UPDATE authority SET parent_id = ?2 WHERE id = ?1 AND parent_id IS NOT ?2", params![id.0, parent.0])? > 0)
}

fn put_served(tx: &Transaction<'_>, id: AuthorityId, row: &AuthorityRow) -> Result<bool> {
    let mut changes = 0;
    for name in &row.sends_for {
        let served = find(tx, name)?.ok_or_else(|| refused(&row.name, RowRefusal::NoSuchServed { name: name.clone() }))?;
        changes += tx.execute("INSERT OR IGNORE INTO sends_for (service_id, authority_id) VALUES (?1, ?2)", [id.0, served.0])?;
    }
    Ok(changes > 0)
}

fn refused(row: &str, why: RowRefusal) -> RegisterError {
    Refusal::Row { row: row.to_owned(), why }.into()
}

/// The authority of that name or alias.
pub(super) fn find(db: &Reader, name: &str) -> Result<Option<AuthorityId>> {
    let mut statement = db.prepare_cached("SELECT authority_id FROM authority_name WHERE key = ?1")?;
    Ok(statement.query_row([name_key(name)], |row| row.get(0)).optional()?.map(AuthorityId))
}

/// Its supervising authority.
pub(super) fn parent_of(db: &Reader, id: AuthorityId) -> Result<Option<AuthorityId>> {
    let mut statement = db.prepare_cached("SELECT parent_id FROM authority WHERE id = ?1")?;
    Ok(statement.query_row([id.0], |row| row.get::<_, Option<i64>>(0)).optional()?.flatten().map(AuthorityId))
}

/// An authority without its names, domains and contacts: what reckoning and lists need.
pub(super) fn load_head(db: &Reader, id: AuthorityId) -> Result<Authority> {
    let mut statement = db.prepare_cached("SELECT id, name, parent_id, language, time_zone, calendar FROM authority WHERE id = ?1")?;
    Ok(statement.query_row([id.0], read_head)?)
}

/// [`load_head`] of all authorities.
pub(super) fn load_heads(db: &Reader) -> Result<Vec<Authority>> {
    let mut statement = db.prepare_cached("SELECT id, name, parent_id, language, time_zone, calendar FROM authority ORDER BY id")?;
    Ok(statement.query_map([], read_head)?.collect::<rusqlite::Result<_>>()?)
}

fn read_head(row: &Row<'_>) -> rusqlite::Result<Authority> {
    Ok(Authority {
        id: AuthorityId(row.get(0)?),
        name: row.get(1)?,
        parent: row.get::<_, Option<i64>>(2)?.map(AuthorityId),
        language: row.get(3)?,
        time_zone: row.get(4)?,
        calendar: row.get(5)?,
        aliases: vec![],
        domains: vec![],
        contacts: vec![],
    })
}

pub(super) fn load(db: &Reader, id: AuthorityId) -> Result<Authority> {
    let mut authority = load_with_contacts(db, id)?;
    let own_key = name_key(&authority.name);
    let mut statement = db.prepare_cached("SELECT name, key FROM authority_name WHERE authority_id = ?1 ORDER BY key")?;
    let names = statement.query_map([id.0], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    for name in names {
        let (name, key) = name?;
        if key != own_key {
            authority.aliases.push(name);
        }
    }
    let mut statement = db.prepare_cached("SELECT domain FROM authority_domain WHERE authority_id = ?1 ORDER BY domain")?;
    authority.domains = statement.query_map([id.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(authority)
}

/// An authority without its further names and domains: what writing to it needs.
pub(super) fn load_with_contacts(db: &Reader, id: AuthorityId) -> Result<Authority> {
    let mut authority = load_head(db, id)?;
    let mut statement = db.prepare_cached(
        "SELECT c.id, c.office, c.name, c.address, c.level, c.focal_point, c.valid_from, c.valid_to, s.evidence
         FROM contact c LEFT JOIN address_state s ON s.address = c.address AND s.until IS NULL AND s.state = 'suppressed'
         WHERE c.authority_id = ?1 ORDER BY c.id",
    )?;
    let contacts = statement.query_map([id.0], |row| {
        Ok(Contact {
            id: ContactId(row.get(0)?),
            authority: id,
            office: row.get(1)?,
            name: row.get(2)?,
            address: row.get(3)?,
            level: row.get(4)?,
            focal_point: row.get(5)?,
            valid_from: rows::optional_day(row, 6)?,
            valid_to: rows::optional_day(row, 7)?,
            dead: row.get(8)?,
        })
    })?;
    authority.contacts = contacts.collect::<rusqlite::Result<_>>()?;
    Ok(authority)
}

impl Reader {
    pub fn authority(&self, id: AuthorityId) -> Result<Authority> {
        load(self, id)
    }

    /// By name or alias.
    pub fn authority_named(&self, name: &str) -> Result<Option<Authority>> {
        find(self, name)?.map(|id| load(self, id)).transpose()
    }

    /// By name.
    pub fn authorities(&self) -> Result<Vec<Authority>> {
        let ids: Vec<i64> = self
            .db
            .prepare_cached("SELECT id FROM authority ORDER BY name COLLATE NOCASE, id")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        ids.into_iter().map(|id| load(self, AuthorityId(id))).collect()
    }
}
