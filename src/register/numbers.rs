//! Numbers that are given once: running numbers in references, and those of subjects, deliveries and letters, which stand in addresses and
//! Message-IDs. A register that took the place of a lost one goes on beyond what that may have given.

use super::{Reader, Result, Transaction, settings};
use crate::domain::identity::RequestId;
use crate::domain::subject::SubjectKind;
use rusqlite::params;
use std::collections::BTreeMap;

/// Requests and deliveries that the lost register may have made after its last sign of life.
pub(crate) const SPARE: i64 = 1_000;
/// Deliveries for each event of the lost time: one letter has several recipients.
const DELIVERIES_AN_EVENT: i64 = 16;

/// Where the beginning of the numbers of letters stands.
const OF_LETTERS: &str = "letter numbers";

/// Where the running numbers of a year stand.
fn of_year(year: i16) -> String {
    format!("last number of {year}")
}

/// The last running number that was given in a year.
pub(crate) fn last(db: &Reader, year: i16) -> Result<i64> {
    let sql = "SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM setting WHERE key = ?1";
    Ok(db.query_row(sql, [of_year(year)], |row| row.get(0))?)
}

/// Gives the next running number of a year.
pub(crate) fn next(tx: &Transaction<'_>, year: i16) -> Result<u32> {
    let sql =
        "INSERT INTO setting (key, value) VALUES (?1, '1') ON CONFLICT DO UPDATE SET value = value + 1 RETURNING CAST(value AS INTEGER)";
    Ok(tx.query_row(sql, [of_year(year)], |row| row.get(0))?)
}

/// Running numbers of the year go on beyond this one, which was given by a register that is lost.
pub(crate) fn give_none_up_to(tx: &Transaction<'_>, year: i16, number: i64) -> Result<()> {
    if last(tx, year)? < number {
        settings::put(tx, &of_year(year), &number.to_string())?;
    }
    Ok(())
}

/// Whatever is made from now on gets numbers beyond those that were seen, and that a register can have given in so many events. Those up to which no
/// request and no delivery gets one.
pub(crate) fn jump_over(
    tx: &Transaction<'_>,
    subjects_seen: &BTreeMap<SubjectKind, i64>,
    delivery_seen: i64,
    events: i64,
) -> Result<(i64, i64)> {
    begin_letter_numbers_anew(tx)?;
    let mut requests_up_to = 0;
    for kind in SubjectKind::ALL.iter().copied() {
        let Some(table) = table_of(kind) else { continue };
        let up_to = jump(tx, table, subjects_seen.get(&kind).copied().unwrap_or(0), events + SPARE)?;
        if kind == SubjectKind::Request {
            requests_up_to = up_to;
        }
    }
    let deliveries_up_to = jump(tx, "delivery", delivery_seen, (events + SPARE) * DELIVERIES_AN_EVENT)?;
    Ok((requests_up_to, deliveries_up_to))
}

/// Whose rows are the subjects of a kind; none while the register keeps none of it.
fn table_of(kind: SubjectKind) -> Option<&'static str> {
    match kind {
        SubjectKind::Request => Some("request"),
        SubjectKind::Matter => Some("joint_request"),
        SubjectKind::Authority => Some("authority"),
        SubjectKind::Person => Some("person"),
        SubjectKind::Draft | SubjectKind::Meeting | SubjectKind::Commitment => None,
    }
}

/// The number of the next letter about a request: they run from 1, and after a restoring on from another beginning each time ([`jump_over`]).
pub(super) fn next_of_letters(db: &Reader, request: RequestId) -> Result<u32> {
    let mut statement = db.prepare_cached(
        "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM setting WHERE key = ?2), 0) + count(*) + 1
         FROM letter WHERE request_id = ?1",
    )?;
    Ok(statement.query_row(params![request.0, OF_LETTERS], |row| row.get(0))?)
}

/// Letters of a request are numbered on from a beginning that is drawn by lot each time: no letter gets the Message-ID of one that the lost register
/// has written and nobody can see any more.
fn begin_letter_numbers_anew(tx: &Transaction<'_>) -> Result<()> {
    tx.execute(
        "INSERT INTO setting (key, value) VALUES (?1, CAST(abs(random() % 4000000000) + 100000 AS TEXT))
         ON CONFLICT DO UPDATE SET value = excluded.value",
        [OF_LETTERS],
    )?;
    Ok(())
}

/// The next row of the table gets a number beyond `seen` and at least so many beyond the last one (<https://www.sqlite.org/autoinc.html>).
fn jump(tx: &Transaction<'_>, table: &str, seen: i64, further: i64) -> Result<i64> {
    let given: Option<i64> = tx.query_row("SELECT max(seq) FROM sqlite_sequence WHERE name = ?1", [table], |row| row.get(0))?;
    let up_to = seen.max(given.unwrap_or(0) + further);
    if tx.execute("UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1", params![table, up_to])? == 0 {
        tx.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", params![table, up_to])?;
    }
    Ok(up_to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::Register;
    use std::sync::Arc;

    #[test]
    fn every_kind_of_subject_that_the_register_keeps_goes_on_beyond_what_was_given() {
        let folder = tempfile::tempdir().unwrap();
        let rules = Arc::new(crate::domain::sample::rules());
        let mut register = Register::create(&folder.path().join("register.sqlite"), rules).unwrap();
        let seen: BTreeMap<SubjectKind, i64> = SubjectKind::ALL.iter().map(|kind| (*kind, 70_000)).collect();
        register.write(|tx| jump_over(tx, &seen, 0, 0)).unwrap();
        for kind in SubjectKind::ALL.iter().copied() {
            let Some(table) = table_of(kind) else {
                let like = format!("{}%", kind.name());
                let tables: i64 = register
                    .query_row("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name LIKE ?1", [like], |row| row.get(0))
                    .unwrap();
                assert_eq!(tables, 0, "the register keeps {} by now: table_of must name its table", kind.name());
                continue;
            };
            let given: i64 = register.query_row("SELECT max(seq) FROM sqlite_sequence WHERE name = ?1", [table], |row| row.get(0)).unwrap();
            assert_eq!(given, 70_000, "{}", kind.name());
            let made: String = register.query_row("SELECT sql FROM sqlite_master WHERE name = ?1", [table], |row| row.get(0)).unwrap();
            assert!(made.contains("AUTOINCREMENT"), "{table}: only such a table goes on from its sequence");
        }
    }
}
