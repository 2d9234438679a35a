//! What a mail would be linked to, and why: its sender's proof, the evidence that the register knows, and the domain's verdict on both.

use super::gathering::Gathered;
use crate::domain::identity::MailId;
use crate::domain::linking::{self, LinkingHeaders, signature_reach};
use crate::domain::reply_address::ReplyAddresses;
use crate::domain::trust::{JudgedSender, Proven, Signing, proof_of_place, proven, proven_by_the_mail_alone};
use crate::mail::Understood;
use crate::mail::authenticity::{Authenticity, Policy};
use crate::mail::message::Mailbox;
use crate::mail::understood::Kind;
use crate::register::{Reader, RegisterError};
use jiff::Timestamp;

/// What a mail would be linked to, and why; changes nothing. `mail`: its number, if it has one. `asked_enough`: the DNS was asked for as long as
/// it is.
///
/// # Errors
///
/// Where the register cannot be read.
pub fn verdict_on(
    reader: &Reader,
    addresses: &ReplyAddresses,
    mail: Option<MailId>,
    understood: &Understood,
    received_at: Timestamp,
    authenticity: Option<&Authenticity>,
    asked_enough: bool,
) -> Result<(Gathered, linking::Verdict), RegisterError> {
    let proven = proof_of(reader, understood, authenticity, asked_enough)?;
    let mut gathered = reader.gather(mail, understood, received_at, addresses, proven)?;
    let covers = |header: &str| authenticity.is_none_or(|authenticity| authenticity.covers(header));
    let (proof, why) = proof_of_place(gathered.mail.proof, signature_reach(&linking_headers(understood), covers, &gathered.evidence));
    gathered.mail.proof = proof;
    let mut verdict = linking::judge(&gathered.mail, &gathered.evidence, &gathered.facts);
    verdict.because.extend(why.map(str::to_owned));
    Ok((gathered, verdict))
}

/// The headers by which a mail is linked to a request.
fn linking_headers(understood: &Understood) -> LinkingHeaders<'_> {
    fn addresses(mailboxes: &[Mailbox]) -> Vec<&str> {
        mailboxes.iter().filter_map(|mailbox| mailbox.address.as_deref()).collect()
    }
    LinkingHeaders {
        to: addresses(&understood.to),
        cc: addresses(&understood.cc),
        in_reply_to: &understood.in_reply_to,
        references: &understood.references,
        is_returned: understood.kind == Kind::Bounce && understood.return_path.as_deref() == Some(""),
    }
}

fn proof_of(
    reader: &Reader,
    understood: &Understood,
    authenticity: Option<&Authenticity>,
    asked_enough: bool,
) -> Result<Proven, RegisterError> {
    let Some(authenticity) = authenticity else {
        // Where nobody is asked, and no server's word counts.
        let from = understood.from.iter().filter_map(|mailbox| mailbox.address.as_deref());
        return Ok(proven_by_the_mail_alone(from, understood.ambiguous.as_deref() == Some("From")));
    };
    let sender = JudgedSender {
        verdict: authenticity.verdict,
        because: &authenticity.because,
        from_domain: &authenticity.from_domain,
        is_certified: understood.certified_by.is_some(),
        asked_enough,
        has_own_signature: authenticity.has_own_signature,
        is_at_home: authenticity.is_at_home,
        asks_for_nothing: authenticity.policy == Policy::None,
    };
    let so_far = if sender.depends_on_signing() { reader.signing_of(sender.from_domain)? } else { Signing::default() };
    Ok(proven(&sender, so_far))
}
