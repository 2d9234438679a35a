//! Opened templates, and rendering with them.

use super::check;
use super::language::Language;
use super::loader::{HTML, SUBJECT, TEXT, TemplateFiles};
use super::own_words::{self, Filled};
use super::template_fault::TemplateFault;
use super::wrapping::{COLUMNS, hang, wrap};
use super::written::LetterFault;
use crate::mail::compose::subject_line;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, HtmlEscape, UndefinedBehavior};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Steps a template may take: a letter of a thousand recommendations takes some hundred thousand.
const FUEL: u64 = 5_000_000;
/// Templates including templates, five deep: each costs ten of it, and each macro called within another a few.
const DEEPEST_INCLUSION: usize = 60;

/// Renders letters and mail to staff.
#[derive(Debug)]
pub struct Renderer {
    environment: Environment<'static>,
    languages: BTreeMap<String, Language>,
    /// By language.
    templates: BTreeMap<String, BTreeSet<String>>,
    /// Where each file stands, for people.
    places: BTreeMap<String, String>,
    warnings: Vec<TemplateFault>,
}

/// Subject, text and HTML of a mail.
#[derive(Debug)]
pub struct Rendered {
    /// On one line.
    pub subject: String,
    /// With line feeds, wrapped.
    pub text: String,
    /// A whole document, in which everything that a context holds is escaped.
    pub html: String,
}

impl Renderer {
    /// Opens the built-in templates and, in their place, those of a workspace's folder if it exists. Each is compiled, each name it uses is
    /// checked, and each is rendered once with every context that `samples` gives for it: by its folder (`reminder`), its language's folder
    /// (`en`) and what that says. Between them, every name must have a value.
    ///
    /// # Errors
    ///
    /// All faults at once. First those of the files: one that cannot be read, is not UTF-8, is in no letter or is missing from one; then, if
    /// there is none, those of what they say: the syntax; then names that do not exist, and what a sample cannot be rendered with.
    pub fn open(
        workspace_templates: Option<&Path>,
        samples: impl Fn(&str, &str, &Language) -> Vec<Value>,
    ) -> Result<Renderer, Vec<TemplateFault>> {
        let mut files = TemplateFiles::load(workspace_templates)?;
        let mut environment = environment();
        let Filled { built_in, warnings, mut faults } = own_words::fill_in(&mut files.sources, self::environment);
        let mut places = BTreeMap::new();
        for (path, text) in built_in {
            if let Err(error) = environment.add_template_owned(path, text) {
                faults.push(check::fault(&error, &places, &Value::UNDEFINED));
            }
        }
        for (path, source) in files.sources {
            places.insert(path.clone(), source.place);
            if path.ends_with(".toml") {
                continue;
            }
            if let Err(error) = environment.add_template_owned(path, source.text) {
                faults.push(check::fault(&error, &places, &Value::UNDEFINED));
            }
        }
        let renderer = Renderer { environment, languages: files.languages, templates: files.templates, places, warnings };
        if faults.is_empty() {
            faults = check::faults(&renderer, samples);
        }
        if faults.is_empty() { Ok(renderer) } else { Err(faults) }
    }

    /// What nothing stops for, and whoever keeps the templates should know: words that an own file lacks, for which the built-in ones are taken, and
    /// words that nothing uses.
    pub fn warnings(&self) -> &[TemplateFault] {
        &self.warnings
    }

    /// Folders of languages: `en`, `fr`, and a workspace's own.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.languages.keys().map(String::as_str)
    }

    pub(super) fn language(&self, language: &str) -> Option<&Language> {
        self.languages.get(language)
    }

    /// Language and folder of every template.
    pub(super) fn templates(&self) -> impl Iterator<Item = (&str, &str)> {
        self.templates.iter().flat_map(|(language, templates)| templates.iter().map(move |template| (language.as_str(), template.as_str())))
    }

    /// Whether a letter (or `digest`, `alarm`) can be written in a language: what a ladder's step or an authority's language asks for.
    pub fn has(&self, language: &str, template: &str) -> bool {
        self.templates.get(language).is_some_and(|templates| templates.contains(template))
    }

    /// The language of a template.
    ///
    /// # Errors
    ///
    /// [`LetterFault::NoSuchTemplate`] if the language is unknown or has no such template.
    pub fn language_of(&self, language: &str, template: &str) -> Result<&Language, LetterFault> {
        match self.languages.get(language) {
            Some(found) if self.has(language, template) => Ok(found),
            _ => Err(LetterFault::NoSuchTemplate {
                language: language.into(),
                template: template.into(),
                existing: self.templates().map(|(language, template)| format!("{language}/{template}")).collect(),
            }),
        }
    }

    /// Renders the three files of a template with a context.
    ///
    /// # Errors
    ///
    /// A template that does not exist, or that trips over this very context: a name that it lacks, or too many steps.
    pub fn render(&self, language: &str, template: &str, context: &Value) -> Result<Rendered, TemplateFault> {
        let render = |file: &str| {
            let found = self.environment.get_template(&format!("{language}/{template}/{file}"));
            found.and_then(|found| found.render(context.clone())).map_err(|error| check::fault(&error, &self.places, context))
        };
        Ok(Rendered { subject: subject_line(&render(SUBJECT)?), text: wrap(&render(TEXT)?, COLUMNS), html: render(HTML)? })
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
