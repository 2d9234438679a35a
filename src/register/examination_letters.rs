//! The letters that say that a letter of the authority is being examined; what follows from them is `domain::examination`'s.

use super::deliveries::IS_NOT_TAKEN_OUT;
use super::{Reader, Result, rows};
use crate::domain::examination::ExaminationLetter;
use crate::domain::identity::RequestId;
use crate::domain::letter::LetterRole;
use rusqlite::params;
use std::collections::HashMap;

/// Those about each of these requests.
pub(super) fn of_requests(db: &Reader, requests: &[RequestId]) -> Result<HashMap<RequestId, Vec<ExaminationLetter>>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT l.request_id, l.written_on, l.written_at, {IS_NOT_TAKEN_OUT},
            l.life = 'withdrawn' AND EXISTS (SELECT 1 FROM step_taken t WHERE t.request_id = l.request_id AND t.letter_id = l.id)
         FROM json_each(?1) w CROSS JOIN letter l ON l.request_id = w.value WHERE l.role = ?2",
    ))?;
    let mut rows = statement.query(params![rows::to_json(&requests)?, LetterRole::Examination])?;
    let mut letters: HashMap<RequestId, Vec<ExaminationLetter>> = HashMap::new();
    while let Some(row) = rows.next()? {
        letters.entry(RequestId(row.get(0)?)).or_default().push(ExaminationLetter {
            written_on: rows::day(row, 1)?,
            written_at: rows::timestamp(row, 2)?,
            is_on_its_way: row.get(3)?,
            is_declined: row.get(4)?,
        });
    }
    Ok(letters)
}
