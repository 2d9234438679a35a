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
use std::net::SocketAddr;
use std::time::Duration;

/// Names that are asked for one mail, and how many at a time.
const MOST_NAMES: usize = 100;
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
    pub fn of_this_machine() -> Result<Dns, NoResolver> {
        let (configuration, options) = read_system_conf().map_err(NoResolver)?;
        Dns::with(configuration, options)
    }

    /// One name server, by UDP and TCP.
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

    /// Asks for the TXT records of these names, within `timeout` for each. Every name has an answer; a name server that is silent or refuses is
    /// [`TxtAnswer::Unavailable`].
    pub async fn look_up(&self, names: &[String], timeout: Duration) -> DnsAnswers {
        let asked = names.iter().take(MOST_NAMES).cloned().map(|name| async move {
            let answer = tokio::time::timeout(timeout, self.ask(&name)).await.unwrap_or(TxtAnswer::Unavailable);
            (name, answer)
        });
        let answered: Vec<_> = stream::iter(asked).buffer_unordered(AT_A_TIME).collect().await;
        let left = names.iter().skip(MOST_NAMES).map(|name| (name.clone(), TxtAnswer::Unavailable));
        DnsAnswers(answered.into_iter().chain(left).collect())
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

#[cfg(test)]
mod tests {
    use super::*;
    use mail_auth::hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
    use mail_auth::hickory_resolver::proto::rr::{Record, rdata::TXT};
    use tokio::net::UdpSocket;

    /// A name server that knows one key, refuses what begins with `broken`, and is silent where a name begins with `silent`.
    async fn name_server() -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut buffer = [0; 1500];
            loop {
                let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
                let mut message = Message::from_vec(&buffer[..length]).unwrap();
                let query = message.queries[0].clone();
                let name = query.name().to_ascii();
                message.metadata.message_type = MessageType::Response;
                message.metadata.recursion_available = true;
                if name.starts_with("silent") {
                    continue;
                }
                if name.starts_with("march._domainkey") {
                    let txt = TXT::new(vec!["v=DKIM1; ".to_owned(), "p=abc".to_owned()]);
                    message.answers.push(Record::from_rdata(query.name().clone(), 60, RData::TXT(txt)));
                } else {
                    message.metadata.response_code =
                        if name.starts_with("broken") { ResponseCode::ServFail } else { ResponseCode::NXDomain };
                }
                socket.send_to(&message.to_vec().unwrap(), from).await.unwrap();
            }
        });
        address
    }

    #[tokio::test]
    async fn what_exists_what_does_not_and_what_nobody_says_are_told_apart() {
        let dns = Dns::at(name_server().await).unwrap();
        let names = ["march._domainkey.justice.example", "_dmarc.justice.example", "broken.example", "silent.example"].map(str::to_owned);
        let answers = dns.look_up(&names, Duration::from_millis(700)).await;
        let found: Vec<&TxtAnswer> = names.iter().filter_map(|name| answers.0.get(name)).collect();
        assert_eq!(
            found,
            [&TxtAnswer::Found(vec!["v=DKIM1; p=abc".to_owned()]), &TxtAnswer::NotFound, &TxtAnswer::Unavailable, &TxtAnswer::Unavailable]
        );
    }
}
