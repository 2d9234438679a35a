//! Mail of which the DNS could not say who wrote it is judged again. When is `domain::trust`'s.

use super::Transaction;
use super::events::Event;
use super::{Register, Result, unread};
use crate::domain::event::{Happened, RuleName};
use crate::domain::identity::MailId;
use crate::domain::trust::judged_again_after;
use crate::mail::authenticity::{Authenticity, Verdict};
use jiff::{SignedDuration, Timestamp};
use rusqlite::params;

impl Register {
    /// Has mails read again whose time has come, unless a person has placed them meanwhile. How many.
    pub fn take_up_again(&mut self, now: Timestamp) -> Result<usize> {
        let has_any: bool = self
            .db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM judged_again WHERE at <= ?1)")?
            .query_row([now.as_second()], |row| row.get(0))?;
        if !has_any {
            return Ok(0);
        }
        self.write(|tx| {
            let due: Vec<i64> = tx
                .prepare_cached("DELETE FROM judged_again WHERE at <= ?1 RETURNING mail_id")?
                .query_map([now.as_second()], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            let mut taken_up = 0;
            for id in due {
                if unread::read_again(tx, id)? {
                    Event::new(now, Happened::SenderJudgedAgain, RuleName::Sender).mail(MailId(id)).append(tx)?;
                    taken_up += 1;
                }
            }
            Ok(taken_up)
        })
    }
}

/// Notes when a mail is to be judged again, if it is.
pub(super) fn plan(tx: &Transaction<'_>, mail: MailId, authenticity: Option<&Authenticity>, now: Timestamp) -> Result<()> {
    tx.prepare_cached("DELETE FROM judged_again WHERE mail_id = ?1")?.execute([mail.0])?;
    if authenticity.is_none_or(|authenticity| authenticity.verdict != Verdict::TryAgain) {
        return Ok(());
    }
    let taken_at: i64 = tx.prepare_cached("SELECT taken_at FROM mail WHERE id = ?1")?.query_row([mail.0], |row| row.get(0))?;
    let age = SignedDuration::from_secs(now.as_second().saturating_sub(taken_at));
    if let Some(wait) = judged_again_after(age) {
        let at = now.as_second().saturating_add(wait.as_secs());
        tx.prepare_cached("INSERT INTO judged_again (mail_id, at) VALUES (?1, ?2)")?.execute(params![mail.0, at])?;
    }
    Ok(())
}
