//! What an import changes in the directory, as the record and whoever imported it are told.

use super::{Anew, is_another};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One thing that ended, went, came or is otherwise than before. Days are on the authority's calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum DirectoryChange {
    AddressAdded {
        address: String,
        holder: Option<String>,
        unit: String,
        level: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        title: String,
        first_day: Option<Date>,
        last_day: Option<Date>,
    },
    /// Nobody is written to there after the last day.
    AddressEnds {
        address: String,
        holder: Option<String>,
        unit: String,
        last_day: Date,
    },
    /// Somebody else has the post, under the same address; nobody in particular if no successor is named.
    HolderEnds {
        holder: String,
        address: String,
        unit: String,
        last_day: Date,
        successor: Option<String>,
    },
    /// A former address is written to again.
    AddressTakenUp {
        address: String,
        holder: Option<String>,
        unit: String,
        former_last_day: Option<Date>,
    },
    /// It is in use for longer than was said, or what was said of a former address is put right.
    LastDayMoved {
        address: String,
        holder: Option<String>,
        unit: String,
        was: Option<Date>,
        last_day: Option<Date>,
    },
    /// Nobody is written to there before the first day.
    FirstDayMoved {
        address: String,
        holder: Option<String>,
        unit: String,
        was: Option<Date>,
        first_day: Option<Date>,
    },
    /// Who has the address was not known, or is spelt in another way.
    HolderNamed {
        address: String,
        unit: String,
        was: Option<String>,
        holder: String,
    },
    Moved {
        address: String,
        holder: Option<String>,
        from_unit: String,
        to_unit: String,
    },
    /// Its post is called otherwise; empty where it was not known, or is to be known no more, how.
    TitleChanged {
        address: String,
        holder: Option<String>,
        unit: String,
        was: String,
        title: String,
    },
    AliasAdded {
        alias: String,
    },
    AliasGoes {
        alias: String,
    },
    DomainAdded {
        domain: String,
    },
    DomainGoes {
        domain: String,
    },
    /// It sends mail for another authority.
    SendsForAdded {
        authority: String,
    },
    /// It sends no mail any more for another authority.
    SendsForEnds {
        authority: String,
    },
    /// A value of the authority's own, by its column.
    Set {
        column: String,
        was: Option<String>,
        is: Option<String>,
    },
}

/// Why an import may not do that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateConflict {
    /// Who has the address now would be written to no more, and the successor not yet.
    HandoverToCome {
        address: String,
        holder: String,
        first_day: Date,
    },
    EndsBeforeItBegins {
        address: String,
        first_day: Date,
        last_day: Date,
    },
}

impl Anew<'_> {
    /// The last day of whoever had the place until now.
    pub fn last_day_before(&self, today: Date) -> Date {
        let begins = self.after.valid.from.filter(|from| self.is_handover() && *from < today).unwrap_or(today);
        let before = self.before.map(|before| before.valid).unwrap_or_default();
        before.ended_by(begins).to.unwrap_or(begins)
    }

    /// None if it may be imported.
    pub fn refusal(&self, today: Date) -> Option<DateConflict> {
        let after = &self.after;
        let address = after.address.clone();
        if let (Some(first_day), Some(last_day)) = (after.valid.from, after.valid.to)
            && first_day > last_day
        {
            return Some(DateConflict::EndsBeforeItBegins { address, first_day, last_day });
        }
        let holder = self.before.filter(|before| !before.valid.ended_before(today))?.name.clone()?;
        let first_day = after.valid.from.filter(|from| *from > today && self.is_handover())?;
        Some(DateConflict::HandoverToCome { address, holder, first_day })
    }

    fn is_handover(&self) -> bool {
        self.before.is_some_and(|before| is_another(before.name.as_deref(), self.after.name.as_deref()))
    }

    /// What is otherwise than before, the most important first.
    pub fn changes(&self, today: Date) -> Vec<DirectoryChange> {
        let after = &self.after;
        let (address, holder, unit) = (|| after.address.clone(), || after.name.clone(), || after.unit.clone());
        let (first_day, last_day) = (after.valid.from, after.valid.to);
        let Some(before) = self.before else {
            let (level, title) = (after.level.clone(), after.title.clone());
            let (address, holder, unit) = (address(), holder(), unit());
            return vec![DirectoryChange::AddressAdded { address, holder, unit, level, title, first_day, last_day }];
        };
        let mut changes = Vec::new();
        let (was_over, is_over) = (before.valid.ended_before(today), after.valid.ended_before(today));
        if was_over && !is_over {
            let former_last_day = before.valid.to;
            changes.push(DirectoryChange::AddressTakenUp { address: address(), holder: holder(), unit: unit(), former_last_day });
        } else if let (Some(left), true) = (&before.name, self.is_handover()) {
            changes.push(DirectoryChange::HolderEnds {
                holder: left.clone(),
                address: address(),
                unit: before.unit.clone(),
                last_day: self.last_day_before(today),
                successor: holder(),
            });
        } else if before.valid.to != last_day {
            let was = before.valid.to;
            changes.push(match last_day.filter(|last| !was_over && was.is_none_or(|was| *last < was)) {
                Some(last_day) => {
                    DirectoryChange::AddressEnds { address: address(), holder: holder(), unit: before.unit.clone(), last_day }
                }
                None => DirectoryChange::LastDayMoved { address: address(), holder: holder(), unit: unit(), was, last_day },
            });
        }
        if before.valid.from != first_day && !self.is_handover() && !is_over {
            let was = before.valid.from;
            changes.push(DirectoryChange::FirstDayMoved { address: address(), holder: holder(), unit: unit(), was, first_day });
        }
        if let Some(holder) = holder().filter(|_| before.name != after.name && !self.is_handover()) {
            changes.push(DirectoryChange::HolderNamed { address: address(), unit: unit(), was: before.name.clone(), holder });
        }
        if before.unit != after.unit {
            let (from_unit, to_unit) = (before.unit.clone(), unit());
            changes.push(DirectoryChange::Moved { address: address(), holder: holder(), from_unit, to_unit });
        }
        if before.title != after.title {
            let (was, title) = (before.title.clone(), after.title.clone());
            changes.push(DirectoryChange::TitleChanged { address: address(), holder: holder(), unit: unit(), was, title });
        }
        changes
    }
}
