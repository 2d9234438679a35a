//! Authorities, the offices and people in them, and who of them a letter goes to.

use super::identity::{AuthorityId, ContactId};
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
    pub contacts: Vec<Contact>,
}

/// A holder of an address inside an authority. Former holders stay, so that old threads still link; no letter goes to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub id: ContactId,
    pub authority: AuthorityId,
    /// The office within the authority; empty for the authority as a whole.
    pub office: String,
    pub name: Option<String>,
    pub address: String,
    /// One of the configuration's levels.
    pub level: String,
    pub focal_point: bool,
    pub valid_from: Option<Date>,
    pub valid_to: Option<Date>,
    /// Why no letter may go there any more.
    pub dead: Option<String>,
}

impl Contact {
    /// Whether it is in date, and may be written to.
    pub fn holds_on(&self, day: Date) -> bool {
        self.dead.is_none() && self.is_in_date(day)
    }

    pub fn is_in_date(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }
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
    pub fn addressee(&self, office: &str, seat: Seat<'_>, day: Date, came_back_from: &[String]) -> Option<&Contact> {
        let meant = self.meant(office, seat, day)?;
        let is_alive = |contact: &&Contact| contact.holds_on(day) && !came_back_from.contains(&contact.address);
        let beside = |contact: &&Contact| contact.office == meant.office && contact.level == meant.level;
        Some(meant).filter(is_alive).or_else(|| self.contacts.iter().filter(beside).find(is_alive))
    }

    /// Whom a letter is meant for, alive or not: the holder of the seat in that office or of the authority as a whole, else, for the authority as a
    /// whole, in any of its offices; else the focal point, else whoever holds an address there, in the directory's order; nobody if every address is
    /// out of date.
    pub fn meant(&self, office: &str, seat: Seat<'_>, day: Date) -> Option<&Contact> {
        let holders: Vec<&Contact> = self.contacts.iter().filter(|contact| contact.is_in_date(day)).collect();
        let in_office = || holders.iter().copied().filter(|contact| contact.office == office || contact.office.is_empty());
        let anywhere = || holders.iter().copied().filter(|_| office.is_empty());
        let holds_seat = |contact: &&Contact| match seat {
            Seat::FocalPoint => contact.focal_point,
            Seat::Level(level) => contact.level == level && !contact.focal_point,
        };
        let is_focal_point = |contact: &&Contact| contact.focal_point;
        let seated = in_office().find(holds_seat).or_else(|| anywhere().find(holds_seat));
        seated
            .or_else(|| in_office().find(is_focal_point))
            .or_else(|| anywhere().find(is_focal_point))
            .or_else(|| in_office().next())
            .or_else(|| holders.first().copied())
    }
}

/// For each person that a directory's file names of an authority, whose place that one takes of those whom the register has: who holds the address at
/// that level, in a unit of which the file says nothing any more, and has the same name; or, where the file says no unit, whoever holds it. None for who
/// is there already, and for who is new.
///
/// A former holder stays: another person may have the address by now. So does an address without a name: two units may share a mailbox, and each may have
/// a file of its own.
pub fn take_places<'a>(known: &'a [Contact], named: &[Contact]) -> Vec<Option<&'a Contact>> {
    let same_seat = |one: &Contact, other: &Contact| {
        (&one.office, &one.address, &one.level, one.focal_point) == (&other.office, &other.address, &other.level, other.focal_point)
    };
    let same_name = |one: &Contact, other: &Contact| match (&one.name, &other.name) {
        (Some(one), Some(other)) => name_key(one) == name_key(other),
        _ => false,
    };
    let mut left: Vec<&Contact> = known.iter().filter(|one| !named.iter().any(|other| same_seat(one, other))).collect();
    let mut place_of = |(row, person): (usize, &Contact)| {
        let is_there = known.iter().chain(named.iter().take(row)).any(|one| same_seat(one, person));
        let place = left.iter().position(|one| {
            (&one.address, &one.level, one.focal_point) == (&person.address, &person.level, person.focal_point)
                && (one.valid_to.is_none() || one.valid_to == person.valid_to)
                && (person.office.is_empty() || same_name(one, person))
        });
        place.filter(|_| !is_there).map(|place| left.remove(place))
    };
    named.iter().enumerate().map(&mut place_of).collect()
}

/// How names are compared: without regard to case, surrounding and repeated white space, and with `&` read as `and`.
pub fn name_key(name: &str) -> String {
    name.to_lowercase().replace('&', " and ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn contact(id: i64, level: &str, focal_point: bool, valid_to: Option<Date>) -> Contact {
        Contact {
            id: ContactId(id),
            authority: AuthorityId(1),
            office: String::new(),
            name: None,
            address: format!("c{id}@prisons.example"),
            level: level.into(),
            focal_point,
            valid_from: None,
            valid_to,
            dead: None,
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
    fn of_an_authority_as_a_whole_whoever_holds_the_seat_in_any_office_is_meant_and_of_an_office_nobody_elses() {
        let in_office =
            |id, level: &str, focal_point, office: &str| Contact { office: office.into(), ..contact(id, level, focal_point, None) };
        let ministry = authority(vec![
            contact(1, "technical", false, None),
            in_office(2, "technical", true, "Legal unit"),
            in_office(3, "head", false, "Director"),
        ]);
        let meant = |office: &str, seat| ministry.meant(office, seat, date(2026, 3, 1)).map(|contact| contact.id.0);
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
        gone.dead = Some("5.1.1 no such user".into());
        assert_eq!(authority(vec![gone]).addressee("", Seat::FocalPoint, date(2026, 1, 1), &[]), None);
    }

    #[test]
    fn in_the_place_of_a_dead_address_only_one_of_the_same_unit_and_level_is_written_to() {
        let day = date(2026, 3, 1);
        let mut gone = contact(1, "technical", false, None);
        gone.dead = Some("5.1.1 no such user".into());
        let of_unit = |id, office: &str| Contact { office: office.into(), ..contact(id, "technical", false, None) };
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
    fn whom_a_file_names_in_another_unit_takes_the_place_of_the_same_person() {
        let in_unit = |id, office: &str| Contact {
            office: office.into(),
            name: Some("Ana Petrova".into()),
            address: "ana@prisons.example".into(),
            ..contact(id, "technical", true, None)
        };
        let places = |known: &[Contact], named: &[Contact]| -> Vec<Option<i64>> {
            take_places(known, named).into_iter().map(|place| place.map(|contact| contact.id.0)).collect()
        };
        let known = [in_unit(1, "Legal unit")];
        assert_eq!(places(&known, &[in_unit(0, "Legal unit")]), [None], "there already");
        assert_eq!(places(&known, &[in_unit(0, "Health unit")]), [Some(1)]);
        assert_eq!(places(&known, &[in_unit(0, "Legal unit"), in_unit(0, "Health unit")]), [None, None], "she is in both");
        assert_eq!(places(&known, &[in_unit(0, "Health unit"), in_unit(0, "")]), [Some(1), None], "each place is taken once");
        for other in [
            Contact { level: "head".into(), ..in_unit(0, "") },
            Contact { focal_point: false, ..in_unit(0, "") },
            Contact { address: "bo@prisons.example".into(), ..in_unit(0, "") },
        ] {
            assert_eq!(places(&known, &[other]), [None]);
        }
        let former = [Contact { valid_to: Some(date(2026, 1, 31)), ..in_unit(1, "Legal unit") }];
        assert_eq!(places(&former, &[in_unit(0, "Health unit")]), [None]);
        let nameless = |id, office: &str| Contact { name: None, ..in_unit(id, office) };
        assert_eq!(places(&[nameless(1, "Legal unit")], &[nameless(0, "Health unit")]), [None], "two units with one mailbox");
        assert_eq!(places(&[nameless(1, "Legal unit")], &[nameless(0, "")]), [Some(1)], "the file does not say in which");
        let twice = [in_unit(1, "Legal unit"), in_unit(2, "Youth unit")];
        assert_eq!(
            places(&twice, &[in_unit(0, "Health unit"), in_unit(0, "Health unit")]),
            [Some(1), None],
            "a row that stands there twice"
        );
    }
}
