//! Authorities, and who in them a letter goes to.

use super::identity::AuthorityId;
use super::post::Contact;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    pub id: AuthorityId,
    pub name: String,
    /// The supervising authority.
    pub parent: Option<AuthorityId>,
    /// Language of letters to it, as a folder of templates is named (`en`).
    pub language: Option<String>,
    /// IANA time zone; the office's own where none is given.
    pub time_zone: Option<String>,
    /// Name of a calendar in the configuration; the office's own where none is given.
    pub calendar: Option<String>,
    pub aliases: Vec<String>,
    /// Mail domains whose senders are plausible for this authority, lower case.
    pub domains: Vec<String>,
    /// Those at which it is or was written to, oldest first.
    pub contacts: Vec<Contact>,
}

/// Whom a letter is meant for inside an authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat<'a> {
    FocalPoint,
    Level(&'a str),
}

impl Authority {
    /// Whom a letter goes to: whom it is meant for; where that address is written to no more, or is one of those that letters came back from,
    /// another of the same unit and level. Nobody else is written to in its place without a person.
    pub fn addressee(&self, unit: &str, seat: Seat<'_>, day: Date, came_back_from: &[String]) -> Option<&Contact> {
        let meant = self.meant(unit, seat, day)?;
        let is_alive = meant.holds_on(day) && !is_among(meant, came_back_from);
        if is_alive { Some(meant) } else { written_to_instead(&self.contacts, &meant.unit, &meant.level, came_back_from, day) }
    }

    /// Whom a letter is meant for, alive or not: the holder of the seat in that unit or of the authority as a whole, else, for the authority as a
    /// whole, in any of its units; else the focal point, else whoever holds an address there, in the directory's order; nobody if every address is
    /// out of date.
    pub fn meant(&self, unit: &str, seat: Seat<'_>, day: Date) -> Option<&Contact> {
        let holders: Vec<&Contact> = self.contacts.iter().filter(|contact| contact.is_in_date(day)).collect();
        let in_unit = || holders.iter().copied().filter(|contact| contact.unit == unit || contact.unit.is_empty());
        let anywhere = || holders.iter().copied().filter(|_| unit.is_empty());
        let holds_seat = |contact: &&Contact| match seat {
            Seat::FocalPoint => contact.focal_point,
            Seat::Level(level) => contact.level == level && !contact.focal_point,
        };
        let is_focal_point = |contact: &&Contact| contact.focal_point;
        let seated = in_unit().find(holds_seat).or_else(|| anywhere().find(holds_seat));
        seated
            .or_else(|| in_unit().find(is_focal_point))
            .or_else(|| anywhere().find(is_focal_point))
            .or_else(|| in_unit().next())
            .or_else(|| holders.first().copied())
    }
}

/// Who of these is written to on that day in the place of addresses at which nothing arrives (`not_at`, in any case): another of the same unit and
/// level, that is in date and written to.
pub fn written_to_instead<'a>(contacts: &'a [Contact], unit: &str, level: &str, not_at: &[String], day: Date) -> Option<&'a Contact> {
    contacts.iter().find(|other| other.unit == unit && other.level == level && other.holds_on(day) && !is_among(other, not_at))
}

fn is_among(contact: &Contact, addresses: &[String]) -> bool {
    addresses.iter().any(|address| address.eq_ignore_ascii_case(&contact.address))
}

/// How names are compared: without regard to case, surrounding and repeated white space, and with `&` read as `and`.
pub fn name_key(name: &str) -> String {
    name.to_lowercase().replace('&', " and ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identity::ContactId;
    use crate::domain::post::Validity;
    use jiff::civil::date;

    fn contact(id: i64, level: &str, focal_point: bool, valid_to: Option<Date>) -> Contact {
        Contact {
            id: ContactId(id),
            authority: AuthorityId(1),
            unit: String::new(),
            name: None,
            address: format!("c{id}@prisons.example"),
            level: level.into(),
            focal_point,
            title: String::new(),
            valid: Validity { from: None, to: valid_to },
            suppressed: None,
        }
    }

    fn authority(contacts: Vec<Contact>) -> Authority {
        Authority {
            id: AuthorityId(1),
            name: "Prison Service".into(),
            parent: None,
            language: None,
            time_zone: None,
            calendar: None,
            aliases: vec![],
            domains: vec!["prisons.example".into()],
            contacts,
        }
    }

    #[test]
    fn a_former_holder_gets_no_letter() {
        let prison = authority(vec![contact(1, "technical", false, Some(date(2026, 1, 31))), contact(2, "technical", false, None)]);
        let addressee = |day| prison.addressee("", Seat::Level("technical"), day, &[]).map(|contact| contact.id);
        assert_eq!(addressee(date(2026, 2, 1)), Some(ContactId(2)));
        assert_eq!(addressee(date(2026, 1, 31)), Some(ContactId(1)));
    }

    #[test]
    fn without_a_head_in_the_directory_the_letter_goes_to_the_focal_point() {
        let prison = authority(vec![contact(1, "technical", false, None), contact(2, "technical", true, None)]);
        assert_eq!(prison.addressee("", Seat::Level("head"), date(2026, 1, 1), &[]).map(|contact| contact.id), Some(ContactId(2)));
    }

    #[test]
    fn of_an_authority_as_a_whole_whoever_holds_the_seat_in_any_unit_is_meant_and_of_a_unit_nobody_elses() {
        let in_unit = |id, level: &str, focal_point, unit: &str| Contact { unit: unit.into(), ..contact(id, level, focal_point, None) };
        let ministry = authority(vec![
            contact(1, "technical", false, None),
            in_unit(2, "technical", true, "Legal unit"),
            in_unit(3, "head", false, "Director"),
        ]);
        let meant = |unit: &str, seat| ministry.meant(unit, seat, date(2026, 3, 1)).map(|contact| contact.id.0);
        assert_eq!(
            [Seat::Level("technical"), Seat::FocalPoint, Seat::Level("head")].map(|seat| meant("", seat)),
            [Some(1), Some(2), Some(3)]
        );
        assert_eq!([Seat::FocalPoint, Seat::Level("head")].map(|seat| meant("Wing B", seat)), [Some(1), Some(1)]);
        assert_eq!(meant("Director", Seat::Level("head")), Some(3));
    }

    #[test]
    fn nobody_is_written_to_at_a_dead_address() {
        let mut gone = contact(1, "technical", true, None);
        gone.suppressed = Some("5.1.1 no such user".into());
        assert_eq!(authority(vec![gone]).addressee("", Seat::FocalPoint, date(2026, 1, 1), &[]), None);
    }

    #[test]
    fn in_the_place_of_a_dead_address_only_one_of_the_same_unit_and_level_is_written_to() {
        let day = date(2026, 3, 1);
        let mut gone = contact(1, "technical", false, None);
        gone.suppressed = Some("5.1.1 no such user".into());
        let of_unit = |id, unit: &str| Contact { unit: unit.into(), ..contact(id, "technical", false, None) };
        let others = [contact(2, "head", false, None), of_unit(3, "Wing B"), contact(4, "technical", false, Some(date(2026, 2, 1)))];
        let mut prison = authority([vec![gone], others.to_vec()].concat());
        let addressee = |prison: &Authority, came_back: &[String]| {
            prison.addressee("", Seat::Level("technical"), day, came_back).map(|contact| contact.id)
        };
        assert_eq!(addressee(&prison, &[]), None, "neither the head nor another unit nor a former holder");
        prison.contacts.push(contact(5, "technical", true, None));
        assert_eq!(addressee(&prison, &[]), Some(ContactId(5)));
        assert_eq!(addressee(&prison, &["c5@prisons.example".into()]), None, "the letter has come back from there too");
    }

    #[test]
    fn another_address_takes_the_place_of_one_in_its_unit_at_its_level_while_it_is_in_date_and_written_to() {
        let day = date(2026, 3, 1);
        let good = || contact(2, "technical", false, None);
        let valid = |from, to| Contact { valid: Validity { from, to }, ..good() };
        for (other, expected) in [
            (good(), true),
            (Contact { focal_point: true, ..good() }, true),
            (Contact { suppressed: Some("5.1.1".into()), ..good() }, false),
            (Contact { unit: "Wing B".into(), ..good() }, false),
            (Contact { level: "head".into(), ..good() }, false),
            (Contact { address: "c1@prisons.example".into(), ..good() }, false),
            (valid(None, Some(date(2026, 2, 28))), false),
            (valid(None, Some(day)), true),
            (valid(Some(day), None), true),
            (valid(Some(date(2026, 3, 2)), None), false),
        ] {
            let contacts = [contact(1, "technical", false, None), other];
            let instead = written_to_instead(&contacts, "", "technical", &["C1@Prisons.example".into()], day);
            assert_eq!(instead.is_some(), expected, "{contacts:?}");
        }
    }
}
