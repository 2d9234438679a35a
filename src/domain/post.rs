//! What is below an authority in the directory: its units, the posts in a unit, who holds a post from a day to a day, and the addresses at which the
//! post or its holder is written to. Former holders and former addresses stay, so that their mail still links; no letter goes to them.

use super::authority::name_key;
use super::deliverability::AddressState;
use super::identity::{AuthorityId, ContactId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// From a day to a day, both included, on the authority's calendar; open where none is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validity {
    #[serde(rename = "valid_from")]
    pub from: Option<Date>,
    #[serde(rename = "valid_to")]
    pub to: Option<Date>,
}

impl Validity {
    pub fn covers(self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && !self.ended_before(day)
    }

    pub fn ended_before(self, day: Date) -> bool {
        self.to.is_some_and(|to| to < day)
    }

    /// As it was, but no longer than to the day before this one.
    pub fn ended_by(self, day: Date) -> Validity {
        let last = day.yesterday().unwrap_or(day);
        Validity { from: self.from.map(|from| from.min(last)), to: Some(self.to.map_or(last, |to| to.min(last))) }
    }
}

/// An address at which somebody is written to: a post's own mailbox, as an authority's general address is, or that of whoever holds the post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub id: ContactId,
    pub authority: AuthorityId,
    /// The unit of the authority; empty for the authority as a whole.
    pub unit: String,
    /// Who holds the post and is written to here; none of a post's own mailbox.
    pub name: Option<String>,
    /// Lower case.
    pub address: String,
    /// The post's: one of the configuration's levels.
    pub level: String,
    /// The post is that of a focal point.
    pub focal_point: bool,
    /// What the post is called; empty where nobody has said so.
    #[serde(default)]
    pub title: String,
    /// While the address is in use and its holder in the post.
    #[serde(flatten)]
    pub valid: Validity,
    /// Why no letter may go there any more.
    pub suppressed: Option<String>,
}

impl Contact {
    /// Whether it is in date, and may be written to.
    pub fn holds_on(&self, day: Date) -> bool {
        self.suppressed.is_none() && self.is_in_date(day)
    }

    pub fn is_in_date(&self, day: Date) -> bool {
        self.valid.covers(day)
    }

    /// Whether they are the same address in the same unit at the same level, and so in one post: a file that gives it another title moves it.
    pub fn is_in_place_of(&self, other: &Contact) -> bool {
        let of = |one: &Contact| (name_key(&one.unit), one.focal_point);
        of(self) == of(other) && (&self.address, &self.level) == (&other.address, &other.level)
    }

    /// Whether its post is the one that it had before, of which it was not known, or is known no more, what it is called.
    pub fn keeps_post_of(&self, before: &Contact) -> bool {
        self.is_in_place_of(before)
            && (self.title.is_empty() || before.title.is_empty() || name_key(&self.title) == name_key(&before.title))
    }
}

/// A part of an authority, for people to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unit {
    /// Empty for the authority as a whole.
    pub name: String,
    pub posts: Vec<Post>,
}

/// A seat in a unit, which may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Post {
    /// What it is called; empty where nobody has said so.
    pub title: String,
    pub level: String,
    pub focal_point: bool,
    /// From the first to the last day on which it is somebody's.
    #[serde(flatten)]
    pub valid: Validity,
    /// Now and formerly.
    pub holders: Vec<Holder>,
    /// Its own.
    pub mailboxes: Vec<Mailbox>,
}

impl Post {
    /// From the first to the last day that any of its holders and mailboxes says; open where one of them is.
    pub fn span(holders: &[Holder], mailboxes: &[Mailbox]) -> Validity {
        let all = || holders.iter().map(|holder| holder.valid).chain(mailboxes.iter().map(|mailbox| mailbox.valid));
        let from: Option<Vec<Date>> = all().map(|valid| valid.from).collect();
        let to: Option<Vec<Date>> = all().map(|valid| valid.to).collect();
        Validity { from: from.and_then(|days| days.into_iter().min()), to: to.and_then(|days| days.into_iter().max()) }
    }

    /// The first day on which it is nobody's any more, if it is empty today.
    pub fn empty_since(&self, today: Date) -> Option<Date> {
        let last = self.valid.to.filter(|_| self.valid.ended_before(today))?;
        last.tomorrow().ok()
    }
}

/// A person in a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holder {
    pub name: String,
    #[serde(flatten)]
    pub valid: Validity,
    pub mailboxes: Vec<Mailbox>,
}

/// An address, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mailbox {
    pub contact: ContactId,
    pub address: String,
    #[serde(flatten)]
    pub valid: Validity,
    pub state: AddressState,
    /// What its state rests on: the words of a server or a person.
    pub evidence: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn what_ends_is_over_on_the_day_and_what_was_over_before_stays_as_it_is() {
        let (today, yesterday, earlier) = (date(2026, 3, 2), date(2026, 3, 1), date(2026, 1, 31));
        for (from, to, ended) in [
            (None, None, (None, Some(yesterday))),
            (Some(earlier), Some(date(2026, 12, 31)), (Some(earlier), Some(yesterday))),
            (None, Some(earlier), (None, Some(earlier))),
            (Some(today), None, (Some(yesterday), Some(yesterday))),
        ] {
            let after = Validity { from, to }.ended_by(today);
            assert_eq!((after.from, after.to), ended);
            assert!(after.ended_before(today) && !after.covers(today));
        }
        assert!(Validity::default().covers(today) && Validity { from: Some(today), to: Some(today) }.covers(today));
        assert!(!Validity { from: Some(today), to: None }.covers(yesterday));
    }
}
