//! Checks every template before anything is written with it (promise 10).
//!
//! Two ways together, because neither sees all: the names a template uses are compared with those that exist, in branches too that no sample
//! reaches; and every template is rendered with sample contexts, which sees what a name inside a loop lacks. Whoever opens the templates gives
//! the samples: what a letter or a digest may say is known above this room.

use super::language::Language;
use super::renderer::Renderer;
use super::template_fault::TemplateFault;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;

/// Names that the template language itself gives.
const OF_THE_LANGUAGE: [&str; 4] = ["self", "super", "caller", "loop"];

/// What is wrong with the templates. `samples` gives the sample contexts of a template, by its folder (`reminder`), its language's (`en`) and
/// what that says; between them, every name must have a value.
pub(super) fn faults(renderer: &Renderer, samples: impl Fn(&str, &str, &Language) -> Vec<Value>) -> Vec<TemplateFault> {
    let samples: BTreeMap<(&str, &str), Vec<Value>> = renderer
        .templates()
        .filter_map(|(language, template)| Some(((language, template), samples(template, language, renderer.language(language)?))))
        .collect();
    let mut faults = unknown_names(renderer, &samples);
    for ((language, template), samples) in &samples {
        let failed = samples.iter().find_map(|context| renderer.render(language, template, context).err());
        // One and the same fault in a part shows in every letter that includes it.
        faults.extend(failed.filter(|fault| !faults.iter().any(|other| other.template == fault.template && other.line == fault.line)));
    }
    faults
}

fn unknown_names(renderer: &Renderer, samples: &BTreeMap<(&str, &str), Vec<Value>>) -> Vec<TemplateFault> {
    let mut faults = Vec::new();
    for (path, file) in renderer.environment().templates() {
        let template = path.rsplit_once('/').and_then(|(folder, _)| folder.split_once('/'));
        // A part may be included anywhere: a name that some letter has is a name. Of several samples together every name has a value somewhere.
        let samples: Vec<&Value> = match template.and_then(|template| samples.get(&template)) {
            Some(own) => own.iter().collect(),
            None => samples.values().flatten().collect(),
        };
        let mut unknown: Vec<String> = file
            .undeclared_variables(true)
            .into_iter()
            .filter(|used| !is_of_the_language(renderer.environment(), used) && !samples.iter().any(|context| exists(context, used)))
            .collect();
        unknown.sort();
        for used in unknown {
            faults.push(TemplateFault {
                template: renderer.places().get(path).cloned().unwrap_or_else(|| path.to_string()),
                line: line_of(file.source(), &used),
                problem: format!("`{used}` does not exist"),
                known: known_beside(&samples, &used),
            });
        }
    }
    faults
}

fn is_of_the_language(environment: &Environment<'_>, used: &str) -> bool {
    let root = used.split('.').next().unwrap_or(used);
    OF_THE_LANGUAGE.contains(&root) || environment.globals().any(|(name, _)| name == root)
}

/// Whether `a.b` is a name: below what is no map (text, absent here) everything is left to the samples.
fn exists(context: &Value, used: &str) -> bool {
    let mut value = context.clone();
    for step in used.split('.') {
        if value.kind() != ValueKind::Map {
            return true;
        }
        value = match value.get_attr(step) {
            Ok(found) if !found.is_undefined() => found,
            _ => return false,
        };
    }
    true
}

/// The names at the place where an unknown one was used: those of `request` for `request.number`, else all.
fn known_beside(samples: &[&Value], used: &str) -> Vec<String> {
    let mut known = BTreeSet::new();
    if let Some((root, _)) = used.split_once('.') {
        for value in samples.iter().filter_map(|context| context.get_attr(root).ok()).filter(|value| value.kind() == ValueKind::Map) {
            list(&value, &format!("{root}."), &mut known);
        }
    }
    if known.is_empty() {
        samples.iter().for_each(|context| list(context, "", &mut known));
    }
    known.into_iter().collect()
}

/// Every name below `value`; what stands in a list is written `recommendations[].text`.
fn list(value: &Value, before: &str, known: &mut BTreeSet<String>) {
    let Ok(keys) = value.try_iter() else { return };
    for key in keys {
        let Some(key) = key.as_str() else { continue };
        let Ok(child) = value.get_attr(key) else { continue };
        match child.kind() {
            ValueKind::Map => list(&child, &format!("{before}{key}."), known),
            ValueKind::Seq => {
                if let Some(first) = child.try_iter().ok().and_then(|mut items| items.next()).filter(|item| item.kind() == ValueKind::Map) {
                    list(&first, &format!("{before}{key}[]."), known);
                }
                known.insert(format!("{before}{key}"));
            }
            _ => {
                known.insert(format!("{before}{key}"));
            }
        }
    }
}

/// The first line on which a tag holds the name.
fn line_of(source: &str, used: &str) -> Option<usize> {
    let is_part_of_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let mut from = 0;
    while let Some(found) = source.get(from..)?.find(used) {
        let (start, end) = (from + found, from + found + used.len());
        let before = source.get(..start)?;
        let whole = !before.ends_with(is_part_of_name) && !source.get(end..)?.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let opened = before.rfind("{{").max(before.rfind("{%"));
        let closed = before.rfind("}}").max(before.rfind("%}"));
        if whole && opened.is_some() && opened > closed {
            return Some(before.matches('\n').count() + 1);
        }
        from = end;
    }
    None
}

/// An error of the template engine, for people. `context` is what the template was given.
pub(super) fn fault(error: &Error, places: &BTreeMap<String, String>, context: &Value) -> TemplateFault {
    // A fault in a part is told where it stands, not where the part is included.
    let mut error = error;
    while let Some(inner) = error.source().and_then(|source| source.downcast_ref::<Error>()) {
        error = inner;
    }
    let expression = error.range().zip(error.template_source()).and_then(|(range, source)| source.get(range)).map(str::trim);
    let detail = error.detail().map(str::to_string);
    let (problem, known) = match (error.kind(), expression) {
        (ErrorKind::UndefinedError, Some(expression)) => (format!("`{expression}` does not exist"), known_near(context, expression)),
        (ErrorKind::OutOfFuel, _) => ("takes too many steps: is there a loop that does not end?".into(), vec![]),
        (kind, Some(expression)) if detail.is_none() => (format!("{kind} at `{expression}`"), vec![]),
        (kind, _) => (detail.map_or_else(|| kind.to_string(), |detail| format!("{kind}: {detail}")), vec![]),
    };
    let template = error.name().map_or_else(String::new, |path| places.get(path).cloned().unwrap_or_else(|| path.to_string()));
    TemplateFault { template, line: error.line(), problem, known }
}

/// The names that may have been meant: of the list whose item was asked, if it is called by the list's singular; else all.
fn known_near(context: &Value, expression: &str) -> Vec<String> {
    let root: String = expression.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let mut known = BTreeSet::new();
    list(context, "", &mut known);
    let singular = |name: &&String| !root.is_empty() && name.split_once("[].").is_some_and(|(of, _)| of.starts_with(&root));
    let near: Vec<String> = known.iter().filter(singular).cloned().collect();
    if near.is_empty() { known.into_iter().collect() } else { near }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_in_tags_and_not_in_the_words() {
        let source = "Our deadline is short.\n{% if x %}deadline{% endif %}\n{{ other.deadline }} {{ deadline }}";
        assert_eq!(line_of(source, "deadline"), Some(3));
        assert_eq!(line_of(source, "nothing"), None);
    }
}
