//! What people say of mails: links made and undone, and what a mail is. What follows is decided in `domain::said`.

use super::remembering::{forget, remember};
use crate::domain::event::{Actor, Happened, LinkedBy, UnlinkedBy};
use crate::domain::identity::{MailId, RequestId};
use crate::domain::refusal::{MailRefusal, Refusal};
use crate::domain::reply::{Effect, Standing};
use crate::domain::request::Request;
use crate::domain::resting::{self, RestKind, Undone};
use crate::domain::said::{self, LinkSaid, Links, Placed, Reports, SendersWord};
use crate::domain::source::SourceState;
use crate::domain::staff::may_read_sources;
use crate::domain::trust::{NotRemembered, Proof, Remember, Writer};
use crate::intake::come_again;
use crate::outgoing::{self, planning::replan_all};
use crate::register::events::{self, Event};
use crate::register::links::{Made, forget_suggestions, linked_requests, put_link, remove_link};
use crate::register::senders::Sender;
use crate::register::standings::{evidence_of_link, evidence_of_suggestion, place};
use crate::register::{Register, RegisterError, Result, Transaction, directory, kept, requests, rests, search, standings, unread};
use jiff::Timestamp;

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
    ///
    /// # Errors
    ///
    /// Refused: an unknown mail or request, and a mail that is hidden as a source's, or may be one's. And where the register cannot be read or
    /// written.
    pub fn link_mail(&mut self, mail: MailId, references: &[String], actor: &Actor, now: Timestamp) -> Result<ForItsSender> {
        self.write(|tx| link(tx, mail, references, |effect| effect, actor, now))
    }

    /// The same of a mail that a person says does not answer: they stay open, and their deadlines go on.
    ///
    /// # Errors
    ///
    /// As [`Register::link_mail`].
    pub fn link_without_answer(&mut self, mail: MailId, references: &[String], actor: &Actor, now: Timestamp) -> Result<ForItsSender> {
        self.write(|tx| link(tx, mail, references, Effect::unless_it_answers, actor, now))
    }

    /// A person undoes links: all, or those to the given requests. A mail without links waits for a person again.
    ///
    /// # Errors
    ///
    /// Refused: an unknown mail or request, a request that the mail is not linked to, and a mail that is linked to nothing. And where the
    /// register cannot be read or written.
    pub fn unlink_mail(&mut self, mail: MailId, references: &[String], actor: &Actor, now: Timestamp) -> Result<ForItsSender> {
        self.write(|tx| {
            exists(tx, mail)?;
            let linked = linked_requests(tx, mail)?;
            let chosen: Vec<RequestId> = if references.is_empty() {
                linked.clone()
            } else {
                references.iter().map(|reference| Ok(requests::by_reference_or_refuse(tx, reference)?.id)).collect::<Result<_>>()?
            };
            if chosen.is_empty() || !chosen.iter().all(|request| linked.contains(request)) {
                return Err(refused(mail, MailRefusal::NotLinkedThere));
            }
            let mut follows = ForItsSender::default();
            let mut undone = Vec::with_capacity(chosen.len());
            for request in &chosen {
                undone.push((*request, remove_link(tx, mail, *request)?.unwrap_or(Effect::Waiting)));
                Event::new(now, Happened::MailUnlinked(UnlinkedBy::Person), actor).mail(mail).request(*request).append(tx)?;
                follows.wait_again.extend(forget(tx, mail, requests::load(tx, *request)?.authority, actor, now)?);
            }
            outgoing::take_back(tx, mail, &chosen, actor, now)?;
            let left = linked_requests(tx, mail)?;
            place(tx, mail, if left.is_empty() { Standing::Unlinked } else { Standing::Linked })?;
            if left.is_empty() {
                follows.rests = rest_undone(tx, mail, &undone, events::last(tx)?)?;
            } else {
                rests::end_of(tx, mail, &chosen, now)?;
            }
            replan_all(tx, chosen, now)?;
            Ok(follows)
        })
    }

    /// A person says what a mail is. On linked mail this changes what it does to its requests; mail that is not linked is set aside, unless it
    /// is said to be a reply, which must be linked to something.
    ///
    /// # Errors
    ///
    /// Refused: an unknown mail; one that is said to be a reply and is linked to nothing; one that is hidden as a source's, or may be one's,
    /// unless it is said to be a source's, or by somebody who may read sources to be none's. And where the register cannot be read or written.
    pub fn mark_mail(&mut self, mail: MailId, placed: Placed, actor: &Actor, now: Timestamp) -> Result<ForItsSender> {
        self.write(|tx| {
            let mut follows = mark(tx, mail, placed, actor, now)?;
            match placed {
                Placed::Source => {
                    for copy in come_again::hide_copies(tx, mail, now)? {
                        follows.wait_again.extend(mark(tx, copy, Placed::Source, actor, now)?.wait_again);
                    }
                }
                Placed::NotSource => come_again::judge_copies_anew(tx)?,
                _ => {}
            }
            Ok(follows)
        })
    }
}

/// `said_to`: what it does, of what its kind makes it do.
fn link(
    tx: &Transaction<'_>,
    mail: MailId,
    references: &[String],
    said_to: fn(Effect) -> Effect,
    actor: &Actor,
    now: Timestamp,
) -> Result<ForItsSender> {
    exists(tx, mail)?;
    let effect = said_to(kept::kind_facts(tx, mail)?.linked_by_a_person());
    let LinkSaid { sender, reports } =
        said::linked(effect, kept::source_state(tx, mail)?).map_err(|why| refused(mail, MailRefusal::NotSaid(why)))?;
    let mut linked = Vec::new();
    for reference in references {
        let request = requests::by_reference_or_refuse(tx, reference)?;
        if linked.iter().any(|(known, _): &(Request, _)| known.id == request.id) {
            continue;
        }
        let evidence = evidence_of_suggestion(tx, mail, request.id)?;
        remove_link(tx, mail, request.id)?;
        linked.push((request, evidence));
    }
    let candidates = forget_suggestions(tx, mail)?;
    place(tx, mail, Standing::Linked)?;
    let mut follows = ForItsSender::default();
    for (request, evidence) in &linked {
        let linked = LinkedBy::Person { reference: request.reference.clone(), r#as: effect };
        Event::new(now, Happened::MailLinked(linked), actor).mail(mail).request(request.id).append(tx)?;
        put_link(tx, mail, request.id, effect, evidence, actor, Made::by_last_event(tx, now)?)?;
        match sender {
            SendersWord::Remembered => remember_sender(tx, mail, request, &mut follows, now)?,
            SendersWord::Forgotten => follows.wait_again.extend(forget(tx, mail, request.authority, actor, now)?),
        }
    }
    let linked: Vec<RequestId> = linked.iter().map(|(request, _)| request.id).collect();
    deal_with_reports(tx, mail, reports, &linked, actor, now)?;
    let rested = rests::end(tx, mail, now)?;
    replan_all(tx, linked.into_iter().chain(candidates).chain(rested), now)?;
    Ok(follows)
}

fn mark(tx: &Transaction<'_>, mail: MailId, placed: Placed, actor: &Actor, now: Timestamp) -> Result<ForItsSender> {
    exists(tx, mail)?;
    let linked = linked_requests(tx, mail)?;
    let before = kept::source_state(tx, mail)?;
    let said = said::marked(placed, !linked.is_empty(), before, may_read_sources(&tx.rules().staff, &actor.to_string()))
        .map_err(|why| refused(mail, MailRefusal::NotSaid(why)))?;
    let candidates = forget_suggestions(tx, mail)?;
    let mut follows = ForItsSender::default();
    let mut linked_anew = Vec::new();
    if matches!(said.links, Links::Stay(_)) {
        deal_with_reports(tx, mail, said.reports, &[], actor, now)?;
    }
    for request in &linked {
        let evidence = evidence_of_link(tx, mail, *request)?;
        remove_link(tx, mail, *request)?;
        if let Links::Stay(effect) = said.links {
            linked_anew.push((*request, effect, evidence));
        }
        if said.sender == SendersWord::Forgotten {
            let authority = requests::load(tx, *request)?.authority;
            follows.wait_again.extend(forget(tx, mail, authority, actor, now)?);
        }
    }
    if said.links == Links::Go {
        deal_with_reports(tx, mail, said.reports, &[], actor, now)?;
    }
    place(tx, mail, said.standing)?;
    kept::put_source_state(tx, mail, said.source)?;
    match said.source {
        // Nothing of what a source wrote is found.
        SourceState::Source => search::forget_mail(tx, mail)?,
        SourceState::SaidNotASource if placed == Placed::NotSource => {
            standings::leave_to_rules(tx, mail)?;
            unread::read_again(tx, mail)?;
        }
        _ => {}
    }
    Event::new(now, Happened::MailMarked { r#as: placed.into() }, actor).mail(mail).append(tx)?;
    for (request, effect, evidence) in linked_anew {
        put_link(tx, mail, request, effect, &evidence, actor, Made::by_last_event(tx, now)?)?;
    }
    for request in linked.iter().filter(|_| said.sender == SendersWord::Remembered) {
        let request = requests::load(tx, *request)?;
        remember_sender(tx, mail, &request, &mut follows, now)?;
    }
    let rested = rests::end(tx, mail, now)?;
    replan_all(tx, linked.into_iter().chain(candidates).chain(rested), now)?;
    Ok(follows)
}

/// What a mail reported of these requests; of all, if none is given.
fn deal_with_reports(
    tx: &Transaction<'_>,
    mail: MailId,
    reports: Reports,
    requests: &[RequestId],
    actor: &Actor,
    now: Timestamp,
) -> Result<()> {
    match reports {
        Reports::Confirmed => outgoing::confirm(tx, mail, actor, now),
        Reports::TakenBack => outgoing::take_back(tx, mail, requests, actor, now),
        Reports::Stay => Ok(()),
    }
}

fn exists(tx: &Transaction<'_>, mail: MailId) -> Result<()> {
    if standings::exists(tx, mail)? { Ok(()) } else { Err(refused(mail, MailRefusal::Unknown)) }
}

fn refused(mail: MailId, why: MailRefusal) -> RegisterError {
    Refusal::Mail { mail, why }.into()
}

/// The address of a mail that answers a request is remembered, and whoever said so is told.
fn remember_sender(tx: &Transaction<'_>, mail: MailId, request: &Request, follows: &mut ForItsSender, now: Timestamp) -> Result<()> {
    match (remember(tx, mail, request, now)?, standings::sender_of(tx, mail)?) {
        (Remember::Yes, Some(address)) => follows.remembered.push((address, directory::load_head(tx, request.authority)?.name)),
        (Remember::NotBecause(why), _) => follows.not_remembered = follows.not_remembered.or(Some(why)),
        _ => {}
    }
    Ok(())
}

/// A mail of which nobody says any more what it answers waits for a person again. The requests that rest for it.
fn rest_undone(tx: &Transaction<'_>, mail: MailId, undone: &[(RequestId, Effect)], event: i64) -> Result<Vec<(String, RestKind)>> {
    let (received_at, proof) = (standings::received_at(tx, mail)?, standings::proof_of(tx, mail)?);
    let address = standings::sender_of(tx, mail)?;
    let sender = address.map(|address| Sender::find(tx, &address, received_at)).transpose()?;
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
