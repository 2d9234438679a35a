//! What a request waits for: the mails that a person has to look at, and what keeps its next step back.

use super::agenda::Outlook;
use super::known::Known;
use super::{Reader, Result};
use crate::domain::hold::Hold;
use crate::domain::identity::{AuthorityId, MailId};
use crate::domain::lifecycle;
use crate::domain::request::Request;
use crate::domain::resting::rests_until;
use crate::domain::rules::day_in;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use std::ops::ControlFlow;

/// What one request waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitsFor {
    /// Oldest first.
    pub mails: Vec<WaitingMail>,
    pub held: Option<HeldBack>,
}

/// A mail that waits for a person and may be about the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitingMail {
    pub mail: MailId,
    pub received_at: Timestamp,
    pub rests: LettersRest,
}

/// Whether the letters of a request rest for a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LettersRest {
    No,
    UntilSomebodyLooks,
    /// On that day they go on.
    Until(Date),
}

/// A step that is due and is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldBack {
    /// `request`, or the name of the ladder's step.
    pub step: String,
    pub due_on: Date,
    pub why: Hold,
    /// The day on which it goes on at the latest, where one is known.
    pub until: Option<Date>,
}

/// What is due at one moment.
#[derive(Default)]
pub(super) struct StepsDue {
    /// How many the next pass will take.
    pub(super) to_be_taken: u64,
    /// The longest due first.
    pub(super) held: Vec<HeldRequest>,
}

impl StepsDue {
    /// With what is due of this request.
    pub(super) fn add(&mut self, reader: &Reader, known: &Known, now: Timestamp) -> Result<()> {
        match reader.outlook(known, now)? {
            Outlook::Nothing => {}
            Outlook::Due(_) => self.to_be_taken += 1,
            Outlook::Held(why) => self.held.push(HeldRequest {
                back: held_back(known, &reader.rules, why, now),
                reference: known.request.reference.clone(),
                authority_id: known.authority.id,
                authority: known.authority.name.clone(),
            }),
        }
        Ok(())
    }
}

/// A request with a step that something keeps back.
#[derive(Debug, Clone)]
pub(super) struct HeldRequest {
    pub(super) reference: String,
    pub(super) authority_id: AuthorityId,
    pub(super) authority: String,
    pub(super) back: HeldBack,
}

impl Reader {
    /// What is due at `now`, and how much of it waits.
    pub(super) fn steps_due(&self, now: Timestamp) -> Result<StepsDue> {
        let mut due = StepsDue::default();
        self.each_step_owed(None, now, |owed| {
            due.add(self, &Known::load(self, owed.request)?, now)?;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(due)
    }

    /// What a request waits for at `now`. Until when its letters rest is computed from the day on which its next step falls due; whether that is
    /// over, by the office's day.
    ///
    /// # Errors
    ///
    /// Where the register cannot be read or has no such request.
    pub fn waits_for(&self, request: &Request, now: Timestamp) -> Result<WaitsFor> {
        let known = Known::load(self, request.id)?;
        let situation = known.situation(&self.rules);
        let today = day_in(now, &self.rules.time_zone);
        let due_on = lifecycle::falls_due(&situation).map_or(today, |(_, due_on)| due_on);
        let mut mails = Vec::new();
        for view in self.mail_views_of(&self.waiting_about(request, known.resting_mails())?)? {
            let mail = MailId(view.id);
            if !view.waits_for_a_person() {
                continue;
            }
            let ends = known.resting_mails().iter().zip(situation.rests).filter(|(other, _)| **other == mail);
            let ends: Vec<Option<Date>> = ends.map(|(_, rest)| rests_until(rest, due_on, &situation.rest_terms)).collect();
            let rests = match ends.iter().copied().flatten().max() {
                _ if request.is_settled() => LettersRest::No,
                _ if ends.contains(&None) => LettersRest::UntilSomebodyLooks,
                Some(until) if until > today => LettersRest::Until(until),
                _ => LettersRest::No,
            };
            mails.push(WaitingMail { mail, received_at: view.received_at, rests });
        }
        mails.sort_by_key(|waiting| (waiting.received_at, waiting.mail));
        let held = match self.outlook(&known, now)? {
            Outlook::Held(why) => Some(held_back(&known, &self.rules, why, now)),
            Outlook::Nothing | Outlook::Due(_) => None,
        };
        Ok(WaitsFor { mails, held })
    }

    /// Linked to a request, suggested for it, or resting it.
    fn waiting_about(&self, request: &Request, resting: &[MailId]) -> Result<Vec<MailId>> {
        let mut statement = self.db.prepare_cached(
            "SELECT mail_id FROM mail_link WHERE request_id = ?1 AND effect = 'waiting'
             UNION SELECT mail_id FROM mail_suggestion WHERE request_id = ?1",
        )?;
        let found = statement.query_map([request.id.0], |row| row.get(0).map(MailId))?;
        let mut found: Vec<MailId> = found.collect::<rusqlite::Result<_>>()?;
        found.extend(resting);
        found.sort();
        found.dedup();
        Ok(found)
    }
}

/// A step of a request that something keeps back.
fn held_back(known: &Known, rules: &crate::domain::rules::OfficeRules, why: Hold, now: Timestamp) -> HeldBack {
    let situation = known.situation(rules);
    let today = day_in(now, &known.zone);
    let due = lifecycle::taken_on(&situation, today).or_else(|| lifecycle::falls_due(&situation));
    let (step, due_on) = due.map_or_else(|| ("request".to_owned(), today), |(step, due_on)| (step.name.clone(), due_on));
    HeldBack { step, due_on, why, until: lifecycle::held_until(&situation, why, due_on, now) }
}
