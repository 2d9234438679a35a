//! What `check --letter` says of the letter that it sent: from what was read of it to findings.

use super::super::{Finding, Gravity, senders};
use super::PART;
use crate::mail::authenticity::{Asked, DkimFinding, DkimResult, Policy, SpfFinding, SpfRecord, TrialLetter};
use crate::transport::Outcome;
use std::time::Duration;

/// What became of handing it over; nothing if the relay took it.
pub(super) fn sent(relay: &str, recipient: &str, outcome: &Outcome) -> Option<Finding> {
    let (gravity, what) = match outcome {
        Outcome::Accepted { .. } => return None,
        Outcome::Unknown { .. } => return Some(word_not_heard(relay)),
        Outcome::RefusedForNow { reply, .. } => {
            (Gravity::Unreachable, format!("{relay} does not take a letter to {recipient} now: {reply}"))
        }
        Outcome::RefusedForGood { reply, .. } => (Gravity::Fault, format!("{relay} refuses a letter to {recipient}: {reply}")),
        Outcome::NotSent { reason } => (Gravity::Unreachable, reason.clone()),
        Outcome::Barred { reason } => (Gravity::Fault, reason.clone()),
    };
    let mend = "that is an address like those that replies go to, and From is the office's own: let the server take both, or see [reply_addresses]";
    Some(Finding { gravity, part: PART, what, mend: mend.to_owned() })
}

/// It may have left all the same.
pub(super) fn word_not_heard(relay: &str) -> Finding {
    let what = format!("{relay} was given the letter, and its last word was not heard");
    Finding::warning(PART, what, "look whether the server is overloaded; letters to authorities would count as unknown")
}

pub(super) fn arrived(place: &str, is_junk: bool, seconds: u64) -> Finding {
    if is_junk {
        let what = format!("the office's own letter came into the Junk folder: {place}");
        let mend = "the office's own filter takes its letters for spam, and others may as well: see below, and ask whoever runs it";
        return Finding::warning(PART, what, mend);
    }
    Finding::good(PART, format!("the office's own letter arrived within {} s: {place}", seconds.max(1)))
}

pub(super) fn not_arrived(address: &str, within: Duration, trouble: Option<String>) -> Finding {
    let trouble = trouble.map(|trouble| format!(" ({trouble})")).unwrap_or_default();
    Finding {
        gravity: Gravity::Unreachable,
        part: PART,
        what: format!("the office's own letter to {address} did not arrive within {} s{trouble}", within.as_secs()),
        mend: "look whether mail to such an address comes into one of the [[mailboxes]] (plus-addresses, or every address of the domain), whether \
               it came back as undeliverable, lies in another folder or in the server's queue; with --wait SECONDS more patience is had"
            .to_owned(),
    }
}

/// What the letter shows.
pub(super) fn told(letter: &TrialLetter) -> Vec<Finding> {
    let unheard = (letter.server.is_none() && !letter.unheard.is_empty()).then(|| {
        let names: Vec<&str> = letter.unheard.iter().map(String::as_str).collect();
        let what = format!("what {} wrote into it of SPF, DKIM and DMARC is not heard", names.join(", "));
        Finding::warning(PART, what, format!("if these are your mail servers, {}", senders::setting(&names)))
    });
    unheard.into_iter().chain([spf(letter), dkim(letter), dmarc(letter)]).collect()
}

fn spf_passes(letter: &TrialLetter) -> bool {
    letter.spf_aligned && letter.spf.as_ref().is_some_and(|spf| spf.result == "pass" && spf.domain == letter.envelope_domain)
}

fn spf(letter: &TrialLetter) -> Finding {
    let TrialLetter { from_domain: from, envelope_domain: envelope, .. } = letter;
    let publish = format!("publish one TXT record at {envelope} that names your relay, as in v=spf1 mx -all; ask whoever runs your DNS");
    match &letter.spf {
        Some(_) if spf_passes(letter) => Finding::good(PART, format!("SPF passes for {envelope}, which fits From ({from})")),
        Some(SpfFinding { result, domain }) if result == "pass" => {
            Finding::warning(PART, format!("SPF passes for {domain}, which does not fit From ({from})"), fit(letter))
        }
        Some(SpfFinding { result, domain }) => Finding::warning(
            PART,
            format!("SPF does not pass for {domain}: {result}"),
            format!("let the SPF record of {domain} name your relay, as in v=spf1 mx -all; ask whoever runs your DNS"),
        ),
        None => {
            let untold = format!("whether SPF passes cannot be read, for {}", why_nothing(letter));
            match letter.spf_record {
                Asked::Answered(SpfRecord::Absent) => {
                    Finding::warning(PART, format!("{envelope} publishes no SPF record; {untold}"), publish)
                }
                Asked::Answered(SpfRecord::Several) => {
                    Finding::warning(PART, format!("{envelope} publishes several SPF records, which count as an error; {untold}"), publish)
                }
                Asked::Answered(SpfRecord::One) if letter.spf_aligned => {
                    Finding::good(PART, format!("{envelope} publishes an SPF record, and fits From ({from}); {untold}"))
                }
                Asked::Answered(SpfRecord::One) => Finding::warning(
                    PART,
                    format!("{envelope} publishes an SPF record, but does not fit From ({from}); {untold}"),
                    fit(letter),
                ),
                Asked::NoAnswer => Finding::warning(PART, format!("the DNS does not answer for {envelope}; {untold}"), "try again later"),
                Asked::Not => Finding::good(PART, format!("{untold}, and the DNS is not asked (dns = false)")),
            }
        }
    }
}

fn fit(letter: &TrialLetter) -> String {
    format!("let replies go to an address under {} ([reply_addresses]), or have letters signed for it (DKIM)", letter.from_domain)
}

fn why_nothing(letter: &TrialLetter) -> String {
    if letter.server.is_some() {
        "your mail server says nothing of it".to_owned()
    } else if !letter.unheard.is_empty() {
        "nobody is named in trusted_authserv_ids who wrote it down".to_owned()
    } else if letter.stayed {
        "the letter never left your mail server, which has nothing to check then".to_owned()
    } else {
        "no mail server wrote down what it found (Authentication-Results)".to_owned()
    }
}

fn dkim(letter: &TrialLetter) -> Finding {
    let from = &letter.from_domain;
    let sign = format!("ask whoever runs your mail server to sign outgoing letters for {from} (DKIM)");
    let Some(found) = letter.dkim.as_ref().filter(|found| !found.is_empty()) else {
        if letter.signers.is_empty() {
            let may_come = if letter.stayed { ", unless your server signs only what leaves it" } else { "" };
            return Finding::warning(
                PART,
                format!("no DKIM signature: authorities' servers may put your letters into spam{may_come}"),
                sign,
            );
        }
        let what = format!("signed (DKIM) by {}; whether that holds is not known", letter.signers.join(", "));
        return match letter.policy {
            Asked::Not => Finding::good(PART, format!("{what}, for the DNS is not asked (dns = false)")),
            _ => Finding::warning(PART, format!("{what}, for the DNS does not answer"), "try again later"),
        };
    };
    let holds: Vec<&str> = found.iter().filter(|found| found.result == DkimResult::Pass).map(|found| found.domain.as_str()).collect();
    if holds.is_empty() {
        let broken: Vec<String> = found.iter().map(broken).collect();
        let mend =
            "look whether the key is published under the signature's selector, and whether something alters letters after they were signed";
        return Finding::warning(PART, format!("no DKIM signature holds: {}", broken.join("; ")), mend);
    }
    if letter.dkim_aligned {
        Finding::good(PART, format!("the DKIM signature of {} holds, and fits From ({from})", holds.join(", ")))
    } else {
        Finding::warning(PART, format!("the DKIM signature of {} holds, but does not fit From ({from})", holds.join(", ")), sign)
    }
}

fn broken(found: &DkimFinding) -> String {
    let domain = if found.domain.is_empty() { "an unreadable domain" } else { &found.domain };
    match &found.reason {
        Some(reason) => format!("{domain} ({reason})"),
        None => domain.to_owned(),
    }
}

fn dmarc(letter: &TrialLetter) -> Finding {
    let from = &letter.from_domain;
    let asks = match letter.policy {
        Asked::Not => return Finding::good(PART, format!("the DMARC policy of {from} is not looked up (dns = false)")),
        Asked::NoAnswer => {
            return Finding::warning(PART, format!("the DNS does not answer for the DMARC policy of {from}"), "try again later");
        }
        Asked::Answered(Policy::Absent) => {
            let mend = format!("publish a TXT record at _dmarc.{from}, to begin with v=DMARC1; p=none: large providers ask for one");
            return Finding::warning(PART, format!("{from} publishes no DMARC policy"), mend);
        }
        Asked::Answered(Policy::None) => "asks nothing to be done with letters that fail (p=none)",
        Asked::Answered(Policy::Quarantine) => "asks that letters that fail go into spam (p=quarantine)",
        Asked::Answered(Policy::Reject) => "asks that letters that fail be refused (p=reject)",
    };
    if spf_passes(letter) || letter.dkim_aligned {
        return Finding::good(PART, format!("DMARC passes; {from} {asks}"));
    }
    let mend = format!("have letters signed for {from} (DKIM), or let SPF pass for a domain that fits it");
    let what = match (&letter.dkim, &letter.spf) {
        // Of what nobody could verify, nothing is known.
        (None, _) if !letter.signers.is_empty() => format!("whether DMARC passes cannot be read; {from} {asks}"),
        (_, None) => format!("DMARC hangs on SPF alone, which could not be read, for no DKIM signature fits From; {from} {asks}"),
        (_, Some(_)) => format!("DMARC fails, for neither SPF nor a DKIM signature fits From; {from} {asks}"),
    };
    Finding::warning(PART, what, mend)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sent from npm.example, with bounces to npm.example, and nothing known yet.
    fn letter() -> TrialLetter {
        TrialLetter {
            from_domain: "npm.example".into(),
            envelope_domain: "npm.example".into(),
            server: None,
            unheard: vec![],
            stayed: false,
            spf: None,
            spf_aligned: true,
            spf_record: Asked::Answered(SpfRecord::One),
            dkim: Some(vec![]),
            signers: vec![],
            dkim_aligned: false,
            policy: Asked::Answered(Policy::Absent),
        }
    }

    fn by_server(spf: &str, domain: &str) -> TrialLetter {
        let spf = Some(SpfFinding { result: spf.into(), domain: domain.into() });
        TrialLetter { server: Some("mx.npm.example".into()), spf, ..letter() }
    }

    fn signed(domain: &str, result: DkimResult) -> TrialLetter {
        let reason = (result != DkimResult::Pass).then(|| "body hash did not verify".to_owned());
        let dkim = Some(vec![DkimFinding { domain: domain.into(), result, reason }]);
        TrialLetter { dkim, signers: vec![domain.into()], dkim_aligned: domain == "npm.example" && result == DkimResult::Pass, ..letter() }
    }

    fn shown(findings: &[Finding]) -> String {
        let line = |finding: &Finding| {
            format!(
                "{:?}: {}{}",
                finding.gravity,
                finding.what,
                if finding.mend.is_empty() { String::new() } else { format!("\n  -> {}", finding.mend) }
            )
        };
        findings.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_is_told_follows_from_what_was_read() {
        let reject = Asked::Answered(Policy::Reject);
        let table = [
            (
                "everything passes",
                TrialLetter {
                    policy: reject,
                    spf: by_server("pass", "npm.example").spf,
                    server: Some("mx.npm.example".into()),
                    ..signed("npm.example", DkimResult::Pass)
                },
            ),
            (
                "the server's domain signs, SPF is for another",
                TrialLetter {
                    policy: reject,
                    spf_aligned: false,
                    envelope_domain: "host.example".into(),
                    spf: by_server("pass", "host.example").spf,
                    server: Some("mx.npm.example".into()),
                    ..signed("host.example", DkimResult::Pass)
                },
            ),
            (
                "a broken signature, and SPF fails",
                TrialLetter {
                    policy: Asked::Answered(Policy::Quarantine),
                    spf: by_server("softfail", "npm.example").spf,
                    server: Some("mx.npm.example".into()),
                    ..signed("npm.example", DkimResult::Neutral)
                },
            ),
            ("nothing at all", TrialLetter { stayed: true, spf_record: Asked::Answered(SpfRecord::Absent), ..letter() }),
            (
                "stayed in the house, signed",
                TrialLetter { stayed: true, policy: Asked::Answered(Policy::None), ..signed("npm.example", DkimResult::Pass) },
            ),
            ("stayed in the house, unsigned, with a policy", TrialLetter { stayed: true, policy: reject, ..letter() }),
            (
                "a server that is not named",
                TrialLetter { unheard: vec!["mx.npm.example".into()], spf_record: Asked::Answered(SpfRecord::Several), ..letter() },
            ),
            (
                "the DNS is not asked",
                TrialLetter { dkim: None, signers: vec!["npm.example".into()], spf_record: Asked::Not, policy: Asked::Not, ..letter() },
            ),
            (
                "the DNS does not answer",
                TrialLetter {
                    dkim: None,
                    signers: vec!["npm.example".into()],
                    spf_record: Asked::NoAnswer,
                    policy: Asked::NoAnswer,
                    ..letter()
                },
            ),
        ];
        let all: Vec<String> = table.iter().map(|(case, letter)| format!("# {case}\n{}", shown(&told(letter)))).collect();
        insta::assert_snapshot!(all.join("\n\n"));
    }
}
