//! What the register remembers under a name of its own, each a single value.

use super::{Reader, Result, Transaction};
use rusqlite::OptionalExtension;

pub(crate) fn get(db: &Reader, name: &str) -> Result<Option<String>> {
    Ok(db.prepare_cached("SELECT value FROM setting WHERE key = ?1")?.query_row([name], |row| row.get(0)).optional()?)
}

pub(crate) fn put(tx: &Transaction<'_>, name: &str, value: &str) -> Result<()> {
    tx.prepare_cached("INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value")?
        .execute([name, value])?;
    Ok(())
}

pub(crate) fn remove(tx: &Transaction<'_>, name: &str) -> Result<()> {
    tx.prepare_cached("DELETE FROM setting WHERE key = ?1")?.execute([name])?;
    Ok(())
}
