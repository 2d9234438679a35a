//! Mail that is recorded, on its way through the worker process and back into the register: it is given to the worker in batches, understood there,
//! then linked, and what follows from it is written ([`super::concluding`]).

use super::authenticating::SenderAuthentication;
use super::claiming::{FailedBy, Unread};
use super::concluding::Conclusion;
use super::verdict::verdict_on;
use super::worker::{Worker, WorkerFault};
use crate::domain::health::HealthPart;
use crate::domain::identity::MailId;
use crate::domain::reply::Standing;
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::trust::asked_long_enough;
use crate::mail::Understood;
use crate::mail::authenticity::{Authenticity, Verdict};
use crate::mail::same_mail::body_of;
use crate::mail::understood::Kind;
use crate::pass::{PassReport, Stop};
use crate::register::{Register, RegisterError};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// At most this many mails are concluded in one transaction.
const BATCH: usize = 50;
/// Batches that are given to the worker at once: one whose answers we wait for or write down, one that it reads meanwhile, and one waiting in its
/// pipe for when it has read that. The third saves a twentieth of the time and costs 3 MiB.
const IN_HAND: usize = 3;

/// Who reads mail: the worker, and whom to ask about the sender. Shared with the tasks that wait for its answers.
#[derive(Clone)]
pub struct MailReader {
    /// A batch waits for its turn, in the order in which batches were given to it.
    worker: Arc<Mutex<Worker>>,
    senders: Arc<SenderAuthentication>,
}

/// A mail as the worker understood it, or why it could not.
pub(super) type Answered = (Unread, Result<(Understood, Option<Authenticity>), WorkerFault>);

/// Takes mail through the worker and back into the register. It knows no mailbox and no server.
///
/// The worker reads while the register stores, links and waits for the disk, and while the next mails are fetched, so that two cores work. A mail
/// and its attempt are committed before the worker is given it: wherever the process is stopped, the mail is stored and its attempt counted.
pub struct MailProcessing<'a> {
    pub(super) register: &'a mut Register,
    reading: &'a MailReader,
    addresses: &'a ReplyAddresses,
    in_hand: VecDeque<JoinHandle<Vec<Answered>>>,
    /// The last mail that was claimed.
    last: Option<MailId>,
    has_worker: bool,
    /// Looked at between batches.
    pub(super) stop: Stop,
    /// The latest moment at which a mail that was read here surely had been written and had come.
    pub(super) witness: Option<Timestamp>,
}

impl MailReader {
    pub fn new(worker: Worker, senders: SenderAuthentication) -> MailReader {
        MailReader { worker: Arc::new(Mutex::new(worker)), senders: Arc::new(senders) }
    }

    fn begin(&self, claimed: Vec<Unread>) -> JoinHandle<Vec<Answered>> {
        let MailReader { worker, senders } = self.clone();
        tokio::spawn(async move { read(&mut *worker.lock().await, &senders, claimed).await })
    }
}

impl<'a> MailProcessing<'a> {
    pub fn new(register: &'a mut Register, reading: &'a MailReader, addresses: &'a ReplyAddresses) -> MailProcessing<'a> {
        MailProcessing {
            register,
            reading,
            addresses,
            in_hand: VecDeque::new(),
            last: None,
            has_worker: true,
            stop: Stop::default(),
            witness: None,
        }
    }

    /// The same, which ends between two batches when that is asked.
    pub fn until(self, stop: &Stop) -> MailProcessing<'a> {
        MailProcessing { stop: stop.clone(), ..self }
    }

    /// Understands and places everything that is waiting. A mail that the worker cannot read twice is quarantined by the register.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or written. A mail that cannot be understood is no error: the report names it, as it does a worker that
    /// cannot be started.
    pub async fn process_all(&mut self, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        // What is in hand is not to be claimed a second time.
        while !self.in_hand.is_empty() && !self.stop.is_asked() {
            self.process_next(now, report).await?;
        }
        while !self.stop.is_asked() {
            self.claim(now)?;
            if !self.in_hand.is_empty() {
                self.process_next(now, report).await?;
            } else if self.last.take().is_none() {
                return Ok(());
            }
            // Else from the beginning, for those that could not be read at their first attempt.
        }
        Ok(())
    }

    /// Has mails understood whose first attempt is recorded.
    pub(super) fn give_to_worker(&mut self, unread: Vec<Unread>) {
        if !unread.is_empty() {
            self.in_hand.push_back(self.reading.begin(unread));
        }
    }

    /// Gives the worker what is unread, so that it never has to wait for us.
    fn claim(&mut self, now: Timestamp) -> Result<(), RegisterError> {
        while self.has_worker && self.in_hand.len() < IN_HAND {
            let claimed = self.register.claim_unread(self.last, BATCH, now)?;
            let Some(last) = claimed.last() else { break };
            self.last = Some(last.mail);
            self.give_to_worker(claimed);
        }
        Ok(())
    }

    /// The batch that the worker has had in hand for longest, if it has all it can hold.
    pub(super) async fn next_if_full(&mut self) -> Vec<Answered> {
        if self.in_hand.len() < IN_HAND { Vec::new() } else { self.answered().await }
    }

    async fn process_next(&mut self, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        let answered = self.answered().await;
        let conclusions = self.conclusions_of(answered, now, report)?;
        self.conclude(conclusions, now, report)
    }

    pub(super) fn conclude(&mut self, conclusions: Vec<Conclusion>, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        if conclusions.is_empty() {
            return Ok(());
        }
        let placed = self.register.conclude(conclusions, now)?;
        self.tell(&placed, now, report)
    }

    async fn answered(&mut self) -> Vec<Answered> {
        let Some(reading) = self.in_hand.pop_front() else { return Vec::new() };
        reading.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }

    /// What would become of mails that were understood. Those that were not are noted.
    pub(super) fn conclusions_of(
        &mut self,
        answered: Vec<Answered>,
        now: Timestamp,
        report: &mut PassReport,
    ) -> Result<Vec<Conclusion>, RegisterError> {
        let mut conclusions = Vec::with_capacity(answered.len());
        let mut not_started = None;
        for (unread, answer) in answered {
            match answer {
                Ok((understood, authenticity)) => {
                    self.witness = self.witness.max(witnessed(&understood, unread.received_at));
                    conclusions.push(conclusion_of(self.register, self.addresses, &unread, understood, authenticity, now)?);
                }
                Err(WorkerFault::NotStarted(reason)) => {
                    self.register.attempt_failed(unread.mail, FailedBy::Worker)?;
                    not_started = Some(reason);
                }
                Err(fault) => {
                    self.register.attempt_failed(unread.mail, FailedBy::Mail)?;
                    tracing::warn!(mail = unread.mail.0, %fault, "a mail could not be understood");
                    report.faults.push(format!("mail {}: {fault}", unread.mail));
                }
            }
        }
        if let Some(reason) = not_started {
            self.has_worker = false;
            self.register.note_health(&HealthPart::Understanding, Some(&reason), now)?;
            report.faults.push(format!("mail cannot be understood: {reason}"));
        }
        Ok(conclusions)
    }

    /// Counts mails that were concluded.
    pub(super) fn tell(&mut self, placed: &[Standing], now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        for standing in placed {
            match standing {
                Standing::Linked => report.linked += 1,
                Standing::SetAside => report.set_aside += 1,
                _ => report.waiting_for_a_person += 1,
            }
        }
        let is_well = self.has_worker && !placed.is_empty();
        if is_well && self.register.health()?.iter().any(|part| part.part == HealthPart::Understanding && part.fault.is_some()) {
            self.register.note_health(&HealthPart::Understanding, None, now)?;
        }
        Ok(())
    }
}

/// Has mails understood, with every head that a copy brought: a copy may have arrived at another address, and it may be the one that bears the
/// signature.
async fn read(worker: &mut Worker, senders: &SenderAuthentication, claimed: Vec<Unread>) -> Vec<Answered> {
    let mails: Vec<&[u8]> = claimed.iter().map(|unread| unread.raw.as_slice()).collect();
    let mut answers = senders.understand_all(worker, &mails).await;
    for (unread, answer) in claimed.iter().zip(&mut answers) {
        let Ok((understood, authenticity)) = answer else { continue };
        for head in &unread.other_heads {
            let copy = [head.as_slice(), body_of(&unread.raw)].concat();
            let Some(Ok((mut copy, judged))) = senders.understand_all(worker, &[&copy]).await.pop() else { continue };
            // Which of two heads was altered on the way, the signature says.
            let is_authentic = |judged: &Option<Authenticity>| judged.as_ref().is_some_and(|judged| judged.verdict == Verdict::Authentic);
            if is_authentic(&judged) && !is_authentic(authenticity) {
                std::mem::swap(understood, &mut copy);
                *authenticity = judged;
            }
            understood.arrived_at.extend(copy.arrived_at);
            understood.arrived_at.extend(copy.to.into_iter().chain(copy.cc).filter_map(|mailbox| mailbox.address));
        }
    }
    // The bytes are not needed any more.
    claimed.into_iter().map(|unread| Unread { raw: Vec::new(), ..unread }).zip(answers).collect()
}

/// When a mail surely had been written and had come: the earlier of what its writer's machine and what the mailbox say. A folder on this machine
/// dates mail by this machine's own clock, which bears no witness for itself.
fn witnessed(understood: &Understood, received_at: Timestamp) -> Option<Timestamp> {
    let written: Timestamp = understood.date.as_deref()?.parse().ok()?;
    Some(written.min(received_at))
}

fn conclusion_of(
    register: &Register,
    addresses: &ReplyAddresses,
    unread: &Unread,
    mut understood: Understood,
    authenticity: Option<Authenticity>,
    now: Timestamp,
) -> Result<Conclusion, RegisterError> {
    if unread.cut {
        understood.problems.push("It is larger than the limit: only its beginning was read, the rest is in the mailbox.".into());
    }
    let asked_enough = asked_long_enough(unread.taken_at, now);
    let (gathered, mut verdict) =
        verdict_on(register, addresses, Some(unread.mail), &understood, unread.received_at, authenticity.as_ref(), asked_enough)?;
    if unread.head_only {
        understood.kind = Kind::Unreadable;
        verdict = verdict.quarantined();
    }
    Ok(Conclusion::new(unread.mail, understood, authenticity, gathered, verdict))
}
