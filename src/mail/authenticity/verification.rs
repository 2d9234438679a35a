//! Gathers what the judgement needs: DKIM and DMARC by `mail-auth`, the own server's word, and who the author is at all.

use super::domains::{domain, kin, signer, within};
use super::judgement::{self, BODY, Facts, OwnSignature};
use super::provider;
use super::zone::Zone;
use super::{Authenticity, DkimFinding, DkimResult, DmarcFinding, DnsAnswers, MOST_SIGNATURES, Policy, Verdict, first_of_author};
use crate::domain::trust::names_one_author;
use crate::mail::address;
use crate::mail::certified;
use crate::mail::message::Headers;
use crate::mail::parse::headers;
use futures::FutureExt;
use mail_auth::common::headers::Header;
use mail_auth::common::to_a_label;
use mail_auth::dkim::{DkimError, Signature};
use mail_auth::dmarc::{Policy as Published, verify::DmarcParameters};
use mail_auth::hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult as Found, DmarcOutput, DmarcResult, Error, MessageAuthenticator, SpfOutput, SpfResult,
};
use std::sync::LazyLock;

/// It holds a resolver, though none is asked; building one reads the system's certificates, which takes milliseconds.
static AUTHENTICATOR: LazyLock<Option<MessageAuthenticator>> =
    LazyLock::new(|| MessageAuthenticator::new(ResolverConfig::default(), ResolverOpts::default()).ok());

/// Signatures of one mail that may name a length of the body (`l=`, RFC 6376 §3.5): each costs a hash of its own.
const MOST_LENGTHS: usize = 3;

/// What a verdict speaks of beside the From, if it is there.
pub const PARTS: [&str; 9] =
    ["Subject", "Content-Type", "Content-Transfer-Encoding", "To", "Cc", "In-Reply-To", "References", "Reply-To", "Date"];

pub fn prepare() {
    LazyLock::force(&AUTHENTICATOR);
}

pub fn verify(raw: &[u8], answers: &DnsAnswers, own_servers: &[String]) -> Authenticity {
    let mut authenticity = Authenticity::default();
    let Some(mut message) = parsed(raw) else {
        authenticity.because.push("It has no headers that could be verified.".to_owned());
        return authenticity;
    };
    let head = headers::read(raw, |_| false).headers;
    let domains: Vec<String> = message.from.iter().filter_map(|address| domain(address)).collect();
    let froms = message.headers.iter().filter(|(name, _)| name.trim_ascii_end().eq_ignore_ascii_case(b"from")).count();
    authenticity.from_domain = domains.first().cloned().unwrap_or_default();
    let word = provider::read(&head, own_servers, &authenticity.from_domain);
    authenticity.provider = word.as_ref().map(|word| word.text.clone());
    // The rest of this program reads From by itself: where the two readings differ, one domain would authenticate an address of another.
    let written = mailboxes(&head);
    let elsewhere = |domain: &String| *domain != authenticity.from_domain;
    let is_by_one =
        |addresses: &[String]| names_one_author(addresses.iter().map(String::as_str).filter(|address| domain(address).is_some()));
    let is_by_several = froms > 1 || !is_by_one(&message.from) || !is_by_one(&written.addresses);
    if is_by_several || domains.iter().chain(&written.domains).any(elsewhere) {
        authenticity.verdict = Verdict::Contradicted;
        authenticity.because.push("It has more than one From: which of them wrote it cannot be told.".to_owned());
        return authenticity;
    }
    if authenticity.from_domain.is_empty() {
        authenticity.because.push("Its From names no domain that could authenticate it.".to_owned());
        return authenticity;
    }
    if written.has_borrowed_name {
        // Not the name itself: this sentence may be in digests, which quote no forger.
        authenticity.because.push(format!(
            "Its author goes by the name of an address of another domain, but the address is one of {}.",
            authenticity.from_domain
        ));
    }
    first_of_author(&mut message, &authenticity.from_domain);
    let signed = ask(&message, &head, answers, &mut authenticity);
    let from = authenticity.from_domain.as_str();
    let own = match &signed {
        Signed::Holds(uncovered) => OwnSignature::Holds { uncovered },
        Signed::Unknown => OwnSignature::Unknown,
        Signed::HoldsNot if authenticity.has_own_signature => OwnSignature::Fails,
        Signed::HoldsNot => OwnSignature::Absent,
    };
    let on_own_server = own_servers.iter().any(|own| within(own, from));
    let is_at_home = on_own_server || word.as_ref().is_some_and(|word| word.submitted && word.by_account_of_author);
    let facts = Facts { from, policy: authenticity.policy, own, word: word.as_ref(), on_own_server, is_at_home };
    authenticity.verdict = judgement::judge(&facts, &mut authenticity.because);
    authenticity.is_at_home = is_at_home;
    // What the office's own server has authenticated, it has as a whole: all headers and the whole text.
    if let Signed::Holds(uncovered) = signed
        && !word.is_some_and(|word| word.authenticates || word.submitted && on_own_server)
    {
        authenticity.by_signature = authenticity.verdict == Verdict::Authentic;
        authenticity.uncovered = uncovered;
    }
    if written.in_envelope && authenticity.verdict == Verdict::Authentic {
        authenticity.verdict = Verdict::Unproven;
        authenticity
            .because
            .push("That is the provider of an envelope of certified mail; who wrote the letter in it is the envelope's word.".to_owned());
    }
    authenticity
}

/// With signatures over the first part of a body as well, unless there are so many that to hash it for each would cost too much.
fn parsed(raw: &[u8]) -> Option<AuthenticatedMessage<'_>> {
    let message = AuthenticatedMessage::parse(raw)?;
    let of_a_part = |header: &&Header<'_, Error>| header.header == Error::Dkim(DkimError::SignatureLength);
    match message.errors.iter().filter(of_a_part).count() {
        1..=MOST_LENGTHS => AuthenticatedMessage::parse_with_opts(raw, None, false),
        _ => Some(message),
    }
}

/// The first From as the rest of this program reads it.
struct Written {
    addresses: Vec<String>,
    domains: Vec<String>,
    /// A display name that holds an address of another domain, which is what many mail clients show alone.
    has_borrowed_name: bool,
    /// The author is not who this From says, but who the letter inside says.
    in_envelope: bool,
}

fn mailboxes(head: &Headers) -> Written {
    let found = head.first("From").map(address::read).unwrap_or_default();
    let addresses: Vec<String> = found.iter().filter_map(|mailbox| mailbox.address.clone()).collect();
    let domains: Vec<String> = addresses.iter().filter_map(|address| domain(address)).collect();
    let has_borrowed_name = found.into_iter().filter_map(|mailbox| mailbox.name).any(|name| {
        let mut words = name.split(|character: char| character.is_whitespace() || "<>()[],;\"'".contains(character));
        words.any(|word| domain(word).is_some_and(|other| other.contains('.') && !domains.contains(&other)))
    });
    Written { addresses, domains, has_borrowed_name, in_envelope: certified::is_envelope(head) }
}

/// What became of the From domain's own signatures.
enum Signed {
    /// One holds; what it leaves open.
    Holds(Vec<String>),
    HoldsNot,
    Unknown,
}

/// DKIM and DMARC with what the DNS said.
fn ask(message: &AuthenticatedMessage<'_>, head: &Headers, answers: &DnsAnswers, authenticity: &mut Authenticity) -> Signed {
    let from = authenticity.from_domain.clone();
    let broken = message.errors.iter().filter(|header| header.name.eq_ignore_ascii_case(b"dkim-signature"));
    let has_broken = broken.filter_map(|header| signer(header.value)).any(|signer| kin(&signer, &from));
    // Without the policy nobody knows what else counts as the domain's own.
    authenticity.has_own_signature = has_broken || message.dkim_headers.iter().any(|header| kin(&to_a_label(&header.header.d), &from));
    if answers.0.is_empty() {
        authenticity.because.push("The DNS was not asked, so that its signatures could not be verified.".to_owned());
        return Signed::HoldsNot;
    }
    let zone = Zone::of(answers);
    let verified = AUTHENTICATOR.as_ref().and_then(|authenticator| {
        // Every question is answered from the zone, so that the future has nothing to wait for. If it wants to, that is no result.
        async {
            let dkim = authenticator.verify_dkim(zone.parameters(message)).await;
            let spf = SpfOutput::default();
            let dmarc = authenticator.verify_dmarc(zone.parameters(DmarcParameters::new(message, &dkim, "", &spf))).await;
            let mut own = Vec::with_capacity(dkim.len());
            for output in &dkim {
                own.push(match output.signature() {
                    None => false,
                    Some(signature) if to_a_label(&signature.d) == from => true,
                    Some(signature) => {
                        let as_if_it_held = [DkimOutput::pass().with_signature(signature)];
                        let parameters = zone.parameters(DmarcParameters::new(message, &as_if_it_held, "", &spf));
                        matches!(authenticator.verify_dmarc(parameters).await.dkim_result(), DmarcResult::Pass)
                    }
                });
            }
            let uncovered = dkim
                .iter()
                .zip(&own)
                .filter(|(output, own)| **own && *output.result() == Found::Pass)
                .filter_map(|(output, _)| Some(uncovered(message, head, output.signature()?)))
                .min_by_key(|uncovered| (judgement::grave(uncovered).len(), uncovered.len()));
            let is_silent = dkim.iter().zip(&own).any(|(output, own)| *own && matches!(output.result(), Found::TempError(_)));
            (dkim.iter().map(finding).collect::<Vec<_>>(), dmarc, own.contains(&true), uncovered, is_silent)
        }
        .now_or_never()
    });
    let Some((dkim, dmarc, has_own_signature, uncovered, is_silent)) = verified else {
        authenticity.dmarc = DmarcFinding::Unavailable;
        return Signed::Unknown;
    };
    authenticity.dmarc = compliance(&dmarc);
    authenticity.policy = match (dmarc.dmarc_record(), dmarc.policy()) {
        (None, _) => Policy::Absent,
        (Some(_), Published::Reject) => Policy::Reject,
        (Some(_), Published::Quarantine) => Policy::Quarantine,
        (Some(_), Published::None | Published::Unspecified) => Policy::None,
    };
    if authenticity.dmarc != DmarcFinding::Unavailable {
        authenticity.has_own_signature = has_own_signature || has_broken;
    }
    tell(&dkim, &mut authenticity.because);
    authenticity.dkim = dkim;
    match uncovered {
        Some(uncovered) => Signed::Holds(uncovered),
        None if is_silent || authenticity.dmarc == DmarcFinding::Unavailable => Signed::Unknown,
        None => Signed::HoldsNot,
    }
}

/// Whether a pass of SPF for `domain` would count for the From domain, by the mode that its policy names. None: it publishes no policy, or the DNS
/// was not to be had.
pub fn spf_aligns(raw: &[u8], domain: &str, answers: &DnsAnswers) -> Option<bool> {
    let message = AuthenticatedMessage::parse(raw)?;
    let (zone, passed) = (Zone::of(answers), SpfOutput::new(domain.to_owned()).with_result(SpfResult::Pass));
    let parameters = zone.parameters(DmarcParameters::new(&message, &[], domain, &passed));
    match AUTHENTICATOR.as_ref()?.verify_dmarc(parameters).now_or_never()?.spf_result() {
        DmarcResult::Pass => Some(true),
        DmarcResult::Fail(_) => Some(false),
        _ => None,
    }
}

/// The domains of all signatures, each once, those among them that cannot be read as a whole.
pub fn signers(raw: &[u8]) -> Vec<String> {
    let head = headers::read(raw, |_| false).headers;
    let mut signers: Vec<String> = head.all("DKIM-Signature").filter_map(|value| signer(value.as_bytes())).collect();
    signers.dedup();
    signers.truncate(MOST_SIGNATURES);
    signers
}

/// Parts that stand in the mail and that this signature does not cover, a second header of a name that it covers once among them.
fn uncovered(message: &AuthenticatedMessage<'_>, head: &Headers, signature: &Signature) -> Vec<String> {
    let mut open: Vec<String> = PARTS
        .iter()
        .filter(|part| {
            let named = signature.h.iter().filter(|name| name.eq_ignore_ascii_case(part)).count();
            let found = message.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(part.as_bytes())).count();
            let at_all = message.headers.iter().filter(|(name, _)| name.trim_ascii().eq_ignore_ascii_case(part.as_bytes())).count();
            at_all.max(head.all(part).count()) > named.min(found)
        })
        .map(|part| (*part).to_owned())
        .collect();
    let body = message.raw_body();
    // mail-auth counts `l=` in bytes of the body as it came; 0 stands for none.
    let rest = usize::try_from(signature.l).ok().filter(|length| *length > 0).and_then(|length| body.get(length..));
    if rest.is_some_and(|rest| !rest.trim_ascii().is_empty()) {
        open.push(BODY.to_owned());
    }
    open
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

fn tell(dkim: &[DkimFinding], because: &mut Vec<String>) {
    let shown = |finding: &DkimFinding| if finding.domain.is_empty() { "an unreadable domain".to_owned() } else { finding.domain.clone() };
    because.extend(dkim.iter().take(2 * MOST_SIGNATURES).map(|finding| match (finding.result, &finding.reason) {
        (DkimResult::Pass, _) => format!("{} signed it, and the signature holds.", finding.domain),
        (_, Some(reason)) => format!("The signature of {} does not hold: {reason}.", shown(finding)),
        (_, None) => format!("The signature of {} says nothing.", shown(finding)),
    }));
}
