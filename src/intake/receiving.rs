//! All mailboxes in one pass.
//!
//! They are visited at once, each by a task of its own that lasts as long as one batch ([`super::visit`]); only the register's part is done one after
//! the other. So a server that is silent, slow or mad costs the others nothing, and ends no process.

use super::incoming_mailbox::IncomingMailbox;
use super::processing::MailProcessing;
use super::round::Round;
use super::visit::Visiting;
use crate::pass::PassReport;
use crate::register::RegisterError;
use crate::transport::FetchLimits;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use jiff::Timestamp;
use std::ops::ControlFlow;
use std::sync::Arc;

/// What reading the mailboxes takes.
pub struct Receiving<'a> {
    pub processing: MailProcessing<'a>,
    pub limits: FetchLimits,
    /// Folders of the office's own writing, in which no mail is looked for.
    pub own_folders: Arc<[String]>,
    /// The time is given and not the real one.
    pub rehearsing: bool,
}

/// What came of reading them.
pub struct Received {
    /// In the order in which they were given.
    pub mailboxes: Vec<IncomingMailbox>,
    /// The latest moment that the mail bears witness of.
    pub witness: Option<Timestamp>,
}

impl Receiving<'_> {
    /// Reads every mailbox to its end and places what was in it. One that fails is noted; the others are read all the same.
    ///
    /// # Errors
    ///
    /// Those of the register. The mailboxes are gone with it: nobody is to be reminded by an office that reads none (promise 4).
    pub async fn read_all(
        self,
        mailboxes: Vec<IncomingMailbox>,
        now: Timestamp,
        report: &mut PassReport,
    ) -> Result<Received, RegisterError> {
        let Receiving { mut processing, limits, own_folders, rehearsing } = self;
        let mut under_way = FuturesUnordered::new();
        let mut read = Vec::with_capacity(mailboxes.len());
        for (place, mailbox) in mailboxes.into_iter().enumerate() {
            if processing.stop.is_asked() {
                read.push((place, mailbox));
                continue;
            }
            let rehearsed_at = if rehearsing { processing.register.mailbox_read_at(mailbox.source.name())? } else { None };
            let visiting = Visiting { limits, rehearsed_at, own_folders: Arc::clone(&own_folders), now };
            let (round, visit) = Round::begin(&processing, place, mailbox, visiting)?;
            under_way.push(round.wait_for(visit));
        }
        while let Some((mut round, visited)) = under_way.next().await {
            match round.take_visit(&mut processing, visited, report).await? {
                ControlFlow::Continue(visit) => under_way.push(round.wait_for(visit)),
                ControlFlow::Break(mailbox) => {
                    read.push((round.place, mailbox));
                    round.end(&mut processing, report)?;
                }
            }
        }
        processing.register.take_up_again(now)?;
        processing.process_all(now, report).await?;
        read.sort_by_key(|(place, _)| *place);
        Ok(Received { mailboxes: read.into_iter().map(|(_, mailbox)| mailbox).collect(), witness: processing.witness })
    }
}
