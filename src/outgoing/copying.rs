//! A copy of each letter that has left is filed in the office's Sent folder, and looked for there where nobody knows whether a letter left.

use super::sending::Sending;
use crate::domain::delivery::{RetryRules, looked_again_at, looked_for_since};
use crate::domain::event::{Happened, RuleName};
use crate::domain::health::HealthPart;
use crate::domain::identity::LetterId;
use crate::pass::PassReport;
use crate::register::events::Event;
use crate::register::{Claim, Register, Result, copies};
use crate::transport::ReceiveError;
use crate::transport::imap::Filing;
use jiff::Timestamp;

/// Copies made up for in one pass: after a long failure hundreds may be owed, and letters wait behind them.
const MOST_COPIES: usize = 20;

/// Of no letter: to look for it shows whether the folder can be looked into.
const NO_LETTER: &str = "check@demarche.invalid";

/// By what a letter that stands in the folder is known to have left.
pub(super) const COPY_FOUND: &str = "a copy stands in the Sent folder";

/// Where a copy of every letter goes.
pub struct SentFolder {
    pub filing: Filing,
    pub folder: String,
}

impl Sending<'_> {
    /// A copy that cannot be filed is a pity, not a failure of the letter: it is told, and tried again at a later pass.
    pub(super) async fn file_copy(&mut self, claim: &Claim, report: &mut PassReport, now: Timestamp) -> Result<()> {
        let Some(sent) = &mut self.dispatch.sent_folder else { return Ok(()) };
        if !self.register.begin_copy(claim.letter)? {
            return Ok(());
        }
        let filed = sent.filing.append(&sent.folder, &claim.bytes, &["\\Seen"]).await;
        if filed.is_ok() {
            self.register.copy_filed(claim.letter)?;
        }
        self.tell_of_copy(claim.letter, filed.err(), report, now)
    }

    /// Copies are looked for before they are filed once more: an attempt whose end was not heard may have succeeded. Where none is owed, a folder
    /// that failed is looked into, so that its health does not wait for the next letter.
    pub(super) async fn make_up_for_copies(&mut self, report: &mut PassReport, now: Timestamp) -> Result<()> {
        let fails = self.register.health()?.into_iter().any(|part| part.part == HealthPart::SentFolder && part.fault.is_some());
        let Some(sent) = &mut self.dispatch.sent_folder else {
            return if fails { self.register.forget_health(&HealthPart::SentFolder) } else { Ok(()) };
        };
        let due = self.register.copies_due(MOST_COPIES, now)?;
        if due.is_empty() && fails && !self.register.owes_copies()? {
            let fault = sent.filing.find_message_id(&sent.folder, NO_LETTER).await.err();
            return self.note_sent_folder(fault.map(|error| error.to_string()), now);
        }
        for copy in due {
            let Some(sent) = self.dispatch.sent_folder.as_mut().filter(|_| !self.stop.is_asked()) else { break };
            let filed = match sent.filing.find_message_id(&sent.folder, &copy.message_id).await {
                Ok(true) => Ok(()),
                Ok(false) => {
                    let bytes = self.register.letter_bytes(copy.letter)?;
                    sent.filing.append(&sent.folder, &bytes, &["\\Seen"]).await
                }
                Err(error) => Err(error),
            };
            match &filed {
                Ok(()) => self.register.copy_filed(copy.letter)?,
                Err(_) => self.register.copy_not_filed(copy.letter, &self.retry, now)?,
            }
            // A plain refusal may be about this letter alone.
            let goes_on = matches!(filed, Ok(()) | Err(ReceiveError::Refused { .. }));
            self.tell_of_copy(copy.letter, filed.err(), report, now)?;
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    fn tell_of_copy(&mut self, letter: LetterId, fault: Option<ReceiveError>, report: &mut PassReport, now: Timestamp) -> Result<()> {
        let fault = fault.map(|error| error.to_string());
        if let Some(fault) = &fault
            && report.tell_fault(fault)
        {
            tracing::warn!(letter = letter.0, fault, "no copy could be put into the Sent folder; it is tried again");
        }
        self.note_sent_folder(fault, now)
    }

    /// That it works is written down only where it did not before.
    fn note_sent_folder(&mut self, fault: Option<String>, now: Timestamp) -> Result<()> {
        let known = self.register.health()?.into_iter().find(|part| part.part == HealthPart::SentFolder);
        if fault.is_none() && known.is_some_and(|part| part.fault.is_none()) {
            return Ok(());
        }
        self.register.note_health(&HealthPart::SentFolder, fault.as_deref(), now)
    }

    /// Some providers put a copy of what they sent into the Sent folder themselves: it proves that a letter of unknown outcome left.
    pub(super) async fn look_for_sent_copies(&mut self, now: Timestamp) -> Result<()> {
        let Some(sent) = &mut self.dispatch.sent_folder else { return Ok(()) };
        for (delivery, message_id) in self.register.unknown_deliveries(looked_for_since(now))? {
            match sent.filing.find_message_id(&sent.folder, &message_id).await {
                Ok(true) => self.register.found_sent(delivery, COPY_FOUND, now)?,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "the Sent folder could not be looked into");
                    self.note_sent_folder(Some(error.to_string()), now)?;
                    return self.register.put_off_unknown(looked_again_at(now));
                }
            }
        }
        Ok(())
    }
}

impl Register {
    /// The copy of a letter that has just left is about to be filed. Whether it is still to be filed: a letter that left to several people has one.
    ///
    /// # Errors
    ///
    /// Where the register cannot be written.
    pub fn begin_copy(&mut self, letter: LetterId) -> Result<bool> {
        self.write(|tx| copies::begin(tx, letter))
    }

    /// A copy stands in the Sent folder.
    ///
    /// # Errors
    ///
    /// Where the register cannot be written.
    pub fn copy_filed(&mut self, letter: LetterId) -> Result<()> {
        self.write(|tx| copies::put_next(tx, letter, None))
    }

    /// A copy could not be filed once more: it is tried again as a letter would be, and given up as one would be.
    ///
    /// # Errors
    ///
    /// Where the register cannot be written.
    pub fn copy_not_filed(&mut self, letter: LetterId, retry: &RetryRules, now: Timestamp) -> Result<()> {
        self.write(|tx| {
            let Some((attempts, since)) = copies::count_attempt(tx, letter)? else { return Ok(()) };
            let next_at = retry.next_copy(attempts, since, now);
            copies::put_next(tx, letter, next_at)?;
            if next_at.is_none() {
                Event::new(now, Happened::CopyGivenUp, RuleName::Outbox).letter(letter).append(tx)?;
            }
            Ok(())
        })
    }
}
