//! A list of a digest, cut to what can be read.

use serde::Serialize;

/// Items of one list that a digest shows; the rest is counted. A mail of a thousand lines is not read, and some clients cut it at 102 kB.
pub(super) const MOST_ITEMS: usize = 40;

/// A list, cut to what can be read.
#[derive(Debug, Serialize)]
pub(super) struct Section<T> {
    items: Vec<T>,
    /// Items in all.
    count: usize,
    /// Items not shown.
    more: usize,
}

impl<T> Section<T> {
    pub fn of<S>(all: &[S], item: impl Fn(&S) -> T) -> Section<T> {
        Section { items: all.iter().take(MOST_ITEMS).map(item).collect(), count: all.len(), more: all.len().saturating_sub(MOST_ITEMS) }
    }

    /// Where it is not all of the list.
    pub fn of_all(self, count: usize, more: usize) -> Section<T> {
        Section { count, more, ..self }
    }
}
