//! Who the sender of a mail is, looked up in the directory; and what people have said of addresses. What follows from it is `domain::trust`'s.

use super::{Reader, Result, directory};
use crate::domain::free_mail::is_free_mail;
use crate::domain::identity::AuthorityId;
use crate::domain::trust::{Writer, always_signs, mailbox_of};
use crate::mail::authenticity::Authenticity;
use crate::mail::folding::fold;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// Supervising authorities above one another; more is a circle, which imports refuse.
pub(super) const MOST_ABOVE: u32 = 32;

/// What the directory says of an address.
#[derive(Debug, Clone, Default)]
pub(super) struct Sender {
    /// Whose address it is; else, whose domain. A domain may be that of several.
    pub(super) authorities: Vec<AuthorityId>,
    /// For whom it writes as a service.
    served: Vec<AuthorityId>,
    /// A person has said so of this address.
    confirmed: Vec<AuthorityId>,
    /// Where it was the address of a post, and is no longer.
    former: Vec<AuthorityId>,
    /// It is the address of a post today.
    holds_post: bool,
}

impl Sender {
    /// `address` in any case; `today` in the office's time zone.
    pub(super) fn find(db: &Connection, address: &str, today: Date) -> Result<Sender> {
        let address = address.to_lowercase();
        let Some((_, domain)) = address.rsplit_once('@') else { return Ok(Sender::default()) };
        let confirmed = authorities(db, "SELECT authority_id FROM confirmed_sender WHERE address = ?1 ORDER BY authority_id", &address)?;
        let mut sender = Sender { confirmed, ..Sender::default() };
        // The holder of a mailbox chooses the tag: with any of them, on either side, it is the same one.
        let mailbox = mailbox_of(&address);
        let local = mailbox.rsplit_once('@').map_or("", |(local, _)| local);
        let mut contacts = db.prepare_cached(
            "SELECT authority_id, max(valid_to IS NULL OR valid_to >= ?2) FROM contact
             WHERE address = ?1 OR (address > ?3 || '+' AND address < ?3 || ',' AND substr(address, -length(?4)) = ?4)
             GROUP BY authority_id ORDER BY authority_id",
        )?;
        let mut rows = contacts.query(params![mailbox, today.to_string(), local, format!("@{domain}")])?;
        while let Some(row) = rows.next()? {
            let kind = if row.get(1)? { &mut sender.authorities } else { &mut sender.former };
            kind.push(AuthorityId(row.get(0)?));
        }
        sender.holds_post = !sender.authorities.is_empty();
        let mut is_exact = true;
        let mut rest = domain;
        while sender.authorities.is_empty() && rest.contains('.') && !is_free_mail(rest) {
            sender.authorities =
                authorities(db, "SELECT authority_id FROM authority_domain WHERE domain = ?1 ORDER BY authority_id", rest)?;
            is_exact = rest == domain;
            rest = rest.split_once('.').map_or("", |(_, above)| above);
        }
        // A service is known by its own domain, not by what lies below it.
        for service in sender.authorities.iter().filter(|_| is_exact) {
            sender.served.extend(authorities(
                db,
                "SELECT authority_id FROM sends_for WHERE service_id = ?1 ORDER BY authority_id",
                service.0,
            )?);
        }
        Ok(sender)
    }

    /// Of somebody of whom only the name is given: whose contacts have the same full name, or who goes by it itself, as shared mailboxes do. None if
    /// nobody has it.
    pub(super) fn named(db: &Connection, name: &str, today: Date) -> Result<Option<Sender>> {
        // A name may hold a bracket itself.
        let itself = directory::find(db, name)?.map_or_else(|| directory::find(db, bare_name(name)), |found| Ok(Some(found)))?;
        let mut sender = Sender { authorities: itself.into_iter().collect(), ..Sender::default() };
        let wanted = full_name(name).unwrap_or_default();
        let mut contacts = db.prepare_cached(
            "SELECT authority_id, name, valid_to IS NULL OR valid_to >= ?1 FROM contact WHERE name IS NOT NULL ORDER BY authority_id",
        )?;
        let mut rows = contacts.query([today.to_string()])?;
        while let Some(row) = rows.next()? {
            if full_name(&row.get::<_, String>(1)?).is_some_and(|name| name == wanted) {
                let kind = if row.get(2)? { &mut sender.authorities } else { &mut sender.former };
                kind.push(AuthorityId(row.get(0)?));
            }
        }
        sender.authorities.sort();
        sender.authorities.dedup();
        sender.former.dedup();
        sender.former.retain(|authority| !sender.authorities.contains(authority));
        sender.holds_post = !sender.authorities.is_empty();
        Ok((sender.holds_post || !sender.former.is_empty()).then_some(sender))
    }

    /// Whether it is the address of a post today.
    pub(super) fn holds_post(&self) -> bool {
        self.holds_post
    }

    /// Every authority about whose requests it may write.
    pub(super) fn may_write_for(&self) -> Vec<AuthorityId> {
        let all = [&self.authorities, &self.confirmed, &self.served, &self.former];
        let mut all: Vec<AuthorityId> = all.into_iter().flatten().copied().collect();
        all.sort();
        all.dedup();
        all
    }

    /// What it is to an authority.
    pub(super) fn writer_to(&self, db: &Connection, authority: AuthorityId) -> Result<Writer> {
        if self.confirmed.contains(&authority) {
            return Ok(Writer::Authority);
        }
        // Its domain is the authority's own as a rule; but the post is another's now.
        if self.former.contains(&authority) {
            return Ok(Writer::FormerHolder);
        }
        let related = related_to(db, authority, &self.authorities)?;
        // Whoever left a post, and holds no other, speaks for nobody by the domain alone: not for those above or below the old authority, nor for
        // those that share the domain with it.
        let would_speak = related > 0 || self.served.contains(&authority) || related_to(db, authority, &self.former)? > 0;
        if !self.former.is_empty() && !self.holds_post && would_speak {
            return Ok(Writer::FormerHolder);
        }
        Ok(if related > 0 && related < self.authorities.len() {
            Writer::OneOfSeveral
        } else if self.authorities.contains(&authority) {
            Writer::Authority
        } else if related > 0 {
            Writer::Related
        } else if self.served.contains(&authority) {
            Writer::Service
        } else if self.authorities.is_empty() && self.confirmed.is_empty() {
            Writer::Stranger
        } else {
            Writer::OtherAuthority
        })
    }
}

/// A name without what mail programs put behind it.
fn bare_name(name: &str) -> &str {
    name.split(['(', '[', '<', '/']).next().unwrap_or_default().trim()
}

/// Titles that people write without a point too.
const TITLES: [&str; 5] = ["dr", "prof", "mr", "mrs", "ms"];

/// A full name as it is compared: "Hall, Maria" is "Dr. Maria Hall". None of less than two words: half the country has it.
pub(super) fn full_name(name: &str) -> Option<Vec<String>> {
    let folded = fold(name);
    let words = bare_name(&folded).split([' ', ',', ';']).map(|word| word.trim_matches(['"', '\'']));
    let mut words: Vec<String> =
        words.filter(|word| !word.is_empty() && !word.ends_with('.') && !TITLES.contains(word)).map(str::to_owned).collect();
    words.sort();
    (words.len() >= 2).then_some(words)
}

fn authorities<K: rusqlite::ToSql>(db: &Connection, sql: &str, key: K) -> Result<Vec<AuthorityId>> {
    let mut statement = db.prepare_cached(sql)?;
    let found = statement.query_map([key], |row| row.get(0).map(AuthorityId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn related_to(db: &Connection, authority: AuthorityId, others: &[AuthorityId]) -> Result<usize> {
    let mut related = 0;
    for other in others {
        related += usize::from(are_related(db, authority, *other)?);
    }
    Ok(related)
}

/// Whether they are the same, or one of them supervises the other at any height. What the one writes may answer the other's request.
pub(super) fn are_related(db: &Connection, one: AuthorityId, other: AuthorityId) -> Result<bool> {
    Ok(one == other || is_above(db, one, other)? || is_above(db, other, one)?)
}

fn is_above(db: &Connection, above: AuthorityId, below: AuthorityId) -> Result<bool> {
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
pub(super) fn note_signing(tx: &Transaction<'_>, authenticity: &Authenticity) -> Result<()> {
    let (signed, unsigned) = if authenticity.has_own_signature { (1, 0) } else { (0, 1) };
    tx.prepare_cached(
        "INSERT INTO domain_signing (domain, signed, unsigned) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET signed = signed + excluded.signed, unsigned = unsigned + excluded.unsigned",
    )?
    .execute(params![authenticity.from_domain, signed, unsigned])?;
    Ok(())
}

impl Reader {
    /// Whether every mail of this domain so far bore its signature, and there were enough of them. One without that a person has said to be the
    /// authority's letter ends it: few are asked for, since only mail without a signature is asked about.
    pub fn always_signs(&self, domain: &str) -> Result<bool> {
        let counted: Option<(u32, u32)> = self
            .db
            .prepare_cached("SELECT signed, unsigned FROM domain_signing WHERE domain = ?1")?
            .query_row([domain], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if !counted.is_some_and(|(signed, unsigned)| always_signs(signed, unsigned)) {
            return Ok(false);
        }
        let by_a_person = self
            .db
            .prepare_cached(
                "SELECT 1 FROM mail_link l JOIN mail m ON m.id = l.mail_id
                 WHERE m.placed_by_person AND l.effect IN ('reply', 'acknowledgement')
                    AND m.authenticity ->> '$.from_domain' = ?1 AND NOT m.authenticity ->> '$.has_own_signature'",
            )?
            .exists([domain])?;
        Ok(!by_a_person)
    }
}
