//! Templates → letters. What is written here is what leaves the house: the outbox stores the bytes and sends no others (promise 3).
//!
//! The door is [`Scribe`]: it opens the templates (the built-in ones, and a workspace's own in their place), checks every one of them before
//! anything is written, and writes letters. It refuses to decide anything: to whom, at which level, when and whether at all is settled by the
//! ladder and the rules before an order reaches it. It reads no clock, draws no random number and opens no file after it was opened itself, so
//! the same order gives the same bytes.
//!
//! Templates are minijinja, because staff edit them without a compiler (askama would compile them in). They can read nothing but the names they
//! are given, and run on limited fuel and depth, so that a slip in one of them is an error message and not a hanging daemon. What users write
//! (recommendations, names) is never read as a template.

pub mod builtin;
mod check;
mod collection;
mod context;
mod fault;
mod language;
mod lines;
mod order;
pub mod sample;
mod scribe;

pub use context::Day;
pub use fault::{LetterFault, TemplateFault};
pub use language::Language;
pub use order::{Addressee, EarlierLetter, LetterOrder, Received, WrittenLetter};
pub use scribe::Scribe;
