//! Health: the parts that can fail for a while, the mailboxes of the configuration, and the lease of the one daemon.

use super::events::Event;
use super::new_letter::NewLetter;
use super::{Reader, Register, RegisterError, Result, outbox, rows};
use crate::domain::event::{Happened, RuleName};
use crate::domain::health::{Failing, HealthPart};
use crate::domain::refusal::AtWork;
use crate::domain::reply_address::ReplyAddresses;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

/// As people are told of it: parts that fail by one and the same fault, as all folders of a server that is down, are one that bears all their names and
/// fails since the first of them did.
pub fn told_together(parts: Vec<PartHealth>) -> Vec<PartsAlike> {
    let mut told: Vec<PartsAlike> = Vec::new();
    for PartHealth { part, ok_at, failing_since, fault, .. } in parts {
        match told.iter_mut().find(|known| fault.is_some() && known.fault == fault) {
            Some(known) => {
                known.parts = format!("{}, {}", known.parts, part.name());
                known.failing_since = known.failing_since.min(failing_since);
                known.ok_at = known.ok_at.min(ok_at);
            }
            None => told.push(PartsAlike { parts: part.name().into_owned(), ok_at, failing_since, fault }),
        }
    }
    told
}

/// One line about health: a part that works, or all that fail by one fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartsAlike {
    /// Their names.
    #[serde(rename = "part")]
    pub parts: String,
    pub ok_at: Option<Timestamp>,
    pub failing_since: Option<Timestamp>,
    pub fault: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartHealth {
    pub part: HealthPart,
    pub ok_at: Option<Timestamp>,
    pub failing_since: Option<Timestamp>,
    pub fault: Option<String>,
    /// The operator was told of this failure.
    pub alarmed: bool,
}

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

    /// A part worked at `now`, or failed with this fault.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn note_health(&mut self, part: &HealthPart, fault: Option<&str>, now: Timestamp) -> Result<()> {
        let part = part.name();
        self.write(|tx| {
            let was_failing: Option<bool> = tx
                .prepare_cached("SELECT failing_since IS NOT NULL FROM health WHERE part = ?1")?
                .query_row([&part], |row| row.get(0))
                .optional()?;
            match fault {
                None => tx
                    .prepare_cached(
                        "INSERT INTO health (part, ok_at) VALUES (?1, ?2)
                         ON CONFLICT DO UPDATE SET ok_at = excluded.ok_at, failing_since = NULL, fault = NULL, alarmed = 0",
                    )?
                    .execute(params![part, now.as_second()])?,
                Some(fault) => tx.execute(
                    // Of a fault that the operators were told of for another part they are not told once more.
                    "INSERT INTO health (part, failing_since, fault, alarmed)
                     VALUES (?1, ?2, ?3, EXISTS (SELECT 1 FROM health other WHERE other.fault = ?3 AND other.alarmed AND other.part <> ?1))
                     ON CONFLICT DO UPDATE SET failing_since = coalesce(failing_since, excluded.failing_since), fault = excluded.fault,
                        alarmed = alarmed OR excluded.alarmed",
                    params![part, now.as_second(), fault],
                )?,
            };
            match (was_failing.unwrap_or(false), fault) {
                (false, Some(fault)) => {
                    let failing = Happened::PartFailing { part: part.into_owned(), fault: fault.to_owned() };
                    Event::new(now, failing, RuleName::Health).append(tx)
                }
                (true, None) => Event::new(now, Happened::PartWorkingAgain { part: part.into_owned() }, RuleName::Health).append(tx),
                _ => Ok(()),
            }
        })
    }

    /// Puts into the outbox what the operators are told of parts that fail; of this failure they are told no more.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn put_alarm(&mut self, parts: &[HealthPart], letters: &[NewLetter], addresses: &ReplyAddresses, now: Timestamp) -> Result<()> {
        self.write(|tx| {
            for letter in letters {
                outbox::put_to_staff(tx, letter, Happened::AlarmWritten, addresses, now)?;
            }
            for part in parts {
                tx.execute("UPDATE health SET alarmed = 1 WHERE part = ?1", [part.name()])?;
            }
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
                return Err(RegisterError::AtWork(AtWork::HoldsLease { holder: other, seen_seconds_ago, wait_seconds }));
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

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<PartHealth> {
    Ok(PartHealth {
        part: HealthPart::from_name(&row.get::<_, String>(0)?),
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

    /// What fails, for [`crate::domain::health::alarms_due`] to judge.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read.
    pub fn failing(&self) -> Result<Vec<Failing>> {
        let failing = self.health()?.into_iter().filter_map(|PartHealth { part, failing_since, fault, alarmed, .. }| {
            Some(Failing { part, since: failing_since?, fault: fault?, is_told: alarmed })
        });
        Ok(failing.collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_fail_alike_are_told_as_one_and_others_each_by_itself() {
        let at = |second| Timestamp::from_second(second).ok();
        let part = |part: &str, ok_at, failing_since, fault: Option<&str>| PartHealth {
            part: HealthPart::from_name(part),
            ok_at,
            failing_since,
            fault: fault.map(Into::into),
            alarmed: false,
        };
        let told = told_together(vec![
            part("imap:desk@mx/Answers", at(5), at(20), Some("no greeting")),
            part("imap:desk@mx/INBOX", at(7), at(10), Some("no greeting")),
            part("sending", at(9), None, None),
            part("sent folder", at(9), at(30), Some("the folder is full")),
            part("understanding", at(9), None, None),
        ]);
        let told: Vec<(&str, Option<Timestamp>, Option<Timestamp>)> =
            told.iter().map(|alike| (alike.parts.as_str(), alike.ok_at, alike.failing_since)).collect();
        assert_eq!(
            told,
            [
                ("imap:desk@mx/Answers, imap:desk@mx/INBOX", at(5), at(10)),
                ("sending", at(9), None),
                ("sent folder", at(9), at(30)),
                ("understanding", at(9), None),
            ]
        );
    }
}
