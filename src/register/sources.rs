//! Rows of mails that a person has called a source's, and of those that are held beside them.

use super::{Reader, Result, rows};
use crate::domain::identity::MailId;
use crate::domain::source::SourceState;
use crate::domain::trust::Writer;
use crate::mail::Understood;

/// A mail that was understood, as others are held beside it.
pub(crate) struct UnderstoodMail {
    pub(crate) mail: MailId,
    pub(crate) understood: Understood,
    pub(crate) writer: Writer,
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<UnderstoodMail>> {
    let Some(understood) = rows::optional_json(row, 1)? else { return Ok(None) };
    let writer = rows::optional_json(row, 2)?.unwrap_or(Writer::Stranger);
    Ok(Some(UnderstoodMail { mail: MailId(row.get(0)?), understood, writer }))
}

/// Goes through the mails that a person has called a source's, but this one.
pub(crate) fn for_each_source(db: &Reader, but: MailId, mut each: impl FnMut(UnderstoodMail) -> Result<()>) -> Result<()> {
    let mut statement =
        db.prepare_cached("SELECT id, understood, writer FROM mail WHERE source_state = 'source' AND id <> ?1 AND understood IS NOT NULL")?;
    let mut sources = statement.query([but.0])?;
    while let Some(row) = sources.next()? {
        if let Some(source) = read(row)? {
            each(source)?;
        }
    }
    Ok(())
}

/// Goes through all mails that were understood and whose state is `wanted`, each with whether a person has placed it.
pub(crate) fn for_each_understood(
    db: &Reader,
    wanted: impl Fn(SourceState) -> bool,
    mut each: impl FnMut(UnderstoodMail, bool) -> Result<()>,
) -> Result<()> {
    let mut statement =
        db.prepare_cached("SELECT id, understood, writer, placed_by_person, source_state FROM mail WHERE understood IS NOT NULL")?;
    let mut mails = statement.query([])?;
    while let Some(row) = mails.next()? {
        let state = rows::word(row, 4, SourceState::from_name)?;
        // Most are not read any further.
        if wanted(state)
            && let Some(mail) = read(row)?
        {
            each(mail, row.get(3)?)?;
        }
    }
    Ok(())
}

/// None if it was not understood.
pub(crate) fn understood(db: &Reader, mail: MailId) -> Result<Option<UnderstoodMail>> {
    Ok(db.query_row("SELECT id, understood, writer FROM mail WHERE id = ?1", [mail.0], read)?)
}

/// The mails that were hidden because they are like a source's.
pub(crate) fn perhaps_sources(db: &Reader) -> Result<Vec<MailId>> {
    let mut statement = db.prepare_cached("SELECT id FROM mail WHERE source_state = 'perhaps a source'")?;
    let hidden = statement.query_map([], |row| row.get(0).map(MailId))?;
    Ok(hidden.collect::<rusqlite::Result<_>>()?)
}
