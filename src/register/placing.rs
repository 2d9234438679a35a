//! Placing mail: links, made by rule or by a person, and undone by a person.

use super::events::Event;
use super::{Register, RegisterError, Result, agenda, concluding, requests, returns, rows};
use crate::domain::identity::{MailId, RequestId};
use crate::domain::linking::Evidence;
use crate::domain::reply::{Effect, Standing};
use crate::domain::rules::OfficeRules;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::json;

/// What a person says a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    As(Effect),
    /// It needs nothing.
    Ignore,
}

impl Placed {
    pub fn from_name(name: &str) -> Option<Placed> {
        if name == "ignore" { Some(Placed::Ignore) } else { Effect::from_name(name).map(Placed::As) }
    }
}

/// Providers whose domains belong to anybody, of which nothing can be learnt.
const PUBLIC_PROVIDERS: [&str; 24] = [
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "msn.com",
    "yahoo.com",
    "yahoo.co.uk",
    "yahoo.fr",
    "icloud.com",
    "me.com",
    "aol.com",
    "gmx.de",
    "gmx.net",
    "gmx.at",
    "web.de",
    "orange.fr",
    "wanadoo.fr",
    "free.fr",
    "laposte.net",
    "mail.ru",
    "yandex.ru",
    "proton.me",
    "seznam.cz",
];

impl Register {
    /// A person links a mail to requests, in addition to what it is linked to. The sender's domain is learnt for the authority.
    pub fn link_mail(&mut self, mail: MailId, references: &[String], actor: &str, now: Timestamp) -> Result<()> {
        self.write(|tx, rules| {
            exists(tx, mail)?;
            let (kind, understood) = concluding::mail_kind(tx, mail)?;
            // What waited for a person and was linked by one is what its author wrote, whatever its headers say of a machine.
            let doubtful = understood.as_ref().is_some_and(|understood| understood.automatic_doubtful);
            let effect = concluding::effect_of(kind, doubtful);
            let mut linked = Vec::new();
            for reference in references {
                let request = requests::by_reference_or_refuse(tx, reference)?;
                let evidence: Option<String> = tx
                    .query_row(
                        "SELECT evidence FROM mail_suggestion WHERE mail_id = ?1 AND request_id = ?2",
                        [mail.0, request.id.0],
                        |row| row.get(0),
                    )
                    .optional()?;
                let evidence: Vec<Evidence> = evidence.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
                remove_link(tx, mail, request.id)?;
                put_link(tx, mail, request.id, effect, &evidence, actor, now)?;
                // Mail systems and robots write for anybody: only what a person wrote says where an authority writes from.
                if matches!(effect, Effect::Reply | Effect::Acknowledgement) {
                    learn_domain(tx, rules, mail, &request)?;
                }
                linked.push(request);
            }
            let candidates = forget_suggestions(tx, mail)?;
            place(tx, mail, Standing::Linked)?;
            for request in &linked {
                let detail = json!({ "reference": request.reference, "as": effect.name() });
                Event::new(now, "mail linked", actor).mail(mail).request(request.id).detail(detail).append(tx)?;
            }
            replan_all(tx, rules, linked.iter().map(|request| request.id).chain(candidates), now)
        })
    }

    /// A person undoes links: all, or those to the given requests. A mail without links waits for a person again.
    pub fn unlink_mail(&mut self, mail: MailId, references: &[String], actor: &str, now: Timestamp) -> Result<()> {
        self.write(|tx, rules| {
            exists(tx, mail)?;
            let linked = linked_requests(tx, mail)?;
            let chosen: Vec<RequestId> = if references.is_empty() {
                linked.clone()
            } else {
                references.iter().map(|reference| Ok(requests::by_reference_or_refuse(tx, reference)?.id)).collect::<Result<_>>()?
            };
            if chosen.is_empty() || !chosen.iter().all(|request| linked.contains(request)) {
                return Err(RegisterError::Refused(format!("mail {mail} is not linked there; `mail show {mail}` shows its links")));
            }
            for request in &chosen {
                remove_link(tx, mail, *request)?;
                Event::new(now, "mail unlinked", actor).mail(mail).request(*request).append(tx)?;
            }
            returns::take_back(tx, rules, mail, &chosen, actor, now)?;
            unlearn_domain(tx, mail, &chosen)?;
            let left = linked_requests(tx, mail)?;
            place(tx, mail, if left.is_empty() { Standing::Unlinked } else { Standing::Linked })?;
            if left.is_empty()
                && let Some(sender) = sender_of(tx, mail)?
            {
                concluding::note_writers(tx, mail, &sender)?;
            }
            replan_all(tx, rules, chosen, now)
        })
    }

    /// A person says what a mail is. On linked mail this changes what it does to its requests; mail that is not linked is set aside, unless it
    /// is said to be a reply, which must be linked to something.
    pub fn mark_mail(&mut self, mail: MailId, placed: Placed, actor: &str, now: Timestamp) -> Result<()> {
        self.write(|tx, rules| {
            exists(tx, mail)?;
            let linked = linked_requests(tx, mail)?;
            if placed == Placed::As(Effect::Reply) && linked.is_empty() {
                return Err(RegisterError::Refused(format!(
                    "mail {mail} is not linked to any request; `mail link {mail} REFERENCE` says what it answers"
                )));
            }
            let candidates = forget_suggestions(tx, mail)?;
            let name = match placed {
                Placed::Ignore => {
                    for request in &linked {
                        remove_link(tx, mail, *request)?;
                    }
                    returns::take_back(tx, rules, mail, &[], actor, now)?;
                    unlearn_domain(tx, mail, &linked)?;
                    place(tx, mail, Standing::SetAside)?;
                    "ignore"
                }
                Placed::As(effect) => {
                    match effect {
                        Effect::Bounce => returns::confirm(tx, rules, mail, actor, now)?,
                        _ => returns::take_back(tx, rules, mail, &[], actor, now)?,
                    }
                    for request in &linked {
                        let evidence: String = tx.query_row(
                            "SELECT evidence FROM mail_link WHERE mail_id = ?1 AND request_id = ?2",
                            [mail.0, request.0],
                            |row| row.get(0),
                        )?;
                        let evidence: Vec<Evidence> = serde_json::from_str(&evidence).unwrap_or_default();
                        remove_link(tx, mail, *request)?;
                        put_link(tx, mail, *request, effect, &evidence, actor, now)?;
                    }
                    place(tx, mail, if linked.is_empty() { Standing::SetAside } else { Standing::Linked })?;
                    effect.name()
                }
            };
            Event::new(now, "mail marked", actor).mail(mail).detail(json!({ "as": name })).append(tx)?;
            replan_all(tx, rules, linked.into_iter().chain(candidates), now)
        })
    }
}

fn exists(tx: &Transaction<'_>, mail: MailId) -> Result<()> {
    let known: bool = tx.query_row("SELECT EXISTS (SELECT 1 FROM mail WHERE id = ?1)", [mail.0], |row| row.get(0))?;
    if known { Ok(()) } else { Err(RegisterError::Refused(format!("there is no mail {mail}; `mail list` shows them"))) }
}

fn linked_requests(tx: &Transaction<'_>, mail: MailId) -> Result<Vec<RequestId>> {
    let mut statement = tx.prepare_cached("SELECT request_id FROM mail_link WHERE mail_id = ?1 ORDER BY request_id")?;
    let found = statement.query_map([mail.0], |row| row.get(0).map(RequestId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn place(tx: &Transaction<'_>, mail: MailId, standing: Standing) -> Result<()> {
    tx.execute("UPDATE mail SET standing = ?2, placed_by_person = 1 WHERE id = ?1", params![mail.0, standing.name()])?;
    Ok(())
}

fn forget_suggestions(tx: &Transaction<'_>, mail: MailId) -> Result<Vec<RequestId>> {
    let mut statement = tx.prepare_cached("DELETE FROM mail_suggestion WHERE mail_id = ?1 RETURNING request_id")?;
    let forgotten = statement.query_map([mail.0], |row| row.get(0).map(RequestId))?;
    Ok(forgotten.collect::<rusqlite::Result<_>>()?)
}

fn replan_all(tx: &Transaction<'_>, rules: &OfficeRules, requests: impl IntoIterator<Item = RequestId>, now: Timestamp) -> Result<()> {
    let mut requests: Vec<RequestId> = requests.into_iter().collect();
    requests.sort();
    requests.dedup();
    requests.into_iter().try_for_each(|request| agenda::replan(tx, rules, request, now))
}

/// Takes back what rules concluded of a mail, before it is judged again. What it was linked to, and since when.
pub(super) fn clear(tx: &Transaction<'_>, rules: &OfficeRules, mail: MailId, now: Timestamp) -> Result<Vec<(RequestId, Timestamp)>> {
    let linked: Vec<(RequestId, Timestamp)> = tx
        .prepare_cached("SELECT request_id, linked_at FROM mail_link WHERE mail_id = ?1")?
        .query_map([mail.0], |row| Ok((RequestId(row.get(0)?), rows::timestamp(row, 1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (request, _) in &linked {
        remove_link(tx, mail, *request)?;
    }
    let candidates = forget_suggestions(tx, mail)?;
    tx.prepare_cached("DELETE FROM mail_writer WHERE mail_id = ?1")?.execute([mail.0])?;
    if !linked.is_empty() || !candidates.is_empty() {
        replan_all(tx, rules, linked.iter().map(|(request, _)| *request).chain(candidates), now)?;
    }
    Ok(linked)
}

pub(super) fn put_link(
    tx: &Transaction<'_>,
    mail: MailId,
    request: RequestId,
    effect: Effect,
    evidence: &[Evidence],
    by: &str,
    linked_at: Timestamp,
) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO mail_link (mail_id, request_id, effect, evidence, linked_by, linked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![mail.0, request.0, effect.name(), rows::to_json(&evidence)?, by, linked_at.as_second()])?;
    if effect == Effect::Reply { concluding::put_answers(tx, mail, request) } else { Ok(()) }
}

fn remove_link(tx: &Transaction<'_>, mail: MailId, request: RequestId) -> Result<()> {
    tx.prepare_cached("DELETE FROM answer WHERE mail_id = ?1 AND request_id = ?2")?.execute([mail.0, request.0])?;
    tx.prepare_cached("DELETE FROM mail_link WHERE mail_id = ?1 AND request_id = ?2")?.execute([mail.0, request.0])?;
    Ok(())
}

/// A person's decision teaches from which domain an authority writes, if it is nobody else's, not a public provider's and not our own (a
/// colleague passes a letter on), and if nothing says that the sender is forged.
fn learn_domain(tx: &Transaction<'_>, rules: &OfficeRules, mail: MailId, request: &crate::domain::request::Request) -> Result<()> {
    let sender = sender_of(tx, mail)?;
    let Some((_, domain)) = sender.as_deref().and_then(|sender| sender.rsplit_once('@')) else { return Ok(()) };
    let domain = domain.to_lowercase();
    let ours = std::iter::once(&rules.address).chain(rules.staff.iter().map(|member| &member.address));
    if ours.filter_map(|own| own.rsplit_once('@')).any(|(_, own)| own.eq_ignore_ascii_case(&domain)) {
        return Ok(());
    }
    let forged: Option<bool> =
        tx.query_row("SELECT json_extract(authenticity, '$.verdict') = 'contradicted' FROM mail WHERE id = ?1", [mail.0], |row| {
            row.get(0)
        })?;
    if forged == Some(true) {
        return Ok(());
    }
    let somebodys: bool = tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM authority_domain WHERE domain = ?1)
             OR EXISTS (SELECT 1 FROM contact WHERE address LIKE '%@' || ?1 AND authority_id <> ?2)",
        params![domain, request.authority.0],
        |row| row.get(0),
    )?;
    if !somebodys && !PUBLIC_PROVIDERS.contains(&domain.as_str()) {
        tx.execute(
            "INSERT OR IGNORE INTO authority_domain (domain, authority_id, learnt) VALUES (?1, ?2, 1)",
            params![domain, request.authority.0],
        )?;
    }
    Ok(())
}

/// What was learnt from a decision that is taken back is forgotten, unless another decision taught the same.
fn unlearn_domain(tx: &Transaction<'_>, mail: MailId, requests: &[RequestId]) -> Result<()> {
    let sender = sender_of(tx, mail)?;
    let Some((_, domain)) = sender.as_deref().and_then(|sender| sender.rsplit_once('@')) else { return Ok(()) };
    for request in requests {
        tx.execute(
            "DELETE FROM authority_domain WHERE learnt AND domain = ?1 AND authority_id = (SELECT authority_id FROM request WHERE id = ?2)
             AND NOT EXISTS (SELECT 1 FROM mail_link l JOIN mail m ON m.id = l.mail_id JOIN request r ON r.id = l.request_id
                             WHERE r.authority_id = authority_domain.authority_id AND l.linked_by <> 'rule'
                               AND l.effect IN ('reply', 'acknowledgement') AND lower(m.sender) LIKE '%@' || ?1)",
            params![domain.to_lowercase(), request.0],
        )?;
    }
    Ok(())
}

fn sender_of(tx: &Transaction<'_>, mail: MailId) -> Result<Option<String>> {
    Ok(tx.query_row("SELECT sender FROM mail WHERE id = ?1", [mail.0], |row| row.get(0))?)
}
