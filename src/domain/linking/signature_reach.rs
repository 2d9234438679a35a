//! Whether the evidence that links a mail stands in headers which the signature of its sender's domain covers. What it does not cover, anybody can
//! add to a signed mail of somebody else.

use super::evidence::{Evidence, EvidenceKind};
use crate::domain::trust::SignatureReach;

/// The headers of a mail by which it is linked to a request.
#[derive(Debug, Clone, Default)]
pub struct LinkingHeaders<'a> {
    /// Addresses, in any case.
    pub to: Vec<&'a str>,
    pub cc: Vec<&'a str>,
    /// Message-IDs without angle brackets.
    pub in_reply_to: &'a [String],
    pub references: &'a [String],
    /// A report of non-delivery with the null return path (RFC 5321 §4.5.5).
    pub is_returned: bool,
}

/// `covers`: whether the signature by which the From domain is authenticated covers the header of that name too.
pub fn signature_reach(headers: &LinkingHeaders<'_>, covers: impl Fn(&str) -> bool, evidence: &[Evidence]) -> SignatureReach {
    let is_in = |addresses: &[&str], address: &str| addresses.iter().any(|found| found.eq_ignore_ascii_case(address));
    let is_signed = |evidence: &Evidence| match evidence.kind {
        EvidenceKind::ReplyAddress => {
            covers("To") && is_in(&headers.to, &evidence.detail)
                || covers("Cc") && is_in(&headers.cc, &evidence.detail)
                || covers("Delivered-To")
        }
        EvidenceKind::Thread => {
            covers("In-Reply-To") && headers.in_reply_to.contains(&evidence.detail)
                || covers("References") && headers.references.contains(&evidence.detail)
        }
        kind => !kind.is_weak(),
    };
    let is_carried = |evidence: &&Evidence| matches!(evidence.kind, EvidenceKind::ReplyAddress | EvidenceKind::Thread);
    let is_signed_for = |request| evidence.iter().any(|other| other.request == request && is_signed(other));
    let to_envelope = evidence.iter().any(|evidence| evidence.kind == EvidenceKind::BounceAddress);
    SignatureReach {
        outside_signature: evidence.iter().filter(is_carried).any(|evidence| !is_signed_for(evidence.request)),
        report_to_envelope: to_envelope && headers.is_returned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identity::RequestId;

    #[test]
    fn what_carries_a_mail_counts_as_far_as_the_signature_reaches() {
        let threads = ["ours@npm.example".to_owned()];
        let headers =
            LinkingHeaders { to: vec!["NPM+r1@npm.example"], in_reply_to: &threads, references: &threads, ..LinkingHeaders::default() };
        let evidence = |kind, detail: &str| Evidence { request: RequestId(1), kind, detail: detail.into(), letter: None };
        let address = || evidence(EvidenceKind::ReplyAddress, "npm+r1@npm.example");
        let thread = || evidence(EvidenceKind::Thread, "ours@npm.example");
        let bcc = || evidence(EvidenceKind::ReplyAddress, "npm+r2@npm.example");
        let reference = || evidence(EvidenceKind::ReferenceInSubject, "NPM-2026-0001-X");
        let of_another = || Evidence { request: RequestId(2), ..thread() };
        for (covered, evidence, outside) in [
            (vec!["To"], vec![address()], false),
            (vec!["Cc", "References"], vec![address()], true),
            (vec!["Delivered-To"], vec![bcc()], false),
            (vec!["To", "Cc"], vec![bcc()], true),
            (vec!["To"], vec![address(), bcc()], false),
            (vec!["References"], vec![thread()], false),
            (vec!["In-Reply-To"], vec![thread()], false),
            (vec![], vec![thread()], true),
            (vec![], vec![thread(), reference()], false),
            (vec!["To"], vec![address(), of_another()], true),
            (vec![], vec![reference()], false),
        ] {
            let found = signature_reach(&headers, |header| covered.contains(&header), &evidence);
            assert_eq!(found.outside_signature, outside, "{covered:?} {evidence:?}");
            assert!(!found.report_to_envelope);
        }
    }

    #[test]
    fn a_report_is_proven_by_the_envelope_address_that_it_came_to() {
        let to_envelope =
            [Evidence { request: RequestId(1), kind: EvidenceKind::BounceAddress, detail: "npm+b1@npm.example".into(), letter: None }];
        for (is_returned, evidence, expected) in [(true, &to_envelope[..], true), (false, &to_envelope[..], false), (true, &[], false)] {
            let headers = LinkingHeaders { is_returned, ..LinkingHeaders::default() };
            assert_eq!(signature_reach(&headers, |_| true, evidence).report_to_envelope, expected);
        }
    }
}
