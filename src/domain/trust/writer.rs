//! What the writer of a mail is to an authority, from what the directory and people have said of the address.

use super::Writer;
use crate::domain::free_mail::is_free_mail;
use crate::domain::identity::AuthorityId;

/// What is known of an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sender {
    /// Whose address it is; else, whose domain. A domain may be that of several.
    pub authorities: Vec<AuthorityId>,
    /// For whom it writes as a service.
    pub served: Vec<AuthorityId>,
    /// A person has said so of this address.
    pub confirmed: Vec<AuthorityId>,
    /// Where it was the address of somebody in a post, and is no longer.
    pub former: Vec<AuthorityId>,
    /// It is the address of a post today.
    pub holds_post: bool,
}

/// An address, with any tag, at an authority in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownAddress {
    pub authority: AuthorityId,
    /// Its days have not ended.
    pub is_in_use: bool,
    /// It is a general address, of the authority or of a unit: nobody's in particular, at the lowest level, and no focal point's.
    pub is_general: bool,
}

/// The same beside one authority.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KnownAs {
    /// A person has said that it writes for this authority.
    pub confirmed: bool,
    /// For any.
    pub confirmed_for_any: bool,
    /// It was the address of somebody in a post here, and is no longer.
    pub former: bool,
    /// Or at any authority.
    pub former_of_any: bool,
    /// Of those at which it was one, one is this, or above or below it.
    pub former_of_related: bool,
    pub holds_post: bool,
    /// Its address or domain is this authority's.
    pub is_it: bool,
    /// It is a service that writes for this authority.
    pub serves: bool,
    /// How many authorities its address or domain may be of, and how many of them are this one, or above or below it.
    pub authorities: usize,
    pub related: usize,
}

impl Sender {
    /// Of an address that the directory has at these authorities. Mail from a general address that was given up speaks by its domain, as from any
    /// other address there: nobody has left a post. Where that domain is not the authority's, it is a former address.
    pub fn of_addresses(addresses: &[KnownAddress], authorities_of_domain: &[AuthorityId]) -> Sender {
        let of = |wanted: fn(&KnownAddress) -> bool| addresses.iter().filter(move |one| wanted(one)).map(|one| one.authority);
        let authorities: Vec<AuthorityId> = of(|one| one.is_in_use).collect();
        let left = of(|one| !one.is_in_use && !one.is_general);
        let moved = of(|one| !one.is_in_use && one.is_general).filter(|authority| !authorities_of_domain.contains(authority));
        let holds_post = !authorities.is_empty();
        Sender {
            former: left.chain(moved).collect(),
            authorities: if holds_post { authorities } else { authorities_of_domain.to_vec() },
            holds_post,
            ..Sender::default()
        }
    }

    /// Every authority about whose requests it may write.
    pub fn may_write_for(&self) -> Vec<AuthorityId> {
        let all = [&self.authorities, &self.confirmed, &self.served, &self.former];
        let mut all: Vec<AuthorityId> = all.into_iter().flatten().copied().collect();
        all.sort();
        all.dedup();
        all
    }

    /// `related`: whether an authority is this one, above or below it.
    pub fn known_as(&self, authority: AuthorityId, related: impl Fn(AuthorityId) -> bool) -> KnownAs {
        let count = |others: &[AuthorityId]| others.iter().filter(|other| related(**other)).count();
        KnownAs {
            confirmed: self.confirmed.contains(&authority),
            confirmed_for_any: !self.confirmed.is_empty(),
            former: self.former.contains(&authority),
            former_of_any: !self.former.is_empty(),
            former_of_related: count(&self.former) > 0,
            holds_post: self.holds_post,
            is_it: self.authorities.contains(&authority),
            serves: self.served.contains(&authority),
            authorities: self.authorities.len(),
            related: count(&self.authorities),
        }
    }
}

/// What it is to the authority.
pub fn writer_to(known: &KnownAs) -> Writer {
    let would_speak = known.related > 0 || known.serves || known.former_of_related;
    if known.confirmed {
        Writer::Authority
    } else if known.former || known.former_of_any && !known.holds_post && would_speak {
        // Its domain is the authority's own as a rule, but somebody else holds the post now. And whoever left a post, and holds no other, speaks for
        // nobody by the domain alone: not for those above or below the old authority, nor for those that share the domain with it.
        Writer::FormerHolder
    } else if known.related > 0 && known.related < known.authorities {
        Writer::OneOfSeveral
    } else if known.is_it {
        Writer::Authority
    } else if known.related > 0 {
        Writer::Related
    } else if known.serves {
        Writer::Service
    } else if known.authorities == 0 && !known.confirmed_for_any {
        Writer::Stranger
    } else {
        Writer::OtherAuthority
    }
}

/// A joint request of which the author of a mail may answer a request that is named: who answers to all has that one in mind, and not the others'.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JointMembership {
    /// One that is named is the author's own authority's; then it answers for that alone, and not for one that it supervises.
    pub has_own: bool,
    /// The request in question is.
    pub is_own: bool,
}

/// What a writer is to a request. `is_ours`, `is_staff`: the address is the office's own, or a colleague's. `to_authority`: what it is to the
/// request's authority. `joint`: if another request of the same joint request is named.
pub fn writer_here(is_ours: bool, is_staff: bool, to_authority: Writer, joint: Option<JointMembership>) -> Writer {
    let answers_to_all = joint.is_some_and(|joint| !joint.is_own && (joint.has_own || !to_authority.is_of_authority()));
    match to_authority {
        _ if is_ours => Writer::Ourselves,
        _ if is_staff => Writer::Staff,
        _ if answers_to_all => Writer::CoAddressee,
        writer => writer,
    }
}

/// The domains by which an address may be known, the nearest first: its own and those above, as long as not everybody can have an address there.
/// `domain` in lower case and ASCII form.
pub fn domains_that_speak(domain: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(domain), |domain| domain.split_once('.').map(|(_, above)| above))
        .take_while(|domain| domain.contains('.') && !is_free_mail(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_left_is_a_former_one_and_a_registry_that_has_moved_is_not_where_its_domain_speaks() {
        let [prisons, police] = [1, 2].map(AuthorityId);
        let known = |is_in_use, is_general| KnownAddress { authority: prisons, is_in_use, is_general };
        for (address, by_domain, authorities, former) in [
            (known(true, false), vec![], vec![prisons], vec![]),
            (known(true, true), vec![], vec![prisons], vec![]),
            (known(false, false), vec![prisons], vec![prisons], vec![prisons]),
            (known(false, true), vec![prisons], vec![prisons], vec![]),
            (known(false, true), vec![prisons, police], vec![prisons, police], vec![]),
            (known(false, true), vec![], vec![], vec![prisons]),
            (known(false, true), vec![police], vec![police], vec![prisons]),
        ] {
            let holds_post = address.is_in_use;
            let expected = Sender { authorities, former, holds_post, ..Sender::default() };
            assert_eq!(Sender::of_addresses(&[address], &by_domain), expected, "{address:?}, domain of {by_domain:?}");
        }
    }

    #[test]
    fn what_an_address_is_to_an_authority() {
        use Writer::{Authority, FormerHolder, OneOfSeveral, OtherAuthority, Related, Service, Stranger};
        let stranger = KnownAs::default();
        let elsewhere = KnownAs { authorities: 1, ..stranger };
        let own = KnownAs { is_it: true, related: 1, ..elsewhere };
        let above = KnownAs { related: 1, ..elsewhere };
        let left = KnownAs { former: true, former_of_any: true, former_of_related: true, ..stranger };
        let left_elsewhere = KnownAs { former_of_any: true, ..stranger };
        for (known, expected) in [
            (stranger, Stranger),
            (elsewhere, OtherAuthority),
            (own, Authority),
            (above, Related),
            (KnownAs { authorities: 2, related: 2, ..own }, Authority),
            (KnownAs { authorities: 3, related: 2, ..own }, OneOfSeveral),
            (KnownAs { serves: true, ..elsewhere }, Service),
            (KnownAs { confirmed: true, confirmed_for_any: true, ..left }, Authority),
            (KnownAs { confirmed_for_any: true, ..stranger }, OtherAuthority),
            (left, FormerHolder),
            (KnownAs { holds_post: true, ..left }, FormerHolder),
            (left_elsewhere, Stranger),
            (KnownAs { former_of_related: true, ..left_elsewhere }, FormerHolder),
            (KnownAs { former_of_any: true, ..own }, FormerHolder),
            (KnownAs { former_of_any: true, holds_post: true, ..own }, Authority),
            (KnownAs { former_of_any: true, serves: true, ..elsewhere }, FormerHolder),
        ] {
            assert_eq!(writer_to(&known), expected, "{known:?}");
        }
    }

    #[test]
    fn who_answers_to_all_answers_for_its_own_authority() {
        let (own, others) = (JointMembership { has_own: true, is_own: true }, JointMembership { has_own: true, is_own: false });
        let of_none = JointMembership { has_own: false, is_own: false };
        for (joint, to_authority, expected) in [
            (None, Writer::Authority, Writer::Authority),
            (Some(own), Writer::Authority, Writer::Authority),
            (Some(others), Writer::Related, Writer::CoAddressee),
            (Some(others), Writer::OtherAuthority, Writer::CoAddressee),
            (Some(of_none), Writer::Related, Writer::Related),
            (Some(of_none), Writer::OtherAuthority, Writer::CoAddressee),
        ] {
            assert_eq!(writer_here(false, false, to_authority, joint), expected, "{joint:?} {to_authority:?}");
            assert_eq!(writer_here(false, true, to_authority, joint), Writer::Staff);
            assert_eq!(writer_here(true, true, to_authority, joint), Writer::Ourselves);
        }
    }

    #[test]
    fn a_domain_speaks_with_those_above_it_but_for_providers_of_everybody() {
        let speaking = |domain| domains_that_speak(domain).collect::<Vec<_>>();
        assert_eq!(speaking("post.prisons.gov.example"), ["post.prisons.gov.example", "prisons.gov.example", "gov.example"]);
        assert_eq!(speaking("gmail.com"), Vec::<&str>::new());
        assert_eq!(speaking("localhost"), Vec::<&str>::new());
    }
}
