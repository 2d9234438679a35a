//! The scribe: opened templates, and the writing of letters with them.

use super::check;
use super::collection::{Collection, HTML, SUBJECT, TEXT};
use super::context::LetterNames;
use super::fault::{LetterFault, TemplateFault};
use super::language::Language;
use super::lines::{COLUMNS, hang, tidy};
use super::order::{LetterOrder, WrittenLetter};
use crate::domain::letter::LetterRole;
use crate::mail::compose::{Composition, Correspondent, WrittenBy, compose, subject_line};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, HtmlEscape, UndefinedBehavior};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Steps a template may take: a letter of a thousand recommendations takes some hundred thousand.
const FUEL: u64 = 5_000_000;
/// Templates including templates.
const DEEPEST_INCLUSION: usize = 30;

/// Writes letters.
#[derive(Debug)]
pub struct Scribe {
    environment: Environment<'static>,
    languages: BTreeMap<String, Language>,
    /// By language.
    letters: BTreeMap<String, BTreeSet<String>>,
    /// Where each template stands, for people.
    places: BTreeMap<String, String>,
}

/// Subject, text and HTML of a mail, rendered.
pub(crate) struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl Scribe {
    /// Opens the built-in templates and, in their place, those of a workspace's folder if it exists. Each is compiled, each name it uses is
    /// checked, and each letter is written once from sample orders; all faults are told at once.
    pub fn open(workspace_templates: Option<&Path>) -> Result<Scribe, Vec<TemplateFault>> {
        let collection = Collection::read(workspace_templates)?;
        let mut environment = environment();
        let mut faults = Vec::new();
        let mut places = BTreeMap::new();
        for (path, source) in collection.sources {
            places.insert(path.clone(), source.place);
            if path.ends_with(".toml") {
                continue;
            }
            if let Err(error) = environment.add_template_owned(path, source.text) {
                faults.push(check::fault(&error, &places, &Value::UNDEFINED));
            }
        }
        let scribe = Scribe { environment, languages: collection.languages, letters: collection.letters, places };
        if faults.is_empty() {
            faults = check::faults(&scribe);
        }
        if faults.is_empty() { Ok(scribe) } else { Err(faults) }
    }

    /// Writes a letter. Fails on a template that does not exist, on one that trips over this very order, and on an address that is none.
    pub fn write(&self, order: &LetterOrder<'_>) -> Result<WrittenLetter, LetterFault> {
        let language = self.language_with(order.language, order.template)?;
        let names = LetterNames::new(order, language).into_value();
        let rendered = self.render(order.language, order.template, &names)?;
        let reference = format!("[{}]", order.request.reference);
        let subject = if rendered.subject.contains(&reference) { rendered.subject } else { format!("{reference} {}", rendered.subject) };
        let subject = subject_line(&subject);
        let own_copies: Vec<Correspondent<'_>> = order
            .copies
            .iter()
            .filter(|copy| !copy.address.eq_ignore_ascii_case(order.addressee.address))
            .map(|copy| Correspondent { name: copy.name.or(Some(copy.authority)), address: copy.address })
            .collect();
        let bytes = compose(&Composition {
            from: Correspondent { name: Some(&order.rules.name), address: &order.rules.address },
            to: Correspondent { name: order.addressee.name.or(Some(order.addressee.authority)), address: order.addressee.address },
            copies: &own_copies,
            reply_to: Some(order.reply_to),
            dated: &order.dated,
            message_id: order.message_id,
            in_reply_to: order.in_reply_to,
            references: order.references,
            written_by: if order.role == LetterRole::Acknowledgement { WrittenBy::MachineInReply } else { WrittenBy::Signatory },
            subject: &subject,
            text: &rendered.text,
            html: &rendered.html,
        })?;
        Ok(WrittenLetter { subject, bytes, text: rendered.text })
    }

    /// Folders of languages: `en`, `fr`, and a workspace's own.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.languages.keys().map(String::as_str)
    }

    pub fn language(&self, language: &str) -> Option<&Language> {
        self.languages.get(language)
    }

    /// Every letter that some language has, with the languages that have it; without the mails to staff.
    pub fn letters(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut letters: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (language, folder) in self.folders().filter(|(_, folder)| !check::is_to_staff(folder)) {
            letters.entry(folder).or_default().push(language);
        }
        letters
    }

    /// Language and folder of everything that can be written.
    pub(super) fn folders(&self) -> impl Iterator<Item = (&str, &str)> {
        self.letters.iter().flat_map(|(language, folders)| folders.iter().map(move |folder| (language.as_str(), folder.as_str())))
    }

    /// Whether a letter (or `digest`, `alarm`) can be written in a language: what a ladder's step or an authority's language asks for.
    pub fn has(&self, language: &str, letter: &str) -> bool {
        self.letters.get(language).is_some_and(|letters| letters.contains(letter))
    }

    pub(crate) fn language_with(&self, language: &str, letter: &str) -> Result<&Language, LetterFault> {
        match self.languages.get(language) {
            Some(found) if self.has(language, letter) => Ok(found),
            _ => Err(LetterFault::NoSuchLetter {
                language: language.into(),
                letter: letter.into(),
                existing: self.folders().map(|(language, folder)| format!("{language}/{folder}")).collect(),
            }),
        }
    }

    /// Renders the three templates of a mail with `names`.
    pub(crate) fn render(&self, language: &str, letter: &str, names: &Value) -> Result<Rendered, TemplateFault> {
        let render = |file: &str| {
            let template = self.environment.get_template(&format!("{language}/{letter}/{file}"));
            template.and_then(|template| template.render(names.clone())).map_err(|error| check::fault(&error, &self.places, names))
        };
        Ok(Rendered { subject: subject_line(&render(SUBJECT)?), text: tidy(&render(TEXT)?, COLUMNS), html: render(HTML)? })
    }

    pub(super) fn environment(&self) -> &Environment<'static> {
        &self.environment
    }

    pub(super) fn places(&self) -> &BTreeMap<String, String> {
        &self.places
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEEPEST_INCLUSION);
    // Errors then know the expression they are about.
    environment.set_debug(true);
    // A tag on a line of its own leaves no line behind: a blank line in a text template is one in the letter.
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("the delimiters are the usual ones"));
    environment.set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
    environment.add_filter("hang", |text: String, prefix: String| hang(&text, &prefix, COLUMNS));
    environment.add_filter("breaks", breaks);
    environment
}

/// For HTML: escapes, then shows line breaks as such (Outlook ignores `white-space: pre-line`).
fn breaks(text: String) -> Value {
    let lines: Vec<String> = text.lines().map(|line| HtmlEscape(line.trim_end()).to_string()).collect();
    Value::from_safe_string(lines.join("<br>\n"))
}
