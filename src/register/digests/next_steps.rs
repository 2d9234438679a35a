//! What the ladder does next: letters that will leave, steps that are held, and levels that have nobody.

use super::super::exchanges::Exchanges;
use super::super::held::StepsDue;
use super::super::known::Known;
use super::super::vacant::{self, Vacant};
use super::super::{Reader, Result, forecast_view};
use crate::digest::{HeldStep, NextLetter, VacantLevel};
use crate::domain::calendar::plus_days;
use crate::domain::identity::{AuthorityId, RequestId};
use crate::domain::letter::LetterRole;
use crate::domain::rules::day_in;
use crate::domain::telling::{MOST_LINES, SOON_DAYS, Scope};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;

/// With the authority of the request that each is about.
pub(super) struct Upcoming {
    letters: Vec<(AuthorityId, NextLetter)>,
    held: Vec<(AuthorityId, HeldStep)>,
    vacant: Vec<Vacant>,
}

impl Upcoming {
    /// The part of those authorities for which somebody answers.
    pub(super) fn of(&self, scope: &Scope) -> (Vec<NextLetter>, Vec<HeldStep>, Vec<VacantLevel>) {
        let letters = of_scope(&self.letters, scope).take(MOST_LINES).collect();
        let held = of_scope(&self.held, scope).take(MOST_LINES).collect();
        (letters, held, by_level(self.vacant.iter().filter(|vacant| scope.covers(vacant.authority_id))))
    }
}

pub(super) fn upcoming(reader: &Reader, exchanges: &Exchanges, now: Timestamp) -> Result<Upcoming> {
    let until = plus_days(day_in(now, &reader.rules.time_zone), SOON_DAYS);
    let mut perhaps_vacant: BTreeSet<RequestId> = reader.perhaps_vacant(exchanges, Some(until))?.into_iter().collect();
    let (mut due, mut foreseen, mut vacant) = (StepsDue::default(), Vec::new(), Vec::new());
    // Loaded once, for whatever is to be said of it.
    reader.each_step_owed(None, reader.over_in_all_zones(until), |owed| {
        let known = Known::load(reader, owed.request)?;
        if owed.due <= now {
            due.add(reader, &known, now)?;
        }
        foreseen.extend(reader.foreseen_of(&known, now, until));
        if perhaps_vacant.remove(&owed.request) {
            vacant.extend(reader.vacant_above(&known, now));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    for request in perhaps_vacant {
        vacant.extend(reader.vacant_above(&Known::load(reader, request)?, now));
    }
    vacant.retain(|vacant| vacant.due_on <= until);
    vacant::put_in_order(&mut vacant);
    forecast_view::put_in_order(&mut foreseen);
    let held = due.held;
    let is_held: HashSet<String> = held.iter().map(|held| held.reference.clone()).collect();
    let authorities: HashMap<&str, AuthorityId> =
        exchanges.all.iter().map(|exchange| (exchange.reference.as_str(), exchange.authority)).collect();
    let letters = foreseen.into_iter().filter(|step| step.held.is_none() && !is_held.contains(&step.reference)).filter_map(|step| {
        let authority_id = *authorities.get(step.reference.as_str())?;
        let to = step.to.first()?.clone();
        let name = if step.examination { LetterRole::Examination.name().to_owned() } else { step.step };
        Some((authority_id, NextLetter { on: step.on, to, step: name, reference: step.reference, authority: step.authority }))
    });
    let held = held.into_iter().map(|held| {
        let line = HeldStep {
            reference: held.reference,
            authority: held.authority,
            step: held.back.step,
            due_on: held.back.due_on,
            why: held.back.why,
        };
        (held.authority_id, line)
    });
    Ok(Upcoming { letters: letters.collect(), held: held.collect(), vacant })
}

/// By authority and step, the earliest first: what is missing in the directory is mended once for all its requests.
fn by_level<'a>(vacant: impl Iterator<Item = &'a Vacant>) -> Vec<VacantLevel> {
    let (mut levels, mut places): (Vec<VacantLevel>, HashMap<(&str, &str), usize>) = (Vec::new(), HashMap::new());
    for vacant in vacant {
        let place = *places.entry((&vacant.authority, &vacant.step)).or_insert(levels.len());
        match levels.get_mut(place) {
            Some(level) => level.requests.push(vacant.reference.clone()),
            None => levels.push(VacantLevel {
                authority: vacant.authority.clone(),
                step: vacant.step.clone(),
                level: vacant.level.clone(),
                why: vacant.why,
                due_on: vacant.due_on,
                requests: vec![vacant.reference.clone()],
            }),
        }
    }
    levels
}

/// The lines that are about authorities for which somebody answers.
pub(super) fn of_scope<'a, T: Clone>(lines: &'a [(AuthorityId, T)], scope: &'a Scope) -> impl Iterator<Item = T> + 'a {
    lines.iter().filter(|(authority, _)| scope.covers(*authority)).map(|(_, line)| line.clone())
}
