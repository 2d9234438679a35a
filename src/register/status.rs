//! The whole office on one screen, and a line for each authority: counted from how the requests stand, never kept.

use super::exchanges::Which;
use super::{Reader, Result, rows};
use crate::domain::delivery::DeliveryState;
use crate::domain::identity::AuthorityId;
use crate::domain::post::Contact;
use crate::domain::request::ExchangeState;
use crate::domain::rules::day_in;
use crate::domain::silence::Silence;
use crate::domain::telling::is_due_this_week;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// One screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    pub requests: BTreeMap<&'static str, u64>,
    /// References whose deadline falls within the next seven days.
    pub due_this_week: Vec<String>,
    pub mails: BTreeMap<&'static str, u64>,
    pub waiting_for_a_person: u64,
    pub oldest_waiting: Option<Timestamp>,
    pub deliveries: BTreeMap<&'static str, u64>,
    /// Letters that wait for somebody to release them, and the first day by which one of them must be.
    pub drafts: u64,
    pub next_release_by: Option<Date>,
    pub suppressed_contacts: u64,
    pub health: Vec<crate::domain::health::PartHealth>,
    pub daemon_seen: Option<Timestamp>,
    /// Steps of ladders, and requests to be sent, that the next pass will take.
    pub due_now: u64,
    /// What is due and cannot be done.
    pub held: Vec<HeldView>,
    /// Places of whose last letters nothing is heard.
    pub silent: Vec<Silence>,
    /// When the next step falls due that is not due yet.
    pub next_step_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldView {
    pub reference: String,
    pub why: &'static str,
}

/// A line of `authorities list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuthorityView {
    pub name: String,
    pub parent: Option<String>,
    pub contacts: usize,
    pub focal_points: usize,
    /// Addresses that may no longer be written to.
    pub suppressed: usize,
    pub requests: u64,
    pub open: u64,
    pub overdue: u64,
    pub answered: u64,
}

impl Reader {
    /// Contacts that are written to no more, of those whose days have not ended by their authority's own day.
    fn suppressed_contacts(&self, now: Timestamp) -> Result<u64> {
        let mut statement = self.db.prepare_cached(
            "SELECT c.valid_from, c.valid_to, a.time_zone FROM address_state s JOIN seated_contact c ON c.address = s.address
                JOIN authority a ON a.id = c.authority_id WHERE s.until IS NULL AND s.state = 'suppressed'",
        )?;
        let mut rows = statement.query([])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            let zone = self.rules.time_zone_named(row.get::<_, Option<String>>(2)?.as_deref());
            count += u64::from(!rows::validity(row, 0)?.ended_before(day_in(now, &zone)));
        }
        Ok(count)
    }

    /// How the whole office stands at `now`. Whether a request is overdue or due this week is judged by its authority's own day.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn status(&self, now: Timestamp) -> Result<Status> {
        let mut requests: BTreeMap<&'static str, u64> = ExchangeState::ALL.iter().map(|state| (state.name(), 0)).collect();
        let mut due_this_week = Vec::new();
        let exchanges = self.exchanges(Which::All, now)?;
        for exchange in &exchanges.all {
            let today = exchanges.today(exchange);
            *requests.entry(exchange.progress.state(today).name()).or_default() += 1;
            if is_due_this_week(&exchange.progress, today) {
                due_this_week.push(exchange.reference.clone());
            }
        }
        let standings = self.standings()?;
        let (waiting_for_a_person, oldest_waiting) = self.count_decisions()?;
        let deliveries: BTreeMap<&str, u64> = self
            .db
            .prepare_cached("SELECT state, count(*) FROM delivery GROUP BY state")?
            .query_map([], |row| Ok((rows::word(row, 0, DeliveryState::from_name)?.name(), row.get::<_, i64>(1)?.unsigned_abs())))?
            .collect::<rusqlite::Result<_>>()?;
        let steps = self.steps_due(now)?;
        let drafts = self.drafts()?;
        Ok(Status {
            requests,
            due_this_week,
            waiting_for_a_person,
            mails: standings.into_iter().map(|(standing, count)| (standing.name(), count)).collect(),
            oldest_waiting,
            deliveries,
            drafts: drafts.len() as u64,
            next_release_by: drafts.first().map(|draft| draft.release_by),
            suppressed_contacts: self.suppressed_contacts(now)?,
            health: self.health()?,
            daemon_seen: self.lease()?.map(|(_, renewed_at)| renewed_at),
            due_now: steps.to_be_taken,
            held: steps.held.into_iter().map(|held| HeldView { reference: held.reference, why: held.back.why.why() }).collect(),
            silent: self.silences(now)?.into_iter().map(|(silence, _)| silence).collect(),
            next_step_at: self.next_due(Some(now))?,
        })
    }

    /// All authorities by name, and how their requests stand at `now`, by each authority's own day.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn authority_views(&self, now: Timestamp) -> Result<Vec<AuthorityView>> {
        let exchanges = self.exchanges(Which::All, now)?;
        let mut counted: HashMap<AuthorityId, [u64; 4]> = HashMap::new();
        for exchange in &exchanges.all {
            let [requests, open, overdue, answered] = counted.entry(exchange.authority).or_default();
            *requests += 1;
            *open += u64::from(!exchange.progress.is_settled());
            *overdue += u64::from(exchanges.state(exchange) == ExchangeState::Overdue);
            *answered += u64::from(exchange.progress.answered > 0);
        }
        let view = |authority: crate::domain::authority::Authority| {
            let today = day_in(now, &self.rules.time_zone_of(&authority));
            let [requests, open, overdue, answered] = counted.get(&authority.id).copied().unwrap_or_default();
            let kept = |contact: &&Contact| !contact.valid.ended_before(today);
            AuthorityView {
                parent: authority.parent.and_then(|parent| exchanges.authority(parent)).map(|parent| parent.name.clone()),
                contacts: authority.contacts.iter().filter(kept).count(),
                focal_points: authority.contacts.iter().filter(|contact| contact.focal_point && contact.holds_on(today)).count(),
                suppressed: authority.contacts.iter().filter(kept).filter(|contact| contact.suppressed.is_some()).count(),
                name: authority.name,
                requests,
                open,
                overdue,
                answered,
            }
        };
        Ok(self.authorities()?.into_iter().map(view).collect())
    }
}
