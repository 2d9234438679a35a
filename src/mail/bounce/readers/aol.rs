//! AOL, before 2003.
//!
//! Known from its reports: "… could not be delivered because they are not accepting mail from a@b:", then screen names, which are local parts
//! of AOL's own domain.

use super::super::layout::unique;
use super::super::notice::Notice;
use super::super::recipient_failure::Failure;
use super::super::reported_address::cleaned;
use super::Reader;
use crate::mail::understood::BounceReason;

pub(super) const READERS: &[Reader] = &[Reader::new("AOL, before 2003", read)];

fn read(notice: &Notice<'_>) -> Option<Vec<Failure>> {
    if !notice.says("because they are not accepting mail from") {
        return None;
    }
    let lines = notice.lines_after("not accepting mail from")?;
    let names = lines
        .iter()
        .map(|line| line.trim())
        .take_while(|line| !line.starts_with('-'))
        .filter(|line| !line.is_empty() && !line.contains(' '));
    let found =
        names.filter_map(|name| cleaned(&if name.contains('@') { name.to_owned() } else { format!("{name}@aol.com") })).map(|address| {
            Failure { reason: Some(BounceReason::PolicyRefused), ..Failure::failed(address, "not accepting mail from this sender") }
        });
    Some(unique(found))
}

#[cfg(test)]
mod tests {
    use super::super::sample::plain;

    #[test]
    fn screen_names_are_of_aols_own_domain() {
        let text = "Your mail to the following recipients could not be delivered because they are not accepting mail from office@npm.example:\n\tclerk\n\n   -- Returned Mail --\n";
        assert_eq!(
            plain("MAILER-DAEMON@aol.example", "Mail Delivery Problem", text),
            ["bounce", "clerk@aol.com failed 5.7.1 policy_refused permanent"]
        );
    }
}
