//! Addresses compared as the mailboxes that they lead to, and what the name beside one says of who wrote.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_the_same_with_every_tag() {
        for (address, mailbox) in
            [("a@b.example", "a@b.example"), ("a+x+y@b.example", "a@b.example"), ("+x@b.example", "+x@b.example"), ("a+x", "a+x")]
        {
            assert_eq!(mailbox_of(address), mailbox);
        }
    }
}
