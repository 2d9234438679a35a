//! Recommendations and their addressees.

use super::sheet::{CellFaults, Sheet};
use super::{Import, Taken, has_directory, refuse_doubles};
use crate::domain::authority::name_key;
use crate::domain::confidentiality::Class;
use crate::domain::rules::ORDINARY;
use crate::office::RecommendationRow;
use crate::tables::Table;
use std::collections::HashMap;

pub(super) const NEEDED: &[&str] = &["reference", "addressees", "text", "made_on"];
pub(super) const OPTIONAL: &[&str] = &["report", "place", "theme", "urgency", "repeats", "visibility"];

pub(super) fn import(table: &Table, import: &mut Import) -> Taken {
    let register = &mut import.register;
    let sheet = Sheet::new(table, NEEDED, OPTIONAL);
    let has_directory = has_directory(register, &sheet)?;
    let rules = register.rules().clone();
    let mut classes: Vec<&str> = rules.terms.keys().chain(rules.ladders.keys()).map(String::as_str).chain([ORDINARY]).collect();
    classes.sort_unstable();
    classes.dedup();
    let expected_class = format!("expected a class of urgency that has a term or a ladder: {}", classes.join(", "));
    let mut known: HashMap<String, bool> = HashMap::new();
    let mut seen = HashMap::new();
    let mut rows = Vec::with_capacity(table.rows.len());
    for line in sheet.lines() {
        let reference = line.needed("reference", "expected the recommendation's own number, as in 2026-03/7");
        if let Some(reference) = &reference {
            refuse_doubles(&mut seen, &line, "reference", reference);
        }
        line.needed("addressees", "expected names of authorities, separated by |");
        let addressees = line.list("addressees");
        for name in &addressees {
            let key = name_key(name);
            let is_known = match known.get(&key) {
                Some(is_known) => *is_known,
                None => register.authority_named(name)?.is_some(),
            };
            known.insert(key, is_known);
            if !is_known && has_directory {
                line.fault("addressees", name, "expected the name or alias of an authority in the register; import it first");
            }
        }
        let text = line.needed("text", "expected the recommendation's full text");
        let made_on = line.needed_day("made_on");
        let urgency = line.read("urgency", &expected_class, |text| classes.contains(&text).then(|| text.to_owned()));
        let class = line.read("visibility", "expected confidential or public", |text| {
            Class::from_name(&text.to_lowercase()).filter(|class| *class != Class::Restricted)
        });
        if let (Some(reference), Some(text), Some(made_on)) = (reference, text, made_on) {
            rows.push(RecommendationRow {
                reference,
                addressees,
                text,
                made_on,
                report: line.text("report"),
                place: line.text("place"),
                theme: line.text("theme"),
                urgency,
                repeats: line.text("repeats"),
                class: class.unwrap_or(Class::Confidential),
            });
        }
    }
    let faults = sheet.faults();
    if !faults.is_empty() {
        return Ok(Err(CellFaults(faults)));
    }
    Ok(Ok(register.import_recommendations(&rows, &import.actor, import.now, import.dry_run)?))
}
