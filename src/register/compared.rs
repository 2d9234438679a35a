//! What is owed, computed again from the rest of the register: where the table that the clock looks at says something else, a letter would never
//! leave, or a question never be asked.

use super::known::Known;
use super::requests::IS_OPEN;
use super::{Reader, Result, Transaction, decisions, deliveries, drafts, obligations, settings};
use crate::domain::delivery::DeliveryState;
use crate::domain::identity::{DeliveryId, LetterId, MailId, RequestId};
use crate::domain::obligation::{Difference, Follows, Obligation, ObligationKind};
use crate::domain::staff::Rises;
use crate::domain::subject::Subject;
use jiff::Timestamp;
use rusqlite::OptionalExtension;

/// The fingerprint of the rules by which everything was last planned.
pub(crate) const RULES: &str = "rules";
/// The fingerprint of other rules, by which a command has changed something since.
pub(crate) const OTHER_RULES: &str = "rules of a command";

/// What is owed, and where that does not follow from the rest of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    pub next_steps: u64,
    pub attempts: u64,
    pub decisions: u64,
    pub releases: u64,
    pub differences: Vec<Difference>,
}

/// A command that works by other rules than everything is planned by leaves that behind: what it plans is planned anew by whoever adopts rules next,
/// though they may have been taken back by then. `by`: the fingerprint of the command's rules.
pub(super) fn note_other_rules(tx: &Transaction<'_>, by: Option<&str>) -> Result<()> {
    match (by, settings::get(tx, RULES)?) {
        (Some(by), Some(known)) if by != known => settings::put(tx, OTHER_RULES, by),
        _ => Ok(()),
    }
}

impl Reader {
    /// Whether everything is planned by the rules of this fingerprint, and nothing by others since.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn is_planned_by(&self, fingerprint: &str) -> Result<bool> {
        Ok(settings::get(self, RULES)?.as_deref() == Some(fingerprint) && settings::get(self, OTHER_RULES)?.is_none())
    }

    /// Compares what is owed with what follows at `now` from the rest of the register, by the rules of this fingerprint. None if it was not planned
    /// by them, or not all of it: the next start of the daemon does that, or its next pass.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn compare_obligations(&self, fingerprint: &str, now: Timestamp) -> Result<Option<Compared>> {
        self.at_one_moment(|reader| {
            if !reader.is_planned_by(fingerprint)? {
                return Ok(None);
            }
            let count = |kind: ObligationKind| -> Result<u64> {
                let mut statement = reader.prepare_cached("SELECT count(*) FROM obligation WHERE kind = ?1")?;
                Ok(statement.query_row([kind.name()], |row| row.get::<_, i64>(0))?.unsigned_abs())
            };
            Ok(Some(Compared {
                next_steps: count(ObligationKind::NextStep)?,
                attempts: count(ObligationKind::Attempt)?,
                decisions: count(ObligationKind::Decision)?,
                releases: count(ObligationKind::Release)?,
                differences: reader.obligations_that_differ(now)?,
            }))
        })
    }

    /// Those that are not what follows, are missing, or are too many.
    pub(crate) fn obligations_that_differ(&self, now: Timestamp) -> Result<Vec<Difference>> {
        let mut differences = Vec::new();
        self.each_step_follows(now, |obligation, follows| self.compare(obligation, follows, &mut differences))?;
        self.each_attempt_follows(|obligation, follows| self.compare(obligation, follows, &mut differences))?;
        self.each_release_follows(|obligation, follows| self.compare(obligation, follows, &mut differences))?;
        for (obligation, follows) in decisions::follow(self)? {
            self.compare(obligation, follows, &mut differences)?;
        }
        Ok(differences)
    }

    fn compare(&self, obligation: Obligation, follows: Follows, differences: &mut Vec<Difference>) -> Result<()> {
        let there = obligations::find(self, obligation)?;
        if !follows.agrees_with(there.as_ref()) {
            differences.push(Difference { obligation, named: self.name_of(obligation)?, there, follows });
        }
        Ok(())
    }

    fn each_step_follows(&self, now: Timestamp, mut with: impl FnMut(Obligation, Follows) -> Result<()>) -> Result<()> {
        let mut statement = self.prepare(&format!("SELECT r.id, {IS_OPEN} FROM request r ORDER BY r.id"))?;
        let mut requests = statement.query([])?;
        while let Some(row) = requests.next()? {
            let request = RequestId(row.get(0)?);
            let is_open: bool = row.get(1)?;
            with(Obligation::NextStep(request), if is_open { self.step_follows(request, now)? } else { Follows::Nothing })?;
        }
        for number in self.owed_of_nothing(ObligationKind::NextStep, "SELECT id FROM request")? {
            with(ObligationKind::NextStep.of(number), Follows::Nothing)?;
        }
        Ok(())
    }

    fn step_follows(&self, request: RequestId, now: Timestamp) -> Result<Follows> {
        let mut known = Known::load(self, request)?;
        let about = Some(Subject::Request(request));
        let due = known.plan(&self.rules, now);
        Ok(match due {
            Some(due) if known.wants_first_letter() => Follows::NotAfter { about, due },
            Some(_) => Follows::At { about, due, risen: Rises::Responsible },
            None => Follows::Nothing,
        })
    }

    fn each_attempt_follows(&self, mut with: impl FnMut(Obligation, Follows) -> Result<()>) -> Result<()> {
        let mut statement = self.prepare(
            "SELECT d.id, d.state, l.subject_kind, l.subject_id FROM delivery d JOIN letter l ON l.id = d.letter_id ORDER BY d.id",
        )?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let about = obligations::subject(row, 2)?;
            let follows = match deliveries::state(row, 1)? {
                DeliveryState::Waiting => Follows::Sometime { about },
                DeliveryState::Unknown => Follows::PerhapsSometime { about },
                _ => Follows::Nothing,
            };
            with(Obligation::Attempt(DeliveryId(row.get(0)?)), follows)?;
        }
        for number in self.owed_of_nothing(ObligationKind::Attempt, "SELECT id FROM delivery")? {
            with(ObligationKind::Attempt.of(number), Follows::Nothing)?;
        }
        Ok(())
    }

    fn each_release_follows(&self, mut with: impl FnMut(Obligation, Follows) -> Result<()>) -> Result<()> {
        for (letter, about, due) in drafts::releases(self)? {
            with(Obligation::Release(letter), Follows::At { about, due: Some(due), risen: Rises::Responsible })?;
        }
        for number in self.owed_of_nothing(ObligationKind::Release, "SELECT id FROM letter WHERE life = 'draft'")? {
            with(ObligationKind::Release.of(number), Follows::Nothing)?;
        }
        Ok(())
    }

    /// Of a kind, the numbers of what does not exist. `existing`: a statement for the numbers that do.
    fn owed_of_nothing(&self, kind: ObligationKind, existing: &str) -> Result<Vec<i64>> {
        let mut statement =
            self.prepare(&format!("SELECT number FROM obligation WHERE kind = ?1 AND number NOT IN ({existing}) ORDER BY number"))?;
        let found = statement.query_map([kind.name()], |row| row.get(0))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// What a person knows it by; nothing of a mail, which has its number alone, and of what does not exist.
    fn name_of(&self, obligation: Obligation) -> Result<Option<String>> {
        let (sql, number) = match obligation {
            Obligation::NextStep(RequestId(request)) => ("SELECT reference FROM request WHERE id = ?1", request),
            Obligation::Attempt(DeliveryId(delivery)) => ("SELECT recipient FROM delivery WHERE id = ?1", delivery),
            Obligation::Decision(MailId(_)) | Obligation::Release(LetterId(_)) => return Ok(None),
        };
        Ok(self.prepare_cached(sql)?.query_row([number], |row| row.get(0)).optional()?)
    }
}
