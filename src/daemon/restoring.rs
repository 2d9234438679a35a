//! After a register was restored: what it has missed is looked for where it can be seen.

use super::office::{Office, PassReport};
use crate::register::RegisterError;
use crate::transport::ReceiveError;
use jiff::Timestamp;

/// What came of comparing a restored register with the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// Letters of whose leaving the register did not know.
    pub had_left: usize,
    /// Letters that leave with the next pass.
    pub not_left: usize,
    /// Whether there was a Sent folder to look into.
    pub looked: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum CompareFault {
    #[error(transparent)]
    Register(#[from] RegisterError),
    #[error("the mailboxes must be read first: {0}")]
    Unread(String),
    #[error("the Sent folder cannot be looked into: {0}")]
    SentFolder(#[from] ReceiveError),
}

impl Office {
    /// Reads the mailboxes, in which answers and notices of the lost time lie; writes what is due, under the same Message-IDs as in the lost time;
    /// and looks in the Sent folder which of that has left already.
    pub async fn compare(&mut self) -> Result<Compared, CompareFault> {
        let now = self.moment(Timestamp::now())?;
        let mut report = PassReport::default();
        self.take_in(now, &mut report).await?;
        if let Some(fault) = report.faults.into_iter().next() {
            return Err(CompareFault::Unread(fault));
        }
        self.take_steps(now, &mut PassReport::default()).await?;
        let waiting = self.register.not_left()?;
        let mut dispatch = self.dispatch.lock().await;
        let mut compared = Compared { had_left: 0, not_left: waiting.len(), looked: dispatch.sent_folder.is_some() };
        let Some(sent) = &mut dispatch.sent_folder else { return Ok(compared) };
        for (delivery, message_id) in waiting {
            if sent.filing.find_message_id(&sent.folder, &message_id).await? {
                self.register.found_left(delivery, "a copy stands in the Sent folder", now)?;
                compared.had_left += 1;
                compared.not_left -= 1;
            }
        }
        Ok(compared)
    }
}
