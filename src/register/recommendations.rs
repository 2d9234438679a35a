//! Recommendations and to whom they are addressed.

use super::Transaction;
use super::directory::{self, ImportReport};
use super::events::Event;
use super::{Reader, Register, RegisterError, Result, rows};
use crate::domain::event::{Actor, Happened, Recommended};
use crate::domain::identity::{RecommendationId, RequestId};
use crate::domain::recommendation::{Recommendation, Visibility};
use crate::domain::refusal::{Refusal, RowRefusal};
use crate::domain::rules::ORDINARY;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{OptionalExtension, Row, params};

/// One recommendation as an import gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecommendationRow {
    pub reference: String,
    /// Names or aliases; one that stands twice is two offices of that authority.
    pub addressees: Vec<String>,
    pub text: String,
    pub made_on: Date,
    pub report: Option<String>,
    pub place: Option<String>,
    pub theme: Option<String>,
    pub urgency: Option<String>,
    pub repeats: Option<String>,
    pub visibility: Visibility,
}

impl Register {
    /// Takes in recommendations, all or none. A reference that is known with the same content is unchanged; with another content it is refused
    /// once it was asked about, for a letter has quoted it.
    pub fn import_recommendations(
        &mut self,
        recommendations: &[RecommendationRow],
        actor: &Actor,
        now: Timestamp,
        dry_run: bool,
    ) -> Result<ImportReport> {
        self.write_or_try(dry_run, |tx| {
            let mut report = ImportReport::default();
            for row in recommendations {
                let happened: fn(Recommended) -> Happened = match known_as(tx, row)? {
                    Known::Same => {
                        report.unchanged += 1;
                        continue;
                    }
                    Known::No => {
                        report.added += 1;
                        Happened::RecommendationAdded
                    }
                    Known::Differs { asked: true } => {
                        return Err(refused(row, RowRefusal::AskedAboutOtherwise));
                    }
                    Known::Differs { asked: false } => {
                        report.changed += 1;
                        Happened::RecommendationChanged
                    }
                };
                put(tx, row)?;
                let recommended = Recommended { reference: row.reference.clone(), text: row.text.clone() };
                Event::new(now, happened(recommended), actor).append(tx)?;
            }
            Ok(report)
        })
    }
}

enum Known {
    No,
    Same,
    Differs { asked: bool },
}

fn known_as(tx: &Transaction<'_>, row: &RecommendationRow) -> Result<Known> {
    let Some(known) = by_reference(tx, &row.reference)? else { return Ok(Known::No) };
    let mut wanted = Vec::new();
    for (authority, office) in offices(tx, row)? {
        wanted.push((authority, office));
    }
    let mut statement = tx.prepare_cached(
        "SELECT authority_id, office, request_id FROM recommendation_addressee WHERE recommendation_id = ?1 ORDER BY position",
    )?;
    let stored: Vec<(i64, String, Option<i64>)> =
        statement.query_map([known.id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<rusqlite::Result<_>>()?;
    let same = known == as_recommendation(known.id, row)
        && stored.iter().map(|(authority, office, _)| (*authority, office.clone())).collect::<Vec<_>>() == wanted;
    let asked = stored.iter().any(|(_, _, request)| request.is_some());
    Ok(if same { Known::Same } else { Known::Differs { asked } })
}

fn as_recommendation(id: RecommendationId, row: &RecommendationRow) -> Recommendation {
    Recommendation {
        id,
        reference: row.reference.clone(),
        text: row.text.clone(),
        made_on: row.made_on,
        report: row.report.clone(),
        place: row.place.clone(),
        theme: row.theme.clone(),
        urgency: row.urgency.clone().unwrap_or_else(|| ORDINARY.into()),
        repeats: row.repeats.clone(),
        visibility: row.visibility,
    }
}

/// Each addressee with its office: the same authority named again is `office 2`, `office 3`.
fn offices(tx: &Transaction<'_>, row: &RecommendationRow) -> Result<Vec<(i64, String)>> {
    let mut offices: Vec<(i64, String)> = Vec::new();
    for name in &row.addressees {
        let authority = directory::find(tx, name)?.ok_or_else(|| refused(row, RowRefusal::NoSuchAuthority { name: name.clone() }))?;
        let named_before = offices.iter().filter(|(other, _)| *other == authority.0).count();
        let office = if named_before == 0 { String::new() } else { format!("office {}", named_before + 1) };
        offices.push((authority.0, office));
    }
    if offices.is_empty() {
        return Err(refused(row, RowRefusal::NoAddressee));
    }
    Ok(offices)
}

fn refused(row: &RecommendationRow, why: RowRefusal) -> RegisterError {
    Refusal::Row { row: row.reference.clone(), why }.into()
}

fn put(tx: &Transaction<'_>, row: &RecommendationRow) -> Result<()> {
    let recommendation = as_recommendation(RecommendationId(0), row);
    let id: i64 = tx.query_row(
        "INSERT INTO recommendation (reference, text, made_on, report, place, theme, urgency, repeats, visibility)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (reference) DO UPDATE SET text = excluded.text, made_on = excluded.made_on, report = excluded.report, place = excluded.place,
            theme = excluded.theme, urgency = excluded.urgency, repeats = excluded.repeats, visibility = excluded.visibility
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
            recommendation.visibility.name()
        ],
        |row| row.get(0),
    )?;
    tx.execute("DELETE FROM recommendation_addressee WHERE recommendation_id = ?1", [id])?;
    for (position, (authority, office)) in offices(tx, row)?.into_iter().enumerate() {
        tx.execute(
            "INSERT INTO recommendation_addressee (recommendation_id, position, authority_id, office) VALUES (?1, ?2, ?3, ?4)",
            params![id, position as i64, authority, office],
        )?;
    }
    Ok(())
}

const COLUMNS: &str = "c.id, c.reference, c.text, c.made_on, c.report, c.place, c.theme, c.urgency, c.repeats, c.visibility";

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
        visibility: Visibility::from_name(&row.get::<_, String>(9)?).unwrap_or_default(),
    })
}

pub(super) fn by_reference(db: &Reader, reference: &str) -> Result<Option<Recommendation>> {
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
    pub fn recommendation(&self, reference: &str) -> Result<Option<Recommendation>> {
        by_reference(self, reference)
    }

    pub fn recommendations_of(&self, request: RequestId) -> Result<Vec<Recommendation>> {
        of_request(self, request)
    }
}
