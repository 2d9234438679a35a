//! Mail to staff, once it is written: digests and alarms go into the outbox, and what they tell counts as told.

use crate::domain::event::{Happened, RuleName, Written};
use crate::domain::health::HealthPart;
use crate::domain::identity::LetterId;
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::telling::Period;
use crate::register::events::{self, Event};
use crate::register::{NewLetter, Register, Result, Transaction, digests, health_rows, outbox};
use jiff::Timestamp;

/// A digest that was made; without a letter where there was nothing to say.
#[derive(Debug, Clone)]
pub struct DigestDone {
    pub member: String,
    pub period: Period,
    pub letter: Option<NewLetter>,
}

impl Register {
    /// The digests of those members of staff who have had none begin here: the first tells what is recorded from now on.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn begin_digests(&mut self, now: Timestamp) -> Result<()> {
        let mut new: Vec<(String, Period)> = Vec::new();
        for member in &self.rules().staff {
            for period in Period::ALL {
                if self.last_digest(&member.address, period)?.is_none() {
                    new.push((member.address.clone(), period));
                }
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        self.write(|tx| {
            let last_event = events::last(tx)?;
            new.iter().try_for_each(|(member, period)| digests::put(tx, member, *period, last_event, None, now))
        })
    }

    /// Puts digests into the outbox. The next ones tell what was recorded after `last_event`.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn put_digests(&mut self, done: &[DigestDone], last_event: i64, addresses: &ReplyAddresses, now: Timestamp) -> Result<()> {
        self.write(|tx| {
            for digest in done {
                let letter = digest.letter.as_ref().map(|letter| put(tx, letter, Happened::DigestWritten, addresses, now)).transpose()?;
                digests::put(tx, &digest.member, digest.period, last_event, letter, now)?;
            }
            Ok(())
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
                put(tx, letter, Happened::AlarmWritten, addresses, now)?;
            }
            health_rows::put_told(tx, parts)
        })
    }
}

fn put(
    tx: &Transaction<'_>,
    letter: &NewLetter,
    happened: fn(Written) -> Happened,
    addresses: &ReplyAddresses,
    now: Timestamp,
) -> Result<LetterId> {
    let id = outbox::put(tx, None, None, letter, addresses, now)?;
    let to = letter.recipients.iter().map(|recipient| recipient.address.clone()).collect();
    Event::new(now, happened(Written { to, sha256: letter.sha256() }), RuleName::Agenda).letter(id).append(tx)?;
    Ok(id)
}
