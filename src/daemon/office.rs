//! The office at work: one pass of everything. `tick`, `run` and the demo are this same machinery with different clocks.
//!
//! A pass is the two rivers and the clock, in this order: what came in is taken in, understood and linked; then the agenda takes the steps
//! that are due; then the outbox sends. Receiving goes first because nobody is chased unheard (promise 4).

use super::placing::Reading;
use super::sending::Dispatch;
use super::stopping::Stop;
use super::timekeeping::Clock;
use super::understanding::Worker;
use super::vouching::Vouching;
use crate::domain::delivery::RetryRules;
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::rules::OfficeRules;
use crate::register::{OutsideHours, Register, RegisterError};
use crate::render::Renderer;
use crate::transport::imap::Filing;
use crate::transport::{FetchLimits, Flagging, InTransmission, MailboxSource, Transport};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Everything a pass works with.
pub struct Office {
    pub register: Register,
    pub(super) rules: Arc<OfficeRules>,
    pub(super) addresses: ReplyAddresses,
    pub(super) renderer: Renderer,
    pub(super) mailboxes: Vec<OfficeMailbox>,
    /// Locked while letters leave.
    pub(super) dispatch: Arc<Mutex<Dispatch>>,
    in_transmission: InTransmission,
    /// Folders of the office's own writing, in which no mail is looked for.
    pub(super) own_folders: Arc<[String]>,
    pub(super) reading: Reading,
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

/// What an [`Office`] is made of.
pub struct Parts {
    pub register: Register,
    pub rules: Arc<OfficeRules>,
    pub addresses: ReplyAddresses,
    pub renderer: Renderer,
    pub mailboxes: Vec<OfficeMailbox>,
    pub carrier: Transport,
    pub sent_folder: Option<SentFolder>,
    pub worker: Worker,
    pub vouching: Vouching,
    pub retry: RetryRules,
    pub limits: FetchLimits,
    /// Ask for delivery status notifications where the server offers them.
    pub dsn: bool,
}

pub struct OfficeMailbox {
    pub source: MailboxSource,
    pub marking: Flagging,
    /// How often in a row it could not be opened, or had to be left in the middle.
    pub(super) failures: u32,
}

impl OfficeMailbox {
    pub fn new(source: MailboxSource, marking: Flagging) -> OfficeMailbox {
        OfficeMailbox { source, marking, failures: 0 }
    }

    /// The same mailbox, as if it had just failed.
    pub(super) fn unopened(&self) -> OfficeMailbox {
        OfficeMailbox { source: self.source.unopened(), marking: self.marking.clone(), failures: self.failures }
    }
}

/// Where a copy of every letter goes.
pub struct SentFolder {
    pub filing: Filing,
    pub folder: String,
}

/// What one pass did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PassReport {
    pub taken_in: usize,
    /// Seen before: the same mail.
    pub again: usize,
    pub linked: usize,
    pub waiting_for_a_person: usize,
    pub set_aside: usize,
    pub letters_written: usize,
    pub letters_sent: usize,
    pub letters_refused: usize,
    pub outcomes_unknown: usize,
    pub digests: usize,
    /// References of requests with a step that is due and waits, with the reason.
    pub held: Vec<(String, String)>,
    /// Letters that wait only for an hour at which letters leave.
    pub outside_hours: Option<OutsideHours>,
    /// What did not work, in sentences, each once; each was noted in the register's health.
    pub faults: Vec<String>,
    /// The relay refuses this office, or cannot be reached: in this pass it is asked no more.
    #[serde(skip)]
    pub relay_is_shut: bool,
}

impl PassReport {
    /// Whether nothing happened that is worth a line.
    pub fn is_quiet(&self) -> bool {
        let quiet = PassReport { held: self.held.clone(), again: self.again, outside_hours: self.outside_hours, ..PassReport::default() };
        *self == quiet
    }

    /// A fault that was met twice is told once. Whether this one is new.
    pub(super) fn tell_fault(&mut self, fault: &str) -> bool {
        let is_new = !self.faults.iter().any(|told| told == fault);
        if is_new {
            self.faults.push(fault.to_owned());
        }
        is_new
    }

    /// With what was sent meanwhile.
    pub(super) fn absorb(&mut self, sent: PassReport) {
        self.letters_sent += sent.letters_sent;
        self.letters_refused += sent.letters_refused;
        self.outcomes_unknown += sent.outcomes_unknown;
        self.relay_is_shut |= sent.relay_is_shut;
        for fault in &sent.faults {
            self.tell_fault(fault);
        }
    }
}

impl Office {
    /// Puts the office together and tells the register which mailboxes there are, so that nobody is chased before all of them were read.
    pub fn new(parts: Parts) -> Result<Office, RegisterError> {
        let Parts { mut register, rules, addresses, renderer, mailboxes, carrier, sent_folder, worker, vouching, retry, limits, dsn } =
            parts;
        let names: Vec<String> = mailboxes.iter().map(|mailbox| mailbox.source.name().to_string()).collect();
        register.declare_mailboxes(&names)?;
        let reading = Reading::new(worker, vouching);
        let in_transmission = carrier.in_transmission();
        let own_folders = sent_folder.iter().map(|sent| sent.folder.clone()).collect();
        Ok(Office {
            register,
            rules,
            addresses,
            renderer,
            mailboxes,
            dispatch: Arc::new(Mutex::new(Dispatch { carrier, sent_folder, dsn })),
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
    pub fn resume(&mut self, fingerprint: &str, now: Timestamp) -> Result<(), RegisterError> {
        let moved = self.register.adopt_rules(fingerprint, now)?;
        if moved > 0 {
            tracing::info!(deadlines_moved = moved, "the office's rules have changed");
        }
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

    /// One pass of everything but digests. An error of the register ends it; a mailbox or server that fails is noted and the rest goes on.
    pub async fn pass(&mut self, now: Timestamp) -> Result<PassReport, RegisterError> {
        let mut report = PassReport::default();
        self.register.note_standstill(now)?;
        self.register.begin_digests(now)?;
        self.take_in(now, &mut report).await?;
        self.write_what_is_due(now, &mut report).await?;
        self.send(now, &mut report).await?;
        Ok(report)
    }

    /// What is due is written. Where letters stand still nothing is, not even for later: it would bear the wrong date.
    pub(super) async fn write_what_is_due(&mut self, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        if !self.register.stands_still()? {
            self.acknowledge_replies(now, report).await?;
            self.take_steps(now, report).await?;
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
