//! Templates → subject, text and HTML. The engine below letters to authorities and mail to staff; it knows neither.
//!
//! The door is [`Renderer`]: it opens the templates (the built-in ones, and a workspace's own in their place), checks every one of them before
//! anything is written, and renders. What a template may say is given as its context, and the samples it is checked with are given by
//! whoever opens it, so that letters and digests stand above and are not known here. It reads no clock, draws no random number and opens no
//! file once it is open itself, so that the same context gives the same words.
//!
//! Templates are minijinja, because staff edit them without a compiler (askama would compile them in). They can read nothing but the context
//! they are given, and run on limited fuel and depth, so that a slip in one of them is an error message and not a hanging daemon. What users
//! write (recommendations, names) is never read as a template.

mod builtin;
mod check;
mod day;
mod language;
mod loader;
mod own_words;
mod renderer;
mod template_fault;
mod wrapping;
mod written;

pub use day::Day;
pub use language::Language;
pub use renderer::{Rendered, Renderer};
pub use template_fault::TemplateFault;
pub use written::{LetterFault, WrittenLetter};

pub(crate) use wrapping::without_controls;
