//! Requests are opened: who is asked about what, under which reference, by when.

use super::Reader;
use super::Transaction;
use super::events::Event;
use super::recommendations::by_reference;
use super::requests::{ask_about, find};
use super::{Register, RegisterError, Result, directory, ownership, restored, rows};
use crate::domain::authority::{Authority, Seat};
use crate::domain::calendar::{DeadlineBasis, StartEvent, reckon};
use crate::domain::event::{Actor, Happened};
use crate::domain::identity::{AuthorityId, RecommendationId, RequestId};
use crate::domain::recommendation::Recommendation;
use crate::domain::reference;
use crate::domain::rules::{OfficeRules, day_in};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::params;

/// Which recommendations are to be asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestSelection {
    Report(String),
    Recommendation(String),
    /// Every recommendation with an addressee who was not asked yet.
    AllNew,
}

/// What opening did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub requests: Vec<OpenedRequest>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedRequest {
    pub reference: String,
    pub matter: String,
    pub authority: String,
    pub office: String,
    pub recommendations: Vec<String>,
    /// To whom the letter will go; nobody if the directory has no living address.
    pub recipient: Option<String>,
    pub urgency: String,
    /// If it is sent at once.
    pub deadline: Date,
}

/// Recommendations that go to one authority in one letter.
struct Group {
    matter: String,
    urgency: String,
    authority: i64,
    office: String,
    recommendations: Vec<RecommendationId>,
}

impl Register {
    /// Opens a request per addressee not yet asked, joined by report (or by recommendation where there is no report). The letters are written
    /// by the next pass.
    pub fn open_requests(&mut self, selection: &RequestSelection, actor: &Actor, now: Timestamp, dry_run: bool) -> Result<Opened> {
        let secret = self.secret();
        self.write_or_try(dry_run, |tx| {
            restored::refuse_behind(tx)?;
            let mut requests = Vec::new();
            let mut joints: Vec<((String, String), i64)> = Vec::new();
            for group in groups(tx, selection)? {
                let key = (group.matter.clone(), group.urgency.clone());
                let joint = match joints.iter().find(|(other, _)| *other == key) {
                    Some((_, joint)) => *joint,
                    None => {
                        tx.execute("INSERT INTO joint_request (matter) VALUES (?1)", [&group.matter])?;
                        joints.push((key, tx.last_insert_rowid()));
                        tx.last_insert_rowid()
                    }
                };
                requests.push(open(tx, &group, joint, actor, now)?);
            }
            if !dry_run && !requests.is_empty() {
                ownership::bind(tx, secret.as_ref())?;
            }
            Ok(Opened { requests })
        })
    }
}

fn groups(tx: &Transaction<'_>, selection: &RequestSelection) -> Result<Vec<Group>> {
    let (condition, value) = match selection {
        RequestSelection::Report(report) => ("c.report = ?1", report.as_str()),
        RequestSelection::Recommendation(reference) => ("c.reference = ?1", reference.as_str()),
        RequestSelection::AllNew => ("?1 = ''", ""),
    };
    let mut statement = tx.prepare(&format!(
        "SELECT c.id, coalesce(c.report, c.reference), c.urgency, a.authority_id, a.office
         FROM recommendation_addressee a JOIN recommendation c ON c.id = a.recommendation_id
         WHERE a.request_id IS NULL AND {condition} ORDER BY c.id, a.position"
    ))?;
    let mut found = statement.query([value])?;
    let mut groups: Vec<Group> = Vec::new();
    let mut places = std::collections::HashMap::new();
    while let Some(row) = found.next()? {
        let id = RecommendationId(row.get(0)?);
        let group =
            Group { matter: row.get(1)?, urgency: row.get(2)?, authority: row.get(3)?, office: row.get(4)?, recommendations: vec![] };
        let key = (group.matter.clone(), group.urgency.clone(), group.authority, group.office.clone());
        let place = *places.entry(key).or_insert(groups.len());
        if place == groups.len() {
            groups.push(group);
        }
        if let Some(group) = groups.get_mut(place) {
            group.recommendations.push(id);
        }
    }
    Ok(groups)
}

fn open(tx: &Transaction<'_>, group: &Group, joint: i64, actor: &Actor, now: Timestamp) -> Result<OpenedRequest> {
    let authority = directory::load(tx, AuthorityId(group.authority))?;
    let (calendar, zone) = (tx.rules().calendar_of(&authority), tx.rules().time_zone_of(&authority));
    let sending = tx.rules().moment_of(None, now, &authority);
    let (today, sending_day) = (day_in(now, &zone), day_in(sending, &zone));
    let asked: Vec<Recommendation> = group.recommendations.iter().map(|id| by_id(tx, *id)).collect::<Result<_>>()?;
    let start = match tx.rules().start_event {
        StartEvent::Sending => sending_day,
        StartEvent::Report => asked.iter().map(|recommendation| recommendation.made_on).max().unwrap_or(sending_day),
    };
    let basis = DeadlineBasis {
        start,
        start_event: tx.rules().start_event,
        term: tx.rules().term(&group.urgency),
        stated: None,
        pauses: vec![],
        extensions: vec![],
    };
    let deadline = reckon(&basis, &calendar).deadline;
    let reference = next_reference(tx, day_in(now, &tx.rules().time_zone).year())?;
    tx.execute(
        "INSERT INTO request (reference, joint_id, authority_id, office, urgency, opened_at, basis, deadline, paused, next_due)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9)",
        params![
            reference,
            joint,
            group.authority,
            group.office,
            group.urgency,
            now.as_second(),
            rows::to_json(&basis)?,
            deadline.to_string(),
            sending.as_second()
        ],
    )?;
    let id = RequestId(tx.last_insert_rowid());
    ask_about(tx, id, authority.id, Some(&group.office), &asked)?;
    let references: Vec<String> = asked.into_iter().map(|recommendation| recommendation.reference).collect();
    let opened = Happened::RequestOpened { reference: reference.clone(), recommendations: references.clone() };
    Event::new(now, opened, actor).request(id).authority(authority.id).append(tx)?;
    Ok(OpenedRequest {
        recipient: first_addressee(&authority, &group.office, tx.rules(), today),
        reference,
        matter: group.matter.clone(),
        authority: authority.name,
        office: group.office.clone(),
        recommendations: references,
        urgency: group.urgency.clone(),
        deadline,
    })
}

fn first_addressee(authority: &Authority, office: &str, rules: &OfficeRules, today: Date) -> Option<String> {
    authority.addressee(office, Seat::Level(rules.lowest_level()), today, &[]).map(|contact| contact.address.clone())
}

fn by_id(tx: &Reader, id: RecommendationId) -> Result<Recommendation> {
    let reference: String = tx.query_row("SELECT reference FROM recommendation WHERE id = ?1", [id.0], |row| row.get(0))?;
    by_reference(tx, &reference)?.ok_or_else(|| RegisterError::Damaged(format!("recommendation {id} has no reference")))
}

/// Where the running numbers of a year stand.
fn number_of(year: i16) -> String {
    format!("last number of {year}")
}

/// The last running number that was given in a year.
pub(super) fn last_number(tx: &Transaction<'_>, year: i16) -> Result<i64> {
    let sql = "SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM setting WHERE key = ?1";
    Ok(tx.query_row(sql, [number_of(year)], |row| row.get(0))?)
}

/// Running numbers of the year go on beyond this one, which was given by a register that is lost.
pub(super) fn give_no_number_up_to(tx: &Transaction<'_>, year: i16, number: i64) -> Result<()> {
    if last_number(tx, year)? < number {
        tx.execute(
            "INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
            params![number_of(year), number.to_string()],
        )?;
    }
    Ok(())
}

/// Running numbers start anew each year on the office's calendar and are never given twice.
fn next_reference(tx: &Transaction<'_>, year: i16) -> Result<String> {
    loop {
        let number: u32 = tx.query_row(
            "INSERT INTO setting (key, value) VALUES (?1, '1') ON CONFLICT DO UPDATE SET value = value + 1 RETURNING CAST(value AS INTEGER)",
            [number_of(year)],
            |row| row.get(0),
        )?;
        let candidate = reference::reference(&tx.rules().prefix, year, number);
        // An adopted request may already carry a number of the same form.
        if find(tx, &candidate)?.is_none() {
            return Ok(candidate);
        }
    }
}
