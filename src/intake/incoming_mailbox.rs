//! A mailbox of the office from which mail comes in.

use crate::transport::{Flagging, MailLocation, MailboxSource, ReceiveError};

/// A mailbox that is read in passes and watched in between.
pub struct IncomingMailbox {
    pub source: MailboxSource,
    pub flagging: Flagging,
    /// How often in a row it could not be opened, or had to be left in the middle.
    pub(super) failures: u32,
}

impl IncomingMailbox {
    pub fn new(source: MailboxSource, flagging: Flagging) -> IncomingMailbox {
        IncomingMailbox { source, flagging, failures: 0 }
    }

    /// The same mailbox, as if it had just failed.
    pub(super) fn unopened(&self) -> IncomingMailbox {
        IncomingMailbox { source: self.source.unopened(), flagging: self.flagging.clone(), failures: self.failures }
    }

    /// Flags on the server what is stored (promise 1).
    pub(super) async fn flag(&mut self, stored: &[String]) -> Result<(), ReceiveError> {
        let to_flag: Vec<MailLocation> = stored.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
        if to_flag.is_empty() { Ok(()) } else { self.source.flag(&to_flag, &self.flagging).await }
    }
}
