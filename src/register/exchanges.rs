//! How all requests stand, read in a few passes over whole tables: what `status`, lists and digests are made from. One request is read by
//! [`super::requests::load`], and their states follow from the same function (`domain::request`).
//!
//! Considered instead: counters kept with each change, which would have to be proven right; and the same questions asked for each request, which
//! took 3 seconds for 100,000.

use super::{Reader, Result, directory, rows};
use crate::domain::authority::Authority;
use crate::domain::calendar::DeadlineBasis;
use crate::domain::identity::{AuthorityId, JointId, RequestId};
use crate::domain::request::{Ending, ExchangeState, Progress};
use crate::domain::rules::day_in;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::Row;
use std::collections::HashMap;

/// Of which requests it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    All,
    OfJoint(JointId),
}

impl Which {
    /// For SQL, of a column that holds a request's number; ?1 is [`Self::parameter`].
    pub(super) fn condition(self, column: &str) -> String {
        match self {
            Which::All => "?1 IS NULL".to_owned(),
            Which::OfJoint(_) => format!("{column} IN (SELECT o.id FROM request o WHERE o.joint_id = ?1)"),
        }
    }

    pub(super) fn parameter(self) -> Option<i64> {
        match self {
            Which::All => None,
            Which::OfJoint(joint) => Some(joint.0),
        }
    }
}

/// A request, as far as lists and counts need it.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub(super) id: RequestId,
    pub(super) reference: String,
    pub(super) joint: JointId,
    pub(super) authority: AuthorityId,
    pub(super) unit: String,
    pub(super) urgency: String,
    pub(super) progress: Progress,
    pub(super) sent_at: Option<Timestamp>,
    pub(super) ended: Option<Ending>,
    pub(super) non_cooperation_on: Option<Date>,
    /// A step of the ladder is still to come, or the request itself.
    pub(super) on_the_ladder: bool,
    /// Only of one that was ever paused or extended.
    pub(super) changed_basis: Option<DeadlineBasis>,
}

/// An authority as whoever reads of its requests needs it.
#[derive(Debug, Clone)]
pub(super) struct AskedAuthority {
    pub(super) name: String,
    pub(super) zone: TimeZone,
    pub(super) today: Date,
}

/// All requests, in the order of their numbers, with their authorities.
pub(super) struct Exchanges {
    pub(super) all: Vec<Exchange>,
    authorities: HashMap<AuthorityId, AskedAuthority>,
}

impl Exchanges {
    /// None only in a register that is damaged.
    pub(super) fn authority(&self, authority: AuthorityId) -> Option<&AskedAuthority> {
        self.authorities.get(&authority)
    }

    /// On the authority's calendar.
    pub(super) fn today(&self, exchange: &Exchange) -> Date {
        self.authority(exchange.authority).map_or(Date::MIN, |authority| authority.today)
    }

    /// On the authority's calendar.
    pub(super) fn state(&self, exchange: &Exchange) -> ExchangeState {
        exchange.progress.state(self.today(exchange))
    }
}

impl Reader {
    /// How requests stand at `now`.
    pub(super) fn exchanges(&self, which: Which, now: Timestamp) -> Result<Exchanges> {
        let asked = self.counts("count(*) FROM request_recommendation", "", which)?;
        let answered = self.counts("count(DISTINCT recommendation_id) FROM answer", "", which)?;
        let replied = self.counts("count(*) FROM mail_link", "AND effect = 'reply'", which)?;
        // A basis is a few hundred characters of JSON, and of most requests nothing in it is told: `until` stands in pauses and extensions alone.
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT id, reference, joint_id, authority_id, unit, urgency, deadline, paused, sent_at, ended, non_cooperation_on,
                EXISTS (SELECT 1 FROM obligation o WHERE o.kind = 'next step' AND o.number = request.id), CASE WHEN instr(basis, '\"until\"') THEN basis END
             FROM request WHERE {} ORDER BY id",
            which.condition("id")
        ))?;
        let read = |row: &Row<'_>| -> rusqlite::Result<Exchange> {
            let id = RequestId(row.get(0)?);
            let sent_at = rows::optional_timestamp(row, 8)?;
            let ended: Option<Ending> = rows::optional_json(row, 9)?;
            let named = asked.get(&id).copied().unwrap_or(0);
            let answers = if named == 0 { u32::from(replied.contains_key(&id)) } else { answered.get(&id).copied().unwrap_or(0) };
            Ok(Exchange {
                id,
                reference: row.get(1)?,
                joint: JointId(row.get(2)?),
                authority: AuthorityId(row.get(3)?),
                unit: row.get(4)?,
                urgency: row.get(5)?,
                progress: Progress {
                    asked: named.max(1),
                    answered: answers,
                    is_ended: ended.is_some(),
                    paused: row.get(7)?,
                    is_sent: sent_at.is_some(),
                    deadline: rows::day(row, 6)?,
                },
                sent_at,
                ended,
                non_cooperation_on: rows::optional_day(row, 10)?,
                on_the_ladder: row.get(11)?,
                changed_basis: rows::optional_json(row, 12)?,
            })
        };
        let all: Vec<Exchange> = statement.query_map([which.parameter()], read)?.collect::<rusqlite::Result<_>>()?;
        let asked = match which {
            Which::All => directory::load_heads(self)?,
            Which::OfJoint(_) => all.iter().map(|exchange| directory::load_head(self, exchange.authority)).collect::<Result<_>>()?,
        };
        let as_asked = |authority: Authority| {
            let zone = self.rules.time_zone_of(&authority);
            (authority.id, AskedAuthority { name: authority.name, today: day_in(now, &zone), zone })
        };
        Ok(Exchanges { all, authorities: asked.into_iter().map(as_asked).collect() })
    }

    /// By request, of those rows of a table that have one.
    fn counts(&self, of: &str, and: &str, which: Which) -> Result<HashMap<RequestId, u32>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT request_id, {of} WHERE request_id IS NOT NULL AND {} {and} GROUP BY request_id",
            which.condition("request_id")
        ))?;
        let found = statement.query_map([which.parameter()], |row| Ok((RequestId(row.get(0)?), row.get(1)?)))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }
}
