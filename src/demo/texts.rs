//! What the made-up people of the replay write, in twelve languages: one data file a language under `texts/`.
//!
//! Written by hand for the replay, without looking at what the mail room recognises, so that it is a fair test of it. What a language lacks
//! (newsletters, spam) is written in English.

use super::chance::Chance;
use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    pub code: String,
    /// How many authorities in a hundred write this language.
    weight: u64,
    /// What its mail programs use; UTF-8 where a text does not fit.
    pub charsets: Vec<String>,
    pub reply_prefix: String,
    pub forward_prefix: String,
    /// Above a quoted letter.
    pub wrote: String,
    pub salutations: Vec<String>,
    pub openings: Vec<String>,
    pub measures: Vec<String>,
    pub closings: Vec<String>,
    pub farewells: Vec<String>,
    pub roles: Vec<String>,
    pub between: Vec<String>,
    pub attached: Vec<String>,
    pub forwarding: Vec<String>,
    pub acknowledgements: Vec<String>,
    pub out_of_office: Vec<Note>,
    pub receipts: Vec<Note>,
    #[serde(default)]
    pub newsletters: Vec<Note>,
    #[serde(default)]
    pub spam: Vec<Note>,
}

/// A whole mail.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    pub subject: String,
    pub text: String,
}

const SOURCES: [&str; 12] = [
    include_str!("texts/en.toml"),
    include_str!("texts/cy.toml"),
    include_str!("texts/fr.toml"),
    include_str!("texts/de.toml"),
    include_str!("texts/es.toml"),
    include_str!("texts/it.toml"),
    include_str!("texts/pl.toml"),
    include_str!("texts/ru.toml"),
    include_str!("texts/ja.toml"),
    include_str!("texts/el.toml"),
    include_str!("texts/tr.toml"),
    include_str!("texts/zh.toml"),
];

static TEXTS: LazyLock<[Texts; 12]> =
    LazyLock::new(|| SOURCES.map(|source| toml::from_str(source).expect("the texts are part of the program, and a test reads them all")));

/// English.
pub fn english() -> &'static Texts {
    let [english, ..] = &*TEXTS;
    english
}

/// The language that somebody writes.
pub fn drawn(chance: &mut Chance) -> &'static Texts {
    let choices: Vec<(u64, &'static Texts)> = TEXTS.iter().map(|texts| (texts.weight, texts)).collect();
    chance.weighted(&choices).unwrap_or_else(english)
}

/// `text` with each `{name}` replaced.
pub fn filled(text: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_words() {
        for source in SOURCES {
            let texts: Texts = toml::from_str(source).unwrap();
            for list in [
                &texts.charsets,
                &texts.salutations,
                &texts.openings,
                &texts.measures,
                &texts.closings,
                &texts.farewells,
                &texts.roles,
                &texts.between,
                &texts.attached,
                &texts.forwarding,
                &texts.acknowledgements,
            ] {
                assert!(!list.is_empty(), "{}", texts.code);
            }
            assert!(
                texts
                    .charsets
                    .iter()
                    .all(|charset| charset == "us-ascii" || encoding_rs::Encoding::for_label(charset.as_bytes()).is_some())
            );
        }
        assert_eq!(TEXTS.len(), SOURCES.len());
        assert_eq!(TEXTS.iter().map(|texts| texts.weight).sum::<u64>(), 97);
    }
}
