//! Who wrote a mail, asked of the DNS outside of the worker and judged inside it, in the same breath in which the mail is understood.

use super::understanding::{Worker, WorkerFault};
use crate::config::{AuthenticitySettings, NameServer};
use crate::mail::Understood;
use crate::mail::authenticity::{Authenticity, DnsAnswers, TxtAnswer};
use crate::transport::dns::Dns;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// For all that a batch of mails asks.
const PATIENCE: Duration = Duration::from_secs(10);
/// After a batch to which nothing was answered, nothing is asked for this long: a pass over thousands of mails does not wait for a dead DNS once for
/// every fifty. What was not asked is judged again later, as what was not answered.
const REST_AFTER_SILENCE: Duration = Duration::from_secs(30);

/// Whom to ask, and whose word counts.
#[derive(Default)]
pub struct Vouching {
    dns: Option<Dns>,
    own_servers: Vec<String>,
    /// When the DNS answered nothing, if that was the last time.
    silent_at: Mutex<Option<Instant>>,
}

impl Vouching {
    /// Without a resolver nothing is asked, and mail is neither proven nor contradicted.
    pub fn new(settings: &AuthenticitySettings) -> Vouching {
        let dns = match settings.dns {
            NameServer::None => None,
            NameServer::OfThisMachine => Some(Dns::of_this_machine()),
            NameServer::At(server) => Some(Dns::at(server)),
        };
        let dns = dns.and_then(|dns| dns.inspect_err(|error| tracing::warn!(%error, "senders cannot be verified")).ok());
        Vouching { dns, own_servers: settings.trusted_authserv_ids.clone(), silent_at: Mutex::default() }
    }

    /// Understands mails and tells who wrote them, in their order.
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
        for mail in mails {
            let result = worker.judge(mail, answers.clone(), &self.own_servers).await;
            judged.push(result.map(|(understood, authenticity)| (understood, Some(authenticity))));
        }
        judged
    }

    /// One question for each name of the whole batch. A mail that kills the worker here is met again, and counted, when it is understood.
    async fn ask(&self, worker: &mut Worker, mails: &[&[u8]]) -> DnsAnswers {
        let Some(dns) = &self.dns else { return DnsAnswers::default() };
        let mut names = Vec::new();
        for mail in mails {
            names.extend(worker.names_to_ask(mail).await.unwrap_or_default());
        }
        names.sort();
        names.dedup();
        if names.is_empty() {
            return DnsAnswers::default();
        }
        let silent_at = *self.silent_at.lock().unwrap_or_else(PoisonError::into_inner);
        if silent_at.is_some_and(|silent_at| silent_at.elapsed() < REST_AFTER_SILENCE) {
            return DnsAnswers(names.into_iter().map(|name| (name, TxtAnswer::Unavailable)).collect());
        }
        let answers = dns.look_up(&names, PATIENCE).await;
        let silent = answers.0.values().all(|answer| *answer == TxtAnswer::Unavailable);
        *self.silent_at.lock().unwrap_or_else(PoisonError::into_inner) = silent.then(Instant::now);
        if silent {
            tracing::warn!("the DNS does not answer; who wrote these mails is judged later");
        }
        answers
    }
}
