//! Requests under the headings of a digest (`domain::telling::headings`): due soon, overdue, extended, paused, given up.

use super::super::exchanges::{Exchange, Exchanges};
use super::super::{Reader, Result, rows};
use super::arrived::News;
use crate::digest::{DigestContent, DueSoon, Extended, NonCooperation, Overdue, Paused};
use crate::domain::calendar::days_between;
use crate::domain::identity::RequestId;
use crate::domain::letter::LetterRole;
use crate::domain::request::ExchangeState;
use crate::domain::telling::{Course, Heading, MOST_LINES, Period, Scope, headings};
use jiff::civil::Date;
use std::collections::HashMap;

/// The requests that are named, by their places among all, with what each is named for; in the order in which they are to be read.
#[derive(Default)]
pub(super) struct Named {
    by_number: Vec<(usize, Heading)>,
    due_soon: Vec<usize>,
    overdue: Vec<usize>,
}

impl Named {
    pub(super) fn of(exchanges: &Exchanges, news: &News, period: Period) -> Named {
        let mut named = Named::default();
        for (place, exchange) in exchanges.all.iter().enumerate() {
            let today = exchanges.today(exchange);
            let course = Course {
                progress: exchange.progress,
                on_the_ladder: exchange.on_the_ladder,
                is_given_up: exchange.non_cooperation_on.is_some(),
                newly_given_up: news.given_up.contains_key(&exchange.id),
                is_extended: extended_until(exchange).is_some_and(|until| until >= today),
                days_left: days_between(today, exchange.progress.deadline),
                state: exchange.progress.state(today),
            };
            for heading in headings(&course, period) {
                match heading {
                    Heading::DueSoon => named.due_soon.push(place),
                    Heading::Overdue => named.overdue.push(place),
                    _ => named.by_number.push((place, heading)),
                }
            }
        }
        let of = |place: &usize| exchanges.all.get(*place);
        named.due_soon.sort_by_key(|place| of(place).map(|exchange| exchange.progress.deadline));
        let days_late = |exchange: &Exchange| days_between(exchange.progress.deadline, exchanges.today(exchange));
        named.overdue.sort_by_key(|place| std::cmp::Reverse(of(place).map(days_late)));
        named
    }

    /// Names the requests to those authorities for which somebody answers.
    pub(super) fn tell(
        &self,
        content: &mut DigestContent,
        scope: &Scope,
        exchanges: &Exchanges,
        news: &News,
        reader: &Reader,
    ) -> Result<()> {
        let covered = |place: &usize| exchanges.all.get(*place).filter(|exchange| scope.covers(exchange.authority));
        let authority =
            |exchange: &Exchange| exchanges.authority(exchange.authority).map(|authority| authority.name.clone()).unwrap_or_default();
        for (place, heading) in &self.by_number {
            let Some(exchange) = covered(place) else { continue };
            let (reference, authority) = (exchange.reference.clone(), authority(exchange));
            let basis = exchange.changed_basis.as_ref();
            match heading {
                Heading::NonCooperation => content.non_cooperation.extend(exchange.non_cooperation_on.map(|recorded_on| {
                    let not_written = news.given_up.get(&exchange.id).cloned().unwrap_or_default();
                    NonCooperation { reference, authority, recorded_on, not_written }
                })),
                Heading::Paused => {
                    let pause = basis.and_then(|basis| basis.pauses.iter().find(|pause| pause.until.is_none()));
                    content.pauses.extend(pause.map(|pause| Paused {
                        reference,
                        authority,
                        since: pause.from,
                        reason: pause.reason.clone(),
                    }));
                }
                Heading::BeyondLadder => content.beyond_ladder += 1,
                Heading::Extended => {
                    let extension = basis.and_then(|basis| basis.extensions.last());
                    content.extensions.extend(extension.map(|extension| Extended {
                        reference,
                        authority,
                        until: exchange.progress.deadline,
                        reason: extension.reason.clone(),
                    }));
                }
                Heading::DueSoon | Heading::Overdue => {}
            }
        }
        content.due_soon.extend(self.due_soon.iter().filter_map(covered).map(|exchange| DueSoon {
            reference: exchange.reference.clone(),
            authority: authority(exchange),
            deadline: exchange.progress.deadline,
            days_left: days_between(exchanges.today(exchange), exchange.progress.deadline),
        }));
        let overdue: Vec<&Exchange> = self.overdue.iter().filter_map(covered).take(MOST_LINES).collect();
        let mut last_steps = last_steps(reader, &overdue)?;
        content.overdue.extend(overdue.into_iter().map(|exchange| Overdue {
            reference: exchange.reference.clone(),
            authority: authority(exchange),
            deadline: exchange.progress.deadline,
            days: days_between(exchange.progress.deadline, exchanges.today(exchange)),
            partial: exchanges.state(exchange) == ExchangeState::Partial,
            last_step: last_steps.remove(&exchange.id),
        }));
        Ok(())
    }
}

/// The last day of the last extension.
fn extended_until(exchange: &Exchange) -> Option<Date> {
    exchange.changed_basis.as_ref()?.extensions.last().map(|extension| extension.until)
}

/// The last step of the ladder that was taken of each, and when; that its letter is being examined is none, nor is one whose letter waits for a
/// person.
fn last_steps(reader: &Reader, exchanges: &[&Exchange]) -> Result<HashMap<RequestId, (String, Date)>> {
    let wanted = rows::to_json(&exchanges.iter().map(|exchange| exchange.id).collect::<Vec<_>>())?;
    let mut statement = reader.db.prepare_cached(
        "SELECT t.request_id, t.step, coalesce(l.released_on, t.taken_on) FROM json_each(?1) w CROSS JOIN step_taken t ON t.request_id = w.value
            LEFT JOIN letter l ON l.id = t.letter_id
         WHERE NOT t.passed_over AND (l.id IS NULL OR l.role <> ?2 AND l.life = 'released') ORDER BY t.rowid",
    )?;
    let found = statement.query_map(rusqlite::params![wanted, LetterRole::Examination], |row| {
        Ok((RequestId(row.get(0)?), (row.get(1)?, rows::day(row, 2)?)))
    })?;
    // Of several, the last one stays.
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
