//! Mails that wait for a person, and who is told of each.

use super::super::steps_offered::WaitingFor;
use super::super::{Reader, Result, examination_letters, rows};
use super::mail_told::{MailTold, tell, unopened};
use crate::digest::Waiting;
use crate::domain::calendar::days_between;
use crate::domain::examination::told_on;
use crate::domain::identity::{AuthorityId, MailId, RequestId};
use crate::domain::rules::day_in;
use crate::domain::staff::Rises;
use crate::domain::staff::{StaffMember, is_told, is_told_of_source};
use crate::domain::telling::{MOST_LINES, Scope};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::{HashMap, HashSet};

/// A mail that waits, as it is told but for what depends on who is told.
pub(super) struct WaitingMail {
    is_source: bool,
    risen: Rises,
    /// Addresses of those members of staff who answer for what it may be about.
    responsible: HashSet<String>,
    known: WaitingFor,
    line: Waiting,
}

/// What one person is told of it, and how much more there is. `changed`: mails that came, or of which anything was decided, since the last digest.
pub(super) fn told_to(
    member: &StaffMember,
    staff: &[StaffMember],
    waiting: &[WaitingMail],
    changed: Option<&HashSet<i64>>,
    today: Date,
) -> (Vec<Waiting>, u64) {
    let told = waiting.iter().filter(|mail| {
        let is_told = if mail.is_source { is_told_of_source } else { is_told };
        is_told(member, staff, |other: &StaffMember| mail.responsible.contains(&other.address), mail.risen, today)
    });
    let (mut waiting, mut unlisted) = (Vec::new(), 0);
    for mail in told {
        if waiting.len() == MOST_LINES {
            unlisted += 1;
            continue;
        }
        waiting.push(Waiting {
            is_new: changed.is_some_and(|changed| changed.contains(&mail.line.mail.0)),
            steps: mail.known.steps(member.sources.then_some(member.address.as_str())),
            ..mail.line.clone()
        });
    }
    (waiting, unlisted)
}

/// All that wait: first those for which letters rest, which a list that is cut must not lose behind any number of strangers.
pub(super) fn waiting(reader: &Reader, scopes: &HashMap<&str, Scope>, now: Timestamp) -> Result<Vec<WaitingMail>> {
    let zone = &reader.rules.time_zone;
    let mut views = reader.waiting_views()?;
    // A report that nothing proves has a line of its own among the letters that came back, with what to do.
    views.retain(|view| !view.only_claims());
    views.sort_by_key(|view| !view.rests);
    let ids: Vec<i64> = views.iter().map(|view| view.id).collect();
    let wanted = rows::to_json(&ids)?;
    let mut senders = reader.authorities_of(&wanted)?;
    let told_on = told_of_examination_on(reader, &wanted)?;
    let understood = reader.understood_of(&ids)?;
    let known = reader.waiting_for(&views, &understood)?;
    let risen = reader.decisions_risen()?;
    let mails = views.into_iter().zip(known).map(|(view, known)| {
        let received_on = day_in(view.received_at, zone);
        let mut authorities: Vec<AuthorityId> = senders.remove(&view.id).unwrap_or_default();
        authorities.extend(known.candidates.iter().map(|(authority, _)| *authority));
        let unopened = understood.get(&view.id).and_then(|(_, understood)| understood.as_ref()).map(unopened).unwrap_or_default();
        let MailTold { received, from, subject, writer, passed_on, unopened } = tell(&view, &known.words, unopened);
        let responsible = scopes.iter().filter(|(_, scope)| scope.covers_any(&authorities));
        WaitingMail {
            is_source: view.is_source,
            risen: risen.get(&view.id).copied().unwrap_or(Rises::Responsible),
            responsible: responsible.map(|(address, _)| (*address).to_owned()).collect(),
            line: Waiting {
                mail: MailId(view.id),
                received,
                age_days: days_between(received_on, day_in(now, zone)),
                is_new: false,
                told_on: told_on.get(&view.id).copied(),
                from,
                subject,
                writer,
                passed_on,
                steps: vec![],
                effect: view.effect,
                standing: view.standing,
                why: view.note.map_or(view.because, |note| vec![note]),
                candidates: known.candidates.iter().map(|(_, candidate)| candidate.clone()).collect(),
                unopened,
            },
            known,
        }
    });
    Ok(mails.collect())
}

/// By mail: when the authority of a request that rests for it was told that it is being examined.
fn told_of_examination_on(reader: &Reader, wanted: &str) -> Result<HashMap<i64, Date>> {
    let mut statement = reader.db.prepare_cached(
        "SELECT m.id, k.request_id, m.received_at FROM json_each(?1) w CROSS JOIN mail m ON m.id = w.value
            CROSS JOIN mail_link k ON k.mail_id = m.id AND k.effect = 'waiting' AND k.request_id IS NOT NULL",
    )?;
    let found = statement.query_map([wanted], |row| Ok((row.get::<_, i64>(0)?, RequestId(row.get(1)?), rows::timestamp(row, 2)?)))?;
    let waiting: Vec<(i64, RequestId, Timestamp)> = found.collect::<rusqlite::Result<_>>()?;
    let requests: Vec<RequestId> = waiting.iter().map(|(_, request, _)| *request).collect::<HashSet<_>>().into_iter().collect();
    let letters = examination_letters::of_requests(reader, &requests)?;
    let mut told: HashMap<i64, Date> = HashMap::new();
    for (mail, request, received_at) in waiting {
        if let Some(day) = letters.get(&request).and_then(|letters| told_on(letters, received_at)) {
            told.entry(mail).and_modify(|last| *last = day.max(*last)).or_insert(day);
        }
    }
    Ok(told)
}
