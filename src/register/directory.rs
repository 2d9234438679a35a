//! The directory: authorities, their names and domains, and at which addresses they are written to; units, posts and who holds them are `posts`'.

use super::Transaction;
use super::{Reader, Result, rows};
use crate::domain::authority::{Authority, name_key};
use crate::domain::identity::{AuthorityId, ContactId};
use crate::domain::post::Contact;

use rusqlite::{OptionalExtension, Row, params};

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

/// Where letters to it differ from the office's own ways, and its supervising authority, as `authority` has them. Whether that changed anything, as below.
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
        "SELECT c.id, c.unit, c.name, c.address, c.level, c.focal_point, c.valid_from, c.valid_to, s.evidence, c.title
         FROM seated_contact c LEFT JOIN address_state s ON s.address = c.address AND s.until IS NULL AND s.state = 'suppressed'
         WHERE c.authority_id = ?1 ORDER BY c.id",
    )?;
    let contacts = statement.query_map([id.0], |row| {
        Ok(Contact {
            id: ContactId(row.get(0)?),
            authority: id,
            unit: row.get(1)?,
            name: row.get(2)?,
            address: row.get(3)?,
            level: row.get(4)?,
            focal_point: row.get(5)?,
            valid: rows::validity(row, 6)?,
            suppressed: row.get(8)?,
            title: row.get(9)?,
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
