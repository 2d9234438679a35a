//! What can be wrong with a template, for the person who has to mend it.

use std::fmt;

/// Something wrong in a template: where, what, and what would have been right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFault {
    /// The file: its path in the workspace, or `built-in en/request/body.txt`.
    pub template: String,
    /// From 1.
    pub line: Option<usize>,
    /// A sentence without its subject: "`dead_line` does not exist".
    pub problem: String,
    /// The names that exist where an unknown one was used.
    pub known: Vec<String>,
}

impl fmt::Display for TemplateFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.template)?;
        if let Some(line) = self.line {
            write!(out, ", line {line}")?;
        }
        write!(out, ": {}", self.problem)?;
        if !self.known.is_empty() {
            write!(out, "; the names that exist: {}", self.known.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for TemplateFault {}
