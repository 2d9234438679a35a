//! The office at work: one pass of everything. `tick`, `run` and the demo are this same machinery with different clocks.
//!
//! A pass does three things, in this order: mail is fetched, recorded, understood and linked; then the steps that are due are taken (the agenda);
//! then the outbox sends. Mail comes first, so that nobody is reminded whose answer has come (promise 4).

use crate::domain::delivery::RetryRules;
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::rules::OfficeRules;
use crate::intake::{IncomingMailbox, MailReader, SenderAuthentication, Worker};
use crate::outgoing::{Dispatch, Drafting, SentFolder};
use crate::pass::{Clock, PassReport, Stop};
use crate::register::{Register, RegisterError};
use crate::render::Renderer;
use crate::transport::{FetchLimits, InTransmission, Transport};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Everything a pass works with.
pub struct Daemon {
    pub register: Register,
    pub(super) rules: Arc<OfficeRules>,
    /// Of the rules that it has adopted; none before it did.
    fingerprint: Option<String>,
    pub(super) addresses: ReplyAddresses,
    pub(super) renderer: Renderer,
    pub(super) mailboxes: Vec<IncomingMailbox>,
    /// Locked while letters leave.
    pub(super) dispatch: Arc<Mutex<Dispatch>>,
    in_transmission: InTransmission,
    /// Folders of the office's own writing, in which no mail is looked for.
    pub(super) own_folders: Arc<[String]>,
    pub(super) reading: MailReader,
    pub(super) retry: RetryRules,
    pub(super) limits: FetchLimits,
    pub(super) rehearsing: bool,
    /// Looked at between letters, steps, mailboxes and batches.
    pub(super) stop: Stop,
    /// How long a server's last word about a letter is waited for once the process is to end.
    pub(super) last_word: Duration,
    pub(super) clock: Clock,
    /// The register once more, for letters that leave while mail is received. None where the time is given, and one is done after the other.
    pub(super) outbox: Option<Register>,
}

/// As `[sending] last_word_seconds`, if that is not set.
pub const LAST_WORD: Duration = Duration::from_secs(60);

/// What an [`Daemon`] is made of.
pub struct Parts {
    pub register: Register,
    pub rules: Arc<OfficeRules>,
    pub addresses: ReplyAddresses,
    pub renderer: Renderer,
    pub mailboxes: Vec<IncomingMailbox>,
    pub transport: Transport,
    pub sent_folder: Option<SentFolder>,
    pub worker: Worker,
    pub senders: SenderAuthentication,
    pub retry: RetryRules,
    pub limits: FetchLimits,
    /// Ask for delivery status notifications where the server offers them.
    pub dsn: bool,
}

impl Daemon {
    /// Puts the office together and tells the register which mailboxes there are, so that nobody is reminded before all of them were read.
    ///
    /// # Errors
    ///
    /// Where the register cannot be written.
    pub fn new(parts: Parts) -> Result<Daemon, RegisterError> {
        let Parts { mut register, rules, addresses, renderer, mailboxes, transport, sent_folder, worker, senders, retry, limits, dsn } =
            parts;
        let names: Vec<String> = mailboxes.iter().map(|mailbox| mailbox.source.name().to_string()).collect();
        register.declare_mailboxes(&names)?;
        let reading = MailReader::new(worker, senders);
        let in_transmission = transport.in_transmission();
        let own_folders = sent_folder.iter().map(|sent| sent.folder.clone()).collect();
        Ok(Daemon {
            register,
            rules,
            fingerprint: None,
            addresses,
            renderer,
            mailboxes,
            dispatch: Arc::new(Mutex::new(Dispatch { transport, sent_folder, dsn })),
            in_transmission,
            own_folders,
            reading,
            retry,
            limits,
            rehearsing: false,
            stop: Stop::default(),
            last_word: LAST_WORD,
            clock: Clock::default(),
            outbox: None,
        })
    }

    /// Ends passes when that is asked.
    pub(super) fn heed(&mut self, stop: &Stop, last_word: Duration) {
        (self.stop, self.last_word) = (stop.clone(), last_word);
    }

    pub(super) fn in_transmission(&self) -> InTransmission {
        self.in_transmission.clone()
    }

    /// From now on passes are given a time that is not the real one.
    pub fn rehearse(&mut self) {
        self.rehearsing = true;
    }

    /// To be called once after a start: deadlines by the rules as they now are, what was heard and not recorded, and attempts that a crash cut off.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub fn resume(&mut self, fingerprint: &str, now: Timestamp) -> Result<(), RegisterError> {
        self.fingerprint = Some(fingerprint.to_owned());
        self.adopt_rules(now)?;
        self.register.make_room()?;
        if self.register.record_heard(&self.retry)? {
            tracing::info!("what a server had said of a letter before the last stop is recorded");
        }
        let interrupted = self.register.find_interrupted_attempts(&self.retry, now)?;
        if interrupted > 0 {
            tracing::warn!(
                attempts = interrupted,
                "attempts were cut off by the last stop; their outcome is looked into before they are made again"
            );
        }
        Ok(())
    }

    /// Plans everything by its rules if that is not so: after a change of them, or where a command has worked by others meanwhile.
    pub(super) fn adopt_rules(&mut self, now: Timestamp) -> Result<(), RegisterError> {
        let Some(fingerprint) = &self.fingerprint else { return Ok(()) };
        if !self.register.is_planned_by(fingerprint)? {
            let moved = self.register.adopt_rules(fingerprint, now)?;
            tracing::info!(deadlines_moved = moved, "everything is planned anew by the office's rules");
        }
        Ok(())
    }

    /// From now on passes live by the machine's clock, and mail is received while letters leave.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read, is not in its place any more, or cannot be opened once more.
    pub fn live(&mut self) -> Result<(), RegisterError> {
        self.clock.live(&self.register)?;
        self.outbox = Some(self.register.once_more()?);
        Ok(())
    }

    pub(super) fn moment(&self, given: Timestamp) -> Result<Timestamp, RegisterError> {
        self.clock.moment(&self.register, given)
    }

    /// The time by which a pass goes on once the mailboxes were read.
    pub(super) fn time_to_go_on(&mut self, witness: Option<Timestamp>, report: &mut PassReport) -> Result<Timestamp, RegisterError> {
        let (now, doubt) = self.clock.time_to_go_on(&mut self.register, witness)?;
        if let Some(doubt) = doubt {
            tracing::error!(%doubt, "the time is doubted");
            report.faults.push(format!("{doubt}; no letter to an authority leaves until it is right. If it is: demarche clock accept"));
        }
        Ok(now)
    }

    /// One pass of everything but digests. An error of the register ends it; a mailbox or server that fails is noted and the rest goes on.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written.
    pub async fn pass(&mut self, now: Timestamp) -> Result<PassReport, RegisterError> {
        let mut report = PassReport::default();
        self.begin_pass(now, &mut report).await?;
        self.write_what_is_due(now, &mut report).await?;
        self.send(now, &mut report).await?;
        Ok(report)
    }

    /// What each pass begins with, by whichever clock: the rules, and what the mailboxes hold. Gives the latest moment at which a mail that was read
    /// had surely been written, if there is one.
    pub(super) async fn begin_pass(&mut self, now: Timestamp, report: &mut PassReport) -> Result<Option<Timestamp>, RegisterError> {
        self.register.note_standstill(now)?;
        self.adopt_rules(now)?;
        // Before anything is recorded: the first digest of a new member of staff tells all of it.
        self.register.begin_digests(now)?;
        self.read_mailboxes(now, report).await
    }

    /// What is due is written. Where letters stand still nothing is, not even for later: it would bear the wrong date.
    pub(super) async fn write_what_is_due(&mut self, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        if !self.register.stands_still()? {
            self.register.tend_drafts(now)?;
            let mut drafting = Drafting {
                register: &mut self.register,
                rules: &self.rules,
                addresses: &self.addresses,
                renderer: &self.renderer,
                stop: &self.stop,
            };
            drafting.acknowledge_replies(now, report).await?;
            drafting.take_steps(now, report).await?;
        }
        Ok(())
    }

    /// Leaves servers politely.
    pub async fn close(self) -> Register {
        for mailbox in self.mailboxes {
            mailbox.source.close().await;
        }
        if let Some(dispatch) = Arc::into_inner(self.dispatch) {
            dispatch.into_inner().close().await;
        }
        self.register
    }
}
