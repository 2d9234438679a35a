//! Judges mail again of which the DNS could not say who wrote it. `domain::trust` decides when.

use super::claiming::read_again;
use crate::domain::event::{Happened, RuleName};
use crate::domain::identity::MailId;
use crate::domain::trust::judged_again_after;
use crate::mail::authenticity::{Authenticity, Verdict};
use crate::register::{Register, Result, Transaction, judged_again, mails};
use jiff::{SignedDuration, Timestamp};

impl Register {
    /// Has mails read again whose time has come, unless a person has placed them meanwhile. How many.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn take_up_again(&mut self, now: Timestamp) -> Result<usize> {
        if !judged_again::has_due(self, now)? {
            return Ok(0);
        }
        self.write(|tx| {
            let mut taken_up = 0;
            for mail in judged_again::take_due(tx, now)? {
                taken_up += usize::from(read_again(tx, mail, Happened::SenderJudgedAgain, RuleName::Sender, now)?);
            }
            Ok(taken_up)
        })
    }
}

/// Notes when a mail is to be judged again, if it is.
pub(super) fn plan(tx: &Transaction<'_>, mail: MailId, authenticity: Option<&Authenticity>, now: Timestamp) -> Result<()> {
    judged_again::remove(tx, mail)?;
    if authenticity.is_none_or(|authenticity| authenticity.verdict != Verdict::TryAgain) {
        return Ok(());
    }
    let age = SignedDuration::from_secs(now.as_second().saturating_sub(mails::taken_at(tx, mail)?.as_second()));
    match judged_again_after(age) {
        Some(wait) => judged_again::put(tx, mail, now.saturating_add(wait).unwrap_or(now)),
        None => Ok(()),
    }
}
