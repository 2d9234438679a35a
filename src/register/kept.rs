//! Rows of what is kept of a mail that was understood.

use super::Transaction;
use super::{Reader, RegisterError, Result, rows};
use crate::domain::haste;
use crate::domain::identity::MailId;
use crate::domain::kind::{Kind, KindFacts};
use crate::domain::reply::Standing;
use crate::domain::source::SourceState;
use crate::domain::trust::{Proof, Writer};
use crate::mail::Understood;
use crate::mail::authenticity::Authenticity;
use crate::mail::understood::Bounce;
use rusqlite::params;

/// What was understood of a mail, as the register keeps it; none of what is not understood yet.
pub(crate) fn understood(db: &Reader, mail: MailId) -> Result<Option<Understood>> {
    let mut statement = db.prepare_cached("SELECT understood FROM mail WHERE id = ?1")?;
    Ok(statement.query_row([mail.0], |row| rows::optional_json(row, 0))?)
}

/// Of which kind a mail is. What could not be understood is unreadable, whatever had been understood of it before.
pub(crate) fn kind_facts(db: &Reader, mail: MailId) -> Result<KindFacts> {
    let mut statement = db.prepare_cached("SELECT kind FROM mail WHERE id = ?1")?;
    let kind = statement.query_row([mail.0], |row| rows::optional_word(row, 0, Kind::from_name))?.unwrap_or(Kind::Unreadable);
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

/// Whether nothing was understood or found of a mail before.
pub(crate) fn is_first_time(db: &Reader, mail: MailId) -> Result<bool> {
    let mut statement = db.prepare_cached("SELECT authenticity IS NULL AND understood IS NULL FROM mail WHERE id = ?1")?;
    Ok(statement.query_row([mail.0], |row| row.get(0))?)
}

/// What was understood of a mail, whole, and in columns what SQL asks for.
pub(crate) fn put_understood(
    tx: &Transaction<'_>,
    mail: MailId,
    understood: &Understood,
    authenticity: Option<&Authenticity>,
    writer: Writer,
    proof: Proof,
) -> Result<()> {
    let sender = understood.from.first().and_then(|from| from.address.clone());
    let unsigned = authenticity.filter(|authenticity| !authenticity.has_own_signature && !authenticity.from_domain.is_empty());
    tx.prepare_cached(
        "UPDATE mail SET message_id = ?2, sender = ?3, subject = ?4, kind = ?5, automatic = ?6, understood = ?7, authenticity = ?8,
            writer = ?9, proof = ?10, short_text = ?11, bulk = ?12, deleted_unread = ?13, says_arrived = ?14, unsigned_from = ?15 WHERE id = ?1",
    )?
    .execute(params![
        mail.0,
        understood.message_id,
        sender,
        understood.subject,
        understood.kind.name(),
        understood.automatic,
        rows::to_json(understood)?,
        authenticity.map(rows::to_json).transpose()?,
        rows::to_json(&writer)?,
        rows::to_json(&proof)?,
        haste::short_text(&understood.reply),
        understood.bulk,
        understood.bounce.as_ref().is_some_and(|bounce| bounce.deleted_unread),
        understood.bounce.as_ref().is_some_and(Bounce::says_arrived),
        unsigned.map(|authenticity| &authenticity.from_domain),
    ])?;
    Ok(())
}

/// Where the rules place a mail that is being understood, and why. Not, if a person has placed it meanwhile, or it waits to be read again: whether
/// they do.
pub(crate) fn put_standing(tx: &Transaction<'_>, mail: MailId, standing: Standing, because: &[String]) -> Result<bool> {
    let judged = tx
        .prepare_cached("UPDATE mail SET standing = ?2, because = ?3, at_work = 0 WHERE id = ?1 AND at_work AND NOT placed_by_person")?
        .execute(params![mail.0, standing.name(), rows::to_json(&because)?])?;
    Ok(judged > 0)
}

impl Reader {
    pub(super) fn understood(&self, mail: MailId) -> Result<Option<Understood>> {
        understood(self, mail)
    }
}
