//! Placing mail: links, made by rule or by a person, and undone by a person.

use super::events::{self, Event};
use super::senders::Sender;
use super::{
    Register, RegisterError, Result, agenda, concluding, confirmed, directory, mails, requests, resting as rests, returns, rows, sources,
};
use crate::domain::identity::{MailId, RequestId};
use crate::domain::linking::{Evidence, Link, Verdict};
use crate::domain::reply::{Effect, Standing};
use crate::domain::request::Request;
use crate::domain::resting::{self, RestKind, Undone};
use crate::domain::rules::{OfficeRules, day_in};
use crate::domain::trust::{NotRemembered, Proof, Remember, Writer};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::json;

/// What a person says a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    As(Effect),
    /// It needs nothing.
    Ignore,
    /// A detainee, a relative, a guard, somebody in danger wrote it (OPCAT article 21).
    Source,
    /// It is no source after all: it is judged anew.
    NotSource,
}

impl Placed {
    pub fn from_name(name: &str) -> Option<Placed> {
        match Effect::from_name(name) {
            _ if name == "ignore" => Some(Placed::Ignore),
            _ if name == "source" => Some(Placed::Source),
            _ if name == "not-source" => Some(Placed::NotSource),
            // What a mail is before a person has said what it is.
            Some(Effect::Waiting) | None => None,
            Some(effect) => Some(Placed::As(effect)),
        }
    }
}

/// What follows for other mail from what a person says of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForItsSender {
    /// Addresses that write for an authority from now on, and its name.
    pub remembered: Vec<(String, String)>,
    /// Why the address of a mail that counts from now on is not remembered, where it might be.
    pub not_remembered: Option<NotRemembered>,
    /// Mails that counted only because this one had its address remembered. They wait for a person again.
    pub wait_again: Vec<MailId>,
    /// References of the requests whose letters rest for it from now on, and as whose mail.
    pub rests: Vec<(String, RestKind)>,
}

impl Register {
    /// A person links a mail to requests, in addition to what it is linked to; what it was linked to and waited, counts from now on. The sender's
    /// address is remembered for the authority, unless a reason is given.
    pub fn link_mail(&mut self, mail: MailId, references: &[String], actor: &str, now: Timestamp) -> Result<ForItsSender> {
        self.write(|tx, rules| link(tx, rules, mail, references, |effect| effect, actor, now))
    }

    /// The same of a mail that a person says does not answer: they stay open, and their deadlines go on.
    pub fn link_without_answer(&mut self, mail: MailId, references: &[String], actor: &str, now: Timestamp) -> Result<ForItsSender> {
        self.write(|tx, rules| link(tx, rules, mail, references, Effect::unless_it_answers, actor, now))
    }

    /// A person undoes links: all, or those to the given requests. A mail without links waits for a person again.
    pub fn unlink_mail(&mut self, mail: MailId, references: &[String], actor: &str, now: Timestamp) -> Result<ForItsSender> {
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
            let mut follows = ForItsSender::default();
            let mut undone = Vec::with_capacity(chosen.len());
            for request in &chosen {
                undone.push((*request, remove_link(tx, mail, *request)?.unwrap_or(Effect::Waiting)));
                Event::new(now, "mail unlinked", actor).mail(mail).request(*request).append(tx)?;
                follows.wait_again.extend(confirmed::forget(tx, rules, mail, requests::load(tx, *request)?.authority, actor, now)?);
            }
            returns::take_back(tx, rules, mail, &chosen, actor, now)?;
            let left = linked_requests(tx, mail)?;
            place(tx, mail, if left.is_empty() { Standing::Unlinked } else { Standing::Linked })?;
            if left.is_empty() {
                follows.rests = rest_undone(tx, rules, mail, &undone, events::last(tx)?)?;
            } else {
                rests::end_of(tx, mail, &chosen, now)?;
            }
            replan_all(tx, rules, chosen, now)?;
            Ok(follows)
        })
    }

    /// A person says what a mail is. On linked mail this changes what it does to its requests; mail that is not linked is set aside, unless it
    /// is said to be a reply, which must be linked to something.
    pub fn mark_mail(&mut self, mail: MailId, placed: Placed, actor: &str, now: Timestamp) -> Result<ForItsSender> {
        self.write(|tx, rules| {
            let mut follows = mark(tx, rules, mail, placed, actor, now)?;
            match placed {
                Placed::Source => {
                    for copy in sources::hide_copies(tx, rules, mail, now)? {
                        follows.wait_again.extend(mark(tx, rules, copy, Placed::Source, actor, now)?.wait_again);
                    }
                }
                Placed::NotSource => sources::judge_copies_anew(tx)?,
                _ => {}
            }
            Ok(follows)
        })
    }
}

/// `said_to`: what it does, of what its kind makes it do.
fn link(
    tx: &Transaction<'_>,
    rules: &OfficeRules,
    mail: MailId,
    references: &[String],
    said_to: fn(Effect) -> Effect,
    actor: &str,
    now: Timestamp,
) -> Result<ForItsSender> {
    exists(tx, mail)?;
    refuse_of_source(tx, mail)?;
    let (kind, understood) = concluding::mail_kind(tx, mail)?;
    let effect = said_to(concluding::effect_of(kind, &understood.unwrap_or_default()));
    let mut linked = Vec::new();
    for reference in references {
        let request = requests::by_reference_or_refuse(tx, reference)?;
        let evidence: Option<String> = tx
            .query_row("SELECT evidence FROM mail_suggestion WHERE mail_id = ?1 AND request_id = ?2", [mail.0, request.id.0], |row| {
                row.get(0)
            })
            .optional()?;
        let evidence: Vec<Evidence> = evidence.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        remove_link(tx, mail, request.id)?;
        linked.push((request, evidence));
    }
    let candidates = forget_suggestions(tx, mail)?;
    place(tx, mail, Standing::Linked)?;
    let mut follows = ForItsSender::default();
    for (request, evidence) in &linked {
        let detail = json!({ "reference": request.reference, "as": effect.name() });
        Event::new(now, "mail linked", actor).mail(mail).request(request.id).detail(detail).append(tx)?;
        put_link(tx, mail, request.id, effect, evidence, actor, Made::by_last_event(tx, now)?)?;
        // Mail systems and robots write for anybody: only what a person wrote says from where an authority writes.
        if effect == Effect::Reply {
            remember_sender(tx, rules, mail, request, &mut follows, now)?;
        } else {
            follows.wait_again.extend(confirmed::forget(tx, rules, mail, request.authority, actor, now)?);
        }
    }
    // A person wrote it, whatever report it had seemed to be.
    if matches!(effect, Effect::Reply | Effect::Acknowledgement) {
        let linked: Vec<RequestId> = linked.iter().map(|(request, _)| request.id).collect();
        returns::take_back(tx, rules, mail, &linked, actor, now)?;
    }
    let rested = rests::end(tx, mail, now)?;
    replan_all(tx, rules, linked.iter().map(|(request, _)| request.id).chain(candidates).chain(rested), now)?;
    Ok(follows)
}

fn mark(tx: &Transaction<'_>, rules: &OfficeRules, mail: MailId, placed: Placed, actor: &str, now: Timestamp) -> Result<ForItsSender> {
    exists(tx, mail)?;
    if !matches!(placed, Placed::Source | Placed::NotSource) {
        refuse_of_source(tx, mail)?;
    }
    let linked = linked_requests(tx, mail)?;
    if placed == Placed::As(Effect::Reply) && linked.is_empty() {
        return Err(RegisterError::Refused(format!(
            "mail {mail} is not linked to any request; `mail link {mail} REFERENCE` says what it answers"
        )));
    }
    let candidates = forget_suggestions(tx, mail)?;
    let mut follows = ForItsSender::default();
    let mut linked_anew = Vec::new();
    let name = match placed {
        Placed::Ignore | Placed::Source | Placed::NotSource => {
            for request in &linked {
                remove_link(tx, mail, *request)?;
                let authority = requests::load(tx, *request)?.authority;
                follows.wait_again.extend(confirmed::forget(tx, rules, mail, authority, actor, now)?);
            }
            returns::take_back(tx, rules, mail, &[], actor, now)?;
            place(tx, mail, Standing::SetAside)?;
            match placed {
                Placed::Source => {
                    sources::hide(tx, mail)?;
                    "source"
                }
                Placed::NotSource => {
                    tx.execute("UPDATE mail SET is_source = 0, said_no_source = 1, placed_by_person = 0 WHERE id = ?1", [mail.0])?;
                    mails::read_again(tx, mail.0)?;
                    "not a source"
                }
                _ => "ignore",
            }
        }
        Placed::As(effect) => {
            match effect {
                Effect::Bounce => returns::confirm(tx, rules, mail, actor, now)?,
                _ => returns::take_back(tx, rules, mail, &[], actor, now)?,
            }
            for request in &linked {
                let evidence: String =
                    tx.query_row("SELECT evidence FROM mail_link WHERE mail_id = ?1 AND request_id = ?2", [mail.0, request.0], |row| {
                        row.get(0)
                    })?;
                let evidence: Vec<Evidence> = serde_json::from_str(&evidence).unwrap_or_default();
                remove_link(tx, mail, *request)?;
                linked_anew.push((*request, effect, evidence));
                if effect != Effect::Reply {
                    let authority = requests::load(tx, *request)?.authority;
                    follows.wait_again.extend(confirmed::forget(tx, rules, mail, authority, actor, now)?);
                }
            }
            place(tx, mail, if linked.is_empty() { Standing::SetAside } else { Standing::Linked })?;
            effect.name()
        }
    };
    Event::new(now, "mail marked", actor).mail(mail).detail(json!({ "as": name })).append(tx)?;
    for (request, effect, evidence) in linked_anew {
        put_link(tx, mail, request, effect, &evidence, actor, Made::by_last_event(tx, now)?)?;
    }
    if placed == Placed::As(Effect::Reply) {
        for request in &linked {
            let request = requests::load(tx, *request)?;
            remember_sender(tx, rules, mail, &request, &mut follows, now)?;
        }
    }
    let rested = rests::end(tx, mail, now)?;
    replan_all(tx, rules, linked.into_iter().chain(candidates).chain(rested), now)?;
    Ok(follows)
}

fn exists(tx: &Transaction<'_>, mail: MailId) -> Result<()> {
    let known: bool = tx.query_row("SELECT EXISTS (SELECT 1 FROM mail WHERE id = ?1)", [mail.0], |row| row.get(0))?;
    if known { Ok(()) } else { Err(RegisterError::Refused(format!("there is no mail {mail}; `mail list` shows them"))) }
}

/// What a source wrote is not linked or marked by the way.
fn refuse_of_source(tx: &Transaction<'_>, mail: MailId) -> Result<()> {
    let is_source: bool = tx.query_row("SELECT is_source FROM mail WHERE id = ?1", [mail.0], |row| row.get(0))?;
    if is_source {
        return Err(RegisterError::Refused(format!(
            "mail {mail} is information from a source; if it is none after all, `mail mark {mail} not-source` has it judged anew"
        )));
    }
    Ok(())
}

/// The address of a mail that answers a request is remembered, and whoever said so is told.
fn remember_sender(
    tx: &Transaction<'_>,
    rules: &OfficeRules,
    mail: MailId,
    request: &Request,
    follows: &mut ForItsSender,
    now: Timestamp,
) -> Result<()> {
    match (confirmed::remember(tx, rules, mail, request, now)?, confirmed::sender_of(tx, mail)?) {
        (Remember::Yes, Some(address)) => follows.remembered.push((address, directory::load_head(tx, request.authority)?.name)),
        (Remember::NotBecause(why), _) => follows.not_remembered = follows.not_remembered.or(Some(why)),
        _ => {}
    }
    Ok(())
}

fn linked_requests(tx: &Transaction<'_>, mail: MailId) -> Result<Vec<RequestId>> {
    let mut statement = tx.prepare_cached("SELECT request_id FROM mail_link WHERE mail_id = ?1 ORDER BY request_id")?;
    let found = statement.query_map([mail.0], |row| row.get(0).map(RequestId))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// A person's word takes the place of what the rules gave as their reasons, which stay in the event of the judgement.
fn place(tx: &Transaction<'_>, mail: MailId, standing: Standing) -> Result<()> {
    tx.execute(
        "UPDATE mail SET standing = ?2, because = NULL, placed_by_person = 1, counted_until = NULL WHERE id = ?1",
        params![mail.0, standing.name()],
    )?;
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

/// When a link was made, and by which event it does what it does: digests tell it by that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Made {
    pub(super) event: i64,
    at: Timestamp,
}

impl Made {
    /// By the event that was recorded last in this transaction.
    pub(super) fn by_last_event(tx: &Transaction<'_>, at: Timestamp) -> Result<Made> {
        Ok(Made { event: events::last(tx)?, at })
    }
}

/// A link that a rule made and that is taken back, to be judged again.
pub(super) struct Cleared {
    request: RequestId,
    effect: Effect,
    /// The event is none where the record before had none.
    event: Option<i64>,
    linked_at: Timestamp,
}

impl Cleared {
    /// A link that is found again is no news, unless it does something else from now on.
    pub(super) fn made_again(cleared: &[Cleared], link: &Link, anew: Made) -> Made {
        cleared.iter().find(|cleared| cleared.request == link.request).map_or(anew, |cleared| Made {
            event: cleared.event.filter(|_| cleared.effect == link.effect).unwrap_or(anew.event),
            at: cleared.linked_at,
        })
    }
}

/// Takes back what rules concluded of a mail, before it is judged again. What it was linked to.
pub(super) fn clear(tx: &Transaction<'_>, rules: &OfficeRules, mail: MailId, now: Timestamp) -> Result<Vec<Cleared>> {
    let linked: Vec<Cleared> = tx
        .prepare_cached("SELECT request_id, effect, event_id, linked_at FROM mail_link WHERE mail_id = ?1")?
        .query_map([mail.0], |row| {
            Ok(Cleared {
                request: RequestId(row.get(0)?),
                effect: Effect::from_name(&row.get::<_, String>(1)?).unwrap_or(Effect::Waiting),
                event: row.get(2)?,
                linked_at: rows::timestamp(row, 3)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    for cleared in &linked {
        remove_link(tx, mail, cleared.request)?;
    }
    let candidates = forget_suggestions(tx, mail)?;
    let rested = rests::end(tx, mail, now)?;
    if !linked.is_empty() || !candidates.is_empty() || !rested.is_empty() {
        replan_all(tx, rules, linked.iter().map(|cleared| cleared.request).chain(candidates).chain(rested), now)?;
    }
    Ok(linked)
}

/// The links by which a mail has done something. A copy that comes later takes nothing away: anybody can send one, to any address.
pub(super) fn links_that_count(tx: &Transaction<'_>, mail: MailId) -> Result<Vec<Link>> {
    let mut statement =
        tx.prepare_cached("SELECT request_id, effect, evidence FROM mail_link WHERE mail_id = ?1 AND effect <> 'waiting'")?;
    let found = statement.query_map([mail.0], |row| {
        let effect = Effect::from_name(&row.get::<_, String>(1)?).unwrap_or(Effect::Waiting);
        Ok(Link { request: RequestId(row.get(0)?), effect, evidence: rows::json(row, 2)? })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Puts links into a verdict that were made before and are not taken back.
pub(super) fn keep(verdict: &mut Verdict, links: Vec<Link>) {
    for link in links {
        verdict.suggestions.retain(|suggestion| suggestion.request != link.request);
        match verdict.links.iter_mut().find(|found| found.request == link.request) {
            Some(found) => found.effect = link.effect,
            None => verdict.links.push(link),
        }
    }
    verdict.standing = Standing::Linked;
}

/// A mail of which nobody says any more what it answers waits for a person again. The requests that rest for it.
fn rest_undone(
    tx: &Transaction<'_>,
    rules: &OfficeRules,
    mail: MailId,
    undone: &[(RequestId, Effect)],
    event: i64,
) -> Result<Vec<(String, RestKind)>> {
    let (received_at, proof) = tx.query_row("SELECT received_at, proof FROM mail WHERE id = ?1", [mail.0], |row| {
        Ok((rows::timestamp(row, 0)?, rows::optional_json::<Proof>(row, 1)?))
    })?;
    let address = confirmed::sender_of(tx, mail)?;
    let sender = address.map(|address| Sender::find(tx, &address, day_in(received_at, &rules.time_zone))).transpose()?;
    let mut links = Vec::with_capacity(undone.len());
    for (request, effect) in undone {
        let authority = requests::load(tx, *request)?.authority;
        let writer = sender.as_ref().map_or(Ok(Writer::Stranger), |sender| sender.writer_to(tx, authority))?;
        links.push(Undone { request: *request, effect: *effect, writer });
    }
    let resting = resting::once_undone(&links, proof.unwrap_or(Proof::NotProven));
    let senders = sender.map(|sender| sender.may_write_for()).unwrap_or_default();
    rests::put(tx, mail, received_at, &resting, &senders, event)?;
    resting.requests.into_iter().map(|(request, kind)| Ok((requests::load(tx, request)?.reference, kind))).collect()
}

pub(super) fn put_link(
    tx: &Transaction<'_>,
    mail: MailId,
    request: RequestId,
    effect: Effect,
    evidence: &[Evidence],
    by: &str,
    made: Made,
) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO mail_link (mail_id, request_id, effect, evidence, linked_by, linked_at, event_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![mail.0, request.0, effect.name(), rows::to_json(&evidence)?, by, made.at.as_second(), made.event])?;
    if effect == Effect::Reply { concluding::put_answers(tx, mail, request) } else { Ok(()) }
}

/// A link does nothing any more until a person says so.
pub(super) fn let_wait(tx: &Transaction<'_>, mail: MailId, request: RequestId) -> Result<()> {
    tx.prepare_cached("DELETE FROM answer WHERE mail_id = ?1 AND request_id = ?2")?.execute([mail.0, request.0])?;
    tx.prepare_cached("UPDATE mail_link SET effect = 'waiting' WHERE mail_id = ?1 AND request_id = ?2")?.execute([mail.0, request.0])?;
    Ok(())
}

/// What it did, if there was one.
fn remove_link(tx: &Transaction<'_>, mail: MailId, request: RequestId) -> Result<Option<Effect>> {
    tx.prepare_cached("DELETE FROM answer WHERE mail_id = ?1 AND request_id = ?2")?.execute([mail.0, request.0])?;
    let effect: Option<String> = tx
        .prepare_cached("DELETE FROM mail_link WHERE mail_id = ?1 AND request_id = ?2 RETURNING effect")?
        .query_row([mail.0, request.0], |row| row.get(0))
        .optional()?;
    Ok(effect.and_then(|effect| Effect::from_name(&effect)))
}
