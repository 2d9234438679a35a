//! What an import takes away from the directory, or brings back, in a line for whoever imported it.

use crate::domain::replacing::DirectoryChange;
use crate::office::ImportedChange;

/// None of what only comes: the record and the JSON have it. `dry_run`: nothing has happened yet.
pub(super) fn told(imported: &ImportedChange, dry_run: bool) -> Option<String> {
    let ImportedChange { authority, change, on } = imported;
    let (goes, again) = if dry_run { ("ends", "takes up again") } else { ("ended", "taken up again") };
    let whose = |holder: &Option<String>, address: &str| match holder {
        Some(holder) => format!("{holder} <{address}>"),
        None => address.to_owned(),
    };
    let of = |unit: &str| if unit.is_empty() { authority.to_owned() } else { format!("{authority}, {unit}") };
    Some(match change {
        DirectoryChange::AddressEnds { address, holder, unit, last_day } => {
            let ends = if last_day < on { goes } else { "ends" };
            format!("{ends}: {} of {}, last day {last_day}", whose(holder, address), of(unit))
        }
        DirectoryChange::HolderEnds { holder, address, unit, last_day, successor } => {
            let then = successor.as_ref().map_or("stays as the post's own".to_owned(), |successor| format!("goes to {successor}"));
            format!("{goes}: {holder} of {}, last day {last_day}; {address} {then}", of(unit))
        }
        DirectoryChange::AddressTakenUp { address, holder, unit, former_last_day } => {
            let formerly = former_last_day.map(|day| format!(", whose last day was {day}")).unwrap_or_default();
            format!("{again}: {} of {}{formerly}", whose(holder, address), of(unit))
        }
        DirectoryChange::LastDayMoved { address, holder, unit, was, last_day } => {
            let day = |day: &Option<jiff::civil::Date>| day.map_or("open".to_owned(), |day| day.to_string());
            format!("goes on: {} of {}, last day {} (it was {})", whose(holder, address), of(unit), day(last_day), day(was))
        }
        DirectoryChange::FirstDayMoved { address, holder, unit, first_day, .. } => {
            let first_day = first_day.filter(|first_day| first_day > on)?;
            format!("rests: {} of {}, not written to before {first_day}", whose(holder, address), of(unit))
        }
        DirectoryChange::TitleChanged { address, holder, unit, was, title } if title.is_empty() => {
            format!("{goes}: the title {was:?} of {} of {}", whose(holder, address), of(unit))
        }
        DirectoryChange::AliasGoes { alias } => format!("{goes}: the alias {alias:?} of {authority}"),
        DirectoryChange::DomainGoes { domain } => format!("{goes}: the domain {domain} of {authority}"),
        DirectoryChange::SendsForEnds { authority: served } => format!("{goes}: {authority} writes for {served}"),
        DirectoryChange::Set { column, was: Some(was), is: None } => format!("{goes}: {column} {was:?} of {authority}"),
        DirectoryChange::AddressAdded { .. }
        | DirectoryChange::HolderNamed { .. }
        | DirectoryChange::Moved { .. }
        | DirectoryChange::TitleChanged { .. }
        | DirectoryChange::AliasAdded { .. }
        | DirectoryChange::DomainAdded { .. }
        | DirectoryChange::SendsForAdded { .. }
        | DirectoryChange::Set { .. } => return None,
    })
}
