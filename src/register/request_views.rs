//! Requests and their letters as lists, `show` and the demo tell of them: plain rows, in the words of the field.

use super::deliveries::IS_NOT_TAKEN_OUT;
use super::delivery_reports::IS_CLAIM;
use super::exchanges::{Exchange, Exchanges, Which};
use super::{Reader, RegisterError, Result, came_back, rows};
use crate::domain::deliverability::{self, Delivery};
use crate::domain::identity::{JointId, RequestId};
use crate::domain::request::{ExchangeState, Progress, Request, joint_state};
use crate::domain::rules::day_in;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// A line of `requests list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestView {
    pub reference: String,
    /// The matter that joins it to the requests to other authorities.
    pub joint: String,
    pub joint_state: ExchangeState,
    pub authority: String,
    pub unit: String,
    pub recommendations: Vec<String>,
    pub state: ExchangeState,
    pub sent_on: Option<Date>,
    pub deadline: Date,
    pub answered_on: Option<Date>,
    /// Of the highest letter so far.
    pub level: Option<String>,
    /// Of the latest letter; or that one came back, or is said to have, until somebody acts.
    pub delivery: Option<Delivery>,
    pub ended: Option<String>,
    pub paused: bool,
    pub non_cooperation_on: Option<Date>,
}

/// To which levels letters about requests were released; but for those that were taken out of the outbox before they had left.
fn levels() -> String {
    format!(
        "SELECT DISTINCT request_id, level FROM letter l INDEXED BY letters_of_request_by_life
         WHERE request_id IS NOT NULL AND life = 'released' AND role <> 'acknowledgement' AND level IS NOT NULL AND {IS_NOT_TAKEN_OUT}"
    )
}

/// What stands in other tables about requests, by request.
struct Around {
    matters: HashMap<JointId, String>,
    joints: HashMap<JointId, Vec<Progress>>,
    recommendations: HashMap<RequestId, Vec<String>>,
    levels: HashMap<RequestId, Vec<String>>,
    answered_at: HashMap<RequestId, Timestamp>,
    sent: HashMap<RequestId, Vec<deliverability::Sent>>,
    /// Somebody says that a letter about it came back, and nobody has decided yet.
    claimed: HashSet<RequestId>,
}

impl Reader {
    /// The request's reference and its authority's name, for people.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or has no such request.
    pub fn names_of_request(&self, request: RequestId) -> Result<(String, String)> {
        let mut statement = self
            .db
            .prepare_cached("SELECT r.reference, a.name FROM request r JOIN authority a ON a.id = r.authority_id WHERE r.id = ?1")?;
        Ok(statement.query_row([request.0], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// Of all requests, in the order of their numbers: how they stand at `now`, by their authorities' own days.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn request_views(&self, now: Timestamp) -> Result<Vec<RequestView>> {
        self.views_of(Which::All, |_| true, now)
    }

    /// How a request stands at `now`, by its authority's own day.
    ///
    /// # Errors
    ///
    /// [`RegisterError::Damaged`] where the register does not have it, or not its authority; and where the register cannot be read.
    pub fn request_view(&self, request: &Request, now: Timestamp) -> Result<RequestView> {
        let view = self.views_of(Which::OfJoint(request.joint), |exchange| exchange.id == request.id, now)?.pop();
        view.ok_or_else(|| RegisterError::Damaged(format!("{} is of no authority", request.reference)))
    }

    fn views_of(&self, which: Which, is_wanted: impl Fn(&Exchange) -> bool, now: Timestamp) -> Result<Vec<RequestView>> {
        let exchanges = self.exchanges(which, now)?;
        let mut around = self.around(which, &exchanges)?;
        Ok(exchanges
            .all
            .iter()
            .filter(|exchange| is_wanted(exchange))
            .filter_map(|one| self.view_of(one, &exchanges, &mut around))
            .collect())
    }

    fn view_of(&self, exchange: &Exchange, exchanges: &Exchanges, around: &mut Around) -> Option<RequestView> {
        let authority = exchanges.authority(exchange.authority)?;
        let joint = around.joints.get(&exchange.joint).map(Vec::as_slice).unwrap_or_default();
        let levels = around.levels.remove(&exchange.id).unwrap_or_default();
        let height = |level: &String| self.rules.levels.iter().position(|known| known == level).unwrap_or(0);
        let sent = around.sent.get(&exchange.id).map(Vec::as_slice).unwrap_or_default();
        let is_claimed = around.claimed.contains(&exchange.id);
        Some(RequestView {
            reference: exchange.reference.clone(),
            joint: around.matters.get(&exchange.joint).cloned().unwrap_or_default(),
            joint_state: joint_state(joint.iter().copied(), authority.today),
            authority: authority.name.clone(),
            unit: exchange.unit.clone(),
            recommendations: around.recommendations.remove(&exchange.id).unwrap_or_default(),
            state: exchange.progress.state(authority.today),
            sent_on: exchange.sent_at.map(|at| day_in(at, &authority.zone)),
            deadline: exchange.progress.deadline,
            answered_on: around.answered_at.get(&exchange.id).map(|at| day_in(*at, &authority.zone)),
            level: levels.into_iter().max_by_key(height),
            delivery: deliverability::delivery(sent, !exchange.progress.is_settled(), is_claimed),
            ended: exchange.ended.as_ref().map(|ending| ending.how.name().into()),
            paused: exchange.progress.paused,
            non_cooperation_on: exchange.non_cooperation_on,
        })
    }

    fn around(&self, which: Which, exchanges: &Exchanges) -> Result<Around> {
        let mut joints: HashMap<JointId, Vec<Progress>> = HashMap::new();
        for exchange in &exchanges.all {
            joints.entry(exchange.joint).or_default().push(exchange.progress);
        }
        let text = |row: &rusqlite::Row<'_>| row.get::<_, String>(1);
        let of = |column| which.condition(column);
        let matters =
            format!("SELECT DISTINCT j.id, j.matter FROM joint_request j JOIN request r ON r.joint_id = j.id WHERE {}", of("r.id"));
        let recommendations = format!(
            "SELECT x.request_id, c.reference FROM request_recommendation x JOIN recommendation c ON c.id = x.recommendation_id
             WHERE {} ORDER BY x.request_id, x.position",
            of("x.request_id")
        );
        let levels = format!("{} AND {}", levels(), of("request_id"));
        let answered_at = format!(
            "SELECT l.request_id, min(m.received_at) FROM mail_link l JOIN mail m ON m.id = l.mail_id
             WHERE l.effect = 'reply' AND {} GROUP BY l.request_id",
            of("l.request_id")
        );
        let claimed =
            format!("SELECT DISTINCT request_id FROM delivery_report WHERE {IS_CLAIM} AND request_id IS NOT NULL AND {}", of("request_id"));
        Ok(Around {
            matters: self.by_number(&matters, which, text)?.into_iter().map(|(joint, matter)| (JointId(joint), matter)).collect(),
            joints,
            recommendations: lists(self.by_number(&recommendations, which, text)?),
            levels: lists(self.by_number(&levels, which, text)?),
            answered_at: single(self.by_number(&answered_at, which, |row| rows::timestamp(row, 1))?),
            sent: came_back::sent_of(self, which)?,
            claimed: self.by_number(&claimed, which, |_| Ok(()))?.into_iter().map(|(request, ())| RequestId(request)).collect(),
        })
    }

    /// The first column is a number.
    fn by_number<T>(&self, sql: &str, which: Which, read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<(i64, T)>> {
        let mut statement = self.db.prepare_cached(sql)?;
        let found = statement.query_map([which.parameter()], |row| Ok((row.get(0)?, read(row)?)))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }
}

fn single<T>(found: Vec<(i64, T)>) -> HashMap<RequestId, T> {
    found.into_iter().map(|(request, value)| (RequestId(request), value)).collect()
}

fn lists<T>(found: Vec<(i64, T)>) -> HashMap<RequestId, Vec<T>> {
    let mut lists: HashMap<RequestId, Vec<T>> = HashMap::new();
    for (request, value) in found {
        lists.entry(RequestId(request)).or_default().push(value);
    }
    lists
}
