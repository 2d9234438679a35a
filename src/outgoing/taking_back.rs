//! What people say of reports that letters came back: one that nothing proves is true, or one is none, and what it has done is taken back.

use super::planning;
use super::returned::{Report, apply};
use super::suppressing::{Because, put_state};
use super::taking_out::take_out;
use crate::domain::deliverability::{AddressState, Witness};
use crate::domain::delivery::{ReportStanding, can_be_restored, proves_hard_bounce};
use crate::domain::event::{Actor, Happened, RuleName};
use crate::domain::identity::{DeliveryId, MailId, RequestId};
use crate::domain::lifecycle::Needless;
use crate::register::delivery_reports::{self, Before, OnRecord};
use crate::register::events::Event;
use crate::register::{Result, Transaction, addresses, deliveries, requests};
use jiff::Timestamp;

/// A person says that a report is true: it does what it would have done if anything had proven it.
pub(crate) fn confirm(tx: &Transaction<'_>, mail: MailId, actor: &Actor, now: Timestamp) -> Result<()> {
    for said in delivery_reports::said_by(tx, mail, &[ReportStanding::Claimed, ReportStanding::TakenBack])? {
        let report = Report { mail, delivery: said.delivery, finding: said.finding, witness: Witness::Person, why: &said.why };
        apply(tx, &report, actor, now)?;
        if let Some(request) = said.request {
            planning::replan(tx, request, now)?;
        }
    }
    Ok(())
}

/// A person says that a mail is no report about these requests (all, if none is given): what it has done to addresses, deliveries and clocks is
/// taken back.
pub(crate) fn take_back(tx: &Transaction<'_>, mail: MailId, requests: &[RequestId], actor: &Actor, now: Timestamp) -> Result<()> {
    let not_taken_back = [ReportStanding::Noted, ReportStanding::Claimed, ReportStanding::Drawn];
    for OnRecord { delivery, request, before, .. } in delivery_reports::said_by(tx, mail, &not_taken_back)? {
        if !requests.is_empty() && request.is_none_or(|request| !requests.contains(&request)) {
            continue;
        }
        delivery_reports::put_standing(tx, mail, delivery, ReportStanding::TakenBack)?;
        let is_restored = match before {
            Some(before) => restore_delivery(tx, (mail, delivery), request, &before, now)?,
            None => false,
        };
        let recipient = deliveries::recipient(tx, delivery)?;
        forget_state(tx, &recipient, mail, actor, now)?;
        // Otherwise what they did stands.
        if is_restored {
            draw_others(tx, delivery, now)?;
        }
        let mut event = Event::new(now, Happened::DeliveryReportTakenBack { to: recipient }, actor).mail(mail);
        event.request = request;
        event.append(tx)?;
        if let Some(request) = request {
            planning::replan(tx, request, now)?;
        }
    }
    Ok(())
}

/// What other reports said of a delivery as well is true all the same.
fn draw_others(tx: &Transaction<'_>, delivery: DeliveryId, now: Timestamp) -> Result<()> {
    for OnRecord { mail, finding, witness, why, .. } in delivery_reports::drawn_about(tx, delivery)? {
        apply(tx, &Report { mail, delivery, finding, witness, why: &why }, &RuleName::Bounce.into(), now)?;
    }
    Ok(())
}

/// A delivery is what it was, unless something else has happened to it since; and the clock of a request that nobody was thought to have got runs on
/// from when it did. A letter written in its place that has not left yet is not needed. Whether it is what it was.
fn restore_delivery(
    tx: &Transaction<'_>,
    (mail, delivery): (MailId, DeliveryId),
    request: Option<RequestId>,
    before: &Before,
    now: Timestamp,
) -> Result<bool> {
    let (state, came_back_by) = deliveries::standing(tx, delivery)?;
    if !can_be_restored(before.state, state, came_back_by == Some(mail)) {
        return Ok(false);
    }
    deliveries::restore(tx, delivery, before.state, before.next_attempt_at())?;
    let (Some(request), Some(sent_at)) = (request, before.sent_at()) else { return Ok(true) };
    if requests::load(tx, request)?.sent_at.is_some() {
        return Ok(true);
    }
    requests::put_sent_at(tx, request, Some(sent_at))?;
    if let Some(basis) = &before.basis {
        requests::store_basis(tx, request, basis)?;
    }
    let written_since = deliveries::requests_waiting(tx, request, delivery)?;
    written_since.into_iter().try_for_each(|letter| take_out(tx, letter, Needless::EarlierArrived, now))?;
    Ok(true)
}

/// An address whose state rests on this mail is good again, unless another report says the same.
fn forget_state(tx: &Transaction<'_>, address: &str, mail: MailId, actor: &Actor, now: Timestamp) -> Result<()> {
    if !addresses::rests_on(tx, address, mail)? {
        return Ok(());
    }
    put_state(tx, address, AddressState::Good, &Because { actor, evidence: "the report was taken back", mail: Some(mail) }, now)?;
    let others = delivery_reports::about_address(tx, address)?;
    match others.into_iter().find(|other| proves_hard_bounce(other.standing, other.finding, other.state)) {
        Some(other) => {
            let because = Because { actor: &RuleName::Bounce.into(), evidence: &other.why, mail: Some(other.mail) };
            put_state(tx, address, AddressState::Suppressed, &because, now)
        }
        None => Ok(()),
    }
}
