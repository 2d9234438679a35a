//! A letter came back, or is said to have: each report is taken down with what it changed, and what follows from it is done.
//!
//! What a report is worth, and what follows from it, is decided by `domain::deliverability` and `domain::delivery` from how it came. What a person
//! says of one stands in `taking_back`.

use super::suppressing::{Because, put_state};
use crate::domain::deliverability::{About, AddressState, Finding, STOPS_AGAIN_AFTER, Witness, stops_sending, tells_of_before};
use crate::domain::delivery::{self, DeliveryChange, ReportedAs, ReturnLasts, StoppedBefore, after_report, reached_nobody};
use crate::domain::event::{Actor, Happened, Returned, RuleName};
use crate::domain::identity::{DeliveryId, MailId, RequestId};
use crate::register::delivery_reports::NewReport;
use crate::register::events::Event;
use crate::register::{Result, Transaction, addresses, deliveries, delivery_reports, requests};
use jiff::Timestamp;

/// What a mail says of one delivery.
pub(crate) struct Report<'a> {
    pub(crate) mail: MailId,
    pub(crate) delivery: DeliveryId,
    pub(crate) finding: Finding,
    pub(crate) witness: Witness,
    pub(crate) why: &'a str,
}

/// Takes a report down and does what follows from it. One that is judged again, because a copy of it came, has done what it does.
pub(crate) fn reported(tx: &Transaction<'_>, report: &Report<'_>, now: Timestamp) -> Result<()> {
    if delivery_reports::is_known(tx, report.mail, report.delivery)? {
        return Ok(());
    }
    apply(tx, report, &RuleName::Bounce.into(), now)
}

/// Takes a report down, in the place of what was made of it before, and does what follows from it.
pub(super) fn apply(tx: &Transaction<'_>, report: &Report<'_>, actor: &Actor, now: Timestamp) -> Result<()> {
    let Some(sent) = delivery_reports::sent(tx, report.delivery)? else { return Ok(()) };
    let facts = delivery::Report {
        finding: report.finding,
        witness: report.witness,
        state: sent.before.state,
        times_given: sent.times_given,
        stopped: last_stop(tx, report, now)?,
    };
    let after = after_report(&facts, now);
    let taken_down = NewReport {
        mail: report.mail,
        delivery: report.delivery,
        request: sent.request,
        at: now,
        finding: report.finding,
        witness: after.witness,
        why: report.why,
        standing: after.standing,
        before: &sent.before,
    };
    delivery_reports::put(tx, &taken_down)?;
    if let Some(lasting) = after.returned {
        let next_attempt_at = match lasting {
            ReturnLasts::SentAgain(at) => Some(at),
            ReturnLasts::ForGood => None,
        };
        let change = DeliveryChange::Returned { by: report.mail, because: report.why.into(), about: report.finding.about, next_attempt_at };
        deliveries::change(tx, report.delivery, &change)?;
    }
    let returned = Returned {
        to: sent.recipient.clone(),
        why: report.why.to_owned(),
        about: Some(report.finding.about),
        witness: Some(after.witness),
    };
    let mut event = Event::new(now, in_words(after.reported_as)(returned), actor).letter(sent.letter).mail(report.mail);
    event.request = sent.request;
    event.append(tx)?;
    if sent.has_contact {
        let (known, since) = addresses::state_of(tx, &sent.recipient)?.unzip();
        let came_at = delivery_reports::came_at(tx, report.mail)?;
        let of_before = tells_of_before(report.witness, since, came_at, sent.attempted_at);
        if let Some(state) = AddressState::after(known, of_before, after.measure, report.finding) {
            let because = Because { actor, evidence: report.why, mail: Some(report.mail) };
            put_state(tx, &sent.recipient, state, &because, now)?;
        }
    }
    match sent.request {
        Some(request) if after.reported_as == ReportedAs::Bounced => stop_clock_if_undelivered(tx, request, now),
        _ => Ok(()),
    }
}

fn in_words(reported_as: ReportedAs) -> fn(Returned) -> Happened {
    match reported_as {
        ReportedAs::Delayed => Happened::LetterDelayed,
        ReportedAs::SaidToHaveComeBack => Happened::LetterSaidToHaveComeBack,
        ReportedAs::ReturnedForNow => Happened::LetterReturnedForNow,
        ReportedAs::Bounced => Happened::LetterBounced,
    }
}

/// The last other report about a letter to the same authority that stopped the office's letters, within [`STOPS_AGAIN_AFTER`].
fn last_stop(tx: &Transaction<'_>, report: &Report<'_>, now: Timestamp) -> Result<Option<StoppedBefore>> {
    if report.finding.about != About::OurAccount {
        return Ok(None);
    }
    let since = now.saturating_sub(STOPS_AGAIN_AFTER).unwrap_or(now);
    let others = delivery_reports::drawn_of_authority(tx, report.mail, report.delivery, since)?;
    Ok(others.into_iter().find(|(_, finding, witness)| stops_sending(*finding, *witness)).map(|(stop, ..)| stop))
}

/// A request that came back, and of which no other letter got through, was never made.
fn stop_clock_if_undelivered(tx: &Transaction<'_>, request: RequestId, now: Timestamp) -> Result<()> {
    if !requests::was_made_by_letter(tx, request)? || !reached_nobody(deliveries::states_about(tx, request)?) {
        return Ok(());
    }
    requests::put_sent_at(tx, request, None)?;
    Event::new(now, Happened::RequestNotDelivered, RuleName::Bounce).request(request).append(tx)
}
