//! Whom a step of the ladder is written to. A level of which the directory has nobody is not written to at all: the same person would get the letter
//! again, as if it were somebody above, and every later letter would say so.

use super::authority::{Authority, Seat, written_to_instead};
use super::deliverability::About;
use super::hold::Hold;
use super::ladder::{Step, StepLetter};
use super::post::Contact;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Those to whom letters about a request can go, as the directory has them.
#[derive(Debug, Clone, Copy)]
pub struct Addressees<'a> {
    /// Who was asked, and the unit within it; empty for the authority as a whole.
    pub authority: &'a Authority,
    pub unit: &'a str,
    /// The supervising authority, if the directory has one.
    pub above: Option<&'a Authority>,
    /// The level of a first letter and of reminders.
    pub lowest_level: &'a str,
}

/// Where a letter goes; who sits there says [`Authority::addressee`].
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub whose: &'a Authority,
    pub unit: &'a str,
    pub seat: Seat<'a>,
}

impl<'a> Place<'a> {
    pub fn meant(&self, day: Date) -> Option<&'a Contact> {
        self.whose.meant(self.unit, self.seat, day)
    }
}

/// To whom a letter is written on a day.
#[derive(Debug, Clone)]
pub struct WrittenTo<'a> {
    /// Whose it is: the authority that was asked, or the one above it.
    pub whose: &'a Authority,
    /// None where nobody can be written to; then `hold` says why.
    pub main: Option<&'a Contact>,
    /// Whoever got the first letter, where the step wants a copy to them.
    pub copy: Option<&'a Contact>,
    /// Why nothing is written, though somebody may be there: nobody has an address that takes letters, or the letter has just come back from the
    /// only one.
    pub hold: Option<Hold>,
}

/// An address from which the request came back, and what the report was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameBackFrom {
    pub address: String,
    pub about: About,
}

/// A letter that came back, of which no later one got through to the same unit and level, and on which nobody has acted; and the addresses of that
/// seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterReturned {
    /// Where it came back from, and the letters about the same to that seat on which nobody has acted either.
    pub from: Vec<String>,
    pub unit: String,
    pub level: String,
    pub of_seat: Vec<Contact>,
}

impl LetterReturned {
    /// Whether the directory has another address in its place on that day.
    pub fn is_replaced(&self, day: Date) -> bool {
        written_to_instead(&self.of_seat, &self.unit, &self.level, &self.from, day).is_some()
    }
}

/// Why a higher level is not written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vacancy {
    /// Nobody of the step's level at the authority is in the directory, or in date.
    NobodyOfLevel,
    NoSupervisingAuthority,
    /// The supervising authority has no address in date.
    SupervisingAuthorityWithoutAddress,
    /// The only address there is one to which the letters before went.
    SameAddress,
}

impl Vacancy {
    /// For people: what is missing at an authority for a step to that level.
    pub fn why(self, level: &str) -> String {
        match self {
            Vacancy::NobodyOfLevel => format!("the directory has nobody of the level {level}"),
            Vacancy::NoSupervisingAuthority => "the directory names no supervising authority".to_owned(),
            Vacancy::SupervisingAuthorityWithoutAddress => "its supervising authority has no address in the directory".to_owned(),
            Vacancy::SameAddress => "the only address there is the one to which the letters before went".to_owned(),
        }
    }

    /// What to do about it, with the columns of the authorities' table.
    pub fn mend(self, level: &str) -> String {
        match self {
            Vacancy::NobodyOfLevel => format!("import authorities with a row of focal_point_email and the level {level}"),
            Vacancy::NoSupervisingAuthority => "import authorities with their parent".to_owned(),
            Vacancy::SupervisingAuthorityWithoutAddress => "import the supervising authority with its email".to_owned(),
            Vacancy::SameAddress => format!("import authorities with an address of that level's own (focal_point_email, level {level})"),
        }
    }
}

impl<'a> Addressees<'a> {
    /// Where a letter of the ladder goes on that day; without one, the request itself. Only a higher level can be vacant: below it somebody is always
    /// meant, and whether that one can be written to is another question.
    ///
    /// # Errors
    ///
    /// [`Vacancy`], for a higher level only: nobody of that level is in the directory and in date; no supervising authority is named, or it has
    /// no address in date; or the only address is one to which the letters before went.
    pub fn place(&self, letter: Option<&'a StepLetter>, day: Date) -> Result<Place<'a>, Vacancy> {
        let Addressees { authority, unit, lowest_level, .. } = *self;
        let at = |seat| Place { whose: authority, unit, seat };
        let (lowest, focal_point) = (at(Seat::Level(lowest_level)), at(Seat::FocalPoint));
        let Some(letter) = letter else { return Ok(lowest) };
        if !letter.is_higher(lowest_level) {
            return Ok(if letter.is_to_focal_point() { focal_point } else { lowest });
        }
        let in_date = |contact: &&Contact| contact.is_in_date(day);
        if !letter.is_to_supervising_authority() {
            let place = at(Seat::Level(&letter.level));
            let meant = place.meant(day).filter(|meant| meant.level == letter.level).ok_or(Vacancy::NobodyOfLevel)?;
            let is_below = |below: Place<'_>| below.meant(day).is_some_and(|below| below.address == meant.address);
            return if is_below(lowest) || is_below(focal_point) { Err(Vacancy::SameAddress) } else { Ok(place) };
        }
        let whose = self.above.ok_or(Vacancy::NoSupervisingAuthority)?;
        let place = Place { whose, unit: "", seat: Seat::Level(&letter.level) };
        let meant = place.meant(day).ok_or(Vacancy::SupervisingAuthorityWithoutAddress)?;
        let is_below = authority.contacts.iter().filter(in_date).any(|below| below.address == meant.address);
        if is_below { Err(Vacancy::SameAddress) } else { Ok(place) }
    }

    /// Whom a letter of the ladder, or without one the request itself, is written to on that day. An address from which the request came back is
    /// passed over where the report was about that address; otherwise a person decides.
    pub fn written_to(&self, letter: Option<&'a StepLetter>, came_back_from: &[CameBackFrom], day: Date) -> WrittenTo<'a> {
        let place = self.place(letter, day);
        let whose = place.map_or(self.authority, |place| place.whose);
        let passed_over: Vec<String> =
            came_back_from.iter().filter(|from| from.about.frees_the_next_address()).map(|from| from.address.clone()).collect();
        let seated = |place: Place<'a>| place.whose.addressee(place.unit, place.seat, day, &passed_over);
        let main = place.ok().and_then(seated);
        let first = letter.filter(|letter| letter.copy_to_first).and_then(|_| self.place(None, day).ok());
        let copy = first.and_then(seated).filter(|copy| main.is_none_or(|main| main.address != copy.address));
        let hold = match main {
            Some(main) => came_back_from.iter().any(|from| from.address == main.address).then_some(Hold::CameBack),
            None if !whose.contacts.iter().any(|contact| contact.holds_on(day)) => Some(Hold::NobodyToWriteTo),
            None if place.is_ok_and(|place| place.meant(day).is_some_and(|meant| meant.suppressed.is_some())) => {
                Some(Hold::AddressSuppressed)
            }
            None => Some(Hold::CameBack),
        };
        WrittenTo { whose, main, copy, hold }
    }

    /// Why a step has nobody to be written to on that day; none if it has, or is no letter.
    pub fn vacancy(&self, step: &'a Step, day: Date) -> Option<Vacancy> {
        self.place(Some(step.letter()?), day).err()
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::domain::identity::{AuthorityId, ContactId};
    use crate::domain::ladder::Ladder;
    use crate::domain::post::Validity;
    use jiff::civil::date;

    /// Contacts as address and level.
    pub fn authority(contacts: &[(&str, &str)]) -> Authority {
        let contacts = (1..).zip(contacts).map(|(id, (address, level))| Contact {
            id: ContactId(id),
            authority: AuthorityId(1),
            unit: String::new(),
            name: None,
            address: (*address).into(),
            level: (*level).into(),
            focal_point: false,
            title: String::new(),
            valid: Validity::default(),
            suppressed: None,
        });
        Authority {
            id: AuthorityId(1),
            name: "Prison Service".into(),
            parent: None,
            language: None,
            time_zone: None,
            calendar: None,
            aliases: vec![],
            domains: vec![],
            contacts: contacts.collect(),
        }
    }

    /// To whom each letter of the usual ladder goes.
    fn told(authority: &Authority, above: Option<&Authority>) -> Vec<String> {
        let (ladder, day) = (Ladder::default(), date(2026, 3, 1));
        let addressees = Addressees { authority, unit: "", above, lowest_level: "technical" };
        let letters = ladder.steps.iter().filter_map(Step::letter);
        letters
            .map(|letter| match addressees.place(Some(letter), day) {
                Ok(place) => place.meant(day).map_or("nobody".into(), |meant| meant.address.clone()),
                Err(vacancy) => format!("{vacancy:?}"),
            })
            .collect()
    }

    #[test]
    fn a_level_of_which_the_directory_has_nobody_is_not_written_to_in_the_person_of_somebody_below() {
        let general = authority(&[("post", "technical")]);
        let headed = authority(&[("post", "technical"), ("head", "head")]);
        let head_only = authority(&[("head", "head")]);
        let at_the_desk = authority(&[("post", "technical"), ("post", "head")]);
        let (ministry, silent) = (authority(&[("ministry", "technical")]), authority(&[]));
        let of_minister = authority(&[("ministry", "technical"), ("minister", "minister")]);
        for (authority, above, expected) in [
            (&general, None, ["post", "post", "NobodyOfLevel", "NoSupervisingAuthority"]),
            (&headed, None, ["post", "post", "head", "NoSupervisingAuthority"]),
            (&headed, Some(&ministry), ["post", "post", "head", "ministry"]),
            (&headed, Some(&of_minister), ["post", "post", "head", "minister"]),
            (&headed, Some(&silent), ["post", "post", "head", "SupervisingAuthorityWithoutAddress"]),
            (&head_only, Some(&head_only), ["head", "head", "SameAddress", "SameAddress"]),
            (&at_the_desk, Some(&general), ["post", "post", "SameAddress", "SameAddress"]),
            (&silent, Some(&ministry), ["nobody", "nobody", "NobodyOfLevel", "ministry"]),
        ] {
            assert_eq!(told(authority, above), expected);
        }
    }

    #[test]
    fn whoever_held_a_seat_is_not_written_to_in_it_and_a_dead_address_is_a_person_s_business() {
        let mut headed = authority(&[("post", "technical"), ("head", "head")]);
        headed.contacts[1].suppressed = Some("5.1.1 no such user".into());
        assert_eq!(told(&headed, None)[2], "head");
        headed.contacts[1].valid.to = Some(date(2026, 2, 28));
        assert_eq!(told(&headed, None)[2], "NobodyOfLevel");
    }

    #[test]
    fn an_address_from_which_a_letter_came_back_takes_the_place_of_no_other() {
        let seat = authority(&[("post", "technical"), ("second", "technical"), ("head", "head")]);
        let returned = |from: &[&str]| LetterReturned {
            from: from.iter().map(|address| (*address).to_owned()).collect(),
            unit: String::new(),
            level: "technical".into(),
            of_seat: seat.contacts.clone(),
        };
        let is_replaced = [&["post"][..], &["second"], &["Post", "SECOND"]].map(|from| returned(from).is_replaced(date(2026, 3, 1)));
        assert_eq!(is_replaced, [true, true, false]);
    }
}
