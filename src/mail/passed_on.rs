//! Whom a mail names as the author of what it passes on: a list, a colleague or a rule of a mailbox has put its own address into From.

use super::address::is_of_exchange;
use super::understood::Understood;
use crate::domain::trust::is_passed_on;

/// Somebody who stands behind what a mail passes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// The address, or the name.
    pub written: String,
    pub known: KnownBy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownBy {
    /// Of the letter that is passed on.
    Address,
    /// That letter gives no address.
    Name,
    /// An address that only a header says is the author's.
    Claim,
}

/// The author that a list kept, then those of the letters that the mail encloses or quotes. `is_ours`: its From is the office's own address, which
/// only a list or a rule has put there.
pub fn behind(understood: &Understood, is_ours: bool) -> Vec<Behind> {
    let is_by_list = is_ours || is_put_there_by_a_list(understood);
    let reply_to = if is_by_list { understood.reply_to.as_slice() } else { &[] };
    let kept = understood.original_from.iter().chain(reply_to).filter_map(|mailbox| mailbox.address.as_ref());
    let enclosed = understood.enclosed.iter().flat_map(|enclosed| &enclosed.from).filter_map(|mailbox| {
        let address = mailbox.address.as_ref().filter(|address| !is_of_exchange(address));
        address.or(mailbox.name.as_ref())
    });
    let passed_on = enclosed.chain(&understood.quoted_from).map(|written| {
        let known = if written.contains('@') { KnownBy::Address } else { KnownBy::Name };
        Behind { written: written.clone(), known }
    });
    kept.map(|address| Behind { written: address.clone(), known: KnownBy::Claim }).chain(passed_on).collect()
}

/// "Anna Clerk via desk": a list has put an address of the house into From, and kept the author's in Reply-To.
fn is_put_there_by_a_list(understood: &Understood) -> bool {
    let name = understood.from.first().and_then(|from| from.name.as_deref());
    understood.bulk || name.is_some_and(is_passed_on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::message::Mailbox;
    use crate::mail::understood::Enclosed;

    fn mailbox(name: Option<&str>, address: Option<&str>) -> Mailbox {
        Mailbox { name: name.map(String::from), address: address.map(String::from) }
    }

    #[test]
    fn who_is_behind_a_mail_is_known_by_what_a_list_kept_and_by_the_letters_in_it() {
        use KnownBy::{Address, Claim, Name};
        let enclosed =
            Enclosed { from: vec![mailbox(Some("Ana"), Some("ana@moj.example")), mailbox(Some("Ben Hall"), None)], ..Enclosed::default() };
        let plain = Understood {
            from: vec![mailbox(Some("Desk"), Some("desk@npm.example"))],
            reply_to: vec![mailbox(None, Some("eva@moj.example"))],
            enclosed: vec![enclosed],
            quoted_from: vec!["ota@moj.example".into(), "Iva Novak".into()],
            ..Understood::default()
        };
        let letters = [("ana@moj.example", Address), ("Ben Hall", Name), ("ota@moj.example", Address), ("Iva Novak", Name)];
        let with_claim = |claim| [&[(claim, Claim)], &letters[..]].concat();
        let kept = Understood { original_from: vec![mailbox(None, Some("jan@moj.example"))], ..plain.clone() };
        let by_name = Understood { from: vec![mailbox(Some("Eva via desk"), Some("desk@npm.example"))], ..plain.clone() };
        for (understood, is_ours, expected) in [
            (&plain, false, letters.to_vec()),
            (&plain, true, with_claim("eva@moj.example")),
            (&kept, false, with_claim("jan@moj.example")),
            (&by_name, false, with_claim("eva@moj.example")),
        ] {
            let found = behind(understood, is_ours);
            let found: Vec<(&str, KnownBy)> = found.iter().map(|one| (one.written.as_str(), one.known)).collect();
            assert_eq!(found, expected, "{:?} {is_ours}", understood.from);
        }
    }
}
