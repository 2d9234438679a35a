//! What an import takes away from the directory, or brings back, in a line for whoever imported it.

use crate::domain::replacing::DirectoryChange;

/// `dry_run`: nothing has happened yet.
pub(super) fn told(authority: &str, change: &DirectoryChange, dry_run: bool) -> String {
    let (ends, again) = if dry_run { ("ends", "takes up again") } else { ("ended", "taken up again") };
    let whose = |holder: &Option<String>, address: &str| match holder {
        Some(holder) => format!("{holder} <{address}>"),
        None => address.to_owned(),
    };
    let of = |unit: &str| if unit.is_empty() { authority.to_owned() } else { format!("{authority}, {unit}") };
    match change {
        DirectoryChange::AddressEnds { address, holder, unit, last_day } => {
            format!("{ends}: {} of {}, last day {last_day}", whose(holder, address), of(unit))
        }
        DirectoryChange::HolderEnds { holder, address, unit, last_day } => {
            format!("{ends}: {holder} of {}, last day {last_day}; {address} goes to the successor", of(unit))
        }
        DirectoryChange::AddressTakenUp { address, holder, unit } => format!("{again}: {} of {}", whose(holder, address), of(unit)),
        DirectoryChange::AliasGoes { alias } => format!("{ends}: the alias {alias:?} of {authority}"),
        DirectoryChange::DomainGoes { domain } => format!("{ends}: the domain {domain} of {authority}"),
        DirectoryChange::SendsForEnds { authority: served } => format!("{ends}: {authority} writes for {served}"),
        DirectoryChange::Cleared { column, was } => format!("{ends}: {column} {was:?} of {authority}"),
    }
}
