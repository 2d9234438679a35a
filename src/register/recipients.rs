//! Whether somebody to whom a letter was written is written to still: asked when a draft is released, before each attempt, and where it is told what
//! waits. Without an addressee the letter does not leave; it leaves without the receiver of a copy.

use super::new_letter::Recipient;
use super::{Reader, Result, addresses, directory, posts, requests};
use crate::domain::deliverability::AddressState;
use crate::domain::identity::RequestId;
use crate::domain::lifecycle::Needless;
use crate::domain::rules::day_in;
use jiff::Timestamp;
use jiff::civil::Date;

/// Why a recipient is not written to any more on that day of the request's authority: the address is suppressed, or whoever it is for is not there.
pub(crate) fn is_gone(db: &Reader, recipient: &Recipient, day: Date) -> Result<Option<Needless>> {
    if matches!(addresses::state_of(db, &recipient.address)?, Some((AddressState::Suppressed, _))) {
        return Ok(Some(Needless::AddressSuppressed));
    }
    let is_there = recipient.contact.map_or(Ok(true), |contact| posts::is_in_date(db, contact, day))?;
    Ok((!is_there).then_some(Needless::AddressEnded))
}

/// The same, at a moment.
pub(crate) fn is_gone_at(db: &Reader, recipient: &Recipient, request: RequestId, now: Timestamp) -> Result<Option<Needless>> {
    let authority = directory::load_head(db, requests::load(db, request)?.authority)?;
    is_gone(db, recipient, day_in(now, &db.rules().time_zone_of(&authority)))
}
