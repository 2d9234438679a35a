//! Recommendations and to whom they are addressed.

use super::{Reader, Result, Transaction, rows};
use crate::domain::asking::{NotAsked, RequestSelection};
use crate::domain::confidentiality::Class;
use crate::domain::identity::{AuthorityId, RecommendationId, RequestId};
use crate::domain::recommendation::{Addressee, KnownRecommendation, Recommendation};
use rusqlite::{OptionalExtension, Row, params};

/// In the place of what stood there under its reference, if anything did. Its number is the register's own.
pub(crate) fn put(tx: &Transaction<'_>, recommendation: &Recommendation, addressees: &[Addressee]) -> Result<()> {
    let id: i64 = tx.query_row(
        "INSERT INTO recommendation (reference, text, made_on, report, place, theme, urgency, repeats, class)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (reference) DO UPDATE SET text = excluded.text, made_on = excluded.made_on, report = excluded.report, place = excluded.place,
            theme = excluded.theme, urgency = excluded.urgency, repeats = excluded.repeats, class = excluded.class
         RETURNING id",
        params![
            recommendation.reference,
            recommendation.text,
            recommendation.made_on.to_string(),
            recommendation.report,
            recommendation.place,
            recommendation.theme,
            recommendation.urgency,
            recommendation.repeats,
            recommendation.class.name()
        ],
        |row| row.get(0),
    )?;
    tx.execute("DELETE FROM recommendation_addressee WHERE recommendation_id = ?1", [id])?;
    for (position, addressee) in (0i64..).zip(addressees) {
        tx.execute(
            "INSERT INTO recommendation_addressee (recommendation_id, position, authority_id, unit) VALUES (?1, ?2, ?3, ?4)",
            params![id, position, addressee.authority.0, addressee.unit],
        )?;
    }
    Ok(())
}

/// The recommendation of that reference with its addressees in their order, and whether any of them was asked about it.
pub(crate) fn known(db: &Reader, reference: &str) -> Result<Option<KnownRecommendation>> {
    let Some(recommendation) = by_reference(db, reference)? else { return Ok(None) };
    let mut statement = db.prepare_cached(
        "SELECT authority_id, unit, request_id IS NOT NULL FROM recommendation_addressee WHERE recommendation_id = ?1 ORDER BY position",
    )?;
    let stored: Vec<(Addressee, bool)> = statement
        .query_map([recommendation.id.0], |row| Ok((Addressee { authority: AuthorityId(row.get(0)?), unit: row.get(1)? }, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let was_asked_about = stored.iter().any(|(_, asked)| *asked);
    let addressees = stored.into_iter().map(|(addressee, _)| addressee).collect();
    Ok(Some(KnownRecommendation { recommendation, addressees, was_asked_about }))
}

/// Each addressee who was not asked yet, in the order of the recommendations.
pub(crate) fn not_asked(db: &Reader, selection: &RequestSelection) -> Result<Vec<NotAsked>> {
    let (condition, value) = match selection {
        RequestSelection::Report(report) => ("c.report = ?1", report.as_str()),
        RequestSelection::Recommendation(reference) => ("c.reference = ?1", reference.as_str()),
        RequestSelection::AllNew => ("?1 = ''", ""),
    };
    let mut statement = db.prepare(&format!(
        "SELECT c.id, coalesce(c.report, c.reference), c.urgency, a.authority_id, a.unit
         FROM recommendation_addressee a JOIN recommendation c ON c.id = a.recommendation_id
         WHERE a.request_id IS NULL AND {condition} ORDER BY c.id, a.position"
    ))?;
    let found = statement.query_map([value], |row| {
        Ok(NotAsked {
            recommendation: RecommendationId(row.get(0)?),
            matter: row.get(1)?,
            urgency: row.get(2)?,
            addressee: Addressee { authority: AuthorityId(row.get(3)?), unit: row.get(4)? },
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

const COLUMNS: &str = "c.id, c.reference, c.text, c.made_on, c.report, c.place, c.theme, c.urgency, c.repeats, c.class";

fn read(row: &Row<'_>) -> rusqlite::Result<Recommendation> {
    Ok(Recommendation {
        id: RecommendationId(row.get(0)?),
        reference: row.get(1)?,
        text: row.get(2)?,
        made_on: rows::day(row, 3)?,
        report: row.get(4)?,
        place: row.get(5)?,
        theme: row.get(6)?,
        urgency: row.get(7)?,
        repeats: row.get(8)?,
        class: rows::word(row, 9, Class::from_name)?,
    })
}

pub(crate) fn load(db: &Reader, id: RecommendationId) -> Result<Recommendation> {
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM recommendation c WHERE c.id = ?1"))?;
    Ok(statement.query_row([id.0], read)?)
}

pub(crate) fn by_reference(db: &Reader, reference: &str) -> Result<Option<Recommendation>> {
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM recommendation c WHERE c.reference = ?1"))?;
    Ok(statement.query_row([reference], read).optional()?)
}

/// In the order in which the letter numbers them.
pub(super) fn of_request(db: &Reader, request: RequestId) -> Result<Vec<Recommendation>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM request_recommendation r JOIN recommendation c ON c.id = r.recommendation_id WHERE r.request_id = ?1 ORDER BY r.position"
    ))?;
    let recommendations = statement.query_map([request.0], read)?;
    Ok(recommendations.collect::<rusqlite::Result<_>>()?)
}

impl Reader {
    /// The recommendation of this reference, written exactly so.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn recommendation(&self, reference: &str) -> Result<Option<Recommendation>> {
        by_reference(self, reference)
    }

    /// The recommendations that a request asks about, in the order in which its letter numbers them.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn recommendations_of(&self, request: RequestId) -> Result<Vec<Recommendation>> {
        of_request(self, request)
    }
}
