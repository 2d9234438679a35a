//! Writes what was understood of a mail, and what follows from it: links, answers, bounces, suggestions.

use super::come_again::{self, Compared};
use super::gathering::Gathered;
use super::{bounced, judging_again};
use crate::domain::event::{Examined, Happened, RuleName};
use crate::domain::identity::{AuthorityId, MailId, RequestId};
use crate::domain::linking::{Link, Verdict};
use crate::domain::reply::Standing;
use crate::domain::resting::{self, Resting, Undone};
use crate::domain::source::{RepeatsSource, while_hidden};
use crate::domain::trust::{Proof, Writer, tells_of_its_domain};
use crate::mail::Understood;
use crate::mail::authenticity::Authenticity;
use crate::mail::understood::Kind;
use crate::outgoing::planning;
use crate::register::events::Event;
use crate::register::links::{LinkMade, Made};
use crate::register::search::MailWords;
use crate::register::{Register, Result, Transaction, kept, links, mails, rests, senders};
use jiff::Timestamp;
use std::collections::HashMap;

/// What was understood and decided of one mail.
#[derive(Debug, Clone)]
pub struct Conclusion {
    pub mail: MailId,
    pub understood: Understood,
    /// As it was found at arrival.
    pub authenticity: Option<Authenticity>,
    pub verdict: Verdict,
    pub resting: Resting,
    /// The authorities about whose requests its author may write.
    pub senders: Vec<AuthorityId>,
    /// What its writer is to the authority of the request that it is closest to.
    pub writer: Writer,
    pub proof: Proof,
}

impl Conclusion {
    /// What follows from a verdict on a mail: which requests rest meanwhile, and what its writer is to the authority of the closest one.
    pub fn new(
        mail: MailId,
        understood: Understood,
        authenticity: Option<Authenticity>,
        gathered: Gathered,
        verdict: Verdict,
    ) -> Conclusion {
        let Gathered { mail: facts_of_mail, facts, senders, .. } = gathered;
        let closest = verdict.links.first().map(|link| link.request).or(verdict.suggestions.first().map(|suggestion| suggestion.request));
        let to_closest = facts.iter().find(|facts| Some(facts.id) == closest).map(|facts| facts.writer);
        Conclusion {
            mail,
            resting: resting::resting(&facts_of_mail, &verdict, &facts),
            writer: to_closest.unwrap_or(facts_of_mail.writer),
            proof: facts_of_mail.proof,
            senders,
            understood,
            authenticity,
            verdict,
        }
    }
}

impl Register {
    /// Writes what was understood, and what follows from it: links, answers, bounces, suggestions. Gives where the mails stand that it placed: one
    /// that a person has placed meanwhile stays there, one that came by another way meanwhile waits to be read again with that.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written. None of the conclusions is written then.
    pub fn conclude(&mut self, conclusions: Vec<Conclusion>, now: Timestamp) -> Result<Vec<Standing>> {
        self.write(|tx| conclude_all(tx, conclusions, now))
    }
}

pub(super) fn conclude_all(tx: &Transaction<'_>, conclusions: Vec<Conclusion>, now: Timestamp) -> Result<Vec<Standing>> {
    let mut words = Vec::with_capacity(conclusions.len());
    let mut placed = Vec::with_capacity(conclusions.len());
    for conclusion in conclusions {
        words.push(MailWords::of(conclusion.mail, &conclusion.understood));
        placed.extend(conclude(tx, conclusion, now)?);
    }
    // Last: FTS5 writes out what it has gathered whenever another statement of the same transaction opens a savepoint.
    words.iter().try_for_each(|words| words.index(tx))?;
    Ok(placed)
}

fn conclude(tx: &Transaction<'_>, conclusion: Conclusion, now: Timestamp) -> Result<Option<Standing>> {
    let Conclusion { mail, mut understood, authenticity, mut verdict, mut resting, senders, writer, proof } = conclusion;
    let again = come_again::again(tx, &Compared { mail, understood: &understood, writer }, now)?;
    forget_bodies(&mut understood);
    let is_telling = tells_of_its_domain(kept::is_first_time(tx, mail)?, proof, understood.kind);
    if let Some(authenticity) = authenticity.as_ref().filter(|authenticity| is_telling && !authenticity.from_domain.is_empty()) {
        senders::note_signing(tx, authenticity)?;
    }
    kept::put_understood(tx, mail, &understood, authenticity.as_ref(), writer, proof)?;
    judging_again::plan(tx, mail, authenticity.as_ref(), now)?;
    let counted = links::links_that_count(tx, mail)?;
    if let Some((standing, why)) = while_hidden(again) {
        let would_do: Vec<Undone> =
            verdict.links.iter().map(|link| Undone { request: link.request, effect: link.effect, writer }).collect();
        resting = match again {
            RepeatsSource::Copy => Resting::default(),
            _ => resting::while_hidden(resting, &would_do, proof),
        };
        verdict = Verdict { standing, links: vec![], suggestions: vec![], because: vec![why.into()] };
    } else if !counted.is_empty() {
        resting = resting::while_counted(resting, &counted);
        verdict.keep(counted);
    }
    if !kept::put_standing(tx, mail, verdict.standing, &verdict.because)? {
        return Ok(None);
    }
    come_again::put_judged(tx, mail, again)?;
    let cleared: HashMap<RequestId, LinkMade> = clear(tx, mail, now)?.into_iter().map(|link| (link.request, link)).collect();
    let examined = Examined {
        kind: understood.kind.name().to_owned(),
        because: verdict.because.clone(),
        requests: verdict.links.iter().map(|link| link.request.0).collect(),
        suggested: verdict.suggestions.iter().map(|suggestion| suggestion.request.0).collect(),
    };
    Event::new(now, Happened::judged(verdict.standing, examined), RuleName::Linking).mail(mail).append(tx)?;
    let judged = Made::by_last_event(tx, now)?;
    for link in &verdict.links {
        let made = made_again(&cleared, link, judged);
        links::put_link(tx, mail, link.request, link.effect, &link.evidence, &RuleName::Linking.into(), made)?;
    }
    for (position, suggestion) in (0i64..).zip(&verdict.suggestions) {
        links::put_suggestion(tx, mail, position, suggestion.request, &suggestion.evidence)?;
    }
    rests::put(tx, mail, mails::received_at(tx, mail)?, &resting, &senders, judged.event)?;
    // Receipts and complaints carry the letter they are about as well; only a bounce says that it did not arrive.
    if understood.kind == Kind::Bounce {
        let born_here = authenticity.as_ref().is_some_and(|authenticity| authenticity.from_own_server);
        bounced::report(tx, (mail, &understood), born_here, &verdict, now)?;
    }
    bounced::prove_sent(tx, &verdict, now)?;
    let touched: Vec<RequestId> =
        verdict.links.iter().map(|link| link.request).chain(verdict.suggestions.iter().map(|suggestion| suggestion.request)).collect();
    touched.into_iter().try_for_each(|request| planning::replan(tx, request, now))?;
    Ok(Some(verdict.standing))
}

/// Takes back what rules concluded of a mail, before it is judged again. What it was linked to.
fn clear(tx: &Transaction<'_>, mail: MailId, now: Timestamp) -> Result<Vec<LinkMade>> {
    let linked = links::of_mail(tx, mail)?;
    for link in &linked {
        links::remove_link(tx, mail, link.request)?;
    }
    let candidates = links::forget_suggestions(tx, mail)?;
    let rested = rests::end(tx, mail, now)?;
    if !linked.is_empty() || !candidates.is_empty() || !rested.is_empty() {
        planning::replan_all(tx, linked.iter().map(|link| link.request).chain(candidates).chain(rested), now)?;
    }
    Ok(linked)
}

/// A link that is found again is no news, unless it does something else from now on.
fn made_again(cleared: &HashMap<RequestId, LinkMade>, link: &Link, anew: Made) -> Made {
    cleared.get(&link.request).map_or(anew, |cleared| Made {
        event: cleared.event.filter(|_| cleared.effect == link.effect).unwrap_or(anew.event),
        at: cleared.linked_at,
    })
}

/// The bytes hold the bodies; the register's copy of what was understood holds what lists and digests show.
fn forget_bodies(understood: &mut Understood) {
    understood.text.clear();
    understood.html.clear();
    understood.quoted.clear();
    let enclosed = understood.enclosed.iter_mut().flat_map(|enclosed| {
        enclosed.text.clear();
        &mut enclosed.attachments
    });
    for attachment in understood.attachments.iter_mut().chain(enclosed) {
        attachment.text = None;
    }
}
