//! Recommendations and to whom they are addressed are imported from a table.

use super::ImportReport;
use crate::domain::asking::with_units;
use crate::domain::confidentiality::Class;
use crate::domain::event::{Actor, Happened, Recommended};
use crate::domain::identity::RecommendationId;
use crate::domain::recommendation::{Addressee, Imported, Recommendation, imported};
use crate::domain::refusal::{Refusal, RowRefusal};
use crate::domain::rules::ORDINARY;
use crate::register::events::Event;
use crate::register::{Reader, Register, RegisterError, Result, directory, recommendations};
use jiff::Timestamp;
use jiff::civil::Date;

/// One recommendation as an import gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecommendationRow {
    pub reference: String,
    /// Names or aliases; one that stands twice is two units of that authority.
    pub addressees: Vec<String>,
    pub text: String,
    pub made_on: Date,
    pub report: Option<String>,
    pub place: Option<String>,
    pub theme: Option<String>,
    pub urgency: Option<String>,
    pub repeats: Option<String>,
    pub class: Class,
}

impl Register {
    /// Imports recommendations, all or none. A reference that is known with the same content is unchanged.
    ///
    /// # Errors
    ///
    /// Refused: another content once it was asked about, for a letter has quoted it; no addressee, or one that nobody knows.
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
                let (recommendation, addressees) = (as_recommendation(row), addressees(tx, row)?);
                let known = recommendations::known(tx, &row.reference)?;
                let happened: fn(Recommended) -> Happened = match imported(known.as_ref(), &recommendation, &addressees) {
                    Imported::Unchanged => {
                        report.unchanged += 1;
                        continue;
                    }
                    Imported::New => {
                        report.added += 1;
                        Happened::RecommendationAdded
                    }
                    Imported::Changed => {
                        report.changed += 1;
                        Happened::RecommendationChanged
                    }
                    Imported::AskedAboutOtherwise => return Err(refused(row, RowRefusal::AskedAboutOtherwise)),
                };
                recommendations::put(tx, &recommendation, &addressees)?;
                let recommended = Recommended { reference: row.reference.clone(), text: row.text.clone() };
                Event::new(now, happened(recommended), actor).append(tx)?;
            }
            Ok(report)
        })
    }
}

/// As it is to stand in the register; it gets its number there.
fn as_recommendation(row: &RecommendationRow) -> Recommendation {
    Recommendation {
        id: RecommendationId(0),
        reference: row.reference.clone(),
        text: row.text.clone(),
        made_on: row.made_on,
        report: row.report.clone(),
        place: row.place.clone(),
        theme: row.theme.clone(),
        urgency: row.urgency.clone().unwrap_or_else(|| ORDINARY.into()),
        repeats: row.repeats.clone(),
        class: row.class,
    }
}

fn addressees(db: &Reader, row: &RecommendationRow) -> Result<Vec<Addressee>> {
    let mut named = Vec::with_capacity(row.addressees.len());
    for name in &row.addressees {
        named.push(directory::find(db, name)?.ok_or_else(|| refused(row, RowRefusal::NoSuchAuthority { name: name.clone() }))?);
    }
    if named.is_empty() {
        return Err(refused(row, RowRefusal::NoAddressee));
    }
    Ok(with_units(&named))
}

fn refused(row: &RecommendationRow, why: RowRefusal) -> RegisterError {
    Refusal::Row { row: row.reference.clone(), why }.into()
}
