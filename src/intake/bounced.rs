//! What a mail says of the way of our own letters: a report that one came back, and the proof that one whose outcome is not known has left.

use crate::domain::deliverability::Finding;
use crate::domain::delivery::{DeliveryFinding, ReportFacts, findings_by_delivery, proven_to_have_left, reported_letter};
use crate::domain::identity::MailId;
use crate::domain::linking::Verdict;
use crate::mail::Understood;
use crate::mail::understood::BouncedRecipient;
use crate::outgoing::{self, Report, reported};
use crate::register::{Result, Transaction, deliveries};
use jiff::Timestamp;

/// Takes down what a bounce says of each delivery that it is about. `born_here`: it came into being on our own server.
pub(super) fn report(
    tx: &Transaction<'_>,
    (mail, understood): (MailId, &Understood),
    born_here: bool,
    verdict: &Verdict,
    now: Timestamp,
) -> Result<()> {
    let (Some(bounce), Some(about)) = (&understood.bounce, reported_letter(verdict)) else { return Ok(()) };
    let deliveries = deliveries::of_own_letter(tx, about.letter)?;
    let recipients: Vec<&str> = deliveries.iter().map(|(_, recipient)| recipient.as_str()).collect();
    let named: Vec<(&str, Finding)> = bounce.recipients.iter().map(|bounced| (bounced.address.as_str(), bounced.finding)).collect();
    let unnamed = bounce.unnamed.as_ref().map(|unnamed| unnamed.finding);
    let facts = ReportFacts { about, born_here, is_typed: understood.says_more, named: &named, unnamed };
    for DeliveryFinding { delivery, by_name, finding, witness, has_left } in findings_by_delivery(&facts, &recipients) {
        let Some(&(delivery, _)) = deliveries.get(delivery) else { continue };
        if has_left {
            outgoing::resolve_unknown(tx, delivery, "a delivery report about it came back", now, now)?;
        }
        let why = in_words(by_name.and_then(|place| bounce.recipients.get(place)));
        reported(tx, &Report { mail, delivery, finding, witness, why: &why }, now)?;
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

/// An unknown outcome of a letter that a mail proves to have left is no longer unknown.
pub(super) fn prove_sent(tx: &Transaction<'_>, verdict: &Verdict, now: Timestamp) -> Result<()> {
    for letter in verdict.links.iter().flat_map(|link| &link.evidence).filter_map(proven_to_have_left) {
        for delivery in deliveries::unknown_of(tx, letter)? {
            outgoing::resolve_unknown(tx, delivery, "a mail that answers it came back", now, now)?;
        }
    }
    Ok(())
}
