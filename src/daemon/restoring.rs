//! After a back-up was put in the register's place: looks for what happened since that back-up, in the mailboxes and in the Sent folder.

use super::one_pass::Daemon;
use crate::domain::event::Actor;
use crate::domain::identity::LetterId;
use crate::mail::parse::parse;
use crate::mail::{Understood, head};
use crate::outgoing::SentFolder;
use crate::pass::PassReport;
use crate::register::{LostLetter, RegisterError, SeenLeft};
use crate::transport::ReceiveError;
use jiff::Timestamp;
use std::collections::HashMap;

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
    /// Letters that wait for a person to release them.
    pub drafts: usize,
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
        let left = self.find_left(&seen, now).await?;
        // Only now: whether one of those was the request itself decides what each of these was.
        let recorded = self.register.record_lost_letters(&seen, &self.addresses, actor, now)?;
        // Not written yet: whoever compares once more, with a Sent folder, may find that they have left.
        let due = self.register.agenda(now, usize::MAX)?.due.iter().filter(|due| due.is_letter()).count();
        Ok(Compared {
            unknown,
            had_left: left + recorded.len(),
            recorded,
            not_left: self.register.not_left()?.len() + due,
            // The lost register may have had them released.
            drafts: self.register.drafts()?.len(),
            looked: self.dispatch.lock().await.sent_folder.is_some(),
        })
    }

    /// Which of all that waits, to leave or to be released, has left already, by the copies and by mails that name it. How many deliveries that were,
    /// and drafts.
    async fn find_left(&mut self, seen: &SeenLeft, now: Timestamp) -> Result<usize, CompareFault> {
        let (waiting, drafts) = (self.register.not_left()?, self.register.letter_views(true)?);
        let copied: HashMap<&str, Timestamp> =
            seen.letters.iter().filter_map(|letter| Some((letter.message_id(), letter.left_at()?))).collect();
        let left_at = |message_id: &str| copied.get(message_id).copied().unwrap_or(now);
        let mut dispatch = self.dispatch.lock().await;
        let mut left = 0;
        for (delivery, message_id) in waiting {
            if let Some(evidence) = evidence_of(&message_id, seen, dispatch.sent_folder.as_mut()).await? {
                self.register.found_left(delivery, evidence, left_at(&message_id), now)?;
                left += 1;
            }
        }
        for draft in drafts {
            let Some(evidence) = evidence_of(&draft.message_id, seen, dispatch.sent_folder.as_mut()).await? else { continue };
            let (letter, left_at) = (LetterId(draft.id), left_at(&draft.message_id));
            left += usize::from(self.register.draft_found_left(letter, evidence, &self.addresses, left_at, now)?);
        }
        Ok(left)
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

/// What shows that a letter has left, if anything does.
async fn evidence_of(message_id: &str, seen: &SeenLeft, sent: Option<&mut SentFolder>) -> Result<Option<&'static str>, ReceiveError> {
    if let Some(sent) = sent
        && sent.filing.find_message_id(&sent.folder, message_id).await?
    {
        return Ok(Some("a copy stands in the Sent folder"));
    }
    Ok(seen.message_ids.contains(message_id).then_some("a mail names it"))
}
