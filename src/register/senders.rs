//! Who the sender of a mail is, looked up in the directory; and what people have said of addresses. What follows from it is `domain::trust`'s.

use super::Transaction;
use super::{Reader, Result, directory, rows};
use crate::domain::full_name::{bare_name, full_name};
use crate::domain::identity::AuthorityId;
use crate::domain::rules::day_in;
use crate::domain::trust::{self, KnownAddress, Signing, Writer, domains_that_speak, mailbox_of, writer_to};
use crate::mail::authenticity::Authenticity;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

/// Supervising authorities above one another; more is a circle, which imports refuse.
pub(crate) const MOST_ABOVE: u32 = 32;

/// What the directory, and people, say of an address.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sender(trust::Sender);

impl std::ops::Deref for Sender {
    type Target = trust::Sender;

    fn deref(&self) -> &trust::Sender {
        &self.0
    }
}

impl Sender {
    /// `address` in any case. Whether it is in use is asked of the day that it is at `at` where its authority is.
    pub(crate) fn find(db: &Reader, address: &str, at: Timestamp) -> Result<Sender> {
        let address = address.to_lowercase();
        let Some((_, domain)) = address.rsplit_once('@') else { return Ok(Sender::default()) };
        let confirmed = authorities(db, "SELECT authority_id FROM confirmed_sender WHERE address = ?1 ORDER BY authority_id", &address)?;
        // The holder of a mailbox chooses the tag: with any of them, on either side, it is the same one.
        let mailbox = mailbox_of(&address);
        let local = mailbox.rsplit_once('@').map_or("", |(local, _)| local);
        let mut contacts = db.prepare_cached(
            "SELECT c.authority_id, c.valid_from, c.valid_to, a.time_zone, c.name IS NULL AND c.level = ?4 AND NOT c.focal_point
             FROM seated_contact c JOIN authority a ON a.id = c.authority_id
             WHERE c.address = ?1 OR (c.address > ?2 || '+' AND c.address < ?2 || ',' AND substr(c.address, -length(?3)) = ?3)
             ORDER BY c.authority_id",
        )?;
        let mut rows = contacts.query(params![mailbox, local, format!("@{domain}"), db.rules().lowest_level()])?;
        let mut known: Vec<KnownAddress> = Vec::new();
        while let Some(row) = rows.next()? {
            let (authority, is_general) = (AuthorityId(row.get(0)?), row.get(4)?);
            let is_in_use = !has_ended(db, row, 1, at)?;
            match known.last_mut().filter(|last| last.authority == authority) {
                Some(last) => (last.is_in_use, last.is_general) = (last.is_in_use || is_in_use, last.is_general && is_general),
                None => known.push(KnownAddress { authority, is_in_use, is_general }),
            }
        }
        let by_domain = if known.iter().any(|one| one.is_in_use) { ByDomain::default() } else { ByDomain::find(db, domain)? };
        let mut sender = trust::Sender { confirmed, ..trust::Sender::of_addresses(&known, &by_domain.authorities) };
        // A service is known by its own domain, not by what lies below it.
        if sender.holds_post || by_domain.is_its_own {
            sender.served = served_by(db, &sender.authorities)?;
        }
        Ok(Sender(sender))
    }

    /// Of somebody of whom only the name is given: who holds or held a post under the same full name, or who goes by it itself, as shared mailboxes
    /// do. None if nobody has it. Whether the post is still held is asked of the day that it is at `at` where the authority is.
    pub(crate) fn named(db: &Reader, name: &str, at: Timestamp) -> Result<Option<Sender>> {
        // A name may hold a bracket itself.
        let itself = directory::find(db, name)?.map_or_else(|| directory::find(db, bare_name(name)), |found| Ok(Some(found)))?;
        let mut sender = trust::Sender { authorities: itself.into_iter().collect(), ..trust::Sender::default() };
        let wanted = full_name(name).unwrap_or_default();
        let mut holders = db.prepare_cached(
            "SELECT n.authority_id, n.name, h.valid_from, h.valid_to, a.time_zone FROM person n JOIN holder h ON h.person_id = n.id
                JOIN authority a ON a.id = n.authority_id
             ORDER BY n.authority_id",
        )?;
        let mut rows = holders.query([])?;
        while let Some(row) = rows.next()? {
            if full_name(&row.get::<_, String>(1)?).is_some_and(|name| name == wanted) {
                let kind = if has_ended(db, row, 2, at)? { &mut sender.former } else { &mut sender.authorities };
                kind.push(AuthorityId(row.get(0)?));
            }
        }
        sender.authorities.sort();
        sender.authorities.dedup();
        sender.former.dedup();
        sender.former.retain(|authority| !sender.authorities.contains(authority));
        sender.holds_post = !sender.authorities.is_empty();
        Ok((sender.holds_post || !sender.former.is_empty()).then_some(Sender(sender)))
    }

    /// What it is to an authority.
    pub(crate) fn writer_to(&self, db: &Reader, authority: AuthorityId) -> Result<Writer> {
        let mut related = Vec::new();
        for other in self.authorities.iter().chain(&self.former) {
            if are_related(db, authority, *other)? {
                related.push(*other);
            }
        }
        Ok(writer_to(&self.known_as(authority, |other| related.contains(&other))))
    }
}

/// Whether the days that stand in this column and the next had ended at `at`, in the zone of the authority that stands behind them.
fn has_ended(db: &Reader, row: &Row<'_>, column: usize, at: Timestamp) -> Result<bool> {
    let zone = db.rules().time_zone_named(row.get::<_, Option<String>>(column + 2)?.as_deref());
    Ok(rows::validity(row, column)?.ended_before(day_in(at, &zone)))
}

/// Whose domain an address has.
#[derive(Default)]
struct ByDomain {
    authorities: Vec<AuthorityId>,
    /// The directory names that domain, and not one above it.
    is_its_own: bool,
}

impl ByDomain {
    fn find(db: &Reader, domain: &str) -> Result<ByDomain> {
        for speaking in domains_that_speak(domain) {
            let authorities =
                authorities(db, "SELECT authority_id FROM authority_domain WHERE domain = ?1 ORDER BY authority_id", speaking)?;
            if !authorities.is_empty() {
                return Ok(ByDomain { authorities, is_its_own: speaking == domain });
            }
        }
        Ok(ByDomain::default())
    }
}

fn served_by(db: &Reader, services: &[AuthorityId]) -> Result<Vec<AuthorityId>> {
    let mut served = Vec::new();
    for service in services {
        served.extend(directory::served_by(db, *service)?);
    }
    Ok(served)
}

fn authorities<K: rusqlite::ToSql>(db: &Reader, sql: &str, key: K) -> Result<Vec<AuthorityId>> {
    let mut statement = db.prepare_cached(sql)?;
    let found = statement.query_map([key], |row| row.get(0).map(AuthorityId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Whether they are the same, or one of them supervises the other at any height. What the one writes may answer the other's request.
pub(crate) fn are_related(db: &Reader, one: AuthorityId, other: AuthorityId) -> Result<bool> {
    Ok(one == other || is_above(db, one, other)? || is_above(db, other, one)?)
}

fn is_above(db: &Reader, above: AuthorityId, below: AuthorityId) -> Result<bool> {
    let mut at = below;
    for _ in 0..MOST_ABOVE {
        let Some(parent) = directory::parent_of(db, at)? else { return Ok(false) };
        if parent == above {
            return Ok(true);
        }
        at = parent;
    }
    Ok(false)
}

/// Counts a mail that was judged for the first time, for its domain.
pub(crate) fn note_signing(tx: &Transaction<'_>, authenticity: &Authenticity) -> Result<()> {
    let (signed, unsigned) = if authenticity.has_own_signature { (1, 0) } else { (0, 1) };
    tx.prepare_cached(
        "INSERT INTO domain_signing (domain, signed, unsigned) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET signed = signed + excluded.signed, unsigned = unsigned + excluded.unsigned",
    )?
    .execute(params![authenticity.from_domain, signed, unsigned])?;
    Ok(())
}

impl Reader {
    /// How many mails from a domain were signed so far and how many were not, and whether a person has placed one that was not.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn signing_of(&self, domain: &str) -> Result<Signing> {
        let counted: Option<(u32, u32)> = self
            .db
            .prepare_cached("SELECT signed, unsigned FROM domain_signing WHERE domain = ?1")?
            .query_row([domain], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((signed, unsigned)) = counted else { return Ok(Signing::default()) };
        let unsigned_by_a_person = self
            .db
            .prepare_cached(
                "SELECT 1 FROM mail m JOIN mail_link l ON l.mail_id = m.id
                 WHERE m.unsigned_from = ?1 AND m.placed_by_person AND l.effect IN ('reply', 'acknowledgement')",
            )?
            .exists([domain])?;
        Ok(Signing { signed, unsigned, unsigned_by_a_person })
    }
}
