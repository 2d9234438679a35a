//! Who wrote a mail, as far as its bytes and the DNS can tell: DKIM (RFC 6376) and DMARC (RFC 9989), at arrival.
//!
//! In two steps, since untrusted bytes are read in a worker process that has no network: [`needed`] says which names must be asked, somebody asks
//! them (`transport::dns`), and [`verify`] judges with the answers. Nothing here reaches the network; a name without an answer does not exist.
//!
//! What it cannot do: SPF (RFC 7208) needs the address of the client that delivered, which is not in a mail that comes out of IMAP or a Maildir.
//! The provider, which knew it, may have written its result down; its `Authentication-Results` (RFC 8601) is believed only if it names a server
//! that the office has configured as its own and stands above that server's `Received`. (Gmail writes it below; there DKIM must do.)
//!
//! `mail-auth` decides with the first From while `mail-parser` gives the last: a mail with two is a contradiction here, whatever its signatures.
//! ARC is not read: the IETF is making it historic.

mod domains;
mod judgement;
mod origin;
mod provider;
mod results;
mod trial_letter;
mod verification;
mod zone;

pub use trial_letter::{Asked, SpfFinding, SpfRecord, TrialLetter, needed_of_trial, read_trial};

use crate::mail::parse::headers;
use domains::{domain, may_be_one};
use mail_auth::common::to_a_label;
use mail_auth::{AuthenticatedMessage, dkim::Signature};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Signatures of one mail that are verified; lists and forwarders bring it to four or five.
const MOST_SIGNATURES: usize = 10;
/// Of each kind in [`Questions`]. An ordinary mail needs four or five; more than this only a stuffed one.
const MOST_NAMES: usize = 40;
const LONGEST_NAME: usize = 253;

/// TXT records as the DNS gave them, by name: lower case, no dot at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsAnswers(pub BTreeMap<String, TxtAnswer>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TxtAnswer {
    /// Each record in one piece (RFC 7208 §3.3).
    Found(Vec<String>),
    /// No such name, or no TXT record of that name.
    NotFound,
    /// No answer, or the server could not give one: ask again later.
    Unavailable,
}

/// What was found out about the author of a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Authenticity {
    /// The domain of the first From, in lower case and ASCII form; empty if there is none.
    pub from_domain: String,
    pub dkim: Vec<DkimFinding>,
    pub dmarc: DmarcFinding,
    pub policy: Policy,
    /// A signature of the From domain itself (aligned, RFC 9989 §4.4) is there, whatever became of it.
    pub has_own_signature: bool,
    /// What stands in the mail and is not covered by the signature that speaks for it: names of headers, or "body" where a part of it is left open.
    /// Empty where the office's own server has authenticated the mail.
    pub uncovered: Vec<String>,
    /// A DKIM signature alone authenticates the mail.
    pub by_signature: bool,
    /// What the office's own mail server wrote of the mail: method=result, one after the other.
    pub provider: Option<String>,
    /// It came into being on one of the office's own servers, as Received proves.
    pub from_own_server: bool,
    /// Its author is at home on one of the office's own servers, where mail is not always signed.
    pub is_at_home: bool,
    pub verdict: Verdict,
    /// Why, in plain sentences.
    pub because: Vec<String>,
}

impl Authenticity {
    /// Whether that by which the From is authenticated covers this header too. What a signature leaves open, and all that servers write on the way
    /// (Delivered-To), anybody can put there and send the mail once more.
    pub fn covers(&self, header: &str) -> bool {
        !self.by_signature || verification::PARTS.contains(&header) && !self.uncovered.iter().any(|open| open == header)
    }
}

/// The result of one DKIM signature, named as RFC 8601 §2.7.1 names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DkimFinding {
    /// The domain that signed (`d=`); empty if the signature cannot be read.
    pub domain: String,
    pub result: DkimResult,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DkimResult {
    Pass,
    Fail,
    /// It cannot be told: the body was changed on the way, or the signature has run out.
    Neutral,
    PermError,
    TempError,
}

/// Whether a passing signature is that of the From domain (RFC 9989 §4.4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DmarcFinding {
    Pass,
    Fail,
    /// The domain publishes no record.
    #[default]
    None,
    /// The DNS could not be asked.
    Unavailable,
}

/// What the From domain asks receivers to do with mail that fails (RFC 9989 §4.7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    None,
    Quarantine,
    Reject,
    #[default]
    Absent,
}

pub use crate::domain::trust::AuthenticityVerdict as Verdict;

/// The names whose TXT records [`verify`] needs, lower case, no dot at the end; each once, and so many at most as an honest mail can need.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Questions {
    /// The policy of the From domain and the keys of its own signatures, by which alone a mail is judged.
    pub of_author: Vec<String>,
    /// Keys of others that signed it, for people.
    pub of_others: Vec<String>,
}

/// What must be asked to judge a mail: for each signature `selector._domainkey.domain` (RFC 6376 §3.6.2.1), for the From domain and those of its
/// own signers the tree walk of RFC 9989 §4.10, which is at most eight names each.
pub fn needed(raw: &[u8]) -> Questions {
    // The body is not needed to know whom to ask, and hashing it costs.
    let head = raw.get(..headers::read(raw, |_| false).body).unwrap_or(raw);
    let head = with_network_line_ends(head);
    let mut questions = Questions::default();
    let Some(mut message) = AuthenticatedMessage::parse_with_opts(&head, None, false) else { return questions };
    let Some(from) = message.from.first().and_then(|address| domain(address)) else { return questions };
    first_of_author(&mut message, &from);
    let mut signers = Vec::new();
    questions.of_author = tree_walk(&from);
    for header in &message.dkim_headers {
        if may_be_own(&header.header, &from) {
            questions.of_author.push(key_name(&header.header));
            signers.push(to_a_label(&header.header.d));
        } else {
            questions.of_others.push(key_name(&header.header));
        }
    }
    questions.of_author.extend(signers.iter().flat_map(|signer| tree_walk(signer)));
    let mut seen = std::collections::BTreeSet::new();
    for names in [&mut questions.of_author, &mut questions.of_others] {
        names.retain(|name| is_name(name) && seen.insert(name.clone()));
        names.truncate(MOST_NAMES);
    }
    questions
}

/// Judges a mail with the answers to what was [`needed`]. No answers at all means that the DNS is not asked in this office.
///
/// `own_servers`: the names under which the office's mail servers write `Authentication-Results` (authserv-id). A signature's expiry is compared
/// with the system's clock (mail-auth offers no other): verify at arrival, and keep the result.
pub fn verify(raw: &[u8], answers: &DnsAnswers, own_servers: &[String]) -> Authenticity {
    let from_own_server = origin::is_own_server(raw, own_servers);
    Authenticity { from_own_server, ..verification::verify(&with_network_line_ends(raw), answers, own_servers) }
}

/// Does what verification does once in a process, and needs files for. For a process that gives up the right to open any; otherwise it is done by
/// the first [`verify`].
pub fn prepare() {
    verification::prepare();
}

/// The names of servers that wrote `Authentication-Results` at the top of a mail, where the `Received` below shows that they received it: those that
/// `trusted_authserv_ids` should hold. `head`: the mail up to its body.
pub fn servers_that_wrote_results(head: &[u8]) -> Vec<String> {
    provider::writers(&headers::read(head, |_| false).headers)
}

/// The configured servers whose word about a mail [`verify`] hears. `head`: the mail up to its body.
pub fn servers_heard(head: &[u8], own_servers: &[String]) -> Vec<String> {
    provider::heard(&headers::read(head, |_| false).headers, own_servers)
}

/// Whether one of the names that [`servers_that_wrote_results`] gives is that of a configured server.
pub fn is_own_server(name: &str, own_servers: &[String]) -> bool {
    provider::is_own(name, own_servers)
}

/// Leaves the signatures that are looked at: those that may be the author's own before those of lists and forwarders.
fn first_of_author(message: &mut AuthenticatedMessage<'_>, from: &str) {
    message.dkim_headers.sort_by_key(|header| !may_be_own(&header.header, from));
    message.dkim_headers.truncate(MOST_SIGNATURES);
    message.errors.truncate(MOST_SIGNATURES);
}

fn may_be_own(signature: &Signature, from: &str) -> bool {
    may_be_one(&to_a_label(&signature.d), from)
}

fn key_name(signature: &Signature) -> String {
    format!("{}._domainkey.{}", signature.s, to_a_label(&signature.d)).trim_end_matches('.').to_ascii_lowercase()
}

/// `_dmarc.` before the domain and its parents: all of them if it has up to seven labels, else itself and the last seven on.
fn tree_walk(domain: &str) -> Vec<String> {
    let labels: Vec<&str> = domain.split('.').filter(|label| !label.is_empty()).collect();
    if labels.len() < 2 {
        return Vec::new();
    }
    let lengths = std::iter::once(labels.len()).chain((1..labels.len().min(8)).rev());
    lengths.filter_map(|length| labels.get(labels.len() - length..)).map(|labels| format!("_dmarc.{}", labels.join("."))).collect()
}

/// A name that may be asked: what a mail says is not passed on unseen.
fn is_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
}

/// Signatures are over CR LF (RFC 6376 §5.3); a Maildir keeps LF alone.
fn with_network_line_ends(raw: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    let has_bare = raw.iter().enumerate().any(|(at, byte)| *byte == b'\n' && (at == 0 || raw.get(at - 1) != Some(&b'\r')));
    if !has_bare || raw.windows(2).any(|two| two == b"\r\n") {
        return raw.into();
    }
    let mut lines = Vec::with_capacity(raw.len() + raw.len() / 40);
    for byte in raw {
        if *byte == b'\n' {
            lines.push(b'\r');
        }
        lines.push(*byte);
    }
    lines.into()
}

#[cfg(test)]
mod stories;
