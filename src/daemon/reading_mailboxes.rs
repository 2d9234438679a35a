//! The part of a pass in which every mailbox is read to its end, by [`crate::intake`].

use super::one_pass::Daemon;
use crate::intake::{MailProcessing, Received, Receiving};
use crate::pass::PassReport;
use crate::register::RegisterError;
use jiff::Timestamp;
use std::sync::Arc;

impl Daemon {
    /// Reads every mailbox to its end and places what was in it. An error of the register ends the office, which then has no mailboxes any more:
    /// nobody is reminded by one that reads none (promise 4). Gives the latest moment at which a mail that was read surely had been written.
    pub(super) async fn read_mailboxes(&mut self, now: Timestamp, report: &mut PassReport) -> Result<Option<Timestamp>, RegisterError> {
        let mailboxes = std::mem::take(&mut self.mailboxes);
        let receiving = Receiving {
            processing: MailProcessing::new(&mut self.register, &self.reading, &self.addresses).until(&self.stop),
            limits: self.limits,
            own_folders: Arc::clone(&self.own_folders),
            rehearsing: self.rehearsing,
        };
        let Received { mailboxes, witness } = receiving.read_all(mailboxes, now, report).await?;
        self.mailboxes = mailboxes;
        Ok(witness)
    }
}
