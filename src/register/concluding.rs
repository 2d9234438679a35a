//! What was understood of a mail is written, and its consequences are drawn: links, answers, bounces, suggestions.

use super::clues::Gathered;
use super::events::Event;
use super::returns::{Report, reported};
use super::search::MailWords;
use super::sources::Compared;
use super::{Reader, Register, Result, agenda, judging_again, outbox, placing, resting as rests, rows, senders, sources};
use crate::domain::deliverability::{self, About, Came, Finding, Witness};
use crate::domain::identity::{AuthorityId, DeliveryId, MailId, RequestId};
use crate::domain::linking::{Clue, Verdict};
use crate::domain::recommendation::is_clear_number;
use crate::domain::reply::{Effect, Standing};
use crate::domain::resting::{self, Resting, Undone};
use crate::domain::rules::OfficeRules;
use crate::domain::source::Again;
use crate::domain::trust::{Proof, Writer};
use crate::mail::Understood;
use crate::mail::answers;
use crate::mail::authenticity::Authenticity;
use crate::mail::understood::{AnswerFound, Bounce, BouncedRecipient, Kind};
use jiff::Timestamp;
use rusqlite::{Transaction, params};
use serde_json::json;

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
        self.write(|tx, rules| conclude_all(tx, rules, conclusions, now))
    }
}

pub(super) fn conclude_all(
    tx: &Transaction<'_>,
    rules: &OfficeRules,
    conclusions: Vec<Conclusion>,
    now: Timestamp,
) -> Result<Vec<Standing>> {
    let mut words = Vec::with_capacity(conclusions.len());
    let mut placed = Vec::with_capacity(conclusions.len());
    for conclusion in conclusions {
        words.push(MailWords::of(conclusion.mail, &conclusion.understood));
        placed.extend(conclude(tx, rules, conclusion, now)?);
    }
    // Last: FTS5 writes out what it has gathered whenever another statement of the same transaction opens a savepoint.
    words.iter().try_for_each(|words| words.index(tx))?;
    Ok(placed)
}

fn conclude(tx: &Transaction<'_>, rules: &OfficeRules, conclusion: Conclusion, now: Timestamp) -> Result<Option<Standing>> {
    let Conclusion { mail, mut understood, authenticity, mut verdict, mut resting, senders, writer, proof } = conclusion;
    let again = sources::again(tx, rules, &Compared { mail, understood: &understood, writer }, now)?;
    forget_bodies(&mut understood);
    let sender = understood.from.first().and_then(|from| from.address.clone());
    let is_first = tx
        .prepare_cached("SELECT authenticity IS NULL AND understood IS NULL FROM mail WHERE id = ?1")?
        .query_row([mail.0], |row| row.get::<_, bool>(0))?;
    // A forgery says nothing of what a domain does; nor does a report, which domains that sign all their letters send unsigned.
    let is_telling = is_first && proof != Proof::Contradicted && understood.kind != Kind::Bounce;
    if let Some(authenticity) = authenticity.as_ref().filter(|authenticity| is_telling && !authenticity.from_domain.is_empty()) {
        senders::note_signing(tx, authenticity)?;
    }
    tx.prepare_cached(
        "UPDATE mail SET message_id = ?2, sender = ?3, subject = ?4, kind = ?5, automatic = ?6, understood = ?7, authenticity = ?8,
            writer = ?9, proof = ?10 WHERE id = ?1",
    )?
    .execute(params![
        mail.0,
        understood.message_id,
        sender,
        understood.subject,
        understood.kind.name(),
        understood.automatic,
        rows::to_json(&understood)?,
        authenticity.as_ref().map(rows::to_json).transpose()?,
        rows::to_json(&writer)?,
        rows::to_json(&proof)?
    ])?;
    judging_again::plan(tx, mail, authenticity.as_ref(), now)?;
    let placed_before = placing::links_that_count(tx, mail)?;
    if again != Again::No {
        resting = match again {
            Again::Copy => Resting::default(),
            _ => {
                let would_do = verdict.links.iter().map(|link| Undone { request: link.request, effect: link.effect, writer });
                resting::while_hidden(resting, &would_do.collect::<Vec<_>>(), proof)
            }
        };
        verdict = of_source(again);
    } else if !placed_before.is_empty() {
        // What a machine seems to have sent answers nothing, and rests what it did before the copy came.
        let answers = |effect: Effect| matches!(effect, Effect::Reply | Effect::Acknowledgement);
        resting.requests.retain(|(request, _)| !placed_before.iter().any(|link| link.request == *request && answers(link.effect)));
        placing::keep(&mut verdict, placed_before);
    }
    let judged = tx
        .prepare_cached("UPDATE mail SET standing = ?2, because = ?3, at_work = 0 WHERE id = ?1 AND at_work AND NOT placed_by_person")?
        .execute(params![mail.0, verdict.standing.name(), rows::to_json(&verdict.because)?])?;
    if judged == 0 {
        return Ok(None);
    }
    match again {
        Again::No => sources::show(tx, mail)?,
        Again::Perhaps | Again::Copy => sources::hide(tx, mail)?,
    }
    let cleared = placing::clear(tx, rules, mail, now)?;
    let rules_named: Vec<&String> = verdict.because.iter().collect();
    Event::new(now, &format!("mail {}", verdict.standing.name()), "rule: linking")
        .mail(mail)
        .detail(json!({
            "kind": understood.kind.name(),
            "because": rules_named,
            "requests": verdict.links.iter().map(|link| link.request.0).collect::<Vec<_>>(),
            "suggested": verdict.suggestions.iter().map(|suggestion| suggestion.request.0).collect::<Vec<_>>(),
        }))
        .append(tx)?;
    let judged = placing::Made::by_last_event(tx, now)?;
    for link in &verdict.links {
        let made = placing::Cleared::made_again(&cleared, link, judged);
        placing::put_link(tx, mail, link.request, link.effect, &link.evidence, "rule", made)?;
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
        draw_bounce(tx, rules, (mail, &understood), born_here, &verdict, now)?;
    }
    prove_sent(tx, rules, &verdict, now)?;
    let touched: Vec<RequestId> =
        verdict.links.iter().map(|link| link.request).chain(verdict.suggestions.iter().map(|suggestion| suggestion.request)).collect();
    for request in touched {
        agenda::replan(tx, rules, request, now)?;
    }
    Ok(Some(verdict.standing))
}

/// A mail that is like a source's is linked to nothing, and is no candidate for anything that others see.
fn of_source(again: Again) -> Verdict {
    let (standing, why) = match again {
        Again::Copy => (Standing::SetAside, "it is information from a source that was here before"),
        _ => (Standing::Unlinked, "it may be information from a source"),
    };
    Verdict { standing, links: vec![], suggestions: vec![], because: vec![why.into()] }
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
    rules: &OfficeRules,
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
        let named_by = match evidence.clue {
            Clue::BounceAddress => "d.envelope_sender = ?1",
            Clue::ReturnedLetter => "d.letter_id = (SELECT letter_id FROM own_message_id WHERE message_id = ?1)",
            _ => continue,
        };
        let deliveries: Vec<(i64, String)> = tx
            .prepare_cached(&format!("SELECT d.id, d.recipient FROM delivery d WHERE {named_by} ORDER BY d.is_copy, d.id"))?
            .query_map([&evidence.detail], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let to_envelope = evidence.clue == Clue::BounceAddress;
        for (delivery, told, names_recipient) in about_deliveries(bounce, &deliveries) {
            let delivery = DeliveryId(delivery);
            let witness = deliverability::witness(&Came { is_linked, to_envelope, born_here, names_recipient, is_typed });
            if witness != Witness::Nobody {
                outbox::resolve_unknown(tx, rules, delivery, "a delivery report about it came back", now)?;
            }
            let finding = told.map_or_else(|| finding_about_nobody(bounce), |told| told.finding);
            reported(tx, rules, &Report { mail, delivery, finding, witness, why: &in_words(told) }, now)?;
        }
        return Ok(());
    }
    Ok(())
}

/// The deliveries that a report speaks of, what it says of them, and whether it names their recipient, or nobody where only one can be meant. One that
/// names others speaks of the letter all the same: it went on to them from the address that we know, or somebody made the report up.
fn about_deliveries<'b>(bounce: &'b Bounce, deliveries: &[(i64, String)]) -> Vec<(i64, Option<&'b BouncedRecipient>, bool)> {
    let named: Vec<(i64, Option<&BouncedRecipient>, bool)> = deliveries
        .iter()
        .filter_map(|(delivery, recipient)| {
            let told = bounce.recipients.iter().find(|bounced| bounced.address.eq_ignore_ascii_case(recipient))?;
            Some((*delivery, Some(told), true))
        })
        .collect();
    match (named.is_empty(), deliveries) {
        (false, _) | (true, []) => named,
        (true, [(delivery, _), others @ ..]) => {
            vec![(*delivery, bounce.recipients.first(), bounce.recipients.is_empty() && others.is_empty())]
        }
    }
}

fn finding_about_nobody(bounce: &Bounce) -> Finding {
    let about = if bounce.dead_address { About::Recipient } else { About::Unclear };
    Finding { about, passes: !bounce.permanent, dead: bounce.dead_address, delayed: !bounce.permanent }
}

fn in_words(told: Option<&BouncedRecipient>) -> String {
    let words = told.map(|told| {
        let diagnostic = told.diagnostic.as_deref().unwrap_or("returned");
        format!("{} {diagnostic}", told.status.as_deref().unwrap_or_default()).trim().to_owned()
    });
    words.unwrap_or_else(|| "returned".into()).chars().take(300).collect()
}

/// Whoever answers a letter, or reports on its delivery, has got it: an unknown outcome is no longer unknown.
fn prove_sent(tx: &Transaction<'_>, rules: &OfficeRules, verdict: &Verdict, now: Timestamp) -> Result<()> {
    for evidence in verdict.links.iter().flat_map(|link| &link.evidence) {
        let named_by = match evidence.clue {
            Clue::Thread | Clue::ReturnedLetter => "o.message_id = ?1 AND NOT d.is_copy",
            Clue::BounceAddress => "d.envelope_sender = ?1",
            _ => continue,
        };
        let unknown: Vec<i64> = tx
            .prepare_cached(&format!(
                "SELECT d.id FROM delivery d JOIN own_message_id o ON o.letter_id = d.letter_id WHERE d.state = 'unknown' AND {named_by}"
            ))?
            .query_map([&evidence.detail], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for delivery in unknown {
            outbox::resolve_unknown(tx, rules, DeliveryId(delivery), "a mail that answers it came back", now)?;
        }
    }
    Ok(())
}

/// What a mail does to a request that a person links it to. What waited because its headers say that a machine wrote it, or because it is a report
/// in which somebody may have typed an answer, is what its author wrote.
pub(super) fn effect_of(kind: Option<Kind>, understood: &Understood) -> Effect {
    match kind {
        Some(Kind::Bounce | Kind::DeliveryReceipt | Kind::ReadReceipt) if understood.says_more => Effect::Reply,
        Some(Kind::Automatic | Kind::DeliveryReceipt | Kind::ReadReceipt | Kind::FeedbackReport) if !understood.automatic_doubtful => {
            Effect::Automatic
        }
        Some(Kind::Bounce) => Effect::Bounce,
        Some(Kind::Acknowledgement) => Effect::Acknowledgement,
        _ => Effect::Reply,
    }
}

impl Reader {
    pub(super) fn mail_kind(&self, mail: MailId) -> Result<(Option<Kind>, Option<Understood>)> {
        mail_kind(&self.db, mail)
    }
}

pub(super) fn mail_kind(db: &rusqlite::Connection, mail: MailId) -> Result<(Option<Kind>, Option<Understood>)> {
    let (kind, understood): (Option<String>, Option<Understood>) = db
        .prepare_cached("SELECT kind, understood FROM mail WHERE id = ?1")?
        .query_row([mail.0], |row| Ok((row.get(0)?, rows::optional_json(row, 1)?)))?;
    Ok((kind.and_then(|kind| Kind::from_name(&kind)), understood))
}

/// The first link's answers: what the mail says on each recommendation, or that it answers them all. Where one alone was asked about and none is
/// named, all that was newly written answers it.
pub(super) fn put_answers(tx: &Transaction<'_>, mail: MailId, request: RequestId) -> Result<()> {
    let understood = mail_kind(tx, mail)?.1.unwrap_or_default();
    let recommendations = super::recommendations::of_request(tx, request)?;
    let whole = (recommendations.len() == 1 && understood.answers.is_empty()).then(|| AnswerFound {
        reference: "1".to_owned(),
        text: understood.reply.trim().to_owned(),
        position: understood.position,
    });
    let found: Vec<AnswerFound> = understood.answers.into_iter().chain(whole.filter(|whole| !whole.text.is_empty())).collect();
    let references: Vec<&str> = recommendations.iter().map(|recommendation| recommendation.reference.as_str()).collect();
    for (number, recommendation) in (1..).zip(&recommendations) {
        let is_clear = is_clear_number(number, &references);
        let by_reference = found.iter().find(|answer| answer.reference.eq_ignore_ascii_case(&recommendation.reference));
        let answer = by_reference
            .filter(|answer| is_clear || answer.reference.parse::<usize>().is_err())
            .or_else(|| found.iter().find(|answer| is_clear && answer.reference == number.to_string()))
            .and_then(|answer| answers::beyond(&recommendation.text, answer));
        tx.prepare_cached("INSERT INTO answer (request_id, recommendation_id, mail_id, text, position) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                request.0,
                recommendation.id.0,
                mail.0,
                answer.as_ref().map(|answer| &answer.text),
                answer.as_ref().and_then(|answer| answer.position).map(|position| position.to_string())
            ])?;
    }
    Ok(())
}
