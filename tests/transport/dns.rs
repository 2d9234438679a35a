//! Asking a name server for the records by which a mail's sender is authenticated.

use std::time::Duration;

use demarche::mail::authenticity::TxtAnswer;
use demarche::transport::dns::Dns;

use crate::support::name_server::NameServer;

#[tokio::test]
async fn what_exists_what_does_not_and_what_nobody_says_are_told_apart() {
    let server = NameServer::start();
    server.publish("march._domainkey.justice.example", &["v=DKIM1; ", "p=abc"]);
    let dns = Dns::at(server.address).unwrap();
    let names = ["march._domainkey.justice.example", "_dmarc.justice.example", "broken.example", "silent.example"].map(str::to_owned);
    let answers = dns.look_up(&names, Duration::from_millis(700)).await;
    let found: Vec<&TxtAnswer> = names.iter().filter_map(|name| answers.0.get(name)).collect();
    assert_eq!(
        found,
        [&TxtAnswer::Found(vec!["v=DKIM1; p=abc".to_owned()]), &TxtAnswer::NotFound, &TxtAnswer::Unavailable, &TxtAnswer::Unavailable]
    );
}

/// Fifty mails through lists and forwarders ask for some hundreds of names; none of them is left out.
#[tokio::test]
async fn every_name_of_a_large_batch_is_asked() {
    let dns = Dns::at(NameServer::start().address).unwrap();
    let names: Vec<String> = (0..600).map(|number| format!("s{number}._domainkey.justice.example")).collect();
    let answers = dns.look_up(&names, Duration::from_secs(60)).await;
    assert_eq!(answers.0.len(), 600);
    assert!(answers.0.values().all(|answer| *answer == TxtAnswer::NotFound));
}
