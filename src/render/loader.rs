//! Loads the templates' files: the built-in ones, and a workspace's own in their place or beside them.
//!
//! ```text
//! layout.html                              frame of every HTML body, without words: the place for a letterhead
//! shared/<part>.txt|html                  what all languages include: the digest, whose words stand in parts
//! <language>/language.toml                 how the language writes dates
//! <language>/parts/<part>.txt|html         what several letters include
//! <language>/<letter>/subject.txt          without the reference, which is put before it
//! <language>/<letter>/body.txt             complete in itself; a line is a paragraph
//! <language>/<letter>/body.html
//! ```
//!
//! A file that no letter reads is an error: it is a slip in a name, and the office believes that its words are in use.

use super::builtin;
use super::language::Language;
use super::template_fault::TemplateFault;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

pub(super) const SUBJECT: &str = "subject.txt";
pub(super) const TEXT: &str = "body.txt";
pub(super) const HTML: &str = "body.html";
const LETTER_FILES: [&str; 3] = [SUBJECT, TEXT, HTML];
const LANGUAGE_FILE: &str = "language.toml";
pub(super) const PARTS: &str = "parts";
pub(super) const SHARED: &str = "shared";
/// Bytes. A template larger than this is something else that was put there by mistake.
const LARGEST_FILE: u64 = 256 * 1024;
/// Language, letter, file.
const DEEPEST: usize = 3;

/// Every file, and what it is.
#[derive(Debug, Default)]
pub(super) struct TemplateFiles {
    /// By path, `en/request/body.txt`.
    pub sources: BTreeMap<String, Source>,
    pub languages: BTreeMap<String, Language>,
    /// Templates by language; each a folder with its three files.
    pub templates: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug)]
pub(super) struct Source {
    pub text: String,
    /// The file, for people.
    pub place: String,
    /// The office's own.
    pub is_own: bool,
}

impl TemplateFiles {
    /// Loads the built-in files and, in their place, those of a workspace's folder of templates, if it exists.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the files at once: one that cannot be read, is larger than [`LARGEST_FILE`] or is not UTF-8; one that no
    /// letter reads; a letter without one of its three files; a language without its `language.toml`, or with a wrong one.
    pub fn load(workspace: Option<&Path>) -> Result<TemplateFiles, Vec<TemplateFault>> {
        let mut sources: BTreeMap<String, Source> = builtin::FILES
            .iter()
            .map(|(path, text)| (path.to_string(), Source { text: text.to_string(), place: format!("built-in {path}"), is_own: false }))
            .collect();
        let mut faults = Vec::new();
        if let Some(folder) = workspace.filter(|folder| folder.is_dir()) {
            read_folder(folder, &mut Vec::new(), &mut sources, &mut faults);
        }
        let mut files = TemplateFiles { sources, ..TemplateFiles::default() };
        files.classify(&mut faults);
        if faults.is_empty() { Ok(files) } else { Err(faults) }
    }

    /// What each file is, by its path.
    fn classify(&mut self, faults: &mut Vec<TemplateFault>) {
        for (path, source) in &self.sources {
            let fault = |problem: String| TemplateFault { template: source.place.clone(), line: None, problem, known: vec![] };
            match path.split('/').collect::<Vec<_>>().as_slice() {
                ["layout.html"] => {}
                [SHARED, part] if part.ends_with(".txt") || part.ends_with(".html") => {}
                [language, LANGUAGE_FILE] => match Language::read(&source.place, &source.text) {
                    Ok(read) => {
                        self.languages.insert((*language).to_string(), read);
                    }
                    Err(fault) => faults.push(fault),
                },
                [_, PARTS, part] if part.ends_with(".txt") || part.ends_with(".html") => {}
                [language, letter, file] if *letter != PARTS && LETTER_FILES.contains(file) => {
                    if self.templates.entry((*language).to_string()).or_default().insert((*letter).to_string()) {
                        for missing in LETTER_FILES.iter().filter(|file| !self.sources.contains_key(&format!("{language}/{letter}/{file}"))) {
                            faults.push(fault(format!("`{missing}` is missing beside it: a letter has subject.txt, body.txt and body.html")));
                        }
                    }
                }
                _ => faults.push(fault(
                    "no letter reads this file; there are layout.html, shared/<part>.txt or .html, <language>/language.toml, <language>/parts/<part>.txt or .html, and \
                     <language>/<letter>/ with subject.txt, body.txt and body.html"
                        .into(),
                )),
            }
        }
        for language in self.templates.keys().filter(|language| !self.sources.contains_key(&format!("{language}/{LANGUAGE_FILE}"))) {
            faults.push(TemplateFault {
                template: format!("{language}/{LANGUAGE_FILE}"),
                line: None,
                problem: "is missing: it says how the language writes dates; copy the English one and translate it".into(),
                known: vec![],
            });
        }
    }
}

/// Reads what is there into `sources`, in place of what was. Hidden files, editors' copies and notes (`README…`) are passed over.
fn read_folder(folder: &Path, path: &mut Vec<String>, sources: &mut BTreeMap<String, Source>, faults: &mut Vec<TemplateFault>) {
    let mut fault = |place: &Path, problem: String| {
        faults.push(TemplateFault { template: place.display().to_string(), line: None, problem, known: vec![] });
    };
    let entries = match fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>()) {
        Ok(entries) => entries,
        Err(error) => return fault(folder, format!("cannot be read ({error})")),
    };
    for entry in entries {
        let place = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name.ends_with('~') || name.starts_with("README") {
            continue;
        }
        path.push(name);
        // Links are followed, a circle of them only as deep as templates lie.
        if place.is_dir() && path.len() < DEEPEST {
            read_folder(&place, path, sources, faults);
        } else {
            match read_file(&place) {
                Ok(text) => {
                    sources.insert(path.join("/"), Source { text, place: place.display().to_string(), is_own: true });
                }
                Err(problem) => faults.push(TemplateFault { template: place.display().to_string(), line: None, problem, known: vec![] }),
            }
        }
        path.pop();
    }
}

fn read_file(place: &Path) -> Result<String, String> {
    let metadata = fs::metadata(place).map_err(|error| format!("cannot be read ({error})"))?;
    if !metadata.is_file() {
        return Err("no letter reads this file: it is a folder where a letter's files stand, or no file at all".into());
    }
    if metadata.len() > LARGEST_FILE {
        return Err(format!("is larger than a template can be ({LARGEST_FILE} bytes)"));
    }
    let bytes = fs::read(place).map_err(|error| format!("cannot be read ({error})"))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        format!("line {}: is not UTF-8; save it in that encoding", before.filter(|byte| **byte == b'\n').count() + 1)
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n"))
}
