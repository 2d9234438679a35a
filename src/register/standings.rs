//! Where a mail stands by a person's word, and what of it a person's word is weighed by.

use super::{Reader, Result, Transaction, rows};
use crate::domain::identity::{MailId, RequestId};
use crate::domain::linking::Evidence;
use crate::domain::reply::Standing;
use crate::domain::trust::Proof;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

/// Those of which this holds, as a list in SQL.
pub(super) fn standings_that(hold: impl Fn(Standing) -> bool) -> String {
    let names: Vec<String> = Standing::ALL.into_iter().filter(|standing| hold(*standing)).map(|it| format!("'{}'", it.name())).collect();
    format!("({})", names.join(", "))
}

pub(crate) fn exists(db: &Reader, mail: MailId) -> Result<bool> {
    Ok(db.query_row("SELECT EXISTS (SELECT 1 FROM mail WHERE id = ?1)", [mail.0], |row| row.get(0))?)
}

/// As it is written in its From header, in any case; none if it has none or was not read yet.
pub(crate) fn sender_of(db: &Reader, mail: MailId) -> Result<Option<String>> {
    Ok(db.query_row("SELECT sender FROM mail WHERE id = ?1", [mail.0], |row| row.get(0))?)
}

pub(crate) fn received_at(db: &Reader, mail: MailId) -> Result<Timestamp> {
    Ok(db.query_row("SELECT received_at FROM mail WHERE id = ?1", [mail.0], |row| rows::timestamp(row, 0))?)
}

/// What was found of its sender; none where it was not looked for.
pub(crate) fn proof_of(db: &Reader, mail: MailId) -> Result<Option<Proof>> {
    Ok(db.query_row("SELECT proof FROM mail WHERE id = ?1", [mail.0], |row| rows::optional_json(row, 0))?)
}

/// A person's word takes the place of what the rules gave as their reasons, which stay in the event of the judgement.
pub(crate) fn place(tx: &Transaction<'_>, mail: MailId, standing: Standing) -> Result<()> {
    tx.execute(
        "UPDATE mail SET standing = ?2, because = NULL, placed_by_person = 1, counted_until = NULL WHERE id = ?1",
        params![mail.0, standing.name()],
    )?;
    Ok(())
}

/// The rules say what it is, and no person any more.
pub(crate) fn leave_to_rules(tx: &Transaction<'_>, mail: MailId) -> Result<()> {
    tx.execute("UPDATE mail SET placed_by_person = 0 WHERE id = ?1", [mail.0])?;
    Ok(())
}

/// It has counted until now.
pub(crate) fn counts_no_more(tx: &Transaction<'_>, mail: MailId, now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE mail SET counted_until = ?2 WHERE id = ?1")?.execute(params![mail.0, now.as_second()])?;
    Ok(())
}

/// Why a mail is suggested for a request; nothing where it is not.
pub(crate) fn evidence_of_suggestion(db: &Reader, mail: MailId, request: RequestId) -> Result<Vec<Evidence>> {
    evidence(db, "SELECT evidence FROM mail_suggestion WHERE mail_id = ?1 AND request_id = ?2", mail, request)
}

/// Why a mail is linked to a request; nothing where it is not.
pub(crate) fn evidence_of_link(db: &Reader, mail: MailId, request: RequestId) -> Result<Vec<Evidence>> {
    evidence(db, "SELECT evidence FROM mail_link WHERE mail_id = ?1 AND request_id = ?2", mail, request)
}

fn evidence(db: &Reader, sql: &str, mail: MailId, request: RequestId) -> Result<Vec<Evidence>> {
    let evidence: Option<String> = db.prepare_cached(sql)?.query_row([mail.0, request.0], |row| row.get(0)).optional()?;
    Ok(evidence.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}
