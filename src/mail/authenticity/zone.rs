//! The DNS as it was found, in the form in which `mail-auth` asks it: it answers every question, so that none is put to the network.

use super::{DnsAnswers, TxtAnswer};
use mail_auth::common::cache::NoCache;
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::dmarc::Dmarc;
use mail_auth::hickory_resolver::proto::op::ResponseCode;
use mail_auth::{DnsError, Error, MX, Parameters, RecordSet, ResolverCache, Txt};
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Instant;

/// Questions that DKIM and DMARC never put have no cache.
pub type ZoneParameters<'x, P> = Parameters<
    'x,
    P,
    Zone,
    NoCache<Box<str>, RecordSet<MX>>,
    Addresses,
    NoCache<Box<str>, RecordSet<Ipv6Addr>>,
    NoCache<IpAddr, RecordSet<Box<str>>>,
>;

/// What was not asked does not exist.
pub struct Zone(HashMap<Box<str>, Txt>);

impl Zone {
    pub fn of(answers: &DnsAnswers) -> Zone {
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

    pub fn parameters<'x, P>(&'x self, of: P) -> ZoneParameters<'x, P> {
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
pub struct Addresses;

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
