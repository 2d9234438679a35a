//! The units of an authority, the posts in them, who holds these, and the addresses of both.

use super::Transaction;
use super::{Reader, Result, rows};
use crate::domain::authority::name_key;
use crate::domain::deliverability::AddressState;
use crate::domain::full_name::person_key;
use crate::domain::identity::{AuthorityId, ContactId, PersonId};
use crate::domain::post::{Contact, Holder, Mailbox, Post, Unit};
use jiff::civil::Date;
use rusqlite::{OptionalExtension, params};

/// Writes a contact as it is from now on, a new one or in the place of the one before; of `after`, its number is not looked at. A post without the
/// address under which somebody held it has been held to `last_day`; if it only gets its title, those who hold and held it go with it.
pub(crate) fn put(tx: &Transaction<'_>, before: Option<&Contact>, after: &Contact, last_day: Date) -> Result<()> {
    let post = post_of(tx, after)?;
    let person = after.name.as_deref().map(|name| person_of(tx, after.authority, name)).transpose()?;
    if let Some(person) = person {
        tx.prepare_cached("INSERT OR IGNORE INTO holder (post_id, person_id) VALUES (?1, ?2)")?.execute([post, person.0])?;
    }
    let seat_before: Option<(i64, Option<i64>)> = before
        .map(|contact| {
            tx.query_row("SELECT post_id, person_id FROM contact WHERE id = ?1", [contact.id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .transpose()?;
    let day = |day: Option<Date>| day.map(|day| day.to_string());
    tx.prepare_cached(
        "INSERT INTO contact (id, post_id, person_id, address, valid_from, valid_to) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (id) DO UPDATE SET (post_id, person_id, valid_from, valid_to)
            = (excluded.post_id, excluded.person_id, excluded.valid_from, excluded.valid_to)",
    )?
    .execute(params![
        before.map(|contact| contact.id.0),
        post,
        person.map(|person| person.0),
        after.address,
        day(after.valid.from),
        day(after.valid.to)
    ])?;
    let mut held_before = seat_before.and_then(|(post, person)| Some((post, PersonId(person?))));
    if let Some((post_before, person_before)) = seat_before
        && post_before != post
        && before.is_some_and(|before| after.keeps_post_of(before))
    {
        if let Some(person) = person_before.map(PersonId)
            && move_tenure(tx, post_before, post, person)?
        {
            held_before = Some((post, person));
        }
        take_along_former_holders(tx, post_before, post)?;
    }
    let held = person.map(|person| (post, person));
    for (post, person) in held_before.filter(|seat| Some(*seat) != held).into_iter().chain(held) {
        put_tenure(tx, post, person, last_day)?;
    }
    Ok(())
}

/// False if the person has another address in the post before, and so stays in it too.
fn move_tenure(tx: &Transaction<'_>, from: i64, to: i64, person: PersonId) -> Result<bool> {
    let has_address = tx.prepare_cached("SELECT 1 FROM contact WHERE post_id = ?1 AND person_id = ?2")?.exists([from, person.0])?;
    if !has_address {
        tx.execute("UPDATE OR IGNORE holder SET post_id = ?2 WHERE post_id = ?1 AND person_id = ?3", [from, to, person.0])?;
        tx.execute("DELETE FROM holder WHERE post_id = ?1 AND person_id = ?2", [from, person.0])?;
    }
    Ok(!has_address)
}

/// Whoever held a post at an address that others have since, when that gets its title and no address stays behind.
fn take_along_former_holders(tx: &Transaction<'_>, from: i64, to: i64) -> Result<()> {
    if tx.prepare_cached("SELECT 1 FROM contact WHERE post_id = ?1")?.exists([from])? {
        return Ok(());
    }
    // A day that is not known stays so: of two of which one is NULL, min and max are NULL.
    tx.execute(
        "INSERT INTO holder (post_id, person_id, valid_from, valid_to) SELECT ?2, person_id, valid_from, valid_to FROM holder WHERE post_id = ?1
         ON CONFLICT (post_id, person_id) DO UPDATE
            SET valid_from = min(valid_from, excluded.valid_from), valid_to = max(valid_to, excluded.valid_to)",
        [from, to],
    )?;
    tx.execute("DELETE FROM holder WHERE post_id = ?1", [from])?;
    Ok(())
}

/// Whoever has several addresses in a post holds it from the first to the last day that any of them says.
fn put_tenure(tx: &Transaction<'_>, post: i64, person: PersonId, last_day: Date) -> Result<()> {
    let has_address = "EXISTS (SELECT 1 FROM contact c WHERE c.post_id = holder.post_id AND c.person_id = holder.person_id)";
    tx.execute(
        &format!(
            "UPDATE holder SET (valid_from, valid_to) = (
                SELECT CASE WHEN count(*) = count(c.valid_from) THEN min(c.valid_from) END,
                    CASE WHEN count(*) = count(c.valid_to) THEN max(c.valid_to) END
                FROM contact c WHERE c.post_id = holder.post_id AND c.person_id = holder.person_id)
             WHERE post_id = ?1 AND person_id = ?2 AND {has_address}"
        ),
        [post, person.0],
    )?;
    tx.execute(
        &format!(
            "UPDATE holder SET valid_from = min(valid_from, ?3), valid_to = min(coalesce(valid_to, ?3), ?3)
             WHERE post_id = ?1 AND person_id = ?2 AND NOT {has_address}"
        ),
        params![post, person.0, last_day.to_string()],
    )?;
    Ok(())
}

fn post_of(tx: &Transaction<'_>, contact: &Contact) -> Result<i64> {
    let Contact { authority, unit, level, focal_point, title, .. } = contact;
    let mut units = tx.prepare_cached("SELECT id, name FROM unit WHERE authority_id = ?1 ORDER BY name <> ?2, id")?;
    let mut rows = units.query(params![authority.0, unit])?;
    let mut known: Option<i64> = None;
    while let Some(row) = rows.next()?.filter(|_| known.is_none()) {
        known = Some(row.get(0)?).filter(|_| row.get::<_, String>(1).is_ok_and(|name| name_key(&name) == name_key(unit)));
    }
    let unit: i64 = match known {
        Some(unit) => unit,
        None => tx
            .prepare_cached("INSERT INTO unit (authority_id, name) VALUES (?1, ?2) RETURNING id")?
            .query_row(params![authority.0, unit], |row| row.get(0))?,
    };
    let title_key = name_key(title);
    tx.prepare_cached("INSERT OR IGNORE INTO post (unit_id, level, focal_point, title, title_key) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![unit, level, focal_point, title, title_key])?;
    Ok(tx
        .prepare_cached("SELECT id FROM post WHERE unit_id = ?1 AND level = ?2 AND focal_point = ?3 AND title_key = ?4")?
        .query_row(params![unit, level, focal_point, title_key], |row| row.get(0))?)
}

/// Known by their full name, whose last spelling counts.
fn person_of(tx: &Transaction<'_>, authority: AuthorityId, name: &str) -> Result<PersonId> {
    let person: i64 = tx
        .prepare_cached(
            "INSERT INTO person (authority_id, key, name) VALUES (?1, ?2, ?3) ON CONFLICT (authority_id, key) DO UPDATE SET name = excluded.name
             RETURNING id",
        )?
        .query_row(params![authority.0, person_key(name), name], |row| row.get(0))?;
    Ok(PersonId(person))
}

/// Whether the address stands in its post on that day, and its holder holds that.
pub(crate) fn is_in_date(db: &Reader, contact: ContactId, day: Date) -> Result<bool> {
    let mut statement = db.prepare_cached("SELECT valid_from, valid_to FROM seated_contact WHERE id = ?1")?;
    let valid = statement.query_row([contact.0], |row| rows::validity(row, 0)).optional()?;
    Ok(valid.is_some_and(|valid| valid.covers(day)))
}

impl Reader {
    /// What is below an authority: its units, the authority as a whole first, with the posts that are or were somebody's, who holds them, and the
    /// addresses of both.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn units(&self, authority: AuthorityId) -> Result<Vec<Unit>> {
        let mut posts = self.db.prepare_cached(
            "SELECT p.id, u.name, p.level, p.focal_point, p.title FROM unit u JOIN post p ON p.unit_id = u.id WHERE u.authority_id = ?1
             ORDER BY u.name COLLATE NOCASE, u.id, p.id",
        )?;
        let mut units: Vec<Unit> = Vec::new();
        let mut rows = posts.query([authority.0])?;
        while let Some(row) = rows.next()? {
            let (id, name): (i64, String) = (row.get(0)?, row.get(1)?);
            let (holders, mailboxes) = (self.holders(id)?, self.mailboxes(id, None)?);
            let valid = Post::span(&holders, &mailboxes);
            let post = Post { title: row.get(4)?, level: row.get(2)?, focal_point: row.get(3)?, valid, holders, mailboxes };
            if post.holders.is_empty() && post.mailboxes.is_empty() {
                continue;
            }
            match units.last_mut().filter(|unit| unit.name == name) {
                Some(unit) => unit.posts.push(post),
                None => units.push(Unit { name, posts: vec![post] }),
            }
        }
        Ok(units)
    }

    fn holders(&self, post: i64) -> Result<Vec<Holder>> {
        let mut holders = self.db.prepare_cached(
            "SELECT n.id, n.name, h.valid_from, h.valid_to FROM holder h JOIN person n ON n.id = h.person_id WHERE h.post_id = ?1
             ORDER BY h.valid_to IS NOT NULL, h.valid_to DESC, n.id",
        )?;
        let mut rows = holders.query([post])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let valid = rows::validity(row, 2)?;
            found.push(Holder { name: row.get(1)?, valid, mailboxes: self.mailboxes(post, Some(PersonId(row.get(0)?)))? });
        }
        Ok(found)
    }

    fn mailboxes(&self, post: i64, person: Option<PersonId>) -> Result<Vec<Mailbox>> {
        let mut mailboxes = self.db.prepare_cached(
            "SELECT c.id, c.address, c.valid_from, c.valid_to, s.state, s.evidence
             FROM contact c LEFT JOIN address_state s ON s.address = c.address AND s.until IS NULL
             WHERE c.post_id = ?1 AND c.person_id IS ?2 ORDER BY c.valid_to IS NOT NULL, c.valid_to DESC, c.id",
        )?;
        let found = mailboxes.query_map(params![post, person.map(|person| person.0)], |row| {
            let state = rows::optional_word(row, 4, AddressState::from_name)?.unwrap_or(AddressState::Good);
            Ok(Mailbox {
                contact: ContactId(row.get(0)?),
                address: row.get(1)?,
                valid: rows::validity(row, 2)?,
                state,
                evidence: row.get::<_, Option<String>>(5)?.filter(|_| state != AddressState::Good),
            })
        })?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }
}
