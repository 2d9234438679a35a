//! The file of phrases: the built-in one, with an office's own added.

use crate::mail::folding::fold;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

/// What a phrase means. The names are the keys of `phrases.toml`, whose head says of each what stands under it and when it is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhraseMeaning {
    /// How the subject of an automatic reply begins.
    Marker,
    /// How the subject of a delivery report begins.
    Notice,
    /// The author is away now.
    Absence,
    /// What a machine makes or sends.
    Machine,
    /// The same, where it names a reply or a receipt.
    #[serde(rename = "automatic reply")]
    AutomaticReply,
    /// By which a mail speaks of itself: "this message".
    This,
    /// What systems of offices write: a ticket was opened.
    Service,
    /// Nobody reads answers here.
    Unread,
    /// The sender must do something before the mail is let through.
    Challenge,
    /// With `Release` in one sentence, a challenge: "follow the link".
    Act,
    /// "The list of allowed senders".
    Release,
    /// A letter arrived.
    Receipt,
    /// Beside a receipt: who deals with the letter, or that an answer will follow.
    Promise,
    /// The answer is still to come.
    Interim,
    /// Thanks, greetings, whom to ask.
    Courtesy,
    /// With `Arrived` in one sentence, a receipt: "your letter".
    Letter,
    /// "Has come in".
    Arrived,
    /// With `Coming` in one sentence, an interim reply: "our reply".
    Answer,
    /// "Is being prepared".
    Coming,
    /// Begins another clause: "and", "because".
    Join,
    /// The first person: "I", "our".
    Author,
    /// Words that formulas bring along: deputy, urgent, Monday.
    Usual,
    /// To whom a letter is passed on: the director.
    Office,
    /// Yes, no, not, never.
    #[serde(rename = "yes or no")]
    YesOrNo,
    /// A whole sentence of a word or two that says nothing.
    Polite,
    /// The mail answers.
    Substance,
    /// No answer, but more than robots and receipts say: granted, enclosed.
    Statement,
    /// The mail is not the answer itself: it asks for something first, or for more time.
    #[serde(rename = "not yet")]
    NotYet,
    Accepted,
    #[serde(rename = "partly accepted")]
    PartlyAccepted,
    Rejected,
    /// The word before a number: "Recommendation 3".
    Recommendation,
}

pub(super) type File = BTreeMap<String, BTreeMap<PhraseMeaning, Vec<String>>>;

/// The office's own phrases, given before the first mail is read.
static OFFICE: OnceLock<File> = OnceLock::new();

pub(super) static FILE: LazyLock<File> = LazyLock::new(|| {
    let built_in = toml::from_str(include_str!("../phrases.toml")).expect("the embedded file is read by a test");
    merged(built_in, OFFICE.get())
});

/// What is wrong with a file of phrases, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub span: Range<usize>,
    pub found: String,
}

/// Adds an office's phrases to the built-in ones, for this process. Once, and before the first mail is read: later ones are not seen.
///
/// # Errors
///
/// As [`check`]; nothing is added then.
pub fn add(text: &str) -> Result<(), Fault> {
    let _ = OFFICE.set(read(text)?);
    Ok(())
}

/// Whether a text is a file of phrases.
///
/// # Errors
///
/// [`Fault`]: it is no TOML of languages, meanings and lists of phrases, it names a meaning that is not known, or a phrase has fewer than two
/// letters or digits and would be found in every text.
pub fn check(text: &str) -> Result<(), Fault> {
    read(text).map(|_| ())
}

pub(super) fn read(text: &str) -> Result<File, Fault> {
    let file: File = toml::from_str(text)
        .map_err(|error| Fault { span: error.span().unwrap_or_default(), found: error.message().replace('\n', " ") })?;
    let too_short = |phrase: &&String| fold(phrase.trim_end_matches('*')).chars().filter(|letter| letter.is_alphanumeric()).count() < 2;
    match file.values().flat_map(BTreeMap::values).flatten().find(too_short) {
        Some(phrase) => {
            let start = text.find(&format!("\"{phrase}\"")).unwrap_or_default();
            Err(Fault { span: start..start, found: format!("the phrase {phrase:?} would be found in every text") })
        }
        None => Ok(file),
    }
}

pub(super) fn merged(mut file: File, more: Option<&File>) -> File {
    for (language, lists) in more.into_iter().flatten() {
        let known = file.entry(language.clone()).or_default();
        for (meaning, phrases) in lists {
            known.entry(*meaning).or_default().extend(phrases.iter().cloned());
        }
    }
    file
}
