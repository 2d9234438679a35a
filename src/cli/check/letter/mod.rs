//! `check --letter`: the office writes to itself, by the way its letters go, and reads how the letter comes back.
//!
//! It goes to an address like those that replies go to, and nowhere else. The register is not written to; the daemon knows the letter by its signed
//! Message-ID and sets it aside.

mod findings;

use super::{Finding, Gravity};
use crate::config::{MailboxKind, MailboxSettings, Workspace};
use crate::mail::authenticity::{DnsAnswers, TxtAnswer, needed_of_trial, read_trial};
use crate::mail::compose::{Composition, Correspondent, WrittenBy, compose};
use crate::register::Reader;
use crate::transport::imap::Accounts;
use crate::transport::{Envelope, Found, MailboxSource, maildir};
use futures::future::join_all;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const PART: &str = "letter";
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// For one look into one mailbox, which does not keep the others waiting for longer.
const LONGEST_LOOK: Duration = Duration::from_secs(20);
/// As long as a relay may take to be given a letter.
const SENDING: Duration = Duration::from_secs(90);
/// The letter has some 2 kB; what servers add to it is small.
const LARGEST: u64 = 1 << 20;
const DNS_PATIENCE: Duration = Duration::from_secs(10);

/// Sends the letter and waits `at_most` for it.
pub(super) async fn look(workspace: &Workspace, accounts: &Accounts, at_most: Duration, now: Timestamp, findings: &mut Vec<Finding>) {
    let in_the_way =
        |finding: &Finding| finding.gravity > Gravity::Warning && ["configuration", "mailbox", "sending"].contains(&finding.part);
    if findings.iter().any(in_the_way) {
        let what = "no letter was sent to the office itself, since it would not arrive";
        findings.push(Finding::warning(PART, what, "mend what stands above, and run it again"));
        return;
    }
    let number = u32::try_from(now.as_second()).unwrap_or_default();
    let message_id = workspace.addresses.message_id_of_check(number);
    let mut places = places(workspace, accounts).await;
    if let Some(finding) = send(workspace, &message_id, now).await {
        let is_on_its_way = finding.gravity < Gravity::Unreachable;
        findings.push(finding);
        if !is_on_its_way {
            return;
        }
    }
    let begun = Instant::now();
    let arrived = wait(workspace, &mut places, &message_id, at_most).await;
    let took = begun.elapsed().as_secs();
    join_all(places.into_iter().map(MailboxSource::close)).await;
    match arrived {
        Ok((name, found)) => {
            findings.push(findings::arrived(&name, found.is_junk, took));
            let envelope_domain = domain_of(&workspace.addresses.for_bounce_of_check());
            findings.extend(read(workspace, &found.raw, &envelope_domain).await);
        }
        Err(trouble) => findings.push(findings::not_arrived(&workspace.addresses.for_check(), at_most, trouble)),
    }
}

/// Everywhere the letter may come to: what is read, and the Junk folders beside it.
async fn places(workspace: &Workspace, accounts: &Accounts) -> Vec<MailboxSource> {
    let mut places = Vec::new();
    for mailbox in &workspace.mailboxes {
        let Ok(mut sources) = mailbox.sources(accounts) else { continue };
        if let (Some(first), MailboxKind::Imap { account, folders }) = (sources.first_mut(), &mailbox.kind)
            && let Ok(Ok(Some(junk))) = timeout(LONGEST_LOOK, first.junk_folder()).await
            && !folders.contains(&junk)
        {
            let kind = MailboxKind::Imap { account: account.clone(), folders: vec![junk] };
            sources.extend(MailboxSettings { kind, ..mailbox.clone() }.sources(accounts).unwrap_or_default());
        }
        places.append(&mut sources);
    }
    places
}

/// Gives the letter to the relay. Nothing to tell if it took it.
async fn send(workspace: &Workspace, message_id: &str, now: Timestamp) -> Option<Finding> {
    let bytes = match written(workspace, message_id, now) {
        Ok(bytes) => bytes,
        Err(error) => return Some(Finding::fault(PART, error, "mend the office's address in demarche.toml")),
    };
    let mut transport = match workspace.sending.transport(maildir::Durability::Synced) {
        Ok(transport) => transport,
        Err(fault) => return Some(Finding { part: PART, ..Finding::of_config(Gravity::Fault, &fault) }),
    };
    let (sender, recipient) = (workspace.addresses.for_bounce_of_check(), workspace.addresses.for_check());
    // Without notices of delivery, which nobody waits for.
    let envelope = Envelope { envelope_sender: &sender, recipient: &recipient, envelope_id: message_id, dsn: false, bytes: &bytes };
    let outcome = timeout(SENDING, transport.send(&envelope)).await;
    let told = outcome.map_or_else(
        |_| Some(findings::word_not_heard(transport.name())),
        |outcome| findings::sent(transport.name(), &recipient, &outcome),
    );
    transport.close().await;
    told
}

/// From the office's address with a Reply-To of its own, like the letters to authorities.
fn written(workspace: &Workspace, message_id: &str, now: Timestamp) -> Result<Vec<u8>, String> {
    let (rules, to) = (&workspace.rules, workspace.addresses.for_check());
    let composition = Composition {
        from: Correspondent { name: Some(&rules.name), address: &rules.address },
        to: Correspondent { name: None, address: &to },
        copies: &[],
        reply_to: Some(&to),
        dated: &now.to_zoned_datetime(rules.time_zone.clone()),
        message_id,
        in_reply_to: None,
        references: &[],
        // No absence is to be announced to it.
        written_by: WrittenBy::Machine,
        subject: "Does the office's mail arrive?",
        text: TEXT,
        html: &format!("<p>{}</p>\n", TEXT.trim_end()),
        enclosures: &[],
    };
    compose(&composition).map_err(|fault| fault.to_string())
}

const TEXT: &str = "Somebody has asked the program demarche, by `demarche check --letter`, whether this office's letters arrive and how mail\n\
servers see them. This is the letter by which it tries that. Nobody needs to do anything about it, and it may be deleted.\n";

/// Where the letter was found, or what kept some place from being looked into.
async fn wait(
    workspace: &Workspace,
    places: &mut [MailboxSource],
    message_id: &str,
    at_most: Duration,
) -> Result<(String, Found), Option<String>> {
    // A register that does not open is told of elsewhere.
    let reader = Reader::open(&workspace.register_path, Arc::new(workspace.rules.clone())).ok();
    let until = Instant::now() + at_most;
    loop {
        let looks = places.iter_mut().map(|place| async {
            let found = timeout(LONGEST_LOOK, place.find(message_id, LARGEST)).await;
            (place.name().to_owned(), found)
        });
        let mut trouble = None;
        for (name, looked) in join_all(looks).await {
            match looked {
                Ok(Ok(Some(found))) => return Ok((name, found)),
                Ok(Ok(None)) => {}
                Ok(Err(error)) => trouble = Some(error.to_string()),
                Err(_) => trouble = Some(format!("{name}: no answer within {} s", LONGEST_LOOK.as_secs())),
            }
        }
        if let Some(found) = reader.as_ref().and_then(|reader| ingested(reader, message_id)) {
            return Ok(("the register, for the daemon has received it".to_owned(), found));
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(trouble);
        }
        sleep(LOOK_EVERY.min(left)).await;
    }
}

/// A daemon that is at work may have been faster, and have moved it to where nobody looks here.
fn ingested(reader: &Reader, message_id: &str) -> Option<Found> {
    let mail = reader.mail_with_message_id(message_id).ok()??;
    Some(Found { raw: reader.mail_bytes(mail).ok()?, is_junk: reader.perhaps_spam(mail).unwrap_or_default() })
}

async fn read(workspace: &Workspace, raw: &[u8], envelope_domain: &str) -> Vec<Finding> {
    let mut told = Vec::new();
    let needed = needed_of_trial(raw, envelope_domain);
    let answers = match workspace.authenticity.resolver() {
        None => DnsAnswers::default(),
        Some(Ok(dns)) => dns.look_up(&needed, DNS_PATIENCE).await,
        Some(Err(error)) => {
            told.push(Finding::warning(PART, error.to_string(), "look into /etc/resolv.conf, or set name_server under [authenticity]"));
            DnsAnswers(needed.into_iter().map(|name| (name, TxtAnswer::Unavailable)).collect())
        }
    };
    told.extend(findings::told(&read_trial(raw, envelope_domain, &answers, &workspace.authenticity.trusted_authserv_ids)));
    told
}

fn domain_of(address: &str) -> String {
    address.rsplit_once('@').map_or(address, |(_, domain)| domain).to_ascii_lowercase()
}
