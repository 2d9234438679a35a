//! What a mail says of the way of our own letters: a report that one came back, and the proof that one whose outcome is not known has left.

use crate::domain::deliverability::{self, Came, Witness};
use crate::domain::delivery::{Meant, meant};
use crate::domain::identity::MailId;
use crate::domain::linking::{EvidenceKind, OwnLetter, Verdict};
use crate::mail::Understood;
use crate::mail::understood::BouncedRecipient;
use crate::outgoing::{self, Report, reported};
use crate::register::{Result, Transaction, deliveries};
use jiff::Timestamp;

/// A bounce names the delivery by its address, or the letter and the recipient. `born_here`: it came into being on our own server.
pub(super) fn report(
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
        let deliveries = deliveries::of_own_letter(tx, letter)?;
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

fn in_words(told: Option<&BouncedRecipient>) -> String {
    let words = told.map(|told| {
        let diagnostic = told.diagnostic.as_deref().unwrap_or("returned");
        format!("{} {diagnostic}", told.status.as_deref().unwrap_or_default()).trim().to_owned()
    });
    words.unwrap_or_else(|| "returned".into()).chars().take(300).collect()
}

/// Whoever answers a letter, or reports on its delivery, has got it: an unknown outcome is no longer unknown.
pub(super) fn prove_sent(tx: &Transaction<'_>, verdict: &Verdict, now: Timestamp) -> Result<()> {
    for evidence in verdict.links.iter().flat_map(|link| &link.evidence) {
        let unknown = match (evidence.kind, evidence.letter) {
            // A copy is no proof that the letter was sent.
            (EvidenceKind::Thread | EvidenceKind::ReturnedLetter, Some(letter @ OwnLetter::Letter(_))) => {
                deliveries::unknown_of(tx, letter)?
            }
            // Whoever writes to the address of a delivery has got that one.
            (EvidenceKind::BounceAddress, Some(letter @ OwnLetter::Delivery(_))) => deliveries::unknown_of(tx, letter)?,
            _ => continue,
        };
        for delivery in unknown {
            outgoing::resolve_unknown(tx, delivery, "a mail that answers it came back", now)?;
        }
    }
    Ok(())
}
