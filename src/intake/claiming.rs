//! Mail that is stored and not yet understood: claimed with its attempt recorded, given back, and read again.

use crate::domain::event::{Happened, Quarantined, RuleName};
use crate::domain::identity::MailId;
use crate::domain::parse_attempts::{Attempt, next_attempt};
use crate::mail::same_mail::head_of;
use crate::register::events::Event;
use crate::register::unread::{self, WaitingUnread};
use crate::register::{Register, Result, Transaction, mails};
use jiff::Timestamp;

/// By what an attempt to understand a mail failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedBy {
    Mail,
    /// There is no worker to read it.
    Worker,
}

/// A mail to be understood. The attempt is recorded already.
#[derive(Debug, Clone)]
pub struct Unread {
    pub mail: MailId,
    pub raw: Vec<u8>,
    /// Headers of the copies that came by other ways.
    pub other_heads: Vec<Vec<u8>>,
    pub received_at: Timestamp,
    pub taken_at: Timestamp,
    /// Only the beginning of it was fetched: it is larger than the limit.
    pub cut: bool,
    /// It could not be understood whole, and this is its head alone: enough to see whose reply it may be, so that nobody is reminded meanwhile.
    pub head_only: bool,
}

/// Of one claim, beyond its first mail: the claimed mails are held in memory until they are understood.
const MOST_BYTES_CLAIMED: u64 = 4 << 20;

impl Register {
    /// The mails not yet understood, oldest first, at most `limit` and some megabytes, each with an attempt recorded before it is made. A mail
    /// whose attempts are used up is quarantined for a person instead. `after`: only those behind this one, which are at work already.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written. Nothing is claimed then.
    pub fn claim_unread(&mut self, after: Option<MailId>, limit: usize, now: Timestamp) -> Result<Vec<Unread>> {
        self.write(|tx| {
            let mut after = after;
            loop {
                let (claimed, last) = claim_behind(tx, after, limit, now)?;
                // Where all that was looked at is quarantined, what stands behind it is still to be read.
                match last {
                    Some(last) if claimed.is_empty() => after = Some(last),
                    _ => return Ok(claimed),
                }
            }
        })
    }

    /// An attempt to understand a mail has failed.
    ///
    /// # Errors
    ///
    /// Where the register cannot be written.
    pub fn attempt_failed(&mut self, mail: MailId, by: FailedBy) -> Result<()> {
        self.write(|tx| unread::end_attempt(tx, mail, by == FailedBy::Mail))
    }
}

/// What [`Register::claim_unread`] claims of the first unread mails behind the one with this number, and the last of those that were looked at.
fn claim_behind(tx: &Transaction<'_>, after: Option<MailId>, limit: usize, now: Timestamp) -> Result<(Vec<Unread>, Option<MailId>)> {
    let waiting = unread::waiting(tx, after, limit)?;
    let last = waiting.last().map(|waiting| waiting.mail);
    let mut claimed: Vec<Unread> = Vec::new();
    let mut bytes = 0;
    for WaitingUnread { mail, failed, cut_off, received_at, taken_at, cut, size } in waiting {
        let attempt = next_attempt(failed, cut_off);
        bytes += size;
        if bytes > MOST_BYTES_CLAIMED && !claimed.is_empty() {
            break;
        }
        if attempt == Attempt::None {
            unread::quarantine(tx, mail)?;
            let unread = Quarantined::Unread { why: "it could not be understood in two attempts".into() };
            Event::new(now, Happened::MailQuarantined(unread), RuleName::Intake).mail(mail).append(tx)?;
            continue;
        }
        unread::begin_attempt(tx, mail)?;
        let head_only = attempt == Attempt::HeadOnly;
        let raw = unread::bytes(tx, mail, |bytes| if head_only { head_of(bytes) } else { bytes }.to_vec())?;
        let other_heads = mails::other_heads(tx, mail)?;
        claimed.push(Unread { mail, raw, head_only, other_heads, received_at, taken_at, cut });
    }
    Ok((claimed, last))
}

/// Has a mail read and judged again, unless a person has placed it or it could not be read. Whether it is.
pub(super) fn read_again(tx: &Transaction<'_>, mail: MailId, because: Happened, rule: RuleName, now: Timestamp) -> Result<bool> {
    let again = unread::read_again(tx, mail)?;
    if again {
        Event::new(now, because, rule).mail(mail).append(tx)?;
    }
    Ok(again)
}
