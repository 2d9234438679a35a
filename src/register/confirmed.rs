//! Addresses that write for an authority because a person has said so of one mail, and what follows when that is taken back (`domain::trust`).

use super::Transaction;
use super::events::{self, Event};
use super::senders::Sender;
use super::{Reader, Result, kept, links, requests, resting as rests, rows, unread};
use crate::domain::event::{Actor, Happened};
use crate::domain::identity::{AuthorityId, MailId, RequestId};
use crate::domain::request::Request;
use crate::domain::resting;
use crate::domain::rules::day_in;
use crate::domain::trust::{self, LinkedSender, Proof, Remember, is_same_mailbox};
use crate::outgoing::planning;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

/// A person has said that a mail answers a request: its address writes for that authority from then on, or why not. The address, never its domain: at
/// most providers anybody can have another one.
pub(super) fn remember(tx: &Transaction<'_>, mail: MailId, request: &Request, now: Timestamp) -> Result<Remember> {
    let Some(address) = sender_of(tx, mail)? else { return Ok(Remember::Known) };
    let understood = kept::understood(tx, mail)?.unwrap_or_default();
    let ours = std::iter::once(&tx.rules().address).chain(tx.rules().staff.iter().map(|member| &member.address));
    let proof: Option<Proof> = tx.query_row("SELECT proof FROM mail WHERE id = ?1", [mail.0], |row| rows::optional_json(row, 0))?;
    let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
    let replies_elsewhere =
        understood.reply_to.iter().filter_map(|mailbox| mailbox.address.as_deref()).any(|reply_to| domain(reply_to) != domain(&address));
    let remember = trust::may_be_remembered(&LinkedSender {
        address: &address,
        name: understood.from.first().and_then(|from| from.name.as_deref()).unwrap_or_default(),
        writer: Sender::find(tx, &address, day_in(now, &tx.rules().time_zone))?.writer_to(tx, request.authority)?,
        is_ours: ours.into_iter().any(|own| is_same_mailbox(own, &address)),
        is_contradicted: proof == Some(Proof::Contradicted),
        by_list_or_program: understood.bulk || understood.do_not_answer,
        stands_for_another: replies_elsewhere || !understood.original_from.is_empty(),
    });
    if remember == Remember::Yes {
        tx.prepare_cached(
            "INSERT OR IGNORE INTO confirmed_sender (address, authority_id, since, mail_id, event_id) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![address.to_lowercase(), request.authority.0, now.as_second(), mail.0, events::last(tx)?])?;
    }
    Ok(remember)
}

/// An address that writes for an authority because a person has said so of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfirmedSender {
    pub address: String,
    pub since: Timestamp,
    pub mail: MailId,
}

impl Reader {
    /// Of one authority, in the order in which people have said so.
    pub fn confirmed_senders(&self, authority: AuthorityId) -> Result<Vec<ConfirmedSender>> {
        let mut statement = self
            .db
            .prepare_cached("SELECT address, since, mail_id FROM confirmed_sender WHERE authority_id = ?1 ORDER BY since, address")?;
        let found = statement.query_map([authority.0], |row| {
            Ok(ConfirmedSender { address: row.get(0)?, since: rows::timestamp(row, 1)?, mail: MailId(row.get(2)?) })
        })?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }
}

impl Reader {
    /// Who has linked a mail by hand, when, and the authorities for which its address is remembered.
    pub fn said_of_sender(&self, mail: MailId) -> Result<Option<SaidOfSender>> {
        let linked: Option<(String, Timestamp)> = self
            .db
            .prepare_cached(
                "SELECT linked_by, linked_at FROM mail_link WHERE mail_id = ?1 AND linked_by <> 'rule' ORDER BY linked_at LIMIT 1",
            )?
            .query_row([mail.0], |row| Ok((row.get(0)?, rows::timestamp(row, 1)?)))
            .optional()?;
        let Some((by, at)) = linked else { return Ok(None) };
        let mut remembered = self.db.prepare_cached(
            "SELECT a.name FROM mail m JOIN confirmed_sender c ON c.address = lower(m.sender) JOIN authority a ON a.id = c.authority_id
             WHERE m.id = ?1 ORDER BY a.name",
        )?;
        let remembered_for = remembered.query_map([mail.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(Some(SaidOfSender { by, at, remembered_for }))
    }
}

/// What a person has said of the sender of a mail by linking it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidOfSender {
    pub by: String,
    pub at: Timestamp,
    /// Names of authorities, as which its exact address counts.
    pub remembered_for: Vec<String>,
}

pub(super) fn sender_of(tx: &Transaction<'_>, mail: MailId) -> Result<Option<String>> {
    Ok(tx.query_row("SELECT sender FROM mail WHERE id = ?1", [mail.0], |row| row.get(0))?)
}

/// A person takes back what was said of a mail: its address is forgotten, unless a person has said the same of another mail of it. The mails that counted
/// for that authority only because of it, which wait for a person again; what they answered is open again.
pub(super) fn forget(tx: &Transaction<'_>, mail: MailId, authority: AuthorityId, actor: &Actor, now: Timestamp) -> Result<Vec<MailId>> {
    let forgotten: Option<String> = tx
        .prepare_cached("DELETE FROM confirmed_sender WHERE mail_id = ?1 AND authority_id = ?2 RETURNING address")?
        .query_row([mail.0, authority.0], |row| row.get(0))
        .optional()?;
    let Some(address) = forgotten else { return Ok(Vec::new()) };
    for (said_of, request) in said_by_people(tx, &address, authority)? {
        remember(tx, said_of, &requests::load(tx, request)?, now)?;
    }
    let writer = Sender::find(tx, &address, day_in(now, &tx.rules().time_zone))?.writer_to(tx, authority)?;
    if writer.is_of_authority() {
        return Ok(Vec::new());
    }
    let mut wait_again = Vec::new();
    for (counted, request) in counted_by_rule(tx, &address, authority)? {
        links::let_wait(tx, counted, request)?;
        tx.prepare_cached("UPDATE mail SET counted_until = ?2 WHERE id = ?1")?.execute(params![counted.0, now.as_second()])?;
        let waits = Happened::MailWaitsAgain { because: trust::COUNTED_BEFORE.into(), mail: mail.0 };
        Event::new(now, waits, actor).mail(counted).request(request).append(tx)?;
        let received_at = tx.query_row("SELECT received_at FROM mail WHERE id = ?1", [counted.0], |row| rows::timestamp(row, 0))?;
        rests::put(tx, counted, received_at, &resting::once_uncounted(request), &[], events::last(tx)?)?;
        planning::replan(tx, request, now)?;
        wait_again.push(counted);
    }
    // What only waited is weighed anew as well: a stranger's mail does not rest a request for as long as the authority's.
    for other in placed_by_rule(tx, &address, authority)? {
        unread::read_again(tx, other)?;
    }
    wait_again.dedup();
    Ok(wait_again)
}

/// Answers of an address to an authority's requests, as people have said, oldest first.
fn said_by_people(tx: &Transaction<'_>, address: &str, authority: AuthorityId) -> Result<Vec<(MailId, RequestId)>> {
    links(tx, "l.linked_by <> 'rule' AND l.effect = 'reply'", address, authority)
}

fn counted_by_rule(tx: &Transaction<'_>, address: &str, authority: AuthorityId) -> Result<Vec<(MailId, RequestId)>> {
    links(tx, "l.linked_by = 'rule' AND l.effect <> 'waiting'", address, authority)
}

fn links(tx: &Transaction<'_>, which: &str, address: &str, authority: AuthorityId) -> Result<Vec<(MailId, RequestId)>> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT l.mail_id, l.request_id FROM request r JOIN mail_link l ON l.request_id = r.id JOIN mail m ON m.id = l.mail_id
         WHERE r.authority_id = ?2 AND lower(m.sender) = ?1 AND {which} ORDER BY l.mail_id, l.request_id"
    ))?;
    let found = statement.query_map(params![address, authority.0], |row| Ok((MailId(row.get(0)?), RequestId(row.get(1)?))))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Mails of an address that are linked to requests of an authority, may be, or rest them all.
fn placed_by_rule(tx: &Transaction<'_>, address: &str, authority: AuthorityId) -> Result<Vec<MailId>> {
    let mut statement = tx.prepare_cached(
        "SELECT m.id FROM mail m WHERE lower(m.sender) = ?1 AND NOT m.placed_by_person AND m.standing IN ('linked', 'suggested', 'unlinked')
            AND m.id IN (SELECT l.mail_id FROM mail_link l JOIN request r ON r.id = l.request_id WHERE r.authority_id = ?2
                UNION SELECT s.mail_id FROM mail_suggestion s JOIN request r ON r.id = s.request_id WHERE r.authority_id = ?2
                UNION SELECT x.mail_id FROM rest x WHERE x.authority_id = ?2 AND x.until IS NULL)
         ORDER BY m.id",
    )?;
    let found = statement.query_map(params![address, authority.0], |row| row.get(0).map(MailId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
