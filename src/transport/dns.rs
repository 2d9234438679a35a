//! Asking the DNS for the TXT records by which a mail is verified. The only place that does; what it is asked comes from untrusted mail, and was
//! checked to be a name where it was read (`mail::authenticity::needed`).
//!
//! hickory's resolver, which mail-auth brings along. Considered instead: letting mail-auth ask for itself. It parses the mail in the same breath,
//! and mail is parsed in a process without a network. An office that does not configure a resolver asks nothing.

use crate::mail::authenticity::{DnsAnswers, TxtAnswer};
use futures::stream::{self, StreamExt};
use mail_auth::hickory_resolver::TokioResolver;
use mail_auth::hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
use mail_auth::hickory_resolver::net::runtime::TokioRuntimeProvider;
use mail_auth::hickory_resolver::net::{DnsError, NetError};
use mail_auth::hickory_resolver::proto::rr::{Name, RData};
use mail_auth::hickory_resolver::system_conf::read_system_conf;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// Questions of one mail that wait for an answer at one time: a whole tree walk (RFC 9989 §4.10). Fifty mails are asked about side by side, and each
/// question has a socket of its own.
const AT_A_TIME: usize = 8;
/// Of one name: records, and bytes of each.
const MOST_RECORDS: usize = 50;
const LONGEST_RECORD: usize = 16 * 1024;

#[derive(Debug, Clone)]
pub struct Dns {
    resolver: TokioResolver,
}

#[derive(Debug, thiserror::Error)]
#[error("the DNS resolver could not be set up: {0}")]
pub struct NoResolver(NetError);

impl Dns {
    /// The name servers of this machine (`/etc/resolv.conf`).
    ///
    /// # Errors
    ///
    /// [`NoResolver`]: `/etc/resolv.conf` cannot be read or understood, or the resolver cannot be set up. No name server is asked yet.
    pub fn of_this_machine() -> Result<Dns, NoResolver> {
        let (configuration, options) = read_system_conf().map_err(NoResolver)?;
        Dns::with(configuration, options)
    }

    /// One name server, by UDP and TCP.
    ///
    /// # Errors
    ///
    /// [`NoResolver`]: the resolver cannot be set up. The name server is not asked yet.
    pub fn at(server: SocketAddr) -> Result<Dns, NoResolver> {
        let mut name_server = NameServerConfig::udp_and_tcp(server.ip());
        for connection in &mut name_server.connections {
            connection.port = server.port();
        }
        Dns::with(ResolverConfig::from_parts(None, Vec::new(), vec![name_server]), ResolverOpts::default())
    }

    fn with(configuration: ResolverConfig, mut options: ResolverOpts) -> Result<Dns, NoResolver> {
        // Search lists and the hosts file are for people's short names.
        options.ndots = 0;
        let resolver = TokioResolver::builder_with_config(configuration, TokioRuntimeProvider::default()).with_options(options).build();
        resolver.map(|resolver| Dns { resolver }).map_err(NoResolver)
    }

    /// Asks for the TXT records of these names, the first of them first, within `patience` for all of them. Every name has an answer; what a name
    /// server does not say in that time, or refuses to say, is [`TxtAnswer::Unavailable`].
    pub async fn look_up(&self, names: &[String], patience: Duration) -> DnsAnswers {
        let mut answers: BTreeMap<String, TxtAnswer> = names.iter().map(|name| (name.clone(), TxtAnswer::Unavailable)).collect();
        let questions = names.iter().cloned().map(|name| async move {
            let answer = self.ask(&name).await;
            (name, answer)
        });
        let answered = stream::iter(questions).buffer_unordered(AT_A_TIME).take_until(tokio::time::sleep(patience));
        tokio::pin!(answered);
        while let Some((name, answer)) = answered.next().await {
            answers.insert(name, answer);
        }
        DnsAnswers(answers)
    }

    async fn ask(&self, name: &str) -> TxtAnswer {
        let Ok(mut asked) = Name::from_ascii(name) else { return TxtAnswer::NotFound };
        asked.set_fqdn(true);
        match self.resolver.txt_lookup(asked).await {
            Ok(found) => {
                let records: Vec<String> = found
                    .answers()
                    .iter()
                    .filter_map(|record| match &record.data {
                        RData::TXT(txt) => {
                            Some(txt.txt_data.iter().flat_map(|piece| piece.iter().copied()).take(LONGEST_RECORD).collect::<Vec<u8>>())
                        }
                        _ => None,
                    })
                    .take(MOST_RECORDS)
                    .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                    .collect();
                if records.is_empty() { TxtAnswer::NotFound } else { TxtAnswer::Found(records) }
            }
            Err(NetError::Dns(DnsError::NoRecordsFound(_))) => TxtAnswer::NotFound,
            Err(_) => TxtAnswer::Unavailable,
        }
    }
}
