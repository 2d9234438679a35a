//! What comes of writing a letter, to an authority or to staff: the mail, or why there is none.

use super::template_fault::TemplateFault;
use crate::mail::compose::ComposeFault;

/// A letter as it will be stored and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenLetter {
    /// As the reader sees it, Unicode on one line; of a letter to an authority, with the reference in brackets.
    pub subject: String,
    /// RFC 5322, CR LF, ASCII only: text and HTML stand in it as UTF-8 in quoted-printable.
    pub bytes: Vec<u8>,
    /// The plain text, with line feeds; complete in itself.
    pub text: String,
}

/// Why a letter could not be written. Nothing of it was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LetterFault {
    /// A language that is unknown, or has no such template. `existing` are all, as `en/request`.
    #[error("there is no template `{language}/{template}`; there are: {}", existing.join(", "))]
    NoSuchTemplate { language: String, template: String, existing: Vec<String> },
    /// The template trips over this very content.
    #[error(transparent)]
    Template(#[from] TemplateFault),
    /// An address or a Message-ID that is none.
    #[error(transparent)]
    Compose(#[from] ComposeFault),
}
