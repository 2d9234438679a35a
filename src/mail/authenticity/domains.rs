//! Domains of a mail's author and signers, and how two of them belong together.

use mail_auth::common::to_a_label;

pub fn domain(address: &str) -> Option<String> {
    let (_, domain) = address.rsplit_once('@')?;
    let domain = to_a_label(domain.trim().trim_end_matches('.')).to_ascii_lowercase();
    (!domain.is_empty()).then_some(domain)
}

/// Whether one domain is the other or lies under it.
pub fn kin(one: &str, other: &str) -> bool {
    one == other || within(one, other)
}

/// Whether a DMARC record could make the two one organization: they have the last two labels in common.
pub fn may_be_one(one: &str, other: &str) -> bool {
    let last_two = |domain: &str| domain.rsplit('.').take(2).map(str::to_ascii_lowercase).collect::<Vec<_>>();
    last_two(one) == last_two(other)
}

/// One of the two domains is the other or lies under it; a single label is nobody's domain.
pub fn within(one: &str, other: &str) -> bool {
    let under = |inner: &str, outer: &str| {
        outer.contains('.') && inner.strip_suffix(outer).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    under(one, other) || under(other, one)
}

/// The `d=` of a signature that cannot be read as a whole.
pub fn signer(value: &[u8]) -> Option<String> {
    let value = String::from_utf8_lossy(value);
    let mut tags = value.split(';').filter_map(|tag| tag.split_once('='));
    tags.find(|(name, _)| name.trim() == "d").map(|(_, domain)| domain.trim().to_ascii_lowercase())
}
