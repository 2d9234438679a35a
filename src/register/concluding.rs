//! What was understood of a mail is written, and its consequences are drawn: links, answers, bounces, suggestions.

use super::Transaction;
use super::events::Event;
use super::gathering::Gathered;
use super::search::MailWords;
use super::sources::Compared;
use super::{Register, Result, judging_again, links, resting as rests, rows, senders, sources};
use crate::domain::deliverability::{self, Came, Witness};
use crate::domain::delivery::{Meant, meant};
use crate::domain::event::{Examined, Happened, RuleName};
use crate::domain::haste;
use crate::domain::identity::{AuthorityId, DeliveryId, MailId, RequestId};
use crate::domain::linking::{EvidenceKind, OwnLetter, Verdict};
use crate::domain::reply::Standing;
use crate::domain::resting::{self, Resting, Undone};
use crate::domain::source::{Again, while_hidden};
use crate::domain::trust::{Proof, Writer, tells_of_its_domain};
use crate::mail::Understood;
use crate::mail::authenticity::Authenticity;
use crate::mail::understood::{Bounce, BouncedRecipient, Kind};
use crate::outgoing::{self, Report, planning, reported};
use jiff::Timestamp;
use rusqlite::params;

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
    /// Writes what was understood and draws its consequences: links, answers, bounces, suggestions. Where the mails stand that it placed: one
    /// that a person has placed meanwhile stays there, one that came by another way meanwhile waits to be read again with that.
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
    let again = sources::again(tx, &Compared { mail, understood: &understood, writer }, now)?;
    forget_bodies(&mut understood);
    let is_first = tx
        .prepare_cached("SELECT authenticity IS NULL AND understood IS NULL FROM mail WHERE id = ?1")?
        .query_row([mail.0], |row| row.get::<_, bool>(0))?;
    let is_telling = tells_of_its_domain(is_first, proof, understood.kind);
    if let Some(authenticity) = authenticity.as_ref().filter(|authenticity| is_telling && !authenticity.from_domain.is_empty()) {
        senders::note_signing(tx, authenticity)?;
    }
    write(tx, mail, &understood, authenticity.as_ref(), writer, proof)?;
    judging_again::plan(tx, mail, authenticity.as_ref(), now)?;
    let counted = links::links_that_count(tx, mail)?;
    if let Some((standing, why)) = while_hidden(again) {
        let would_do: Vec<Undone> =
            verdict.links.iter().map(|link| Undone { request: link.request, effect: link.effect, writer }).collect();
        resting = match again {
            Again::Copy => Resting::default(),
            _ => resting::while_hidden(resting, &would_do, proof),
        };
        verdict = Verdict { standing, links: vec![], suggestions: vec![], because: vec![why.into()] };
    } else if !counted.is_empty() {
        resting = resting::while_counted(resting, &counted);
        verdict.keep(counted);
    }
    let judged = tx
        .prepare_cached("UPDATE mail SET standing = ?2, because = ?3, at_work = 0 WHERE id = ?1 AND at_work AND NOT placed_by_person")?
        .execute(params![mail.0, verdict.standing.name(), rows::to_json(&verdict.because)?])?;
    if judged == 0 {
        return Ok(None);
    }
    sources::put_judged(tx, mail, again)?;
    let cleared = links::clear(tx, mail, now)?;
    let examined = Examined {
        kind: understood.kind.name().to_owned(),
        because: verdict.because.clone(),
        requests: verdict.links.iter().map(|link| link.request.0).collect(),
        suggested: verdict.suggestions.iter().map(|suggestion| suggestion.request.0).collect(),
    };
    Event::new(now, Happened::judged(verdict.standing, examined), RuleName::Linking).mail(mail).append(tx)?;
    let judged = links::Made::by_last_event(tx, now)?;
    for link in &verdict.links {
        let made = links::Cleared::made_again(&cleared, link, judged);
        links::put_link(tx, mail, link.request, link.effect, &link.evidence, "rule", made)?;
    }
    for (position, suggestion) in (0i64..).zip(&verdict.suggestions) {
        tx.prepare_cached("INSERT INTO mail_suggestion (mail_id, request_id, position, evidence) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![mail.0, suggestion.request.0, position, rows::to_json(&suggestion.evidence)?])?;
    }

    let received_at =
        tx.prepare_cached("SELECT received_at FROM mail WHERE id = ?1")?.query_row([mail.0], |row| rows::timestamp(row, 0))?;
    rests::put(tx, mail, received_at, &resting, &senders, judged.event)?;
    // Receipts and complaints carry the letter they are about as well; only a bounce says that it did not arrive.
    if understood.kind == Kind::Bounce {
        let born_here = authenticity.as_ref().is_some_and(|authenticity| authenticity.from_own_server);
        draw_bounce(tx, (mail, &understood), born_here, &verdict, now)?;
    }
    prove_sent(tx, &verdict, now)?;
    let touched: Vec<RequestId> =
        verdict.links.iter().map(|link| link.request).chain(verdict.suggestions.iter().map(|suggestion| suggestion.request)).collect();
    for request in touched {
        planning::replan(tx, request, now)?;
    }
    Ok(Some(verdict.standing))
}

/// What was understood of a mail, whole, and in columns what SQL asks for.
fn write(
    tx: &Transaction<'_>,
    mail: MailId,
    understood: &Understood,
    authenticity: Option<&Authenticity>,
    writer: Writer,
    proof: Proof,
) -> Result<()> {
    let sender = understood.from.first().and_then(|from| from.address.clone());
    let unsigned = authenticity.filter(|authenticity| !authenticity.has_own_signature && !authenticity.from_domain.is_empty());
    tx.prepare_cached(
        "UPDATE mail SET message_id = ?2, sender = ?3, subject = ?4, kind = ?5, automatic = ?6, understood = ?7, authenticity = ?8,
            writer = ?9, proof = ?10, short_text = ?11, bulk = ?12, deleted_unread = ?13, says_arrived = ?14, unsigned_from = ?15 WHERE id = ?1",
    )?
    .execute(params![
        mail.0,
        understood.message_id,
        sender,
        understood.subject,
        understood.kind.name(),
        understood.automatic,
        rows::to_json(understood)?,
        authenticity.map(rows::to_json).transpose()?,
        rows::to_json(&writer)?,
        rows::to_json(&proof)?,
        haste::short_text(&understood.reply),
        understood.bulk,
        understood.bounce.as_ref().is_some_and(|bounce| bounce.deleted_unread),
        understood.bounce.as_ref().is_some_and(Bounce::says_arrived),
        unsigned.map(|authenticity| &authenticity.from_domain),
    ])?;
    Ok(())
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

/// A bounce names the delivery by its address, or the letter and the recipient. `born_here`: it came into being on our own server.
fn draw_bounce(
    tx: &Transaction<'_>,
    (mail, understood): (MailId, &Understood),
    born_here: bool,
    verdict: &Verdict,
    now: Timestamp,
) -> Result<()> {
    let Some(bounce) = &understood.bounce else { return Ok(()) };
    let is_typed = understood.says_more;
    let linked = verdict.links.iter().flat_map(|link| &link.evidence).map(|evidence| (evidence, true));
    let suggested = verdict.suggestions.iter().flat_map(|suggestion| &suggestion.evidence).map(|evidence| (evidence, false));
    for (evidence, is_linked) in linked.chain(suggested) {
        let to_envelope = evidence.kind == EvidenceKind::BounceAddress;
        let Some(letter) = evidence.letter.filter(|_| to_envelope || evidence.kind == EvidenceKind::ReturnedLetter) else { continue };
        let deliveries = deliveries_of(tx, letter)?;
        let recipients: Vec<&str> = deliveries.iter().map(|(_, recipient)| recipient.as_str()).collect();
        let named: Vec<&str> = bounce.recipients.iter().map(|bounced| bounced.address.as_str()).collect();
        for Meant { delivery, told, names_recipient } in meant(&recipients, &named) {
            let Some(&(delivery, _)) = deliveries.get(delivery) else { continue };
            let told = told.and_then(|told| bounce.recipients.get(told));
            let witness = deliverability::witness(&Came { is_linked, to_envelope, born_here, names_recipient, is_typed });
            if witness != Witness::Nobody {
                outgoing::resolve_unknown(tx, delivery, "a delivery report about it came back", now)?;
            }
            let finding = told.or(bounce.unnamed.as_ref()).map(|told| told.finding).unwrap_or_default();
            reported(tx, &Report { mail, delivery, finding, witness, why: &in_words(told) }, now)?;
        }
        return Ok(());
    }
    Ok(())
}

/// With their recipients, the copies last.
fn deliveries_of(tx: &Transaction<'_>, letter: OwnLetter) -> Result<Vec<(DeliveryId, String)>> {
    let (which, id) = match letter {
        OwnLetter::Letter(letter) => ("letter_id", letter.0),
        OwnLetter::Delivery(delivery) => ("id", delivery.0),
    };
    let mut statement = tx.prepare_cached(&format!("SELECT id, recipient FROM delivery WHERE {which} = ?1 ORDER BY is_copy, id"))?;
    let found = statement.query_map([id], |row| Ok((DeliveryId(row.get(0)?), row.get(1)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn in_words(told: Option<&BouncedRecipient>) -> String {
    let words = told.map(|told| {
        let diagnostic = told.diagnostic.as_deref().unwrap_or("returned");
        format!("{} {diagnostic}", told.status.as_deref().unwrap_or_default()).trim().to_owned()
    });
    words.unwrap_or_else(|| "returned".into()).chars().take(300).collect()
}

/// Whoever answers a letter, or reports on its delivery, has got it: an unknown outcome is no longer unknown.
fn prove_sent(tx: &Transaction<'_>, verdict: &Verdict, now: Timestamp) -> Result<()> {
    for evidence in verdict.links.iter().flat_map(|link| &link.evidence) {
        // A copy is no proof that the letter was sent; whoever writes to the address of a delivery has got that one.
        let (which, id) = match (evidence.kind, evidence.letter) {
            (EvidenceKind::Thread | EvidenceKind::ReturnedLetter, Some(OwnLetter::Letter(letter))) => {
                ("letter_id = ?1 AND NOT is_copy", letter.0)
            }
            (EvidenceKind::BounceAddress, Some(OwnLetter::Delivery(delivery))) => ("id = ?1", delivery.0),
            _ => continue,
        };
        let unknown: Vec<i64> = tx
            .prepare_cached(&format!("SELECT id FROM delivery WHERE {which} AND state = 'unknown'"))?
            .query_map([id], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for delivery in unknown {
            outgoing::resolve_unknown(tx, DeliveryId(delivery), "a mail that answers it came back", now)?;
        }
    }
    Ok(())
}
