//! Reads a TOML document key by key, and collects every fault with its place instead of stopping at the first.
//!
//! A [`Section`] is asked for each key it may have; what it was never asked for is a misspelt key. So the list of known keys is the code that
//! reads them, and cannot disagree with it. Considered instead: serde's derive with `deny_unknown_fields`. It stops at the first fault, and a
//! newcomer would mend a file one run at a time.

use super::fault::{Fault, Faults};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The document being read, and what was found wrong with it so far.
pub struct Document<'a> {
    file: &'a Path,
    text: &'a str,
    faults: RefCell<Vec<Fault>>,
    warnings: RefCell<Vec<Fault>>,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Found<T> {
    pub value: T,
    pub span: Range<usize>,
}

impl<T> Found<T> {
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Found<U> {
        Found { value: change(self.value), span: self.span }
    }
}

/// A table of the document, or the place where one is missing: then every key of it is missing.
pub struct Section<'a> {
    document: &'a Document<'a>,
    table: Option<&'a DeTable<'a>>,
    /// Dotted, as one would write it: `terms.urgent`.
    path: String,
    span: Range<usize>,
    asked: RefCell<Vec<String>>,
}

/// How much a nearest key may differ from what was written (Jaro-Winkler): `adress` and `address` 0.97, `prefix` and `port` 0.72.
const ALIKE: f64 = 0.8;

impl<'a> Document<'a> {
    pub fn new(file: &'a Path, text: &'a str) -> Document<'a> {
        Document { file, text, faults: RefCell::default(), warnings: RefCell::default() }
    }

    /// The document's tree, as far as it can be read. What breaks TOML's own grammar, and a key that stands twice, is a fault.
    pub fn tree(&self) -> Spanned<DeTable<'a>> {
        let (tree, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let written = self.text.get(span.clone()).unwrap_or_default().trim();
            if error.message().starts_with("duplicate key") {
                // Nearly always a section that was pasted below the one that stands there.
                self.fault(span, format!("{written:?} stands here a second time"), "keep one: replace what stands there, or add to it");
            } else {
                self.fault(span, format!("this is not TOML ({})", error.message()), "see https://toml.io for how values are written");
            }
        }
        tree
    }

    pub fn root(&'a self, tree: &'a Spanned<DeTable<'a>>) -> Section<'a> {
        Section { document: self, table: Some(tree.get_ref()), path: String::new(), span: 0..0, asked: RefCell::default() }
    }

    pub fn has_faults(&self) -> bool {
        !self.faults.borrow().is_empty()
    }

    pub fn fault(&self, span: Range<usize>, found: impl Into<String>, expected: impl Into<String>) {
        self.faults.borrow_mut().push(Fault::at(self.file, self.text, span, found, expected));
    }

    pub fn warn(&self, span: Range<usize>, found: impl Into<String>, expected: impl Into<String>) {
        self.warnings.borrow_mut().push(Fault::at(self.file, self.text, span, found, expected));
    }

    /// A fault of another file: a password file, a calendar.
    pub fn fault_elsewhere(&self, fault: Fault) {
        self.faults.borrow_mut().push(fault);
    }

    /// The warnings, or the faults if there are any.
    ///
    /// # Errors
    ///
    /// All faults that were noted, each once, in order.
    pub fn verdict(self) -> Result<Vec<Fault>, Faults> {
        let in_order = |mut faults: Vec<Fault>| {
            faults.sort();
            faults.dedup();
            faults
        };
        let faults = in_order(self.faults.into_inner());
        if faults.is_empty() { Ok(in_order(self.warnings.into_inner())) } else { Err(Faults(faults)) }
    }
}

impl<'a> Section<'a> {
    pub fn document(&self) -> &'a Document<'a> {
        self.document
    }

    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub fn is_there(&self) -> bool {
        self.table.is_some()
    }

    pub fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    /// `key` as one would name it in this section.
    pub fn name_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Where `key` stands, or the section if it is missing.
    pub fn place_of(&self, key: &str) -> Range<usize> {
        self.table.and_then(|table| table.get(key)).map_or(self.span(), Spanned::span)
    }

    /// A fault at `key`.
    pub fn fault(&self, key: &str, found: impl Display, expected: impl Into<String>) {
        self.document.fault(self.place_of(key), format!("{} {found}", self.name_of(key)), expected);
    }

    /// `key` is needed and there is none.
    pub fn missing(&self, key: &str, expected: &str) {
        self.document.fault(self.span(), format!("{} is missing", self.name_of(key)), expected.to_owned());
    }

    /// `key` is known, and must not be there; what it holds is not looked at.
    pub fn is_forbidden(&self, key: &str, found: &str, expected: &str) {
        if self.ask(key).is_some() {
            self.fault(key, found, expected);
        }
    }

    /// These keys are known, though nobody can say yet what they mean here.
    pub fn knows(&self, keys: &[&str]) {
        keys.iter().for_each(|key| {
            self.ask(key);
        });
    }

    /// Any text that is not empty; without control characters, which have no business in a name, an address or a path.
    pub fn text(&self, key: &str, expected: &str) -> Option<Found<String>> {
        let found = self.ask(key)?;
        match found.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => self.fault(key, "is empty", expected),
            DeValue::String(text) if text.chars().any(|letter| letter.is_control() && letter != '\n') => {
                self.fault(key, "holds a control character", expected);
            }
            DeValue::String(text) => return Some(Found { value: text.trim().to_owned(), span: found.span() }),
            other => self.fault(key, format!("is {}", described(other)), expected),
        }
        None
    }

    /// As [`Section::text`], but the section is useless without it.
    pub fn needed_text(&self, key: &str, expected: &str) -> Option<Found<String>> {
        if !self.has(key) {
            self.missing(key, expected);
        }
        self.text(key, expected)
    }

    /// Text that `read` understands; `expected` says what that is.
    pub fn read<T>(&self, key: &str, expected: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<Found<T>> {
        let found = self.text(key, expected)?;
        match read(&found.value) {
            Some(value) => Some(Found { value, span: found.span }),
            None => {
                self.fault(key, format!("is {:?}", found.value), expected);
                None
            }
        }
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<Found<T>> {
        let words: Vec<String> = choices.iter().map(|(word, _)| format!("{word:?}")).collect();
        let expected = format!("expected {}", one_of(&words));
        self.read(key, &expected, |text| choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value))
    }

    /// A whole number within bounds.
    pub fn number(&self, key: &str, bounds: RangeInclusive<i64>, expected: &str) -> Option<Found<i64>> {
        let found = self.ask(key)?;
        let expected = format!("expected {expected}, from {} to {}", bounds.start(), bounds.end());
        let DeValue::Integer(integer) = found.get_ref() else {
            self.fault(key, format!("is {}", described(found.get_ref())), expected);
            return None;
        };
        let value = i64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok().filter(|value| bounds.contains(value));
        if value.is_none() {
            self.fault(key, format!("is {}", integer.as_str()), expected);
        }
        value.map(|value| Found { value, span: found.span() })
    }

    pub fn truth(&self, key: &str) -> Option<Found<bool>> {
        let found = self.ask(key)?;
        match found.get_ref() {
            DeValue::Boolean(value) => Some(Found { value: *value, span: found.span() }),
            other => {
                self.fault(key, format!("is {}", described(other)), "expected true or false, without quotes");
                None
            }
        }
    }

    /// A list of texts. A single text counts as a list of one.
    pub fn texts(&self, key: &str, expected: &str) -> Option<Vec<Found<String>>> {
        let found = self.ask(key)?;
        if let DeValue::Array(items) = found.get_ref() {
            let mut texts = Vec::new();
            for item in items.iter() {
                match item.get_ref() {
                    DeValue::String(text) if !text.trim().is_empty() && !text.chars().any(char::is_control) => {
                        texts.push(Found { value: text.trim().to_owned(), span: item.span() });
                    }
                    DeValue::Datetime(date) => texts.push(Found { value: date.to_string(), span: item.span() }),
                    other => self.document.fault(item.span(), format!("{} holds {}", self.name_of(key), described(other)), expected),
                }
            }
            return Some(texts);
        }
        self.text(key, expected).map(|text| vec![text])
    }

    /// The table of that name; an empty one where it is missing.
    pub fn section(&self, key: &str) -> Section<'a> {
        let found = self.ask(key);
        let table = found.and_then(|found| match found.get_ref() {
            DeValue::Table(table) => Some(table),
            other => {
                self.fault(key, format!("is {}", described(other)), format!("expected a table: [{}]", self.name_of(key)));
                None
            }
        });
        self.below(self.name_of(key), table, found.map_or(self.span(), Spanned::span))
    }

    /// The tables below this one whose names are free, with their names: `[terms.urgent]` gives `urgent`.
    pub fn named(&self) -> BTreeMap<String, Section<'a>> {
        let Some(table) = self.table else { return BTreeMap::new() };
        table.keys().map(|name| name.get_ref().to_string()).map(|name| (name.clone(), self.section(&name))).collect()
    }

    /// The tables of an array, in their order: `[[mailboxes]]`.
    pub fn list(&self, key: &str) -> Vec<Section<'a>> {
        let Some(found) = self.ask(key) else { return Vec::new() };
        let DeValue::Array(items) = found.get_ref() else {
            self.fault(key, format!("is {}", described(found.get_ref())), format!("expected [[{}]], once for each", self.name_of(key)));
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (position, item) in items.iter().enumerate() {
            let path = format!("{}[{}]", self.name_of(key), position + 1);
            match item.get_ref() {
                DeValue::Table(table) => sections.push(self.below(path, Some(table), item.span())),
                other => self.document.fault(item.span(), format!("{path} is {}", described(other)), "expected a table"),
            }
        }
        sections
    }

    /// Whether `key` holds a table rather than a plain value.
    pub fn is_table(&self, key: &str) -> bool {
        self.table.and_then(|table| table.get(key)).is_some_and(|found| found.get_ref().is_table())
    }

    /// Every key of this table with its text, for tables whose keys are values themselves.
    pub fn pairs(&self, expected: &str) -> Vec<(Found<String>, Found<String>)> {
        let Some(table) = self.table else { return Vec::new() };
        let spans: Vec<(String, Range<usize>)> = table.keys().map(|key| (key.get_ref().to_string(), key.span())).collect();
        spans.into_iter().filter_map(|(key, span)| self.text(&key, expected).map(|text| (Found { value: key, span }, text))).collect()
    }

    /// To be called when every key was asked for: what is left is unknown here.
    pub fn finish(self) {
        let Some(table) = self.table else { return };
        let asked = self.asked.borrow();
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if asked.iter().any(|known| known == name) {
                continue;
            }
            let expected = match nearest(name, asked.iter().map(String::as_str)) {
                Some(known) => format!("did you mean {:?}?", self.name_of(known)),
                None => format!("known here: {}", asked.join(", ")),
            };
            self.document.fault(key.span(), format!("{:?} is no key", self.name_of(name)), expected);
        }
    }

    fn below(&self, path: String, table: Option<&'a DeTable<'a>>, span: Range<usize>) -> Section<'a> {
        Section { document: self.document, table, path, span, asked: RefCell::default() }
    }

    fn ask(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        let mut asked = self.asked.borrow_mut();
        if !asked.iter().any(|known| known == key) {
            asked.push(key.to_owned());
        }
        self.table?.get(key)
    }
}

/// The known name that `name` was probably meant to be.
pub fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let similarity = |known: &str| strsim::jaro_winkler(&name.to_lowercase(), &known.to_lowercase());
    known
        .map(|known| (similarity(known), known))
        .filter(|(similarity, _)| *similarity >= ALIKE)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, known)| known)
}

/// `a, b or c`.
pub fn one_of(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn described(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {text:?}"),
        DeValue::Integer(number) => format!("the number {}", number.as_str()),
        DeValue::Float(number) => format!("the number {}", number.as_str()),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(date) => format!("the date or time {date}"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
