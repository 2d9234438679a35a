//! What is owed, and when: the one table that the clock looks at. What is owed is decided by `domain::lifecycle`, `domain::delivery` and
//! `domain::decision`; what changes it plans it anew, and [`super::compared`] computes it again.

use super::{Reader, Result, Transaction, rows};
use crate::domain::identity::RequestId;
use crate::domain::obligation::{Obligation, ObligationKind, Owed};
use crate::domain::staff::Rises;
use crate::domain::subject::{Subject, SubjectKind};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use std::ops::ControlFlow;

/// Touches what is due and nothing else, by the index `obligation_due`.
pub(super) const STEPS_DUE: &str = "SELECT number, due FROM obligation
    WHERE kind = 'next step' AND due <= ?1 AND (due, number) > (?2, ?3) ORDER BY due, number";

/// A request with a first letter or a next step, and since when that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StepOwed {
    pub(crate) request: RequestId,
    pub(crate) due: Timestamp,
}

/// How far it has risen inside the office, as the register keeps it: `open` is with those who are responsible, or with the clock.
fn state(risen: Rises) -> &'static str {
    match risen {
        Rises::Responsible => "open",
        Rises::Deputy => "with deputy",
        Rises::Head => "with head",
    }
}

pub(super) fn risen(row: &Row<'_>, column: usize) -> rusqlite::Result<Rises> {
    rows::word(row, column, |word| Rises::ALL.into_iter().find(|risen| state(*risen) == word))
}

/// Notes when the clock has to look at it; with none, nothing is owed any more. `about`: none of a letter to staff.
pub(crate) fn plan(tx: &Transaction<'_>, obligation: Obligation, about: Option<Subject>, due: Option<Timestamp>) -> Result<()> {
    match due {
        Some(_) => put(tx, &Owed { obligation, about, due, risen: Rises::Responsible }),
        None => end(tx, obligation),
    }
}

/// As it is owed from now on.
pub(crate) fn put(tx: &Transaction<'_>, owed: &Owed) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO obligation (kind, number, subject_kind, subject_id, due, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET subject_kind = excluded.subject_kind, subject_id = excluded.subject_id, due = excluded.due, state = excluded.state",
    )?
    .execute(params![
        owed.obligation.kind().name(),
        owed.obligation.number(),
        owed.about.map(|subject| subject.kind().name()),
        owed.about.map(Subject::number),
        owed.due.map(Timestamp::as_second),
        state(owed.risen)
    ])?;
    Ok(())
}

/// Nothing is owed any more.
pub(super) fn end(tx: &Transaction<'_>, obligation: Obligation) -> Result<()> {
    tx.prepare_cached("DELETE FROM obligation WHERE kind = ?1 AND number = ?2")?
        .execute(params![obligation.kind().name(), obligation.number()])?;
    Ok(())
}

/// As it is owed now, if it is.
pub(crate) fn find(db: &Reader, obligation: Obligation) -> Result<Option<Owed>> {
    let mut statement = db.prepare_cached("SELECT subject_kind, subject_id, due, state FROM obligation WHERE kind = ?1 AND number = ?2")?;
    let found = statement.query_row(params![obligation.kind().name(), obligation.number()], |row| {
        let about = subject(row, 0)?;
        Ok(Owed { obligation, about, due: rows::optional_timestamp(row, 2)?, risen: risen(row, 3)? })
    });
    Ok(found.optional()?)
}

/// The subject in two columns, its kind and its number.
pub(super) fn subject(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Subject>> {
    let kind: Option<SubjectKind> = rows::optional_word(row, column, SubjectKind::from_name)?;
    Ok(kind.zip(row.get(column + 1)?).map(|(kind, number): (SubjectKind, i64)| kind.of(number)))
}

impl Reader {
    /// Shows the requests with a first letter or a next step that is due by then, the earliest first, until `look` has seen enough; with `after`,
    /// those that come after this one.
    pub(super) fn each_step_owed(
        &self,
        after: Option<StepOwed>,
        by: Timestamp,
        mut look: impl FnMut(StepOwed) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let mut statement = self.prepare_cached(STEPS_DUE)?;
        let (after_due, after_number) = after.map_or((i64::MIN, 0), |after| (after.due.as_second(), after.request.0));
        let mut due = statement.query([by.as_second(), after_due, after_number])?;
        while let Some(row) = due.next()? {
            if look(StepOwed { request: RequestId(row.get(0)?), due: rows::timestamp(row, 1)? })?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// When the next of this kind is due, after `after` if that is given; it may be past.
    pub(crate) fn next_due_of(&self, kind: ObligationKind, after: Option<Timestamp>) -> Result<Option<Timestamp>> {
        let after = after.map_or(i64::MIN, Timestamp::as_second);
        let mut statement = self.prepare_cached("SELECT min(due) FROM obligation WHERE kind = ?1 AND due > ?2")?;
        Ok(statement.query_row(params![kind.name(), after], |row| rows::optional_timestamp(row, 0))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identity::DeliveryId;
    use crate::register::{deliveries, migrate};
    use rusqlite::Connection;
    use std::sync::Arc;

    /// As of a letter that an earlier build had given up, and that a person has tried again.
    #[test]
    fn an_attempt_that_is_owed_again_is_about_what_its_letter_is_about() {
        let db = Connection::open_in_memory().unwrap();
        migrate::fill(&db).unwrap();
        db.pragma_update(None, "foreign_keys", false).unwrap();
        db.execute_batch(
            "INSERT INTO letter (id, subject_kind, subject_id, role, template, message_id, subject, bytes, sha256, written_at, written_on)
                VALUES (1, 'meeting', 5, 'request', 'request', 'a@npm.example', 'S', x'00', x'00', 1, '2026-01-01'),
                    (2, NULL, NULL, 'digest', 'digest', 'b@npm.example', 'S', x'01', x'01', 1, '2026-01-01');
             INSERT INTO delivery (id, letter_id, recipient, domain, envelope_sender, is_copy, state)
                VALUES (7, 1, 'a@x.example', 'x.example', '', 0, 'waiting'), (8, 2, 'b@x.example', 'x.example', '', 0, 'unknown')",
        )
        .unwrap();
        let reader = Reader { db, rules: Arc::new(crate::domain::sample::rules()) };
        let tx = reader.begin().unwrap();
        for delivery in [7, 8] {
            deliveries::put_off(&tx, DeliveryId(delivery), Timestamp::from_second(99).ok()).unwrap();
        }
        let mut statement = tx.prepare_cached("SELECT number, subject_kind, subject_id, due FROM obligation ORDER BY number").unwrap();
        let owed = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
        let owed: Vec<(i64, Option<String>, Option<i64>, i64)> = owed.collect::<rusqlite::Result<_>>().unwrap();
        assert_eq!(owed, [(7, Some("meeting".into()), Some(5), 99), (8, None, None, 99)]);
    }
}
