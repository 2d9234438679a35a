//! Requests: opened, adopted, extended, paused, waived; and read back as the domain sees them.

use super::events::Event;
use super::recommendations::{self, by_reference};
use super::{Reader, Register, RegisterError, Result, agenda, directory, rows};
use crate::domain::authority::{Authority, Seat};
use crate::domain::calendar::{self, DeadlineBasis, Extension, Pause, StartEvent, Term, Unit, days_between, reckon};
use crate::domain::identity::{AuthorityId, JointId, RecommendationId, RequestId};
use crate::domain::recommendation::Recommendation;
use crate::domain::reference;
use crate::domain::request::{Ending, EndingKind, Request};
use crate::domain::rules::{ORDINARY, OfficeRules, day_in};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::json;

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

/// Correspondence begun by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedRow {
    pub reference: String,
    /// Name or alias.
    pub authority: String,
    pub recipient: Option<String>,
    pub subject: Option<String>,
    pub sent_on: Date,
    pub deadline: Date,
    /// Without angle brackets.
    pub message_id: Option<String>,
    pub reply_address: Option<String>,
    pub recommendations: Vec<String>,
}

/// What a row of correspondence begun by hand means to the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adoption {
    New,
    /// The register has it already, as the row says.
    Done,
    /// The register has a request of this reference to another authority or with other dates.
    Contradicted,
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
    pub fn open_requests(&mut self, selection: &RequestSelection, actor: &str, now: Timestamp, dry_run: bool) -> Result<Opened> {
        self.write_or_try(dry_run, |tx, rules| {
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
                requests.push(open(tx, rules, &group, joint, actor, now)?);
            }
            Ok(Opened { requests })
        })
    }

    /// Takes over correspondence under way. A reference known with the same authority and dates is unchanged.
    pub fn adopt_requests(&mut self, adopted: &[AdoptedRow], actor: &str, now: Timestamp, dry_run: bool) -> Result<super::ImportReport> {
        self.write_or_try(dry_run, |tx, rules| {
            let mut report = super::ImportReport::default();
            for row in adopted {
                match adoption(tx, row)? {
                    Adoption::Done => report.unchanged += 1,
                    Adoption::New => {
                        adopt(tx, rules, row, actor, now)?;
                        report.added += 1;
                    }
                    Adoption::Contradicted => {
                        let reference = &row.reference;
                        return Err(RegisterError::Refused(format!(
                            "{reference} is in the register with another authority or other dates"
                        )));
                    }
                }
            }
            Ok(report)
        })
    }

    /// Grants a later deadline.
    pub fn extend(&mut self, reference: &str, until: Date, reason: &str, actor: &str, now: Timestamp) -> Result<Request> {
        self.change_basis(reference, actor, now, |request, today| {
            if until <= request.deadline {
                return Err(RegisterError::Refused(format!(
                    "the deadline of {reference} is already {}; an extension must name a later day than that, not {until}",
                    request.deadline
                )));
            }
            request.basis.extensions.push(Extension { until, reason: reason.into(), by: actor.into(), granted_on: today });
            Ok(("deadline extended", json!({ "until": until.to_string(), "reason": reason })))
        })
    }

    /// Stops the clock while the office owes the authority something.
    pub fn pause(&mut self, reference: &str, reason: &str, actor: &str, now: Timestamp) -> Result<Request> {
        self.change_basis(reference, actor, now, |request, today| {
            if request.paused {
                return Err(RegisterError::Refused(format!("{reference} is already paused; `requests resume` ends the pause")));
            }
            request.basis.pauses.push(Pause { from: today, until: None, reason: reason.into() });
            Ok(("clock paused", json!({ "reason": reason })))
        })
    }

    pub fn resume(&mut self, reference: &str, reason: &str, actor: &str, now: Timestamp) -> Result<Request> {
        self.change_basis(reference, actor, now, |request, today| {
            let open = request.basis.pauses.iter_mut().find(|pause| pause.until.is_none());
            let pause = open.ok_or_else(|| RegisterError::Refused(format!("{reference} is not paused")))?;
            pause.until = Some(today.max(pause.from));
            Ok(("clock resumed", json!({ "reason": reason })))
        })
    }

    /// Waives, withdraws or closes: no answer is expected any more.
    pub fn end(&mut self, reference: &str, how: EndingKind, reason: &str, actor: &str, now: Timestamp) -> Result<Request> {
        self.write(|tx, rules| {
            let request = by_reference_or_refuse(tx, reference)?;
            if let Some(ended) = &request.ended {
                return Err(RegisterError::Refused(format!("{reference} was already {} by {}", ended.how.name(), ended.by)));
            }
            let ending = Ending { how, reason: reason.into(), by: actor.into(), at: now };
            tx.execute("UPDATE request SET ended = ?2 WHERE id = ?1", params![request.id.0, rows::to_json(&ending)?])?;
            let kind = format!("request {}", how.name());
            Event::new(now, &kind, actor).request(request.id).detail(json!({ "reason": reason })).append(tx)?;
            agenda::replan(tx, rules, request.id, now)?;
            load(tx, request.id)
        })
    }

    fn change_basis(
        &mut self,
        reference: &str,
        actor: &str,
        now: Timestamp,
        change: impl FnOnce(&mut Request, Date) -> Result<(&'static str, serde_json::Value)>,
    ) -> Result<Request> {
        self.write(|tx, rules| {
            let mut request = by_reference_or_refuse(tx, reference)?;
            if let Some(ended) = &request.ended {
                return Err(RegisterError::Refused(format!(
                    "{reference} was {} by {}; nothing runs that could be changed",
                    ended.how.name(),
                    ended.by
                )));
            }
            let authority = directory::load_head(tx, request.authority)?;
            let today = day_in(now, &rules.time_zone_of(&authority));
            let (kind, detail) = change(&mut request, today)?;
            store_basis(tx, request.id, &request.basis)?;
            Event::new(now, kind, actor).request(request.id).detail(detail).append(tx)?;
            agenda::replan(tx, rules, request.id, now)?;
            load(tx, request.id)
        })
    }
}

pub(super) fn store_basis(tx: &Connection, request: RequestId, basis: &DeadlineBasis) -> Result<()> {
    tx.execute("UPDATE request SET basis = ?2 WHERE id = ?1", params![request.0, rows::to_json(basis)?])?;
    Ok(())
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

fn open(tx: &Transaction<'_>, rules: &OfficeRules, group: &Group, joint: i64, actor: &str, now: Timestamp) -> Result<OpenedRequest> {
    let authority = directory::load(tx, AuthorityId(group.authority))?;
    let (calendar, zone) = (rules.calendar_of(&authority), rules.time_zone_of(&authority));
    let sending = rules.next_office_moment(now, &calendar, &zone);
    let (today, sending_day) = (day_in(now, &zone), day_in(sending, &zone));
    let asked: Vec<Recommendation> = group.recommendations.iter().map(|id| by_id(tx, *id)).collect::<Result<_>>()?;
    let start = match rules.start_event {
        StartEvent::Sending => sending_day,
        StartEvent::Report => asked.iter().map(|recommendation| recommendation.made_on).max().unwrap_or(sending_day),
    };
    let basis = DeadlineBasis {
        start,
        start_event: rules.start_event,
        term: rules.term(&group.urgency),
        stated: None,
        pauses: vec![],
        extensions: vec![],
    };
    let deadline = reckon(&basis, &calendar).deadline;
    let reference = next_reference(tx, rules, day_in(now, &rules.time_zone).year())?;
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
    Event::new(now, "request opened", actor)
        .request(id)
        .authority(authority.id)
        .detail(json!({ "reference": reference, "recommendations": references }))
        .append(tx)?;
    Ok(OpenedRequest {
        recipient: first_addressee(&authority, &group.office, rules, today),
        reference,
        matter: group.matter.clone(),
        authority: authority.name,
        office: group.office.clone(),
        recommendations: references,
        urgency: group.urgency.clone(),
        deadline,
    })
}

/// Numbers the recommendations of a request, and notes that these addressees were asked: one office, or every one not asked yet.
fn ask_about(
    tx: &Transaction<'_>,
    request: RequestId,
    authority: AuthorityId,
    office: Option<&str>,
    asked: &[Recommendation],
) -> Result<()> {
    for (position, recommendation) in (1i64..).zip(asked) {
        tx.execute(
            "INSERT INTO request_recommendation (request_id, position, recommendation_id) VALUES (?1, ?2, ?3)",
            params![request.0, position, recommendation.id.0],
        )?;
        tx.execute(
            "UPDATE recommendation_addressee SET request_id = ?1
             WHERE recommendation_id = ?2 AND authority_id = ?3 AND office = coalesce(?4, office) AND request_id IS NULL",
            params![request.0, recommendation.id.0, authority.0, office],
        )?;
    }
    Ok(())
}

fn first_addressee(authority: &Authority, office: &str, rules: &OfficeRules, today: Date) -> Option<String> {
    authority.addressee(office, Seat::Level(rules.lowest_level()), today).map(|contact| contact.address.clone())
}

fn by_id(tx: &Connection, id: RecommendationId) -> Result<Recommendation> {
    let reference: String = tx.query_row("SELECT reference FROM recommendation WHERE id = ?1", [id.0], |row| row.get(0))?;
    by_reference(tx, &reference)?.ok_or_else(|| RegisterError::Damaged(format!("recommendation {id} has no reference")))
}

/// Running numbers start anew each year on the office's calendar and are never given twice.
fn next_reference(tx: &Transaction<'_>, rules: &OfficeRules, year: i16) -> Result<String> {
    loop {
        let number: u32 = tx.query_row(
            "INSERT INTO setting (key, value) VALUES (?1, '1') ON CONFLICT DO UPDATE SET value = value + 1 RETURNING CAST(value AS INTEGER)",
            [format!("last number of {year}")],
            |row| row.get(0),
        )?;
        let candidate = reference::reference(&rules.prefix, year, number);
        // An adopted request may already carry a number of the same form.
        if find(tx, &candidate)?.is_none() {
            return Ok(candidate);
        }
    }
}

fn adoption(db: &Connection, row: &AdoptedRow) -> Result<Adoption> {
    let Some(id) = find(db, &row.reference)? else { return Ok(Adoption::New) };
    let known = load(db, id)?;
    let authority = directory::find(db, &row.authority)?;
    let same = authority == Some(known.authority)
        && known.basis.start == row.sent_on
        && known.basis.term.end(known.basis.start, &calendar::Calendar::plain("")) == row.deadline;
    Ok(if same { Adoption::Done } else { Adoption::Contradicted })
}

fn adopt(tx: &Transaction<'_>, rules: &OfficeRules, row: &AdoptedRow, actor: &str, now: Timestamp) -> Result<()> {
    let authority = directory::find(tx, &row.authority)?
        .ok_or_else(|| RegisterError::Refused(format!("{}: no authority is named {:?}; import it first", row.reference, row.authority)))?;
    let authority = directory::load(tx, authority)?;
    let length = u32::try_from(days_between(row.sent_on, row.deadline))
        .map_err(|_| RegisterError::Refused(format!("{}: the deadline {} lies before {}", row.reference, row.deadline, row.sent_on)))?;
    let basis = DeadlineBasis {
        start: row.sent_on,
        start_event: StartEvent::Sending,
        term: Term { length, unit: Unit::Days, end_on_working_day: false },
        stated: Some(row.deadline),
        pauses: vec![],
        extensions: vec![],
    };
    let zone = rules.time_zone_of(&authority);
    // Sent by hand at an hour nobody wrote down: the start of that day, so that no reply of the same day is older than the letter.
    let sent_at = crate::domain::rules::start_of_day(row.sent_on, &zone);
    let asked: Vec<Recommendation> = row
        .recommendations
        .iter()
        .map(|reference| {
            by_reference(tx, reference)?
                .ok_or_else(|| RegisterError::Refused(format!("{}: no recommendation has the reference {reference:?}", row.reference)))
        })
        .collect::<Result<_>>()?;
    tx.execute("INSERT INTO joint_request (matter) VALUES (?1)", [&row.reference])?;
    let urgency = asked.first().map_or(ORDINARY, |recommendation| recommendation.urgency.as_str());
    tx.execute(
        "INSERT INTO request (reference, joint_id, authority_id, office, urgency, opened_at, basis, deadline, paused, sent_at, adopted)
         VALUES (?1, ?2, ?3, '', ?4, ?5, ?6, ?7, 0, ?8, 1)",
        params![
            row.reference,
            tx.last_insert_rowid(),
            authority.id.0,
            urgency,
            now.as_second(),
            rows::to_json(&basis)?,
            row.deadline.to_string(),
            sent_at.as_second()
        ],
    )?;
    let id = RequestId(tx.last_insert_rowid());
    ask_about(tx, id, authority.id, None, &asked)?;
    if let Some(message_id) = &row.message_id {
        tx.execute("INSERT OR IGNORE INTO own_message_id (message_id, request_id) VALUES (?1, ?2)", params![message_id, id.0])?;
    }
    if let Some(address) = &row.reply_address {
        tx.execute("INSERT OR IGNORE INTO adopted_address (address, request_id) VALUES (?1, ?2)", params![address.to_lowercase(), id.0])?;
    }
    Event::new(now, "request adopted", actor)
        .request(id)
        .authority(authority.id)
        .detail(
            json!({ "reference": row.reference, "sent_on": row.sent_on.to_string(), "recipient": row.recipient, "subject": row.subject }),
        )
        .append(tx)?;
    agenda::replan(tx, rules, id, now)
}

/// What the domain sees of a request; `answered` counts recommendations with an answer, or the reply itself where none were named.
const COLUMNS: &str =
    "r.id, r.reference, r.joint_id, r.authority_id, r.office, r.urgency, r.opened_at, r.basis, r.deadline, r.paused, r.sent_at, r.ended,
    (SELECT count(*) FROM request_recommendation x WHERE x.request_id = r.id),
    (SELECT count(DISTINCT x.recommendation_id) FROM answer x WHERE x.request_id = r.id),
    (SELECT min(m.received_at) FROM mail_link l JOIN mail m ON m.id = l.mail_id WHERE l.request_id = r.id AND l.effect = 'reply'),
    r.revision";

fn read(row: &Row<'_>) -> rusqlite::Result<Request> {
    let answered_at = rows::optional_timestamp(row, 14)?;
    let (asked, answered): (u32, u32) = (row.get(12)?, row.get(13)?);
    Ok(Request {
        id: RequestId(row.get(0)?),
        reference: row.get(1)?,
        joint: JointId(row.get(2)?),
        authority: AuthorityId(row.get(3)?),
        office: row.get(4)?,
        urgency: row.get(5)?,
        opened_at: rows::timestamp(row, 6)?,
        basis: rows::json(row, 7)?,
        deadline: rows::day(row, 8)?,
        paused: row.get(9)?,
        sent_at: rows::optional_timestamp(row, 10)?,
        ended: rows::optional_json(row, 11)?,
        asked: asked.max(1),
        answered: if asked == 0 { u32::from(answered_at.is_some()) } else { answered },
        answered_at,
        revision: row.get(15)?,
    })
}

pub(super) fn load(db: &Connection, id: RequestId) -> Result<Request> {
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM request r WHERE r.id = ?1"))?;
    Ok(statement.query_row([id.0], read)?)
}

/// Of a request `r`: something is still expected. What [`Request::is_settled`] denies.
pub(super) const IS_OPEN: &str = "r.ended IS NULL AND CASE
    WHEN EXISTS (SELECT 1 FROM request_recommendation q WHERE q.request_id = r.id) THEN EXISTS (
        SELECT 1 FROM request_recommendation q WHERE q.request_id = r.id AND NOT EXISTS (
            SELECT 1 FROM answer a WHERE a.request_id = r.id AND a.recommendation_id = q.recommendation_id))
    ELSE NOT EXISTS (SELECT 1 FROM mail_link l WHERE l.request_id = r.id AND l.effect = 'reply') END";

pub(super) fn find(db: &Connection, reference: &str) -> Result<Option<RequestId>> {
    let mut statement = db.prepare_cached("SELECT id FROM request WHERE reference = ?1")?;
    Ok(statement.query_row([reference], |row| row.get(0)).optional()?.map(RequestId))
}

/// By the reference as a person may type it.
pub(super) fn by_reference_or_refuse(db: &Connection, typed: &str) -> Result<Request> {
    if let Some(id) = find(db, typed.trim())?.or(find(db, &typed.trim().to_uppercase())?) {
        return load(db, id);
    }
    Err(RegisterError::Refused(format!("no request has the reference {typed:?}; `requests list` shows them")))
}

impl Reader {
    /// Whether a row of correspondence begun by hand can be taken in.
    pub fn adoption(&self, row: &AdoptedRow) -> Result<Adoption> {
        adoption(&self.db, row)
    }

    pub fn request(&self, reference: &str) -> Result<Request> {
        by_reference_or_refuse(&self.db, reference)
    }

    pub fn request_by_id(&self, id: RequestId) -> Result<Request> {
        load(&self.db, id)
    }

    /// Whether something is still expected: [`Request::is_settled`] without loading the request.
    pub fn is_open(&self, id: RequestId) -> Result<bool> {
        Ok(self.db.prepare_cached(&format!("SELECT 1 FROM request r WHERE r.id = ?1 AND {IS_OPEN}"))?.exists([id.0])?)
    }

    pub fn requests(&self) -> Result<Vec<Request>> {
        let mut statement = self.db.prepare(&format!("SELECT {COLUMNS} FROM request r ORDER BY r.id"))?;
        let requests = statement.query_map([], read)?;
        Ok(requests.collect::<rusqlite::Result<_>>()?)
    }

    pub fn requests_of_joint(&self, joint: JointId) -> Result<Vec<Request>> {
        let mut statement = self.db.prepare_cached(&format!("SELECT {COLUMNS} FROM request r WHERE r.joint_id = ?1 ORDER BY r.id"))?;
        let requests = statement.query_map([joint.0], read)?;
        Ok(requests.collect::<rusqlite::Result<_>>()?)
    }

    /// How the deadline came about, line by line.
    pub fn reckoning(&self, request: &Request) -> Result<calendar::Reckoning> {
        let authority = directory::load_head(&self.db, request.authority)?;
        Ok(reckon(&request.basis, &self.rules.calendar_of(&authority)))
    }
}

/// The recommendations a request asks about that have no answer yet.
pub(super) fn unanswered(db: &Connection, request: RequestId) -> Result<Vec<Recommendation>> {
    let answered: Vec<i64> = db
        .prepare_cached("SELECT DISTINCT recommendation_id FROM answer WHERE request_id = ?1")?
        .query_map([request.0], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut asked = recommendations::of_request(db, request)?;
    asked.retain(|recommendation| !answered.contains(&recommendation.id.0));
    Ok(asked)
}
