//! What the register keeps of a mail that was understood.

use super::Transaction;
use super::{Reader, RegisterError, Result, rows};
use crate::domain::identity::MailId;
use crate::domain::kind::{Kind, KindFacts};
use crate::domain::source::SourceState;
use crate::mail::Understood;
use rusqlite::params;

/// What was understood of a mail, as the register keeps it; none of what is not understood yet.
pub(crate) fn understood(db: &Reader, mail: MailId) -> Result<Option<Understood>> {
    let mut statement = db.prepare_cached("SELECT understood FROM mail WHERE id = ?1")?;
    Ok(statement.query_row([mail.0], |row| rows::optional_json(row, 0))?)
}

/// Of which kind a mail is. What could not be understood is unreadable, whatever had been understood of it before.
pub(crate) fn kind_facts(db: &Reader, mail: MailId) -> Result<KindFacts> {
    let kind: Option<String> = db.prepare_cached("SELECT kind FROM mail WHERE id = ?1")?.query_row([mail.0], |row| row.get(0))?;
    let kind = kind.and_then(|kind| Kind::from_name(&kind)).unwrap_or(Kind::Unreadable);
    Ok(KindFacts { kind, ..understood(db, mail)?.unwrap_or_default().kind_facts() })
}

pub(crate) fn source_state(db: &Reader, mail: MailId) -> Result<SourceState> {
    let state: String = db.prepare_cached("SELECT source_state FROM mail WHERE id = ?1")?.query_row([mail.0], |row| row.get(0))?;
    SourceState::from_name(&state).ok_or_else(|| RegisterError::Damaged(format!("mail {mail} has the source state {state:?}")))
}

pub(crate) fn put_source_state(tx: &Transaction<'_>, mail: MailId, state: SourceState) -> Result<()> {
    tx.prepare_cached("UPDATE mail SET source_state = ?2 WHERE id = ?1 AND source_state <> ?2")?.execute(params![mail.0, state.name()])?;
    Ok(())
}

impl Reader {
    pub(super) fn understood(&self, mail: MailId) -> Result<Option<Understood>> {
        understood(self, mail)
    }
}
