//! Which letter of ours a report is about, which deliveries of that letter, and what it says of each: by what the mail was linked to, and by the
//! addresses that it names.

use crate::domain::deliverability::{Finding, ReportOrigin, Witness, witness};
use crate::domain::linking::{Evidence, EvidenceKind, OwnLetter, Verdict};

/// The letter that a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportedLetter {
    pub letter: OwnLetter,
    /// Nothing speaks against its being about that letter.
    pub is_linked: bool,
    /// The report came to the signed envelope address of the delivery.
    pub to_envelope: bool,
}

/// Which letter a report is about, if it names one of ours: by the first evidence of it that the verdict weighs, links before suggestions.
pub fn reported_letter(verdict: &Verdict) -> Option<ReportedLetter> {
    let linked = verdict.links.iter().flat_map(|link| &link.evidence).map(|evidence| (evidence, true));
    let suggested = verdict.suggestions.iter().flat_map(|suggestion| &suggestion.evidence).map(|evidence| (evidence, false));
    linked.chain(suggested).find_map(|(evidence, is_linked)| {
        let to_envelope = evidence.kind == EvidenceKind::BounceAddress;
        let is_reported = to_envelope || evidence.kind == EvidenceKind::ReturnedLetter;
        Some(ReportedLetter { letter: evidence.letter.filter(|_| is_reported)?, is_linked, to_envelope })
    })
}

/// What a report says, and how it came.
#[derive(Debug, Clone, Copy)]
pub struct ReportFacts<'a> {
    pub about: ReportedLetter,
    /// It came into being on our own server, as its Received lines prove.
    pub born_here: bool,
    /// A person has typed something into its readable part.
    pub is_typed: bool,
    /// Whom it names, and what it says of each.
    pub named: &'a [(&'a str, Finding)],
    /// What it says of somebody whom it does not name.
    pub unnamed: Option<Finding>,
}

/// What a report says of one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryFinding {
    /// Its place among the deliveries.
    pub delivery: usize,
    /// The place of what is said of it among those whom the report names.
    pub by_name: Option<usize>,
    pub finding: Finding,
    pub witness: Witness,
    /// It is proven to have left, whatever became of it.
    pub has_left: bool,
}

/// What a report says of the deliveries of the letter that it is about. `recipients`: of those deliveries.
pub fn findings_by_delivery(report: &ReportFacts<'_>, recipients: &[&str]) -> Vec<DeliveryFinding> {
    let ReportFacts { about: ReportedLetter { is_linked, to_envelope, .. }, born_here, is_typed, named, unnamed } = *report;
    let names: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
    let told = deliveries_named(recipients, &names).into_iter().map(|NamedDelivery { delivery, by_name, names_recipient }| {
        let finding = by_name.and_then(|place| named.get(place)).map(|(_, finding)| *finding).or(unnamed).unwrap_or_default();
        let witness = witness(&ReportOrigin { is_linked, to_envelope, born_here, names_recipient, is_typed });
        DeliveryFinding { delivery, by_name, finding, witness, has_left: witness != Witness::Nobody }
    });
    told.collect()
}

/// The letter, or the one delivery of it, that evidence of a link proves to have left: whoever answers a letter, or reports on its delivery, has got
/// it.
pub fn proven_to_have_left(evidence: &Evidence) -> Option<OwnLetter> {
    match (evidence.kind, evidence.letter?) {
        (EvidenceKind::Thread | EvidenceKind::ReturnedLetter, letter @ OwnLetter::Letter(_)) => Some(letter),
        // Whoever writes to the address of a delivery has got that one.
        (EvidenceKind::BounceAddress, delivery @ OwnLetter::Delivery(_)) => Some(delivery),
        _ => None,
    }
}

/// A delivery that a report speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NamedDelivery {
    delivery: usize,
    by_name: Option<usize>,
    /// The report names the delivery's recipient, or nobody where only one can be meant.
    names_recipient: bool,
}

/// Of which deliveries a report speaks. `recipients`: of the deliveries that its address or the letter it returns leads to; `named`: whom it names.
/// One that names others speaks of the letter all the same: it went on to them from the address that we know, or somebody made the report up.
fn deliveries_named(recipients: &[&str], named: &[&str]) -> Vec<NamedDelivery> {
    let named_as = |recipient: &str| named.iter().position(|name| name.eq_ignore_ascii_case(recipient));
    let by_name: Vec<NamedDelivery> = (0..)
        .zip(recipients)
        .filter_map(|(delivery, recipient)| Some(NamedDelivery { delivery, by_name: Some(named_as(recipient)?), names_recipient: true }))
        .collect();
    if !by_name.is_empty() || recipients.is_empty() {
        return by_name;
    }
    let by_name = (!named.is_empty()).then_some(0);
    vec![NamedDelivery { delivery: 0, by_name, names_recipient: named.is_empty() && recipients.len() == 1 }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::deliverability::About;
    use crate::domain::identity::{DeliveryId, LetterId, RequestId};
    use crate::domain::linking::{Link, Suggestion};
    use crate::domain::reply::{Effect, Standing};

    const LETTER: OwnLetter = OwnLetter::Letter(LetterId(1));
    const DELIVERY: OwnLetter = OwnLetter::Delivery(DeliveryId(2));

    fn evidence(kind: EvidenceKind, letter: Option<OwnLetter>) -> Evidence {
        Evidence { request: RequestId(1), kind, detail: String::new(), letter }
    }

    fn verdict(linked: Vec<Evidence>, suggested: Vec<Evidence>) -> Verdict {
        let links = vec![Link { request: RequestId(1), effect: Effect::Waiting, evidence: linked }];
        let suggestions = vec![Suggestion { request: RequestId(1), evidence: suggested }];
        Verdict { standing: Standing::Linked, links, suggestions, because: vec![] }
    }

    #[test]
    fn a_report_is_about_the_letter_that_it_returns_or_whose_address_it_came_to() {
        use EvidenceKind::{BounceAddress, EnclosedLetter, ReturnedLetter, Thread};
        let about = |letter, is_linked, to_envelope| Some(ReportedLetter { letter, is_linked, to_envelope });
        let (returned, address) = (evidence(ReturnedLetter, Some(LETTER)), evidence(BounceAddress, Some(DELIVERY)));
        for (linked, suggested, expected) in [
            (vec![], vec![], None),
            (vec![evidence(Thread, Some(LETTER)), evidence(EnclosedLetter, Some(LETTER))], vec![], None),
            // The letter is not known any more.
            (vec![evidence(ReturnedLetter, None)], vec![], None),
            (vec![returned.clone()], vec![], about(LETTER, true, false)),
            (vec![address.clone(), returned.clone()], vec![], about(DELIVERY, true, true)),
            (vec![evidence(Thread, Some(LETTER))], vec![address.clone()], about(DELIVERY, false, true)),
            (vec![returned], vec![address], about(LETTER, true, false)),
        ] {
            assert_eq!(reported_letter(&verdict(linked.clone(), suggested.clone())), expected, "{linked:?} {suggested:?}");
        }
    }

    #[test]
    fn what_a_report_says_of_a_delivery_and_what_that_is_worth() {
        let finding = |about| Finding { about, ..Finding::default() };
        let (full, hard_bounce, unnamed) = (finding(About::Storage), finding(About::Recipient), finding(About::Policy));
        let to_envelope = ReportedLetter { letter: DELIVERY, is_linked: true, to_envelope: true };
        let by_message_id = ReportedLetter { letter: LETTER, is_linked: true, to_envelope: false };
        let suggested = ReportedLetter { is_linked: false, ..to_envelope };
        let finding_of =
            |by_name, finding, witness| DeliveryFinding { delivery: 0, by_name, finding, witness, has_left: witness != Witness::Nobody };
        for (about, born_here, is_typed, named, expected) in [
            (
                to_envelope,
                false,
                false,
                &[("b@x.example", full), ("a@x.example", hard_bounce)][..],
                finding_of(Some(1), hard_bounce, Witness::EnvelopeAddress),
            ),
            (to_envelope, false, false, &[], finding_of(None, unnamed, Witness::EnvelopeAddress)),
            (to_envelope, false, true, &[("a@x.example", hard_bounce)], finding_of(Some(0), hard_bounce, Witness::Nobody)),
            (to_envelope, false, false, &[("elsewhere@y.example", hard_bounce)], finding_of(Some(0), hard_bounce, Witness::Nobody)),
            (suggested, true, false, &[("a@x.example", hard_bounce)], finding_of(Some(0), hard_bounce, Witness::Nobody)),
            (by_message_id, true, false, &[("a@x.example", hard_bounce)], finding_of(Some(0), hard_bounce, Witness::OwnServer)),
            (by_message_id, false, false, &[("a@x.example", hard_bounce)], finding_of(Some(0), hard_bounce, Witness::Nobody)),
        ] {
            let report = ReportFacts { about, born_here, is_typed, named, unnamed: Some(unnamed) };
            assert_eq!(findings_by_delivery(&report, &["a@x.example"]), [expected], "{report:?}");
        }
    }

    #[test]
    fn who_answers_a_letter_or_reports_on_it_has_got_it() {
        use EvidenceKind::{BounceAddress, EnclosedLetter, ReplyAddress, ReturnedLetter, Thread};
        for (kind, letter, expected) in [
            (Thread, Some(LETTER), Some(LETTER)),
            (ReturnedLetter, Some(LETTER), Some(LETTER)),
            (BounceAddress, Some(DELIVERY), Some(DELIVERY)),
            (Thread, Some(DELIVERY), None),
            (Thread, None, None),
            (EnclosedLetter, Some(LETTER), None),
            (ReplyAddress, None, None),
        ] {
            assert_eq!(proven_to_have_left(&evidence(kind, letter)), expected, "{kind:?} {letter:?}");
        }
    }

    #[test]
    fn a_report_speaks_of_whom_it_names_and_of_the_only_one_where_it_names_nobody() {
        let one = |delivery, by_name, names_recipient| NamedDelivery { delivery, by_name, names_recipient };
        for (recipients, named, expected) in [
            (&[][..], &["a@x.example"][..], vec![]),
            (&["a@x.example"], &["b@x.example", "A@X.example"], vec![one(0, Some(1), true)]),
            (&["a@x.example", "b@x.example"], &["b@x.example"], vec![one(1, Some(0), true)]),
            (&["a@x.example", "b@x.example"], &["b@x.example", "a@x.example"], vec![one(0, Some(1), true), one(1, Some(0), true)]),
            (&["a@x.example"], &[], vec![one(0, None, true)]),
            // Which of two is not known.
            (&["a@x.example", "b@x.example"], &[], vec![one(0, None, false)]),
            (&["a@x.example"], &["elsewhere@y.example"], vec![one(0, Some(0), false)]),
        ] {
            assert_eq!(deliveries_named(recipients, named), expected, "{recipients:?} {named:?}");
        }
    }
}
