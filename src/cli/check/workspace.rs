//! What lies in the workspace: who may read it, and whether every letter it needs has a template.

use super::Finding;
use crate::config::Workspace;
use crate::daemon::assembling::open_templates;
use crate::domain::ladder::Action;
use crate::domain::letter::LetterRole;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

pub(super) fn permissions(workspace: &Workspace, findings: &mut Vec<Finding>) {
    const PART: &str = "permissions";
    let before = findings.len();
    let mut look = |path: &Path, forbidden: u32, who: &str, right: &str| {
        let Ok(metadata) = std::fs::metadata(path) else { return };
        let mode = metadata.permissions().mode() & 0o777;
        if mode & forbidden != 0 {
            findings.push(Finding::fault(
                PART,
                format!("{} (mode {mode:04o}): {who}", path.display()),
                format!("run chmod {right} {}", path.display()),
            ));
        }
    };
    look(&workspace.root, 0o022, "others than the owner may put files here", "go-w");
    look(&workspace.config_file, 0o022, "others than the owner may change the rules", "go-w");
    look(&workspace.register_path, 0o077, "others than the owner may read the correspondence", "600");
    if let Some(templates) = &workspace.templates {
        look(templates, 0o022, "others than the owner may change what letters say", "go-w");
    }
    if findings.len() == before {
        findings.push(Finding::good(PART, "register, secret and configuration are their owner's"));
    }
}

/// `languages` are those in which letters are written.
pub(super) fn templates(workspace: &Workspace, languages: &BTreeSet<String>, findings: &mut Vec<Finding>) {
    const PART: &str = "templates";
    let renderer = match open_templates(workspace.templates.as_deref()) {
        Ok(renderer) => renderer,
        Err(faults) => {
            findings.extend(
                faults
                    .iter()
                    .map(|fault| Finding::fault(PART, fault.to_string(), "mend the template, or remove it to use the built-in one")),
            );
            return;
        }
    };
    let before = findings.len();
    let mend = "put them right in the file, or remove it to use the built-in one";
    findings.extend(renderer.warnings().iter().map(|warning| Finding::warning(PART, warning.to_string(), mend)));
    let known: Vec<&str> = renderer.languages().collect();
    for language in languages {
        for (letter, needed_by) in letters_needed(workspace) {
            if !renderer.has(language, &letter) {
                let what = format!("there is no template {language}/{letter}, which {needed_by} needs");
                let mend =
                    format!("write templates/{language}/{letter}/, or use another language; built in and written are {}", known.join(", "));
                findings.push(Finding::fault(PART, what, mend));
            }
        }
        let wording = workspace.rules.wording.get(language);
        if wording.is_none_or(|wording| wording.legal_ground.is_empty() || wording.duty_to_answer.is_empty()) {
            let what = format!("letters in {language:?} state no legal ground or no duty to answer");
            findings.push(Finding::warning(PART, what, format!("write them into [wording.{language}]")));
        }
    }
    if findings.len() == before {
        let languages: Vec<&str> = languages.iter().map(String::as_str).collect();
        findings.push(Finding::good(PART, format!("every letter can be written ({})", languages.join(", "))));
    }
}

/// The templates that are used, each with what needs it.
fn letters_needed(workspace: &Workspace) -> BTreeMap<String, String> {
    let mut needed = BTreeMap::new();
    let mut need = |role: LetterRole, by: &str| needed.insert(role.template().to_owned(), by.to_owned());
    need(LetterRole::Request, "every request");
    if workspace.rules.acknowledge_replies {
        need(LetterRole::Acknowledgement, "office.acknowledge_replies");
    }
    need(LetterRole::Examination, "an authority whose letter lay unread for office.read_days");
    for (class, ladder) in &workspace.rules.ladders {
        for step in &ladder.steps {
            if let Action::Letter(letter) = &step.action {
                needed.entry(letter.template.clone()).or_insert_with(|| format!("the step {:?} of the ladder {class:?}", step.name));
            }
        }
    }
    needed
}
