//! What a letter of the office's own shows that has come back to it, and so how the servers of authorities will see its letters: SPF (RFC 7208),
//! DKIM (RFC 6376), and whether either fits the From address as DMARC asks (RFC 9989 §4.10.2).
//!
//! SPF is known only to a server that saw the letter come in from outside. Where none has written it down, what can be looked up is told: whether
//! there is a record at all.

use super::domains::kin;
use super::provider;
use super::{
    DkimFinding, DkimResult, DmarcFinding, DnsAnswers, Policy, TxtAnswer, needed, servers_that_wrote_results, tree_walk, verification,
    verify, with_network_line_ends,
};
use crate::mail::parse::headers;

/// What was read of it. Domains in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialLetter {
    pub from_domain: String,
    /// Of the envelope sender.
    pub envelope_domain: String,
    /// The office's own server that wrote down what it found.
    pub server: Option<String>,
    /// Servers that wrote results and are none of the configured ones.
    pub unheard: Vec<String>,
    /// It went from the office's server into the mailbox, and was never outside.
    pub stayed: bool,
    /// As the own server found it.
    pub spf: Option<SpfFinding>,
    /// A pass of SPF for the envelope sender's domain would count for the From domain.
    pub spf_aligned: bool,
    pub spf_record: Asked<SpfRecord>,
    /// Verified here with the DNS, else as the own server found it; none: nobody could verify what is there.
    pub dkim: Option<Vec<DkimFinding>>,
    /// The domains of all signatures (`d=`), whatever became of them.
    pub signers: Vec<String>,
    /// One of the signatures that hold is the From domain's own.
    pub dkim_aligned: bool,
    pub policy: Asked<Policy>,
}

/// `pass`, `fail`, `softfail`, … (RFC 8601 §2.7.2), for a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpfFinding {
    pub result: String,
    pub domain: String,
}

/// What the DNS was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked<T> {
    /// The office does not ask the DNS.
    Not,
    NoAnswer,
    Answered(T),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpfRecord {
    Absent,
    One,
    /// Which counts as an error (RFC 7208 §4.5).
    Several,
}

/// The names whose TXT records [`read_trial`] needs.
pub fn needed_of_trial(raw: &[u8], envelope_domain: &str) -> Vec<String> {
    let questions = needed(raw);
    let mut names =
        [questions.of_author, questions.of_others, vec![envelope_domain.to_ascii_lowercase()], tree_walk(envelope_domain)].concat();
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// Reads a letter that has come back. `answers`: to what is [`needed_of_trial`]; none means that the DNS is not asked in this office. `own_servers`:
/// as for [`verify`].
pub fn read_trial(raw: &[u8], envelope_domain: &str, answers: &DnsAnswers, own_servers: &[String]) -> TrialLetter {
    let envelope_domain = envelope_domain.to_ascii_lowercase();
    let raw = with_network_line_ends(raw);
    let block = headers::read(&raw, |_| false);
    let head = raw.get(..block.body).unwrap_or(&raw);
    let results = provider::results(&block.headers, own_servers);
    let statements = || results.iter().flat_map(|results| &results.statements);
    let spf = statements().find(|statement| statement.method == "spf").map(|statement| SpfFinding {
        result: statement.result.clone(),
        domain: ["smtp.mailfrom", "smtp.helo"].iter().find_map(|name| statement.domain(name)).unwrap_or(&envelope_domain).to_owned(),
    });
    let verified = verify(&raw, answers, own_servers);
    let from = &verified.from_domain;
    let dns_failed = verified.dmarc == DmarcFinding::Unavailable || verified.dkim.iter().any(|found| found.result == DkimResult::TempError);
    let here = (!answers.0.is_empty() && !dns_failed).then_some(verified.dkim);
    let by_server: Vec<DkimFinding> = statements()
        .filter(|statement| statement.method == "dkim" && statement.result != "none")
        .map(|statement| DkimFinding {
            domain: ["header.d", "header.i"].iter().find_map(|name| statement.domain(name)).unwrap_or_default().to_owned(),
            result: result_named(&statement.result),
            reason: None,
        })
        .collect();
    let dkim = here.or((!by_server.is_empty()).then_some(by_server));
    let policy = match verified.dmarc {
        _ if answers.0.is_empty() => Asked::Not,
        DmarcFinding::Unavailable => Asked::NoAnswer,
        _ => Asked::Answered(verified.policy),
    };
    let holds = |found: &&DkimFinding| found.result == DkimResult::Pass;
    let dkim_aligned = match policy {
        Asked::Answered(Policy::None | Policy::Quarantine | Policy::Reject) => verified.dmarc == DmarcFinding::Pass,
        // Without a record there is no mode of alignment; relaxed is what a record means that says nothing else.
        _ => dkim.iter().flatten().filter(holds).any(|found| kin(&found.domain, from)),
    };
    TrialLetter {
        server: results.first().map(|results| results.server.clone()),
        unheard: servers_that_wrote_results(head).into_iter().filter(|server| !provider::is_own(server, own_servers)).collect(),
        stayed: provider::stayed(&block.headers),
        spf,
        spf_aligned: verification::spf_aligns(&raw, &envelope_domain, answers).unwrap_or_else(|| kin(&envelope_domain, from)),
        spf_record: spf_record(answers, &envelope_domain),
        dkim,
        signers: verification::signers(&raw),
        dkim_aligned,
        policy,
        from_domain: verified.from_domain,
        envelope_domain,
    }
}

fn result_named(word: &str) -> DkimResult {
    match word {
        "pass" => DkimResult::Pass,
        "fail" => DkimResult::Fail,
        "permerror" => DkimResult::PermError,
        "temperror" => DkimResult::TempError,
        _ => DkimResult::Neutral,
    }
}

fn spf_record(answers: &DnsAnswers, domain: &str) -> Asked<SpfRecord> {
    // RFC 7208 §4.5: the version, and then a blank or nothing.
    let is_spf = |record: &&String| {
        let version = record.get(..6).is_some_and(|begins| begins.eq_ignore_ascii_case("v=spf1"));
        version && matches!(record.as_bytes().get(6), None | Some(b' '))
    };
    match answers.0.get(domain) {
        _ if answers.0.is_empty() => Asked::Not,
        Some(TxtAnswer::Found(records)) => Asked::Answered(match records.iter().filter(is_spf).count() {
            0 => SpfRecord::Absent,
            1 => SpfRecord::One,
            _ => SpfRecord::Several,
        }),
        Some(TxtAnswer::NotFound) => Asked::Answered(SpfRecord::Absent),
        Some(TxtAnswer::Unavailable) | None => Asked::NoAnswer,
    }
}
