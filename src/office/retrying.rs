//! A letter that is stuck is tried again by a person's word.

use crate::domain::delivery::{Retry, RetryFacts, UndeliveredLetter, retry};
use crate::domain::event::{Actor, Happened};
use crate::domain::identity::{DeliveryId, LetterId};
use crate::domain::letter::LetterRole;
use crate::domain::letter_life::LetterLife;
use crate::domain::refusal::{AddressRefusal, LetterRefusal, Refusal};
use crate::outgoing::planning;
use crate::register::events::{self, Event};
use crate::register::{Register, Result, came_back, deliveries, drafts, requests};
use jiff::Timestamp;

/// What becomes of a letter that a person wants tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retried {
    /// The same bytes leave with the next pass, to so many recipients.
    SameLetter { recipients: usize },
    /// The request has reached nobody: it is written anew, with today's date and a deadline computed from it.
    WrittenAnew,
}

impl Register {
    /// A person has a letter tried again: one that was refused, came back, waits to be tried again, or of which nobody knows whether it left.
    ///
    /// # Errors
    ///
    /// Refused: an unknown letter, one that is not stuck or was written again, and one to an address that is written to no more.
    pub fn retry_letter(&mut self, letter: LetterId, actor: &Actor, now: Timestamp) -> Result<Retried> {
        let refused = |why| Err(Refusal::Letter { letter, why }.into());
        self.write(|tx| {
            let Some((role, request)) = came_back::role_and_request(tx, letter)? else { return refused(LetterRefusal::Unknown) };
            if drafts::life(tx, letter)? == Some(LetterLife::Draft) {
                return refused(LetterRefusal::IsDraft);
            }
            let request = request.map(|request| requests::load(tx, request)).transpose()?;
            let (ids, stuck): (Vec<DeliveryId>, Vec<UndeliveredLetter>) = came_back::stuck_deliveries(tx, letter)?.into_iter().unzip();
            let facts = RetryFacts {
                stuck: &stuck,
                is_request_unmade: role == LetterRole::Request && request.as_ref().is_some_and(|request| request.sent_at.is_none()),
                written_again: came_back::written_again(tx, letter)?,
            };
            let anew = match retry(&facts) {
                Retry::Suppressed { recipient } => {
                    return Err(Refusal::Address { address: recipient.to_owned(), why: AddressRefusal::Suppressed }.into());
                }
                Retry::NothingToTry => return refused(LetterRefusal::NothingToTry),
                Retry::Replaced { by } => return refused(LetterRefusal::Replaced { by }),
                Retry::WrittenAnew => true,
                Retry::SameLetter => false,
            };
            let to = stuck.iter().map(|one| one.recipient.clone()).collect();
            let mut event = Event::new(now, Happened::LetterTriedAgain { to, written_anew: anew }, actor).letter(letter);
            event.request = request.as_ref().map(|request| request.id);
            event.append(tx)?;
            let event = events::last(tx)?;
            for delivery in ids {
                if anew {
                    deliveries::deal_with(tx, delivery, event)?;
                } else {
                    deliveries::try_again(tx, delivery, event, now)?;
                }
            }
            if let Some(request) = &request {
                planning::replan(tx, request.id, now)?;
            }
            Ok(if anew { Retried::WrittenAnew } else { Retried::SameLetter { recipients: stuck.len() } })
        })
    }
}
