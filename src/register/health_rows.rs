//! Health: the parts that can fail for a while, the mailboxes of the configuration, and the lease of the one daemon.

use super::{Reader, Register, RegisterError, Result, Transaction, rows};
use crate::domain::health::{HealthPart, PartHealth};
use crate::domain::refusal::OtherProcess;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

impl Register {
    /// The mailboxes of the configuration as it now is. Only these must have been read before anybody is chased.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn declare_mailboxes(&mut self, names: &[String]) -> Result<()> {
        self.write(|tx| {
            tx.execute("UPDATE mailbox SET active = 0", [])?;
            for name in names {
                tx.execute("INSERT INTO mailbox (name, active) VALUES (?1, 1) ON CONFLICT DO UPDATE SET active = 1", [name])?;
            }
            let kept = HealthPart::OF_ITS_OWN.iter().map(HealthPart::name).chain(names.iter().map(|name| name.as_str().into()));
            let kept = rows::to_json(&kept.collect::<Vec<_>>())?;
            tx.execute("DELETE FROM health WHERE part NOT IN (SELECT value FROM json_each(?1))", [kept])?;
            Ok(())
        })
    }

    /// A part that there is no more is neither well nor failing.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn forget_health(&mut self, part: &HealthPart) -> Result<()> {
        self.write(|tx| {
            tx.execute("DELETE FROM health WHERE part = ?1", [part.name()])?;
            Ok(())
        })
    }

    /// Takes or renews the lease by which only one daemon works on a register. Refused while another holder's lease is younger than `age` (whole
    /// seconds count), unless `is_gone` knows that the holder no longer runs.
    ///
    /// # Errors
    ///
    /// [`RegisterError::AtWork`] while another holder has it; and where the register cannot be read or written.
    pub fn take_lease(&mut self, holder: &str, age: SignedDuration, is_gone: impl FnOnce(&str) -> bool, now: Timestamp) -> Result<()> {
        self.write(|tx| {
            let held: Option<(String, i64)> = tx
                .query_row("SELECT holder, renewed_at FROM lease WHERE name = 'daemon'", [], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            if let Some((other, renewed_at)) = held
                && other != holder
                && now.as_second() - renewed_at < age.as_secs()
                && !is_gone(&other)
            {
                let seen_seconds_ago = now.as_second() - renewed_at;
                let wait_seconds = age.as_secs() - seen_seconds_ago;
                return Err(RegisterError::AtWork(OtherProcess::HoldsLease { holder: other, seen_seconds_ago, wait_seconds }));
            }
            tx.execute(
                "INSERT INTO lease (name, holder, renewed_at) VALUES ('daemon', ?1, ?2)
                 ON CONFLICT DO UPDATE SET holder = excluded.holder, renewed_at = excluded.renewed_at",
                params![holder, now.as_second()],
            )?;
            Ok(())
        })
    }

    /// Gives up the daemon's lease, if this holder has it.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn give_up_lease(&mut self, holder: &str) -> Result<()> {
        self.write(|tx| {
            tx.execute("DELETE FROM lease WHERE name = 'daemon' AND holder = ?1", [holder])?;
            Ok(())
        })
    }
}

/// How a part is from now on.
pub(crate) fn put(tx: &Transaction<'_>, health: &PartHealth) -> Result<()> {
    let PartHealth { part, ok_at, failing_since, fault, alarmed } = health;
    let second = |at: &Option<Timestamp>| at.map(|at| at.as_second());
    tx.prepare_cached("INSERT OR REPLACE INTO health (part, ok_at, failing_since, fault, alarmed) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![part.name(), second(ok_at), second(failing_since), fault, alarmed])?;
    Ok(())
}

/// The operators were told that these parts fail.
pub(crate) fn put_told(tx: &Transaction<'_>, parts: &[HealthPart]) -> Result<()> {
    for part in parts {
        tx.execute("UPDATE health SET alarmed = 1 WHERE part = ?1", [part.name()])?;
    }
    Ok(())
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<PartHealth> {
    Ok(PartHealth {
        part: rows::word(row, 0, HealthPart::from_name)?,
        ok_at: rows::optional_timestamp(row, 1)?,
        failing_since: rows::optional_timestamp(row, 2)?,
        fault: row.get(3)?,
        alarmed: row.get(4)?,
    })
}

impl Reader {
    /// How each part of the program is, by name.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn health(&self) -> Result<Vec<PartHealth>> {
        let mut statement = self.db.prepare_cached("SELECT part, ok_at, failing_since, fault, alarmed FROM health ORDER BY part")?;
        let parts = statement.query_map([], read)?;
        Ok(parts.collect::<rusqlite::Result<_>>()?)
    }

    /// Who holds the daemon's lease, and when it was renewed last.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn lease(&self) -> Result<Option<(String, Timestamp)>> {
        Ok(self
            .db
            .query_row("SELECT holder, renewed_at FROM lease WHERE name = 'daemon'", [], |row| Ok((row.get(0)?, rows::timestamp(row, 1)?)))
            .optional()?)
    }
}
