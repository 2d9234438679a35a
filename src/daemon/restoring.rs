//! After a back-up was put in the register's place: looks for what happened since that back-up, in the mailboxes and in the Sent folder.

use super::one_pass::Daemon;
use crate::domain::event::Actor;
use crate::domain::identity::LetterId;
use crate::mail::parse::parse;
use crate::mail::{Understood, head};
use crate::pass::PassReport;
use crate::register::{LostLetter, RegisterError, SeenLeft};
use crate::transport::ReceiveError;
use jiff::Timestamp;

/// What came of comparing a restored register with the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// References of requests of which letters have left and the register knows nothing: they were opened after the back-up.
    pub unknown: Vec<String>,
    /// References of known requests, one for each letter of theirs that left in the lost time and is recorded now.
    pub recorded: Vec<String>,
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
    #[error("the mailboxes must be read first: {fault}")]
    Unread { fault: String, needs_a_person: bool },
    #[error("the Sent folder cannot be looked into: {0}")]
    SentFolder(#[from] ReceiveError),
}

impl Daemon {
    /// Reads the mailboxes, in which answers and notices of the lost time lie, and the Sent folder; sets numbers aside that were given in the lost
    /// time; records the letters that left in it; and looks which of all that waits has left already.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written, a mailbox cannot be read, or the Sent folder cannot be looked into.
    pub async fn compare(&mut self, actor: &Actor) -> Result<Compared, CompareFault> {
        let now = self.moment(Timestamp::now())?;
        let mut report = PassReport::default();
        self.read_mailboxes(now, &mut report).await?;
        if let Some(fault) = report.faults.into_iter().next() {
            return Err(CompareFault::Unread { fault, needs_a_person: report.mailbox_needs_a_person });
        }
        let seen = self.seen_left().await?;
        let unknown = self.register.set_numbers_aside(&seen, actor, now)?;
        let recorded = self.register.record_lost_letters(&seen, &self.addresses, actor, now)?;
        let waiting = self.register.not_left()?;
        // The lost register may have had them released.
        let drafts = self.register.letter_views(true)?;
        // Not written yet: whoever compares once more, with a Sent folder, may find that they have left.
        let due = self.register.agenda(now, usize::MAX)?.due.iter().filter(|due| due.is_letter()).count();
        let mut dispatch = self.dispatch.lock().await;
        let mut compared =
            Compared { unknown, had_left: recorded.len(), recorded, not_left: waiting.len() + due, looked: dispatch.sent_folder.is_some() };
        let Some(sent) = &mut dispatch.sent_folder else { return Ok(compared) };
        for (delivery, message_id) in waiting {
            if sent.filing.find_message_id(&sent.folder, &message_id).await? {
                self.register.found_left(delivery, "a copy stands in the Sent folder", now)?;
                compared.had_left += 1;
                compared.not_left -= 1;
            }
        }
        for draft in drafts {
            let is_there =
                seen.message_ids.contains(&draft.message_id) || sent.filing.find_message_id(&sent.folder, &draft.message_id).await?;
            if is_there && self.register.draft_found_left(LetterId(draft.id), "a copy stands in the Sent folder", &self.addresses, now)? {
                compared.had_left += 1;
            }
        }
        Ok(compared)
    }

    /// What the recorded mails and the Sent folder show of letters that left.
    async fn seen_left(&self) -> Result<SeenLeft, CompareFault> {
        let mut seen = SeenLeft::default();
        self.register.seen_left_in_mails(&self.addresses, &mut seen)?;
        let mut dispatch = self.dispatch.lock().await;
        let Some(sent) = &mut dispatch.sent_folder else { return Ok(seen) };
        seen.is_all = true;
        let of_ours = format!("{}-", self.rules.prefix.to_ascii_lowercase());
        for head in sent.filing.heads_with_message_id(&sent.folder, &of_ours).await? {
            let message = parse(&head);
            let mut understood = Understood::default();
            head::fill(&message, &mut understood);
            if let Some(message_id) = &understood.message_id {
                seen.message_id(message_id, &self.addresses);
            }
            let reply_to = understood.reply_to.iter().filter_map(|mailbox| mailbox.address.as_ref());
            reply_to.for_each(|address| seen.address(address, &self.addresses));
            seen.letters.extend(LostLetter::read(head, &understood, message.headers.first("Auto-Submitted"), &self.addresses));
        }
        Ok(seen)
    }
}
