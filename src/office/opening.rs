//! Requests are opened: who is asked about what, under which reference, by when.

use crate::domain::asking::{InOneLetter, RequestSelection, basis_of_new, in_letters, named_deadline};
use crate::domain::authority::{Authority, Seat};
use crate::domain::calendar::compute;
use crate::domain::enclosure::{Enclosure, fit_in_one_letter};
use crate::domain::event::{Actor, Happened};
use crate::domain::identity::{JointId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::letter_life::{LetterLife, begins_as};
use crate::domain::recommendation::Recommendation;
use crate::domain::reference;
use crate::domain::rules::{OfficeRules, day_in};
use crate::register::events::Event;
use crate::register::requests::{self, NewRequest};
use crate::register::{Reader, Register, Result, Transaction, directory, enclosures, numbers, ownership, recommendations, restored};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// How requests are opened, beside what they ask about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opening {
    /// Their first letters wait for a person to release them, whatever their level.
    pub drafted: bool,
    /// Files that are sent with each first letter.
    pub enclosures: Vec<Enclosure>,
}

/// What opening did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub requests: Vec<OpenedRequest>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedRequest {
    pub reference: String,
    pub matter: String,
    pub authority: String,
    pub unit: String,
    pub recommendations: Vec<String>,
    /// To whom the letter will go; nobody if the directory has no living address.
    pub recipient: Option<String>,
    pub urgency: String,
    /// As its letter will name it, if that is written at `written_at`.
    pub deadline: Date,
    /// When its letter is written at the earliest: at once, or when the authority's next office hours begin.
    pub written_at: Timestamp,
}

impl Register {
    /// Opens a request per addressee not yet asked, joined by report (or by recommendation where there is no report). The letters are written
    /// by the next pass.
    ///
    /// # Errors
    ///
    /// Refused while the register is behind the world; and as [`Register::write`](crate::register::Register).
    pub fn open_requests(&mut self, selection: &RequestSelection, actor: &Actor, now: Timestamp, dry_run: bool) -> Result<Opened> {
        self.open_requests_as(selection, &Opening::default(), actor, now, dry_run)
    }

    /// As [`Register::open_requests`], in another way than the usual one.
    ///
    /// # Errors
    ///
    /// As [`Register::open_requests`].
    pub fn open_requests_as(
        &mut self,
        selection: &RequestSelection,
        opening: &Opening,
        actor: &Actor,
        now: Timestamp,
        dry_run: bool,
    ) -> Result<Opened> {
        let secret = self.secret();
        self.write_or_try(dry_run, |tx| {
            let requests = open_all(tx, selection, opening, actor, now)?;
            if !dry_run && !requests.is_empty() {
                ownership::bind(tx, secret.as_ref())?;
            }
            Ok(Opened { requests: requests.into_iter().map(|(_, request)| request).collect() })
        })
    }

    /// What would be opened: shows each request as it would stand in the register, and changes nothing.
    ///
    /// # Errors
    ///
    /// As [`Register::open_requests`].
    pub fn try_requests(
        &mut self,
        selection: &RequestSelection,
        opening: &Opening,
        actor: &Actor,
        now: Timestamp,
        mut look: impl FnMut(&Reader, RequestId, &OpenedRequest),
    ) -> Result<()> {
        self.write_or_try(true, |tx| {
            let requests = open_all(tx, selection, opening, actor, now)?;
            requests.iter().for_each(|(id, request)| look(tx, *id, request));
            Ok(())
        })
    }
}

fn open_all(
    tx: &Transaction<'_>,
    selection: &RequestSelection,
    opening: &Opening,
    actor: &Actor,
    now: Timestamp,
) -> Result<Vec<(RequestId, OpenedRequest)>> {
    restored::refuse_behind(tx)?;
    fit_in_one_letter(&opening.enclosures)?;
    let mut requests = Vec::new();
    let mut joints: HashMap<(String, String), JointId> = HashMap::new();
    for asked in in_letters(recommendations::not_asked(tx, selection)?) {
        let joint = match joints.entry((asked.matter.clone(), asked.urgency.clone())) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => *new.insert(requests::add_joint(tx, &asked.matter)?),
        };
        requests.push(open(tx, asked, joint, opening, actor, now)?);
    }
    Ok(requests)
}

fn open(
    tx: &Transaction<'_>,
    asked: InOneLetter,
    joint: JointId,
    opening: &Opening,
    actor: &Actor,
    now: Timestamp,
) -> Result<(RequestId, OpenedRequest)> {
    let InOneLetter { matter, urgency, addressee, recommendations } = asked;
    let authority = directory::load(tx, addressee.authority)?;
    let asked: Vec<Recommendation> = recommendations.iter().map(|id| recommendations::load(tx, *id)).collect::<Result<_>>()?;
    let zone = tx.rules().time_zone_of(&authority);
    let sending = tx.rules().moment_of(None, now, &authority);
    let made_on = asked.iter().map(|recommendation| recommendation.made_on);
    let basis = basis_of_new(tx.rules().start_event, tx.rules().term(&urgency), day_in(sending, &zone), made_on);
    let calendar = tx.rules().calendar_of(&authority);
    let deadline = compute(&basis, &calendar).deadline;
    let reference = next_reference(tx, day_in(now, &tx.rules().time_zone).year())?;
    let request = NewRequest {
        reference: &reference,
        joint,
        authority: authority.id,
        unit: &addressee.unit,
        urgency: &urgency,
        opened_at: now,
        basis: &basis,
        deadline,
        drafted: opening.drafted,
        begun_by_hand: None,
        next_due: Some(sending),
    };
    let id = requests::add(tx, &request)?;
    requests::ask_about(tx, id, authority.id, Some(&addressee.unit), &asked)?;
    let references: Vec<String> = asked.into_iter().map(|recommendation| recommendation.reference).collect();
    let opened = Happened::RequestOpened { reference: reference.clone(), recommendations: references.clone() };
    Event::new(now, opened, actor).request(id).authority(authority.id).append(tx)?;
    let first_letter = enclosures::Which { request: id, role: LetterRole::Request, step: None };
    opening.enclosures.iter().try_for_each(|enclosure| enclosures::put(tx, first_letter, enclosure))?;
    let is_draft = begins_as(LetterRole::Request, tx.rules().lowest_level(), opening.drafted, &tx.rules().drafts) == LetterLife::Draft;
    let leaves_on = if is_draft { tx.rules().release_by(sending) } else { day_in(sending, &zone) };
    let opened = OpenedRequest {
        recipient: first_addressee(&authority, &addressee.unit, tx.rules(), day_in(sending, &zone)),
        reference,
        matter,
        authority: authority.name,
        unit: addressee.unit,
        recommendations: references,
        urgency,
        deadline: named_deadline(&basis, leaves_on, &calendar),
        written_at: sending,
    };
    Ok((id, opened))
}

fn first_addressee(authority: &Authority, unit: &str, rules: &OfficeRules, today: Date) -> Option<String> {
    authority.addressee(unit, Seat::Level(rules.lowest_level()), today, &[]).map(|contact| contact.address.clone())
}

/// Running numbers start anew each year on the office's calendar and are never given twice.
fn next_reference(tx: &Transaction<'_>, year: i16) -> Result<String> {
    loop {
        let candidate = reference::reference(&tx.rules().prefix, year, numbers::next(tx, year)?);
        // An adopted request may already carry a number of the same form.
        if requests::find(tx, &candidate)?.is_none() {
            return Ok(candidate);
        }
    }
}
