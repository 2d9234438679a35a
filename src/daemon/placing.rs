//! The incoming river's second reach: what was taken in is understood in the worker process, then linked, and its consequences drawn.

use super::office::{Office, PassReport};
use super::understanding::{Worker, WorkerFault};
use super::vouching::Vouching;
use crate::domain::linking::{Suggestion, Verdict as Placed, judge};
use crate::domain::reply::Standing;
use crate::domain::reply_address::ReplyAddresses;
use crate::mail::Understood;
use crate::mail::authenticity::{Authenticity, Verdict};
use crate::mail::understood::Kind;
use crate::register::{Conclusion, Register, RegisterError, Unread};
use jiff::Timestamp;
use std::sync::Arc;

/// At most this many mails are concluded in one transaction.
const BATCH: usize = 50;

impl Office {
    pub(super) async fn understand(&mut self, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        let mut placing =
            Placing { register: &mut self.register, worker: &mut self.worker, addresses: &self.addresses, vouching: &self.vouching };
        placing.place_all(now, report).await
    }
}

/// What it takes to place mail; no mailbox and no server.
pub struct Placing<'a> {
    pub register: &'a mut Register,
    pub worker: &'a mut Worker,
    pub addresses: &'a ReplyAddresses,
    pub vouching: &'a Vouching,
}

/// A mail as the worker understood it, or why it could not.
type Answered = (Unread, Result<(Understood, Option<Authenticity>), WorkerFault>);

impl Placing<'_> {
    /// Understands and places everything that is waiting. A mail that the worker cannot read twice is quarantined by the register.
    ///
    /// While the worker reads one batch, the batch before it is placed: two processes work, and the register's pauses for the disk cost nothing.
    pub async fn place_all(&mut self, now: Timestamp, report: &mut PassReport) -> Result<(), RegisterError> {
        let Placing { register, worker, addresses, vouching } = self;
        loop {
            let mut claimed = register.claim_unread(None, BATCH, now)?;
            if claimed.is_empty() {
                return Ok(());
            }
            let mut answered = Vec::new();
            loop {
                let last = claimed.last().map(|unread| unread.mail);
                let (answers, placed) =
                    tokio::join!(read(worker, vouching, claimed), place(register, addresses, std::mem::take(&mut answered), now, report));
                answered = answers;
                if !placed? {
                    place(register, addresses, answered, now, report).await?;
                    return Ok(());
                }
                if answered.is_empty() {
                    break;
                }
                claimed = register.claim_unread(last, BATCH, now)?;
            }
        }
    }
}

/// Has mails understood, with every head that a copy brought.
async fn read(worker: &mut Worker, vouching: &Vouching, claimed: Vec<Unread>) -> Vec<Answered> {
    let mails: Vec<Arc<[u8]>> = claimed.iter().map(|unread| Arc::clone(&unread.raw)).collect();
    let mut answers = if mails.is_empty() { vec![] } else { vouching.understand_all(worker, &mails).await };
    for (unread, answer) in claimed.iter().zip(&mut answers) {
        let Ok((understood, _)) = answer else { continue };
        for head in &unread.other_heads {
            if let Ok(copy) = worker.understand(head).await {
                understood.arrived_at.extend(copy.arrived_at);
                understood.arrived_at.extend(copy.to.into_iter().chain(copy.cc).filter_map(|mailbox| mailbox.address));
            }
        }
    }
    // The bytes are not needed any more.
    claimed.into_iter().map(|unread| Unread { raw: Arc::from([]), ..unread }).zip(answers).collect()
}

/// Places what was understood, in one transaction; `false` if there is no worker to go on with.
async fn place(
    register: &mut Register,
    addresses: &ReplyAddresses,
    answered: Vec<Answered>,
    now: Timestamp,
    report: &mut PassReport,
) -> Result<bool, RegisterError> {
    let mut conclusions = Vec::with_capacity(answered.len());
    let mut not_started = None;
    for (unread, answer) in answered {
        match answer {
            Ok((understood, authenticity)) => conclusions.push(judged(register, addresses, &unread, understood, authenticity)?),
            // Not the mail's fault: the attempt does not count.
            Err(WorkerFault::NotStarted(reason)) => {
                register.take_back_attempt(unread.mail)?;
                not_started = Some(reason);
            }
            Err(fault) => {
                tracing::warn!(mail = unread.mail.0, %fault, "a mail could not be understood");
                report.faults.push(format!("mail {}: {fault}", unread.mail));
            }
        }
        // The worker is handed its next mail meanwhile.
        tokio::task::yield_now().await;
    }
    if !conclusions.is_empty() {
        register.conclude(&conclusions, now)?;
        if register.health()?.iter().any(|part| part.part == "understanding" && part.fault.is_some()) {
            register.note_health("understanding", None, now)?;
        }
    }
    for conclusion in &conclusions {
        match conclusion.verdict.standing {
            Standing::Linked => report.linked += 1,
            Standing::SetAside => report.set_aside += 1,
            _ => report.waiting_for_a_person += 1,
        }
    }
    let Some(reason) = not_started else { return Ok(true) };
    register.note_health("understanding", Some(&reason), now)?;
    report.faults.push(format!("mail cannot be understood: {reason}"));
    Ok(false)
}

fn judged(
    register: &Register,
    addresses: &ReplyAddresses,
    unread: &Unread,
    mut understood: Understood,
    authenticity: Option<Authenticity>,
) -> Result<Conclusion, RegisterError> {
    if unread.cut {
        understood.problems.push("It is larger than the limit: only its beginning was taken in, the rest is in the mailbox.".into());
    }
    let contradicted = authenticity
        .as_ref()
        .filter(|authenticity| authenticity.verdict == Verdict::Contradicted)
        .map(|authenticity| authenticity.because.join(" "));
    let gathered = register.gather(&understood, unread.received_at, addresses, contradicted)?;
    let mut verdict = judge(&gathered.mail, &gathered.evidence, &gathered.facts);
    if unread.head_only {
        understood.kind = Kind::Unreadable;
        verdict = quarantined(verdict);
    }
    let authenticity = authenticity.and_then(|authenticity| serde_json::to_value(authenticity).ok());
    Ok(Conclusion { mail: unread.mail, understood, authenticity, verdict })
}

/// A mail of which only the head could be read links to nothing; what its head says is for the person who looks at it, and holds back reminders.
fn quarantined(verdict: Placed) -> Placed {
    let mut suggestions: Vec<Suggestion> =
        verdict.links.into_iter().map(|link| Suggestion { request: link.request, evidence: link.evidence }).collect();
    for other in verdict.suggestions {
        if !suggestions.iter().any(|suggestion| suggestion.request == other.request) {
            suggestions.push(other);
        }
    }
    Placed {
        standing: Standing::Quarantined,
        links: vec![],
        suggestions,
        because: vec!["it could not be understood in two attempts; only its head was read".into()],
    }
}
