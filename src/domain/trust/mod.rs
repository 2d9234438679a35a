//! Who wrote a mail decides what it may do by itself (promises 5 and 6).
//!
//! Where a mail belongs is one question (`linking`), what it may do there another: complete a request, end reminders, state a position. This
//! is the only place that answers the second one: from what the writer is to the request's authority, how well it is proven that the writer
//! is the one whom the mail names, and what links the mail to the request. docs/trust.md shows the same table.

mod asking_dns;
mod proof;
mod remembered;
mod same_mailbox;
mod writer;

pub use asking_dns::{asked_long_enough, judged_again_after};
pub use proof::{
    AuthenticityVerdict, JudgedSender, Proven, SignatureReach, Signing, names_one_author, proof_of_place, proven, proven_by_the_mail_alone,
    tells_of_its_domain,
};
pub use remembered::{LinkedSender, NotRemembered, Remember, may_be_remembered};
pub use same_mailbox::{is_passed_on, is_same_mailbox, mailbox_of};
pub use writer::{JointMembership, KnownAddress, KnownAs, Sender, domains_that_speak, writer_here, writer_to};

use serde::{Deserialize, Serialize};

/// What the writer of a mail is to the authority of a request, by the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Writer {
    /// The authority itself: somebody who holds a post there, one of its domains, or an address that a person has confirmed.
    Authority,
    /// An authority that supervises it at any height, or one that it supervises.
    Related,
    /// A service that writes for it (`sends_for` in the directory): a ticket desk, a shared centre.
    Service,
    /// A domain or address that it shares with authorities it has nothing to do with: proof that it is one of them.
    OneOfSeveral,
    FormerHolder,
    /// Another addressee of the same joint request, who has answered to all.
    CoAddressee,
    OtherAuthority,
    /// A member of the office's staff, who passes something on.
    Staff,
    /// The office's own address, which a list or a mailbox's rule has put into From.
    Ourselves,
    /// In no directory: a deputy, a private address, anybody.
    Stranger,
}

/// How well it is proven that the mail comes from whom it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Signed in line with its domain's policy, or the office's own server says so.
    Authentic,
    /// Nothing says so, and nothing says otherwise.
    NotProven,
    /// Its domain asks for more than this mail brings; but lists, banners and rules that forward break signatures every day.
    PolicyUnmet,
    /// The office's own server says that it is not, or it is not clear who the author is.
    Contradicted,
    /// The DNS of its domain has not answered yet.
    NotYetKnown,
}

/// What links a mail to a request: the strongest of its evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkBasis {
    /// A signed reply address, or one of our letters that it answers or encloses.
    AddressOrThread,
    /// Words that anybody can write: a reference. References are in sequence, and their check character can be computed.
    Reference,
    /// Nothing but its sender, or the matter it speaks of.
    Nothing,
}

/// What a mail may do to a request by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It is linked, and does what a mail of its kind does.
    Does,
    /// It is linked, and does nothing until a person says so.
    Waits,
    /// A person is asked whether it belongs there.
    Suggested,
    /// It has nothing to do with the request.
    Nothing,
}

/// The table.
pub fn weigh(writer: Writer, proof: Proof, basis: LinkBasis) -> Weight {
    use LinkBasis::{AddressOrThread, Nothing, Reference};
    match (writer, proof, basis) {
        // What all got says nothing of the others' requests; who names one of them may speak for both.
        (Writer::CoAddressee, _, AddressOrThread | Nothing) => Weight::Nothing,
        (_, Proof::Contradicted, AddressOrThread | Reference) => Weight::Suggested,
        (_, Proof::Contradicted, Nothing) => Weight::Nothing,
        (Writer::Authority | Writer::Related | Writer::Service, Proof::Authentic, AddressOrThread | Reference) => Weight::Does,
        (Writer::Authority | Writer::Related | Writer::Service, Proof::NotProven, AddressOrThread) => Weight::Does,
        (Writer::Authority | Writer::Related | Writer::Service, _, AddressOrThread | Reference) => Weight::Waits,
        (Writer::OneOfSeveral, Proof::Authentic | Proof::NotProven, AddressOrThread) => Weight::Does,
        (Writer::OneOfSeveral | Writer::FormerHolder | Writer::Stranger, _, AddressOrThread) => Weight::Waits,
        (Writer::Stranger | Writer::OtherAuthority | Writer::Staff | Writer::Ourselves, _, Nothing) => Weight::Nothing,
        _ => Weight::Suggested,
    }
}

impl Writer {
    pub const ALL: [Writer; 10] = [
        Writer::Authority,
        Writer::Related,
        Writer::Service,
        Writer::OneOfSeveral,
        Writer::FormerHolder,
        Writer::CoAddressee,
        Writer::OtherAuthority,
        Writer::Staff,
        Writer::Ourselves,
        Writer::Stranger,
    ];

    /// Whether it writes as the authority does.
    pub fn is_of_authority(self) -> bool {
        matches!(self, Writer::Authority | Writer::Related | Writer::Service)
    }

    /// Whether it may be the authority that writes: of several that share a domain, any may be meant.
    pub fn may_be_authority(self) -> bool {
        self.is_of_authority() || self == Writer::OneOfSeveral
    }

    /// For people, of a mail and the authority it may be for.
    pub fn in_words(self) -> &'static str {
        match self {
            Writer::Authority => "the sender is of the authority",
            Writer::Related => "the sender supervises the authority, or is supervised by it",
            Writer::Service => "the sender is a service that writes for the authority",
            Writer::OneOfSeveral => "the sender's domain is that of several authorities",
            Writer::FormerHolder => "the sender held a post at the authority and does no longer",
            Writer::CoAddressee => "the sender is another addressee of the same joint request",
            Writer::OtherAuthority => "the sender is known as another authority",
            Writer::Staff => "it comes from a member of staff, not from an authority",
            Writer::Ourselves => "it comes from the office's own address, not from an authority",
            Writer::Stranger => "the sender is in no directory",
        }
    }
}

impl Proof {
    pub const ALL: [Proof; 5] = [Proof::Authentic, Proof::NotProven, Proof::PolicyUnmet, Proof::Contradicted, Proof::NotYetKnown];

    /// For people, in digests and `mail show`.
    pub fn in_words(self) -> &'static str {
        match self {
            Proof::Authentic => "sender verified",
            Proof::NotProven => "sender not verified",
            Proof::PolicyUnmet => "sender not verified, though its domain promises signatures",
            Proof::Contradicted => "not from whom it says",
            Proof::NotYetKnown => "sender not yet verified, the DNS has not answered",
        }
    }
}

/// Of a mail that counted by what a person had said of its address.
pub const COUNTED_BEFORE: &str = "it counted until a person took back that its address writes for the authority";

#[cfg(test)]
mod tests {
    use super::*;

    /// A line a writer and proof, as in docs/trust.md: what it does by address or thread, by reference alone, by nothing.
    #[test]
    fn what_a_link_may_do_depends_on_who_wrote_it() {
        let word = |weight| match weight {
            Weight::Does => "does",
            Weight::Waits => "waits",
            Weight::Suggested => "suggested",
            Weight::Nothing => "-",
        };
        let mut lines = Vec::new();
        for writer in Writer::ALL {
            for proof in Proof::ALL {
                let cells =
                    [LinkBasis::AddressOrThread, LinkBasis::Reference, LinkBasis::Nothing].map(|basis| word(weigh(writer, proof, basis)));
                lines.push(format!("{writer:?} {proof:?}: {}", cells.join(", ")));
            }
        }
        insta::assert_snapshot!(lines.join("\n"), @r"
        Authority Authentic: does, does, suggested
        Authority NotProven: does, waits, suggested
        Authority PolicyUnmet: waits, waits, suggested
        Authority Contradicted: suggested, suggested, -
        Authority NotYetKnown: waits, waits, suggested
        Related Authentic: does, does, suggested
        Related NotProven: does, waits, suggested
        Related PolicyUnmet: waits, waits, suggested
        Related Contradicted: suggested, suggested, -
        Related NotYetKnown: waits, waits, suggested
        Service Authentic: does, does, suggested
        Service NotProven: does, waits, suggested
        Service PolicyUnmet: waits, waits, suggested
        Service Contradicted: suggested, suggested, -
        Service NotYetKnown: waits, waits, suggested
        OneOfSeveral Authentic: does, suggested, suggested
        OneOfSeveral NotProven: does, suggested, suggested
        OneOfSeveral PolicyUnmet: waits, suggested, suggested
        OneOfSeveral Contradicted: suggested, suggested, -
        OneOfSeveral NotYetKnown: waits, suggested, suggested
        FormerHolder Authentic: waits, suggested, suggested
        FormerHolder NotProven: waits, suggested, suggested
        FormerHolder PolicyUnmet: waits, suggested, suggested
        FormerHolder Contradicted: suggested, suggested, -
        FormerHolder NotYetKnown: waits, suggested, suggested
        CoAddressee Authentic: -, suggested, -
        CoAddressee NotProven: -, suggested, -
        CoAddressee PolicyUnmet: -, suggested, -
        CoAddressee Contradicted: -, suggested, -
        CoAddressee NotYetKnown: -, suggested, -
        OtherAuthority Authentic: suggested, suggested, -
        OtherAuthority NotProven: suggested, suggested, -
        OtherAuthority PolicyUnmet: suggested, suggested, -
        OtherAuthority Contradicted: suggested, suggested, -
        OtherAuthority NotYetKnown: suggested, suggested, -
        Staff Authentic: suggested, suggested, -
        Staff NotProven: suggested, suggested, -
        Staff PolicyUnmet: suggested, suggested, -
        Staff Contradicted: suggested, suggested, -
        Staff NotYetKnown: suggested, suggested, -
        Ourselves Authentic: suggested, suggested, -
        Ourselves NotProven: suggested, suggested, -
        Ourselves PolicyUnmet: suggested, suggested, -
        Ourselves Contradicted: suggested, suggested, -
        Ourselves NotYetKnown: suggested, suggested, -
        Stranger Authentic: waits, suggested, -
        Stranger NotProven: waits, suggested, -
        Stranger PolicyUnmet: waits, suggested, -
        Stranger Contradicted: suggested, suggested, -
        Stranger NotYetKnown: waits, suggested, -
        ");
    }
}
