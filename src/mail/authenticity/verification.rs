//! The judgement: DKIM and DMARC by `mail-auth`, with a cache that answers every question so that none is put to the network.

use super::provider::{self, Word};
use super::{Authenticity, DkimFinding, DkimResult, DmarcFinding, DnsAnswers, Policy, TxtAnswer, Verdict, domain};
use crate::mail::address;
use crate::mail::certified;
use crate::mail::parse::headers;
use futures::FutureExt;
use mail_auth::common::cache::NoCache;
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::dmarc::{Dmarc, Policy as Published, verify::DmarcParameters};
use mail_auth::hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::hickory_resolver::proto::op::ResponseCode;
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult as Found, DmarcOutput, DmarcResult, DnsError, Error, MX, MessageAuthenticator, Parameters,
    RecordSet, ResolverCache, SpfOutput, Txt,
};
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

/// It holds a resolver, though none is asked; building one reads the system's certificates, which takes milliseconds.
static AUTHENTICATOR: LazyLock<Option<MessageAuthenticator>> =
    LazyLock::new(|| MessageAuthenticator::new(ResolverConfig::default(), ResolverOpts::default()).ok());

pub fn prepare() {
    LazyLock::force(&AUTHENTICATOR);
}

pub fn verify(raw: &[u8], answers: &DnsAnswers, own_servers: &[String]) -> Authenticity {
    let mut authenticity = Authenticity::default();
    let Some(message) = AuthenticatedMessage::parse(raw) else {
        authenticity.because.push("It has no headers that could be verified.".to_owned());
        return authenticity;
    };
    let domains: Vec<String> = message.from.iter().filter_map(|address| domain(address)).collect();
    let froms = message.headers.iter().filter(|(name, _)| name.trim_ascii_end().eq_ignore_ascii_case(b"from")).count();
    authenticity.from_domain = domains.first().cloned().unwrap_or_default();
    let word = provider::read(raw, own_servers, &authenticity.from_domain);
    authenticity.provider = word.as_ref().map(|word| word.text.clone());
    // The rest of this program reads From by itself: where the two readings differ, one domain would vouch for an address of another.
    let written = mailboxes(raw);
    let elsewhere = |domain: &String| *domain != authenticity.from_domain;
    if froms > 1 || domains.iter().chain(&written.domains).any(elsewhere) {
        authenticity.verdict = Verdict::Contradicted;
        authenticity.because.push("It has more than one From: which of them wrote it cannot be told.".to_owned());
        return authenticity;
    }
    if authenticity.from_domain.is_empty() {
        authenticity.because.push("Its From names no domain that could vouch for it.".to_owned());
        return authenticity;
    }
    if let Some(name) = written.borrowed {
        authenticity.because.push(format!("Its author goes by the name {name}, but the address is one of {}.", authenticity.from_domain));
    }
    if answers.0.is_empty() {
        authenticity.because.push("The DNS was not asked, so that its signatures could not be verified.".to_owned());
    } else {
        ask(&message, answers, &mut authenticity);
    }
    judge(&mut authenticity, word.as_ref());
    if written.in_envelope && authenticity.verdict == Verdict::Authentic {
        authenticity.verdict = Verdict::Unproven;
        authenticity
            .because
            .push("That is the provider of an envelope of certified mail; who wrote the letter in it is the envelope's word.".to_owned());
    }
    authenticity
}

/// The first From as the rest of this program reads it.
struct Written {
    domains: Vec<String>,
    /// A display name that holds an address of another domain, which is what many mail clients show alone.
    borrowed: Option<String>,
    /// The author is not who this From says, but who the letter inside says.
    in_envelope: bool,
}

fn mailboxes(raw: &[u8]) -> Written {
    let block = headers::read(raw, |_| false);
    let found = block.headers.first("From").map(address::read).unwrap_or_default();
    let domains: Vec<String> = found.iter().filter_map(|mailbox| domain(mailbox.address.as_deref()?)).collect();
    let borrowed = found.into_iter().filter_map(|mailbox| mailbox.name).find(|name| {
        let mut words = name.split(|character: char| character.is_whitespace() || "<>()[],;\"'".contains(character));
        words.any(|word| domain(word).is_some_and(|other| other.contains('.') && !domains.contains(&other)))
    });
    Written { domains, borrowed, in_envelope: certified::is_envelope(&block.headers) }
}

/// DKIM and DMARC with what the DNS said.
fn ask(message: &AuthenticatedMessage<'_>, answers: &DnsAnswers, authenticity: &mut Authenticity) {
    let zone = Zone::of(answers);
    let verified = AUTHENTICATOR.as_ref().and_then(|authenticator| {
        // Every question is answered from the zone, so that the future has nothing to wait for. If it wants to, that is no result.
        async {
            let dkim = authenticator.verify_dkim(zone.parameters(message)).await;
            let spf = SpfOutput::default();
            let dmarc = authenticator.verify_dmarc(zone.parameters(DmarcParameters::new(message, &dkim, "", &spf))).await;
            (dkim.iter().map(finding).collect::<Vec<_>>(), dmarc)
        }
        .now_or_never()
    });
    let Some((dkim, dmarc)) = verified else {
        authenticity.dmarc = DmarcFinding::Unavailable;
        return;
    };
    authenticity.dkim = dkim;
    authenticity.policy = match (dmarc.dmarc_record(), dmarc.policy()) {
        (None, _) => Policy::Absent,
        (Some(_), Published::Reject) => Policy::Reject,
        (Some(_), Published::Quarantine) => Policy::Quarantine,
        (Some(_), Published::None | Published::Unspecified) => Policy::None,
    };
    authenticity.dmarc = compliance(&dmarc);
}

fn compliance(dmarc: &DmarcOutput) -> DmarcFinding {
    match (dmarc.dkim_result(), dmarc.dmarc_record()) {
        (DmarcResult::Pass, _) => DmarcFinding::Pass,
        (DmarcResult::TempError(_), _) => DmarcFinding::Unavailable,
        (_, None) => DmarcFinding::None,
        (_, Some(_)) => DmarcFinding::Fail,
    }
}

fn finding(output: &DkimOutput<'_>) -> DkimFinding {
    let (result, reason) = match output.result() {
        Found::Pass => (DkimResult::Pass, None),
        Found::Fail(error) => (DkimResult::Fail, Some(error)),
        Found::Neutral(error) => (DkimResult::Neutral, Some(error)),
        Found::PermError(error) => (DkimResult::PermError, Some(error)),
        Found::TempError(error) => (DkimResult::TempError, Some(error)),
        Found::None => (DkimResult::Neutral, None),
    };
    let domain = output.signature().map(|signature| signature.d.to_ascii_lowercase()).unwrap_or_default();
    DkimFinding { domain, result, reason: reason.map(ToString::to_string) }
}

fn judge(authenticity: &mut Authenticity, word: Option<&Word>) {
    let from = authenticity.from_domain.clone();
    let because = &mut authenticity.because;
    for finding in &authenticity.dkim {
        match (finding.result, &finding.reason) {
            (DkimResult::Pass, _) => because.push(format!("{} signed it, and the signature holds.", finding.domain)),
            (_, Some(reason)) => because.push(format!("The signature of {} does not hold: {reason}.", shown(&finding.domain))),
            (_, None) => because.push(format!("The signature of {} says nothing.", shown(&finding.domain))),
        }
    }
    let enforced = matches!(authenticity.policy, Policy::Quarantine | Policy::Reject);
    authenticity.verdict = match (authenticity.dmarc, word) {
        (DmarcFinding::Pass, _) => {
            because.push(format!("{from} vouches for it (DMARC pass)."));
            Verdict::Authentic
        }
        (_, Some(word)) if word.vouches => {
            because.push(format!("The office's own server {} saw that {from} vouches for it.", word.server));
            Verdict::Authentic
        }
        (_, Some(word)) if word.refuses => {
            because.push(format!("The office's own server {} saw that {from} does not vouch for it (DMARC fail).", word.server));
            if enforced || word.enforced {
                because.push(format!("{from} asks that such mail be refused or set apart."));
                Verdict::Contradicted
            } else {
                Verdict::Unproven
            }
        }
        (DmarcFinding::Unavailable, _) => {
            because.push("The DNS gave no answer; it will be asked again.".to_owned());
            Verdict::TryAgain
        }
        (DmarcFinding::Fail, _) if enforced => {
            because.push(format!("No signature of {from} holds, and {from} asks that such mail be refused or set apart."));
            Verdict::Contradicted
        }
        (DmarcFinding::Fail, _) => {
            because.push(format!("No signature of {from} holds, but {from} asks nothing to be done about it."));
            Verdict::Unproven
        }
        // Without a DMARC record, a signature of the very domain is still its word (RFC 6376 §1.2); a missing one says nothing.
        (DmarcFinding::None, _) => {
            if authenticity.dkim.iter().any(|finding| finding.result == DkimResult::Pass && finding.domain == from) {
                Verdict::Authentic
            } else if authenticity.dkim.iter().any(|finding| finding.result == DkimResult::TempError) {
                Verdict::TryAgain
            } else {
                because.push(format!("{from} says nothing that proves or disproves it."));
                Verdict::Unproven
            }
        }
    };
}

fn shown(domain: &str) -> &str {
    if domain.is_empty() { "an unreadable domain" } else { domain }
}

/// Questions that DKIM and DMARC never put have no cache.
type ZoneParameters<'x, P> = Parameters<
    'x,
    P,
    Zone,
    NoCache<Box<str>, RecordSet<MX>>,
    Addresses,
    NoCache<Box<str>, RecordSet<Ipv6Addr>>,
    NoCache<IpAddr, RecordSet<Box<str>>>,
>;

/// The DNS as it was found: it answers every question, and what was not asked does not exist.
struct Zone(HashMap<Box<str>, Txt>);

impl Zone {
    fn of(answers: &DnsAnswers) -> Zone {
        let record = |(name, answer): (&String, &TxtAnswer)| {
            let txt = match answer {
                TxtAnswer::Found(records) if name.starts_with("_dmarc.") => parsed::<Dmarc>(records),
                TxtAnswer::Found(records) => parsed::<DomainKey>(records),
                TxtAnswer::NotFound => missing(),
                TxtAnswer::Unavailable => Txt::Error(Error::Dns(DnsError::Resolver("no answer".to_owned()))),
            };
            (format!("{name}.").into_boxed_str(), txt)
        };
        Zone(answers.0.iter().map(record).collect())
    }

    fn parameters<'x, P>(&'x self, of: P) -> ZoneParameters<'x, P> {
        Parameters { params: of, cache_txt: Some(self), cache_mx: None, cache_ptr: None, cache_ipv4: Some(&Addresses), cache_ipv6: None }
    }
}

/// The first record that can be read, as mail-auth itself takes it.
fn parsed<T: TxtRecordParser + Into<Txt>>(records: &[String]) -> Txt {
    let mut result = Err(Error::Dns(DnsError::InvalidRecordType));
    for record in records {
        result = T::parse(record.as_bytes());
        if result.is_ok() {
            break;
        }
    }
    result.into()
}

fn missing() -> Txt {
    Txt::Error(Error::Dns(DnsError::RecordNotFound(ResponseCode::NXDomain)))
}

impl ResolverCache<Box<str>, Txt> for Zone {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        Some(self.0.get(name).cloned().unwrap_or_else(missing))
    }

    fn remove<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: Txt, _: Instant) {}
}

/// Every host exists: addresses are asked for only to tell the policy for missing subdomains (`np`) from that for others (`sp`).
struct Addresses;

impl ResolverCache<Box<str>, RecordSet<Ipv4Addr>> for Addresses {
    fn get<Q>(&self, _: &Q) -> Option<RecordSet<Ipv4Addr>>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        Some(RecordSet { rrset: Arc::new([]), dnssec_status: Default::default() })
    }

    fn remove<Q>(&self, _: &Q) -> Option<RecordSet<Ipv4Addr>>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: RecordSet<Ipv4Addr>, _: Instant) {}
}
