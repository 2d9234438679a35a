//! The steps of a request's ladder that were taken, and those that were passed over with them.

use super::{Reader, Result, Transaction, rows};
use crate::domain::identity::{LetterId, RequestId};
use jiff::civil::Date;
use rusqlite::params;

/// A step that is taken, or passed over for a later one.
pub(crate) struct Step<'a> {
    pub(crate) name: &'a str,
    pub(crate) is_passed_over: bool,
    /// On the authority's calendar.
    pub(crate) on: Date,
    pub(crate) due_on: Option<Date>,
    /// The request's, on that day.
    pub(crate) deadline: Date,
    pub(crate) letter: Option<LetterId>,
}

pub(crate) fn put(tx: &Transaction<'_>, request: RequestId, step: &Step<'_>) -> Result<()> {
    tx.execute(
        "INSERT INTO step_taken (request_id, step, taken_on, deadline, passed_over, letter_id, due_on) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            request.0,
            step.name,
            step.on.to_string(),
            step.deadline.to_string(),
            step.is_passed_over,
            step.letter.map(|letter| letter.0),
            step.due_on.map(|day| day.to_string())
        ],
    )?;
    Ok(())
}

/// The steps for which a letter was written are not taken.
pub(crate) fn forget(tx: &Transaction<'_>, request: RequestId, letter: LetterId) -> Result<()> {
    tx.prepare_cached("DELETE FROM step_taken WHERE request_id = ?1 AND letter_id = ?2")?.execute([request.0, letter.0])?;
    Ok(())
}

/// The steps for which a letter was written are passed over: what it would have said is not said. They go on naming it, so that one that would have
/// told of an examination is not taken for the letter of the step itself.
pub(crate) fn pass_over(tx: &Transaction<'_>, request: RequestId, letter: LetterId) -> Result<()> {
    tx.prepare_cached("UPDATE step_taken SET passed_over = 1 WHERE request_id = ?1 AND letter_id = ?2")?.execute([request.0, letter.0])?;
    Ok(())
}

/// When a letter was written, and for which step.
pub(crate) struct WrittenFor {
    pub(crate) written_on: Date,
    /// The request's when it was written.
    pub(crate) deadline: Option<Date>,
    pub(crate) due_on: Option<Date>,
}

pub(crate) fn written_for(db: &Reader, letter: LetterId) -> Result<WrittenFor> {
    Ok(db
        .prepare_cached(
            "SELECT l.written_on, t.deadline, t.due_on FROM letter l
             LEFT JOIN step_taken t ON t.request_id = l.request_id AND t.letter_id = l.id WHERE l.id = ?1 LIMIT 1",
        )?
        .query_row([letter.0], |row| {
            Ok(WrittenFor { written_on: rows::day(row, 0)?, deadline: rows::optional_day(row, 1)?, due_on: rows::optional_day(row, 2)? })
        })?)
}
