//! The directory: authorities, their names and domains, and at which addresses they are written to; units, posts and who holds them are `posts`'.

use super::Transaction;
use super::{Reader, Result, rows};
use crate::domain::authority::{Authority, name_key};
use crate::domain::identity::{AuthorityId, ContactId};
use crate::domain::post::Contact;
use rusqlite::{OptionalExtension, Params, Row, params};
use std::collections::HashMap;

/// A new authority, without the name by which it is found ([`add_name`]).
pub(crate) fn add(tx: &Transaction<'_>, name: &str) -> Result<AuthorityId> {
    tx.execute("INSERT INTO authority (name) VALUES (?1)", [name])?;
    Ok(AuthorityId(tx.last_insert_rowid()))
}

/// A name or alias that is nobody's yet.
pub(crate) fn add_name(tx: &Transaction<'_>, id: AuthorityId, name: &str) -> Result<()> {
    tx.execute("INSERT INTO authority_name (key, authority_id, name) VALUES (?1, ?2, ?3)", params![name_key(name), id.0, name])?;
    Ok(())
}

/// Where letters to it differ from the office's own ways, and its supervising authority, as `authority` has them. Whether that changed anything, as
/// below.
pub(crate) fn put_own(tx: &Transaction<'_>, authority: &Authority) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE authority SET language = ?2, time_zone = ?3, calendar = ?4, parent_id = ?5
         WHERE id = ?1 AND (language, time_zone, calendar, parent_id) IS NOT (?2, ?3, ?4, ?5)",
        params![authority.id.0, authority.language, authority.time_zone, authority.calendar, authority.parent.map(|parent| parent.0)],
    )?;
    Ok(changed > 0)
}

/// A name or alias that is nobody's any more.
pub(crate) fn drop_name(tx: &Transaction<'_>, id: AuthorityId, name: &str) -> Result<()> {
    tx.execute("DELETE FROM authority_name WHERE key = ?2 AND authority_id = ?1", params![id.0, name_key(name)])?;
    Ok(())
}

pub(crate) fn drop_domain(tx: &Transaction<'_>, id: AuthorityId, domain: &str) -> Result<()> {
    tx.execute("DELETE FROM authority_domain WHERE domain = ?2 AND authority_id = ?1", params![id.0, domain])?;
    Ok(())
}

pub(crate) fn drop_served(tx: &Transaction<'_>, service: AuthorityId, served: AuthorityId) -> Result<()> {
    tx.execute("DELETE FROM sends_for WHERE service_id = ?1 AND authority_id = ?2", [service.0, served.0])?;
    Ok(())
}

/// `domain` in lower case.
pub(crate) fn put_domain(tx: &Transaction<'_>, id: AuthorityId, domain: &str) -> Result<bool> {
    Ok(tx.execute("INSERT OR IGNORE INTO authority_domain (domain, authority_id) VALUES (?1, ?2)", params![domain, id.0])? > 0)
}

/// The one sends mail for the other.
pub(crate) fn put_served(tx: &Transaction<'_>, service: AuthorityId, served: AuthorityId) -> Result<bool> {
    Ok(tx.execute("INSERT OR IGNORE INTO sends_for (service_id, authority_id) VALUES (?1, ?2)", [service.0, served.0])? > 0)
}

/// The authorities for which it sends mail.
pub(crate) fn served_by(db: &Reader, service: AuthorityId) -> Result<Vec<AuthorityId>> {
    let mut statement = db.prepare_cached("SELECT authority_id FROM sends_for WHERE service_id = ?1 ORDER BY authority_id")?;
    let served = statement.query_map([service.0], |row| row.get(0).map(AuthorityId))?;
    Ok(served.collect::<rusqlite::Result<_>>()?)
}

/// The authority of that name or alias.
pub(crate) fn find(db: &Reader, name: &str) -> Result<Option<AuthorityId>> {
    let mut statement = db.prepare_cached("SELECT authority_id FROM authority_name WHERE key = ?1")?;
    Ok(statement.query_row([name_key(name)], |row| row.get(0)).optional()?.map(AuthorityId))
}

/// Its supervising authority.
pub(crate) fn parent_of(db: &Reader, id: AuthorityId) -> Result<Option<AuthorityId>> {
    let mut statement = db.prepare_cached("SELECT parent_id FROM authority WHERE id = ?1")?;
    Ok(statement.query_row([id.0], |row| row.get::<_, Option<i64>>(0)).optional()?.flatten().map(AuthorityId))
}

/// An authority without its names, domains and contacts: what computation and lists need.
pub(crate) fn load_head(db: &Reader, id: AuthorityId) -> Result<Authority> {
    let mut statement = db.prepare_cached("SELECT id, name, parent_id, language, time_zone, calendar FROM authority WHERE id = ?1")?;
    Ok(statement.query_row([id.0], read_head)?)
}

/// [`load_head`] of all authorities.
pub(crate) fn load_heads(db: &Reader) -> Result<Vec<Authority>> {
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

pub(crate) fn load(db: &Reader, id: AuthorityId) -> Result<Authority> {
    let mut authority = load_with_contacts(db, id)?;
    authority.aliases = aliases(db, Some(id), std::slice::from_ref(&authority))?.remove(&id).unwrap_or_default();
    authority.domains = domains(db, Some(id))?.remove(&id).unwrap_or_default();
    Ok(authority)
}

/// By authority, of this one or of all: its further names.
fn aliases(db: &Reader, id: Option<AuthorityId>, authorities: &[Authority]) -> Result<HashMap<AuthorityId, Vec<String>>> {
    let own_keys: HashMap<AuthorityId, String> = authorities.iter().map(|authority| (authority.id, name_key(&authority.name))).collect();
    let mut statement = db.prepare_cached(&format!(
        "SELECT authority_id, name, key FROM authority_name WHERE {} ORDER BY key",
        of_one_or_all("authority_id", id)
    ))?;
    let mut found = statement.query([id.map(|id| id.0)])?;
    let mut aliases: HashMap<AuthorityId, Vec<String>> = HashMap::new();
    while let Some(row) = found.next()? {
        let (authority, key) = (AuthorityId(row.get(0)?), row.get::<_, String>(2)?);
        if own_keys.get(&authority) != Some(&key) {
            aliases.entry(authority).or_default().push(row.get(1)?);
        }
    }
    Ok(aliases)
}

/// By authority, of this one or of all: the domains that are its own.
fn domains(db: &Reader, id: Option<AuthorityId>) -> Result<HashMap<AuthorityId, Vec<String>>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT authority_id, domain FROM authority_domain WHERE {} ORDER BY domain",
        of_one_or_all("authority_id", id)
    ))?;
    let mut found = statement.query([id.map(|id| id.0)])?;
    let mut domains: HashMap<AuthorityId, Vec<String>> = HashMap::new();
    while let Some(row) = found.next()? {
        domains.entry(AuthorityId(row.get(0)?)).or_default().push(row.get(1)?);
    }
    Ok(domains)
}

/// For SQL, of a column that holds an authority's number; ?1 is that of the one, if it is asked of one alone.
fn of_one_or_all(column: &str, id: Option<AuthorityId>) -> String {
    if id.is_some() { format!("{column} = ?1") } else { "?1 IS NULL".to_owned() }
}

/// An authority without its further names and domains: what writing to it needs.
pub(crate) fn load_with_contacts(db: &Reader, id: AuthorityId) -> Result<Authority> {
    let mut authority = load_head(db, id)?;
    authority.contacts = contacts_where(db, "c.authority_id = ?1 ORDER BY c.id", [id.0])?;
    Ok(authority)
}

/// [`load_with_contacts`] of all authorities, in the order of their numbers.
pub(super) fn load_all_with_contacts(db: &Reader) -> Result<Vec<Authority>> {
    let mut authorities = load_heads(db)?;
    let mut contacts: HashMap<AuthorityId, Vec<Contact>> = HashMap::new();
    for contact in contacts_where(db, "true ORDER BY c.id", [])? {
        contacts.entry(contact.authority).or_default().push(contact);
    }
    for authority in &mut authorities {
        authority.contacts = contacts.remove(&authority.id).unwrap_or_default();
    }
    Ok(authorities)
}

/// The addresses of one unit at one level, oldest first.
pub(super) fn contacts_of_seat(db: &Reader, authority: AuthorityId, unit: &str, level: &str) -> Result<Vec<Contact>> {
    contacts_where(db, "c.authority_id = ?1 AND c.unit = ?2 AND c.level = ?3 ORDER BY c.id", params![authority.0, unit, level])
}

/// The addresses of the directory, each with whether it is written to no more.
const CONTACTS: &str =
    "SELECT c.id, c.authority_id, c.unit, c.name, c.address, c.level, c.focal_point, c.valid_from, c.valid_to, s.evidence, c.title
    FROM seated_contact c LEFT JOIN address_state s ON s.address = c.address AND s.until IS NULL AND s.state = 'suppressed'";

pub(super) fn contacts_where(db: &Reader, condition: &str, parameters: impl Params) -> Result<Vec<Contact>> {
    let mut statement = db.prepare_cached(&format!("{CONTACTS} WHERE {condition}"))?;
    let contacts = statement.query_map(parameters, |row| {
        Ok(Contact {
            id: ContactId(row.get(0)?),
            authority: AuthorityId(row.get(1)?),
            unit: row.get(2)?,
            name: row.get(3)?,
            address: row.get(4)?,
            level: row.get(5)?,
            focal_point: row.get(6)?,
            valid: rows::validity(row, 7)?,
            suppressed: row.get(9)?,
            title: row.get(10)?,
        })
    })?;
    Ok(contacts.collect::<rusqlite::Result<_>>()?)
}

impl Reader {
    /// An authority with its names, domains and contacts.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or has no such authority.
    pub fn authority(&self, id: AuthorityId) -> Result<Authority> {
        load(self, id)
    }

    /// The authority of this name or alias.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn authority_named(&self, name: &str) -> Result<Option<Authority>> {
        find(self, name)?.map(|id| load(self, id)).transpose()
    }

    /// All authorities, by name.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn authorities(&self) -> Result<Vec<Authority>> {
        let mut all = load_all_with_contacts(self)?;
        let (mut aliases, mut domains) = (aliases(self, None, &all)?, domains(self, None)?);
        for authority in &mut all {
            authority.aliases = aliases.remove(&authority.id).unwrap_or_default();
            authority.domains = domains.remove(&authority.id).unwrap_or_default();
        }
        // They come in the order of their numbers. Letters beyond ASCII by their code, as SQLite's NOCASE has it.
        all.sort_by_cached_key(|authority| authority.name.to_ascii_lowercase());
        Ok(all)
    }
}
