//! `[terms]` and `[ladders]`: how long an authority has, and what happens when it does not answer.

use super::reader::{Found, Section, one_of};
use crate::domain::calendar::{Term, Unit};
use crate::domain::ladder::{Action, Anchor, Ladder, Step, StepAddressee, StepLetter};
use crate::domain::rules::ORDINARY;
use std::collections::BTreeMap;

/// Ten years: a longer term is a slip of the finger.
const LONGEST_DAYS: i64 = 3650;
const MOST_STEPS: usize = 50;

pub(super) fn terms(section: Section<'_>) -> BTreeMap<String, Term> {
    let mut terms = BTreeMap::new();
    for (class, term) in section.named() {
        let length = term.number("length", 1..=LONGEST_DAYS, "a length");
        if !term.has("length") {
            term.missing("length", "expected how many days, weeks or months an authority has");
        }
        let unit = term
            .choice("unit", &[("days", Unit::Days), ("working_days", Unit::WorkingDays), ("weeks", Unit::Weeks), ("months", Unit::Months)]);
        let end_on_working_day = term.truth("end_on_working_day").is_some_and(|found| found.value);
        if let Some(length) = length.and_then(|found| u32::try_from(found.value).ok()) {
            terms.insert(class, Term { length, unit: unit.map_or(Unit::Days, |found| found.value), end_on_working_day });
        }
        term.finish();
    }
    terms
}

/// The ladders by class. Without any, the default ladder, led from the lowest configured level to the highest.
pub(super) fn ladders(section: Section<'_>, levels: &[String]) -> BTreeMap<String, Ladder> {
    let mut ladders = BTreeMap::new();
    for (class, ladder) in section.named() {
        let gap = ladder.number("minimum_gap_days", 0..=365, "whole days");
        let steps = ladder.list("steps");
        if steps.len() > MOST_STEPS {
            ladder.fault("steps", format!("has {} steps", steps.len()), format!("expected at most {MOST_STEPS}"));
        }
        let mut climbed: Vec<Step> = Vec::new();
        for written in steps {
            let step = step(&written, levels);
            if let Some(step) = step {
                if climbed.iter().any(|other| other.name == step.name) {
                    let found = format!("is {:?}, like another step of this ladder", step.name);
                    written.fault("name", found, "expected a name of its own: the register remembers steps taken by it");
                }
                warn_of_disorder(&written, climbed.last(), &step);
                climbed.push(step);
            }
            written.finish();
        }
        let fallback = default_ladder(levels);
        let minimum_gap_days = gap.and_then(|found| u32::try_from(found.value).ok()).unwrap_or(fallback.minimum_gap_days);
        // A table without the key `steps` changes the gap alone; `steps = []` is a ladder without reminders.
        let steps = if ladder.has("steps") { climbed } else { fallback.steps };
        ladders.insert(class, Ladder { steps, minimum_gap_days });
        ladder.finish();
    }
    ladders.entry(ORDINARY.to_owned()).or_insert_with(|| default_ladder(levels));
    ladders
}

fn warn_of_disorder(written: &Section<'_>, before: Option<&Step>, step: &Step) {
    let Some(before) = before.filter(|before| before.anchor == step.anchor && before.days > step.days) else { return };
    written.document().warn(
        written.place_of("days"),
        format!("the step {:?} stands after {:?} and falls due before it", step.name, before.name),
        "steps are climbed in the order in which they stand; put them in the order of their days",
    );
}

/// The domain's default ladder, with its three levels read as the lowest, the second and the highest of the office's own.
fn default_ladder(levels: &[String]) -> Ladder {
    let mut ladder = Ladder::default();
    let own = |level: &str| {
        let place = match level {
            "technical" => 0,
            "head" => 1,
            _ => levels.len().saturating_sub(1),
        };
        levels.get(place).or(levels.last()).cloned()
    };
    for step in &mut ladder.steps {
        if let Action::Letter(letter) = &mut step.action {
            letter.level = own(&letter.level).unwrap_or_else(|| letter.level.clone());
        }
    }
    ladder
}

#[derive(Clone, Copy)]
enum ActionWord {
    Letter,
    RecordNonCooperation,
}

fn step(section: &Section<'_>, levels: &[String]) -> Option<Step> {
    let name = section.needed_text("name", "expected a name, as digests and the register show it");
    let anchor = section.choice("from", &[("deadline", Anchor::Deadline), ("sending", Anchor::Sending)]);
    let days = section.number("days", -LONGEST_DAYS..=LONGEST_DAYS, "calendar days, negative for before");
    if !section.has("days") {
        section.missing("days", "expected calendar days after the deadline (or what `from` names), negative for before");
    }
    let action = section.choice("action", &[("letter", ActionWord::Letter), ("record_non_cooperation", ActionWord::RecordNonCooperation)]);
    let action = match action.map_or(ActionWord::Letter, |found| found.value) {
        ActionWord::Letter => Action::Letter(letter(section, levels)?),
        ActionWord::RecordNonCooperation => {
            for key in ["template", "to", "level", "copy_to_first", "at_any_time"] {
                section.is_forbidden(key, "says how a letter is sent, and this step sends none", "remove it");
            }
            Action::RecordNonCooperation
        }
    };
    let days = i32::try_from(days?.value).ok()?;
    Some(Step { name: name?.value, anchor: anchor.map_or(Anchor::Deadline, |found| found.value), days, action })
}

fn letter(section: &Section<'_>, levels: &[String]) -> Option<StepLetter> {
    let template = section.read("template", "expected the name of a folder of templates, as in \"reminder\" or \"escalation\"", |name| {
        name.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"-_".contains(&letter)).then(|| name.to_owned())
    });
    if !section.has("template") {
        section.missing("template", "expected the name of a folder of templates, as in \"reminder\" or \"escalation\"");
    }
    let to = section.choice(
        "to",
        &[
            ("addressee", StepAddressee::Addressee),
            ("focal_point", StepAddressee::FocalPoint),
            ("authority", StepAddressee::Authority),
            ("supervising_authority", StepAddressee::SupervisingAuthority),
        ],
    );
    let words: Vec<String> = levels.iter().map(|level| format!("{level:?}")).collect();
    let level: Option<Found<String>> = section
        .read("level", &format!("expected a level: {}", one_of(&words)), |level| levels.iter().find(|known| *known == level).cloned());
    let copy_to_first = section.truth("copy_to_first").is_some_and(|found| found.value);
    let at_any_time = section.truth("at_any_time").is_some_and(|found| found.value);
    Some(StepLetter {
        template: template?.value,
        to: to.map_or(StepAddressee::Addressee, |found| found.value),
        level: level.map(|found| found.value).or_else(|| levels.first().cloned())?,
        copy_to_first,
        at_any_time,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_ladder_climbs_an_office_s_own_levels() {
        let levels = ["clerk", "director"].map(String::from);
        let climbed: Vec<String> = default_ladder(&levels)
            .steps
            .iter()
            .filter_map(|step| match &step.action {
                Action::Letter(letter) => Some(letter.level.clone()),
                Action::RecordNonCooperation => None,
            })
            .collect();
        assert_eq!(climbed, ["clerk", "clerk", "director", "director"]);
    }
}
