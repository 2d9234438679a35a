//! The directory: authorities, their names and domains, the people in them.

use super::Transaction;
use super::{Reader, Result, rows};
use crate::domain::authority::{Authority, Contact, name_key};
use crate::domain::identity::{AuthorityId, ContactId};

use rusqlite::{OptionalExtension, Row, params};

/// Where letters to an authority differ from the office's own ways. What is not given is left as it is.
pub(crate) struct Settings<'a> {
    pub(crate) language: Option<&'a str>,
    pub(crate) time_zone: Option<&'a str>,
    pub(crate) calendar: Option<&'a str>,
}

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

/// Whether anything was changed by it, here and below.
pub(crate) fn put_settings(tx: &Transaction<'_>, id: AuthorityId, settings: &Settings<'_>) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE authority SET language = coalesce(?2, language), time_zone = coalesce(?3, time_zone), calendar = coalesce(?4, calendar)
         WHERE id = ?1 AND (language, time_zone, calendar) IS NOT (coalesce(?2, language), coalesce(?3, time_zone), coalesce(?4, calendar))",
        params![id.0, settings.language, settings.time_zone, settings.calendar],
    )?;
    Ok(changed > 0)
}

/// `domain` in lower case.
pub(crate) fn put_domain(tx: &Transaction<'_>, id: AuthorityId, domain: &str) -> Result<bool> {
    Ok(tx.execute("INSERT OR IGNORE INTO authority_domain (domain, authority_id) VALUES (?1, ?2)", params![domain, id.0])? > 0)
}

/// A contact seen again with the same seat is brought up to date. Its number, and whether it may be written to, are the directory's own.
pub(crate) fn put_contact(tx: &Transaction<'_>, contact: &Contact) -> Result<bool> {
    let changed = tx.execute(
        "INSERT INTO contact (authority_id, office, name, address, level, focal_point, valid_from, valid_to) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT DO UPDATE SET name = coalesce(excluded.name, name), valid_from = coalesce(excluded.valid_from, valid_from),
            valid_to = coalesce(excluded.valid_to, valid_to)
         WHERE (name, valid_from, valid_to) IS NOT
            (coalesce(excluded.name, name), coalesce(excluded.valid_from, valid_from), coalesce(excluded.valid_to, valid_to))",
        params![
            contact.authority.0,
            contact.office,
            contact.name,
            contact.address,
            contact.level,
            contact.focal_point,
            contact.valid_from.map(|day| day.to_string()),
            contact.valid_to.map(|day| day.to_string())
        ],
    )?;
    Ok(changed > 0)
}

/// A contact goes to another unit of its authority, in which nobody has its address at its level.
pub(crate) fn move_contact(tx: &Transaction<'_>, contact: ContactId, office: &str) -> Result<()> {
    tx.execute("UPDATE contact SET office = ?2 WHERE id = ?1", params![contact.0, office])?;
    Ok(())
}

pub(crate) fn put_parent(tx: &Transaction<'_>, id: AuthorityId, parent: AuthorityId) -> Result<bool> {
    Ok(tx.execute("UPDATE authority SET parent_id = ?2 WHERE id = ?1 AND parent_id IS NOT ?2", params![id.0, parent.0])? > 0)
}

/// The one sends mail for the other.
pub(crate) fn put_served(tx: &Transaction<'_>, service: AuthorityId, served: AuthorityId) -> Result<bool> {
    Ok(tx.execute("INSERT OR IGNORE INTO sends_for (service_id, authority_id) VALUES (?1, ?2)", [service.0, served.0])? > 0)
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
pub(crate) fn load_with_contacts(db: &Reader, id: AuthorityId) -> Result<Authority> {
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
        let ids: Vec<i64> = self
            .db
            .prepare_cached("SELECT id FROM authority ORDER BY name COLLATE NOCASE, id")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        ids.into_iter().map(|id| load(self, AuthorityId(id))).collect()
    }
}
