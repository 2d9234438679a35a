//! Who wrote a mail. The DNS is asked here, in the daemon, since the worker has no network; the worker then judges by the answers, with the same
//! request by which it understands the mail.

use super::worker::{Worker, WorkerFault};
use crate::mail::Understood;
use crate::mail::authenticity::{Authenticity, DnsAnswers, TxtAnswer};
use crate::transport::dns::Dns;
use futures::future::join_all;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// For what the authors of a batch of mails are judged by. Mail whose authors' DNS is slower is judged again later.
const PATIENCE: Duration = Duration::from_secs(4);
/// For what others signed, which changes no verdict.
const LITTLE_PATIENCE: Duration = Duration::from_secs(1);
/// After a batch to which nothing was answered, nothing is asked for this long: a pass over thousands of mails does not wait for a DNS that does not
/// answer once for every fifty. What was not asked is judged again later, as what was not answered.
const REST_AFTER_SILENCE: Duration = Duration::from_secs(30);

/// Whom to ask, and whose word counts.
#[derive(Default)]
pub struct SenderAuthentication {
    dns: Option<Dns>,
    own_servers: Vec<String>,
    /// When the DNS answered nothing, if that was the last time.
    silent_at: Mutex<Option<Instant>>,
}

impl SenderAuthentication {
    /// Without a resolver nothing is asked, and mail is neither proven nor contradicted. `own_servers`: the office's mail servers, by the names under
    /// which they write down what they found (RFC 8601, authserv-id).
    pub fn new(dns: Option<Dns>, own_servers: Vec<String>) -> SenderAuthentication {
        SenderAuthentication { dns, own_servers, silent_at: Mutex::default() }
    }

    /// Understands mails and tells who wrote them, in their order.
    ///
    /// # Errors
    ///
    /// For each mail by itself, [`WorkerFault`]: the mail is too large for a worker, reading it took too long or ended the worker, the worker
    /// could not be started, or its answer cannot be read or is to another request. A DNS that does not answer is no error: the sender is then
    /// neither proven nor contradicted.
    pub async fn understand_all(
        &self,
        worker: &mut Worker,
        mails: &[&[u8]],
    ) -> Vec<Result<(Understood, Option<Authenticity>), WorkerFault>> {
        if self.dns.is_none() && self.own_servers.is_empty() {
            let understood = worker.understand_all(mails).await;
            return understood.into_iter().map(|result| result.map(|understood| (understood, None))).collect();
        }
        let answers = self.ask(worker, mails).await;
        let mut judged = Vec::with_capacity(mails.len());
        for (mail, answers) in mails.iter().zip(answers) {
            let result = worker.understand_and_authenticate(mail, answers, &self.own_servers).await;
            judged.push(result.map(|(understood, authenticity)| (understood, Some(authenticity))));
        }
        judged
    }

    /// What the DNS says of each mail. All are asked about at one time and each for itself, so that the names in one cost another nothing; the
    /// resolver asks for a name that several need once. A mail that kills the worker here is met again, and counted, when it is understood.
    async fn ask(&self, worker: &mut Worker, mails: &[&[u8]]) -> Vec<DnsAnswers> {
        let Some(dns) = &self.dns else { return vec![DnsAnswers::default(); mails.len()] };
        let mut questions = Vec::with_capacity(mails.len());
        for mail in mails {
            questions.push(worker.names_to_ask(mail).await.unwrap_or_default());
        }
        let silent_at = *self.silent_at.lock().unwrap_or_else(PoisonError::into_inner);
        if silent_at.is_some_and(|silent_at| silent_at.elapsed() < REST_AFTER_SILENCE) {
            let unanswered = |names: &Vec<String>| DnsAnswers(names.iter().map(|name| (name.clone(), TxtAnswer::Unavailable)).collect());
            return questions.iter().map(|mail| unanswered(&mail.of_author)).collect();
        }
        let mut answers = join_all(questions.iter().map(|mail| dns.look_up(&mail.of_author, PATIENCE))).await;
        let silent = is_silent(&answers);
        *self.silent_at.lock().unwrap_or_else(PoisonError::into_inner) = silent.then(Instant::now);
        if silent {
            tracing::warn!("the DNS does not answer; who wrote these mails is judged later");
        }
        let patience = if silent { Duration::ZERO } else { LITTLE_PATIENCE };
        let of_others = join_all(questions.iter().map(|mail| dns.look_up(&mail.of_others, patience))).await;
        for (answers, others) in answers.iter_mut().zip(of_others) {
            answers.0.extend(others.0);
        }
        answers
    }
}

/// Something was asked and nothing answered. A living resolver says of some name at least that it does not exist: the tree walk goes up to the
/// top-level domain, which no sender of mail can silence.
fn is_silent(answers: &[DnsAnswers]) -> bool {
    let mut said = answers.iter().flat_map(|answers| answers.0.values()).peekable();
    said.peek().is_some() && said.all(|answer| *answer == TxtAnswer::Unavailable)
}
