//! Whether somebody gets their copy of a letter: asked when a draft is released and again before each attempt. The letter itself leaves without it.

use super::new_letter::Recipient;
use super::{Reader, Result, addresses, directory, posts, requests};
use crate::domain::deliverability::AddressState;
use crate::domain::identity::RequestId;
use crate::domain::lifecycle::Needless;
use crate::domain::rules::day_in;
use jiff::Timestamp;
use jiff::civil::Date;

/// Why a copy is left out on that day of the request's authority, if it is: its address is written to no more, or whoever it is for is not there.
pub(crate) fn is_left_out(db: &Reader, copy_to: &Recipient, day: Date) -> Result<Option<Needless>> {
    if matches!(addresses::state_of(db, &copy_to.address)?, Some((AddressState::Suppressed, _))) {
        return Ok(Some(Needless::AddressSuppressed));
    }
    let is_there = copy_to.contact.map_or(Ok(true), |contact| posts::is_in_date(db, contact, day))?;
    Ok((!is_there).then_some(Needless::AddressEnded))
}

/// The same, at a moment.
pub(crate) fn is_left_out_at(db: &Reader, copy_to: &Recipient, request: RequestId, now: Timestamp) -> Result<Option<Needless>> {
    let authority = directory::load_head(db, requests::load(db, request)?.authority)?;
    is_left_out(db, copy_to, day_in(now, &db.rules().time_zone_of(&authority)))
}
