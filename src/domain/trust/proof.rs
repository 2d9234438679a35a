//! How well it is proven who wrote a mail: by what its domain and the office's own server say of it, by what its domain has done so far, and by
//! what links it to its request.

use super::Proof;
use crate::domain::kind::Kind;
use serde::{Deserialize, Serialize};

/// What could be told of a mail's author at its arrival (`mail::authenticity`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticityVerdict {
    /// It is signed, or sent by servers, as the policy of the From domain demands (DMARC).
    Authentic,
    /// Nothing proves it and nothing speaks against it.
    #[default]
    Unproven,
    /// The From domain publishes a policy that this mail does not meet, as happens to genuine mail each day (a banner added, a list, a forward).
    PolicyUnmet,
    /// The office's own server, which saw the mail come in, says that it fails its domain's policy; or it is not clear who the author is.
    Contradicted,
    /// The DNS gave no answer about the From domain: judge again later.
    TryAgain,
}

/// How well it is proven who wrote a mail, and what speaks against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    pub proof: Proof,
    /// In sentences; may be empty.
    pub because: String,
}

/// What is known of the sender of a mail that was judged at its arrival.
#[derive(Debug, Clone, Copy)]
pub struct JudgedSender<'a> {
    pub verdict: AuthenticityVerdict,
    /// Why, in sentences.
    pub because: &'a [String],
    pub from_domain: &'a str,
    /// It came in a provider's certified envelope (RFC 6109): who writes the letter in it is the envelope's word alone.
    pub is_certified: bool,
    /// The DNS was asked for as long as it is ([`super::asked_long_enough`]).
    pub asked_enough: bool,
    /// A signature of the From domain itself is there, whatever became of it.
    pub has_own_signature: bool,
    /// Its author is at home on one of the office's own servers, where mail is not always signed.
    pub is_at_home: bool,
    /// The domain's policy asks for nothing (p=none).
    pub asks_for_nothing: bool,
}

/// What a domain has done so far: mails that were judged for the first time, with a signature of its own and without.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signing {
    pub signed: u32,
    pub unsigned: u32,
    /// A person has said of one without that it is the authority's letter.
    pub unsigned_by_a_person: bool,
}

impl JudgedSender<'_> {
    /// Whether it counts what its domain has done so far: mail without any signature, of a domain that may always sign.
    pub fn depends_on_signing(&self) -> bool {
        let is_open = matches!(self.verdict, AuthenticityVerdict::PolicyUnmet | AuthenticityVerdict::Unproven);
        is_open && !self.has_own_signature && !self.is_at_home && !self.asks_for_nothing
    }
}

/// How well the sender is proven. `so_far`: of its domain, where [`JudgedSender::depends_on_signing`].
pub fn proven(sender: &JudgedSender<'_>, so_far: Signing) -> Proven {
    let always_signed = sender.depends_on_signing() && always_signs(so_far);
    let proof = match sender.verdict {
        AuthenticityVerdict::Authentic if sender.is_certified => Proof::NotProven,
        AuthenticityVerdict::Authentic => Proof::Authentic,
        AuthenticityVerdict::Contradicted => Proof::Contradicted,
        AuthenticityVerdict::TryAgain if !sender.asked_enough => Proof::NotYetKnown,
        // Its policy is not known, and it may ask for nothing (p=none).
        AuthenticityVerdict::TryAgain => Proof::NotProven,
        _ if always_signed => Proof::Contradicted,
        AuthenticityVerdict::PolicyUnmet => Proof::PolicyUnmet,
        AuthenticityVerdict::Unproven => Proof::NotProven,
    };
    let because = if always_signed {
        format!("{} has always signed its mail, and this one is not.", sender.from_domain)
    } else {
        sender.because.join(" ")
    };
    Proven { proof, because }
}

/// The same where nobody is asked, and no server's word counts. `from`: the addresses in From; `is_ambiguous`: From stands there more than once.
pub fn proven_by_the_mail_alone<'a>(from: impl IntoIterator<Item = &'a str>, is_ambiguous: bool) -> Proven {
    if !names_one_author(from) || is_ambiguous {
        let because = "It has more than one From: which of them wrote it cannot be told.".to_owned();
        return Proven { proof: Proof::Contradicted, because };
    }
    Proven { proof: Proof::NotProven, because: String::new() }
}

/// Whether a mail that was judged tells what its domain does. A mail counts once; a forgery says nothing of the domain; nor does a report, which
/// domains that sign all their letters send unsigned.
pub fn tells_of_its_domain(is_first_time: bool, proof: Proof, kind: Kind) -> bool {
    is_first_time && proof != Proof::Contradicted && kind != Kind::Bounce
}

/// Where that which carries a mail to its requests stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct SignatureReach {
    /// Nothing of what carries it to one of them is covered by the signature of the From domain: a signed mail to somebody else can be sent
    /// once more with our address on it.
    pub outside_signature: bool,
    /// It is a report of non-delivery, with the null return path (RFC 5321 §4.5.5), to the signed envelope address of a delivery.
    pub report_to_envelope: bool,
}

/// How well a mail's sender is proven where the mail is carried to, with a reason if that is less or more than for the mail by itself. What proves a
/// report is the address that it came to; the daemons of domains that guard themselves often send unsigned.
pub fn proof_of_place(proof: Proof, signature_reach: SignatureReach) -> (Proof, Option<&'static str>) {
    match proof {
        Proof::Authentic if signature_reach.outside_signature => {
            (Proof::NotProven, Some("what carries it to the request is not covered by the sender's signature"))
        }
        Proof::Contradicted if signature_reach.report_to_envelope => {
            (Proof::NotProven, Some("whoever its From names, it came to the signed envelope address of the letter"))
        }
        _ => (proof, None),
    }
}

/// Whether the addresses in From (in any case) name one author. RFC 5322 §3.6.2 lets several people stand there, with a Sender, and none of them has
/// to have been asked: a signature authenticates the domain, which they all share. Mail programs of offices write one.
pub fn names_one_author<'a>(addresses: impl IntoIterator<Item = &'a str>) -> bool {
    let mut addresses = addresses.into_iter();
    let first = addresses.next();
    addresses.all(|other| first.is_some_and(|first| first.eq_ignore_ascii_case(other)))
}

/// Mails with and without a signature of the domain, before a missing one speaks against the sender.
const SIGNED_SO_FAR: u32 = 5;

/// Whether a domain has always signed its mail: then one without any signature of it is not believed. One without that a person has said to be the
/// authority's letter ends it: few are asked for, since only mail without a signature is asked about.
pub fn always_signs(so_far: Signing) -> bool {
    so_far.signed >= SIGNED_SO_FAR && so_far.unsigned == 0 && !so_far.unsigned_by_a_person
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_addresses_in_from_are_two_authors_of_one_domain_too() {
        assert!(names_one_author([]) && names_one_author(["a@moj.example", "A@MOJ.example"]));
        assert!(
            !names_one_author(["a@moj.example", "b@moj.example"]) && !names_one_author(["a@moj.example", "a@moj.example", "x@y.example"])
        );
    }

    #[test]
    fn a_proof_reaches_as_far_as_what_was_signed_and_a_report_is_proven_by_where_it_came_to() {
        let replayed = SignatureReach { outside_signature: true, ..SignatureReach::default() };
        let report = SignatureReach { report_to_envelope: true, ..SignatureReach::default() };
        for proof in Proof::ALL {
            assert_eq!(proof_of_place(proof, SignatureReach::default()).0, proof);
            assert_eq!(proof_of_place(proof, replayed).0, if proof == Proof::Authentic { Proof::NotProven } else { proof });
            assert_eq!(proof_of_place(proof, report).0, if proof == Proof::Contradicted { Proof::NotProven } else { proof });
        }
    }

    #[test]
    fn a_domain_that_once_sent_unsigned_may_do_so_again() {
        let so_far = |signed, unsigned| Signing { signed, unsigned, unsigned_by_a_person: false };
        assert!(always_signs(so_far(5, 0)) && !always_signs(so_far(4, 0)) && !always_signs(so_far(500, 1)));
        assert!(!always_signs(Signing { unsigned_by_a_person: true, ..so_far(500, 0) }));
    }

    /// A line a verdict: as it is, in a certified envelope, once the DNS was asked for long enough, and without a signature of a domain that always
    /// signs.
    #[test]
    fn how_well_a_sender_is_proven() {
        use AuthenticityVerdict::{Authentic, Contradicted, PolicyUnmet, TryAgain, Unproven};
        let always = Signing { signed: 5, ..Signing::default() };
        let mut lines = Vec::new();
        for verdict in [Authentic, Unproven, PolicyUnmet, Contradicted, TryAgain] {
            let plain = JudgedSender {
                verdict,
                because: &[],
                from_domain: "moj.example",
                is_certified: false,
                asked_enough: false,
                has_own_signature: true,
                is_at_home: false,
                asks_for_nothing: false,
            };
            let certified = JudgedSender { is_certified: true, ..plain };
            let asked = JudgedSender { asked_enough: true, ..plain };
            let unsigned = JudgedSender { has_own_signature: false, ..plain };
            let cells = [(plain, always), (certified, always), (asked, always), (unsigned, always), (unsigned, Signing::default())];
            let cells = cells.map(|(sender, so_far)| format!("{:?}", proven(&sender, so_far).proof));
            lines.push(format!("{verdict:?}: {}", cells.join(", ")));
            for excused in [JudgedSender { is_at_home: true, ..unsigned }, JudgedSender { asks_for_nothing: true, ..unsigned }] {
                assert_eq!(proven(&excused, always).proof, proven(&plain, always).proof, "{excused:?}");
            }
        }
        insta::assert_snapshot!(lines.join("\n"), @r"
        Authentic: Authentic, NotProven, Authentic, Authentic, Authentic
        Unproven: NotProven, NotProven, NotProven, Contradicted, NotProven
        PolicyUnmet: PolicyUnmet, PolicyUnmet, PolicyUnmet, Contradicted, PolicyUnmet
        Contradicted: Contradicted, Contradicted, Contradicted, Contradicted, Contradicted
        TryAgain: NotYetKnown, NotYetKnown, NotProven, NotYetKnown, NotYetKnown
        ");
    }

    #[test]
    fn without_the_dns_only_two_authors_speak_against_a_mail() {
        let proof = |from: &[&'static str], ambiguous| proven_by_the_mail_alone(from.iter().copied(), ambiguous).proof;
        assert_eq!(proof(&["a@moj.example"], false), Proof::NotProven);
        assert_eq!(proof(&["a@moj.example"], true), Proof::Contradicted);
        assert_eq!(proof(&["a@moj.example", "b@moj.example"], false), Proof::Contradicted);
    }

    #[test]
    fn a_domain_is_known_by_letters_that_are_no_forgeries_each_once() {
        for kind in Kind::ALL {
            for proof in Proof::ALL {
                let tells = proof != Proof::Contradicted && kind != Kind::Bounce;
                assert_eq!(tells_of_its_domain(true, proof, kind), tells, "{kind:?} {proof:?}");
                assert!(!tells_of_its_domain(false, proof, kind));
            }
        }
    }
}
