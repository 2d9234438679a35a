//! Who wrote a mail decides what it may do by itself (promises 5 and 6).
//!
//! Where a mail belongs is one question (`linking`), what it may do there another: complete a request, end reminders, state a position. This
//! is the only place that answers the second one: from what the writer is to the request's authority, how well it is proven that the writer
//! is the one whom the mail names, and what carries the mail to the request. The README shows the same table.

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

/// What carries a mail to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
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
pub fn weigh(writer: Writer, proof: Proof, carrier: Carrier) -> Weight {
    use Carrier::{AddressOrThread, Nothing, Reference};
    match (writer, proof, carrier) {
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

/// Where that which carries a mail to its requests stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Carriage {
    /// Nothing of what carries it to one of them is covered by the signature that vouches for the From: a signed mail to somebody else can be sent
    /// once more with our address on it.
    pub outside_signature: bool,
    /// It is a report of non-delivery, with the null return path (RFC 5321 §4.5.5), to the signed envelope address of a delivery.
    pub report_to_envelope: bool,
}

/// How well a mail's sender is proven where the mail is carried to, with a reason if that is less or more than for the mail by itself. What proves a
/// report is the address that it came to; the daemons of domains that guard themselves often send unsigned.
pub fn proof_of_place(proof: Proof, carriage: Carriage) -> (Proof, Option<&'static str>) {
    match proof {
        Proof::Authentic if carriage.outside_signature => {
            (Proof::NotProven, Some("what carries it to the request is not covered by the sender's signature"))
        }
        Proof::Contradicted if carriage.report_to_envelope => {
            (Proof::NotProven, Some("whoever its From names, it came to the signed envelope address of the letter"))
        }
        _ => (proof, None),
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

/// What is known of the sender of a mail that a person links to a request.
#[derive(Debug, Clone, Copy)]
pub struct LinkedSender<'a> {
    /// In any case.
    pub address: &'a str,
    /// As it stands beside the address; may be empty.
    pub name: &'a str,
    /// To the authority of the request, by the directory.
    pub writer: Writer,
    /// The office's own address or one of its staff.
    pub is_ours: bool,
    pub is_contradicted: bool,
    /// Sent to many, by a list, or by a program to which no answer may go.
    pub by_list_or_program: bool,
    /// Another author that a list kept, or an address of another domain to which answers are to go.
    pub stands_for_another: bool,
}

/// Whether an address is remembered as one from which an authority writes, when a person links a mail of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remember {
    Yes,
    /// It writes for the authority without that.
    Known,
    NotBecause(NotRemembered),
}

/// Why the link counts for this mail alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRemembered {
    Ours,
    Contradicted,
    OfMany,
    Former,
    OfAnother,
}

impl NotRemembered {
    /// For whoever has linked the mail.
    pub fn in_words(self) -> &'static str {
        match self {
            NotRemembered::Ours => "it is the office's own",
            NotRemembered::Contradicted => "the mail is not from whom it says",
            NotRemembered::OfMany => "many may write from it",
            NotRemembered::Former => "it was that of a post, and is no longer",
            NotRemembered::OfAnother => "it is known as another authority's",
        }
    }
}

/// Local parts, without dashes, dots and underscores, of desks that pass on what many write: the next mail from there may be anybody's. Programs are
/// known by their headers and addresses already (`by_list_or_program`).
const DESKS: [&str; 14] = [
    "support",
    "helpdesk",
    "servicedesk",
    "ticket",
    "tickets",
    "ticketing",
    "ticketsystem",
    "customerservice",
    "customercare",
    "share",
    "sharing",
    "transfer",
    "notify",
    "alerts",
];

/// What a person says of one mail is said of its address only if that is a person's own: from an address of many, the next mail is anybody's, and
/// would count by itself.
pub fn may_be_remembered(sender: &LinkedSender<'_>) -> Remember {
    let address = sender.address.to_lowercase();
    let mailbox = mailbox_of(&address);
    let local = mailbox.rsplit_once('@').map_or("", |(local, _)| local);
    let bare: String = local.chars().filter(|letter| !matches!(letter, '-' | '_' | '.')).collect();
    let of_many = sender.by_list_or_program || sender.stands_for_another || is_passed_on(sender.name) || DESKS.contains(&bare.as_str());
    match sender.writer {
        _ if sender.is_ours => Remember::NotBecause(NotRemembered::Ours),
        Writer::Authority | Writer::Related | Writer::Service | Writer::OneOfSeveral => Remember::Known,
        Writer::FormerHolder => Remember::NotBecause(NotRemembered::Former),
        Writer::CoAddressee | Writer::OtherAuthority => Remember::NotBecause(NotRemembered::OfAnother),
        Writer::Staff | Writer::Ourselves => Remember::NotBecause(NotRemembered::Ours),
        Writer::Stranger if sender.is_contradicted => Remember::NotBecause(NotRemembered::Contradicted),
        Writer::Stranger if of_many => Remember::NotBecause(NotRemembered::OfMany),
        Writer::Stranger => Remember::Yes,
    }
}

/// Whether the addresses in From (in any case) name one author. RFC 5322 §3.6.2 lets several people stand there, with a Sender, and none of them has to
/// have been asked: a signature vouches for the domain, which is theirs all. Mail programs of offices write one.
pub fn names_one_author<'a>(addresses: impl IntoIterator<Item = &'a str>) -> bool {
    let mut addresses = addresses.into_iter();
    let first = addresses.next();
    addresses.all(|other| first.is_some_and(|first| first.eq_ignore_ascii_case(other)))
}

/// Whether the name in From says that a list or a desk has put its own address beside it: "Anna Clerk via prisons-l".
pub fn is_passed_on(name: &str) -> bool {
    name.to_lowercase().contains(" via ")
}

/// An address without the tag that its holder may put behind a plus (RFC 5233): the mailbox to which it goes.
pub fn mailbox_of(address: &str) -> String {
    match address.rsplit_once('@').map(|(local, domain)| (local.split_once('+').map_or(local, |(before, _)| before), domain)) {
        Some((local, domain)) if !local.is_empty() => format!("{local}@{domain}"),
        _ => address.to_owned(),
    }
}

/// Whether mail to the two addresses goes to one mailbox, whatever the case and the tags.
pub fn is_same_mailbox(one: &str, other: &str) -> bool {
    mailbox_of(one).eq_ignore_ascii_case(&mailbox_of(other))
}

/// Mails with and without a signature of the domain, before a missing one speaks against the sender.
const SIGNED_SO_FAR: u32 = 5;

/// Whether a domain has always signed its mail: then one without any signature of it is not believed.
pub fn always_signs(signed: u32, unsigned: u32) -> bool {
    signed >= SIGNED_SO_FAR && unsigned == 0
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

    /// A line a writer and proof, as in the README: what it does by address or thread, by reference alone, by nothing.
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
                    [Carrier::AddressOrThread, Carrier::Reference, Carrier::Nothing].map(|carrier| word(weigh(writer, proof, carrier)));
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

    #[test]
    fn a_proof_reaches_as_far_as_what_was_signed_and_a_report_is_proven_by_where_it_came_to() {
        let replayed = Carriage { outside_signature: true, ..Carriage::default() };
        let report = Carriage { report_to_envelope: true, ..Carriage::default() };
        for proof in Proof::ALL {
            assert_eq!(proof_of_place(proof, Carriage::default()).0, proof);
            assert_eq!(proof_of_place(proof, replayed).0, if proof == Proof::Authentic { Proof::NotProven } else { proof });
            assert_eq!(proof_of_place(proof, report).0, if proof == Proof::Contradicted { Proof::NotProven } else { proof });
        }
    }

    #[test]
    fn an_address_is_remembered_only_if_it_is_a_persons_own() {
        use NotRemembered::{Contradicted, Former, OfAnother, OfMany, Ours};
        let deputy = LinkedSender {
            address: "Deputy@freemail.example",
            name: "Deputy",
            writer: Writer::Stranger,
            is_ours: false,
            is_contradicted: false,
            by_list_or_program: false,
            stands_for_another: false,
        };
        for (sender, expected) in [
            (deputy, None),
            (LinkedSender { address: "supporter+x@freemail.example", ..deputy }, None),
            (LinkedSender { is_ours: true, ..deputy }, Some(Ours)),
            (LinkedSender { is_contradicted: true, ..deputy }, Some(Contradicted)),
            (LinkedSender { by_list_or_program: true, ..deputy }, Some(OfMany)),
            (LinkedSender { stands_for_another: true, ..deputy }, Some(OfMany)),
            (LinkedSender { name: "Anna Clerk Via prisons-l", ..deputy }, Some(OfMany)),
            (LinkedSender { address: "Service-Desk@tickets.example", ..deputy }, Some(OfMany)),
            (LinkedSender { address: "support+id4711@tickets.example", ..deputy }, Some(OfMany)),
            (LinkedSender { writer: Writer::OtherAuthority, ..deputy }, Some(OfAnother)),
            (LinkedSender { writer: Writer::FormerHolder, ..deputy }, Some(Former)),
        ] {
            let remembered = may_be_remembered(&sender);
            assert_eq!(remembered, expected.map_or(Remember::Yes, Remember::NotBecause), "{sender:?}");
        }
        for writer in [Writer::Authority, Writer::Related, Writer::Service, Writer::OneOfSeveral] {
            assert_eq!(may_be_remembered(&LinkedSender { writer, by_list_or_program: true, ..deputy }), Remember::Known);
        }
    }

    #[test]
    fn a_mailbox_is_the_same_with_every_tag() {
        for (address, mailbox) in
            [("a@b.example", "a@b.example"), ("a+x+y@b.example", "a@b.example"), ("+x@b.example", "+x@b.example"), ("a+x", "a+x")]
        {
            assert_eq!(mailbox_of(address), mailbox);
        }
    }

    #[test]
    fn a_domain_that_once_sent_unsigned_may_do_so_again() {
        assert!(always_signs(5, 0) && !always_signs(4, 0) && !always_signs(500, 1));
    }
}
