//! Letters as they leave: what people read, and what hostile words cannot do to them.

#![allow(clippy::unwrap_used)]

mod hostile;
mod own_templates;
mod written;
